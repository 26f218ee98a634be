"""Killing everything at any moment loses nothing committed, and the next start recovers by itself."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.support.trees import gone, kill_tree
from tierline.core.kernel import embedded

SUPPORT = Path(__file__).parents[1] / "support"


class Run:
    """A supervisor in its own process that commits rows until it is killed; `committed` is what it told."""

    def __init__(self, folder: Path, *under: str) -> None:
        command = [*under, sys.executable, str(SUPPORT / "committer.py"), str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.postmaster = psutil.Process(int(self.process.stdout.readline().split()[1]))
        self.committed = 0
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            if line.startswith("committed ") and line.endswith("\n"):
                self.committed = int(line.split()[1])

    def let_commit(self, rows: int) -> None:
        target, until = self.committed + rows, time.monotonic() + 30
        while self.committed < target and time.monotonic() < until:
            time.sleep(0.005)
        assert self.committed >= target

    def close(self) -> None:
        kill_tree(self.process.pid)
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed") / "pg"


def rows(folder: Path) -> list[int]:
    with embedded.start(folder) as server, psycopg.connect(server.url) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number")]


def all_there(folder: Path, committed: int) -> bool:
    """Each reported row, in an unbroken series; the one in flight may be there or not."""
    kept = rows(folder)
    return kept == list(range(1, len(kept) + 1)) and len(kept) in (committed, committed + 1)


@pytest.mark.parametrize("seed", range(4))
def test_the_whole_tree_killed_at_a_random_moment(folder: Path, seed: int) -> None:
    run = Run(folder)
    run.let_commit(5)
    time.sleep(random.Random(seed).uniform(0, 0.4))
    family = kill_tree(run.process.pid)
    assert run.postmaster in family
    run.close()
    assert all_there(folder, run.committed)


def test_killed_while_it_starts(folder: Path) -> None:
    before = rows(folder)
    chance = random.Random(7)
    for _ in range(3):
        process = subprocess.Popen([sys.executable, SUPPORT / "committer.py", folder], stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.3, 0.7))
        kill_tree(process.pid)
        process.wait()
    after = rows(folder)
    assert after[: len(before)] == before


def test_the_postmaster_killed_but_not_its_backends(folder: Path) -> None:
    run = Run(folder)
    run.let_commit(5)
    psutil.Process(run.process.pid).suspend()
    run.postmaster.kill()
    psutil.Process(run.process.pid).kill()
    run.close()
    assert all_there(folder, run.committed)


def test_only_the_supervisor_killed(folder: Path) -> None:
    run = Run(folder)
    run.let_commit(5)
    run.process.kill()
    run.close()
    assert all_there(folder, run.committed)


def test_killed_again_while_it_recovers(folder: Path) -> None:
    run = Run(folder)
    run.let_commit(20)
    kill_tree(run.process.pid)
    run.close()
    again = subprocess.Popen([sys.executable, SUPPORT / "committer.py", folder], stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    kill_tree(again.pid)
    again.wait()
    assert rows(folder)[: run.committed] == list(range(1, run.committed + 1))


@pytest.fixture
def under_careless_init(folder: Path) -> Iterator[Run]:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux has subreapers")
    run = Run(folder, sys.executable, str(SUPPORT / "careless_init.py"))
    yield run
    run.close()


def test_a_zombie_postmaster_does_not_block_the_next_start(folder: Path, under_careless_init: Run) -> None:
    run = under_careless_init
    run.let_commit(5)
    init = psutil.Process(run.process.pid)
    supervisor = init.children()[0]
    for process in supervisor.children(recursive=True):
        process.kill()
    supervisor.kill()
    assert gone([run.postmaster, supervisor])
    assert run.postmaster.status() == psutil.STATUS_ZOMBIE
    pid_file = folder / "cluster" / "postmaster.pid"
    assert int(pid_file.read_text().splitlines()[0]) == run.postmaster.pid
    assert all_there(folder, run.committed)
