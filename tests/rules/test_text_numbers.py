"""A whole number somebody wrote, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.core.kernel.text import whole_number


@given(st.integers(0, 10**11 - 1))
def test_every_number_that_fits_is_read(number: int) -> None:
    assert whole_number(str(number)) == number


@given(st.text())
def test_any_text_is_a_number_of_few_digits_or_nothing(text: str) -> None:
    number = whole_number(text)
    assert number is None or (0 <= number < 10**11 and text.lstrip("0") in ("", str(number)))


@pytest.mark.parametrize("text", ["", "²", "٣", "-1", "+1", "1.0", "1e3", " 1", "1_000", "100000000000", "0x1", "\0"])
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert whole_number(text) is None
