"""The sender's side: asking a higher tier, collecting what is missing, taking a question back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import ChangedMeanwhile, Invalid, NotFound
from tierline.core.kernel.text import clean
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import SupportGroup
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.events import Offered
from tierline.desk.tickets.models import Message, Ticket
from tierline.desk.tickets.operations.writing import append, locked, must_be_open
from tierline.ladder.escalation import events, queries
from tierline.ladder.escalation.errors import (
    AlreadyPending,
    MissingItems,
    NoContract,
    NoReceiver,
    NotCollectable,
    NotUpwards,
)
from tierline.ladder.escalation.models import Contract, Handover
from tierline.ladder.escalation.rules.checks import ItemState
from tierline.ladder.escalation.rules.contracts import (
    climbs,
    count_ready,
    missing_items,
    question_for,
    states,
    used_overrides,
)
from tierline.ladder.escalation.rules.evidence import TicketEvidence, freeze, jsonable
from tierline.ladder.escalation.rules.handovers import Mode, Verb
from tierline.work.routing.queries import group_for

from .deciding import decide, may_withdraw

QUESTION_LIMIT = 4_000


@dataclass(frozen=True, slots=True)
class _Case:
    """A step up, judged: everything that goes onto the sheet."""

    ticket: Ticket
    contract: Contract
    to_tier: int
    evidence: TicketEvidence
    items: tuple[ItemState, ...]
    overrides: dict[str, str]


def escalate(
    *,
    actor: Actor,
    ticket_id: int,
    to_tier: int,
    question: str,
    group_id: int | None = None,
    mode: Mode | str = Mode.TRANSFER,
    overrides: Mapping[str, str] | None = None,
    seen_version: int | None = None,
) -> Handover:
    """Ask a higher tier under its contract; the ticket stays where it is until somebody there accepts.

    With something missing the attempt is kept on the timeline and MissingItems is raised with the list, unless
    `overrides` (item key to reason) takes responsibility for each: that is reported. Raises NotUpwards,
    NoContract, NoReceiver, AlreadyPending, ChangedMeanwhile, WrongState, Invalid and NotFound.

    Call it outside any other transaction, so that a refused attempt stays on the timeline.
    """
    actor = holding(actor, Right.ESCALATE)
    if overrides:
        actor = holding(actor, Right.ESCALATION_OVERRIDE)
    with transaction.atomic():
        ticket = _open_ticket(actor, ticket_id, to_tier, seen_version)
        case = _judge(actor, ticket, to_tier, clean(question, QUESTION_LIMIT).strip(), overrides or {})
        missing = missing_items(case.items, case.overrides)
        if missing:
            _keep_refusal(actor, case, missing)
        else:
            return _hand_over(actor, case, group_id, _mode(mode))
    raise MissingItems(missing, to_tier=to_tier)


def _open_ticket(actor: Actor, ticket_id: int, to_tier: int, seen_version: int | None) -> Ticket:
    ticket = locked(actor, ticket_id)
    must_be_open(ticket)
    if not climbs(ticket.tier, to_tier):
        raise NotUpwards
    if Handover.objects.pending().filter(ticket=ticket).exists():
        raise AlreadyPending
    if seen_version is not None and _changed_since(ticket, seen_version):
        raise ChangedMeanwhile(seen=seen_version, current=ticket.version)
    return ticket


def _changed_since(ticket: Ticket, seen_version: int) -> bool:
    """A refused attempt changes nothing that the writer of the form has not seen."""
    later = TimelineEntry.objects.of("ticket", ticket.pk).filter(seq__gt=seen_version)
    return later.exclude(kind=events.EscalationRefused.kind).exists()


def _judge(actor: Actor, ticket: Ticket, to_tier: int, question: str, overrides: Mapping[str, str]) -> _Case:
    evidence, service_id = queries.gather(actor, ticket.pk, question=question)
    contract = queries.governing(ticket.tier, to_tier, service_id)
    if contract is None:
        raise NoContract
    items = states(contract.parsed_items, evidence)
    return _Case(ticket, contract, to_tier, evidence, items, used_overrides(items, overrides))


def _keep_refusal(actor: Actor, case: _Case, missing: tuple[ItemState, ...]) -> None:
    payload = events.EscalationRefused(
        from_tier=case.ticket.tier,
        to_tier=case.to_tier,
        contract_version=case.contract.version,
        missing=[item.key for item in missing],
    )
    append(case.ticket, payload, actor=actor)


def _hand_over(actor: Actor, case: _Case, group_id: int | None, mode: Mode) -> Handover:
    ticket = case.ticket
    group, why_group = _receiver(ticket, case.to_tier, group_id)
    handover = Handover.objects.create(
        ticket=ticket,
        contract=case.contract,
        from_tier=ticket.tier,
        to_tier=case.to_tier,
        from_group_id=ticket.group_id,
        to_group=group,
        mode=mode,
        question=case.evidence.question,
        sheet=_sheet(case),
        overrides=case.overrides,
        asked_by_id=actor.person_id,
        asked_label=actor.label,
        asked_at=clock.now(),
    )
    ready, total = count_ready(case.items)
    requested = events.EscalationRequested(
        handover_id=handover.pk,
        from_tier=handover.from_tier,
        to_tier=handover.to_tier,
        mode=mode,
        to_group_id=group.pk,
        to_group=group.name,
        contract_version=case.contract.version,
        ready=ready,
        total=total,
        question=handover.question,
        why_group=why_group,
    )
    append(ticket, requested, actor=actor)
    if case.overrides:
        _report_overrides(actor, handover)
    append(ticket, Offered(tier=case.to_tier, group_id=group.pk), actor=actor)
    return handover


def _report_overrides(actor: Actor, handover: Handover) -> None:
    payload = events.EscalationOverridden(
        handover_id=handover.pk,
        from_tier=handover.from_tier,
        to_tier=handover.to_tier,
        mode=handover.mode,
        reasons=handover.overrides,
    )
    append(handover.ticket, payload, actor=actor)


def _sheet(case: _Case) -> dict[str, object]:
    """The page that the receiver reads, as it was when the question was asked."""
    ready, total = count_ready(case.items)
    return {
        "contract": {
            "from_tier": case.contract.from_tier,
            "to_tier": case.contract.to_tier,
            "version": case.contract.version,
        },
        "ready": ready,
        "total": total,
        "items": [jsonable(asdict(item)) for item in case.items],
        "evidence": freeze(case.evidence),
        "priority": case.ticket.priority,
    }


def _receiver(ticket: Ticket, to_tier: int, group_id: int | None) -> tuple[SupportGroup, str]:
    if group_id is None:
        group_id, why = group_for(ticket, to_tier)
        if group_id is None:
            raise NoReceiver(f"{why[0].upper()}{why[1:]}.", todo="An administrator makes one under Set-up.")
    else:
        why = "chosen by hand"
    group = SupportGroup.objects.filter(pk=group_id, active=True, desk_id=ticket.desk_id).first()
    if group is None:
        raise NotFound
    if group.tier != to_tier:
        raise Invalid({"group": f"{group.name} is on tier {group.tier}, not on tier {to_tier}."})
    return group, why


def _mode(mode: Mode | str) -> Mode:
    try:
        return Mode(mode)
    except ValueError:
        raise Invalid({"mode": "A hand-over is a transfer or a swarm."}) from None


def withdraw(*, actor: Actor, handover_id: int, reason: str = "") -> Handover:
    """Take a question back before it is decided. Raises NotFound, NotYours and AlreadyDecided."""
    actor = holding(actor, Right.ESCALATE)
    with transaction.atomic():
        handover = decide(actor, handover_id, Verb.WITHDRAW, allowed=may_withdraw, reason=reason)
        payload = events.EscalationWithdrawn(
            handover_id=handover.pk,
            from_tier=handover.from_tier,
            to_tier=handover.to_tier,
            mode=handover.mode,
            reason=handover.reason,
        )
        append(handover.ticket, payload, actor=actor)
        return handover


def collect(*, actor: Actor, ticket_id: int, item_key: str, to_tier: int | None = None) -> Message:
    """Ask the requester exactly the question that fills one gap, and wait for the answer.

    `to_tier` is the next tier unless named. Raises NotFound for an unknown item, and NotCollectable when the
    item is ready, is not the requester's to fill, or was asked and waits for the answer.
    """
    actor = holding(actor, Right.TICKET_WORK)
    with transaction.atomic():
        ticket = locked(actor, ticket_id)
        must_be_open(ticket)
        goal = ticket.tier + 1 if to_tier is None else to_tier
        question = _question(actor, ticket, goal, item_key)
        if _asked_already(ticket, item_key):
            raise NotCollectable("The requester was asked for this and has not answered yet.")
        greeting = f"Hello {ticket.requester.name},\n\nto go on with {ticket.reference} we need one thing from you."
        text = f"{greeting}\n\n{question}"
        message = tickets.reply(actor=actor, ticket_id=ticket_id, text=text, wait=True)
        payload = events.ItemCollected(item=item_key, to_tier=goal, message_id=message.pk)
        tickets.note_event(actor=actor, ticket_id=ticket_id, payload=payload)
        return message


def _question(actor: Actor, ticket: Ticket, to_tier: int, item_key: str) -> str:
    evidence, service_id = queries.gather(actor, ticket.pk)
    contract = queries.governing(ticket.tier, to_tier, service_id)
    if contract is None:
        raise NoContract
    item = next((one for one in contract.parsed_items if one.key == item_key), None)
    if item is None:
        raise NotFound
    question = question_for(item, evidence)
    if not question:
        raise NotCollectable
    return question


def _asked_already(ticket: Ticket, item_key: str) -> bool:
    if ticket.waiting_for != "requester":
        return False
    asked = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind=events.ItemCollected.kind)
    return asked.filter(data__item=item_key).exists()
