"""The outcome of one message: which rule applies, and the verb on the ticket that follows from it.

Everything here runs in the transaction of `understand`, with the stored message locked.
"""

from dataclasses import dataclass, replace

from django.conf import settings

from tierline.core.kernel import rows
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import one_line
from tierline.core.plugins.contracts import MailRead
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.work.intake.events import MailCameToo, MailLeft
from tierline.work.intake.models import InboundMessage, Outcome
from tierline.work.intake.models import Verdict as Learned
from tierline.work.intake.rules import (
    Address,
    Claims,
    Nature,
    ParsedMail,
    Verdict,
    base_subject,
    claims,
    fingerprint,
    judge,
    read_report,
    visible_reply,
)

from .delivering import take_report
from .forwarding import Handed, as_original, handed_on, takes_part, tell_forward
from .html import safe_html
from .identity import own
from .known import known
from .quarantine import learned, why
from .reading import done_by_mail, read_by_plugin
from .trusting import Belief, author_of, belief_in, tell

_UNANSWERED = {Nature.OWN, Nature.COMPLAINT, Nature.READ_RECEIPT}
_NO_WORDS = "(no text)"
_VENDOR = "vendor"  # stands for an outcome in `_EARLIER`


@dataclass(frozen=True, slots=True)
class ByHand:
    """What somebody who releases a message from quarantine has put right; learned rules do not hold it back again.

    `insists` is who takes a message although a rule had ignored it.
    """

    sender: str = ""
    insists: str = ""


def decide(actor: Actor, inbound: InboundMessage, mail: ParsedMail, by_hand: ByHand | None = None) -> None:
    """Fill in the outcome of `inbound`, its reason and what it led to. The caller writes it down."""
    if by_hand is not None and by_hand.sender:
        mail = replace(mail, sender=Address(by_hand.sender))
    verdict = _insisted(judge(mail, own()), by_hand)
    inbound.mail_id, inbound.fingerprint = mail.message_id, fingerprint(mail)
    inbound.sender = mail.sender.email[:320] if mail.sender else ""
    inbound.subject = one_line(mail.subject, 200)
    claimed = claims(mail, settings.SECRET_KEY)
    earlier = _earlier(inbound, claimed)
    twin = next((one for one in earlier if one.fingerprint and one.fingerprint == inbound.fingerprint), None)
    if twin is not None:
        _same_as(inbound, twin)
        return
    if verdict.nature in _UNANSWERED:
        _conclude(inbound, Outcome.IGNORED, verdict.reason)
        return
    done = done_by_mail(claimed)
    if done:
        _conclude(inbound, Outcome.IGNORED, done)
        return
    report = read_report(mail)
    answers = _answered(claimed, earlier) if report is None else []
    read = read_by_plugin(inbound, mail, verdict, answers) if by_hand is None or answers else None
    if read is not None and read[1].taken:
        _as_read(inbound, read[1])
        return
    if report is not None:
        inbound.ticket, told = take_report(actor, report)
        _conclude(inbound, Outcome.DELIVERY_REPORT, told)
        return
    rule = learned(inbound) if by_hand is None else None
    if rule is not None:
        inbound.fingerprint = ""
        _conclude(inbound, Outcome.IGNORED if rule.verdict == Learned.IGNORE else Outcome.QUARANTINED, why(rule))
        return
    _as_conversation(actor, inbound, mail, verdict, _ticket_by_mail(claimed, earlier), claimed)
    if read is not None and inbound.ticket_id is not None:
        left = MailLeft(reader=read[0], why=read[1].why)
        tickets.note_event(actor=Actor.machine("intake"), ticket_id=inbound.ticket_id, payload=left)


def _insisted(verdict: Verdict, by_hand: ByHand | None) -> Verdict:
    """Somebody wants it as a request, whatever it is. That gets no automatic answer."""
    if by_hand is None or not by_hand.insists:
        return verdict
    why = f"taken by {by_hand.insists}, although: {verdict.reason}" if verdict.reason else f"taken by {by_hand.insists}"
    return Verdict(Nature.PROGRAM, why)


def _as_read(inbound: InboundMessage, read: MailRead) -> None:
    """A plug-in took it: what it opened or belongs to. Nobody gets an automatic answer to that."""
    inbound.ticket_id = read.ticket_id
    outcome = Outcome.IGNORED if read.ticket_id is None else Outcome.TICKET if read.opened else Outcome.FOLLOW_UP
    _conclude(inbound, outcome, read.why)


def _conclude(inbound: InboundMessage, outcome: Outcome, reason: str) -> None:
    inbound.outcome, inbound.reason = outcome, one_line(reason, 500)


