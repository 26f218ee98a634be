"""Surveys for tests: a desk that asks at once, a solved request, and one that was asked about."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from tests.support.desk import SETUP, SmallDesk
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.surveys import operations
from tierline.work.surveys.models import Survey, SurveyPlan
from tierline.work.surveys.rules import Settings

AT_ONCE = Settings(enabled=True, delay_minutes=60)
LATER = timedelta(hours=2)


def arranged(desk: SmallDesk, **changes: Any) -> SurveyPlan:
    """The desk asks an hour after the solution, but for what `changes` say."""
    return operations.arrange(actor=SETUP, desk_id=desk.desk.pk, settings=replace(AT_ONCE, **changes))


def solved(desk: SmallDesk, tier: int = 1, **more: Any) -> Ticket:
    """A request of the requester that a tier solved a moment ago; nothing has reacted yet."""
    ticket = desk.owned(tier, **more)
    return tickets.resolve(actor=desk.actor(tier), ticket_id=ticket.pk, resolution="Restarted it.", text="Done.")


_OWN = ("reactions.plan_survey", "reactions.ask_how_it_went", "reactions.tell_of_low_score", "intake.send")


def react() -> None:
    """Run what is due of the surveys; what other rooms would do meanwhile is left out, for speed."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name <> ALL(%s)", [list(_OWN)])
    jobs.drain()


def later(wait: timedelta = LATER) -> None:
    """Let so much time pass."""
    react()
    with clock.at(clock.now() + wait):
        react()


def survey_of(ticket: Ticket) -> Survey:
    return Survey.objects.filter(ticket=ticket).latest("pk")


def asked(desk: SmallDesk, **more: Any) -> Survey:
    """Somebody who was asked about a solved request."""
    ticket = solved(desk, **more)
    later()
    survey = survey_of(ticket)
    assert survey.state == "asked", (survey.state, survey.reason)
    return survey


def link_for(desk: SmallDesk, **more: Any) -> Survey:
    """Somebody who was asked now, without a mail and without waiting: `rate_address` opens it."""
    (resolved,) = told(solved(desk, **more).pk, "ticket.resolved")
    machine = Actor.machine("surveys")
    planned = operations.plan(actor=machine, entry=resolved)
    assert planned is not None
    with transaction.atomic():
        due = operations.come_due(actor=machine, survey_id=planned.pk)
        assert due is not None, planned.reason
        operations.ask(actor=machine, survey=due)
    return due


def told(ticket_id: int, kind: str) -> list[TimelineEntry]:
    """The entries of one kind on a ticket."""
    return list(TimelineEntry.objects.of("ticket", ticket_id).filter(kind=kind))
