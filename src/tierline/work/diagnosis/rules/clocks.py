"""The moment of a stamp in seconds since 1970-01-01 UTC, for the conventions that `headers` finds.

A stamp without a zone is read as UTC; one without a year gets the year that is given (logs of one file need only be
right relative to each other, and the page says so).
"""


# ruff: noqa: PLR2004 (figures of the calendar and of the stamps)

import re
from calendar import timegm
from functools import lru_cache

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: at for at, name in enumerate(_NAMES, 1)}
_NUMBERS = re.compile(r"\d+")
_ZONE = re.compile(r"(?:(?<=\d)|(?<=[ ]))([+-])(\d\d):?(\d\d)$")
_FRACTION = re.compile(r"(?<!\d)(\d{1,2}:\d{1,2}:\d{1,2})[.,:]\d{1,9}")


def moment(kind: str, stamp: str, *, year: int = 1970) -> int | None:
    """Whole seconds since 1970 of a stamp of this kind, or None when the figures are no date."""
    return _moment(kind, _FRACTION.sub(r"\1", stamp, count=1) if kind != "iso" else _iso_second(stamp), year)


def _iso_second(stamp: str) -> str:
    """An ISO stamp without its fraction of a second, so that equal seconds hit the cache."""
    if len(stamp) > 20 and stamp[19] in ".,:":
        rest = stamp[20:].lstrip("0123456789")
        return stamp[:19] + rest
    return stamp


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
