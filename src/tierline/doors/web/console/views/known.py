"""Problems and known errors: from a cause to a workaround that recognises itself, to a fix that is proven."""

from collections.abc import Callable

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, may
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console import forms
from tierline.doors.web.console.pages import known as pages
from tierline.doors.web.console.posting import View, read, ticket_verb
from tierline.doors.web.console.views.step import draw_with_step
from tierline.doors.web.errors import status_of
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.said import refuse, say
from tierline.doors.web.shapes import Told
from tierline.ladder.problems import operations as problems
from tierline.ladder.problems import queries
from tierline.ladder.problems.rules import KnownErrorState

LONGEST_SEARCH = 200  # characters
Verb = Callable[[SignedInRequest, int], str]


@require_GET
@needs(Right.CONSOLE)
def index(request: SignedInRequest) -> HttpResponse:
    """Known errors and open problems."""
    words, state = one_line(request.GET.get("q", ""), LONGEST_SEARCH), request.GET.get("state", "")
    status = KnownErrorState(state) if state in set(KnownErrorState) else None
    context = {
        "section": "known",
        "find": words,
        "state": status or "",
        "states": list(KnownErrorState),
        "known_errors": queries.known_errors(request.actor, status=status, words=words),
        "problems": queries.problems(request.actor) if not (words or status) else [],
    }
    return page(request, "console/known.html", context)


@require_GET
@needs(Right.CONSOLE)
def problem(request: SignedInRequest, problem_id: int) -> HttpResponse:
    """One problem with its tickets, known errors and fixes."""
    return draw(request, problem_id)


def draw(
    request: SignedInRequest, problem_id: int, *, refused: TierlineError | None = None, status: int = 200
) -> HttpResponse:
    """The page of a problem; after a refusal with the reason and what was typed."""
    context = pages.problem_page(request.actor, problem_id)
    context["refused"] = Told(refused.message, "bad", refused.kept, refused.todo) if refused is not None else None
    context["typed"] = request.POST
    return page(request, "console/problem.html", context, status=status)


@require_GET
@needs(Right.CONSOLE)
def known_error(request: SignedInRequest, known_error_id: int) -> HttpResponse:
    """One known error: what it looks like, what helps, and how it recognises itself."""
    found = queries.known_error(request.actor, known_error_id)
    context = {
        "section": "known",
        "known_error": found,
        "conditions": pages.conditions(found.matcher),
        "not_in_force": queries.standing(found).fault,
        "examples": pages.examples(request.actor, found),
        "fixes": queries.problem_page(request.actor, found.problem_id).fixes,
        "may_work": may(request.actor, Right.PROBLEM_WORK),
        "past": pages.past_tickets(request.actor, found),
        "history": pages.history(request.actor, found),
    }
    return page(request, "console/known_error.html", context)


def problem_verb(verb: Verb) -> View:
    """A verb of the problem page; a refusal shows the page again with what was typed."""

    @needs(Right.PROBLEM_WORK)
    def view(request: SignedInRequest, problem_id: int) -> HttpResponse:
        try:
            sentence = verb(request, problem_id)
        except NotFound:
            raise
        except TierlineError as refused:
            return draw(request, problem_id, refused=refused, status=status_of(refused))
        say(request, sentence)
        return HttpResponseRedirect(reverse("console:problem", args=[problem_id]))

    return require_POST(view)


@problem_verb
def cause(request: SignedInRequest, problem_id: int) -> str:
    """Say what the cause is and what proves it."""
    said = read(forms.CauseForm(request.POST))
    proof = [line.strip() for line in said["evidence"].splitlines() if line.strip()]
    problems.record_cause(
        actor=request.actor, problem_id=problem_id, cause=said["cause"], component=said["component"], evidence=proof
    )
    return _("The cause is recorded.")


@problem_verb
def workaround(request: SignedInRequest, problem_id: int) -> str:
    """Write a known error with what recognises it."""
    said = read(forms.WorkaroundForm(request.POST))
    made = problems.record_workaround(
        actor=request.actor,
        problem_id=problem_id,
        title=said["title"],
        symptoms=said["symptoms"],
        workaround=said["workaround"],
        lowest_tier=said["lowest_tier"],
        matcher=pages.matcher_of(said),
    )
    return _("%(ref)s is drafted. Publish it, and the next such log is recognised.") % {"ref": made.ref}


