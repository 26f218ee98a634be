"""How the pages say amounts: durations, moments, sizes, numbers and names."""

import math
from datetime import date, datetime, timedelta
from functools import cache

from django.utils import dates, formats, timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from tierline.core.kernel import clock

MINUTE, HOUR, DAY = 60, 3600, 86400
KILO = 1000  # sizes are decimal, as file managers and mail programs print them
TIERS = (
    gettext_lazy("Self-service"),
    gettext_lazy("Frontline"),
    gettext_lazy("Specialists"),
    gettext_lazy("Experts"),
    gettext_lazy("Vendor"),
)
HELPERS = (
    gettext_lazy("you and the assistant"),
    gettext_lazy("the help desk"),
    gettext_lazy("our specialists"),
    gettext_lazy("the engineers"),
    gettext_lazy("the maker"),
)


def span(seconds: float | timedelta | None) -> str:
    """Say a duration in at most two units: ``45 s``, ``30 min``, ``1 h 13``, ``3 d 4 h``. Sign is dropped."""
    if seconds is None:
        return ""
    whole = abs(int(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds))
    if whole < MINUTE:
        return _("%(n)s s") % {"n": whole}
    if whole < HOUR:
        return _("%(n)s min") % {"n": whole // MINUTE}
    if whole < DAY:
        return _("%(h)s h %(m)02d") % {"h": whole // HOUR, "m": whole % HOUR // MINUTE}
    days, hours = whole // DAY, whole % DAY // HOUR
    return _("%(d)s d %(h)s h") % {"d": days, "h": hours} if hours else _("%(d)s d") % {"d": days}


def moment_of(text: str) -> datetime | None:
    """Read a moment that an event keeps (ISO 8601, with its zone); None where an old entry keeps none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def clock_time(moment: datetime) -> str:
    """Say the time of day in the viewer's zone: ``10:09``."""
    return _clock(timezone.localtime(moment))


def day_time(moment: datetime) -> str:
    """Say day and time in the viewer's zone: ``Tue 17 Nov, 10:09``."""
    return _in_full(timezone.localtime(moment), _calendar(get_language()))


def day(moment: datetime) -> str:
    """Say the full date in the viewer's zone and language: ``17 November 2026``."""
    return str(formats.date_format(timezone.localtime(moment), "j F Y"))


def calendar_day(day: date) -> str:
    """Say a day of the calendar shortly: ``30 Nov``, with its year when it is not this one."""
    return str(formats.date_format(day, "j M" if day.year == clock.now().year else "j M Y"))


def when(moment: datetime, now: datetime) -> str:
    """Say a moment as shortly as is clear beside ``now``: time (today), weekday (this week) or date."""
    return spoken(moment, now)[0]


def spoken(moment: datetime, now: datetime) -> tuple[str, str]:
    """Say a moment both ways: as ``when`` does, and in full as ``day_time`` does."""
    zone, calendar = timezone.get_current_timezone(), _calendar(get_language())
    here, today = moment.astimezone(zone), now.astimezone(zone)
    return _shortly(here, today, calendar), _in_full(here, calendar)


# What Django's formats "H:i", "D" and "j M" say. A page prints dozens of moments; a format is taken apart each time.


@cache
def _calendar(_language: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The short names of the weekdays, Monday first, and of the months in the present language."""
    months = ("", *(str(dates.MONTHS_3[month]).title() for month in range(1, 13)))
    return tuple(str(dates.WEEKDAYS_ABBR[day]) for day in range(7)), months


def _shortly(here: datetime, today: datetime, calendar: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    days, months = calendar
    if here.date() == today.date():
        return _clock(here)
    if abs((here.date() - today.date()).days) < 7:  # noqa: PLR2004 - a week has seven days
        return f"{days[here.weekday()]} {_clock(here)}"
    return f"{here.day} {months[here.month]}" + ("" if here.year == today.year else f" {here.year}")


def _in_full(here: datetime, calendar: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    days, months = calendar
    return f"{days[here.weekday()]} {here.day} {months[here.month]}, {_clock(here)}"


def _clock(here: datetime) -> str:
    return f"{here.hour:02}:{here.minute:02}"


def number(value: float, digits: int = 0) -> str:
    """Print a number with the viewer's group and decimal marks."""
    return str(formats.number_format(round(value, digits), decimal_pos=digits, force_grouping=True))


def count(value: int, limit: int = 1000) -> str:
    """Print a count honestly: past the limit nobody counted, so it says ``1,000+``."""
    return f"{number(limit)}+" if value >= limit else number(value)


def percent(share: float, digits: int = 0) -> str:
    """Print a share (0 to 1) as a percentage."""
    return _("%(n)s %%") % {"n": number(share * 100, digits)}


def money(amount: float, currency: str = "EUR") -> str:
    """Print an amount in whole units: ``58 EUR``; below ten, with the cents when there are any."""
    digits = 2 if abs(amount) < 10 and not float(amount).is_integer() else 0  # noqa: PLR2004 - ten is the rule above
    return f"{number(amount, digits)} {currency}"


def size(bytes_: int) -> str:
    """Print a file size in decimal units: ``6.1 MB``."""
    if bytes_ < KILO:
        return _("%(n)s bytes") % {"n": bytes_}
    power = min(int(math.log(bytes_, KILO)), 3)
    return f"{number(bytes_ / KILO**power, 1 if power > 1 else 0)} {('', 'kB', 'MB', 'GB')[power]}"


def initials(name: str) -> str:
    """Give one or two capital letters that stand for a name; an address counts by its part before the @."""
    spoken = name.partition("@")[0].replace(".", " ").replace("-", " ")
    words = [word for word in spoken.split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[:2] for word in words]
    return "".join(letters).upper()


def people(total: int) -> str:
    """Say how many people: ``1 person``, ``23 people``."""
    return ngettext("%(n)s person", "%(n)s people", total) % {"n": number(total)}


def tier_name(tier: int) -> str:
    """Name a tier for agents. Requesters read ``helper_name`` instead."""
    return str(TIERS[tier])


def helper_name(tier: int) -> str:
    """Name a tier for the requester, who never meets a number."""
    return str(HELPERS[tier])


def machine_name(label: str) -> str:
    """Name a part of the product without its version: ``routing 1`` is Routing."""
    name = label.rpartition(" ")[0] or label
    return name[:1].upper() + name[1:]


def plain_text(text: str) -> list[str]:
    """Cut plain text into paragraphs at blank lines; the template escapes them and keeps line breaks."""
    return [part.strip("\n") for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
