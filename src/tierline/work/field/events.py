"""What visits and remote help tell on a ticket's timeline."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPlanned(Payload):
    """Somebody comes; `moved` when the visit had another time or place before. Times are ISO 8601."""

    kind: ClassVar[str] = "field.visit_planned"
    visit_id: int
    technician: str
    place: str
    starts_at: str
    ends_at: str
    moved: bool = False

    def erase(self) -> Self:
        return replace(self, place=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDone(Payload):
    kind: ClassVar[str] = "field.visit_done"
    visit_id: int
    outcome: str

    def erase(self) -> Self:
        return replace(self, outcome=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCancelled(Payload):
    kind: ClassVar[str] = "field.visit_cancelled"
    visit_id: int
    reason: str

    def erase(self) -> Self:
        return replace(self, reason=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOpened(Payload):
    """An agent opened a session on the requester's device with a tool of the house."""

    kind: ClassVar[str] = "field.remote_opened"
    tool: str
