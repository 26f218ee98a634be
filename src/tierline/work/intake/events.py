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
