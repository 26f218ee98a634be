"""What is promised to whom: versions of policies, and which of them holds at a moment. Pure.

A policy is a line of versions that never change. Which version holds is not stored on any ticket: it follows from the
ticket's own past (desk, service, kind, plan, vendor, priority at that moment) and from when each version came in.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise

from .hours import Hours, stamp

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # since when the first policy of a desk holds: older tickets have it, too
PRIORITIES = (1, 2, 3, 4, 5)
OLA_TIERS = (1, 2, 3)
DEFAULT_WARN_AT = 75  # percent of a target


class Metric(StrEnum):
    """What a clock measures."""

    FIRST_REPLY = "first_reply"
    NEXT_UPDATE = "next_update"
    ACCEPTANCE = "acceptance"
    TIER = "tier"
    UNDERPINNING = "underpinning"
    RESOLUTION = "resolution"


# The rows of a policy: each metric has one, the OLA one for each tier that owes one.
ROWS: Mapping[str, Metric] = {
    "first_reply": Metric.FIRST_REPLY,
    "next_update": Metric.NEXT_UPDATE,
    "acceptance": Metric.ACCEPTANCE,
    **{f"tier_{tier}": Metric.TIER for tier in OLA_TIERS},
    "underpinning": Metric.UNDERPINNING,
    "resolution": Metric.RESOLUTION,
}
PAUSES = ("requester", "change", "approval")  # what the clocks rest for unless a policy says otherwise
NEVER = "us"  # between two waits for one vendor its clock rests, whatever the policy says

Targets = Mapping[str, Sequence[int | None]]

# A fresh desk starts with these, in business minutes by priority 1 to 5.
DEFAULT_TARGETS: Targets = {
    "first_reply": (15, 30, 120, 240, 480),
    "next_update": (60, 240, 960, 1920, None),
    "acceptance": (15, 30, 120, 240, 480),
    "tier_1": (60, 240, 480, 960, 1920),
    "tier_2": (120, 240, 720, 1440, 2400),
    "tier_3": (180, 360, 960, 1920, 3360),
    "underpinning": (120, 360, 1200, 2400, 3840),
    "resolution": (240, 480, 1440, 2880, 4800),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """For which tickets a policy holds; what is empty holds for every one."""

    desk_id: int | None = None
    service_id: int | None = None
    kind: str = ""
    plan: str = ""
    vendor_id: int | None = None

    @property
    def weight(self) -> tuple[bool, ...]:
        """How specific it is: vendor before plan before service before kind before desk."""
        return (
            self.vendor_id is not None,
            bool(self.plan),
            self.service_id is not None,
            bool(self.kind),
            self.desk_id is not None,
        )

    def holds(self, ticket: "Scope") -> bool:
        """Whether a ticket of that desk, service, kind, plan and vendor is meant."""
        return (
            self.desk_id in (None, ticket.desk_id)
            and self.service_id in (None, ticket.service_id)
            and self.kind in ("", ticket.kind)
            and self.plan in ("", ticket.plan)
            and self.vendor_id in (None, ticket.vendor_id)
        )


EVERY_TICKET = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a policy: it holds from `since` until the next version of the same `key` comes in.

    `targets` maps a row to business minutes for priority 1 to 5, None where nothing is promised. `pauses` are the
    reasons to wait for which the clocks rest, `warn_at` the percent of a target at which people are warned. A
    `withdrawn` version ends the line: nothing of it holds any more.
    """

    key: str
    name: str
    number: int
    since: datetime
    hours: Hours
    targets: Targets
    scope: Scope = EVERY_TICKET
    pauses: tuple[str, ...] = PAUSES
    warn_at: int = DEFAULT_WARN_AT
    withdrawn: bool = False

    @property
    def label(self) -> str:
        """The name people use, for example `Standard v3`."""
        return f"{self.name} v{self.number}"

    def minutes(self, row: str, priority: int) -> int | None:
        """The target of a row for a priority; None when nothing is promised."""
        given = self.targets.get(row)
        return given[priority - 1] if given is not None else None


