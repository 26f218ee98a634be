"""Reads about calendars and policies."""

from datetime import date

from django.db.models import F, Q

from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, require

from .models import BusinessCalendar, Policy
from .rules import Hours


def hours_of(calendar: BusinessCalendar) -> Hours:
    """The calendar as a value for the rules. Raises ValueError for hours that overlap."""
    week = tuple(tuple((int(begin), int(end)) for begin, end in day) for day in calendar.week)
    return Hours(calendar.zone, week, frozenset(date.fromisoformat(day) for day in calendar.holidays))


def policy_for(desk_id: int) -> Policy | None:
    """The current policy of a desk, else the one for all desks, in one statement."""
    own_first = F("desk").asc(nulls_last=True)
    mine = Q(desk_id=desk_id) | Q(desk=None)
    return Policy.objects.current().select_related("calendar").filter(mine).order_by(own_first).first()


def policies(viewer: Actor) -> list[Policy]:
    """Every current policy, for the set-up page."""
    require(viewer, Right.SETUP)
    return list(Policy.objects.current().select_related("calendar", "desk").order_by("desk__name"))
