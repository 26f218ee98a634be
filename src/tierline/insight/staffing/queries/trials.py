"""What a planned change would do to the coverage, found on the real week without writing anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Certificate, Desk, Skill
from tierline.desk.people.queries import abilities, desks_of, links
from tierline.desk.people.rules.availability import DatedShift, WeeklyShift
from tierline.desk.people.rules.coverage import Row, Worker, monday_of, week
from tierline.desk.people.rules.skills import Link, effective_levels

from .coverage import ALL_HOURS, Trial, around_the_clock, demands, open_hours, workers

WEEK = timedelta(days=7)
MOST_WEEKS = 6
"""Of an absence that lasts longer, so many weeks are looked at."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to a skill of a tier in a week: hours that somebody would cover then, and hours nobody would.

    `hours` count from the Monday, in the time zone asked for.
    """

    desk: str
    skill: str
    tier: int
    monday: date
    gained: tuple[int, ...]
    lost: tuple[int, ...]


def try_week(viewer: Actor, person_id: int, shifts: Iterable[tuple[int, int, int]], timezone: str) -> list[Effect]:
    """A person's week planned anew, on the coming week."""
    planned = tuple(WeeklyShift(*one) for one in shifts)

    def change(worker: Worker) -> Worker:
        return replace(worker, working=replace(worker.working, week=planned))

    return _of_person(viewer, person_id, change, [_coming()], timezone)


def try_day(viewer: Actor, person_id: int, day: date, spans: Iterable[tuple[int, int]], timezone: str) -> list[Effect]:
    """One day that differs; without spans it is free."""
    minutes: list[tuple[int | None, int | None]] = list(spans) or [(None, None)]

    def change(worker: Worker) -> Worker:
        others = tuple(one for one in worker.working.dated if one.day != day)
        dated = (*others, *(DatedShift(day, begin, end) for begin, end in minutes))
        return replace(worker, working=replace(worker.working, dated=dated))

    return _of_person(viewer, person_id, change, [monday_of(day)], timezone)


def try_absence(viewer: Actor, person_id: int, starts_at: datetime, ends_at: datetime, timezone: str) -> list[Effect]:
    """Somebody away from one moment to another, in each of its first weeks."""

    def change(worker: Worker) -> Worker:
        return replace(worker, away=(*worker.away, (starts_at, ends_at)))

    first = monday_of(starts_at.date())
    mondays = [first + number * WEEK for number in range(MOST_WEEKS) if first + number * WEEK <= ends_at.date()]
    return _of_person(viewer, person_id, change, mondays, timezone)


def try_skill(viewer: Actor, person_id: int, skill: str, level: int, timezone: str) -> list[Effect]:
    """A skill at another level, with everything that links bring; 0 takes it away."""
    recorded = {**abilities([person_id])[person_id].recorded, skill: level}
    levels = effective_levels(recorded, links())

    def change(worker: Worker) -> Worker:
        return replace(worker, levels=levels)

    return _of_person(viewer, person_id, change, [_coming()], timezone)


def try_certificate(
    viewer: Actor, person_id: int, skill: str, expires_on: date | None, timezone: str, *, without: int = 0
) -> list[Effect]:
    """A certificate more, or one less (`without` is its id), on the coming week."""
    if without:
        last = _last_without(person_id, skill, without)
    else:
        known = abilities([person_id])[person_id].certificates.get(skill, date.min)
        last = None if expires_on is None or known is None else max(known, expires_on)

    def change(worker: Worker) -> Worker:
        return replace(worker, certificates={**worker.certificates, skill: last})

    return _of_person(viewer, person_id, change, [_coming()], timezone)


def _last_without(person_id: int, skill: str, certificate_id: int) -> date | None:
    """The last day of what remains of somebody's certificates of a skill; long past when nothing does."""
    others = Certificate.objects.filter(person_id=person_id, skill__key=skill, withdrawn_at__isnull=True)
    days = list(others.exclude(pk=certificate_id).values_list("expires_on", flat=True))
    return None if None in days else max((day for day in days if day), default=date.min)


@dataclass(frozen=True, slots=True)
class LevelMoved:
    """Somebody who would count with another level in a skill; 0 is none."""

    person: str
    skill: str
    before: int
    after: int


def try_links(viewer: Actor, graph: Iterable[Link], timezone: str) -> tuple[list[LevelMoved], list[Effect]]:
    """Another graph of skills: whose levels move on the desks that the viewer sees, and what that covers."""
    crew: dict[int, str] = {}
    for desk_id in viewer.desk_ids:
        crew |= {one.id: one.name for one in workers(desk_id, _coming(), timezone)}
    known, planned = abilities(crew), tuple(graph)
    after = {pk: effective_levels(able.recorded, planned) for pk, able in known.items()}
    names = dict(Skill.objects.values_list("key", "name"))
    moved = [
        LevelMoved(crew[pk], names.get(key, key), able.levels.get(key, 0), after[pk].get(key, 0))
        for pk, able in known.items()
        for key in sorted({*able.levels, *after[pk]})
        if able.levels.get(key, 0) != after[pk].get(key, 0)
    ]
    effects = _effects(viewer.desk_ids, _leveller(after), [_coming()], timezone)
    return sorted(moved, key=lambda one: (one.person, one.skill)), effects


def _leveller(levels: Mapping[int, Mapping[str, int]]) -> Trial:
    return lambda worker: replace(worker, levels=levels.get(worker.id, worker.levels))


def _coming() -> date:
    """The Monday of the week that is still whole: the coming one."""
    return monday_of(clock.now().date()) + WEEK


def _of_person(viewer: Actor, person_id: int, change: Trial, mondays: Iterable[date], timezone: str) -> list[Effect]:
    """What changing one person does on the desks where they work and which the viewer sees."""

    def trial(worker: Worker) -> Worker:
        return change(worker) if worker.id == person_id else worker

    return _effects(desks_of(person_id) & viewer.desk_ids, trial, mondays, timezone)


def _effects(desk_ids: Iterable[int], trial: Trial, mondays: Iterable[date], timezone: str) -> list[Effect]:
    names = dict(Skill.objects.values_list("key", "name"))
    found: list[Effect] = []
    planned = list(mondays)
    for desk in Desk.objects.filter(pk__in=list(desk_ids)).order_by("pk"):
        for monday in planned:
            crew = workers(desk.pk, monday, timezone)
            always = around_the_clock(desk, monday)
            asked = demands(desk.pk, ALL_HOURS if always else open_hours(desk.pk, monday, timezone)[1])
            before = week(crew, asked, monday, timezone)
            after = week([trial(one) for one in crew], asked, monday, timezone)
            found += [_effect(desk, monday, old, new, names) for old, new in zip(before, after, strict=True)]
    return [one for one in found if one.gained or one.lost]


def _effect(desk: Desk, monday: date, old: Row, new: Row, names: Mapping[str, str]) -> Effect:
    before, after = set(old.gaps), set(new.gaps)
    return Effect(
        desk=desk.name,
        skill=names.get(old.demand.skill, old.demand.skill),
        tier=old.demand.tier,
        monday=monday,
        gained=tuple(sorted(before - after)),
        lost=tuple(sorted(after - before)),
    )
