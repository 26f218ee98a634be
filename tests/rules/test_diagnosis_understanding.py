"""Lines in blocks: whatever the blocks, what is understood is the same; moments, forms, traces and first lines."""

import io
import itertools
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.diagnosis.rules import bursts, clocks, sparks
from tierline.work.diagnosis.rules.archives import Unpacking
from tierline.work.diagnosis.rules.headers import HeaderReader
from tierline.work.diagnosis.rules.reading import EvidenceReader
from tierline.work.diagnosis.rules.redact import Names, Redactor
from tierline.work.diagnosis.rules.safe_text import Block, End, SafeText
from tierline.work.diagnosis.rules.understanding import Understanding

LINES = st.sampled_from([
    "2026-11-23 10:04:02,120 ERROR [pool-1] gw.Rekey: window exceeded after 600 s, request 4bf92f3577b34da6",
    "2026-11-23 10:04:03,881 INFO [pool-2] gw.Rekey: window fine after 12 s, request 00f067aa0ba902b7",
    "2026-11-23 10:05:59.001 WARN queue 17 is long",
    "java.lang.IllegalStateException: no window",
    "\tat gw.Rekey.verify(Rekey.java:212)",
    "\tat gw.Session.tick(Session.java:97)",
    "    indented and nothing else",
    "a line without a clock",
    "",
    "Nov 23 10:04:04 host sshd[211]: Accepted key for root",
    "größer als 12 Straßen",
])  # fmt: skip


def understood(blocks: list[list[str]]) -> Understanding:
    made = Understanding(year=2026)
    made.begin("a.log")
    for block in blocks:
        made.feed("".join(f"{line}\n" for line in block))
    made.stacks.close()
    return made


def shown(made: Understanding) -> tuple[object, ...]:
    part = made.parts[0]
    return (
        made.miner.settle()[0],
        [(trace.type, trace.frames, trace.line) for trace in made.stacks.traces],
        (part.started, part.ended, part.last),
        (part.tally.lines, dict(part.tally.errors), part.tally.begins),
        part.marks.seen,
        part.forms.cells,
        made.lines,
    )


@settings(max_examples=150)
@given(st.lists(LINES, max_size=40), st.lists(st.integers(0, 40), max_size=6))
def test_where_a_text_is_cut_into_blocks_changes_nothing(lines: list[str], cuts: list[int]) -> None:
    at = [0, *sorted(min(cut, len(lines)) for cut in cuts), len(lines)]
    blocks = [lines[a:b] for a, b in itertools.pairwise(at)]
    assert shown(understood([block for block in blocks if block])) == shown(understood([lines] if lines else []))


@settings(max_examples=150)
@given(st.lists(LINES, max_size=40))
def test_what_is_remembered_of_a_form_is_what_reading_the_line_says(lines: list[str]) -> None:
    made = understood([lines] if lines else [])
    reader = HeaderReader()
    headers = [header for line in lines if (header := reader.read(line)).kind]
    seconds = [clocks.moment(header.kind, header.stamp, year=2026) or 0 for header in headers]
    assert sum(made.parts[0].tally.lines.values()) == len(seconds)
    assert (made.parts[0].started, made.parts[0].ended) == (min(seconds, default=None), max(seconds, default=None))


class Forgetful(Understanding):
    """Reads every line as if it were the first."""

    def _keep(self, form: str, seen: object) -> None:
        pass


