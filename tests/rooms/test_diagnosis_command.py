"""`tierline logs analyse`: one answer for each line, the summary last, nothing kept."""

import io
import json
import sys
from pathlib import Path

import pytest

from tierline.doors.cli import logs
from tierline.doors.cli.commands import main

LOG = (
    "2026-11-23 10:04:02 INFO step 1 done\n"
    "2026-11-23 10:04:03 INFO step 2 done\r\n"
    "2026-11-23 10:04:04 WARN mail to anna@field.example bounced\n"
    "\n"
    "last line without an end"
)


def answers(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_line_has_a_template_and_the_summary_is_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.log").write_bytes(LOG.encode())
    assert main(["logs", "analyse", "--json", str(tmp_path / "a.log")]) == 0
    *lines, last = answers(capsys)
    assert [line["line"] for line in lines] == [1, 2, 3, 4, 5]
    assert lines[0]["template_id"] == lines[1]["template_id"]
    assert len({line["template_id"] for line in lines}) == 4
    summary = last["summary"]
    assert isinstance(summary, dict)
    assert summary["lines"] == 5
    assert [one["count"] for one in summary["templates"]] == [2, 1, 1, 1]
    assert last["line"] == 0


def test_standard_input_and_words_for_people(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(LOG.encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert main(["logs", "analyse", "-"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("5 lines, 4 templates\n")
    assert "        2  step <*> done" in out
    assert "anna" not in out


def test_more_lines_than_fit_the_spool_keep_their_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    count = 70_000
    (tmp_path / "a.log").write_text("".join(f"step {at}\n" for at in range(count)))
    assert main(["logs", "analyse", "--json", str(tmp_path / "a.log")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == count + 1
    assert json.loads(lines[count - 1])["line"] == count


def test_files_of_records_are_read_as_the_desk_reads_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text('{"__REALTIME_TIMESTAMP": "1795168680000000", "MESSAGE": "up"}\n' * 3)
    assert main(["logs", "analyse", str(tmp_path / "a.json")]) == 0
    assert capsys.readouterr().out == "3 lines, 1 templates\n        3  up\n"
    (tmp_path / "empty.log").write_bytes(b"")
    assert main(["logs", "analyse", str(tmp_path / "empty.log")]) == 0
    assert capsys.readouterr().out.startswith("0 lines")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (bytes(range(256)) * 9, "binary, not text"),
        (b"ElfFile\0" + bytes(200), "a Windows event log in binary form: write it as text with `wevtutil qe a.log"),
    ],
)
def test_what_cannot_be_read_ends_in_one_sentence(
    content: bytes | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.log"
    if content is not None:
        path.write_bytes(content)
    assert main(["logs", "analyse", str(path)]) == 1
    problem = capsys.readouterr().err
    assert words in problem
    assert problem.count("\n") == 1


CRASH = (
    "F0812 20:32:32.874783   47273 store.cc:195] Check failed: sent to anna@field.example.\n"
    "    #0 0x55d0c2 in vpn::Tunnel::rekey(int) src/tunnel.cc:41:7\n"
)


def test_crash_reports_are_answered_file_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text(CRASH)
    (tmp_path / "b.txt").write_text("all is well\n")
    assert main(["logs", "stacks", "--json", str(tmp_path)]) == 0
    crash, quiet = answers(capsys)
    assert crash["type"] == "CHECK failure"
    assert crash["state"] == ["sent to anna@field.example in store.cc", "vpn::Tunnel::rekey"]
    assert (quiet["file"], quiet["type"], quiet["state"]) == (str(tmp_path / "b.txt"), "", [])


def test_crash_reports_in_words_are_redacted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text(CRASH)
    assert main(["logs", "stacks", str(tmp_path / "a.txt")]) == 0
    said = capsys.readouterr().out
    assert "CHECK failure" in said
    assert "vpn::Tunnel::rekey" in said
    assert "anna@field.example" not in said


def test_a_crash_report_that_cannot_be_read_fails_and_the_rest_is_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text(CRASH)
    assert main(["logs", "stacks", "--json", str(tmp_path / "none.txt"), str(tmp_path / "a.txt")]) == 1
    said = capsys.readouterr()
    assert "none.txt" in said.err
    assert json.loads(said.out)["type"] == "CHECK failure"


def test_how_far_it_is_goes_to_standard_error_and_only_where_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_SAID_EVERY", 0.0)
    monkeypatch.setattr(logs, "_CHUNK", 64)
    (tmp_path / "a.log").write_bytes(LOG.encode() * 9)
    assert main(["logs", "analyse", str(tmp_path / "a.log")]) == 0
    quiet = capsys.readouterr()
    assert quiet.err == ""
    assert main(["logs", "analyse", "--progress", str(tmp_path / "a.log")]) == 0
    said = capsys.readouterr()
    assert said.out == quiet.out
    first, *_, last = said.err.splitlines()
    assert first.startswith("0 lines, 0 MB")
    assert last.endswith("(100 %)")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOG.encode())))
    assert main(["logs", "analyse", "--progress", "-"]) == 0
    assert "%" not in capsys.readouterr().err, "a stream has no end that is known"
