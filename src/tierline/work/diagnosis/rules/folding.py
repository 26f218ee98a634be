"""Which words of similar skeletons are values after all: found by leaving one place (or two) out and counting.

Skeletons of one length are rows of a matrix of word hashes. Each place has a weight, so that the weighted sum of a row
without one place identifies "everything but this word" for all rows at once; a place whose rest occurs with many
different words holds a value. The method is our own; NumPy does the counting.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from tierline.work.diagnosis.rules.masks import SLOT

Row = tuple[str, ...]
Hashes = npt.NDArray[np.uint64]

_MAX_PLACES = 120
_FEW = 256  # rows up to which a table is quicker than sorting
_MAX_PAIR_PLACES = 32
_CELLS = 500_000  # hashes of rows without two places that are looked at together
_MAX_ROUNDS = 6
# After these words a name follows: three different ones are enough to see that it is a value.
_ROLES = frozenset({"user", "username", "account", "login", "host", "hostname", "domain", "client", "peer"})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many different words make a place a value: plain words, words with a number in them, two places at once."""

    words: int = 5
    marked: int = 3
    pair: int = 6


def fold(rows: Sequence[Row], thresholds: Thresholds = Thresholds()) -> list[Row]:
    """For each row the row in which values are slots: rows that become equal are one template, in any order."""
    by_length: dict[int, list[Row]] = defaultdict(list)
    for row in set(rows):
        by_length[len(row)].append(row)
    folded: dict[Row, Row] = {}
    for length, group in by_length.items():
        if 1 < length <= _MAX_PLACES and len(group) > 1:
            folded.update(_fold_group(sorted(group), thresholds))
    return [folded.get(row, row) for row in rows]


def _fold_group(group: list[Row], thresholds: Thresholds) -> dict[Row, Row]:
    now = {row: row for row in group}
    for _ in range(_MAX_ROUNDS):
        current = sorted(set(now.values()))
        slots = _value_places(current, thresholds)
        if not slots:
            break
        changed = {
            row: tuple(SLOT if place in slots[at] else word for place, word in enumerate(row))
            for at, row in enumerate(current)
            if at in slots
        }
        now = {row: changed.get(shape, shape) for row, shape in now.items()}
    return now


def _value_places(rows: list[Row], thresholds: Thresholds) -> dict[int, set[int]]:
    """Row number -> places that hold a value; single places first, pairs only when no single place was found."""
    hashes = _weighted(rows)
    whole = hashes.sum(axis=1, dtype=np.uint64)
    found: dict[int, set[int]] = defaultdict(set)
    length = len(rows[0])
    without_one = whole[:, np.newaxis] - hashes
    for place in _shared(without_one, 2):
        for members in _groups(without_one[:, place], 2):
            if _varies(rows, members, place, thresholds):
                for at in members:
                    found[at].add(place)
    if not found and length <= _MAX_PAIR_PLACES:
        _find_pairs(rows, hashes, without_one, thresholds, found)
    return found


def _find_pairs(
    rows: list[Row], hashes: Hashes, without_one: Hashes, thresholds: Thresholds, found: dict[int, set[int]]
) -> None:
    if len(rows) < thresholds.pair:
        return
    ones, others = np.triu_indices(len(rows[0]), 1)
    ones, others = ones[ones > 0], others[ones > 0]
    at_once = max(1, _CELLS // len(rows))
    for start in range(0, len(ones), at_once):
        pairs = slice(start, start + at_once)
        without_two = without_one[:, ones[pairs]] - hashes[:, others[pairs]]
        for column in _shared(without_two, thresholds.pair):
            places = (int(ones[start + column]), int(others[start + column]))
            for members in _groups(without_two[:, column], thresholds.pair):
                if _vary_together(rows, members, places, thresholds):
                    for at in members:
                        found[at].update(places)


def _shared(keys: Hashes, least: int) -> list[int]:
    """The columns in which a key comes at least `least` times; most have none, and are told at once."""
    if len(keys) < least:
        return []
    ordered = np.sort(keys, axis=0)
    return np.flatnonzero((ordered[least - 1 :] == ordered[: len(keys) - least + 1]).any(axis=0)).tolist()


def _groups(keys: Hashes, least: int) -> list[list[int]]:
    """Row numbers that share a key, for keys shared by at least `least` rows."""
    if len(keys) < least:
        return []
    if len(keys) <= _FEW:
        sharing: dict[int, list[int]] = {}
        for at, key in enumerate(keys.tolist()):
            sharing.setdefault(key, []).append(at)
        return [members for members in sharing.values() if len(members) >= least]
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    sizes = np.diff(np.append(starts, len(keys)))
    picked = np.flatnonzero(sizes >= least)
    return [order[starts[i] : starts[i] + sizes[i]].tolist() for i in picked]


def _varies(rows: list[Row], members: list[int], place: int, thresholds: Thresholds) -> bool:
    words = {rows[at][place] for at in members}
    if not _has_text(rows[members[0]], {place}, least=1):
        return False
    if SLOT in words:
        return len(words) > 1
    if place > 0 and rows[members[0]][place - 1].lower() in _ROLES:
        return len(words) >= thresholds.marked
    marked = sum(1 for word in words if _is_marked(word)) * 2 > len(words)
    if marked:
        return len(words) >= thresholds.marked
    return place > 0 and len(words) >= thresholds.words and all(word[0].isalnum() for word in words)


def _vary_together(rows: list[Row], members: list[int], places: tuple[int, int], thresholds: Thresholds) -> bool:
    if not _has_text(rows[members[0]], set(places), least=3):
        return False
    for place in places:
        words = {rows[at][place] for at in members}
        if len(words) * 2 < thresholds.pair or not all(word[0].isalnum() or word[0] == "<" for word in words):
            return False
    return True


def _has_text(row: Row, without: set[int], *, least: int) -> bool:
    """Whether enough plain words stay to recognise the line by."""
    plain = sum(1 for place, word in enumerate(row) if place not in without and word[0].isalpha())
    return plain >= least


def _is_marked(word: str) -> bool:
    return SLOT in word or any(mark in word.rstrip(".") for mark in "._/@")


def _weighted(rows: list[Row]) -> Hashes:
    length = len(rows[0])
    words = np.fromiter(map(_hash, chain.from_iterable(rows)), np.uint64, len(rows) * length)
    return words.reshape(-1, length) * _weights(length)


@lru_cache(maxsize=_MAX_PLACES)
def _weights(length: int) -> Hashes:
    return np.array([_hash(f"place {place}") | 1 for place in range(length)], np.uint64)


@lru_cache(maxsize=65_536)
def _hash(word: str) -> int:
    """A hash that is the same in every process (Python's own is not)."""
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