IDS = st.one_of(
    st.integers(0, 2**32).map("{:08x}".format), st.integers(0, 2**64).map("{:016x}".format), st.uuids().map(str),
    st.integers(0, 10**9).map(str), st.sampled_from(["deadbeef", "facade", "00000000", "0x7f3a", "cafe0001.log"]),
)  # fmt: skip
PLACES = st.sampled_from([
    "opened {}", "id={} done", "key item:{} hit", "GET /items/{} 200", "GET /items/{}/parts, 3", "[{}] ended", "({})",
    '"{}" is gone', "tk{}", "gw-{} is up", "{}", "user {}, twice {}", "a,{},b", "{}|{}|x", "at {}:17",
])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PLACES, IDS, IDS), max_size=30))
def test_a_line_that_differs_in_its_ids_alone_is_what_reading_it_says(drawn: list[tuple[str, str, str]]) -> None:
    lines = [f"2026-11-23 10:04:{at:02} INFO {place.format(*ids)}" for at, (place, *ids) in enumerate(drawn)]
    quick, slow = Understanding(year=2026), Forgetful(year=2026)
    for made in (quick, slow):
        made.begin("a.log")
        made.feed("".join(f"{line}\n" for line in lines))
        made.stacks.close()
    assert shown(quick) == shown(slow)


def test_lines_that_differ_in_their_ids_are_learned_once() -> None:
    made = Understanding(year=2026)
    made.begin("a.log")
    ids = [f"{at * 2_654_435_761 % 2**32:08x}" for at in range(1, 2_000)]
    made.feed("".join(f"2026-11-23 10:04:02 INFO session {one} of /items/{one} and item:{one} opened\n" for one in ids))
    assert len(made._forms) < 40


STAMPS = {
    "2026-11-23 10:04:02": "2026-11-23 10:04:02 x", "fraction": "2026-11-23 10:04:02.123456 x",
    "comma": "2026-11-23T10:04:02,5Z x", "zone": "2026-11-23T12:04:02.77+02:00 x",
    "syslog": "Nov 23 10:04:02 host a: x",
    "syslog with year": "Nov 23 10:04:02 2026 x",
    "http": '1.2.3.4 - - [23/Nov/2026:10:04:02 +0000] "GET / HTTP/1.1" 200',
    "short": "26/11/23 10:04:02 x", "points": "2026-11-23-10.04.02.363779 x", "compact": "20261123-10:04:02:606|a|1|x",
    "six": "261123 100402 143 x", "epoch": "1795428242 x", "day": "11-23 10:04:02.015 1 2 D a: x",
}  # fmt: skip


@pytest.mark.parametrize("line", STAMPS.values(), ids=list(STAMPS))
@pytest.mark.parametrize("change", [("10:04", "11:59"), ("23", "24"), ("02", "59")])
def test_a_stamp_is_read_by_its_place_as_it_is_read_by_itself(line: str, change: tuple[str, str]) -> None:
    header = HeaderReader().read(line)
    assert header.kind
    stamp, moments = clocks.stamp_of(header.kind, header.stamp, header.at), clocks.Moments(2026)
    for one in (line, line.replace(*change, 1), line):
        other = HeaderReader().read(one)
        if other.kind == header.kind and len(other.stamp) == len(header.stamp):
            assert moments.of(stamp, one) == clocks.moment(other.kind, other.stamp, year=2026)
    assert datetime.fromtimestamp(moments.of(stamp, line) or 0, UTC).isoformat()[:16] == "2026-11-23T10:04"


def test_a_time_that_is_none_is_no_moment() -> None:
    line = "2026-11-23 10:04:02 x"
    stamp, moments = clocks.stamp_of("iso", line[:19], 0), clocks.Moments(2026)
    assert moments.of(stamp, line) is not None
    for wrong in ("2026-11-23 24:04:02 x", "2026-11-23 10:60:02 x", "2026-11-23 10:04:61 x", "2026-13-23 10:04:02 x"):
        assert moments.of(stamp, wrong) is None


def test_many_days_cost_no_memory() -> None:
    moments = clocks.Moments(2026)
    stamp = clocks.stamp_of("iso", "2026-11-23 10:04:02", 0)
    for year in range(1000, 1400):
        for day in range(10, 29):
            moments.of(stamp, f"{year}-11-{day} 10:04:02")
    assert len(moments._days) <= 4096


