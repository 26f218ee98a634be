"""Telling everybody concerned what an update says: once each, in rounds that can be cut off anywhere.

A person's row in `Told` and the message to them are one transaction. A worker that is killed leaves the job to be taken
up again, and whoever has a row is passed over: nobody is told twice, and nobody is left out.
"""

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.rules import Audience
from tierline.desk.people.models import Person
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.ladder.major import queries
from tierline.ladder.major.models import MajorIncident, Subscription, Told, Update
from tierline.ladder.major.rules import Step, told_words
from tierline.work.intake import operations as intake

from .writing import machine_for

ROUND = 100
"""People who are told in one job; the next round is a job of its own."""
_SALT = "major.unsubscribe"


def tell_round(*, actor: Actor, update_id: int, most: int = ROUND) -> int:
    """Tell the next people concerned, and queue the next round; returns how many were told now. Safe to repeat."""
    del actor
    update = Update.objects.select_related("major__ticket__desk").get(pk=update_id)
    if update.audience != Audience.REQUESTER:
        return 0
    waiting = queries.untold(update, limit=most)
    told = sum(_tell(update, person_id, ticket_ids) for person_id, ticket_ids in waiting.items())
    if len(waiting) == most:
        jobs.enqueue("major.tell", lock=f"major.tell:{update.pk}", update_id=update.pk)
    return told


def _tell(update: Update, person_id: int, ticket_ids: tuple[int, ...]) -> bool:
    """One person, in one transaction: on the first of their tickets, or as a subscriber by mail."""
    try:
        with transaction.atomic():
            first = ticket_ids[0] if ticket_ids else None
            Told.objects.create(update=update, person_id=person_id, ticket_id=first, told_at=clock.now())
            if ticket_ids:
                _say(update, ticket_ids)
            else:
                _mail(update, Person.objects.get_queryset().get(pk=person_id))
            return True
    except IntegrityError:  # another worker told them a moment ago
        return False


def _say(update: Update, ticket_ids: tuple[int, ...]) -> None:
    """On the first ticket the words; when parts are resolved with the major incident, the others are so silently."""
    machine, major = machine_for(update.written_by), update.major
    words = _words(update)
    resolves = update.step == Step.STOOD_DOWN and major.resolves
    first, *others = ticket_ids
    if not (resolves and first != major.ticket_id):
        tickets.reply(actor=machine, ticket_id=first, text=words)
    else:
        _resolve(machine, update, first, text=words)
    if resolves:
        for one in others:
            if one != major.ticket_id:
                _resolve(machine, update, one)


def _resolve(machine: Actor, update: Update, ticket_id: int, *, text: str = "") -> None:
    ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket_id)
    if ticket.is_open:
        tickets.resolve(
            actor=machine,
            ticket_id=ticket_id,
            resolution=f"{update.major.reference}: {update.text}",
            text=text,
            tier=update.major.ticket.tier,
        )


def _words(update: Update) -> str:
    next_words = f"{update.next_by:%H:%M} UTC" if update.next_by else ""
    last = update.step == Step.STOOD_DOWN
    page = queries.status_address(update.major)
    return told_words(title=update.major.public_title, words=update.text, next_words=next_words, page=page, last=last)


def _mail(update: Update, person: Person) -> None:
    intake.queue_notice(
        actor=machine_for(update.written_by),
        ticket=update.major.ticket,
        recipient=person.email,
        subject=update.major.public_title,
        text=f"{_words(update)}\n\nNo more mail about this: {leave_address(update.major, person)}",
        audience=Audience.REQUESTER,
        leave=leave_address(update.major, person),
    )


def leave_address(major: MajorIncident, person: Person) -> str:
    """Where a subscriber ends it with one click (RFC 8058)."""
    token = signing.dumps([major.pk, person.pk], salt=_SALT, compress=True)
    return f"{settings.TIERLINE_URL}/mail/status/{token}"


def read_leave_token(token: str) -> tuple[int, int]:
    """The major incident and the person that a link names. Raises NotFound for a link that is not ours."""
    try:
        major_id, person_id = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as problem:
        raise NotFound from problem
    if not MajorIncident.objects.filter(pk=major_id).exists():
        raise NotFound
    return int(major_id), int(person_id)


def leave(token: str) -> None:
    """End a subscription by the link of its mail. Safe to repeat. Raises NotFound."""
    major_id, person_id = read_leave_token(token)
    with transaction.atomic():
        Subscription.objects.filter(major_id=major_id, person_id=person_id).delete()
