"""What happens in a case with a vendor. All of it stands on the ticket's timeline, for staff."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePayload(Payload):
    """What every event of one case says."""

    case_id: int
    vendor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(CasePayload):
    """`gaps` are what the vendor's contract does not cover, and `missing` what the escalation contract lacked."""

    kind: ClassVar[str] = "vendor.case_opened"
    vendor_id: int
    from_tier: int
    contract_version: int
    ready: int
    total: int
    title: str

    def erase(self) -> Self:
        return replace(self, title=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOverridden(CasePayload):
    """Somebody took responsibility: for what the vendor's contract does not cover, and for items that are missing."""

    kind: ClassVar[str] = "vendor.overridden"
    gaps: list[str]
    reason: str
    items: dict[str, str] = field(default_factory=dict)

    def erase(self) -> Self:
        reason = ERASED if self.reason else ""
        return replace(self, reason=reason, items=dict.fromkeys(self.items, ERASED))


@dataclass(frozen=True, slots=True, kw_only=True)
class CostBooked(CasePayload):
    """An amount in the contract's currency; `hours` is 0 where the case itself costs."""

    kind: ClassVar[str] = "vendor.cost_booked"
    amount: str
    currency: str
    hours: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentToVendor(CasePayload):
    """Words, and perhaps a pack, went to the vendor; their clock runs."""

    kind: ClassVar[str] = "vendor.sent"
    message_id: int
    pack_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFromVendor(CasePayload):
    kind: ClassVar[str] = "vendor.received"
    message_id: int
    channel: str
    attachments: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceLearned(CasePayload):
    """The vendor calls the case by this token of theirs."""

    kind: ClassVar[str] = "vendor.reference_learned"
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSolved(CasePayload):
    """The vendor says that it is solved; whether it is, the desk decides."""

    kind: ClassVar[str] = "vendor.solved"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed(CasePayload):
    kind: ClassVar[str] = "vendor.case_closed"
    outcome: str
    words: str = ""

    def erase(self) -> Self:
        return replace(self, words=ERASED if self.words else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReopened(CasePayload):
    kind: ClassVar[str] = "vendor.case_reopened"
    reason: str = ""

    def erase(self) -> Self:
        return replace(self, reason=ERASED if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackMade(CasePayload):
    """Redacted files were put together; nothing in the pack changes afterwards."""

    kind: ClassVar[str] = "vendor.pack_made"
    pack_id: int
    files: int
    masked: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMade(CasePayload):
    """A link was made that opens the case's thread for this address, until then."""

    kind: ClassVar[str] = "vendor.link_made"
    access_id: int
    recipient: str
    expires_at: str

    def erase(self) -> Self:
        return replace(self, recipient=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUsed(CasePayload):
    """The link of this address was used: to come in, to fetch a pack or a file, to answer, to say solved."""

    kind: ClassVar[str] = "vendor.link_used"
    access_id: int
    recipient: str
    use: str
    what: str = ""

    def erase(self) -> Self:
        return replace(self, recipient=ERASED, what=ERASED if self.what else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWithdrawn(CasePayload):
    kind: ClassVar[str] = "vendor.link_withdrawn"
    access_id: int
    recipient: str

    def erase(self) -> Self:
        return replace(self, recipient=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMoved(CasePayload):
    """The case goes on here: the ticket it was opened on was merged into this one."""

    kind: ClassVar[str] = "vendor.case_moved"
    from_id: int
