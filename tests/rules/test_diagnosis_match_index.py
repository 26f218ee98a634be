"""The index of matchers: no matcher that holds is missed, and few that do not hold are looked at."""

import re
from itertools import product
from time import process_time

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


def test_a_single_word_is_found_inside_of_words() -> None:
    index = build([Matcher(all_of=(Condition("template", word),)) for word in ("OOM", "replay", "no::such")])
    seen = Observed(templates=(SeenTemplate("t1", "killed by oom-killer: antireplay off", 1),))
    assert index.candidates(seen) == [0, 1]
    assert index.candidates(Observed(templates=(SeenTemplate("t1", "all is well", 1),))) == []


def test_a_worst_ticket_is_matched_against_thousands_in_milliseconds() -> None:
    """Long words, many templates: by computing time, with much room for a slow machine."""
    words = ["".join(part) for part in product("bdfgklmn", "aeiou", "bdfgklmn", "aeiou", "rst")]
    matchers = []
    for at in range(5_000):
        one, two = words[at * 7 % len(words)], words[at * 13 % len(words)]
        kinds = (("template", f"{one} <*> {two} exceeded"), ("text", f"{one} {two} e{at}"), ("fingerprint", f"f{at}"))
        matchers.append(Matcher(all_of=(Condition(*kinds[at % 3]), Condition("fact", "5.1", "version", "from"))))
    index = build(matchers)
    templates = tuple(
        SeenTemplate(f"t{at}", " ".join(words[(at * 11 + step * 17) % len(words)] for step in range(9)), 2)
        for at in range(400)
    )
    seen = Observed(" ".join(words[:300]), {"version": "5.2"}, templates, frozenset({"f17"}))
    started = process_time()
    found = [at for at in index.candidates(seen) if match(matchers[at], seen)]
    assert process_time() - started < 2
    assert 17 in found


WANTED = st.lists(st.one_of(WORDS, st.just("<*>"), st.sampled_from([" ", "-", "::", ": "])), min_size=1, max_size=5)


@settings(max_examples=300)
@given(WANTED.map("".join), st.lists(TEMPLATES, max_size=6))
def test_a_template_fits_where_its_parts_come_in_their_order(wanted: str, texts: list[str]) -> None:
    templates = tuple(SeenTemplate(f"t{at}", text, 1) for at, text in enumerate(texts))
    parts = [part.lower() for part in re.split(r"\s*<\*>\s*", wanted) if part]
    pattern = re.compile(".*?".join(map(re.escape, parts)), re.DOTALL)
    fit = sum(text == wanted or bool(parts and pattern.search(text.lower())) for text in texts)
    held = match(Matcher(all_of=(Condition("template", wanted),)), Observed(templates=templates))
    assert (held is not None) == (fit > 0)
    if held:
        assert f"occurs {fit} time" in held.reasons[0]


def test_a_condition_too_short_for_a_key_is_always_tried() -> None:
    index = build([Matcher(all_of=(Condition("template", "ab"),)), Matcher(all_of=(Condition("text", "|"),))])
    assert index.candidates(Observed()) == [0]
