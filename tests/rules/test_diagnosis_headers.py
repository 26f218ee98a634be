"""Headers of log lines: every kind of stamp with everything that may stand between it and the message."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.clocks import moment
from tierline.work.diagnosis.rules.headers import NO_HEADER, Header, HeaderReader, read_header
from tierline.work.diagnosis.rules.templates import group_lines

QUICK = settings(max_examples=60, deadline=None)
TEN = 1_795_428_242  # 2026-11-23 10:04:02 UTC

# kind, stamp, the second it says in 2026
STAMPS = [
    ("iso", "2026-11-23 10:04:02", TEN),
    ("iso", "2026-11-23 10:04:02,118", TEN),
    ("iso", "2026-11-23T10:04:02.118Z", TEN),
    ("iso", "2026-11-23T10:04:02.118304+00:00", TEN),
    ("iso", "2026-11-23T11:04:02+0100", TEN),
    ("iso", "2026-11-23 10:04:02.118 UTC", TEN),
    ("iso", "2026/11/23 10:04:02", TEN),
    ("iso", "2026.11.23 10:04:02", TEN),
    ("iso", "2026-11-23-10.04.02.308319", TEN),
    ("iso", "2026-11-23_10:04:02", TEN),
    ("compact", "20261123 10:04:02", TEN),
    ("compact", "20261123T10:04:02.118", TEN),
    ("compact", "20261123-10:4:2:118", TEN),
    ("short", "26/11/23 10:04:02", TEN),
    ("short", "23/11/2026 10:04:02", TEN),
    ("short", "11/23/2026 10:04:02.118", TEN),
    ("day", "11-23 10:04:02.118", TEN),
    ("six", "261123 100402", TEN),
    ("syslog", "Nov 23 10:04:02", TEN),
    ("syslog", "Mon Nov 23 10:04:02 2026", TEN),
    ("syslog", "Nov 23 2026 10:04:02", TEN),
    ("syslog", "Nov 23, 2026 10:04:02 AM", TEN),
    ("syslog", "Mon, Nov 23 10:04:02", TEN),
    ("http", "23/Nov/2026:10:04:02 +0000", TEN),
    ("http", "23/Nov/2026:11:04:02 +0100", TEN),
    ("epoch", f"{TEN}", TEN),
    ("epoch", f"{TEN}.118", TEN),
    ("epoch", f"{TEN}118", TEN),
    ("clock", "10:04:02.118", 1_767_261_842),
]
NAMES = [f"{kind} {stamp}" for kind, stamp, _ in STAMPS]
DATED = [row for row in STAMPS if row[0] in {"iso", "compact", "short", "day"}]
MESSAGE = "link to peer went down after 12 tries"

# what stands between stamp and message, and the level in it
BETWEEN = {
    "nothing": (" ", ""),
    "level": (" INFO ", "INFO"),
    "level with colon": (" ERROR: ", "ERROR"),
    "level in brackets": (" [WARN] ", "WARN"),
    "small level": (" warning ", "WARNING"),
    "dash": (" - ", ""),
    "level between dashes": (" - ERROR - ", "ERROR"),
    "thread": (" [main] ", ""),
    "thread and level": (" [worker-3] DEBUG ", "DEBUG"),
    "level and thread": (" DEBUG [worker-3] ", "DEBUG"),
    "nested brackets": (" [pool[2] worker] INFO ", "INFO"),
    "number": (" 4711 ", ""),
    "numbers and letter": ("  1702  2644 W ", "WARN"),
    "numbers and level": (" 148 INFO ", "INFO"),
    "component": (" INFO net.tunnel.Core: ", "INFO"),
    "component with place": (" INFO Core.java(212): ", "INFO"),
    "component with process": (" INFO tunneld[4711]: ", "INFO"),
    "component and dash": (" INFO net.Core: - ", "INFO"),
    "path": (" INFO /srv/net/core.c: ", "INFO"),
    "brackets and colon": (" [error] [client]: ", "ERROR"),
    "pipes": ("|core|4711|", ""),
    "pipes with level": (" | WARN | core | ", "WARN"),
    "tabs": ("\tINFO\t", "INFO"),
    "everything": (" [worker-3] 4711 FATAL [io] net.tunnel.Core: ", "FATAL"),
}


@pytest.mark.parametrize(("kind", "stamp", "second"), STAMPS, ids=NAMES)
def test_every_stamp_is_found_with_its_moment(kind: str, stamp: str, second: int) -> None:
    rest = f"gw-2 {MESSAGE}" if kind == "syslog" else MESSAGE
    for line in (f"{stamp} {rest}", f"[{stamp}] {MESSAGE}"):
        if kind == "six" and line.startswith("["):
            continue  # two plain numbers are a stamp only where a line begins with them
        header = read_header(line)
        assert (header.kind, header.stamp) == (kind, stamp)
        assert line[header.start :] == MESSAGE
        assert moment(header.kind, header.stamp, year=2026) == second


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN.keys())
def test_what_stands_between_stamp_and_message_is_header(between: tuple[str, str]) -> None:
    text, level = between
    for kind, stamp, _ in DATED:
        line = f"{stamp}{text}{MESSAGE}"
        header = read_header(line)
        assert (header.kind, header.level, line[header.start :].lstrip()) == (kind, level, MESSAGE), line


@pytest.mark.parametrize("host", ["gw-hh-02", "10.1.2.3", "localhost", "fe80::1", "a.b.example"])
@pytest.mark.parametrize("tag", ["sshd[4711]: ", "kernel: ", "CRON[1]: ", "app/web.1: ", "su(pam_unix)[3]: "])
def test_a_line_of_syslog_has_host_and_tag_before_its_message(host: str, tag: str) -> None:
    line = f"Nov 23 10:04:02 {host} {tag}{MESSAGE}"
    assert line[read_header(line).start :] == MESSAGE


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Nov 23 10:04:02 INFO started well", "started well"),
        ("Nov 23 10:04:02 host last words", "last words"),
        ("Nov 23 10:04:02  host two spaces", "two spaces"),
        ("<34>Nov 23 10:04:02 host su: failed", "failed"),
        ("Nov 23 10:04:02 host tag: ", "tag: "),
        ("Nov 23 10:04:02 host", "host"),
        ("1795428242 R24-M0 RAS KERNEL INFO cache parity", "cache parity"),
        ("2026-11-23 10:04:02 INFO 17 files were read", "17 files were read"),
        ("2026-11-23 10:04:02 INFO ERROR both", "both"),
        ("2026-11-23 10:04:02 errors are many", "errors are many"),
        ("2026-11-23 10:04:02 INFO-level is set", "INFO-level is set"),
        ("2026-11-23 10:04:02 - tag: stays after a dash", "tag: stays after a dash"),
        ("2026-11-23 10:04:02 INFO see: it is so", "it is so"),
        ("2026-11-23 10:04:02 INFO key=value: 3", "key=value: 3"),
    ],
)
def test_where_the_message_begins(line: str, message: str) -> None:
    assert line[read_header(line).start :] == message


LEVELS = ["TRACE", "VERBOSE", "FINEST", "FINER", "FINE", "DEBUG", "CONFIG", "INFO", "INFORMATION", "NOTICE", "WARN"]
LEVELS += ["WARNING", "ERROR", "ERR", "SEVERE", "CRITICAL", "CRIT", "ALERT", "EMERG", "EMERGENCY", "FATAL", "PANIC"]


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_read_in_every_form_and_case(level: str) -> None:
    for form in [" {} ", " {}: ", " [{}] ", " - {} - ", " | {} | x | ", " [io] {} "]:
        for word in (level, level.lower(), level.title()):
            assert read_header(f"2026-11-23 10:04:02{form.format(word)}{MESSAGE}").level == level


@pytest.mark.parametrize(
    ("letter", "level"), [("V", "VERBOSE"), ("D", "DEBUG"), ("I", "INFO"), ("W", "WARN"), ("E", "ERROR")]
)
def test_the_letters_of_a_device_log_are_levels(letter: str, level: str) -> None:
    for line in (f"11-23 10:04:02.118  1702  2644 {letter} Power: on again", f"11-23 10:04:02.118 {letter}/Power: on"):
        assert read_header(line).level == level


@pytest.mark.parametrize(
    "word", ["INFORMED", "ERRORS", "WARNED", "information-rich", "DEBUGGER", "info.txt", "Fineprint"]
)
def test_a_word_that_begins_like_a_level_is_none(word: str) -> None:
    line = f"2026-11-23 10:04:02 {word} came along"
    header = read_header(line)
    assert header.level == ""
    assert line[header.start :].startswith(word)


NO_STAMPS = [
    "", " ", "no stamp at all", "  at Rekey.verify  rekey.c:212", "version 5.2.1", "12345", "1.2.3.4", "99-99",
    "2026-11-23", "10:04", "ratio 12:30", "11111111111111111111", "INFO no stamp", "Nov is a month", "Mon", "[x] y",
    "phone 040 1234567", "it took 2026 ms", "{}", "a" * 300 + " 2026-11-23 10:04:02",
]  # fmt: skip


@pytest.mark.parametrize("line", NO_STAMPS, ids=lambda line: line[:20] or "empty")
def test_a_line_without_a_stamp_is_all_message(line: str) -> None:
    assert read_header(line) == NO_HEADER
    assert HeaderReader().read(line) == NO_HEADER


@pytest.mark.parametrize(
    "line",
    [
        'INFO licence="x", valid until 2026-11-23 10:04:02',
        "the meeting (moved) is on 2026-11-23 10:04:02 now",
        "we have, since 2026-11-23 10:04:02, no link",
        "one two three four five six seven eight 2026-11-23 10:04:02",
        "step 1795428242 is done",
    ],
)
def test_a_moment_inside_a_sentence_is_no_header(line: str) -> None:
    assert read_header(line).start == 0


@pytest.mark.parametrize(
    "line", ["  1795428242 n1 up", "[1795428242] n1 up", " 10:04:02 up again", "\t2026-11-23 10:04:02 up"]
)
def test_white_space_before_a_stamp_does_no_harm(line: str) -> None:
    assert read_header(line).kind
    assert HeaderReader().read(line) == read_header(line)


def test_of_several_stamps_the_last_one_counts() -> None:
    line = "- 1795428242 2026.11.23 n7 Nov 23 10:04:02 n7/n7 ntpd[25]: synchronized"
    assert read_header(line) == Header("syslog", "Nov 23 10:04:02", "", line.index("synchronized"), line.index("Nov"))


@pytest.mark.parametrize("end", [" INFO", " [main]", " - ", " 4711", " tag:", " INFO tag: ", "   ", "|a|b|", " E"])
@pytest.mark.parametrize("stamp", ["2026-11-23 10:04:02", "Nov 23 10:04:02", "11-23 10:04:02.118"])
def test_a_line_that_is_all_header_keeps_its_end_inside(stamp: str, end: str) -> None:
    line = stamp + end
    assert 0 < read_header(line).start <= len(line)


def test_a_reader_follows_a_file_that_changes_its_format() -> None:
    lines = [f"{stamp} INFO {MESSAGE} {at}" for at in range(4) for _, stamp, _ in STAMPS]
    lines += ["", "  at x.y  z.c:1", "no stamp"] * 4
    random.Random(11).shuffle(lines)
    reader = HeaderReader()
    for line in lines:
        assert reader.read(line) == read_header(line)


def test_a_reader_forgets_no_shape_and_remembers_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierline.work.diagnosis.rules.headers._MAX_SHAPES", 10)
    reader = HeaderReader()
    for at in range(50):
        assert reader.read(f"{chr(97 + at % 26)}{at // 26} words without a stamp") == NO_HEADER
    assert len(reader._without) <= 10


def test_levels_of_one_file_are_those_of_each_line() -> None:
    reader = HeaderReader()
    levels = [reader.read(f"2026-11-23 10:04:02 {level} {MESSAGE}").level for level in LEVELS]
    assert levels == LEVELS


def test_lines_with_other_headers_have_one_template() -> None:
    lines = [f"{stamp} INFO {MESSAGE}" for kind, stamp, _ in DATED if kind != "day"]
    assert len(set(group_lines(lines))) == 1


HOSTILE = [
    "2026-11-23 10:04:02" + " [" * 20_000,
    "2026-11-23 10:04:02 " + "[" * 20_000,
    "2026-11-23 10:04:02 " + "[a" * 20_000 + "]" * 20_000,
    "2026-11-23 10:04:02 " + "[a[b]" * 10_000,
    "2026-11-23 10:04:02" + " A" * 20_000,
    "2026-11-23 10:04:02" + " INFO" * 10_000,
    "2026-11-23 10:04:02" + " 1" * 20_000,
    "2026-11-23 10:04:02" + "|" * 40_000,
    "2026-11-23 10:04:02" + " |x" * 20_000,
    "2026-11-23 10:04:02 " + "a" * 40_000 + ":",
    "2026-11-23 10:04:02 " + "a." * 20_000,
    "2026-11-23 10:04:02" + " -" * 20_000,
    "Nov 23 10:04:02 " + "h" * 40_000,
    "Nov 23 10:04:02" + " " * 40_000,
    "1795428242 " * 4_000,
    "10:04:02 " * 4_000,
    "1" * 40_000,
    "2026-" * 8_000,
]


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line[18:30].strip() + "…")
def test_a_hostile_header_costs_linear_time(line: str) -> None:
    began = time.process_time()
    for _ in range(5):
        header = read_header(line)
    reader = HeaderReader()
    for _ in range(5):
        assert reader.read(line) == header
    assert time.process_time() - began < 2
    assert 0 <= header.start <= len(line)


FIELDS = st.sampled_from(
    [" ", "  ", " INFO", " [x]", " 12", " -", ":", " a.b:", " | ", "|", "E ", " W/", "]", "[", "\t", "word", "é"]
)


@QUICK
@given(st.sampled_from([stamp for _, stamp, _ in STAMPS]), st.lists(FIELDS, max_size=8).map("".join))
def test_whatever_follows_a_stamp_reading_alone_and_in_a_file_agree(stamp: str, rest: str) -> None:
    line = f"{stamp} {rest}"
    alone = read_header(line)
    reader = HeaderReader()
    reader.read("2026-11-23 10:04:02 INFO first")
    assert reader.read(line) == alone
    assert reader.read(line) == alone
    assert alone.start <= len(line)


ODD = st.sampled_from([
    "{", "}", '"', '"level":', '"ts":1795428242', '"msg":"x', "\\", "\\n", "level=", "error", "msg=", "<34>", "<34>1 ",
    "E1123 10:04:02.1", "  1 a.go:1] ", "[    1.000001] ", "[ 11-23 10:04:02.1", "I/Tag( 12): ", "info: A[1]", "Date: ",
    " stdout F ", " - ", "[", "]", "(", ")", "|", ":", "=", ",", " ", "\t", "0x1a",
    "AM", "CET", "+01", "\x1e", "\ud800",
    "é", "1", "12:00:00", "2026-11-23T10:04:02Z", "Nov 23 10:04:02", "2026", "at x.y(Z.java:1)",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(ODD, st.text(max_size=6)), max_size=24).map("".join))
def test_any_text_has_a_header_that_lies_in_it(line: str) -> None:
    """Junk never raises; a reader of a file and one of a line agree; every place that is told lies in the line."""
    header = read_header(line)
    assert HeaderReader().read(line) == header
    assert 0 <= header.start <= len(line)
    assert line[header.at : header.at + len(header.stamp)] == header.stamp
    assert 0 <= header.figures[0] <= header.figures[1] <= len(line)
    assert isinstance(header.message(line), str)
    moment(header.kind, header.stamp, year=2026)


@pytest.mark.parametrize(
    "piece",
    [
        '{"a":', "[{", '"', '\\"', "k=v ", 'k="', "<3", "a.b(", "a/", "A: ", "[a] ", "1:", "INFO ", " - ", "Nov ",
        "x=\\", "2026-11-23 10:04:02 ",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "before",
    ["", "2026-11-23 10:04:02 ", '{"time":"2026-11-23T10:04:02Z","m":', "Nov 23 10:04:02 h ", "level=error a="],
)
def test_a_line_of_a_million_characters_costs_linear_time(piece: str, before: str) -> None:
    short, long = (before + piece * (size // len(piece)) for size in (30_000, 1_000_000))
    began = time.process_time()
    read_header(short)
    middle = time.process_time()
    header = read_header(long)
    assert 0 <= header.start <= len(long)
    assert time.process_time() - middle < 0.6 + 200 * (middle - began)
