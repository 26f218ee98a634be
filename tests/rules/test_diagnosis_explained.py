"""Matchers: for every kind and relation when it holds, what it says, what it weighs, and how a rule is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.match import (
    KINDS,
    RELATIONS,
    WEIGHTS,
    WORDS_ALONE,
    Condition,
    Matcher,
    Observed,
    SeenTemplate,
    compare_fact,
    from_json,
    match,
    to_json,
)
from tierline.work.diagnosis.rules.versions import version_key

QUICK = settings(max_examples=60, deadline=None)
SEEN = Observed(
    text="My VPN drops. Since the update the tunnels were lost, printing works.",
    facts={"version": "5.2.1", "os": "Windows 11", "client.mode": "full", "count": "12"},
    templates=(
        SeenTemplate("t00000000000a", "rekey window exceeded after <*> s, seq <*>", 3),
        SeenTemplate("t00000000000b", "rekey window of peer <*> is open", 2),
        SeenTemplate("t00000000000c", "upload <*> done", 1),
    ),
    fingerprints=frozenset({"f00000000000a", "f00000000000b"}),
    exceptions=frozenset({"com.desk.ReplayException", "TimeoutError"}),
)
EMPTY = Observed()
HOLDS = {
    "template": Condition("template", "rekey window exceeded"),
    "fingerprint": Condition("fingerprint", "f00000000000a"),
    "exception": Condition("exception", "com.desk.ReplayException"),
    "fact": Condition("fact", "5.2.1", name="version"),
    "text": Condition("text", "vpn drops"),
}
FAILS = {
    "template": Condition("template", "heartbeat lost"),
    "fingerprint": Condition("fingerprint", "f0000000000ff"),
    "exception": Condition("exception", "KeyError"),
    "fact": Condition("fact", "6.0", name="version"),
    "text": Condition("text", "printer jam"),
}


def found(*every: Condition, some: tuple[Condition, ...] = (), seen: Observed = SEEN) -> tuple[float, tuple[str, ...]]:
    """Score and reasons; 0 and none when nothing matched."""
    hit = match(Matcher(tuple(every), some), seen)
    return (hit.score, hit.reasons) if hit else (0.0, ())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_holds_alone_and_says_one_reason(kind: str) -> None:
    score, reasons = found(HOLDS[kind])
    assert score == (WORDS_ALONE if kind in {"text", "fact"} else 1.0)
    assert len(reasons) == 1
    assert found(FAILS[kind]) == (0.0, ())


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_holds_for_a_ticket_of_which_nothing_is_known(kind: str) -> None:
    assert found(HOLDS[kind], seen=EMPTY) == (0.0, ())


@pytest.mark.parametrize("failing", KINDS)
@pytest.mark.parametrize("holding", KINDS)
def test_one_failing_condition_of_all_spoils_the_match(holding: str, failing: str) -> None:
    assert found(HOLDS[holding], FAILS[failing]) == (0.0, ())


@pytest.mark.parametrize("failing", KINDS)
@pytest.mark.parametrize("holding", KINDS)
def test_one_holding_condition_of_any_is_enough(holding: str, failing: str) -> None:
    score, reasons = found(some=(HOLDS[holding], FAILS[failing]))
    assert len(reasons) == 1
    heavier = max(WEIGHTS[holding], WEIGHTS[failing])
    most = WORDS_ALONE if holding in {"text", "fact"} else 1.0
    assert score == min(most, round(WEIGHTS[holding] / heavier, 2))


def test_the_reasons_come_in_the_order_of_the_rule() -> None:
    every = (HOLDS["fact"], HOLDS["template"], HOLDS["fingerprint"])
    score, reasons = found(*every, some=(FAILS["text"], HOLDS["exception"], HOLDS["text"]))
    assert reasons == (
        "the version is 5.2.1",
        "`rekey window exceeded` occurs 3 times",
        "the stack trace has the known fingerprint f00000000000a",
        "a stack trace of `com.desk.ReplayException` is in the evidence",
        "the text speaks of “vpn drops”",
    )
    assert score == 1.0


TEMPLATES = [
    ("rekey window exceeded", 1, "`rekey window exceeded` occurs 3 times"),
    ("rekey window exceeded", 3, "`rekey window exceeded` occurs 3 times"),
    ("rekey window exceeded", 4, None),
    ("Rekey Window EXCEEDED", 1, "`Rekey Window EXCEEDED` occurs 3 times"),
    ("rekey window", 1, "`rekey window` occurs 5 times"),
    ("rekey window", 6, None),
    ("upload <*> done", 1, "`upload <*> done` occurs 1 time"),
    ("exceeded after <*> s", 1, "`exceeded after <*> s` occurs 3 times"),
    ("exceeded <*> seq", 1, "`exceeded <*> seq` occurs 3 times"),
    ("seq <*> exceeded", 1, None),
    ("<*>", 1, None),
    ("t00000000000b", 2, "`rekey window of peer <*> is open` occurs 2 times"),
    ("t00000000000", 1, None),
    ("window of peer <*> is open now", 1, None),
]


@pytest.mark.parametrize(("value", "least", "reason"), TEMPLATES)
def test_a_template_by_id_or_text_and_how_often(value: str, least: int, reason: str | None) -> None:
    assert found(Condition("template", value, least=least))[1] == ((reason,) if reason else ())


EXCEPTIONS = [
    ("com.desk.ReplayException", True),
    ("ReplayException", True),
    ("org.other.ReplayException", True),
    ("TimeoutError", True),
    ("builtins.TimeoutError", True),
    ("Replay", False),
    ("Exception", False),
    ("replayexception", False),
]


@pytest.mark.parametrize(("value", "holds"), EXCEPTIONS)
def test_an_exception_with_or_without_its_package(value: str, holds: bool) -> None:
    assert bool(found(Condition("exception", value))[1]) is holds


FACTS = [
    ("version", "is", "5.2.1", "the version is 5.2.1"),
    ("version", "is", "5.2.x", "the version is 5.2.1"),
    ("version", "is", "5.2.*", "the version is 5.2.1"),
    ("version", "is", "5.2", None),
    ("version", "is not", "5.2.0", "the version is 5.2.1 (is not 5.2.0)"),
    ("version", "is not", "5.2.1", None),
    ("version", "from", "5.2", "the version is 5.2.1 (from 5.2)"),
    ("version", "from", "5.2.2", None),
    ("version", "below", "5.10", "the version is 5.2.1 (below 5.10)"),
    ("version", "below", "5.2.1", None),
    ("version", "between", "5.2 .. 5.3", "the version is 5.2.1 (between 5.2 .. 5.3)"),
    ("version", "between", "5.0..5.2.1", None),
    ("os", "starts with", "windows", "the os is Windows 11 (starts with windows)"),
    ("os", "starts with", "11", None),
    ("os", "contains", "11", "the os is Windows 11 (contains 11)"),
    ("os", "contains", "10", None),
    ("client.mode", "is", "FULL", "the client mode is full"),
    ("absent", "is not", "x", None),
    ("absent", "contains", "", None),
]


@pytest.mark.parametrize(("name", "relation", "value", "reason"), FACTS)
def test_a_fact_in_each_relation_says_what_it_is(name: str, relation: str, value: str, reason: str | None) -> None:
    assert found(Condition("fact", value, name=name, relation=relation))[1] == ((reason,) if reason else ())


def test_every_relation_is_tried_here() -> None:
    assert {relation for _, relation, _, _ in FACTS} == set(RELATIONS)


TEXTS = [
    ("vpn drops", "vpn drops"),
    ("drops VPN", "drops VPN"),
    ("vpn drop", "vpn drop"),  # the text says "drops": a form of it
    ("tunnel lost", "tunnel lost"),
    ("print", "print"),  # "printing" is three letters longer
    ("printer jam | tunnel lost", "tunnel lost"),
    ("printer jam | paper", None),
    ("vpn drops often", None),
    ("up", None),  # two letters must be a whole word
    ("dropping", None),
    ("", None),
    ("|", None),
    ("!!! | ???", None),
]


@pytest.mark.parametrize(("value", "said"), TEXTS)
def test_words_of_the_ticket_in_any_order_and_form(value: str, said: str | None) -> None:
    assert found(Condition("text", value))[1] == ((f"the text speaks of “{said}”",) if said else ())


@pytest.mark.parametrize("every", [("text",), ("fact",), ("text", "fact"), ("fact", "fact"), ("text", "text")])
def test_words_and_facts_never_make_it_sure(every: tuple[str, ...]) -> None:
    assert found(*(HOLDS[kind] for kind in every))[0] == WORDS_ALONE


@pytest.mark.parametrize("kind", ["template", "fingerprint", "exception"])
def test_evidence_beside_words_makes_it_sure(kind: str) -> None:
    assert found(HOLDS["text"], HOLDS["fact"], HOLDS[kind])[0] == 1.0


VERSIONS = ["", "0", "1", "1.0-rc1", "1.0-rc2", "1.0.1", "1.1", "1.2", "1.10", "2", "2.0.1", "10"]


def test_versions_in_order() -> None:
    ordered = sorted(VERSIONS, key=version_key)
    assert ordered.index("1.2") < ordered.index("1.10") < ordered.index("2") < ordered.index("10")
    assert ordered.index("1.0-rc1") < ordered.index("1.0-rc2") < ordered.index("1") < ordered.index("1.0.1")
    assert version_key("1") == version_key("1.0") == version_key("v1.0.0".removeprefix("v"))


@pytest.mark.parametrize("version", ["5.2.1", "5.2", "5.2.0-rc1", "5", "", "garbage", "\u0665.\u0662", "1" * 9_000])
@pytest.mark.parametrize("relation", RELATIONS)
def test_no_version_however_odd_breaks_a_relation(version: str, relation: str) -> None:
    assert compare_fact(version, relation, "5.2 .. 5.3") in {True, False}
    assert compare_fact("5.2.1", relation, version) in {True, False}


REFUSED = [
    ({}, "at least one condition"),
    ({"all_of": [], "any_of": []}, "at least one condition"),
    ({"none_of": []}, "not none_of"),
    ({"all_of": "text"}, "all_of must be a list"),
    ({"any_of": {}}, "any_of must be a list"),
    ({"all_of": [None]}, "an object with kind and value"),
    ({"all_of": [["text", "x"]]}, "an object with kind and value"),
    ({"all_of": [{}]}, "one of fingerprint, template"),
    ({"all_of": [{"kind": "regex", "value": ".*"}]}, "not “regex”"),
    ({"all_of": [{"kind": "text"}]}, "the text condition has no value"),
    ({"all_of": [{"kind": "template", "value": "   "}]}, "the template condition has no value"),
    ({"all_of": [{"kind": "fact", "value": "1"}]}, "a fact condition needs a name"),
    ({"all_of": [{"kind": "fact", "value": "1", "name": "v", "relation": "like"}]}, "one of: is, is not"),
    ({"all_of": [{"kind": "template", "value": "x", "least": "many"}]}, "a number from 1 on, not “many”"),
]


@pytest.mark.parametrize(("data", "words"), REFUSED, ids=range(len(REFUSED)))
def test_a_wrong_rule_is_refused_with_a_sentence(data: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        from_json(data)


def test_json_holds_only_what_is_not_default() -> None:
    matcher = Matcher(
        (Condition("template", "x", least=2), Condition("fact", "5.2", name="version", relation="from")),
        (Condition("text", "a | b"),),
    )
    assert to_json(matcher) == {
        "all_of": [
            {"kind": "template", "value": "x", "least": 2},
            {"kind": "fact", "value": "5.2", "name": "version", "relation": "from"},
        ],
        "any_of": [{"kind": "text", "value": "a | b"}],
    }


WORD = st.text("abcdefg .<*>|-", min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
SAID = WORD.map(lambda words: f"{words.strip()} abcd")
OF_VERSIONS = ["from", "below"]
ONE_VALUE = [one for one in RELATIONS if one not in {"between", *OF_VERSIONS}]
CONDITION = st.one_of(
    st.builds(Condition, st.just("template"), SAID, least=st.integers(1, 5)),
    st.builds(Condition, st.just("text"), SAID),
    st.builds(Condition, st.sampled_from(["fingerprint", "exception"]), WORD.map(str.strip)),
    st.builds(Condition, st.just("fact"), WORD.map(str.strip), st.just("version"), st.sampled_from(ONE_VALUE)),
    st.builds(Condition, st.just("fact"), st.just("5.2"), st.just("version"), st.sampled_from(OF_VERSIONS)),
    st.builds(Condition, st.just("fact"), st.just("5.2 .. 5.3"), st.just("version"), st.just("between")),
)
MATCHERS = st.builds(Matcher, st.lists(CONDITION, max_size=4).map(tuple), st.lists(CONDITION, max_size=4).map(tuple))


@QUICK
@given(MATCHERS.filter(lambda one: bool(one.all_of or one.any_of)))
def test_any_rule_survives_json(matcher: Matcher) -> None:
    assert from_json(to_json(matcher)) == matcher


@QUICK
@given(MATCHERS, st.text("abcdefg ", max_size=30))
def test_more_evidence_never_lowers_a_score(matcher: Matcher, text: str) -> None:
    less = match(matcher, Observed(text=text))
    more = match(matcher, Observed(text=text, templates=(SeenTemplate("t1", "a b c d e f g", 9),)))
    if less is not None:
        assert more is not None
        assert more.score >= less.score
        assert set(less.reasons) <= set(more.reasons)
