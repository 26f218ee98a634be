"""Vendors: what a contract covers, the life of a case, references that survive, and figures. Pure."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.ladder.vendors.rules import (
    OPEN,
    CaseTimes,
    Entitlement,
    Gap,
    State,
    Verb,
    address_fault,
    after,
    fits,
    gaps,
    mail_subject,
    ours,
    pattern_fault,
    score,
    theirs,
    used,
    writes_for,
)

TODAY = date(2026, 6, 15)
FULL = {"number": "HB-1", "valid_until": TODAY, "cases": 2, "used": 1, "products": frozenset({7})}


@pytest.mark.parametrize(
    ("changes", "product", "expected"),
    [
        ({}, 7, ()),
        ({"number": ""}, 7, (Gap.NO_CONTRACT,)),
        ({"number": "", "valid_until": date(2020, 1, 1), "cases": 0}, None, (Gap.NO_CONTRACT,)),
        ({"valid_until": TODAY - timedelta(days=1)}, 7, (Gap.EXPIRED,)),
        ({"valid_until": None}, 7, ()),
        ({}, 8, (Gap.NOT_COVERED,)),
        ({}, None, (Gap.NOT_COVERED,)),
        ({"products": frozenset()}, None, ()),
        ({"used": 2}, 7, (Gap.NO_CASES_LEFT,)),
        ({"used": 9}, 7, (Gap.NO_CASES_LEFT,)),
        ({"cases": 0, "used": 0}, 7, (Gap.NO_CASES_LEFT,)),
        ({"cases": None, "used": 900}, 7, ()),
        (
            {"valid_until": date(2026, 1, 1), "used": 2, "products": frozenset({1})},
            7,
            (Gap.EXPIRED, Gap.NOT_COVERED, Gap.NO_CASES_LEFT),
        ),
    ],
)
def test_what_stands_against_a_case(changes: dict[str, object], product: int | None, expected: tuple[Gap, ...]) -> None:
    assert gaps(Entitlement(**(FULL | changes)), product_id=product, today=TODAY) == expected  # type: ignore[arg-type]  # a table of cases


@pytest.mark.parametrize(("cases", "used_", "left"), [(None, 5, None), (3, 1, 2), (3, 3, 0), (3, 7, 0)])
def test_cases_left_are_never_below_none(cases: int | None, used_: int, left: int | None) -> None:
    assert Entitlement(number="x", cases=cases, used=used_).cases_left == left


LIFE = {
    (State.PREPARED, Verb.SEND): State.WITH_VENDOR,
    (State.WITH_VENDOR, Verb.SEND): State.WITH_VENDOR,
    (State.ANSWERED, Verb.SEND): State.WITH_VENDOR,
    (State.SOLVED, Verb.SEND): State.WITH_VENDOR,
    **{(state, Verb.RECEIVE): State.ANSWERED for state in State},
    **{(state, Verb.SOLVE): State.SOLVED for state in OPEN - {State.PREPARED}},
    **{(state, Verb.CLOSE): State.CLOSED for state in OPEN},
    (State.SOLVED, Verb.REOPEN): State.ANSWERED,
    (State.CLOSED, Verb.REOPEN): State.ANSWERED,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", Verb)
def test_every_verb_in_every_state(state: State, verb: Verb) -> None:
    expected = LIFE.get((state, verb))
    assert fits(state, verb) is (expected is not None)
    if expected is None:
        with pytest.raises(ValueError, match="cannot"):
            after(state, verb)
    else:
        assert after(state, verb) is expected


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("SR-#", "RE: [SR-12345] board resets", "SR-12345"),
        ("SR-#", "re: sr-12345: board", "SR-12345"),
        ("SR-#", "SR-12345SR", ""),
        ("SR-#", "XSR-12345", ""),
        ("SR-#", "PRE-SR-12345", ""),
        ("SR-#", "no number: SR-", ""),
        ("CS#-@", "Case CS0042-A7F2 updated", "CS0042-A7F2"),
        ("##", "4711", ""),
        ("", "SR-1", ""),
        ("TICKET(#)", "about TICKET(99) again", "TICKET(99)"),
        (".*#", "anything 5", ""),
        (".*A#", "see .*A5", ".*A5"),
        ("SR-#", "x" * 3000 + " SR-1", ""),
        ("SR-#", "SR-" + "9" * 21, ""),
    ],
)
def test_their_reference_is_found_by_its_pattern(pattern: str, text: str, found: str) -> None:
    assert theirs(pattern, text) == found


@pytest.mark.parametrize(
    ("pattern", "good"),
    [
        ("", True),
        ("SR-#", True),
        ("INC@", True),
        ("A" * 39 + "#", True),
        ("A" * 40 + "#", False),
        ("SR-", False),
        ("#", False),
        ("#-#", False),
        ("A##", False),
        ("A#@", False),
        ("A\n#", False),
    ],
)
def test_a_pattern_is_refused_in_one_sentence(pattern: str, good: bool) -> None:
    fault = pattern_fault(pattern)
    assert (fault == "") is good
    assert not fault or fault.endswith(".")


@given(number=st.integers(1, 10**12), title=st.text(max_size=400), case=st.integers(1, 10**11))
def test_both_references_survive_in_every_subject(number: int, title: str, case: int) -> None:
    subject = mail_subject(title, f"VC-{case}", f"SR-{number}")
    for prefix in ("", "Re: ", "AW: [EXTERN] ", "Fwd: Re: "):
        assert f"SR-{number}" in prefix + subject
        if "[VC-" not in title.upper() and "[vc-" not in title:
            assert ours(prefix + subject) == case
    assert "\n" not in subject
    assert len(subject) <= 250


def test_a_title_that_names_it_already_does_not_name_it_twice() -> None:
    assert mail_subject("SR-5 resets", "VC-2", "SR-5") == "SR-5 resets [VC-2]"
    assert mail_subject("Resets", "VC-2", "") == "Resets [VC-2]"
    assert ours("no tag VC-2") is None


@pytest.mark.parametrize(
    ("sender", "known", "belongs"),
    [
        ("support@halden.example", {"support@halden.example"}, True),
        ("Support@Halden.Example ", {"support@halden.example"}, True),
        ("eva@halden.example", {"@halden.example"}, True),
        ("eva@sub.halden.example", {"@halden.example"}, False),
        ("eva@nothalden.example", {"@halden.example"}, False),
        ("eva@halden.example", {"support@halden.example"}, False),
        ("", {"@halden.example"}, False),
    ],
)
def test_who_writes_for_a_vendor(sender: str, known: set[str], belongs: bool) -> None:
    assert writes_for(sender, known) is belongs


@pytest.mark.parametrize(
    ("sender", "good"),
    [("a@b.example", True), ("@b.example", True), ("b.example", False), ("@", False), ("a b@c.example", False)],
)
def test_addresses_and_domains(sender: str, good: bool) -> None:
    assert (address_fault(sender) == "") is good


NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=8), st.booleans())
def test_the_clock_adds_up_the_turns(spans: list[tuple[int, int]], last_goes_on: bool) -> None:
    turns: list[tuple[datetime, datetime | None]] = []
    at = NOON
    for rest, length in spans:
        begin = at + timedelta(seconds=rest)
        at = begin + timedelta(seconds=length)
        turns.append((begin, at))
    if turns and last_goes_on:
        turns[-1] = (turns[-1][0], None)
    counted = used(turns, at, lambda begin, end: int((end - begin).total_seconds()))
    assert counted == sum(length for _, length in spans)


def times(**values: object) -> CaseTimes:
    usual = {
        "first_answer": None,
        "solution": None,
        "answered": False,
        "closed": False,
        "solved": False,
        "reopened": 0,
        "cost": Decimal(0),
    }
    return CaseTimes(**(usual | values))  # type: ignore[arg-type]  # a table of cases


def test_a_scorecard_counts_what_was_measured_and_nothing_else() -> None:
    found = score([
        times(first_answer=(60, 100), solution=(500, 400), answered=True, closed=True, solved=True, cost=Decimal(10)),
        times(first_answer=(120, 100), solution=(300, 400), answered=True, closed=True, solved=True, reopened=2),
        times(first_answer=(30, None), answered=True, closed=True, cost=Decimal("5.50")),
        times(),
    ])  # fmt: skip
    assert (found.cases, found.open, found.answered, found.cost) == (4, 1, 3, Decimal("15.50"))
    assert (found.first_answer, found.first_in_time) == (60, 0.5)
    assert (found.solution, found.solved_in_time) == (400, 0.5)
    assert found.reopen_rate == pytest.approx(1 / 3)
    assert found.solved_share == pytest.approx(2 / 3)


def test_a_scorecard_of_nothing_says_nothing() -> None:
    found = score([])
    assert (found.cases, found.first_answer, found.first_in_time, found.reopen_rate, found.solved_share) == (
        0, None, None, None, None,
    )  # fmt: skip
    assert score([times()]).solved_share is None
