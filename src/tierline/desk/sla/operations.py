"""The verbs on calendars and policies."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, require

from .models import BusinessCalendar, Policy
from .queries import hours_of
from .rules import DEFAULT_TARGETS, Metric

OFFICE_WEEK = [[[480, 1080]]] * 5 + [[], []]  # Monday to Friday, 08:00 to 18:00


def write_calendar(
    *,
    actor: Actor,
    name: str,
    zone: str,
    week: Sequence[Sequence[Sequence[int]]],
    holidays: Iterable[date] = (),
) -> BusinessCalendar:
    """Keep opening hours under a name. Raises Invalid for hours that overlap or an unknown time zone."""
    require(actor, Right.SETUP)
    calendar = BusinessCalendar(
        name=name,
        zone=zone,
        week=[[list(window) for window in day] for day in week],
        holidays=[day.isoformat() for day in holidays],
    )
    try:
        hours_of(calendar)
    except (ValueError, KeyError) as problem:
        raise Invalid({"week": f"These opening hours cannot be used: {problem}."}) from problem
    BusinessCalendar.objects.update_or_create(
        name=name, defaults={"zone": zone, "week": calendar.week, "holidays": calendar.holidays}
    )
    return BusinessCalendar.objects.get(name=name)


def write_policy(
    *,
    actor: Actor,
    name: str,
    calendar: BusinessCalendar,
    desk: Desk | None = None,
    targets: Mapping[Metric, Sequence[int]] = DEFAULT_TARGETS,
) -> Policy:
    """Make a new version of a desk's policy (of every desk without its own when `desk` is None).

    `targets` gives business minutes for priority 1 to 5. Raises Invalid when a figure is missing or not positive.
    """
    require(actor, Right.SETUP)
    for metric in Metric:
        given = targets.get(metric, ())
        if len(given) != len(DEFAULT_TARGETS[metric]) or min(given) <= 0:
            raise Invalid({metric: "Each metric needs five positive numbers of minutes, for priority 1 to 5."})
    with transaction.atomic():
        last = Policy.objects.select_for_update().filter(desk=desk).order_by("-version").first()
        Policy.objects.current().filter(desk=desk).update(active=False)
        return Policy.objects.create(
            desk=desk,
            name=name,
            version=last.version + 1 if last else 1,
            calendar=calendar,
            targets={metric.value: list(targets[metric]) for metric in Metric},
            since=clock.now(),
        )


def ensure_defaults(*, actor: Actor, zone: str = "UTC") -> Policy:
    """A fresh desk starts with office hours and sensible targets."""
    known = Policy.objects.current().filter(desk=None).first()
    if known is not None:
        return known
    calendar = write_calendar(actor=actor, name="Office hours", zone=zone, week=OFFICE_WEEK)
    return write_policy(actor=actor, name="Standard", calendar=calendar)
