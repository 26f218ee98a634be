"""The reproduction lab: recipes, their runs and their versions."""

import json

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tierline.core.kernel.errors import Invalid, TierlineError
from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right
from tierline.desk.tickets import queries as tickets
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console.forms import RecipeForm
from tierline.doors.web.console.posting import read
from tierline.doors.web.errors import status_of
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.said import refuse, say
from tierline.doors.web.shapes import Told
from tierline.work.lab import operations as lab
from tierline.work.lab import queries
from tierline.work.lab.rules import parse

EXAMPLE = {
    "title": "The importer doubles the last row",
    "command": ["python3", "repro.py"],
    "files": {"repro.py": "import sys\nsys.exit(1 if '5.2' in open('release.txt').read() else 0)\n"},
    "releases": {"5.1": {"files": {"release.txt": "5.1"}}, "5.2": {"files": {"release.txt": "5.2"}}},
    "expect": {"exit_code": 1},
    "runs": 3,
}


@require_GET
@needs(Right.CONSOLE)
def index(request: SignedInRequest) -> HttpResponse:
    """The recipes changed last."""
    context = {"section": "lab", "recipes": queries.recipes(request.actor)}
    return page(request, "console/lab.html", context)


@require_GET
@needs(Right.CONSOLE)
def show(request: SignedInRequest, recipe_id: int) -> HttpResponse:
    """One recipe: the version grid, its steps and its runs; htmx asks for the grid while a run is on."""
    recipe = queries.recipe(request.actor, recipe_id)
    runs = queries.runs_of(request.actor, recipe_id)
    context = {
        "section": "lab",
        "recipe": recipe,
        "spec": parse(recipe.spec),
        "grid": queries.version_grid(request.actor, recipe_id),
        "runs": runs,
        "busy": any(run.state != "done" for run in runs),
    }
    return page(request, "console/recipe.html", context, block="results")


@require_POST
@needs(Right.LAB_RUN)
def run(request: SignedInRequest, recipe_id: int) -> HttpResponse:
    """Ask for runs on a release; a worker makes them."""
    release = request.POST.get("release", "")
    try:
        lab.request_run(actor=request.actor, recipe_id=recipe_id, release_version=release or None)
        say(request, _("The lab runs it. The result appears here and on the ticket."))
    except Invalid as problem:
        refuse(request, problem)
    return HttpResponseRedirect(reverse("console:recipe", args=[recipe_id]))


@needs(Right.LAB_RUN)
def write(request: SignedInRequest) -> HttpResponse:
    """Write a recipe, for a ticket when the address names one."""
    number = whole_number(request.GET.get("ticket", ""))
    ticket = tickets.get(request.actor, number) if number is not None else None
    typed = {"title": ticket.title if ticket else "", "spec": json.dumps(EXAMPLE, indent=2)}
    problem: TierlineError | None = None
    if request.method == "POST":
        typed = {"title": request.POST.get("title", ""), "spec": request.POST.get("spec", "")}
        try:
            spec, title = said_spec(request)
            made = lab.write_recipe(
                actor=request.actor, spec=spec, title=title, ticket_id=ticket.pk if ticket else None
            )
            say(request, _("Written. Run it to see whether it shows the fault."))
            return HttpResponseRedirect(reverse("console:recipe", args=[made.pk]))
        except Invalid as refused:
            problem = refused
    return draw_form(request, {"ticket": ticket, "recipe": None}, typed, problem)


@needs(Right.LAB_RUN)
def revise(request: SignedInRequest, recipe_id: int) -> HttpResponse:
    """Change a recipe; what ran before stays with the version it ran as."""
    recipe = queries.recipe(request.actor, recipe_id)
    typed = {"title": recipe.title, "spec": json.dumps(recipe.spec, indent=2, ensure_ascii=False)}
    problem: TierlineError | None = None
    if request.method == "POST":
        typed = {"title": request.POST.get("title", ""), "spec": request.POST.get("spec", "")}
        seen = request.POST.get("seen_version", "")
        try:
            spec, title = said_spec(request)
            lab.revise_recipe(
                actor=request.actor,
                recipe_id=recipe_id,
                spec={**spec, "title": title},
                seen_version=whole_number(seen),
            )
            return HttpResponseRedirect(reverse("console:recipe", args=[recipe_id]))
        except TierlineError as refused:
            problem = refused
    return draw_form(request, {"ticket": recipe.ticket, "recipe": recipe}, typed, problem)


def said_spec(request: HttpRequest) -> tuple[dict[str, object], str]:
    """The recipe that was typed. Raises Invalid when it is no JSON object."""
    said = read(RecipeForm(request.POST))
    try:
        spec = json.loads(said["spec"])
    except json.JSONDecodeError as problem:
        raise Invalid({"spec": _("Line %(n)s is not JSON.") % {"n": problem.lineno}}) from problem
    if not isinstance(spec, dict):
        raise Invalid({"spec": _("A recipe is a JSON object in braces.")})
    return spec, said["title"]


def draw_form(
    request: SignedInRequest, context: dict[str, object], typed: dict[str, str], problem: TierlineError | None
) -> HttpResponse:
    """The editor, with what was typed and what is wrong with it."""
    told = Told(problem.message, "bad", problem.kept, problem.todo) if problem is not None else None
    fields = problem.fields if isinstance(problem, Invalid) else {}
    everything = {"section": "lab", "typed": typed, "problem": told, "faults": fields, **context}
    return page(
        request, "console/recipe_form.html", everything, status=status_of(problem) if problem is not None else 200
    )
