"""The hand-over sheet: read it, then accept, answer or bounce. Each once."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.desk.people.rules import Right, may
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console import forms
from tierline.doors.web.console.pages import handover as pages
from tierline.doors.web.console.posting import View, read
from tierline.doors.web.errors import status_of
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.said import say
from tierline.doors.web.shapes import Told
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.escalation import queries

Verb = Callable[[SignedInRequest, int], str]


@require_GET
@needs(Right.CONSOLE)
def show(request: SignedInRequest, handover_id: int) -> HttpResponse:
    """The sheet as it was frozen, and the receiver's answer beside it."""
    return draw(request, handover_id)


@require_GET
@needs(Right.CONSOLE)
def waiting(request: SignedInRequest) -> HttpResponse:
    """What waits for an answer of one's groups, and the appeals that wait for a lead."""
    decides = may(request.actor, Right.APPEAL_DECIDE)
    context = {
        "section": "queue",
        "rows": queries.pending_for(request.actor),
        "appeals": queries.open_appeals(request.actor) if decides else [],
    }
    return page(request, "console/handovers.html", context)


def draw(
    request: SignedInRequest,
    handover_id: int,
    *,
    problem: TierlineError | None = None,
    status: int = 200,
) -> HttpResponse:
    """The sheet; after a refusal with the reason and what was typed."""
    context = pages.handover_page(request.actor, handover_id)
    context["problem"] = Told(problem.message, "bad", problem.kept, problem.todo) if problem is not None else None
    context["typed"] = request.POST
    return page(request, "console/handover.html", context, status=status)


def handover_verb(right: Right) -> Callable[[Verb], View]:
    """A verb of the sheet that leads back to the ticket; a refusal shows the sheet again with what was typed."""

    def decorate(verb: Verb) -> View:
        @needs(right)
        def view(request: SignedInRequest, handover_id: int) -> HttpResponse:
            found: Any = queries.handover(request.actor, handover_id)
            try:
                sentence = verb(request, handover_id)
            except NotFound:
                raise
            except TierlineError as problem:
                return draw(request, handover_id, problem=problem, status=status_of(problem))
            say(request, sentence)
            return HttpResponseRedirect(reverse("console:ticket", args=[found.ticket.reference]))

        return require_POST(view)

    return decorate


@handover_verb(Right.ESCALATION_DECIDE)
def accept(request: SignedInRequest, handover_id: int) -> str:
    """Take it on."""
    escalation.accept(actor=request.actor, handover_id=handover_id)
    return _("You own it now.")


@handover_verb(Right.ESCALATION_DECIDE)
def answer(request: SignedInRequest, handover_id: int) -> str:
    """Answer without taking it over."""
    escalation.answer(actor=request.actor, handover_id=handover_id, text=read(forms.AnswerForm(request.POST))["text"])
    return _("Answered. The ticket stays where it is.")


@handover_verb(Right.ESCALATION_DECIDE)
def bounce(request: SignedInRequest, handover_id: int) -> str:
    """Send it back with a reason."""
    said = read(forms.BounceForm(request.POST))
    escalation.bounce(
        actor=request.actor, handover_id=handover_id, reason_code=said["reason_code"], reason=said["reason"]
    )
    return _("Sent back with your reason.")


@handover_verb(Right.ESCALATE)
def withdraw(request: SignedInRequest, handover_id: int) -> str:
    """Take the question back."""
    reason = read(forms.ReasonForm(request.POST))["reason"]
    escalation.withdraw(actor=request.actor, handover_id=handover_id, reason=reason)
    return _("Withdrawn. The ticket stays with you.")
