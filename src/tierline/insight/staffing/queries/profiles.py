"""Everything about one person who works here, for their page; everybody who does; and the skills with their links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.events import SkillRecorded
from tierline.desk.people.models import (
    Absence,
    Certificate,
    DatedShift,
    Desk,
    Person,
    PersonLanguage,
    Shift,
    Skill,
    SkillLink,
    SupportGroup,
)
from tierline.desk.people.queries import Abilities, Availability, abilities, availability, links, may_plan
from tierline.desk.people.rules import Right, may, require
from tierline.desk.people.rules.skills import Link, sources
from tierline.desk.tickets.models import Ticket

from .evidence import SkillEvidence, level_evidence

HISTORY = 30
SHOWN = timedelta(days=15)
"""How far ahead a person's days are shown."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A person with what they can do, when they work and who changed it. `load` counts their open tickets.

    `evidence`, `history` and the reasons of absences are for themselves and those who plan them (`plans`), `desks` (the
    desks' names by id) for those who may know the roles. `brought` says which skill brings a level by a link,
    `written` which entry recorded it. `deputies` stand in now, nearest first; `stands_in` are those they stand in for.
    """

    person: Person
    groups: Sequence[SupportGroup]
    now: Availability | None
    load: int
    can: Abilities
    skills: dict[str, str]
    brought: dict[str, tuple[str, str]]
    written: dict[str, TimelineEntry]
    evidence: Sequence[SkillEvidence]
    certificates: Sequence[Certificate]
    languages: Sequence[PersonLanguage]
    week: Sequence[Shift]
    dated: Sequence[DatedShift]
    absences: Sequence[Absence]
    history: Sequence[TimelineEntry]
    deputies: Sequence[str]
    stands_in: Sequence[Absence]
    desks: dict[int, str]
    own: bool
    plans: bool


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works here: as they are now, how many open tickets they have, and what they are best at."""

    now: Availability
    load: int
    groups: Sequence[SupportGroup]
    best: Sequence[str]


def staff_of(viewer: Actor) -> list[Availability]:
    """Everybody who works on a desk the viewer sees, as they are now, by name."""
    require(viewer, Right.CONSOLE)
    groups = SupportGroup.objects.filter(desk_id__in=viewer.desk_ids, active=True).values_list("pk", flat=True)
    return sorted(availability(groups, clock.now()), key=lambda one: one.name)


def colleagues(viewer: Actor) -> list[Colleague]:
    """Everybody of `staff_of`, with their load and their skills at the highest level."""
    there = staff_of(viewer)
    ids = [one.person_id for one in there]
    groups = {one.pk: one for one in SupportGroup.objects.filter(desk_id__in=viewer.desk_ids, active=True)}
    open_now = Ticket.objects.filter(assignee_id__in=ids).open().order_by().values_list("assignee_id")
    loads = dict(open_now.annotate(Count("pk")))
    can, names = abilities(ids), dict(Skill.objects.values_list("key", "name"))
    return [
        Colleague(
            now=one,
            load=loads.get(one.person_id, 0),
            groups=sorted((groups[pk] for pk in one.group_ids), key=lambda group: (group.tier, group.name)),
            best=[names[key] for key in _best(can[one.person_id])],
        )
        for one in there
    ]


def _best(can: Abilities) -> list[str]:
    return sorted(can.recorded, key=lambda key: (-can.recorded[key], key))[:4]


def colleague(viewer: Actor, person_id: int) -> Person:
    """Somebody who works on a desk the viewer sees, or whom they plan, or themselves. Raises NotFound."""
    require(viewer, Right.CONSOLE)
    person = Person.objects.get_queryset().filter(pk=person_id).first()
    works_here = SupportGroup.objects.filter(desk_id__in=viewer.desk_ids, memberships__person_id=person_id)
    if person is None or not (
        viewer.person_id == person_id or works_here.exists() or (may_plan(viewer, person_id) and _works(person))
    ):
        raise NotFound
    return person


def _works(person: Person) -> bool:
    return Person.objects.staff().filter(pk=person.pk).exists()


def profile(viewer: Actor, person_id: int) -> Profile:
    """One person's page. Raises NotFound."""
    person = colleague(viewer, person_id)
    own, plans = viewer.person_id == person_id, may_plan(viewer, person_id)
    groups = list(
        SupportGroup.objects.filter(memberships__person=person, active=True, desk_id__in=viewer.desk_ids)
        .select_related("desk")
        .order_by("tier", "name")
    )
    here = {one.person_id: one for one in availability([group.pk for group in groups], clock.now())}
    mine, can = here.get(person_id), abilities([person_id])[person_id]
    knows_roles = own or may(viewer, Right.SETUP) or may(viewer, Right.ACCESS_AUDIT)
    return Profile(
        person=person,
        groups=groups,
        now=mine,
        load=Ticket.objects.filter(assignee=person).open().count(),
        can=can,
        skills=dict(Skill.objects.order_by("name").values_list("key", "name")),
        brought=sources(can.recorded, links()),
        written=_written(person_id),
        evidence=level_evidence(viewer, person_id) if own or plans else (),
        certificates=_certificates(person_id),
        languages=list(PersonLanguage.objects.filter(person=person).order_by("code")),
        week=list(Shift.objects.filter(person=person).order_by("weekday", "from_minute")),
        dated=_dated(person_id),
        absences=_absences(person_id),
        history=history(person_id) if own or plans else (),
        deputies=_names(mine.deputies if mine else ()),
        stands_in=list(
            Absence.objects.filter(deputy=person, ends_at__gt=clock.now())
            .select_related("person")
            .order_by("starts_at")
        ),
        desks=dict(Desk.objects.values_list("pk", "name")) if knows_roles else {},
        own=own,
        plans=plans,
    )


def _certificates(person_id: int) -> list[Certificate]:
    """Those that count first, soonest end first; withdrawn ones last."""
    found = Certificate.objects.filter(person_id=person_id).select_related("skill")
    return sorted(found, key=lambda one: (one.withdrawn_at is not None, one.expires_on is None, one.expires_on, one.pk))


def _dated(person_id: int) -> list[DatedShift]:
    ahead = DatedShift.objects.filter(person_id=person_id, day__gte=clock.now().date())
    return list(ahead.order_by("day", "from_minute")[:20])


def _absences(person_id: int) -> list[Absence]:
    ahead = Absence.objects.filter(person_id=person_id, ends_at__gt=clock.now())
    return list(ahead.select_related("deputy").order_by("starts_at"))


def _names(person_ids: Sequence[int]) -> list[str]:
    """The names of persons, in the order asked for."""
    known = dict(Person.objects.get_queryset().filter(pk__in=person_ids).values_list("pk", "name"))
    return [known[pk] for pk in person_ids if pk in known]


def _written(person_id: int) -> dict[str, TimelineEntry]:
    """For each skill the entry that recorded its level last."""
    entries = TimelineEntry.objects.of("person", person_id).filter(kind=SkillRecorded.kind)
    return {entry.data["skill"]: entry for entry in entries}


def skill_names() -> list[tuple[str, str]]:
    """Every skill as key and name, by name."""
    return list(Skill.objects.order_by("name").values_list("key", "name"))


def history(person_id: int, *kinds: str) -> list[TimelineEntry]:
    """The latest changes of a person's record, newest first; the caller has asked for the person before."""
    return history_of("person", person_id, *kinds)


def history_of(subject: str, subject_id: int, *kinds: str) -> list[TimelineEntry]:
    """The latest changes of a person, skill, group or organisation, newest first; the caller asked for it before."""
    found = TimelineEntry.objects.of(subject, subject_id).order_by("-seq")
    return list((found.filter(kind__in=kinds) if kinds else found)[:HISTORY])


def certificate(viewer: Actor, certificate_id: int) -> Certificate:
    """A certificate with its document: for its holder and for those who plan them. Raises NotFound."""
    related = Certificate.objects.select_related("person", "evidence", "skill")
    found = related.filter(pk=certificate_id).first()
    if found is None or not (viewer.person_id == found.person_id or may_plan(viewer, found.person_id)):
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class SkillRow:
    """A skill with its links, and who has it at which level, recorded or brought by links."""

    skill: Skill
    links: Sequence[SkillLink]
    leads_here: Sequence[SkillLink]
    holders: Sequence[tuple[int, str, int, bool]]


def skill_rows(viewer: Actor) -> list[SkillRow]:
    """All skills by name, with what each says about others; holders are those whom the viewer works with."""
    there = staff_of(viewer)
    can = abilities([one.person_id for one in there])
    held: dict[str, list[tuple[int, str, int, bool]]] = {}
    for one in there:
        for key, level in can[one.person_id].levels.items():
            recorded = can[one.person_id].recorded.get(key) == level
            held.setdefault(key, []).append((one.person_id, one.name, level, recorded))
    found = Skill.objects.order_by("name").prefetch_related("links__toward", "linked_from__skill")
    return [
        SkillRow(one, list(one.links.all()), list(one.linked_from.all()), sorted(held.get(one.key, ()), key=_by_level))
        for one in found
    ]


def _by_level(holder: tuple[int, str, int, bool]) -> tuple[int, str]:
    return -holder[2], holder[1]


def one_of(rows: Sequence[SkillRow], skill_id: int) -> SkillRow:
    """One skill of `skill_rows`. Raises NotFound."""
    found = next((one for one in rows if one.skill.pk == skill_id), None)
    if found is None:
        raise NotFound
    return found


def graph_with(skill: str, toward: str, kind: str | None) -> list[Link]:
    """The graph of skills with one link changed; without it for no kind."""
    others = [one for one in links() if one[:2] != (skill, toward)]
    return [*others, (skill, toward, kind)] if kind else others
