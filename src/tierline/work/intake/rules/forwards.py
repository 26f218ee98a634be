"""Mail that somebody hands on: who wrote the original, what of the text is theirs, and how that is known.

A forwarded mail is carried as a part (RFC 2046 §5.2.1), sent again unchanged (`Resent-*`, RFC 5322 §3.6.6), or quoted
below its header lines, in the words of the mail program. Whether any of it is believed is decided elsewhere.
"""

import re
from dataclasses import dataclass

from .headers import Address, addresses
from .parse import MailAttachment, ParsedMail, parse
from .phrases import FORWARD_PREFIX, FORWARDED_WORDS, FROM_LABELS, HEADER_LABELS, any_of
from .quotes import is_signature
from .writers import Writer, writer_of

_MAX_LINES = 400  # in which the header of a forwarded mail is looked for
_MAX_HEADER = 14  # lines of that header
_LONGEST = 400  # characters of a line that is looked at
_COLON = "[:\uff1a]"
_PREFIX = re.compile(rf"\s*(?:\[[^\]]{{1,40}}\]\s*)?{FORWARD_PREFIX}", re.IGNORECASE)
_FINNISH_REPLY = re.compile(r"\s*vs\s*:", re.IGNORECASE)
_MARKER = re.compile(rf"[\s>]*(?:[-_*=\u2014]{{2,}}\s*|begin )[^\n]{{0,40}}{any_of(FORWARDED_WORDS)}", re.IGNORECASE)
_LABEL = re.compile(
    rf"[\s>|]*\*{{0,2}}({any_of((*FROM_LABELS, *HEADER_LABELS))})\s*\*{{0,2}}\s*{_COLON}\s*\*{{0,2}}\s*(.*)",
    re.IGNORECASE,
)
_FROM = re.compile(rf"{any_of(FROM_LABELS)}$", re.IGNORECASE)
_BRACKETS = re.compile(
    r"[\[<]\s*(?:mailto:)?\s*([^\s<>\[\]]+@[^\s<>\[\]]+?)\s*(?:<mailto:[^>]*>)?\s*[\]>]", re.IGNORECASE
)
_QUOTE = re.compile(r"^[ \t]?>[ \t]?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Forward:
    """A mail in a mail. `remark` is what the forwarder wrote above it, `how` in a few words how it was found.

    `handed_on_by` is set when it was sent again unchanged: then the mail's own sender wrote it.
    """

    sender: Address
    words: str
    remark: str
    how: str
    html: str = ""
    files: tuple[MailAttachment, ...] = ()
    handed_on_by: str = ""
    by_program: bool = False


def looks_forwarded(mail: ParsedMail) -> bool:
    """A cheap look: whether `forwarded` may find something, without reading the text."""
    return _PREFIX.match(mail.subject) is not None or "resent-from" in mail.headers


def forwarded(mail: ParsedMail) -> Forward | None:
    """The mail that this one hands on; None when it hands on none, or one that names no sender."""
    if mail.content_type == "multipart/report":
        return None
    return _resent(mail) or _carried(mail) or _quoted(mail)


def _resent(mail: ParsedMail) -> Forward | None:
    by = addresses(mail.headers.get("resent-from"))
    if not by or mail.sender is None or by[0].email == mail.sender.email:
        return None
    return Forward(mail.sender, mail.text, "", "it was sent on unchanged (Resent-From)", handed_on_by=by[0].email)


def _carried(mail: ParsedMail) -> Forward | None:
    """A mail carried as a part; more than one is a collection, and nobody's request."""
    carried = [one for one in mail.attachments if one.content_type == "message/rfc822"]
    if len(carried) != 1 or not (_PREFIX.match(mail.subject) or not mail.text.strip()):
        return None
    inner = parse(carried[0].content)
    if inner.sender is None:
        return None
    files = (*inner.attachments, *mail.attachments)
    how = "the mail that it carries names its sender"
    by_program = writer_of(inner) is not Writer.UNKNOWN
    return Forward(inner.sender, inner.text, mail.text.strip(), how, inner.html, files, by_program=by_program)


def _quoted(mail: ParsedMail) -> Forward | None:
    """A mail below its header lines, after a line that says so or under a subject that does."""
    everything = mail.text.replace("\r\n", "\n").split("\n")
    lines = everything[:_MAX_LINES]
    marker = next((number for number, line in enumerate(lines) if len(line) <= _LONGEST and _MARKER.match(line)), None)
    named = _PREFIX.match(mail.subject) is not None
    if not named and (marker is None or mail.in_reply_to or mail.references):
        return None  # an answer may quote what somebody forwarded long ago
    start = next((one for one in range(marker or 0, len(lines)) if _begins_header(lines, one)), None)
    if start is None:
        return None
    header, end = _header(lines, start)
    sender = _sender_in(header)
    if sender is None or (marker is None and _is_finnish_reply(mail.subject, header)):
        return None
    words = "\n".join(everything[end:]).strip("\n")
    remark = _remark(lines[: start if marker is None else min(marker, start)])
    files, how = mail.attachments, "the header lines of the forwarded mail name its sender"
    return Forward(sender, _unquoted(words).strip(), remark, how, "" if remark else mail.html, files)


def _begins_header(lines: list[str], number: int) -> bool:
    """Whether here, close together, stand at least three lines of a header, one of them with the sender."""
    if not _LABEL.match(lines[number][:_LONGEST]):
        return False
    near = [found for line in lines[number : number + _MAX_HEADER // 2] if (found := _LABEL.match(line[:_LONGEST]))]
    return len(near) > 2 and any(_FROM.match(found[1]) for found in near)  # noqa: PLR2004 (two may be prose)


def _header(lines: list[str], start: int) -> tuple[list[tuple[str, str]], int]:
    """The header's fields, those that go on in the next line put together, and the line after it."""
    fields: list[tuple[str, str]] = []
    number = start
    while number < min(len(lines), start + _MAX_HEADER):
        line = lines[number][:_LONGEST]
        found = _LABEL.match(line)
        if found:
            fields.append((found[1], found[2].strip()))
        elif not line.strip(" >|\t"):
            break
        elif fields:
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line.strip(' >|')}")
        number += 1
    return fields, number


def _sender_in(header: list[tuple[str, str]]) -> Address | None:
    said = next((value for label, value in header if _FROM.match(label)), "")
    bracketed = _BRACKETS.search(said)
    if bracketed:
        name = said[: bracketed.start()].strip(" \t\"'*")
        return Address(bracketed[1].lower(), "" if "@" in name else name[:120])
    return next(iter(addresses(said[:_LONGEST])), None)


def _is_finnish_reply(subject: str, header: list[tuple[str, str]]) -> bool:
    """In Finnish `VS:` answers, in Danish and Norwegian it forwards: the labels tell the language."""
    return _FINNISH_REPLY.match(subject) is not None and header[0][0].lower() == "lähettäjä"


def _remark(lines: list[str]) -> str:
    """What stands above, without the signature."""
    end = next((number for number, line in enumerate(lines) if is_signature(line)), len(lines))
    return "\n".join(lines[:end]).strip(" \t\n-_*=")


def _unquoted(words: str) -> str:
    """Without the quote marks that some programs put before a whole forwarded mail."""
    lines = [line for line in words.split("\n") if line.strip()]
    return _QUOTE.sub("", words) if lines and all(line.startswith(">") for line in lines) else words
