"""How many lines came when, and where they came in a burst."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

_MAX_SECONDS = 50_000
TIMES_USUAL = 3.0
_LEAST = 8
_FEWEST_BUCKETS = 4


@dataclass(frozen=True, slots=True)
class Bucket:
    """Lines and errors in the `width` seconds from `start` (seconds since 1970), and whether a burst is on.

    `line` is the number of its first line, 0 when it has none.
    """

    start: int
    width: int
    lines: int
    errors: int
    burst: bool
    line: int = 0


@dataclass(frozen=True, slots=True)
class Burst:
    """A stretch (seconds since 1970, end excluded) with `times` the usual rate; `line` is its first line."""

    start: int
    end: int
    lines: int
    times: float
    line: int = 0


@dataclass(slots=True)
class Tally:
    """Counts lines by second; when the seconds become too many it counts by coarser steps. Bounded memory."""

    step: int = 1
    lines: dict[int, int] = field(default_factory=dict)
    errors: dict[int, int] = field(default_factory=dict)
    begins: dict[int, int] = field(default_factory=dict)  # the number of the first line

    def add(self, second: int, *, error: bool) -> None:
        """One line at a moment."""
        self.add_many({second: 1}, {second: 1} if error else {}, {})

    def add_many(self, lines: Mapping[int, int], errors: Mapping[int, int], begins: Mapping[int, int]) -> None:
        """How many lines, how many of them errors, and the number of the first, by moment."""
        _add(self.lines, lines, self.step)
        _add(self.errors, errors, self.step)
        _earliest(self.begins, begins, self.step)
        while len(self.lines) > _MAX_SECONDS:
            self.coarsen()

    def coarsen(self) -> None:
        """Count by steps ten times as long."""
        self.step *= 10
        finer = self.lines, self.errors, self.begins
        self.lines, self.errors, self.begins = {}, {}, {}
        self.add_many(*finer)


def joined(tallies: Iterable[tuple[Tally, int]]) -> Tally:
    """Several files counted by one clock; with each the seconds by which its own is ahead."""
    parts = list(tallies)
    whole = Tally(step=max((tally.step for tally, _ in parts), default=1))
    for tally, ahead in parts:
        counts = (tally.lines, tally.errors, tally.begins)
        whole.add_many(*({second - ahead: count for second, count in one.items()} for one in counts))
    return whole


def _add(target: dict[int, int], counts: Mapping[int, int], step: int) -> None:
    for second, count in counts.items():
        slot = second - second % step
        target[slot] = target.get(slot, 0) + count


def _earliest(target: dict[int, int], begins: Mapping[int, int], step: int) -> None:
    for second, line in begins.items():
        slot = second - second % step
        target[slot] = min(target.get(slot, line), line)


def buckets(tally: Tally, *, most: int = 120) -> list[Bucket]:
    """At most `most` buckets of equal, round width over the whole stretch, empty ones included."""
    if not tally.lines:
        return []
    start, end = min(tally.lines), max(tally.lines) + tally.step
    width = _round_width((end - start) / most, tally.step)
    first = start - start % width
    size = (end - 1 - first) // width + 1
    lines, errors = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for counts, target in ((tally.lines, lines), (tally.errors, errors)):
        for second, count in counts.items():
            target[(second - first) // width] += count
    begins: dict[int, int] = {}
    _earliest(begins, {second - first: line for second, line in tally.begins.items()}, width)
    hot = _hot(lines)
    return [
        Bucket(first + at * width, width, int(lines[at]), int(errors[at]), bool(hot[at]), begins.get(at * width, 0))
        for at in range(size)
    ]


def rebin(counted: Iterable[tuple[int, int]], starts: Sequence[int], width: int, *, shift: int = 0) -> list[int]:
    """Lines by moment, `shift` seconds later, in the buckets of another file; what lies outside of them is left out."""
    counts = [0] * len(starts)
    for second, lines in counted:
        place = (second + shift - starts[0]) // width if starts else -1
        if 0 <= place < len(counts):
            counts[place] += lines
    return counts


def bursts(found: Sequence[Bucket]) -> list[Burst]:
    """Neighbouring hot buckets joined to bursts, with how many times the usual (median) rate they have."""
    usual = _usual(np.array([bucket.lines for bucket in found], np.int64)) if found else 1.0
    joined: list[list[Bucket]] = []
    for bucket in found:
        if not bucket.burst:
            continue
        if joined and joined[-1][-1].start + bucket.width == bucket.start:
            joined[-1].append(bucket)
        else:
            joined.append([bucket])
    return [
        Burst(run[0].start, run[-1].start + run[-1].width, total, round(total / len(run) / usual, 1), run[0].line)
        for run in joined
        for total in [sum(bucket.lines for bucket in run)]
    ]


def _usual(lines: np.typing.NDArray[np.int64]) -> float:
    return max(1.0, float(np.median(lines)))


def _hot(lines: np.typing.NDArray[np.int64]) -> np.typing.NDArray[np.bool_]:
    """Buckets with three times the usual rate and well over its scatter (median absolute deviation)."""
    if len(lines) < _FEWEST_BUCKETS:
        return np.zeros(len(lines), np.bool_)
    usual = _usual(lines)
    scatter = float(np.median(np.abs(lines - usual)))
    return np.asarray(lines >= max(usual * TIMES_USUAL, usual + 6 * scatter, _LEAST))


def _round_width(least: float, step: int) -> int:
    for width in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800):
        if width >= least and width % step == 0:
            return width
    return max(step, int(least) // 604_800 * 604_800 + 604_800)
