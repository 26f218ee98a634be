"""The improvement register and the forecast of arrivals."""

from datetime import datetime, timedelta

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, require
from tierline.insight.paths.queries import rows, scope

from .models import Improvement
from .rules import RECENT_WEEKS, Forecast, ImprovementState, forecast


def register(viewer: Actor) -> list[Improvement]:
    """Improvements that are not over, most urgent first."""
    require(viewer, Right.INSIGHT_READ)
    living = Improvement.objects.filter(state__in=[ImprovementState.PROPOSED, ImprovementState.AGREED])
    return list(living.select_related("owner").order_by("due_on", "pk"))


def weekly_arrivals(viewer: Actor, weeks: int = RECENT_WEEKS) -> list[int]:
    """Tickets opened in each of the last whole weeks (Monday to Sunday, UTC), oldest first, from the first on."""
    visible, params = scope(viewer)
    monday = _monday(clock.now())
    sql = f"""
        SELECT floor(extract(epoch FROM e.at - %s) / 604800)::int, count(*)
          FROM timeline_timelineentry e
         WHERE e.kind = 'ticket.opened' AND e.subject_kind = 'ticket' AND e.at >= %s AND e.at < %s
           AND e.subject_id IN ({visible})
         GROUP BY 1 ORDER BY 1"""
    since = monday - timedelta(weeks=weeks)
    counted = dict(rows(sql, [since, since, monday, *params]))
    first = min(counted, default=weeks)
    return [counted.get(week, 0) for week in range(first, weeks)]


def next_week(viewer: Actor) -> Forecast | None:
    """What to expect next week; None while the desk is too young to say."""
    return forecast(weekly_arrivals(viewer))


def _monday(moment: datetime) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())
