"""The verbs of the lab: write a recipe, revise it, run it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import ChangedMeanwhile, Invalid, NotFound
from tierline.core.kernel.text import clean
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as ticket_queries

from . import queries
from .events import RecipeRun, RecipeWritten
from .models import LabRun, Recipe, RecipeRevision, RunState
from .rules import MOST_RUNS, parse
from .runs import Report, Result, reproduce

KEPT_OUTPUT = 2_000
"""Characters of standard output and of standard error that are kept of each run."""


def write_recipe(*, actor: Actor, spec: Mapping[str, Any], ticket_id: int | None = None, title: str = "") -> Recipe:
    """Keep a recipe, for a ticket or on its own. `title` takes the place of the one in `spec`.

    Raises Invalid with each fault of the recipe, and NotFound for a ticket that is not the actor's to see.
    """
    actor = holding(actor, Right.LAB_RUN)
    checked = _checked(spec, title)
    with transaction.atomic():
        ticket = ticket_queries.get(actor, ticket_id) if ticket_id is not None else None
        recipe = Recipe.objects.create(
            title=checked["title"],
            ticket=ticket,
            spec=checked,
            author_id=actor.person_id,
            author_label=actor.label,
            created_at=clock.now(),
            changed_at=clock.now(),
        )
        _keep_revision(actor, recipe)
        return recipe


def revise_recipe(*, actor: Actor, recipe_id: int, spec: Mapping[str, Any], seen_version: int | None = None) -> Recipe:
    """Change a recipe.

    What ran before stays with the version it ran as. Raises Invalid, NotFound, ChangedMeanwhile.
    """
    actor = holding(actor, Right.LAB_RUN)
    checked = _checked(spec, "")
    with transaction.atomic():
        recipe = Recipe.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=recipe_id).first()
        if recipe is None:
            raise NotFound
        if seen_version is not None and seen_version != recipe.version:
            raise ChangedMeanwhile(seen=seen_version, current=recipe.version)
        recipe.spec, recipe.title = checked, checked["title"]
        recipe.version += 1
        recipe.changed_at = clock.now()
        recipe.save()
        _keep_revision(actor, recipe)
        return recipe


def request_run(*, actor: Actor, recipe_id: int, release_version: str | None = None, runs: int | None = None) -> LabRun:
    """Queue a run; a worker makes it. Without a release it is the first one the recipe lists.

    Raises Invalid for a release the recipe has no files for, and NotFound.
    """
    with transaction.atomic():
        run = _new_run(actor, recipe_id, release_version, runs)
        jobs.enqueue("lab.run", run_id=run.pk)
        return run


def run_recipe(*, actor: Actor, recipe_id: int, release_version: str | None = None, runs: int | None = None) -> LabRun:
    """Run a recipe now and wait for its end (at most runs times its time-out). Raises as `request_run`."""
    run = _new_run(actor, recipe_id, release_version, runs)
    return perform(actor=actor, run_id=run.pk)


def perform(*, actor: Actor, run_id: int) -> LabRun:
    """Make a run that was asked for, and put what came of it on the ticket.

    Safe to repeat: a run that is done stays as it is, one that a killed worker left half-way starts afresh.
    No lock is held while the program runs.
    """
    run = LabRun.objects.select_related("recipe").filter(pk=run_id).first()
    if run is None:
        raise NotFound
    if run.state == RunState.DONE:
        return run
    LabRun.objects.filter(pk=run_id).exclude(state=RunState.DONE).update(state=RunState.RUNNING, started_at=clock.now())
    revision = RecipeRevision.objects.get(recipe_id=run.recipe_id, version=run.recipe_version)
    report = reproduce(parse(revision.spec), release_version=run.release_version, runs=run.asked)
    return _finish(actor, run_id, report)


def _finish(actor: Actor, run_id: int, report: Report) -> LabRun:
    with transaction.atomic():
        run = LabRun.objects.select_for_update(of=("self",)).select_related("recipe").get(pk=run_id)
        if run.state == RunState.DONE:
            return run
        run.state, run.finished_at = RunState.DONE, clock.now()
        run.reproduced, run.verdict = report.reproduced, report.verdict
        run.limits_hit, run.note, run.runner = list(report.limits_hit), report.obstacle[:500], report.runner
        run.results = [_kept(result) for result in report.results]
        run.save()
        if run.recipe.ticket_id is not None:
            tickets.note_event(actor=actor, ticket_id=run.recipe.ticket_id, payload=_told(run))
        return run


def _told(run: LabRun) -> RecipeRun:
    return RecipeRun(
        recipe_id=run.recipe_id,
        run_id=run.pk,
        release=run.release_version,
        asked=run.asked,
        reproduced=run.reproduced,
        verdict=run.verdict,
        limits_hit=list(run.limits_hit),
    )


def _kept(result: Result) -> dict[str, Any]:
    return {
        "exit_code": result.outcome.exit_code,
        "seconds": result.outcome.seconds,
        "showing": result.showing,
        "limits_hit": list(result.limits_hit),
        "stdout": clean(result.outcome.stdout.decode(errors="replace"), KEPT_OUTPUT),
        "stderr": clean(result.outcome.stderr.decode(errors="replace"), KEPT_OUTPUT),
    }


def _checked(spec: Mapping[str, Any], title: str) -> dict[str, Any]:
    """The spec as it is kept; raises Invalid unless it is a recipe."""
    checked = {**spec, "title": title} if title else dict(spec)
    checked["title"] = parse(checked).title
    return checked


def _keep_revision(actor: Actor, recipe: Recipe) -> None:
    RecipeRevision.objects.create(
        recipe=recipe,
        version=recipe.version,
        spec=recipe.spec,
        author_label=actor.label,
        created_at=clock.now(),
    )
    if recipe.ticket_id is not None:
        written = RecipeWritten(recipe_id=recipe.pk, recipe_version=recipe.version)
        tickets.note_event(actor=actor, ticket_id=recipe.ticket_id, payload=written)


def _new_run(actor: Actor, recipe_id: int, release_version: str | None, runs: int | None) -> LabRun:
    actor = holding(actor, Right.LAB_RUN)
    recipe = queries.recipe(actor, recipe_id)
    spec = parse(recipe.spec)
    release = spec.default_release if release_version is None else release_version
    spec.execution(release)
    asked = spec.runs if runs is None else runs
    if not 1 <= asked <= MOST_RUNS:
        raise Invalid({"runs": f"Ask for 1 to {MOST_RUNS} runs."})
    return LabRun.objects.create(
        recipe=recipe,
        recipe_version=recipe.version,
        release_version=release,
        asked=asked,
        actor_id=actor.person_id,
        actor_label=actor.label,
        created_at=clock.now(),
    )
