"""Reads about the people who work here: coverage, trials of changes, evidence of levels, profiles and on-call turns."""
