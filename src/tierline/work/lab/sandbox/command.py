"""The bubblewrap command line: what a sandboxed program can see, and as whom it runs."""

import os
import secrets
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tierline.core.plugins.contracts import Execution, Limits

from . import seccomp

WORK = "/work"
_SMALL_DISK = 8 * 1024 * 1024
_SYSTEM_FOLDERS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# only what loading programs needs: no accounts, no keys, no host names
_SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
)
_ACCOUNTS = "root:x:0:0::/:/bin/false\nlab:x:{uid}:{uid}::/work:/bin/sh\n"
_NOBODY = 65534
_SPARE_ACCOUNTS = range(2_000_000_000, 2_100_000_000)
GATE = ("/bin/sh", "-c", 'echo; read -r go && exec "$@" </dev/null', "lab")
"""The program waits behind this gate: an empty line says that it stands there, a line from the worker opens it.

Bubblewrap asks the kernel to end it with its parent, but only a moment after it was started. A worker that is killed
within that moment would leave the program behind. At the gate that moment is over, and a dead worker opens nothing: its
end of the pipe is closed and the sandbox ends.
"""
_SPARE_TASKS = 8
"""Above the limit, so that the watch sees it passed and can name it; the kernel stops what is quicker."""
_SPARE_ADDRESSES = 4 * 1024**3
"""Bytes of address space beyond the memory limit: run-times such as Java reserve what they never touch."""


class Manner(StrEnum):
    """How the program loses its rights.

    Root drops to an account that nothing else uses, so that process limits (which never bind root) hold.
    Everybody else, and root where that is refused, goes into a user namespace.
    """

    DROP = "drop"
    USER_NAMESPACE = "user_namespace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Where the helper programs are."""

    bwrap: str
    prlimit: str
    setpriv: str


def arguments(execution: Execution, manner: Manner, tools: Tools, held: ExitStack) -> tuple[list[str], tuple[int, ...]]:
    """The command line, and the descriptors to pass to it; `held` closes them."""
    uid = _free_uid() if manner is Manner.DROP else _NOBODY
    texts = {
        "/etc/passwd": _ACCOUNTS.format(uid=uid),
        **{f"{WORK}/{name}": text for name, text in execution.files.items()},
    }
    descriptors = {target: _memory_file(text.encode(), held) for target, text in texts.items()}
    line = [tools.bwrap, *_isolation(manner), *_system(), *_python(), *_places(execution.limits)]
    line += _files(descriptors)
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORK, *_environment()]
    passed = tuple(descriptors.values())
    if refused := seccomp.program():
        passed += (_memory_file(refused, held),)
        line += ["--seccomp", str(passed[-1])]
    line += [
        "--",
        *_bounds(execution.limits, manner, tools),
        *_account(manner, uid, tools),
        *GATE,
        *_command(execution),
    ]
    return line, passed


