"""The moment of a stamp in seconds since 1970-01-01 UTC, for the conventions of `stamps`.

A stamp without a zone is read as UTC. What a stamp leaves open (the year, the day, which of two figures is the month)
is read so that it comes nearest to the stamp before it, and the first one nearest to when the file came: so a log goes
on over New Year and over midnight.
"""


# ruff: noqa: PLR2004 (figures of the calendar and of the stamps)

import re
from calendar import timegm
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from time import gmtime

from tierline.work.diagnosis.rules.stamps import ZONES

DAY = 86_400  # seconds
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: at for at, name in enumerate(_NAMES, 1)}
_NUMBERS = re.compile(r"\d+")
_ZONE = re.compile(r"(?:(?<=\d)|(?<=[ ]))([+-])(\d\d)(?::?(\d\d))?$")
_NAMED_ZONE = re.compile(rf"(?<=[ \d])(?:{'|'.join(ZONES)})(?!\w)")
_HALF = re.compile(r"[ \u202f]([AaPp])[Mm]$")
_FRACTION = re.compile(r"(?<!\d)\d{1,2}:\d{1,2}:\d{1,2}([.,:]\d{1,9})")
_OF_DAY = re.compile(r"(?<!\d)\d\d([:.])\d\d\1\d\d(?!\d)")  # a time of day that is always equally long
_MOST_KEPT = 4096
_NEAR = 31 * DAY  # what is less apart goes on in another year
_YEARLESS = frozenset({"syslog", "day", "glog"})
_EARLY = 2 * 3600  # seconds by which a clock without a date may be ahead of when the file came


def moment(kind: str, stamp: str, *, year: int = 1970) -> int | None:
    """Whole seconds since 1970 of a stamp of this kind, or None when the figures are no date."""
    return next(iter(_moments(kind, stamp, year)), None)


def _moments(kind: str, stamp: str, year: int) -> tuple[int, ...]:
    """What the stamp may mean, the most usual first; `year` for one without a year."""
    start, end = _fraction(kind, stamp)
    return _possible(kind, stamp[:start] + stamp[end:], year)


