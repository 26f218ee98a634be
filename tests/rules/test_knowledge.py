"""Pure rules of the knowledge room."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.knowledge import rules
from tierline.work.knowledge.rules import Accepted, Document, TransferState

MAIL = """Hello team,

since the update the scanner's address book is empty.
I restarted it twice.

Kind regards
--
Jonas Weber
+49 40 1234 5678

> On Monday you wrote:
> please restart
"""


class TestWords:
    def test_the_issue_keeps_what_was_said_and_drops_what_is_around_it(self) -> None:
        assert rules.in_requesters_words(MAIL) == (
            "since the update the scanner's address book is empty.\nI restarted it twice."
        )

    def test_everything_under_a_quote_header_is_somebody_elses(self) -> None:
        text = "It is back.\n\nOn Tue, 3 Mar 2026 at 10:11, Desk <desk@example.org> wrote:\nWe reset the port."
        assert rules.in_requesters_words(text) == "It is back."

    def test_a_greeting_with_the_issue_on_its_line_stays(self) -> None:
        assert "printer" in rules.in_requesters_words("Hi, the printer on floor 3 jams on every page we print today")

    def test_a_long_text_is_cut_at_a_word(self) -> None:
        cut = rules.in_requesters_words("word " * 1000, limit=100)
        assert len(cut) <= 100
        assert cut.endswith("word…")

    @pytest.mark.parametrize(
        ("text", "secret"),
        [
            ("my password is hunter2!", "hunter2"),
            ("Passwort: Sommer2026", "Sommer2026"),
            ("api_key=abc123def", "abc123def"),
            ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
            ("write to jonas.weber@example.org please", "jonas.weber"),
            ("pay from DE89 3704 0044 0532 0130 00", "3704"),
            ("card 4111 1111 1111 1111", "4111"),
            ("host 10.20.30.40 answers", "10.20.30.40"),
            ("postgres://admin:geheim@db/prod", "geheim"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sig_sig_sig", "eyJzdWIi"),
            ("call +49 40 1234 5678", "1234"),
        ],
    )
    def test_secrets_never_pass(self, text: str, secret: str) -> None:
        assert secret not in rules.without_secrets(text)

    @pytest.mark.parametrize(
        "text",
        ["Error 0x80070005 in version 5.2.1", "line 42 of 2026-03-01", "HTTP 403", "my password is not accepted"],
    )
    def test_what_the_reader_needs_stays(self, text: str) -> None:
        assert rules.without_secrets(text) == text

    @given(st.text(max_size=300))
    def test_masking_twice_changes_nothing_more(self, text: str) -> None:
        once = rules.without_secrets(text)
        assert rules.without_secrets(once) == once

    @given(st.text(max_size=500), st.integers(min_value=10, max_value=200))
    def test_the_issue_never_passes_its_limit(self, text: str, limit: int) -> None:
        assert len(rules.in_requesters_words(text, limit)) <= limit

    def test_the_environment_is_sorted_and_leaves_out_what_is_empty(self) -> None:
        facts = {"version": "5.2", "os": "Windows 11", "empty": "", "nested": {"a": 1}, "seats": 3}
        assert rules.environment_lines(facts) == "os: Windows 11\nseats: 3\nversion: 5.2"

    def test_steps_are_list_items_or_else_sentences(self) -> None:
        assert rules.steps("Do this:\n1. Stop it.\n2) Start it.") == ("Stop it.", "Start it.")
        assert rules.steps("Stop it. Start it!") == ("Stop it.", "Start it!")
        assert rules.steps(" \n ") == ()


class TestPublication:
    def test_an_article_needs_title_issue_and_resolution(self) -> None:
        assert rules.missing_for_publication(title=" ", issue="x", resolution="") == ("title", "resolution")
        assert rules.missing_for_publication(title="t", issue="x", resolution="r") == ()

    def test_a_waived_lesson_is_over_and_an_owed_one_cannot_be_tried(self) -> None:
        assert rules.next_transfer_states(TransferState.WAIVED) == ()
        assert TransferState.TRIED not in rules.next_transfer_states(TransferState.OWED)

    def test_a_measured_lesson_that_did_not_hold_may_be_taught_again(self) -> None:
        assert TransferState.TAUGHT in rules.next_transfer_states(TransferState.MEASURED)


class TestEffect:
    def test_a_clear_change_is_proven(self) -> None:
        effect = rules.effect_of(before=20, before_low=1, after=20, after_low=18)
        assert (effect.before_share, effect.after_share) == (0.05, 0.9)
        assert effect.proven

    def test_two_tickets_prove_nothing(self) -> None:
        assert not rules.effect_of(before=1, before_low=0, after=1, after_low=1).proven

    def test_without_tickets_there_is_no_share(self) -> None:
        effect = rules.effect_of(before=0, before_low=0, after=3, after_low=3)
        assert effect.before_share is None
        assert effect.low is None
        assert not effect.proven

    @given(st.data())
    def test_the_interval_holds_the_change(self, data: st.DataObject) -> None:
        before, after = (data.draw(st.integers(1, 500)) for _ in range(2))
        effect = rules.effect_of(
            before=before,
            before_low=data.draw(st.integers(0, before)),
            after=after,
            after_low=data.draw(st.integers(0, after)),
        )
        assert effect.before_share is not None
        assert effect.after_share is not None
        assert effect.low is not None
        assert effect.high is not None
        change = effect.after_share - effect.before_share
        assert -1 - 1e-9 <= effect.low <= change + 1e-9
        assert change - 1e-9 <= effect.high <= 1 + 1e-9

    def test_impossible_counts_are_refused(self) -> None:
        with pytest.raises(ValueError, match="exceed"):
            rules.effect_of(before=1, before_low=2, after=0, after_low=0)


RESOLUTION = """1. Stop the licence service on the server.
2. Delete the stale lock file from the spool folder.
3. Start the licence service again."""


class TestTeachBack:
    accepted = Accepted(references=frozenset({"KB-12", "KE-3"}), resolution=RESOLUTION)

    def test_naming_the_article_passes(self) -> None:
        assert rules.judge("I would follow kb-12", self.accepted).passed
        assert "KE-3" in rules.judge("It is KE-3.", self.accepted).reason

    def test_a_number_that_only_starts_alike_does_not(self) -> None:
        assert not rules.judge("KB-123", self.accepted).passed

    def test_half_of_the_steps_in_own_words_pass(self) -> None:
        verdict = rules.judge("stopping licence services on that server", self.accepted)
        assert verdict.passed
        assert verdict.reason == "The answer covers 2 of 3 steps; half are needed."

    def test_one_step_is_not_enough(self) -> None:
        assert not rules.judge("Delete the stale lock file from the spool folder", self.accepted).passed

    def test_an_empty_resolution_accepts_only_the_reference(self) -> None:
        empty = Accepted(references=frozenset({"KB-1"}), resolution="")
        assert not rules.judge("anything at all", empty).passed
        assert rules.judge("KB-1", empty).passed

    @given(st.text(max_size=200))
    def test_the_resolution_itself_always_passes(self, noise: str) -> None:
        assert rules.judge(noise + "\n" + RESOLUTION, self.accepted).passed


def document(number: int, *terms: str) -> Document:
    return Document(id=number, length=max(len(terms), 1), terms=dict.fromkeys(terms, 1.0))


class TestRanking:
    def test_a_rare_word_outweighs_a_common_one(self) -> None:
        fits = rules.rank(
            ["printer", "calibr"],
            [document(1, "printer"), document(2, "calibr")],
            frequency={"printer": 150, "calibr": 2},
            total=300,
        )
        assert [fit.id for fit in fits] == [2, 1]

    def test_words_that_nobody_knows_pull_the_score_down_and_are_named(self) -> None:
        fit = rules.rank(["export", "column"], [document(1, "export")], frequency={"export": 2}, total=10)[0]
        assert fit.score < 0.5
        assert fit.missing == ("column",)

    def test_covering_everything_scores_one(self) -> None:
        fit = rules.rank(["a1", "b2"], [document(1, "a1", "b2")], frequency={"a1": 1, "b2": 1}, total=1)[0]
        assert fit.score == 1.0

    @pytest.mark.parametrize(
        ("lexeme", "text", "word"),
        [
            ("batteri", "The fan runs all day and the battery is empty.", "battery"),
            ("empti", "The fan runs all day and the battery is empty.", "empty"),
            ("run", "The fan runs all day", "runs"),
            ("updat", "Since the updates, no update works", "update"),
            ("vpn", "VPN, and vpn-client", "vpn"),
            ("elsewher", "nothing like it", "elsewher"),
            ("fan", "", "fan"),
            ("us", "a bus for us.", "us"),
        ],
    )
    def test_a_lexeme_is_shown_as_it_was_written(self, lexeme: str, text: str, word: str) -> None:
        assert rules.as_written([lexeme], text) == (word,)

    def test_nothing_asked_finds_nothing(self) -> None:
        assert rules.rank([], [document(1, "a")], frequency={}, total=1) == []

    @given(
        st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1),
        st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), min_size=1, max_size=6),
    )
    def test_scores_stay_between_nought_and_one_and_more_words_never_lower_them(
        self, asked: list[str], corpus: list[list[str]]
    ) -> None:
        documents = [document(index, *words) for index, words in enumerate(corpus)]
        frequency = {term: sum(term in words for words in corpus) for term in asked}
        fits = {fit.id: fit for fit in rules.rank(asked, documents, frequency=frequency, total=len(corpus))}
        for one in documents:
            assert 0 <= fits[one.id].score <= 1
            for other in documents:
                if set(one.terms) & set(asked) <= set(other.terms):
                    assert fits[one.id].score <= fits[other.id].score + 1e-9

    def test_courtesy_and_bare_numbers_are_not_content(self) -> None:
        assert rules.content_terms(["hello", "42", "x", "vpn", "pleas", "vpn", "drive"]) == ("vpn", "drive")

    def test_a_question_is_the_title_and_the_first_words(self) -> None:
        asked = rules.question("VPN", "word " * 500)
        assert asked.startswith("VPN\nword")
        assert len(re.findall("word", asked)) == 60
