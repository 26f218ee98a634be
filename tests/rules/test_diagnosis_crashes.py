"""Crash reports of many runtimes: type, state, address, whether it may be exploited, and the group of their like."""

import json
import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.stacks import CrashReport, read_report

SHARED = Path(os.environ.get("TIERLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
STACK = """
    #0 0x55d0c1 in __interceptor_memcpy /build/compiler-rt/lib/asan/interceptors.inc:806:5
    #1 0x55d0c2 in vpn::Tunnel::rekey(int, char const*) src/tunnel.cc:41:7
    #2 0x55d0c3 in vpn::(anonymous namespace)::on_timer(void*) src/timer.cc:12
    #3 0x55d0c4 in std::function<void ()>::operator()() const include/c++/v1/functional:2347:12
    #4 0x55d0c5 in vpn::Loop<vpn::Clock>::run() src/loop.cc:99:3
    #5 0x55d0c6 in main src/main.cc:5
    #6 0x7f0001 in __libc_start_main (/lib/x86_64-linux-gnu/libc.so.6+0x2409b)
"""
FRAMES = ("vpn::Tunnel::rekey", "vpn::on_timer", "vpn::Loop<vpn::Clock>::run")


def read(text: str) -> CrashReport:
    return read_report(text.strip("\n").split("\n"))


@pytest.mark.parametrize(
    ("head", "kind", "address", "security"),
    [
        (("==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60f00003b280 at pc 0x1 bp 0x2 sp 0x3\n"
         "READ of size 8 at 0x60f00003b280 thread T0"), "Heap-use-after-free\nREAD 8", "0x60f00003b280", True),
        (("==7==ERROR: AddressSanitizer: stack-buffer-overflow on address 0x7ffe1 at pc 0x1 bp 0x2 sp 0x3\n"
         "WRITE of size 70000 at 0x7ffe1 thread T0"), "Stack-buffer-overflow\nWRITE {*}", "0x7ffe1", True),
        (("==7==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000010 (pc 0x1 bp 0x2 sp 0x3 T0)\n"
         "==7==The signal is caused by a READ memory access."), "Null-dereference READ", "0x000000000010", False),
        (("==7==ERROR: AddressSanitizer: SEGV on unknown address 0x7fd100000010 (pc 0x1 bp 0x2 sp 0x3 T0)\n"
         "==7==The signal is caused by a WRITE memory access."), "UNKNOWN WRITE", "0x7fd100000010", True),
        ("==7==ERROR: AddressSanitizer: access-violation on unknown address 0x00010008 (pc 0x1 bp 0x2 sp 0x3 T0)",
         "UNKNOWN", "0x00010008", True),
        ("==7==ERROR: AddressSanitizer: attempting double-free on 0x602000000010 in thread T0:", "Heap-double-free",
         "0x602000000010", True),
        ("==7==ERROR: AddressSanitizer: attempting free on address which was not malloc()-ed: 0x7ffe10 in thread T0",
         "Invalid-free", "0x7ffe10", True),
        ("==7==ERROR: AddressSanitizer: negative-size-param: (size=-1)", "Negative-size-param", "", True),
        ("==7==ERROR: AddressSanitizer: ABRT on unknown address 0x053900000001 (pc 0x1 bp 0x2 sp 0x3 T0)", "Abrt",
         "0x053900000001", False),
        ("==7==ERROR: UndefinedBehaviorSanitizer: FPE on unknown address 0x7fdc4 (pc 0x7fdc4 bp 0x1 sp 0x2 T7)",
         "Floating-point-exception", "", False),
        ("==7==WARNING: MemorySanitizer: use-of-uninitialized-value", "Use-of-uninitialized-value", "", True),
        ("WARNING: ThreadSanitizer: data race (pid=41)\n  Write of size 8 at 0x7b0400 by thread T1:",
         "Data race\nWRITE 8", "0x7b0400", False),
        (("==7==ERROR: HWAddressSanitizer: tag-mismatch on address 0x0040e1287be0 at pc 0x1\n"
         "READ of size 1 at 0x0040e1287be0 tags: 0f/47 (ptr/mem) in thread T1"), "Tag-mismatch\nREAD 1",
         "0x0040e1287be0", True),
        ("==7==ERROR: LeakSanitizer: detected memory leaks\n\nDirect leak of 10 byte(s) in 1 object(s) allocated from:",
         "Direct-leak", "", False),
        ("==7==ERROR: AddressSanitizer: allocator is out of memory trying to allocate 0x9a0000 bytes", "Out-of-memory",
         "", False),
        ("a.c:3:4: runtime error: signed integer overflow: 2147483647 + 1 cannot be represented in type 'int'",
         "Integer-overflow", "", False),
        ("a.c:3:4: runtime error: index 9 out of bounds for type 'char [8]'", "Index-out-of-bounds", "", True),
        ("a.c:3:4: runtime error: shift exponent 70 is too large for 64-bit type 'long'", "Undefined-shift", "", False),
        ("a.c:3:4: runtime error: load of misaligned address 0x1 for type 'int', which requires 4 byte alignment",
         "Misaligned-address", "", False),
        ("a.c:3:4: runtime error: load of value 7, which is not a valid value for type 'bool'", "Invalid-bool-value",
         "", False),
        ("a.c:3:4: runtime error: something that a later compiler says", "UNKNOWN", "", False),
        ("==9== ERROR: libFuzzer: deadly signal", "Fatal-signal", "", False),
        ("==9== ERROR: libFuzzer: timeout after 90 seconds", "Timeout", "", False),
        ("===BUG DETECTED: Arbitrary file open===\n==9== ERROR: libFuzzer: deadly signal", "Arbitrary file open", "",
         True),
        ("Received signal 11 SEGV_MAPERR 7f6b0c580000", "UNKNOWN", "0x7f6b0c580000", True),
        ("Fatal signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x8 in tid 71 (worker)", "Null-dereference",
         "0x8", False),
    ],
)  # fmt: skip
def test_what_sanitizers_and_signals_report(head: str, kind: str, address: str, security: bool) -> None:
    report = read(head + STACK)
    assert (report.type, report.address, report.security) == (kind, address, security)
    assert report.state == FRAMES


@pytest.mark.parametrize(
    ("head", "kind", "said"),
    [
        ("[41:42:0324/233644:FATAL:tunnel.cc(299)] Check failed: a == b (2 vs. 3).", "CHECK failure",
         "a == b in tunnel.cc"),
        ("[0617/152313.001:FATAL:src/vector.h:17] Check failed: i < size() (1 vs. 1)", "CHECK failure",
         "i < size() in vector.h"),
        ("[0617/152313.001:FATAL:a.cc(1)] DCHECK failed: f(x) (DIV (old)@1 vs. DIV (new)@2)", "CHECK failure",
         "f(x) in a.cc"),
        ("[1:1:0101/1:FATAL:a.cc(1)] Security DCHECK failed: open_.", "Security DCHECK failure", "open_ in a.cc"),
        ("F0812 20:32:32.874783   47273 store.cc:195] Check failed: ok.", "CHECK failure", "ok in store.cc"),
        ("F0812 20:32:32.874783   47273 store.cc:195] Cannot go on.", "Fatal error", "Cannot go on in store.cc"),
        ("#\n# Fatal error in ../../src/heap.cc, line 5\n# Check failed: marked.\n#", "CHECK failure",
         "marked in heap.cc"),
        ("#\n# Fatal error in ../../src/heap.cc, line 5\n# Debug check failed: marked (1 vs. 0).\n#", "DCHECK failure",
         "marked in heap.cc"),
        ("#\n# Fatal error in ../../src/heap.cc, line 5\n# unreachable code\n#", "Unreachable code", "heap.cc"),
        ("vpnd: tunnel.c:860: int rekey(void): Assertion `open > 0' failed.", "ASSERT", "open > 0"),
        ("ASSERTION FAILED: start <= end", "ASSERT", "start <= end"),
        ("[2018-05-17 07:01:35][1][critical][assert] a/b.cc:87] assert failure: len > 0. Details: none", "ASSERT",
         "len > 0"),
        ("c++/v1/vector:559: assertion !empty() failed: front() called on an empty vector", "ASSERT",
         "front() called on an empty vector"),
        ("thread 'main' panicked at 'no tunnel 3', src/lib.rs:427:10", "ASSERT", "no tunnel 3"),
        ("thread 'main' (71) panicked at src/lib.rs:427:10:\nno tunnel 3", "ASSERT", "no tunnel 3"),
    ],
)  # fmt: skip
def test_what_programs_say_when_a_check_of_their_own_fails(head: str, kind: str, said: str) -> None:
    report = read(head + STACK)
    assert (report.type, report.state) == (kind, (said, *FRAMES[:2]))
    aborted = "\n==7==ERROR: AddressSanitizer: ABRT on unknown address 0x053900000001 (pc 0x1 bp 0x2 sp 0x3 T0)"
    assert read(head + aborted + STACK) == report  # the signal says less than the program


GO = """
panic: runtime error: %s

goroutine 17 [running, locked to thread]:
encoding/json.(*decodeState).object(0x10c000096420, {0x982a80, 0x1}, 0x16)
\t/usr/local/go/src/encoding/json/decode.go:833 +0x152d
github.com/field/vpn.Read(...)
\t/src/vpn/read.go:23 +0x156
runtime.goexit()
\t/usr/local/go/src/runtime/asm_amd64.s:480 +0x89
"""


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("index out of range [5] with length 3", "Index out of range"),
        ("slice bounds out of range [:9] with capacity 4", "Slice bounds out of range"),
        ("invalid memory address or nil pointer dereference", "Invalid memory address"),
        ("integer divide by zero", "Integer divide by zero"),
    ],
)
def test_panics_of_go(words: str, kind: str) -> None:
    assert read(GO % words) == read(GO % words + "\nexit status 2")
    assert (read(GO % words).type, read(GO % words).state) == (kind, ("json.(*decodeState).object", "vpn.Read"))


