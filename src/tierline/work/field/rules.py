"""Visits and remote help: when two visits collide, an invitation (RFC 5545), and addresses from templates. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from string import Formatter
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from tierline.core.kernel.errors import Invalid, Refused

LONGEST = timedelta(hours=16)
TEMPLATE_LIMIT = 500  # characters
SCHEMES = frozenset({"https", "rustdesk", "anydesk", "teamviewer10", "tvcontrol1", "vnc", "rdp", "ms-rd", "zoommtg"})
"""What an address for remote help may begin with: the web with TLS, and programs that register their own."""
VALUES = ("ticket", "requester", "agent")
_FACT = re.compile(r"fact\.[a-z0-9_]{1,40}")


class VisitState(StrEnum):
    """A visit is planned until it is done or cancelled."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class UnknownValue(Refused):
    """A template names something that this ticket does not say."""

    code = "remote_value_unknown"


@dataclass(frozen=True, slots=True)
class Slot:
    """From when to when somebody is at a place."""

    starts_at: datetime
    ends_at: datetime

    def meets(self, other: "Slot") -> bool:
        """Whether one person could not be at both; one that ends as the other begins is fine."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def slot(starts_at: datetime, ends_at: datetime, *, now: datetime) -> Slot:
    """A time that a visit may have. Raises Invalid: it ends after it begins, lasts 16 hours at most, and lies ahead."""
    if ends_at <= starts_at:
        raise Invalid({"ends_at": "A visit ends after it begins."})
    if ends_at - starts_at > LONGEST:
        raise Invalid({"ends_at": "A visit takes at most 16 hours: plan one for each day."})
    if ends_at <= now:
        raise Invalid({"starts_at": "This time is over."})
    return Slot(starts_at, ends_at)


def in_words(when: Slot, zone: str) -> str:
    """A slot in somebody's time zone: `Tuesday 1 December 2026, 10:00 to 11:30 (Europe/Oslo)`."""
    place = ZoneInfo(zone)
    begins, ends = when.starts_at.astimezone(place), when.ends_at.astimezone(place)
    last = f"{ends:%H:%M}" if begins.date() == ends.date() else f"{ends:%A} {ends.day} {ends:%B}, {ends:%H:%M}"
    return f"{begins:%A} {begins.day} {begins:%B %Y}, {begins:%H:%M} to {last} ({zone})"


def names_in(template: str) -> tuple[str, ...]:
    """The values that a template names, such as `ticket` or `fact.host`. Raises Invalid for one that cannot be used."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        raise Invalid({"template": "A brace is open: {ticket} stands for the ticket's number."}) from None
    names = tuple(name for _text, name, _spec, _conversion in parts if name is not None)
    if any(spec or conversion for _text, name, spec, conversion in parts if name is not None):
        raise Invalid({"template": "Between braces there is only a name."})
    unknown = [name for name in names if name not in VALUES and not _FACT.fullmatch(name)]
    if unknown:
        raise Invalid({"template": f"{unknown[0]!r} is no name. There are {', '.join(VALUES)} and fact.NAME."})
    return names


def checked_template(template: str) -> str:
    """A template that leads where whoever set it up meant it to, whatever is filled in.

    Scheme and host are fixed text. Raises Invalid.
    """
    given = template.strip()
    if not given or len(given) > TEMPLATE_LIMIT or any(one.isspace() or not one.isprintable() for one in given):
        raise Invalid({"template": f"An address without spaces, of at most {TEMPLATE_LIMIT} characters."})
    names_in(given)
    parts = urlsplit(given)
    if parts.scheme not in SCHEMES:
        raise Invalid({"template": f"It begins with one of: {', '.join(f'{one}:' for one in sorted(SCHEMES))}."})
    if parts.scheme == "https" and (not parts.hostname or "{" in parts.netloc or "@" in parts.netloc):
        raise Invalid({"template": "After https:// stands a host without braces, user name or password."})
    return given


def filled(template: str, values: Mapping[str, str]) -> str:
    """The address for one ticket; every value is percent-encoded. Raises UnknownValue for one that is not known."""
    filled_in = template
    for name in names_in(template):
        value = values.get(name, "").strip()
        if not value:
            what = name.removeprefix("fact.").replace("_", " ")
            raise UnknownValue(f"The ticket does not say its {what}.", todo="Note it among the facts, then try again.")
        filled_in = filled_in.replace("{" + name + "}", quote(value, safe=""))
    return filled_in
