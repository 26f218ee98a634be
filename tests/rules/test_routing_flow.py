"""A queue dealt out: optimal, provably, and the same in any order."""

import random
from datetime import UTC, datetime
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.routing.rules import flow
from tierline.work.routing.rules.assignment import Candidate, Need, load_points
from tierline.work.routing.rules.dealing import deal, plan_of
from tierline.work.routing.rules.table import LEFT_POINTS, Table, Waiting

AT = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)


def matrix(rows: list[list[int]]) -> flow.Whole:
    return np.array(rows, dtype=np.int64)


@st.composite
def problems(draw: st.DrawFn) -> tuple[flow.Whole, list[list[int]]]:
    """A few rows and columns, some pairs forbidden; the last column has room for everybody."""
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    cost = st.integers(-30, 60) | st.just(flow.FAR)
    costs = [[*draw(st.lists(cost, min_size=columns, max_size=columns)), 500] for _ in range(rows)]
    places = [sorted(draw(st.lists(st.integers(0, 50), max_size=3))) for _ in range(columns)]
    return matrix(costs), [*places, [0] * rows]


def brute(costs: flow.Whole, places: list[list[int]]) -> int:
    """The least cost over every way there is."""
    best = None
    for way in product(range(len(places)), repeat=len(costs)):
        if any(way.count(column) > len(places[column]) for column in set(way)):
            continue
        apart = [int(costs[row, column]) for row, column in enumerate(way)]
        if max(apart) < flow.FAR:
            cost = sum(apart) + sum(sum(places[column][: way.count(column)]) for column in set(way))
            best = cost if best is None else min(best, cost)
    assert best is not None
    return best


@settings(max_examples=80)
@given(problems())
def test_no_way_is_cheaper(problem: tuple[flow.Whole, list[list[int]]]) -> None:
    costs, places = problem
    solved = flow.solve(costs, places)
    assert solved.cost == flow.total(costs, places, solved.column) == brute(costs, places)
    assert flow.floor(costs, places, solved.prices) == solved.cost
    assert all(costs[row, column] < flow.FAR for row, column in enumerate(solved.column))


@settings(max_examples=40)
@given(problems(), st.lists(st.integers(0, 80), min_size=4, max_size=4))
def test_no_prices_promise_more_than_there_is(problem: tuple[flow.Whole, list[list[int]]], prices: list[int]) -> None:
    costs, places = problem
    assert flow.floor(costs, places, np.array(prices[: len(places)], dtype=np.int64)) <= brute(costs, places)


@pytest.mark.parametrize("seed", [1, 2])
def test_large_problems_prove_themselves(seed: int) -> None:
    """Complementary slackness: everybody has the cheapest column, and a price above the next place's is never asked."""
    make = np.random.default_rng(seed)
    costs = np.where(make.random((300, 61)) < 0.5, make.integers(-40, 200, (300, 61)), flow.FAR).astype(np.int64)
    costs[:, -1] = 20_000
    places = [sorted(make.integers(0, 90, make.integers(0, 7)).tolist()) for _ in range(60)] + [[0] * 300]
    solved = flow.solve(costs, places)
    assert flow.floor(costs, places, solved.prices) == solved.cost
    paid = costs + solved.prices
    assert (paid[np.arange(300), solved.column] == paid.min(axis=1)).all()
    taken = np.bincount(solved.column, minlength=61)
    for column, one in enumerate(places):
        assert all(cost <= solved.prices[column] for cost in one[: taken[column]])
        assert all(cost >= solved.prices[column] for cost in one[taken[column] :])
    worse = solved.column.copy()
    worse[np.flatnonzero(worse != 60)[0]] = 60
    assert flow.total(costs, places, worse) > solved.cost


def test_what_cannot_be_solved_is_refused() -> None:
    with pytest.raises(ValueError, match="cheaper"):
        flow.solve(matrix([[1]]), [[5, 4]])
    with pytest.raises(ValueError, match="nowhere"):
        flow.solve(matrix([[flow.FAR]]), [[0]])
    with pytest.raises(ValueError, match="nowhere"):
        flow.solve(matrix([[1], [1]]), [[0]])


def test_a_queue_beats_one_after_the_other() -> None:
    """Taking the best for each ticket in turn would spend the only person who knows both."""
    ann = Candidate(1, "Ann", skills={"vpn": 2, "mail": 2}, capacity=1)
    bob = Candidate(2, "Bob", skills={"vpn": 2}, capacity=1)
    dealt = deal([ann, bob], [Waiting(1, Need({"vpn": 1})), Waiting(2, Need({"mail": 1}))], AT)
    assert {one.ticket_id: one.name for one in dealt.choices} == {1: "Bob", 2: "Ann"}
    assert dealt.cost == dealt.floor


