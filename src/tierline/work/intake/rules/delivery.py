"""Delivery reports: which of our messages did not arrive, at whom, and whether for good.

RFC 3464 (message/delivery-status), RFC 6522 (multipart/report), RFC 3463 (status codes), RFC 6533 (the same with
UTF-8). Mail systems that write prose instead are read by their words (`prose.py`), the large sender's own notices as
what they are (`notices.py`).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from . import notices
from .headers import Headers, addresses, parse_headers
from .parse import ParsedMail, message_ids
from .phrases import FORWARD_PREFIX
from .prose import MAX_RETURNED, is_prose_report, own_words, reason_line, returned_headers, status_in
from .report_words import DELAYED
from .writers import Writer, writer_of

_STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}
_MAX_RECIPIENTS = 100
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
_CODE = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_MESSAGE_ID_LINE = re.compile(r"^[>| \t]*message-id:\s{0,9}(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[\w.+=~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_GAVE_UP = re.compile(r"giv(?:en|ing) up|expired|too long|permanent|fatal|failed", re.IGNORECASE)
_FORWARDED = re.compile(rf"\s*{FORWARD_PREFIX}", re.IGNORECASE)


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
    """What a mail system reports about a sent message.

    `original_id` without brackets, may be empty; `reply_to` are the addresses that the message named for answers.
    """

    recipients: tuple[RecipientFate, ...]
    original_id: str
    reply_to: tuple[str, ...] = ()

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
    notice = notices.read_notice(mail)
    if notice is not None:
        return _of_notice(notice)
    for part in mail.attachments:
        if part.content_type in _STATUS_TYPES and (fates := _fates(part.content)):
            return None if _is_forwarded(mail) else DeliveryReport(fates, *_about(mail))
    return _prose(mail)


def _is_forwarded(mail: ParsedMail) -> bool:
    """A person hands a report on: it is no report to us."""
    return (
        mail.content_type != "multipart/report"
        and writer_of(mail) is Writer.UNKNOWN
        and _FORWARDED.match(mail.subject) is not None
    )


def _of_notice(notice: dict[str, Any]) -> DeliveryReport | None:
    fate = {"bounce": Fate.FAILED, "deliverydelay": Fate.DELAYED, "delivery": Fate.DELIVERED}.get(
        notices.kind_of(notice)
    )
    if fate is None:
        return None
    fates = tuple(
        RecipientFate(address.lower()[:320], fate, (_CODE.search(status) or [""])[0], diagnostic[:500])
        for address, status, diagnostic in notices.recipients_of(notice)
    )
    return DeliveryReport(fates or (RecipientFate("", fate),), notices.original_id_of(notice))


def _fates(content: bytes) -> tuple[RecipientFate, ...]:
    """The recipients of a message/delivery-status: groups of fields (RFC 3464 §2.1)."""
    groups = [parse_headers(group.lstrip())[0] for group in _BLANK.split(content[:MAX_RETURNED])]
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


def _about(mail: ParsedMail) -> tuple[str, tuple[str, ...]]:
    """The id of the message that is reported on, and the addresses that its headers name for answers."""
    headers = returned_headers(mail)
    quoted = None if "message-id" in headers else _MESSAGE_ID_LINE.search(mail.text)
    ids = message_ids(headers.get("message-id") or (quoted[1] if quoted else ""))
    reply_to = tuple(one.email for one in addresses(headers.get("reply-to")))
    return next(iter((*ids, *mail.in_reply_to, *reversed(mail.references))), ""), reply_to


def _prose(mail: ParsedMail) -> DeliveryReport | None:
    """A report in words: needs a mail system as its writer, so that a person may forward one."""
    named = mail.headers.get("x-failed-recipients")
    if not (named or _is_report(mail) or is_prose_report(mail)):
        return None
    words = f"{mail.subject}\n{own_words(mail)}"
    delayed = DELAYED.search(words) and not _GAVE_UP.search(words)
    address = (_ADDRESS.search(named or own_words(mail)) or [""])[0].lower()
    fate = Fate.DELAYED if delayed else Fate.FAILED
    return DeliveryReport((RecipientFate(address, fate, status_in(words), reason_line(words)),), *_about(mail))


def _is_report(mail: ParsedMail) -> bool:
    kind = mail.params.get("report-type", "").lower()
    return mail.content_type == "multipart/report" and kind == "delivery-status"
