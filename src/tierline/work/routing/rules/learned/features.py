"""A text as numbers: its words, pairs of words and groups of letters, each weighed by how rare it is.

Words carry the matter, letters the endings, compounds and slips of the pen. Only hashes are kept, never the words, so a
model says nothing of what people wrote. TF-IDF as in Manning, Raghavan, Schütze: Introduction to Information Retrieval,
6.4 (sublinear term frequency, cosine).
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

READ_LIMIT = 4_000
"""Characters of a text that are read for words, and `LETTERS_LIMIT` those for groups of letters."""

LETTERS_LIMIT = 1_000
GROUPS = (3, 4)
"""Lengths of the groups of letters; they do not reach over a space, but take in the one before and after a word."""

LETTERS_COUNT = 3.0
"""Groups of letters count this much, divided by the root of the number of words, and never more than words do.

A short text needs them; in a long one the words say enough.
"""

BITS = 22
SEEN = 2
"""A feature counts from so many texts on: what stands in one alone says nothing about others."""

_WORD = re.compile(r"\w+")
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio (Knuth, volume 3, 6.4)
_PRIME = np.uint64(1_000_003)
_SPACE = 32

Columns = NDArray[np.int64]
Values = NDArray[np.float32]


class Row(NamedTuple):
    """The features of a text: where they stand in a vocabulary, how much each counts, and the share of known words."""

    columns: Columns
    values: Values
    known: float


@dataclass(frozen=True, slots=True)
class Counted:
    """How often each hash occurs in a text; words in the first half of the range, letters in the second."""

    hashes: Columns
    counts: Columns
    words: int


def count(text: str) -> Counted:
    """Count the words, pairs of words and groups of letters of a text."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text[:READ_LIMIT]).casefold())
    keys = [zlib.crc32(word.encode("utf-8", "replace")) for word in words]
    keys += [zlib.crc32(f"{a} {b}".encode("utf-8", "replace")) for a, b in pairwise(words)]
    hashed = [_spread(np.array(keys, dtype=np.uint64)), _letters(" ".join(words)) + (1 << BITS)]
    hashes, counts = np.unique(np.concatenate(hashed), return_counts=True)
    return Counted(hashes, counts, len(words))


def _spread(keys: NDArray[np.uint64]) -> Columns:
    return ((keys * _SPREAD) >> np.uint64(64 - BITS)).astype(np.int64)


def _letters(text: str) -> Columns:
    padded = f" {text[:LETTERS_LIMIT]} ".encode("utf-32-le", "replace")
    letters = np.frombuffer(padded, dtype=np.uint32).astype(np.uint64)
    space = letters == _SPACE
    found = [_groups(letters, space, length) for length in GROUPS if len(letters) >= length]
    return _spread(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)


def _groups(letters: NDArray[np.uint64], space: NDArray[np.bool_], length: int) -> NDArray[np.uint64]:
    many = len(letters) - length + 1
    key = np.full(many, length, dtype=np.uint64)
    inside = np.zeros(many, dtype=np.bool_)
    for place in range(length):
        key = (key * _PRIME) ^ letters[place : place + many]
        if 0 < place < length - 1:
            inside |= space[place : place + many]
    return key[~inside]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The hashes that count, in order, and how rare each is (inverse document frequency)."""

    hashes: Columns
    rareness: Values

    def row(self, counted: Counted) -> Row:
        """The features of a text, words and letters brought to their lengths; unknown ones are left out."""
        places = np.searchsorted(self.hashes, counted.hashes)
        known = np.zeros(len(places), dtype=np.bool_)
        inside = places < len(self.hashes)
        known[inside] = self.hashes[places[inside]] == counted.hashes[inside]
        columns = places[known]
        values = (1 + np.log(counted.counts[known])).astype(np.float32) * self.rareness[columns]
        words = int(np.searchsorted(columns, self._first_of_letters))
        of_words = int(np.searchsorted(counted.hashes, 1 << BITS))
        _make_long(values[:words], 1.0)
        _make_long(values[words:], min(1.0, LETTERS_COUNT / max(counted.words, 1) ** 0.5))
        return Row(columns, values, words / max(of_words, 1))

    @property
    def _first_of_letters(self) -> int:
        return int(np.searchsorted(self.hashes, 1 << BITS))


def _make_long(values: Values, length: float) -> None:
    """Bring values to a length, in place."""
    now = float(np.linalg.norm(values))
    if now > 0:
        values *= np.float32(length / now)


def vocabulary(texts: Sequence[Counted]) -> Vocabulary:
    """The features that at least `SEEN` texts have."""
    seen = np.zeros(2 << BITS, dtype=np.int32)
    for one in texts:
        seen[one.hashes] += 1
    hashes = np.flatnonzero(seen >= SEEN)
    return Vocabulary(hashes, (np.log((1 + len(texts)) / (1 + seen[hashes])) + 1).astype(np.float32))


def rows_of(known: Vocabulary, texts: Iterable[Counted]) -> list[Row]:
    """The features of each text."""
    return [known.row(one) for one in texts]
