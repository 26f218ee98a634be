"""Items that are made in a process of their own, while the caller works on those before."""

import marshal
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from fcntl import F_SETPIPE_SZ, fcntl
from typing import Any, BinaryIO

_PIPE = 1024 * 1024  # bytes that wait in between
_HEAD = 8  # bytes of the length before each item


class Stopped(Exception):
    """The other process ended before it was done; `status` is its exit code, or minus the signal that ended it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"ended with {status}")
        self.status = status


def ahead(make: Callable[[], Iterator[Any]], guard: Callable[[Callable[[], None]], int]) -> Iterator[Any]:
    """The items of `make()`: plain values (text, numbers, lists, tuples), in their order.

    They are made in a forked process, which ends with what `guard` says of the work. Raises Stopped when it ended
    without having given all. Whoever stops asking ends that process.
    """
    out, into = os.pipe()
    with suppress(OSError):
        fcntl(into, F_SETPIPE_SZ, _PIPE)
    pid = os.fork()
    if pid == 0:
        os.close(out)
        os._exit(guard(lambda: _give(make(), into)))
    os.close(into)
    done = False
    try:
        with os.fdopen(out, "rb", buffering=_PIPE) as pipe:
            while (item := _take(pipe)) is not None:
                yield item[0]
            done = True
    finally:
        if not done:
            os.kill(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        raise Stopped(status)


def _give(items: Iterator[Any], into: int) -> None:
    with suppress(BrokenPipeError), os.fdopen(into, "wb", buffering=0) as pipe:
        for item in items:
            data = marshal.dumps((item,))
            for part in (len(data).to_bytes(_HEAD, "big"), data):
                _write(pipe, part)


def _write(pipe: Any, data: bytes) -> None:  # noqa: ANN401 (a raw file)
    left = memoryview(data)
    while left:
        left = left[pipe.write(left) :]


def _take(pipe: BinaryIO) -> tuple[Any] | None:
    """The next item; None at the end, also when it breaks off inside of one."""
    head = pipe.read(_HEAD)
    if len(head) < _HEAD:
        return None
    size = int.from_bytes(head, "big")
    data = pipe.read(size)
    return marshal.loads(data) if len(data) == size else None  # noqa: S302 (from our own process)
