"""The coverage of a desk's skills over a week: what each tier must be able to do, and who is there for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.catalogue.models import ServiceContract
from tierline.desk.people.models import Desk, Membership, PersonSkill, Skill, SupportGroup
from tierline.desk.people.queries import abilities, desks_of
from tierline.desk.people.queries.presence import absences_between, working_times
from tierline.desk.people.rules import Right, Tier, require
from tierline.desk.people.rules.coverage import (
    HOURS,
    Demand,
    Lapse,
    Row,
    Worker,
    hours_of,
    lapses,
    monday_of,
    office_hours,
    week,
)
from tierline.desk.sla.models import Policy
from tierline.desk.sla.queries import hours_of as opening_hours
from tierline.desk.sla.rules.hours import elapsed
from tierline.work.routing.models import SkillNeed

OPEN_HOURS = office_hours(range(5), 8, 18)
"""What must be covered while no policy says when the desk is open: Monday to Friday, 8 to 18 o'clock."""

ALL_HOURS = frozenset(range(HOURS))
Trial = Callable[[Worker], Worker]


@dataclass(frozen=True, slots=True)
class Coverage:
    """A week of a desk: each skill of each tier by the hour, and what lapsing certificates will take away.

    `opening` says where the hours that must be covered come from: the name of a calendar, or nothing for a contract
    around the clock.
    """

    desk: Desk
    monday: date
    timezone: str
    rows: Sequence[Row]
    lapses: Sequence[Lapse]
    names: dict[str, str]
    people: dict[int, str]
    around_the_clock: bool
    opening: str


def desks(viewer: Actor) -> list[Desk]:
    """The desks whose coverage somebody may look at: those they see."""
    require(viewer, Right.CONSOLE)
    return list(Desk.objects.filter(pk__in=viewer.desk_ids).order_by("pk"))


def coverage(viewer: Actor, desk_id: int, *, day: date, timezone: str) -> Coverage:
    """The coverage in the week of a day, in the hours of a time zone. Raises NotFound."""
    require(viewer, Right.CONSOLE, desk_id=desk_id)
    desk = Desk.objects.filter(pk=desk_id).first()
    if desk is None:
        raise NotFound
    monday = monday_of(day)
    crew = workers(desk_id, monday, timezone)
    always = around_the_clock(desk, monday)
    opening, hours = open_hours(desk_id, monday, timezone)
    asked = demands(desk_id, ALL_HOURS if always else hours)
    return Coverage(
        desk=desk,
        monday=monday,
        timezone=timezone,
        rows=week(crew, asked, monday, timezone),
        lapses=lapses(crew, asked, monday, timezone),
        names=dict(Skill.objects.values_list("key", "name")),
        people={one.id: one.name for one in crew},
        around_the_clock=always,
        opening="" if always else opening,
    )


def uncovered_by(person_id: int, skill: str, *, timezone: str) -> list[Lapse]:
    """What the end of somebody's certificate of a skill takes away on each of their desks, in this week's hours."""
    viewer, today = Actor.machine("staffing"), clock.now().date()
    found = (
        one
        for desk_id in sorted(desks_of(person_id))
        for one in coverage(viewer, desk_id, day=today, timezone=timezone).lapses
    )
    return [one for one in found if (one.person_id, one.skill) == (person_id, skill)]


def workers(desk_id: int, monday: date, timezone: str) -> list[Worker]:
    """Everybody active in the groups of a desk, as they can do and work in the week that begins on `monday`."""
    found = Membership.objects.filter(group__desk_id=desk_id, group__active=True, person__is_active=True)
    tiers: dict[int, set[int]] = {}
    zones: dict[int, str] = {}
    names: dict[int, str] = {}
    for pk, name, zone, tier in found.order_by("person__name", "person_id").values_list(
        "person_id", "person__name", "person__timezone", "group__tier"
    ):
        tiers.setdefault(pk, set()).add(tier)
        zones[pk], names[pk] = zone, name
    hours = hours_of(monday, timezone)
    start, end = hours[0][0], hours[-1][1]
    working, away, can = working_times(zones, start, end), absences_between(zones, start, end), abilities(zones)
    return [
        Worker(
            id=pk,
            name=names[pk],
            tiers=frozenset(tiers[pk]),
            working=working[pk],
            levels=can[pk].levels,
            certificates=can[pk].certificates,
            away=away.get(pk, ()),
        )
        for pk in zones
    ]


def demands(desk_id: int, hours: frozenset[int]) -> list[Demand]:
    """What each tier of a desk must be able to do: what its services ask, and what its people are there for.

    A service asks from a tier on; a skill that no service asks for is wanted on the tiers where somebody has it.
    """
    tiers = sorted(set(SupportGroup.objects.filter(desk_id=desk_id, active=True).values_list("tier", flat=True)))
    asked: dict[tuple[str, int], tuple[int, bool]] = {}
    needs = SkillNeed.objects.filter(service__desk_id=desk_id, service__active=True)
    for key, level, certified, from_tier in needs.values_list("skill__key", "level", "certified", "from_tier"):
        for tier in (one for one in tiers if from_tier <= one < Tier.EXTERNAL):
            known = asked.get((key, tier), (0, False))
            asked[key, tier] = (max(level, known[0]), certified or known[1])
    named = {key for key, _ in asked}
    held = PersonSkill.objects.filter(person__is_active=True, person__memberships__group__desk_id=desk_id)
    for key, tier in held.values_list("skill__key", "person__memberships__group__tier").distinct():
        if key not in named and tier in tiers and tier < Tier.EXTERNAL:
            asked[key, tier] = (1, False)
    return [
        Demand(key, tier, level=level, certified=certified, hours=hours)
        for (key, tier), (level, certified) in sorted(asked.items(), key=lambda one: (one[0][1], one[0][0]))
    ]


def open_hours(desk_id: int, monday: date, timezone: str) -> tuple[str, frozenset[int]]:
    """The hours of a week in which the desk's general policy runs from beginning to end, and its calendar's name.

    The policy of the desk itself counts before the one for every ticket; without any, `OPEN_HOURS`.
    """
    found = [one for one in Policy.objects.newest().select_related("calendar") if _is_general(one, desk_id)]
    if not found:
        return "", OPEN_HOURS
    policy = max(found, key=lambda one: (one.desk_id is not None, one.pk))
    opening = opening_hours(policy.calendar)
    whole = (
        number
        for number, (begin, end) in enumerate(hours_of(monday, timezone))
        if begin < end and elapsed(opening, begin, end) == (end - begin).total_seconds()
    )
    return policy.calendar.name, frozenset(whole)


def _is_general(policy: Policy, desk_id: int) -> bool:
    """Whether a policy is in force for every ticket, or for every ticket of the desk."""
    narrow = policy.service_id or policy.kind or policy.plan or policy.vendor_id
    return not (policy.withdrawn or narrow) and policy.desk_id in {None, desk_id}


def around_the_clock(desk: Desk, on: date) -> bool:
    """Whether a customer's contract makes a customer desk be there at every hour."""
    running = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
    return (
        desk.kind == "customer"
        and ServiceContract.objects.filter(running, around_the_clock=True, starts_on__lte=on).exists()
    )
