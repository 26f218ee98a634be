"""What a reading counts: moments, bursts, comparison with healthy files, facts, the sentence, which files are tried."""

import io
import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.core.kernel.kinds import may_hold_logs
from tierline.work.diagnosis.rules import bursts, clocks, compare, lines
from tierline.work.diagnosis.rules.facts import facts_in
from tierline.work.diagnosis.rules.reading import INDEX_EVERY, EvidenceReader, Reading, format_of
from tierline.work.diagnosis.rules.sentence import Sentence

QUICK = settings(max_examples=60, deadline=None)
TEN = 1_795_428_242  # 2026-11-23 10:04:02 UTC


def read(text: str, **rest: list[str]) -> tuple[Reading, str]:
    out = io.BytesIO()
    reading = EvidenceReader(out, year=2026, **rest).read(io.BytesIO(text.encode()), "a.log")  # type: ignore[arg-type]
    return reading, out.getvalue().decode()


def tally(seconds: list[int], *, errors: bool = False) -> bursts.Tally:
    counted = bursts.Tally()
    for second in seconds:
        counted.add(second, error=errors)
    return counted


# --- moments ---


@pytest.mark.parametrize(
    ("kind", "stamp"),
    [
        ("iso", "2026-13-01 10:00:00"), ("iso", "2026-00-10 10:00:00"), ("iso", "2026-11-32 10:00:00"),
        ("iso", "2026-11-23 24:00:00"), ("iso", "2026-11-23 10:60:00"), ("iso", "2026-11-23 10:00:61"),
        ("day", "13-45 10:00:00"), ("syslog", "Foo 23 10:00:00"), ("six", "269923 100000"),
        ("compact", "20269923 1:1:1"),
        ("", ""), ("nonsense", "x"), ("iso", ""), ("epoch", "1"), ("clock", "10"),
    ],
)  # fmt: skip
def test_what_is_no_date_has_no_moment(kind: str, stamp: str) -> None:
    assert clocks.moment(kind, stamp, year=2026) in {None, 1}


@pytest.mark.parametrize(
    ("zone", "hours"), [("Z", 0), ("+00:00", 0), ("+01:00", 1), ("-0500", -5), ("+05:30", 5.5), ("", 0)]
)
def test_a_zone_shifts_the_moment(zone: str, hours: float) -> None:
    shown = clocks.moment("iso", f"2026-11-23T10:04:02{zone}")
    assert shown == TEN - int(hours * 3_600)


