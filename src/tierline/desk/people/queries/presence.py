"""Who works at a moment: on shift, away, on call, and who stands in; whole groups in a fixed number of statements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tierline.core.kernel import rows
from tierline.desk.people.models import Absence, OnCallRotation
from tierline.desk.people.models import DatedShift as DatedShiftRow
from tierline.desk.people.models import Shift as ShiftRow
from tierline.desk.people.rules import availability as rules
from tierline.desk.people.rules.availability import Away, DatedShift, Rotation, Span, Swap, WeeklyShift, WorkingTime


@dataclass(frozen=True, slots=True)
class Availability:
    """A person at a moment. `there` is on shift and not away, or on call and not away.

    `deputies` says who stands in for somebody away, nearest first; the last of them is there. It is empty when nobody
    does, and for somebody who is not away.
    """

    person_id: int
    name: str
    group_ids: frozenset[int]
    timezone: str
    capacity: int
    on_shift: bool
    on_call: bool
    away: Away | None
    deputies: tuple[int, ...]

    @property
    def there(self) -> bool:
        """Whether work can be given to them now."""
        return self.away is None and (self.on_shift or self.on_call)


_MEMBERS = """
SELECT p.id, p.name, p.timezone, p.capacity, array_agg(m.group_id)
  FROM people_membership AS m JOIN people_person AS p ON p.id = m.person_id
 WHERE m.group_id = ANY(%s) AND p.is_active
 GROUP BY p.id ORDER BY p.id"""


def availability(group_ids: Iterable[int], at: datetime) -> list[Availability]:
    """Everybody active in these groups as they are at the moment `at`, in the order of their ids; in six statements."""
    wanted = sorted(set(group_ids))
    members = rows.run(_MEMBERS, [wanted]).fetchall()
    working = working_times({pk: zone for pk, _, zone, _, _ in members}, at, at)
    away = away_at(at)
    called = on_call(wanted, at)
    return [
        Availability(
            person_id=pk,
            name=name,
            group_ids=frozenset(groups),
            timezone=zone,
            capacity=capacity,
            on_shift=rules.on_shift(working[pk], at),
            on_call=pk in called.values(),
            away=away.get(pk),
            deputies=rules.deputies(pk, away),
        )
        for pk, name, zone, capacity, groups in members
    ]


def working_times(zones: Mapping[int, str], start: datetime, end: datetime) -> dict[int, WorkingTime]:
    """The working time of persons (id to time zone) for the time between two moments; in two statements."""
    week: dict[int, list[WeeklyShift]] = {}
    for one in ShiftRow.objects.filter(person_id__in=zones).order_by("weekday", "from_minute"):
        week.setdefault(one.person_id, []).append(WeeklyShift(one.weekday, one.from_minute, one.to_minute))
    near = timedelta(days=2)  # of any time zone, and a shift that began the day before
    dated: dict[int, list[DatedShift]] = {}
    days = DatedShiftRow.objects.filter(
        person_id__in=zones, day__gte=(start - near).date(), day__lte=(end + near).date()
    )
    for day in days.order_by("day", "from_minute"):
        dated.setdefault(day.person_id, []).append(DatedShift(day.day, day.from_minute, day.to_minute))
    return {pk: WorkingTime(zone, tuple(week.get(pk, ())), tuple(dated.get(pk, ()))) for pk, zone in zones.items()}


def away_at(at: datetime) -> dict[int, Away]:
    """Everybody who is away at the moment: of two absences the one that ends last counts, and then the newest."""
    found = Absence.objects.covering(at).order_by("ends_at", "pk")
    return {one.person_id: Away(one.ends_at, one.reason, one.deputy_id) for one in found}


def absences_between(person_ids: Iterable[int], start: datetime, end: datetime) -> dict[int, list[Span]]:
    """When these persons are away between two moments; in one statement."""
    found: dict[int, list[Span]] = {}
    for one in Absence.objects.within(start, end).filter(person_id__in=person_ids):
        found.setdefault(one.person_id, []).append((max(one.starts_at, start), min(one.ends_at, end)))
    return {pk: rules.merged(spans) for pk, spans in found.items()}


def on_call(group_ids: Iterable[int], at: datetime) -> dict[int, int]:
    """Whose turn it is at the moment, by group; a group without a rotation is left out. In three statements."""
    found = OnCallRotation.objects.filter(group_id__in=group_ids, active=True).prefetch_related("places", "swaps")
    turns = ((one.group_id, rules.on_call(rotation_of(one), at)) for one in found)
    return {group: person for group, person in turns if person is not None}


def rotation_of(row: OnCallRotation) -> Rotation:
    """A rotation as the rule reads it."""
    return Rotation(
        timezone=row.timezone,
        first=row.first_at,
        days=row.days,
        people=tuple(one.person_id for one in row.places.all()),
        swaps=tuple(Swap(one.person_id, one.starts_at, one.ends_at) for one in row.swaps.all()),
    )


def deputies_of(person_id: int, at: datetime) -> tuple[int, ...]:
    """Who stands in for somebody away at the moment, nearest first; in one statement."""
    return rules.deputies(person_id, away_at(at))
