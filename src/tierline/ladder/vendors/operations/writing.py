"""The one way in which a case changes: lock its ticket, then the case, and record on the ticket's timeline."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Payload
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations.writing import append, locked
from tierline.ladder.vendors.errors import WrongState
from tierline.ladder.vendors.models import Case
from tierline.ladder.vendors.rules import State, Verb, after


def locked_case(actor: Actor, case_id: int, *, right: Right = Right.ESCALATE) -> Case:
    """The case with its ticket, both locked until the transaction ends; whoever works there may. Raises NotFound."""
    seen = holding(actor, right)
    ticket_id = Case.objects.inside(seen).filter(pk=case_id).values_list("ticket_id", flat=True).first()
    if ticket_id is None:
        raise NotFound
    ticket = locked(seen, ticket_id)
    case = Case.objects.select_for_update(of=("self",)).select_related("vendor__terms").get(pk=case_id)
    if case.ticket_id != ticket.pk:  # moved by a merge in this very moment
        ticket = locked(Actor.machine("vendors"), case.ticket_id)
    case.ticket = ticket
    return case


def move(case: Case, verb: Verb) -> None:
    """Set the state that the verb leads to. Raises WrongState."""
    try:
        case.state = after(State(case.state), verb)
    except ValueError as problem:
        raise WrongState(f"{case.reference}: {problem}") from problem


def note(actor: Actor, case: Case, payload: Payload) -> TimelineEntry:
    """Record the event on the case's ticket, for staff."""
    return append(case.ticket, payload, actor=actor)


def current(ticket: Ticket) -> Ticket:
    """The ticket in which a merged one goes on, locked."""
    while ticket.merged_into_id is not None:
        ticket = locked(Actor.machine("vendors"), ticket.merged_into_id)
    return ticket


def on_behalf(case: Case, whom: str) -> Actor:
    """The room itself, on a vendor's word."""
    return Actor.machine("vendors").for_person(f"{case.vendor.name}, {whom}"[:200] if whom else case.vendor.name)
