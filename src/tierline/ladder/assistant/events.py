"""What tier 0 does, on the ticket's timeline."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Payload):
    """An answer with citations went to the requester. `score` is 0 to 1."""

    kind: ClassVar[str] = "assistant.answered"
    attempt_id: int
    citations: list[str]
    article_ids: list[int]
    known_error_ids: list[int]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Payload):
    kind: ClassVar[str] = "assistant.asked"
    attempt_id: int
    question: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(Payload):
    """Tier 0 gives the ticket to people: why, and what it knows."""

    kind: ClassVar[str] = "assistant.handed_over"
    attempt_id: int
    reason: str
    knows: list[str]

    def erase(self) -> Self:
        return replace(self, knows=[ERASED for _ in self.knows])


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerConfirmed(Payload):
    """The requester says that the answer helped."""

    kind: ClassVar[str] = "assistant.confirmed"
    attempt_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDeclined(Payload):
    """The requester says that the answer did not help."""

    kind: ClassVar[str] = "assistant.declined"
    attempt_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeChanged(Payload):
    """The ledger moved: the outcome class of tier 0 on this ticket."""

    kind: ClassVar[str] = "assistant.outcome"
    attempt_id: int
    outcome: str
    before: str
