"""The reading process: its limits hold, it is replaced when it dies, and it knows no secrets."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tierline.core.kernel import storage
from tierline.work.diagnosis.operations import process
from tierline.work.diagnosis.operations.detecting import detectors_in_force
from tierline.work.diagnosis.rules import worker

pytestmark = pytest.mark.django_db

TASK: dict[str, Any] = {
    "people": [], "companies": [], "names": {}, "names_key": "00" * 16, "products": [], "year": 2026,
    **detectors_in_force(),
}  # fmt: skip


LETTERS = bytes.maketrans(b"0123456789", b"abcdefghij")


def many_forms(count: int) -> bytes:
    """Lines of which none is like another, so that nothing that was seen before helps."""
    return b"".join(b"word %d\n" % (at * at * 7919) for at in range(count)).translate(LETTERS)


def read(content: bytes, **task: Any) -> tuple[dict[str, Any] | None, str]:
    blob = storage.put(content)
    with process.reading(sha256=blob.pk, size=blob.size, name="a.log", task={**TASK, **task}) as outcome:
        return outcome.report, outcome.reason


def ask(tmp_path: Path, content: bytes, **limits: Any) -> str:
    (tmp_path / "source").write_bytes(content)
    names = {name: str(tmp_path / name) for name in ("source", "target", "report")}
    whole = {"cpu_seconds": 20, "wall_seconds": 20, "unpacked_bytes": 1_000_000, "name": "a.log"}
    return process._ask(json.dumps({**TASK, **names, **whole, **limits}))


def test_a_file_is_read_and_reported() -> None:
    report, reason = read(b"one\ntwo\n")
    assert reason == ""
    assert report is not None
    assert (report["state"], report["lines"]) == ("ready", 2)


def test_the_process_is_kept_and_replaced_when_somebody_kills_it() -> None:
    read(b"one\n")
    kept = process._kept[0]
    read(b"two\n")
    assert process._kept[0] is kept
    os.kill(kept._process.pid, signal.SIGKILL)
    kept._process.wait()
    report, _ = read(b"three\n")
    assert report is not None
    assert process._kept[0] is not kept


def test_while_it_is_busy_another_one_reads() -> None:
    with process._lock:
        report, _ = read(b"one\n")
    assert report is not None


def test_too_much_computing_is_stopped_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heavy = many_forms(200_000)
    began = time.monotonic()
    assert ask(tmp_path, heavy, cpu_seconds=1, unpacked_bytes=50_000_000) == "time"
    assert time.monotonic() - began < 15
    monkeypatch.setattr(process, "_ask", lambda _task: "time")
    assert read(b"x") == (None, "reading it took more than 30 seconds")


def test_too_much_waiting_is_stopped(tmp_path: Path) -> None:
    heavy = many_forms(200_000)
    assert ask(tmp_path, heavy, wall_seconds=0.2, unpacked_bytes=50_000_000) == "time"


def test_too_much_output_is_stopped(tmp_path: Path) -> None:
    assert ask(tmp_path, b"long line of text\n" * 10_000, unpacked_bytes=1_000) in {"size", "broken"}


def test_a_task_that_breaks_ends_only_its_child(tmp_path: Path) -> None:
    assert ask(tmp_path, b"x", year="no year") == "broken"
    assert ask(tmp_path, b"x") == "done"


@pytest.mark.parametrize("end", ["memory", "size", "broken"])
def test_every_end_has_words(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_ask", lambda _task: end)
    report, reason = read(b"x")
    assert report is None
    assert len(reason) > 20


def test_the_process_gets_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:geheim@h/d")
    monkeypatch.setenv("TIERLINE_SECRET_KEY", "geheim")
    assert "geheim" not in json.dumps(process._environment())


def test_lines_of_the_original_come_from_the_process_too() -> None:
    report, _ = read(b"one\ntwo\nthree\n", lines=[2, 5])
    assert report == {"lines": ["two", "three"]}


def test_the_limits_are_in_force_in_the_child() -> None:
    show = "import resource as r; print(*(r.getrlimit(k)[0] for k in (r.RLIMIT_CPU, r.RLIMIT_AS, r.RLIMIT_FSIZE)))"
    code = f"from tierline.work.diagnosis.rules import worker; worker._limit(cpu=7, output=1000); {show}"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=process._environment())
    assert done.stdout.split() == ["7", str(worker.MEMORY), "1000"]


@pytest.mark.parametrize("killed", ["who asked", "the reading process"])
def test_nobody_goes_on_reading_for_somebody_who_is_gone(killed: str, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(many_forms(300_000))  # large enough for two processes
    names = {name: str(tmp_path / name) for name in ("source", "target", "report")}
    limits = {"cpu_seconds": 60, "wall_seconds": 60, "unpacked_bytes": 50_000_000, "name": "a.log"}
    command = [sys.executable, "-m", "tierline.work.diagnosis.rules.worker"]
    reader = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=process._environment()
    )
    assert reader.stdin is not None
    reader.stdin.write(json.dumps({**TASK, **names, **limits}).encode() + b"\n")
    reader.stdin.flush()
    at_work = within(10, lambda: len(found := psutil.Process(reader.pid).children(recursive=True)) == 2 and found)
    if killed == "who asked":
        reader.stdin.close()  # what the system does with the pipe of a process that was killed
    else:
        reader.kill()
    assert within(5, lambda: not any(alive(one) for one in at_work))
    reader.stdin.close()
    reader.kill()
    reader.wait()


def within(seconds: float, found: Callable[[], Any]) -> Any:
    """What is found as soon as it is true; what there is when the time is over."""
    until = time.monotonic() + seconds
    while not (one := found()) and time.monotonic() < until:
        time.sleep(0.01)
    return one


def alive(one: psutil.Process) -> bool:
    return one.is_running() and one.status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("size", "seconds"),
    [(0, 30), (100_000, 33), (1_000_000, 60), (30_000_000, 835), (1_000_000_000, 1_530), (9_000_000_000, 3_600)],
)
def test_a_file_has_time_for_what_it_may_unpack_to(size: int, seconds: int) -> None:
    assert process._seconds_for(size) == seconds
