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
    mailbox_id: int | None = None

    def erase(self) -> Self:
        return replace(self, claimed=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderTrusted(Payload):
    """A mail counts as its sender's although the mail server could not confirm that: by which learned rule."""

    kind: ClassVar[str] = "intake.sender_trusted"
    claimed: str
    why: str

    def erase(self) -> Self:
        return replace(self, claimed=ERASED, why=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderConfirmed(Payload):
    """A person said that a doubted sender is who the mail says; `rule_id` when that holds from now on."""

    kind: ClassVar[str] = "intake.sender_confirmed"
    claimed: str
    person_id: int
    rule_id: int | None = None

    def erase(self) -> Self:
        return replace(self, claimed=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailCameToo(Payload):
    """The same mail came to another desk as well: there is this one ticket for it."""

    kind: ClassVar[str] = "intake.mail_came_too"
    desk_id: int
    desk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailForwarded(Payload):
    """A mail was handed on: by whom, who wrote it, and whether that one is taken for the requester, and why."""

    kind: ClassVar[str] = "intake.mail_forwarded"
    forwarder_id: int
    forwarder: str
    original: str
    applied: bool
    why: str

    def erase(self) -> Self:
        return replace(self, forwarder=ERASED, original=ERASED, why=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLeft(Payload):
    """A plug-in that reads mail of this sender did not take this one, and why: it is a mail like any other."""

    kind: ClassVar[str] = "intake.mail_left"
    reader: str
    why: str

    def erase(self) -> Self:
        return replace(self, why=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailProtected(Payload):
    """A mail was signed or encrypted: by which standard (an empty string: it was not). No signature is checked."""

    kind: ClassVar[str] = "intake.mail_protected"
    signed: str
    encrypted: str
