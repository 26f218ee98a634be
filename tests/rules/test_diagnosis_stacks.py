"""Stack traces in six languages; the fingerprint stays when everything that does not matter changes."""

import random
import re
from collections import Counter

import pytest

from tierline.work.diagnosis.rules.stacks import StackReader, Trace, fingerprint, normalise, parse

PYTHON = """2026-11-23 10:04:02 ERROR worker failed
Traceback (most recent call last):
  File "/srv/desk/main.py", line 12, in run
    go(window)
    ~~^^^^^^^^
  File "/usr/lib/python3/site-packages/lib/core.py", line 3, in call
    return f()
  File "/srv/desk/rekey.py", line 88, in verify
    raise ReplayError(64)
desk.errors.ReplayError: window 64
2026-11-23 10:04:03 INFO on it goes"""
JAVA = """Exception in thread "main" java.lang.RuntimeException: outer 17
\tat com.desk.Main.start(Main.java:12)
\tat java.base/java.lang.Thread.run(Thread.java:833)
Caused by: com.desk.ReplayException: window 64
\tat com.desk.Rekey$3.verify(Rekey.java:212)
\tat com.desk.Session$$Lambda$14/0x0000000800066840.tick(Unknown Source)
\t... 12 more"""
DOTNET = """System.NullReferenceException: Object reference not set to an instance of an object.
   at Desk.Rekey.Verify(Int32 window) in C:\\src\\Rekey.cs:line 212
   at Desk.Session.<Tick>d__7.MoveNext()
   at System.Threading.Tasks.Task.Execute()"""
SCRIPT = """TypeError: Cannot read properties of undefined (reading 'seq')
    at Rekey.verify (/srv/app/rekey.js:12:3)
    at async Session.tick (file:///srv/app/session.mjs:7:9)
    at node:internal/process/task_queues:95:5"""
GO = """panic: runtime error: index out of range [5] with length 3

goroutine 17 [running]:
main.(*Rekey).Verify(0xc000010000, 0x5)
\t/src/rekey.go:212 +0x1d
main.main()
\t/src/main.go:5 +0x20
exit status 2"""
NATIVE = """==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010
    #0 0x4a2f11 in desk::Rekey::verify(int) /src/rekey.cc:212:3
    #1 0x4b2f11 in desk::Session::tick() /src/session.cc:97
    #2 0x7f1122334455 in __libc_start_main"""
PLAIN = """stack of ReplayError, window 64
  at Rekey.verify_window  rekey.c:212
  at Session.tick         session.c:97
  at ev_run               libev 4.33"""

CASES = [
    (PYTHON, "python", "desk.errors.ReplayError", "rekey:verify", 3),
    (JAVA, "java", "com.desk.ReplayException", "com.desk.Rekey$3.verify", 2),
    (DOTNET, "dotnet", "System.NullReferenceException", "Desk.Rekey.Verify", 2),
    (SCRIPT, "script", "TypeError", "Rekey.verify", 2),
    (GO, "go", "panic: runtime error: index out of range  with length", "main.(*Rekey).Verify", 5),
    (NATIVE, "native", "AddressSanitizer: heap-use-after-free", "desk::Rekey::verify", 2),
    (PLAIN, "plain", "ReplayError", "Rekey.verify_window", 2),
]
NAMES = [case[1] for case in CASES]


def one(text: str) -> Trace:
    (trace,) = parse(text.splitlines())
    return trace


@pytest.mark.parametrize(("text", "language", "kind", "top", "line"), CASES, ids=NAMES)
def test_a_trace_has_type_frames_and_place(text: str, language: str, kind: str, top: str, line: int) -> None:
    trace = one(text)
    assert (trace.language, trace.type, trace.frames[0], trace.line) == (language, kind, top, line)
    assert len(trace.frames) >= 2


@pytest.mark.parametrize("text", [case[0] for case in CASES], ids=NAMES)
@pytest.mark.parametrize("seed", range(4))
def test_a_fingerprint_survives_other_numbers_and_addresses(text: str, seed: int) -> None:
    rng = random.Random(seed)

    def other(found: re.Match[str]) -> str:
        return found[1] + str(rng.randrange(1, 9_999))

    changed = re.sub(r"(:line |line |java:|cc:|\.c:|go:|js:|mjs:)\d+", other, text)
    changed = re.sub(r"0x[0-9a-f]{4,16}", lambda found: f"0x{rng.getrandbits(4 * len(found[0]) - 8) | 4096:x}", changed)
    changed = re.sub(r"Lambda\$\d+", lambda _: f"Lambda${rng.randrange(99)}", changed)
    changed = changed.replace("window 64", f"window {rng.randrange(99)}").replace("[5]", f"[{rng.randrange(99)}]")
    assert one(changed).fingerprint == one(text).fingerprint


@pytest.mark.parametrize("word", ["at", "bei", "à", "en", "in", "в"])
def test_a_fingerprint_is_the_same_in_every_language_of_the_machine(word: str) -> None:
    changed = DOTNET.replace("   at ", f"   {word} ").replace(":line ", ":Zeile ")
    assert one(changed).fingerprint == one(DOTNET).fingerprint


def test_different_faults_have_different_fingerprints() -> None:
    prints = [one(text).fingerprint for text, *_ in CASES]
    assert len(set(prints)) == len(prints)
    other = JAVA.replace("Rekey$3.verify", "Rekey$3.renew")
    assert one(other).fingerprint != one(JAVA).fingerprint


def test_frames_of_the_runtime_do_not_count() -> None:
    assert fingerprint("E", ["java.lang.Thread.run", "com.desk.A.b"]) == fingerprint("E", ["com.desk.A.b"])
    assert fingerprint("E", ["java.lang.Thread.run"]) != fingerprint("E", [])


