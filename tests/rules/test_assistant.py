"""Tier 0 decides by rules that anyone can check."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.ladder.assistant import rules
from tierline.ladder.assistant.rules import Answer, Ask, Facts, HandOver, KnownMatch, OutcomeClass, Passage

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def passage(score: float, number: int = 12, **changes: object) -> Passage:
    values: dict[str, object] = {
        "article_id": number,
        "reference": f"KB-{number}",
        "title": f"Article {number}",
        "text": "Unplug it. Plug it in again.",
        "score": score,
        **changes,
    }
    return Passage(**values)  # type: ignore[arg-type]  # the test names only what it changes


def match(score: float = 0.95, number: int = 14, **changes: object) -> KnownMatch:
    values: dict[str, object] = {
        "known_error_id": number,
        "reference": f"KE-{number}",
        "title": "Gateway drops the driver",
        "text": "Choose the second gateway.",
        "score": score,
        "lowest_tier": 0,
        **changes,
    }
    return KnownMatch(**values)  # type: ignore[arg-type]  # the test names only what it changes


def decide(
    passages: list[Passage] | None = None,
    matches: list[KnownMatch] | None = None,
    facts: Facts | None = None,
) -> rules.Decision:
    return rules.decide(passages=passages or [], matches=matches or [], facts=facts or Facts())


class TestDecide:
    def test_a_known_error_that_tier_0_may_apply_is_answered_with_its_reference(self) -> None:
        decision = decide(matches=[match()])
        assert isinstance(decision, Answer)
        assert decision.citations == ("KE-14",)
        assert "Choose the second gateway. [KE-14]" in decision.text

    def test_a_workaround_for_a_higher_tier_is_never_told(self) -> None:
        decision = decide(matches=[match(lowest_tier=2)])
        assert isinstance(decision, HandOver)
        assert "KE-14" in decision.reason
        assert "tier 2" in decision.reason
        assert "second gateway" not in decision.reason + "".join(decision.knows)

    def test_a_known_error_without_public_words_is_handed_over(self) -> None:
        assert isinstance(decide(matches=[match(text=" ")]), HandOver)

    def test_an_unsure_match_does_not_count(self) -> None:
        decision = decide(matches=[match(score=0.5)])
        assert isinstance(decision, HandOver)
        assert decision.knows == ()

    def test_a_missing_fact_is_asked_once_then_handed_over(self) -> None:
        needs = [match(needs=("driver_version",))]
        first = decide(matches=needs)
        assert isinstance(first, Ask)
        assert first.question == "Which driver version do you use?"
        assert isinstance(decide(matches=needs, facts=Facts(asked_before=True)), HandOver)

    def test_an_article_above_the_threshold_answers_with_its_citation(self) -> None:
        decision = decide([passage(0.7)])
        assert isinstance(decision, Answer)
        assert decision.article_ids == (12,)
        assert decision.text.endswith("Plug it in again. [KB-12]")

    def test_below_the_threshold_it_says_how_far_it_was_away(self) -> None:
        decision = decide([passage(0.41, missing=("lost", "column"))])
        assert isinstance(decision, HandOver)
        assert decision.reason == "The best article covers 0.41 of the question, below the threshold 0.62."
        assert decision.knows == ("Looked at KB-12 (0.41): Article 12; it says nothing of: lost, column",)

    def test_two_articles_that_fit_alike_lead_to_one_question(self) -> None:
        close = [passage(0.8, 1), passage(0.79, 2)]
        decision = decide(close)
        assert isinstance(decision, Ask)
        assert decision.options == ("Article 1", "Article 2")
        assert isinstance(decide(close, facts=Facts(asked_before=True)), Answer)

    def test_nothing_found_is_said_plainly(self) -> None:
        assert decide() == HandOver(reason="No article that may be shown fits this.", knows=())

    def test_priority_one_goes_to_people_even_with_a_perfect_answer(self) -> None:
        decision = decide([passage(1.0)], [match()], Facts(priority=1))
        assert isinstance(decision, HandOver)
        assert any("KE-14" in line for line in decision.knows)

    @given(
        st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9)), max_size=5),
        st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3)), max_size=4),
        st.sampled_from([None, 1, 2, 5]),
        st.floats(0.1, 1),
    )
    def test_an_answer_always_cites_and_always_reaches_its_threshold(
        self,
        found: list[tuple[float, int]],
        matched: list[tuple[float, int]],
        priority: int | None,
        threshold: float,
    ) -> None:
        decision = rules.decide(
            passages=[passage(score, number) for score, number in found],
            matches=[match(score, index, lowest_tier=tier) for index, (score, tier) in enumerate(matched)],
            facts=Facts(priority=priority),
            threshold=threshold,
        )
        if isinstance(decision, Answer):
            assert decision.citations
            assert all(part.citations for part in decision.parts)
            assert priority != 1
            limit = rules.MATCH_THRESHOLD if decision.known_error_ids else threshold
            assert decision.score >= limit
        elif isinstance(decision, HandOver):
            assert decision.reason


class TestLedger:
    def test_failed_and_handed_over_are_final(self) -> None:
        for end in (OutcomeClass.FAILED, OutcomeClass.HANDED_OVER):
            assert not any(rules.may_become(end, other) for other in OutcomeClass)

    def test_an_attempt_begins_pending_or_handed_over(self) -> None:
        assert {one for one in OutcomeClass if rules.may_become(None, one)} == {
            OutcomeClass.PENDING,
            OutcomeClass.HANDED_OVER,
        }

    @pytest.mark.parametrize(
        ("current", "days", "back_after", "expected"),
        [
            (OutcomeClass.PENDING, 4, None, None),
            (OutcomeClass.PENDING, 5, None, OutcomeClass.SILENT),
            (OutcomeClass.SILENT, 30, None, None),
            (OutcomeClass.CONFIRMED, 8, 6, OutcomeClass.FAILED),
            (OutcomeClass.CONFIRMED, 9, 8, None),
            (OutcomeClass.HANDED_OVER, 9, 2, None),
        ],
    )
    def test_time_moves_the_class(
        self, current: OutcomeClass, days: int, back_after: int | None, expected: OutcomeClass | None
    ) -> None:
        back = None if back_after is None else NOW + timedelta(days=back_after)
        moved = rules.due_outcome(current=current, since=NOW, reopened_at=back, now=NOW + timedelta(days=days))
        assert moved is expected

    @given(st.dictionaries(st.sampled_from(list(OutcomeClass)), st.integers(0, 10_000)))
    def test_the_classes_add_up_to_a_hundred(self, counts: dict[OutcomeClass, int]) -> None:
        shares = rules.shares(counts)
        assert set(shares) == set(OutcomeClass)
        total = round(sum(shares.values()), 6)
        assert total == (100.0 if sum(counts.values()) else 0.0)

    def test_only_confirmed_and_verified_count_as_resolved(self) -> None:
        assert {OutcomeClass.CONFIRMED, OutcomeClass.VERIFIED} == rules.RESOLVED


class TestWordsBack:
    @pytest.mark.parametrize("text", ["Thanks, that worked!", "it is fixed", "This solved it. Thank you", "Works now."])
    def test_plain_success_is_understood(self, text: str) -> None:
        assert rules.says_it_helped(text)

    @pytest.mark.parametrize(
        "text",
        [
            "that did not work",
            "It worked for a minute but it is back",
            "Has this solved it for others?",
            "Thank you",
            "It still fails",
            "that worked " + "and then something else happened " * 10,
            "",
        ],
    )
    def test_any_doubt_goes_to_a_person(self, text: str) -> None:
        assert not rules.says_it_helped(text)