# `mail_id <> ''` is the condition of the index, which PostgreSQL cannot conclude by itself.
_TWINS = """
SELECT id, mail_id, fingerprint, outcome, ticket_id, message_id FROM intake_inboundmessage
WHERE mail_id = %s AND mail_id <> '' AND duplicate_of_id IS NULL AND outcome NOT IN ('', 'quarantined')
"""
_EARLIER = (
    _TWINS.replace("mail_id = %s", "mail_id = ANY(%s)")
    + "UNION ALL SELECT NULL, mail_id, '', '', ticket_id, NULL FROM intake_outboundmessage"
    + " WHERE mail_id = ANY(%s) AND purpose <> 'notice'"  # an answer to a notice is a new conversation
    # what was said between the desk and a vendor never belongs into the conversation with the requester
    + " UNION ALL SELECT NULL, mail_id, '', 'vendor', NULL, message_id FROM intake_outboundmessage"
    + " WHERE mail_id = ANY(%s) AND audience = 'vendor' AND message_id IS NOT NULL"
    + " UNION ALL SELECT NULL, message_id, '', 'vendor', NULL, id FROM tickets_message"
    + " WHERE message_id = ANY(%s) AND message_id <> '' AND audience = 'vendor'"
)
# An answer that came before this mail has the ticket already.
_AWAITED = """
UNION ALL SELECT NULL, '', '', 'awaited', ticket_id, NULL FROM intake_inboundmessage
WHERE awaits = %s AND awaits <> '' AND ticket_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class _Known:
    """A mail of before: one that came in, or (without `inbound_id`) one of ours; or a message to or from a vendor."""

    inbound_id: int | None
    mail_id: str
    fingerprint: str
    outcome: str
    ticket_id: int | None
    message_id: int | None


def _earlier(inbound: InboundMessage, claimed: Claims) -> list[_Known]:
    """What is known under this message's id and under those that it answers, in one statement."""
    claimed_ids = list(claimed.message_ids)
    if not (inbound.mail_id or claimed_ids):
        return []
    if claimed_ids:
        ids = [[inbound.mail_id, *claimed_ids], claimed_ids, claimed_ids, claimed_ids]
        found = rows.run(_EARLIER + _AWAITED, [*ids, inbound.mail_id])
    else:  # most mails; a single value is planned once, an array each time
        found = rows.run(_TWINS + _AWAITED, [inbound.mail_id, inbound.mail_id])
    return [_Known(*row) for row in found.fetchall()]


def _same_as(inbound: InboundMessage, twin: _Known) -> None:
    """A second copy has the outcome of the first and changes nothing."""
    inbound.duplicate_of_id, inbound.ticket_id, inbound.message_id = twin.inbound_id, twin.ticket_id, twin.message_id
    _conclude(inbound, Outcome(twin.outcome), "a copy of a message that came before")
    if inbound.desk_id is not None and twin.ticket_id is not None:
        _tell_other_desk(inbound.desk_id, twin.ticket_id)


def _tell_other_desk(desk_id: int, ticket_id: int) -> None:
    """One mail to two desks is one ticket; whoever works on it has to know of the other."""
    other = next((desk for desk in known().all_desks if desk.pk == desk_id), None)
    if other is not None and not Ticket.objects.filter(pk=ticket_id, desk=desk_id).exists():
        came_too = MailCameToo(desk_id=desk_id, desk=other.name)
        tickets.note_event(actor=Actor.machine("intake"), ticket_id=ticket_id, payload=came_too)


def _as_conversation(
    actor: Actor,
    inbound: InboundMessage,
    mail: ParsedMail,
    verdict: Verdict,
    ticket_id: int | None,
    claimed: Claims,
) -> None:
    if not verdict.opens_ticket:
        inbound.ticket_id = ticket_id
        _conclude(inbound, Outcome.IGNORED, verdict.reason)
        return
    if mail.sender is None:
        inbound.fingerprint = ""  # a copy that can be placed must not be taken for this one
        _conclude(inbound, Outcome.QUARANTINED, "there is no sender who could be answered")
        return
    belief = belief_in(inbound, mail.headers, mail.sender)
    ticket_id = ticket_id or (None if belief.doubt else _ticket_by_subject(mail.sender, claimed))
    author, doubt = author_of(actor, mail.sender, belief.doubt)
    speaker = actor.for_person(author.name or author.email)
    handed = handed_on(actor, mail, author, doubt)
    inbound.may_answer = verdict.may_answer and not doubt and not (handed is not None and handed.applied)
    if ticket_id is None:
        writer = handed.original if handed is not None and handed.original is not None else author
        _open(speaker, inbound, mail if handed is None else as_original(mail, handed), writer)
        _await_parent(inbound, claimed)
        _conclude(inbound, Outcome.TICKET, doubt or verdict.reason)
    else:
        _follow_up(speaker, inbound, mail, author, ticket_id, handed)
        _conclude(inbound, Outcome.FOLLOW_UP, doubt or verdict.reason)
    if doubt or belief.in_spite or mail.signed or mail.encrypted:
        tell(actor, inbound, mail, Belief(doubt, belief.in_spite))
    if handed is not None:
        tell_forward(actor, inbound, handed)