@dataclass(frozen=True, slots=True)
class Promise:
    """What one version promises for one row and priority: a target in seconds of its hours.

    A book gives the same object for the same promise, so that `is` tells whether anything changed.
    """

    version: Version
    seconds: int

    def rests(self, reason: str) -> bool:
        """Whether the clock rests while somebody waits for this reason; empty: nobody waits."""
        return bool(reason) and (reason == NEVER or reason in self.version.pauses)


@dataclass(slots=True)
class Book:
    """Every version of every policy, and what is promised by them at any moment.

    Between two moments at which some version comes in (an era) nothing changes; what was found once is remembered.
    """

    versions: Sequence[Version]
    begins: list[int] = field(init=False)
    _eras: list[list[Version]] = field(init=False)
    _found: dict[tuple[int, Scope, str, int], Promise | None] = field(init=False, default_factory=dict)
    _made: dict[tuple[str, int, str, int], Promise] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.begins = sorted({stamp(one.since) for one in self.versions})
        self._eras = [_in_force(self.versions, begin) for begin in self.begins]

    def era(self, moment: int) -> int:
        """The number of the era of a moment (`stamp`); -1 before the first version."""
        return bisect_right(self.begins, moment) - 1

    def changes(self, after: int, before: int) -> list[int]:
        """The moments strictly between two others at which some version comes in."""
        first, last = bisect_right(self.begins, after), bisect_right(self.begins, before)
        return [moment for moment in self.begins[first:last] if moment < before]

    def promise(self, era: int, ticket: Scope, row: str, priority: int) -> Promise | None:
        """The most specific version with a target for this row and priority; None when nothing is promised."""
        key = (era, ticket, row, priority)
        try:
            return self._found[key]
        except KeyError:
            found = self._found[key] = self._look_up(era, ticket, row, priority)
            return found

    def _look_up(self, era: int, ticket: Scope, row: str, priority: int) -> Promise | None:
        if era < 0:
            return None
        for version in self._eras[era]:
            minutes = version.minutes(row, priority) if version.scope.holds(ticket) else None
            if minutes is not None:
                key = (version.key, version.number, row, priority)
                return self._made.setdefault(key, Promise(version, minutes * 60))
        return None

    def with_versions(self, proposed: Iterable[Version]) -> "Book":
        """The book as it would be with some more versions."""
        return Book((*self.versions, *proposed))


def _in_force(versions: Iterable[Version], moment: int) -> list[Version]:
    """The newest version of each line at a moment, the most specific first."""
    newest: dict[str, Version] = {}
    for one in versions:
        known = newest.get(one.key)
        if stamp(one.since) <= moment and (known is None or known.number < one.number):
            newest[one.key] = one
    return sorted(
        (one for one in newest.values() if not one.withdrawn), key=lambda one: (one.scope.weight, one.key), reverse=True
    )


def faults(targets: Targets, *, for_vendor: bool = False) -> dict[str, str]:
    """What is wrong with the targets somebody typed: row to sentence; empty when they can be used."""
    found = {row: "There is no such clock." for row in targets if row not in ROWS}
    for row in targets.keys() & ROWS.keys():
        given = targets[row]
        if len(given) != len(PRIORITIES):
            found[row] = "Five targets are needed, for priority 1 to 5; leave one empty to promise nothing."
        elif any(one is not None and not 0 < one <= LONGEST for one in given):
            found[row] = f"A target lies between 1 and {LONGEST} minutes."
        elif any(one is not None for one in given) and for_vendor != (row == "underpinning") and for_vendor:
            found[row] = "A vendor's policy has the vendor's own clock only."
    if not any(one is not None for given in targets.values() for one in given):
        found.setdefault("targets", "A policy promises something: fill in one target at least.")
    return found


LONGEST = 2 * 365 * 1440  # minutes of a target


def sinks(targets: Targets) -> list[str]:
    """Rows in which something less urgent is due before something more urgent: allowed, but worth a word."""
    return [
        row
        for row, given in targets.items()
        if any(a > b for a, b in pairwise(one for one in given if one is not None))
    ]