@pytest.mark.parametrize(
    ("frame", "normal"),
    [
        ("com.desk.Rekey$3.verify", "com.desk.Rekey.verify"),
        ("desk::Map<int, std::vector<int> >::at", "desk::Map::at"),
        ("verify+0x12", "verify"),
        ("Proxy_1234.call", "Proxy.call"),
    ],
)
def test_noise_leaves_a_frame(frame: str, normal: str) -> None:
    assert normalise(frame) == normal


def test_several_traces_in_one_log_are_told_apart() -> None:
    text = f"start\n{PYTHON}\n{JAVA}\n2026-11-23 10:05:00 INFO quiet\n{PLAIN}\n2026 end\n{SCRIPT}"
    assert [trace.language for trace in parse(text.splitlines())] == ["python", "java", "plain", "script"]


def test_the_same_trace_twice_is_found_twice() -> None:
    text = f"{PLAIN}\n2026-11-23 10:05:00 INFO quiet\n{PLAIN}"
    prints = [trace.fingerprint for trace in parse(text.splitlines())]
    assert len(prints) == 2
    assert len(set(prints)) == 1


def test_ordinary_lines_are_no_trace() -> None:
    lines = [
        "we met at noon",
        "  at last it worked",
        "#1 in the charts",
        "see file x.py, line 3",
        "a@b:1:2",
        "",
        "\t/x",
    ]
    assert [trace for trace in parse(lines) if trace.type] == []


def test_endless_traces_stay_bounded() -> None:
    reader = StackReader(most=5)
    for number in range(2_000):
        reader.feed(number, f"  at Deep.call_{number}  deep.c:{number}")
    for number in range(50):
        reader.feed(number, "quiet")
        reader.feed(number, "  at Deep.call  deep.c:1")
    traces = reader.close()
    assert len(traces) <= 5
    assert max(len(trace.frames) for trace in traces) <= 200


POOL = """"http-exec-{n}" #{n} daemon prio=5 tid=0x{n:02x}5800 nid=0x{n:x} waiting on condition  [0x{n:02x}e000]
   java.lang.Thread.State: WAITING (parking)
\tat jdk.internal.misc.Unsafe.park(java.base@17.0.9/Native Method)
\t- parking to wait for  <0x00000000c0a1{n:04x}> (a java.util.concurrent.locks.Condition)
\tat java.util.concurrent.locks.LockSupport.park(java.base@17.0.9/LockSupport.java:341)
\tat org.apache.tomcat.util.threads.TaskQueue.take(TaskQueue.java:117)
\tat java.lang.Thread.run(java.base@17.0.9/Thread.java:840)

"""
STUCK = """"export-{n}" #{n} prio=5 tid=0x00007f5ea4ff{n:02x}00 nid=0x{n:x} waiting for monitor entry  [0x00]
   java.lang.Thread.State: BLOCKED (on object monitor)
\tat com.nordlicht.export.Ledger.post(Ledger.java:{n})
\t- waiting to lock <0x00000000c0a2{n:04x}> (a com.nordlicht.export.Account)
\tat com.nordlicht.export.Job.run(Job.java:41)

"""
FOUND = """Found one Java-level deadlock:
=============================
"export-88":
  waiting to lock monitor 0x00007f5e78004e00 (object 0x00000000c0a20018, a com.nordlicht.export.Account),
  which is held by "export-89"

Java stack information for the threads listed above:
===================================================
"export-88":
\tat com.nordlicht.export.Ledger.post(Ledger.java:88)
\tat com.nordlicht.export.Job.run(Job.java:41)

Found 1 deadlock.
"""


def test_a_thread_dump_is_grouped_by_equal_stacks_and_a_deadlock_is_named() -> None:
    text = "".join([*(POOL.format(n=n) for n in range(12)), STUCK.format(n=88), STUCK.format(n=89), FOUND])
    found = parse(text.split("\n"))
    grouped = Counter((trace.type, trace.fingerprint) for trace in found)
    assert [(kind, many) for (kind, _), many in grouped.most_common()] == [
        ("thread WAITING (parking)", 12),
        ("thread BLOCKED (on object monitor)", 2),
        ("deadlock", 1),
    ]
    assert found[0].frames == (
        "jdk.internal.misc.Unsafe.park",
        "java.util.concurrent.locks.LockSupport.park",
        "org.apache.tomcat.util.threads.TaskQueue.take",
        "java.lang.Thread.run",
    )


def test_the_crash_of_a_java_virtual_machine_has_one_stack_of_all_its_frames() -> None:
    text = """Native frames: (J=compiled Java code, j=interpreted, Vv=VM code, C=native code)
C  [libnordcrypt.so+0x29a4]  nord_rekey+0x44
J 4711 c2 com.nordlicht.Crypt.window(J)I (44 bytes) @ 0x00007f5ea8d1c9a4 [0x00007f5ea8d1c900+0x00000000000000a4]
j  com.nordlicht.Session.tick()V+22
v  ~StubRoutines::call_stub
V  [libjvm.so+0x83c0f5]  JavaCalls::call_helper(JavaValue*, methodHandle const&)+0x315
C  [libpthread.so.0+0x76db]

Environment Variables:"""
    (trace,) = parse(text.split("\n"))
    assert trace.type == "crash of the virtual machine"
    assert trace.frames[:3] == ("nord_rekey", "com.nordlicht.Crypt.window", "com.nordlicht.Session.tick")
    assert trace.frames[-1].startswith("JavaCalls::call_helper")


@pytest.mark.parametrize(
    "line", ["C  [see below]", "J 12 was the best score", "j  is a letter", "V  [x]  and more", "A  new day"]
)
def test_a_line_that_only_begins_like_such_a_frame_is_none(line: str) -> None:
    assert parse([line]) == []
