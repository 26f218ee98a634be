"""Mail on its way out: one recipient and one audience each, queued in the transaction, sent by a job."""

import logging
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import DatabaseError, transaction

from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.sealing import seal, unseal
from tierline.core.kernel.text import one_line
from tierline.core.timeline import queries as timeline
from tierline.core.timeline.rules import Audience
from tierline.desk.people.models import Person
from tierline.desk.tickets.models import Attachment, Message, Ticket
from tierline.work.intake.errors import MailServerError, RecipientRefused
from tierline.work.intake.models import NO_SERVER, InboundMessage, OutboundMessage, Outcome, Purpose, State
from tierline.work.intake.rules import MailAttachment, Outgoing, compose, reply_subject
from tierline.work.intake.rules.writing import MAX_ATTACHED

from . import smtp
from .delivering import mark_failed
from .identity import answer_to, desk_domain, own, reply_to, sender_for
from .leaving import leave_address
from .retrying import first_state, locked, put_off, when_queued
from .wording import acknowledgement_for

log = logging.getLogger(__name__)

NO_CIRCLES = "The requester's mail was sent automatically: it gets no automatic answer."
TOO_MANY = "This address got too many automatic mails within the hour."
TOO_MANY_HERE = "There were too many automatic mails on this ticket within the hour."
ACKNOWLEDGE_EVERY = timedelta(hours=1)
AUTOMATIC_PER_HOUR = 20  # to one address; more is a circle, not a service
AUTOMATIC_PER_THREAD = 10  # on one ticket within the hour
_THREAD = 20
_MAIL_WORDS = "words of a mail"
_SEALED = re.compile(r"\{sealed:([\w=-]{1,4000})\}")


def queue_replies(*, actor: Actor, entry_id: int) -> list[OutboundMessage]:
    """Mail a public answer to the requester and to the followers. Safe to repeat.

    Does nothing for an entry or a message that is for anybody else than the requester.
    """
    del actor
    with transaction.atomic():
        entry = timeline.entry(entry_id)
        message = Message.objects.select_related("ticket").filter(pk=entry.data["message_id"]).first()
        if message is None or {entry.audience, message.audience} != {Audience.REQUESTER.value}:
            return []
        recipients = _recipients(message)
        done = set(OutboundMessage.objects.filter(message=message).values_list("recipient", flat=True))
        return [_queue_reply(message, address) for address in recipients if address not in done]


def queue_acknowledgement(*, actor: Actor, entry_id: int) -> OutboundMessage | None:
    """Tell the sender of a new ticket that it arrived, at most once per sender and hour, never a machine (RFC 3834).

    Safe to repeat. Returns None when there is nothing to be sent.
    """
    del actor
    with transaction.atomic():
        entry = timeline.entry(entry_id)
        inbound = (
            InboundMessage.objects.select_related("ticket__requester", "ticket__desk")
            .filter(ticket=entry.subject_id, outcome=Outcome.TICKET, duplicate_of=None)
            .first()
        )
        if inbound is None or inbound.ticket is None or not inbound.may_answer:
            return None
        ticket, recipient = inbound.ticket, inbound.ticket.requester.email
        since = clock.now() - ACKNOWLEDGE_EVERY
        lately = OutboundMessage.objects.automatic_to(recipient, since=since)
        if lately.filter(purpose=Purpose.ACKNOWLEDGEMENT).exists():
            return None
        text = acknowledgement_for(ticket)
        return _queue(ticket, recipient, Purpose.ACKNOWLEDGEMENT, text=text, automatic=True) if text else None


def send(*, actor: Actor, outbound_id: int) -> OutboundMessage:
    """Hand a queued mail to the server. Safe to repeat: what is sent is not sent again.

    A server that does not take it now is asked again later (`retrying`); a refusal for good is recorded and told on
    the ticket.
    """
    with transaction.atomic():
        outbound = locked(outbound_id)
        if outbound.state != State.QUEUED:
            return outbound
        outbound.attempts += 1
        trouble = _hand_over(outbound)
        outbound.last_error = one_line(str(trouble), 500) if trouble else ""
        outbound.next_at = None
        if trouble is None:
            outbound.state, outbound.sent_at = State.SENT, clock.now()
        outbound.save(update_fields=["state", "attempts", "last_error", "sent_at", "next_at"])
        if isinstance(trouble, RecipientRefused):
            mark_failed(actor, outbound, status="", words=str(trouble), contact=trouble.contact)
        elif trouble is not None:
            put_off(actor, outbound)
        return outbound


