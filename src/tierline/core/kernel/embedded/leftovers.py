"""What a killed supervisor may leave behind: live server processes, a stale pid file, a stale socket lock.

All of it is cleared before a start, while holding the folder's lock. A pid in a file proves nothing (it may
belong to somebody else by now, or to a zombie); a process that works inside the data directory does.
"""

import signal
from pathlib import Path

import psutil

from .errors import StartFailed
from .layout import Layout

_STEPS = ((signal.SIGINT, 60.0), (signal.SIGTERM, 10.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))


def clear(layout: Layout) -> None:
    """Stop every live process of the cluster, then remove its pid file and socket lock.

    The server is asked politely first (it then writes a checkpoint). Raises StartFailed if one does not end.
    """
    for number, patience in _STEPS:
        alive = processes_in(layout.cluster)
        if not alive:
            break
        for process in alive:
            _send(process, number)
        psutil.wait_procs(alive, timeout=patience)
    if left := processes_in(layout.cluster):
        raise StartFailed(f"Process {left[0].pid} of an earlier run does not end.", "")
    (layout.cluster / "postmaster.pid").unlink(missing_ok=True)
    for stale in layout.sockets.glob(".s.PGSQL.*"):
        stale.unlink(missing_ok=True)


def processes_in(cluster: Path) -> list[psutil.Process]:
    """Live processes named postgres whose working folder is `cluster`; a zombie has none."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and Path(process.cwd()) == cluster:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # gone meanwhile, a zombie, or somebody else's
    return found


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:
        return  # gone meanwhile
