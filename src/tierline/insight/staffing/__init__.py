"""Who is there for what: the coverage of skills, trials of planned changes, and what the work says. Reads only."""
