"""The lab's verbs against the real database and the real sandbox."""

import json
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held
from tests.support.lab import fault_recipe, missing_sandbox
from tierline.core.kernel import jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import ChangedMeanwhile, Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.doors.cli import commands
from tierline.work.lab import operations, patterns, queries, runs
from tierline.work.lab.models import LabRun, RecipeRevision
from tierline.work.lab.rules import Verdict, parse

sandboxed = pytest.mark.skipif(bool(missing_sandbox()), reason=missing_sandbox() or "the sandbox works")
TIERLESS = Actor.machine("lab")


pytestmark = pytest.mark.django_db
desk = held(small_desk)


def kinds(ticket_id: int) -> list[str]:
    return [entry.kind for entry in TimelineEntry.objects.of("ticket", ticket_id) if entry.kind.startswith("recipe")]


# --- recipes ---


def test_a_recipe_belongs_to_a_ticket_and_is_told_there(desk: SmallDesk) -> None:
    ticket = desk.owned(tier=3)
    recipe = operations.write_recipe(actor=desk.actor(3), ticket_id=ticket.pk, spec=fault_recipe(), title="Rekey")
    assert recipe.reference == f"R-{recipe.pk}"
    assert (recipe.title, recipe.spec["title"], recipe.version) == ("Rekey", "Rekey", 1)
    assert recipe.author_label == "Agent 3"
    assert kinds(ticket.pk) == ["recipe.written"]
    assert queries.recipes_of(desk.actor(3), ticket.pk) == [recipe]


def test_a_bad_recipe_is_refused_with_its_faults(desk: SmallDesk) -> None:
    with pytest.raises(Invalid) as caught:
        operations.write_recipe(actor=desk.actor(3), spec={"title": "x", "command": [], "expect": {"exit_code": 1}})
    assert list(caught.value.fields) == ["command"]


def test_a_revision_keeps_what_ran_before(desk: SmallDesk) -> None:
    recipe = operations.write_recipe(actor=desk.actor(3), spec=fault_recipe())
    changed = operations.revise_recipe(
        actor=desk.actor(2), recipe_id=recipe.pk, spec=fault_recipe(runs=1, title="Shorter"), seen_version=1
    )
    assert (changed.version, changed.title) == (2, "Shorter")
    kept = RecipeRevision.objects.filter(recipe=recipe).order_by("version")
    assert [(one.version, one.spec["runs"], one.author_label) for one in kept] == [(1, 3, "Agent 3"), (2, 1, "Agent 2")]
    with pytest.raises(ChangedMeanwhile):
        operations.revise_recipe(actor=desk.actor(3), recipe_id=recipe.pk, spec=fault_recipe(), seen_version=1)


def test_requesters_and_other_desks_find_nothing(desk: SmallDesk) -> None:
    ticket = desk.owned(tier=3)
    recipe = operations.write_recipe(actor=desk.actor(3), ticket_id=ticket.pk, spec=fault_recipe())
    elsewhere = Actor(label="Agent of HR", person_id=desk.lead.pk, roles=frozenset({"agent"}))
    for stranger in (desk.asking, elsewhere):
        with pytest.raises(NotFound):
            queries.recipe(stranger, recipe.pk)
        with pytest.raises(NotFound):
            operations.request_run(actor=stranger, recipe_id=recipe.pk)
    with pytest.raises(NotFound):
        operations.write_recipe(actor=desk.asking, spec=fault_recipe())
    with pytest.raises(NotFound):
        operations.write_recipe(actor=elsewhere, ticket_id=ticket.pk, spec=fault_recipe())
    assert queries.recipes(desk.asking) == []
    assert queries.recipes(desk.actor(1)) == [recipe]


# --- runs ---


@sandboxed
def test_three_of_three_on_the_affected_release_and_none_on_the_fixed_one(desk: SmallDesk) -> None:
    ticket = desk.owned(tier=3)
    recipe = operations.write_recipe(actor=desk.actor(3), ticket_id=ticket.pk, spec=fault_recipe())
    broken = operations.run_recipe(actor=desk.actor(3), recipe_id=recipe.pk)
    fixed = operations.run_recipe(actor=desk.actor(3), recipe_id=recipe.pk, release_version="5.3.0", runs=2)
    assert (broken.release_version, broken.reproduced, broken.asked) == ("5.2.1", 3, 3)
    assert (broken.verdict, fixed.verdict) == (Verdict.REPRODUCED, Verdict.NOT_REPRODUCED)
    assert [one["exit_code"] for one in broken.results] == [1, 1, 1]
    assert broken.results[0]["stdout"] == "window 64, packet 600 late\n"
    assert broken.results[0]["stderr"] == "rekey window exceeded\n"
    assert broken.runner == "bubblewrap 1"

    told = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="recipe.run")
    assert [(one.data["release"], one.data["reproduced"], one.data["asked"]) for one in told] == [
        ("5.2.1", 3, 3),
        ("5.3.0", 0, 2),
    ]
    grid = queries.version_grid(desk.actor(3), recipe.pk)
    assert [(cell.release, cell.reproduced, cell.asked) for cell in grid] == [("5.2.1", 3, 3), ("5.3.0", 0, 2)]
    assert queries.last_run(recipe.pk, "5.3.0") == fixed


