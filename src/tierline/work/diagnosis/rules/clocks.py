"""The moment of a stamp in seconds since 1970-01-01 UTC, for the conventions that `headers` finds.

A stamp without a zone is read as UTC; one without a year gets the year that is given (logs of one file need only be
right relative to each other, and the page says so).
"""


# ruff: noqa: PLR2004 (figures of the calendar and of the stamps)

import re
from calendar import timegm
from dataclasses import dataclass
from functools import lru_cache

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: at for at, name in enumerate(_NAMES, 1)}
_NUMBERS = re.compile(r"\d+")
_ZONE = re.compile(r"(?:(?<=\d)|(?<=[ ]))([+-])(\d\d):?(\d\d)$")
_FRACTION = re.compile(r"(?<!\d)\d{1,2}:\d{1,2}:\d{1,2}([.,:]\d{1,9})")
_OF_DAY = re.compile(r"(?<!\d)\d\d([:.])\d\d\1\d\d(?!\d)")  # a time of day that is always equally long
_MOST_KEPT = 4096


def moment(kind: str, stamp: str, *, year: int = 1970) -> int | None:
    """Whole seconds since 1970 of a stamp of this kind, or None when the figures are no date."""
    start, end = _fraction(kind, stamp)
    return _moment(kind, stamp[:start] + stamp[end:], year)


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
    found = (
        None if kind in {"clock", "epoch", "six"} else _OF_DAY.search(text[:start] + " " * (end - start) + text[end:])
    )
    if found is None:
        return Stamp(kind, at, -1, at, at + len(text))
    rest = at + end if found.end() == start else at + found.end()
    return Stamp(kind, at, at + found.start(), rest, at + len(text))


class Moments:
    """Reads the moments of many lines: what a day begins with is computed once a day."""

    def __init__(self, year: int) -> None:
        self._year = year
        self._days: dict[str, int | None] = {}

    def of(self, stamp: Stamp, line: str) -> int | None:
        """As `moment` reads the stamp of this line."""
        at = stamp.clock
        if at < 0:
            return moment(stamp.kind, line[stamp.start : stamp.end], year=self._year)
        day = line[stamp.start : at] + "|" + line[stamp.rest : stamp.end]
        if day not in self._days:
            self._begin(stamp, line, day)
        begin = self._days[day]
        hour, minute, second = int(line[at : at + 2]), int(line[at + 3 : at + 5]), int(line[at + 6 : at + 8])
        if begin is None or hour > 23 or minute > 59 or second > 60:
            return None
        return begin + hour * 3600 + minute * 60 + second

    def _begin(self, stamp: Stamp, line: str, day: str) -> None:
        if len(self._days) >= _MOST_KEPT:
            self._days.clear()
        sign = line[stamp.clock + 2]
        midnight = line[stamp.start : stamp.clock] + f"00{sign}00{sign}00" + line[stamp.rest : stamp.end]
        self._days[day] = _moment(stamp.kind, midnight, self._year)


@lru_cache(maxsize=4096)
def _moment(kind: str, stamp: str, year: int) -> int | None:
    read = _READERS.get(kind)
    if read is None:
        return None
    zone = _ZONE.search(stamp)
    text = stamp[: zone.start()] if zone else stamp
    fields = read(text, [int(number) for number in _NUMBERS.findall(text)], year)
    if fields is None or not _is_date(fields):
        return None
    shift = 0 if zone is None else (int(zone[2]) * 3600 + int(zone[3]) * 60) * (1 if zone[1] == "+" else -1)
    return timegm((*fields, 0, 0, 0)) - shift


Fields = tuple[int, int, int, int, int, int]


def _is_date(fields: Fields) -> bool:
    _, month, day, hour, minute, second = fields
    return 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61


def _iso(_: str, n: list[int], __: int) -> Fields | None:
    return (n[0], n[1], n[2], n[3], n[4], n[5]) if len(n) >= 6 else None


def _compact(_: str, n: list[int], __: int) -> Fields | None:
    return (n[0] // 10_000, n[0] // 100 % 100, n[0] % 100, n[1], n[2], n[3]) if len(n) >= 4 else None


def _short(_: str, n: list[int], __: int) -> Fields | None:
    """`17/06/09` is year first unless its last part is a year of four figures (then day or month first)."""
    if len(n) < 6:
        return None
    if n[2] > 99:
        month, day = (n[0], n[1]) if n[1] > 12 else (n[1], n[0])
        return (n[2], month, day, n[3], n[4], n[5])
    return (2000 + n[0], n[1], n[2], n[3], n[4], n[5])


def _day(_: str, n: list[int], year: int) -> Fields | None:
    return (year, n[0], n[1], n[2], n[3], n[4]) if len(n) >= 5 else None


def _six(_: str, n: list[int], __: int) -> Fields | None:
    if len(n) != 2:
        return None
    return (2000 + n[0] // 10_000, n[0] // 100 % 100, n[0] % 100, n[1] // 10_000, n[1] // 100 % 100, n[1] % 100)


def _named(text: str, n: list[int], year: int) -> Fields | None:
    month = next((at for name, at in _MONTHS.items() if name in text), 0)
    if len(n) < 4 or not month:
        return None
    if "/" in text:
        return (n[1], month, n[0], n[2], n[3], n[4]) if len(n) >= 5 else None
    return (n[-1] if n[-1] > 1900 and len(n) >= 5 else year, month, n[0], n[1], n[2], n[3])


def _epoch(_: str, n: list[int], __: int) -> Fields | None:
    from time import gmtime

    at = gmtime(n[0] if n[0] < 10**11 else n[0] // 1000)
    return (at.tm_year, at.tm_mon, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec)


def _clock(_: str, n: list[int], year: int) -> Fields | None:
    return (year, 1, 1, n[0], n[1], n[2]) if len(n) >= 3 else None


_READERS = {
    "iso": _iso, "compact": _compact, "short": _short, "day": _day, "six": _six, "syslog": _named,
    "http": _named, "epoch": _epoch, "clock": _clock,
}  # fmt: skip
