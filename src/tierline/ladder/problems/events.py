"""What happens to a problem. Each event stands on the problem's timeline and on that of every linked ticket."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemOpened(Payload):
    kind: ClassVar[str] = "problem.opened"
    problem_id: int
    title: str

    def erase(self) -> Self:
        return replace(self, title=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLinked(Payload):
    kind: ClassVar[str] = "problem.linked"
    problem_id: int
    ticket_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSuggested(Payload):
    """Several tickets show the same fault, and none belongs to a problem. `shared` says by what they are alike."""

    kind: ClassVar[str] = "problem.suggested"
    ticket_ids: list[int]
    shared: str

    def erase(self) -> Self:
        return replace(self, shared=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRecorded(Payload):
    kind: ClassVar[str] = "problem.cause_recorded"
    problem_id: int
    cause: str
    component: str

    def erase(self) -> Self:
        return replace(self, cause=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkaroundRecorded(Payload):
    kind: ClassVar[str] = "problem.workaround_recorded"
    problem_id: int
    known_error_id: int
    lowest_tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownErrorPublished(Payload):
    """It is in force. How many past tickets it would have caught is told when the scan is done."""

    kind: ClassVar[str] = "known_error.published"
    problem_id: int
    known_error_id: int
    ref: str
    lowest_tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownErrorRevised(Payload):
    """Its record was changed: the names of the fields, and what decides (matcher, workaround …) as it was before."""

    kind: ClassVar[str] = "known_error.revised"
    problem_id: int
    known_error_id: int
    fields: list[str]
    before: dict[str, Any]

    def erase(self) -> Self:
        return replace(self, before={})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownErrorScanned(Payload):
    """It was tried on the tickets of `days` days: so many it would have caught, so many of them with another cause."""

    kind: ClassVar[str] = "known_error.scanned"
    problem_id: int
    known_error_id: int
    ref: str
    days: int
    looked_at: int
    caught: int
    false: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownErrorRetired(Payload):
    kind: ClassVar[str] = "known_error.retired"
    problem_id: int
    known_error_id: int
    reason: str

    def erase(self) -> Self:
        return replace(self, reason=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixRecorded(Payload):
    kind: ClassVar[str] = "fix.recorded"
    problem_id: int
    fix_id: int
    product: str
    fixed_in: str
    tracker_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FixVerified(Payload):
    """The reproduction that failed now passes; `words` has both results."""

    kind: ClassVar[str] = "fix.verified"
    problem_id: int
    fix_id: int
    fixed_in: str
    run_id: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FixFailed(Payload):
    """The fix was tried and does not count."""

    kind: ClassVar[str] = "fix.failed"
    problem_id: int
    fix_id: int
    fixed_in: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemClosed(Payload):
    kind: ClassVar[str] = "problem.closed"
    problem_id: int
    reason: str

    def erase(self) -> Self:
        return replace(self, reason=ERASED)
