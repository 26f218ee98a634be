"""The verbs on visits and remote help; whoever is concerned is told in the same breath."""

from datetime import UTC, datetime

import icalendar
from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.core.timeline.rules import Audience
from tierline.desk.people.models import Person
from tierline.desk.people.queries.presence import absences_between
from tierline.desk.people.rules import Right, holding, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.desk.tickets.operations.writing import locked, must_be_open

from . import events
from .errors import Collides, VisitOver
from .models import RemoteTool, Visit
from .rules import Slot, VisitState, checked_template, filled, in_words, slot

PLACE, TEXT = 200, 4_000  # characters


def plan_visit(
    *, actor: Actor, ticket_id: int, technician_id: int, place: str, task: str, starts_at: datetime, ends_at: datetime
) -> Visit:
    """Send somebody to a place. The requester is told in their time zone, with an invitation for their calendar.

    Raises Invalid (no place, no task, a time that is none), Collides when the technician is away or somewhere else,
    WrongState for a ticket that is not open, and NotFound.
    """
    actor = holding(actor, Right.TICKET_WORK)
    where, what = one_line(place, PLACE), clean(task, TEXT).strip()
    missing = {} if where else {"place": "Say where: the requester reads it."}
    if not what:
        missing["task"] = "Say what is to be done there."
    if missing:
        raise Invalid(missing)
    when = slot(starts_at, ends_at, now=clock.now())
    with transaction.atomic():
        ticket = locked(actor, ticket_id)
        must_be_open(ticket)
        technician = _free(technician_id, when)
        visit = Visit.objects.create(
            ticket=ticket,
            technician=technician,
            place=where,
            task=what,
            starts_at=when.starts_at,
            ends_at=when.ends_at,
        )
        _tell(actor, visit, moved=False)
        return visit


def move_visit(*, actor: Actor, visit_id: int, place: str, starts_at: datetime, ends_at: datetime) -> Visit:
    """Another time or place; the requester's calendar follows. Raises as `plan_visit`, and VisitOver."""
    actor = holding(actor, Right.TICKET_WORK)
    where = one_line(place, PLACE)
    if not where:
        raise Invalid({"place": "Say where: the requester reads it."})
    when = slot(starts_at, ends_at, now=clock.now())
    with transaction.atomic():
        visit = _planned(actor, visit_id)
        _free(visit.technician_id, when, but=visit.pk)
        visit.place, visit.starts_at, visit.ends_at = where, when.starts_at, when.ends_at
        visit.sequence += 1
        visit.save(update_fields=["place", "starts_at", "ends_at", "sequence"])
        _tell(actor, visit, moved=True)
        return visit


def complete_visit(*, actor: Actor, visit_id: int, outcome: str) -> Visit:
    """Say what was done there; a note for colleagues. Raises Invalid without words, VisitOver and NotFound."""
    actor = holding(actor, Right.TICKET_WORK)
    words = _said(outcome, "Say what was done, and what was not.")
    with transaction.atomic():
        visit = _ended(actor, visit_id, VisitState.DONE, words)
        payload = events.VisitDone(visit_id=visit.pk, outcome=words)
        tickets.note_event(actor=actor, ticket_id=visit.ticket_id, payload=payload)
        return visit


def cancel_visit(*, actor: Actor, visit_id: int, reason: str) -> Visit:
    """Nobody comes; the requester is told why and their calendar forgets it. Raises Invalid, VisitOver and NotFound."""
    actor = holding(actor, Right.TICKET_WORK)
    words = _said(reason, "Say why: the requester reads it.")
    with transaction.atomic():
        visit = _ended(actor, visit_id, VisitState.CANCELLED, words)
        visit.sequence += 1
        visit.save(update_fields=["sequence"])
        payload = events.VisitCancelled(visit_id=visit.pk, reason=words)
        tickets.note_event(actor=actor, ticket_id=visit.ticket_id, payload=payload, audience=Audience.REQUESTER)
        when = in_words(visit.slot, visit.ticket.requester.timezone)
        _write(actor, visit, f"The visit on {when} does not take place.\n\n{words}", method="CANCEL")
        return visit


def add_tool(*, actor: Actor, name: str, template: str) -> RemoteTool:
    """Offer a program for remote help. Raises Invalid for a template that could lead astray, and NotFound."""
    require(actor, Right.SETUP)
    called = one_line(name, 60)
    if not called:
        raise Invalid({"name": "Give it a name, such as the program's own."})
    address = checked_template(template)
    if RemoteTool.objects.filter(name=called).exists():
        raise Invalid({"name": "There is one of this name."})
    return RemoteTool.objects.create(name=called, template=address)


def remove_tool(*, actor: Actor, tool_id: int) -> None:
    """Offer it no longer. Raises NotFound."""
    require(actor, Right.SETUP)
    deleted, _ = RemoteTool.objects.filter(pk=tool_id).delete()
    if not deleted:
        raise NotFound


