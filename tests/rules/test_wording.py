"""A desk's own words: places are filled once, and what somebody typed is never read as a place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.core.kernel.wording import complaint, fill, unknown_places
from tierline.work.intake.rules.wording import NAMES, USUAL

VALUES = {"reference": "INC-7", "name": "Nora", "desk": "IT"}
FILLED = [
    ("", ""),
    ("Thank you.", "Thank you."),
    ("{reference}", "INC-7"),
    ("Dear {name}, {desk} has it: {reference}, {reference}.", "Dear Nora, IT has it: INC-7, INC-7."),
    ("{{reference}}", "{INC-7}"),
    ("{unknown} {name.__class__} {name!r} {0} {}", "{unknown} {name.__class__} {name!r} {0} {}"),
    ("%s %(name)s ${name} {% name %} {{ name }}", "%s %(name)s $Nora {% name %} {{ name }}"),
    ("{name", "{name"),
    ("{ name }", "{ name }"),
]


@pytest.mark.parametrize(("text", "expected"), FILLED)
def test_places_are_filled_and_nothing_else_happens(text: str, expected: str) -> None:
    assert fill(text, VALUES) == expected


def test_what_somebody_calls_themselves_is_only_words() -> None:
    hostile = {"reference": "INC-7", "name": "{reference} {desk} {{ 7*7 }} \\1 %(x)s", "desk": "IT"}
    assert fill("{name}, {desk}", hostile) == f"{hostile['name']}, IT"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (USUAL, []),
        ("{reference} {name} {desk}", []),
        ("{nmae} {ticket} {nmae}", ["nmae", "ticket"]),
        ("{ a brace is no place } {}", []),
    ],
)
def test_a_place_that_stands_for_nothing_is_named_once(text: str, expected: list[str]) -> None:
    assert unknown_places(text, NAMES) == expected
    assert bool(complaint(text, NAMES)) is bool(expected)


@given(st.text(), st.text())
def test_any_text(text: str, name: str) -> None:
    filled = fill(text, dict.fromkeys(NAMES, name))
    assert filled == text or "{" in text
    assert not unknown_places(fill("{name}", {"name": "x"}), NAMES)


def test_the_complaint_names_what_is_wrong_and_what_there_is() -> None:
    assert complaint("{nmae}", NAMES) == "{nmae} stands for nothing. There are: {reference}, {name}, {desk}."
