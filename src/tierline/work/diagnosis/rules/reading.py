"""One file of evidence from bytes to facts: unpack, decode, redact, then read what is left, line by line.

Everything after redaction sees redacted text only. Memory is bounded by the number of templates, not by the file.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

import numpy as np

from tierline.work.diagnosis.rules import archives, bursts, facts, lines, placing, skew, sparks, stacks
from tierline.work.diagnosis.rules.headers import Header, HeaderReader
from tierline.work.diagnosis.rules.records import har
from tierline.work.diagnosis.rules.redact import Redactor
from tierline.work.diagnosis.rules.safe_text import Block, End, SafeText
from tierline.work.diagnosis.rules.understanding import Part, Understanding
from tierline.work.diagnosis.rules.unfinished import INDEX_EVERY, Teller

_SAMPLE_LINES = 400
_LINE_FEED = 10


@dataclass(slots=True)
class Reading:
    """What one file showed. Moments are seconds since 1970, `offsets` bytes in the redacted text every 1,000 lines.

    `masked_at` is the first line where something of a class was masked, `names` what the redactor of the ticket's next
    file goes on with.
    """

    state: str = "ready"
    reason: str = ""
    format: str = ""
    size: int = 0
    lines: int = 0
    cut: int = 0
    started: int | None = None
    ended: int | None = None
    masked: dict[str, int] = field(default_factory=dict)
    masked_at: dict[str, int] = field(default_factory=dict)
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
    names: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """For the way out of the worker."""
        return json.dumps(asdict(self), ensure_ascii=True)


class EvidenceReader:
    """Reads the members of one attachment and writes the redacted text to `out`; `teller` says how far it is."""

    def __init__(
        self,
        out: BinaryIO,
        *,
        redactor: Redactor | None = None,
        products: Iterable[str] = (),
        year: int = 1970,
        until: int | None = None,
        teller: Teller | None = None,
    ) -> None:
        self._out = out
        self._redactor = redactor or Redactor()
        self._products = tuple(products)
        self._teller = teller
        self._understanding = Understanding(year=year, until=until)
        self._until = until
        self._written = 0
        self._sample: list[str] = []
        self.reading = Reading()

    def read(self, source: BinaryIO, name: str, state: archives.Unpacking | None = None) -> Reading:
        """The whole file; never raises for what the file holds."""
        return self.read_blocks(self.safe_text(source, name, state or archives.Unpacking()))

    def safe_text(self, source: BinaryIO, name: str, state: archives.Unpacking) -> Iterator[Block | End]:
        """The first half of reading: what is redacted, in blocks."""
        return SafeText(self._redactor, state).blocks(source, name)

    def read_blocks(self, blocks: Iterable[Block | End]) -> Reading:
        """The second half: keep what is redacted and understand it."""
        for block in blocks:
            if isinstance(block, End):
                self._end(block)
            else:
                self._block(block)
        return self.reading

    def _block(self, block: Block) -> None:
        if block.name is not None:
            self.reading.members.append(block.name)
            self._understanding.begin(block.name)
            return
        data = block.text.encode("utf-8", "replace")
        self.reading.offsets += self._places(data)
        self._out.write(data)
        self._written += len(data)
        if len(self._sample) < _SAMPLE_LINES:
            self._sample += block.text.split("\n", _SAMPLE_LINES)[:-1][: _SAMPLE_LINES - len(self._sample)]
        self._note_masks(block)
        self._understanding.feed(block.text)
        self.reading.lines = self._understanding.lines
        if self._teller is not None:
            self._tell(self._teller, block.read)

    def _note_masks(self, block: Block) -> None:
        """Where the first secret of each class stood; `reading.lines` is not yet beyond this block."""
        self.reading.masked = block.masked
        for kind in block.masked.keys() - self.reading.masked_at.keys():
            at = block.text.find(f"<{kind}-")
            if at >= 0:
                self.reading.masked_at[kind] = self.reading.lines + block.text.count("\n", 0, at) + 1

    def _places(self, data: bytes) -> list[int]:
        """Where in the whole text every thousandth line of these begins."""
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _LINE_FEED)
        starts = np.concatenate(([0], ends + 1))[:-1]
        return [int(at) + self._written for at in starts[-self.reading.lines % INDEX_EVERY :: INDEX_EVERY]]

    def _tell(self, teller: Teller, read: int) -> None:
        self._out.flush()
        part = self._understanding.parts[-1]
        teller.tell(
            read=read, lines=self.reading.lines, until=part.last, offsets=self.reading.offsets, findings=self._so_far
        )

    def _so_far(self) -> dict[str, Any]:
        """What was found up to here; the index of lines is told apart."""
        found = Reading(size=self._written, lines=self.reading.lines, members=list(self.reading.members))
        found.masked, found.masked_at = self.reading.masked, self.reading.masked_at
        self._find(found)
        return {**asdict(found), "offsets": []}

    def _end(self, end: End) -> None:
        reading = self.reading
        if end.withheld:
            self.reading = Reading(state="refused", reason=end.withheld)
            return
        reading.size, reading.masked, reading.refused = end.size, end.masked, end.refused
        reading.reason, reading.cut, reading.names = end.reason, end.cut, end.names
        if not reading.lines:
            reading.state = "refused"
            reading.reason = reading.reason or "there is nothing to read in it"
            return
        self._understanding.stacks.close()
        self._find(reading)

    def _find(self, reading: Reading) -> None:
        understood = self._understanding
        reading.format = format_of(self._sample)
        reading.traces = _distinct(understood.stacks.traces)
        clocked = [part for part in understood.parts if part.started is not None]
        shifts = _by_one_clock(clocked, reading, self._until)
        found = bursts.buckets(bursts.joined(zip((part.tally for part in clocked), shifts, strict=True)))
        reading.templates = _templates(understood, clocked, shifts, reading)
        reading.buckets = [asdict(bucket) for bucket in found]
        reading.bursts = [asdict(burst) for burst in bursts.bursts(found)]
        reading.facts = facts.facts_in(self._sample, self._products)


def _templates(
    understood: Understanding, clocked: Iterable[Part], shifts: Iterable[int], reading: Reading
) -> list[dict[str, Any]]:
    """The forms of line that came, each with the bars of when it did."""
    templates, place = understood.miner.settle()
    when: Mapping[int, str] = {}
    if reading.started is not None and reading.ended is not None:
        tallies = zip((part.forms for part in clocked), shifts, strict=True)
        when = sparks.sparks(tallies, place, reading.started, reading.ended)
    return [{**asdict(one), "when": when.get(at, "")} for at, one in enumerate(templates) if one.count]


def _by_one_clock(clocked: Sequence[Part], reading: Reading, until: int | None) -> list[int]:
    """All files counted by the clock of the first that has one; says of each how far its clock is ahead.

    The seconds by which the moments of each are too late.
    """
    found = placing.places(clocked, until)
    for part, place in zip(clocked, found, strict=True):
        started, ended = (part.started or 0) - place.shift, (part.ended or 0) - place.shift
        reading.started = started if reading.started is None else min(reading.started, started)
        reading.ended = ended if reading.ended is None else max(reading.ended, ended)
        one = {"name": part.name, "first": part.first, "started": started, "ended": ended, "skew": place.skew}
        reading.files.append({**one, "dated": part.dated})
        for key, second in part.marks.seen.items():
            reading.marks.setdefault(key, second - place.shift)
    reading.marks = dict(sorted(reading.marks.items())[: skew.KEPT])
    return [place.shift for place in found]


def original_lines(source: BinaryIO, name: str, state: archives.Unpacking, start: int, count: int) -> list[str]:
    """Lines of the original, numbered from 1 exactly as the redacted ones are."""
    picked: list[str] = []
    number = 0
    for member in archives.members(source, name, state):
        texts = lines.texts_of(member.chunks, member.name)
        if isinstance(texts, str):
            continue
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
    if shown and shown[0].startswith(har.BEGINNING):
        return "HAR"
    reader = HeaderReader()
    found = Counter(_format(line, reader.read(line)) for line in shown)
    most = found.most_common(1)[0][0] if found else "plain text"
    return _EVENTS if found[_EVENTS] and found.keys() == {_EVENTS, "plain text"} else most


_EVENTS = "events as text"
_KINDS = {
    "syslog": "syslog", "http": "web access log", "day": "device log", "glog": "log with level letters",
    "uptime": "log with seconds since the start", "": "plain text",
}  # fmt: skip


def _format(line: str, header: Header) -> str:
    if header.body is not None:
        return "container log"
    if line.startswith("{") and line.endswith("}"):
        return "json lines"
    if header.keyed:
        return _EVENTS
    if header.text is not None and not line.startswith("{", header.start):
        return "logfmt"
    return _KINDS.get(header.kind, "log with time stamps")
