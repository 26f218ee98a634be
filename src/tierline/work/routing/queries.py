"""Reads of routing: what triage and assignment need to know, and why they decided as they did."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q

from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue.models import Product, Service
from tierline.desk.catalogue.queries import contract_of
from tierline.desk.people.models import Person, SupportGroup
from tierline.desk.people.queries import absent
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Message, Ticket

from .models import Decision, RoutingRule, SkillNeed
from .rules.assignment import Candidate, Need, on_shift
from .rules.triage import GroupRow, KnownErrorHit, RuleRow, ServiceRow, TriageFacts, receiver

KNOWN_ERROR_MATCHED = "known_error.matched"
"""The event by which diagnosis tells that a known error fits a ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyRow:
    """One decision about a ticket: what was chosen, and the receipt that says why."""

    kind: str
    chosen: str
    receipt: dict[str, Any]
    by: str
    at: datetime


def why(viewer: Actor, ticket_id: int) -> list[WhyRow]:
    """Every triage and assignment of a ticket, newest first."""
    require(viewer, Right.CONSOLE)
    found = Decision.objects.filter(ticket__in=Ticket.objects.visible_to(viewer), ticket_id=ticket_id)
    return [
        WhyRow(kind=one.kind, chosen=one.chosen, receipt=one.receipt, by=one.by, at=one.at)
        for one in found.order_by("-id")
    ]


def rules(viewer: Actor, desk_id: int) -> list[RoutingRule]:
    """The current routing rules of a desk by name, for set-up."""
    require(viewer, Right.CONSOLE)
    return list(
        RoutingRule.objects.filter(desk_id=desk_id, active=True).select_related("service", "group").order_by("name")
    )


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
    return tuple(
        KnownErrorHit(
            reference=str(entry.data.get("ref", "")),
            service_id=entry.data.get("service_id"),
            tier=entry.data.get("lowest_tier"),
        )
        for entry in entries
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


def need_of(ticket: Ticket) -> Need:
    """What the ticket's service asks on its tier, and the requester's language."""
    needs = SkillNeed.objects.filter(service_id=ticket.service_id or 0, from_tier__lte=ticket.tier).select_related(
        "skill"
    )
    skills: dict[str, int] = {}
    certificates: list[str] = []
    for one in needs.order_by("skill__key", "from_tier"):
        skills[one.skill.key] = max(one.level, skills.get(one.skill.key, 0))
        if one.certified and one.skill.key not in certificates:
            certificates.append(one.skill.key)
    return Need(skills=skills, certificates=tuple(certificates), language=ticket.requester.locale[:2])


def candidates(group_id: int, at: datetime) -> list[Candidate]:
    """The active members of a group as they are at a moment; a fixed number of statements."""
    open_tickets = Count("assigned", filter=Q(assigned__status__in=["new", "open"]), distinct=True)
    people = list(
        Person.objects.get_queryset()
        .filter(is_active=True, memberships__group_id=group_id)
        .annotate(load=open_tickets)
        .prefetch_related("skills__skill", "certificates__skill", "shifts")
        .order_by("id")
    )
    away = absent([person.pk for person in people], at=at)
    return [_candidate(person, at, absent=person.pk in away) for person in people]


def _candidate(person: Any, at: datetime, *, absent: bool) -> Candidate:  # noqa: ANN401 (a Person with `load` annotated)
    shifts = [(one.weekday, one.from_minute, one.to_minute) for one in person.shifts.all()]
    certificates: dict[str, date | None] = {}
    for one in person.certificates.all():
        if one.skill is not None:
            certificates[one.skill.key] = _later(certificates, one.skill.key, one.expires_on)
    return Candidate(
        id=person.pk,
        name=person.name,
        on_shift=on_shift(shifts, person.timezone, at),
        absent=absent,
        skills={one.skill.key: one.level for one in person.skills.all()},
        certificates=certificates,
        languages=frozenset({person.locale[:2]}),
        load=person.load,
        capacity=person.capacity,
    )


def _later(known: dict[str, date | None], key: str, expires_on: date | None) -> date | None:
    """Of two certificates of a skill the one that lasts longer counts; None lasts for ever."""
    if key not in known:
        return expires_on
    other = known[key]
    return None if other is None or expires_on is None else max(other, expires_on)
