"""The rows of the shift editor: read from a form, and filled from what is planned."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time

from django.utils.translation import gettext as _

from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import whole_number

from .forms import minutes

ROWS, SPARE = 21, 3
"""At most three shifts a day; and how many empty rows wait below those that are filled."""


@dataclass(frozen=True)
class WeekRow:
    """One shift as it stands in the form: the weekday's number and two times of the clock."""

    day: str = ""
    begin: str = ""
    end: str = ""


def filled(shifts: Iterable[tuple[int, int, int]]) -> list[WeekRow]:
    """The rows for shifts that are planned, with spare ones."""
    found = [WeekRow(str(day), _clock(begin), _clock(end)) for day, begin, end in shifts]
    return [*found, *[WeekRow()] * min(SPARE, ROWS - len(found))]


def typed(post: Mapping[str, str]) -> list[WeekRow]:
    """The rows as they were typed."""
    return [
        WeekRow(post.get(f"day-{n}", ""), post.get(f"begin-{n}", "")[:5], post.get(f"end-{n}", "")[:5])
        for n in range(ROWS)
        if f"day-{n}" in post
    ]


def read(rows: Iterable[WeekRow]) -> list[tuple[int, int, int]]:
    """Shifts from typed rows: rows without times are left out. Raises Invalid for a time that is none."""
    found = []
    for row in rows:
        if not row.begin and not row.end:
            continue
        day = whole_number(row.day)
        try:
            begin, end = time.fromisoformat(row.begin), time.fromisoformat(row.end)
        except ValueError:
            raise Invalid({"week": _("A shift needs two times, for example 08:00 and 17:00.")}) from None
        if day is None or not 0 <= day <= 6:  # noqa: PLR2004 (Sunday)
            raise Invalid({"week": _("A shift needs a day of the week.")})
        found.append((day, *minutes(begin, end)))
    return sorted(found)


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
