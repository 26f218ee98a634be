"""Who has the ticket, what it is about, and whom it waits for."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Audience
from tierline.desk.catalogue.models import Vendor
from tierline.desk.people.models import Membership, Person, SupportGroup
from tierline.desk.people.rules import Right
from tierline.desk.tickets.errors import GoesUp, WrongState
from tierline.desk.tickets.events import (
    Assigned,
    Classified,
    FactsRecorded,
    Offered,
    OfferEnded,
    RequesterNamed,
    TierTried,
    WaitEnded,
    WaitStarted,
)
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import Kind, Status, Waiting, priority_of

from .writing import append, locked, must_be_open

FACTS = 60
FRONTLINE = 1  # the lowest tier that people work on


def classify(
    *,
    actor: Actor,
    ticket_id: int,
    impact: int | None = None,
    urgency: int | None = None,
    service_id: int | None = None,
    kind: Kind | None = None,
    priority: int | None = None,
    reason: str = "",
    why: Mapping[str, Any] | None = None,
    seen_version: int | None = None,
) -> Ticket:
    """Say what the ticket is; priority follows from the matrix. What is None stays as it is.

    Setting `priority` against the matrix needs a reason. Raises Invalid, NotFound and ChangedMeanwhile.
    """
    with transaction.atomic():
        ticket = locked(actor, ticket_id, seen_version=seen_version, right=Right.TICKET_WORK)
        must_be_open(ticket)
        chosen = (impact or ticket.impact, urgency or ticket.urgency)
        by_matrix = _matrix(*chosen)
        overridden = priority is not None and priority != by_matrix
        if overridden and not reason.strip():
            raise Invalid({"reason": "A priority against the matrix needs a reason."})
        payload = Classified(
            ticket_kind=Kind(kind or ticket.kind),
            service_id=service_id if service_id is not None else ticket.service_id,
            impact=chosen[0],
            urgency=chosen[1],
            priority=priority or by_matrix,
            overridden=overridden,
            reason=one_line(reason),
            why=dict(why or {}),
        )
        append(ticket, payload, actor=actor)
        return ticket


def _matrix(impact: int, urgency: int) -> int:
    try:
        return priority_of(impact, urgency)
    except KeyError as problem:
        raise Invalid({"impact": "Impact and urgency run from 1 to 3."}) from problem


def assign(
    *,
    actor: Actor,
    ticket_id: int,
    group_id: int,
    person_id: int | None = None,
    tier: int | None = None,
    why: Mapping[str, Any] | None = None,
    seen_version: int | None = None,
) -> Ticket:
    """Make a group, and perhaps a person of it, the one owner. A group of another desk takes the ticket there.

    People give it to groups of its tier or below: `tier` is named by the verbs that may go up (an accepted hand-over,
    a contract with direct access). Raises GoesUp, Invalid when the person does not work in the group, NotFound,
    WrongState and ChangedMeanwhile.
    """
    with transaction.atomic():
        ticket = locked(actor, ticket_id, seen_version=seen_version, right=Right.TICKET_WORK)
        must_be_open(ticket)
        group = SupportGroup.objects.filter(pk=group_id, active=True).first()
        if group is None:
            raise NotFound
        if tier is None and not actor.is_machine:
            _must_not_climb(ticket, group)
        person = _member(group, person_id) if person_id is not None else None
        payload = Assigned(
            tier=group.tier if tier is None else tier,
            group_id=group.pk,
            person_id=person_id,
            group_label=group.name,
            person_label=person.name if person else "",
            desk_id=group.desk_id if group.desk_id != ticket.desk_id else None,
            why=dict(why or {}),
        )
        append(ticket, payload, actor=actor)
        return ticket


def _must_not_climb(ticket: Ticket, group: SupportGroup) -> None:
    if group.tier > max(ticket.tier, FRONTLINE):
        raise GoesUp(
            f"{group.name} works on tier {group.tier} and {ticket.reference} is on tier {max(ticket.tier, FRONTLINE)}.",
            kept="It stays where it is.",
            todo="Escalate it, so that they get what was found out with it.",
        )


def _member(group: SupportGroup, person_id: int) -> Person:
    found = Membership.objects.select_related("person").filter(group=group, person_id=person_id).first()
    if found is None or not found.person.is_active:
        raise Invalid({"person": f"This person does not work in {group.name}."})
    return found.person


def take(*, actor: Actor, ticket_id: int, seen_version: int | None = None) -> Ticket:
    """Take the ticket oneself, within the group that owns it. Raises WrongState without a group of one's own."""
    with transaction.atomic():
        ticket = locked(actor, ticket_id, seen_version=seen_version, right=Right.TICKET_WORK)
        if ticket.group_id is None or ticket.group_id not in actor.group_ids:
            raise WrongState("You do not work in the group that owns this ticket.", todo="Ask its lead to assign you.")
        why = {"reason": "taken by hand"}
        return assign(
            actor=actor,
            ticket_id=ticket_id,
            group_id=ticket.group_id,
            person_id=actor.person_id,
            tier=ticket.tier,
            why=why,
        )


