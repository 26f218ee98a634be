"""What happens in a major incident. All of it stands on the timeline of the ticket that carries it: one timeline.

`major.joined` and `major.left` stand on the tickets that are parts of it.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared(Payload):
    """`criteria` are those that were met; without any, `reason` says why it is one."""

    kind: ClassVar[str] = "major.declared"
    major_id: int
    criteria: list[str]
    reason: str
    cadence: int

    def erase(self) -> Self:
        return replace(self, reason=ERASED if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesSet(Payload):
    kind: ClassVar[str] = "major.roles_set"
    major_id: int
    commander: str
    communications: str
    scribe: str
    cadence: int

    def erase(self) -> Self:
        return replace(self, commander=ERASED, communications=ERASED, scribe=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated(Payload):
    """Words about the state of things, for colleagues or for everybody (`public`)."""

    kind: ClassVar[str] = "major.updated"
    major_id: int
    update_id: int
    public: bool
    words: str

    def erase(self) -> Self:
        return replace(self, words=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMissed(Payload):
    """Words were due at `due_at` and did not come."""

    kind: ClassVar[str] = "major.update_missed"
    major_id: int
    due_at: str
    commander: str

    def erase(self) -> Self:
        return replace(self, commander=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildrenAttached(Payload):
    kind: ClassVar[str] = "major.children_attached"
    major_id: int
    ticket_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildDetached(Payload):
    kind: ClassVar[str] = "major.child_detached"
    major_id: int
    ticket_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Payload):
    """This ticket is a part of a major incident."""

    kind: ClassVar[str] = "major.joined"
    major_id: int
    ticket_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Payload):
    """This ticket is no part of the major incident after all."""

    kind: ClassVar[str] = "major.left"
    major_id: int
    ticket_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mitigated(Payload):
    """The harm has stopped; the cause may still be there."""

    kind: ClassVar[str] = "major.mitigated"
    major_id: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoodDown(Payload):
    """It is over. `resolves` says whether the tickets that are parts of it are resolved with it."""

    kind: ClassVar[str] = "major.stood_down"
    major_id: int
    seconds: int
    resolves: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionAgreed(Payload):
    kind: ClassVar[str] = "major.action_agreed"
    major_id: int
    action_id: int
    what: str
    due_on: str

    def erase(self) -> Self:
        return replace(self, what=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDone(Payload):
    kind: ClassVar[str] = "major.action_done"
    major_id: int
    action_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOverdue(Payload):
    kind: ClassVar[str] = "major.action_overdue"
    major_id: int
    action_id: int
    what: str
    due_on: str

    def erase(self) -> Self:
        return replace(self, what=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed(Payload):
    """The blameless review is closed."""

    kind: ClassVar[str] = "major.reviewed"
    major_id: int
    actions: int
