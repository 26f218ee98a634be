import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.desk.sla.rules import Hours, always, due, elapsed, span

BERLIN = "Europe/Berlin"
OFFICE = Hours(BERLIN, (((480, 1080),),) * 5 + ((), ()))
SPLIT = Hours("America/New_York", (((540, 720), (780, 1020)),) * 6 + ((),), frozenset({date(2026, 7, 3)}))
NIGHT = Hours("Asia/Kolkata", (((0, 360), (1320, 1440)),) * 7)
CALENDARS = [OFFICE, SPLIT, NIGHT, always("Europe/Berlin"), always("UTC")]
MINUTE = timedelta(minutes=1)


def local(*parts: int, zone: str = BERLIN) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type,misc]  # year to minute


def open_at(hours: Hours, moment: datetime) -> bool:
    """Whether the minute that starts at `moment` is open, by looking at the wall clock."""
    wall = moment.astimezone(ZoneInfo(hours.zone))
    minute = wall.hour * 60 + wall.minute
    windows = hours.week[wall.weekday()]
    return wall.date() not in hours.holidays and any(begin <= minute < end for begin, end in windows)


def walked(hours: Hours, start: datetime, minutes: int) -> datetime:
    """The brute-force simulator: minute by minute."""
    moment, left = start, minutes
    while left:
        left -= open_at(hours, moment)
        moment += MINUTE
    return moment.astimezone(UTC)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20)).map(  # noqa: DTZ001 (made aware at once)
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CALENDARS), moments, st.integers(1, 1500))
def test_due_equals_the_minute_by_minute_simulator(hours: Hours, start: datetime, minutes: int) -> None:
    assert due(hours, start, minutes * 60) == walked(hours, start, minutes)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CALENDARS), moments, st.integers(0, 3000))
def test_elapsed_counts_exactly_the_open_minutes(hours: Hours, start: datetime, minutes: int) -> None:
    end = start + minutes * MINUTE
    counted = sum(open_at(hours, start + n * MINUTE) for n in range(minutes))
    assert elapsed(hours, start, end) == counted * 60


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(CALENDARS), moments, st.integers(1, 200_000), st.integers(1, 200_000))
def test_due_is_monotone_and_no_second_is_counted_twice(hours: Hours, start: datetime, a: int, b: int) -> None:
    first = due(hours, start, a)
    assert due(hours, start, a + b) > first
    assert due(hours, first, b) == due(hours, start, a + b)
    assert elapsed(hours, start, first) == a


def test_a_deadline_on_closing_time_is_due_at_closing_time() -> None:
    assert due(OFFICE, local(2026, 3, 2, 17, 0), 3600) == local(2026, 3, 2, 18, 0)


def test_one_second_past_closing_goes_on_at_the_next_opening() -> None:
    assert due(OFFICE, local(2026, 3, 6, 17, 0), 3601) == local(2026, 3, 9, 8, 0) + timedelta(seconds=1)


def test_holidays_are_closed() -> None:
    closed = Hours(OFFICE.zone, OFFICE.week, frozenset({date(2026, 3, 3)}))
    assert due(closed, local(2026, 3, 2, 17, 0), 7200) == local(2026, 3, 4, 9, 0)


