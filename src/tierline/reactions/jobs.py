"""Reactions that ask several rooms: where an answer goes, who hears of what, and when somebody is asked how it went."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job
from tierline.core.timeline import queries as timeline
from tierline.core.timeline.rules import Audience
from tierline.desk.people import queries as people
from tierline.desk.people.models import Certificate, Person, Skill
from tierline.desk.people.rules.certificates import Reminder, reminder_subject, reminder_text
from tierline.desk.tickets.models import Ticket
from tierline.insight.staffing.queries import coverage
from tierline.ladder.chat import queries as chats
from tierline.work.intake import operations as intake
from tierline.work.intake.models import OutboundMessage, Purpose
from tierline.work.messengers import operations as messengers
from tierline.work.routing import queries as routing
from tierline.work.surveys import operations as surveys
from tierline.work.surveys import queries as asked
from tierline.work.surveys import rules as words
from tierline.work.surveys.models import Survey

READ_WITHIN = timedelta(seconds=60)
TOLD_EACH = timedelta(hours=24)
"""Somebody who plans staff is told of one ticket once in this time, however often routing tries again."""


@job("reactions.deliver_answer")
def deliver_answer(*, entry_id: int) -> None:
    """Reaction to `ticket.replied`: where the requester is. In an open chat it is there already, else it is sent."""
    entry = timeline.entry(entry_id)
    messengers.queue_post(actor=Actor.machine("messengers"), entry_id=entry_id)
    if chats.reader_of(entry.subject_id) is None:
        intake.queue_replies(actor=Actor.machine("intake"), entry_id=entry_id)
    else:
        jobs.enqueue("reactions.mail_unread", at=clock.now() + READ_WITHIN, entry_id=entry_id)


@job("reactions.mail_unread")
def mail_unread(*, entry_id: int) -> None:
    """A minute later: an answer that the visitor's page was never given goes by mail after all."""
    entry = timeline.entry(entry_id)
    if not chats.has_read(entry.subject_id, int(entry.data["message_id"])):
        intake.queue_replies(actor=Actor.machine("intake"), entry_id=entry_id)


@job("reactions.remind_of_certificate")
def remind_of_certificate(*, entry_id: int) -> None:
    """Reaction to `person.certificate_expires`: its holder is told by mail, and who leads them; once each."""
    entry = timeline.entry(entry_id)
    certificate = people.certificate(int(entry.data["certificate_id"]))
    if certificate.withdrawn_at is not None:
        return
    told = _reminder(certificate, days_left=_days_left(certificate.expires_on))
    holder, once = certificate.person, f"certificate {certificate.pk}, {entry.data['days_before']} days"
    for person in (holder, *people.leads_of(holder.pk)):
        own = person.pk == holder.pk
        intake.queue_notice(
            actor=Actor.machine("people"),
            ticket=None,
            recipient=person.email,
            subject=reminder_subject(told, own=own),
            text=reminder_text(told, own=own),
            audience=Audience.INTERNAL,
            once=once,
        )


def _reminder(certificate: Certificate, *, days_left: int) -> Reminder:
    skill, person = certificate.skill, certificate.person
    return Reminder(
        person=person.name,
        name=certificate.name,
        issuer=certificate.issuer,
        number=certificate.number,
        skill=skill.name if skill is not None else "",
        last_day=certificate.expires_on or date.max,
        days_left=days_left,
        uncovered=_uncovered(person, skill) if skill is not None else "",
    )


def _uncovered(person: Person, skill: Skill) -> str:
    """What nobody covers any more, in one sentence; empty when others do."""
    found = coverage.uncovered_by(person.pk, skill.key, timezone=person.timezone)
    hours = [f"{len(one.hours)} hours of a week on tier {one.tier}" for one in found]
    return f"Nobody with {skill.name} is on shift then in {' and '.join(hours)}." if hours else ""


def _days_left(last_day: date | None) -> int:
    return max(0, (last_day - clock.now().date()).days) if last_day is not None else 0


@job("reactions.tell_planners")
def tell_planners(*, entry_id: int) -> None:
    """Reaction to `routing.left_with_group`: nobody could take the ticket; its planners hear it by mail."""
    entry = timeline.entry(entry_id)
    ticket = Ticket.objects.select_related("group", "desk").get(pk=entry.subject_id)
    if ticket.group is None or ticket.assignee_id is not None or not ticket.is_open:
        return
    for person in routing.planners(ticket.group):
        with transaction.atomic():
            _tell_left(ticket, person, str(entry.data["reason"]))


