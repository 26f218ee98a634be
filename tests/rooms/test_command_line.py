"""The `tierline` command without a desk: the table, the data folder, the words of refusals, what pytest is given."""

import argparse
import errno
import importlib
import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Self

import psycopg
import pytest

from tierline.core.kernel import embedded
from tierline.core.kernel.embedded import layout
from tierline.core.kernel.spool import END, Spool
from tierline.doors.cli import commands, data_folder, database, doctor, output, up, web
from tierline.doors.cli import test as test_command
from tierline.doors.cli.errors import CannotRun, DatabaseUnreachable, FolderNotWritable, ForeignFolder, PortTaken

EVERYWHERE = next(iter(up._ANYWHERE))


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests set in the environment is gone afterwards."""
    for name in ("TIERLINE_DATA", "TIERLINE_HOSTS", "TIERLINE_URL", "TIERLINE_STATIC_MANIFEST"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.mark.parametrize("command", commands.COMMANDS, ids=lambda command: command.name)
def test_each_command_of_the_table_is_there(command: commands.Command) -> None:
    module = importlib.import_module(f"tierline.doors.cli.{command.module}")
    assert command.summary
    if command.hands_on:
        assert callable(module.run)
    else:
        parser = argparse.ArgumentParser()
        module.add_parser(parser.add_subparsers())
        with pytest.raises(SystemExit) as ended:
            parser.parse_args([command.name, "--help"])
        assert ended.value.code == 0


def test_help_is_quick_because_it_imports_no_command() -> None:
    script = (
        "import sys; from tierline.doors.cli.commands import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print([m for m in sys.modules if m in ('django', 'psycopg', 'tierline.doors.cli.up')])"
    )
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert ran.stdout.splitlines()[-1] == "[]"
    assert "demo" in ran.stdout


def test_reading_a_log_waits_for_no_database() -> None:
    script = (
        "import sys; from tierline.doors.cli.commands import main\n"
        "main(['logs', 'analyse', '--json', '/dev/null'])\n"
        "print([m for m in sys.modules if m in ('django', 'psycopg', 'importlib.metadata')])"
    )
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main([]) == 2
    assert "commands:" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("tierline 0.")


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> object:
    """A command of a test's own, in place of the real table."""

    def register(run: object, *, hands_on: bool = False) -> None:
        module = ModuleType("tierline.doors.cli.planted")
        module.run = run
        module.add_parser = lambda subparsers: subparsers.add_parser("planted").set_defaults(run=run)
        monkeypatch.setitem(sys.modules, "tierline.doors.cli.planted", module)
        monkeypatch.setattr(commands, "COMMANDS", (commands.Command("planted", "planted", "-", hands_on),))

    return register


def raiser(error: BaseException) -> object:
    def run(_args: argparse.Namespace) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (CannotRun("It is so.", kept="All kept.", todo="Do that."), 1, "tierline: It is so. All kept. Do that.\n"),
        (
            OSError(errno.ENOSPC, "full"),
            1,
            "tierline: The disk is full. Nothing was lost. Make room, then start again.\n",
        ),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_refusals_end_in_one_sentence(
    only: object, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, sentence: str
) -> None:
    only(raiser(error))
    assert commands.main(["planted"]) == code
    assert capsys.readouterr().err == sentence


def test_a_fault_of_ours_is_not_hidden(only: object) -> None:
    only(raiser(OSError(errno.EIO, "broken")))
    with pytest.raises(OSError, match="broken"):
        commands.main(["planted"])


def test_words_are_handed_on_untouched(only: object) -> None:
    seen: list[str] = []
    only(lambda args: seen.extend(args.words) or 7, hands_on=True)
    assert commands.main(["planted", "-k", "some", "--help"]) == 7
    assert seen == ["-k", "some", "--help"]


SPREAD = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]


@pytest.mark.parametrize(
    ("words", "browser", "expected"),
    [
        (["-q"], True, [*SPREAD, "-q"]),
        (["-q"], False, [*SPREAD, "-m", "not browser", "-q"]),
        (["--no-browser"], True, [*SPREAD, "-m", "not browser"]),
        (["--no-browser", "-k", "mail"], True, ["-m", "not browser", "-k", "mail"]),
        (["tests/rooms", "--no-browser"], True, ["-m", "not browser", "tests/rooms"]),
        (["--browser", "-q"], False, [*SPREAD, "-q"]),
        (["-m", "browser"], False, [*SPREAD, "-m", "browser"]),
        (["-mslow", "--no-browser"], True, [*SPREAD, "-mslow"]),
        ([], True, [*SPREAD]),
    ],
)
def test_browser_tests_run_where_there_is_a_browser(words: list[str], browser: bool, expected: list[str]) -> None:
    assert test_command.pytest_words(words, browser=browser) == expected


def test_the_browser_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIERLINE_CHROMIUM", "/opt/some/chrome")
    assert test_command.chromium() == "/opt/some/chrome"


# --- the data folder ---