@sandboxed
def test_an_intermittent_fault_is_called_so(desk: SmallDesk, tmp_path: Path) -> None:
    sometimes = fault_recipe(
        files={"steps.py": "import secrets, sys\nsys.exit(secrets.randbelow(2))"},
        releases={},
        expect={"exit_code": 1},
        runs=12,
    )
    run = operations.run_recipe(
        actor=desk.actor(3), recipe_id=operations.write_recipe(actor=desk.actor(3), spec=sometimes).pk
    )
    assert run.verdict == Verdict.INTERMITTENT
    assert 0 < run.reproduced < 12


@sandboxed
def test_a_hostile_recipe_is_blocked_and_says_by_what(desk: SmallDesk) -> None:
    bomb = fault_recipe(files={"steps.py": "import os\nwhile True: os.fork()"}, releases={}, limits={"processes": 8})
    ticket = desk.owned(tier=3)
    recipe = operations.write_recipe(actor=desk.actor(3), ticket_id=ticket.pk, spec=bomb)
    run = operations.run_recipe(actor=desk.actor(3), recipe_id=recipe.pk)
    assert (run.verdict, run.limits_hit, run.reproduced) == (Verdict.BLOCKED, ["processes"], 0)
    assert len(run.results) == 1, "after a run that says nothing the others would only cost time"
    assert queries.last_run(recipe.pk, "") is None, "a blocked run decides nothing"


@sandboxed
def test_output_is_kept_short_and_storable(desk: SmallDesk) -> None:
    noisy = fault_recipe(
        files={"steps.py": "import os\nos.write(1, b'\\0\\xff\\x1b[31m' + b'long ' * 5000)"},
        releases={},
        expect={"stdout_regex": "long"},
        runs=1,
    )
    recipe = operations.write_recipe(actor=desk.actor(3), spec=noisy)
    run = LabRun.objects.get(pk=operations.run_recipe(actor=desk.actor(3), recipe_id=recipe.pk).pk)
    assert run.verdict == Verdict.REPRODUCED
    assert len(run.results[0]["stdout"]) <= operations.KEPT_OUTPUT
    assert "\0" not in run.results[0]["stdout"]
    assert run.results[0]["stdout"].endswith("long ")


@sandboxed
def test_a_requested_run_is_made_by_the_worker_once(desk: SmallDesk) -> None:
    ticket = desk.owned(tier=3)
    recipe = operations.write_recipe(actor=desk.actor(3), ticket_id=ticket.pk, spec=fault_recipe(runs=1))
    jobs.drain()
    waiting = operations.request_run(actor=desk.actor(3), recipe_id=recipe.pk, release_version="5.3.0")
    assert (waiting.state, waiting.verdict) == ("queued", "")
    jobs.drain()
    done = LabRun.objects.get(pk=waiting.pk)
    assert (done.state, done.reproduced, done.asked) == ("done", 0, 1)
    (entry,) = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="recipe.run")
    assert (entry.actor_label, entry.on_behalf_of) == ("lab 1", "Agent 3")
    again = operations.perform(actor=TIERLESS, run_id=waiting.pk)
    assert again.finished_at == done.finished_at
    assert kinds(ticket.pk).count("recipe.run") == 1


@sandboxed
def test_a_run_left_half_way_by_a_killed_worker_starts_afresh(desk: SmallDesk) -> None:
    recipe = operations.write_recipe(actor=desk.actor(3), spec=fault_recipe(runs=1))
    run = operations.request_run(actor=desk.actor(3), recipe_id=recipe.pk)
    LabRun.objects.filter(pk=run.pk).update(state="running")
    operations.revise_recipe(actor=desk.actor(3), recipe_id=recipe.pk, spec=fault_recipe(expect={"exit_code": 77}))
    done = operations.perform(actor=TIERLESS, run_id=run.pk)
    assert (done.state, done.verdict) == ("done", Verdict.REPRODUCED), "it runs the version that was asked for"


