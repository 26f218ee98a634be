"""What a server means that does not take a mail (RFC 5321 §4.2, RFC 3463): in words, and whose matter it is."""

import re
import smtplib
from dataclasses import dataclass
from enum import StrEnum

_PERMANENT = 500
_TOO_LARGE = 552
# Said at the recipient, and yet about whoever sends: no sign-in, no permission, no relaying.
_NO_RELAY = re.compile(r"relay|authent|sign[ -]?in|log[ -]?in|not (?:permitted|allowed|authori[sz]ed)", re.IGNORECASE)
_SIGN_IN_CODES = {530, 535, 538}


class Refused(StrEnum):
    """What was refused: everything for now, the desk itself, the recipient, or this mail."""

    BROKE = "broke"
    NOW = "now"
    SENDER = "sender"
    RELAY = "relay"
    RECIPIENT = "recipient"
    LETTERS = "letters"
    CONTENT = "content"


_SENTENCES = {
    Refused.BROKE: ("{host} broke off while it was handed a mail: {said}", "Try it again."),
    Refused.NOW: (
        "{host} does not take a mail now: {said}",
        "Try it again in some minutes: many servers let those wait whom they do not know yet.",
    ),
    Refused.SENDER: (
        "{host} takes no mail from {sender}: {said}",
        "Sign in, or use an address as sender that this account may write from.",
    ),
    Refused.RELAY: (
        "{host} passes on no mail to {recipient} for us: {said}",
        "Sign in with a user that may send, or have the server allow this machine.",
    ),
    Refused.RECIPIENT: ("{host} does not take mail to {recipient}: {said}", "Check the address."),
    Refused.LETTERS: (
        "{host} takes no address with other letters than those of ASCII (SMTPUTF8).",
        "Write to another address of this person.",
    ),
    Refused.CONTENT: ("{host} does not take this mail: {said}", "The server's own words say why."),
}
_FOR_GOOD = {Refused.RECIPIENT, Refused.LETTERS, Refused.CONTENT}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused, what the server said, and the sentence and the advice for people."""

    what: Refused
    said: str
    words: str
    todo: str

    @property
    def for_good(self) -> bool:
        """Whether another try cannot help. What is refused to the desk itself may be put right there."""
        return self.what in _FOR_GOOD


def refusal(problem: smtplib.SMTPException, *, host: str, sender: str, recipient: str) -> Refusal:
    """What `problem`, raised while a mail was handed over, means."""
    code, text = _answer(problem, recipient)
    said = " ".join(f"{code or ''} {text}".split())[:300]
    what = _what(problem, code, text)
    words, todo = _SENTENCES[what]
    return Refusal(what, said, words.format(host=host, sender=sender or "<>", recipient=recipient, said=said), todo)


def _what(problem: smtplib.SMTPException, code: int, text: str) -> Refused:
    if isinstance(problem, smtplib.SMTPNotSupportedError):
        return Refused.LETTERS
    if code < _PERMANENT:
        return Refused.NOW if code else Refused.BROKE
    if isinstance(problem, smtplib.SMTPSenderRefused) and code != _TOO_LARGE:
        return Refused.SENDER
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return Refused.RELAY if code in _SIGN_IN_CODES or _NO_RELAY.search(text) else Refused.RECIPIENT
    return Refused.CONTENT


def _answer(problem: smtplib.SMTPException, recipient: str) -> tuple[int, str]:
    """The code and the words of the server; code 0 when it said nothing."""
    code: int
    words: bytes | str
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        code, words = problem.recipients.get(recipient) or next(iter(problem.recipients.values()), (0, b""))
    elif isinstance(problem, smtplib.SMTPResponseException):
        code, words = problem.smtp_code, problem.smtp_error
    else:
        code, words = 0, str(problem)
    return max(code, 0), words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
