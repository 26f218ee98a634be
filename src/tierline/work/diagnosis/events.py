"""What diagnosis puts on a ticket's timeline."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAnalysed(Payload):
    """One file was read: ready with its sentence, or refused with a reason."""

    kind: ClassVar[str] = "evidence.analysed"
    evidence_id: int
    attachment_id: int
    name: str
    state: str
    sentence: str
    reason: str = ""
    lines: int = 0
    templates: int = 0
    new_templates: int = 0
    masked: int = 0
    fingerprints: list[str] = field(default_factory=list)

    def erase(self) -> Self:
        return replace(self, name=ERASED, reason=ERASED if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownErrorMatched(Payload):
    """A known error fits the ticket; `reasons` may quote its log. Routing reads the service and the lowest tier.

    `lowest_tier` is the lowest tier that may apply the workaround, `service_id` what the known error is about; each is
    None when it is not known.
    """

    kind: ClassVar[str] = "known_error.matched"
    ref: str
    title: str
    score: float
    reasons: list[str]
    lowest_tier: int | None = None
    service_id: int | None = None

    def erase(self) -> Self:
        return replace(self, reasons=[ERASED for _ in self.reasons])


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisCompleted(Payload):
    """Everything there was to read is read; `matches` are known errors, best first. `first` on a ticket only once."""

    kind: ClassVar[str] = "diagnosis.completed"
    evidence_ids: list[int]
    matches: list[str]
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmaskingAsked(Payload):
    """Somebody with the right asked to read an original without masks; they may for `minutes` minutes."""

    kind: ClassVar[str] = "evidence.unmasking_asked"
    evidence_id: int
    name: str
    minutes: int
    reason: str

    def erase(self) -> Self:
        return replace(self, name=ERASED, reason=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceUnmasked(Payload):
    """Somebody read lines of an original without redaction, and why."""

    kind: ClassVar[str] = "evidence.unmasked"
    evidence_id: int
    start: int
    count: int
    reason: str

    def erase(self) -> Self:
        return replace(self, reason=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionChanged(Payload):
    """Somebody gave the original of a file another class of retention, and why."""

    kind: ClassVar[str] = "evidence.retention_changed"
    evidence_id: int
    name: str
    before: str
    after: str
    reason: str

    def erase(self) -> Self:
        return replace(self, name=ERASED, reason=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalRemoved(Payload):
    """The time of an original was over. Its hash, its findings and its redacted text stay."""

    kind: ClassVar[str] = "evidence.original_removed"
    evidence_id: int
    attachment_id: int
    name: str
    retention: str
    sha256: str

    def erase(self) -> Self:
        return replace(self, name=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewsRebuilt(Payload):
    """The files of a ticket were read again by today's rules; `rewritten` entries quoted what is masked now."""

    kind: ClassVar[str] = "evidence.rebuilt"
    evidence_ids: list[int]
    refused: int
    masked: int
    rewritten: int