@pytest.mark.parametrize(
    ("day", "expected_hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
)
def test_a_day_around_the_clock_has_its_elapsed_hours(day: date, expected_hours: int) -> None:
    start = local(day.year, day.month, day.day)
    end = start + timedelta(days=1)  # wall clock: the next midnight
    assert elapsed(always(BERLIN), start, end) == expected_hours * 3600


def test_hours_that_begin_in_the_skipped_hour_begin_at_the_change() -> None:
    early = Hours(BERLIN, (((150, 600),),) * 7)  # 02:30, which does not exist on 29 March 2026
    assert due(early, local(2026, 3, 29, 0, 0), 3600) == local(2026, 3, 29, 4, 0)


LUNCH = (date(2026, 3, 2), 720, 780)


@pytest.mark.parametrize(
    ("closures", "wanted"),
    [
        ((), local(2026, 3, 2, 13, 0)),
        ((LUNCH,), local(2026, 3, 2, 14, 0)),
        ((LUNCH, (date(2026, 3, 2), 800, 1080)), local(2026, 3, 3, 8, 40)),
        (((date(2026, 3, 2), 0, 1440),), local(2026, 3, 3, 11, 0)),
        (((date(2026, 3, 2), 0, 480),), local(2026, 3, 2, 13, 0)),
        (((date(2026, 3, 3), 720, 780),), local(2026, 3, 2, 13, 0)),
    ],
)
def test_a_part_of_a_day_can_be_closed(closures: tuple[tuple[date, int, int], ...], wanted: datetime) -> None:
    hours = Hours(OFFICE.zone, OFFICE.week, closures=frozenset(closures))
    assert due(hours, local(2026, 3, 2, 10, 0), 3 * 3600) == wanted
    assert elapsed(hours, local(2026, 3, 2, 10, 0), wanted) == 3 * 3600


def test_what_was_laid_out_once_serves_earlier_and_later_moments_too() -> None:
    hours = Hours("Europe/Berlin", OFFICE.week, frozenset({date(2031, 1, 2)}))
    for year in (2026, 2031, 2024, 2028):
        start = local(year, 1, 1, 12, 0)
        assert elapsed(hours, start, due(hours, start, 400 * 3600)) == 400 * 3600
    assert elapsed(hours, local(2031, 1, 1, 0, 0), local(2031, 1, 3, 0, 0)) == 10 * 3600


def test_a_calendar_that_never_opens_is_refused_in_bounded_time() -> None:
    with pytest.raises(ValueError, match="too few open hours"):
        due(Hours("UTC", ((),) * 7), local(2026, 1, 1), 60)


@pytest.mark.parametrize(
    "week",
    [
        (((0, 1441),),) + ((),) * 6,
        (((600, 500),),) + ((),) * 6,
        (((0, 700), (600, 800)),) + ((),) * 6,
        ((),) * 6,
    ],
)
def test_impossible_weeks_are_refused(week: tuple[tuple[tuple[int, int], ...], ...]) -> None:
    with pytest.raises(ValueError, match=r"week|windows"):
        Hours("UTC", week)


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 min"), (720, "12 min"), (3600, "1 h 00"), (14_700, "4 h 05")])
def test_spans_for_people(seconds: int, words: str) -> None:
    assert span(seconds) == words


def shared_cases() -> Path:
    root = Path(os.environ.get("TIERLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    return root / "data" / "sla-business-hours"


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hours_in(config: dict[str, Any]) -> Hours:
    def minute(text: str) -> int:
        hour, _, rest = text.partition(":")
        return int(hour) * 60 + int(rest[:2])

    week = tuple(
        tuple(sorted((minute(a), minute(b)) for a, b in config["working_hours"].get(day, {}).items())) for day in DAYS
    )
    return Hours(config["time_zone"], week, frozenset(date.fromisoformat(day) for day in config["holidays"]))


@pytest.mark.skipif(not shared_cases().is_dir(), reason="the public SLA cases are not beside this checkout")
def test_the_disputed_public_cases_follow_the_projects_rules() -> None:
    cases = json.loads((shared_cases() / "oracle_disputed.json").read_text())
    wrong = []
    for case in cases:
        hours, start = hours_in(case["config"]), datetime.fromisoformat(case["start"])
        if case["op"] == "add_business_minutes":
            got: object = due(hours, start, case["minutes"] * 60).strftime("%Y-%m-%dT%H:%M:%SZ")
        else:
            got = elapsed(hours, start, datetime.fromisoformat(case["end"]))
        if got != case["decided"]:
            wrong.append((case["id"], got, case["decided"]))
    assert cases
    assert wrong == []
