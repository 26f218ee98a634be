"""The other ways in besides mail and the portal: set up, tried and removed."""
