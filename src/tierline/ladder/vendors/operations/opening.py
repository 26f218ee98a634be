"""Opening a case: what the ladder demands and what the vendor's contract grants are both asked before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.desk.catalogue.models import Product, Vendor
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets.events import TierTried
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations.writing import append, locked, must_be_open
from tierline.ladder.escalation import queries as escalation
from tierline.ladder.escalation.errors import MissingItems, NoContract
from tierline.ladder.escalation.events import EscalationRefused
from tierline.ladder.escalation.models import Handover
from tierline.ladder.escalation.rules.checks import ItemState
from tierline.ladder.escalation.rules.contracts import count_ready, is_reason, missing_items, states, used_overrides
from tierline.ladder.escalation.rules.handovers import HandoverState
from tierline.ladder.vendors.errors import NotEntitled
from tierline.ladder.vendors.events import CaseOpened, CaseOverridden, CostBooked
from tierline.ladder.vendors.models import Case, Terms
from tierline.ladder.vendors.rules import Entitlement, Gap, gaps

from .writing import note

TOP = 4
QUESTION_LIMIT = 8_000
SUPPORT_CONTRACT = "support_contract"  # the fact that an escalation contract may ask for


@dataclass(frozen=True, slots=True)
class _Ladder:
    """What the ladder says of this step: `contract` is 0 where a hand-over to tier 4 was accepted under one."""

    contract: int
    items: tuple[ItemState, ...]
    overrides: dict[str, str]

    @property
    def missing(self) -> tuple[ItemState, ...]:
        return missing_items(self.items, self.overrides)


def open_case(
    *,
    actor: Actor,
    ticket_id: int,
    vendor_id: int,
    title: str,
    question: str,
    product_id: int | None = None,
    reason: str = "",
    overrides: Mapping[str, str] | None = None,
) -> Case:
    """Open a case with a vendor on a ticket, which keeps its owner; nothing is sent yet.

    A ticket that no hand-over took to tier 4 is held to the escalation contract of that step: MissingItems, unless
    `overrides` (item key to reason) takes responsibility. What the vendor's contract does not cover is NotEntitled,
    unless `reason` does. Both are kept and reported. Raises NoContract, WrongState, Invalid and NotFound.

    Call it outside any other transaction, so that a refused attempt stays on the timeline.
    """
    actor = holding(actor, Right.ESCALATE)
    if overrides or reason.strip():
        actor = holding(actor, Right.ESCALATION_OVERRIDE)
    words, named = clean(question, QUESTION_LIMIT).strip(), one_line(title, 150)
    wrong = {"title": "" if named else "Name the case.", "question": "" if words else "What should they answer?"}
    if any(wrong.values()):
        raise Invalid({field: why for field, why in wrong.items() if why})
    with transaction.atomic():
        ticket = locked(actor, ticket_id)
        must_be_open(ticket)
        terms = _terms(vendor_id)
        granted, product = terms.entitlement(), _product(product_id)
        ladder = _judge(actor, ticket, granted, words, overrides or {})
        if not ladder.missing:
            found = _uncovered(terms, granted, product, reason)
            return _open(
                actor, ticket, terms, ladder, found, Case(title=named, question=words, product=product), reason
            )
        _keep_refusal(actor, ticket, ladder)
    raise MissingItems(ladder.missing, to_tier=TOP)


def _terms(vendor_id: int) -> Terms:
    vendor = Vendor.objects.select_for_update(of=("self",)).filter(pk=vendor_id, active=True).first()
    if vendor is None:
        raise NotFound
    return Terms.objects.filter(vendor=vendor).first() or Terms(vendor=vendor)


def _product(product_id: int | None) -> Product | None:
    product = Product.objects.filter(pk=product_id).first() if product_id is not None else None
    if product is None and product_id is not None:
        raise Invalid({"product": "Choose a product of the list."})
    return product


def _judge(actor: Actor, ticket: Ticket, granted: Entitlement, question: str, overrides: Mapping[str, str]) -> _Ladder:
    if Handover.objects.filter(ticket=ticket, to_tier=TOP, state=HandoverState.ACCEPTED).exists():
        return _Ladder(0, (), {})
    evidence, service_id = escalation.gather(actor, ticket.pk, question=question)
    contract = escalation.governing(min(ticket.tier, TOP - 1), TOP, service_id)
    if contract is None:
        raise NoContract
    if granted.number:
        evidence = replace(evidence, facts={SUPPORT_CONTRACT: granted.number, **evidence.facts})
    items = states(contract.parsed_items, evidence)
    return _Ladder(contract.version, items, used_overrides(items, overrides))


def _keep_refusal(actor: Actor, ticket: Ticket, ladder: _Ladder) -> None:
    refused = EscalationRefused(
        from_tier=ticket.tier,
        to_tier=TOP,
        contract_version=ladder.contract,
        missing=[item.key for item in ladder.missing],
    )
    append(ticket, refused, actor=actor)


def _uncovered(terms: Terms, granted: Entitlement, product: Product | None, reason: str) -> tuple[Gap, ...]:
    """What the contract does not cover and somebody took responsibility for. Raises NotEntitled."""
    found = gaps(granted, product_id=product.pk if product else None, today=clock.now().date())
    if found and not is_reason(reason):
        raise NotEntitled(terms.vendor.name, found)
    return found


def _open(
    actor: Actor, ticket: Ticket, terms: Terms, ladder: _Ladder, found: tuple[Gap, ...], case: Case, reason: str
) -> Case:
    case.ticket, case.vendor = ticket, terms.vendor
    case.contract_number, case.currency, case.case_cost = terms.number, terms.currency, terms.cost_per_case
    case.gaps, case.overrides = [gap.value for gap in found], ladder.overrides
    case.override_reason = one_line(reason, 500) if found else ""
    case.priority = ticket.priority
    case.opened_by, case.opened_at = actor.label, clock.now()
    case.save(force_insert=True)
    ready, total = count_ready(ladder.items)
    opened = CaseOpened(
        case_id=case.pk,
        vendor=case.vendor.name,
        vendor_id=case.vendor_id,
        from_tier=ticket.tier,
        contract_version=ladder.contract,
        ready=ready,
        total=total,
        title=case.title,
    )
    note(actor, case, opened)
    _report(actor, case)
    if TOP not in ticket.tiers_tried:
        append(ticket, TierTried(tier=TOP), actor=actor)
    return case


def _report(actor: Actor, case: Case) -> None:
    """What somebody took responsibility for, and what the case costs by being opened."""
    if case.gaps or case.overrides:
        taken = CaseOverridden(
            case_id=case.pk, vendor=case.vendor.name, gaps=case.gaps, reason=case.override_reason, items=case.overrides
        )
        note(actor, case, taken)
    if case.case_cost:
        note(
            actor,
            case,
            CostBooked(case_id=case.pk, vendor=case.vendor.name, amount=str(case.case_cost), currency=case.currency),
        )