def _fraction(kind: str, stamp: str) -> tuple[int, int]:
    """Where in a stamp the fraction of a second stands; an empty place at its end when there is none."""
    if kind == "iso":
        if len(stamp) > 20 and stamp[19] in ".,:":
            return 19, len(stamp) - len(stamp[20:].lstrip("0123456789"))
        return len(stamp), len(stamp)
    found = _FRACTION.search(stamp)
    return found.span(1) if found else (len(stamp), len(stamp))


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where the stamp of one form of line stands: before the time of day, behind it (without a fraction), its end.

    `clock` is where the time of day begins, -1 when its places are not always the same.
    """

    kind: str
    start: int
    clock: int
    rest: int
    end: int


def stamp_of(kind: str, text: str, at: int) -> Stamp:
    """Where to read the moment in a line of this form; `text` is the stamp, which begins at `at`."""
    start, end = _fraction(kind, text)
    found = None
    if kind not in {"clock", "epoch", "six", "uptime"} and not _HALF.search(text):
        found = _OF_DAY.search(text[:start] + " " * (end - start) + text[end:])
    if found is None:
        return Stamp(kind, at, -1, at, at + len(text))
    rest = at + end if found.end() == start else at + found.end()
    return Stamp(kind, at, at + found.start(), rest, at + len(text))


class Moments:
    """Reads the moments of many lines: what a day begins with is computed once a day.

    `year` is that of the first stamp without one; `until` the moment the file came, which says more.
    """

    def __init__(self, year: int, until: int | None = None) -> None:
        self._until = until
        self._year = gmtime(until).tm_year if until is not None else year
        self._days: dict[str, tuple[int, ...]] = {}
        self.begin()

    def begin(self) -> None:
        """Another file: nothing is known of its clock."""
        self._day = ""
        self._midnight: int | None = None
        self._last: int | None = None
        self.dated = False
        self.yearless = False

    def of(self, stamp: Stamp, line: str) -> int | None:
        """The moment of the stamp of this line."""
        at = stamp.clock
        if at < 0:
            return self._whole(stamp.kind, line[stamp.start : stamp.end])
        day = line[stamp.start : at] + "|" + line[stamp.rest : stamp.end]
        if day != self._day:
            self._enter(stamp, line, day)
        begin = self._midnight
        hour, minute, second = int(line[at : at + 2]), int(line[at + 3 : at + 5]), int(line[at + 6 : at + 8])
        if begin is None or hour > 23 or minute > 59 or second > 60:
            return None
        return begin + hour * 3600 + minute * 60 + second

    def _whole(self, kind: str, text: str) -> int | None:
        found = _moments(kind, text, self._year_of_last())
        if not found:
            return None
        if kind == "clock":
            found = self._on_days(found[0])
        else:
            self.dated = True
        self._last = last = self._nearest(kind, found)
        return last

    def _on_days(self, moment: int) -> tuple[int, ...]:
        """A time of day on the days around the moment before it."""
        if self._last is None and self._until is None:
            return (moment,)
        if self._last is None:
            latest = (self._until or 0) + _EARLY
            return (latest - (latest - moment) % DAY,)
        near = self._last - (self._last - moment) % DAY
        return (near, near + DAY)

    def _enter(self, stamp: Stamp, line: str, day: str) -> None:
        if len(self._days) >= _MOST_KEPT:
            self._days.clear()
        year = self._year_of_last()
        key = f"{year}|{day}"
        if key not in self._days:
            sign = line[stamp.clock + 2]
            midnight = line[stamp.start : stamp.clock] + f"00{sign}00{sign}00" + line[stamp.rest : stamp.end]
            self._days[key] = _possible(stamp.kind, midnight, year)
        self._day, possible = day, self._days[key]
        self._midnight = self._nearest(stamp.kind, possible) if possible else None
        if self._midnight is not None:
            self._last = self._midnight + DAY // 2  # nearer to every moment of this day than of any other
        self.dated = self.dated or bool(possible)

    def _year_of_last(self) -> int:
        return self._year if self._last is None else gmtime(self._last).tm_year

    def _nearest(self, kind: str, possible: tuple[int, ...]) -> int:
        """The one that comes nearest to the moment before, or else to when the file came (not later)."""
        if len(possible) == 1:
            return possible[0]
        self.yearless = self.yearless or kind in _YEARLESS
        if self._last is not None:
            last = self._last
            nearest = min(possible, key=lambda one: abs(one - last))
            return possible[0] if kind in _YEARLESS and abs(nearest - last) > _NEAR else nearest
        if self._until is None:
            return possible[0]
        until = self._until
        return min(possible, key=lambda one: (one > until + DAY, abs(until - one)))


Fields = tuple[int, int, int, int, int, int]


@lru_cache(maxsize=4096)
def _possible(kind: str, stamp: str, year: int) -> tuple[int, ...]:
    read = _READERS.get(kind)
    if read is None:
        return ()
    text, shift = _zone(stamp)
    half = _HALF.search(text)
    numbers = [int(number) for number in _NUMBERS.findall(text)]
    found = [_in_half(fields, half[1].upper() if half else "") for fields in read(text, numbers, year)]
    return tuple(timegm((*fields, 0, 0, 0)) - shift for fields in found if fields is not None and _is_date(fields))


def _zone(stamp: str) -> tuple[str, int]:
    """The stamp without its zone, and the seconds by which that is ahead of UTC."""
    if zone := _ZONE.search(stamp):
        seconds = int(zone[2]) * 3600 + int(zone[3] or 0) * 60
        return stamp[: zone.start()], seconds if zone[1] == "+" else -seconds
    if named := _NAMED_ZONE.search(stamp):
        return stamp[: named.start()] + stamp[named.end() :], ZONES[named[0]] * 60
    return stamp, 0


def _in_half(fields: Fields, half: str) -> Fields | None:
    """The hour of the day of one of the half day before (A) or after noon (P)."""
    if not half:
        return fields
    year, month, day, hour, minute, second = fields
    if not 1 <= hour <= 12:
        return None
    return (year, month, day, hour % 12 + (12 if half == "P" else 0), minute, second)


def _is_date(fields: Fields) -> bool:
    _, month, day, hour, minute, second = fields
    return 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61


def _iso(_: str, n: list[int], __: int) -> Iterable[Fields]:
    return [(n[0], n[1], n[2], n[3], n[4], n[5])] if len(n) >= 6 else []


def _compact(_: str, n: list[int], __: int) -> Iterable[Fields]:
    return [(n[0] // 10_000, n[0] // 100 % 100, n[0] % 100, n[1], n[2], n[3])] if len(n) >= 4 else []


def _short(text: str, n: list[int], __: int) -> Iterable[Fields]:
    """`17/06/09` has its year first, unless the last part has four figures; then the day comes before the month.

    Where the day has two halves the month comes first: only that way of writing has them.
    """
    if len(n) < 6:
        return []
    time, year = (n[3], n[4], n[5]), n[2] if n[2] > 99 else 2000 + n[2]
    day_first, month_first = (year, n[1], n[0], *time), (year, n[0], n[1], *time)
    if _HALF.search(text):
        return [month_first, day_first]
    year_first = [(2000 + n[0], n[1], n[2], *time)] if n[2] <= 99 else []
    return [*year_first, day_first, month_first]


def _point(_: str, n: list[int], __: int) -> Iterable[Fields]:
    return [(n[2], n[1], n[0], n[3], n[4], n[5])] if len(n) >= 6 else []


def _day(_: str, n: list[int], year: int) -> Iterable[Fields]:
    return [(one, n[0], n[1], n[2], n[3], n[4]) for one in _around(year)] if len(n) >= 5 else []


def _glog(_: str, n: list[int], year: int) -> Iterable[Fields]:
    return [(one, n[0] // 100, n[0] % 100, n[1], n[2], n[3]) for one in _around(year)] if len(n) >= 4 else []


def _six(_: str, n: list[int], __: int) -> Iterable[Fields]:
    if len(n) not in {2, 4}:
        return []
    time = (n[1] // 10_000, n[1] // 100 % 100, n[1] % 100) if len(n) == 2 else (n[1], n[2], n[3])
    return [(2000 + n[0] // 10_000, n[0] // 100 % 100, n[0] % 100, *time)]


def _named(text: str, n: list[int], year: int) -> Iterable[Fields]:
    month = next((at for name, at in _MONTHS.items() if name in text), 0)
    if len(n) < 4 or not month:
        return []
    if n[1] > 1900 and len(n) >= 5:
        return [(n[1], month, n[0], n[2], n[3], n[4])]
    if n[-1] > 1900 and len(n) >= 5:
        return [(n[-1], month, n[0], n[1], n[2], n[3])]
    return [(one, month, n[0], n[1], n[2], n[3]) for one in _around(year)]


def _around(year: int) -> tuple[int, int, int]:
    return (year, year - 1, year + 1)


def _epoch(_: str, n: list[int], __: int) -> Iterable[Fields]:
    since = n[0]
    while since >= 10**11:
        since //= 1000
    at = gmtime(since)
    return [(at.tm_year, at.tm_mon, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec)]


def _clock(_: str, n: list[int], year: int) -> Iterable[Fields]:
    return [(year, 1, 1, n[0], n[1], n[2])] if len(n) >= 3 else []


_READERS = {
    "iso": _iso, "compact": _compact, "short": _short, "point": _point, "day": _day, "glog": _glog, "six": _six,
    "syslog": _named, "http": _named, "epoch": _epoch, "clock": _clock,
}  # fmt: skip