class TestSparks:
    def test_bars_say_when_a_form_came(self) -> None:
        made = understood([[f"2026-11-23 10:{minute:02}:00 alive" for minute in range(18)]])
        made.feed("2026-11-23 10:17:30 the end is near\n" * 3)
        templates, place = made.miner.settle()
        part = made.parts[0]
        assert part.started is not None
        assert part.ended is not None
        found = sparks.sparks([(part.forms, 0)], place, part.started, part.ended)
        bars = {templates[at].text: when for at, when in found.items()}
        assert bars == {"alive": "9" * 18, "the end is near": "0" * 17 + "9"}

    def test_another_clock_is_put_right(self) -> None:
        tally = sparks.FormTally()
        tally.add(np.array([500]), np.array([0]))
        assert sparks.sparks([(tally, 500)], [0], 0, 99) == {0: "9" + "0" * 17}
        assert sparks.sparks([(tally, 0)], [0], 0, 999)[0].index("9") == 9

    def test_a_stream_of_years_stays_small(self) -> None:
        tally = sparks.FormTally()
        for block in range(40):
            moments = np.arange(block * 20_000, (block + 1) * 20_000)
            tally.add(moments, moments % 7)
        assert len(tally.cells) <= 200_000
        assert tally.step > 1
        assert sum(tally.cells.values()) == 800_000

    def test_lines_that_go_on_count_for_no_form(self) -> None:
        tally = sparks.FormTally()
        tally.add(np.array([5, 6]), np.array([-1, 3]))
        assert sum(tally.cells.values()) == 1


def test_a_bucket_and_a_burst_know_their_first_line() -> None:
    lines = [f"2026-11-23 10:{minute:02}:30 alive" for minute in range(30)]
    lines += ["2026-11-23 10:30:10 boom"] * 400 + ["2026-11-23 10:31:00 alive"]
    reading = EvidenceReader(io.BytesIO(), year=2026).read(io.BytesIO("\n".join(lines).encode()), "a.log")
    assert [burst["line"] for burst in reading.bursts] == [31]
    assert reading.buckets[0]["line"] == 1
    assert next(bucket for bucket in reading.buckets if bucket["burst"])["line"] == 31
    joined = bursts.joined([(understood([lines]).parts[0].tally, 60)])
    assert min(joined.begins.values()) == 1


def blocks_of(text: str, piece: int) -> list[Block | End]:
    class Pieces(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(piece if size and size > 1000 else size)

    return list(SafeText(Redactor(names=Names(b"k" * 16)), Unpacking()).blocks(Pieces(text.encode()), "a.log"))


WORDS = st.sampled_from(["password=Sommer2026! ", "mail anna.weber@example.org ", "from 203.0.113.7 ", "plain ", "\n"])


@settings(max_examples=80)
@given(st.lists(WORDS, min_size=1, max_size=60), st.integers(30, 400), st.integers(0, 60))
def test_the_beginning_is_redacted_the_same_whether_the_rest_came_or_not(
    words: list[str], piece: int, kept: int
) -> None:
    """What somebody sees while a file is being read is what they see later: no name of a secret changes."""
    lines = "".join(words).split("\n")
    begins = "".join(f"{line}\n" for line in lines[: max(1, min(kept, len(lines)))])
    whole = "".join(f"{line}\n" for line in lines)
    safe_begin, safe_whole = (
        "".join(block.text for block in blocks_of(text, piece) if isinstance(block, Block)) for text in (begins, whole)
    )
    assert safe_whole.startswith(safe_begin)
    assert "Sommer2026" not in safe_whole
    assert "anna.weber@" not in safe_whole


def test_the_first_line_of_each_class_is_known() -> None:
    text = "fine\nfrom 203.0.113.7\nfrom 203.0.113.8 to a@example.org\n"
    reading = EvidenceReader(io.BytesIO()).read(io.BytesIO(text.encode()), "a.log")
    assert reading.masked_at == {"address": 2, "email": 3}