def test_a_panic_with_own_words_and_the_word_panic_in_other_text() -> None:
    said = GO.replace("runtime error: %s", "tunnel closed twice")
    assert read(said).state == ("tunnel closed twice", "json.(*decodeState).object", "vpn.Read")
    assert read("do not panic: all is well\nthe end").type == ""


def test_python_is_turned_so_that_the_innermost_comes_first() -> None:
    frames = "".join(
        f'  File "{place}.py", line 7, in {name}\n'
        for place, name in (("a", "entry"), ("b/parse", "best"), ("b/parse", "parse_type"))
    )
    head = " === Uncaught Python exception: ===\nValueError: 1\nTraceback (most recent call last):\n"
    report = read(head + frames + "\nend")
    assert (report.type, report.state) == ("Uncaught exception", ("parse_type", "best", "entry"))


def test_java_and_android() -> None:
    frames = (
        "\tat java.util.ArrayList$Itr.next(ArrayList.java:573)\n"
        "\tat com.field.vpn.Tunnel.fire(Tunnel.java:195)\n"
        "\tat com.field.vpn.Tunnel.-wrap0(Tunnel.java)\n"
    )
    expected = ("java.util.ArrayList$Itr.next", "com.field.vpn.Tunnel.fire", "com.field.vpn.Tunnel.-wrap0")
    for head, kind in (
        ("FATAL EXCEPTION: main\nProcess: com.field, PID: 9\njava.lang.IllegalStateException\n", "Fatal Exception"),
        ('Exception in thread "main" java.lang.IllegalStateException: no\n', "Uncaught exception"),
        ('Exception in thread "main" java.lang.StackOverflowError\n', "Stack overflow"),
        ("== Java Exception: com.code_intelligence.jazzer.api.FuzzerSecurityIssueHigh: path\n", "Security exception"),
    ):
        report = read(head + frames)
        assert (report.type, report.state) == (kind, expected)


