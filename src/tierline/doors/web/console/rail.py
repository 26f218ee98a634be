"""The ladder rail of one ticket, read from its timeline. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import gettext as _

from tierline.doors.web import words
from tierline.doors.web.console.kept import number_of
from tierline.doors.web.shapes import Line, Rung

TOP = 4


class Happened(Protocol):
    """What the rail reads of a timeline entry."""

    at: datetime
    kind: str
    data: Any
    actor_label: str


@dataclass
class Stay:
    """One tier's time with the ticket: seconds so far, who had it, since when it has it now."""

    seconds: float = 0.0
    people: list[str] = field(default_factory=list)
    since: datetime | None = None
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """Where the ticket stands now."""

    tier: int
    tried: Sequence[int]
    offered: int | None
    is_open: bool
    owner: str
    share: float | None = None
    share_words: str = ""


def stays(entries: Iterable[Happened], now: datetime) -> dict[int, Stay]:
    """Give each tier's time with the ticket. Tier 0 has it from the opening until a group owns it."""
    found: dict[int, Stay] = {}
    tier, since = 0, None
    for entry in entries:
        if entry.kind == "ticket.opened":
            since = entry.at
            found[0] = Stay(since=entry.at)
        elif entry.kind == "ticket.assigned":
            new = number_of(entry.data, "tier")
            if new is None:
                continue
            if new != tier:
                _leave(found, tier, since, entry.at)
                tier, since = new, entry.at
            stay = found.setdefault(new, Stay())
            stay.since = stay.since if stay.since == since else entry.at
            who = str(entry.data.get("person_label") or entry.data.get("group_label") or "")
            if who and who not in stay.people:
                stay.people.append(who)
        elif entry.kind in ("ticket.resolved", "ticket.merged"):
            _leave(found, tier, since, entry.at)
            since = None
        elif entry.kind == "ticket.reopened":
            since = entry.at
        elif entry.kind.startswith("assistant.") and 0 in found and not found[0].people:
            found[0].people.append(_("Assistant"))
    _leave(found, tier, since, now)
    return found


def _leave(found: dict[int, Stay], tier: int, since: datetime | None, at: datetime) -> None:
    if since is not None:
        found.setdefault(tier, Stay()).seconds += max((at - since).total_seconds(), 0)


def rungs(place: Place, entries: Iterable[Happened], now: datetime, *, owed: Rung | None = None) -> list[Rung]:
    """Draw the five rungs, tier 4 first. ``owed`` replaces the rung of the next tier (its contract's segments)."""
    had = stays(entries, now)
    drawn = []
    for tier in range(TOP, -1, -1):
        stay = had.get(tier)
        if tier == place.tier:
            drawn.append(_here(place, stay))
        elif tier in place.tried and tier < place.tier:
            drawn.append(_climbed(tier, stay))
        elif tier < place.tier:
            drawn.append(Rung(tier, "skipped", _("skipped")))
        else:
            drawn.append(owed if owed is not None and owed.tier == tier else _ahead(place, tier, stay))
    return drawn


def last_owner(tier: int, entries: Iterable[Happened], now: datetime) -> str:
    """Who had the ticket on a tier last, a person or a group; empty for nobody."""
    stay = stays(entries, now).get(tier)
    return stay.people[-1] if stay is not None and stay.people else ""


def _here(place: Place, stay: Stay | None) -> Rung:
    remark = _("now") if place.is_open else _("solved here")
    lines = [Line(place.owner or _("nobody yet"))]
    if stay is not None and stay.since is not None and place.is_open:
        lines.append(Line(_("Since %(time)s") % {"time": words.day_time(stay.since)}))
    return Rung(place.tier, "now", remark, lines, share=place.share, share_words=place.share_words)


def _climbed(tier: int, stay: Stay | None) -> Rung:
    if stay is None:
        return Rung(tier, "done", _("tried"))
    return Rung(tier, "done", words.span(stay.seconds), [Line(who) for who in stay.people[-2:]])


def _ahead(place: Place, tier: int, stay: Stay | None) -> Rung:
    if tier == place.offered:
        return Rung(tier, "ahead", _("to accept"), [Line(_("A hand-over waits for an answer"))])
    if stay is not None:
        return Rung(
            tier,
            "ahead",
            _("had it %(time)s") % {"time": words.span(stay.seconds)},
            [Line(who) for who in stay.people[-1:]],
        )
    return Rung(tier, "ahead", _("next") if tier == place.tier + 1 and place.is_open else "")
