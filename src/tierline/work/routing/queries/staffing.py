"""What assignment needs to know: the people of a group as they are at a moment, and what the tickets ask."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Person, SupportGroup
from tierline.desk.people.queries import Abilities, Availability, abilities, actor_for, availability
from tierline.desk.people.rules import Right, Role, desk_role, may, require
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import reference
from tierline.work.routing.models import Decision, SkillNeed
from tierline.work.routing.rules.assignment import Candidate, Need, open_to_learners
from tierline.work.routing.rules.table import Waiting

FAIR_FOR = timedelta(days=7)
REMEMBERED = timedelta(days=180)
"""How long somebody who solved a ticket of a requester counts as knowing them."""

GIVEN_SHOWN = 5
RECALLED = 2_000  # solved tickets that are looked at for it


def candidates(group_id: int, at: datetime) -> list[Candidate]:
    """The active members of a group as they are at a moment, by id; a fixed number of statements."""
    there = availability([group_id], at)
    ids = [one.person_id for one in there]
    able = abilities(ids)
    busy = Ticket.objects.filter(assignee_id__in=ids, status__in=["new", "open"]).values_list("assignee_id")
    loads = dict(busy.annotate(Count("pk")).order_by())
    given = Decision.objects.filter(person_id__in=ids, kind="assignment", at__gt=at - FAIR_FOR, at__lte=at)
    received = dict(given.values_list("person_id").annotate(Count("ticket", distinct=True)).order_by())
    people = Person.objects.get_queryset().filter(pk__in={*ids, *(pk for one in there for pk in one.deputies[-1:])})
    known = {pk: (name, locale) for pk, name, locale in people.values_list("pk", "name", "locale")}
    return [
        _candidate(one, able[one.person_id], loads.get(one.person_id, 0), received.get(one.person_id, 0), known)
        for one in there
    ]


def _candidate(
    one: Availability, able: Abilities, load: int, received: int, known: dict[int, tuple[str, str]]
) -> Candidate:
    """Somebody whose languages nobody wrote down speaks the one they use the desk in."""
    languages = able.languages if able.spoken else frozenset({known[one.person_id][1][:2]})
    return Candidate(
        id=one.person_id,
        name=one.name,
        on_shift=one.on_shift or one.on_call,
        absent=one.away is not None,
        skills=able.levels,
        certificates=able.certificates,
        languages=languages,
        load=load,
        capacity=one.capacity,
        received=received,
        timezone=one.timezone,
        away_until=one.away.until if one.away else None,
        deputy=known[one.deputies[-1]][0] if one.deputies else "",
    )


def need_of(ticket: Ticket) -> Need:
    """What the ticket's service asks on its tier, and the requester's language."""
    return _needs([ticket])[ticket.pk]


def _needs(tickets: Sequence[Ticket]) -> dict[int, Need]:
    asked: dict[int, list[SkillNeed]] = {}
    wanted = {one.service_id for one in tickets if one.service_id is not None}
    for need in SkillNeed.objects.filter(service_id__in=wanted).select_related("skill").order_by("skill__key"):
        asked.setdefault(need.service_id, []).append(need)
    return {one.pk: _need(one, asked.get(one.service_id or 0, [])) for one in tickets}


def _need(ticket: Ticket, asked: Iterable[SkillNeed]) -> Need:
    skills: dict[str, int] = {}
    certificates: list[str] = []
    for one in asked:
        if one.from_tier <= ticket.tier:
            skills[one.skill.key] = max(one.level, skills.get(one.skill.key, 0))
            if one.certified and one.skill.key not in certificates:
                certificates.append(one.skill.key)
    return Need(
        skills=skills,
        certificates=tuple(certificates),
        language=ticket.requester.locale[:2],
        stretch=open_to_learners(ticket.pk, ticket.priority),
    )


def waiting_tickets(tickets: Sequence[Ticket], people: Sequence[Candidate], at: datetime) -> list[Waiting]:
    """Tickets as assignment reads them, with who knows them or their requesters; in three statements."""
    needs = _needs(tickets)
    known = _known_to(tickets, [one.id for one in people], at)
    return [Waiting(one.pk, needs[one.pk], one.priority, known.get(one.pk, {})) for one in tickets]


def _known_to(tickets: Sequence[Ticket], people: Sequence[int], at: datetime) -> dict[int, dict[int, str]]:
    """Of each ticket: who had it before, and who last solved one of its requester for the same service."""
    found: dict[int, dict[int, str]] = {one.pk: {} for one in tickets}
    solved = (
        Ticket.objects.filter(requester_id__in={one.requester_id for one in tickets}, assignee_id__in=people)
        .filter(resolved_at__gt=at - REMEMBERED)
        .order_by("-resolved_at")
    )
    last: dict[tuple[int, int | None], tuple[int, str]] = {}
    for pk, kind, requester, service, person in solved.values_list(
        "pk", "kind", "requester_id", "service_id", "assignee_id"
    )[:RECALLED]:
        last.setdefault((requester, service), (person or 0, reference(kind, pk)))
    for ticket in tickets:
        if (helped := last.get((ticket.requester_id, ticket.service_id))) is not None:
            found[ticket.pk][helped[0]] = f"solved {helped[1]} for the same requester"
    entries = TimelineEntry.objects.filter(
        subject_kind="ticket", subject_id__in=list(found), kind="ticket.assigned", data__person_id__in=list(people)
    )
    for ticket_id, data in entries.values_list("subject_id", "data"):
        found[ticket_id][data["person_id"]] = "had this ticket before"
    return found


@dataclass(frozen=True, slots=True)
class Given:
    """A ticket that somebody was given by routing and still has, with the receipt."""

    reference: str
    title: str
    receipt: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OwnLoad:
    """How many of their places somebody has taken, how many tickets of theirs wait, and what came to them lately."""

    taken: int
    capacity: int
    waiting: int
    given: tuple[Given, ...]


def own_load(viewer: Actor) -> OwnLoad:
    """What the viewer carries, as assignment counts it; in three statements. For staff."""
    require(viewer, Right.CONSOLE)
    mine = Ticket.objects.visible_to(viewer).open().filter(assignee_id=viewer.person_id or 0)
    waiting = Q(status="waiting")
    counted = mine.aggregate(taken=Count("pk", filter=~waiting), waiting=Count("pk", filter=waiting))
    capacity = Person.objects.get_queryset().filter(pk=viewer.person_id or 0).values_list("capacity", flat=True).first()
    decided = Decision.objects.filter(person_id=viewer.person_id or 0, kind="assignment", ticket__in=mine)
    newest = decided.select_related("ticket").order_by("-at", "-pk")[:GIVEN_SHOWN]
    given = {one.ticket_id: Given(one.ticket.reference, one.ticket.title, one.receipt) for one in reversed(newest)}
    return OwnLoad(counted["taken"], capacity or 0, counted["waiting"], tuple(reversed(given.values())))


def planners(group: SupportGroup) -> list[Person]:
    """Who is told when nobody could take a ticket: the group's own leads, else those who plan staff on its desk."""
    members = Person.objects.get_queryset().filter(is_active=True, memberships__group=group).order_by("pk")
    own = [one for one in members if may(actor_for(one), Right.STAFF_PLAN, desk_id=group.desk_id)]
    if own:
        return own
    lead = Q(roles__contains=[Role.LEAD.value]) | Q(desk_roles__contains=[desk_role(Role.LEAD, group.desk_id)])
    others = Person.objects.get_queryset().filter(lead, is_active=True).order_by("pk")
    return [one for one in others if group.desk_id in actor_for(one).desk_ids]
