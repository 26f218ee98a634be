"""What a requester reads: kind words, times as people say them, never a tier number."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.doors.web.portal import symptoms, words
from tierline.doors.web.portal.words import Situation, moment, saying, since

NOW = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)  # a Wednesday
BERLIN = ZoneInfo("Europe/Berlin")
STATUSES = ("new", "open", "waiting", "resolved", "closed")


def say(**given_: object) -> words.Saying:
    return saying(Situation(**{"status": "open", "tier": 1, **given_}), now=NOW, zone=BERLIN)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tier", "headline"),
    [
        (0, "The assistant has it."),
        (1, "The help desk has it."),
        (2, "Our specialists have it."),
        (3, "The engineers have it."),
        (4, "The maker has it."),
    ],
)
def test_each_tier_is_somebody(tier: int, headline: str) -> None:
    assert say(tier=tier).headline == headline


def test_a_person_is_named_when_there_is_one() -> None:
    assert say(tier=2, person="Pria").now == "Pria is working on it."


def test_the_promise_has_its_time_in_the_requesters_zone() -> None:
    assert say(due_at=NOW + timedelta(hours=3)).promise == "Next update by 15:00."


def test_a_missed_promise_is_admitted() -> None:
    late = say(due_at=NOW - timedelta(hours=1))
    assert late.late
    assert late.promise == "We wanted to be further by 11:00 and are late."


def test_waiting_for_the_requester_is_one_question() -> None:
    assert say(status="waiting", waiting_for="requester").headline == "We need one answer from you."


def test_an_answer_of_the_assistant_is_announced_as_an_answer() -> None:
    assert "answer for you" in say(status="waiting", waiting_for="requester", has_answer=True).headline


@pytest.mark.parametrize(
    ("whom", "headline"),
    [
        ("vendor", "We wait for the maker."),
        ("change", "The fix is on its way."),
        ("approval", "We wait for something."),
    ],
)
def test_waiting_for_others_says_for_whom(whom: str, headline: str) -> None:
    assert say(status="waiting", waiting_for=whom).headline == headline


def test_solved_asks_whether_it_did_it() -> None:
    assert say(status="resolved").now == "Did that do it?"


@given(
    status=st.sampled_from(STATUSES),
    tier=st.integers(min_value=-1, max_value=9),
    waiting_for=st.sampled_from(("", "requester", "vendor", "change", "approval")),
    person=st.sampled_from(("", "Pria")),
    due=st.one_of(st.none(), st.timedeltas(min_value=timedelta(days=-30), max_value=timedelta(days=30))),
    has_answer=st.booleans(),
)
def test_no_situation_speaks_of_tiers(
    status: str, tier: int, waiting_for: str, person: str, due: timedelta | None, has_answer: bool
) -> None:
    said = say(
        status=status,
        tier=tier,
        waiting_for=waiting_for,
        person=person,
        due_at=None if due is None else NOW + due,
        has_answer=has_answer,
    )
    everything = f"{said.headline} {said.now} {said.promise}"
    assert said.headline
    assert not re.search(r"\btier\b|\blevel\b|\bL[0-4]\b|SLA", everything, re.IGNORECASE)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (timedelta(hours=2), "14:00"),
        (timedelta(days=1), "tomorrow, 12:00"),
        (timedelta(days=-1), "yesterday, 12:00"),
        (timedelta(days=2), "Friday, 12:00"),
        (timedelta(days=6), "Tuesday, 12:00"),
        (timedelta(days=7), "25 November, 12:00"),
        (timedelta(days=60), "17 January 2027, 12:00"),
    ],
)
def test_a_moment_is_said_as_people_say_it(after: timedelta, said: str) -> None:
    assert moment(NOW + after, now=NOW, zone=BERLIN) == said


def test_midnight_belongs_to_the_zone_of_the_reader() -> None:
    at = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)
    assert moment(at, now=NOW, zone=UTC) == "23:30"
    assert moment(at, now=NOW, zone=BERLIN) == "tomorrow, 00:30"


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(hours=2), "since 10:00 today"),
        (timedelta(days=1), "since yesterday"),
        (timedelta(days=4), "since Saturday"),
        (timedelta(days=20), "since 29 October"),
    ],
)
def test_how_long_it_is_with_us(before: timedelta, said: str) -> None:
    assert since(NOW - before, now=NOW, zone=BERLIN) == said


def test_a_stop_that_was_not_reached_says_what_it_would_take() -> None:
    assert words.rung_words(3, reached=False, over=False) == "Only if the program has to change."
    assert words.rung_words(3, reached=False, over=True) == "Not needed."
    assert words.rung_words(3, reached=True, over=False) == ""


@pytest.mark.parametrize(
    ("answers", "weight"),
    [
        ({}, (3, 2)),
        ({"affected": "many", "can_work": "no"}, (1, 1)),
        ({"affected": "me", "can_work": "yes"}, (3, 3)),
        ({"affected": "nonsense", "can_work": "nonsense"}, (3, 2)),
    ],
)
def test_the_answers_weigh_the_request(answers: dict[str, str], weight: tuple[int, int]) -> None:
    assert symptoms.weight(answers) == weight


def test_every_symptom_counts_its_own_questions_honestly() -> None:
    for symptom in symptoms.SYMPTOMS:
        promised = re.match(r"(\d+) question", str(symptom.hint))
        if promised:
            assert int(promised[1]) == len(symptom.questions), symptom.key


def test_talking_to_a_person_is_a_symptom_that_is_not_listed() -> None:
    assert symptoms.find("call") is not None
    assert "call" not in {symptom.key for symptom in symptoms.LISTED}
    assert symptoms.find("no-such-thing") is None
