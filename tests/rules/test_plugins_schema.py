"""A params dataclass is form, JSON schema and check at once."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.core.kernel.errors import Invalid
from tierline.core.plugins.schema import read_params, schema_of


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, kw_only=True)
class Params:
    account: str = field(metadata={"label": "Account name", "help": "As in the directory", "pattern": "[a-z.]+"})
    days: int = field(metadata={"min": 1, "max": 30})
    factor: float = 1.0
    notify: bool = False
    until: date | None = None
    colour: Colour = Colour.RED
    size: Literal["small", "large"] = "small"
    tags: list[str] = field(default_factory=list)
    password: str = field(default="", metadata={"secret": True, "min_length": 3, "max_length": 8})


def faults(data: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        read_params(Params, data)
    return caught.value.fields


def test_schema_says_what_a_form_needs() -> None:
    schema = schema_of(Params)
    assert schema["required"] == ["account", "days"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["account"] == {
        "type": "string",
        "title": "Account name",
        "description": "As in the directory",
        "pattern": "[a-z.]+",
    }
    assert schema["properties"]["days"] == {"type": "integer", "minimum": 1, "maximum": 30, "title": "Days"}


def test_schema_of_every_sort_of_field() -> None:
    properties = schema_of(Params)["properties"]
    assert properties["factor"] == {"type": "number", "title": "Factor", "default": 1.0}
    assert properties["notify"]["type"] == "boolean"
    assert properties["until"]["anyOf"] == [{"type": "string", "format": "date"}, {"type": "null"}]
    assert properties["colour"]["enum"] == ["red", "blue"]
    assert properties["size"]["enum"] == ["small", "large"]
    assert properties["tags"] == {"type": "array", "items": {"type": "string"}, "title": "Tags"}
    assert properties["password"]["writeOnly"] is True


def test_json_becomes_an_instance() -> None:
    read = read_params(
        Params,
        {"account": "m.voss", "days": 3, "until": "2026-12-01", "colour": "blue", "tags": ["a", "b"]},
    )
    assert read == Params(account="m.voss", days=3, until=date(2026, 12, 1), colour=Colour.BLUE, tags=["a", "b"])
    assert isinstance(read.colour, Colour)


def test_a_posted_form_is_all_text() -> None:
    read = read_params(Params, {"account": "m.voss", "days": "3", "factor": "1.5", "notify": "on", "until": ""})
    assert (read.days, read.factor, read.notify, read.until) == (3, 1.5, True, None)


def test_each_fault_is_told_at_its_field() -> None:
    told = faults({"days": 31, "factor": "much", "notify": "maybe", "until": "soon", "colour": "green", "extra": 1})
    assert told == {
        "account": "This is needed.",
        "days": "This must be at most 30.",
        "factor": "This must be a number.",
        "notify": "This must be yes or no.",
        "until": "This must be a date such as 2026-03-31.",
        "colour": "This must be one of: red, blue.",
        "extra": "There is no such field.",
    }


@pytest.mark.parametrize(
    ("data", "field_at_fault"),
    [
        ({"account": "M Voss", "days": 1}, "account"),
        ({"account": "", "days": 1}, "account"),
        ({"account": 5, "days": 1}, "account"),
        ({"account": "a", "days": 0}, "days"),
        ({"account": "a", "days": 1.5}, "days"),
        ({"account": "a", "days": True}, "days"),
        ({"account": "a", "days": "9" * 5000}, "days"),
        ({"account": "a", "days": 1, "factor": "nan"}, "factor"),
        ({"account": "a", "days": 1, "factor": float("inf")}, "factor"),
        ({"account": "a", "days": 1, "tags": "a,b"}, "tags"),
        ({"account": "a", "days": 1, "password": "ab"}, "password"),
        ({"account": "a", "days": 1, "password": "a" * 9}, "password"),
    ],
)
def test_what_does_not_fit_is_refused(data: dict[str, Any], field_at_fault: str) -> None:
    assert list(faults(data)) == [field_at_fault]


def test_a_field_nobody_has_a_word_for_is_the_programmers_fault() -> None:
    @dataclass
    class Odd:
        raw: bytes = b""

    with pytest.raises(TypeError, match="no field for"):
        schema_of(Odd)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(["account", "days", "factor", "notify", "until", "colour", "size", "tags", "password", "x"])


@given(st.dictionaries(names, json_values))
def test_any_json_is_read_or_refused_never_a_crash(data: dict[str, Any]) -> None:
    read: Params | None = None
    refused: dict[str, str] = {}
    try:
        read = read_params(Params, data)
    except Invalid as error:
        refused = error.fields
    assert (read is None) == bool(refused)
    assert set(refused) <= set(data) | {"account", "days"}
    if read is not None:
        assert 1 <= read.days <= 30
        assert all(isinstance(tag, str) for tag in read.tags)
