"""Which contract governs a step, and how far a ticket is with it."""

from dataclasses import dataclass

from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, require
from tierline.ladder.escalation.models import Contract
from tierline.ladder.escalation.rules.checks import ItemState
from tierline.ladder.escalation.rules.contracts import Step, count_ready, missing_items, pick, states
from tierline.ladder.escalation.rules.evidence import TicketEvidence

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
