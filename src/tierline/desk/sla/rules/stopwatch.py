"""Stopwatches: what a clock has used and when it is due, over every policy that held meanwhile. Pure.

Time that was used is kept. A clock is read over segments: in each, one promise held and one reason to wait (or none),
and what was used of it is open time under that promise's hours. The target is that of the last segment.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .hours import SECOND, ledger, moment_at
from .policies import Metric, Promise


class Clock(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"


@dataclass(slots=True)
class Run:
    """One run of a stopwatch, in microseconds (`stamp`): when it began, for whom it waited since when, when it ended.

    `waits` are (moment, reason) in order; an empty reason is the end of waiting.
    """

    metric: Metric
    start: int
    waits: list[tuple[int, str]] = field(default_factory=list)
    stop: int | None = None
    tier: int | None = None
    vendor_id: int | None = None
    row: str = field(init=False)  # of a policy, which holds its target

    def __post_init__(self) -> None:
        self.row = f"tier_{self.tier}" if self.metric is Metric.TIER else self.metric.value


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a run under one promise (None: nothing was promised).

    `used` is in microseconds; `rests` names the reason to wait for which the clock rested.
    """

    start: int
    end: int
    promise: Promise | None
    used: int
    rests: str = ""

    @property
    def begin_at(self) -> datetime:
        return moment_at(self.start)

    @property
    def end_at(self) -> datetime:
        return moment_at(self.end)

    @property
    def seconds(self) -> int:
        """What was used, in seconds."""
        return round(self.used / SECOND)


# What was promised in (after, before): the moments between at which it may change, and the promise at a moment.
Changes = Callable[[int, int], Sequence[int]]
At = Callable[[int], Promise | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """A stopwatch read at one moment.

    `due_at` is None while it rests and once it was met. `used` and `target` are seconds of open time; `warn_at` is the
    moment at which the policy's share of the target is used up, None when that is not ahead; `warns` says that it runs
    and is past that share.
    """

    state: Clock
    target: int
    used: int
    due_at: datetime | None
    stopped_at: datetime | None
    metric: Metric = Metric.RESOLUTION
    tier: int | None = None
    vendor_id: int | None = None
    started_at: datetime | None = None
    warn_at: datetime | None = None
    warn_share: int = 75
    warns: bool = False
    zone: str = "UTC"
    segments: tuple[Segment, ...] = ()

    @property
    def share(self) -> int:
        """Percent of the target that is used, at most 999."""
        return min(999, self.used * 100 // self.target) if self.target else 0


def read(run: Run, now: int, changes: Changes, at: At) -> Reading | None:
    """Read a run at `now` (`stamp`); None when nothing is promised for it then.

    `changes(after, before)` gives the moments strictly between two others at which the promise may differ, `at(moment)`
    the promise from a moment on.
    """
    end = now if run.stop is None else min(run.stop, now)
    promise = at(end)
    if promise is None or run.start > now:
        return None
    segments = list(_segments(run, end, changes, at))
    used = sum(one.used for one in segments)
    target = promise.seconds * SECOND
    resting = bool(segments) and run.stop is None and _reason(run, end, promise) != ""
    crossed = _crossing(segments, target)
    over = crossed is not None and crossed < end
    running = run.stop is None and not resting and not over
    due = crossed if crossed is not None and (over or running) else None
    if running and due is None:
        due = ledger(promise.version.hours).due(end, target - used)
    return Reading(
        state=_state(over=over, resting=resting, stopped=run.stop is not None),
        target=promise.seconds,
        used=round(used / SECOND),
        due_at=moment_at(due) if due is not None else None,
        stopped_at=moment_at(run.stop) if run.stop is not None else None,
        metric=run.metric,
        tier=run.tier,
        vendor_id=run.vendor_id,
        started_at=moment_at(run.start),
        warn_at=_warning(promise, end, target, used) if running else None,
        warn_share=promise.version.warn_at,
        warns=running and used * 100 >= target * promise.version.warn_at,
        zone=promise.version.hours.zone,
        segments=tuple(segments),
    )


def _segments(run: Run, end: int, changes: Changes, at: At) -> Iterator[Segment]:
    """The run cut where what is promised, or for whom it waits, changes. What changes at once counts once."""
    cuts = {moment for moment, _reason in run.waits if run.start < moment < end}
    cuts.update(changes(run.start, end))
    start, promise = run.start, at(run.start)
    rests = _reason(run, start, promise)
    for cut in sorted(cuts):
        then = at(cut)
        rests_then = _reason(run, cut, then)
        if then is not promise or rests_then != rests:
            yield _segment(start, cut, promise, rests)
            start, promise, rests = cut, then, rests_then
    yield _segment(start, end, promise, rests)


def _segment(start: int, end: int, promise: Promise | None, rests: str) -> Segment:
    used = ledger(promise.version.hours).elapsed(start, end) if promise is not None and not rests else 0
    return Segment(start, end, promise, used, rests)


def _reason(run: Run, moment: int, promise: Promise | None) -> str:
    """Why the clock rests at a moment under a promise; empty when it runs."""
    reason = ""
    for since, waits_for in run.waits:
        if since > moment:
            break
        reason = waits_for
    return reason if reason and promise is not None and promise.rests(reason) else ""


def _crossing(segments: Sequence[Segment], target: int) -> int | None:
    """The first moment at which the whole target was used; None when it was not."""
    used = 0
    for one in segments:
        if one.promise is not None and one.used and used + one.used >= target:
            return ledger(one.promise.version.hours).due(one.start, target - used)
        used += one.used
    return None


def _warning(promise: Promise, end: int, target: int, used: int) -> datetime | None:
    left = target * promise.version.warn_at // 100 - used
    return moment_at(ledger(promise.version.hours).due(end, left)) if left > 0 else None


def _state(*, over: bool, resting: bool, stopped: bool) -> Clock:
    if over:
        return Clock.BREACHED
    if stopped:
        return Clock.MET
    return Clock.PAUSED if resting else Clock.RUNNING


def span(seconds: int) -> str:
    """A duration for people: `4 h 05` or `12 min`."""
    minutes = seconds // 60
    return f"{minutes // 60} h {minutes % 60:02d}" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 (minutes of an hour)
