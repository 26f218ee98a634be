"""`tierline mail pipe`: what a mail server's exit code says, whatever is at the other end of the socket."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tierline.doors.cli import pipe

REPOSITORY = Path(__file__).parents[2]
MESSAGE = b"From: a@b.example\r\n\r\n\x00\xff"


@contextmanager
def desk(folder: Path, answer: bytes) -> Iterator[list[bytes]]:
    """Takes one message, gives this answer and ends; what it took is in the list."""
    taken: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listener, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        listener.bind(pipe.SOCKET)
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as stream:
                taken.append(stream.read(int.from_bytes(stream.read(8), "big")))
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield taken
        thread.join()


@pytest.fixture(autouse=True)
def message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(MESSAGE)))
    monkeypatch.chdir(tmp_path)  # `pipe` goes into the data folder and ends there


def test_a_stored_message_is_zero_and_its_outcome(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with desk(tmp_path, b'{"exit": 0, "outcome": "ticket"}\n') as taken:
        assert pipe.main(["--data", str(tmp_path)]) == 0

    assert taken == [MESSAGE]
    assert json.loads(capsys.readouterr().out)["outcome"] == "ticket"


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (b'{"exit": 65, "reason": "Too large."}\n', 65, "Too large."),
        (b'{"exit": 75, "reason": "The database is away."}\n', 75, "The database is away."),
        (b"", 75, "before it had stored"),
        (b'{"exit": 0, "outc', 75, "before it had stored"),
    ],
)
def test_everything_else_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: bytes, code: int, words: str
) -> None:
    with desk(tmp_path, answer):
        assert pipe.main(["--data", str(tmp_path)]) == code

    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""


def test_without_a_desk_the_mail_server_keeps_the_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pipe.main(["--data", str(tmp_path)]) == 75
    assert pipe.main(["--data", str(tmp_path / "nowhere")]) == 75
    assert "does not take mail now" in capsys.readouterr().err


def test_a_socket_that_nobody_listens_to_is_not_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(pipe.SOCKET)

    assert pipe.main(["--data", str(tmp_path)]) == 75


def test_a_folder_may_have_a_long_name(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120)  # a socket's own path may have 107 bytes
    folder.mkdir()

    with desk(folder, b'{"exit": 0}\n'):
        assert pipe.main(["--data", str(folder)]) == 0


@pytest.mark.parametrize("words", [["--dat"], ["--data"], ["message.eml"], ["--data", "x", "y"]])
def test_words_it_does_not_know(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert pipe.main(words) == 64
    assert "usage" in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert pipe.main(["--help"]) == 0
    assert "75" in capsys.readouterr().out


def test_it_imports_next_to_nothing() -> None:
    """It starts for every single mail."""
    bare = [sys.executable, "-I", "-S", "-c"]
    listed = "print(*sys.modules, sep='\\n')"
    ours = f"import sys, os; sys.path.insert(0, {str(REPOSITORY / 'src')!r}); import tierline.doors.cli.pipe; {listed}"

    before, after = (
        set(subprocess.check_output([*bare, script], text=True).split())
        for script in (f"import sys, os; {listed}", ours)
    )

    assert after - before <= {
        "_socket", "tierline", "tierline.doors", "tierline.doors.cli", "tierline.doors.cli.pipe",
        "tierline.doors.cli.where",
    }  # fmt: skip


def test_the_launcher_starts_it_without_checks(tmp_path: Path) -> None:
    with desk(tmp_path, b'{"exit": 0, "outcome": "ticket"}\n') as taken:
        words = [str(REPOSITORY / "tierline"), "mail", "pipe", "--data", str(tmp_path)]
        bare = {"PATH": "/usr/bin:/bin", "TIERLINE_VENV": sys.prefix}
        ended = subprocess.run(words, input=MESSAGE, capture_output=True, check=False, env=bare)

    assert (ended.returncode, ended.stderr, taken) == (0, b"", [MESSAGE])
