"""Who works at a moment: weekly shifts, days that differ, absences with deputies and on-call turns. Pure.

A shift is written on the wall clock of the person's own time zone. It begins at the first moment at which that clock
shows its first minute or a later one, and ends likewise at its last: across the changes of summer time nobody is on
shift twice, a minute that the clock skips begins the moment after, and shifts that meet on the clock meet in time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = 1440  # minutes
LONGEST_CHAIN = 10
"""How many deputies of deputies are asked before giving up."""

Span = tuple[datetime, datetime]
"""From a moment up to, not including, another; both in UTC."""


@dataclass(frozen=True, slots=True, order=True)
class WeeklyShift:
    """`weekday` 0 is Monday. Minutes count from midnight on the wall clock; past 1440 it runs into the next day."""

    weekday: int
    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True)
class DatedShift:
    """What holds on one day instead of the week's pattern. Without minutes the day is free."""

    day: date
    from_minute: int | None = None
    to_minute: int | None = None


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """When somebody works. Without any weekly shift they count as always there, except on days that differ."""

    timezone: str
    week: tuple[WeeklyShift, ...] = ()
    dated: tuple[DatedShift, ...] = ()


@dataclass(frozen=True, slots=True)
class Away:
    """An absence that covers the moment in question; `deputy_id` stands in."""

    until: datetime
    reason: str = "leave"
    deputy_id: int | None = None


@dataclass(frozen=True, slots=True)
class Swap:
    """Somebody takes over the on-call telephone for a while, whoever's turn it is."""

    person_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Rotation:
    """An on-call rotation: the people in turn, each for `days` days from the wall-clock time of `first` on."""

    timezone: str
    first: datetime
    days: int
    people: tuple[int, ...]
    swaps: tuple[Swap, ...] = ()


def shift_fault(shift: WeeklyShift) -> str:
    """What is wrong with a shift, in words for people; empty when nothing is."""
    if not 0 <= shift.weekday <= 6 or not 0 <= shift.from_minute < DAY:  # noqa: PLR2004 (Sunday)
        return "A shift begins on a day of the week, within that day."
    if not shift.from_minute < shift.to_minute <= shift.from_minute + DAY:
        return "A shift ends after it begins, within a day."
    return ""


@lru_cache(maxsize=4096)
def moment_of(day: date, minute: int, timezone: str) -> datetime:
    """The first moment (UTC) at which the clock there shows this minute of the day, or a later one."""
    zone = ZoneInfo(timezone)
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    early = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    return _end_of_gap(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), early, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the clock jumps, known to lie after `before` and not after `after`."""
    old = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        same = datetime.fromtimestamp(middle, zone).utcoffset() == old
        low, high = (middle, high) if same else (low, middle)
    return datetime.fromtimestamp(high, UTC)


def on_shift(working: WorkingTime, at: datetime) -> bool:
    """Whether the moment lies within somebody's shift."""
    today = at.astimezone(ZoneInfo(working.timezone)).date()
    near = (today + timedelta(days=count) for count in (-1, 0, 1))  # past midnight; a clock put back across midnight
    return any(begin <= at < end for day in near for begin, end in _of_day(working, day))


def spans(working: WorkingTime, start: datetime, end: datetime) -> list[Span]:
    """Every stretch of work between two moments, in order; stretches that meet or overlap are one."""
    zone = ZoneInfo(working.timezone)
    first, last = start.astimezone(zone).date() - timedelta(days=1), end.astimezone(zone).date() + timedelta(days=1)
    days = (first + timedelta(days=count) for count in range((last - first).days + 1))
    found = (
        (max(begin, start), min(finish, end))
        for day in days
        for begin, finish in _of_day(working, day)
        if begin < end and finish > start
    )
    return merged(found)


def _of_day(working: WorkingTime, day: date) -> Iterator[Span]:
    """The stretches of work that begin on a day."""
    differs = [one for one in working.dated if one.day == day]
    if differs:
        minutes = [(one.from_minute, one.to_minute) for one in differs]
    elif working.week:
        minutes = [(one.from_minute, one.to_minute) for one in working.week if one.weekday == day.weekday()]
    else:
        minutes = [(0, DAY)]
    for begin, end in minutes:
        if begin is not None and end is not None:
            span = moment_of(day, begin, working.timezone), moment_of(day, end, working.timezone)
            if span[0] < span[1]:
                yield span


