"""What can happen to a ticket, and what each event changes.

Each payload says in `changes` what it does to the state. Verbs write the row through `apply`, and `rebuild` plays the
same function over the timeline: the row and its history cannot drift apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self

from tierline.core.timeline.rules import ERASED, Payload

from .rules import Status, TicketState, changed, climbed


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPayload(Payload):
    """A payload that may change the ticket itself."""

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        """The state's fields that this event sets."""
        del state, at
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(TicketPayload):
    kind: ClassVar[str] = "ticket.opened"
    ticket_kind: str
    title: str
    desk_id: int
    requester_id: int
    organisation_id: int | None
    service_id: int | None
    channel: str
    message_id: int | None = None
    facts: dict[str, str] = field(default_factory=dict)
    impact: int = 3
    urgency: int = 2
    priority: int = 4
    split_from_id: int | None = None

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del state
        return {
            "kind": self.ticket_kind,
            "title": self.title,
            "desk_id": self.desk_id,
            "requester_id": self.requester_id,
            "organisation_id": self.organisation_id,
            "service_id": self.service_id,
            "channel": self.channel,
            "facts": dict(self.facts),
            "impact": self.impact,
            "urgency": self.urgency,
            "priority": self.priority,
            "opened_at": at,
        }

    def erase(self) -> Self:
        return replace(self, title=ERASED, facts={})


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(TicketPayload):
    """The requester or a follower wrote."""

    kind: ClassVar[str] = "ticket.message_received"
    message_id: int
    author_id: int | None
    channel: str
    attachments: int = 0

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del at
        waited = state.status == Status.WAITING and state.waiting_for == "requester"
        return {"last_word": "requester"} | ({"status": Status.OPEN, "waiting_for": ""} if waited else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied(TicketPayload):
    """The desk answered the requester."""

    kind: ClassVar[str] = "ticket.replied"
    message_id: int
    by_machine: bool = False
    attachments: int = 0

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        first = {"first_reply_at": at} if state.first_reply_at is None and not self.by_machine else {}
        started = {"status": Status.OPEN} if state.status == Status.NEW and not self.by_machine else {}
        return {"last_word": "desk"} | first | started


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterNamed(TicketPayload):
    """Somebody found out whose request this is."""

    kind: ClassVar[str] = "ticket.requester_named"
    requester_id: int
    organisation_id: int | None
    before_id: int
    reason: str = ""

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del state, at
        return {"requester_id": self.requester_id, "organisation_id": self.organisation_id}

    def erase(self) -> Self:
        return replace(self, reason=ERASED if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(TicketPayload):
    kind: ClassVar[str] = "ticket.note_added"
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified(TicketPayload):
    """Kind, service, impact, urgency and so priority; `reason` is needed where a person overrides the matrix."""

    kind: ClassVar[str] = "ticket.classified"
    ticket_kind: str
    service_id: int | None
    impact: int
    urgency: int
    priority: int
    overridden: bool = False
    reason: str = ""
    why: dict[str, Any] = field(default_factory=dict)

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del state, at
        return {
            "kind": self.ticket_kind,
            "service_id": self.service_id,
            "impact": self.impact,
            "urgency": self.urgency,
            "priority": self.priority,
        }

    def erase(self) -> Self:
        return replace(self, reason=ERASED if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(TicketPayload):
    """The ticket's one owner: a group on a tier, and perhaps a person of it. `why` is the receipt.

    `desk_id` is set where the group belongs to another desk than the ticket did: the ticket moves there.
    """

    kind: ClassVar[str] = "ticket.assigned"
    tier: int
    group_id: int | None
    person_id: int | None
    group_label: str = ""
    person_label: str = ""
    desk_id: int | None = None
    why: dict[str, Any] = field(default_factory=dict)

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del at
        started = {"status": Status.OPEN} if state.status == Status.NEW and self.person_id is not None else {}
        stays = (self.group_id, self.tier) == (state.group_id, state.tier)
        return {
            "tier": self.tier,
            "tiers_tried": climbed(state, self.tier),
            "group_id": self.group_id,
            "assignee_id": self.person_id,
            "desk_id": self.desk_id or state.desk_id,
            "offered_tier": state.offered_tier if stays else None,  # within the group a hand-over goes on waiting
        } | started


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTried(TicketPayload):
    """A tier had the ticket without a group owning it: tier 0 tried."""

    kind: ClassVar[str] = "ticket.tier_tried"
    tier: int

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del at
        return {"tiers_tried": climbed(state, self.tier)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered(TicketPayload):
    """A hand-over waits for acceptance; the sender stays the owner until then."""

    kind: ClassVar[str] = "ticket.offered"
    tier: int
    group_id: int | None

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del state, at
        return {"offered_tier": self.tier}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(TicketPayload):
    """The hand-over was bounced, answered or withdrawn."""

    kind: ClassVar[str] = "ticket.offer_ended"

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del state, at
        return {"offered_tier": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsRecorded(TicketPayload):
    """Environment facts: product, version, operating system, what the evidence says."""

    kind: ClassVar[str] = "ticket.facts_recorded"
    facts: dict[str, str]
    source: str = ""

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del at
        return {"facts": {**state.facts, **self.facts}}

    def erase(self) -> Self:
        return replace(self, facts={})


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitStarted(TicketPayload):
    kind: ClassVar[str] = "ticket.wait_started"
    waiting_for: str
    reason: str = ""
    vendor_id: int | None = None

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del state, at
        return {"status": Status.WAITING, "waiting_for": self.waiting_for}

    def erase(self) -> Self:
        return replace(self, reason=ERASED if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitEnded(TicketPayload):
    kind: ClassVar[str] = "ticket.wait_ended"

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del state, at
        return {"status": Status.OPEN, "waiting_for": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(TicketPayload):
    """Solved by a tier; `level_one_capable` is HDI's tick: tier 1 could have done it."""

    kind: ClassVar[str] = "ticket.resolved"
    tier: int
    code: str
    resolution: str
    message_id: int | None = None
    level_one_capable: bool = False

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        return {
            "status": Status.RESOLVED,
            "waiting_for": "",
            "resolved_at": at,
            "resolved_tier": self.tier,
            "resolution_code": self.code,
            "resolution": self.resolution,
            "offered_tier": None,
            "tiers_tried": climbed(state, self.tier),
        }

    def erase(self) -> Self:
        return replace(self, resolution=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed(TicketPayload):
    """The requester says that it is solved."""

    kind: ClassVar[str] = "ticket.confirmed"
    words: str = ""

    def erase(self) -> Self:
        return replace(self, words=ERASED if self.words else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(TicketPayload):
    kind: ClassVar[str] = "ticket.reopened"
    reason: str = ""

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del at
        return {
            "status": Status.OPEN,
            "resolved_at": None,
            "resolved_tier": None,
            "resolution_code": "",
            "resolution": "",
            "reopened": state.reopened + 1,
        }

    def erase(self) -> Self:
        return replace(self, reason=ERASED if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(TicketPayload):
    kind: ClassVar[str] = "ticket.closed"

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del state, at
        return {"status": Status.CLOSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged(TicketPayload):
    """This ticket goes on in another one."""

    kind: ClassVar[str] = "ticket.merged"
    into_id: int

    def changes(self, state: TicketState, at: datetime) -> dict[str, Any]:
        del state
        return {
            "status": Status.CLOSED,
            "waiting_for": "",
            "merged_into_id": self.into_id,
            "resolved_at": at,
            "resolution_code": "duplicate",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedHere(TicketPayload):
    """Another ticket goes on in this one."""

    kind: ClassVar[str] = "ticket.merged_here"
    from_id: int
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShared(TicketPayload):
    """Who sent a log lets those who read along have it, or (not `shared`) takes that back."""

    kind: ClassVar[str] = "ticket.file_shared"
    attachment_id: int
    shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockBreached(TicketPayload):
    """A due time passed before its clock stopped."""

    kind: ClassVar[str] = "ticket.clock_breached"
    metric: str
    due_at: str
    tier: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWarned(TicketPayload):
    """So much of a target is used (`share` percent) that somebody should look; `target` is in seconds."""

    kind: ClassVar[str] = "ticket.clock_warned"
    metric: str
    due_at: str
    started_at: str
    target: int
    share: int
    tier: int | None = None


class Entry(Protocol):
    """What `rebuild` needs of a timeline entry."""

    @property
    def at(self) -> datetime: ...
    @property
    def payload(self) -> Payload: ...


def apply(state: TicketState, payload: Payload, at: datetime) -> TicketState:
    """The state after one event. An event of an upper room leaves the ticket as it is, but for `changed_at`."""
    changes = payload.changes(state, at) if isinstance(payload, TicketPayload) else {}
    return changed(state, changes, at)


def rebuild(entries: Iterable[Entry]) -> TicketState:
    """The ticket as its timeline tells it, from nothing."""
    state = TicketState()
    for entry in entries:
        state = apply(state, entry.payload, entry.at)
    return state
