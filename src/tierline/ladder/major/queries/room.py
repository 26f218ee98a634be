"""The room in the console: state, parts and how far the telling is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from tierline.core.kernel import clock
from tierline.core.kernel.actors import STAFF, WORKERS, Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Desk, Membership, Person
from tierline.desk.people.rules import Right, may, read_desk_roles
from tierline.desk.tickets.models import Ticket
from tierline.ladder.major.models import Child, MajorIncident, ReviewAction, Subscription, Told, Update
from tierline.ladder.major.rules import ALIKE_DAYS, Clock, Reach, alike, clock_of, one_each
from tierline.ladder.problems.queries import cluster_of

COMPARED = 500
SUGGESTED = 50
CHILDREN_SHOWN = 50
RECURS_DAYS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the newest public words have come: people who were told, of all who are concerned."""

    told: int
    of: int

    @property
    def done(self) -> bool:
        return self.told >= self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Everything the commander's page shows. `children` are the first ones; `earlier` went before on the service."""

    major: MajorIncident
    clock: Clock
    children: tuple[Child, ...]
    child_count: int
    open_children: int
    subscribers: int
    progress: Progress | None
    updates: tuple[Update, ...]
    timeline: tuple[TimelineEntry, ...]
    actions: tuple[ReviewAction, ...]
    earlier: tuple[MajorIncident, ...]


def room(viewer: Actor, major_id: int) -> Room:
    """One major incident for those who see its desk from inside. Raises NotFound."""
    seats = ("commander", "communications", "scribe")
    found = MajorIncident.objects.inside(viewer).select_related("ticket__service", "ticket__desk", *seats)
    major = found.filter(pk=major_id).first()
    if major is None:
        raise NotFound
    parts = Child.objects.filter(major=major)
    updates = tuple(Update.objects.filter(major=major).order_by("-pk"))
    entries = TimelineEntry.objects.of("ticket", major.ticket_id).filter(kind__startswith="major.")
    public = [one for one in updates if one.audience == "requester"]
    return Room(
        major=major,
        clock=clock_of(major.ticket.opened_at, major.declared_at, major.mitigated_at, major.stood_down_at),
        children=tuple(children(viewer, major_id)),
        child_count=parts.count(),
        open_children=parts.filter(ticket__in=Ticket.objects.open()).count(),
        subscribers=Subscription.objects.filter(major=major).count(),
        progress=progress(public[0]) if public else None,
        updates=updates,
        timeline=tuple(entries),
        actions=tuple(ReviewAction.objects.filter(major=major).select_related("owner").order_by("due_on", "pk")),
        earlier=tuple(_earlier(major)),
    )


def children(viewer: Actor, major_id: int, *, limit: int = CHILDREN_SHOWN) -> list[Child]:
    """The parts that the viewer may see, newest first."""
    seen = Child.objects.filter(major_id=major_id, ticket__in=Ticket.objects.visible_to(viewer))
    return list(seen.select_related("ticket__requester").order_by("-ticket_id")[:limit])


def progress(update: Update) -> Progress:
    """How far an update has come, counted in people."""
    told = Told.objects.filter(update=update).count()
    waiting = {person for person, _ticket in _on_tickets(update)} | set(_subscribed(update))
    return Progress(told=told, of=told + len(waiting))


def concerned(major: MajorIncident) -> int:
    """How many people a public update would reach now."""
    mine = Ticket.objects.open().filter(Q(major_part__major=major) | Q(major=major))
    people = set(mine.values_list("requester_id", flat=True))
    heard = Subscription.objects.filter(major=major, person__is_active=True)
    return len(people | set(heard.values_list("person_id", flat=True)))


def untold(update: Update, *, limit: int) -> dict[int, tuple[int, ...]]:
    """The next people to tell, with their own tickets in it; none for a subscriber. In the order of their keys."""
    pairs = _on_tickets(update)
    found = one_each(pairs) | {person: () for person in _subscribed(update) if person not in {p for p, _ in pairs}}
    return {person: found[person] for person in sorted(found)[:limit]}


def _on_tickets(update: Update) -> list[tuple[int, int]]:
    """`(person, ticket)` of everybody with an open ticket in it who has not heard this update."""
    heard = Told.objects.filter(update=update).values("person_id")
    concerned = Q(major_part__major_id=update.major_id) | Q(major=update.major_id)
    mine = Ticket.objects.open().filter(concerned).exclude(requester_id__in=heard)
    return list(mine.order_by("requester_id", "pk").values_list("requester_id", "pk"))


