"""What the work says about a level: a suggestion beside the recorded one, for a lead to confirm. Pure.

Each piece of evidence has points that halve every `HALF_LIFE` days: what somebody did long ago tells less about what
they can do now. The sum suggests the level. Nothing here changes a level by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

HALF_LIFE = 180.0  # days
ALONE_FROM, TEACHES_FROM, LEARNS_FROM = 4.0, 12.0, 1.0
"""Points from which somebody works alone (level 2), teaches (3, with a lesson taught), and learns (1)."""

SECONDS_A_DAY = 86_400


class Evidence(StrEnum):
    """What can speak for or against a level."""

    ACCEPTED = "accepted"
    REOPENED = "reopened"
    BOUNCED = "bounced"
    TEACH_BACK_PASSED = "teach_back_passed"
    TEACH_BACK_FAILED = "teach_back_failed"
    TAUGHT = "taught"


POINTS: dict[Evidence, float] = {
    Evidence.ACCEPTED: 1.0,  # solved, and the requester did not come back
    Evidence.REOPENED: -0.5,
    Evidence.BOUNCED: -0.5,  # escalated without what the next tier needs
    Evidence.TEACH_BACK_PASSED: 3.0,
    Evidence.TEACH_BACK_FAILED: -1.0,
    Evidence.TAUGHT: 3.0,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that happened on a ticket that asks for the skill."""

    kind: Evidence
    at: datetime
    ticket_id: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The level that the evidence suggests, from 0 to 3, with its points, and each kind's count and points."""

    level: int
    points: float
    parts: tuple[tuple[Evidence, int, float], ...] = ()


def weight(kind: Evidence, at: datetime, now: datetime) -> float:
    """The points of a piece of evidence today; what lies ahead counts as if it were now."""
    days = max(0.0, (now - at).total_seconds() / SECONDS_A_DAY)
    return float(POINTS[kind] * 0.5 ** (days / HALF_LIFE))


def suggest(pieces: Iterable[Piece], now: datetime) -> Suggestion:
    """The level that pieces of evidence of one skill suggest at a moment."""
    counts: dict[Evidence, int] = {}
    points: dict[Evidence, float] = {}
    for piece in pieces:
        counts[piece.kind] = counts.get(piece.kind, 0) + 1
        points[piece.kind] = points.get(piece.kind, 0.0) + weight(piece.kind, piece.at, now)
    total = sum(points.values())
    level = _level(total, taught=Evidence.TAUGHT in counts)
    parts = tuple((kind, counts[kind], round(points[kind], 2)) for kind in Evidence if kind in counts)
    return Suggestion(level, round(total, 2), parts)


def _level(points: float, *, taught: bool) -> int:
    if points >= TEACHES_FROM and taught:
        return 3
    if points >= ALONE_FROM:
        return 2
    return 1 if points >= LEARNS_FROM else 0
