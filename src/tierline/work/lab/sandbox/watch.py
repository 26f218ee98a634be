"""Looking at a running sandbox from outside: how many tasks it has, how much memory and disk they take.

The program cannot reach the watch: it is in other namespaces, under another account. Whatever cannot be read
any more counts as nothing; a process that ends between two looks is the normal case.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tierline.core.plugins.contracts import Limits

from .command import WORK

_MEMORY = re.compile(rb"^(RssAnon|RssShmem):\s+(\d+) kB", re.MULTILINE)
_SHARED_FAIRLY = re.compile(rb"^(Pss_Anon|Pss_Shmem):\s+(\d+) kB", re.MULTILINE)
_NEARLY = 0.9
_LEAST_FREE = 4096
MOST_FILES_MADE = 20_000


@dataclass(slots=True)
class Watch:
    """One sandbox, by the process id of its bubblewrap.

    `most_memory` is the most seen at one time, in bytes.
    """

    pid: int
    limits: Limits
    most_memory: int = 0
    files_at_start: int = -1

    def passed(self) -> str:
        """The limit that is passed at this moment; empty when all is well."""
        pids = list(self._inside())
        if sum(_threads(pid) for pid in pids) > self.limits.processes:
            return "processes"
        if self._memory(pids) > self.limits.memory_bytes:
            return "memory"
        return "disk" if pids and self._disk_is_full(pids[-1]) else ""

    def nearly_all_memory(self) -> bool:
        """Whether the program came so near to the memory limit that its end may be due to it."""
        return self.most_memory > self.limits.memory_bytes * _NEARLY

    def _inside(self) -> Iterator[int]:
        """The processes in the sandbox.

        Bubblewrap's own two, outside and as first process inside, do not count.
        """
        for first in _children(self.pid):
            yield from _descendants(first)

    def _memory(self, pids: list[int]) -> int:
        memory = sum(_bytes(f"/proc/{pid}/status", _MEMORY) for pid in pids)
        if memory > self.limits.memory_bytes and len(pids) > 1:
            # pages that a fork shares were counted for each process; the slower figure divides them
            memory = sum(_bytes(f"/proc/{pid}/smaps_rollup", _SHARED_FAIRLY) for pid in pids)
        self.most_memory = max(self.most_memory, memory)
        return memory

    def _disk_is_full(self, pid: int) -> bool:
        try:
            disk = os.statvfs(f"/proc/{pid}/root{WORK}")
        except OSError:
            return False
        if disk.f_blocks * disk.f_frsize > self.limits.disk_bytes * 2:
            return False  # bubblewrap is still putting the sandbox together: this is not its work folder yet
        files = disk.f_files - disk.f_ffree
        if self.files_at_start < 0:
            self.files_at_start = files
        return disk.f_bavail * disk.f_frsize < _LEAST_FREE or files - self.files_at_start > MOST_FILES_MADE


def _descendants(pid: int) -> Iterator[int]:
    waiting = _children(pid)
    while waiting:
        child = waiting.pop()
        yield child
        waiting += _children(child)


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for task in _tasks(pid):
        try:
            children += map(int, Path(f"/proc/{pid}/task/{task}/children").read_bytes().split())
        except OSError:
            continue
    return children


def _threads(pid: int) -> int:
    return len(_tasks(pid))


def _tasks(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 (names are enough, and this runs a hundred times a second)
    except OSError:
        return []


def _bytes(file: str, pattern: re.Pattern[bytes]) -> int:
    try:
        text = Path(file).read_bytes()
    except OSError:
        return 0
    return sum(int(kilobytes) * 1024 for _, kilobytes in pattern.findall(text))
