"""The process that reads untrusted files: one child for each file, under limits the child sets for itself first.

Started as `python -m tierline.work.diagnosis.rules.worker`. Each line on standard input is a task (JSON); for each, a
child is forked, so that files never meet and starting costs milliseconds. The child writes the redacted text and its
report to the files that the task names; the answer on standard output is one line `{"end": …}`. The process ends when
its input ends or nothing was asked for a minute. It knows no database.
"""

import ctypes
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from tierline.work.diagnosis.rules.ahead import Stopped, ahead
from tierline.work.diagnosis.rules.archives import Limits, Unpacking
from tierline.work.diagnosis.rules.guarded import DetectorFailed, load
from tierline.work.diagnosis.rules.reading import EvidenceReader, Reading, original_lines
from tierline.work.diagnosis.rules.redact import Names, Redactor
from tierline.work.diagnosis.rules.safe_text import Block, End
from tierline.work.diagnosis.rules.unfinished import Teller

MEMORY = 1536 * 1024 * 1024  # bytes of address space
IDLE = 60.0  # seconds
_OUTPUT_SLACK = 3  # the redacted text may be this many times the limit of unpacked bytes
_OUT_OF_MEMORY, _BROKEN, _OUT_OF_TIME = 3, 4, 5
_ENDS = {
    0: "done", _OUT_OF_MEMORY: "memory", _OUT_OF_TIME: "time", -signal.SIGXCPU: "time", -signal.SIGKILL: "time",
    -signal.SIGXFSZ: "size",
}  # fmt: skip
_PR_SET_PDEATHSIG = 1  # prctl(2)
_TWO_PROCESSES_FROM = 4 * 1024 * 1024  # bytes of a file that is worth a second process


def main() -> int:
    """Serve tasks until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in _tasks():
        task: dict[str, Any] = json.loads(line)
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            os._exit(_child(task, parent))
        end = _wait(pid, float(task["wall_seconds"]))
        sys.stdout.write(json.dumps({"end": end}) + "\n")
        sys.stdout.flush()
    return 0


def _tasks() -> Iterator[bytes]:
    held = b""
    while select.select([0], [], [], IDLE)[0]:
        data = os.read(0, 65_536)
        if not data:
            return
        *whole, held = (held + data).split(b"\n")
        yield from whole


def _wait(pid: int, seconds: float) -> str:
    """How the child ended: done, time, memory, size or broken.

    It is killed when the time is over, and when nobody waits for it any more.
    """
    deadline, pause = time.monotonic() + seconds, 0.001
    asker = select.poll()
    asker.register(0, 0)  # no event but its end
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return _ENDS.get(os.waitstatus_to_exitcode(status), "broken")
        if time.monotonic() > deadline or asker.poll(0):
            os.kill(pid, signal.SIGKILL)
        time.sleep(pause)
        pause = min(0.05, pause * 1.5)


def _child(task: dict[str, Any], parent: int) -> int:
    _end_with(parent)
    return _guarded(lambda: _answer(task))


def _end_with(parent: int) -> None:
    """Have the system kill this process when its parent is gone: two must never write into one folder. Linux only."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


def _guarded(work: Callable[[], None]) -> int:
    """Do the work; how it ended, as the exit code of this process."""
    try:
        work()
    except MemoryError:
        return _OUT_OF_MEMORY
    except Stopped as other:
        return other.status if other.status > 0 else _OUT_OF_TIME
    except Exception as error:  # noqa: BLE001 (whatever the file caused must end this child, with its name told)
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return _BROKEN
    return 0


def _answer(task: dict[str, Any]) -> None:
    _limit(cpu=int(task["cpu_seconds"]), output=int(task["unpacked_bytes"]) * _OUTPUT_SLACK)
    Path(task["report"]).write_text(_read(task), encoding="ascii")


def _read(task: dict[str, Any]) -> str:
    """Do what the task says; the report as JSON."""
    if "texts" in task:
        return json.dumps(_masked(task))
    state = Unpacking(Limits(total=int(task["unpacked_bytes"])))
    with Path(task["source"]).open("rb") as source:
        if "lines" in task:
            start, count = task["lines"]
            return json.dumps({"lines": original_lines(source, str(task["name"]), state, start, count)})
        with Path(task["target"]).open("wb") as target:
            try:
                return _read_all(task, source, target, state).to_json()
            except DetectorFailed as failed:  # before there was anything to read
                return Reading(state="refused", reason=str(failed)).to_json()


def _read_all(task: dict[str, Any], source: BinaryIO, target: BinaryIO, state: Unpacking) -> Reading:
    """Read the whole file; one that is large is redacted in one process and understood in another."""
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    reader = EvidenceReader(
        target,
        redactor=_redactor(task),
        products=task["products"],
        year=int(task["year"]),
        until=task.get("until"),
        teller=Teller(Path(task["target"]).parent, size),
    )
    if size < _TWO_PROCESSES_FROM:
        return reader.read(source, str(task["name"]), state)
    plain = ahead(lambda: map(tuple, reader.safe_text(source, str(task["name"]), state)), _guarded)
    return reader.read_blocks(Block(*one) if len(one) == len(Block._fields) else End(*one) for one in plain)


def _masked(task: dict[str, Any]) -> dict[str, Any]:
    """Short texts by the same rules as files."""
    try:
        redactor = _redactor(task)
        return {"texts": [redactor.redact(str(text)) for text in task["texts"]], "names": redactor.names.to_json()}
    except DetectorFailed as failed:
        return {"texts": None, "reason": str(failed)}


def _redactor(task: dict[str, Any]) -> Redactor:
    return Redactor(
        people=[(str(name), str(mail)) for name, mail in task["people"]],
        companies=task["companies"],
        detectors=load(task["detectors"], task["path"]),
        names=Names.from_json(bytes.fromhex(task["names_key"]), task["names"]),
    )


def _limit(*, cpu: int, output: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 2))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
