"""Text in NFC, in bounded time: no language stacks more than thirty marks on a letter, a bomb stacks millions."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.core.kernel.text import clean, composed

JOINER = "\u034f"


@pytest.mark.parametrize("text", ["", "plain", "e\u0301", "x\u0323\u0307", "\u1100\u1161\u11a8", "a" + "\u0301" * 30])
def test_text_of_people_is_plain_nfc(text: str) -> None:
    assert composed(text) == unicodedata.normalize("NFC", text)


@given(st.text())
def test_any_text_is_normalised_and_stays_so(text: str) -> None:
    once = composed(text)
    assert once == composed(once) == unicodedata.normalize("NFC", once)
    assert once.replace(JOINER, "") == unicodedata.normalize("NFC", text).replace(JOINER, "")


def test_marks_beyond_thirty_are_kept_apart_and_none_is_lost() -> None:
    stacked = composed("a" + "\u0315" * 95)
    assert stacked.count("\u0315") == 95
    assert [len(one) for one in stacked.removeprefix("a").split(JOINER)] == [30, 30, 30, 5]


@pytest.mark.parametrize("marks", ["\u0315\u0300", "\u0300\u0315", "\u0323\u0307\u0315", "\u0f71\u0f72"])
def test_a_million_marks_take_bounded_time(marks: str) -> None:
    before = time.process_time()
    clean("a" + marks * (800_000 // len(marks)))
    assert time.process_time() - before < 2.0
