"""The index of matchers: no matcher that holds is missed, and few that do not hold are looked at."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.match import RELATIONS, Condition, Matcher, Observed, SeenTemplate, match
from tierline.work.diagnosis.rules.match_index import build

WORDS = st.sampled_from(["tunnel", "tunnels", "rekey", "vpn", "lost", "drops", "Window", "a", "exceeded", "5.2.1"])
TEXTS = st.lists(WORDS, max_size=6).map(" ".join)
TEMPLATES = st.lists(st.one_of(WORDS, st.just("<*>")), min_size=1, max_size=6).map(" ".join)
FACTS = st.dictionaries(
    st.sampled_from(["version", "os"]), st.sampled_from(["5.2.1", "5.2", "6.0", "Linux"]), max_size=2
)
CONDITIONS = st.one_of(
    st.builds(Condition, st.just("text"), st.lists(TEXTS, min_size=1, max_size=2).map("|".join)),
    st.builds(Condition, st.just("template"), st.one_of(TEMPLATES, st.just("t0123456789ab"))),
    st.builds(Condition, st.just("fingerprint"), st.sampled_from(["fa", "fb"])),
    st.builds(Condition, st.just("exception"), st.sampled_from(["java.io.IOException", "IOException", "KeyError"])),
    st.builds(
        Condition,
        st.just("fact"),
        st.sampled_from(["5.2.x", "5.2.1", "5.0 .. 6.0", "linux"]),
        st.sampled_from(["version", "os"]),
        st.sampled_from(RELATIONS),
    ),
)
SOME = st.lists(CONDITIONS, max_size=3).map(tuple)
SEEN = st.builds(
    Observed,
    TEXTS,
    FACTS,
    st.lists(
        st.builds(SeenTemplate, st.sampled_from(["t0123456789ab", "t1"]), TEMPLATES, st.integers(1, 3)), max_size=3
    ),
    st.frozensets(st.sampled_from(["fa", "fb"])),
    st.frozensets(st.sampled_from(["java.io.IOException", "a.b.KeyError", "IOException"])),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.builds(Matcher, SOME, SOME), max_size=6), SEEN)
def test_no_matcher_that_holds_is_missed(matchers: list[Matcher], seen: Observed) -> None:
    holds = {at for at, one in enumerate(matchers) if match(one, seen)}
    assert holds <= set(build(matchers).candidates(seen))


def test_only_what_can_hold_is_looked_at() -> None:
    matchers = [Matcher(all_of=(Condition("text", f"common word{at}"),)) for at in range(500)]
    matchers += [Matcher(all_of=(Condition("template", f"queue {at} is full"),)) for at in range(500)]
    index = build(matchers)
    assert index.candidates(Observed(text="common word7")) == [7]
    assert index.candidates(Observed(text="nothing")) == []
    seen = Observed(templates=(SeenTemplate("t1", "warning: queue 431 is full now", 2),))
    assert 500 + 431 in index.candidates(seen)
    assert len(index.candidates(seen)) < 20


def test_words_are_found_by_their_forms_and_facts_by_their_values() -> None:
    index = build([
        Matcher(all_of=(Condition("text", "tunnel"), Condition("fact", "5.2", "version"))),
        Matcher(any_of=(Condition("fact", "5.x", "version"), Condition("fingerprint", "fa"))),
    ])  # fmt: skip
    assert index.candidates(Observed(text="two tunnels", facts={"version": "5.2"})) == [0, 1]
    assert index.candidates(Observed(facts={"version": "6.0"})) == [1]
    assert index.candidates(Observed(fingerprints=frozenset({"fa"}))) == [1]


def test_a_condition_too_short_for_a_key_is_always_tried() -> None:
    index = build([Matcher(all_of=(Condition("template", "ab"),)), Matcher(all_of=(Condition("text", "|"),))])
    assert index.candidates(Observed()) == [0]
