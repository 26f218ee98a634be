"""`tierline up` as a real tree of processes: it starts, answers, is killed, starts again, stops in order."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.support.trees import gone, kill_tree
from tierline.core.kernel.embedded import layout

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parents[2]
PSS_AT_REST = 600_000_000  # bytes


class Tree:
    """One `tierline up` on a folder and a free port."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder.parent / "up.log"
        ours = ("TIERLINE_", "DATABASE_", "PYTHONDONTWRITEBYTECODE")  # uncompiled, each process would start in seconds
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tierline.doors.cli", "up", "--data", str(folder), "--port", str(port)],
                env={**kept, "PYTHONPATH": str(REPOSITORY / "src")},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        until = time.monotonic() + 90
        while "is ready" not in self.told():
            assert self.process.poll() is None, self.told()
            assert time.monotonic() < until, self.told()
            time.sleep(0.1)

    def told(self) -> str:
        return self.log.read_text()

    def family(self) -> list[psutil.Process]:
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def wait_for_worker(self) -> list[psutil.Process]:
        """Everybody, once the worker (which starts last) has loaded the rooms."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with suppress(psutil.NoSuchProcess):  # programs that help at the start come and go
                if any(loaded(process) for process in self.family()):
                    return self.family()
            time.sleep(0.2)
        raise AssertionError(self.told())

    def get(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:  # noqa: S310 (our own http address)
            return answer.status, answer.read().decode()


def loaded(process: psutil.Process) -> bool:
    """Whether this is the worker, and it is more than a Python that starts."""
    return "worker" in process.cmdline() and process.memory_full_info().uss > 30_000_000


def proportional(process: psutil.Process) -> int:
    """Its share of the memory in bytes; 0 when it has just ended."""
    with suppress(psutil.NoSuchProcess):
        return int(process.memory_full_info().pss)
    return 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up") / "data"


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def tree(folder: Path, port: int) -> Iterator[Tree]:
    (folder.parent / "up.log").write_bytes(b"")
    started = Tree(folder, port)
    try:
        started.wait_until_ready()
        yield started
    finally:
        kill_tree(started.process.pid)
        started.process.wait()


def test_it_answers_and_survives_the_death_of_everything(tree: Tree, folder: Path, port: int) -> None:
    assert tree.get("/healthz") == (200, "ok")
    with psycopg.connect(layout.of(folder / "postgres").url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    second = Tree(folder, port)
    assert second.process.wait(60) == 1
    assert f"The data folder {folder} is in use by another Tierline" in tree.told()
    family = kill_tree(tree.process.pid)
    assert len(family) > 5
    assert gone(family)


def test_the_next_start_finds_everything_stays_small_and_stops_in_order(tree: Tree, folder: Path) -> None:
    assert tree.get("/healthz") == (200, "ok")
    with psycopg.connect(layout.of(folder / "postgres").url()) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (42,)
    assert "preparing the database" not in tree.told(), "nothing was left to migrate"
    assert "collecting" not in tree.told(), "static files were collected before"
    family = tree.wait_for_worker()
    assert sum(proportional(process) for process in family) < PSS_AT_REST
    tree.process.terminate()
    assert tree.process.wait(20) == 0
    assert gone(family)
    assert tree.told().endswith("tierline: stopped; everything is kept\n")
    assert "database system is shut down" in (folder / "postgres/server.log").read_text().splitlines()[-1]
