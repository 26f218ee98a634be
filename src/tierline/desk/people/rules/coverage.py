"""Which skill is there at which hour of the week, and what the lapse of a certificate takes away. Pure.

The week has 168 hours of one time zone, from Monday 00:00. An hour of a skill counts those who are on shift in every
minute of it: half an hour of somebody is nobody for a ticket that comes in the other half.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

from .availability import Span, WorkingTime, merged, moment_of, spans, without

HOURS = 168
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody with what they can do and when they work. `levels` counts what linked skills bring.

    `certificates` maps a skill to the last day on which its proof counts, None for one without an end.
    """

    id: int
    name: str
    tiers: frozenset[int]
    working: WorkingTime
    levels: Mapping[str, int] = field(default_factory=dict)
    certificates: Mapping[str, date | None] = field(default_factory=dict)
    away: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class Demand:
    """A skill that a tier must have, at a level, and perhaps with a certificate.

    `hours` are those of the week that must be covered, as indices from 0.
    """

    skill: str
    tier: int
    level: int = 1
    certified: bool = False
    hours: frozenset[int] = frozenset(range(HOURS))


@dataclass(frozen=True, slots=True)
class Row:
    """One demand over a week: for each hour the ids of those who meet it."""

    demand: Demand
    hours: tuple[frozenset[int], ...]

    @property
    def gaps(self) -> tuple[int, ...]:
        """The hours that must be covered and are not, as indices from 0."""
        return tuple(hour for hour in sorted(self.demand.hours) if not self.hours[hour])

    @property
    def share(self) -> float:
        """How much of what must be covered is covered, from 0 to 1; 1 when nothing must be."""
        return 1.0 if not self.demand.hours else 1 - len(self.gaps) / len(self.demand.hours)


@dataclass(frozen=True, slots=True)
class Lapse:
    """A certificate ends: from the day after `last_day` these hours of a week are without anybody."""

    person_id: int
    name: str
    skill: str
    tier: int
    last_day: date
    hours: tuple[int, ...]


@lru_cache(maxsize=64)
def hours_of(monday: date, timezone: str) -> tuple[Span, ...]:
    """The 168 hours on the clock there, each with its true beginning and end.

    When the clock is put forward one of them is empty, when it is put back one is two hours long.
    """
    return tuple(
        (
            moment_of(monday + timedelta(days=hour // 24), hour % 24 * 60, timezone),
            moment_of(monday + timedelta(days=hour // 24), (hour % 24 + 1) * 60, timezone),
        )
        for hour in range(HOURS)
    )


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def presence(workers: Iterable[Worker], hours: Sequence[Span]) -> dict[int, frozenset[int]]:
    """For each worker the hours in which they are there from beginning to end, absences taken out."""
    start, end = hours[0][0], hours[-1][1]
    found: dict[int, frozenset[int]] = {}
    for worker in workers:
        there = spans(worker.working, start, end)
        found[worker.id] = _full(hours, without(there, merged(worker.away)))
    return found


def _full(hours: Sequence[Span], there: Sequence[Span]) -> frozenset[int]:
    """The hours that lie within one stretch as a whole; one that does not exist on the clock counts as covered."""
    full: set[int] = set()
    place = 0
    for number, (begin, end) in enumerate(hours):
        while place < len(there) and there[place][1] < end:
            place += 1
        if begin == end or (place < len(there) and there[place][0] <= begin and end <= there[place][1]):
            full.add(number)
    return frozenset(full)


def able(worker: Worker, demand: Demand, on: date) -> bool:
    """Whether somebody meets a demand on a day, if they are there."""
    if demand.tier not in worker.tiers or worker.levels.get(demand.skill, 0) < demand.level:
        return False
    if not demand.certified:
        return True
    last = worker.certificates.get(demand.skill, date.min)
    return last is None or on <= last


def week(workers: Sequence[Worker], demands: Iterable[Demand], monday: date, timezone: str) -> list[Row]:
    """Who meets each demand in each hour of the week that begins on `monday`."""
    hours = hours_of(monday, timezone)
    there = presence(workers, hours)
    rows = []
    for demand in demands:
        by_day = [[one for one in workers if able(one, demand, monday + timedelta(days=day))] for day in range(7)]
        rows.append(
            Row(
                demand,
                tuple(
                    frozenset(one.id for one in by_day[hour // 24] if hour in there[one.id]) for hour in range(HOURS)
                ),
            )
        )
    return rows


def lapses(workers: Sequence[Worker], demands: Iterable[Demand], monday: date, timezone: str) -> list[Lapse]:
    """What each certificate that has an end takes away when it ends, soonest first.

    Measured on the week that begins on `monday` as it is planned, with everybody whose proof lasts longer; a lapse that
    leaves nobody out is left out.
    """
    there = presence(workers, hours_of(monday, timezone))
    found = []
    for demand in demands:
        if not demand.certified:
            continue
        for worker in workers:
            last = worker.certificates.get(demand.skill)
            if last is None or last < monday or not able(worker, demand, last):
                continue
            after = last + timedelta(days=1)
            others = [there[one.id] for one in workers if one.id != worker.id and able(one, demand, after)]
            lost = (there[worker.id] & demand.hours) - frozenset[int]().union(*others)
            if lost:
                found.append(Lapse(worker.id, worker.name, demand.skill, demand.tier, last, tuple(sorted(lost))))
    return sorted(found, key=lambda one: (one.last_day, one.skill, one.tier, one.name))


def runs(hours: Iterable[int]) -> list[tuple[int, int]]:
    """Hours of the week as runs from one up to, not including, another; a run ends at midnight of its day."""
    together: list[tuple[int, int]] = []
    for hour in sorted(hours):
        if together and together[-1][1] == hour and hour % 24:
            together[-1] = (together[-1][0], hour + 1)
        else:
            together.append((hour, hour + 1))
    return together


def office_hours(days: Iterable[int], begin: int, end: int) -> frozenset[int]:
    """The hours of these weekdays (Monday is 0) from `begin` up to, not including, `end` o'clock."""
    return frozenset(day * 24 + hour for day in days for hour in range(begin, end))


def at_hour(monday: date, hour: int, timezone: str) -> datetime:
    """The moment (UTC) at which an hour of the week begins."""
    return moment_of(monday + timedelta(days=hour // 24), hour % 24 * 60, timezone)
