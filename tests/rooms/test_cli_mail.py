"""`tierline mail`: one JSON line a message, in input order, from files, mailboxes, folders and standard input."""

from __future__ import annotations

import io
import json
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.support.mails import mail, multipart
from tierline.desk.people.models import Desk
from tierline.desk.tickets.models import Ticket
from tierline.doors.cli import desk, messages
from tierline.doors.cli.commands import main
from tierline.work.intake.models import InboundMessage
from tierline.work.intake.operations import incoming


class TestMessages:
    def test_a_file_is_one_message_as_it_is(self, tmp_path: Path) -> None:
        file = tmp_path / "a.eml"
        file.write_bytes(mail("words\nFrom here on\n"))

        assert list(messages.read([str(file)])) == [messages.Found(str(file), file.read_bytes())]

    def test_an_mbox_is_taken_apart(self) -> None:
        first, second = mail("one\r\n>From the start\r\n"), mail("two\r\n")
        line = b"From nora@x.example Mon Nov  2 09:00:00 2026\r\n"

        found = list(messages.split("box", line + first + b"\r\n" + line + second))

        assert [one.name for one in found] == ["box", "box"]
        assert found[0].content.startswith(first[:100])
        assert b"\r\nFrom the start" in found[0].content
        assert found[1].content == second

    def test_a_line_that_begins_with_from_does_not_cut(self) -> None:
        content = mail("one\r\n\r\nFrom my desk in 2026 I can see\r\nSubject matters\r\n")

        assert [one.content for one in messages.split("x", content)] == [content]

    def test_a_single_message_with_its_mbox_line_stays_whole(self) -> None:
        content = b"From nora Mon Nov  2 09:00:00 2026\n" + mail()

        assert [one.content for one in messages.split("x", content)] == [content]

    def test_a_folder_in_the_order_of_names(self, tmp_path: Path) -> None:
        for name in ("b/2.eml", "a.eml", "b/1.eml"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(mail(name))

        assert [Path(one.name).name for one in messages.read([str(tmp_path)])] == ["a.eml", "1.eml", "2.eml"]

    def test_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"From: a@b.example\n\nx")))

        assert [(one.name, one.content[:5]) for one in messages.read(["-"])] == [("-", b"From:")]

    def test_what_cannot_be_read_says_why(self, tmp_path: Path) -> None:
        [found] = messages.read([str(tmp_path / "missing.eml")])

        assert "No such file" in found.problem


@pytest.mark.django_db
class TestReceive:
    @pytest.fixture(autouse=True)
    def _here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(desk, "opened", lambda _: nullcontext())
        monkeypatch.setattr(desk, "scratch", nullcontext)

    def _lines(self, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    def test_one_line_for_each_in_input_order(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        Desk.objects.create(key="it", name="IT", kind="it")
        paths = []
        for name, content in (
            ("new", mail(Message_ID="<n@x.example>")),
            ("answer", mail("more", In_Reply_To="<n@x.example>")),
            ("away", mail(Auto_Submitted="auto-replied")),
            ("nobody", mail(From=None)),
        ):
            paths.append(tmp_path / f"{name}.eml")
            paths[-1].write_bytes(content)

        assert main(["mail", "receive", "--json", *map(str, paths)]) == 0

        lines = self._lines(capsys)
        assert [line["file"] for line in lines] == [str(path) for path in paths]
        assert [line["outcome"] for line in lines] == ["ticket", "follow_up", "ignored", "quarantined"]
        assert lines[0]["ticket"] == lines[1]["ticket"] == Ticket.objects.get().reference
        assert [line["auto_reply"] for line in lines] == [True, False, False, False]
        assert set(lines[0]) == {"file", "outcome", "ticket", "reason", "auto_reply"}

    def test_scratch_starts_anew_for_each_and_leaves_nothing(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "1.eml").write_bytes(mail(Message_ID="<n@x.example>"))
        (tmp_path / "2.eml").write_bytes(mail("more", In_Reply_To="<n@x.example>"))

        assert main(["mail", "receive", "--scratch", str(tmp_path)]) == 0

        assert [line["outcome"] for line in self._lines(capsys)] == ["ticket", "ticket"]
        assert not Ticket.objects.exists()
        assert not InboundMessage.objects.exists()
        assert not Desk.objects.exists()

    def test_an_unreadable_file_does_not_stop_the_others(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "1.eml").write_bytes(mail())

        code = main(["mail", "receive", "--scratch", str(tmp_path / "missing"), str(tmp_path / "1.eml")])

        printed = capsys.readouterr()
        assert (code, printed.out.count('"ticket"')) == (1, 2)
        assert "missing" in printed.err

    def test_too_large_is_an_answer_too(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(incoming, "MAX_MESSAGE", 10)
        (tmp_path / "1.eml").write_bytes(mail())

        assert main(["mail", "receive", "--scratch", str(tmp_path)]) == 0

        [line] = self._lines(capsys)
        assert (line["outcome"], "limit" in str(line["reason"])) == ("quarantined", True)


def test_trim_needs_no_desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("Grüße\n\n> old\n")
    (tmp_path / "b.eml").write_bytes(multipart("\r\nYes.\r\n\r\n-- \r\nNora"))

    assert main(["mail", "trim", str(tmp_path)]) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["reply"] for line in lines] == ["Grüße", "Yes."]
