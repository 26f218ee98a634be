"""Days on which a calendar is closed, from an iCalendar file (RFC 5545) or from a country's public holidays.

Both give closures as a calendar keeps them. Events that come again are laid out for some years: what is due must not
depend on what a library thinks of a rule next year. The libraries are imported when they are needed, not at each start.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tierline.core.kernel import clock
from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import one_line

from .proposing import CLOSURES

YEARS_BACK, YEARS_AHEAD = 1, 5
FILE_LIMIT = 1_000_000  # bytes
EVENTS, SERIES = 2000, 200
DAY = timedelta(days=1)
_SLOW = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_OFTEN = {"BYHOUR", "BYMINUTE", "BYSECOND"}
_CANNOT_READ = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError)

Closures = list[dict[str, Any]]


def closures_in(content: bytes, zone: str) -> Closures:
    """The days and parts of days that the events of an iCalendar file take, as wall-clock time of `zone`.

    All-day events close the day, timed ones their hours; cancelled ones are passed over. Raises Invalid for what is no
    iCalendar file, or has more in it than a calendar takes.
    """
    if len(content) > FILE_LIMIT:
        raise Invalid({"file": "The file is over 1 MB: export the holidays alone."})
    first, last = _years()
    try:
        found = [one for event in _events(content, first, last) for one in _parts(event, ZoneInfo(zone))]
    except Invalid:
        raise
    except _CANNOT_READ as problem:
        raise Invalid(
            {"file": f"This is no iCalendar file that can be read ({one_line(str(problem), 120)})."}
        ) from None
    within = [one for one in found if first.isoformat() <= one["day"] < last.isoformat()]
    if not within:
        raise Invalid({"file": f"No event between {first.year} and {last.year - 1} stands in this file."})
    return _each_once(within)


def holidays_of(country: str, subdivision: str = "") -> Closures:
    """The public holidays of a country, or of a part of it, for some years. Raises Invalid for an unknown one."""
    import holidays

    years = range(clock.now().year - YEARS_BACK, clock.now().year + YEARS_AHEAD + 1)
    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=years, language="en_US")
    except NotImplementedError:
        raise Invalid({"country": "The holidays of this country or part of it are not known."}) from None
    return [{"day": day.isoformat(), "name": one_line(name, 80)} for day, name in sorted(found.items())]


def _years() -> tuple[date, date]:
    year = clock.now().year
    return date(year - YEARS_BACK, 1, 1), date(year + YEARS_AHEAD + 1, 1, 1)


def _events(content: bytes, first: date, last: date) -> Iterator[Any]:
    """Every event of the years, those that come again each time they do."""
    import icalendar
    import recurring_ical_events

    calendar = icalendar.Calendar.from_ical(content)
    events = list(calendar.walk("VEVENT"))
    _check_rules(events)
    query = recurring_ical_events.of(calendar)
    count = 0
    for year in range(first.year, last.year):
        for event in query.between(date(year, 1, 1), date(year + 1, 1, 1)):
            count += 1
            if count > CLOSURES:
                raise Invalid({"file": f"More than {CLOSURES} closings stand in this file."})
            if str(event.get("STATUS", "")).upper() != "CANCELLED":
                yield event


def _check_rules(events: list[Any]) -> None:
    """A rule may come again each day at most: one for each second would never end."""
    rules = [rule for event in events for rule in _rules(event)]
    if len(events) > EVENTS or len(rules) > SERIES:
        raise Invalid({"file": "The file has too many events: export the holidays alone."})
    for rule in rules:
        often = {str(one).upper() for one in rule.get("FREQ", ())} - _SLOW
        if often or _OFTEN & {str(key).upper() for key in rule}:
            raise Invalid({"file": "An event in this file comes more than once a day: that is no closing time."})


def _rules(event: Any) -> Iterable[Any]:  # noqa: ANN401 (the library's component)
    rule = event.get("RRULE")
    return () if rule is None else rule if isinstance(rule, list) else (rule,)


def _parts(event: Any, zone: ZoneInfo) -> Iterator[dict[str, Any]]:  # noqa: ANN401 (the library's component)
    name = one_line(str(event.get("SUMMARY", "")), 80)
    begin, end = event.start, event.end
    if not isinstance(begin, datetime):
        for day in _days(begin, max(end, begin + DAY)):
            yield {"day": day.isoformat(), "name": name}
        return
    begin, end = _local(begin, zone), _local(end, zone)
    for day in _days(begin.date(), end.date() + DAY):
        since = _minute(begin) if day == begin.date() else 0
        until = _minute(end) if day == end.date() else 1440
        if since < until:
            yield {"day": day.isoformat(), "name": name, "from": since, "until": until}


def _days(first: date, behind: date) -> Iterator[date]:
    for number in range(min((behind - first).days, 400)):
        yield first + number * DAY


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Wall-clock time of the calendar's zone; a time without a zone is meant there."""
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment


def _minute(moment: datetime) -> int:
    return (moment - datetime.combine(moment.date(), time())) // timedelta(minutes=1)


def _each_once(found: Closures) -> Closures:
    """Sorted, and each only once: a year's window may show an event of its edge twice."""
    known = {(one["day"], one.get("from"), one.get("until")): one for one in found}
    return [known[key] for key in sorted(known, key=lambda key: (key[0], key[1] or 0, key[2] or 0))]