def release(*, actor: Actor, ticket_id: int) -> Ticket:
    """Give the ticket back to its group. Raises WrongState when no group owns it."""
    with transaction.atomic():
        ticket = locked(actor, ticket_id, right=Right.TICKET_WORK)
        if ticket.group_id is None:
            raise WrongState("No group owns this ticket yet.")
        return assign(
            actor=actor,
            ticket_id=ticket_id,
            group_id=ticket.group_id,
            tier=ticket.tier,
            why={"reason": "released"},
        )


def tier_tried(*, actor: Actor, ticket_id: int, tier: int) -> Ticket:
    """Note that a tier tried without owning the ticket (tier 0); once is enough."""
    with transaction.atomic():
        ticket = locked(actor, ticket_id, right=Right.TICKET_WORK)
        if tier not in ticket.tiers_tried:
            append(ticket, TierTried(tier=tier), actor=actor)
        return ticket


def offer(*, actor: Actor, ticket_id: int, tier: int, group_id: int | None) -> Ticket:
    """A hand-over to another tier waits for acceptance; the owner stays. Raises WrongState when one waits already."""
    with transaction.atomic():
        ticket = locked(actor, ticket_id, right=Right.ESCALATE)
        must_be_open(ticket)
        if ticket.offered_tier is not None:
            raise WrongState("A hand-over of this ticket waits for an answer already.")
        append(ticket, Offered(tier=tier, group_id=group_id), actor=actor)
        return ticket


def end_offer(*, actor: Actor, ticket_id: int) -> Ticket:
    """The waiting hand-over was bounced, answered or withdrawn; nothing waits afterwards."""
    with transaction.atomic():
        ticket = locked(actor, ticket_id, right=Right.ESCALATE)
        if ticket.offered_tier is not None:
            append(ticket, OfferEnded(), actor=actor)
        return ticket


def record_facts(*, actor: Actor, ticket_id: int, facts: Mapping[str, str], source: str = "") -> TimelineEntry | None:
    """Record environment facts; only what is new or different is kept. None when nothing is."""
    with transaction.atomic():
        ticket = locked(actor, ticket_id)
        given = {one_line(key, 40): one_line(value) for key, value in facts.items() if value}
        new = {key: value for key, value in given.items() if ticket.facts.get(key) != value}
        room = FACTS - len(ticket.facts)
        new = dict(
            [item for item in new.items() if item[0] in ticket.facts]
            + [item for item in new.items() if item[0] not in ticket.facts][: max(room, 0)]
        )
        if not new:
            return None
        return append(ticket, FactsRecorded(facts=new, source=one_line(source, 80)), actor=actor)


def name_requester(*, actor: Actor, ticket_id: int, person_id: int, reason: str = "") -> Ticket:
    """Say whose request this is; its clocks then follow that person's contract. Nothing happens for the same person.

    Raises NotFound for a ticket or person that is not there.
    """
    with transaction.atomic():
        ticket = locked(actor, ticket_id, right=Right.TICKET_WORK)
        person = Person.objects.get_queryset().filter(pk=person_id).first()
        if person is None:
            raise NotFound
        if person.pk != ticket.requester_id:
            payload = RequesterNamed(
                requester_id=person.pk,
                organisation_id=person.organisation_id,
                before_id=ticket.requester_id,
                reason=one_line(reason),
            )
            append(ticket, payload, actor=actor)
        return ticket


def wait_for(
    *,
    actor: Actor,
    ticket_id: int,
    whom: Waiting | str,
    reason: str = "",
    vendor_id: int | None = None,
    seen_version: int | None = None,
) -> Ticket:
    """Wait for somebody outside the group. Clocks rest for a reason of `Waiting` only, as far as the policy says so.

    With `vendor_id` the clock of that vendor's contract runs. Raises Invalid for no such reason or vendor, WrongState.
    """
    if whom not in set(Waiting):
        raise Invalid({"whom": "Say whom it waits for: the requester, a vendor, a change or an approval."})
    with transaction.atomic():
        ticket = locked(actor, ticket_id, seen_version=seen_version, right=Right.TICKET_WORK)
        must_be_open(ticket)
        if ticket.status == Status.WAITING:
            raise WrongState(f"{ticket.reference} waits already.")
        _check_vendor(Waiting(whom), vendor_id)
        payload = WaitStarted(waiting_for=Waiting(whom), reason=one_line(reason), vendor_id=vendor_id)
        append(ticket, payload, actor=actor, audience=Audience.REQUESTER)
        return ticket


def _check_vendor(whom: Waiting, vendor_id: int | None) -> None:
    if vendor_id is None:
        return
    if whom != Waiting.VENDOR or not Vendor.objects.filter(pk=vendor_id, active=True).exists():
        raise Invalid({"vendor": "There is no such vendor to wait for."})


def resume(*, actor: Actor, ticket_id: int) -> Ticket:
    """Go on with a waiting ticket; nothing happens to one that does not wait."""
    with transaction.atomic():
        ticket = locked(actor, ticket_id, right=Right.TICKET_WORK)
        if ticket.status == Status.WAITING:
            append(ticket, WaitEnded(), actor=actor, audience=Audience.REQUESTER)
        return ticket