@QUICK
@given(st.integers(0, 4_000_000_000), st.sampled_from([".1", ",118", ".118304", ""]))
def test_every_second_survives_being_written_and_read(second: int, fraction: str) -> None:
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(second, UTC)
    assert clocks.moment("iso", f"{at:%Y-%m-%d %H:%M:%S}{fraction}") == second
    assert clocks.moment("iso", f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z") == second
    assert clocks.moment("syslog", f"{at:%b %d %H:%M:%S %Y}") == second


# --- bursts ---


@pytest.mark.parametrize("quiet", [60, 120, 600])
@pytest.mark.parametrize("loud", [60, 300])
def test_a_burst_is_where_it_is(quiet: int, loud: int) -> None:
    usual = [TEN + at * 10 for at in range(quiet)]
    middle = TEN + quiet * 5
    (burst,) = bursts.bursts(bursts.buckets(tally(usual + [middle + at % 10 for at in range(loud)]), most=60))
    assert burst.start <= middle < burst.end
    assert burst.times >= bursts.TIMES_USUAL
    assert burst.lines >= loud


@pytest.mark.parametrize("seconds", [[], [TEN], [TEN] * 500, [TEN, TEN + 1, TEN + 2], [TEN + at for at in range(900)]])
def test_without_contrast_there_is_no_burst(seconds: list[int]) -> None:
    assert bursts.bursts(bursts.buckets(tally(seconds))) == []


@QUICK
@given(st.lists(st.integers(TEN, TEN + 10**7), max_size=200), st.integers(1, 200))
def test_buckets_lose_no_line_and_leave_no_gap(seconds: list[int], most: int) -> None:
    found = bursts.buckets(tally(seconds, errors=True), most=most)
    assert sum(bucket.lines for bucket in found) == sum(bucket.errors for bucket in found) == len(seconds)
    assert len(found) <= most + 1
    assert all(two.start - one.start == one.width for one, two in pairwise(found))
    if seconds:
        assert found[0].start <= min(seconds)
        assert max(seconds) < found[-1].start + found[-1].width


# --- comparison ---


def healthy(*files: set[str]) -> compare.Healthy:
    known = compare.Healthy()
    for file in files:
        known = compare.learn(known, {key: f"text of {key}" for key in file})
    return known


def test_learning_counts_files_not_lines() -> None:
    known = healthy({"a", "b"}, {"a"}, {"a", "c"})
    assert known.bundles == 3
    assert known.seen_in == {"a": 3, "b": 1, "c": 1}
    assert known.texts["c"] == "text of c"


@pytest.mark.parametrize(
    ("share", "kind"), [(0, "new"), (1, "rare"), (4, "rare"), (5, "usual"), (9, "usual"), (10, "usual")]
)
def test_new_rare_or_usual_by_how_many_healthy_files_have_it(share: int, kind: str) -> None:
    known = healthy(*({"x", "base"} if at < share else {"base"} for at in range(10)))
    found = compare.compare({"x": 5, "base": 1}, known)
    assert ("x" in found.new, "x" in found.rare) == (kind == "new", kind == "rare")


@pytest.mark.parametrize(("share", "gone"), [(7, False), (8, True), (10, True)])
def test_what_nearly_all_have_is_missed(share: int, gone: bool) -> None:
    known = healthy(*({"x", "base"} if at < share else {"base"} for at in range(10)))
    assert ("x" in compare.compare({"base": 1}, known).gone) is gone


def test_in_a_short_file_without_comparison_nothing_is_rare() -> None:
    assert not compare.compare(dict.fromkeys("abc", 1), compare.Healthy()).rare
    many = {"usual": compare.MANY_LINES, "once": 1, "twice": 2}
    assert compare.compare(many, compare.Healthy()).rare == {"once"}


# --- facts ---


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("client version: 5.2.1", "5.2.1"),
        ("Client-Version=5.2", "5.2"),
        ('"app_version": "5.2.1-rc1"', "5.2.1-rc1"),
        ("product version v5.2.1.3", "5.2.1.3"),
        ("Version: 5.2.1", "5.2.1"),
        ("Tunnel 5.2.1 starting", "5.2.1"),
        ("tunnel client 5.2.1 up", "5.2.1"),
        ("Tunnel-Agent/5.2.1 (x)", "5.2.1"),
        ("Tunnel, version 5.2.1", "5.2.1"),
        ("Tunnels 5.2.1", ""),
        ("TLS version 1.3", ""),
        ("from 10.1.2.3", ""),
        ("version control is on", ""),
        ("Tunnel took 5.2 s", ""),
        ("client version: none", ""),
    ],
)
def test_a_version_is_taken_where_it_is_said_to_be_one(line: str, version: str) -> None:
    assert facts_in([line], ["Tunnel"]).get("version", "") == version


SYSTEMS = ["Windows 11", "Windows 10", "Windows Server 2022", "macOS 15.1", "macOS Sequoia 15.1", "Ubuntu 24.04"]
SYSTEMS += ["Debian 12", "Red Hat Enterprise Linux 9.4", "openSUSE Leap 15.6", "Alpine Linux 3.20", "Android 15"]
SYSTEMS += ["iOS 18.1", "iPadOS 17"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_operating_systems_are_named(system: str) -> None:
    assert facts_in([f"booted on {system}, kernel x"]) == {"os": system}


def test_the_first_of_each_fact_counts_and_reading_ends_then() -> None:
    def given_lines() -> list[str]:
        return ["Version: 1.0", "Windows 11", "Version: 2.0", "Windows 10"]

    assert facts_in(iter(given_lines())) == {"version": "1.0", "os": "Windows 11"}


# --- formats, kinds, sentence ---


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('{"level": "info"}', "json lines"),
        ("Nov 23 10:04:02 host a[1]: b", "syslog"),
        ("2026-11-23 10:04:02 INFO b", "log with time stamps"),
        ("2026-11-23T10:04:02Z level=info msg=b", "logfmt"),
        ('10.1.2.3 - - [23/Nov/2026:10:04:02 +0000] "GET / HTTP/1.1" 200', "web access log"),
        ("11-23 10:04:02.118  1702  2644 D Power: on", "device log"),
        ("just words", "plain text"),
    ],
)
def test_a_file_has_the_format_most_of_its_lines_have(line: str, name: str) -> None:
    assert format_of([line] * 5 + ["odd words"] * 2 + [""] * 20) == name


@pytest.mark.parametrize("ending", [".log", ".txt", ".zip", ".gz", ".json", ".out", ".trace", "", ".1", ".dmp"])
def test_what_may_hold_a_log_is_tried(ending: str) -> None:
    for kind in ["text/plain", "application/octet-stream", "application/zip", "", "Text/Plain; a=x"]:
        assert may_hold_logs(f"file{ending}", kind)


