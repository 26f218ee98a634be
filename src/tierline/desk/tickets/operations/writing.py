"""The one way in which a ticket changes: lock the row, append to the timeline, take over the new state."""

from django.db import transaction

from tierline.core.kernel import rows
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import ChangedMeanwhile, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.operations import record
from tierline.core.timeline.rules import Audience, Payload
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets.errors import WrongState
from tierline.desk.tickets.events import apply
from tierline.desk.tickets.models import Ticket


def locked(actor: Actor, ticket_id: int, *, seen_version: int | None = None, right: Right | None = None) -> Ticket:
    """The ticket, locked until the transaction ends.

    Raises NotFound when it does not exist for the actor or they lack the right on its desk, and ChangedMeanwhile when
    the public part or the owner changed after `seen_version`.
    """
    seen = actor if right is None else holding(actor, right)
    if actor.is_machine:  # sees everything: the plain row, for what runs with every message
        ticket = rows.first(Ticket, "id = %s FOR UPDATE", [ticket_id])
    else:
        ticket = Ticket.objects.visible_to(seen).select_for_update(of=("self",)).filter(pk=ticket_id).first()
    if ticket is None:
        raise NotFound
    if seen_version is not None and seen_version < ticket.version:
        raise ChangedMeanwhile(seen=seen_version, current=ticket.version)
    return ticket


def append(
    ticket: Ticket,
    payload: Payload,
    *,
    actor: Actor,
    audience: Audience = Audience.INTERNAL,
    cause: int | None = None,
) -> TimelineEntry:
    """Record an event on a locked ticket and save what it changes."""
    entry = record(ticket, payload=payload, actor=actor, audience=audience, cause=cause)
    names = ticket.become(apply(ticket.state, payload, entry.at))
    rows.update(ticket, (*names, "version"))
    return entry


def note_event(
    *,
    actor: Actor,
    ticket_id: int,
    payload: Payload,
    audience: Audience = Audience.INTERNAL,
    cause: int | None = None,
) -> TimelineEntry:
    """Put an event of an upper room on a ticket's timeline."""
    with transaction.atomic():
        return append(locked(actor, ticket_id), payload, actor=actor, audience=audience, cause=cause)


def must_be_open(ticket: Ticket) -> None:
    """Raises WrongState for a resolved, closed or merged ticket."""
    if not ticket.is_open:
        raise WrongState(f"{ticket.reference} is {ticket.status}.", todo="Reopen it first.")
