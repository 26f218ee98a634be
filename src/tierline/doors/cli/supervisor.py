"""Keeping child processes alive, and ending them all in order."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Self

from . import output

FIRST_PAUSE = 1.0  # seconds before a crashed child is started again, doubled with each crash
LONGEST_PAUSE = 30.0
SETTLED_AFTER = 60.0  # a child that lived this long starts again from the first pause
STOP_SECONDS = 12.0
LOOK_SECONDS = 1.0  # how often it looks after them


@dataclass(slots=True)
class Child:
    """One process to keep alive."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = field(default=0.0)

    def start(self) -> None:
        """A session of its own: Ctrl+C at the terminal reaches the supervisor only, which then stops us in order."""
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
        self.started = time.monotonic()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.running:
            self.process.send_signal(number)


class Supervisor:
    """Runs children until SIGINT, SIGTERM or SIGHUP. Use it as a context manager in the main thread."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = list(children)
        self.stopping = False
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal() itself returned
        os.close(self._reader)
        os.close(self._writer)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGCHLD:
            return
        if self.stopping:  # asked twice: do not wait any longer
            for child in self.children:
                child.signal(signal.SIGKILL)
        self.stopping = True

    def wait(self, seconds: float) -> None:
        """Sleep, but wake at once when a child ends or a signal comes."""
        ready, _, _ = select.select([self._reader], [], [], seconds)
        if ready:
            os.read(self._reader, 512)

    def run(self, each_time: Callable[[], None]) -> None:
        """Start whoever does not run, until asked to stop.

        `each_time` is called at least every second and may raise to end it all.
        """
        while not self.stopping:
            each_time()
            for child in self.children:
                self._revive(child)
            self.wait(LOOK_SECONDS)

    def _revive(self, child: Child) -> None:
        now = time.monotonic()
        if child.running:
            return
        if child.process is not None:
            if now - child.started > SETTLED_AFTER:
                child.pause = FIRST_PAUSE
            code = child.process.returncode
            output.say(f"the {child.name} ended with code {code}; starting it again in {child.pause:.0f} s")
            child.process, child.due = None, now + child.pause
            child.pause = min(LONGEST_PAUSE, child.pause * 2)
        elif now >= child.due:
            child.start()

    def stop(self) -> None:
        """SIGTERM to all, then SIGKILL to whoever is still there after STOP_SECONDS. Safe to repeat."""
        self.stopping = True
        for child in self.children:
            child.signal(signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while any(child.running for child in self.children):
            if time.monotonic() > until:
                for child in self.children:
                    child.signal(signal.SIGKILL)
            self.wait(0.2)
