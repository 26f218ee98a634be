"""`tierline sla check`: one answer for each question, and bad questions are named by their line."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tierline.doors.cli.commands import main

WEEK = {day: {"09:00": "17:00"} for day in ("mon", "tue", "wed", "thu", "fri")}
CONFIG = {"working_hours": WEEK, "holidays": ["2026-03-03"], "time_zone": "Europe/Berlin"}
ADD = {"id": "a", "op": "add_business_minutes", "config": CONFIG, "start": "2026-03-02T08:00:00Z", "minutes": 60}
BETWEEN = {
    "id": "b",
    "op": "business_seconds_between",
    "config": CONFIG,
    "start": "2026-03-02T08:00:00Z",
    "end": "2026-03-04T09:00:00Z",
}


def asked(tmp_path: Path, *questions: object) -> str:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(q if isinstance(q, str) else json.dumps(q) for q in questions), encoding="utf-8")
    return str(path)


def answers(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return {row["id"]: row["result"] for row in map(json.loads, capsys.readouterr().out.splitlines())}


def test_both_operations_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sla", "check", "--json", asked(tmp_path, ADD, "", BETWEEN)]) == 0
    assert answers(capsys) == {"a": "2026-03-02T09:00:00Z", "b": 9 * 3600}


@pytest.mark.parametrize(
    ("changed", "result"),
    [
        ({"minutes": 480}, "2026-03-02T16:00:00Z"),  # exactly closing time is due at closing time
        ({"minutes": 481}, "2026-03-04T08:01:00Z"),  # over the holiday
        ({"minutes": 0}, "2026-03-02T08:00:00Z"),
        ({"minutes": 0.5}, "2026-03-02T08:00:30Z"),
        ({"start": "2026-03-01T12:00:00"}, "2026-03-02T09:00:00Z"),  # Sunday, no zone: UTC
        ({"start": "2026-03-02T09:00:00+01:00"}, "2026-03-02T09:00:00Z"),
    ],
)
def test_the_rules_of_the_desk_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, object], result: str
) -> None:
    assert main(["sla", "check", "--json", asked(tmp_path, {**ADD, **changed})]) == 0
    assert answers(capsys) == {"a": result}


def test_an_hour_lost_to_summer_time_is_not_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    always = {"working_hours": {"sun": {"00:00": "24:00"}}, "holidays": [], "time_zone": "Europe/Berlin"}
    question = {**BETWEEN, "config": always, "start": "2026-03-28T00:00:00Z", "end": "2026-03-30T12:00:00Z"}
    assert main(["sla", "check", "--json", asked(tmp_path, question)]) == 0
    assert answers(capsys) == {"b": 23 * 3600}


def test_standard_input_and_words_for_people(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(ADD)))
    assert main(["sla", "check", "-"]) == 0
    assert capsys.readouterr().out == "a\t2026-03-02T09:00:00Z\n"


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("not json", "not JSON"),
        ("[1, 2]", "An object"),
        ({"id": "x"}, "An object"),
        ({**ADD, "op": "guess"}, "guess is missing, or no operation"),
        ({**ADD, "minutes": "many"}, "cannot be read"),
        ({**ADD, "minutes": -1}, "between 0"),
        ({**ADD, "minutes": 1e300}, "between 0"),
        ({**ADD, "start": "yesterday"}, "cannot be read"),
        ({**ADD, "start": 17}, "cannot be read"),
        ({**ADD, "config": {**CONFIG, "time_zone": "Mars/Olympus"}}, "cannot be read"),
        ({**ADD, "config": {**CONFIG, "time_zone": "../../etc/passwd"}}, "cannot be read"),
        ({**ADD, "config": {**CONFIG, "holidays": ["someday"]}}, "cannot be read"),
        ({**ADD, "config": {**CONFIG, "working_hours": {"mon": {"17:00": "09:00"}}}}, "in order"),
        ({**ADD, "config": {**CONFIG, "working_hours": {}}}, "too few open hours"),
        ({key: value for key, value in ADD.items() if key != "minutes"}, "minutes is missing"),
        ({key: value for key, value in BETWEEN.items() if key != "end"}, "end is missing"),
    ],
)
def test_a_bad_question_is_named_by_its_line_and_the_others_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bad: object, says: str
) -> None:
    assert main(["sla", "check", "--json", asked(tmp_path, ADD, bad, BETWEEN)]) == 1
    told = capsys.readouterr()
    assert [json.loads(line)["id"] for line in told.out.splitlines()] == ["a", "b"]
    assert "Line 2" in told.err
    assert says in told.err


def test_a_file_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sla", "check", str(tmp_path / "none.jsonl")]) == 1
    assert "No such file" in capsys.readouterr().err