def _subscribed(update: Update) -> list[int]:
    heard = Told.objects.filter(update=update).values("person_id")
    found = Subscription.objects.filter(major_id=update.major_id, person__is_active=True)
    return list(found.exclude(person_id__in=heard).values_list("person_id", flat=True))


def _earlier(major: MajorIncident) -> Sequence[MajorIncident]:
    """The recurrence check: what happened to the same service within half a year before."""
    if major.ticket.service_id is None:
        return []
    since = major.declared_at - timedelta(days=RECURS_DAYS)
    found = MajorIncident.objects.filter(ticket__service_id=major.ticket.service_id, declared_at__gte=since)
    return list(found.filter(declared_at__lt=major.declared_at).order_by("-declared_at")[:5])


def of_ticket(viewer: Actor, ticket_id: int) -> MajorIncident | None:
    """The major incident that a ticket carries or is a part of, as far as the viewer may see it."""
    concerned = Q(ticket_id=ticket_id) | Q(children__ticket_id=ticket_id)
    return MajorIncident.objects.inside(viewer).filter(concerned).select_related("ticket").first()


def on_queue(viewer: Actor) -> list[MajorIncident]:
    """What is going on at the moment, for the banner over the queue."""
    return list(MajorIncident.objects.inside(viewer).active().order_by("declared_at").select_related("ticket")[:3])


def active(viewer: Actor, *, limit: int = 50) -> list[MajorIncident]:
    """Major incidents, newest first, those that are over too."""
    found = MajorIncident.objects.inside(viewer).select_related("ticket", "commander")
    return list(found.order_by("-declared_at")[:limit])


def able(desk_id: int) -> list[Person]:
    """Who could hold a role on a desk: active people who work on its tickets, by name."""
    staff = Person.objects.get_queryset().filter(is_active=True)
    staff = staff.filter(Q(roles__overlap=sorted(WORKERS)) | ~Q(desk_roles=[])).order_by("name", "pk")
    members = desk_members(desk_id)
    return [one for one in staff if may(_on_desk(one, desk_id, members), Right.TICKET_WORK, desk_id=desk_id)]


def desk_members(desk_id: int) -> frozenset[int] | None:
    """Who works in a group of a confidential desk; None for a desk that all staff see."""
    if not Desk.objects.filter(pk=desk_id, confidential=True).exists():
        return None
    found = Membership.objects.filter(group__desk_id=desk_id, group__active=True)
    return frozenset(found.values_list("person_id", flat=True))


def _on_desk(person: Person, desk_id: int, members: frozenset[int] | None) -> Actor:
    """Somebody as far as one desk goes, without a statement for each of them."""
    given = read_desk_roles(person.desk_roles)
    sees = bool(set(person.roles) & STAFF) and (members is None or person.pk in members)
    desks = {desk for _, desk in given} | ({desk_id} if sees else set())
    return Actor(
        label=person.name,
        person_id=person.pk,
        roles=frozenset(person.roles),
        desk_ids=frozenset(desks),
        desk_roles=given,
    )


def leads(desk_id: int) -> set[int]:
    """Who leads the desk: those of `able` who hold the role of a lead there."""
    return {one.pk for one in able(desk_id) if "lead" in one.roles or f"lead:{desk_id}" in one.desk_roles}


def suggested(viewer: Actor, ticket: Ticket) -> list[Ticket]:
    """Open tickets like this one that are no part of anything: the same fault by its evidence, or by their words."""
    since = clock.now() - timedelta(days=ALIKE_DAYS)
    cluster = cluster_of(ticket, since=since)
    same = set(cluster.ticket_ids) if cluster else set()
    free = (
        Ticket.objects.inside(viewer).open().filter(major__isnull=True, major_part__isnull=True).exclude(pk=ticket.pk)
    )
    recent = free.filter(opened_at__gte=since, kind=ticket.kind).select_related("requester").order_by("-pk")[:COMPARED]
    found = [one for one in recent if one.pk in same or alike(one.title, ticket.title)]
    return sorted(found, key=lambda one: (one.pk not in same, -one.pk))


def reach(viewer: Actor, ticket: Ticket) -> Reach:
    """How far the incident reaches: what the criteria are asked of."""
    others = suggested(viewer, ticket)
    return Reach(
        impact=ticket.impact,
        urgency=ticket.urgency,
        tickets=1 + len(others),
        people=len({ticket.requester_id, *(one.requester_id for one in others)}),
        critical_service=ticket.service is not None and ticket.service.critical,
    )


def room_address(major: MajorIncident) -> str:
    """Where its room in the console is."""
    return f"{settings.TIERLINE_URL}/console/major/{major.pk}"
