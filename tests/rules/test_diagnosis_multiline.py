"""Records of several lines: one record is one template, whatever belongs to it."""

# ruff: noqa: E501, ISC004 (a record is as long as it is, and its lines stand below each other)

import io

import pytest

from tierline.work.diagnosis.rules.reading import EvidenceReader, Reading

AT, THEN = "2026-11-23 10:04:02,118 ERROR [w-1] ", "2026-11-23 10:04:05,118 INFO [w-1] "
RECORDS = {
    "Java": (
        "java.lang.IllegalStateException: no window\n\tat net.Core.run(Core.java:12)\n\tat net.Main.main(Main.java:3)\n"
        "\tSuppressed: java.io.IOException: close\n\t\tat net.X.y(X.java:1)\nCaused by: java.io.IOException: gone\n"
        "\tat net.B.c(B.java:1)\n\t... 2 more",
        "java.io.IOException",
    ),
    "Python, with causes": (
        'Traceback (most recent call last):\n  File "a.py", line 3, in run\n    go()\nKeyError: 12\n\n'
        "During handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "b.py", line 9, in main\n    run()\nRuntimeError: no key',
        "RuntimeError",
    ),
    ".NET": (
        "System.AggregateException: one or more (no key)\n ---> System.IO.IOException: no key\n"
        "   at Net.Core.Run() in C:\\a\\Core.cs:line 12\n   --- End of inner exception stack trace ---\n"
        "   at Net.Main.Go()",
        "System.IO.IOException",
    ),
    "Go": (
        "goroutine 12 [running]:\nmain.(*Server).run(0xc000010000, 0x2)\n\t/srv/a/main.go:12 +0x1d\n"
        "main.main()\n\t/srv/a/main.go:3 +0x25\ncreated by main.start in goroutine 1\n\t/srv/a/main.go:9 +0x11",
        "",
    ),
    "JavaScript": (
        "TypeError: x is not a function\n    at run (/srv/a.js:12:3)\n    at async go (/srv/b.js:1:2)\n"
        "    at node:internal/process:12:3",
        "TypeError",
    ),
    "native": (
        "#0  0x00007f3c in rekey_verify (s=0x0) at rekey.c:212\n#1  0x00007f3d in tick () at session.c:97\n"
        "#2  0x00007f3e in main () at main.c:3",
        "",
    ),
    "SQL in capitals": ("SELECT name, id\nFROM peers\nLEFT JOIN links ON links.peer = peers.id\nWHERE id = 12\nORDER BY id;", None),
    "SQL in small letters": ("    select name\nfrom peers\nwhere p.id = 12\nand p.up = 1\norder by p.id", None),
    "SQL behind tabs": ("\tSELECT name\n\tFROM peers\n\tWHERE id = 12", None),
    "printed JSON": ('{\n  "peer": 12,\n  "links": [\n    1,\n    2\n  ]\n}', None),
    "printed list": ("[\n  1,\n  2\n]", None),
    "indented": ("    more of it\n\n    and the end", None),
    "behind a tab": ("\tmore of it\n\tand the end", None),
}  # fmt: skip


def read(text: str) -> Reading:
    return EvidenceReader(io.BytesIO(), year=2026).read(io.BytesIO(text.encode()), "a.log")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("name", list(RECORDS))
def test_a_record_of_several_lines_is_one_template(name: str, ends: str) -> None:
    more, trace = RECORDS[name]
    text = f"{AT}job 12 ended\n{more}\n{THEN}job 13 ended\n{more}\n{THEN}all done\n"
    found = read(text.replace("\n", ends))
    assert {one["text"]: one["count"] for one in found.templates} == {"job <*> ended": 2, "all done": 1}
    assert found.lines == text.count("\n")
    if trace is not None:
        assert {one["count"] for one in found.traces} == {2}
        assert found.traces[-1]["type"] == (trace or found.traces[-1]["type"])


@pytest.mark.parametrize(
    "line",
    ["Connection pool is empty", "panic: no window", "Listening on port 12", "done (in 12 ms)", "and so it ends"],
)
def test_a_line_that_says_something_new_is_a_record_of_its_own(line: str) -> None:
    found = read(f"{AT}job 12 ended\n{line}\n{THEN}job 13 ended\n")
    assert sum(one["count"] for one in found.templates) == 3


def test_files_of_an_archive_do_not_run_into_each_other() -> None:
    """What a file without stamps begins with does not belong to the file before it."""
    alone = read("   indented\n   again\n")
    assert [one["count"] for one in alone.templates] == [1, 1]


def test_under_a_header_that_stands_alone_several_messages_have_its_moment() -> None:
    found = read("2026-11-23T10:04:02+00:00\nfirst said\n  more\nsecond said\n2026-11-23T10:04:05+00:00\nfirst said\n")
    assert {one["text"]: one["count"] for one in found.templates} == {"first said": 2, "second said": 1}
    assert sum(bucket["lines"] for bucket in found.buckets) == 3


def test_a_header_alone_at_the_end_is_no_record() -> None:
    found = read("2026-11-23T10:04:02+00:00\nsaid\n2026-11-23T10:04:05+00:00\n")
    assert [one["count"] for one in found.templates] == [1]


@pytest.mark.parametrize("level", ["Error", "2", "Critical"])
@pytest.mark.parametrize("first", [True, False])
def test_the_level_of_named_lines_counts_before_and_behind_the_message(level: str, first: bool) -> None:
    rows = [f"Level: {level}", "Message: it stopped"]
    found = read("Date: 2026-11-23 10:04:02\n" + "\n".join(rows if first else rows[::-1]) + "\nUser: N/A\n")
    assert [one["text"] for one in found.templates] == ["it stopped"]
    assert sum(bucket["errors"] for bucket in found.buckets) == 1
