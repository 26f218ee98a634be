"""What triage needs to know of a ticket and its desk."""

from datetime import date

from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue.models import Product, Service
from tierline.desk.catalogue.queries import contract_of
from tierline.desk.people.models import SupportGroup
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.routing.models import RoutingRule
from tierline.work.routing.rules.triage import GroupRow, KnownErrorHit, RuleRow, ServiceRow, TriageFacts, receiver

KNOWN_ERROR_MATCHED = "known_error.matched"
"""The event by which diagnosis tells that a known error fits a ticket."""


def rule_rows(desk_id: int) -> list[RuleRow]:
    """The desk's current rules as triage reads them."""
    return [
        RuleRow(one.pk, one.name, tuple(one.words), one.weight, one.service_id, one.group_id)
        for one in RoutingRule.objects.filter(desk_id=desk_id, active=True).order_by("id")
    ]


def service_rows(desk_id: int) -> list[ServiceRow]:
    """The desk's services with the keys and names of their products, in two statements."""
    products: dict[int, list[str]] = {}
    for service_id, key, name in Product.objects.filter(service__desk_id=desk_id).values_list(
        "service_id", "key", "name"
    ):
        products.setdefault(service_id or 0, []).extend((key, name.casefold()))
    return [
        ServiceRow(one.pk, one.key, one.name, one.group_id, tuple(products.get(one.pk, ())))
        for one in Service.objects.filter(desk_id=desk_id, active=True).order_by("id")
    ]


def group_rows(desk_id: int) -> list[GroupRow]:
    """The desk's active groups."""
    found = SupportGroup.objects.filter(desk_id=desk_id, active=True).order_by("id")
    return [GroupRow(one.pk, one.key, one.name, one.tier) for one in found]


def facts_of(ticket: Ticket, on: date) -> TriageFacts:
    """What triage knows of a ticket on a day."""
    contract = contract_of(ticket.organisation, on)
    text = Message.objects.filter(ticket=ticket, direction="in").order_by("id").values_list("text", flat=True).first()
    return TriageFacts(
        title=ticket.title,
        text=text or "",
        kind=ticket.kind,
        impact=ticket.impact,
        urgency=ticket.urgency,
        product_key=str(ticket.facts.get("product", "")).casefold(),
        service_id=ticket.service_id,
        known_errors=_known_errors(ticket.pk),
        direct_tier=max(contract.direct_tier if contract else 1, 1),
        vip=ticket.requester.vip,
    )


def _known_errors(ticket_id: int) -> tuple[KnownErrorHit, ...]:
    entries = TimelineEntry.objects.of("ticket", ticket_id).filter(kind=KNOWN_ERROR_MATCHED)
    return tuple(known_error_hit(entry) for entry in entries)


def known_error_hit(entry: TimelineEntry) -> KnownErrorHit:
    """A known error that fits, as diagnosis told it on the timeline."""
    return KnownErrorHit(
        reference=str(entry.data.get("ref", "")),
        service_id=entry.data.get("service_id"),
        tier=entry.data.get("lowest_tier"),
    )


def judged_by_a_person(ticket_id: int) -> bool:
    """Whether a person has classified the ticket: a machine then keeps its hands off."""
    entries = TimelineEntry.objects.of("ticket", ticket_id).filter(kind="ticket.classified")
    return entries.filter(actor_id__isnull=False).exists()


def group_for(ticket: Ticket, tier: int) -> tuple[int | None, str]:
    """The group of a tier that gets this ticket's hand-over, and why, in two statements."""
    named = RoutingRule.objects.filter(active=True, service_id=ticket.service_id or 0, group__tier=tier).order_by("id")
    preferred = list(named.values_list("group_id", flat=True))
    if ticket.service is not None and ticket.service.group_id is not None:
        preferred.append(ticket.service.group_id)
    return receiver(group_rows(ticket.desk_id), tier=tier, preferred=[one for one in preferred if one])
