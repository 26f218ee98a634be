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
    """Lines and errors in the `width` seconds from `start` (seconds since 1970), and whether a burst is on."""

    start: int
    width: int
    lines: int
    errors: int
    burst: bool


@dataclass(frozen=True, slots=True)
class Burst:
    """A stretch (seconds since 1970, end excluded) with `times` the usual rate."""

    start: int
    end: int
    lines: int
    times: float


@dataclass(slots=True)
class Tally:
    """Counts lines by second; when the seconds become too many it counts by coarser steps. Bounded memory."""

    step: int = 1
    lines: dict[int, int] = field(default_factory=dict)
    errors: dict[int, int] = field(default_factory=dict)

    def add(self, second: int, *, error: bool) -> None:
        """One line at a moment."""
        self.add_many({second: 1}, {second: 1} if error else {})

    def add_many(self, lines: Mapping[int, int], errors: Mapping[int, int]) -> None:
        """Lines, and how many of them were errors, by moment."""
        for counts, target in ((lines, self.lines), (errors, self.errors)):
            for second, count in counts.items():
                slot = second - second % self.step
                target[slot] = target.get(slot, 0) + count
        while len(self.lines) > _MAX_SECONDS:
            self.coarsen()

    def coarsen(self) -> None:
        """Count by steps ten times as long."""
        self.step *= 10
        self.lines = _coarser(self.lines, self.step)
        self.errors = _coarser(self.errors, self.step)


def joined(tallies: Iterable[tuple[Tally, int]]) -> Tally:
    """Several files counted by one clock; with each the seconds by which its own is ahead."""
    parts = list(tallies)
    whole = Tally(step=max((tally.step for tally, _ in parts), default=1))
    for tally, ahead in parts:
        for counts, target in ((tally.lines, whole.lines), (tally.errors, whole.errors)):
            for second, count in counts.items():
                slot = second - ahead - (second - ahead) % whole.step
                target[slot] = target.get(slot, 0) + count
    while len(whole.lines) > _MAX_SECONDS:
        whole.coarsen()
    return whole


def _coarser(counts: Mapping[int, int], step: int) -> dict[int, int]:
    coarse: dict[int, int] = {}
    for second, count in counts.items():
        slot = second - second % step
        coarse[slot] = coarse.get(slot, 0) + count
    return coarse


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
    hot = _hot(lines)
    return [Bucket(first + at * width, width, int(lines[at]), int(errors[at]), bool(hot[at])) for at in range(size)]


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
        Burst(run[0].start, run[-1].start + run[-1].width, total, round(total / len(run) / usual, 1))
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
