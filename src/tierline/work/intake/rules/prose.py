"""Delivery reports in words, from mail systems that write none in the form of RFC 3464.

No single mark decides: people write about mail that came back, too, and forward what a server said. The less surely
a mail server signed, the more must agree: the words, the subject, the server's reply codes, the returned message.
"""

import re

from .charsets import decode
from .headers import Headers, addresses, parse_headers
from .loops import is_absence_note
from .parse import ParsedMail
from .report_words import DELAYED, REPORT_SUBJECT, RETURNED, TROUBLE
from .writers import Writer, is_postmaster_s_own, writer_of

ORIGINAL_TYPES = {
    "message/rfc822",
    "text/rfc822-headers",
    "message/global",
    "message/global-headers",
    "message/rfc822-headers",
}
MAX_RETURNED = 200_000  # bytes of a returned message that are looked at
_MAX_WORDS = 6_000  # characters of a report: what a server says stands at its beginning
_HEAD = 600
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
_HEADER_LINE = re.compile(
    r"^[ \t>|]*(?:received|return-path|message-id|mime-version|x-mailer|delivered-to|x-originating-ip):",
    re.IGNORECASE | re.MULTILINE,
)
_ENHANCED = re.compile(r"(?<![\w.])([45]\.\d{1,3}\.\d{1,3})(?![\w.])")
_DIALOGUE = re.compile(
    r"(?:^|[\s:<>('\"])[45][0-5]\d[ -]+[#(]?[45]\.\d{1,2}\.\d{1,3}"
    r"|(?:\b(?:said|says|responded|replied|response|reason|smtp)\b|<<<).{0,80}?\W[45][0-5]\d[ -]"
    r"|^[ \t>]*[45][0-5]\d[ -].{0,80}?(?:user|mailbox|recipient|address|relay|mail|message|action|spam|block)"
    r"|^[ \t>]*(?:rcpt to|mail from|final-recipient|diagnostic-code)\s*:",
    re.IGNORECASE | re.MULTILINE,
)


def is_prose_report(mail: ParsedMail) -> bool:
    """Whether a mail system tells here, in words, that a message did not arrive or is late."""
    writer = writer_of(mail)
    if writer is Writer.UNKNOWN:
        return _came_back_to_us(mail)
    by_subject = REPORT_SUBJECT.match(mail.subject) is not None
    words = own_words(mail)
    trouble = any(one.search(words) for one in (TROUBLE, DELAYED)) or (
        not by_subject and bool(TROUBLE.search(mail.subject))
    )
    if writer is Writer.SYSTEM:
        return by_subject or trouble or bool(_DIALOGUE.search(words))
    evidence = bool(_DIALOGUE.search(words)) or _returns_message(mail) or is_postmaster_s_own(mail)
    if by_subject:
        return trouble or evidence
    return trouble and evidence and "@" in words and not is_absence_note(mail.subject)


def own_words(mail: ParsedMail) -> str:
    """What the mail system wrote before it quoted the original."""
    text = mail.text
    if not text.strip() and mail.attachments:
        text = decode(mail.attachments[0].content[: 3 * _MAX_WORDS])
    quoted = _HEADER_LINE.search(text)
    return (text[: quoted.start()] if quoted and quoted.start() > _HEAD // 10 else text)[:_MAX_WORDS]


def status_in(words: str) -> str:
    """The first status code of RFC 3463 in `words`, or an empty string."""
    return (_ENHANCED.search(words) or [""])[0]


def reason_line(words: str) -> str:
    """The line in which the server gives its reason, at most 300 characters."""
    lines = (line.strip() for line in words.splitlines())
    return next((line[:300] for line in lines if _ENHANCED.search(line) or _DIALOGUE.search(line)), "")


def returned_headers(mail: ParsedMail) -> Headers:
    """The headers of the message that the report returns, as a part or in the text; empty when there are none."""
    for part in mail.attachments:
        if part.content_type in ORIGINAL_TYPES:
            return parse_headers(_BLANK.split(part.content[:MAX_RETURNED].lstrip(), maxsplit=1)[0])[0]
    quoted = _HEADER_LINE.search(mail.text[:MAX_RETURNED])
    if quoted is None:
        return Headers()
    start = mail.text.rfind("\n\n", 0, quoted.start()) + 1
    block = re.sub(
        r"^[ \t]*[>|][ \t]?|^[ \t]{2,8}(?=[A-Z][\w-]{1,40}:)", "", mail.text[start:MAX_RETURNED], flags=re.MULTILINE
    )
    return parse_headers(block.lstrip().split("\n\n", 1)[0].encode("utf-8", "replace"))[0]


def _returns_message(mail: ParsedMail) -> bool:
    attached = any(one.content_type in ORIGINAL_TYPES for one in mail.attachments)
    return attached or bool(_HEADER_LINE.search(mail.text)) or bool(RETURNED.search(mail.text[:_MAX_WORDS]))


def _came_back_to_us(mail: ParsedMail) -> bool:
    """Nothing in the envelope says a server wrote it: then subject, first words and the returned message must.

    The returned message has to be one that the reader of this mail had sent. A person who asks about a bounce sends
    the bounce, or a message of their own.
    """
    if REPORT_SUBJECT.match(mail.subject) is None or not TROUBLE.search(own_words(mail)[:_HEAD]):
        return False
    returned = returned_headers(mail)
    senders = {one.email for name in ("from", "return-path", "sender") for one in addresses(returned.get(name))}
    return not senders.isdisjoint(one.email for one in mail.recipients)