def test_the_flag_wins_over_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIERLINE_DATA", str(tmp_path / "variable"))
    assert data_folder.choose(tmp_path / "flag") == tmp_path / "flag"
    assert data_folder.choose(None) == tmp_path / "variable"


def test_the_default_is_beside_the_launcher_or_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder, "_CHECKOUT", tmp_path)
    assert data_folder.choose(None) == tmp_path / "data"
    monkeypatch.setattr(data_folder.os, "access", lambda *_: False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert data_folder.choose(None) == tmp_path / "xdg/tierline"


def test_a_relative_folder_means_one_place_whoever_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data_folder.claim(data_folder.choose(Path("here")))
    assert os.environ["TIERLINE_DATA"] == str(tmp_path / "here")


def test_a_folder_of_others_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(ForeignFolder, match=r"holds other things.*Nothing was changed.*--data"):
        data_folder.claim(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_our_own_folder_is_taken_again(tmp_path: Path) -> None:
    data_folder.claim(tmp_path / "new/deep")
    (tmp_path / "new/deep/blobs").mkdir()
    data_folder.claim(tmp_path / "new/deep")
    assert stat.S_IMODE((tmp_path / "new/deep").stat().st_mode) == 0o700


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderNotWritable, match="cannot be used"):
        data_folder.claim(tmp_path / "file")
    with pytest.raises(FolderNotWritable, match="not a directory"):
        data_folder.claim(tmp_path / "file/below")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_closed_to_us_is_told(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(FolderNotWritable, match="permission denied"):
        data_folder.claim(tmp_path / "closed/data")


def test_the_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    data_folder.ensure_secret_key(tmp_path)
    first = (tmp_path / "secret-key").read_text()
    data_folder.ensure_secret_key(tmp_path)
    assert (tmp_path / "secret-key").read_text() == first
    assert len(first.strip()) >= 60
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_a_key_that_another_start_made_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda self: self.name != "secret-key" and exists(self))
    (tmp_path / "secret-key").write_text("theirs")
    data_folder.ensure_secret_key(tmp_path)
    assert (tmp_path / "secret-key").read_text() == "theirs"


# --- ports ---


@pytest.mark.parametrize("text", ["0", "-1", "65536", "http", ""])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="use a number from 1 to 65535"):
        web.port(text)


def test_a_taken_port_names_the_flag_and_another_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "PATIENCE", 0)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"Port {port} on 127\.0\.0\.1 is taken.*--port {port + 1}"):
            up._check_port("127.0.0.1", port, tmp_path)


def test_a_port_that_becomes_free_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [OSError(errno.EADDRINUSE, "in use"), OSError(errno.EADDRINUSE, "in use"), None]
    monkeypatch.setattr(up, "_cannot_listen", lambda *_: answers.pop(0))
    up._check_port("127.0.0.1", 8420, tmp_path)
    assert answers == []


def test_an_address_of_another_machine_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"cannot listen on 192\.0\.2\.1, port 8420.*--bind"):
        up._check_port("192.0.2.1", 8420, tmp_path)


