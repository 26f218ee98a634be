"""Working weeks and absences."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import one_line
from tierline.desk.people.models import (
    Absence,
    Shift,
)
from tierline.desk.people.rules import (
    Right,
    require,
)


def plan_week(*, actor: Actor, person_id: int, week: Mapping[int, tuple[int, int]]) -> None:
    """Set a person's working week: weekday (0 is Monday) to first and last minute of the day, local time."""
    require(actor, Right.SETUP)
    shifts = [
        Shift(person_id=person_id, weekday=day, from_minute=begin, to_minute=end) for day, (begin, end) in week.items()
    ]
    if any(not (0 <= s.weekday <= 6 and 0 <= s.from_minute < s.to_minute <= 1440) for s in shifts):  # noqa: PLR2004 (a week, a day)
        raise Invalid({"week": "A shift begins before it ends, within one day."})
    with transaction.atomic():
        Shift.objects.filter(person_id=person_id).delete()
        Shift.objects.bulk_create(shifts)


def record_absence(
    *,
    actor: Actor,
    person_id: int,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "leave",
    deputy_id: int | None = None,
) -> Absence:
    """Note that a person is away, up to but not including `ends_at`. One's own, or with the right to set up."""
    if actor.person_id != person_id:
        require(actor, Right.SETUP)
    if ends_at <= starts_at:
        raise Invalid({"ends_at": "An absence ends after it starts."})
    return Absence.objects.create(
        person_id=person_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=one_line(reason, 20),
        deputy_id=deputy_id,
    )