def test_the_urgent_go_first_when_places_run_short() -> None:
    ann = Candidate(1, "Ann", capacity=1)
    dealt = deal([ann], [Waiting(1, priority=4), Waiting(2, priority=1), Waiting(3, priority=4)], AT)
    by_id = {one.ticket_id: one for one in dealt.choices}
    assert (by_id[2].name, by_id[1].person_id, by_id[3].person_id) == ("Ann", None, None)
    assert by_id[1].why == ("the places of all who may take it went to tickets before it: stays with the group",)
    assert dealt.cost == 2 * 2 * LEFT_POINTS + load_points(ann, 0)


def test_the_load_is_even() -> None:
    people = [Candidate(one, f"P{one}", capacity=10) for one in range(4)]
    dealt = deal(people, [Waiting(one) for one in range(20)], AT)
    assert sorted(sum(c.person_id == p for c in dealt.choices) for p in range(4)) == [5, 5, 5, 5]
    assert any("of them by this deal" in sentence for one in dealt.choices for sentence in one.why)


def test_whoever_knows_it_is_preferred_but_nobody_skips_a_duty() -> None:
    ann, bob = Candidate(1, "Ann", skills={"vpn": 1}), Candidate(2, "Bob", load=2, skills={"vpn": 1})
    known = Waiting(1, Need({"vpn": 1}), known_to={2: "solved INC-7 for the same requester"})
    (choice,) = deal([ann, bob], [known], AT).choices
    assert choice.name == "Bob"
    assert "solved INC-7 for the same requester" in choice.why
    assert "without the affinity rule it would be Ann" in choice.otherwise
    (choice,) = deal([ann, Candidate(2, "Bob", absent=True, skills={"vpn": 1})], [known], AT).choices
    assert choice.name == "Ann"


def world(seed: int, people: int, tickets: int) -> tuple[list[Candidate], list[Waiting]]:
    make = random.Random(seed)
    keys = [f"s{one}" for one in range(5)]
    group = [
        Candidate(
            one,
            f"P{one}",
            on_shift=make.random() < 0.8,
            absent=make.random() < 0.1,
            skills={key: make.randint(1, 3) for key in make.sample(keys, 3)},
            certificates=dict.fromkeys(make.sample(keys, 2)),
            languages=frozenset(make.sample(["en", "de"], 1)),
            load=make.randint(0, 5),
            capacity=make.randint(0, 8),
            received=make.randint(0, 9),
        )
        for one in range(people)
    ]
    queue = []
    for one in range(tickets):
        key = make.choice(keys)
        certificates = (key,) if make.random() < 0.3 else ()
        need = Need({key: make.randint(1, 3)}, certificates, make.choice(["en", "de", ""]), stretch=one % 5 == 0)
        queue.append(Waiting(one, need, make.randint(1, 5), {make.randrange(people): "knows it"}))
    return group, queue


@pytest.mark.parametrize("seed", range(6))
def test_a_deal_is_optimal_lawful_and_the_same_in_any_order(seed: int) -> None:
    group, queue = world(seed, 12, 40)
    dealt = deal(group, queue, AT)
    assert dealt.cost == dealt.floor
    assert plan_of(deal(group[::-1], queue[::-1], AT).choices) == plan_of(dealt.choices)
    by_id, asked = {one.id: one for one in group}, {one.id: one for one in queue}
    for choice in dealt.choices:
        assert choice.why
        if choice.person_id is None:
            assert choice.receipt()["points"] == []
            continue
        person, need = by_id[choice.person_id], asked[choice.ticket_id].need
        assert person.present
        assert set(need.certificates) <= set(person.certificates)
        gap = sum(max(level - person.skills.get(key, 0), 0) for key, level in need.skills.items())
        assert gap == (1 if choice.mentor else 0)
        assert choice.person_id not in {one.id for one in choice.excluded}
    for person in group:
        got = sum(one.person_id == person.id for one in dealt.choices)
        assert got <= person.free


def test_the_next_place_costs_what_load_points_say() -> None:
    group, queue = world(3, 12, 5)
    table = Table(group, queue, AT)
    for taken in (0, 2):
        costs = table.next_places(np.full(len(group), taken), "")
        for one, cost in zip(group, costs, strict=True):
            full = one.load + taken >= one.capacity
            assert cost == (flow.FAR if full else load_points(one, one.load + taken))


def test_an_empty_queue_and_an_empty_group() -> None:
    assert deal([Candidate(1, "Ann")], [], AT).choices == ()
    (choice,) = deal([], [Waiting(1)], AT).choices
    assert choice.why == ("the group has no members: stays with the group",)
