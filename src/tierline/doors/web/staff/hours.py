"""Hours of a week and minutes of a day in words."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tierline.desk.people.rules.coverage import runs

DAY = 24 * 60
TO = "\N{EN DASH}"
DAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
SHORT_DAYS = (
    gettext_lazy("Mon"),
    gettext_lazy("Tue"),
    gettext_lazy("Wed"),
    gettext_lazy("Thu"),
    gettext_lazy("Fri"),
    gettext_lazy("Sat"),
    gettext_lazy("Sun"),
)


def clock_words(minute: int) -> str:
    """A minute of the day as on a clock; past midnight it says so: `1800` is 06:00 of the next day."""
    words = f"{minute // 60 % 24:02d}:{minute % 60:02d}"
    if minute == DAY:
        return "24:00"
    return _("%(time)s next day") % {"time": words} if minute > DAY else words


def between(begin: int, end: int) -> str:
    """Two minutes of a day as a stretch."""
    return f"{clock_words(begin)}{TO}{clock_words(end)}"


def week_words(rows: Iterable[Iterable[int]]) -> str:
    """A week of shifts in words, days with the same hours together: Mon to Fri 08:00 to 17:00."""
    by_hours: dict[tuple[int, int], list[int]] = {}
    for day, begin, end in rows:
        by_hours.setdefault((begin, end), []).append(day)
    parts = sorted((days, hours) for hours, days in by_hours.items())
    return ", ".join(f"{_days(days)} {between(*hours)}" for days, hours in parts) or _("no shifts")


def hour_of_week(hour: int) -> str:
    """An hour of the week as people say it: Tuesday 08:00."""
    return f"{DAYS[hour // 24]} {hour % 24:02d}:00"


def span_words(begin: int, end: int) -> str:
    """Hours of one day, counted through the week, in words."""
    return f"{SHORT_DAYS[begin // 24]} {begin % 24}{TO}{end - begin // 24 * 24}"


def hours_words(hours: Iterable[int]) -> str:
    """Hours of the week in words, days with the same hours together: Mon to Fri 17 to 18, Sat 8 to 12."""
    by_hours: dict[tuple[int, int], list[int]] = {}
    for begin, end in runs(hours):
        day = begin // 24
        by_hours.setdefault((begin % 24, end - day * 24), []).append(day)
    parts = sorted(((days, hours) for hours, days in by_hours.items()), key=lambda one: (one[0][0], one[1]))
    return ", ".join(f"{_days(days)} {begin}{TO}{end}" for days, (begin, end) in parts)


def _days(days: Sequence[int]) -> str:
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:  # noqa: PLR2004 (two days are named)
        return f"{SHORT_DAYS[days[0]]}{TO}{SHORT_DAYS[days[-1]]}"
    return " ".join(str(SHORT_DAYS[day]) for day in days)
