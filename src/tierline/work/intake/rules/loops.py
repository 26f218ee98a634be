"""What kind of sender stands behind a mail, and so what may be done with it by itself.

RFC 3834 §2: nothing is answered automatically that was itself sent automatically. RFC 2919 and RFC 2369 name
the marks of mailing lists, RFC 5965 feedback reports, RFC 8098 read receipts. Mail from lists and programs
may well report an incident: it opens a ticket, it is only never answered automatically.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from .parse import ParsedMail
from .phrases import ABSENCE_SUBJECTS, any_of

LOOP_HEADER = "X-Tierline-Loop"
_LIST_HEADERS = ("list-id", "list-unsubscribe", "list-post", "list-help", "mailing-list", "x-mailing-list")
_BULK = {"bulk", "list", "junk"}
_REPLY_MARKS = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply", "x-vacation")
_SYSTEM_ADDRESS = re.compile(r"(?:^|<)\s*\"?(?:mailer|mail|m)[-_ ]?daemon\"?\s*(?:[@<>(]|$)", re.IGNORECASE)
_REPLY_SUBJECT = re.compile(r"\s*(?:re:\s*)?" + any_of(ABSENCE_SUBJECTS), re.IGNORECASE)


class Nature(StrEnum):
    """Who wrote: decides whether a ticket may be opened and whether an automatic answer may go out."""

    PERSON = "person"
    LIST = "list"
    PROGRAM = "program"
    AUTOMATIC_REPLY = "automatic_reply"
    READ_RECEIPT = "read_receipt"
    COMPLAINT = "complaint"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The nature of a mail and the sentence that explains it."""

    nature: Nature
    reason: str = ""

    @property
    def may_answer(self) -> bool:
        """Whether an automatic answer may go out at all."""
        return self.nature is Nature.PERSON

    @property
    def opens_ticket(self) -> bool:
        return self.nature in (Nature.PERSON, Nature.LIST, Nature.PROGRAM)


@dataclass(frozen=True, slots=True)
class Own:
    """How this desk knows what it sent itself: the value of its loop header and its addresses."""

    loop_mark: str
    addresses: frozenset[str] = frozenset()


def judge(mail: ParsedMail, own: Own) -> Verdict:
    """The verdict on one mail; the first rule that applies decides."""
    verdict = _sent_by_us(mail, own)
    for rule in (_report_kinds, _auto_submitted, _automatic_reply, _list_or_bulk, _no_answer_wanted):
        verdict = verdict or rule(mail)
    return verdict or Verdict(Nature.PERSON)


def _sent_by_us(mail: ParsedMail, own: Own) -> Verdict | None:
    if own.loop_mark in mail.headers.all(LOOP_HEADER.lower()):
        return Verdict(Nature.OWN, f"this desk sent it itself ({LOOP_HEADER})")
    if mail.sender and mail.sender.email in own.addresses:
        return Verdict(Nature.OWN, "its sender is this desk's own address")
    return None


def _report_kinds(mail: ParsedMail) -> Verdict | None:
    kind = mail.params.get("report-type", "").lower() if mail.content_type == "multipart/report" else ""
    types = {one.content_type for one in mail.attachments}
    if kind == "feedback-report" or "message/feedback-report" in types:
        return Verdict(Nature.COMPLAINT, "feedback report (RFC 5965)")
    if kind == "disposition-notification" or "message/disposition-notification" in types:
        return Verdict(Nature.READ_RECEIPT, "read receipt (RFC 8098)")
    return None


def _auto_submitted(mail: ParsedMail) -> Verdict | None:
    word = mail.headers.get("auto-submitted").split(";")[0].split("(")[0].strip().lower()
    if word in ("", "no"):
        return None
    # A program that answers something is an automatic answer, whatever word it uses.
    is_reply = word.startswith(("auto-replied", "auto-notified")) or bool(mail.in_reply_to)
    nature = Nature.AUTOMATIC_REPLY if is_reply else Nature.PROGRAM
    return Verdict(nature, f"Auto-Submitted: {word[:40]} (RFC 3834)")


def _automatic_reply(mail: ParsedMail) -> Verdict | None:
    mark = next((name for name in _REPLY_MARKS if mail.headers.get(name).strip().lower() not in ("", "no")), "")
    if mark:
        return Verdict(Nature.AUTOMATIC_REPLY, f"header {mark}")
    precedence = _precedence(mail)
    if precedence in ("auto_reply", "auto-reply"):
        return Verdict(Nature.AUTOMATIC_REPLY, f"Precedence: {precedence}")
    sent_by_program = null_return_path(mail) or precedence in _BULK or bool(mail.in_reply_to)
    if sent_by_program and _REPLY_SUBJECT.match(mail.subject):
        return Verdict(Nature.AUTOMATIC_REPLY, "its subject is that of an absence note, and other marks agree")
    return None


def _list_or_bulk(mail: ParsedMail) -> Verdict | None:
    header = next((name for name in _LIST_HEADERS if name in mail.headers), "")
    if header:
        return Verdict(Nature.LIST, f"mailing list ({header})")
    precedence = _precedence(mail)
    return Verdict(Nature.LIST, f"Precedence: {precedence}") if precedence in _BULK else None


def _no_answer_wanted(mail: ParsedMail) -> Verdict | None:
    if null_return_path(mail):
        return Verdict(Nature.PROGRAM, "null return path")
    if from_mail_system(mail):
        return Verdict(Nature.PROGRAM, "sent by a mail system")
    suppress = mail.headers.get("x-auto-response-suppress").strip().lower()
    if suppress not in ("", "none"):
        return Verdict(Nature.PROGRAM, "X-Auto-Response-Suppress asks for no automatic answer")
    local_part = mail.sender.email.partition("@")[0] if mail.sender else ""
    if re.fullmatch(r"(?:no|do[-_.]?not)[-_.]?reply(?:[-_.+].*)?", local_part):
        return Verdict(Nature.PROGRAM, "the sender's address takes no answers")
    return None


def _precedence(mail: ParsedMail) -> str:
    return mail.headers.get("precedence").strip().lower()


def null_return_path(mail: ParsedMail) -> bool:
    """The envelope sender was empty (RFC 5321 §4.5.5), as the last mail server wrote it down."""
    return any(value.replace(" ", "") == "<>" for value in mail.headers.all("return-path"))


def from_mail_system(mail: ParsedMail) -> bool:
    """The From line or the envelope names a mail server's own address, with or without a domain."""
    written = (mail.headers.get("from"), mail.headers.get("return-path"))
    return any(_SYSTEM_ADDRESS.search(value[-1000:]) for value in written)
