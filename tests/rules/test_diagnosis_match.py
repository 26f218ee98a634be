"""Matchers: what holds, how well, and why in words."""

import pytest

from tierline.work.diagnosis.rules.match import (
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

SEEN = Observed(
    text="Since the update my VPN drops every ten minutes, the tunnels were lost twice.",
    facts={"version": "5.2.1", "os": "Ubuntu 24.04", "roaming": "on"},
    templates=(
        SeenTemplate("tabc123456789", "rekey window exceeded after <*> s, seq <*> last <*>", 3),
        SeenTemplate("tdef123456789", "tunnel down, reason <*>, retry in <*> s", 1),
    ),
    fingerprints=frozenset({"f845ef7bdbf27"}),
    exceptions=frozenset({"desk.errors.ReplayError"}),
)
REKEY = Condition("template", "rekey window exceeded")
VERSION = Condition("fact", "5.2.x", name="version")
WORDS = Condition("text", "vpn drops | tunnel lost")


def reason(condition: Condition) -> str | None:
    found = match(Matcher(all_of=(condition,)), SEEN)
    return found.reasons[0] if found else None


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (REKEY, "`rekey window exceeded` occurs 3 times"),
        (Condition("template", "tunnel down, reason <*>, retry"), "`tunnel down, reason <*>, retry` occurs 1 time"),
        (
            Condition("template", "tabc123456789"),
            "`rekey window exceeded after <*> s, seq <*> last <*>` occurs 3 times",
        ),
        (Condition("template", "REKEY WINDOW"), "`REKEY WINDOW` occurs 3 times"),
        (Condition("template", "rekey window exceeded", least=4), None),
        (Condition("template", "heartbeat"), None),
        (Condition("template", "last <*> rekey"), None),
        (Condition("fingerprint", "f845ef7bdbf27"), "the stack trace has the known fingerprint f845ef7bdbf27"),
        (Condition("fingerprint", "f000000000000"), None),
        (Condition("exception", "ReplayError"), "a stack trace of `ReplayError` is in the evidence"),
        (Condition("exception", "KeyError"), None),
        (VERSION, "the version is 5.2.1"),
        (Condition("fact", "5.2", name="version", relation="from"), "the version is 5.2.1 (from 5.2)"),
        (Condition("fact", "5.3", name="version", relation="from"), None),
        (Condition("fact", "off", name="roaming", relation="is not"), "the roaming is on (is not off)"),
        (Condition("fact", "x", name="absent"), None),
        (WORDS, "the text speaks of “vpn drops”"),
        (Condition("text", "tunnel lost"), "the text speaks of “tunnel lost”"),
        (Condition("text", "printer"), None),
    ],
)
def test_a_condition_holds_and_says_why(condition: Condition, words: str | None) -> None:
    assert reason(condition) == words


def test_all_of_means_all() -> None:
    assert match(Matcher(all_of=(REKEY, VERSION)), SEEN) is not None
    assert match(Matcher(all_of=(REKEY, Condition("text", "printer"))), SEEN) is None


def test_any_of_means_at_least_one() -> None:
    assert match(Matcher(all_of=(REKEY,), any_of=(Condition("text", "printer"), WORDS)), SEEN) is not None
    assert match(Matcher(all_of=(REKEY,), any_of=(Condition("text", "printer"),)), SEEN) is None


def test_a_matcher_without_conditions_matches_nothing() -> None:
    assert match(Matcher(), SEEN) is None


def test_all_held_is_one_and_the_lesser_alternative_is_less() -> None:
    full = match(Matcher(all_of=(REKEY, VERSION), any_of=(WORDS,)), SEEN)
    assert full is not None
    assert full.score == 1.0
    lesser = match(Matcher(all_of=(REKEY,), any_of=(WORDS, Condition("fingerprint", "f0"))), SEEN)
    assert lesser is not None
    assert 0.5 < lesser.score < 1.0


def test_words_and_facts_alone_never_make_it_sure() -> None:
    found = match(Matcher(all_of=(WORDS, VERSION)), SEEN)
    assert found is not None
    assert found.score == WORDS_ALONE


@pytest.mark.parametrize(
    ("actual", "relation", "value", "holds"),
    [
        ("5.2.1", "is", "5.2.x", True),
        ("5.20.1", "is", "5.2.x", False),
        ("5.2", "is", "5.2.x", True),
        ("5.10.0", "from", "5.9", True),
        ("5.9.9", "below", "5.10", True),
        ("5.2.0", "between", "5.2 .. 5.3", True),
        ("5.3", "between", "5.2 .. 5.3", False),
        ("5.2-rc1", "below", "5.2", True),
        ("Ubuntu 24.04", "starts with", "ubuntu", True),
        ("Ubuntu 24.04", "contains", "24", True),
        ("on", "is", "ON", True),
        ("on", "is not", "off", True),
    ],
)
def test_facts_compare_as_people_mean_them(actual: str, relation: str, value: str, holds: bool) -> None:
    assert compare_fact(actual, relation, value) is holds


def test_versions_sort_by_their_numbers() -> None:
    given = ["5.10", "5.9.1", "5.9", "5.9-rc2", "5.9-rc1", "4", "5.9.0"]
    assert sorted(given, key=version_key) == ["4", "5.9-rc1", "5.9-rc2", "5.9", "5.9.0", "5.9.1", "5.10"]


def test_a_matcher_survives_json() -> None:
    matcher = Matcher(
        all_of=(Condition("template", "x", least=3), VERSION), any_of=(WORDS, Condition("fingerprint", "f1"))
    )
    assert from_json(to_json(matcher)) == matcher


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "at least one condition"),
        ({"all": []}, "not all"),
        ({"all_of": "x"}, "must be a list"),
        ({"all_of": ["x"]}, "an object with kind and value"),
        ({"all_of": [{"kind": "text", "value": " "}]}, "has no value"),
        ({"all_of": [{"kind": "moon", "value": "x"}]}, "not “moon”"),
        ({"all_of": [{"kind": "fact", "value": "x"}]}, "needs a name"),
        ({"all_of": [{"kind": "fact", "name": "a", "relation": "near", "value": "x"}]}, "one of: is"),
        ({"all_of": [{"kind": "fact", "name": "v", "relation": "between", "value": "5.2"}]}, "two versions"),
        ({"all_of": [{"kind": "fact", "name": "v", "relation": "between", "value": "old .. new"}]}, "two versions"),
        ({"all_of": [{"kind": "fact", "name": "v", "relation": "between", "value": "5.3 .. 5.2"}]}, "lower version"),
        ({"all_of": [{"kind": "fact", "name": "v", "relation": "between", "value": "5.2 .. 5.2.0"}]}, "lower version"),
        (
            {"all_of": [{"kind": "fact", "name": "v", "relation": "below", "value": "the fix"}]},
            "“below” needs a version",
        ),
        ({"all_of": [{"kind": "fact", "name": "v", "relation": "from", "value": "x"}]}, "“from” needs a version"),
    ],
)
def test_a_wrong_rule_is_refused_in_words(data: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        from_json(data)
