"""A connection tried while somebody looks on: asked for on a page, run as a job, each step kept as soon as it is known.

No request waits for another server. A room says how its connections are tried with `runner`; a step is a name and a
function that does it and tells what it found, or raises an error of the house with what to do.
"""

from collections.abc import Callable, Iterable

from . import clock, jobs
from .actors import Actor
from .errors import TierlineError
from .models import Trial
from .text import one_line

GOOD, BAD, WAITING, RUNNING = "good", "bad", "waiting", "running"
JOB = "kernel.run_trial"
_KEPT = 5  # trials of one thing
Told = dict[str, str]  # of a step: its name, state, words and todo
Step = tuple[str, Callable[[], str]]
Runner = Callable[[int], Iterable[Step]]
_runners: dict[str, Runner] = {}


def runner(kind: str) -> Callable[[Runner], Runner]:
    """Make a function known that gives the steps of a trial, for the thing with this id (0: there is but one)."""

    def register(function: Runner) -> Runner:
        _runners[kind] = function
        return function

    return register


def ask(*, actor: Actor, kind: str, subject_id: int = 0) -> Trial:
    """Have something tried; the rights are the caller's matter. Earlier trials but the newest few are forgotten."""
    trial = Trial.objects.create(
        kind=kind, subject_id=subject_id, asked_by=one_line(actor.label, 120), asked_at=clock.now(), steps=[]
    )
    old = Trial.objects.filter(kind=kind, subject_id=subject_id).order_by("-pk").values_list("pk", flat=True)
    Trial.objects.filter(pk__in=list(old[_KEPT:])).delete()
    jobs.enqueue(JOB, trial_id=trial.pk)
    return trial


def latest(kind: str, subject_id: int = 0) -> Trial | None:
    """The newest trial of something; None when it was never tried."""
    return Trial.objects.filter(kind=kind, subject_id=subject_id).order_by("-pk").first()


def run(trial_id: int) -> Trial | None:
    """Take the steps of a trial. Safe to repeat: what has ended is left as it is, what is gone is none."""
    trial = Trial.objects.filter(pk=trial_id).first()
    if trial is None or trial.state != RUNNING:
        return trial

    def keep(steps: list[Told]) -> None:
        trial.steps = steps
        trial.save(update_fields=["steps"])

    told = take(trial.kind, trial.subject_id, after_each=keep)
    trial.steps, trial.finished_at = told, clock.now()
    trial.state = GOOD if all(step["state"] == GOOD for step in told) else BAD
    trial.save(update_fields=["state", "finished_at", "steps"])
    return trial


def take(kind: str, subject_id: int = 0, *, after_each: Callable[[list[Told]], object] = len) -> list[Told]:
    """Try something now, in this process, and tell each step; `after_each` is given them as they stand."""
    if kind not in _runners:
        return [_step("begin", BAD, "This process does not know how to try it.", "Start the worker again.")]
    try:
        steps = list(_runners[kind](subject_id))
    except TierlineError as problem:  # what should be tried is gone, or was never set up
        return [_step("begin", BAD, problem.message, problem.todo)]
    told = [_step(name, WAITING) for name, _ in steps]
    for place, (name, run_step) in enumerate(steps):
        try:
            told[place] = _step(name, GOOD, run_step())
        except TierlineError as problem:
            told[place] = _step(name, BAD, problem.message, problem.todo)
            return told
        after_each(told)
    return told


def _step(name: str, state: str, words: str = "", todo: str = "") -> Told:
    return {"name": name, "state": state, "words": one_line(words, 300), "todo": one_line(todo, 300)}


@jobs.job(JOB)
def _run(trial_id: int) -> None:
    run(trial_id)
