"""What a chat tells on its ticket's timeline."""

from dataclasses import dataclass
from typing import ClassVar

from tierline.core.timeline.rules import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPassedOn(Payload):
    """A chat became this ticket, and why. Nobody has checked that the visitor's address is theirs."""

    kind: ClassVar[str] = "chat.passed_on"
    widget: str
    why: str

    def erase(self) -> "ChatPassedOn":
        return self  # the name of a site and a reason, no words of a person


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorLeft(Payload):
    """The visitor closed the chat; answers go on by mail."""

    kind: ClassVar[str] = "chat.visitor_left"