def test_a_tombstone_names_functions_or_else_the_process() -> None:
    head = "pid: 9, tid: 10, name: surfaceflinger  >>> /system/bin/surfaceflinger <<<\n"
    signal = "signal 6 (SIGABRT), code -6 (SI_TKILL), fault addr --------\nbacktrace:\n"
    named = (
        "    #00 pc 00042c98  /system/lib/libc.so (abort+50)\n    #01 pc 00017b2f  /system/lib/libvpn.so (rekey+9)\n"
    )
    assert read(head + signal + named).state == ("rekey",)
    assert read(signal + head + "    #00 pc 00000333  <unknown>\n").state == ("Surfaceflinger",)
    linker = 'CANNOT LINK EXECUTABLE "/bin/x": library "libvpn.so" not found'
    assert (read(linker).type, read(linker).state) == ("Missing-library", ("libvpn.so",))


def test_the_kernel() -> None:
    kasan = read(
        "[   12.1] BUG: KASAN: use-after-free in rekey+0x20/0x390\n"
        "[   12.1] Write of size 8 at addr ffffffc05b5c4d28 by task vpnd/82\n[   12.1] Call trace:\n"
        "[   12.1]  dump_stack+0x134/0x15c\n[   12.1]  kasan_report+0xa4/0xa8\n[   12.1]  rekey+0x20/0x390\n"
        "[   12.1]  ? maybe+0x1/0x2\n[   12.1]  on_timer+0x1/0x20\n"
    )
    assert kasan.type == "Kernel failure\nUse-after-free\nWRITE 8"
    assert (kasan.state, kasan.address, kasan.security) == (("rekey", "on_timer"), "0xffffffc05b5c4d28", True)
    bug = read("kernel BUG at net/core/skbuff.c:1147!\nCall Trace:\nskb_panic+0x1/0x2\nskb_push+0x1/0x3\n")
    assert (bug.type, bug.state) == ("Kernel failure\nNet/core/skbuff.c:{*}!", ("skb_panic", "skb_push"))


