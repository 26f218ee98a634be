"""The coverage map of a desk."""

from datetime import date, timedelta

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from tierline.core.kernel import clock
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right
from tierline.desk.people.rules.coverage import monday_of
from tierline.doors.web.actor import SignedInRequest, zone_of
from tierline.doors.web.gate import needs
from tierline.doors.web.staff.coverage_picture import headline, lapses_of, rows_of
from tierline.doors.web.staff.frame import staff_page, zone_name
from tierline.doors.web.staff.hours import SHORT_DAYS
from tierline.insight.staffing.queries import coverage as staffing

WEEK = timedelta(days=7)
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


@needs(Right.CONSOLE)
@require_safe
def coverage(request: SignedInRequest) -> HttpResponse:
    """Who is there for which skill in which hour of a week, and what will be missing."""
    desks = staffing.desks(request.actor)
    if not desks:
        raise NotFound
    chosen = whole_number(request.GET.get("desk", "")) or desks[0].pk
    zone = zone_name(request)
    found = staffing.coverage(request.actor, chosen, day=_day(request), timezone=zone)
    rows = rows_of(found)
    context = {
        "desks": desks,
        "desk": found.desk,
        "monday": found.monday,
        "previous": found.monday - WEEK,
        "next": found.monday + WEEK,
        "this_week": found.monday == monday_of(clock.now().date()),
        "zone": zone,
        "around_the_clock": found.around_the_clock,
        "opening": found.opening,
        "tiers_shown": sorted({row.tier for row in rows}),
        "rows": rows,
        "lapses": lapses_of(found),
        "headline": headline(rows),
        "days": SHORT_DAYS,
        "now_x": _now_x(request, found.monday),
        "dates": [found.monday + timedelta(days=number) for number in range(7)],
    }
    return staff_page(request, "staff/coverage.html", "staff:coverage", context)


def _now_x(request: SignedInRequest, monday: date) -> float | None:
    """Where in the week's hours the present moment is; None in another week."""
    here = clock.now().astimezone(zone_of(request.user.timezone))
    if monday_of(here.date()) != monday:
        return None
    return here.weekday() * 24 + here.hour + here.minute / 60


def _day(request: SignedInRequest) -> date:
    """The day in the address, else today; a week that cannot be is today's."""
    try:
        asked = date.fromisoformat(request.GET.get("week", ""))
    except ValueError:
        return clock.now().date()
    return asked if EARLIEST < asked < LATEST else clock.now().date()
