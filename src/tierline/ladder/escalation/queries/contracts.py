"""Which contract governs a step, and how far a ticket is with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, require
from tierline.ladder.escalation.models import Contract, Handover
from tierline.ladder.escalation.rules.checks import ContractItem, ItemState
from tierline.ladder.escalation.rules.contracts import Step, count_ready, missing_items, pick, states
from tierline.ladder.escalation.rules.evidence import TicketEvidence, thaw

from .evidence import gather


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractState:
    """How far a ticket is with the contract to a tier; `ready` of `total` counts required items only.

    `version` is 0 where no contract exists for the step: then nothing can be escalated there.
    """

    to_tier: int
    items: tuple[ItemState, ...]
    ready: int
    total: int
    version: int
    evidence: TicketEvidence

    @property
    def missing(self) -> tuple[ItemState, ...]:
        """What still blocks the step."""
        return missing_items(self.items)

    @property
    def is_open(self) -> bool:
        """Whether the step can be taken without an override."""
        return self.version > 0 and not self.missing


def contract_state(viewer: Actor, ticket_id: int, to_tier: int, *, question: str = "") -> ContractState:
    """The contract to a tier, judged for a ticket, in two statements. Raises NotFound."""
    require(viewer, Right.CONSOLE)
    evidence, service_id = gather(viewer, ticket_id, question=question)
    contract = governing(evidence.tier, to_tier, service_id)
    items = states(contract.parsed_items, evidence) if contract else ()
    ready, total = count_ready(items)
    return ContractState(
        to_tier=to_tier,
        items=items,
        ready=ready,
        total=total,
        version=contract.version if contract else 0,
        evidence=evidence,
    )


def governing(from_tier: int, to_tier: int, service_id: int | None) -> Contract | None:
    """The contract that governs a step, in one statement."""
    possible = Contract.objects.filter(
        Q(service__isnull=True) | Q(service_id=service_id or 0),
        active=True,
        to_tier=to_tier,
        from_tier__in=[from_tier, to_tier - 1],
    )
    found = {Step(one.from_tier, one.to_tier, one.service_id): one for one in possible}
    chosen = pick(found, Step(from_tier, to_tier, service_id))
    return found[chosen] if chosen else None


def contracts(viewer: Actor) -> list[Contract]:
    """The current contracts, lowest step first, for set-up."""
    require(viewer, Right.CONSOLE)
    found = Contract.objects.filter(active=True).select_related("service")
    return list(found.order_by("from_tier", "to_tier", "service__name", "id"))


def versions(viewer: Actor, from_tier: int, to_tier: int, service_id: int | None = None) -> list[Contract]:
    """Every version of a contract, newest first, for set-up."""
    require(viewer, Right.SETUP)
    found = Contract.objects.filter(Q(service_id=service_id), from_tier=from_tier, to_tier=to_tier)
    return list(found.select_related("service").order_by("-version"))


PAST = 200  # hand-overs on which a contract is tried


@dataclass(frozen=True, slots=True, kw_only=True)
class PastStep:
    """A hand-over of the past that a contract would have stopped, and the items (labels) it lacked."""

    handover_id: int
    ticket_reference: str
    title: str
    asked_at: datetime
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTrial:
    """A contract tried on the last `total` hand-overs made under its earlier versions, newest first.

    `freed` counts those that went up with an override and would not have needed it.
    """

    total: int
    stopped: tuple[PastStep, ...]
    freed: int


def tried_on_past(
    viewer: Actor, from_tier: int, to_tier: int, service_id: int | None, items: Sequence[ContractItem]
) -> PastTrial:
    """Judge the evidence on the sheets of past hand-overs by `items`, in one statement: no ticket is touched.

    What was overridden then counts as overridden again: the same person had the same reason.
    """
    require(viewer, Right.SETUP)
    made = Handover.objects.visible_to(viewer).filter(
        Q(contract__service_id=service_id), contract__from_tier=from_tier, contract__to_tier=to_tier
    )
    stopped, total, freed = [], 0, 0
    for one in made.select_related("ticket").order_by("-asked_at", "-id")[:PAST]:
        found = states(items, thaw(one.sheet["evidence"]))
        missing = missing_items(found, one.overrides)
        total += 1
        freed += bool(one.overrides) and not missing_items(found)
        if missing:
            stopped.append(_past_step(one, missing))
    return PastTrial(total=total, stopped=tuple(stopped), freed=freed)


def _past_step(handover: Handover, missing: Sequence[ItemState]) -> PastStep:
    return PastStep(
        handover_id=handover.pk,
        ticket_reference=handover.ticket.reference,
        title=handover.ticket.title,
        asked_at=handover.asked_at,
        missing=tuple(item.label for item in missing),
    )