def test_without_a_sandbox_nothing_runs_and_the_run_says_so(desk: SmallDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = operations.write_recipe(actor=desk.actor(3), spec=fault_recipe())
    monkeypatch.setenv("PATH", "/nowhere")
    run = operations.run_recipe(actor=desk.actor(3), recipe_id=recipe.pk)
    assert (run.state, run.verdict, run.results) == ("done", Verdict.BLOCKED, [])
    assert "apt install bubblewrap" in run.note


def test_runs_that_cannot_be_are_refused_before_they_are_kept(desk: SmallDesk) -> None:
    recipe = operations.write_recipe(actor=desk.actor(3), spec=fault_recipe())
    for wrong in ({"release_version": "9"}, {"release_version": ""}, {"runs": 0}, {"runs": 51}):
        with pytest.raises(Invalid):
            operations.request_run(actor=desk.actor(3), recipe_id=recipe.pk, **wrong)  # type: ignore[arg-type]  # wrong on purpose
    assert LabRun.objects.count() == 0
    for missing in (lambda: queries.run(desk.actor(3), 999), lambda: operations.perform(actor=TIERLESS, run_id=999)):
        with pytest.raises(NotFound):
            missing()


def test_the_grid_shows_releases_that_never_ran(desk: SmallDesk) -> None:
    recipe = operations.write_recipe(actor=desk.actor(3), spec=fault_recipe())
    waiting = operations.request_run(actor=desk.actor(3), recipe_id=recipe.pk)
    assert [(cell.release, cell.run_id) for cell in queries.version_grid(desk.actor(3), recipe.pk)] == [
        ("5.2.1", None),
        ("5.3.0", None),
    ]
    assert queries.runs_of(desk.actor(3), recipe.pk) == [waiting]
    assert queries.run(desk.actor(3), waiting.pk) == waiting


# --- patterns ---


def test_patterns_are_searched_line_by_line() -> None:
    text = "first\nrekey window exceeded\nlast"
    questions = [("^rekey .*exceeded$", text), ("^exceeded", text), ("", text), ("ünï", "ünïcode\ud800")]
    assert patterns.search(questions) == [True, False, True, True]
    assert patterns.search([("", "a"), ("", "b")]) == [True, True]


def test_a_pattern_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert patterns.search([("(a+)+$", "a" * 40 + "b")]) is None


# --- the command line ---


def tierline(*words: str) -> int:
    return commands.main(["lab", "run", *words])


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    file = tmp_path / "recipe.json"
    file.write_text(json.dumps(fault_recipe()))
    return file


@sandboxed
def test_command_prints_one_json_object(recipe_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tierline("--json", str(recipe_file)) == 0
    said = json.loads(capsys.readouterr().out)
    expected = {"runs": 3, "reproduced": 3, "verdict": "reproduced", "limits_hit": [], "release": "5.2.1"}
    assert {key: said[key] for key in expected} == expected


@sandboxed
def test_command_in_words_on_another_release(recipe_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tierline("--release", "5.3.0", "--runs", "1", str(recipe_file)) == 0
    assert capsys.readouterr().out == "not reproduced: 0 of 1 on 5.3.0\n"


@sandboxed
def test_command_names_the_limits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = fault_recipe(files={"steps.py": "while True: print(1)"}, releases={})
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(json.dumps(endless).encode())))
    assert tierline("--json", "-") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["verdict"], said["limits_hit"], said["runs"]) == ("blocked", ["output"], 1)


@sandboxed
def test_a_pattern_without_end_blocks_the_verdict() -> None:
    slow = fault_recipe(
        files={"steps.py": "print('a' * 40 + 'b')"}, releases={}, expect={"stdout_regex": "(a+)+$"}, runs=2
    )
    report = runs.reproduce(parse(slow), release_version="", runs=2)
    assert (report.verdict, report.limits_hit, len(report.results)) == (Verdict.BLOCKED, ("pattern",), 1)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"not json", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "A recipe is one JSON object"),
        (b'{"title": "x"}', "command: The command is a list of words"),
        (b" " * 4_200_000, "at most 4,194,304 bytes"),
    ],
)
def test_command_says_what_is_wrong_with_a_file(
    content: bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "recipe.json"
    file.write_bytes(content)
    assert tierline("--json", str(file)) == 1
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert printed.out == ""


def test_command_says_when_there_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tierline(str(tmp_path / "none.json")) == 1
    assert "No such file" in capsys.readouterr().err


def test_command_without_a_sandbox_answers_blocked_and_says_what_to_install(
    recipe_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert tierline("--json", str(recipe_file)) == 0
    printed = capsys.readouterr()
    said: dict[str, Any] = json.loads(printed.out)
    assert (said["verdict"], said["runs"]) == ("blocked", 0)
    assert "bubblewrap" in said["note"]
    assert "apt install bubblewrap" in printed.err
