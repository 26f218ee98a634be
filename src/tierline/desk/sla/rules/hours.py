"""Business time. Pure, and the same for SLA, OLA and underpinning contracts.

Durations are elapsed seconds, also across a change to or from daylight-saving time. A deadline that falls exactly on
closing time is due at closing time, not at the next opening.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MINUTES = 1440  # of a day
SECOND = 1_000_000  # microseconds, in which moments are counted here: whole numbers, nothing is rounded
_DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HORIZON = 366 * 6  # days; a target that is not met within six years of business time is a mistake
_SPARE = 400  # days that are laid out beyond what was asked for, at most

Window = tuple[int, int]
Closure = tuple[date, int, int]  # a day, and the minutes of it from and until which it is closed


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours in one time zone: for each weekday (0 is Monday) the windows in minutes from midnight.

    `1440` as an end is midnight. A day in `holidays` is closed, and so is a part of a day in `closures`.
    """

    zone: str
    week: tuple[tuple[Window, ...], ...]
    holidays: frozenset[date] = frozenset()
    closures: frozenset[Closure] = frozenset()

    def __post_init__(self) -> None:
        if len(self.week) != len(ALWAYS_WEEK):
            raise ValueError("a week has seven days")
        for windows in self.week:
            flat = [minute for window in windows for minute in window]
            if flat != sorted(flat) or any(start >= end for start, end in windows) or (flat and flat[-1] > MINUTES):
                raise ValueError("windows of a day must be in order, apart, and within 0 to 1440 minutes")


ALWAYS_WEEK: tuple[tuple[Window, ...], ...] = (((0, 1440),),) * 7


def always(zone: str = "UTC") -> Hours:
    """Open around the clock."""
    return Hours(zone=zone, week=ALWAYS_WEEK)


def due(hours: Hours, start: datetime, seconds: int) -> datetime:
    """The moment at which `seconds` of open time have passed since `start`, in UTC.

    Raises ValueError when the hours never add up to that (a calendar without opening hours).
    """
    if seconds <= 0:
        return start.astimezone(UTC)
    return moment_at(ledger(hours).due(stamp(start), seconds * SECOND))


def elapsed(hours: Hours, start: datetime, end: datetime) -> int:
    """Open seconds between two moments; 0 when `end` is not after `start`."""
    return round(ledger(hours).elapsed(stamp(start), stamp(end)) / SECOND)


def stamp(moment: datetime) -> int:
    """A moment as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_at(counted: int) -> datetime:
    """The moment that `stamp` counted, in UTC."""
    return _EPOCH + counted * _MICROSECOND


@dataclass(frozen=True, slots=True)
class _Laid:
    """Windows of some days, in order; `before` counts what was open before each. Asked within `first` to `last`."""

    begin: date
    end: date
    opens: list[int]
    closes: list[int]
    before: list[int]
    first: int
    last: int

    def passed(self, moment: int) -> int:
        """Open microseconds from the first window to a moment."""
        place = bisect_right(self.opens, moment) - 1
        if place < 0:
            return 0
        return self.before[place] + min(moment, self.closes[place]) - self.opens[place]

    def reached(self, goal: int) -> int | None:
        """The first moment at which `goal` has passed; None when it lies beyond these windows."""
        place = bisect_left(self.before, goal) - 1  # the last window before which less than the goal was open
        found = self.opens[place] + goal - self.before[place] if place >= 0 else None
        return found if found is not None and found <= self.closes[place] else None


class Ledger:
    """Opening hours laid out as windows in microseconds since 1970, with what was open before each.

    So open time between two moments is a subtraction, and a due time a look-up: neither walks over days. Windows are
    laid out once, as far as they are asked for. Threads may share it: what is laid out is replaced, never changed.
    """

    def __init__(self, hours: Hours) -> None:
        self._hours = hours
        self._zone = ZoneInfo(hours.zone)
        self._closures: dict[date, list[Window]] = {}
        for day, begin, end in hours.closures:
            self._closures.setdefault(day, []).append((begin, end))
        self._laid: _Laid | None = None

    def elapsed(self, start: int, end: int) -> int:
        """Open microseconds between two moments; 0 when `end` is not after `start`."""
        if end <= start:
            return 0
        laid = self._reach(start, end)
        return laid.passed(end) - laid.passed(start)

    def due(self, start: int, wanted: int) -> int:
        """The first moment at which `wanted` open microseconds have passed since `start`.

        Raises ValueError when they do not within six years.
        """
        if wanted <= 0:
            return start
        last = start + _HORIZON * _DAY
        reach = start
        while reach < last:
            reach = min(start + 4 * (reach - start) + 8 * _DAY, last)
            laid = self._reach(start, reach)
            found = laid.reached(laid.passed(start) + wanted)
            if found is not None:
                return found
        raise ValueError("the calendar has too few open hours for this target")

    def _reach(self, start: int, end: int) -> _Laid:
        laid = self._laid
        if laid is not None and laid.first <= start and end <= laid.last:
            return laid
        begin, finish = moment_at(start).date() - 2 * DAY, moment_at(end).date() + 2 * DAY
        if laid is not None:  # grows by as much as it has, so that it is seldom laid out anew
            spare = min(laid.end - laid.begin, _SPARE * DAY)
            begin, finish = min(begin, laid.begin), max(finish + spare, laid.end)
        self._laid = self._lay_out(begin, finish)
        return self._laid

    def _lay_out(self, begin: date, end: date) -> _Laid:
        day, total = begin, 0
        opens: list[int] = []
        closes: list[int] = []
        before: list[int] = []
        while day < end:
            for starts, finish in self._windows(day):
                opened, closed = stamp(_instant(day, starts, self._zone)), stamp(_instant(day, finish, self._zone))
                if closed > opened:
                    opens.append(opened)
                    closes.append(closed)
                    before.append(total)
                    total += closed - opened
            day += DAY
        first, last = (stamp(datetime.combine(edge, time(), UTC)) for edge in (begin + DAY, end - DAY))
        return _Laid(begin, end, opens, closes, before, first, last)

    def _windows(self, day: date) -> Iterable[Window]:
        if day in self._hours.holidays:
            return ()
        windows: Iterable[Window] = self._hours.week[day.weekday()]
        for closed in self._closures.get(day, ()):
            windows = [part for window in windows for part in _without(window, closed)]
        return windows


@lru_cache(maxsize=256)
def ledger(hours: Hours) -> Ledger:
    """The same hours, laid out once."""
    return Ledger(hours)


def _without(window: Window, closed: Window) -> Iterator[Window]:
    (begin, end), (shut, opened) = window, closed
    if begin < min(end, shut):
        yield begin, min(end, shut)
    if max(begin, opened) < end:
        yield max(begin, opened), end


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A wall-clock time as an instant. A time that the DST change skips is the instant of the change."""
    extra, minute = divmod(minute, MINUTES)
    local = datetime.combine(day + extra * DAY, time(minute // 60, minute % 60), zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    before = local.replace(fold=1).astimezone(UTC)
    while instant - before > timedelta(seconds=1):
        middle = before + (instant - before) / 2
        if middle.astimezone(zone).utcoffset() == instant.astimezone(zone).utcoffset():
            instant = middle
        else:
            before = middle
    return instant.replace(microsecond=0)
