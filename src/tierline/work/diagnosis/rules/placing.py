"""The files of one bundle on one line of time: what their clocks are ahead, and what their stamps leave open.

Stamps without a year that would lie in the future are of the years before. A clock without a date is put on the day on
which it comes nearest to a file that has one. Neither is said: only what a clock is ahead of the first file's is.
"""

from calendar import timegm
from collections.abc import Sequence
from time import gmtime
from typing import NamedTuple, Protocol

from tierline.work.diagnosis.rules import skew
from tierline.work.diagnosis.rules.clocks import DAY


class Clocked(Protocol):
    """A file with a clock: when its stamps begin and end (seconds since 1970), and what they leave open."""

    started: int | None
    ended: int | None
    dated: bool
    yearless: bool
    marks: skew.Marks


class Place(NamedTuple):
    """Seconds by which the clock of a file is ahead of the first one's, and by which it is moved in all."""

    skew: int
    shift: int


def places(files: Sequence[Clocked], until: int | None = None) -> list[Place]:
    """For each file with a clock its place; `until` is when they came (seconds since 1970)."""
    moved = [_years(one, until) for one in files]
    dated = [at for at, one in enumerate(files) if one.dated]
    for at, one in enumerate(files):
        if not one.dated and dated:
            moved[at] = _days(files, moved, at, dated)
    ahead = skew.against_first([_seen(one, by) for one, by in zip(files, moved, strict=True)])
    return [Place(one, one + by) for one, by in zip(ahead, moved, strict=True)]


def of_day(seconds: int) -> int:
    """What a clock without a date can be ahead: at most half a day, whatever the day."""
    return seconds - round(seconds / DAY) * DAY


def _years(one: Clocked, until: int | None) -> int:
    """Seconds of the years by which the end of a file without years lies in the future."""
    if until is None or one.ended is None or not one.yearless or one.ended <= until + DAY:
        return 0
    end = gmtime(one.ended)
    for years in range(1, 20):
        back = timegm((end.tm_year - years, *end[1:6], 0, 0, 0))
        if back <= until + DAY:
            return one.ended - back
    return 0


def _days(files: Sequence[Clocked], moved: Sequence[int], at: int, dated: Sequence[int]) -> int:
    """Whole days by which a file without dates lies away from those that have them."""
    own = files[at]
    for other in dated:
        between = skew.apart(own.marks.seen, _seen(files[other], moved[other]))
        if between is not None:
            return between - of_day(between)
    first = files[dated[0]]
    away = (own.started or 0) - (first.started or 0) + moved[dated[0]]
    return away - of_day(away)


def _seen(one: Clocked, by: int) -> dict[int, int]:
    return {key: second - by for key, second in one.marks.seen.items()} if by else one.marks.seen
