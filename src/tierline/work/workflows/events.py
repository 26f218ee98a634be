"""What happens in runbooks, macros and actions; all of it stands on the ticket's timeline, for staff."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookStarted(Payload):
    kind: ClassVar[str] = "runbook.started"
    run_id: int
    runbook: str
    title: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCompleted(Payload):
    """`result` is passed, failed, skipped or found; `text` is the runbook's, `note` the agent's."""

    kind: ClassVar[str] = "runbook.step_completed"
    run_id: int
    step: str
    text: str
    result: str
    note: str = ""

    def erase(self) -> Self:
        return replace(self, note=ERASED if self.note else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookCompleted(Payload):
    """A run ended: `state` is done or stopped. The causes are the runbook's own words."""

    kind: ClassVar[str] = "runbook.completed"
    run_id: int
    runbook: str
    title: str
    state: str
    done: int
    total: int
    ruled_out: list[str] = field(default_factory=list)
    suspect: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    reason: str = ""

    def erase(self) -> Self:
        return replace(self, reason=ERASED if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroApplied(Payload):
    """Somebody put a macro on the ticket. `name` is empty for one of their own, which nobody else sees."""

    kind: ClassVar[str] = "macro.applied"
    macro_id: int
    name: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPayload(Payload):
    """What every event about an action says. `describes` may name a person."""

    action_run_id: int
    action: str
    describes: str

    def erase(self) -> Self:
        return replace(self, describes=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRequested(ActionPayload):
    """`automation_id` is 0 when a person asked."""

    kind: ClassVar[str] = "action.requested"
    needs_approval: bool
    automation_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionApproved(ActionPayload):
    kind: ClassVar[str] = "action.approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRefused(ActionPayload):
    kind: ClassVar[str] = "action.refused"
    reason: str = ""

    def erase(self) -> Self:
        return replace(self, describes=ERASED, reason=ERASED if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDone(ActionPayload):
    kind: ClassVar[str] = "action.done"
    detail: str

    def erase(self) -> Self:
        return replace(self, describes=ERASED, detail=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFailed(ActionPayload):
    kind: ClassVar[str] = "action.failed"
    detail: str

    def erase(self) -> Self:
        return replace(self, describes=ERASED, detail=ERASED)
