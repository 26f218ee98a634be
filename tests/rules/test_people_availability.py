"""Who works at a moment, held against a simulator that walks through the minutes with a clock on the wall."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.desk.people.rules.availability import (
    Away,
    DatedShift,
    Rotation,
    Swap,
    WeeklyShift,
    WorkingTime,
    deputies,
    merged,
    moment_of,
    on_call,
    on_shift,
    spans,
    without,
)

MINUTE = timedelta(minutes=1)
# each with days on which its clock jumps: forward, back, by half an hour, at midnight, back across midnight
ZONES = {
    "UTC": [date(2026, 6, 1)],
    "Europe/Berlin": [date(2026, 3, 29), date(2026, 10, 25), date(2026, 7, 1)],
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
    "America/Santiago": [date(2026, 4, 4), date(2026, 9, 6)],
    "America/St_Johns": [date(2010, 3, 14), date(2010, 11, 7)],
    "Asia/Kolkata": [date(2026, 1, 1)],
}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@st.composite
def working_times(draw: st.DrawFn) -> tuple[WorkingTime, date]:
    zone = draw(st.sampled_from(sorted(ZONES)))
    around = draw(st.sampled_from(ZONES[zone]))
    # hours near the jumps more often than others
    begins = st.one_of(st.integers(0, 1439), st.integers(0, 200), st.integers(1300, 1439))

    def shift(begin: int) -> tuple[int, int]:
        return begin, begin + draw(st.one_of(st.integers(1, 1440), st.integers(1, 120)))

    week = [WeeklyShift(draw(st.integers(0, 6)), *shift(draw(begins))) for _ in range(draw(st.integers(0, 5)))]
    dated = []
    for _ in range(draw(st.integers(0, 2))):
        day = around + timedelta(days=draw(st.integers(-2, 2)))
        dated.append(DatedShift(day) if draw(st.booleans()) else DatedShift(day, *shift(draw(begins))))
    return WorkingTime(zone, tuple(week), tuple(dated)), around


def simulated(working: WorkingTime, start: datetime, end: datetime) -> Iterator[tuple[datetime, bool]]:
    """Minute by minute: the latest time the clock has shown so far lies within a shift written on that clock."""
    zone, moment = ZoneInfo(working.timezone), start - timedelta(days=1)
    latest = moment.astimezone(zone).replace(tzinfo=None)
    while moment < end:
        latest = max(latest, moment.astimezone(zone).replace(tzinfo=None))
        if moment >= start:
            yield moment, any(begin <= latest < finish for begin, finish in written(working, latest.date()))
        moment += MINUTE


def written(working: WorkingTime, today: date) -> Iterator[tuple[datetime, datetime]]:
    for day in (today - timedelta(days=1), today):
        rows = [one for one in working.dated if one.day == day]
        pattern = [WeeklyShift(day.weekday(), 0, 1440)] if not working.week else list(working.week)
        minutes = [(one.from_minute, one.to_minute) for one in rows] or [
            (one.from_minute, one.to_minute) for one in pattern if one.weekday == day.weekday() and not rows
        ]
        for begin, finish in minutes:
            if begin is not None and finish is not None:
                midnight = datetime.combine(day, time())
                yield midnight + begin * MINUTE, midnight + finish * MINUTE


@settings(max_examples=25, deadline=None)
@given(working_times())
def test_every_minute_is_as_the_clock_on_the_wall_says(case: tuple[WorkingTime, date]) -> None:
    working, around = case
    start = datetime.combine(around, time(), UTC) - timedelta(hours=14)
    end = start + timedelta(hours=40)
    stretches = spans(working, start, end)
    for count, (moment, expected) in enumerate(simulated(working, start, end)):
        assert any(begin <= moment < finish for begin, finish in stretches) == expected, moment
        if count % 11 == 0:
            assert on_shift(working, moment) == expected, moment


@settings(max_examples=60, deadline=None)
@given(working_times())
def test_stretches_are_in_order_and_do_not_touch(case: tuple[WorkingTime, date]) -> None:
    working, around = case
    start = datetime.combine(around, time(), UTC) - timedelta(days=2)
    found = spans(working, start, start + timedelta(days=5))
    assert all(begin < end for begin, end in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))


WEEK = tuple(WeeklyShift(day, 480, 1020) for day in range(5))
NIGHTS = (WeeklyShift(6, 1320, 1800),)  # Sunday 22:00 to Monday 06:00


@pytest.mark.parametrize(
    ("working", "at", "expected"),
    [
        (WorkingTime("UTC"), "2026-11-21T03:00", True),  # nobody wrote a week down: always there
        (WorkingTime("UTC", WEEK), "2026-11-23T08:00", True),  # the first minute counts
        (WorkingTime("UTC", WEEK), "2026-11-23T07:59", False),
        (WorkingTime("UTC", WEEK), "2026-11-23T17:00", False),  # the last one is the next shift's
        (WorkingTime("UTC", WEEK), "2026-11-22T12:00", False),  # a Sunday
        (WorkingTime("Europe/Berlin", WEEK), "2026-11-23T07:00", True),  # winter: one hour ahead
        (WorkingTime("Europe/Berlin", WEEK), "2026-07-06T06:00", True),  # summer: two
        (WorkingTime("Europe/Berlin", WEEK), "2026-07-06T15:00", False),
        (WorkingTime("UTC", NIGHTS), "2026-11-22T23:59", True),
        (WorkingTime("UTC", NIGHTS), "2026-11-23T05:59", True),  # past midnight it is still Sunday's shift
        (WorkingTime("UTC", NIGHTS), "2026-11-23T06:00", False),
        (WorkingTime("UTC", WEEK, (DatedShift(date(2026, 11, 23)),)), "2026-11-23T12:00", False),  # a day off
        (WorkingTime("UTC", WEEK, (DatedShift(date(2026, 11, 22), 600, 660),)), "2026-11-22T10:30", True),
        (WorkingTime("UTC", WEEK, (DatedShift(date(2026, 11, 23), 1200, 1560),)), "2026-11-24T01:30", True),
        (WorkingTime("UTC", WEEK, (DatedShift(date(2026, 11, 23), 1200, 1560),)), "2026-11-23T09:00", False),
        (WorkingTime("UTC", (), (DatedShift(date(2026, 11, 23)),)), "2026-11-23T09:00", False),
    ],
)
def test_shifts(working: WorkingTime, at: str, expected: bool) -> None:
    assert on_shift(working, utc(at)) is expected


@pytest.mark.parametrize(
    ("day", "minute", "zone", "expected"),
    [
        (date(2026, 3, 29), 150, "Europe/Berlin", "2026-03-29T01:00"),  # 02:30 is skipped: the moment of the jump
        (date(2026, 3, 29), 120, "Europe/Berlin", "2026-03-29T01:00"),
        (date(2026, 3, 29), 180, "Europe/Berlin", "2026-03-29T01:00"),
        (date(2026, 10, 25), 150, "Europe/Berlin", "2026-10-25T00:30"),  # 02:30 twice: the first
        (date(2026, 10, 25), 180, "Europe/Berlin", "2026-10-25T02:00"),
        (date(2026, 10, 4), 135, "Australia/Lord_Howe", "2026-10-03T15:30"),  # half an hour is skipped
        (date(2026, 3, 29), 1440, "Europe/Berlin", "2026-03-29T22:00"),
        (date(2011, 12, 30), 720, "Pacific/Apia", "2011-12-30T10:00"),  # a whole day was skipped
    ],
)
def test_the_first_moment_the_clock_shows_it(day: date, minute: int, zone: str, expected: str) -> None:
    assert moment_of(day, minute, zone) == utc(expected)


def test_a_night_shift_has_its_hours_when_the_clock_is_changed() -> None:
    night = WorkingTime("Europe/Berlin", (WeeklyShift(5, 1320, 1800),))  # Saturday 22:00 to Sunday 06:00
    lengths = {}
    for name, day in {"usual": "2026-05-02", "short": "2026-03-28", "long": "2026-10-24"}.items():
        [(begin, end)] = spans(night, utc(f"{day}T12:00"), utc(f"{day}T12:00") + timedelta(days=1))
        lengths[name] = (end - begin) / timedelta(hours=1)
    assert lengths == {"usual": 8, "short": 7, "long": 9}


def at(hour: float) -> datetime:
    return utc("2026-11-23T00:00") + timedelta(hours=hour)


@pytest.mark.parametrize(
    ("given_spans", "taken", "left"),
    [
        ([(0, 8)], [], [(0, 8)]),
        ([(0, 8)], [(0, 8)], []),
        ([(0, 8)], [(2, 3), (5, 9)], [(0, 2), (3, 5)]),
        ([(0, 4), (6, 8)], [(3, 7)], [(0, 3), (7, 8)]),
        ([(0, 4)], [(4, 5), (-2, 0)], [(0, 4)]),
    ],
)
def test_taking_time_out(
    given_spans: list[tuple[float, float]], taken: list[tuple[float, float]], left: list[tuple[float, float]]
) -> None:
    def moments(rows: list[tuple[float, float]]) -> list[tuple[datetime, datetime]]:
        return [(at(begin), at(end)) for begin, end in rows]

    assert without(moments(given_spans), merged(moments(taken))) == moments(left)


def test_stretches_that_meet_are_one() -> None:
    assert merged([(at(4), at(5)), (at(0), at(2)), (at(2), at(3)), (at(1), at(2)), (at(9), at(9))]) == [
        (at(0), at(3)),
        (at(4), at(5)),
    ]


TURNS = Rotation("Europe/Berlin", utc("2026-03-23T08:00"), 7, (1, 2, 3))  # Monday, 09:00 there


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-23T07:59", None),  # not begun
        ("2026-03-23T08:00", 1),
        ("2026-03-30T06:59", 1),
        ("2026-03-30T07:00", 2),  # summer time began: 09:00 there is an hour earlier
        ("2026-04-06T07:00", 3),
        ("2026-04-13T07:00", 1),
    ],
)
def test_turns_change_at_their_time_on_the_wall(moment: str, expected: int | None) -> None:
    assert on_call(TURNS, utc(moment)) == expected


def test_the_latest_swap_counts() -> None:
    first = Swap(9, utc("2026-03-24T00:00"), utc("2026-03-26T00:00"))
    later = Swap(2, utc("2026-03-25T00:00"), utc("2026-03-25T12:00"))
    swapped = Rotation(TURNS.timezone, TURNS.first, TURNS.days, TURNS.people, (first, later))
    asked = ["2026-03-24T00:00", "2026-03-25T06:00", "2026-03-25T12:00", "2026-03-26T00:00"]
    assert [on_call(swapped, utc(moment)) for moment in asked] == [9, 2, 9, 1]
    assert on_call(Rotation("UTC", TURNS.first, 7, ()), utc("2026-05-01T00:00")) is None


def away(**deputy: int | None) -> dict[int, Away]:
    return {int(key[1:]): Away(at(24), "leave", value) for key, value in deputy.items()}


@pytest.mark.parametrize(
    ("absences", "expected"),
    [
        ({}, ()),  # nobody is away: nobody needs to stand in
        (away(p1=2), (2,)),
        (away(p1=2, p2=3), (2, 3)),
        (away(p1=None), ()),
        (away(p1=2, p2=None), ()),
        (away(p1=2, p2=1), ()),  # each for the other: nobody
        (away(p1=2, p2=3, p3=2), ()),
        (away(**{f"p{n}": n + 1 for n in range(1, 30)}), ()),  # a chain that long is a mistake
    ],
)
def test_deputies_of_deputies(absences: dict[int, Away], expected: tuple[int, ...]) -> None:
    assert deputies(1, absences) == expected


@given(st.dictionaries(st.integers(1, 6), st.one_of(st.none(), st.integers(1, 6)), max_size=6))
def test_a_chain_ends_with_somebody_who_is_there(names: dict[int, int | None]) -> None:
    absences = {pk: Away(at(24), "leave", deputy) for pk, deputy in names.items()}
    for person in range(1, 7):
        chain = deputies(person, absences)
        assert len(set(chain)) == len(chain)
        assert person not in chain
        assert not chain or (chain[-1] not in absences and all(one in absences for one in chain[:-1]))