def _await_parent(inbound: InboundMessage, claimed: Claims) -> None:
    """A copied colleague may answer before the mail itself is here: that one will join this ticket."""
    if claimed.message_ids:
        inbound.awaits = claimed.message_ids[0]
        InboundMessage.objects.filter(pk=inbound.pk).update(awaits=inbound.awaits)


def _answered(claimed: Claims, earlier: list[_Known]) -> list[int]:
    """The messages to others than the requester that the mail answers, the most certain first."""
    said = {one.mail_id: one.message_id for one in earlier if one.outcome == _VENDOR}
    named = (said.get(one) for one in claimed.message_ids)
    return list(dict.fromkeys(one for one in (*claimed.reply_messages, *named) if one is not None))


def _ticket_by_mail(claimed: Claims, earlier: list[_Known]) -> int | None:
    """The ticket of the mail: by message ids in their order of belief, by an early answer, by a signed address."""
    # a message of a vendor keeps no longer id than its column has room for
    apart = {one.mail_id for one in earlier if one.outcome == _VENDOR}
    apart |= {one.mail_id for one in earlier if one.message_id is None and not _column(one.mail_id)}
    known = {one.mail_id: one.ticket_id for one in earlier if one.ticket_id is not None and one.mail_id not in apart}
    found = next((known[one] for one in claimed.message_ids if one in known), None)
    found = found or next((one.ticket_id for one in earlier if one.outcome == "awaited"), None)
    if found is None and claimed.reply_tickets:
        return Ticket.objects.filter(pk=claimed.reply_tickets[0]).values_list("pk", flat=True).first()
    return found


def _ticket_by_subject(sender: Address, claimed: Claims) -> int | None:
    """The ticket named in the subject, but only when it exists for the sender: a number alone opens no door."""
    if not claimed.subject_reference:
        return None
    person = Person.objects.with_address(sender.email).first()
    if person is None:
        return None
    number = int(claimed.subject_reference.partition("-")[2])
    ticket = Ticket.objects.visible_to(actor_for(person)).filter(pk=number).first()
    return ticket.pk if ticket is not None and ticket.reference == claimed.subject_reference else None


def _open(actor: Actor, inbound: InboundMessage, mail: ParsedMail, author: Person) -> None:
    ticket = tickets.open_ticket(
        actor=actor,
        requester=author,
        title=base_subject(mail.subject) or one_line(mail.text, 80) or "(no subject)",
        text=_words(mail.text, mail),
        html=safe_html(mail.html),
        channel=inbound.channel,
        desk=inbound.desk or known().desk_for(recipient.email for recipient in mail.recipients),
        message_id=_column(mail.message_id),
        attachments=_files(mail),
        savepoint=False,
    )
    inbound.ticket = ticket


def _follow_up(
    actor: Actor, inbound: InboundMessage, mail: ParsedMail, author: Person, ticket_id: int, handed: Handed | None
) -> None:
    text = visible_reply(mail.text)
    if handed is not None and not handed.forward.handed_on_by:  # what looks quoted is what somebody handed on
        text = mail.text
        if handed.original is not None and takes_part(ticket_id, handed.original):
            author, mail = handed.original, as_original(mail, handed)
            text = mail.text
    message = tickets.receive_message(
        actor=actor,
        ticket_id=ticket_id,
        author=author,
        text=_words(text, mail),
        html=safe_html(mail.html),
        channel=inbound.channel,
        message_id=_column(mail.message_id),
        attachments=_files(mail),
        savepoint=False,
    )
    inbound.message, inbound.ticket = message, message.ticket


def _words(text: str, mail: ParsedMail) -> str:
    """What the sender wrote, and below it the words about what is no text."""
    return "\n\n".join(filter(None, (text.strip(), mail.below))) or _NO_WORDS


def _column(message_id: str) -> str:
    """The id as far as a message of the ticket keeps it; threading uses the whole one of `InboundMessage`."""
    return message_id if len(message_id) <= 400 else ""  # noqa: PLR2004 (the column's width)


def _files(mail: ParsedMail) -> list[NewAttachment]:
    return [
        NewAttachment(name=one.name, content_type=one.content_type, content=one.content, content_id=one.content_id)
        for one in mail.attachments
    ]
