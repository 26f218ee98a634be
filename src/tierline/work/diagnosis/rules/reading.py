"""One file of evidence from bytes to facts: unpack, decode, redact, then read what is left, line by line.

Everything after redaction sees redacted text only. Memory is bounded by the number of templates, not by the file.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any, BinaryIO

from tierline.work.diagnosis.rules import archives, bursts, clocks, facts, lines, skew, stacks
from tierline.work.diagnosis.rules.headers import HeaderReader
from tierline.work.diagnosis.rules.redact import Redactor
from tierline.work.diagnosis.rules.templates import TemplateMiner

INDEX_EVERY = 1_000  # lines between two entries of the offset index
_SAMPLE_LINES = 400
_MOST_CLOCKS = 8  # files of an archive whose clocks are told apart; the others count with the last of them
_ERRORS = frozenset({"ERROR", "ERR", "SEVERE", "CRITICAL", "CRIT", "ALERT", "EMERG", "EMERGENCY", "FATAL", "PANIC"})


@dataclass(slots=True)
class Reading:
    """What one file showed. Moments are seconds since 1970, `offsets` bytes in the redacted text every 1,000 lines."""

    state: str = "ready"
    reason: str = ""
    format: str = ""
    size: int = 0
    lines: int = 0
    cut: int = 0
    started: int | None = None
    ended: int | None = None
    masked: dict[str, int] = field(default_factory=dict)
    templates: list[dict[str, Any]] = field(default_factory=list)
    traces: list[dict[str, Any]] = field(default_factory=list)
    buckets: list[dict[str, Any]] = field(default_factory=list)
    bursts: list[dict[str, Any]] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    marks: dict[int, int] = field(default_factory=dict)

    def to_json(self) -> str:
        """For the way out of the worker."""
        return json.dumps(asdict(self), ensure_ascii=True)


@dataclass(slots=True)
class _Part:
    """One file of an archive, by its own clock."""

    name: str
    first: int
    marks: skew.Marks = field(default_factory=skew.Marks)
    tally: bursts.Tally = field(default_factory=bursts.Tally)
    started: int | None = None
    ended: int | None = None

    def at(self, second: int, message: str, *, error: bool) -> None:
        """One line at a moment."""
        self.tally.add(second, error=error)
        self.marks.add(message, second)
        self.started = second if self.started is None else min(self.started, second)
        self.ended = second if self.ended is None else max(self.ended, second)


class EvidenceReader:
    """Reads the members of one attachment and writes the redacted text to `out`."""

    def __init__(
        self,
        out: BinaryIO,
        *,
        names: Iterable[str] = (),
        companies: Iterable[str] = (),
        products: Iterable[str] = (),
        year: int = 1970,
    ) -> None:
        self._out = out
        self._redactor = Redactor(names=names, companies=companies)
        self._miner = TemplateMiner()
        self._stacks = stacks.StackReader()
        self._headers = HeaderReader()
        self._parts: list[_Part] = []
        self._bounds = lines.Bounds()
        self._products = tuple(products)
        self._year = year
        self._written = 0
        self._sample: list[str] = []
        self._stamped = False
        self._last: int | None = None
        self.reading = Reading()

    def read(self, source: BinaryIO, name: str, state: archives.Unpacking | None = None) -> Reading:
        """The whole file; never raises for what the file holds."""
        unpacking = state or archives.Unpacking()
        try:
            for member in archives.members(source, name, unpacking):
                self._member(member, unpacking)
        except archives.TooMuch as limit:
            unpacking.refused.append(f"reading stopped: {limit}")
        return self._finish(unpacking)

    def _member(self, member: archives.Member, unpacking: archives.Unpacking) -> None:
        first = next(member.chunks, b"")
        charset = lines.charset_of(first)
        if not first:
            unpacking.refuse(member.name, "the file is empty")
        elif charset is None:
            unpacking.refuse(member.name, "the file is binary, not text")
        else:
            self.reading.members.append(member.name)
            if len(self._parts) < _MOST_CLOCKS:
                self._parts.append(_Part(member.name, self.reading.lines + 1))
            self._text(lines.decode(self._counted(first, member.chunks), charset))

    def _counted(self, first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
        self.reading.size += len(first)
        yield first
        for chunk in rest:
            self.reading.size += len(chunk)
            yield chunk

    def _text(self, texts: Iterable[str]) -> None:
        for batch in lines.split_lines(texts, self._bounds):
            self._lines(self._redactor.feed("\n".join(batch) + "\n"))
        self._lines(self._redactor.finish())

    def _lines(self, safe: str) -> None:
        if safe:
            for line in safe.removesuffix("\n").split("\n"):
                self._line(line)

    def _line(self, line: str) -> None:
        if self.reading.lines % INDEX_EVERY == 0:
            self.reading.offsets.append(self._written)
        self.reading.lines += 1
        data = (line + "\n").encode("utf-8", "replace")
        self._out.write(data)
        self._written += len(data)
        if len(self._sample) < _SAMPLE_LINES:
            self._sample.append(line)
        self._understand(self.reading.lines, line)

    def _understand(self, number: int, line: str) -> None:
        header = self._headers.read(line)
        self._stacks.feed(number, line)
        if header.kind:
            self._stamped = True
            second = clocks.moment(header.kind, header.stamp, year=self._year)
            if second is not None:
                self._parts[-1].at(second, line[header.start :], error=header.level in _ERRORS)
        elif self._stamped and lines.goes_on(line):
            return
        self._miner.add(line[header.start :], number)

    def _finish(self, unpacking: archives.Unpacking) -> Reading:
        reading = self.reading
        reading.refused = unpacking.refused
        reading.cut = self._bounds.cut_characters
        reading.masked = self._redactor.counts()
        reading.reason = self._redactor.redact("; ".join([*unpacking.refused, *self._cut_words()]))
        if not reading.lines:
            reading.state = "refused"
            reading.reason = reading.reason or "there is nothing to read in it"
            return reading
        reading.format = format_of(self._sample)
        reading.templates = [asdict(template) for template in self._miner.settle()[0]]
        reading.traces = _distinct(self._stacks.close())
        found = bursts.buckets(self._by_one_clock())
        reading.buckets = [asdict(bucket) for bucket in found]
        reading.bursts = [asdict(burst) for burst in bursts.bursts(found)]
        reading.facts = facts.facts_in(self._sample, self._products)
        return reading

    def _by_one_clock(self) -> bursts.Tally:
        """All files counted by the clock of the first that has one; says of each how far its clock is ahead."""
        parts = [part for part in self._parts if part.started is not None]
        ahead = skew.against_first([part.marks.seen for part in parts])
        reading = self.reading
        for part, shift in zip(parts, ahead, strict=True):
            started, ended = (part.started or 0) - shift, (part.ended or 0) - shift
            reading.started = started if reading.started is None else min(reading.started, started)
            reading.ended = ended if reading.ended is None else max(reading.ended, ended)
            reading.files.append(
                {"name": part.name, "first": part.first, "started": started, "ended": ended, "skew": shift}
            )
            for key, second in part.marks.seen.items():
                reading.marks.setdefault(key, second - shift)
        reading.marks = dict(sorted(reading.marks.items())[: skew.KEPT])
        return bursts.joined((part.tally, shift) for part, shift in zip(parts, ahead, strict=True))

    def _cut_words(self) -> list[str]:
        if not self._bounds.long_lines:
            return []
        return [
            (
                f"{self._bounds.long_lines} overlong lines were cut after {lines.MAX_LINE // 1024} kB,"
                f" {self._bounds.cut_characters} characters are only in the original"
            )
        ]


def original_lines(source: BinaryIO, name: str, state: archives.Unpacking, start: int, count: int) -> list[str]:
    """Lines of the original, numbered from 1 exactly as the redacted ones are."""
    picked: list[str] = []
    number = 0
    for member in archives.members(source, name, state):
        first = next(member.chunks, b"")
        charset = lines.charset_of(first)
        if not first or charset is None:
            continue
        texts = lines.decode(chain([first], member.chunks), charset)
        for batch in lines.split_lines(texts, lines.Bounds()):
            low, high = max(0, start - number - 1), start + count - number - 1
            picked += batch[low : max(low, high)]
            number += len(batch)
            if number >= start + count - 1:
                return picked
    return picked


def _distinct(traces: Iterable[stacks.Trace]) -> list[dict[str, Any]]:
    """Each fingerprint once, with how often it came."""
    found: dict[str, dict[str, Any]] = {}
    for trace in traces:
        entry = found.setdefault(trace.fingerprint, {**asdict(trace), "count": 0})
        entry["count"] += 1
    return list(found.values())[:500]


def format_of(sample: list[str]) -> str:
    """The convention most lines of the sample follow."""
    shown = [line for line in sample if line.strip()]
    if sum(line.startswith("{") and line.endswith("}") for line in shown) * 2 > len(shown):
        return "json lines"
    reader = HeaderReader()
    kinds = [reader.read(line).kind for line in shown]
    most = max(set(kinds), key=kinds.count) if kinds else ""
    names = {"syslog": "syslog", "http": "web access log", "day": "device log", "": "plain text"}
    if most and sum(" level=" in line or " msg=" in line for line in shown) * 2 > len(shown):
        return "logfmt"
    return names.get(most, "log with time stamps")
