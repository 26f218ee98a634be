"""What a ticket is and how its priority follows. Pure."""

from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """ITIL: a fault to put right, or something asked for."""

    INCIDENT = "incident"
    REQUEST = "request"


PREFIX = {Kind.INCIDENT: "INC", Kind.REQUEST: "REQ"}


class Status(StrEnum):
    """Where a ticket stands in its life."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


OPEN_STATUSES = (Status.NEW, Status.OPEN, Status.WAITING)


class Waiting(StrEnum):
    """Whom a waiting ticket waits for: the typed reasons for which a clock may pause."""

    REQUESTER = "requester"
    VENDOR = "vendor"
    CHANGE = "change"
    APPROVAL = "approval"


class Resolution(StrEnum):
    """How a ticket was resolved."""

    SOLVED = "solved"
    WORKAROUND = "workaround"
    KNOWN_ERROR = "known_error"
    CONFIRMED = "confirmed"
    DUPLICATE = "duplicate"
    NOT_REPRODUCIBLE = "not_reproducible"
    WITHDRAWN = "withdrawn"


# ITIL priority matrix (impact, urgency) -> priority; impact 1 wide, 2 group, 3 person; urgency 1 high, 2 medium, 3 low.
MATRIX = {
    (1, 1): 1,
    (1, 2): 2,
    (2, 1): 2,
    (1, 3): 3,
    (2, 2): 3,
    (3, 1): 3,
    (2, 3): 4,
    (3, 2): 4,
    (3, 3): 5,
}


def priority_of(impact: int, urgency: int) -> int:
    """Priority 1 (highest) to 5 by the ITIL matrix. Raises KeyError outside 1 to 3."""
    return MATRIX[impact, urgency]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketState:
    """Everything about a ticket that follows from its timeline: `rebuild(timeline) == ticket`."""

    kind: str = Kind.INCIDENT
    title: str = ""
    status: str = Status.NEW
    waiting_for: str = ""
    impact: int = 3
    urgency: int = 2
    priority: int = 4
    tier: int = 0
    tiers_tried: tuple[int, ...] = ()
    offered_tier: int | None = None
    desk_id: int = 0
    group_id: int | None = None
    assignee_id: int | None = None
    requester_id: int = 0
    organisation_id: int | None = None
    service_id: int | None = None
    channel: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    last_word: str = "requester"
    opened_at: datetime | None = None
    changed_at: datetime | None = None
    first_reply_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_tier: int | None = None
    resolution_code: str = ""
    resolution: str = ""
    reopened: int = 0
    merged_into_id: int | None = None


STATE_FIELDS = tuple(f.name for f in fields(TicketState))


def changed(state: TicketState, changes: dict[str, Any], at: datetime) -> TicketState:
    """The state after `changes`, which happened at `at`."""
    return replace(state, **changes, changed_at=at)


def climbed(state: TicketState, tier: int) -> tuple[int, ...]:
    """The tiers that have had the ticket, in order, once each, with `tier` among them."""
    return tuple(sorted({*state.tiers_tried, tier}))


def reference(kind: str, number: int) -> str:
    """The name people use: `INC-20418` for an incident, `REQ-8812` for a service request."""
    return f"{PREFIX[Kind(kind)]}-{number}"


def number_in(text: str) -> int | None:
    """The number in a reference such as `INC-20418`, `req 8812` or `20418`; None when it is none."""
    digits = text.strip().upper()
    for prefix in PREFIX.values():
        digits = digits.removeprefix(prefix)
    digits = digits.lstrip("- #")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None  # noqa: PLR2004 (fits a bigint)
