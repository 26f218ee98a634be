"""Delivery reports: which of our messages did not arrive, at whom, and whether for good.

RFC 3464 (message/delivery-status), RFC 6522 (multipart/report), RFC 3463 (status codes). Mail systems that
write prose instead are read by its words, but only when the envelope or the From line says that one wrote.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from .charsets import decode
from .headers import Headers, parse_headers
from .loops import from_mail_system, null_return_path
from .parse import MailAttachment, ParsedMail, message_ids
from .phrases import REPORT_DELAYED, REPORT_FAILED, REPORT_SUBJECTS, searcher

_STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}
_ORIGINAL_TYPES = {
    "message/rfc822",
    "text/rfc822-headers",
    "message/global",
    "message/global-headers",
    "message/rfc822-headers",
}
_MAX_REPORT = 200_000  # bytes of a report or a returned message that are looked at
_MAX_RECIPIENTS = 100
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
_CODE = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_SMTP_CODE = re.compile(r"\b([45][0-5]\d)[ -]")
_MESSAGE_ID_LINE = re.compile(r"^[>\s]*message-id:\s*(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[\w.+=~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_FAILED = searcher(REPORT_FAILED)
_DELAYED = searcher(REPORT_DELAYED)
_SUBJECT = searcher(REPORT_SUBJECTS)
_GAVE_UP = re.compile(r"giv(?:en|ing) up|expired|too long|permanent|fatal|failed", re.IGNORECASE)


class Fate(StrEnum):
    """What a report says of one message."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class RecipientFate:
    """One recipient; `status` as in RFC 3463 (may be empty), `diagnostic` in the server's words."""

    address: str
    fate: Fate
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a mail system reports about a sent message. `original_id` without brackets, may be empty."""

    recipients: tuple[RecipientFate, ...]
    original_id: str

    @property
    def fate(self) -> Fate:
        """The worst fate among the recipients."""
        fates = {one.fate for one in self.recipients}
        return next(fate for fate in (Fate.FAILED, Fate.DELAYED, Fate.DELIVERED) if fate in fates)

    @property
    def summary(self) -> str:
        """One line for people, for example `failed 5.1.1 for a@b.example: no such user`."""
        one = next(one for one in self.recipients if one.fate is self.fate)
        words = [self.fate.value, one.status, f"for {one.address}" if one.address else ""]
        line = " ".join(word for word in words if word)
        return f"{line}: {one.diagnostic}" if one.diagnostic else line


def read_report(mail: ParsedMail) -> DeliveryReport | None:
    """The delivery report in `mail`, or None when it is not one."""
    for part in mail.attachments:
        if part.content_type in _STATUS_TYPES and (fates := _fates(part.content)):
            return DeliveryReport(fates, _original_id(mail))
    return _prose(mail)


def _fates(content: bytes) -> tuple[RecipientFate, ...]:
    """The recipients of a message/delivery-status: groups of fields (RFC 3464 §2.1)."""
    groups = [parse_headers(group.lstrip())[0] for group in _BLANK.split(content[:_MAX_REPORT])]
    fates = [_fate(group) for group in groups if _is_recipient(group)]
    return tuple(fates[:_MAX_RECIPIENTS])


def _is_recipient(group: Headers) -> bool:
    return any(name in group for name in ("final-recipient", "original-recipient", "action", "status"))


def _fate(group: Headers) -> RecipientFate:
    action = group.get("action").split("(")[0].strip().lower()
    status = (_CODE.search(group.get("status")) or _CODE.search(group.get("diagnostic-code")) or [""])[0]
    known = {
        "failed": Fate.FAILED,
        "delayed": Fate.DELAYED,
        "delivered": Fate.DELIVERED,
        "relayed": Fate.DELIVERED,
        "expanded": Fate.DELIVERED,
    }
    by_class = {"2": Fate.DELIVERED, "4": Fate.DELAYED}
    fate = known.get(action) or by_class.get(status[:1], Fate.FAILED)
    recipient = group.get("final-recipient") or group.get("original-recipient")
    diagnostic = " ".join(group.text("diagnostic-code").partition(";")[2].split())
    return RecipientFate(recipient.rpartition(";")[2].strip().strip("<>").lower()[:320], fate, status, diagnostic[:500])


def _original_id(mail: ParsedMail) -> str:
    """The id of the message that is reported on: from the returned message, else from the words around it."""
    for part in mail.attachments:
        if part.content_type in _ORIGINAL_TYPES:
            found = _returned_id(part)
            if found:
                return found
    quoted = _MESSAGE_ID_LINE.search(mail.text)
    ids = message_ids(quoted[1]) if quoted else ()
    return next(iter((*ids, *mail.in_reply_to, *reversed(mail.references))), "")


def _returned_id(part: MailAttachment) -> str:
    headers, _ = parse_headers(_BLANK.split(part.content[:_MAX_REPORT].lstrip(), maxsplit=1)[0])
    return next(iter(message_ids(headers.get("message-id"))), "")


def _prose(mail: ParsedMail) -> DeliveryReport | None:
    """A report in words: needs a mail system as its writer, so that a person may forward one."""
    named = mail.headers.get("x-failed-recipients")
    by_daemon = from_mail_system(mail)
    certain = bool(named) or _is_report(mail)
    if not (certain or by_daemon or null_return_path(mail) or _is_postmaster(mail)):
        return None
    words = f"{mail.subject}\n{_own_words(mail)}"
    if not (certain or ((by_daemon or _SUBJECT.search(mail.subject)) and _tells_of_trouble(words))):
        return None
    delayed = _DELAYED.search(words) and not _GAVE_UP.search(words)
    status = (_CODE.search(words) or [""])[0]
    address = (_ADDRESS.search(named or _own_words(mail)) or [""])[0].lower()
    fate = Fate.DELAYED if delayed else Fate.FAILED
    return DeliveryReport((RecipientFate(address, fate, status, _reason_line(words)),), _original_id(mail))


def _is_report(mail: ParsedMail) -> bool:
    kind = mail.params.get("report-type", "").lower()
    return mail.content_type == "multipart/report" and kind == "delivery-status"


def _tells_of_trouble(words: str) -> bool:
    return any(pattern.search(words) for pattern in (_FAILED, _DELAYED, _SMTP_CODE))


def _own_words(mail: ParsedMail) -> str:
    """What the mail system wrote before it quoted the original."""
    text = mail.text[:20_000]
    if not text.strip() and mail.attachments:
        text = decode(mail.attachments[0].content[:20_000])
    quoted = re.search(r"^(?:received|return-path|message-id|mime-version):", text, re.IGNORECASE | re.MULTILINE)
    return text[: quoted.start()] if quoted else text


def _reason_line(words: str) -> str:
    lines = (line.strip() for line in words.splitlines())
    return next((line[:300] for line in lines if _CODE.search(line) or _SMTP_CODE.search(line)), "")


def _is_postmaster(mail: ParsedMail) -> bool:
    return mail.sender is not None and mail.sender.email.startswith(("postmaster@", "postmaster+"))
