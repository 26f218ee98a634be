"""Major incidents: criteria, roles, cadence, clock and review, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.ladder.major import rules
from tierline.ladder.major.rules import Criterion, Reach, Review, Seat, State

NOW = datetime(2026, 11, 17, 10, 0, tzinfo=UTC)
SMALL = {"impact": 3, "urgency": 2}


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        (Reach(impact=3, urgency=2), ()),
        (Reach(impact=1, urgency=1), (Criterion.WIDE_AND_URGENT,)),
        (Reach(impact=1, urgency=2), ()),
        (Reach(impact=2, urgency=1), ()),
        (Reach(**SMALL, tickets=4, people=4), ()),
        (Reach(**SMALL, tickets=5, people=4), (Criterion.MANY_TICKETS,)),
        (Reach(**SMALL, tickets=9, people=5), (Criterion.MANY_TICKETS, Criterion.MANY_PEOPLE)),
        (Reach(impact=2, urgency=1, critical_service=True), (Criterion.CRITICAL_SERVICE,)),
        (Reach(impact=3, urgency=1, critical_service=True), ()),
        (Reach(impact=2, urgency=2, critical_service=True), ()),
        (
            Reach(impact=1, urgency=1, tickets=5, people=5, critical_service=True),
            tuple(Criterion),
        ),
    ],
)
def test_which_criteria_are_met(reach: Reach, expected: tuple[Criterion, ...]) -> None:
    assert rules.met(reach) == expected
    assert list(rules.criteria(reach)) == list(Criterion), "the page shows each of them, met or not"


@given(
    st.builds(
        Reach,
        impact=st.integers(1, 3),
        urgency=st.integers(1, 3),
        tickets=st.integers(1, 20),
        people=st.integers(1, 20),
        critical_service=st.booleans(),
    )
)
def test_reaching_further_never_unmeets_a_criterion(reach: Reach) -> None:
    further = Reach(
        impact=1, urgency=1, tickets=reach.tickets + 1, people=reach.people + 1, critical_service=reach.critical_service
    )
    assert set(rules.met(reach)) <= set(rules.met(further))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("VPN tunnel drops every ten minutes", "The tunnel drops when I move", True),
        ("Payroll shows wrong hours", "VPN tunnel drops", False),
        ("Cannot print", "Cannot sign in", False),
        ("Printer", "printer!", True),
        ("the VPN is off", "VPN!", True),
        ("the app is off", "the app is off", False),
        ("Störung im Lager", "STÖRUNG: Lager steht", True),
        ("", "", False),
    ],
)
def test_titles_that_are_alike(one: str, other: str, *, same: bool) -> None:
    assert rules.alike(one, other) is same
    assert rules.alike(other, one) is same


@pytest.mark.parametrize(
    ("seats", "able", "fault"),
    [
        ({Seat.COMMANDER: 1, Seat.COMMUNICATIONS: 2, Seat.SCRIBE: 3}, {1, 2, 3}, ""),
        ({Seat.COMMANDER: 1}, {1, 2}, ""),
        ({Seat.COMMANDER: 1, Seat.COMMUNICATIONS: 1}, {1, 2}, ""),
        ({Seat.COMMANDER: 1, Seat.COMMUNICATIONS: 1, Seat.SCRIBE: 1}, {1}, ""),
        ({Seat.COMMANDER: 1, Seat.COMMUNICATIONS: 1, Seat.SCRIBE: 1}, {1, 2}, "all three"),
        ({}, {1}, "has a commander"),
        ({Seat.COMMANDER: None, Seat.SCRIBE: 1}, {1}, "has a commander"),
        ({Seat.COMMANDER: 1, Seat.SCRIBE: 9}, {1, 2}, "works on this desk"),
        ({Seat.COMMANDER: 9}, {1}, "works on this desk"),
    ],
)
def test_roles(seats: dict[Seat, int | None], able: set[int], fault: str) -> None:
    said = rules.seat_fault(seats, able)
    assert fault in said
    assert bool(said) is bool(fault)


@pytest.mark.parametrize(
    ("minutes", "fine"), [(4, False), (5, True), (30, True), (1440, True), (1441, False), (-1, False)]
)
def test_cadence(minutes: int, *, fine: bool) -> None:
    assert (rules.cadence_fault(minutes) == "") is fine


@pytest.mark.parametrize(
    ("state", "due", "missed"),
    [
        (State.DECLARED, NOW, True),
        (State.DECLARED, NOW - timedelta(hours=3), True),
        (State.MITIGATED, NOW, True),
        (State.DECLARED, NOW + timedelta(seconds=1), False),
        (State.DECLARED, None, False),
        (State.STOOD_DOWN, NOW, False),
        (State.REVIEWED, NOW, False),
    ],
)
def test_a_missed_update(state: State, due: datetime | None, *, missed: bool) -> None:
    assert rules.is_missed(state, due, NOW) is missed
    assert rules.next_due(NOW, 15) == NOW + timedelta(minutes=15)


def after(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_the_clock_of_a_major_incident() -> None:
    running = rules.clock_of(NOW, after(5), None, None)
    assert (running.declare, running.mitigate, running.stand_down) == (300, None, None)
    calm = rules.clock_of(NOW, after(5), after(20), None)
    assert (calm.mitigate, calm.stand_down) == (1200, None)
    over = rules.clock_of(NOW, after(5), after(20), after(60))
    assert (over.mitigate, over.stand_down) == (1200, 3600)
    at_once = rules.clock_of(NOW, after(5), None, after(60))
    assert at_once.mitigate == at_once.stand_down == 3600, "standing down ends the harm at the latest"


@pytest.mark.parametrize(
    ("review", "gaps"),
    [
        (Review(), ("what happened", "contributing conditions", "what went well", "an action with owner and date")),
        (Review(happened="x", contributing="y", went_well="z", actions=1), ()),
        (Review(happened=" \n", contributing="y", went_well="z", actions=1), ("what happened",)),
        (Review(happened="x", contributing="y", went_well="z"), ("an action with owner and date",)),
    ],
)
def test_what_a_review_lacks(review: Review, gaps: tuple[str, ...]) -> None:
    assert rules.review_gaps(review) == gaps


@pytest.mark.parametrize(
    ("due_on", "reminded_at", "now"),
    [
        (date(2026, 11, 16), None, True),
        (date(2026, 11, 17), None, False),
        (date(2026, 11, 16), NOW - timedelta(days=6), False),
        (date(2026, 11, 9), NOW - timedelta(days=7), True),
    ],
)
def test_when_an_action_is_brought_up(due_on: date, reminded_at: datetime | None, *, now: bool) -> None:
    assert rules.reminds(due_on, reminded_at, NOW) is now


def test_what_a_requester_reads() -> None:
    going_on = rules.told_words(title="VPN", words="We look.", next_words="10:30 UTC", page="https://d/s/1", last=False)
    assert going_on == (
        "VPN: We look.\n\nThe next update comes by 10:30 UTC. You need not do anything.\n\n"
        "Everything said so far: https://d/s/1"
    )
    last = rules.told_words(title="VPN", words="It is over.", next_words="10:30 UTC", page="", last=True)
    assert last == "VPN: It is over.", "after the last words nothing is promised"


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 50)), max_size=20))
def test_tickets_by_person_keep_every_pair(pairs: list[tuple[int, int]]) -> None:
    found = rules.one_each(pairs)
    assert sorted((person, ticket) for person, tickets in found.items() for ticket in tickets) == sorted(pairs)
