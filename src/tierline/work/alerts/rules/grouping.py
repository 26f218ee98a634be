"""What belongs together, what is new in a delivery, and what recovery may do. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .alert import Alert

STORM_GROUPS = 5
"""So many groups that begin within the window are one storm: one cause, one ticket."""

STORM_WINDOW = 300
"""Seconds."""

BACK_WITHIN = 3600
"""Seconds in which an alert that comes back goes on in its old ticket."""

MOST_REOPENED = 3
"""So often a ticket is opened again by itself; then it comes and goes, and a person has to look."""

MILESTONES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
"""The timeline tells of a growing storm at these counts only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An alert that was seen before."""

    firing: bool
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Sorted:
    """A delivery sorted out: what fires and did not, what ended, what was known already, what nobody knew."""

    new: tuple[Alert, ...]
    ended: tuple[Alert, ...]
    repeated: int
    unknown: int


def sort_out(known: Mapping[str, Known], alerts: Iterable[Alert], at: datetime) -> Sorted:
    """Which of these say something new. The last word on a fingerprint counts; old words change nothing.

    A retry brings the same alert with the same start: it is repeated. An end that belongs to an earlier start, or a
    start that is over already, came late and is repeated as well.
    """
    new, ended, repeated, unknown = [], [], 0, 0
    last = {alert.fingerprint: alert for alert in alerts}
    for name, alert in last.items():
        before, starts = known.get(name), alert.starts_at or at
        if before is None:
            if alert.firing:
                new.append(alert)
            else:
                unknown += 1
        elif alert.firing and not before.firing and starts > before.starts_at:
            new.append(alert)
        elif not alert.firing and before.firing and starts >= before.starts_at:
            ended.append(alert)
        else:
            repeated += 1
    return Sorted(tuple(new), tuple(ended), repeated, unknown)


def is_storm(beginning: int, lately: int) -> bool:
    """Whether so many groups that begin now, with those that began within the window, have one cause."""
    return beginning > 0 and beginning + lately >= STORM_GROUPS


def milestone(count: int, told: int) -> int:
    """The highest milestone that `count` has reached and that is not told yet; 0 for none."""
    return max((mark for mark in MILESTONES if told < mark <= count), default=0)


@dataclass(frozen=True, slots=True)
class After:
    """What follows from the recovery of all alerts of a ticket, and why."""

    resolve: bool
    why: str


def after_recovery(*, is_open: bool, by_hand: bool, uncounted: int, reopened: int) -> After:
    """Whether the ticket may be resolved by itself now that everything has recovered."""
    if not is_open:
        return After(resolve=False, why="The ticket is over already.")
    if by_hand:
        return After(resolve=False, why="Somebody works on it, so it stays open.")
    if uncounted:
        return After(resolve=False, why="Not every alert was kept apart, so a person has to look.")
    if reopened >= MOST_REOPENED:
        return After(resolve=False, why="It comes and goes, so a person has to look.")
    return After(resolve=True, why="Everything that opened it has recovered, and nobody worked on it.")
