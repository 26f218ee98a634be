"""When a certificate counts, and when to remind that it will not for long. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

REMIND_BEFORE = (60, 30, 7)
"""Days before the last day of a certificate on which its holder and their lead are reminded."""


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate as a person holds it."""

    name: str
    expires_on: date | None


def valid(held: Held, on: date) -> bool:
    """A certificate counts up to and including the day it expires on."""
    return held.expires_on is None or on <= held.expires_on


def reminder_due(expires_on: date | None, days_before: int, on: date, *, others: Iterable[date | None] = ()) -> bool:
    """Whether a reminder so many days before the end still says something on a day.

    `others` are the last days of the person's other certificates of the same skill, None for one without an end: when
    one of them lasts longer, the skill stays proven and nobody needs to be reminded.
    """
    if expires_on is None or on > expires_on or on < expires_on - timedelta(days=days_before):
        return False
    return not any(other is None or other > expires_on for other in others)
