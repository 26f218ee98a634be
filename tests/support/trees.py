"""Killing a whole tree of processes the hard way."""

import time

import psutil


def kill_tree(pid: int) -> list[psutil.Process]:
    """SIGKILL to the process and everything below it, as close to at once as can be; returns who it was."""
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    return family


def gone(processes: list[psutil.Process], seconds: float = 10.0) -> bool:
    """Whether all of them ended (a zombie counts as ended) within the time."""
    until = time.monotonic() + seconds
    while any(_lives(process) for process in processes):
        if time.monotonic() >= until:
            return False
        time.sleep(0.02)
    return True


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
