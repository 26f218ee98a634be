"""JSON from outside has one reading or none."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.core.kernel import strict_json
from tierline.core.kernel.errors import Invalid

plain = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(plain | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v), max_leaves=20)


def nesting(value: object) -> int:
    """How deep objects and lists nest, counted the slow way."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((nesting(one) for one in inner), default=0)


@given(values)
def test_what_python_writes_is_read_again(value: object) -> None:
    raw = json.dumps(value)
    assert strict_json.read(raw, depth=200) == value
    assert strict_json.read(raw.encode(), depth=200) == value


@given(values, st.integers(1, 4))
def test_depth_is_counted_in_objects_and_lists(value: object, depth: int) -> None:
    raw = json.dumps(value)
    if nesting(value) <= depth:
        assert strict_json.read(raw, depth=depth) == value
    else:
        with pytest.raises(Invalid, match="nested deeper"):
            strict_json.read(raw, depth=depth)


@given(st.binary(max_size=200))
def test_anything_else_is_refused_in_words(raw: bytes) -> None:
    fields = ["body"]
    try:
        strict_json.read(raw)
    except Invalid as refused:
        fields = list(refused.fields)
    assert fields == ["body"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "expecting value at character 1"),
        (b"{", "expecting property name"),
        (b'{"a": 1} x', "extra data at character 10"),
        (b'{"a": 1, "b": 2, "a": 3}', "a name stands twice"),
        (b'[{"a": {"x": 1, "x": 1}}]', "a name stands twice"),
        (b"NaN", "NaN is not a JSON number"),
        (b"[Infinity]", "Infinity is not"),
        (b"[-Infinity]", "-Infinity is not"),
        (b"\xff", "not UTF-8"),
        (b"\xef\xbb\xbf{}", "BOM"),
        ("é".encode("latin-1"), "not UTF-8"),
    ],
)
def test_the_reason_is_said(raw: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        strict_json.read(raw)


@pytest.mark.parametrize("raw", [b"[" * 1_000_000, b'{"a":' * 200_000, b"[" * 90_000 + b"]" * 90_000, b"9" * 100_000])
def test_hostile_documents_end_soon(raw: bytes) -> None:
    start = time.monotonic()
    with pytest.raises(Invalid):
        strict_json.read(raw)
    assert time.monotonic() - start < 5


def test_a_wide_document_is_fine() -> None:
    assert len(strict_json.read(json.dumps([[]] * 50_000))) == 50_000
