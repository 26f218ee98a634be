"""Assignment to a person: duties, wishes, the receipt, and what would have been otherwise."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.routing.rules.assignment import Candidate, Need, open_to_learners
from tierline.work.routing.rules.dealing import choose_assignee

AT = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
DANA = Candidate(
    1,
    "Dana",
    skills={"vpn": 2},
    certificates={"gateway": date(2027, 1, 1)},
    languages=frozenset({"de"}),
    load=4,
)
SAM = Candidate(2, "Sam", skills={"vpn": 3}, certificates={}, languages=frozenset({"en"}), load=1)
KIM = Candidate(3, "Kim", skills={"vpn": 1}, languages=frozenset({"en"}), load=2)


def test_why_dana() -> None:
    choice = choose_assignee([DANA, SAM], Need(certificates=("gateway",)), AT)
    assert choice.name == "Dana"
    assert choice.otherwise == ("without the certificate rule it would be Sam",)
    assert choice.excluded[0].because == "has no certificate gateway"
    assert "nobody else could" in choice.why


def test_the_lower_load_wins_and_the_next_is_named() -> None:
    choice = choose_assignee([DANA, SAM, KIM], Need(), AT)
    assert (choice.name, choice.runner_up) == ("Sam", "Kim")
    assert "next would be Kim" in choice.why
    assert choice.otherwise == ("without the load rule it would be Dana",)


def test_load_is_relative_to_capacity() -> None:
    half_time = Candidate(4, "Lee", load=1, capacity=2)
    assert choose_assignee([DANA, half_time], Need(), AT).name == "Dana"
    assert choose_assignee([DANA, Candidate(5, "Pat", capacity=0)], Need(), AT).name == "Dana"


def test_a_language_is_preferred_and_not_a_duty() -> None:
    assert choose_assignee([DANA, SAM], Need(language="de"), AT).name == "Dana"
    choice = choose_assignee([DANA, SAM], Need(language="fr"), AT)
    assert choice.name == "Sam"
    assert "does not speak fr" in choice.why


def test_a_skill_needs_its_level() -> None:
    choice = choose_assignee([DANA, SAM, KIM], Need(skills={"vpn": 3}), AT)
    assert choice.name == "Sam"
    assert {one.because for one in choice.excluded} == {
        "has vpn at level 2, 3 is needed",
        "has vpn at level 1, 3 is needed",
    }


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(datetime(2027, 1, 1, 23, 59, tzinfo=UTC), 1), (datetime(2027, 1, 2, tzinfo=UTC), None)],
)
def test_a_certificate_that_lapses_at_midnight_changes_the_next_assignment(
    moment: datetime, expected: int | None
) -> None:
    assert choose_assignee([DANA], Need(certificates=("gateway",)), moment).person_id == expected


@pytest.mark.parametrize(
    ("candidates", "why"),
    [
        ([], "the group has no members: stays with the group"),
        (
            [Candidate(1, "Dana", on_shift=False), Candidate(2, "Sam", absent=True)],
            "nobody present: stays with the group",
        ),
        ([Candidate(1, "Dana", on_shift=False), SAM], "nobody present may take it: stays with the group"),
    ],
)
def test_the_fallback_is_never_silent(candidates: list[Candidate], why: str) -> None:
    choice = choose_assignee(candidates, Need(certificates=("gateway",)), AT)
    assert choice.person_id is None
    assert choice.why == (why,)


people = st.lists(
    st.builds(
        Candidate,
        id=st.integers(1, 50),
        name=st.just("x"),
        on_shift=st.booleans(),
        absent=st.booleans(),
        skills=st.dictionaries(st.just("vpn"), st.integers(1, 3)),
        certificates=st.dictionaries(
            st.just("gateway"), st.none() | st.just(AT.date()) | st.just(AT.date() - timedelta(1))
        ),
        languages=st.just(frozenset({"en"})),
        load=st.integers(0, 9),
        capacity=st.integers(0, 10),
        received=st.integers(0, 9),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)


def points(one: Candidate, need: Need, group: list[Candidate]) -> int:
    """The objective as the documents state it, in plain arithmetic."""
    load = 100 * (2 * one.load + 1) // (2 * one.capacity)
    language = 0 if need.language in one.languages else 40
    above = sum(max(one.skills.get(key, 0) - level, 0) for key, level in need.skills.items())
    share = one.received / one.capacity - sum(p.received for p in group) / sum(p.capacity for p in group)
    return load + language - 3 * above + max(-20, min(20, round(100 * share)))


@settings(max_examples=60)
@given(people, st.randoms(use_true_random=False))
def test_the_choice_is_fit_best_and_the_same_in_any_order(candidates: list[Candidate], random: object) -> None:
    need = Need(skills={"vpn": 2}, certificates=("gateway",), language="en")
    choice = choose_assignee(candidates, need, AT)
    shuffled = list(candidates)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # Hypothesis hands in a random.Random
    assert choose_assignee(shuffled, need, AT).person_id == choice.person_id
    fit = [
        one
        for one in candidates
        if one.on_shift
        and not one.absent
        and one.skills.get("vpn", 0) >= 2
        and "gateway" in one.certificates
        and (one.certificates["gateway"] is None or one.certificates["gateway"] >= AT.date())
        and one.load < one.capacity
    ]
    assert (choice.person_id is None) == (not fit)
    if fit:
        costs = {one.id: points(one, need, candidates) for one in fit}
        assert choice.person_id == min(costs, key=lambda one: (costs[one], one))
        assert choice.total == costs[choice.person_id or 0]
    assert len(choice.excluded) == len(candidates) - len(fit)
    assert json.loads(json.dumps(choice.receipt()))["person_id"] == choice.person_id


LEARNER = Candidate(4, "Lea", skills={"vpn": 1}, load=9)
MENTOR = Candidate(5, "Mia", skills={"vpn": 3})
STRETCH = Need(skills={"vpn": 2}, stretch=True)


@pytest.mark.parametrize(
    ("group", "need", "chosen", "mentor"),
    [
        ([LEARNER, MENTOR], Need(skills={"vpn": 2}), "Mia", ""),
        ([replace(LEARNER, load=2), MENTOR], STRETCH, "Lea", "Mia"),
        ([replace(LEARNER, load=0), replace(MENTOR, absent=True)], STRETCH, "", ""),
        ([replace(LEARNER, load=0), replace(MENTOR, on_shift=False)], STRETCH, "", ""),
        ([replace(LEARNER, load=0, skills={}), MENTOR], STRETCH, "Mia", ""),
        ([replace(LEARNER, load=0), MENTOR], Need(skills={"vpn": 3}, stretch=True), "Mia", ""),
        ([replace(LEARNER, load=0), MENTOR], Need({"vpn": 2}, ("gateway",), stretch=True), "", ""),
    ],
)
def test_a_stretch_is_one_level_with_a_mentor_who_is_there(
    group: list[Candidate], need: Need, chosen: str, mentor: str
) -> None:
    choice = choose_assignee(group, need, AT)
    assert (choice.name, choice.mentor) == (chosen, mentor)
    if mentor:
        assert "learns vpn, with Mia as mentor" in choice.why
        assert "without the stretch rule it would be Mia" in choice.otherwise


@pytest.mark.parametrize(
    ("number", "priority", "expected"), [(5, 3, True), (5, 2, False), (6, 4, False), (10, 5, True)]
)
def test_every_fifth_ticket_that_is_not_urgent_is_open_to_learners(number: int, priority: int, expected: bool) -> None:
    assert open_to_learners(number, priority) is expected


@pytest.mark.parametrize(
    ("timezone", "moment", "valid"),
    [
        ("UTC", datetime(2027, 1, 1, 23, 59, tzinfo=UTC), True),
        ("Asia/Tokyo", datetime(2027, 1, 1, 14, 59, tzinfo=UTC), True),
        ("Asia/Tokyo", datetime(2027, 1, 1, 15, 0, tzinfo=UTC), False),
        ("America/New_York", datetime(2027, 1, 2, 4, 59, tzinfo=UTC), True),
        ("America/New_York", datetime(2027, 1, 2, 5, 0, tzinfo=UTC), False),
        ("Nowhere/Else", datetime(2027, 1, 2, 0, 0, tzinfo=UTC), False),
    ],
)
def test_a_certificate_lapses_at_midnight_where_its_holder_is(timezone: str, moment: datetime, valid: bool) -> None:
    dana = replace(DANA, timezone=timezone)
    choice = choose_assignee([dana], Need(certificates=("gateway",)), moment)
    assert (choice.person_id is not None) is valid
    if not valid:
        assert choice.excluded[0].because == "has a certificate gateway that lapsed on 2027-01-01"


def test_the_absent_are_named_with_their_return_and_their_deputy() -> None:
    away = Candidate(1, "Dana", absent=True, away_until=AT + timedelta(hours=3), deputy="Sam", timezone="Europe/Berlin")
    choice = choose_assignee([away], Need(), AT)
    assert choice.excluded[0].because == "is absent until 2026-11-17 16:00; Sam stands in"


@pytest.mark.parametrize(
    ("group", "why"),
    [
        ([replace(SAM, load=10)], "everybody present has all places taken: stays with the group"),
        ([replace(SAM, load=10), replace(KIM, on_shift=False)], "everybody present has all places taken"),
    ],
)
def test_nobody_gets_more_than_their_places(group: list[Candidate], why: str) -> None:
    choice = choose_assignee(group, Need(), AT)
    assert choice.person_id is None
    assert choice.why[0].startswith(why)
    assert "without the capacity rule it would be Sam" in choice.otherwise


def test_whoever_received_more_lately_waits() -> None:
    ann, bob = Candidate(1, "Ann", received=6), Candidate(2, "Bob", received=1)
    choice = choose_assignee([ann, bob], Need(), AT)
    assert choice.name == "Bob"
    assert "without the fairness rule it would be Ann" in choice.otherwise
    assert "received 1 in seven days, less than their part" in choice.why


def test_the_receipt_adds_up() -> None:
    choice = choose_assignee([DANA, SAM], Need(skills={"vpn": 2}, language="de"), AT)
    assert [(one.rule, one.points) for one in choice.points] == [("language", 0), ("level", 0), ("load", 45)]
    assert choice.receipt()["total"] == choice.total == 45