@pytest.mark.parametrize("name", ["a.PNG", "a.jpeg", "a.pdf", "a.docx", "a.ics", "a.eml", "a.html", "a.p7s", "a.mov"])
def test_a_document_by_its_ending_is_not_tried(name: str) -> None:
    assert not may_hold_logs(name, "application/octet-stream")


@pytest.mark.parametrize("kind", ["image/png", "audio/mpeg", "video/mp4", "font/woff", "message/x", "application/pdf"])
def test_a_document_by_its_type_is_not_tried(kind: str) -> None:
    assert not may_hold_logs("file", kind)
    assert not may_hold_logs("file", kind.upper() + "; name=x")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "10:04:02-10:04:05: no new templates; nothing to mask."),
        ({"new": 1}, "10:04:02-10:04:05: one new template; nothing to mask."),
        ({"new": 3, "bursts": 2}, "10:04:02-10:04:05: 3 new templates, 2 bursts; nothing to mask."),
        ({"compared": False, "templates": 1_234}, "10:04:02-10:04:05: 1,234 templates; nothing to mask."),
        ({"errors": 1}, "10:04:02-10:04:05: no new templates, one error; nothing to mask."),
        (
            {"errors": 1_204, "bursts": 1},
            "10:04:02-10:04:05: no new templates, 1,204 errors, one burst; nothing to mask.",
        ),
        ({"traces": 1}, "10:04:02-10:04:05: no new templates, one stack trace; nothing to mask."),
        ({"masked": {"email": 1}}, "10:04:02-10:04:05: no new templates; one secret masked."),
        ({"masked": {"email": 9, "key": 1}}, "10:04:02-10:04:05: no new templates; 10 secrets masked."),
        ({"ended": TEN + 60}, "10:04-10:05: no new templates; nothing to mask."),
        ({"ended": TEN + 86_400}, "23 Nov 10:04 to 24 Nov 10:04: no new templates; nothing to mask."),
        ({"started": None, "ended": None}, "9 lines without a clock: no new templates; nothing to mask."),
    ],
)
def test_the_sentence_says_what_matters_and_nothing_else(change: dict[str, object], said: str) -> None:
    usual = {
        "started": TEN, "ended": TEN + 3, "lines": 9, "templates": 5, "new": 0, "compared": True, "bursts": 0,
        "traces": 0, "masked": {},
    }  # fmt: skip
    assert str(Sentence(**{**usual, **change})) == said  # type: ignore[arg-type]  # the table above has the right types


# --- lines ---


@pytest.mark.parametrize("size", [lines.MAX_LINE - 1, lines.MAX_LINE, lines.MAX_LINE + 1, 3 * lines.MAX_LINE])
@pytest.mark.parametrize("step", [1_000, 65_536, 10**6])
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_line_at_the_bound_is_kept_or_cut_exactly(size: int, step: int, end: str) -> None:
    text = "x" * size + end + ("next" if end else "")
    bounds = lines.Bounds()
    parts = [text[at : at + step] for at in range(0, len(text), step)]
    found = [line for batch in lines.split_lines(parts, bounds) for line in batch]
    assert len(found[0]) == min(size, lines.MAX_LINE)
    assert found[1:] == (["next"] if end else [])
    over = max(0, size - lines.MAX_LINE)
    assert bounds.long_lines == (over > 0)
    assert over <= bounds.cut_characters <= over + (end == "\r\n")


def test_the_redacted_text_is_indexed_by_its_bytes() -> None:
    reading, text = read("".join(f"größe {at} mail a@field.example\n" for at in range(2 * INDEX_EVERY + 1)))
    raw = text.encode()
    assert len(reading.offsets) == 3
    for number, at in enumerate(reading.offsets):
        assert raw[at:].startswith(f"größe {number * INDEX_EVERY} mail <email-1>\n".encode())


def test_a_report_is_plain_json() -> None:
    reading, _ = read("2026-11-23 10:04:02 ERROR größe x\njava.lang.Error: y\n\tat a.B.c(B.java:1)\n")
    data = json.loads(reading.to_json())
    assert reading.to_json().isascii()
    assert (data["lines"], data["state"], data["started"]) == (3, "ready", TEN)
    assert data["buckets"][0]["errors"] == 1
    assert data["traces"][0]["type"] == "java.lang.Error"


LINE = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=60)


@QUICK
@given(st.lists(LINE, min_size=1, max_size=30))
def test_counts_of_templates_never_exceed_the_lines(given_lines: list[str]) -> None:
    reading, text = read("\n".join(given_lines) + "\n")
    assert reading.lines == len(given_lines) == text.count("\n")
    assert sum(one["count"] for one in reading.templates) <= reading.lines
    assert all(1 <= one["first"] <= reading.lines for one in reading.templates)
    assert len({one["id"] for one in reading.templates}) == len(reading.templates)
