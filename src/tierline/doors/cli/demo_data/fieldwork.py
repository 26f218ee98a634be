"""A tool for remote help, a visit in the week to come, and a question that waits for the lead."""

from datetime import datetime, timedelta

from tierline.core.kernel import clock
from tierline.core.kernel.errors import TierlineError
from tierline.desk.people.queries import actor_for
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import OPEN_STATUSES
from tierline.ladder.escalation import operations as escalation
from tierline.work.field import operations as field

from .company import SETUP, Company

TOOL = "https://help.nordlicht.example/session?ticket={ticket}&who={requester}"
TECHNICIAN = "Tomasz Wilk"


def ahead(company: Company) -> None:
    """Whoever opens the agenda sees somebody on the way."""
    field.add_tool(actor=SETUP, name="Nordlicht Bridge", template=TOOL)
    group = company.groups["service-desk"]
    tickets = Ticket.objects.filter(group=group, status__in=OPEN_STATUSES).order_by("-pk")
    chosen = list(tickets[:2])
    if not chosen:
        return
    acting = actor_for(company.staff[TECHNICIAN])
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
            actor=acting, ticket_id=chosen[-1].pk, reason="A second monitor is over the limit. May I order it?"
        )
    except TierlineError:
        return  # everybody is away: a quiet week is a life, too


def _morning(now: datetime) -> datetime:
    """Ten o'clock on the next working day."""
    day = now + timedelta(days=1)
    while day.weekday() >= 5:  # noqa: PLR2004 (Saturday)
        day += timedelta(days=1)
    return day.replace(hour=9, minute=0, second=0, microsecond=0)
