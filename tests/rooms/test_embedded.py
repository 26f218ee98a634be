"""The embedded server from the outside: it starts, is private, refuses what it must, and says why."""

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import psycopg
import pytest

from tests.support.trees import gone
from tierline.core.kernel import embedded
from tierline.core.kernel.embedded import account, binaries, cluster, layout, leftovers, locks


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a server ran once; every test leaves it stopped and usable."""
    folder = tmp_path_factory.mktemp("made") / "pg"
    embedded.start(folder, durable=False).stop()
    return folder


@pytest.fixture
def other_major(folder: Path) -> Iterator[Path]:
    """The folder as a PostgreSQL that nobody has any more would have left it."""
    version = folder / "cluster" / "PG_VERSION"
    true = version.read_text()
    version.write_text("9\n")
    yield folder
    version.write_text(true)


def ask(server: embedded.Server, query: str) -> object:
    with psycopg.connect(server.url) as connection:
        return connection.execute(query).fetchone()[0]


def test_it_answers_with_the_promised_settings(folder: Path) -> None:
    with embedded.start(folder, settings={"work_mem": "5MB"}) as server:
        assert ask(server, "SELECT current_user") == "tierline"
        assert ask(server, "SELECT current_setting('data_checksums')") == "on"
        assert ask(server, "SELECT current_setting('fsync')") == "on"
        assert ask(server, "SELECT current_setting('work_mem')") == "5MB"
        assert ask(server, "SELECT current_setting('timezone')") == "UTC"
        assert ask(server, "SELECT upper('äöü é')") == "ÄÖÜ É"
        assert ask(server, "SELECT string_agg(w, '' ORDER BY w) FROM unnest(array['b', 'a', 'B', 'A']) w") == "ABab"


def test_the_owner_may_make_the_extensions_but_is_no_superuser(folder: Path) -> None:
    with embedded.start(folder) as server, psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION unaccent")
        assert ask(server, "SELECT unaccent('Zürich')") == "Zurich"
        assert ask(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_rows_survive_a_clean_stop(folder: Path) -> None:
    with embedded.start(folder) as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    assert not server.running
    with embedded.start(folder) as server:
        assert ask(server, "SELECT number FROM kept") == 42


def test_stopping_twice_is_harmless(folder: Path) -> None:
    server = embedded.start(folder)
    server.stop()
    server.stop()
    assert not server.running


def test_it_listens_on_a_private_socket_only(folder: Path) -> None:
    with embedded.start(folder) as server:
        assert ask(server, "SELECT current_setting('listen_addresses')") == ""
        assert ask(server, "SELECT inet_server_addr()") is None
        assert stat.S_IMODE((folder / "socket").stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "cluster").stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "server.log").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["space, \"comma\", ünïcode, %20 'and' $HOME", "x" * 120])
def test_any_folder_name_will_do(folder: Path, tmp_path: Path, name: str) -> None:
    moved = folder.rename(tmp_path / name)
    try:
        with embedded.start(moved) as server:
            assert ask(server, "SELECT 1") == 1
    finally:
        moved.rename(folder)


def test_a_long_path_gets_a_short_private_socket_folder(tmp_path: Path) -> None:
    place = layout.of(tmp_path / ("x" * 120))
    place.folder.mkdir()
    place.prepare_sockets(os.getuid())
    assert len(os.fsencode(place.sockets)) <= layout.LONGEST_SOCKET_FOLDER
    assert stat.S_IMODE(place.sockets.stat().st_mode) == 0o700
    place.sockets.rmdir()


def test_a_socket_folder_that_is_somebody_elses_link_is_refused(tmp_path: Path) -> None:
    place = layout.of(tmp_path / ("y" * 120))
    place.sockets.symlink_to(tmp_path)
    try:
        with pytest.raises(embedded.EmbeddedError, match="belongs to another account"):
            place.prepare_sockets(os.getuid())
    finally:
        place.sockets.unlink()


def test_a_second_supervisor_is_refused_and_may_attach(folder: Path) -> None:
    with embedded.start(folder) as first:
        with pytest.raises(embedded.FolderInUse, match="in use by another Tierline"):
            embedded.start(folder)
        with embedded.attach(folder) as second:
            assert second.url == first.url
            assert ask(second, "SELECT 1") == 1
        assert first.running, "letting go must not stop the server"


def test_a_folder_that_becomes_free_is_waited_for(folder: Path) -> None:
    with locks.FileLock(folder / "lock") as dying:
        assert dying.take()
        timer = threading.Timer(0.3, dying.release)
        timer.start()
        with embedded.start(folder, durable=False, wait=20) as server:
            assert ask(server, "SELECT 1") == 1
        timer.join()


def test_nothing_to_attach_to(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(embedded.NotRunning, match="No Tierline is running"):
        embedded.attach(folder)
    with pytest.raises(embedded.NotRunning):
        embedded.attach(tmp_path / "never made")


def test_use_starts_when_needed_and_attaches_when_not(folder: Path) -> None:
    with embedded.use(folder) as outer:
        assert outer.process is not None
        with embedded.use(folder) as inner:
            assert inner.process is None
            assert ask(inner, "SELECT 1") == 1
    assert not outer.running


def test_the_starter_waits_for_those_who_attached(folder: Path) -> None:
    starter = embedded.start(folder)
    attached = embedded.attach(folder)
    timer = threading.Timer(0.3, attached.stop)
    timer.start()
    assert starter.running
    starter.stop(wait_for_users=20)
    timer.join()
    assert not starter.running
    with locks.FileLock(folder / "users") as free:
        assert free.take()


def test_another_major_version_is_refused_and_left_alone(other_major: Path) -> None:
    before = sorted(path.name for path in (other_major / "cluster").iterdir())
    with pytest.raises(embedded.OtherMajor, match=r"written by PostgreSQL 9.*Nothing was changed.*pg_dump"):
        embedded.start(other_major)
    assert sorted(path.name for path in (other_major / "cluster").iterdir()) == before
    with locks.FileLock(other_major / "lock") as free:
        assert free.take(), "a refused start must free the folder"


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster.shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 5_000_000))
    with pytest.raises(embedded.DiskFull, match=r"is full: 5 MB free, 300 MB needed\. Nothing was lost"):
        embedded.start(tmp_path / "pg")
    assert not (tmp_path / "pg" / "cluster").exists()


def test_running_out_of_room_while_working_is_recognised(tmp_path: Path) -> None:
    place = layout.of(tmp_path)
    full = cluster.failure(place, "It ended.", 'PANIC: could not write to file "pg_wal/x": No space left on device')
    other = cluster.failure(place, "It ended.", "FATAL: something else")
    assert isinstance(full, embedded.DiskFull)
    assert isinstance(other, embedded.StartFailed)
    assert "FATAL: something else" in str(other)


def test_a_server_that_dies_while_starting_fails_at_once_with_its_log(folder: Path) -> None:
    with pytest.raises(embedded.StartFailed, match=r"(?s)ended while starting.*no_such_setting"):
        embedded.start(folder, settings={"no_such_setting": "1"})


def test_a_half_made_cluster_of_a_killed_first_start_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "pg" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with embedded.start(tmp_path / "pg", durable=False) as server:
        assert ask(server, "SELECT 1") == 1
    assert not half.exists()


def test_a_reused_pid_in_the_pid_file_harms_nobody(folder: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    lines = [
        str(bystander.pid),
        str(folder / "cluster"),
        "1",
        "5432",
        str(folder / "socket"),
        "",
        "",
        "ready",
    ]
    (folder / "cluster" / "postmaster.pid").write_text("\n".join(lines) + "\n")
    try:
        with embedded.start(folder) as server:
            assert ask(server, "SELECT 1") == 1
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_long_log_is_moved_aside(folder: Path) -> None:
    (folder / "server.log").write_bytes(b"old\n" * 2_000_000)
    with embedded.start(folder):
        assert (folder / "server.log").stat().st_size < 100_000
    assert (folder / "server.log.1").read_bytes().startswith(b"old\n")


def test_what_people_wrote_does_not_reach_the_log(folder: Path) -> None:
    with embedded.start(folder) as server, psycopg.connect(server.url, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 'my secret words', 1/0")
        assert "my secret words" not in (folder / "server.log").read_text()


def test_variables_meant_for_other_servers_do_not_reach_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/nonexistent")
    monkeypatch.setenv("PGPORT", "9999")
    monkeypatch.setenv("LC_ALL", "no_SUCH.locale")
    with embedded.start(folder) as server:
        assert ask(server, "SELECT current_setting('lc_messages')") == "C"


def fake_postgres(folder: Path, script: str) -> Path:
    folder.mkdir(parents=True)
    program = folder / "postgres"
    program.write_text(script)
    program.chmod(0o755)
    return folder


def test_binaries_are_believed_only_after_they_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = fake_postgres(
        tmp_path / "a", "#!/bin/sh\necho 'libz.so.1: cannot open shared object file' >&2; exit 127\n"
    )
    old = fake_postgres(tmp_path / "b", "#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
    good = fake_postgres(tmp_path / "c", "#!/bin/sh\necho 'postgres (PostgreSQL) 17.2 (Debian)'\n")
    monkeypatch.setattr(binaries, "_candidates", lambda: [tmp_path / "none", broken, old, good])
    assert binaries.find() == binaries.Binaries(good, 17)
    monkeypatch.setattr(binaries, "_candidates", lambda: [tmp_path / "none", broken, old])
    with pytest.raises(embedded.NoBinaries) as told:
        binaries.find()
    assert "libz.so.1: cannot open shared object file" in str(told.value)
    assert "is 14, older than 15" in str(told.value)
    assert "No such file or directory" in str(told.value)
    assert "set DATABASE_URL" in str(told.value)


def test_binaries_of_the_folder_s_own_major_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = fake_postgres(tmp_path / "new", "#!/bin/sh\necho 'postgres (PostgreSQL) 18.6'\n")
    older = fake_postgres(tmp_path / "old", "#!/bin/sh\necho 'postgres (PostgreSQL) 16.1'\n")
    monkeypatch.setattr(binaries, "_candidates", lambda: [newer, older])
    assert binaries.find().major == 18
    assert binaries.find(16).major == 16
    assert binaries.find(15).major == 18


def test_a_system_postgresql_runs_under_the_same_supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reasons: list[str] = []
    system = [found for pattern in binaries._SYSTEM_FOLDERS for found in Path("/").glob(pattern.lstrip("/"))]
    usable = [found for folder in system if (found := binaries._try(folder, reasons))]
    if not usable:
        pytest.skip("no PostgreSQL 15 or newer is installed in the system")
    monkeypatch.setattr(binaries, "_candidates", lambda: [usable[0].folder])
    with embedded.start(tmp_path / "pg", durable=False) as server:
        assert int(str(ask(server, "SHOW server_version_num"))) // 10_000 == usable[0].major


def test_the_server_does_not_run_as_root(folder: Path) -> None:
    with embedded.start(folder) as server:
        shown = Path(f"/proc/{server.process.pid}/status")
        if not shown.exists():
            pytest.skip("this system has no /proc to look into")
        effective = next(line for line in shown.read_text().splitlines() if line.startswith("CapEff"))
        assert int(effective.split()[1], 16) == 0 or os.getuid() != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another account")
def test_root_without_namespaces_hands_the_cluster_to_an_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = account._works
    monkeypatch.setattr(account, "_works", lambda prefix, **needs: prefix[0] != "unshare" and works(prefix, **needs))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with embedded.start(closed / "pg", durable=False) as server:
        assert ask(server, "SELECT 1") == 1
        assert (closed / "pg" / "cluster").stat().st_uid != 0
    monkeypatch.undo()
    with embedded.start(closed / "pg", durable=False) as server:
        assert ask(server, "SELECT 1") == 1, "the owner of the files keeps serving them"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused")
def test_root_without_any_way_out_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "_works", lambda *_, **__: False)
    with pytest.raises(embedded.RootRefused, match="Run Tierline as a normal user, or set DATABASE_URL"):
        embedded.start(tmp_path / "pg")


def test_a_server_that_stops_by_itself_can_say_why(folder: Path) -> None:
    server = embedded.start(folder)
    server.process.send_signal(signal.SIGINT)
    server.process.wait(20)
    assert not server.running
    assert "The database stopped by itself" in str(server.why_stopped())
    server.stop()


def test_a_lock_is_waited_for_and_shared(tmp_path: Path) -> None:
    one, two, three = (locks.FileLock(tmp_path / "lock") for _ in range(3))
    assert one.take(shared=True)
    assert two.take(shared=True)
    assert not three.take(wait=0.05)
    one.release()
    two.release()
    assert three.take()
    three.release()


def test_no_process_is_found_in_a_folder_nobody_works_in(tmp_path: Path) -> None:
    assert leftovers.processes_in(tmp_path) == []


def test_the_server_goes_when_its_supervisor_is_killed(folder: Path) -> None:
    script = Path(__file__).parents[1] / "support" / "committer.py"
    supervisor = subprocess.Popen([sys.executable, script, folder], stdout=subprocess.PIPE, text=True)
    postmaster = psutil.Process(int(supervisor.stdout.readline().split()[1]))
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    assert gone([postmaster])
