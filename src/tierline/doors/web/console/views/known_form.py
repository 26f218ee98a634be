"""Writing a known error down: drafted from a ticket's log, changed, tried on its examples before it is kept."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tierline.core.kernel.errors import Invalid, NotFound, TierlineError
from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right
from tierline.desk.tickets import queries as tickets
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console.pages import known_form as pages
from tierline.doors.web.errors import status_of
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.said import refuse, say
from tierline.doors.web.shapes import Told
from tierline.ladder.problems import operations as problems
from tierline.ladder.problems import queries
from tierline.ladder.problems.models import KnownError
from tierline.work.diagnosis import operations as diagnosis

MOST_CHOSEN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.PROBLEM_WORK)
def new(request: SignedInRequest, number: int) -> HttpResponse:
    """A known error behind a ticket; with ``?evidence=`` filled from what was chosen on the page of a log."""
    ticket = tickets.get(request.actor, number)
    around = {"ticket": ticket, "known_error": None}
    if request.method != "POST":
        return _draw(request, pages.drafted(request.actor, number, _chosen(request)), around)

    def keep(fields: Mapping[str, Any]) -> KnownError:
        return problems.draft_known_error(actor=request.actor, ticket_id=number, **fields)

    return _sent(request, around, keep)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.PROBLEM_WORK)
def revise(request: SignedInRequest, known_error_id: int) -> HttpResponse:
    """Change a known error; what is in force goes back to a draft when what recognises it changes."""
    found = queries.known_error(request.actor, known_error_id)
    around = {"ticket": None, "known_error": found}
    if request.method != "POST":
        return _draw(request, pages.kept(found), around)

    def keep(fields: Mapping[str, Any]) -> KnownError:
        changed = {name: value for name, value in fields.items() if getattr(found, name) != value}
        return problems.revise_known_error(actor=request.actor, known_error_id=known_error_id, **changed)

    return _sent(request, around, keep)


def _chosen(request: SignedInRequest) -> pages.Chosen:
    given = request.GET
    lines = [whole_number(one) or 0 for one in given.getlist("l")[:MOST_CHOSEN]]
    return pages.Chosen(
        evidence_id=whole_number(given.get("evidence", "")) or 0,
        templates=given.getlist("template")[:MOST_CHOSEN],
        traces=given.getlist("trace")[:MOST_CHOSEN],
        lines=sorted(line for line in lines if line > 0),
    )


def _sent(request: SignedInRequest, around: Mapping[str, Any], keep: Any) -> HttpResponse:  # noqa: ANN401 (fields to the known error)
    said = pages.typed(request.POST)
    try:
        fields = _fields(request, said, around["known_error"])
        if request.POST.get("verb") == "try":
            told = problems.try_examples(actor=request.actor, matcher=fields["matcher"], fixtures=fields["fixtures"])
            return _draw(request, said, around, tried=told)
        made = keep(fields)
    except NotFound:
        raise
    except TierlineError as refused:
        return _draw(request, said, around, refused=refused, status=status_of(refused))
    say(request, _("%(ref)s is kept.") % {"ref": made.ref})
    return HttpResponseRedirect(reverse("console:known_error", args=[made.pk]))


def _fields(request: SignedInRequest, said: Mapping[str, Any], before: KnownError | None) -> dict[str, Any]:
    """What the form says, as the room takes it. Raises Invalid."""
    versions = [one.strip() for one in str(said["affected_versions"]).split(",")]
    return {
        "title": str(said["title"]),
        "symptoms": str(said["symptoms"]),
        "workaround": str(said["workaround"]),
        "lowest_tier": whole_number(str(said["lowest_tier"])),
        "risk": str(said["risk"]),
        "affected_versions": [one for one in versions if one],
        "audience": str(said["audience"]),
        "review_on": _day(str(said["review_on"])),
        "matcher": pages.matcher_in(said["rows"]),
        "fixtures": pages.fixtures_in(request.actor, said, before.fixtures if before else None),
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid({"review_on": _("Write the day as 2027-03-31.")}) from None


def _draw(
    request: SignedInRequest,
    said: Mapping[str, Any],
    around: Mapping[str, Any],
    *,
    refused: TierlineError | None = None,
    tried: list[problems.Tried] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = [*said["rows"], *(pages.Row() for _spare in range(pages.SPARE))][: pages.ROWS]
    context = {
        "section": "known",
        **around,
        **pages.options(),
        "typed": {**said, "rows": rows},
        "refused": Told(refused.message, "bad", refused.kept, refused.todo) if refused is not None else None,
        "faults": refused.fields if isinstance(refused, Invalid) else {},
        "tried": tried,
    }
    return page(request, "console/known_error_form.html", context, status=status)


@require_POST
@needs(Right.PROBLEM_WORK)
def healthy(request: SignedInRequest, number: int, evidence_id: int) -> HttpResponse:
    """Count a file as healthy for its product and version: later ones are compared with it."""
    tickets.get(request.actor, number)
    try:
        made = diagnosis.keep_baseline(
            actor=request.actor, evidence_id=evidence_id, version=request.POST.get("version", "").strip()[:40]
        )
        say(
            request,
            _("It counts as healthy for %(product)s %(version)s.")
            % {"product": made.product.name, "version": made.release_version},
        )
    except NotFound:
        raise
    except TierlineError as refused:
        refuse(request, refused)
    return HttpResponseRedirect(reverse("console:evidence", args=[number, evidence_id]))