def _isolation(manner: Manner) -> list[str]:
    line = ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "lab"]
    if manner is Manner.DROP:
        line += [f"--unshare-{kind}" for kind in ("ipc", "pid", "net", "uts", "cgroup-try")]
        return [*line, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
    return [*line, "--unshare-all", "--unshare-user", "--uid", str(_NOBODY), "--gid", str(_NOBODY)]


def _system() -> list[str]:
    line = ["--ro-bind", "/usr", "/usr", "--perms", "0755", "--dir", "/etc"]
    for folder in map(Path, _SYSTEM_FOLDERS):
        if folder.is_symlink():
            line += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.is_dir():
            line += ["--ro-bind", str(folder), str(folder)]
    for file in _SYSTEM_FILES:
        line += ["--ro-bind-try", file, file]
    return line


def _python() -> list[str]:
    """The Python that runs Tierline, where it is not part of the system.

    Its own folder and nothing beside it.
    """
    home = Path(sys.base_prefix)
    if home.is_relative_to("/usr"):
        return []
    line = []
    for folder in reversed(home.parents[:-1]):  # made empty and open to all; bubblewrap would copy a closed mode
        line += ["--perms", "0755", "--dir", str(folder)]
    return [*line, "--ro-bind", str(home), str(home)]


def _places(limits: Limits) -> list[str]:
    line = ["--proc", "/proc", "--dev", "/dev", "--symlink", f"{WORK}/.tmp", "/tmp"]  # noqa: S108 (inside the sandbox)
    line += ["--perms", "1777", "--size", str(min(limits.disk_bytes, _SMALL_DISK)), "--tmpfs", "/dev/shm"]  # noqa: S108 (inside)
    line += ["--perms", "0777", "--size", str(limits.disk_bytes), "--tmpfs", WORK]
    return [*line, "--perms", "0777", "--dir", f"{WORK}/.tmp"]


def _files(descriptors: Mapping[str, int]) -> list[str]:
    folders = {str(parent) for target in descriptors for parent in Path(target).parents}
    line = []
    for folder in sorted(folder for folder in folders if folder.startswith(f"{WORK}/")):
        line += ["--perms", "0777", "--dir", folder]
    for target, descriptor in descriptors.items():
        mode = "0777" if target.startswith(f"{WORK}/") else "0444"
        line += ["--perms", mode, "--file", str(descriptor), target]
    return line


def _environment() -> list[str]:
    path = ":".join(dict.fromkeys([f"{sys.base_prefix}/bin", "/usr/local/bin", "/usr/bin", "/bin"]))
    values = {
        "PATH": path,
        "HOME": WORK,
        "TMPDIR": f"{WORK}/.tmp",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    line = ["--clearenv"]
    for name, value in values.items():
        line += ["--setenv", name, value]
    return line


def _bounds(limits: Limits, manner: Manner, tools: Tools) -> list[str]:
    tasks = limits.processes + _SPARE_TASKS + (_tasks_of_this_user() if manner is Manner.USER_NAMESPACE else 0)
    return [
        tools.prlimit,
        f"--cpu={limits.cpu_seconds}:{limits.cpu_seconds + 1}",
        f"--data={limits.memory_bytes}",
        f"--as={limits.memory_bytes + _SPARE_ADDRESSES}",
        f"--nproc={tasks}",
        f"--fsize={limits.disk_bytes}",
        f"--nofile={limits.open_files}",
        "--core=0",
        "--memlock=0",
        "--msgqueue=0",
        "--",
    ]


def _account(manner: Manner, uid: int, tools: Tools) -> list[str]:
    if manner is Manner.USER_NAMESPACE:
        return []
    drop = ["--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    return [tools.setpriv, f"--reuid={uid}", f"--regid={uid}", *drop, "--"]


def _command(execution: Execution) -> list[str]:
    first, *rest = execution.command
    if first in ("python", "python3"):
        first = f"{sys.base_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    return [first, *rest]


def _free_uid() -> int:
    """An account number that nobody has, so that nothing else counts against its process limit."""
    mapped = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    largest = max(first + count for first, _, count in mapped) - 1
    return secrets.choice(_SPARE_ACCOUNTS) if largest > _SPARE_ACCOUNTS[-1] else min(_NOBODY, largest)


def _tasks_of_this_user() -> int:
    """Kernels before 5.14 count the user's other tasks too; newer ones count those of the sandbox alone."""
    release = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2] if part.isdigit())
    if release >= (5, 14):
        return 0
    return sum(1 for task in Path("/proc").glob("[0-9]*/task/*") if _is_ours(task))


def _is_ours(task: Path) -> bool:
    try:
        return task.stat().st_uid == os.getuid()
    except OSError:  # gone meanwhile
        return False


def _memory_file(content: bytes, held: ExitStack) -> int:
    """A descriptor from which `content` can be read, without a file on disk."""
    descriptor = os.memfd_create("lab")
    held.callback(os.close, descriptor)
    with os.fdopen(os.dup(descriptor), "wb") as stream:
        stream.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
