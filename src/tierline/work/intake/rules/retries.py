"""How often, and for how long, a mail is tried that a server does not take (RFC 5321 §4.5.4.1: four to five days)."""

from datetime import timedelta

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 128  # with these pauses: five days
TELL_AFTER_TRIES = 9  # with these pauses: an hour


def pause_before(tries: int) -> timedelta:
    """How long a mail rests after so many tries (1 or more): 15 seconds, doubled, at most an hour."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(max(tries - 1, 0), 10)))
