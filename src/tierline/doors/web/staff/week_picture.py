"""A person's next two weeks as a picture: shifts, days that differ and absences, day by day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tierline.desk.people.rules.availability import Span, WorkingTime, moment_of, spans, without
from tierline.doors.web.actor import zone_of

from .hours import DAY, SHORT_DAYS, between

DAYS_SHOWN = 14


@dataclass(frozen=True)
class Stretch:
    """Minutes of a day: `kind` is work or away."""

    begin: int
    width: int
    kind: str
    words: str


@dataclass(frozen=True)
class DayLine:
    """One day with its stretches; `rest` marks the weekend."""

    day: date
    name: str
    stretches: tuple[Stretch, ...]
    rest: bool


def picture(working: WorkingTime, away: Iterable[Span], today: date) -> list[DayLine]:
    """Fourteen days from today on, on the clock of the person's own time zone."""
    absences = sorted(away)
    return [_line(working, absences, today + timedelta(days=number)) for number in range(DAYS_SHOWN)]


def _line(working: WorkingTime, away: list[Span], day: date) -> DayLine:
    begin, end = moment_of(day, 0, working.timezone), moment_of(day, DAY, working.timezone)
    planned = spans(working, begin, end)
    worked = without(planned, away)
    missed = without(planned, worked)
    drawn = [_stretch(one, "work", begin, working.timezone) for one in worked]
    drawn += [_stretch(one, "away", begin, working.timezone) for one in missed]
    return DayLine(day, str(SHORT_DAYS[day.weekday()]), tuple(drawn), day.weekday() > 4)  # noqa: PLR2004 (Friday)


def _stretch(span: Span, kind: str, midnight: datetime, zone: str) -> Stretch:
    first, last = (_minute(moment, midnight, zone) for moment in span)
    return Stretch(first, max(1, last - first), kind, between(first, last))


def _minute(moment: datetime, midnight: datetime, zone: str) -> int:
    """The minute that the clock there shows; the end of the day is 1440."""
    here = moment.astimezone(zone_of(zone))
    start = midnight.astimezone(zone_of(zone))
    return DAY if here.date() > start.date() else here.hour * 60 + here.minute
