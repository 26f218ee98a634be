"""Macros: two kinds of words that never mix, steps checked when they are written, hostile text that stays text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.core.kernel.errors import Invalid
from tierline.work.workflows.rules.macros import (
    PLACES,
    TEXT_LIMIT,
    MacroSteps,
    Then,
    Words,
    check_macro,
    dump_macro_steps,
    filled,
    first_name,
    leaked,
    parse_macro_conditions,
    parse_macro_steps,
    poured,
)

ALL_STEPS: dict[str, Any] = {
    "then": "resolve",
    "code": "workaround",
    "resolution": "Roaming is off.",
    "impact": 2,
    "urgency": 1,
    "service": "vpn",
    "facts": {"roaming": "off"},
    "actions": [{"action": "set_fact", "params": {"key": "site", "value": "Oslo"}}],
}


class TestSteps:
    def test_what_was_written_is_read_again(self) -> None:
        steps = parse_macro_steps(ALL_STEPS)
        assert (steps.then, steps.code, steps.impact, steps.urgency) == (Then.RESOLVE, "workaround", 2, 1)
        assert dump_macro_steps(steps) == ALL_STEPS
        assert steps.classifies
        assert not steps.nothing

    def test_nothing_at_all_is_to_keep_the_ticket(self) -> None:
        steps = parse_macro_steps({})
        assert steps == MacroSteps()
        assert steps.nothing
        assert dump_macro_steps(steps) == {"then": "keep"}

    @pytest.mark.parametrize(
        ("given", "field", "said"),
        [
            ({"then": "explode"}, "then", "keep, wait, resolve"),
            ({"then": "resolve", "code": "magic"}, "code", "solved"),
            ({"impact": 4}, "impact", "1 to 3"),
            ({"impact": 0.5}, "impact", "1 to 3"),
            ({"urgency": "high"}, "urgency", "1 to 3"),
            ({"facts": {"Bad Name": "x"}}, "facts", "Bad Name"),
            ({"facts": {"site": "  "}}, "facts", "site"),
            ({"facts": ["site"]}, "facts", "At most"),
            ({"facts": {f"f{n}": "x" for n in range(11)}}, "facts", "At most 10"),
            ({"actions": "add_note"}, "actions", "At most 10"),
            ({"actions": [{"action": "add_note", "params": {}}] * 11}, "actions", "at most 10"),
            ({"actions": ["add_note"]}, "actions", "needs a name"),
            ({"actions": [{"params": {}}]}, "actions", "needs a name"),
            ({"delete_everything": True}, "delete_everything", "no such step"),
            ({"then": "resolve", "group": "tier-1"}, "group", "stays with the group"),
        ],
    )
    def test_each_fault_is_named_at_its_field(self, given: dict[str, Any], field: str, said: str) -> None:
        with pytest.raises(Invalid) as refused:
            parse_macro_steps(given)
        assert said.casefold() in refused.value.fields[field].casefold()

    @given(
        st.sampled_from(["then", "code", "impact", "urgency", "facts", "actions", "group", "x"]),
        st.sampled_from([None, True, -1, 2, 2.5, "", "keep", "3", "²", [], [None], ["a"], {}, {"a": None}, {"a": []}]),
    )
    def test_any_json_is_read_or_refused(self, name: str, value: object) -> None:
        try:
            steps = parse_macro_steps({name: value})
        except Invalid as refused:
            said = refused.fields
        else:
            said = {}
            assert parse_macro_steps(dump_macro_steps(steps)) == steps
        assert set(said) <= {name}


class TestCheck:
    @pytest.mark.parametrize(
        ("name", "words", "steps", "field"),
        [
            ("", Words("Hello"), {}, "name"),
            ("  ", Words("Hello"), {}, "name"),
            ("Nothing", Words(), {}, "reply"),
            ("Typo", Words("Dear {frist_name}"), {}, "reply"),
            ("Typo", Words(note="{password}"), {}, "note"),
            ("Attribute", Words("{agent.person}"), {}, "reply"),
            ("Index", Words("{0}"), {}, "reply"),
            ("Solved", Words(), {"then": "resolve"}, "resolution"),
            ("Solved", Words(note="Only for us, really"), {"then": "resolve"}, "resolution"),
            ("Solved", Words("Hello"), {"then": "resolve", "resolution": "{secret}"}, "resolution"),
            ("Long", Words("x" * (TEXT_LIMIT + 1)), {}, "reply"),
            ("Both", Words("Hello. Ask Dana for the key.", "ask  Dana for the KEY."), {}, "note"),
            ("Both", Words("Hi", "The licence is too old"), {"resolution": "The licence is too old"}, "note"),
        ],
    )
    def test_what_cannot_be_written(self, name: str, words: Words, steps: dict[str, Any], field: str) -> None:
        with pytest.raises(Invalid) as refused:
            check_macro(name, words, parse_macro_steps(steps))
        assert field in refused.value.fields

    @pytest.mark.parametrize(
        ("words", "steps"),
        [
            (Words("Dear {first_name}, {agent}"), {}),
            (Words(note="Look at the log first."), {}),
            (Words(), {"urgency": 1}),
            (Words(), {"then": "wait"}),
            (Words(" ".join(f"{{{place}}}" for place in PLACES)), {}),
            (Words("Hello,\nit is done.", "Hello,\nask before you do it again."), {}),  # a greeting tells nothing
            (Words("In braces {  no place } { } {}"), {}),
        ],
    )
    def test_what_can(self, words: Words, steps: dict[str, Any]) -> None:
        check_macro("A name", words, parse_macro_steps(steps))

    def test_conditions_are_those_of_automations_without_an_event(self) -> None:
        (found,) = parse_macro_conditions([{"field": "service", "operator": "is", "value": "vpn"}])
        assert found.field == "service"
        for wrong in ({"field": "event.impact", "operator": "is", "value": 1}, {"field": "shoe", "operator": "is_set"}):
            with pytest.raises(Invalid):
                parse_macro_conditions([wrong])


class TestWords:
    def test_places_are_put_in_once_and_never_evaluated(self) -> None:
        hostile = "{agent} {{7*7}} %(x)s {name.__class__} \\1"
        said = filled(Words("Dear {name}: {title}", "{title}"), {"name": "Ines", "title": hostile, "agent": "Dana"})
        assert said == Words(f"Dear Ines: {hostile}", hostile)

    @pytest.mark.parametrize(
        ("typed", "macro", "before", "expected"),
        [
            (Words(), Words("Hi", "Inside"), None, Words("Hi", "Inside")),
            (Words("I said"), Words("Hi"), None, Words("I said\n\nHi")),
            (Words(note="My note"), Words("Hi"), None, Words("Hi", "My note")),  # a note never joins the reply
            (Words("My reply"), Words(note="Inside"), None, Words("My reply", "Inside")),
            (Words(note="My note"), Words(note="Inside"), None, Words("", "My note\n\nInside")),
            (Words("Hi"), Words("Bye"), Words("Hi"), Words("Bye")),  # another one takes the place of the first
            (Words("I said\n\nHi"), Words("Bye"), Words("Hi"), Words("I said\n\nBye")),
            (Words("Hi Ines"), Words("Bye"), Words("Hi"), Words("Hi Ines\n\nBye")),  # it was changed: it stays
            (Words("Hi "), Words(note="Inside"), Words("Hi"), Words("", "Inside")),
        ],
    )
    def test_each_kind_joins_its_own_kind(
        self, typed: Words, macro: Words, before: Words | None, expected: Words
    ) -> None:
        assert poured(typed, macro, before) == expected

    @given(st.text(max_size=40), st.text(max_size=40), st.text("Macro words\n", max_size=20), st.text(max_size=20))
    def test_nothing_typed_is_lost_and_nothing_crosses(self, reply: str, note: str, said: str, inside: str) -> None:
        made = poured(Words(reply, note), Words(said, inside))
        assert reply.strip() in made.reply
        assert note.strip() in made.note
        assert made.reply in (reply.strip(), said, f"{reply.strip()}\n\n{said}")
        assert made.note in (note.strip(), inside, f"{note.strip()}\n\n{inside}")

    @pytest.mark.parametrize(
        ("reply", "note", "values", "found"),
        [
            ("Hello", "Ask for the serial number", {}, ""),
            ("Ask for the serial number", "Ask for the serial number", {}, "Ask for the serial number"),
            ("so: ask   FOR the\nserial number!", "x\nAsk for the serial number", {}, "Ask for the serial number"),
            ("Hello, you", "Hello,", {}, ""),
            ("VPN drops in Oslo", "{title}", {"title": "VPN drops in Oslo"}, ""),  # the requester's own words
            (
                "The boss of Ines says no",
                "The boss of {first_name} says no",
                {"first_name": "Ines"},
                "The boss of {first_name} says no",
            ),
        ],
    )
    def test_a_line_of_the_note_in_the_reply_is_found(
        self, reply: str, note: str, values: dict[str, str], found: str
    ) -> None:
        assert leaked(reply, note, values) == found

    @pytest.mark.parametrize(
        ("name", "first"),
        [
            ("Ines Okafor", "Ines"),
            ("Okafor, Ines", "Ines"),
            ("Dr. Ines Okafor", "Ines"),
            ("Cher", "Cher"),
            ("", ""),
            ("Okafor,", "Okafor,"),
            ("J.", "J."),
            ("{reference} x", "{reference}"),
        ],
    )
    def test_first_names(self, name: str, first: str) -> None:
        assert first_name(name) == first
