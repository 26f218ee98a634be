"""Words about the state of things: each sets when the next are due; those that do not come are noticed."""

from datetime import datetime
from functools import partial

from django.db import transaction

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import clean
from tierline.core.timeline.rules import Audience
from tierline.desk.people.models import Person
from tierline.ladder.major import queries
from tierline.ladder.major.events import Mitigated, Updated, UpdateMissed
from tierline.ladder.major.models import MajorIncident, Update
from tierline.ladder.major.rules import State, Step, is_missed, next_due
from tierline.work.intake import operations as intake

from .writing import locked, must_be_active, note

TEXT_LIMIT = 4_000  # characters


def update(*, actor: Actor, major_id: int, text: str, public: bool) -> Update:
    """Say how things stand, to colleagues or to everybody; the next words are due one cadence from now.

    Raises Invalid without words, WrongState once it is stood down, NotFound.
    """
    with transaction.atomic():
        major = locked(actor, major_id)
        must_be_active(major)
        return publish(actor, major, text, audience=Audience.REQUESTER if public else Audience.INTERNAL)


def mitigate(*, actor: Actor, major_id: int, text: str) -> Update:
    """Say in public words that the harm has stopped; the cause may still be there. Raises WrongState and NotFound."""
    with transaction.atomic():
        major = locked(actor, major_id)
        must_be_active(major)
        if major.state != State.MITIGATED:
            major.state, major.mitigated_at = State.MITIGATED, clock.now()
            seconds = int((major.mitigated_at - major.ticket.opened_at).total_seconds())
            note(actor, major, Mitigated(major_id=major.pk, seconds=seconds))
        return publish(actor, major, text, audience=Audience.REQUESTER, step=Step.MITIGATED)


def publish(actor: Actor, major: MajorIncident, text: str, *, audience: Audience, step: Step = Step.UPDATE) -> Update:
    """Keep the words of a locked major incident, save it, and begin to tell those they are for."""
    words = clean(text, TEXT_LIMIT).strip()
    if not words:
        raise Invalid({"text": "Say how things stand."})
    now = clock.now()
    major.next_update_at = next_due(now, major.cadence) if major.is_active else None
    major.save()
    made = Update.objects.create(
        major=major,
        step=step,
        audience=audience,
        text=words,
        next_by=major.next_update_at,
        written_by=actor.label,
        at=now,
    )
    public = audience == Audience.REQUESTER
    note(actor, major, Updated(major_id=major.pk, update_id=made.pk, public=public, words=words))
    set_alarm(major)
    if public:
        jobs.enqueue("major.tell", update_id=made.pk)
    return made


def set_alarm(major: MajorIncident) -> None:
    """A job looks again at the moment when the next words are due; an alarm that waits already is moved."""
    if major.next_update_at is not None:
        jobs.set_alarms("major.check_update", "major_id", [(major.pk, major.next_update_at)])


def check_update(*, actor: Actor, major_id: int) -> bool:
    """At the moment when words were due: did they come? A missed update is recorded once, and told by mail.

    The next one is due a cadence later, so that silence is told again. Safe to repeat. Returns whether it was missed.
    """
    with transaction.atomic():
        major = MajorIncident.objects.select_for_update(of=("self",)).select_related("ticket").get(pk=major_id)
        now, due = clock.now(), major.next_update_at
        if due is None or not is_missed(major.state, due, now):
            set_alarm(major) if major.is_active else None
            return False
        major.missed += 1
        major.alarmed_for, major.next_update_at = due, next_due(now, major.cadence)
        major.save()
        missed = UpdateMissed(major_id=major.pk, due_at=due.isoformat(), commander=major.commander.name)
        note(actor, major, missed)
        _tell_leaders(actor, major, due)
        set_alarm(major)
        return True


def _tell_leaders(actor: Actor, major: MajorIncident, due: datetime) -> None:
    """The commander and whoever tells people; with the leads of the desk, so that nobody else's absence silences it."""
    send = partial(
        intake.queue_notice,
        actor=actor,
        ticket=major.ticket,
        subject=f"{major.reference}: an update is overdue",
        text=f"An update of {major.reference} ({major.ticket.reference}) was due at {due:%H:%M} UTC and did not come."
        f"\n\n{queries.room_address(major)}",
        audience=Audience.INTERNAL,
    )
    seated = {major.commander_id, major.communications_id}
    people = Person.objects.get_queryset().filter(pk__in=seated | queries.leads(major.ticket.desk_id), is_active=True)
    for person in people.order_by("pk"):
        send(recipient=person.email)
