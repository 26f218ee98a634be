"""Writing contracts; an edit makes a new version."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound, Refused
from tierline.desk.people.rules import Right, require
from tierline.ladder.escalation.models import Contract
from tierline.ladder.escalation.rules.contracts import DEFAULTS, climbs, dump_items, parse_items


def write_contract(
    *,
    actor: Actor,
    from_tier: int,
    to_tier: int,
    items: Sequence[Mapping[str, Any]],
    service_id: int | None = None,
) -> Contract:
    """A contract for a step up, or a new version of it, for one service or for all.

    Hand-overs keep the version they were made under. Raises Invalid with what is wrong.
    """
    require(actor, Right.SETUP)
    if not climbs(from_tier, to_tier):
        raise Invalid({"to_tier": "A contract goes up, to tier 4 at most."})
    try:
        parsed = parse_items(items)
    except ValueError as problem:
        raise Invalid({"items": str(problem)}) from problem
    return _write(actor.label, from_tier, to_tier, dump_items(parsed), service_id)


def _write(by: str, from_tier: int, to_tier: int, items: list[dict[str, Any]], service_id: int | None) -> Contract:
    with transaction.atomic():
        same = Contract.objects.filter(Q(service_id=service_id), from_tier=from_tier, to_tier=to_tier)
        newest = same.select_for_update().order_by("-version").first()
        same.filter(active=True).update(active=False)
        return Contract.objects.create(
            from_tier=from_tier,
            to_tier=to_tier,
            service_id=service_id,
            version=newest.version + 1 if newest else 1,
            items=items,
            written_by=by,
            written_at=clock.now(),
        )


def retire_contract(*, actor: Actor, contract_id: int) -> None:
    """Take a service's own contract out of use; the general one governs again. Raises NotFound and Refused."""
    require(actor, Right.SETUP)
    contract = Contract.objects.filter(pk=contract_id, active=True).first()
    if contract is None:
        raise NotFound
    if contract.service_id is None:
        raise Refused("The general contract of a step can be changed, not taken away.")
    Contract.objects.filter(pk=contract_id).update(active=False)


def ensure_default_contracts() -> list[Contract]:
    """Give a fresh desk the shipped contracts; steps that have one, of whatever version, are left alone."""
    with transaction.atomic():
        known = set(Contract.objects.filter(service__isnull=True).values_list("from_tier", "to_tier"))
        return [
            _write("Tierline", from_tier, to_tier, dump_items(items), None)
            for (from_tier, to_tier), items in DEFAULTS.items()
            if (from_tier, to_tier) not in known
        ]