def open_remote(*, actor: Actor, ticket_id: int, tool_id: int) -> str:
    """The address that opens a session for this ticket; that it was opened stands on the timeline.

    Raises UnknownValue when the ticket does not say what the template needs, WrongState and NotFound.
    """
    actor = holding(actor, Right.TICKET_WORK)
    with transaction.atomic():
        ticket = locked(actor, ticket_id)
        must_be_open(ticket)
        tool = RemoteTool.objects.filter(pk=tool_id).first()
        if tool is None:
            raise NotFound
        address = filled(tool.template, _values(actor, ticket))
        tickets.note_event(actor=actor, ticket_id=ticket_id, payload=events.RemoteOpened(tool=tool.name))
        return address


def _values(actor: Actor, ticket: Ticket) -> dict[str, str]:
    facts = {f"fact.{name}": value for name, value in ticket.facts.items()}
    return {**facts, "ticket": ticket.reference, "requester": ticket.requester.email, "agent": actor.label}


def _said(text: str, missing: str) -> str:
    words = clean(text, TEXT).strip()
    if not words:
        raise Invalid({"words": missing})
    return words


def _free(technician_id: int, when: Slot, *, but: int | None = None) -> Person:
    """The technician, locked so that two visits cannot be planned for the same hour at once."""
    found = Person.objects.get_queryset().select_for_update().filter(pk=technician_id, is_active=True).first()
    if found is None or not found.memberships.exists():
        raise Invalid({"technician": "Choose somebody who works in a group."})
    if absences_between([found.pk], when.starts_at, when.ends_at):
        raise Collides(f"{found.name} is away then.", todo="Choose another time, or somebody else.")
    ahead = Visit.objects.planned().filter(technician=found, starts_at__lt=when.ends_at, ends_at__gt=when.starts_at)
    other = ahead.exclude(pk=but or 0).select_related("ticket").first()
    if other is not None:
        raise Collides(f"{found.name} has another visit then.", todo="Choose another time, or somebody else.")
    return found


def _planned(actor: Actor, visit_id: int) -> Visit:
    """Lock the ticket, then its visit, as every verb does."""
    ticket_id = Visit.objects.visible_to(actor).filter(pk=visit_id).values_list("ticket_id", flat=True).first()
    if ticket_id is None:
        raise NotFound
    ticket = locked(actor, ticket_id)
    visit = Visit.objects.select_for_update(of=("self",)).select_related("technician").get(pk=visit_id)
    if visit.state != VisitState.PLANNED:
        raise VisitOver
    visit.ticket = ticket
    return visit


def _ended(actor: Actor, visit_id: int, state: VisitState, words: str) -> Visit:
    visit = _planned(actor, visit_id)
    visit.state, visit.outcome, visit.ended_at = state, words, clock.now()
    visit.save(update_fields=["state", "outcome", "ended_at"])
    return visit


def _tell(actor: Actor, visit: Visit, *, moved: bool) -> None:
    payload = events.VisitPlanned(
        visit_id=visit.pk,
        technician=visit.technician.name,
        place=visit.place,
        starts_at=visit.starts_at.isoformat(),
        ends_at=visit.ends_at.isoformat(),
        moved=moved,
    )
    tickets.note_event(actor=actor, ticket_id=visit.ticket_id, payload=payload, audience=Audience.REQUESTER)
    when = in_words(visit.slot, visit.ticket.requester.timezone)
    begins = "The visit is moved." if moved else f"{visit.technician.name} comes to you."
    _write(
        actor, visit, f"{begins}\n\nWhen: {when}\nWhere: {visit.place}\nWho: {visit.technician.name}", method="REQUEST"
    )


def _write(actor: Actor, visit: Visit, text: str, *, method: str) -> None:
    if visit.ticket.is_open:
        file = NewAttachment(
            name="visit.ics", content_type=f"text/calendar; method={method}", content=invitation(visit, method)
        )
        tickets.reply(actor=actor, ticket_id=visit.ticket_id, text=text, attachments=[file])


def invitation(visit: Visit, method: str) -> bytes:
    """The visit for a calendar (RFC 5545, RFC 5546): a change has the same UID and a higher SEQUENCE."""
    calendar, event = icalendar.Calendar(), icalendar.Event()
    for name, value in (("prodid", "-//Tierline//visits//EN"), ("version", "2.0"), ("method", method)):
        calendar.add(name, value)
    event.add("uid", f"visit-{visit.pk}@tierline")
    event.add("sequence", visit.sequence)
    event.add("dtstamp", clock.now().astimezone(UTC))
    event.add("dtstart", visit.starts_at.astimezone(UTC))
    event.add("dtend", visit.ends_at.astimezone(UTC))
    event.add("summary", f"{visit.ticket.reference}: {visit.technician.name} visits")
    event.add("location", visit.place)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
