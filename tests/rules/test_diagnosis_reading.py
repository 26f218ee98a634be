"""From bytes to facts: charsets, lines, clocks, archives, bursts, comparison, and the whole reading."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tierline.core.kernel.kinds import may_hold_logs
from tierline.work.diagnosis.rules import archives, bursts, clocks, compare, lines
from tierline.work.diagnosis.rules.facts import facts_in
from tierline.work.diagnosis.rules.headers import read_header
from tierline.work.diagnosis.rules.reading import EvidenceReader, Reading, format_of, original_lines
from tierline.work.diagnosis.rules.redact import Redactor
from tierline.work.diagnosis.rules.sentence import Sentence

LOG = "2026-11-23 10:00:00 INFO up\n2026-11-23 10:00:05 ERROR down, password=hunter22\n"


def read(data: bytes, name: str = "a.log", **rest: list[str]) -> tuple[Reading, str]:
    out = io.BytesIO()
    reading = EvidenceReader(out, **rest).read(io.BytesIO(data), name)  # type: ignore[arg-type]  # lists of names
    return reading, out.getvalue().decode()


# --- charsets and lines ---


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (b"plain", "utf-8"),
        ("größe".encode(), "utf-8"),
        ("größe".encode("cp1252"), "cp1252"),
        ("\ufeffx".encode(), "utf-8-sig"),
        ("größe".encode("utf-16"), "utf-16"),
        ("a long enough line".encode("utf-16-le"), "utf-16-le"),
        ("a long enough line".encode("utf-16-be"), "utf-16-be"),
        (b"", "utf-8"),
        (bytes(range(256)), None),
        (b"\x7fELF" + b"\0" * 60, None),
        (b"\x1b[31mred\x1b[0m text", "utf-8"),
    ],
)
def test_a_charset_is_found_or_the_file_is_binary(data: bytes, charset: str | None) -> None:
    assert lines.charset_of(data) == charset


def test_a_character_split_over_two_chunks_stays_whole() -> None:
    data = "größe".encode()
    for at in range(1, len(data)):
        assert "".join(lines.decode([data[:at], data[at:]], "utf-8")) == "größe"


def test_bytes_that_fit_nothing_are_marked_not_lost() -> None:
    assert "".join(lines.decode([b"a\xffb\x00c"], "utf-8")) == "a\ufffdb\ufffdc"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_lines_are_the_same_however_the_text_is_cut(end: str, size: int) -> None:
    text = end.join(["one", "", "three", "four"])
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    bounds = lines.Bounds()
    found = [line for batch in lines.split_lines(parts, bounds) for line in batch]
    assert found == ["one", "", "three", "four"]
    assert bounds.lines == 4


def test_an_overlong_line_keeps_its_beginning_and_the_next_line_is_whole() -> None:
    def texts() -> Iterator[str]:
        for _ in range(10):
            yield "x" * 20_000
        yield "tail\nnext"

    bounds = lines.Bounds()
    found = [line for batch in lines.split_lines(texts(), bounds) for line in batch]
    assert [len(line) for line in found] == [lines.MAX_LINE, 4]
    assert found[1] == "next"
    assert (bounds.long_lines, bounds.cut_characters) == (1, 200_004 - lines.MAX_LINE)


@pytest.mark.parametrize("line", ["  indented", "\tat x", "}", "Caused by: x", "java.lang.Error: x", "", "{", "];"])
def test_what_belongs_to_the_record_before(line: str) -> None:
    assert lines.goes_on(line)


@pytest.mark.parametrize("line", ["a new thought", "Error happened", "{ is open", "from here on", "and then"])
def test_what_begins_a_record(line: str) -> None:
    assert not lines.goes_on(line)


# --- clocks ---

TEN = 1_795_428_242  # 2026-11-23 10:04:02 UTC


@pytest.mark.parametrize(
    ("stamp", "second"),
    [
        ("2026-11-23 10:04:02", TEN),
        ("2026-11-23 10:04:02,118", TEN),
        ("2026-11-23T10:04:02.118Z", TEN),
        ("2026-11-23T11:04:02+01:00", TEN),
        ("2026-11-23T05:04:02.5-0500", TEN),
        ("2026-11-23-10.04.02.308319", TEN),
        ("20261123-10:4:2:118", TEN),
        ("26/11/23 10:04:02", TEN),
        ("23/11/2026 10:04:02", TEN),
        ("11/23/2026 10:04:02", TEN),
        ("11-23 10:04:02.118", TEN),
        ("261123 100402 x", TEN),
        ("Nov 23 10:04:02", TEN),
        ("Mon Nov 23 10:04:02 2026", TEN),
        ("23/Nov/2026:11:04:02 +0100", TEN),
        (f"{TEN}", TEN),
        (f"{TEN}118", TEN),
        ("2026-13-45 10:04:02", None),
    ],
)
def test_a_stamp_is_a_moment(stamp: str, second: int | None) -> None:
    header = read_header(f"{stamp} word of the message")
    assert header.kind
    assert clocks.moment(header.kind, header.stamp, year=2026) == second


# --- bursts and comparison ---


def tally(seconds: list[int], *, errors: bool = False) -> bursts.Tally:
    counted = bursts.Tally()
    for second in seconds:
        counted.add(second, error=errors)
    return counted


def test_a_burst_is_found_with_its_times() -> None:
    quiet = [TEN + at * 10 for at in range(60)]
    loud = [TEN + 300 + at % 20 for at in range(120)]
    found = bursts.bursts(bursts.buckets(tally(quiet + loud), most=60))
    assert len(found) == 1
    assert found[0].start <= TEN + 300 < found[0].end
    assert found[0].times >= 9


def test_a_steady_log_has_no_burst() -> None:
    assert bursts.bursts(bursts.buckets(tally([TEN + at for at in range(600)]))) == []


def test_buckets_have_no_gaps_and_lose_nothing() -> None:
    seconds = [TEN, TEN + 86_400, TEN + 3 * 86_400]
    found = bursts.buckets(tally(seconds, errors=True))
    assert len(found) <= 121
    assert {two.start - one.start for one, two in pairwise(found)} == {found[0].width}
    assert sum(bucket.lines for bucket in found) == sum(bucket.errors for bucket in found) == 3


def test_a_log_of_years_is_counted_coarser_in_bounded_memory() -> None:
    counted = tally([TEN + at * 60 for at in range(120_000)])
    assert len(counted.lines) <= 50_000
    assert sum(bucket.lines for bucket in bursts.buckets(counted)) == 120_000
    assert bursts.buckets(bursts.Tally()) == []


def test_new_rare_and_gone_against_healthy_files() -> None:
    healthy = compare.Healthy()
    for at in range(10):
        healthy = compare.learn(healthy, {"usual": "u", "heartbeat": "h"} | ({"odd": "o"} if at == 0 else {}))
    found = compare.compare({"usual": 5, "odd": 1, "never": 1}, healthy)
    assert (found.new, found.rare, found.gone) == ({"never"}, {"odd"}, {"heartbeat"})
    assert healthy.texts["odd"] == "o"


def test_without_healthy_files_only_what_came_once_among_many_is_rare() -> None:
    assert compare.compare({"a": 1}, compare.Healthy()) == compare.Difference(frozenset(), frozenset(), frozenset())
    assert compare.compare({"a": 1, "b": 400}, compare.Healthy()).rare == {"a"}


# --- archives ---


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def tarred(*infos: tuple[tarfile.TarInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for info, data in infos:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def link() -> tarfile.TarInfo:
    info = tarfile.TarInfo("evil.log")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "data",
    [
        zipped({"a.log": LOG.encode()}),
        gzip.compress(LOG.encode()),
        tarred((tarfile.TarInfo("a.log"), LOG.encode())),
        gzip.compress(tarred((tarfile.TarInfo("a.log"), LOG.encode()))),
        zipped({"inner.zip": zipped({"a.log": LOG.encode()})}),
    ],
    ids=["zip", "gzip", "tar", "tar.gz", "zip in zip"],
)
def test_a_log_in_an_archive_is_read_like_the_log(data: bytes) -> None:
    reading, text = read(data, "bundle")
    assert (reading.state, reading.lines, reading.reason) == ("ready", 2, "")
    assert "hunter22" not in text


def test_archives_are_opened_two_deep_only() -> None:
    data = zipped({"1.zip": zipped({"2.zip": zipped({"a.log": LOG.encode()})})})
    reading, _ = read(data)
    assert reading.state == "refused"
    assert "only two deep" in reading.reason


def test_links_in_archives_are_refused_and_the_rest_is_read() -> None:
    reading, text = read(tarred((link(), b""), (tarfile.TarInfo("a.log"), LOG.encode())))
    assert reading.refused == ["evil.log: it is a link or a device, not a file"]
    assert reading.lines == 2
    assert "root:" not in text


def test_a_path_that_climbs_is_only_a_name() -> None:
    reading, _ = read(zipped({"../../etc/cron.d/evil": LOG.encode(), "C:\\x\\b.log": LOG.encode()}))
    assert reading.members == ["evil", "b.log"]


def test_too_many_files_stop_the_reading() -> None:
    state = archives.Unpacking(archives.Limits(members=3))
    data = zipped({f"{at}.log": LOG.encode() for at in range(9)})
    reading = EvidenceReader(io.BytesIO()).read(io.BytesIO(data), "a.zip", state)
    assert (reading.lines, reading.state) == (6, "ready")
    assert "more than 3 files" in reading.reason


def test_too_many_bytes_stop_the_reading() -> None:
    state = archives.Unpacking(archives.Limits(total=300_000))
    data = gzip.compress(b"".join(f"line {at * at}\n".encode() for at in range(80_000)))
    reading = EvidenceReader(io.BytesIO()).read(io.BytesIO(data), "a.gz", state)
    assert "more than is allowed" in reading.reason
    assert 0 < reading.size <= 300_000


@pytest.mark.parametrize("kind", ["zip", "gzip", "tar.gz"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_an_archive_cut_short_never_raises(kind: str, share: float) -> None:
    whole = {
        "zip": zipped({"a.log": LOG.encode() * 50}),
        "gzip": gzip.compress(LOG.encode() * 50),
        "tar.gz": gzip.compress(tarred((tarfile.TarInfo("a.log"), LOG.encode() * 50))),
    }[kind]
    reading, _ = read(whole[: int(len(whole) * share)])
    assert reading.state in {"ready", "refused"}
    assert reading.reason


# --- the whole reading ---


def test_a_reading_holds_what_the_page_shows() -> None:
    reading, text = read(LOG.encode(), redactor=Redactor(people=["Ines Okafor"]))
    assert (reading.lines, reading.size, reading.format) == (2, len(LOG), "log with time stamps")
    assert reading.masked == {"password": 1}
    assert [one["text"] for one in reading.templates] == ["up", "down, password=<*>"]
    assert reading.ended is not None
    assert reading.started is not None
    assert reading.ended - reading.started == 5
    assert text.count("\n") == 2


def test_records_of_several_lines_are_one_record() -> None:
    trace = "java.lang.Error: x\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)\n"
    reading, _ = read((LOG + trace + LOG).encode())
    assert [one["count"] for one in reading.templates] == [2, 2]
    assert reading.traces[0]["frames"] == ("a.B.c", "a.B.d")
    assert reading.traces[0]["count"] == 1


def test_a_key_over_the_border_of_two_chunks_is_masked() -> None:
    body = "MIIE" + "A" * 60
    key = "-----BEGIN RSA PRIVATE KEY-----\n" + f"{body}\n" * 20 + "-----END RSA PRIVATE KEY-----\n"
    filler = "x" * 99 + "\n"
    data = filler * 2_616 + key + "after\n"  # the first chunk of 256 KiB ends inside the key
    assert data.index("-----BEGIN") < 256 * 1024 < data.index("-----END")
    reading, text = read(data.encode())
    assert "MIIE" not in text
    assert "PRIVATE" not in text
    assert text.count("\n") == data.count("\n") == reading.lines
    assert text.endswith("after\n")


def test_the_index_finds_every_thousandth_line() -> None:
    data = "".join(f"größe {at}\n" for at in range(2_500)).encode()
    reading, text = read(data)
    raw = text.encode()
    assert [raw[at:].split(b"\n")[0].decode() for at in reading.offsets] == ["größe 0", "größe 1000", "größe 2000"]


def test_original_lines_have_the_numbers_of_the_redacted_ones() -> None:
    data = zipped({"a.log": LOG.encode(), "junk.bin": bytes(range(256)) * 9, "b.log": b"third\nfourth\n"})
    found = original_lines(io.BytesIO(data), "x.zip", archives.Unpacking(), 2, 2)
    assert found == [LOG.splitlines()[1], "third"]
    assert original_lines(io.BytesIO(data), "x.zip", archives.Unpacking(), 9, 2) == []


@pytest.mark.parametrize(
    ("sample", "name"),
    [
        (['{"a": 1}', '{"b": 2}'], "json lines"),
        (["Nov 23 10:04:02 host a: b"], "syslog"),
        (['2026-11-23T10:04:02Z level=info msg="x"'], "logfmt"),
        (['10.1.2.3 - - [23/Nov/2026:10:04:02 +0000] "GET /"'], "web access log"),
        (["hello"], "plain text"),
        ([], "plain text"),
    ],
)
def test_the_format_is_named(sample: list[str], name: str) -> None:
    assert format_of(sample) == name


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        ("client version: 5.2.1", {"version": "5.2.1"}),
        ("Version = 5.2.1-rc2", {"version": "5.2.1-rc2"}),
        ("Tunnel Client/5.2.1 on Windows 11", {"product": "Tunnel", "version": "5.2.1", "os": "Windows 11"}),
        ("running on macOS Sequoia 15.1", {"os": "macOS Sequoia 15.1"}),
        ("Android 15, iOS is elsewhere", {"os": "Android 15"}),
        ("TLS version 1.3 and 10.1.2.3", {}),
    ],
)
def test_facts_are_found_where_they_are_said(line: str, facts: dict[str, str]) -> None:
    assert facts_in(["nothing", line], ["Tunnel"]) == facts


@pytest.mark.parametrize(
    ("name", "kind", "wanted"),
    [
        ("a.log", "text/plain", True),
        ("a.zip", "application/zip", True),
        ("trace", "application/octet-stream", True),
        ("shot.PNG", "application/octet-stream", False),
        ("x", "image/png", False),
        ("invite.ics", "text/calendar", False),
        ("x", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", False),
    ],
)
def test_which_files_are_tried(name: str, kind: str, wanted: bool) -> None:
    assert may_hold_logs(name, kind) is wanted


def test_the_sentence_reads_like_a_sentence() -> None:
    start = TEN - 10 * 60
    said = Sentence(
        started=start, ended=TEN, lines=9, templates=7, new=3, compared=True, bursts=1, traces=0, masked={"a": 14}
    )
    assert str(said) == "09:54-10:04: 3 new templates, one burst; 14 secrets masked."
    plain = Sentence(
        started=None, ended=None, lines=1, templates=1, new=0, compared=False, bursts=0, traces=2, masked={}
    )
    assert str(plain) == "one line without a clock: one template, 2 stack traces; nothing to mask."
    days = Sentence(
        started=0, ended=200_000, lines=1, templates=2, new=0, compared=True, bursts=0, traces=0, masked={"x": 1}
    )
    assert str(days) == "01 Jan 00:00 to 03 Jan 07:33: no new templates; one secret masked."
