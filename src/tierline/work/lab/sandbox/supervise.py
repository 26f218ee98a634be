"""Starting a bounded program, reading what it says, and ending it when it is too much."""

import contextlib
import os
import re
import select
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import IO

from tierline.core.plugins.contracts import Limits, Outcome

from .watch import Watch

_TICK = 0.01
_CHUNK = 65536
_OVER_CPU, _KILLED, _OVER_FILE_SIZE = (128 + number for number in (signal.SIGXCPU, signal.SIGKILL, signal.SIGXFSZ))
_OUT_OF_MEMORY = re.compile(rb"MemoryError|[Cc]annot allocate memory|std::bad_alloc|[Oo]ut of memory")
_END_OF_STDERR = 2000


@dataclass(slots=True)
class _Heard:
    """What came through the pipes so far."""

    limit: int
    streams: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})
    total: int = 0

    def take(self, name: str, chunk: bytes) -> None:
        room = max(0, self.limit - self.total)
        self.streams[name] += chunk[:room]
        self.total += len(chunk)


def supervise(line: list[str], descriptors: tuple[int, ...], limits: Limits) -> Outcome:
    """Run `line` to its end, at most `limits.wall_seconds`; nothing of it is left alive afterwards."""
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 (the line is bubblewrap's; the recipe's words come after its --)
        line,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=descriptors,
        start_new_session=True,
        env={},
    )
    watch, heard = Watch(process.pid, limits), _Heard(limits.output_bytes)
    deadline = started + limits.wall_seconds
    try:
        _open_gate(process, deadline)
        ended_by = _listen(process, watch, heard, deadline)
    finally:
        _end(process)
    stdout, stderr = bytes(heard.streams["stdout"]), bytes(heard.streams["stderr"])
    hit = ended_by or _limit_behind(process.returncode, stderr, watch)
    return Outcome(
        exit_code=process.returncode if process.returncode >= 0 else 128 - process.returncode,
        stdout=stdout,
        stderr=stderr,
        seconds=round(time.monotonic() - started, 3),
        limits_hit=(hit,) if hit else (),
    )


def _open_gate(process: subprocess.Popen[bytes], deadline: float) -> None:
    """Let the program run, now that bubblewrap ends with this process (see `command.GATE`)."""
    said, go = _pipe(process, "stdout"), _pipe(process, "stdin")
    ready, _, _ = select.select([said], [], [], max(0, deadline - time.monotonic()))
    with contextlib.suppress(BrokenPipeError):
        if ready and os.read(said.fileno(), 1):
            os.write(go.fileno(), b"go\n")
    go.close()


def _listen(process: subprocess.Popen[bytes], watch: Watch, heard: _Heard, deadline: float) -> str:
    """Read until the program ends; returns the limit that was passed, if one was."""
    with selectors.DefaultSelector() as selector:
        for name in heard.streams:
            selector.register(_pipe(process, name), selectors.EVENT_READ, name)
        while selector.get_map():
            for key, _ in selector.select(_TICK):
                if chunk := os.read(key.fd, _CHUNK):
                    heard.take(key.data, chunk)
                else:
                    selector.unregister(key.fileobj)
            if passed := _passed(watch, heard, deadline):
                return passed
        return _last_words(process, watch, heard, deadline)


def _last_words(process: subprocess.Popen[bytes], watch: Watch, heard: _Heard, deadline: float) -> str:
    """A program may close its outputs and go on: wait for its end all the same."""
    while process.poll() is None:
        if passed := _passed(watch, heard, deadline):
            return passed
        time.sleep(_TICK)
    return ""


def _passed(watch: Watch, heard: _Heard, deadline: float) -> str:
    if heard.total > heard.limit:
        return "output"
    return "wall" if time.monotonic() > deadline else watch.passed()


def _limit_behind(returncode: int, stderr: bytes, watch: Watch) -> str:
    """The limit that the program itself ran into, as its end tells."""
    if returncode in (0, None):
        return ""
    if returncode == _OVER_CPU or (returncode == _KILLED and not watch.nearly_all_memory()):
        return "cpu"
    if returncode == _OVER_FILE_SIZE:
        return "disk"
    if watch.nearly_all_memory() or _OUT_OF_MEMORY.search(stderr[-_END_OF_STDERR:]):
        return "memory"
    return ""


def _pipe(process: subprocess.Popen[bytes], name: str) -> IO[bytes]:
    pipe: IO[bytes] = getattr(process, name)
    return pipe


def _end(process: subprocess.Popen[bytes]) -> None:
    """Bubblewrap's end takes every process of the sandbox with it.

    The kernel ends a process namespace as one.
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for name in ("stdin", "stdout", "stderr"):
        _pipe(process, name).close()
