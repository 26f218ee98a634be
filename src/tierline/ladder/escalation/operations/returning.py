"""The way down: the answer returns with the lesson that its tier owes."""

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean
from tierline.desk.people.models import SupportGroup
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations.writing import append, locked
from tierline.ladder.escalation import events
from tierline.ladder.escalation.errors import AlreadyPending, NoReceiver
from tierline.ladder.escalation.models import Handover
from tierline.ladder.escalation.rules.handovers import HandoverState
from tierline.work.knowledge.operations import owe_lesson
from tierline.work.routing.queries import group_for

LESSON_LIMIT = 2_000


def return_with_lesson(
    *, actor: Actor, ticket_id: int, to_tier: int, lesson: str, group_id: int | None = None
) -> Ticket:
    """Give a ticket back down with what the lower tier should learn from it; the lesson is then owed.

    An open ticket goes to the group that asked, unless `group_id` names another one. A resolved ticket stays with
    whoever resolved it, and no ticket is given to tier 0: there only the lesson goes. Raises Invalid for an empty
    lesson or a tier that is not lower, AlreadyPending while a question waits, NoReceiver and NotFound.
    """
    actor = holding(actor, Right.TICKET_WORK)
    words = clean(lesson, LESSON_LIMIT).strip()
    if not words:
        raise Invalid({"lesson": "Please say what the lower tier should learn from this."})
    with transaction.atomic():
        ticket = locked(actor, ticket_id)
        from_tier = ticket.tier
        if not 0 <= to_tier < from_tier:
            raise Invalid({"to_tier": f"The lesson of tier {from_tier} goes to a lower tier."})
        if Handover.objects.pending().filter(ticket=ticket).exists():
            raise AlreadyPending
        group = _home(ticket, to_tier, group_id) if ticket.is_open and to_tier > 0 else None
        payload = events.EscalationReturned(
            from_tier=from_tier,
            to_tier=to_tier,
            to_group_id=group.pk if group else 0,
            lesson=words,
        )
        append(ticket, payload, actor=actor)
        if group is not None:
            why = {"reason": f"returned from tier {from_tier} with its lesson"}
            tickets.assign(actor=actor, ticket_id=ticket_id, group_id=group.pk, tier=to_tier, why=why)
        owe_lesson(actor=actor, ticket_id=ticket_id, from_tier=from_tier, to_tier=to_tier, summary=words)
        ticket.refresh_from_db()
        return ticket


def _home(ticket: Ticket, to_tier: int, group_id: int | None) -> SupportGroup:
    """The group named, else the one on that tier that asked last, else the one that routing would choose."""
    if group_id is None:
        group_id = _last_sender(ticket, to_tier) or group_for(ticket, to_tier)[0]
    if group_id is None:
        raise NoReceiver(f"The desk has no group on tier {to_tier}.")
    group = SupportGroup.objects.filter(pk=group_id, active=True, desk_id=ticket.desk_id).first()
    if group is None:
        raise NotFound
    if group.tier != to_tier:
        raise Invalid({"group": f"{group.name} is on tier {group.tier}, not on tier {to_tier}."})
    return group


def _last_sender(ticket: Ticket, tier: int) -> int | None:
    accepted = Handover.objects.filter(ticket=ticket, state=HandoverState.ACCEPTED, from_tier=tier)
    active = accepted.filter(from_group__active=True, from_group__tier=tier).order_by("-id")
    return active.values_list("from_group_id", flat=True).first()
