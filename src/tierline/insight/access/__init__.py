"""Why somebody can see something. Reads only."""
