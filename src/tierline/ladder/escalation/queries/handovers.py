"""Hand-overs: what waits for whom, and what became of them."""

from dataclasses import dataclass
from datetime import datetime

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right, require
from tierline.ladder.escalation.models import Handover

RELATED = ("ticket", "contract", "from_group", "to_group")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRow:
    """A hand-over for lists and for the ladder rail."""

    id: int
    reference: str
    ticket_id: int
    ticket_reference: str
    title: str
    priority: int
    from_tier: int
    to_tier: int
    from_group: str
    to_group: str
    mode: str
    question: str
    state: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    reason_code: str
    reason: str
    overridden: int
    overrides: dict[str, str]


def handover(viewer: Actor, handover_id: int) -> Handover:
    """One hand-over with its frozen sheet, in one statement. Raises NotFound."""
    require(viewer, Right.CONSOLE)
    found = Handover.objects.visible_to(viewer).select_related(*RELATED, "ticket__requester").filter(pk=handover_id)
    row = found.first()
    if row is None:
        raise NotFound
    return row


def pending_for(viewer: Actor) -> list[HandoverRow]:
    """What waits for the viewer's groups, gravest first, then oldest."""
    require(viewer, Right.CONSOLE)
    mine = Handover.objects.visible_to(viewer).pending().filter(to_group_id__in=viewer.group_ids)
    return [row_of(one) for one in mine.select_related(*RELATED).order_by("ticket__priority", "asked_at")]


def pending_of(viewer: Actor, ticket_id: int) -> Handover | None:
    """The hand-over of a ticket that waits, if one does."""
    require(viewer, Right.CONSOLE)
    waiting = Handover.objects.visible_to(viewer).pending().filter(ticket_id=ticket_id)
    return waiting.select_related(*RELATED).first()


def history_of(viewer: Actor, ticket_id: int) -> list[HandoverRow]:
    """Every hand-over of a ticket, oldest first, in one statement."""
    require(viewer, Right.CONSOLE)
    found = Handover.objects.visible_to(viewer).filter(ticket_id=ticket_id)
    return [row_of(one) for one in found.select_related(*RELATED).order_by("id")]


def row_of(one: Handover) -> HandoverRow:
    """A hand-over that came with its `RELATED`, as a row."""
    return HandoverRow(
        id=one.pk,
        reference=one.reference,
        ticket_id=one.ticket_id,
        ticket_reference=one.ticket.reference,
        title=one.ticket.title,
        priority=one.ticket.priority,
        from_tier=one.from_tier,
        to_tier=one.to_tier,
        from_group=one.from_group.name if one.from_group else "",
        to_group=one.to_group.name,
        mode=one.mode,
        question=one.question,
        state=one.state,
        asked_by=one.asked_label,
        asked_at=one.asked_at,
        decided_by=one.decided_label,
        decided_at=one.decided_at,
        reason_code=one.reason_code,
        reason=one.reason,
        overridden=len(one.overrides),
        overrides=one.overrides,
    )