def test_windows_debuggers() -> None:
    report = read(
        "   ExceptionCode: c0000005 (Access violation)\nAttempt to write to address 00000000`00000008\nSTACK_TEXT:\n"
        "002df7e4 00fd1423 00fd1078 00fd1078 7f956000 vpn!rekey+0x1e\n"
        "002df7e4 00fd1423 00fd1078 00fd1078 7f956000 vpn!rekey+0x4e\n"
        "002df8b8 00fd1969 00000001 00328df8 0032e9c0 ntdll!RtlUserThreadStart+0x23\n"
        "00000000`04f13f70 000007fe`ef2eba34 : 00000000`05580090 00000000`00000481 : vpn!Tunnel::close+0x10102\n"
    )
    assert (report.type, report.address, report.state) == ("WRITE", "0x000000000008", ("rekey", "Tunnel::close"))


def test_brackets_after_names_and_glog() -> None:
    head = "[104:3220:0803/071419.059:FATAL:tunnel.cc(7)] Check failed: open_.\nBacktrace:\n"
    bracket = (
        "\tbase::debug::StackTrace::StackTrace [0x13454F91+33] (C:\\b\\base\\debug\\stack_trace_win.cc:217)\n"
        "\tvpn::Tunnel::rekey [0x1B23CD91+41] (C:\\b\\vpn\\tunnel.cc:56)\n\t(No symbol) [0x00007FFE3FED01BC]\n"
    )
    glog = "    @     0x5605333e2ca0  google::LogMessage::SendToLog()\n    @     0x560532ec28dc  vpn::Tunnel::rekey()\n"
    for frames in (bracket, glog):
        assert read(head + frames).state == ("open_ in tunnel.cc", "vpn::Tunnel::rekey")


def test_a_recursion_is_told_by_the_functions_that_call_each_other() -> None:
    head = "==7==ERROR: AddressSanitizer: stack-overflow on address 0x7ffca4df4b38 (pc 0x1 bp 0x2 sp 0x3 T0)\n"
    names = ["is_last", "parse", *["walk", "walk", "visit"] * 30]
    report = read(head + "\n".join(f"#{at} 0x1 in {name} a.c:{at}" for at, name in enumerate(names)))
    assert (report.type, report.state) == ("Stack-overflow", ("walk", "visit", "walk"))


def test_the_file_of_a_fuzz_target_ends_the_state() -> None:
    head = "==9== ERROR: libFuzzer: deadly signal\n#0 0x1 in rekey a.c:1\n"
    entry = "#1 0x2 in LLVMFuzzerTestOneInput fuzz/rekey_fuzzer.cc:11:3\n#2 0x3 in later b.c:1\n"
    assert read(head + entry).state == ("rekey", "rekey_fuzzer.cc")
    assert read("==9== ERROR: libFuzzer: deadly signal\n#2 0x3 in fuzzer::RunOneTest() a.cpp:1").state == ("NULL",)


