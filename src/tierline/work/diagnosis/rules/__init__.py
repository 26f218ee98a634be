"""Pure rules for reading logs: bytes and text in, frozen facts out; no Django, no clock, no input or output."""