def _recipients(message: Message) -> list[str]:
    # RFC 2606: nobody reads mail under .invalid; such requesters are answered where they wrote
    people = Person.objects.get_queryset().filter(is_active=True).exclude(email__endswith=".invalid")
    ticket = message.ticket
    followers = people.filter(follows__ticket=ticket).order_by("follows__id").values_list("email", flat=True)
    requester = people.filter(pk=ticket.requester_id).values_list("email", flat=True)
    return list(dict.fromkeys((*requester, *followers)))


def _queue_reply(message: Message, recipient: str) -> OutboundMessage:
    ticket = message.ticket
    hold = _reason_to_hold(ticket, recipient) if message.by_machine else ""
    return _queue(ticket, recipient, Purpose.REPLY, message=message, automatic=message.by_machine, hold=hold)


def queue_notice(
    *,
    actor: Actor,
    ticket: Ticket | None,
    recipient: str,
    subject: str,
    text: str,
    audience: Audience,
    leave: str = "",
    once: str = "",
    in_conversation: bool = False,
) -> OutboundMessage:
    """Tell somebody something because of a ticket that is not their conversation, or of no ticket at all.

    It stands in no thread, and an answer to it goes to the desk as a new mail; `in_conversation` it is a question to
    the requester of the ticket, and an answer reaches the ticket. `leave` ends such mail: addresses, apart by spaces
    (RFC 8058, RFC 2369). What has a name in `once` is queued once for each recipient, however often it is asked for;
    its id follows from the name, so a question, whose id ties answers to the ticket, has none.
    """
    del actor
    if once and in_conversation:
        raise ValueError("the id of a question must not be guessed")
    mark = sha256(f"{once}\n{recipient}".encode()).hexdigest()[:32] if once else secrets.token_hex(16)
    mail_id = f"{mark}@{desk_domain()}"
    known = OutboundMessage.objects.filter(mail_id=mail_id).first() if once else None
    if known is not None:
        return known
    state, why = first_state("")
    outbound = OutboundMessage.objects.create(
        ticket=ticket,
        purpose=Purpose.QUESTION if in_conversation else Purpose.NOTICE,
        references=" ".join(_thread(ticket)) if in_conversation and ticket is not None else "",
        audience=audience,
        automatic=True,
        recipient=recipient,
        subject=one_line(subject, 250),
        text=text,
        leave=leave,
        mail_id=mail_id,
        state=state,
        last_error=why,
        created_at=clock.now(),
    )
    when_queued(outbound)
    return outbound


def queue_message(
    *, actor: Actor, message: Message, recipient: str, subject: str, below: str = "", thread: Sequence[str] = ()
) -> OutboundMessage:
    """Mail a message that is for somebody else than the requester, with its files. Safe to repeat.

    It stands in its own thread (`thread`: message ids, oldest first), and an answer to it comes back to this message.
    `below` stands under its words; a secret in there is `sealed`.
    """
    del actor
    state, why = first_state("")
    with transaction.atomic():
        outbound, made = OutboundMessage.objects.get_or_create(
            message=message,
            recipient=recipient,
            defaults={
                "ticket_id": message.ticket_id,
                "purpose": Purpose.NOTICE,
                "audience": message.audience,
                "subject": one_line(subject, 250),
                "text": below,
                "mail_id": f"{secrets.token_hex(16)}@{desk_domain()}",
                "in_reply_to": thread[-1] if thread else "",
                "references": " ".join(thread[-_THREAD:]),
                "state": state,
                "last_error": why,
                "created_at": clock.now(),
            },
        )
        if made:
            when_queued(outbound)
    return outbound


def sealed(secret: str) -> str:
    """A secret for the words of a mail, such as a link that opens something: legible only in the mail itself."""
    return f"{{sealed:{seal(secret, purpose=_MAIL_WORDS)}}}"


def _opened(words: str) -> str:
    return _SEALED.sub(lambda found: unseal(found[1], purpose=_MAIL_WORDS), words)


def why_not_now(ticket: Ticket, recipient: str) -> str:
    """Why no automatic mail to this requester may go out now; empty when it may."""
    return _reason_to_hold(ticket, recipient) or ("" if smtp.is_set_up() else NO_SERVER)


def _reason_to_hold(ticket: Ticket, recipient: str) -> str:
    """Why an automatic answer must not go out, or an empty string."""
    last = InboundMessage.objects.filter(ticket=ticket, message__isnull=False).order_by("-pk").first()
    if last is not None and not last.may_answer:
        return NO_CIRCLES
    since = clock.now() - timedelta(hours=1)
    here = OutboundMessage.objects.filter(ticket=ticket, automatic=True, created_at__gte=since)
    if here.count() >= AUTOMATIC_PER_THREAD:
        return TOO_MANY_HERE
    lately = OutboundMessage.objects.automatic_to(recipient, since=since)
    return TOO_MANY if lately.count() >= AUTOMATIC_PER_HOUR else ""


