"""Plain, kind words for a requester: who has it, what they do now, when the next update comes.

A requester never meets a tier number. The five stops are people they can picture.
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

HIGHEST = 4
WEEK_DAYS = 6

STOPS = (
    _("You and the assistant"),
    _("The help desk"),
    _("Our specialists"),
    _("The engineers"),
    _("The maker"),
)
WITH_STOPS = (
    _("the assistant"),
    _("the help desk"),
    _("our specialists"),
    _("the engineers"),
    _("the maker"),
)
PLACES = (
    _("First stop of five"),
    _("Second stop of five"),
    _("Third stop of five"),
    _("Fourth stop of five"),
    _("Last stop of five"),
)
HAVE_IT = (
    _("The assistant has it."),
    _("The help desk has it."),
    _("Our specialists have it."),
    _("The engineers have it."),
    _("The maker has it."),
)
DOING = (
    _("It is comparing what you wrote with everything we already know."),
    _("Somebody reads it and writes to you, or asks the right colleague."),
    _("They look closely at what you described and at the files you sent."),
    _("They try to make the same happen on their own bench and look for its cause."),
    _("We speak with them for you and pass on every word that helps."),
)
AHEAD = (
    "",
    _("If the articles have no answer."),
    _("Only if it needs a closer look."),
    _("Only if the program has to change."),
    _("Only if a part itself is faulty."),
)
NOT_NEEDED = gettext_lazy("Not needed.")


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What the sentence depends on; taken from a ticket, never from its internal notes.

    `has_answer` is true while an answer of the assistant waits for the requester's yes or no.
    """

    status: str
    tier: int
    waiting_for: str = ""
    person: str = ""
    due_at: datetime | None = None
    has_answer: bool = False


@dataclass(frozen=True)
class Saying:
    """A headline in one short sentence, what happens now, and the promise with its time."""

    headline: str
    now: str = ""
    promise: str = ""
    late: bool = False


def stop(tier: int) -> str:
    """The name of a stop, for the rail and for the line `With ...`."""
    return str(STOPS[_bounded(tier)])


def with_stop(tier: int) -> str:
    """The same stop inside a sentence: `With our specialists`."""
    return str(WITH_STOPS[_bounded(tier)])


def place(tier: int) -> str:
    """How far it has come, in words: `Third stop of five: our specialists`."""
    return f"{PLACES[_bounded(tier)]}: {with_stop(tier)}"


def saying(situation: Situation, *, now: datetime, zone: tzinfo) -> Saying:
    """The state of a request as a requester reads it at the top of its page."""
    if situation.status == "resolved":
        return Saying(gettext("Solved."), gettext("Did that do it?"))
    if situation.status == "closed":
        return Saying(gettext("Solved and closed."), gettext("If it comes back, open it again here."))
    if situation.status == "waiting":
        return _waiting(situation, now=now, zone=zone)
    tier = _bounded(situation.tier)
    doing = _person_doing(situation) or str(DOING[tier])
    promise, late = _promise(situation.due_at, now=now, zone=zone)
    return Saying(str(HAVE_IT[tier]), doing, promise, late)


def moment(at: datetime, *, now: datetime, zone: tzinfo) -> str:
    """A time as people say it: `15:00`, `tomorrow, 09:00`, `Thursday, 09:00`, `14 October, 09:00`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = date_format(local, "H:i")
    days = (local.date() - today).days
    if days == 0:
        return clock
    if days == 1:
        return gettext("tomorrow, %(clock)s") % {"clock": clock}
    if days == -1:
        return gettext("yesterday, %(clock)s") % {"clock": clock}
    if 1 < days <= WEEK_DAYS:
        return f"{date_format(local, 'l')}, {clock}"
    pattern = "j F" if local.year == today.year else "j F Y"
    return f"{date_format(local, pattern)}, {clock}"


def since(at: datetime, *, now: datetime, zone: tzinfo) -> str:
    """How long a request is with us: `since 08:52 today`, `since Monday`, `since 3 October`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    days = (today - local.date()).days
    if days == 0:
        return gettext("since %(clock)s today") % {"clock": date_format(local, "H:i")}
    if days == 1:
        return gettext("since yesterday")
    if days <= WEEK_DAYS:
        return gettext("since %(day)s") % {"day": date_format(local, "l")}
    return gettext("since %(day)s") % {"day": date_format(local, "j F")}


def first_name(name: str) -> str:
    return name.strip().partition(" ")[0]


def rung_words(tier: int, *, reached: bool, over: bool) -> str:
    """The remark under a stop nobody has been at: what it would take, or that it was not needed."""
    if reached or tier == 0:
        return ""
    return str(NOT_NEEDED) if over else str(AHEAD[_bounded(tier)])


def _person_doing(situation: Situation) -> str:
    if not situation.person:
        return ""
    return gettext("%(name)s is working on it.") % {"name": situation.person}


def _waiting(situation: Situation, *, now: datetime, zone: tzinfo) -> Saying:
    promise, late = _promise(situation.due_at, now=now, zone=zone)
    if situation.waiting_for == "requester" and situation.has_answer:
        return Saying(
            gettext("The assistant has an answer for you."),
            gettext("Read it and tell us whether it helped. If not, a person takes over at once."),
        )
    if situation.waiting_for == "requester":
        return Saying(
            gettext("We need one answer from you."),
            gettext("The work goes on as soon as you write."),
        )
    if situation.waiting_for == "vendor":
        return Saying(gettext("We wait for the maker."), gettext("We remind them for you."), promise, late)
    if situation.waiting_for == "change":
        return Saying(
            gettext("The fix is on its way."),
            gettext("It waits for the day it may be installed. We write to you when it is there."),
            promise,
            late,
        )
    return Saying(gettext("We wait for something."), gettext("We write to you when it moves."), promise, late)


def _promise(due_at: datetime | None, *, now: datetime, zone: tzinfo) -> tuple[str, bool]:
    if due_at is None:
        return "", False
    words = moment(due_at, now=now, zone=zone)
    if due_at < now:
        return gettext("We wanted to be further by %(moment)s and are late.") % {"moment": words}, True
    return gettext("Next update by %(moment)s.") % {"moment": words}, False


def _bounded(tier: int) -> int:
    return min(max(tier, 0), HIGHEST)
