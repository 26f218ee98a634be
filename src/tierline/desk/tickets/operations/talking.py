"""What is said on a ticket: by the requester, to the requester, and among colleagues."""

from collections.abc import Iterable

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import clean
from tierline.core.timeline.rules import Audience
from tierline.desk.people.models import Person
from tierline.desk.people.rules import Right
from tierline.desk.tickets.errors import NothingToSend
from tierline.desk.tickets.events import MessageReceived, NoteAdded, Reopened, Replied, WaitStarted
from tierline.desk.tickets.models import Draft, Message, Ticket
from tierline.desk.tickets.rules import Status, Waiting

from .opening import NewAttachment, keep_message
from .writing import append, locked


def receive_message(
    *,
    actor: Actor,
    ticket_id: int,
    author: Person,
    text: str,
    channel: str = "portal",
    attachments: Iterable[NewAttachment] = (),
    html: str = "",
    message_id: str = "",
    savepoint: bool = True,
) -> Message:
    """The requester or a follower wrote. A ticket waiting for them goes on; a resolved one is opened again.

    A message to a merged ticket goes to the ticket it went on in. Without `savepoint` an error in here also ends the
    transaction it is called in. Raises NotFound and NothingToSend.
    """
    files = list(attachments)
    if not (clean(text).strip() or files):
        raise NothingToSend
    with transaction.atomic(savepoint=savepoint):
        ticket = _after_merges(actor, locked(actor, ticket_id))
        message = keep_message(
            ticket,
            text,
            author_id=author.pk,
            author_label=author.name,
            audience=Audience.REQUESTER,
            direction="in",
            channel=channel,
            html=html,
            message_id=message_id,
            attachments=files,
        )
        received = MessageReceived(message_id=message.pk, author_id=author.pk, channel=channel, attachments=len(files))
        entry = append(ticket, received, actor=actor, audience=Audience.REQUESTER)
        if ticket.status in (Status.RESOLVED, Status.CLOSED):
            append(ticket, Reopened(reason="the requester wrote again"), actor=actor, cause=entry.pk)
        return message


def _after_merges(actor: Actor, ticket: Ticket) -> Ticket:
    while ticket.merged_into_id is not None:
        ticket = locked(Actor.machine("merge", request_id=actor.request_id), ticket.merged_into_id)
    return ticket


def reply(
    *,
    actor: Actor,
    ticket_id: int,
    text: str,
    wait: bool = False,
    seen_version: int | None = None,
    attachments: Iterable[NewAttachment] = (),
) -> Message:
    """Answer the requester; with `wait` the ticket then waits for them. Resolving has its own verb, `resolve`.

    Raises NotFound, NothingToSend, and ChangedMeanwhile when something happened after `seen_version`.
    """
    files = list(attachments)
    if not clean(text).strip():
        raise NothingToSend
    with transaction.atomic():
        ticket = locked(actor, ticket_id, seen_version=seen_version, right=Right.TICKET_WORK)
        message = send(ticket, text, actor=actor, attachments=files)
        if wait and ticket.status != Status.WAITING:
            append(ticket, WaitStarted(waiting_for=Waiting.REQUESTER), actor=actor, audience=Audience.REQUESTER)
        return message


def send(ticket: Ticket, text: str, *, actor: Actor, attachments: Iterable[NewAttachment] = ()) -> Message:
    """Keep a public answer on a locked ticket; the mail itself is a reaction."""
    files = list(attachments)
    message = _said(ticket, text, actor=actor, audience=Audience.REQUESTER, direction="out", attachments=files)
    replied = Replied(message_id=message.pk, by_machine=actor.is_machine, attachments=len(files))
    append(ticket, replied, actor=actor, audience=Audience.REQUESTER)
    return message


def add_note(
    *,
    actor: Actor,
    ticket_id: int,
    text: str,
    seen_version: int | None = None,
    attachments: Iterable[NewAttachment] = (),
) -> Message:
    """Write to colleagues only. Raises NotFound, NothingToSend and ChangedMeanwhile."""
    if not clean(text).strip():
        raise NothingToSend
    with transaction.atomic():
        ticket = locked(actor, ticket_id, seen_version=seen_version, right=Right.TICKET_WORK)
        message = _said(
            ticket, text, actor=actor, audience=Audience.INTERNAL, direction="note", attachments=attachments
        )
        append(ticket, NoteAdded(message_id=message.pk), actor=actor)
        return message


def _said(
    ticket: Ticket,
    text: str,
    *,
    actor: Actor,
    audience: Audience,
    direction: str,
    attachments: Iterable[NewAttachment],
) -> Message:
    message = keep_message(
        ticket,
        text,
        author_id=actor.person_id,
        author_label=actor.label,
        by_machine=actor.is_machine,
        audience=audience,
        direction=direction,
        channel=ticket.channel,
        attachments=attachments,
    )
    if actor.person_id is not None:
        Draft.objects.filter(ticket=ticket, person_id=actor.person_id).delete()
    return message
