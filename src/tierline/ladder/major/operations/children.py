"""The parts of a major incident: tickets that are attached, detached, or join by themselves."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import Person
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.ladder.major.errors import NothingToAttach
from tierline.ladder.major.events import ChildDetached, ChildrenAttached, Joined, Left
from tierline.ladder.major.models import Child, MajorIncident, Subscription, Update

from .writing import locked, machine_for, must_be_active, note

MOST_AT_ONCE = 10_000


def attach(*, actor: Actor, major_id: int, ticket_ids: Sequence[int]) -> int:
    """Make open tickets parts of the major incident; their people are told what is known, once each.

    Tickets that cannot be attached are passed over: not the actor's to work on, solved, a part already, a major
    incident themselves, or of a confidential desk that is not this one's. Returns how many were attached; raises
    NothingToAttach for none, WrongState and NotFound.
    """
    with transaction.atomic():
        major = locked(actor, major_id)
        must_be_active(major)
        seen = (
            Ticket.objects.inside(holding(actor, Right.TICKET_WORK)) if not actor.is_machine else Ticket.objects.all()
        )
        fitting = seen.filter(pk__in=list(ticket_ids)[:MOST_AT_ONCE]).open().filter(_fits(major))
        found = sorted(fitting.values_list("pk", flat=True))
        if not found:
            raise NothingToAttach
        _add(actor, major, found)
        return len(found)


def detach(*, actor: Actor, major_id: int, ticket_id: int) -> None:
    """Say that a ticket is no part of it after all. Raises NotFound when it is none."""
    with transaction.atomic():
        major = locked(actor, major_id)
        deleted, _ = Child.objects.filter(major=major, ticket_id=ticket_id).delete()
        if not deleted:
            raise NotFound
        note(actor, major, ChildDetached(major_id=major.pk, ticket_id=ticket_id))
        left = Left(major_id=major.pk, ticket_id=major.ticket_id)
        tickets.note_event(actor=machine_for(actor.label), ticket_id=ticket_id, payload=left)


def me_too(*, actor: Actor, major_id: int, person: Person, text: str) -> Ticket:
    """Somebody who reads the status page has it too: a request of their own, a part of it from the first moment.

    A second time gives the request that is there. Raises WrongState and NotFound.
    """
    with transaction.atomic():
        major = _shown(actor, major_id)
        must_be_active(major)
        known = Ticket.objects.open().filter(Q(major_part__major=major) | Q(major=major), requester=person)
        if (ticket := known.order_by("pk").first()) is not None:
            return ticket
        ticket = tickets.open_ticket(
            actor=actor,
            requester=person,
            title=major.public_title,
            text=text,
            channel="portal",
            desk=major.ticket.desk,
            service=major.ticket.service,
            impact=major.ticket.impact,
            urgency=major.ticket.urgency,
        )
        _add(machine_for(actor.label), major, [ticket.pk])
        return ticket


def subscribe(*, actor: Actor, major_id: int) -> None:
    """Hear of it by mail without a request of one's own. A second time changes nothing. Raises WrongState, NotFound."""
    with transaction.atomic():
        major = _shown(actor, major_id)
        must_be_active(major)
        Subscription.objects.get_or_create(major=major, person_id=actor.person_id, defaults={"since": clock.now()})


def unsubscribe(*, actor: Actor, major_id: int) -> None:
    """Hear no more of it. Safe to repeat."""
    with transaction.atomic():
        Subscription.objects.filter(major_id=major_id, person_id=actor.person_id or 0).delete()


def _shown(actor: Actor, major_id: int) -> MajorIncident:
    found = MajorIncident.objects.on_status_page_of(actor).filter(pk=major_id).select_for_update(of=("self",))
    major = found.select_related("ticket__desk", "ticket__service").first()
    if major is None or actor.person_id is None:
        raise NotFound
    return major


def _fits(major: MajorIncident) -> Q:
    desk = major.ticket.desk
    same = Q(desk=desk) if desk.confidential else Q(desk=desk) | Q(desk__confidential=False)
    return same & Q(major__isnull=True, major_part__isnull=True)


def _add(actor: Actor, major: MajorIncident, ticket_ids: Sequence[int]) -> None:
    now = clock.now()
    Child.objects.bulk_create(
        Child(major=major, ticket_id=one, attached_by=actor.label, attached_at=now) for one in ticket_ids
    )
    note(actor, major, ChildrenAttached(major_id=major.pk, ticket_ids=list(ticket_ids)))
    machine, joined = machine_for(actor.label), Joined(major_id=major.pk, ticket_id=major.ticket_id)
    for one in ticket_ids:
        tickets.note_event(actor=machine, ticket_id=one, payload=joined)
    newest = Update.objects.public().filter(major=major).order_by("-pk").first()
    if newest is not None:
        jobs.enqueue("major.tell", update_id=newest.pk)
