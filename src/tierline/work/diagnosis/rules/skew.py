"""How far clocks are apart: the same id seen in two files was at one moment, whatever their clocks say."""

import re
from collections.abc import Mapping, Sequence
from heapq import heappush, heapreplace
from statistics import median
from zlib import crc32

KEPT = 1_000  # ids of a file: those with the smallest hashes, so that two files keep the same ones
LEAST = 3  # ids that must agree ...
SHARE = 0.6  # ... and their share of the ids that both files have
MOMENTS = 2  # seconds at which they must have come, at least
DRIFT = 0.002  # seconds a second: about three minutes a day
NEAR = 2  # seconds: what is less apart runs together
_ID = re.compile(
    r"(?<![\w.:-])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?=[a-f]{0,64}\d)(?=\d{0,64}[a-f])[0-9a-f]{8,64}|\d{6,18})(?![\w.:-])"
)


class Marks:
    """When ids were seen first, by the clock of one file; bounded however many there are."""

    def __init__(self) -> None:
        self.seen: dict[int, int] = {}
        self._largest: list[int] = []

    @property
    def limit(self) -> int:
        """Ids with a hash from here on are not kept."""
        return 2**32 if len(self._largest) < KEPT else -self._largest[0]

    def add(self, message: str, second: int) -> None:
        """Look for ids in a message that was written at this second (since 1970)."""
        for found in _ID.findall(message):
            self.note(crc32(found.encode()), second)

    def note(self, key: int, second: int) -> None:
        """An id, by its hash, that was seen at this second."""
        if key in self.seen or key >= self.limit:
            return
        if len(self._largest) < KEPT:
            heappush(self._largest, -key)
        else:
            del self.seen[-heapreplace(self._largest, -key)]
        self.seen[key] = second


def ids_in(message: str) -> tuple[tuple[int, int], ...]:
    """Where ids stand; in every message that differs from this one in its figures only they stand there as well."""
    return tuple(found.span() for found in _ID.finditer(message))


def apart(one: Mapping[int, int], other: Mapping[int, int]) -> int | None:
    """Seconds by which the first clock is ahead of the second; None when the ids that both saw do not say.

    A clock that drifts is told in the middle of what both saw. Ids that all came at one moment are no proof: the words
    with which a program starts are the same every day.
    """
    shared = sorted((other[key], second - other[key]) for key, second in one.items() if key in other)
    if len(shared) < LEAST or len({second for second, _ in shared}) < MOMENTS:
        return None
    middle = round(median(difference for _, difference in shared))
    if not _agree([difference - middle for _, difference in shared]):
        slope = _slope(shared)
        centre = median(second for second, _ in shared)
        straight = [difference - slope * (second - centre) for second, difference in shared]
        middle = round(median(straight))
        if abs(slope) > DRIFT or not _agree([value - middle for value in straight]):
            return None
    return middle if abs(middle) >= NEAR else 0


def _agree(away: Sequence[float]) -> bool:
    """Whether enough of the ids lie near to what is said of them."""
    agreeing = sum(abs(seconds) <= NEAR for seconds in away)
    return agreeing >= LEAST and agreeing >= SHARE * len(away)


def _slope(shared: Sequence[tuple[int, int]]) -> float:
    """Seconds a second by which one clock is faster: of the later half against the earlier one."""
    half = len(shared) // 2
    early, late = shared[:half], shared[-half:]
    long = median(second for second, _ in late) - median(second for second, _ in early)
    wide = median(away for _, away in late) - median(away for _, away in early)
    return wide / long if long else 0.0


def against_first(files: Sequence[Mapping[int, int]]) -> list[int]:
    """By how many seconds each clock is ahead of the first file's; 0 where nothing says.

    A file that shares no id with the first is compared with those whose clock is known by then.
    """
    found: dict[int, int] = {0: 0} if files else {}
    for _ in files:
        for at, marks in enumerate(files):
            if at in found:
                continue
            for known, shift in list(found.items()):
                between = apart(marks, files[known])
                if between is not None:
                    found[at] = between + shift
                    break
    return [found.get(at, 0) for at in range(len(files))]


def words(seconds: int) -> str:
    """For example "+7 min 04 s"."""
    sign, rest = ("+" if seconds > 0 else "-"), abs(seconds)
    hours, minutes, left = rest // 3600, rest // 60 % 60, rest % 60
    if hours:
        return f"{sign}{hours} h {minutes:02d} min" if minutes else f"{sign}{hours} h"
    if minutes:
        return f"{sign}{minutes} min {left:02d} s" if left else f"{sign}{minutes} min"
    return f"{sign}{left} s"
