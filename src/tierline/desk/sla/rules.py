"""Business time and stopwatches. Pure, and the same for SLA, OLA and underpinning contracts.

Durations are elapsed seconds, also across a change to or from daylight-saving time. A deadline that falls exactly on
closing time is due at closing time, not at the next opening.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MINUTES = 1440  # of a day
_HORIZON = 366 * 6  # days; a target that is not met within six years of business time is a mistake


class Metric(StrEnum):
    """What a clock measures."""

    FIRST_REPLY = "first_reply"
    TIER = "tier"
    RESOLUTION = "resolution"


class Clock(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"


Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours in one time zone: for each weekday (0 is Monday) the windows in minutes from midnight.

    `1440` as an end is midnight. A day in `holidays` is closed.
    """

    zone: str
    week: tuple[tuple[Window, ...], ...]
    holidays: frozenset[date] = frozenset()

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
    left = timedelta(seconds=seconds)
    if seconds <= 0:
        return start.astimezone(UTC)
    for opens, closes in _open_windows(hours, start):
        begin = max(opens, start)
        if begin + left <= closes:
            return begin + left
        left -= max(closes - begin, timedelta(0))
    raise ValueError("the calendar has too few open hours for this target")


def elapsed(hours: Hours, start: datetime, end: datetime) -> int:
    """Open seconds between two moments; 0 when `end` is not after `start`."""
    total = timedelta(0)
    if end <= start:
        return 0
    for opens, closes in _open_windows(hours, start):
        if opens >= end:
            break
        total += max(min(closes, end) - max(opens, start), timedelta(0))
    return round(total.total_seconds())


def _open_windows(hours: Hours, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The open windows in UTC from the local day of `start` on."""
    zone = ZoneInfo(hours.zone)
    day = start.astimezone(zone).date()
    for _ in range(_HORIZON):
        if day not in hours.holidays:
            for begin, finish in hours.week[day.weekday()]:
                opens, closes = _instant(day, begin, zone), _instant(day, finish, zone)
                if closes > start:
                    yield opens, closes
        day += DAY


@lru_cache(maxsize=4096)  # the clocks of a page ask for the same days again and again
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


class Tick(StrEnum):
    """What happens to a stopwatch."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stopwatch; a pause says whom it waits for."""

    at: datetime
    tick: Tick
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a derivation: an amount or a time, and what it stands for."""

    amount: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A stopwatch read at one moment. `due_at` is None while it is paused or has not started.

    `used` counts seconds of open time, pauses left out; `target` is in seconds.
    """

    state: Clock
    target: int
    used: int
    due_at: datetime | None
    stopped_at: datetime | None
    derivation: tuple[Line, ...] = field(default=())

    @property
    def share(self) -> int:
        """Percent of the target that is used, at most 999."""
        return min(999, self.used * 100 // self.target) if self.target else 0


def read(hours: Hours, target: int, events: Sequence[Event], now: datetime) -> Reading | None:
    """Read a stopwatch with a target in seconds at `now`; None when it never started.

    The last `start` counts (a reopened ticket starts anew).
    """
    run = _last_run(events)
    if not run:
        return None
    used, since, paused, stopped = _played(hours, run, now)
    due_at = None if paused else due(hours, since, max(target - used, 0)) if stopped is None else None
    spent = used if paused or stopped else used + elapsed(hours, since, now)
    return Reading(
        state=_state(spent, target, paused=paused, stopped=stopped is not None),
        target=target,
        used=spent,
        due_at=due_at if spent <= target else _breach_moment(hours, target, run),
        stopped_at=stopped,
        derivation=tuple(_derivation(hours, target, run, due_at)),
    )


def _last_run(events: Sequence[Event]) -> list[Event]:
    starts = [i for i, event in enumerate(events) if event.tick is Tick.START]
    return list(events[starts[-1] :]) if starts else []


def _played(hours: Hours, run: Sequence[Event], now: datetime) -> tuple[int, datetime, bool, datetime | None]:
    """(open seconds used up to the last event, that event's moment, paused, stopped at)."""
    used, since, paused = 0, run[0].at, False
    for event in run[1:]:
        if event.at > now:
            break
        if not paused:
            used += elapsed(hours, since, event.at)
        since, paused = event.at, event.tick is Tick.PAUSE
        if event.tick is Tick.STOP:
            return used, since, False, event.at
    return used, since, paused, None


def _state(spent: int, target: int, *, paused: bool, stopped: bool) -> Clock:
    if spent > target:
        return Clock.BREACHED
    if stopped:
        return Clock.MET
    return Clock.PAUSED if paused else Clock.RUNNING


def _breach_moment(hours: Hours, target: int, run: Sequence[Event]) -> datetime:
    """When the target was used up, walking the run with its pauses."""
    left, since, paused = target, run[0].at, False
    for event in run[1:]:
        step = 0 if paused else elapsed(hours, since, event.at)
        if step > left:
            break
        left, since, paused = left - step, event.at, event.tick is Tick.PAUSE
    return due(hours, since, left)


def _derivation(hours: Hours, target: int, run: Sequence[Event], due_at: datetime | None) -> Iterator[Line]:
    zone = ZoneInfo(hours.zone)
    yield Line(_clock(run[0].at, zone), "started")
    yield Line(f"+ {span(target)}", "target")
    for begin, end, reason in _pauses(run):
        waited = f"waited for {reason}" if reason else "paused"
        yield Line(f"+ {span(elapsed(hours, begin, end))}", f"{waited}, {_clock(begin, zone)} to {_clock(end, zone)}")
    if due_at is not None:
        yield Line(_clock(due_at, zone), f"due, {hours.zone}")


def _pauses(run: Sequence[Event]) -> Iterable[tuple[datetime, datetime, str]]:
    for event, following in pairwise(run):
        if event.tick is Tick.PAUSE:
            yield event.at, following.at, event.reason


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%a %d %b %H:%M")


def span(seconds: int) -> str:
    """A duration for people: `4 h 05` or `12 min`."""
    minutes = seconds // 60
    return f"{minutes // 60} h {minutes % 60:02d}" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 (minutes of an hour)


@dataclass(frozen=True, slots=True)
class Target:
    """How long one metric may take for one priority, in business minutes of the policy's hours."""

    metric: Metric
    priority: int
    minutes: int


# A fresh desk starts with these, in business minutes by priority 1 to 5.
DEFAULT_TARGETS: Mapping[Metric, tuple[int, int, int, int, int]] = {
    Metric.FIRST_REPLY: (15, 30, 120, 240, 480),
    Metric.TIER: (60, 240, 480, 960, 1920),
    Metric.RESOLUTION: (240, 480, 1440, 2880, 4800),
}
