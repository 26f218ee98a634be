"""Problems: found, linked, understood, closed."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import clean, one_line
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue.models import Component
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import queries as ticket_queries
from tierline.desk.tickets.models import Ticket
from tierline.ladder.problems.errors import AlreadyLinked, NotClosable
from tierline.ladder.problems.events import CauseRecorded, ProblemClosed, ProblemOpened, ProblemSuggested, TicketLinked
from tierline.ladder.problems.models import Fix, Problem, ProblemTicket
from tierline.ladder.problems.queries import cluster_of
from tierline.ladder.problems.rules import CLUSTER, CLUSTER_DAYS, ProblemState, closing_gap, forward

from .writing import locked, must_be_open, note, record_on, tell


def open_problem(*, actor: Actor, ticket_id: int, title: str = "", ticket_ids: Sequence[int] = ()) -> Problem:
    """Open a problem behind a ticket, and link further ones at once. The actor owns it.

    Raises NotFound, and AlreadyLinked for a ticket that has a problem.
    """
    actor = holding(actor, Right.PROBLEM_WORK)
    with transaction.atomic():
        ticket = ticket_queries.get(actor, ticket_id)
        problem = Problem.objects.create(
            title=one_line(title) or ticket.title,
            desk_id=ticket.desk_id,
            owner_id=actor.person_id,
            opened_at=clock.now(),
            changed_at=clock.now(),
        )
        _link(actor, problem, ticket)
        tell(actor, problem, ProblemOpened(problem_id=problem.pk, title=problem.title))
        for further in dict.fromkeys(ticket_ids):
            if further != ticket_id:
                link_ticket(actor=actor, problem_id=problem.pk, ticket_id=further)
        problem.refresh_from_db()
        return problem


def link_ticket(*, actor: Actor, problem_id: int, ticket_id: int) -> ProblemTicket:
    """Say that a problem caused a ticket. A second time changes nothing. Raises AlreadyLinked for another problem's."""
    with transaction.atomic():
        problem = locked(actor, problem_id)
        must_be_open(problem)
        ticket = ticket_queries.get(actor, ticket_id)
        known = ProblemTicket.objects.filter(ticket=ticket, problem=problem).first()
        if known is not None:
            return known
        link = _link(actor, problem, ticket)
        payload = TicketLinked(problem_id=problem.pk, ticket_id=ticket.pk)
        record_on(actor, problem, payload)
        note(actor, ticket.pk, payload)
        return link


def record_cause(
    *, actor: Actor, problem_id: int, cause: str, component: str = "", evidence: Sequence[str] = ()
) -> Problem:
    """Say what the cause is, in which component, and what proves it (references such as R-77 or a file's name).

    Raises Invalid without a cause, WrongState when the problem is closed, NotFound.
    """
    cause = clean(cause, 20_000).strip()
    if not cause:
        raise Invalid({"cause": "Say what the cause is."})
    with transaction.atomic():
        problem = locked(actor, problem_id)
        must_be_open(problem)
        problem.cause, problem.component_name = cause, one_line(component, 80)
        problem.component = Component.objects.filter(key=component).order_by("pk").first() if component else None
        problem.cause_evidence = [one_line(str(one), 300) for one in evidence][:50]
        problem.state = forward(problem.state, ProblemState.CONTROLLED)
        recorded = CauseRecorded(problem_id=problem.pk, cause=cause, component=problem.component_name)
        tell(actor, problem, recorded)
        return problem


def close_problem(*, actor: Actor, problem_id: int, reason: str = "") -> Problem:
    """Close the problem: with a verified fix, or with the reason for closing without one.

    Raises NotClosable with what is missing, WrongState when it is closed already, NotFound.
    """
    with transaction.atomic():
        problem = locked(actor, problem_id)
        must_be_open(problem)
        states = list(Fix.objects.filter(problem=problem).values_list("state", flat=True))
        if gap := closing_gap(fix_states=states, reason=reason):
            raise NotClosable(gap)
        problem.state, problem.closed_at = ProblemState.CLOSED, clock.now()
        tell(actor, problem, ProblemClosed(problem_id=problem.pk, reason=clean(reason, 2_000).strip()))
        return problem


def suggest_problem(*, actor: Actor, ticket_id: int) -> ProblemSuggested | None:
    """Suggest a problem on a ticket whose fault several recent tickets share while none of them has a problem.

    One suggestion for a group of tickets within two weeks, however many of them are resolved. Raises NotFound.
    """
    ticket = ticket_queries.get(actor, ticket_id)
    since = clock.now() - timedelta(days=CLUSTER_DAYS)
    cluster = cluster_of(ticket, since=since)
    if cluster is None or len(cluster.ticket_ids) < CLUSTER:
        return None
    with transaction.atomic():
        # one at a time among the same tickets: the oldest one's row is the lock
        Ticket.objects.select_for_update(of=("self",)).filter(pk=min(cluster.ticket_ids)).first()
        if _has_problem_or_suggestion(cluster.ticket_ids, ticket_id):
            return None
        suggested = ProblemSuggested(ticket_ids=list(cluster.ticket_ids), shared=cluster.shared)
        note(actor, ticket_id, suggested)
        return suggested


def _has_problem_or_suggestion(ticket_ids: Sequence[int], ticket_id: int) -> bool:
    if ProblemTicket.objects.filter(ticket_id__in=ticket_ids).exists():
        return True
    told = TimelineEntry.objects.filter(
        subject_kind="ticket", subject_id__in={*ticket_ids, ticket_id}, kind=ProblemSuggested.kind
    )
    return told.exists()


def _link(actor: Actor, problem: Problem, ticket: Ticket) -> ProblemTicket:
    try:
        with transaction.atomic():
            return ProblemTicket.objects.create(
                problem=problem, ticket=ticket, linked_by=actor.label, linked_at=clock.now()
            )
    except IntegrityError:
        other = ProblemTicket.objects.get(ticket=ticket).problem_id
        raise AlreadyLinked(f"{ticket.reference} belongs to PRB-{other} already.") from None
