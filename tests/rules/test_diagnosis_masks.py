"""A message is masked word by word, with words remembered: the same skeleton as by the whole pattern at once."""

from __future__ import annotations

import random
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.diagnosis.rules import masks
from tierline.work.diagnosis.rules.folding import _shared
from tierline.work.diagnosis.rules.masks import mask

PIECES = (
    "open", "for", "user", "blk_-160", "10.0.0.1:50010", "0x7f3a", "0X0", "5xff", "eth0", "/var/log/x.log", "C:\\a\\b",
    "a=b.c", "id=77", "(5)", "()", "[main]", "x@y.example", "https://a.example/b?c=1", "12:30:01", "-5", "+3ms", "4KB",
    "Jan", "Jan 5 10:11:12", "it's", '"two words"', "'one'", "<email-1>", "deadbeef01", "\u0663", "\u00b2", "a\tb", "",
    "00:1a:2b:3c:4d:5e", "v1.2.3,", "...", "x/y/z", "a.b/c", "{", "}", ";", "0" * 90, "w" * 90, "7e" * 45,
)  # fmt: skip
MESSAGES = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=9).map(" ".join)


def at_once(message: str) -> str:
    """The skeleton as the pattern alone gives it: no word apart, no digit zeroed."""
    with_words, masks._spans_words = masks._spans_words, lambda _: True
    with_zeros, masks._zeroed = masks._zeroed, lambda text: text
    try:
        return mask(message)
    finally:
        masks._spans_words, masks._zeroed = with_words, with_zeros


@given(MESSAGES)
def test_word_by_word_is_the_same_as_at_once(message: str) -> None:
    assert mask(message) == at_once(message)


@given(MESSAGES, st.randoms(use_true_random=False))
def test_which_digit_it_is_changes_nothing(message: str, pick: random.Random) -> None:
    """Zeros stay, so that `0x` is neither made nor lost."""
    other = re.sub("[1-9]", lambda _: str(pick.randint(1, 9)), message)
    assert mask(other) == mask(message)


def test_long_words_are_not_remembered() -> None:
    before = masks._known_word.cache_info().currsize
    assert mask("x" + "1" * 5000) == "x<*>"
    assert masks._known_word.cache_info().currsize == before


def test_a_column_is_told_by_how_often_a_key_comes() -> None:
    keys = np.array([[1, 1, 1], [2, 1, 2], [3, 1, 1], [4, 2, 2]], dtype=np.uint64)
    assert _shared(keys, 2) == [1, 2]
    assert _shared(keys, 3) == [1]
    assert _shared(keys, 4) == []
    assert _shared(keys, 5) == []
