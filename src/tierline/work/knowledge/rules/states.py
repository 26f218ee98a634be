"""The state of an article is three fields (KCS v6), and a lesson's state is one (Tierline)."""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt


class Confidence(StrEnum):
    """How far the article has been tried (KCS v6, article state, first field)."""

    WORK_IN_PROGRESS = "work_in_progress"
    NOT_VALIDATED = "not_validated"
    VALIDATED = "validated"
    ARCHIVED = "archived"


class ArticleAudience(StrEnum):
    """Who may read it (KCS v6, second field). `requester` means the portal and the assistant too."""

    INTERNAL = "internal"
    REQUESTER = "requester"


class Governance(StrEnum):
    """How it may change (KCS v6, third field): by whoever uses it, or by named reviewers only."""

    EXPERIENCE = "experience"
    COMPLIANCE = "compliance"


class LinkHow(StrEnum):
    """What an article did for a ticket: it solved it, solved it again, was told, or was found wrong."""

    USED = "used"
    REUSED = "reused"
    CITED = "cited"
    FLAGGED = "flagged"


class TransferState(StrEnum):
    """The way of a lesson to a lower tier."""

    OWED = "owed"
    TAUGHT = "taught"
    TRIED = "tried"
    MEASURED = "measured"
    WAIVED = "waived"


_NEXT: dict[TransferState, tuple[TransferState, ...]] = {
    TransferState.OWED: (TransferState.TAUGHT, TransferState.WAIVED),
    TransferState.TAUGHT: (TransferState.TAUGHT, TransferState.TRIED, TransferState.WAIVED),
    TransferState.TRIED: (TransferState.TAUGHT, TransferState.TRIED, TransferState.MEASURED),
    TransferState.MEASURED: (TransferState.MEASURED, TransferState.TAUGHT),
    TransferState.WAIVED: (),
}


def next_transfer_states(state: TransferState) -> tuple[TransferState, ...]:
    """Where a lesson may go from `state`. A tried or measured lesson that did not hold may be taught again."""
    return _NEXT[state]


def missing_for_publication(*, title: str, issue: str, resolution: str) -> tuple[str, ...]:
    """The parts an article still needs before anyone else reads it: title, issue and resolution (KCS v6 template)."""
    parts = {"title": title, "issue": issue, "resolution": resolution}
    return tuple(name for name, text in parts.items() if not text.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a lesson changed: shares of same-cause tickets solved at or below the taught tier, 0 to 1.

    A share is None when no ticket is there to count. `low` and `high` bound the change (after minus before) with 95 %
    confidence (Newcombe 1998, method 10, from two Wilson intervals); None when either side is empty.
    """

    before_tickets: int
    before_share: float | None
    after_tickets: int
    after_share: float | None
    low: float | None
    high: float | None

    @property
    def proven(self) -> bool:
        """The next tickets show it: the whole interval of the change is above zero."""
        return self.low is not None and self.low > 0


def effect_of(*, before: int, before_low: int, after: int, after_low: int) -> Effect:
    """The effect of a lesson from four counts: same-cause tickets before and after, and those solved low enough."""
    if not (0 <= before_low <= before and 0 <= after_low <= after):
        raise ValueError("solved low enough cannot exceed all")
    first = before_low / before if before else None
    second = after_low / after if after else None
    low = high = None
    if first is not None and second is not None:
        l1, u1 = _wilson(before_low, before)
        l2, u2 = _wilson(after_low, after)
        change = second - first
        low = change - sqrt((second - l2) ** 2 + (u1 - first) ** 2)
        high = change + sqrt((u2 - second) ** 2 + (first - l1) ** 2)
    return Effect(
        before_tickets=before, before_share=first, after_tickets=after, after_share=second, low=low, high=high
    )


def _wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    share = hits / total
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return centre - half, centre + half
