"""The coverage map: who is there in each hour of a week, held against a walk through its minutes."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.desk.people.rules.availability import DatedShift, WeeklyShift, WorkingTime, on_shift
from tierline.desk.people.rules.coverage import (
    HOURS,
    Demand,
    Lapse,
    Worker,
    able,
    at_hour,
    hours_of,
    lapses,
    monday_of,
    office_hours,
    presence,
    runs,
    week,
)

MONDAY = date(2026, 11, 23)
MINUTE = timedelta(minutes=1)
OFFICE = office_hours(range(5), 8, 17)


def worker(number: int, *hours: tuple[int, int, int], zone: str = "UTC", **rest: object) -> Worker:
    shifts = tuple(WeeklyShift(day, begin * 60, end * 60) for day, begin, end in hours)
    able_to = {"tiers": frozenset({1}), "levels": {"vpn": 2}} | rest
    return Worker(id=number, name=f"P{number}", working=WorkingTime(zone, shifts), **able_to)  # type: ignore[arg-type]  # as a table says


WEEKDAYS = [(day, 8, 17) for day in range(5)]


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.sampled_from([MONDAY, date(2026, 3, 23), date(2026, 10, 19), date(2026, 11, 2), date(2026, 9, 28)]),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440)), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 160), st.integers(1, 30)), max_size=2),
    st.lists(st.integers(0, HOURS - 1), min_size=8, max_size=8),
)
def test_an_hour_counts_who_is_there_in_each_of_its_minutes(
    zone: str, monday: date, shifts: list[tuple[int, int, int]], away: list[tuple[int, int]], asked: list[int]
) -> None:
    week_pattern = tuple(WeeklyShift(day, begin, begin + length) for day, begin, length in shifts)
    start = at_hour(monday, 0, "Europe/Berlin")
    absences = [(start + timedelta(hours=begin), start + timedelta(hours=begin + length)) for begin, length in away]
    one = Worker(1, "P", frozenset({1}), WorkingTime(zone, week_pattern), away=absences)
    hours = hours_of(monday, "Europe/Berlin")
    found = presence([one], hours)[1]
    for hour in asked:
        begin, end = hours[hour]
        minutes = [begin + count * MINUTE for count in range(int((end - begin) / MINUTE))]
        there = all(
            on_shift(one.working, minute) and not any(gone <= minute < back for gone, back in absences)
            for minute in minutes
        )
        assert (hour in found) == there, hour


@pytest.mark.parametrize(
    ("monday", "zone", "lengths"),
    [
        (MONDAY, "Europe/Berlin", {60}),
        (date(2026, 3, 23), "Europe/Berlin", {0, 60}),
        (date(2026, 10, 19), "Europe/Berlin", {60, 120}),
        (date(2026, 9, 28), "Australia/Lord_Howe", {30, 60}),
    ],
)
def test_the_hours_of_a_week_are_those_of_the_clock(monday: date, zone: str, lengths: set[int]) -> None:
    hours = hours_of(monday, zone)
    assert len(hours) == HOURS
    assert {(end - begin) / MINUTE for begin, end in hours} == lengths
    assert all(one[1] == other[0] for one, other in pairwise(hours))


def test_a_week_names_who_is_there() -> None:
    rows = week([worker(1, *WEEKDAYS), worker(2, (0, 8, 12))], [Demand("vpn", 1, hours=OFFICE)], MONDAY, "UTC")
    assert [sorted(rows[0].hours[hour]) for hour in (7, 8, 11, 12, 24 + 8)] == [[], [1, 2], [1, 2], [1], [1]]
    assert (rows[0].gaps, rows[0].share) == ((), 1.0)


def test_gaps_are_hours_that_must_be_covered() -> None:
    [row] = week([worker(1, (0, 8, 12), (1, 8, 17))], [Demand("vpn", 1, hours=OFFICE)], MONDAY, "UTC")
    assert runs(row.gaps) == [(12, 17), (56, 65), (80, 89), (104, 113)]
    assert row.share == pytest.approx(13 / 45)
    [nothing] = week([], [Demand("vpn", 1, hours=frozenset())], MONDAY, "UTC")
    assert (nothing.gaps, nothing.share) == ((), 1.0)


@pytest.mark.parametrize(
    ("given_worker", "demand", "expected"),
    [
        (worker(1), Demand("vpn", 1, level=2), True),
        (worker(1), Demand("vpn", 1, level=3), False),
        (worker(1), Demand("vpn", 2), False),  # works on another tier
        (worker(1), Demand("mail", 1), False),
        (worker(1), Demand("vpn", 1, certified=True), False),
        (worker(1, certificates={"vpn": None}), Demand("vpn", 1, certified=True), True),
        (worker(1, certificates={"vpn": MONDAY}), Demand("vpn", 1, certified=True), True),
        (worker(1, certificates={"vpn": MONDAY - timedelta(days=1)}), Demand("vpn", 1, certified=True), False),
    ],
)
def test_who_meets_a_demand(given_worker: Worker, demand: Demand, expected: bool) -> None:
    assert able(given_worker, demand, MONDAY) is expected


def test_a_certificate_that_lapses_in_the_week_counts_to_its_last_day() -> None:
    one = worker(1, *WEEKDAYS, certificates={"vpn": MONDAY + timedelta(days=1)})
    [row] = week([one], [Demand("vpn", 1, certified=True, hours=OFFICE)], MONDAY, "UTC")
    assert {hour // 24 for hour in range(HOURS) if row.hours[hour]} == {0, 1}


CERTIFIED = Demand("vpn", 1, certified=True, hours=OFFICE)
SOON, LATER = MONDAY + timedelta(days=20), MONDAY + timedelta(days=40)


@pytest.mark.parametrize(
    ("workers", "expected"),
    [
        ([worker(1, (0, 8, 17), certificates={"vpn": SOON})], [("P1", SOON, 9)]),
        # a colleague with a longer proof takes over, until theirs lapses as well
        (
            [
                worker(1, (0, 8, 17), certificates={"vpn": SOON}),
                worker(2, (0, 8, 12), (1, 8, 9), certificates={"vpn": LATER}),
            ],
            [("P1", SOON, 5), ("P2", LATER, 5)],
        ),
        (
            [
                worker(1, (0, 8, 17), certificates={"vpn": SOON}),
                worker(2, (0, 8, 17), certificates={"vpn": None}),
            ],
            [],
        ),
        # a colleague without the proof does not count
        ([worker(1, (0, 8, 17), certificates={"vpn": SOON}), worker(2, (0, 8, 17))], [("P1", SOON, 9)]),
        # lapsed before: nothing more is taken away
        ([worker(1, (0, 8, 17), certificates={"vpn": MONDAY - timedelta(days=1)})], []),
        # both end on the same day: each would leave these hours empty
        (
            [
                worker(1, (0, 8, 9), certificates={"vpn": SOON}),
                worker(2, (0, 8, 9), certificates={"vpn": SOON}),
            ],
            [("P1", SOON, 1), ("P2", SOON, 1)],
        ),
        # outside the hours that must be covered
        ([worker(1, (6, 8, 17), certificates={"vpn": SOON})], []),
    ],
)
def test_what_a_lapse_takes_away(workers: list[Worker], expected: list[tuple[str, date, int]]) -> None:
    found = lapses(workers, [CERTIFIED], MONDAY, "UTC")
    assert [(one.name, one.last_day, len(one.hours)) for one in found] == expected


def test_without_a_duty_of_proof_nothing_lapses() -> None:
    one = worker(1, *WEEKDAYS, certificates={"vpn": SOON})
    assert lapses([one], [Demand("vpn", 1, hours=OFFICE)], MONDAY, "UTC") == []
    assert isinstance(lapses([one], [CERTIFIED], MONDAY, "UTC")[0], Lapse)


def test_who_is_away_is_not_there() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    one = worker(1, (0, 8, 17), away=[(noon, noon + timedelta(minutes=1))])
    [row] = week([one], [Demand("vpn", 1, hours=frozenset(range(24)))], MONDAY, "UTC")
    assert [hour for hour in range(24) if row.hours[hour]] == [8, 9, 10, 11, 13, 14, 15, 16]


def test_a_day_that_differs_shows() -> None:
    working = WorkingTime("UTC", (WeeklyShift(0, 480, 1020),), (DatedShift(MONDAY, 1200, 1320),))
    one = Worker(1, "P1", frozenset({1}), working, levels={"vpn": 1})
    [row] = week([one], [Demand("vpn", 1)], MONDAY, "UTC")
    assert runs(hour for hour in range(HOURS) if row.hours[hour]) == [(20, 22)]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([], []),
        ([3, 1, 2, 7], [(1, 4), (7, 8)]),
        (range(22, 27), [(22, 24), (24, 27)]),
        (range(HOURS), [(day * 24, day * 24 + 24) for day in range(7)]),
    ],
)
def test_runs(hours: list[int], expected: list[tuple[int, int]]) -> None:
    assert runs(hours) == expected


@pytest.mark.parametrize("day", range(7))
def test_every_day_belongs_to_the_week_of_its_monday(day: int) -> None:
    assert monday_of(MONDAY + timedelta(days=day)) == MONDAY
