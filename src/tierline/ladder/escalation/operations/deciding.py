"""The receiver's side: accept, bounce, or answer without taking over."""

from collections.abc import Callable

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import ADMINISTRATOR, LEAD, Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.events import OfferEnded
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations.writing import append, locked, must_be_open
from tierline.ladder.escalation import events
from tierline.ladder.escalation.errors import AlreadyDecided, NotYours
from tierline.ladder.escalation.models import Handover
from tierline.ladder.escalation.rules.handovers import (
    HandoverState,
    Mode,
    ReasonCode,
    Verb,
    after,
    moves_ownership,
)

REASON_LIMIT = 2_000

Allowed = Callable[[Actor, Handover], bool]


def _over_all(actor: Actor) -> bool:
    return actor.is_machine or bool(actor.roles & {LEAD, ADMINISTRATOR})


def may_decide(actor: Actor, handover: Handover) -> bool:
    """The receiving group decides; a lead, an administrator or the product itself may stand in."""
    return handover.to_group_id in actor.group_ids or _over_all(actor)


def may_withdraw(actor: Actor, handover: Handover) -> bool:
    """Whoever asked, and the group that owns the ticket, may take the question back."""
    asked = handover.asked_by_id is not None and handover.asked_by_id == actor.person_id
    return asked or handover.from_group_id in actor.group_ids or _over_all(actor)


def decide(
    actor: Actor, handover_id: int, verb: Verb, *, allowed: Allowed, reason: str = "", reason_code: str = ""
) -> Handover:
    """Lock the ticket, then its hand-over, and write the decision down. In the caller's transaction.

    Ends the offer, unless the verb moves the ticket: the assignment does that. Raises NotFound, NotYours and
    AlreadyDecided.
    """
    ticket_id = Handover.objects.visible_to(actor).filter(pk=handover_id).values_list("ticket_id", flat=True).first()
    if ticket_id is None:
        raise NotFound
    ticket = locked(actor, ticket_id)
    handover = Handover.objects.select_related("to_group", "from_group").get(pk=handover_id)
    if not allowed(actor, handover):
        raise NotYours
    try:
        handover.state = after(HandoverState(handover.state), verb)
    except ValueError as problem:
        raise AlreadyDecided(str(problem)) from problem
    handover.ticket = ticket
    handover.decided_by_id, handover.decided_label = actor.person_id, actor.label
    handover.decided_at, handover.reason_code = clock.now(), reason_code
    handover.reason = clean(reason, REASON_LIMIT).strip()
    handover.save()
    if ticket.offered_tier is not None and not moves_ownership(Mode(handover.mode), verb):
        append(ticket, OfferEnded(), actor=actor)
    return handover


def accept(*, actor: Actor, handover_id: int) -> Handover:
    """Take it on: a transfer moves tier and group, and whoever accepts becomes the assignee.

    A swarm leaves the owner and adds the accepting person as a helper. The sender's clock runs until here.
    Raises NotFound, NotYours, AlreadyDecided, and WrongState for a ticket that is not open any more.
    """
    actor = holding(actor, Right.ESCALATION_DECIDE)
    with transaction.atomic():
        handover = decide(actor, handover_id, Verb.ACCEPT, allowed=may_decide)
        must_be_open(handover.ticket)
        payload = events.EscalationAccepted(
            handover_id=handover.pk,
            from_tier=handover.from_tier,
            to_tier=handover.to_tier,
            mode=handover.mode,
        )
        append(handover.ticket, payload, actor=actor)
        if moves_ownership(Mode(handover.mode), Verb.ACCEPT):
            tickets.assign(
                actor=actor,
                ticket_id=handover.ticket_id,
                group_id=handover.to_group_id,
                person_id=actor.person_id if handover.to_group_id in actor.group_ids else None,
                tier=handover.to_tier,
                why={"reason": f"{handover.reference} accepted", "handover_id": handover.pk},
            )
            handover.ticket.refresh_from_db()
        return handover


def bounce(*, actor: Actor, handover_id: int, reason_code: ReasonCode | str, reason: str = "") -> Handover:
    """Send it back with a reason code; `other` needs words. The ticket never left its owner.

    Raises NotFound, NotYours, AlreadyDecided and Invalid.
    """
    actor = holding(actor, Right.ESCALATION_DECIDE)
    try:
        code = ReasonCode(reason_code)
    except ValueError:
        raise Invalid({"reason_code": "Please choose why it goes back."}) from None
    if code == ReasonCode.OTHER and not reason.strip():
        raise Invalid({"reason": "Please say why it goes back."})
    with transaction.atomic():
        handover = decide(actor, handover_id, Verb.BOUNCE, allowed=may_decide, reason=reason, reason_code=code.value)
        payload = events.EscalationBounced(
            handover_id=handover.pk,
            from_tier=handover.from_tier,
            to_tier=handover.to_tier,
            mode=handover.mode,
            reason_code=code.value,
            reason=handover.reason,
        )
        append(handover.ticket, payload, actor=actor)
        return handover


def answer(*, actor: Actor, handover_id: int, text: str) -> Handover:
    """Answer the question without taking the ticket over; the words become an internal note for the sender.

    Raises NotFound, NotYours, AlreadyDecided and Invalid for an empty answer.
    """
    actor = holding(actor, Right.ESCALATION_DECIDE)
    if not clean(text).strip():
        raise Invalid({"text": "There is no answer yet."})
    with transaction.atomic():
        handover = decide(actor, handover_id, Verb.ANSWER, allowed=may_decide)
        note = tickets.add_note(actor=actor, ticket_id=handover.ticket_id, text=text)
        payload = events.EscalationAnswered(
            handover_id=handover.pk,
            from_tier=handover.from_tier,
            to_tier=handover.to_tier,
            mode=handover.mode,
            message_id=note.pk,
        )
        tickets.note_event(actor=actor, ticket_id=handover.ticket_id, payload=payload)
        handover.ticket.refresh_from_db()
        return handover


def settle(*, actor: Actor, ticket_id: int) -> Handover | None:
    """Withdraw a waiting question that has lost its ground: the ticket was resolved, merged or given elsewhere.

    Called after such events; safe to repeat. None if nothing waits or everything is as it was.
    """
    if not Handover.objects.pending().filter(ticket_id=ticket_id).exists():
        return None
    with transaction.atomic():
        ticket = Ticket.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=ticket_id).first()
        waiting = Handover.objects.pending().filter(ticket_id=ticket_id).first()
        if ticket is None or waiting is None:
            return None
        reason = _lost_ground(ticket, waiting)
        if not reason:
            return None
        handover = decide(actor, waiting.pk, Verb.WITHDRAW, allowed=may_withdraw, reason=reason)
        payload = events.EscalationWithdrawn(
            handover_id=handover.pk,
            from_tier=handover.from_tier,
            to_tier=handover.to_tier,
            mode=handover.mode,
            reason=reason,
        )
        append(handover.ticket, payload, actor=actor)
        return handover


def _lost_ground(ticket: Ticket, waiting: Handover) -> str:
    if not ticket.is_open:
        return f"the ticket was {ticket.status}"
    if ticket.group_id != waiting.from_group_id or ticket.tier != waiting.from_tier:
        return "the ticket was given to another group"
    return ""
