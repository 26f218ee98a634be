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

from tierline.work.diagnosis.rules import bursts, clocks, levels, skew, sparks, stacks
from tierline.work.diagnosis.rules.below import OpenRecord
from tierline.work.diagnosis.rules.fields import texts_in
from tierline.work.diagnosis.rules.headers import Header, HeaderReader
from tierline.work.diagnosis.rules.lines import goes_on
from tierline.work.diagnosis.rules.templates import TemplateMiner

_MOST_CLOCKS = 8  # files of an archive whose clocks are told apart; the others count with the last of them
_MORE = -1
_LONGEST = 1_000  # characters of a line that is remembered
_REMEMBERED = 24_000_000  # characters of all that are remembered
_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
# An id that stands alone, its digits 0 already; of at least as many letters as `skew` asks of one.
_ID = re.compile(
    r"""[0a-f](?<![^\s=:/\[({"',|].)(?:[0a-f]{7}-(?:[0a-f]{4}-){3}[0a-f]{12}|[0a-f]{7,63})"""
    r"""(?![^\s=:/\])}"',;|])"""
)
_ID_TO_ZERO = str.maketrans("abcdef", "000000")


class _Special(NamedTuple):
    """What few forms of line have.

    `figures` are where figures tell the level (`priority` those of syslog): they differ from line to line. What a line
    `wraps` is read for frames. A header that stands alone `opens` a record: `stamp` is its own, `keyed` says that the
    lines below name what they hold.
    """

    figures: tuple[int, int] = (0, 0)
    priority: bool = False
    wraps: bool = False
    opens: bool = False
    keyed: bool = False
    stamp: clocks.Stamp | None = None

    def is_error(self, line: str) -> bool:
        """Whether the figures of this line name the level of an error."""
        return levels.is_error(levels.of_figures(line[slice(*self.figures)], priority=self.priority))


class _Seen(NamedTuple):
    """What all lines of one form have: the miner's number (-1: more of the line before), the stamp, and the rest."""

    number: int
    stamp: clocks.Stamp | None
    is_error: bool
    ids: tuple[tuple[int, int], ...]
    may_be_frame: bool
    special: _Special | None = None


class _Counted(NamedTuple):
    """Lines of a block by moment: the moment, the number of the form and that of the line; and moments of errors."""

    seconds: list[int]
    numbers: list[int]
    places: list[int]
    errors: list[int]

    def add(self, second: int, number: int, place: int, *, error: bool) -> None:
        self.seconds.append(second)
        self.numbers.append(number)
        self.places.append(place)
        if error:
            self.errors.append(second)


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
    dated: bool = False
    yearless: bool = False
    _limit: int = 2**32

    def mark(self, line: str, ids: Iterable[tuple[int, int]], second: int) -> None:
        """Ids of a line that was written at this second."""
        for start, end in ids:
            key = crc32(line[start:end].encode("utf-8", "surrogatepass"))
            if key < self._limit:
                self.marks.note(key, second)
                self._limit = self.marks.limit

    def clock_is(self, moments: clocks.Moments) -> None:
        """What the stamps of this file leave open."""
        self.dated = self.dated or moments.dated
        self.yearless = self.yearless or moments.yearless

    def count(self, counted: _Counted) -> None:
        """Lines of a block that have a moment."""
        if not counted.seconds:
            return
        moments = np.array(counted.seconds, np.int64)
        found, first_at, many = np.unique(moments, return_index=True, return_counts=True)
        lines = dict(zip(found.tolist(), many.tolist(), strict=True))
        begins = {second: counted.places[at] for second, at in zip(lines, first_at.tolist(), strict=True)}
        self.tally.add_many(lines, Counter(counted.errors), begins)
        self.forms.add(moments, np.array(counted.numbers, np.int64))
        first, last = int(moments.min()), int(moments.max())
        self.last = counted.seconds[-1]
        self.started = first if self.started is None else min(self.started, first)
        self.ended = last if self.ended is None else max(self.ended, last)


