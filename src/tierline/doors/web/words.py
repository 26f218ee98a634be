"""How the pages say amounts: durations, moments, sizes, numbers and names."""

import math
from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE, HOUR, DAY = 60, 3600, 86400
KILO = 1000  # sizes are decimal, as file managers and mail programs print them


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


def clock_time(moment: datetime) -> str:
    """Say the time of day in the viewer's zone: ``10:09``."""
    return timezone.localtime(moment).strftime("%H:%M")


def day_time(moment: datetime) -> str:
    """Say day and time in the viewer's zone: ``Tue 17 Nov, 10:09``."""
    return f"{formats.date_format(timezone.localtime(moment), 'D j M')}, {clock_time(moment)}"


def day(moment: datetime) -> str:
    """Say the full date in the viewer's zone and language: ``17 November 2026``."""
    return str(formats.date_format(timezone.localtime(moment), "j F Y"))


def when(moment: datetime, now: datetime) -> str:
    """Say a moment as shortly as is clear beside ``now``: time (today), weekday (this week) or date."""
    here, today = timezone.localtime(moment), timezone.localtime(now)
    if here.date() == today.date():
        return clock_time(moment)
    if abs((here.date() - today.date()).days) < 7:  # noqa: PLR2004 - a week has seven days
        return f"{formats.date_format(here, 'D')} {clock_time(moment)}"
    pattern = "j M" if here.year == today.year else "j M Y"
    return str(formats.date_format(here, pattern))


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
    names = (_("Self-service"), _("Frontline"), _("Specialists"), _("Experts"), _("Vendor"))
    return names[tier]


def helper_name(tier: int) -> str:
    """Name a tier for the requester, who never meets a number."""
    names = (
        _("you and the assistant"),
        _("the help desk"),
        _("our specialists"),
        _("the engineers"),
        _("the maker"),
    )
    return names[tier]


def machine_name(label: str) -> str:
    """Name a part of the product without its version: ``routing 1`` is Routing."""
    name = label.rpartition(" ")[0] or label
    return name[:1].upper() + name[1:]


def plain_text(text: str) -> list[str]:
    """Cut plain text into paragraphs at blank lines; the template escapes them and keeps line breaks."""
    return [part.strip("\n") for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
