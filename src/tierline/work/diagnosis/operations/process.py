"""Has one untrusted file read by the reading process (`rules.worker`), within limits.

One such process is kept while there is work; while it is busy, another caller gets one of its own.
"""

import atexit
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierline.core.kernel import storage
from tierline.work.diagnosis.errors import ReaderUnavailable
from tierline.work.diagnosis.queries.unfinished import readings

UNPACKED = 512 * 1024 * 1024  # bytes that an archive may unpack to
LARGEST = 2 * 1024 * 1024 * 1024  # bytes of a file that are read, where it is larger than that without unpacking
_LEAST_SECONDS = 30
_SECONDS_PER_MB = 1.5
_USUAL_RATIO = 20  # unpacked bytes of a log for each packed one
_MOST_SECONDS = 3_600
LONGEST_READING = 2 * _MOST_SECONDS  # seconds by the clock
ONCE = "once-"  # begins the name of a folder for one question


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the process reported (None: it was stopped), why not, and the redacted text while the context lasts."""

    report: dict[str, Any] | None
    reason: str
    target: Path


@contextmanager
def reading(
    *, sha256: str, size: int, name: str, task: Mapping[str, Any], folder: Path | None = None
) -> Iterator[Outcome]:
    """Read a stored file in a process of its own, in a folder that others may look into meanwhile.

    The folder is emptied before and gone afterwards. Raises ReaderUnavailable when no process can be started.
    """
    seconds = _seconds_for(size)
    with _folder(folder) as place:
        paths = {key: place / key for key in ("source", "target", "report")}
        _lay_out(sha256, paths["source"])
        limits = {
            "cpu_seconds": seconds,
            "wall_seconds": seconds * 2,
            "unpacked_bytes": max(UNPACKED, min(size, LARGEST)),
        }
        names = {key: str(path) for key, path in paths.items()}
        end = _ask(json.dumps({**task, "name": name, **limits, **names}))
        yield _outcome(end, seconds, paths)


def _seconds_for(size: int) -> int:
    """Computing time for a file of so many bytes: what is packed comes to a multiple of that."""
    comes_to = max(size, min(size * _USUAL_RATIO, UNPACKED))
    return int(min(_MOST_SECONDS, _LEAST_SECONDS + comes_to / 1_000_000 * _SECONDS_PER_MB))


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    if wanted is None:
        with _for_once() as made:
            yield made
        return
    shutil.rmtree(wanted, ignore_errors=True)
    wanted.mkdir(mode=0o700, parents=True)
    try:
        yield wanted
    finally:
        shutil.rmtree(wanted, ignore_errors=True)


@contextmanager
def _for_once() -> Iterator[Path]:
    """In the data folder, where what a killed process leaves is found again (`leftovers`)."""
    readings().mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=ONCE, dir=readings()) as made:
        yield Path(made)


def _lay_out(sha256: str, source: Path) -> None:
    """Where the process finds the original: a large one stays where it lies."""
    with storage.open_blob(sha256) as blob:
        if isinstance(name := getattr(blob, "name", None), str):
            source.symlink_to(name)
        else:
            source.write_bytes(blob.read())


def masked(texts: Sequence[str], task: Mapping[str, Any]) -> dict[str, Any]:
    """Short texts, masked in a process of its own: `texts` (None: a detector failed) and `names`.

    Raises ReaderUnavailable when it cannot be done now.
    """
    with _for_once() as folder:
        report = folder / "report"
        limits = {"cpu_seconds": _LEAST_SECONDS, "wall_seconds": _LEAST_SECONDS * 2, "unpacked_bytes": UNPACKED}
        if _ask(json.dumps({**task, **limits, "texts": list(texts), "report": str(report)})) != "done":
            raise ReaderUnavailable
        told: dict[str, Any] = json.loads(report.read_text(encoding="ascii"))
        return told


def _outcome(end: str, seconds: int, paths: Mapping[str, Path]) -> Outcome:
    if end == "done":
        return Outcome(json.loads(paths["report"].read_text(encoding="ascii")), "", paths["target"])
    reasons = {
        "time": f"reading it took more than {seconds} seconds",
        "memory": "reading it took too much memory",
        "size": "what was read from it is larger than is allowed",
    }
    return Outcome(
        None, reasons.get(end, "the reader stopped on it; an administrator finds why in the log"), paths["target"]
    )


class _Reader:
    """A running reading process and the one question it works on."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tierline.work.diagnosis.rules.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
        )

    def ask(self, task: str) -> str:
        """How reading ended. Raises OSError when the process is gone."""
        if self._process.stdin is None or self._process.stdout is None:
            raise OSError("no pipes")
        self._process.stdin.write(task.encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise BrokenPipeError("the reading process ended")
        return str(json.loads(answer)["end"])

    def close(self) -> None:
        """End the process; closing its input is enough."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_lock = threading.Lock()
_kept: list[_Reader] = []


def _ask(task: str) -> str:
    if not _lock.acquire(blocking=False):
        return _ask_new(task)
    try:
        if _kept and _kept[0].owner == os.getpid():
            with contextlib.suppress(OSError):
                return _kept[0].ask(task)
            _close_kept()
        _kept[:] = [_start()]
        return _ask_of(_kept[0], task)
    finally:
        _lock.release()


def _ask_new(task: str) -> str:
    reader = _start()
    try:
        return _ask_of(reader, task)
    finally:
        reader.close()


def _ask_of(reader: _Reader, task: str) -> str:
    try:
        return reader.ask(task)
    except OSError as error:
        raise ReaderUnavailable from error


def _start() -> _Reader:
    try:
        return _Reader()
    except OSError as error:
        raise ReaderUnavailable from error


@atexit.register
def _close_kept() -> None:
    while _kept:
        reader = _kept.pop()
        if reader.owner == os.getpid():
            reader.close()


def _environment() -> dict[str, str]:
    """Only what Python needs to find this code: no database address, no secrets."""
    return {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PATH": os.environ.get("PATH", ""),
        "OPENBLAS_NUM_THREADS": "1",
        "LANG": "C.UTF-8",
    }
