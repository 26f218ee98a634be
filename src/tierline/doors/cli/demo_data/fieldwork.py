"""What waits when somebody looks: a visit in the week to come, a question for the lead, one for the specialists."""

from datetime import datetime, timedelta

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import TierlineError
from tierline.desk.people.queries import actor_for
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import OPEN_STATUSES
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.escalation import queries as escalation_queries
from tierline.work.field import operations as field

from .company import SETUP, Company

TOOL = "https://help.nordlicht.example/session?ticket={ticket}&who={requester}"
TECHNICIAN = "Tomasz Wilk"
SPECIALISTS = 2


def ahead(company: Company) -> None:
    """Whoever opens the agenda sees somebody on the way."""
    field.add_tool(actor=SETUP, name="Nordlicht Bridge", template=TOOL)
    acting = actor_for(company.staff[TECHNICIAN])
    group = company.groups["service-desk"]
    tickets = Ticket.objects.filter(group=group, status__in=OPEN_STATUSES, major=None, major_part=None).order_by("-pk")
    chosen = list(tickets.filter(service__key="workplace")[:1] or tickets[:1])
    if not chosen:
        return
    _ask_specialists(acting, tickets.filter(kind="incident").exclude(pk=chosen[0].pk).first())
    begins = _morning(clock.now())
    try:
        field.plan_visit(
            actor=acting,
            ticket_id=chosen[0].pk,
            technician_id=company.staff[TECHNICIAN].pk,
            place="Building 2, second floor, desk 214",
            task="Bring a dock and a spare cable; look whether the desk's socket is wired.",
            starts_at=begins,
            ends_at=begins + timedelta(hours=1),
        )
        escalation.appeal(
            actor=acting, ticket_id=chosen[0].pk, reason="The repair costs more than the limit. May I order it?"
        )
    except TierlineError:
        return  # everybody is away: a quiet week is a life, too


def _ask_specialists(acting: Actor, ticket: Ticket | None) -> None:
    """A hand-over that the next tier has to answer, with what is missing and why it goes up all the same."""
    if ticket is None:
        return
    question = "Is this known on your side, and what may I tell the requester until it is solved?"
    reason = "the requester is on the road until tomorrow"
    try:
        state = escalation_queries.contract_state(acting, ticket.pk, SPECIALISTS, question=question)
        overrides = {item.key: reason for item in state.missing}
        escalation.escalate(
            actor=acting, ticket_id=ticket.pk, to_tier=SPECIALISTS, question=question, overrides=overrides
        )
    except TierlineError:
        return  # nobody stands there, or somebody was quicker


def _morning(now: datetime) -> datetime:
    """Ten o'clock on the next working day."""
    day = now + timedelta(days=1)
    while day.weekday() >= 5:  # noqa: PLR2004 (Saturday)
        day += timedelta(days=1)
    return day.replace(hour=9, minute=0, second=0, microsecond=0)
