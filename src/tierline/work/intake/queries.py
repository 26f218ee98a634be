"""Reads for the pages: what waits in quarantine, and the way of each mail of a ticket."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Max, Q

from tierline.core.kernel import spool, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people import queries as people
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Message, Ticket
from tierline.desk.tickets.queries import get

from .models import (
    NO_SERVER,
    Acknowledgement,
    AwaitedMail,
    ConnectionTest,
    InboundHook,
    InboundMessage,
    LearnedRule,
    Mailbox,
    MailboxMessage,
    OutboundMessage,
    Outcome,
    OutgoingServer,
    State,
    TrustedSender,
)
from .rules import parse, results_on_top
from .rules.headers import parse_headers
from .rules.wording import USUAL


def quarantine(viewer: Actor, *, limit: int = 100) -> list[InboundMessage]:
    """The newest messages that nobody could place. Raises NotFound without the right."""
    require(viewer, Right.QUARANTINE)
    return list(InboundMessage.objects.quarantined().order_by("-received_at")[:limit])


def outcomes(viewer: Actor) -> dict[str, int]:
    """How many messages ended in which outcome; an empty outcome means not understood yet."""
    require(viewer, Right.QUARANTINE)
    counted = InboundMessage.objects.values_list("outcome").annotate(number=Count("pk")).order_by("outcome")
    return dict(counted)


SEARCHED = 100_000  # of the newest messages


def received(
    viewer: Actor, *, outcome: str = "", find: str = "", before: int = 0, limit: int = 50
) -> list[InboundMessage]:
    """What came in and what became of it, the newest first; of tickets only those that exist for the viewer.

    `find` is looked for in sender, subject and Message-ID of the newest `SEARCHED`; `before` is the key of the last
    one seen. Raises NotFound without the right.
    """
    require(viewer, Right.QUARANTINE)
    theirs = Ticket.objects.visible_to(viewer).values("pk")
    found = InboundMessage.objects.filter(Q(ticket=None) | Q(ticket__in=theirs)).select_related("ticket")
    if outcome in Outcome.values:
        found = found.filter(outcome=outcome)
    if find:
        newest = InboundMessage.objects.aggregate(newest=Max("pk"))["newest"] or 0
        words = Q(sender__icontains=find) | Q(subject__icontains=find) | Q(mail_id__icontains=find)
        found = found.filter(words, pk__gt=newest - SEARCHED)
    if before:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])


def received_original(viewer: Actor, inbound_id: int) -> bytes:
    """All bytes of a message that came in, if `received` shows it to the viewer. Raises NotFound."""
    require(viewer, Right.QUARANTINE)
    found = InboundMessage.objects.filter(pk=inbound_id).first()
    if found is None or found.blob_id is None:
        raise NotFound
    if found.ticket_id is not None:
        get(viewer, found.ticket_id)
    return storage.read(found.blob_id)


def sent_mail(viewer: Actor, ticket_id: int) -> list[OutboundMessage]:
    """Every mail of a ticket with its state, oldest first. Raises NotFound for a ticket that is not the viewer's."""
    require(viewer, Right.CONSOLE)
    get(viewer, ticket_id)
    return list(OutboundMessage.objects.filter(ticket=ticket_id).order_by("pk"))


def original(viewer: Actor, message_pk: int) -> bytes:
    """The mail as it arrived, byte for byte, behind a message of a ticket that the viewer may see. Raises NotFound."""
    require(viewer, Right.CONSOLE)
    message = Message.objects.filter(pk=message_pk).first()
    if message is None:
        raise NotFound
    get(viewer, message.ticket_id)
    inbound = InboundMessage.objects.filter(ticket=message.ticket_id, message=message).order_by("pk").first()
    if inbound is None or inbound.blob_id is None:
        raise NotFound
    return storage.read(inbound.blob_id)


