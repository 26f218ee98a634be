"""The skill editor: skills, what each says about others, and whom a link lifts."""

from collections.abc import Sequence

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tierline.core.kernel.errors import TierlineError
from tierline.core.kernel.text import whole_number
from tierline.desk.people import operations
from tierline.desk.people.rules import LinkKind, Right, may, require
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.setup.frame import show, status_for
from tierline.doors.web.staff.effects import Preview, levels_preview
from tierline.doors.web.staff.forms import KINDS, LinkForm, SkillForm
from tierline.doors.web.staff.frame import LEVELS, staff_page, zone_name
from tierline.doors.web.staff.graph_picture import draw
from tierline.doors.web.staff.history import lines
from tierline.doors.web.staff.trying import answer, wants_trial
from tierline.insight.staffing.queries import profiles, trials
from tierline.insight.staffing.queries.profiles import SkillRow

PLACE = "staff:skills"


@needs(Right.CONSOLE)
@require_http_methods(["GET", "POST"])
def skills(request: SignedInRequest) -> HttpResponse:
    """All skills as a graph and a table, and the form for a new one."""
    form = SkillForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.create_skill(actor=request.actor, key=form.key, **form.cleaned_data)
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("%(name)s is there. Say what it is a part of.") % {"name": made.name})
            return HttpResponseRedirect(reverse("staff:skill", args=[made.pk]))
    rows = profiles.skill_rows(request.actor)
    context = {
        "rows": rows,
        "graph": draw(rows),
        "form": form,
        "plans": may(request.actor, Right.STAFF_PLAN),
        "kinds": dict(KINDS),
    }
    return staff_page(request, "staff/skills.html", PLACE, context, status=status_for(form))


@needs(Right.CONSOLE)
@require_http_methods(["GET", "POST"])
def skill(request: SignedInRequest, skill_id: int) -> HttpResponse:
    """One skill: its name, its links, and who has it."""
    rows = profiles.skill_rows(request.actor)
    row = profiles.one_of(rows, skill_id)
    form = SkillForm(request.POST or None, initial={"name": row.skill.name, "description": row.skill.description})
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_skill(actor=request.actor, skill_id=skill_id, **form.cleaned_data)
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("Saved."))
            return HttpResponseRedirect(reverse("staff:skill", args=[skill_id]))
    return _page(request, rows, row, form=form, status=status_for(form))


@needs(Right.CONSOLE)
@require_POST
def link(request: SignedInRequest, skill_id: int) -> HttpResponse:
    """Say that a skill is a part of another or helps with it, or see whom that would lift."""
    require(request.actor, Right.STAFF_PLAN)
    rows = profiles.skill_rows(request.actor)
    row = profiles.one_of(rows, skill_id)
    others = {one.skill.pk: one.skill for one in rows if one.skill.pk != skill_id}
    form = LinkForm(request.POST, skills=[(pk, one.name) for pk, one in others.items()])

    def trial() -> Preview:
        toward = others[form.cleaned_data["toward"]]
        graph = profiles.graph_with(row.skill.key, toward.key, form.cleaned_data["kind"])
        return levels_preview(*trials.try_links(request.actor, graph, zone_name(request)))

    def write() -> None:
        operations.link_skills(
            actor=request.actor,
            skill_id=skill_id,
            toward_id=form.cleaned_data["toward"],
            kind=LinkKind(form.cleaned_data["kind"]),
        )

    def shown(*, preview: Preview | None = None, status: int = 200) -> HttpResponse:
        return _page(request, rows, row, link_form=form, preview=preview, status=status)

    back = reverse("staff:skill", args=[skill_id])
    return answer(request, form, trial=trial, write=write, shown=shown, back=back)


@needs(Right.CONSOLE)
@require_POST
def unlink(request: SignedInRequest, skill_id: int) -> HttpResponse:
    """Take a link away, or see whom that would set back."""
    require(request.actor, Right.STAFF_PLAN)
    rows = profiles.skill_rows(request.actor)
    row = profiles.one_of(rows, skill_id)
    toward = whole_number(request.POST.get("toward", "")) or 0
    if wants_trial(request):
        key = next((one.toward.key for one in row.links if one.toward_id == toward), "")
        graph = profiles.graph_with(row.skill.key, key, None)
        found = levels_preview(*trials.try_links(request.actor, graph, zone_name(request)))
        return _page(request, rows, row, preview=found, trying=toward)
    operations.unlink_skills(actor=request.actor, skill_id=skill_id, toward_id=toward)
    return HttpResponseRedirect(reverse("staff:skill", args=[skill_id]))


def _page(
    request: SignedInRequest, rows: Sequence[SkillRow], row: SkillRow, *, status: int = 200, **given: object
) -> HttpResponse:
    skill = row.skill
    linked = {one.toward_id for one in row.links} | {skill.pk}
    others = [(one.skill.pk, one.skill.name) for one in rows if one.skill.pk not in linked]
    context: dict[str, object] = {
        "row": row,
        "form": SkillForm(initial={"name": skill.name, "description": skill.description}),
        "link_form": LinkForm(skills=others),
        "plans": may(request.actor, Right.STAFF_PLAN),
        "kinds": dict(KINDS),
        "levels": LEVELS,
        "preview": None,
        "trying": 0,
        "history": lines(profiles.history_of("skill", skill.pk), {one.skill.key: one.skill.name for one in rows}),
    }
    return staff_page(request, "staff/skill.html", PLACE, context | given, status=status)
