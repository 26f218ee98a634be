"""The coverage map as a picture: one line of 168 hours for each skill of a tier, and the same in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tierline.desk.people.rules.coverage import HOURS, Lapse, Row, runs
from tierline.insight.staffing.queries.coverage import Coverage

from .hours import hours_words, span_words

MANY = 3
"""From so many people on, an hour is drawn at full strength."""

NAMED = 4
"""So many names stand at an hour; the others are counted."""


@dataclass(frozen=True)
class Mark:
    """A run of hours that look alike: `x` and `width` in hours, `kind` one of gap, one, two, many."""

    x: int
    width: int
    kind: str
    words: str


@dataclass(frozen=True)
class MapRow:
    """One skill of one tier: its line, and the same as figures and words."""

    skill: str
    key: str
    tier: int
    level: int
    certified: bool
    marks: Sequence[Mark]
    covered: int
    asked: int
    gaps: str
    people: str

    @property
    def whole(self) -> bool:
        """Whether everything that must be covered is covered."""
        return self.covered == self.asked


@dataclass(frozen=True)
class LapseRow:
    """What the end of a certificate takes away."""

    person_id: int
    name: str
    skill: str
    tier: int
    last_day: date
    hours: int
    words: str
    marks: Sequence[Mark]


def rows_of(found: Coverage) -> list[MapRow]:
    """The lines of the map, in the order of the tiers."""
    return [_row(row, found) for row in found.rows]


def _row(row: Row, found: Coverage) -> MapRow:
    there = {one for hour in row.hours for one in hour}
    return MapRow(
        skill=found.names.get(row.demand.skill, row.demand.skill),
        key=row.demand.skill,
        tier=row.demand.tier,
        level=row.demand.level,
        certified=row.demand.certified,
        marks=_marks(row, found),
        covered=len(row.demand.hours) - len(row.gaps),
        asked=len(row.demand.hours),
        gaps=hours_words(row.gaps),
        people=", ".join(sorted(found.people[one] for one in there)),
    )


def _marks(row: Row, found: Coverage) -> list[Mark]:
    marks: list[Mark | None] = []
    begin = 0
    for hour in range(1, HOURS + 1):
        ends = hour == HOURS or hour % 24 == 0
        if ends or row.hours[hour] != row.hours[begin] or _asked(row, hour) != _asked(row, begin):
            marks.append(_mark(row, begin, hour, found))
            begin = hour
    return [mark for mark in marks if mark is not None]


def _asked(row: Row, hour: int) -> bool:
    return hour in row.demand.hours


def _mark(row: Row, begin: int, end: int, found: Coverage) -> Mark | None:
    there = row.hours[begin]
    if there:
        kind = "many" if len(there) >= MANY else "two" if len(there) > 1 else "one"
        who = _named(sorted(found.people.get(one, "") for one in there))
    elif _asked(row, begin):
        kind, who = "gap", _("nobody")
    else:
        return None
    return Mark(begin, end - begin, kind, f"{span_words(begin, end)}: {who}")


def _named(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    named = ", ".join(names[:NAMED])
    return f"{named}, {ngettext('%(n)s more', '%(n)s more', rest) % {'n': rest}}" if rest > 0 else named


def lapses_of(found: Coverage) -> list[LapseRow]:
    """What lapsing certificates will take away, soonest first."""
    return [_lapse(one, found) for one in found.lapses]


def _lapse(one: Lapse, found: Coverage) -> LapseRow:
    return LapseRow(
        person_id=one.person_id,
        name=one.name,
        skill=found.names.get(one.skill, one.skill),
        tier=one.tier,
        last_day=one.last_day,
        hours=len(one.hours),
        words=hours_words(one.hours),
        marks=[Mark(begin, end - begin, "gap", span_words(begin, end)) for begin, end in runs(one.hours)],
    )


def headline(found: Iterable[MapRow]) -> str:
    """The page's conclusion: the worst gap, or that there is none."""
    rows = list(found)
    if not rows:
        return _("Nobody has a skill here yet")
    open_rows = [row for row in rows if not row.whole]
    if not open_rows:
        return _("Every skill has somebody in every hour it is needed")
    worst = min(open_rows, key=lambda row: (row.covered / row.asked, row.tier, row.skill))
    hours = worst.asked - worst.covered
    words = ngettext(
        "Nobody on tier %(tier)s covers %(skill)s in %(n)s of %(asked)s hours",
        "Nobody on tier %(tier)s covers %(skill)s in %(n)s of %(asked)s hours",
        hours,
    )
    return words % {"skill": worst.skill, "tier": worst.tier, "n": hours, "asked": worst.asked}