def merged(found: Iterable[Span]) -> list[Span]:
    """The same time in order, where stretches that meet or overlap are one."""
    together: list[Span] = []
    for begin, end in sorted(found):
        if together and begin <= together[-1][1]:
            together[-1] = (together[-1][0], max(end, together[-1][1]))
        elif begin < end:
            together.append((begin, end))
    return together


def without(found: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """What remains of stretches of time when others are taken out; both merged and in order."""
    left: list[Span] = []
    for begin, end in found:
        cursor = begin
        for other_begin, other_end in taken:
            if other_end <= cursor or other_begin >= end:
                continue
            if other_begin > cursor:
                left.append((cursor, other_begin))
            cursor = max(cursor, other_end)
        if cursor < end:
            left.append((cursor, end))
    return left


def on_call(rotation: Rotation, at: datetime) -> int | None:
    """Whose turn it is: the latest swap that covers the moment, else the rotation; None before it begins."""
    for swap in reversed(rotation.swaps):
        if swap.starts_at <= at < swap.ends_at:
            return swap.person_id
    if at < rotation.first or not rotation.people:
        return None
    return rotation.people[_turn(rotation, at) % len(rotation.people)]


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody is on call from one moment up to another; `swapped` when it is not their own turn."""

    person_id: int
    starts_at: datetime
    ends_at: datetime
    swapped: bool = False


def turns(rotation: Rotation, start: datetime, end: datetime) -> list[Turn]:
    """Who is on call between two moments, in order; what is one person's in a row is one turn."""
    if not rotation.people:
        return []
    edges = {start, end, *(_in_bounds(moment, start, end) for moment in _edges(rotation, start, end))}
    together: list[Turn] = []
    ordered = sorted(edges)
    for begin, finish in pairwise(ordered):
        person = on_call(rotation, begin)
        if person is None:
            continue
        swapped = any(swap.starts_at <= begin < swap.ends_at for swap in rotation.swaps)
        last = together[-1] if together else None
        if last is not None and (last.person_id, last.swapped, last.ends_at) == (person, swapped, begin):
            together[-1] = replace(last, ends_at=finish)
        else:
            together.append(Turn(person, begin, finish, swapped))
    return together


def _edges(rotation: Rotation, start: datetime, end: datetime) -> Iterator[datetime]:
    """The moments at which the telephone may change hands: hand-overs between two moments, and swaps."""
    zone = ZoneInfo(rotation.timezone)
    begun = rotation.first.astimezone(zone)
    minute = begun.hour * 60 + begun.minute
    day = begun.date() + timedelta(days=_turn(rotation, max(start, rotation.first)) * rotation.days)
    while (moment := moment_of(day, minute, rotation.timezone)) < end:
        yield moment
        day += timedelta(days=rotation.days)
    for swap in rotation.swaps:
        yield swap.starts_at
        yield swap.ends_at


def _in_bounds(moment: datetime, start: datetime, end: datetime) -> datetime:
    return min(max(moment, start), end)


def _turn(rotation: Rotation, at: datetime) -> int:
    """Which turn it is, counted from 0. The hand-over keeps its wall-clock time across summer time."""
    zone = ZoneInfo(rotation.timezone)
    begun = rotation.first.astimezone(zone)
    minute = begun.hour * 60 + begun.minute
    today = at.astimezone(zone).date()
    days = (today - begun.date()).days
    if at < moment_of(today, minute, rotation.timezone):
        days -= 1
    return max(0, days) // rotation.days


def deputies(person_id: int, away: Mapping[int, Away]) -> tuple[int, ...]:
    """Who stands in for somebody absent, nearest first: the last one is there. Empty if the chain ends with nobody.

    A deputy who is absent too hands on to their own; a chain that comes back to itself ends with nobody.
    """
    chain: list[int] = []
    current = person_id
    while (absence := away.get(current)) is not None:
        deputy = absence.deputy_id
        if deputy is None or deputy == person_id or deputy in chain or len(chain) >= LONGEST_CHAIN:
            return ()
        chain.append(deputy)
        current = deputy
    return tuple(chain)


def leads_back_to(person_id: int, deputy_id: int, deputies_of: Iterable[tuple[int, int]]) -> bool:
    """Whether naming this deputy would close a circle, given who stands in for whom at that time (person, deputy)."""
    standing_in: dict[int, list[int]] = {}
    for person, deputy in deputies_of:
        standing_in.setdefault(person, []).append(deputy)
    seen: set[int] = set()
    waiting = [deputy_id]
    while waiting:
        current = waiting.pop()
        if current == person_id:
            return True
        if current not in seen:
            seen.add(current)
            waiting.extend(standing_in.get(current, ()))
    return False
