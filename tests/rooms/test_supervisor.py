"""Keeping child processes alive, with children that take milliseconds to start."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.support.trees import gone
from tierline.doors.cli import lifeline, supervisor
from tierline.doors.cli.supervisor import Child, Supervisor


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.5)


def shell(name: str, script: str) -> Child:
    return Child(name, ["sh", "-c", script], pause=0.05)


def lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


def stop_when(watched: Supervisor, true: Callable[[], bool], seconds: float = 10) -> Callable[[], None]:
    until = time.monotonic() + seconds

    def each_time() -> None:
        if true() or time.monotonic() > until:
            watched.stopping = True

    return each_time


def test_a_crashed_child_is_started_again_with_growing_pauses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    child = shell("clerk", f"echo x >>{tmp_path}/starts; exit 3")
    with Supervisor([child]) as watched:
        watched.wait = lambda _seconds: time.sleep(0.01)
        watched.run(stop_when(watched, lambda: lines(tmp_path / "starts") >= 3))
    assert lines(tmp_path / "starts") >= 3
    assert child.pause >= 0.2
    assert "the clerk ended with code 3; starting it again in" in capsys.readouterr().err


def test_a_child_that_lived_long_starts_again_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(supervisor, "SETTLED_AFTER", 0.0)
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    child = shell("clerk", f"echo x >>{tmp_path}/starts")
    child.pause = 30.0
    with Supervisor([child]) as watched:
        watched.run(stop_when(watched, lambda: lines(tmp_path / "starts") >= 2))
    assert lines(tmp_path / "starts") >= 2


def test_the_pause_has_an_end() -> None:
    child = shell("clerk", "exit 1")
    child.pause = supervisor.LONGEST_PAUSE
    child.start()
    child.process.wait()
    with Supervisor([child]) as watched:
        watched._revive(child)
    assert child.pause == supervisor.LONGEST_PAUSE


def test_the_others_are_left_alone_when_one_crashes(tmp_path: Path) -> None:
    steady = shell("steady", f"echo x >>{tmp_path}/steady; exec sleep 60")
    shaky = shell("shaky", f"echo x >>{tmp_path}/shaky")
    with Supervisor([steady, shaky]) as watched:
        watched.run(stop_when(watched, lambda: lines(tmp_path / "shaky") >= 2))
    assert lines(tmp_path / "steady") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_at_once_and_the_children_in_order(
    tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "LOOK_SECONDS", 30.0)
    polite = shell("polite", f"trap 'echo bye >{tmp_path}/bye; exit 0' TERM; while :; do sleep 0.02; done")
    with Supervisor([polite]) as watched:
        polite.start()
        time.sleep(0.2)
        threading.Timer(0.1, os.kill, (os.getpid(), number)).start()
        began = time.monotonic()
        watched.run(lambda: None)
        assert time.monotonic() - began < 10, "the wait must be cut short"
    assert (tmp_path / "bye").read_text() == "bye\n"
    assert polite.process.returncode == 0


def test_who_does_not_listen_is_killed() -> None:
    deaf = shell("deaf", "trap '' TERM; while :; do sleep 0.02; done")
    with Supervisor([deaf]) as watched:
        deaf.start()
        time.sleep(0.2)
        watched.stop()
    assert deaf.process.returncode == -signal.SIGKILL


def test_asking_twice_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 30)
    deaf = shell("deaf", "trap '' TERM; while :; do sleep 0.02; done")
    with Supervisor([deaf]) as watched:
        deaf.start()
        time.sleep(0.2)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        watched.run(lambda: None)
        began = time.monotonic()
        watched.stop()
        assert time.monotonic() - began < 5
    assert deaf.process.returncode == -signal.SIGKILL


def test_an_error_of_the_check_ends_the_children_too() -> None:
    steady = shell("steady", "exec sleep 60")

    def check() -> None:
        if steady.running:
            raise ValueError("the database is gone")

    with pytest.raises(ValueError, match="the database is gone"), Supervisor([steady]) as watched:
        watched.run(check)
    assert not steady.running


def test_the_old_handlers_are_back_afterwards() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)]
    with Supervisor([]):
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)] == before


def test_ctrl_c_at_the_terminal_does_not_reach_a_child() -> None:
    steady = shell("steady", "exec sleep 60")
    with Supervisor([steady]):
        steady.start()
        assert os.getpgid(steady.process.pid) != os.getpgid(0)


CHILD = """
import time
from tierline.doors.cli import lifeline
time.sleep({late})
lifeline.end_with_parent()
print("ready", flush=True)
time.sleep(60)
"""
PARENT = """
import subprocess, sys, time
from tierline.doors.cli import lifeline
lifeline.announce()
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
if sys.argv[2] == "wait":
    child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends a child with its parent")
@pytest.mark.parametrize("late", [False, True])
def test_a_child_ends_with_its_parent_however_early(late: bool) -> None:
    """Late: the parent is already gone when the child asks to end with it."""
    command = [sys.executable, "-c", PARENT, CHILD.format(late=0.5 if late else 0), "go" if late else "wait"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone([child])


def test_a_process_that_nobody_announced_itself_to_lives_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIERLINE_PARENT", raising=False)
    monkeypatch.setattr(lifeline.ctypes, "CDLL", lambda *_, **__: pytest.fail("nothing may be asked of the system"))
    lifeline.end_with_parent()
    assert "TIERLINE_PARENT" not in os.environ
