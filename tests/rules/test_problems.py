"""Phases, fixtures and when a fix counts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.core.kernel.errors import Invalid
from tierline.ladder.problems.rules import (
    FixState,
    ProblemState,
    Proof,
    closing_gap,
    forward,
    judge_fix,
    parse_fixtures,
    told_of_article,
    told_of_fix,
)

BROKEN = Proof(release="5.2.1", reproduced=3, asked=3)
PASSES = Proof(release="5.3.0", reproduced=0, asked=3)


# --- a fix counts when the reproduction that failed now passes ---


def test_a_fix_is_verified_by_both_results() -> None:
    assert judge_fix(BROKEN, PASSES) == (FixState.VERIFIED, "Verified: 3 of 3 on 5.2.1, 0 of 3 on 5.3.0.")


@pytest.mark.parametrize(
    ("affected", "fixed", "words"),
    [
        (BROKEN, Proof(release="5.3.0", reproduced=1, asked=3), "Not fixed: the fault still shows in 1 of 3 on 5.3.0."),
        (BROKEN, None, "Not verified: the recipe could not be run on the fixed release."),
        (None, PASSES, "Not proven: the recipe never showed the fault on an affected release."),
        (
            Proof(release="5.2.1", reproduced=0, asked=3),
            PASSES,
            "Not proven: the recipe never showed the fault on an affected release (0 of 3 on 5.2.1).",
        ),
    ],
)
def test_everything_else_fails_and_says_why(affected: Proof | None, fixed: Proof | None, words: str) -> None:
    assert judge_fix(affected, fixed) == (FixState.FAILED, words)


proofs = st.none() | st.integers(1, 9).flatmap(
    lambda asked: st.builds(Proof, release=st.just("1"), reproduced=st.integers(0, asked), asked=st.just(asked))
)


@given(proofs, proofs)
def test_verified_never_without_a_fault_before_and_none_after(affected: Proof | None, fixed: Proof | None) -> None:
    state, words = judge_fix(affected, fixed)
    proven = affected is not None and affected.reproduced > 0 and fixed is not None and fixed.reproduced == 0
    assert (state is FixState.VERIFIED) == proven
    assert words.endswith(".")


# --- phases ---


def test_what_was_learned_is_not_unlearned() -> None:
    assert forward("identified", ProblemState.CONTROLLED) is ProblemState.CONTROLLED
    assert forward("error_controlled", ProblemState.CONTROLLED) is ProblemState.ERROR_CONTROLLED


@given(st.sampled_from(ProblemState), st.lists(st.sampled_from(ProblemState)))
def test_phases_only_go_forward(state: ProblemState, steps: list[ProblemState]) -> None:
    order = list(ProblemState)
    for step in steps:
        later = forward(state, step)
        assert order.index(later) >= order.index(state)
        state = later


@pytest.mark.parametrize(
    ("fix_states", "reason", "gap"),
    [
        (["verified"], "", ""),
        (["failed", "verified"], "", ""),
        ([], "accepted risk", ""),
        (["recorded"], " ", "The fix is recorded and not verified"),
        (["failed"], "", "There is no verified fix"),
        ([], "", "There is no verified fix"),
    ],
)
def test_a_problem_closes_with_a_verified_fix_or_a_reason(fix_states: list[str], reason: str, gap: str) -> None:
    assert closing_gap(fix_states=fix_states, reason=reason).startswith(gap)
    assert bool(closing_gap(fix_states=fix_states, reason=reason)) == bool(gap)


# --- fixtures ---


def test_fixtures_are_tickets_or_written_examples() -> None:
    fixtures = parse_fixtures(
        {
            "must": [{"ticket": 7}, {"text": "tunnel drops", "log": "ERROR rekey", "facts": {"version": 5.2}}],
            "must_not": [{"name": "a healthy client", "log": "INFO rekey done"}],
        }
    )
    assert [(one.name, one.ticket_id) for one in fixtures.must] == [("ticket 7", 7), ("example 2", None)]
    assert fixtures.must[1].facts == {"version": "5.2"}
    assert fixtures.must_not[0].name == "a healthy client"
    assert parse_fixtures({}).must == ()


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], "fixtures"),
        ({"should": []}, "fixtures"),
        ({"must": {}}, "fixtures.must"),
        ({"must": [{"text": "x"}] * 51}, "fixtures.must"),
        ({"must": ["x"]}, "fixtures.must.1"),
        ({"must": [{}]}, "fixtures.must.1"),
        ({"must": [{"text": "x"}, {"words": "x"}]}, "fixtures.must.2"),
        ({"must": [{"ticket": "7"}]}, "fixtures.must.1"),
        ({"must_not": [{"ticket": True}]}, "fixtures.must_not.1"),
        ({"must_not": [{"facts": []}]}, "fixtures.must_not.1"),
        ({"must_not": [{"log": 5}]}, "fixtures.must_not.1"),
        ({"must_not": [{"log": "x" * 200_001}]}, "fixtures.must_not.1"),
    ],
)
def test_faults_of_fixtures_are_named_by_their_place(data: Any, place: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_fixtures(data)
    assert list(caught.value.fields) == [place]


# --- what requesters read ---


def test_the_requester_reads_plain_words_about_their_own_version() -> None:
    text = told_of_fix(title="VPN drops", product="Secure Access", fixed_in="5.3.0", version="5.2.1")
    assert "“VPN drops”" in text
    assert "fixed in Secure Access 5.3.0" in text
    assert "you use version 5.2.1. Please update to 5.3.0." in text
    for version in ("", "5.3.0"):
        assert "update" not in told_of_fix(title="x", product="y", fixed_in="5.3.0", version=version)


def test_the_requester_is_pointed_to_the_article() -> None:
    assert "“Tunnel drops” (KB-4)" in told_of_article(title="Tunnel drops", reference="KB-4")
