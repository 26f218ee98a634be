"""Changes of people, skills, on-call rotations and organisations in words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import events
from tierline.desk.people.rules import Role
from tierline.doors.web.setup.role_words import ROLE_NAMES

from .frame import LEVELS, language_name
from .hours import between, week_words


@dataclass(frozen=True)
class Line:
    """One change: when, by whom, what."""

    at: datetime
    by: str
    words: str


def _roles(names: Iterable[str]) -> str:
    return ", ".join(str(ROLE_NAMES[Role(name)]) for name in names)


def _roles_changed(data: dict[str, Any]) -> str:
    where = _("for %(desk)s") % {"desk": data["desk"]} if data["desk"] else _("for every desk")
    parts = []
    if data["given"]:
        parts.append(_("given: %(roles)s") % {"roles": _roles(data["given"])})
    if data["taken"]:
        parts.append(_("taken: %(roles)s") % {"roles": _roles(data["taken"])})
    return f"{'; '.join(parts)} {where}"


def _skill(data: dict[str, Any]) -> str:
    words = _("%(skill)s: %(before)s → %(after)s") % {
        "skill": data["skill"],
        "before": LEVELS[data["before"]],
        "after": LEVELS[data["level"]],
    }
    return words + (" " + _("(as the work suggests)") if data["suggested"] else "")


def _skill_named(data: dict[str, Any]) -> str:
    if not data["before"]:
        return _("Made: %(name)s") % data
    return _("Named %(name)s, before %(before)s") % data if data["name"] != data["before"] else _("Described anew")


def _skill_linked(data: dict[str, Any]) -> str:
    how = {"part_of": _("is a part of %(toward)s"), "helps_with": _("helps with %(toward)s")}
    if not data["link"]:
        return _("No longer linked to %(toward)s") % data
    return how[data["link"]] % data


def _language(data: dict[str, Any]) -> str:
    if not data["level"]:
        return _("%(language)s taken away") % {"language": language_name(data["code"])}
    return f"{language_name(data['code'])} {data['level']}"


def _day(data: dict[str, Any]) -> str:
    if data["lifted"]:
        return _("%(day)s follows the week again") % {"day": data["day"]}
    spans = ", ".join(between(begin, end) for begin, end in data["spans"])
    return _("%(day)s: %(spans)s instead of the week") % {"day": data["day"], "spans": spans or _("free")}


WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    events.RolesChanged.kind: _roles_changed,
    events.SkillRecorded.kind: _skill,
    events.LanguageRecorded.kind: _language,
    events.CertificateRecorded.kind: lambda data: _("Certificate recorded: %(name)s") % data,
    events.CertificateWithdrawn.kind: lambda data: _("Certificate withdrawn: %(name)s") % data,
    events.CertificateExpires.kind: lambda data: _("Reminder: %(name)s lapses after %(expires_on)s") % data,
    events.WeekPlanned.kind: lambda data: _("Week: %(week)s") % {"week": week_words(data["after"])},
    events.DayPlanned.kind: _day,
    events.AbsenceRecorded.kind: lambda data: _("Away from %(from)s to %(to)s") % _dates(data),
    events.AbsenceCancelled.kind: lambda data: _("Absence from %(from)s to %(to)s called off") % _dates(data),
    events.SkillNamed.kind: _skill_named,
    events.SkillLinked.kind: _skill_linked,
    events.CapacitySet.kind: lambda data: _("Tickets at the same time: %(before)s → %(after)s") % data,
}


def _dates(data: dict[str, Any]) -> dict[str, str]:
    return {"from": data["starts_at"][:10], "to": data["ends_at"][:10]}


def on_call_words(entry: TimelineEntry, names: Mapping[int, str]) -> str:
    """A change of a group's on-call rotation, with the names of persons by their ids."""
    data = entry.data
    if entry.kind == events.OnCallTakenOver.kind:
        given = {"who": names.get(data["person_id"], "?"), **_dates(data)}
        return _("%(who)s takes over from %(from)s to %(to)s") % given
    people = ", ".join(names.get(one, "?") for one in data["people"])
    words = ngettext(
        "In turn, each for %(days)s day: %(who)s", "In turn, each for %(days)s days: %(who)s", data["days"]
    )
    return words % {"days": data["days"], "who": people}


def lines(entries: Iterable[TimelineEntry], skills: Mapping[str, str]) -> list[Line]:
    """Entries of a timeline of people or skills in words; `skills` gives the names of skills by their keys."""
    return [
        Line(one.at, one.actor_label, WORDS[one.kind](_with_names(one.data, skills)))
        for one in entries
        if one.kind in WORDS
    ]


def _with_names(data: dict[str, Any], skills: Mapping[str, str]) -> dict[str, Any]:
    named = {part: skills.get(data[part], data[part]) for part in ("skill", "toward") if part in data}
    return {**data, **named}
