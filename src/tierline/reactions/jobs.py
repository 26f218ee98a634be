"""The reactions that ask several rooms: where an answer goes, and who is reminded of a certificate."""

from datetime import date, timedelta

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job
from tierline.core.timeline import queries as timeline
from tierline.core.timeline.rules import Audience
from tierline.desk.people import queries as people
from tierline.desk.people.models import Certificate, Person, Skill
from tierline.desk.people.rules.certificates import Reminder, reminder_subject, reminder_text
from tierline.insight.staffing.queries import coverage
from tierline.ladder.chat import queries as chats
from tierline.work.intake import operations as intake
from tierline.work.messengers import operations as messengers

READ_WITHIN = timedelta(seconds=60)


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
