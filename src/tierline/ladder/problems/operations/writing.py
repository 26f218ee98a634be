"""The one way in which a problem changes: lock the row, record on its timeline and on its tickets'."""

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.operations import record
from tierline.core.timeline.rules import Payload
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.ladder.problems.errors import WrongState
from tierline.ladder.problems.models import Problem, ProblemTicket
from tierline.ladder.problems.rules import ProblemState


def locked(actor: Actor, problem_id: int, *, right: Right = Right.PROBLEM_WORK) -> Problem:
    """The problem, locked until the transaction ends. Raises NotFound."""
    actor = holding(actor, right)
    problem = Problem.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=problem_id).first()
    if problem is None:
        raise NotFound
    return problem


def must_be_open(problem: Problem) -> None:
    """Raises WrongState for a closed problem."""
    if problem.state == ProblemState.CLOSED:
        raise WrongState(f"{problem.reference} is closed.", todo="Open a new problem if the fault is back.")


def tell(actor: Actor, problem: Problem, payload: Payload) -> None:
    """Record the event on the problem, save the problem, and record the event on each linked ticket."""
    cause = record_on(actor, problem, payload)
    links = ProblemTicket.objects.filter(problem=problem).order_by("ticket_id")
    for ticket_id in links.values_list("ticket_id", flat=True):
        note(actor, ticket_id, payload, cause=cause)


def record_on(actor: Actor, problem: Problem, payload: Payload) -> int:
    """Record the event on the problem alone, and save the problem; returns the entry's id."""
    entry = record(problem, payload=payload, actor=actor)
    problem.changed_at = clock.now()
    problem.save()
    return entry.pk


def note(actor: Actor, ticket_id: int, payload: Payload, *, cause: int | None = None) -> None:
    """Record the event on one ticket.

    A person's ticket entries are written by the machine on their behalf: a linked ticket may stand on a desk that
    they do not see, and its timeline must be complete all the same.
    """
    machine = Actor.machine("problems", request_id=actor.request_id).for_person(actor.label)
    tickets.note_event(actor=actor if actor.is_machine else machine, ticket_id=ticket_id, payload=payload, cause=cause)