def test_a_cast_tells_both_types() -> None:
    report = read(
        "a.cpp:1:4: runtime error: control flow integrity check for type 'B' failed during cast (vtable address 0x42)\n"
        "0x42: note: vtable is of type 'A'"
    )
    assert (report.type, report.state, report.address) == ("Bad-cast", ("Bad-cast to B from A",), "0x42")


def test_what_is_no_crash() -> None:
    assert read("all is well\nASSERT should not be triggered\n___asan_report_load1\n#1 step one\n") == CrashReport()
    assert read_report([]) == CrashReport()


ADDRESSES = st.integers(min_value=0x100000, max_value=0xFFFFFFFFFF)


@given(ADDRESSES, st.integers(min_value=1, max_value=99_999), st.integers(min_value=1, max_value=999_999))
def test_the_group_does_not_know_addresses_lines_or_processes(address: int, line: int, process: int) -> None:
    head = "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60f00003b280 at pc 0x1 bp 0x2 sp 0x3"
    other = re.sub(r"0x55\w+", lambda _: f"0x{address:x}", head + STACK)
    other = re.sub(r":\d+", f":{line}", other).replace("==7==", f"=={process}==")
    assert read(other).group == read(head + STACK).group
    assert read(head + STACK.replace("rekey", "close")).group != read(head + STACK).group


@given(st.lists(st.text(max_size=200), max_size=20))
def test_any_text_can_be_read(lines: list[str]) -> None:
    report = read_report(lines)
    assert bool(report.type) == bool(report.state) == bool(report.group)
    assert all(len(line) <= 80 for line in report.state)


@pytest.mark.parametrize(
    "line",
    ["#1 " + "a(" * 3_000, "    at " + "x." * 3_000, "panic: " * 900, "[" * 4_000, "x: runtime error: " * 300,
     "ERROR: AddressSanitizer: " + "a-" * 2_000, " (" * 2_000 + " vs. " + ")" * 2_000, ": Assertion `" * 300],
)  # fmt: skip
def test_hostile_lines_cost_little(line: str) -> None:
    started = time.process_time()
    read_report([line] * 20)
    assert time.process_time() - started < 2  # seconds; a quadratic pattern takes minutes


@pytest.mark.skipif(not (SHARED / "data" / "clusterfuzz-stacks").is_dir(), reason="no shared benchmark data")
def test_outside_crash_reports() -> None:
    folder = SHARED / "data" / "clusterfuzz-stacks"
    right = {"type": 0, "state": 0}
    wanted: dict[str, list[dict[str, str]]] = {}
    for one in json.loads((folder / "expected.json").read_text()):
        wanted.setdefault(one["file"], []).append(one)
    for name, expected in wanted.items():
        got = read_report((folder / "stacks" / name).read_text(errors="replace").splitlines())
        said = {"type": got.type, "state": "\n".join(line.strip() for line in got.state)}
        for fact, text in said.items():
            right[fact] += any(_folded(one.get(fact, text)) == _folded(text) for one in expected)
    assert min(right.values()) >= 0.95 * len(wanted)


def _folded(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().split("\n"))


def test_the_crash_of_a_java_virtual_machine_has_its_own_frames() -> None:
    text = """#
# A fatal error has been detected by the Java Runtime Environment:
#
#  SIGSEGV (0xb) at pc=0x00007f5ea8d1c9a4, pid=4711, tid=4712
#
Native frames: (J=compiled Java code, j=interpreted, Vv=VM code, C=native code)
C  [libnordcrypt.so+0x29a4]  nord_rekey+0x44
j  com.nordlicht.Crypt.rekey(J)I+0
j  com.nordlicht.Session.tick()V+22
V  [libjvm.so+0x83c0f5]  JavaCalls::call_helper(JavaValue*)+0x315
"""
    report = read_report(text.split("\n"))
    assert report.type == "Crash of the virtual machine"
    assert report.state == ("nord_rekey", "com.nordlicht.Crypt.rekey", "com.nordlicht.Session.tick")
