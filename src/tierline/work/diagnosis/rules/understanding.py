"""What redacted lines say: forms of line, moments, stack traces and ids; fed with blocks of whole lines.

A line whose figures or ids alone are new is looked up: where its stamp stands, where ids stand, and which form it has
is known from the first such line. Memory depends on the number of forms, not of lines.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from zlib import crc32

import numpy as np

from tierline.work.diagnosis.rules import bursts, clocks, skew, sparks, stacks
from tierline.work.diagnosis.rules.headers import HeaderReader
from tierline.work.diagnosis.rules.lines import goes_on
from tierline.work.diagnosis.rules.templates import TemplateMiner

_MOST_CLOCKS = 8  # files of an archive whose clocks are told apart; the others count with the last of them
_MORE = -1
_LONGEST = 1_000  # characters of a line that is remembered
_REMEMBERED = 24_000_000  # characters of all that are remembered
ERRORS = frozenset({"ERROR", "ERR", "SEVERE", "CRITICAL", "CRIT", "ALERT", "EMERG", "EMERGENCY", "FATAL", "PANIC"})
_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
# An id that stands alone, its digits 0 already; of at least as many letters as `skew` asks of one.
_ID = re.compile(
    r"""[0a-f](?<![^\s=:/\[({"',|].)(?:[0a-f]{7}-(?:[0a-f]{4}-){3}[0a-f]{12}|[0a-f]{7,63})"""
    r"""(?![^\s=:/\])}"',;|])"""
)
_ID_TO_ZERO = str.maketrans("abcdef", "000000")


class _Seen(NamedTuple):
    """What all lines of one form have: the miner's number (-1: more of the line before), the stamp, and the rest."""

    number: int
    stamp: clocks.Stamp | None
    is_error: bool
    ids: tuple[tuple[int, int], ...]
    may_be_frame: bool


@dataclass(slots=True)
class Part:
    """One file of an archive, by its own clock; moments are seconds since 1970."""

    name: str
    first: int
    marks: skew.Marks = field(default_factory=skew.Marks)
    tally: bursts.Tally = field(default_factory=bursts.Tally)
    forms: sparks.FormTally = field(default_factory=sparks.FormTally)
    started: int | None = None
    ended: int | None = None
    last: int | None = None
    _limit: int = 2**32

    def mark(self, line: str, ids: Iterable[tuple[int, int]], second: int) -> None:
        """Ids of a line that was written at this second."""
        for start, end in ids:
            key = crc32(line[start:end].encode("utf-8", "surrogatepass"))
            if key < self._limit:
                self.marks.note(key, second)
                self._limit = self.marks.limit

    def count(self, seconds: list[int], numbers: list[int], places: list[int], errors: list[int]) -> None:
        """Lines by moment, each with the number of its form and its own, and the moments of errors."""
        if not seconds:
            return
        moments = np.array(seconds, np.int64)
        found, first_at, many = np.unique(moments, return_index=True, return_counts=True)
        counted = dict(zip(found.tolist(), many.tolist(), strict=True))
        begins = {second: places[at] for second, at in zip(counted, first_at.tolist(), strict=True)}
        self.tally.add_many(counted, Counter(errors), begins)
        self.forms.add(moments, np.array(numbers, np.int64))
        first, last = int(moments.min()), int(moments.max())
        self.last = seconds[-1]
        self.started = first if self.started is None else min(self.started, first)
        self.ended = last if self.ended is None else max(self.ended, last)


class Understanding:
    """Feed the redacted text of one bundle: `begin` a file, then blocks of its lines."""

    def __init__(self, *, year: int = 1970) -> None:
        self.miner = TemplateMiner()
        self.stacks = stacks.StackReader()
        self.parts: list[Part] = []
        self.lines = 0
        self._headers = HeaderReader()
        self._moments = clocks.Moments(year)
        self._forms: dict[str, _Seen] = {}
        self._held = 0
        self._stamped = False

    def begin(self, name: str) -> None:
        """The lines that follow are of this file."""
        if len(self.parts) < _MOST_CLOCKS:
            self.parts.append(Part(name, self.lines + 1))

    def feed(self, text: str) -> None:
        """Whole lines, each ended by a line feed."""
        lines = text.split("\n")
        lines.pop()
        part, reader, counts, known = self.parts[-1], self.stacks, self.miner.counts, self._forms
        seconds: list[int] = []
        numbers: list[int] = []
        places: list[int] = []
        errors: list[int] = []
        told, before = 0, self.lines + 1
        for at, form in enumerate(_forms(text)):
            line = lines[at]
            seen = known.get(form) or known.get(plain := _plain(form)) or self._learn(line, plain, before + at)
            if seen.stamp is not None and (second := self._moments.of(seen.stamp, line)) is not None:
                seconds.append(second)
                numbers.append(seen.number)
                places.append(before + at)
                if seen.is_error:
                    errors.append(second)
                if seen.ids:
                    part.mark(line, seen.ids, second)
            if seen.number >= 0:
                counts[seen.number] += 1
            if seen.may_be_frame or reader.is_open:
                reader.passed(lines[told:at])
                reader.feed(before + at, line)
                told = at + 1
        reader.passed(lines[told:])
        self.lines += len(lines)
        part.count(seconds, numbers, places, errors)

    def _learn(self, line: str, form: str, number: int) -> _Seen:
        """A form that was not seen before."""
        header = self._headers.read(line)
        stamp = clocks.stamp_of(header.kind, header.stamp, header.at) if header.kind else None
        message = line[header.start :]
        is_more = stamp is None and goes_on(line)
        self._stamped = self._stamped or stamp is not None
        seen = _Seen(
            _MORE if is_more and self._stamped else self.miner.number_of(message, number),
            stamp,
            header.level in ERRORS,
            tuple((header.start + a, header.start + b) for a, b in skew.ids_in(message)) if stamp else (),
            stacks.may_be_frame(form),
        )
        if self._stamped or not is_more:  # until the first stamp an indented line is a line of its own
            self._keep(form, seen)
        return seen

    def _keep(self, form: str, seen: _Seen) -> None:
        if len(form) > _LONGEST:
            return
        if self._held > _REMEMBERED:
            self._forms.clear()
            self._held = 0
        self._forms[form] = seen
        self._held += len(form) + 200


def _plain(form: str) -> str:
    """The same line with zeros for its ids as well: nothing moves, for an id is as long as before."""
    return _ID.sub(_zeros, form)


def _zeros(found: re.Match[str]) -> str:
    return found[0].translate(_ID_TO_ZERO) if "0" in found[0] else found[0]


def _forms(text: str) -> list[str]:
    """Each line with every digit 0."""
    zeroed = text.encode("utf-8", "surrogatepass").translate(_TO_ZERO).decode("utf-8", "surrogatepass")
    forms = zeroed.split("\n")
    forms.pop()
    return forms
