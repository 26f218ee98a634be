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


@dataclass(frozen=True, slots=True)
class Reminder:
    """What a reminder tells: whose certificate of which skill ends when, and what nobody covers from then on.

    `skill` is a name, empty for a certificate that proves none; `uncovered` is a sentence or empty.
    """

    person: str
    name: str
    issuer: str
    number: str
    skill: str
    last_day: date
    days_left: int
    uncovered: str = ""


def reminder_subject(told: Reminder, *, own: bool) -> str:
    """The subject of the mail: to the holder, or to somebody who plans them."""
    ends = "ends today" if told.days_left == 0 else f"ends in {_days(told.days_left)}"
    return f"{told.name} {ends}" if own else f"{told.person}: {told.name} {ends}"


def reminder_text(told: Reminder, *, own: bool) -> str:
    """The words of the mail."""
    whose = "Your certificate" if own else f"The certificate of {told.person}"
    given = f"{told.name}, {told.issuer}" + (f", number {told.number}" if told.number else "")
    lines = [f"{whose} counts up to and including {told.last_day.isoformat()}:", "", f"    {given}", ""]
    if told.skill:
        to_whom = "you" if own else "them"
        lines += [f"From the next day on, tickets that ask for a proof of {told.skill} are not given to {to_whom}."]
    if told.uncovered:
        lines += [told.uncovered]
    ends = "When a certificate that lasts longer is recorded, these reminders end."
    return "\n".join([*lines, "", ends, ""])


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
