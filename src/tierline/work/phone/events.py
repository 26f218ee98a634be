"""What calls tell on a ticket's timeline."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLogged(Payload):
    """Somebody was on the telephone about this ticket; `seconds` is how long."""

    kind: ClassVar[str] = "call.logged"
    call_id: int
    number: str
    seconds: int
    outgoing: bool

    def erase(self) -> Self:
        return replace(self, number=ERASED if self.number else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMissed(Payload):
    """The requester called and nobody answered. `known_by` says why it is taken for theirs."""

    kind: ClassVar[str] = "call.missed"
    call_id: int
    number: str
    known_by: str

    def erase(self) -> Self:
        return replace(self, number=ERASED if self.number else "")
