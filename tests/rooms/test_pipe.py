"""`tierline mail pipe`: what is kept, byte for byte, and what a mail server's exit code says when it is not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tierline.core.kernel.spool import Spool
from tierline.doors.cli import data_folder

REPOSITORY = Path(__file__).parents[2]
PROGRAM = REPOSITORY / "src/tierline/doors/cli/pipe.sh"
MESSAGE = b"From: a@b.example\r\n\r\n\x00\xff no newline at the end"
SHELLS = [shell for shell in ("dash", "bash", "busybox", "ksh", "mksh", "yash") if shutil.which(shell)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data_folder.Spool(tmp_path / "data")
    return tmp_path / "data"


def pipe(
    *words: str | Path, message: bytes = MESSAGE, program: Path = PROGRAM, shell: str = "sh", **variables: str
) -> subprocess.CompletedProcess[bytes]:
    command = [shell, *(["sh"] if shell == "busybox" else []), str(program), *map(str, words)]
    bare = {"PATH": "/usr/bin:/bin", **variables}
    return subprocess.run(command, input=message, capture_output=True, check=False, env=bare)


def kept(data: Path) -> list[bytes]:
    spool = Spool(data)
    return [spool.content(left) for left in spool.files() if spool.is_whole(left)]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_message_is_kept_byte_for_byte_and_for_this_account_only(data: Path, shell: str) -> None:
    ended = pipe("--data", data, shell=shell)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    assert kept(data) == [MESSAGE]
    (file,) = (data / "spool").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_messages_are_kept_in_their_order_and_equal_ones_apart(data: Path) -> None:
    letters = [b"one", b"two", b"two", b"end of nothing\n"]
    for letter in letters:
        assert pipe("--data", data, message=letter).returncode == 0
    assert kept(data) == letters


def test_a_large_message_in_many_pieces(data: Path) -> None:
    letter = os.urandom(3_000_000)
    assert pipe("--data", data, message=letter).returncode == 0
    assert kept(data) == [letter]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--dat"], 64, "usage"),
        (["--data"], 64, "usage"),
        (["message.eml"], 64, "usage"),
        (["--data", "x", "y"], 64, "usage"),
        (["--data", "/nowhere at all"], 75, "no desk in /nowhere at all"),
        (["--data=/nowhere"], 75, "no desk in /nowhere"),
    ],
)
def test_words_that_lead_nowhere(words: list[str], code: int, told: str) -> None:
    ended = pipe(*words)
    assert (ended.returncode, ended.stdout) == (code, b"")
    assert told in ended.stderr.decode()


def test_help() -> None:
    ended = pipe("--help")
    assert ended.returncode == 0
    assert b"75" in ended.stdout


def test_nothing_is_refused_for_good_and_leaves_nothing(data: Path) -> None:
    ended = pipe("--data", data, message=b"")
    assert (ended.returncode, ended.stderr) == (65, b"tierline: There is no message.\n")
    assert Spool(data).files() == []


def altered(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """The program with some of its words replaced, as another system or limit would have it."""
    text = PROGRAM.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    changed = tmp_path / "altered.sh"
    changed.write_text(text)
    return changed


def test_a_message_over_the_limit_is_refused_for_good(data: Path, tmp_path: Path) -> None:
    from tierline.work.intake.operations.incoming import MAX_MESSAGE

    assert f"MOST={MAX_MESSAGE}" in PROGRAM.read_text()
    small = altered(tmp_path, (f"MOST={MAX_MESSAGE}", "MOST=2000000"))

    assert pipe("--data", data, message=b"x" * 2_000_000, program=small).returncode == 0
    ended = pipe("--data", data, message=b"x" * 2_000_001, program=small)

    assert (ended.returncode, ended.stderr) == (65, b"tierline: The message has 2 MB; 2 MB is the limit.\n")
    assert len(kept(data)) == len(Spool(data).files()) == 1


def test_where_dd_knows_no_fsync_and_there_is_no_uuid(data: Path, tmp_path: Path) -> None:
    """As on older macOS and BSD."""
    other = altered(tmp_path, ("conv=fsync", "conv=unheard-of"), ("/proc/sys/kernel", "/nowhere"))
    assert pipe("--data", data, program=other).returncode == 0
    assert kept(data) == [MESSAGE]


def test_a_full_disk_is_not_now_and_leaves_nothing(data: Path, tmp_path: Path) -> None:
    full = altered(tmp_path, ("LC_ALL=C dd", "ulimit -f 100; trap '' XFSZ; LC_ALL=C dd"))
    ended = pipe("--data", data, message=b"x" * 1_000_000, program=full)
    assert ended.returncode == 75
    assert ended.stderr == b"tierline: The message could not be kept: File too large\n"
    assert Spool(data).files() == []


def test_what_cannot_be_brought_to_the_disk_is_not_now(data: Path, tmp_path: Path) -> None:
    broken = altered(tmp_path, ('sync /dev/fd/9 "$spool" ||', "false ||"))
    assert pipe("--data", data, program=broken).returncode == 75


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_spool_that_cannot_be_written_to(data: Path) -> None:
    (data / "spool").chmod(0o500)
    assert pipe("--data", data).returncode == 75


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_another_account_is_told_whose_it_is(data: Path) -> None:
    os.chown(data / "spool", 12345, 12345)
    ended = pipe("--data", data)
    assert ended.returncode == 75
    assert b"belongs to another account" in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
def test_a_program_that_is_ended_within_its_message_has_kept_nothing(data: Path, number: signal.Signals) -> None:
    words = ["sh", str(PROGRAM), "--data", str(data)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True) as sender:
        assert sender.stdin is not None
        sender.stdin.write(b"From: a@b.example\r\n\r\nThe first ha")
        sender.stdin.flush()
        until = time.monotonic() + 10
        while not any(left.size for left in Spool(data).files()):
            assert time.monotonic() < until
            time.sleep(0.005)
        os.killpg(sender.pid, number)
    assert sender.returncode != 0
    assert kept(data) == []


def chosen(*words: str, here: Path, **variables: str) -> str:
    """Which folder the program means, by what it says when there is no desk in it."""
    script = f"beside={here}/data; . {PROGRAM}"
    told = subprocess.run(
        ["sh", "-c", script, "sh", *words], check=False, capture_output=True, env={"PATH": "/bin", **variables}
    )
    return told.stderr.decode().partition("There is no desk in ")[2].partition(". Name")[0]


@pytest.mark.parametrize(
    ("words", "variables", "expected"),
    [
        ([], {}, "{here}/data"),
        (["--data", "/given/one"], {"TIERLINE_DATA": "/named/one"}, "/given/one"),
        (["--data", "~/desk"], {}, "/h/desk"),
        ([], {"TIERLINE_DATA": "/named/one"}, "/named/one"),
        ([], {"TIERLINE_DATA": ""}, "{here}/data"),
        ([], {"XDG_DATA_HOME": "/x", "HERE": "/nowhere"}, "/x/tierline"),
        ([], {"HERE": "/nowhere"}, "/h/.local/share/tierline"),
    ],
)
def test_it_means_the_same_folder_as_every_other_command(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    variables: Mapping[str, str],
    expected: str,
) -> None:
    here = Path(variables.get("HERE", tmp_path))
    given = {"HOME": "/h", **variables}
    expected = expected.format(here=here)
    for name in ("TIERLINE_DATA", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(data_folder, "_CHECKOUT", here)

    assert chosen(*words, here=here, **given) == expected
    assert str(data_folder.choose(Path(words[1]) if words else None)) == expected


def test_the_launcher_starts_it_without_checks_or_python(data: Path) -> None:
    words = [str(REPOSITORY / "tierline"), "mail", "pipe", "--data", str(data)]
    bare = {"PATH": "/usr/bin:/bin", "TIERLINE_VENV": "/nowhere"}
    ended = subprocess.run(words, input=MESSAGE, capture_output=True, check=False, env=bare)
    assert (ended.returncode, ended.stderr, kept(data)) == (0, b"", [MESSAGE])


def test_without_the_launcher_the_command_runs_it(data: Path) -> None:
    words = [sys.executable, "-m", "tierline.doors.cli", "mail", "pipe", "--data", str(data)]
    ours = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    ended = subprocess.run(words, input=MESSAGE, capture_output=True, check=False, env=ours)
    assert (ended.returncode, ended.stderr, kept(data)) == (0, b"", [MESSAGE])


def test_a_checkout_that_is_being_replaced_is_not_now(tmp_path: Path) -> None:
    launcher = shutil.copy(REPOSITORY / "tierline", tmp_path)
    assert subprocess.run([launcher, "mail", "pipe"], input=MESSAGE, check=False).returncode == 75