@pytest.mark.parametrize(
    ("bind", "shown"), [(EVERYWHERE, "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("10.1.2.3", "10.1.2.3")]
)
def test_the_printed_address_can_be_opened(bind: str, shown: str) -> None:
    assert up._shown(bind) == shown


def test_the_hosts_follow_the_address_unless_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    up._set_environment("10.1.2.3", "http://10.1.2.3:8420")
    assert os.environ["TIERLINE_HOSTS"].split(",")[-1] == "10.1.2.3"
    assert capsys.readouterr().err == ""
    monkeypatch.delenv("TIERLINE_HOSTS")
    up._set_environment(EVERYWHERE, "http://127.0.0.1:8420")
    assert "TIERLINE_HOSTS" in capsys.readouterr().err
    monkeypatch.setenv("TIERLINE_HOSTS", "desk.example.org")
    up._set_environment(EVERYWHERE, "http://127.0.0.1:8420")
    assert os.environ["TIERLINE_HOSTS"] == "desk.example.org"


def test_the_welcome_shows_one_sign_in_a_role(capsys: pytest.CaptureFixture[str]) -> None:
    up._welcome(
        "http://127.0.0.1:8420", Path("/data"), [("tier 1", "a@example.org", "x"), ("lead", "bo@example.org", "yy")]
    )
    told = capsys.readouterr().out
    assert "Tierline is ready:  http://127.0.0.1:8420" in told
    assert "  tier 1   a@example.org    x\n" in told
    assert "  lead     bo@example.org   yy\n" in told
    assert "Data: /data" in told


# --- the database ---


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://x@127.0.0.1:1/x", "Connection refused"),
        ("postgresql://x@/x?host=/nonexistent", "No such file or directory"),
        ("postgresql://x@/x?nonsense=1", "nonsense"),
        ("mysql://x", "mysql"),
    ],
)
def test_a_wrong_database_url_tells_its_reason(monkeypatch: pytest.MonkeyPatch, url: str, reason: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(DatabaseUnreachable) as told:
        database.check_given()
    assert reason in str(told.value)
    assert "\n" not in str(told.value)
    assert "unset it to use the embedded PostgreSQL" in str(told.value)


def test_the_session_s_own_database_is_good() -> None:
    assert int(database.check_given().split(".")[0]) >= 15


def test_an_old_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        info = SimpleNamespace(server_version=140009)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr(psycopg, "connect", lambda *_, **__: Old())
    with pytest.raises(DatabaseUnreachable, match="it is PostgreSQL 14, and Tierline needs 15 or newer"):
        database.check_given()


@pytest.mark.parametrize("name", ["web", "worker"])
def test_what_runs_apart_needs_a_database_url(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    assert commands.main([name]) == 1
    assert "DATABASE_URL is not set" in capsys.readouterr().err


def test_a_given_database_is_used_as_it_is(tmp_path: Path) -> None:
    before = os.environ["DATABASE_URL"]
    with database.at_hand(tmp_path):
        assert os.environ["DATABASE_URL"] == before
    assert list(tmp_path.iterdir()) == []


def test_the_embedded_one_is_at_hand_and_gone_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    with database.at_hand(tmp_path):
        assert os.environ["DATABASE_URL"] == layout.of(tmp_path / "postgres").url()
        assert int(database.check_given().split(".")[0]) >= 15
    assert not database.given()
    with pytest.raises(embedded.NotRunning):
        embedded.attach(tmp_path / "postgres")


# --- doctor ---


def by_name(folder: Path) -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.examine(folder)}


def test_a_well_machine_has_no_failed_check(tmp_path: Path) -> None:
    checks = by_name(tmp_path / "data")
    assert [name for name, check in checks.items() if check.state is doctor.State.FAIL] == []
    assert "of DATABASE_URL" in checks["database"].found
    assert checks["extensions"].found == "pg_trgm, unaccent"


def test_without_a_database_url_the_embedded_one_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    checks = by_name(tmp_path / "data")
    assert "embedded PostgreSQL" in checks["database"].found
    assert "not running now" in checks["database"].found
    assert checks["extensions"].state is doctor.State.OK
    assert not (tmp_path / "data").exists(), "looking must not make anything"


def test_each_failure_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.txt").touch()
    monkeypatch.setenv("DATABASE_URL", "postgresql://x@127.0.0.1:1/x")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    assert commands.main(["doctor", "--data", str(tmp_path)]) == 1
    told = capsys.readouterr().out.splitlines()
    failed = [line.split()[1] for line in told if line.startswith("FAIL")]
    assert failed == ["data", "disk", "database", "extensions"]
    assert any("apt install bubblewrap" in line for line in told)
    assert all("->" in told[number + 1] for number, line in enumerate(told) if line.startswith(("FAIL", "warn")))


def test_piped_mail_that_nobody_takes_is_found_by_the_doctor(tmp_path: Path) -> None:
    data_folder.claim(tmp_path)
    assert by_name(tmp_path)["spool"].found == "no piped mail waits"
    spool, name = Spool(tmp_path), "00000000-0000-4000-8000-000000000000"
    (spool.folder / name).write_bytes(END % name.encode())

    check = by_name(tmp_path)["spool"]
    assert (check.state, "nobody takes it" in check.found, check.todo) == (
        doctor.State.WARN, True, "Start the desk: tierline up.",
    )  # fmt: skip

    spool.attend()
    assert by_name(tmp_path)["spool"].state is doctor.State.OK
    os.utime(spool.folder / name, (0, 0))
    assert by_name(tmp_path)["spool"].state is doctor.State.FAIL
    spool.leave()

    spool.refuse(spool.files()[0])
    check = by_name(tmp_path)["spool"]
    assert (check.state, f"{name}.refused" in check.found) == (doctor.State.FAIL, True)


def test_a_cluster_of_another_major_is_found_by_the_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    (tmp_path / "postgres/cluster").mkdir(parents=True)
    (tmp_path / "postgres/cluster/PG_VERSION").write_text("9\n")
    check = by_name(tmp_path)["database"]
    assert check.state is doctor.State.FAIL
    assert "written by PostgreSQL 9" in check.found
    assert "pg_dump" in check.todo


def test_a_step_that_took_long_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 0.2, 10.0, 12.5])
    monkeypatch.setattr(output.time, "monotonic", lambda: next(moments))
    with output.step("quick"):
        pass
    with output.step("slow"):
        pass
    assert capsys.readouterr().err == "tierline: quick\ntierline: slow\ntierline:   done in 2.5 s\n"


def test_sign_ins_travel_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from tierline.doors.cli import prepare

    planted = ModuleType("tierline.doors.cli.demo_data")
    planted.load = lambda say: say("loading") or [("lead", "lead@example.org", "secret words")]
    monkeypatch.setitem(sys.modules, "tierline.doors.cli.demo_data", planted)
    monkeypatch.setattr("tierline.doors.cli.demo_data", planted, raising=False)
    prepare._load_demo()
    told = capsys.readouterr()
    assert json.loads(told.out) == [["lead", "lead@example.org", "secret words"]]
    assert told.err == "tierline: loading\n"
