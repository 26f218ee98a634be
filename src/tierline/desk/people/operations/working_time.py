"""Working weeks, days that differ, absences with deputies, and capacity."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.errors import DeputiesGoInCircles
from tierline.desk.people.events import AbsenceCancelled, AbsenceRecorded, CapacitySet, DayPlanned, WeekPlanned
from tierline.desk.people.models import (
    Absence,
    DatedShift,
    Person,
    Shift,
)
from tierline.desk.people.rules.availability import WeeklyShift, leads_back_to, shift_fault

from .recording import locked, note

Spans = Sequence[tuple[int, int]]
CAPACITY_MOST = 500


def plan_week(
    *, actor: Actor, person_id: int, week: Mapping[int, tuple[int, int]] | Iterable[tuple[int, int, int]]
) -> None:
    """Set a person's working week, in their own time zone.

    Either weekday (0 is Monday) to first and last minute of the day, or rows of weekday, first and last minute; a shift
    that ends past 1440 runs into the next day. Raises NotFound and Invalid.
    """
    rows = [(day, *minutes) for day, minutes in week.items()] if isinstance(week, Mapping) else list(week)
    planned = sorted(WeeklyShift(*row) for row in rows)
    if fault := next((words for one in planned if (words := shift_fault(one))), ""):
        raise Invalid({"week": fault})
    with transaction.atomic():
        person = locked(actor, person_id)
        held = Shift.objects.filter(person=person).order_by("weekday", "from_minute")
        before = [[one.weekday, one.from_minute, one.to_minute] for one in held]
        after = [[one.weekday, one.from_minute, one.to_minute] for one in planned]
        if before == after:
            return
        Shift.objects.filter(person=person).delete()
        Shift.objects.bulk_create(
            Shift(person=person, weekday=day, from_minute=begin, to_minute=end) for day, begin, end in after
        )
        note(person, WeekPlanned(before=before, after=after), actor=actor)


def plan_day(*, actor: Actor, person_id: int, day: date, spans: Spans, words: str = "") -> None:
    """Let one day differ from the week: these first and last minutes instead, none at all for a day off.

    Raises NotFound and Invalid.
    """
    if fault := next((found for one in spans if (found := shift_fault(WeeklyShift(day.weekday(), *one)))), ""):
        raise Invalid({"day": fault})
    with transaction.atomic():
        person = locked(actor, person_id)
        DatedShift.objects.filter(person=person, day=day).delete()
        minutes: list[tuple[int | None, int | None]] = list(spans) or [(None, None)]
        DatedShift.objects.bulk_create(
            DatedShift(person=person, day=day, from_minute=begin, to_minute=end, note=one_line(words, 120))
            for begin, end in minutes
        )
        note(person, DayPlanned(day=day.isoformat(), spans=[list(one) for one in spans]), actor=actor)


def lift_day(*, actor: Actor, person_id: int, day: date) -> None:
    """Let a day follow the week again; one that does already is fine. Raises NotFound."""
    with transaction.atomic():
        person = locked(actor, person_id)
        gone, _ = DatedShift.objects.filter(person=person, day=day).delete()
        if gone:
            note(person, DayPlanned(day=day.isoformat(), spans=[], lifted=True), actor=actor)


def record_absence(
    *,
    actor: Actor,
    person_id: int,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "leave",
    deputy_id: int | None = None,
) -> Absence:
    """Note that a person is away, up to but not including `ends_at`. One's own, or planned.

    Raises NotFound, Invalid, and DeputiesGoInCircles when nobody would be there in the end.
    """
    if ends_at <= starts_at:
        raise Invalid({"ends_at": "An absence ends after it starts."})
    if deputy_id == person_id:
        raise Invalid({"deputy": "Nobody is their own deputy."})
    with transaction.atomic():
        person = locked(actor, person_id, own=True)
        if deputy_id is not None:
            _check_deputy(person_id, deputy_id, starts_at, ends_at)
        absence = Absence.objects.create(
            person=person, starts_at=starts_at, ends_at=ends_at, reason=one_line(reason, 20), deputy_id=deputy_id
        )
        payload = AbsenceRecorded(
            absence_id=absence.pk,
            starts_at=starts_at.isoformat(),
            ends_at=ends_at.isoformat(),
            deputy_id=deputy_id or 0,
        )
        note(person, payload, actor=actor)
        return absence


def cancel_absence(*, actor: Actor, absence_id: int) -> int:
    """Call an absence off; what is past of one that has begun stays as it was. One's own, or planned.

    Returns the id of the person. Raises NotFound.
    """
    with transaction.atomic():
        person_id = Absence.objects.filter(pk=absence_id).values_list("person_id", flat=True).first()
        person = locked(actor, person_id or 0, own=True)
        absence = Absence.objects.get(pk=absence_id)
        payload = AbsenceCancelled(
            absence_id=absence.pk, starts_at=absence.starts_at.isoformat(), ends_at=absence.ends_at.isoformat()
        )
        if absence.starts_at < clock.now() < absence.ends_at:
            absence.ends_at = clock.now()
            absence.save(update_fields=["ends_at"])
        elif absence.starts_at >= clock.now():
            absence.delete()
        else:
            return int(person.pk)
        note(person, payload, actor=actor)
        return int(person.pk)


def set_capacity(*, actor: Actor, person_id: int, capacity: int) -> None:
    """How many open tickets somebody can look after at the same time. Raises NotFound and Invalid."""
    if not 0 <= capacity <= CAPACITY_MOST:
        raise Invalid({"capacity": f"From 0 to {CAPACITY_MOST} tickets."})
    with transaction.atomic():
        person = locked(actor, person_id)
        if person.capacity != capacity:
            payload = CapacitySet(before=person.capacity, after=capacity)
            person.capacity = capacity
            person.save(update_fields=["capacity"])
            note(person, payload, actor=actor)


def _check_deputy(person_id: int, deputy_id: int, starts_at: datetime, ends_at: datetime) -> None:
    if not Person.objects.staff().filter(pk=deputy_id).exists():
        raise NotFound
    absences = Absence.objects.within(starts_at, ends_at).exclude(deputy=None)
    pairs = absences.values_list("person_id", "deputy_id")
    if leads_back_to(person_id, deputy_id, [(person, deputy) for person, deputy in pairs if deputy]):
        raise DeputiesGoInCircles
