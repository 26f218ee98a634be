"""How long the original of a file is kept. What was read of it stays: hash, findings and the redacted text."""

from datetime import datetime, timedelta
from enum import StrEnum


class Retention(StrEnum):
    """A class of retention."""

    TICKET = "ticket"
    DAYS_90 = "90-days"
    YEAR = "1-year"
    LEGAL_HOLD = "legal-hold"


LASTS = {Retention.DAYS_90: timedelta(days=90), Retention.YEAR: timedelta(days=365)}
"""What ends by itself, from the day the file came; `ticket` lives with the ticket, `legal-hold` until it is lifted."""

USUAL = Retention.TICKET
"""For desks that said nothing else."""


def kept_until(retention: str, came_at: datetime) -> datetime | None:
    """When the time of an original is over; None when it does not end by itself."""
    lasts = LASTS.get(Retention(retention))
    return came_at + lasts if lasts else None


def may_go(
    retention: str, came_at: datetime, now: datetime, *, ticket_open: bool, unmasking: bool, was_read: bool
) -> bool:
    """Whether an original goes now: not on an open ticket, while somebody may read it, or before it was read."""
    until = kept_until(retention, came_at)
    return until is not None and until <= now and was_read and not ticket_open and not unmasking
