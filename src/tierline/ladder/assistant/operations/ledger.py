"""The honest ledger: what became of each attempt. Rows are added, never changed but for which one is current."""

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Payload
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import Resolution
from tierline.ladder.assistant.events import HandedOver, OutcomeChanged
from tierline.ladder.assistant.models import Attempt, Outcome
from tierline.ladder.assistant.rules import SILENT_AFTER, VERSION, OutcomeClass, due_outcome, may_become

SILENCE = (
    "We have not heard from you, so we put this aside. If it is not solved, just answer and a person will look at it."
)


def machine() -> Actor:
    """Tier 0 as an actor, with the version of its rules."""
    return Actor.machine("assistant", version=VERSION)


def locked_ticket(ticket_id: int) -> Ticket | None:
    """The ticket's row, locked: what tier 0 does to one ticket happens one after the other."""
    return Ticket.objects.select_for_update(of=("self",)).filter(pk=ticket_id).first()


def current(ticket_id: int) -> Outcome | None:
    """The last word in the ledger on a ticket, locked with the ticket."""
    return Outcome.objects.current().select_related("attempt").filter(ticket_id=ticket_id).first()


def settle_as(attempt: Attempt, new: OutcomeClass, *, actor: Actor) -> bool:
    """Move the ledger on, if the rule lets it; the ticket is locked by the caller. Says whether it moved."""
    before = current(attempt.ticket_id)
    was = OutcomeClass(before.outcome) if before else None
    if not may_become(was, new):
        return False
    if before is not None:
        before.is_current = False
        before.save(update_fields=["is_current"])
    Outcome.objects.create(ticket_id=attempt.ticket_id, attempt=attempt, outcome=new, at=clock.now())
    payload = OutcomeChanged(attempt_id=attempt.pk, outcome=new, before=was or "")
    note(actor, attempt, payload)
    return True


def note(actor: Actor, attempt: Attempt, payload: Payload, cause: int | None = None) -> TimelineEntry:
    """Put an event of tier 0 on the ticket's timeline."""
    return tickets.note_event(actor=actor, ticket_id=attempt.ticket_id, payload=payload, cause=cause)


def hand_over(attempt: Attempt, *, reason: str, knows: tuple[str, ...], cause: int | None) -> None:
    """Give the ticket to people with what is known. Triage reacts to the event."""
    tickets.resume(actor=machine(), ticket_id=attempt.ticket_id)
    note(machine(), attempt, HandedOver(attempt_id=attempt.pk, reason=reason, knows=list(knows)), cause)


def verify(*, actor: Actor, ticket_id: int) -> bool:
    """The system itself saw that it is solved (an action's check passed). Says whether the ledger moved."""
    actor = holding(actor, Right.TICKET_WORK)
    with transaction.atomic():
        locked_ticket(ticket_id)
        outcome = current(ticket_id)
        if outcome is None or not settle_as(outcome.attempt, OutcomeClass.VERIFIED, actor=actor):
            return False
        resolve(outcome.attempt)
        return True


def resolve(attempt: Attempt) -> None:
    """Resolve the ticket at tier 0 by what the attempt cited."""
    known = bool(attempt.matches) and "KE-" in attempt.says
    tickets.resolve(
        actor=machine(),
        ticket_id=attempt.ticket_id,
        resolution=attempt.says,
        code=Resolution.KNOWN_ERROR if known else Resolution.SOLVED,
        tier=0,
    )


def settle(limit: int = 500) -> int:
    """Turn answers that nobody reacted to silent, and put their tickets aside; returns how many.

    A silent ticket is withdrawn, not solved: no figure counts it as resolved.
    """
    due = Outcome.objects.current().filter(outcome=OutcomeClass.PENDING, at__lte=clock.now() - SILENT_AFTER)
    return sum(_settle_one(ticket_id) for ticket_id in list(due.values_list("ticket_id", flat=True)[:limit]))


def _settle_one(ticket_id: int) -> bool:
    with transaction.atomic():
        ticket = locked_ticket(ticket_id)
        outcome = current(ticket_id)
        if ticket is None or outcome is None:
            return False
        new = due_outcome(current=OutcomeClass(outcome.outcome), since=outcome.at, reopened_at=None, now=clock.now())
        if new is not OutcomeClass.SILENT or not settle_as(outcome.attempt, new, actor=machine()):
            return False
        if ticket.is_open and ticket.tier == 0 and ticket.group_id is None:
            tickets.resolve(
                actor=machine(),
                ticket_id=ticket_id,
                resolution="No reaction to the answer of tier 0.",
                code=Resolution.WITHDRAWN,
                text=SILENCE,
                tier=0,
            )
        return True
