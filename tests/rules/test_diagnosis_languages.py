"""Stack traces as each language prints them: type, frames from the innermost outwards, and one fingerprint a fault."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.stacks import Trace, fingerprint, parse

QUICK = settings(max_examples=60, deadline=None)

# name: language, type, frames that matter (the innermost first), the text
TRACES: dict[str, tuple[str, str, list[str], str]] = {
    "python": (
        "python", "ValueError", ["rekey:verify", "main:run"],
        ('Traceback (most recent call last):\n  File "/srv/main.py", line 12, in run\n    go()\n'
        '  File "/srv/rekey.py", line 88, in verify\n    raise ValueError(window)\nValueError: window 64\n'),
    ),
    "python module": (
        "python", "ModuleNotFoundError", ["app:<module>"],
        ('Traceback (most recent call last):\n  File "app.py", line 1, in <module>\n    import foo\n'
        "ModuleNotFoundError: No module named 'foo'\n"),
    ),
    "python on windows": (
        "python", "PermissionError", ["store:write"],
        ('Traceback (most recent call last):\n  File "C:\\srv\\store.py", line 3, in write\n    open(path)\n'
        "PermissionError: [WinError 5] Access is denied\n"),
    ),
    "python dotted type": (
        "python", "desk.errors.ReplayError", ["rekey:verify"],
        ('Traceback (most recent call last):\n  File "/srv/rekey.py", line 8, in verify\n    raise x\n'
        "desk.errors.ReplayError: window\n"),
    ),
    "python without words": (
        "python", "KeyboardInterrupt", ["loop:wait"],
        'Traceback (most recent call last):\n  File "/srv/loop.py", line 8, in wait\n    sleep(9)\nKeyboardInterrupt\n',
    ),
    "java": (
        "java", "java.lang.IllegalStateException", ["com.desk.Rekey.verify", "com.desk.Main.main"],
        ("java.lang.IllegalStateException: window 64\n\tat com.desk.Rekey.verify(Rekey.java:212)\n"
        "\tat com.desk.Main.main(Main.java:9)\n"),
    ),
    "java cause": (
        "java", "com.desk.ReplayException", ["com.desk.Rekey.verify", "com.desk.Session.tick"],
        ("java.lang.RuntimeException: outer\n\tat com.desk.Main.main(Main.java:9)\n"
        "Caused by: com.desk.ReplayException: window\n\tat com.desk.Rekey.verify(Rekey.java:212)\n"
        "\tat com.desk.Session.tick(Session.java:97)\n\t... 3 more\n"),
    ),
    "java module": (
        "java", "java.io.IOException", ["java.util.Store.load", "com.desk.A.b"],
        ("java.io.IOException: broken\n\tat java.base/java.util.Store.load(Store.java:1)\n"
        "\tat app//com.desk.A.b(A.java:2)\n"),
    ),
    "java native and unknown": (
        "java", "java.lang.OutOfMemoryError", ["com.desk.A.read", "com.desk.A.run"],
        "java.lang.OutOfMemoryError: heap\n\tat com.desk.A.read(Native Method)\n\tat com.desk.A.run(Unknown Source)\n",
    ),
    "kotlin": (
        "java", "kotlin.UninitializedPropertyAccessException", ["com.desk.RekeyKt.verify", "com.desk.MainKt.main"],
        ("kotlin.UninitializedPropertyAccessException: lateinit\n\tat com.desk.RekeyKt.verify(Rekey.kt:3)\n"
        "\tat com.desk.MainKt.main(Main.kt:5)\n"),
    ),
    "dotnet": (
        "dotnet", "System.ArgumentNullException", ["Desk.Rekey.Verify", "Desk.Program.Main"],
        ("System.ArgumentNullException: Value cannot be null.\n"
        "   at Desk.Rekey.Verify(Int32 window, String name) in C:\\src\\Rekey.cs:line 212\n"
        "   at Desk.Program.Main(String[] args)\n"),
    ),
    "dotnet generics": (
        "dotnet", "System.InvalidOperationException", ["Desk.Queue`1.Take", "Desk.Worker.<Run>d__3.MoveNext"],
        ("System.InvalidOperationException: empty\n   at Desk.Queue`1.Take()\n"
        "   at Desk.Worker.<Run>d__3.MoveNext()\n--- End of stack trace from previous location ---\n"
        "   at Desk.Program.Main()\n"),
    ),
    "node": (
        "script", "TypeError", ["Rekey.verify", "Session.tick"],
        ("TypeError: x is undefined\n    at Rekey.verify (/srv/rekey.js:12:3)\n"
        "    at async Session.tick (file:///srv/session.mjs:7:9)\n"),
    ),
    "node without names": (
        "script", "ReferenceError", ["rekey.js", "session.js"],
        "ReferenceError: y is not defined\n    at /srv/rekey.js:12:3\n    at /srv/session.js:7:9\n",
    ),
    "browser": (
        "script", "RangeError", ["Rekey", "app.js"],
        ("RangeError: too deep\n    at new Rekey (https://desk.example/app.js?v=3:1:20)\n"
        "    at https://desk.example/app.js:1:9\n"),
    ),
    "java plain error": (
        "java",
        "java.lang.Error",
        ["com.desk.A.b"],
        "java.lang.Error: y\n\tat com.desk.A.b(A.java:1)\n",
    ),
    "dotnet plain exception": (
        "dotnet",
        "System.Exception",
        ["Desk.Store.Load"],
        "Unhandled exception. System.Exception: no store\n   at Desk.Store.Load() in C:\\src\\Store.cs:line 2\n",
    ),
    "node plain error": (
        "script",
        "Error",
        ["Store.load"],
        "Error: no store\n    at Store.load (/srv/store.js:1:2)\n",
    ),
    "firefox": (
        "script", "TypeError", ["verify", "tick"],
        "TypeError: x is null\nverify@https://desk.example/app.js:12:3\ntick@https://desk.example/app.js:97:9\n",
    ),
    "go": (
        "go", "panic: runtime error: invalid memory address", ["main.(*Rekey).Verify", "main.main"],
        ("panic: runtime error: invalid memory address\n\ngoroutine 1 [running]:\n"
        "main.(*Rekey).Verify(0x0, 0x5)\n\t/src/rekey.go:212 +0x1d\nmain.main()\n\t/src/main.go:5 +0x20\n\n"),
    ),
    "asan": (
        "native", "AddressSanitizer: heap-buffer-overflow", ["verify", "main"],
        ("==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x60\n"
        "    #0 0x4a2f11 in verify /src/rekey.c:212:3\n    #1 0x4b2f11 in main /src/main.c:9\n"),
    ),
    "gdb": (
        "native", "SIGSEGV", ["verify (this=0x0, window=5)", "main ()"],
        ("Program received signal SIGSEGV, Segmentation fault.\n"
        "#0  0x00005555 in verify (this=0x0, window=5) at rekey.cc:212\n"
        "#1  main () at main.cc:9\n"),
    ),
    "kernel": (
        "native", "", ["tunnel_rekey", "worker_thread"],
        "Call Trace:\n tunnel_rekey+0x1a/0x40\n worker_thread+0x5/0x90\n",
    ),
    "plain": (
        "plain", "ReplayError", ["Rekey.verify", "Session.tick"],
        "stack of ReplayError, window 64\n  at Rekey.verify  rekey.c:212\n  at Session.tick  session.c:97\n",
    ),
}  # fmt: skip
QUIET = "2026-11-23 10:04:03 INFO on it goes\n"


def one(text: str) -> Trace:
    (trace,) = parse(text.splitlines())
    return trace


@pytest.mark.parametrize("name", TRACES)
def test_a_trace_is_read_as_its_language_prints_it(name: str) -> None:
    language, kind, frames, text = TRACES[name]
    trace = one(text)
    assert (trace.language, trace.type) == (language, kind)
    shown = [re.sub(r"\s*\(.*", "", frame) if name != "go" else frame for frame in trace.frames]
    wanted = [re.sub(r"\s*\(.*", "", frame) if name != "go" else frame for frame in frames]
    assert shown[: len(wanted)] == wanted


@pytest.mark.parametrize("name", TRACES)
def test_the_same_trace_in_a_log_between_other_lines_is_the_same(name: str) -> None:
    text = TRACES[name][3]
    alone = one(text)
    inside = one(QUIET * 3 + text + QUIET * 3)
    assert (inside.type, inside.frames, inside.fingerprint) == (alone.type, alone.frames, alone.fingerprint)
    assert inside.line == alone.line + 3


@pytest.mark.parametrize("name", TRACES)
def test_two_of_the_same_are_two_with_one_fingerprint(name: str) -> None:
    traces = parse((TRACES[name][3] + QUIET + TRACES[name][3] + QUIET).splitlines())
    assert len(traces) == 2
    assert len({trace.fingerprint for trace in traces}) == 1


def test_every_fault_has_a_fingerprint_of_its_own() -> None:
    prints = {name: one(text).fingerprint for name, (_, _, _, text) in TRACES.items()}
    assert len(set(prints.values())) == len(prints)


@pytest.mark.parametrize("name", TRACES)
def test_line_numbers_and_addresses_change_no_fingerprint(name: str) -> None:
    text = TRACES[name][3]
    moved = re.sub(
        r"(line |\.(?:java|kt|js|mjs|go|c|cc|cs):(?:line )?)(\d+)", lambda hit: f"{hit[1]}{int(hit[2]) + 71}", text
    )
    moved = re.sub(r"0x[0-9a-f]+", "0x7f11aa", moved)
    assert one(moved).fingerprint == one(text).fingerprint


@pytest.mark.parametrize("name", [name for name in TRACES if len(TRACES[name][2]) > 1])
def test_another_innermost_frame_is_another_fault(name: str) -> None:
    _, kind, frames, _ = TRACES[name]
    assert fingerprint(kind, frames) != fingerprint(kind, ["Other.frame", *frames[1:]])
    assert fingerprint(kind, frames) != fingerprint(f"Other{kind}", frames)


def test_only_the_first_five_own_frames_count() -> None:
    frames = [f"Desk.step{letter}" for letter in "abcdefgh"]
    assert fingerprint("E", frames) == fingerprint("E", [*frames[:5], "Desk.elsewhere"])
    assert fingerprint("E", frames) != fingerprint("E", [*frames[:4], "Desk.elsewhere"])


@pytest.mark.parametrize(
    "line",
    [
        "we met at noon",
        "  at last it worked",
        "#1 in the charts",
        'see File "x.py", line 3',
        "at com.desk.A.b(A.java:1)",
        "user@host:22:1",
        "goroutine talk",
        "\t/etc/passwd",
        "an error occurred at rekey.c:212",
        "TypeError: only a type",
    ],
)
def test_an_ordinary_line_is_no_frame(line: str) -> None:
    assert [trace for trace in parse([line, "next"]) if trace.type and len(trace.frames) > 1] == []


def test_a_python_error_while_another_is_handled_is_two_traces() -> None:
    text = TRACES["python"][3] + "\nDuring handling of the above exception, another exception occurred:\n\n"
    traces = parse((text + TRACES["python dotted type"][3]).splitlines())
    assert [trace.type for trace in traces] == ["ValueError", "desk.errors.ReplayError"]


def test_frames_of_one_trace_end_where_another_language_begins() -> None:
    text = TRACES["java"][3] + TRACES["node"][3]
    assert [(trace.language, trace.type) for trace in parse(text.splitlines())] == [
        ("java", "java.lang.IllegalStateException"),
        ("script", "TypeError"),
    ]


HOSTILE = [
    "    at " + "a" * 60_000,
    "    at " + "a." * 30_000 + "(",
    "    at a (" + "x" * 60_000,
    '  File "' + "x" * 60_000,
    "#0 0x1 in " + "f(" * 30_000,
    "a@https://" + "x" * 60_000,
    "x.Error" * 9_000,
    "A" * 60_000 + "Error:",
    "at at at " * 7_000,
    "\tat " + "<" * 60_000,
    " " * 60_000 + "at x",
    "panic: " + "[" * 60_000,
]


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line[:12].strip() + "…")
def test_a_hostile_line_costs_linear_time(line: str) -> None:
    began = time.process_time()
    parse([line, "x.Error: y", line, "  at a.b  c.c:1", line])
    assert time.process_time() - began < 2


FRAMES = st.sampled_from([line for _, _, _, text in TRACES.values() for line in text.splitlines()])


def test_a_cause_without_frames_leaves_those_above_it() -> None:
    (trace,) = parse(
        ["\tat java.base/java.util.Store.load(Store.java:1)", "Caused by: com.desk.ReplayException: window"]
    )
    assert (trace.type, trace.frames) == ("com.desk.ReplayException", ("java.util.Store.load",))


@QUICK
@given(st.lists(FRAMES, max_size=25))
def test_frames_in_any_order_never_fail_and_stay_in_bounds(lines: list[str]) -> None:
    for trace in parse(lines):
        assert 1 <= trace.line <= len(lines)
        assert 1 <= len(trace.frames) <= 200
        assert re.fullmatch(r"f[0-9a-f]{12}", trace.fingerprint)


@QUICK
@given(st.sampled_from([text for _, _, _, text in TRACES.values()]), st.integers(1, 4), st.integers(0, 3))
def test_quiet_lines_around_never_change_a_fingerprint(text: str, before: int, after: int) -> None:
    quiet = QUIET * before + text + QUIET * after
    assert one(quiet).fingerprint == one(text).fingerprint
