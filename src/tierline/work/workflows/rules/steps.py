"""Runbook steps, their results, and what a finished run has ruled out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

STEPS_LIMIT = 50
NOTE_LIMIT = 2_000
KEY_LIMIT = 40


class StepKind(StrEnum):
    """A check looks, an ask needs the requester, a do changes something."""

    CHECK = "check"
    ASK = "ask"
    DO = "do"


class StepResult(StrEnum):
    """What a step showed.

    passed: as expected, so what the step rules out is ruled out. failed: not as expected, it stays suspect.
    skipped: not done. found: this was the cause.
    """

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    FOUND = "found"


class RunState(StrEnum):
    """A run ends by itself at its last step (done), or by an agent before that (stopped)."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a runbook. `rules_out` is the cause that a passed step excludes, in a few words."""

    key: str
    text: str
    kind: StepKind = StepKind.CHECK
    expect: str = ""
    rules_out: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """The result of one step as a run keeps it."""

    result: StepResult
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run showed: causes excluded, causes still suspect, causes found, and the count of steps done."""

    ruled_out: tuple[str, ...] = ()
    suspect: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    done: int = 0
    total: int = 0


def parse_steps(data: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Read stored or edited steps. Raises ValueError with a sentence for whoever edits the runbook."""
    if not 1 <= len(data) <= STEPS_LIMIT:
        raise ValueError(f"A runbook has between 1 and {STEPS_LIMIT} steps.")
    steps = tuple(_parse_step(entry, number) for number, entry in enumerate(data, start=1))
    if len({step.key for step in steps}) != len(steps):
        raise ValueError("Each step needs its own key.")
    return steps


def _parse_step(entry: Mapping[str, Any], number: int) -> Step:
    text = str(entry.get("text", "")).strip()
    if not text:
        raise ValueError(f"Step {number} has no text.")
    try:
        kind = StepKind(str(entry.get("kind", StepKind.CHECK)))
    except ValueError:
        raise ValueError(f"Step {number} must be a check, an ask or a do.") from None
    return Step(
        key=(str(entry.get("key", "")).strip() or f"step-{number}")[:KEY_LIMIT],
        text=text,
        kind=kind,
        expect=str(entry.get("expect", "")).strip(),
        rules_out=str(entry.get("rules_out", "")).strip(),
    )


def dump_steps(steps: Iterable[Step]) -> list[dict[str, str]]:
    """The steps as JSON, the form `parse_steps` reads."""
    return [{**asdict(step), "kind": step.kind.value} for step in steps]


def open_steps(steps: Iterable[Step], results: Mapping[str, Done]) -> tuple[Step, ...]:
    """The steps without a result yet, in order: the first one is the next step."""
    return tuple(step for step in steps if step.key not in results)


def is_complete(steps: Iterable[Step], results: Mapping[str, Done]) -> bool:
    """True once every step has a result, or one step found the cause."""
    return not open_steps(steps, results) or any(done.result == StepResult.FOUND for done in results.values())


def outcome(steps: Sequence[Step], results: Mapping[str, Done]) -> Outcome:
    """What these results say together."""
    by_result: dict[StepResult, list[str]] = {result: [] for result in StepResult}
    for step in steps:
        if step.key in results:
            by_result[results[step.key].result].append(step.rules_out or step.text)
    named = {step.rules_out for step in steps if step.rules_out}
    return Outcome(
        ruled_out=tuple(cause for cause in by_result[StepResult.PASSED] if cause in named),
        suspect=tuple(by_result[StepResult.FAILED]),
        found=tuple(by_result[StepResult.FOUND]),
        done=sum(step.key in results and results[step.key].result != StepResult.SKIPPED for step in steps),
        total=len(steps),
    )


def dump_results(results: Mapping[str, Done]) -> dict[str, dict[str, str]]:
    """Results as JSON, the form `parse_results` reads."""
    return {key: {"result": done.result.value, "note": done.note, "by": done.by} for key, done in results.items()}


def parse_results(data: Mapping[str, Mapping[str, str]]) -> dict[str, Done]:
    """Read the results a run keeps."""
    return {
        key: Done(StepResult(entry["result"]), entry.get("note", ""), entry.get("by", ""))
        for key, entry in data.items()
    }
