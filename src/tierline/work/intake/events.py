"""What intake tells on a ticket's timeline."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFailed(Payload):
    """A mail of this ticket did not arrive: refused by a server, or reported back (RFC 3464)."""

    kind: ClassVar[str] = "intake.mail_failed"
    outbound_id: int
    message_id: int | None
    recipient: str
    status: str = ""
    words: str = ""

    def erase(self) -> Self:
        return replace(self, recipient=ERASED, words=ERASED if self.words else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDelayed(Payload):
    """A mail of this ticket has not arrived yet; the servers on the way go on trying."""

    kind: ClassVar[str] = "intake.mail_delayed"
    outbound_id: int
    message_id: int | None
    recipient: str
    status: str = ""

    def erase(self) -> Self:
        return replace(self, recipient=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderUnverified(Payload):
    """A mail came from somebody who claims an address; why that is in doubt (RFC 8601)."""

    kind: ClassVar[str] = "intake.sender_unverified"
    claimed: str
    why: str

    def erase(self) -> Self:
        return replace(self, claimed=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailProtected(Payload):
    """A mail was signed or encrypted: by which standard (an empty string: it was not). No signature is checked."""

    kind: ClassVar[str] = "intake.mail_protected"
    signed: str
    encrypted: str
