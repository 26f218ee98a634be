"""The fix ledger: a fix is recorded, then proven by the recipe that showed the fault."""

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.core.plugins import registry
from tierline.core.plugins.contracts import TrackerContext, TrackerIssue
from tierline.desk.catalogue.models import Product
from tierline.desk.people.rules import Right, holding
from tierline.ladder.problems.errors import NothingToVerify
from tierline.ladder.problems.events import FixFailed, FixRecorded, FixVerified
from tierline.ladder.problems.models import Fix, Problem
from tierline.ladder.problems.rules import FixState, ProblemState, Proof, forward, judge_fix
from tierline.work.lab import operations as lab
from tierline.work.lab import queries as lab_queries
from tierline.work.lab.models import LabRun, Recipe
from tierline.work.lab.rules import Verdict

from .writing import locked, must_be_open, tell


def record_fix(
    *,
    actor: Actor,
    problem_id: int,
    fixed_in: str,
    product_id: int | None = None,
    recipe_id: int | None = None,
    tracker: str = "manual",
    tracker_ref: str = "",
) -> Fix:
    """Say in which version of which product the cause is gone, which recipe proves it, and the developers' issue.

    Raises Invalid for an unknown product or tracker reference, WrongState for a closed problem, NotFound.
    """
    version = one_line(fixed_in, 60)
    if not version:
        raise Invalid({"fixed_in": "Say in which version the fault is gone."})
    with transaction.atomic():
        problem = locked(actor, problem_id)
        must_be_open(problem)
        product = _product(product_id)
        issue = _issue(tracker, tracker_ref)
        fix = Fix.objects.create(
            problem=problem,
            product=product,
            fixed_in=version,
            recipe=lab_queries.recipe(actor, recipe_id) if recipe_id is not None else None,
            tracker_key=tracker if issue else "",
            tracker_ref=issue.reference if issue else "",
            tracker_url=issue.url if issue else "",
            recorded_by=actor.label,
            recorded_at=clock.now(),
        )
        if problem.cause:
            problem.state = forward(problem.state, ProblemState.ERROR_CONTROLLED)
        recorded = FixRecorded(
            problem_id=problem.pk,
            fix_id=fix.pk,
            product=product.name if product else "",
            fixed_in=version,
            tracker_ref=fix.tracker_ref,
        )
        tell(actor, problem, recorded)
        return fix


def verify_fix(*, actor: Actor, fix_id: int) -> Fix:
    """Prove the fix: the recipe shows the fault on an affected release and not once on the fixed one.

    Runs that were made with the recipe as it stands count; what is missing is run now, before anything is locked. The
    fix becomes verified or failed, and `verdict` says why. Raises NothingToVerify without a recipe, Invalid when the
    recipe has no files for the fixed release, and NotFound.
    """
    actor = holding(actor, Right.PROBLEM_WORK)
    fix = Fix.objects.select_related("problem", "recipe").filter(pk=fix_id).first()
    if fix is None or not Problem.objects.visible_to(actor).filter(pk=fix.problem_id).exists():
        raise NotFound
    if fix.recipe is None:
        raise NothingToVerify
    fixed_run = _decided(actor, fix.recipe, fix.fixed_in)
    affected_run = _showed_the_fault(actor, fix.recipe, fix.fixed_in)
    state, words = judge_fix(_proof(affected_run), _proof(fixed_run))
    with transaction.atomic():
        problem = locked(actor, fix.problem_id)
        fix = Fix.objects.select_for_update(of=("self",)).get(pk=fix_id)
        fix.state, fix.verdict, fix.verified_run = state, words[:300], fixed_run
        fix.verified_at = clock.now() if state is FixState.VERIFIED else None
        fix.save()
        if state is FixState.VERIFIED and fixed_run is not None:
            told = FixVerified(
                problem_id=problem.pk, fix_id=fix.pk, fixed_in=fix.fixed_in, run_id=fixed_run.pk, words=words
            )
            tell(actor, problem, told)
        else:
            tell(actor, problem, FixFailed(problem_id=problem.pk, fix_id=fix.pk, fixed_in=fix.fixed_in, words=words))
        return fix


def _product(product_id: int | None) -> Product | None:
    if product_id is None:
        return None
    product = Product.objects.filter(pk=product_id).first()
    if product is None:
        raise Invalid({"product": "There is no such product."})
    return product


def _issue(tracker: str, reference: str) -> TrackerIssue | None:
    if not reference.strip():
        return None
    found: TrackerIssue | None = registry.get("trackers", tracker).look_up(reference, TrackerContext())
    if found is None:
        raise Invalid({"tracker_ref": "The tracker does not know this reference."})
    return found


def _decided(actor: Actor, recipe: Recipe, release: str) -> LabRun | None:
    """The newest run on a release that says something; made now when there is none."""
    known = lab_queries.last_run(recipe.pk, release, recipe_version=recipe.version)
    if known is not None:
        return known
    run = lab.run_recipe(actor=actor, recipe_id=recipe.pk, release_version=release)
    return run if run.verdict != Verdict.BLOCKED else None


def _showed_the_fault(actor: Actor, recipe: Recipe, fixed_in: str) -> LabRun | None:
    """A run on another release in which the fault showed; else what the recipe's first release gives."""
    shown = LabRun.objects.filter(recipe=recipe, recipe_version=recipe.version, reproduced__gt=0)
    known = shown.exclude(release_version=fixed_in).exclude(verdict=Verdict.BLOCKED).order_by("-pk").first()
    affected = next((release for release in recipe.spec.get("releases", {}) if release != fixed_in), None)
    if known is not None or affected is None:
        return known
    return _decided(actor, recipe, affected)


def _proof(run: LabRun | None) -> Proof | None:
    if run is None:
        return None
    return Proof(release=run.release_version, reproduced=run.reproduced, asked=run.asked)
