"""Assignment: one ticket, or a group's whole queue, to the people who should have them now."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import SupportGroup
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries import get
from tierline.work.routing import events, queries
from tierline.work.routing.errors import NoGroupYet, PlanChanged
from tierline.work.routing.models import Decision
from tierline.work.routing.rules.dealing import Choice, deal, plan_of

from .keeping import keep


def assign_next(*, actor: Actor, ticket_id: int) -> Decision:
    """Give a ticket to the member of its group who should have it now, or leave it there and say why.

    Raises NoGroupYet, NotFound and WrongState for a resolved ticket.
    """
    require(actor, Right.TICKET_WORK)
    with transaction.atomic():
        ticket = get(actor, ticket_id)
        if ticket.group_id is None:
            raise NoGroupYet(todo="Let triage choose one first.")
        _lock(ticket.group_id)
        (choice,) = _choices(ticket.group_id, [ticket], clock.now())
        return _settle(actor, ticket, choice)


def deal_out(*, actor: Actor, group_id: int, plan: str = "") -> list[Decision]:
    """Give the waiting tickets of a group to its people so that all together cost the fewest points.

    With `plan`, the name of the plan that was shown, it must still be the same one: else PlanChanged. Raises NotFound.
    """
    with transaction.atomic():
        group = queries.visible_group(actor, group_id)
        require(actor, Right.STAFF_PLAN, desk_id=group.desk_id)
        _lock(group.pk)
        waiting = list(queries.waiting_in(actor, group_id)[: queries.DEAL_LIMIT])
        choices = _choices(group_id, waiting, clock.now())
        if plan and plan_of(choices) != plan:
            raise PlanChanged(kept="Nothing was assigned.", todo="Look at the new plan.")
        by_id = {one.pk: one for one in waiting}
        return [_settle(actor, by_id[choice.ticket_id], choice) for choice in choices]


def _lock(group_id: int) -> None:
    """One deal at a time in a group: two at once would fill the same places twice."""
    SupportGroup.objects.select_for_update().get(pk=group_id)


def _choices(group_id: int, waiting: Sequence[Ticket], at: datetime) -> tuple[Choice, ...]:
    people = queries.candidates(group_id, at)
    return deal(people, queries.waiting_tickets(waiting, people, at), at).choices


def _settle(actor: Actor, ticket: Ticket, choice: Choice) -> Decision:
    """Do what was chosen for a ticket, and keep why."""
    if choice.person_id is None:
        _leave(actor, ticket, choice)
    elif choice.person_id != ticket.assignee_id:
        tickets.assign(
            actor=actor,
            ticket_id=ticket.pk,
            group_id=ticket.group_id or 0,
            person_id=choice.person_id,
            tier=ticket.tier,
            why=choice.receipt(),
        )
    return keep(actor, ticket, "assignment", choice.name or choice.why[0], choice.receipt(), choice.person_id)


def _leave(actor: Actor, ticket: Ticket, choice: Choice) -> None:
    counted: dict[str, int] = {}
    for one in choice.excluded:
        counted[one.rule] = counted.get(one.rule, 0) + 1
    payload = events.LeftWithGroup(group_id=ticket.group_id or 0, reason=choice.why[0], excluded=counted)
    tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=payload)