def whole_text(viewer: Actor, message_pk: int) -> str:
    """The words of the mail behind a message, with what it quotes; empty when no mail is behind it."""
    try:
        mail = parse(original(viewer, message_pk))
    except NotFound:
        return ""
    return f"{mail.text}\n\n{mail.below}" if mail.is_cut else mail.text


def quarantined(viewer: Actor, inbound_id: int) -> tuple[InboundMessage, bytes]:
    """One message in quarantine with its first 20,000 bytes. Raises NotFound."""
    require(viewer, Right.QUARANTINE)
    found = InboundMessage.objects.quarantined().filter(pk=inbound_id).first()
    if found is None or found.blob_id is None:
        raise NotFound
    return found, storage.read(found.blob_id, limit=20_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as far as it can be read safely: plain text and names, nothing that acts."""

    sender: str
    recipients: str
    text: str
    files: tuple[tuple[str, str, int], ...]


SHOWN_TEXT = 20_000


def readable(viewer: Actor, inbound_id: int) -> Shown | None:
    """What a message in quarantine says; None when it cannot be read at all. Raises NotFound."""
    content = quarantined_original(viewer, inbound_id)
    try:
        mail = parse(content)
    except Exception:  # noqa: BLE001 (that it cannot be read is why it is here)
        return None
    return Shown(
        sender=f"{mail.sender.name} <{mail.sender.email}>".strip() if mail.sender else "",
        recipients=", ".join(one.email for one in mail.recipients[:20]),
        text=mail.text[:SHOWN_TEXT],
        files=tuple((one.name, one.content_type, len(one.content)) for one in mail.attachments),
    )


def quarantined_original(viewer: Actor, inbound_id: int) -> bytes:
    """All bytes of a message in quarantine. Raises NotFound."""
    found, _start = quarantined(viewer, inbound_id)
    return storage.read(found.blob_id or "")


def learned_rules(viewer: Actor) -> list[LearnedRule]:
    """What was learned from the quarantine, the newest first. Raises NotFound without the right."""
    require(viewer, Right.QUARANTINE)
    return list(LearnedRule.objects.order_by("-pk"))


def trusted_senders(viewer: Actor) -> list[tuple[TrustedSender, str]]:
    """Who is believed although no mail server confirms it, and where, the newest first. Raises NotFound."""
    require(viewer, Right.QUARANTINE)
    rules = TrustedSender.objects.select_related("mailbox").order_by("-pk")
    return [(rule, rule.mailbox.address if rule.mailbox else "") for rule in rules]


SEEN_MAILS = 20


def names_on_top(viewer: Actor, mailbox_id: int) -> dict[str, int]:
    """Under which names the newest mails of a mailbox have their topmost results, and how many; "" for none."""
    require(viewer, Right.SETUP)
    taken = MailboxMessage.objects.filter(mailbox=mailbox_id, inbound__isnull=False).order_by("-uid_validity", "-uid")
    blobs = taken.values_list("inbound__blob_id", flat=True)[:SEEN_MAILS]
    return dict(Counter(results_on_top(parse_headers(_top(one))[0]) for one in blobs if one))


def _top(sha256: str) -> bytes:
    """The header of a stored mail, as far as its first 64 kB hold it."""
    head = storage.read(sha256, limit=65_536)
    ends = [at for at in (head.find(b"\n\n"), head.find(b"\n\r\n")) if at >= 0]
    return head[: min(ends, default=len(head))]


def acknowledgements(viewer: Actor) -> list[tuple[Desk, str]]:
    """Each desk with what it answers to new mail; empty: nothing. Raises NotFound without the right."""
    desks = people.desks(viewer)
    own = dict(Acknowledgement.objects.values_list("desk_id", "text"))
    return [(desk, own.get(desk.pk, USUAL)) for desk in desks]


def mailboxes(viewer: Actor) -> list[Mailbox]:
    """Every mailbox with its desk, by address. Raises NotFound without the right."""
    require(viewer, Right.QUARANTINE)
    return list(Mailbox.objects.select_related("desk").order_by("address", "folder"))


def mailbox(viewer: Actor, mailbox_id: int) -> Mailbox:
    """One mailbox. Raises NotFound."""
    require(viewer, Right.SETUP)
    found = Mailbox.objects.select_related("desk").filter(pk=mailbox_id).first()
    if found is None:
        raise NotFound
    return found


def taken_lately(viewer: Actor, mailbox_id: int) -> tuple[int, datetime | None]:
    """How many messages of a mailbox were taken, and when the last one was."""
    require(viewer, Right.SETUP)
    taken = MailboxMessage.objects.filter(mailbox=mailbox_id)
    return taken.count(), taken.aggregate(last=Max("at"))["last"]


def latest_test(viewer: Actor, mailbox_id: int | None) -> ConnectionTest | None:
    """The newest test of a mailbox, or of the outgoing server (None); None when there was none."""
    require(viewer, Right.SETUP)
    return ConnectionTest.objects.filter(mailbox=mailbox_id).order_by("-pk").first()


def outgoing_server(viewer: Actor) -> OutgoingServer | None:
    """The outgoing server that was set up. Raises NotFound without the right."""
    require(viewer, Right.SETUP)
    return OutgoingServer.objects.first()


def hooks(viewer: Actor) -> list[InboundHook]:
    """The addresses where providers hand over mail. Raises NotFound without the right."""
    require(viewer, Right.SETUP)
    return list(InboundHook.objects.select_related("desk").order_by("pk"))


@dataclass(frozen=True, slots=True)
class Awaited:
    """How many messages of a provider are still to be fetched, and what went wrong last."""

    count: int
    problem: str


def awaited(viewer: Actor, hook_id: int) -> Awaited:
    """What a provider told of and what is not here yet. Raises NotFound without the right."""
    require(viewer, Right.SETUP)
    waiting = AwaitedMail.objects.filter(hook=hook_id, fetched_at=None)
    last = waiting.exclude(problem="").order_by("-pk").values_list("problem", flat=True).first()
    return Awaited(waiting.count(), last or "")


def piped(viewer: Actor) -> spool.State:
    """What a mail server piped in and nobody has taken yet. Raises NotFound without the right."""
    require(viewer, Right.QUARANTINE)
    return spool.Spool(settings.TIERLINE_DATA, make=False).state()


def waiting_mail(viewer: Actor, *, limit: int = 100) -> list[OutboundMessage]:
    """Mails that wait to be sent, the oldest first. Raises NotFound without the right."""
    require(viewer, Right.QUARANTINE)
    queued = OutboundMessage.objects.filter(state=State.QUEUED).select_related("ticket")
    return list(queued.order_by("created_at")[:limit])


def late_mail(viewer: Actor) -> int:
    """How many mails wait that a server did not take at the first try."""
    require(viewer, Right.QUARANTINE)
    return OutboundMessage.objects.filter(state=State.QUEUED, attempts__gt=0).count()


def held_for_a_server(viewer: Actor) -> int:
    """How many mails were held because no server was set up."""
    require(viewer, Right.QUARANTINE)
    return OutboundMessage.objects.filter(state=State.HELD, last_error=NO_SERVER).count()


def undelivered(viewer: Actor, *, limit: int = 100) -> list[OutboundMessage]:
    """The newest mails that failed or are held back. Raises NotFound without the right."""
    require(viewer, Right.QUARANTINE)
    stuck = OutboundMessage.objects.filter(state__in=[State.FAILED, State.HELD]).select_related("ticket")
    return list(stuck.order_by("-pk")[:limit])


def outgoing_states(viewer: Actor) -> dict[str, int]:
    """How many mails are in which state."""
    require(viewer, Right.QUARANTINE)
    counted = OutboundMessage.objects.values_list("state").annotate(number=Count("pk")).order_by("state")
    return dict(counted)