@problem_verb
def fix(request: SignedInRequest, problem_id: int) -> str:
    """Record in which version the fault is gone."""
    said = read(forms.FixForm(request.POST))
    problems.record_fix(
        actor=request.actor,
        problem_id=problem_id,
        fixed_in=said["fixed_in"],
        recipe_id=said["recipe"],
        tracker_ref=said["tracker_ref"],
    )
    return _("The fix is recorded. It counts when the recipe no longer shows the fault.")


@problem_verb
def close(request: SignedInRequest, problem_id: int) -> str:
    """Close the problem."""
    reason = read(forms.ReasonForm(request.POST))["reason"]
    problems.close_problem(actor=request.actor, problem_id=problem_id, reason=reason)
    return _("The problem is closed.")


@require_POST
@needs(Right.PROBLEM_WORK)
def verify(request: SignedInRequest, fix_id: int) -> HttpResponse:
    """Prove a fix in the lab."""
    try:
        proven = problems.verify_fix(actor=request.actor, fix_id=fix_id)
        say(request, proven.verdict, tone="good" if proven.state == "verified" else "warn")
        back = reverse("console:problem", args=[proven.problem_id])
    except NotFound:
        raise
    except TierlineError as refused:
        refuse(request, refused)
        back = reverse("console:known")
    return HttpResponseRedirect(back)


@require_POST
@needs(Right.KNOWN_ERROR_PUBLISH)
def publish(request: SignedInRequest, known_error_id: int) -> HttpResponse:
    """Put a known error in force, or take it out."""
    try:
        if request.POST.get("verb") == "retire":
            problems.retire_known_error(
                actor=request.actor, known_error_id=known_error_id, reason=request.POST.get("reason", "")
            )
            say(request, _("It is out of force."))
        else:
            problems.publish_known_error(actor=request.actor, known_error_id=known_error_id)
            say(request, _("It is in force: the next such ticket is recognised."))
    except NotFound:
        raise
    except TierlineError as refused:
        refuse(request, refused)
    return HttpResponseRedirect(reverse("console:known_error", args=[known_error_id]))


@require_POST
@needs(Right.PROBLEM_WORK)
def scan(request: SignedInRequest, known_error_id: int) -> HttpResponse:
    """Try a known error on past tickets; its page shows how far that is."""
    try:
        problems.scan_past(actor=request.actor, known_error_id=known_error_id)
    except NotFound:
        raise
    except TierlineError as refused:
        refuse(request, refused)
    return HttpResponseRedirect(reverse("console:known_error", args=[known_error_id]) + "#past")


@require_POST
@needs(Right.PROBLEM_WORK)
def judge(request: SignedInRequest, known_error_id: int, number: int) -> HttpResponse:
    """Say of a ticket that was caught whether it has another cause."""
    is_false = request.POST.get("false") == "yes"
    problems.judge_hit(actor=request.actor, known_error_id=known_error_id, ticket_id=number, is_false=is_false)
    return HttpResponseRedirect(reverse("console:known_error", args=[known_error_id]) + "#past")


@ticket_verb(Right.PROBLEM_WORK, draw_with_step)
def open_problem(request: SignedInRequest, number: int) -> str:
    """Open a problem behind the ticket."""
    made = problems.open_problem(actor=request.actor, ticket_id=number)
    return _("%(reference)s is open. Record its cause there.") % {"reference": made.reference}


@ticket_verb(Right.PROBLEM_WORK, draw_with_step)
def link_known_error(request: SignedInRequest, number: int) -> str:
    """Say that a known error's problem caused the ticket."""
    found = queries.known_error(request.actor, read(forms.KnownErrorForm(request.POST))["known_error"])
    problems.link_ticket(actor=request.actor, problem_id=found.problem_id, ticket_id=number)
    return _("%(ref)s is linked.") % {"ref": found.ref}
