"""The verbs of the next step: runbook, escalation, lessons, articles."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console import forms
from tierline.doors.web.console.pages import step as pages
from tierline.doors.web.console.posting import read, ticket_verb
from tierline.doors.web.console.views.ticket import draw
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.ladder.escalation import operations as escalation
from tierline.work.knowledge import operations as knowledge
from tierline.work.workflows import operations as workflows

OVERRIDE = "override-"


@require_GET
@needs(Right.CONSOLE)
def show(request: SignedInRequest, number: int) -> HttpResponse:
    """The next step in full; htmx asks for it alone, without script it is a part of the ticket page."""
    if "HX-Request" not in request.headers:
        return draw(request, number, step=True)
    return page(request, "console/step.html", pages.step_page(request.actor, number))


def draw_with_step(request: SignedInRequest, number: int, **more: object) -> HttpResponse:
    """The ticket page with the next step in it."""
    return draw(request, number, step=True, **more)  # type: ignore[arg-type] # ticket_verb passes problem, typed, status


@ticket_verb(Right.RUNBOOK_RUN, draw_with_step)
def start_runbook(request: SignedInRequest, number: int) -> str:
    """Begin a runbook."""
    chosen = read(forms.RunbookForm(request.POST))
    workflows.start_run(actor=request.actor, ticket_id=number, runbook_id=chosen["runbook"])
    return _("The runbook has begun.")


@ticket_verb(Right.RUNBOOK_RUN, draw_with_step)
def complete_step(request: SignedInRequest, number: int) -> str:
    """Say what a runbook step showed."""
    del number
    said = read(forms.StepForm(request.POST))
    run = workflows.complete_step(
        actor=request.actor, run_id=said["run"], step_key=said["step"], result=said["result"], note=said["note"]
    )
    return "" if run.state == "running" else _("The runbook is done.")


@ticket_verb(Right.RUNBOOK_RUN, draw_with_step)
def stop_runbook(request: SignedInRequest, number: int) -> str:
    """End a runbook before its last step."""
    del number
    said = read(forms.StopForm(request.POST))
    workflows.stop_run(actor=request.actor, run_id=said["run"], reason=said["reason"])
    return _("The runbook was stopped; what it found is kept.")


@ticket_verb(Right.ESCALATE, draw_with_step)
def escalate(request: SignedInRequest, number: int) -> str:
    """Ask the next tier: the contract is checked first, an override needs a reason for each item."""
    said = read(forms.EscalateForm(request.POST))
    overrides = {
        name.removeprefix(OVERRIDE): str(value).strip()
        for name, value in request.POST.items()
        if name.startswith(OVERRIDE) and str(value).strip()
    }
    handover = escalation.escalate(
        actor=request.actor,
        ticket_id=number,
        to_tier=said["to_tier"],
        question=said["question"],
        group_id=said["group"],
        mode=said["mode"] or "transfer",
        overrides=overrides,
        seen_version=said["seen_version"],
    )
    return _("%(group)s has your question. The ticket stays with you until they accept.") % {
        "group": handover.to_group.name
    }


@ticket_verb(Right.TICKET_WORK, draw_with_step)
def collect(request: SignedInRequest, number: int, item: str) -> str:
    """Ask the requester for exactly one missing item."""
    escalation.collect(actor=request.actor, ticket_id=number, item_key=item)
    return _("The requester is asked for it. The ticket waits for the answer.")


@ticket_verb(Right.ESCALATE, draw_with_step)
def appeal(request: SignedInRequest, number: int) -> str:
    """Ask whoever answers for the desk to look."""
    said = read(forms.AppealForm(request.POST))
    escalation.appeal(actor=request.actor, ticket_id=number, reason=said["appeal"])
    return _("The leads of the desk are asked. The ticket stays where it is.")


@ticket_verb(Right.APPEAL_DECIDE, draw_with_step)
def decide_appeal(request: SignedInRequest, number: int) -> str:
    """Decide an appeal, in words."""
    del number
    said = read(forms.AppealAnswerForm(request.POST))
    uphold = said["uphold"] == "yes"
    escalation.decide_appeal(actor=request.actor, appeal_id=said["number"], uphold=uphold, answer=said["answer"])
    return _("It is decided, and whoever asked was told.")


@ticket_verb(Right.LESSON_TEACH, draw_with_step)
def return_with_lesson(request: SignedInRequest, number: int) -> str:
    """Give the ticket back down with what it taught."""
    said = read(forms.LessonForm(request.POST))
    escalation.return_with_lesson(actor=request.actor, ticket_id=number, to_tier=said["to_tier"], lesson=said["lesson"])
    return _("The lesson is owed to tier %(tier)s now.") % {"tier": said["to_tier"]}


@ticket_verb(Right.ARTICLE_WRITE, draw_with_step)
def draft_article(request: SignedInRequest, number: int) -> str:
    """Begin an article from what solved the ticket."""
    article = knowledge.draft_from_ticket(actor=request.actor, ticket_id=number)
    return _("%(reference)s is drafted. Read it over, then publish it.") % {"reference": article.reference}


@ticket_verb(Right.ARTICLE_WRITE, draw_with_step)
def link_article(request: SignedInRequest, number: int) -> str:
    """Say what an article did for the ticket."""
    said = read(forms.LinkForm(request.POST))
    link = knowledge.link(actor=request.actor, ticket_id=number, article_id=said["article"], how=said["how"])
    return _("KB-%(number)s is linked.") % {"number": link.article_id}
