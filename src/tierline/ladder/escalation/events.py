"""What happens in escalation; all of it stands on the ticket's timeline, for staff."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverPayload(Payload):
    """What every event about one hand-over says: the pair is what measures count by."""

    handover_id: int
    from_tier: int
    to_tier: int
    mode: str = "transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRequested(HandoverPayload):
    """A complete hand-over (or one with reported overrides) waits for the receiver."""

    kind: ClassVar[str] = "escalation.requested"
    to_group_id: int
    to_group: str
    contract_version: int
    ready: int
    total: int
    question: str
    why_group: str = ""

    def erase(self) -> Self:
        return replace(self, question=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRefused(Payload):
    """The contract stopped a step up: the keys of the items that were missing."""

    kind: ClassVar[str] = "escalation.refused"
    from_tier: int
    to_tier: int
    contract_version: int
    missing: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationOverridden(HandoverPayload):
    """Somebody took responsibility for missing items: item key to reason."""

    kind: ClassVar[str] = "escalation.overridden"
    reasons: dict[str, str] = field(default_factory=dict)

    def erase(self) -> Self:
        return replace(self, reasons=dict.fromkeys(self.reasons, ERASED))


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationAccepted(HandoverPayload):
    kind: ClassVar[str] = "escalation.accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationBounced(HandoverPayload):
    kind: ClassVar[str] = "escalation.bounced"
    reason_code: str
    reason: str = ""

    def erase(self) -> Self:
        return replace(self, reason=ERASED if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationAnswered(HandoverPayload):
    """Answered without taking over; the words are an internal note on the ticket."""

    kind: ClassVar[str] = "escalation.answered"
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationWithdrawn(HandoverPayload):
    kind: ClassVar[str] = "escalation.withdrawn"
    reason: str = ""

    def erase(self) -> Self:
        return replace(self, reason=ERASED if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationReturned(Payload):
    """A higher tier gives the ticket back down, with the lesson it owes."""

    kind: ClassVar[str] = "escalation.returned"
    from_tier: int
    to_tier: int
    to_group_id: int
    lesson: str

    def erase(self) -> Self:
        return replace(self, lesson=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCollected(Payload):
    """The requester was asked for exactly one missing item."""

    kind: ClassVar[str] = "escalation.item_asked"
    item: str
    to_tier: int
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRaised(Payload):
    """The requester challenges, or staff ask management to look; nothing moves."""

    kind: ClassVar[str] = "escalation.appealed"
    appeal_id: int
    origin: str
    reason: str

    def erase(self) -> Self:
        return replace(self, reason=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealDecided(Payload):
    """Whoever answers for the desk has looked; the answer was told to whoever appealed."""

    kind: ClassVar[str] = "escalation.appeal_decided"
    appeal_id: int
    origin: str
    upheld: bool
    message_id: int
