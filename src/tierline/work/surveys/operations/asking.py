"""Planning to ask when a ticket is solved, looking again when the moment comes, and asking or saying why not."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Person
from tierline.desk.sla.models import BusinessCalendar
from tierline.desk.sla.queries import hours_of
from tierline.desk.sla.rules import due
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations.writing import locked
from tierline.work.surveys import events
from tierline.work.surveys.errors import NotASurvey
from tierline.work.surveys.models import Survey
from tierline.work.surveys.queries import facts_of, plan_in_force
from tierline.work.surveys.rules import Letter, Reason, Settings, Starts, State, why_not

from .links import leave_address, rate_address

_STARTED_BY = {Starts.RESOLVED: "ticket.resolved", Starts.CLOSED: "ticket.closed"}


def plan(*, actor: Actor, entry: TimelineEntry) -> Survey | None:
    """A ticket was resolved or closed: plan to ask, or record why nobody is. Safe to repeat.

    None where the desk does not ask, asks from the other moment, or the ticket was opened again already.
    """
    with transaction.atomic():
        ticket = locked(actor, entry.subject_id)
        how = plan_in_force(ticket.desk_id)
        if how is None or not how.enabled or entry.kind != _STARTED_BY[how.settings.starts]:
            return None
        if ticket.is_open or ticket.resolved_at is None:
            return None
        due_at = _due(how.settings, entry.at)
        survey, made = Survey.objects.get_or_create(
            ticket=ticket,
            solved_at=ticket.resolved_at,
            defaults={"person": ticket.requester, "plan": how, "state": State.PLANNED, "due_at": due_at},
        )
        if not made:
            return survey if survey.state == State.PLANNED else None
        reason = why_not(how.settings, facts_of(ticket, ticket.resolved_at), due_at)
        if reason is None:
            return survey
        _withhold(actor, survey, reason)
        return None


def _due(settings: Settings, start: datetime) -> datetime:
    calendar = BusinessCalendar.objects.filter(key=settings.calendar).order_by("-version").first()
    if calendar is None:
        return start + timedelta(minutes=settings.delay_minutes)
    return due(hours_of(calendar), start, settings.delay_minutes * 60)


def come_due(*, actor: Actor, survey_id: int) -> Survey | None:
    """The moment to ask has come: look again at everything that speaks against it.

    Returns the survey, to be asked in the same transaction; None when it went another way, or has its reason now.
    """
    survey = _planned(actor, survey_id)
    if survey is None:
        return None
    ticket = survey.ticket
    Person.objects.get_queryset().select_for_update().get(pk=survey.person_id)  # two at once: the limit holds
    asked = Survey.objects.filter(person=survey.person_id, asked_at__isnull=False)
    last = asked.order_by("-asked_at").values_list("asked_at", flat=True).first()
    how = plan_in_force(ticket.desk_id)
    settings = how.settings if how is not None else Settings()
    other = ticket.requester_id != survey.person_id
    facts = replace(facts_of(ticket, survey.solved_at), asked_at=last, other_requester=other)
    reason = why_not(settings, facts, clock.now())
    if reason is not None:
        _withhold(actor, survey, reason)
        return None
    if how is not None:
        survey.plan = how
    return survey


def ask(*, actor: Actor, survey: Survey) -> Letter:
    """Ask now: what the mail says. The caller holds the survey from `come_due` and sends it in the same transaction."""
    ticket, how = survey.ticket, survey.plan
    survey.state, survey.asked_at, survey.key = State.ASKED, clock.now(), secrets.token_urlsafe(16)
    survey.closes_at = survey.asked_at + timedelta(days=how.open_days)
    survey.save(update_fields=["state", "asked_at", "closes_at", "key", "plan"])
    payload = events.Asked(
        survey_id=survey.pk, tier=ticket.resolved_tier or 0, group_id=ticket.group_id, channel=ticket.channel
    )
    tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=payload)
    return Letter(
        name=survey.person.name,
        title=ticket.title,
        reference=ticket.reference,
        question=how.question,
        intro=how.intro,
        until=f"{survey.closes_at:%A} {survey.closes_at.day} {survey.closes_at:%B %Y}",
        address=lambda score: rate_address(survey, score),
        leave=leave_address(survey),
    )


def withhold(*, actor: Actor, survey: Survey, words: str) -> Survey:
    """Do not ask, because no automatic mail may go out now; `words` say why. Raises NotASurvey for one past that."""
    if survey.state != State.PLANNED:
        raise NotASurvey
    _withhold(actor, survey, Reason.MAIL_HELD, words)
    return survey


def _withhold(actor: Actor, survey: Survey, reason: Reason, words: str = "") -> None:
    survey.state, survey.reason = State.WITHHELD, reason
    survey.save(update_fields=["state", "reason"])
    payload = events.Withheld(survey_id=survey.pk, reason=reason.value, words=words[:500])
    tickets.note_event(actor=actor, ticket_id=survey.ticket_id, payload=payload)


def _planned(actor: Actor, survey_id: int) -> Survey | None:
    """Lock the ticket, then its survey, as every verb does. Raises NotFound."""
    ticket_id = Survey.objects.filter(pk=survey_id).values_list("ticket_id", flat=True).first()
    if ticket_id is None:
        raise NotFound
    ticket: Ticket = locked(actor, ticket_id)
    survey = Survey.objects.select_for_update(of=("self",)).select_related("person").get(pk=survey_id)
    survey.ticket = ticket
    return survey if survey.state == State.PLANNED else None
