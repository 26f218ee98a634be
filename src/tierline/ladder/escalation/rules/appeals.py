"""Hierarchical escalation: somebody asks whoever answers for the desk to look. It moves no ticket. Pure.

A requester's appeal is a *challenge*. It is another thing than a hand-over to more skill (functional escalation).
"""

from datetime import datetime, timedelta
from enum import StrEnum

AGAIN_AFTER = timedelta(hours=24)  # after a decision the same ticket is not challenged anew before


class Origin(StrEnum):
    """Who appeals."""

    REQUESTER = "requester"
    STAFF = "staff"


class AppealState(StrEnum):
    """Open until a lead decides; both decisions are final and are told with words."""

    OPEN = "open"
    UPHELD = "upheld"
    DECLINED = "declined"


def may_appeal_at(last_decided_at: datetime | None, now: datetime) -> bool:
    """Whether enough time has passed since the last decision on the same ticket."""
    return last_decided_at is None or now - last_decided_at >= AGAIN_AFTER
