"""What the pages of major incidents show, composed from the rooms' queries. No ORM, no rules."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.tickets import queries as tickets
from tierline.doors.web import labels, words
from tierline.doors.web.shapes import Clock, Tone
from tierline.ladder.major import queries
from tierline.ladder.major.operations.writing import may_lead
from tierline.ladder.major.rules import USUAL_CADENCE, Reach, criteria

CADENCES = (10, 15, 30, 60, 120, 240)
NEAR = 0.75
"""From this share of the cadence on, the next words are near."""


def room_page(viewer: Actor, major_id: int, *, preview: str = "") -> dict[str, Any]:
    """Everything the room shows. Raises NotFound."""
    room = queries.room(viewer, major_id)
    major, now = room.major, clock.now()
    leads = may_lead(viewer, major)
    suggested = queries.suggested(viewer, major.ticket)[: queries.SUGGESTED] if major.is_active and leads else []
    return {
        "section": "major",
        "room": room,
        "major": major,
        "leads": leads,
        "due": due_clock(major.next_update_at, major.cadence, now),
        "times": times(room, now),
        "lead_words": lead_words(room, now),
        "people": [(one.pk, one.name) for one in queries.able(major.ticket.desk_id)] if leads else [],
        "suggested": suggested,
        "preview": preview,
        "concerned": queries.concerned(major) if preview else 0,
        "cadences": cadence_options(major.cadence),
        "today": now.date(),
    }


def declare_page(viewer: Actor, number: int) -> dict[str, Any]:
    """The criteria with what was counted, and who could hold a role. Raises NotFound."""
    ticket = tickets.get(viewer, number)
    reach = queries.reach(viewer, ticket)
    people = [(one.pk, one.name) for one in queries.able(ticket.desk_id)]
    return {
        "section": "queue",
        "ticket": ticket,
        "criteria": criteria_rows(reach),
        "any_met": any(criteria(reach).values()),
        "people": people,
        "title": f"{ticket.service.name}: {_('a disruption')}" if ticket.service else _("A disruption"),
        "confidential": ticket.desk.confidential,
        "cadences": cadence_options(USUAL_CADENCE),
        "usual": USUAL_CADENCE,
        "known": queries.of_ticket(viewer, ticket.pk),
        "me": viewer.person_id,
    }


def criteria_rows(reach: Reach) -> list[tuple[bool, str, str]]:
    """Each criterion: whether it is met, its words, and what was found."""
    impact, urgency = labels.impact(reach.impact), labels.urgency(reach.urgency)
    alike = ngettext("%(n)s open ticket alike", "%(n)s open tickets alike", reach.tickets)
    found = {
        "wide_and_urgent": _("impact %(impact)s, urgency %(urgency)s") % {"impact": impact, "urgency": urgency},
        "many_tickets": alike % {"n": reach.tickets},
        "many_people": words.people(reach.people),
        "critical_service": _("critical service") if reach.critical_service else _("no critical service is named"),
    }
    return [(holds, labels.criterion(one), found[one]) for one, holds in criteria(reach).items()]


def due_clock(due: datetime | None, cadence: int, now: datetime) -> Clock | None:
    """The clock to the next update."""
    if due is None:
        return None
    left = (due - now).total_seconds()
    share = 1 - left / (cadence * 60)
    tone: Tone = "bad" if left <= 0 else "warn" if share >= NEAR else "good"
    said = _("%(span)s late") if left <= 0 else _("%(span)s left")
    return Clock(
        label=_("Next update"), share=min(max(share, 0.0), 1.0), words=said % {"span": words.span(left)}, tone=tone
    )


def times(room: queries.Room, now: datetime) -> list[tuple[str, str]]:
    """Time to declare, to mitigate and to stand down, from when the ticket was opened."""
    going = words.span(now - room.major.ticket.opened_at)
    running = _("%(span)s so far") % {"span": going}
    return [
        (_("To declare"), words.span(room.clock.declare)),
        (_("To mitigate"), words.span(room.clock.mitigate) if room.clock.mitigate is not None else running),
        (_("To stand down"), words.span(room.clock.stand_down) if room.clock.stand_down is not None else running),
    ]


def lead_words(room: queries.Room, now: datetime) -> str:
    """Say what is next in one sentence: the first rule that fits wins."""
    major, due = room.major, room.major.next_update_at
    late = [one for one in room.actions if one.done_at is None and one.due_on < now.date()]
    public = any(one.audience == "requester" for one in room.updates)
    sentences = [
        (major.state == "reviewed" and bool(late), _("Reviewed. An action is overdue.")),
        (major.state == "reviewed", _("Reviewed. What follows is agreed.")),
        (major.state == "stood_down", _("Over. Write the review while it is fresh.")),
        (not public, _("Nobody outside knows yet: say it in public words.")),
        (major.missed > 0 and not _said_since(room), _("An update was missed. Say how things stand.")),
        (due is not None, _("The next update is due by %(when)s.") % {"when": words.clock_time(due or now)}),
        (True, ""),
    ]
    return next(sentence for holds, sentence in sentences if holds)


def _said_since(room: queries.Room) -> bool:
    missed = room.major.alarmed_for
    return missed is None or any(one.at >= missed for one in room.updates)


def cadence_options(current: int) -> list[tuple[int, str]]:
    """The usual cadences and the current one."""
    return [(minutes, words.span(minutes * 60)) for minutes in sorted({*CADENCES, current})]