class Understanding:
    """Feed the redacted text of one bundle: `begin` a file, then blocks of its lines.

    `until` is when the bundle came (seconds since 1970), `year` what a stamp without one gets where that is not known.
    """

    def __init__(self, *, year: int = 1970, until: int | None = None) -> None:
        self.miner = TemplateMiner()
        self.stacks = stacks.StackReader()
        self.parts: list[Part] = []
        self.lines = 0
        self._headers = HeaderReader()
        self._moments = clocks.Moments(year, until)
        self._forms: dict[str, _Seen] = {}
        self._held = 0
        self._stamped = False
        self._open: OpenRecord | None = None

    def begin(self, name: str) -> None:
        """The lines that follow are of this file."""
        if len(self.parts) < _MOST_CLOCKS:
            self.parts.append(Part(name, self.lines + 1))
        self._headers = HeaderReader()
        self._moments.begin()
        self._forms.clear()
        self._held, self._stamped, self._open = 0, False, None

    def feed(self, text: str) -> None:
        """Whole lines, each ended by a line feed."""
        lines = text.split("\n")
        lines.pop()
        part, reader, counts, known = self.parts[-1], self.stacks, self.miner.counts, self._forms
        moment_of = self._moments.of
        seconds, numbers, places, errors = counted = _Counted([], [], [], [])
        told, before = 0, self.lines + 1
        for at, form in enumerate(_forms(text)):
            line = lines[at]
            seen = known.get(form) or known.get(plain := _plain(form)) or self._learn(line, plain, before + at)
            number, stamp, is_error, ids, may_be_frame, special = seen
            if special is not None or self._open is not None:
                number, stamp, is_error = self._apart(seen, line, before + at, counted)
            if stamp is not None and (second := moment_of(stamp, line)) is not None:
                seconds.append(second)
                numbers.append(number)
                places.append(before + at)
                if is_error:
                    errors.append(second)
                if ids:
                    part.mark(line, ids, second)
            if number >= 0:
                counts[number] += 1
            if may_be_frame or reader.is_open:
                reader.passed(lines[told:at])
                self._feed_frames(special, line, before + at)
                told = at + 1
        reader.passed(lines[told:])
        self.lines += len(lines)
        part.clock_is(self._moments)
        part.count(counted)

    def _feed_frames(self, special: _Special | None, line: str, number: int) -> None:
        """A line that may be a frame, or stand in a trace; of one that wraps others, what it wraps."""
        if special is None or not special.wraps:
            self.stacks.feed(number, line)
            return
        body = self._headers.read(line).body
        for inner in texts_in(line) if body is None else (body,):
            self.stacks.feed(number, inner)

    def _apart(self, seen: _Seen, line: str, number: int, counted: _Counted) -> tuple[int, clocks.Stamp | None, bool]:
        """A line of a special form, or one while a record is open: its number, its stamp, whether it is an error."""
        special = seen.special or _Special()
        is_error = special.is_error(line) if special.figures[1] else seen.is_error
        if special.opens:
            second = None if special.stamp is None else self._moments.of(special.stamp, line)
            self._open = OpenRecord(second, is_error, special.keyed)
            return _MORE, None, is_error
        if self._open is None or (seen.stamp is not None and seen.number != _MORE):
            self._open = None
            return seen.number, seen.stamp, is_error
        body = self._headers.read(line).body if special.wraps else None
        self._below(self._open, line, line if body is None else body, number, counted)
        return _MORE, None, False

    def _below(self, opened: OpenRecord, line: str, body: str, number: int, counted: _Counted) -> None:
        """A line below a header that stands alone: its message counts at the moment of the header."""
        below, second = opened.take(body), opened.second
        if below.late and second is not None:
            counted.errors.append(second)
        if below.message is None:
            return
        found = self.miner.number_of(below.message, number)
        self.miner.counts[found] += 1
        if second is not None:
            counted.add(second, found, number, error=below.is_error)
            self.parts[-1].mark(line, skew.ids_in(line), second)

    def _learn(self, line: str, form: str, number: int) -> _Seen:
        """A form that was not seen before."""
        header = self._headers.read(line)
        body = header.body
        is_known = bool(header.kind or header.level)
        is_more = goes_on(body) if body is not None else not is_known and goes_on(line)
        self._stamped = self._stamped or (is_known and (header.start > 0 or header.text is not None))
        texts = texts_in(line) if header.text is not None and body is None else []
        stamp = clocks.stamp_of(header.kind, header.stamp, header.at) if header.stamp else None
        seen = _Seen(
            _MORE
            if header.alone or (is_more and self._stamped)
            else self.miner.number_of(header.message(line), number),
            None if header.alone else stamp,
            levels.is_error(header.level),
            _ids(line, header) if stamp else (),
            any(stacks.may_be_frame(one) for one in (texts or [form if body is None else body])),
            _special(header, stamp, wraps=body is not None or bool(texts)),
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


def _ids(line: str, header: Header) -> tuple[tuple[int, int], ...]:
    """Where ids stand in a line, its stamp apart."""
    if header.text is None:
        return tuple((header.start + a, header.start + b) for a, b in skew.ids_in(line[header.start :]))
    end = header.at + len(header.stamp)
    return tuple((a, b) for a, b in skew.ids_in(line) if b <= header.at or a >= end)


def _special(header: Header, stamp: clocks.Stamp | None, *, wraps: bool) -> _Special | None:
    if not (header.alone or wraps or header.figures[1]):
        return None
    return _Special(header.figures, header.priority, wraps, header.alone, header.keyed, stamp)


def _forms(text: str) -> list[str]:
    """Each line with every digit 0."""
    zeroed = text.encode("utf-8", "surrogatepass").translate(_TO_ZERO).decode("utf-8", "surrogatepass")
    forms = zeroed.split("\n")
    forms.pop()
    return forms
