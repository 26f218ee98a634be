"""Reads about calendars and policies."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from tierline.core.kernel import rows
from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, require

from .models import BusinessCalendar, Policy
from .rules import Hours, Metric


def hours_of(calendar: BusinessCalendar) -> Hours:
    """The calendar as a value for the rules. Raises ValueError for hours that overlap."""
    week = tuple(tuple((int(begin), int(end)) for begin, end in day) for day in calendar.week)
    return Hours(calendar.zone, week, frozenset(date.fromisoformat(day) for day in calendar.holidays))


@dataclass(frozen=True, slots=True)
class Promised:
    """What a desk promises: `targets` maps a metric to five minutes of these hours, for priority 1 to 5."""

    targets: Mapping[str, Sequence[int]]
    hours: Hours

    def seconds(self, metric: Metric, priority: int) -> int:
        """The target in business seconds."""
        return int(self.targets[metric][priority - 1]) * 60


_PROMISED = """
SELECT p.targets, c.zone, c.week, c.holidays
  FROM sla_policy AS p JOIN sla_businesscalendar AS c ON c.id = p.calendar_id
 WHERE p.active AND (p.desk_id = %s OR p.desk_id IS NULL)
 ORDER BY p.desk_id NULLS LAST LIMIT 1"""


def promised(desk_id: int) -> Promised | None:
    """The current policy of a desk, else the one for all desks, in one statement."""
    found = rows.run(_PROMISED, [desk_id]).fetchone()
    return Promised(json.loads(found[0]), _hours(*found[1:])) if found is not None else None


@lru_cache(maxsize=64)
def _hours(zone: str, week: str, holidays: str) -> Hours:
    """The same hours for the same JSON; the rules remember the days they have laid out."""
    return hours_of(BusinessCalendar(zone=zone, week=json.loads(week), holidays=json.loads(holidays)))


def policies(viewer: Actor) -> list[Policy]:
    """Every current policy, for the set-up page."""
    require(viewer, Right.SETUP)
    return list(Policy.objects.current().select_related("calendar", "desk").order_by("desk__name"))
