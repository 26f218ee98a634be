"""Which conversation a mail belongs to: what it claims, in the order in which claims are believed.

RFC 5322 §3.6.4: In-Reply-To, then References from the newest. Then the signed reply address. A reference in
the subject is a claim anyone can make, so the caller believes it only from a participant of that ticket.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from .parse import ParsedMail

_REPLY = re.compile(r"[^@+\s]{1,64}\+(\d{1,18})\.([a-z2-7]{16})@", re.IGNORECASE)
_MESSAGE = re.compile(r"[^@+\s]{1,64}\+m(\d{1,18})\.([a-z2-7]{16})@", re.IGNORECASE)
_VERB = re.compile(r"[^@+\s]{1,64}\+([a-ln-z])(\d{1,18})\.([a-z2-7]{16})@", re.IGNORECASE)
_TAG = re.compile(r"\[((?:INC|REQ)-\d{1,12})\]", re.IGNORECASE)
_PREFIX = re.compile(
    r"\s*(?:(?:re|aw|antw|antwort|sv|vs|vb|vl|fw|fwd|wg|tr|rv|r|i|enc|odp|pd|ynt|i̇?lt|ha|res|trs|doorst|πρθ|απ"
    r"|回复|答复|回覆|返信|転送|转发|轉寄|회신|전달|תגובה|הועבר)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:\uff1a]\s*"
    r"|\[(?:INC|REQ)-\d{1,12}\]\s*)",
    re.IGNORECASE,
)
_NAMED = re.compile(rb"^(?:message-id[ \t]*:[ \t]*\S|received[ \t]*:)", re.IGNORECASE | re.MULTILINE)
_RELATED = re.compile(r"^(?:from|sender|message-id|in-reply-to|references)[ \t]*:(.*(?:\r?\n[ \t].*)*)", re.MULTILINE)
_AT = re.compile(r"[^\s<>()\",;:]+@[^\s<>()\",;:]+")
_BLANK = re.compile(rb"\r?\n\r?\n")
_HEADER_BYTES = 65_536
MAX_CLAIMS = 50


@dataclass(frozen=True, slots=True)
class Claims:
    """What a mail says about where it belongs. `message_ids` in the order of belief.

    `reply_messages` are those that were sent to somebody else than the requester, by their signed addresses. `verbs`
    are signed addresses at which a mail is an order and no message: its letter, and what it is about.
    """

    message_ids: tuple[str, ...] = ()
    reply_tickets: tuple[int, ...] = ()
    reply_messages: tuple[int, ...] = ()
    verbs: tuple[tuple[str, int], ...] = ()
    subject_reference: str = ""

    @property
    def any(self) -> bool:
        return bool(self.message_ids or self.reply_tickets or self.reply_messages or self.subject_reference)


def claims(mail: ParsedMail, secret: str) -> Claims:
    """Everything in `mail` that may tie it to a ticket; only addresses signed with `secret` count."""
    ids = dict.fromkeys((*mail.in_reply_to, *reversed(mail.references)))
    ids.pop(mail.message_id, None)
    tickets = (read_reply_address(one.email, secret) for one in mail.recipients)
    messages = (read_message_address(one.email, secret) for one in mail.recipients)
    return Claims(
        message_ids=tuple(ids)[:MAX_CLAIMS],
        reply_tickets=tuple(dict.fromkeys(ticket for ticket in tickets if ticket is not None)),
        reply_messages=tuple(dict.fromkeys(message for message in messages if message is not None)),
        verbs=tuple(verb for verb in (read_verb_address(one.email, secret) for one in mail.recipients) if verb),
        subject_reference=subject_reference(mail.subject),
    )


def fingerprint(mail: ParsedMail) -> str:
    """Equal for copies of one message that came different ways (two mailboxes, a list and a person).

    The Message-ID alone is not enough: some programs use one id for many messages. Empty without a Message-ID.
    """
    if not mail.message_id:
        return ""
    sender = mail.sender.email if mail.sender else ""
    said = f"{mail.message_id}\x1f{sender}\x1f{mail.subject}\x1f{mail.text}"
    sizes = ",".join(str(len(one.content)) for one in mail.attachments)
    return hashlib.sha256(f"{said}\x1f{sizes}".encode("utf-8", "replace")).hexdigest()


def names_itself(content: bytes) -> bool:
    """Whether equal bytes are the same message: they name it (Message-ID), or the way that it took (Received).

    What a program wrote with neither may come again, word for word, and mean the next time.
    """
    return _NAMED.search(_BLANK.split(content[:_HEADER_BYTES], 1)[0]) is not None


def related_by(content: bytes) -> frozenset[str]:
    """What two messages share that have to do with each other: addresses of senders, ids of messages (in lower case).

    Read from the header block as it is, in microseconds, without understanding it.
    """
    head = _BLANK.split(content[:_HEADER_BYTES], 1)[0].decode("latin-1").lower()
    return frozenset(name for field in _RELATED.findall(head) for name in _AT.findall(field))


def reply_address(ticket_id: int, domain: str, secret: str, *, local: str = "reply") -> str:
    """The address that brings an answer back to one ticket; nobody can make it up without `secret`.

    `local` is the mailbox whose server takes `local+anything@` for it (RFC 5233).
    """
    return f"{local}+{ticket_id}.{_signature('reply', ticket_id, secret)}@{domain}"


def message_address(message_id: int, domain: str, secret: str, *, local: str = "reply") -> str:
    """The address that brings an answer back to one message, which was for somebody else than the requester."""
    return f"{local}+m{message_id}.{_signature('message', message_id, secret)}@{domain}"


def read_reply_address(address: str, secret: str) -> int | None:
    """The ticket id of a signed reply address, or None when it is not one of ours."""
    return _read(_REPLY, "reply", address, secret)


def read_message_address(address: str, secret: str) -> int | None:
    """The id of the message that a signed address belongs to, or None when it is not one of ours."""
    return _read(_MESSAGE, "message", address, secret)


def verb_address(letter: str, number: int, domain: str, secret: str, *, local: str = "reply") -> str:
    """The address at which a mail, whatever it says, does one thing; nobody can make it up without `secret`."""
    return f"{local}+{letter}{number}.{_signature(f'verb-{letter}', number, secret)}@{domain}"


def read_verb_address(address: str, secret: str) -> tuple[str, int] | None:
    """The letter and the number of such an address, or None when it is not one of ours."""
    found = _VERB.match(address)
    if found is None:
        return None
    letter, number = found[1].lower(), int(found[2])
    signed = hmac.compare_digest(found[3].lower(), _signature(f"verb-{letter}", number, secret))
    return (letter, number) if signed else None


def _read(form: re.Pattern[str], purpose: str, address: str, secret: str) -> int | None:
    found = form.match(address)
    if found is None or not hmac.compare_digest(found[2].lower(), _signature(purpose, int(found[1]), secret)):
        return None
    return int(found[1])


def _signature(purpose: str, number: int, secret: str) -> str:
    # 80 bits in base32: mail systems may change the case of a local part, so no base64.
    digest = hmac.new(secret.encode(), f"tierline-{purpose}:{number}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def subject_reference(subject: str) -> str:
    """The ticket reference in square brackets, in capitals, or an empty string."""
    found = _TAG.search(subject)
    return found[1].upper() if found else ""


def base_subject(subject: str) -> str:
    """The subject without reply and forward prefixes (of many languages) and without our own tag."""
    rest = subject[:1000]
    while found := _PREFIX.match(rest):
        rest = rest[found.end() :]
    return rest.strip()


def reply_subject(title: str, reference: str) -> str:
    """The subject of an answer: `Re: title [INC-123]`."""
    return f"Re: {base_subject(title)[:180]} [{reference}]"
