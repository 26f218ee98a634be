"""A mail, understood: who, about what, the words, the attachments. Never raises, always bounded."""

import re
from dataclasses import dataclass

from .body import MAX_ATTACHMENTS, MAX_NAME, MAX_TEXT, WHOLE, Body, MailAttachment, collect, safe_name
from .charsets import scrub
from .headers import Address, Headers, addresses, parse_value
from .mime import Limits, parse_tree

__all__ = [
    "MAX_ATTACHMENTS",
    "MAX_NAME",
    "MAX_TEXT",
    "MailAttachment",
    "ParsedMail",
    "message_ids",
    "parse",
    "safe_name",
]

MAX_CARRIED = 3
_ENCRYPTED = "(This mail is encrypted with {0}. The desk cannot read it; the original is kept.)"
_LONGER = "(This message is longer than is shown here: it has {0} kB. All of it is in the attached file {1}.)"
_CARRIED_LONGER = "(It is longer than is shown here. All of it is in the attached file.)"
_MSG_ID = re.compile(r"<\s*([^<>\s]{1,900})\s*>")
_STARTS = (b"\xef\xbb\xbf", b"\r\n", b"\n", b" \n")


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """What the rooms above need of a mail. Message ids are without angle brackets.

    `below` are words about what is no text (invitations, encryption), to stand below `text`. `signed` and `encrypted`
    name the standard or are empty; no signature is verified. `is_cut`: there are more words than `text` has, and an
    attachment holds them all.
    """

    headers: Headers
    content_type: str
    params: dict[str, str]
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    sender: Address | None
    recipients: tuple[Address, ...]
    text: str
    html: str
    attachments: tuple[MailAttachment, ...]
    size: int
    defects: tuple[str, ...] = ()
    below: str = ""
    signed: str = ""
    encrypted: str = ""
    is_cut: bool = False


def parse(mail: bytes) -> ParsedMail:
    """Read an RFC 5322 message with its MIME parts. Any bytes are accepted."""
    return _parse(mail, depth=0)


def _parse(mail: bytes, *, depth: int) -> ParsedMail:
    size, mail = len(mail), _normal_start(mail)
    limits, body = Limits(), Body()
    root = parse_tree(mail, limits)
    collect(mail, root, body, limits)
    text = body.text
    if body.is_cut and not depth:
        body.below.append(_LONGER.format(body.attach_whole() // 1000, WHOLE))
    headers = root.headers
    return ParsedMail(
        headers=headers,
        content_type=parse_value(headers.get("content-type"))[0] or root.content_type,
        params=root.params,
        message_id=next(iter(message_ids(headers.get("message-id"))), ""),
        in_reply_to=message_ids(headers.get("in-reply-to")),
        references=message_ids(" ".join(headers.all("references"))),
        subject=" ".join(headers.text("subject").split())[:1000],
        sender=_sender(headers),
        recipients=_recipients(headers),
        text=text,
        html=body.html,
        attachments=tuple(body.attachments),
        size=size,
        defects=tuple(limits.defects),
        below=_below(body, text, depth),
        signed=body.signed,
        encrypted=body.encrypted,
        is_cut=body.is_cut,
    )


def _below(body: Body, text: str, depth: int) -> str:
    said = [_ENCRYPTED.format(body.encrypted)] if body.encrypted else []
    carried = [] if text.strip() or depth else [_carried(one) for one in body.attachments[:MAX_CARRIED]]
    words = "\n\n".join((*said, *body.below, *filter(None, carried)))
    return words if len(words) <= MAX_TEXT else f"{words[:MAX_TEXT]}\n\n{_CARRIED_LONGER}"


def _carried(file: MailAttachment) -> str:
    """The words of a message that a mail carries, where the mail itself says nothing."""
    if file.content_type != "message/rfc822":
        return ""
    inner = _parse(file.content, depth=1)
    named = (("From", inner.sender.email if inner.sender else ""), ("Subject", inner.subject))
    head = "\n".join(f"{label}: {value}" for label, value in named if value)
    longer = _CARRIED_LONGER if inner.is_cut else ""
    return "\n\n".join(filter(None, (f"(Carries a message)\n{head}", inner.text.strip(), inner.below, longer)))


def message_ids(value: str) -> tuple[str, ...]:
    """The message ids in a header value, without brackets, in their order; a bare id counts."""
    found = _MSG_ID.findall(value)
    if not found and "@" in value:
        found = [word for word in value.split()[:20] if "@" in word]
    return tuple(dict.fromkeys(scrub(one)[:900] for one in found[-100:]))


def _normal_start(mail: bytes) -> bytes:
    """Without byte-order mark, leading empty lines, the `From ` line of an mbox and lone CRs."""
    if b"\n" not in mail and b"\r" in mail:
        mail = mail.replace(b"\r", b"\n")
    elif b"\r\r\n" in mail[:2000]:
        mail = mail.replace(b"\r\r\n", b"\r\n")
    while mail.startswith(_STARTS):
        mail = mail[3:] if mail.startswith(_STARTS[0]) else mail.lstrip(b" \r\n")
    if mail.startswith((b"From ", b">From ")):
        mail = mail.partition(b"\n")[2]
    return mail


def _sender(headers: Headers) -> Address | None:
    for name in ("from", "sender", "reply-to", "return-path"):
        found = addresses(headers.get(name))
        if found:
            return found[0]
    return None


def _recipients(headers: Headers) -> tuple[Address, ...]:
    names = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
    found = [one for name in names for value in headers.all(name) for one in addresses(value)]
    return tuple({one.email: one for one in reversed(found)}.values())[::-1]
