"""Reads of the lab for pages and for the rooms above."""

from dataclasses import dataclass
from datetime import datetime

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound

from .models import LabRun, Recipe, RunState
from .rules import Verdict, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """The newest finished run of a recipe on one release; all empty when it never ran there."""

    release: str
    run_id: int | None = None
    asked: int = 0
    reproduced: int = 0
    verdict: Verdict | None = None
    finished_at: datetime | None = None


def recipe(viewer: Actor, recipe_id: int) -> Recipe:
    """One recipe. Raises NotFound."""
    found = Recipe.objects.visible_to(viewer).select_related("ticket").filter(pk=recipe_id).first()
    if found is None:
        raise NotFound
    return found


def recipes(viewer: Actor, *, limit: int = 50) -> list[Recipe]:
    """The recipes changed last."""
    return list(Recipe.objects.visible_to(viewer).select_related("ticket").order_by("-changed_at", "-pk")[:limit])


def recipes_of(viewer: Actor, ticket_id: int) -> list[Recipe]:
    """The recipes of one ticket, oldest first."""
    return list(Recipe.objects.visible_to(viewer).filter(ticket_id=ticket_id).order_by("pk"))


def run(viewer: Actor, run_id: int) -> LabRun:
    """One run with its recipe. Raises NotFound."""
    found = LabRun.objects.select_related("recipe").filter(pk=run_id).first()
    if found is None:
        raise NotFound
    recipe(viewer, found.recipe_id)
    return found


def runs_of(viewer: Actor, recipe_id: int, *, limit: int = 50) -> list[LabRun]:
    """The runs of a recipe, newest first, waiting ones included. Raises NotFound."""
    recipe(viewer, recipe_id)
    return list(LabRun.objects.filter(recipe_id=recipe_id).order_by("-pk")[:limit])


def last_run(recipe_id: int, release_version: str, *, recipe_version: int | None = None) -> LabRun | None:
    """The newest finished run on a release that could decide something; of one version of the recipe, if named."""
    done = LabRun.objects.filter(recipe_id=recipe_id, release_version=release_version, state=RunState.DONE)
    if recipe_version is not None:
        done = done.filter(recipe_version=recipe_version)
    return done.exclude(verdict=Verdict.BLOCKED).order_by("-pk").first()


def version_grid(viewer: Actor, recipe_id: int) -> list[GridCell]:
    """The newest result for each release of the recipe, in the recipe's order. Raises NotFound."""
    releases = list(parse(recipe(viewer, recipe_id).spec).releases) or [""]
    done = LabRun.objects.filter(recipe_id=recipe_id, release_version__in=releases, state=RunState.DONE)
    newest = {
        found.release_version: found for found in done.order_by("release_version", "-pk").distinct("release_version")
    }
    return [_cell(release, newest.get(release)) for release in releases]


def _cell(release: str, found: LabRun | None) -> GridCell:
    if found is None:
        return GridCell(release=release)
    return GridCell(
        release=release,
        run_id=found.pk,
        asked=found.asked,
        reproduced=found.reproduced,
        verdict=Verdict(found.verdict),
        finished_at=found.finished_at,
    )