def _tell_left(ticket: Ticket, person: Person, reason: str) -> None:
    Person.objects.get_queryset().select_for_update().get(pk=person.pk)  # one at a time: twice at once is one mail
    lately = OutboundMessage.objects.filter(ticket=ticket, purpose=Purpose.NOTICE, recipient=person.email)
    if lately.filter(created_at__gt=clock.now() - TOLD_EACH).exists():
        return
    group = ticket.group.name if ticket.group is not None else ""
    intake.queue_notice(
        actor=Actor.machine("routing"),
        ticket=ticket,
        recipient=person.email,
        subject=f"{ticket.reference} waits: nobody in {group} could take it",
        text=f"{ticket.reference}, P{ticket.priority}: {ticket.title}\n\n{reason.capitalize()}.\n\n"
        f"{settings.TIERLINE_URL}/console/groups/{ticket.group_id}",
        audience=Audience.INTERNAL,
    )


_SURVEYS = Actor.machine("surveys")
_STOP_LETTER = "s"


@job("reactions.plan_survey")
def plan_survey(*, entry_id: int) -> None:
    """Reaction to `ticket.resolved` and `ticket.closed`: the requester is asked later, or it says why not."""
    with transaction.atomic():
        survey = surveys.plan(actor=_SURVEYS, entry=timeline.entry(entry_id))
        if survey is not None:
            lock = f"survey:{survey.pk}"
            jobs.enqueue("reactions.ask_how_it_went", at=survey.due_at, lock=lock, survey_id=survey.pk)


@job("reactions.ask_how_it_went")
def ask_how_it_went(*, survey_id: int) -> None:
    """The moment has come: what speaks against it is looked at again, then the mail is queued. Safe to repeat."""
    with transaction.atomic():
        survey = surveys.come_due(actor=_SURVEYS, survey_id=survey_id)
        if survey is None:
            return
        against = intake.why_not_now(survey.ticket, survey.person.email)
        if against:
            surveys.withhold(actor=_SURVEYS, survey=survey, words=against)
        else:
            ask_by_mail(survey)


def ask_by_mail(survey: Survey) -> None:
    """Ask about one that has come due and against which nothing speaks, in the caller's transaction.

    The id of the mail is random: whoever could guess it would write on the ticket by answering it.
    """
    letter = surveys.ask(actor=_SURVEYS, survey=survey)
    by_mail = intake.verb_to(survey.ticket.desk_id, _STOP_LETTER, survey.pk)
    intake.queue_notice(
        actor=_SURVEYS,
        ticket=survey.ticket,
        recipient=survey.person.email,
        subject=words.subject(letter),
        text=words.text(letter),
        audience=Audience.REQUESTER,
        leave=f"{letter.leave} mailto:{by_mail}?subject=unsubscribe" if by_mail else letter.leave,
        in_conversation=True,
    )


@job("reactions.tell_of_low_score")
def tell_of_low_score(*, entry_id: int) -> None:
    """Reaction to `survey.follow_up`: who leads the group hears of it once, if the ticket exists for them.

    What a confidential desk handles stays inside it: the mail says that there is something to read, not what.
    """
    entry = timeline.entry(entry_id)
    ticket = Ticket.objects.select_related("group", "desk", "service__group").get(pk=entry.subject_id)
    survey = asked.known(int(entry.data["survey_id"]))
    group = ticket.group or asked.group_answering(ticket)
    if survey is None or group is None:
        return
    hidden = ticket.desk.confidential
    told = words.Low(
        reference=ticket.reference,
        title="" if hidden else ticket.title,
        score=int(entry.data["score"]),
        comment="" if hidden else survey.comment,
        address=f"{settings.TIERLINE_URL}/console/tickets/{ticket.reference}",
    )
    for person in routing.planners(group):
        if Ticket.objects.visible_to(people.actor_for(person)).filter(pk=ticket.pk).exists():
            intake.queue_notice(
                actor=_SURVEYS,
                ticket=ticket,
                recipient=person.email,
                subject=f"{ticket.reference}: the requester is not satisfied",
                text=words.low_text(told),
                audience=Audience.INTERNAL,
                once=f"survey {survey.pk} is low",
            )