def _queue(
    ticket: Ticket,
    recipient: str,
    purpose: Purpose,
    *,
    automatic: bool,
    message: Message | None = None,
    text: str = "",
    hold: str = "",
) -> OutboundMessage:
    state, why = first_state(hold)
    thread = _thread(ticket)
    outbound = OutboundMessage.objects.create(
        ticket=ticket,
        message=message,
        purpose=purpose,
        audience=Audience.REQUESTER,
        automatic=automatic,
        recipient=recipient,
        subject=reply_subject(ticket.title, ticket.reference),
        text=text,
        mail_id=f"{secrets.token_hex(12)}.{ticket.pk}@{desk_domain()}",
        in_reply_to=thread[-1] if thread else "",
        references=" ".join(thread),
        state=state,
        last_error=why,
        created_at=clock.now(),
    )
    when_queued(outbound)
    return outbound


def _thread(ticket: Ticket) -> list[str]:
    """The message ids of the conversation, oldest first, ending with the newest mail of the requester's side."""
    came = InboundMessage.objects.filter(ticket=ticket, message__isnull=False).exclude(mail_id="")
    talk = OutboundMessage.objects.filter(ticket=ticket).exclude(purpose=Purpose.NOTICE)
    went = talk.order_by("-created_at").values_list("created_at", "mail_id")
    incoming = list(came.order_by("-received_at").values_list("received_at", "mail_id")[:_THREAD])
    known = sorted([*went[:_THREAD], *incoming])
    newest = incoming[0][1] if incoming else None
    ids = [one for _, one in known if one != newest]
    return [*ids[-_THREAD:], newest] if newest else ids[-_THREAD:]


def _hand_over(outbound: OutboundMessage) -> RecipientRefused | MailServerError | None:
    """Try to send; the trouble is returned, so that the try can be noted in the same transaction."""
    try:
        mail = compose(_outgoing(outbound))
        sender = "" if outbound.automatic else sender_for(outbound.desk_id).email
        smtp.hand_over(mail, envelope_sender=sender, recipient=outbound.recipient)
    except (RecipientRefused, MailServerError) as problem:
        return problem
    except DatabaseError:
        raise
    except Exception as problem:  # a file that cannot be had, an address nobody thought of: it waits, and says why
        log.exception("mail %s could not be put together", outbound.pk)
        return MailServerError(f"It could not be put together: {type(problem).__name__}: {problem}")
    return None


def _outgoing(outbound: OutboundMessage) -> Outgoing:
    sender, ticket = sender_for(outbound.desk_id), outbound.ticket
    apart = outbound.purpose in (Purpose.NOTICE, Purpose.QUESTION)
    return Outgoing(
        sender=sender.email,
        sender_name=sender.name,
        recipient=outbound.recipient,
        reply_to=_reply_to(outbound, sender.email),
        leave=outbound.leave if ticket is None or apart else leave_address(ticket, outbound.recipient),
        subject=outbound.subject,
        text=_words(outbound),
        message_id=outbound.mail_id,
        loop_mark=own().loop_mark,
        date=outbound.created_at,
        in_reply_to=outbound.in_reply_to,
        references=tuple(outbound.references.split()),
        automatic=outbound.automatic,
        ours=settings.TIERLINE_URL if outbound.purpose == Purpose.QUESTION else "",
        attachments=_attached(outbound),
    )


def _reply_to(outbound: OutboundMessage, desk: str) -> str:
    ticket = outbound.ticket
    if ticket is None:
        return desk
    if outbound.purpose != Purpose.NOTICE:
        return reply_to(ticket.desk_id, ticket.pk)
    return desk if outbound.message_id is None else answer_to(ticket.desk_id, outbound.message_id)


def _words(outbound: OutboundMessage) -> str:
    """The words of the message, and below them what was added for its way by mail."""
    if outbound.message is None:  # nothing is sealed in there, and it may quote words from outside
        return outbound.text
    return "\n\n".join(filter(None, (outbound.message.text, _opened(outbound.text))))


def _attached(outbound: OutboundMessage) -> tuple[MailAttachment, ...]:
    if outbound.message_id is None:
        return ()
    files = Attachment.objects.filter(message=outbound.message).order_by("pk")
    return tuple(_as_part(one) for one in files)


def _as_part(file: Attachment) -> MailAttachment:
    if file.size > MAX_ATTACHED:
        return MailAttachment(file.name, file.content_type, b"", left_out=True)
    return MailAttachment(file.name, file.content_type, storage.read(file.blob_id))
