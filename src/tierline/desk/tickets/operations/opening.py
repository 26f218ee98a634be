"""Opening a ticket, and keeping what was said and attached."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from tierline.core.kernel import clock, rows, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.kinds import LOOKED_AT, UNKNOWN, kind_of, may_hold_logs
from tierline.core.kernel.models import Blob
from tierline.core.kernel.text import clean, file_name, one_line, plain_marks, size_words
from tierline.core.timeline.operations import begin
from tierline.core.timeline.rules import Audience
from tierline.desk.catalogue.models import Service
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.errors import TooLarge
from tierline.desk.tickets.events import Opened, apply
from tierline.desk.tickets.models import Attachment, Message, Ticket
from tierline.desk.tickets.rules import Kind, TicketState, priority_of

TEXT_LIMIT = 1_000_000  # characters
ATTACHMENTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttachment:
    """A file on its way in: its bytes, what was written aside of it, or what is kept already."""

    name: str
    content_type: str
    content: bytes | storage.Written | Blob
    content_id: str = ""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.size

    @property
    def sha256(self) -> str:
        """Of all bytes, in hex."""
        return hashlib.sha256(self.content).hexdigest() if isinstance(self.content, bytes) else self.content.sha256

    def start(self) -> bytes:
        """The first bytes, which tell what it is."""
        if isinstance(self.content, bytes):
            return self.content[:LOOKED_AT]
        if isinstance(self.content, Blob):
            return storage.read(self.content.sha256, LOOKED_AT)
        with self.content.path.open("rb") as stream:
            return stream.read(LOOKED_AT)

    def keep(self) -> Blob:
        """Put it into the storage; what was written aside is not copied."""
        return self.content if isinstance(self.content, Blob) else storage.put(self.content)


def open_ticket(
    *,
    actor: Actor,
    requester: Person,
    title: str,
    text: str,
    kind: Kind = Kind.INCIDENT,
    channel: str = "portal",
    desk: Desk | None = None,
    service: Service | None = None,
    attachments: Iterable[NewAttachment] = (),
    facts: Mapping[str, str] | None = None,
    html: str = "",
    message_id: str = "",
    impact: int = 3,
    urgency: int = 2,
    savepoint: bool = True,
) -> Ticket:
    """Open a ticket with its first message, at tier 0. Later steps (reading logs, triage) are reactions.

    `html` must be cleaned already. Without `savepoint` an error in here also ends the transaction it is called in.
    Raises Invalid for an empty title and text, TooLarge for a file over the limit, and NotFound when the actor may not
    ask for this requester.
    """
    require(actor, Right.REQUEST_OPEN)
    if not (actor.is_agent or actor.is_machine or actor.person_id == requester.pk):
        raise NotFound
    text = clean(text, TEXT_LIMIT)
    title = one_line(title) or one_line(text, 80)
    if not title:
        raise Invalid({"title": "Say in a few words what is wrong."})
    with transaction.atomic(savepoint=savepoint):
        payload = Opened(
            ticket_kind=Kind(kind),
            title=title,
            desk_id=(service.desk_id if service else None) or (desk or _first_desk()).pk,
            requester_id=requester.pk,
            organisation_id=requester.organisation_id,
            service_id=service.pk if service else None,
            channel=channel,
            facts={key: one_line(value) for key, value in (facts or {}).items()},
            impact=impact,
            urgency=urgency,
            priority=priority_of(impact, urgency),
        )
        message = Message(
            audience=Audience.REQUESTER,
            direction="in",
            author_id=requester.pk,
            author_label=requester.name,
            channel=channel,
            text=text,
            html=html,
            message_id=message_id,
            created_at=clock.now(),
        )
        return _begun(actor, payload, message, list(attachments)[:ATTACHMENTS])


def _begun(actor: Actor, payload: Opened, message: Message, files: Sequence[NewAttachment]) -> Ticket:
    ticket = Ticket(version=0)
    ticket.become(apply(TicketState(), payload, message.created_at))
    said = rows.Part(message, of="ticket_id", also=_words(payload.title, message, files))
    begin(ticket, payload=payload, actor=actor, audience=Audience.REQUESTER, at=ticket.opened_at, parts=[said])
    message.ticket = ticket
    _keep_files(message, files)
    return ticket


def _first_desk() -> Desk:
    desk = rows.first(Desk, "true ORDER BY id")
    if desk is None:
        raise Invalid({"desk": "There is no desk yet. An administrator makes one under Set-up, Groups."})
    return desk


def keep_message(
    ticket: Ticket,
    text: str,
    *,
    author_id: int | None,
    author_label: str,
    audience: Audience,
    direction: str,
    channel: str,
    by_machine: bool = False,
    html: str = "",
    message_id: str = "",
    attachments: Iterable[NewAttachment] = (),
) -> Message:
    """Store what was said, with its files, and make it findable in the same transaction."""
    message = Message(
        ticket=ticket,
        audience=audience,
        direction=direction,
        author_id=author_id,
        author_label=author_label,
        by_machine=by_machine,
        channel=channel,
        text=clean(text, TEXT_LIMIT),
        html=html,
        message_id=message_id,
        created_at=clock.now(),
    )
    files = list(attachments)[:ATTACHMENTS]
    rows.insert(message, also=_words(ticket.title, message, files))
    _keep_files(message, files)
    return message


def _keep_files(message: Message, files: Iterable[NewAttachment]) -> None:
    for new in files:
        _keep_file(message.ticket, message, new)


def _keep_file(ticket: Ticket, message: Message, new: NewAttachment) -> None:
    if new.size > settings.TIERLINE_UPLOAD_LIMIT:
        raise TooLarge(
            f"{one_line(new.name, 60)} is larger than {size_words(settings.TIERLINE_UPLOAD_LIMIT)}.",
            todo="Compress it, or send the part that matters.",
        )
    name, kind = file_name(new.name), one_line(kind_of(new.start(), new.content_type), 100) or UNKNOWN
    blob = new.keep()
    from_outside = message.direction == "in" and message.audience == Audience.REQUESTER
    attachment = Attachment(
        ticket=ticket,
        message=message,
        name=name,
        content_type=kind,
        blob=blob,
        size=blob.size,
        content_id=one_line(new.content_id, 200),
        apart=from_outside and may_hold_logs(name, kind),
    )
    rows.insert(attachment)


# A tsvector holds at most 1 MB; the first 100,000 characters of a message are plenty to find it by.
_INDEXED = 100_000
_WORDS = """
said AS MATERIALIZED (
    SELECT ticket_id, setweight(to_tsvector('tierline', %s::text), 'A') AS title,
           to_tsvector('tierline', %s::text) AS words, %s::boolean AS public FROM {row}
), findable AS (
    INSERT INTO tickets_ticketwords (ticket_id, words, public_words)
    SELECT ticket_id, title || words, CASE WHEN public THEN title || words ELSE title END FROM said
    ON CONFLICT (ticket_id) DO UPDATE SET
        words = tickets_ticketwords.words || (SELECT words FROM said),
        public_words = CASE WHEN (SELECT public FROM said)
            THEN tickets_ticketwords.public_words || (SELECT words FROM said) ELSE tickets_ticketwords.public_words END)
"""


def _words(title: str, message: Message, files: Iterable[NewAttachment]) -> rows.Also:
    """What makes a message findable, written together with it: the ticket's title, its text, the names of its files."""
    said = " ".join([message.text, *(file_name(new.name) for new in files)])
    return rows.Also(_WORDS, (plain_marks(title), plain_marks(said[:_INDEXED]), message.audience == Audience.REQUESTER))
