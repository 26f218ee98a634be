"""Stopwatches over policies that change, against a brute-force simulator that walks minute by minute."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.desk.sla.rules import (
    DEFAULT_TARGETS,
    NEVER,
    ROWS,
    Book,
    Clock,
    Hours,
    Metric,
    Reading,
    Run,
    Scope,
    Version,
    always,
    due,
    elapsed,
    faults,
    read,
    sinks,
    stamp,
)

MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
OFFICE = Hours("Europe/Berlin", (((480, 1080),),) * 5 + ((), ()))
EVERY = Scope()
EARLY = datetime(2020, 1, 1, tzinfo=UTC)


def version(hours: Hours = OFFICE, minutes: int | None = 240, **rest: object) -> Version:
    given = {"key": "standard", "name": "Standard", "number": 1, "since": EARLY} | rest
    return Version(hours=hours, targets={"resolution": [minutes] * 5}, **given)  # type: ignore[arg-type]  # its fields


def run(start: datetime = MONDAY, waits: Sequence[tuple[datetime, str]] = (), stop: datetime | None = None) -> Run:
    waited = [(stamp(moment), reason) for moment, reason in waits]
    return Run(Metric.RESOLUTION, stamp(start), waited, stamp(stop) if stop else None)


def reading(book: Book, one: Run, now: datetime, scope: Scope = EVERY, priority: int = 3) -> Reading | None:
    return read(one, stamp(now), book.changes, lambda at: book.promise(book.era(at), scope, one.row, priority))


def seen(*rest: object) -> Reading:
    found = reading(*rest)  # type: ignore[arg-type]  # as above
    assert found is not None
    return found


# ---- the simulator


def open_at(hours: Hours, moment: datetime) -> bool:
    wall = moment.astimezone(ZoneInfo(hours.zone))
    minute = wall.hour * 60 + wall.minute
    if wall.date() in hours.holidays or any(
        day == wall.date() and begin <= minute < end for day, begin, end in hours.closures
    ):
        return False
    return any(begin <= minute < end for begin, end in hours.week[wall.weekday()])


def in_force(versions: Sequence[Version], moment: datetime) -> Version:
    return max((one for one in versions if one.since <= moment), key=lambda one: (one.since, one.number))


def simulated(versions: Sequence[Version], one: Run, now: datetime) -> tuple[int, datetime | None]:
    """(minutes used until now, the moment at which the target of now was used up, if it was)."""
    target = in_force(versions, now).minutes("resolution", 3) or 0
    moment, used, crossed = MONDAY.replace(), 0, None
    moment = datetime.fromtimestamp(one.start / 1_000_000, UTC)
    while moment < now:
        held, reason = in_force(versions, moment), ""
        for since, waits_for in one.waits:
            reason = waits_for if since <= stamp(moment) else reason
        if open_at(held.hours, moment) and not (reason and reason in held.pauses):
            used += 1
            crossed = moment + MINUTE if used == target and crossed is None else crossed
        moment += MINUTE
    return used, crossed


days = st.dates(date(2026, 3, 2), date(2026, 4, 2))
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])


@st.composite
def calendars(draw: st.DrawFn) -> Hours:
    edges = st.lists(st.integers(0, 48).map(lambda n: n * 30), min_size=4, max_size=4, unique=True).map(sorted)
    week = []
    for _day in range(7):
        a, b, c, d = draw(edges)
        week.append(draw(st.sampled_from([((a, b), (c, d)), ((a, d),), ()])))
    week[draw(st.integers(0, 6))] = ((480, 1020),)
    holidays = frozenset(draw(st.lists(days, max_size=2)))
    closures = frozenset((day, 600, 900) for day in draw(st.lists(days, max_size=2)))
    return Hours(draw(zones), tuple(week), holidays, closures)


# around the changes to summer time in America (8 March) and Europe (29 March)
starts = st.sampled_from([datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 3, 27, tzinfo=UTC)]).flatmap(
    lambda day: st.integers(0, 2880).map(lambda minutes: day + minutes * MINUTE)
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Version], Run, datetime]:
    start = draw(starts)
    length = draw(st.integers(1, 4000))
    within = st.integers(0, length).map(lambda minutes: start + minutes * MINUTE)
    waits = sorted(draw(st.lists(st.tuples(within, st.sampled_from(["", "requester", "vendor"])), max_size=4)))
    versions = [
        version(
            draw(calendars()),
            draw(st.integers(1, 2000)),
            number=number,
            since=since,
            pauses=draw(st.sampled_from([("requester",), ("requester", "vendor"), ()])),
        )
        for number, since in enumerate([EARLY, *sorted(draw(st.lists(within, max_size=2)))], 1)
    ]
    return versions, run(start, waits), start + length * MINUTE


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_clock_reads_as_the_simulator_walks(case: tuple[list[Version], Run, datetime]) -> None:
    versions, one, now = case
    used, crossed = simulated(versions, one, now)
    found = seen(Book(versions), one, now)
    assert found.used == used * 60
    assert (found.state == Clock.BREACHED) == (crossed is not None and crossed < now)
    if crossed is not None and (crossed < now or found.state == Clock.RUNNING):
        assert found.due_at == crossed
    if found.state == Clock.RUNNING and crossed is None and found.due_at is not None:
        held = in_force(versions, now)
        assert elapsed(held.hours, now, found.due_at) == found.target - found.used


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(1, 600))
def test_what_was_used_never_shrinks_and_no_minute_counts_twice(
    case: tuple[list[Version], Run, datetime], later: int
) -> None:
    versions, one, now = case
    book = Book(versions)
    before, after = seen(book, one, now), seen(book, one, now + later * MINUTE)
    assert before.used <= after.used <= before.used + later * 60
    for found in (before, after):
        assert sum(part.used for part in found.segments) == found.used * 1_000_000
        edges = [part.start for part in found.segments] + [found.segments[-1].end]
        assert edges == sorted(edges), "segments follow one another"
        assert [part.end for part in found.segments[:-1]] == edges[1:-1]


@settings(max_examples=60, deadline=None)
@given(cases(), calendars(), st.integers(1, 3000), st.data())
def test_swapping_a_policy_and_back_at_the_same_instant_changes_nothing(
    case: tuple[list[Version], Run, datetime], other: Hours, minutes: int, data: st.DataObject
) -> None:
    versions, one, now = case
    at = datetime.fromtimestamp(one.start / 1_000_000, UTC) + data.draw(st.integers(0, 4000)) * MINUTE
    held = in_force(versions, at)
    later = [replace(each, number=each.number + 2) if each.since > at else each for each in versions]
    swapped = replace(held, number=held.number + 1, since=at, hours=other, targets={"resolution": [minutes] * 5})
    back = replace(held, number=held.number + 2, since=at)
    plain, twice = seen(Book(versions), one, now), seen(Book([*later, swapped, back]), one, now)
    assert (twice.state, twice.used, twice.target, twice.due_at, twice.warn_at) == (
        plain.state, plain.used, plain.target, plain.due_at, plain.warn_at,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(calendars(), starts, st.integers(60, 2000), st.integers(1, 2000), st.integers(1, 2000))
def test_a_pause_moves_the_due_time_by_its_open_time_alone(
    hours: Hours, start: datetime, target: int, before: int, pause: int
) -> None:
    pause_at, resume_at = start + before * MINUTE, start + (before + pause) * MINUTE
    book = Book([version(hours, target)])
    if elapsed(hours, start, pause_at) >= target * 60:
        return
    paused = seen(book, run(start, [(pause_at, "requester")]), resume_at)
    assert (paused.state, paused.due_at, paused.used) == (Clock.PAUSED, None, elapsed(hours, start, pause_at))
    resumed = seen(book, run(start, [(pause_at, "requester"), (resume_at, "")]), resume_at)
    assert resumed.due_at == due(hours, start, target * 60 + elapsed(hours, pause_at, resume_at))


# ---- one clock, by hand


class TestReading:
    BOOK = Book([version()])

    @pytest.mark.parametrize(
        ("waits", "stop", "now", "state", "used", "due_at"),
        [
            ([], None, 30, Clock.RUNNING, 30, 240),
            ([], 40, 90, Clock.MET, 40, None),
            ([], 240, 300, Clock.MET, 240, None),  # on the dot is on time
            ([], None, 240, Clock.RUNNING, 240, 240),
            ([], None, 241, Clock.BREACHED, 241, 240),
            ([], 250, 600, Clock.BREACHED, 250, 240),
            ([(10, "requester")], None, 300, Clock.PAUSED, 10, None),
            ([(10, "requester"), (24, "")], None, 30, Clock.RUNNING, 16, 254),
            ([(10, "vendor")], None, 30, Clock.RUNNING, 30, 240),  # a vendor's time is the desk's
            ([(10, "vendor"), (20, "requester")], None, 30, Clock.PAUSED, 20, None),
            ([(10, NEVER)], None, 30, Clock.PAUSED, 10, None),
            ([(250, "requester")], None, 300, Clock.BREACHED, 250, 240),
            ([(0, "requester")], None, 0, Clock.PAUSED, 0, None),
        ],
    )
    def test_states(
        self,
        waits: list[tuple[int, str]],
        stop: int | None,
        now: int,
        state: Clock,
        used: int,
        due_at: int | None,
    ) -> None:
        one = run(
            MONDAY,
            [(MONDAY + at * MINUTE, reason) for at, reason in waits],
            MONDAY + stop * MINUTE if stop is not None else None,
        )
        found = seen(self.BOOK, one, MONDAY + now * MINUTE)
        assert (found.state, found.used) == (state, used * 60)
        assert found.due_at == (MONDAY + due_at * MINUTE if due_at is not None else None)

    def test_out_of_hours_after_closing_time_is_late_though_nothing_more_was_used(self) -> None:
        start = MONDAY + timedelta(hours=5)  # 14:00 in Berlin: four hours are up at closing time
        closing = start + timedelta(hours=4)
        assert seen(self.BOOK, run(start), closing).state == Clock.RUNNING
        late = seen(self.BOOK, run(start), closing + MINUTE)
        assert (late.state, late.due_at, late.used) == (Clock.BREACHED, closing, 4 * 3600)

    def test_nothing_is_read_before_its_start_or_without_a_promise(self) -> None:
        assert reading(self.BOOK, run(MONDAY + MINUTE), MONDAY) is None
        assert reading(Book([]), run(), MONDAY) is None
        assert reading(Book([version(minutes=None)]), run(), MONDAY) is None
        assert reading(Book([version(since=MONDAY + MINUTE)]), run(), MONDAY) is None

    def test_time_before_the_first_policy_is_not_counted(self) -> None:
        book = Book([version(since=MONDAY + 60 * MINUTE)])
        found = seen(book, run(), MONDAY + 90 * MINUTE)
        assert (found.used, [part.promise is None for part in found.segments]) == (1800, [True, False])

    def test_consumed_time_is_kept_when_hours_and_target_change(self) -> None:
        swap = MONDAY + 125 * MINUTE
        book = Book([version(), version(always(), 600, number=2, since=swap)])
        found = seen(book, run(), swap + 10 * MINUTE)
        assert [(part.promise.version.label, part.seconds) for part in found.segments if part.promise] == [
            ("Standard v1", 125 * 60),
            ("Standard v2", 10 * 60),
        ]
        assert (found.target, found.used) == (36_000, 135 * 60)
        assert found.due_at == swap + (600 - 125) * MINUTE

    def test_a_shorter_target_can_be_over_before_it_came(self) -> None:
        swap = MONDAY + 125 * MINUTE
        book = Book([version(), version(minutes=60, number=2, since=swap)])
        assert seen(book, run(), swap).due_at == MONDAY + 60 * MINUTE
        assert seen(book, run(), swap).state == Clock.BREACHED

    def test_a_withdrawn_policy_leaves_the_more_general_one(self) -> None:
        gold = version(minutes=30, key="gold", scope=Scope(plan="Gold"))
        ended = replace(gold, number=2, since=MONDAY + 20 * MINUTE, withdrawn=True)
        book = Book([version(), gold, ended])
        customer = Scope(plan="Gold")
        assert seen(book, run(), MONDAY + 10 * MINUTE, customer).target == 1800
        assert seen(book, run(), MONDAY + 25 * MINUTE, customer).target == 4 * 3600

    @pytest.mark.parametrize(
        ("now", "warns", "ahead"), [(0, False, 180), (179, False, 180), (180, True, None), (230, True, None)]
    )
    def test_a_warning_is_due_at_its_share(self, now: int, warns: bool, ahead: int | None) -> None:
        found = seen(self.BOOK, run(), MONDAY + now * MINUTE)
        assert (found.warns, found.warn_at) == (warns, MONDAY + ahead * MINUTE if ahead else None)

    def test_who_waits_or_is_late_is_not_warned(self) -> None:
        waits = [(MONDAY + 200 * MINUTE, "requester")]
        assert not seen(self.BOOK, run(waits=waits), MONDAY + 300 * MINUTE).warns
        assert not seen(self.BOOK, run(), MONDAY + 300 * MINUTE).warns


# ---- which policy holds


class TestBook:
    TICKET = Scope(desk_id=1, service_id=2, kind="incident", plan="Gold")

    @pytest.mark.parametrize(
        ("scopes", "best"),
        [
            ([{}], 0),
            ([{}, {"desk_id": 1}], 1),
            ([{"desk_id": 1}, {"kind": "incident"}], 1),
            ([{"desk_id": 1, "kind": "incident"}, {"service_id": 2}], 1),
            ([{"service_id": 2, "kind": "incident", "desk_id": 1}, {"plan": "Gold"}], 1),
            ([{"plan": "Gold"}, {"plan": "Gold", "desk_id": 1}], 1),
            ([{}, {"plan": "Silver"}], 0),
            ([{}, {"desk_id": 2}], 0),
            ([{}, {"vendor_id": 7}], 0),
        ],
    )
    def test_the_most_specific_holds(self, scopes: list[dict[str, object]], best: int) -> None:
        versions = [
            version(minutes=10 + place, key=f"p{place}", scope=Scope(**scope))  # type: ignore[arg-type]  # its fields
            for place, scope in enumerate(scopes)
        ]
        for order in (versions, versions[::-1]):
            found = Book(order).promise(0, self.TICKET, "resolution", 3)
            assert found is not None
            assert found.version.key == f"p{best}"

    def test_what_a_specific_policy_leaves_open_the_general_one_promises(self) -> None:
        gold = replace(
            version(key="gold", scope=Scope(plan="Gold")), targets={"resolution": [60, None, None, None, None]}
        )
        book = Book([version(), gold])
        assert [book.promise(0, self.TICKET, "resolution", level).seconds for level in (1, 2)] == [3600, 240 * 60]  # type: ignore[union-attr]  # there is one
        assert book.promise(0, self.TICKET, "first_reply", 1) is None

    def test_eras_begin_with_each_version(self) -> None:
        book = Book([version(since=MONDAY), version(number=2, since=MONDAY + MINUTE)])
        assert [book.era(stamp(MONDAY + n * MINUTE)) for n in (-1, 0, 1, 5)] == [-1, 0, 1, 1]
        assert book.changes(stamp(MONDAY), stamp(MONDAY + MINUTE)) == []
        assert book.changes(stamp(MONDAY - MINUTE), stamp(MONDAY + 2 * MINUTE)) == book.begins


@pytest.mark.parametrize(
    ("targets", "vendor", "wrong"),
    [
        (DEFAULT_TARGETS, False, set()),
        ({"resolution": [1, 2, 3, 4, None]}, False, set()),
        ({"resolution": [1, 2, 3]}, False, {"resolution"}),
        ({"resolution": [0, 1, 1, 1, 1]}, False, {"resolution"}),
        ({"resolution": [1, 1, 1, 1, 9_999_999]}, False, {"resolution"}),
        ({"tier_4": [1] * 5}, False, {"tier_4"}),
        ({"resolution": [None] * 5}, False, {"targets"}),
        ({}, False, {"targets"}),
        ({"underpinning": [1] * 5}, True, set()),
        ({"underpinning": [1] * 5, "resolution": [1] * 5}, True, {"resolution"}),
        ({"underpinning": [1] * 5, "resolution": [None] * 5}, True, set()),
    ],
)
def test_targets_that_cannot_be_used_are_named(targets: dict[str, list[int]], vendor: bool, wrong: set[str]) -> None:
    assert set(faults(targets, for_vendor=vendor)) == wrong


def test_a_row_in_which_the_less_urgent_is_due_first_is_pointed_out() -> None:
    assert sinks({"resolution": [60, 30, None, 90, 90], "first_reply": [1, 2, 3, None, 5]}) == ["resolution"]
    assert sinks(DEFAULT_TARGETS) == []
    assert set(DEFAULT_TARGETS) == set(ROWS)
