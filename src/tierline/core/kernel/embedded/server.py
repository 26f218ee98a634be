"""Starting, finding and stopping the embedded PostgreSQL of one folder."""

import errno
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from . import account, binaries, cluster, leftovers
from .errors import DiskFull, FolderInUse, NotRunning, OtherMajor, StartFailed
from .layout import DATABASE, OWNER, Layout, of
from .locks import FileLock

READY_SECONDS = 300  # recovery after a crash on a slow disk can take minutes
STOP_SECONDS = 60
_LOG_KEPT = 5_000_000  # bytes; a longer log is moved aside at the next start


class Server:
    """A running server that this process started, or attached to; stopping an attached one only lets go."""

    def __init__(self, layout: Layout, lock: FileLock, process: subprocess.Popen[bytes] | None) -> None:
        self._layout = layout
        self._lock = lock
        self.process = process

    @property
    def url(self) -> str:
        """The address of the database, as DATABASE_URL takes it."""
        return self._layout.url()

    @property
    def running(self) -> bool:
        return self.process is None or self.process.poll() is None

    def why_stopped(self) -> DiskFull | StartFailed:
        """The error to show when `running` turned false without `stop`."""
        return cluster.failure(self._layout, "The database stopped by itself.", log_tail(self._layout))

    def stop(self, *, wait_for_users: float = 0.0) -> None:
        """Stop the server: open transactions are rolled back, what is committed is on disk. Safe to repeat.

        Processes that attached are waited for, at most `wait_for_users` seconds.
        """
        if self.process is not None and self.process.poll() is None:
            if wait_for_users:
                with FileLock(self._layout.users) as users:
                    users.take(wait=wait_for_users)
            _end(self.process)
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    data_dir: Path, *, durable: bool = True, settings: Mapping[str, str] | None = None, wait: float = 0.0
) -> Server:
    """Start the server of `data_dir`, making the cluster on first use; it is ready for connections on return.

    What a killed run left behind is cleared away. Call it from a thread that lives as long as the server: the
    system stops the server with that thread. `durable=False` trades safety for speed (tests). `settings` are
    those of PostgreSQL and win over ours. A folder in use is asked for again for `wait` seconds: a supervisor that was
    just killed may take a moment to be gone.

    Raises FolderInUse, OtherMajor, DiskFull, NoBinaries, RootRefused, StartFailed.
    """
    layout = of(data_dir)
    layout.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(layout.lock)
    if not lock.take(wait=wait):
        raise FolderInUse(layout.folder)
    try:
        return Server(layout, lock, _launch(layout, durable=durable, extra=settings or {}))
    except OSError as problem:
        lock.release()
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise cluster.disk_full(layout) from problem
        raise
    except BaseException:
        lock.release()
        raise


def attach(data_dir: Path, *, wait: float = 0.0) -> Server:
    """Use the server that another process runs on `data_dir`; wait up to `wait` seconds for it to be ready.

    Raises NotRunning.
    """
    layout = of(data_dir)
    users = FileLock(layout.users)
    if not layout.folder.is_dir() or not users.take(shared=True, wait=wait):
        raise NotRunning(layout.folder)
    until = time.monotonic() + wait
    while not _answers(layout):
        if time.monotonic() >= until:
            users.release()
            raise NotRunning(layout.folder)
        time.sleep(0.05)
    return Server(layout, users, None)


def written_by(data_dir: Path) -> int | None:
    """The major version of PostgreSQL that made the cluster in `data_dir`; None when there is none yet."""
    return cluster.major_of(of(data_dir).cluster)


@contextmanager
def use(data_dir: Path) -> Iterator[Server]:
    """For a command that needs the database for a moment: attach if it runs, else start it and stop it after.

    Several such commands may come at once: one starts the server and stops it when the last has finished.
    """
    server = _start_or_attach(data_dir, until=time.monotonic() + READY_SECONDS)
    try:
        yield server
    finally:
        server.stop(wait_for_users=READY_SECONDS)


def _start_or_attach(data_dir: Path, *, until: float) -> Server:
    """Two commands may start and stop at the same time, so each answer may be out of date: ask again."""
    while True:
        try:
            return start(data_dir)
        except FolderInUse:
            try:
                return attach(data_dir, wait=2.0)
            except NotRunning:
                if time.monotonic() >= until:
                    raise


def _launch(layout: Layout, *, durable: bool, extra: Mapping[str, str]) -> subprocess.Popen[bytes]:
    written_by = cluster.major_of(layout.cluster)
    found = binaries.find(written_by)
    if written_by not in (None, found.major):
        raise OtherMajor(layout.folder, found=written_by or 0, brought=found.major)
    runner = account.choose(layout.cluster, Path(found.postgres))
    if written_by is None:
        cluster.create(layout, found, runner, durable=durable)
    leftovers.clear(layout)
    cluster.check_room(layout, needed=cluster.ROOM_FOR_START)
    layout.prepare_sockets(runner.uid)
    words = cluster.settings(layout, durable=durable, extra=extra)
    process = _spawn(layout, runner.run_as(found.postgres, "-D", str(layout.cluster), *words))
    try:
        _wait_until_ready(layout, process)
        _provide_database(layout)
    except BaseException:
        _end(process)
        raise
    return process


def _spawn(layout: Layout, command: list[str]) -> subprocess.Popen[bytes]:
    """A session of its own, so that Ctrl+C reaches the supervisor only and the order of stopping is ours."""
    if layout.log.exists() and layout.log.stat().st_size > _LOG_KEPT:
        layout.log.replace(layout.log.with_suffix(".log.1"))
    layout.log.touch(mode=0o600)
    with layout.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 (own words and paths)
            command, env=cluster.environment(), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip


def _wait_until_ready(layout: Layout, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise cluster.failure(layout, "The database ended while starting.", log_tail(layout))
        if _status(layout) == (process.pid, "ready"):
            return
        time.sleep(0.01)
    raise StartFailed(f"The database was not ready after {READY_SECONDS} seconds.", log_tail(layout))


def _status(layout: Layout) -> tuple[int, str] | None:
    """The pid and state that the server itself keeps in postmaster.pid (its first and eighth line)."""
    try:
        lines = (layout.cluster / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), lines[7].strip()
    except (OSError, IndexError, ValueError):
        return None


def _provide_database(layout: Layout) -> None:
    """The database and its owner: no superuser, but able to make the databases that tests run in."""
    with psycopg.connect(layout.url("postgres", cluster.SUPERUSER), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE").format(sql.Identifier(OWNER)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            make = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(make.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))


def _answers(layout: Layout) -> bool:
    status = _status(layout)
    if status is None or status[1] != "ready":
        return False
    try:
        psycopg.connect(layout.url(), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown; if it does not end in time, the immediate one (the next start then replays the log)."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def log_tail(layout: Layout, size: int = 4000) -> str:
    """The end of the server's log, at most `size` bytes."""
    try:
        with layout.log.open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - size))
            return log.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
