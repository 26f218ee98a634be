"""The views of the console: parse, one operation, redirect."""
