"""A mail, understood: who, about what, the words, the attachments. Never raises, always bounded."""

import mimetypes
import re
from dataclasses import dataclass, field

from .charsets import decode, scrub
from .headers import Address, Headers, addresses, parse_value
from .html_text import html_to_text
from .mime import Limits, Part, parse_tree

MAX_TEXT_BYTES = 2_000_000  # of one text part that is decoded
MAX_TEXT = 200_000  # characters of the mail's text; the rest is in the original
MAX_HTML = 1_000_000
MAX_ATTACHMENTS = 200
MAX_NAME = 200

_PATH = re.compile(r"[/\\\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+")
_MSG_ID = re.compile(r"<\s*([^<>\s]{1,900})\s*>")
_STARTS = (b"\xef\xbb\xbf", b"\r\n", b"\n", b" \n")


@dataclass(frozen=True, slots=True)
class MailAttachment:
    """A part that is not the text: name made safe, type as declared, decoded bytes."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """What the rooms above need of a mail. Message ids are without angle brackets."""

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


@dataclass(frozen=True, slots=True)
class _Text:
    source: str
    is_html: bool


@dataclass(slots=True)
class _Body:
    texts: list[_Text] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[MailAttachment] = field(default_factory=list)


def parse(mail: bytes) -> ParsedMail:
    """Read an RFC 5322 message with its MIME parts. Any bytes are accepted."""
    size, mail = len(mail), _normal_start(mail)
    limits, body = Limits(), _Body()
    root = parse_tree(mail, limits)
    _collect(mail, root, body, limits)
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
        text=_readable(body),
        html="\n".join(body.htmls)[:MAX_HTML],
        attachments=tuple(body.attachments),
        size=size,
        defects=tuple(limits.defects),
    )


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


def _collect(mail: bytes, part: Part, body: _Body, limits: Limits) -> None:
    """Walk the tree in order; of alternatives the plain text is read and the HTML kept beside it."""
    if part.content_type != "multipart/alternative" or not part.children:
        for child in part.children:
            _collect(mail, child, body, limits)
        if not part.children:
            _leaf(mail, part, body, limits)
        return
    inner = _Body(attachments=body.attachments)
    for child in part.children:
        _collect(mail, child, inner, limits)
    body.htmls += inner.htmls
    plain = [one for one in inner.texts if not one.is_html and one.source.strip()]
    body.texts += plain[:1] or inner.texts


def _leaf(mail: bytes, part: Part, body: _Body, limits: Limits) -> None:
    disposition, given = parse_value(part.headers.get("content-disposition"))
    name = given.get("filename") or part.params.get("name") or ""
    readable = part.content_type in ("text/plain", "text/html") and disposition != "attachment" and not name
    if not readable:
        _attach(mail, part, name, body, limits, inline=disposition == "inline")
        return
    content = part.content(mail)
    if len(content) > MAX_TEXT_BYTES:
        limits.note("the text is longer than is shown: the whole is in the original")
    text = decode(content[:MAX_TEXT_BYTES], part.params.get("charset", ""))
    is_html = part.content_type == "text/html"
    if is_html:
        text = text[:MAX_HTML]
        body.htmls.append(text)
    body.texts.append(_Text(text, is_html))


def _readable(body: _Body) -> str:
    """The text parts one after the other; HTML becomes words only where no plain text stood for it."""
    words = [html_to_text(one.source) if one.is_html else one.source.replace("\r\n", "\n") for one in body.texts]
    return "\n\n".join(text.strip("\n") for text in words if text.strip())[:MAX_TEXT]


def _attach(mail: bytes, part: Part, name: str, body: _Body, limits: Limits, *, inline: bool) -> None:
    if len(body.attachments) >= MAX_ATTACHMENTS:
        limits.note(f"more than {MAX_ATTACHMENTS} attachments: the others are in the original only")
        return
    content = part.content(mail)
    if not content and not name:
        return
    content_id = part.headers.get("content-id").strip("<> ")[:MAX_NAME]
    number = len(body.attachments) + 1
    body.attachments.append(
        MailAttachment(
            name=safe_name(name) or _made_up_name(part.content_type, number),
            content_type=scrub(part.content_type)[:120],
            content=content,
            content_id=content_id,
            inline=inline,
        )
    )


def safe_name(name: str) -> str:
    """A file name without folders, control characters and direction marks, at most `MAX_NAME` characters."""
    bare = _PATH.sub("/", name).rstrip("/").rpartition("/")[2].strip(" .")
    if len(bare) <= MAX_NAME:
        return bare
    stem, dot, ending = bare.rpartition(".")
    return f"{stem[: MAX_NAME - 20]}{dot}{ending[:19]}" if dot else bare[:MAX_NAME]


def _made_up_name(content_type: str, number: int) -> str:
    known = {"message/rfc822": ".eml", "message/delivery-status": ".txt", "text/rfc822-headers": ".txt"}
    ending = known.get(content_type) or mimetypes.guess_extension(content_type, strict=False) or ".bin"
    return f"part-{number}{ending}"
