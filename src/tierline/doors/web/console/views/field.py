"""Visits and remote help: planned, moved and ended on the ticket's page of them; what lies ahead in one list."""

from datetime import datetime
from itertools import groupby

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tierline.core.kernel import clock
from tierline.core.kernel.errors import Invalid, NotFound, TierlineError
from tierline.desk.people.rules import Right, may
from tierline.desk.tickets import queries as tickets
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.errors import status_of
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.said import refuse, say
from tierline.doors.web.shapes import Told
from tierline.work.field import operations, queries


class LocalTime(forms.DateTimeInput):
    """A moment in the agent's own time zone, chosen by the browser's calendar."""

    input_type = "datetime-local"


class SlotForm(forms.Form):
    """Where, and from when to when."""

    place = forms.CharField(
        label=gettext_lazy("Where"), max_length=200, help_text=gettext_lazy("The requester reads it.")
    )
    starts_at = forms.DateTimeField(label=gettext_lazy("From"), widget=LocalTime)
    ends_at = forms.DateTimeField(label=gettext_lazy("To"), widget=LocalTime)


class VisitForm(SlotForm):
    """Who goes where, when, and what for."""

    technician = forms.TypedChoiceField(label=gettext_lazy("Who goes"), coerce=int)
    task = forms.CharField(label=gettext_lazy("What is to be done there"), widget=forms.Textarea, max_length=4000)

    def __init__(self, data: object = None, *, staff: list[tuple[int, str]]) -> None:
        super().__init__(data)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["technician"].choices = staff  # type: ignore[attr-defined] # a choice field


class EndForm(forms.Form):
    """What was done, or why nobody comes."""

    words = forms.CharField(max_length=4000)


@require_GET
@needs(Right.CONSOLE)
def agenda(request: SignedInRequest) -> HttpResponse:
    """What is planned for the next four weeks, by day."""
    visits = queries.agenda(request.actor, clock.now())
    days = [list(found) for _day, found in groupby(visits, lambda one: timezone.localtime(one.starts_at).date())]
    return page(request, "console/agenda.html", {"section": "queue", "days": days})


@require_GET
@needs(Right.CONSOLE)
def show(request: SignedInRequest, number: int) -> HttpResponse:
    """The visits of a ticket, and the tools for remote help."""
    return draw(request, number)


def draw(
    request: SignedInRequest,
    number: int,
    *,
    form: VisitForm | None = None,
    problem: TierlineError | None = None,
    session: str = "",
) -> HttpResponse:
    """The page; after a refusal with the reason and what was typed."""
    ticket = tickets.page_row(request.actor, number)
    works = may(request.actor, Right.TICKET_WORK) and ticket.is_open
    context = {
        "section": "queue",
        "ticket": ticket,
        "visits": queries.visits_of(request.actor, number),
        "tools": queries.tools(request.actor),
        "works": works,
        "form": form or visit_form(request, None),
        "session": session,
        "problem": Told(problem.message, "bad", problem.kept, problem.todo) if problem is not None else None,
        "as_typed": as_typed,
    }
    status = status_of(problem) if problem is not None else 422 if form is not None and form.errors else 200
    return page(request, "console/field.html", context, status=status)


def visit_form(request: SignedInRequest, data: object) -> VisitForm:
    """The form for a new visit, with everybody who works here."""
    return VisitForm(data, staff=[(one.pk, one.name) for one in queries.technicians(request.actor)])


def as_typed(moment: datetime) -> str:
    """A moment as the browser's field for it wants it, in the agent's time zone."""
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


@needs(Right.TICKET_WORK)
@require_POST
def plan(request: SignedInRequest, number: int) -> HttpResponse:
    """Send somebody there."""
    form = visit_form(request, request.POST)
    if not form.is_valid():
        return draw(request, number, form=form)
    said = form.cleaned_data
    try:
        visit = operations.plan_visit(
            actor=request.actor,
            ticket_id=number,
            technician_id=said["technician"],
            place=said["place"],
            task=said["task"],
            starts_at=said["starts_at"],
            ends_at=said["ends_at"],
        )
    except NotFound:
        raise
    except Invalid as problem:
        for name, words in problem.fields.items():
            form.add_error(name if name in form.fields else None, words)
        return draw(request, number, form=form)
    except TierlineError as problem:
        return draw(request, number, form=form, problem=problem)
    say(request, _("%(who)s goes there, and the requester knows.") % {"who": visit.technician.name})
    return _back(number)


@needs(Right.TICKET_WORK)
@require_POST
def move(request: SignedInRequest, visit_id: int) -> HttpResponse:
    """Another time or place."""
    form = SlotForm(request.POST)
    if not form.is_valid():
        return _refused(request, visit_id, Invalid({"place": _("Give the place, and from when to when.")}))
    said = form.cleaned_data
    try:
        visit = operations.move_visit(
            actor=request.actor,
            visit_id=visit_id,
            place=said["place"],
            starts_at=said["starts_at"],
            ends_at=said["ends_at"],
        )
    except NotFound:
        raise
    except TierlineError as problem:
        return _refused(request, visit_id, problem)
    say(request, _("It is moved, and the requester knows."))
    return _back(visit.ticket_id)


@needs(Right.TICKET_WORK)
@require_POST
def end(request: SignedInRequest, visit_id: int, verb: str) -> HttpResponse:
    """Done, or cancelled."""
    verbs = {"done": _done, "cancel": _cancel}
    if verb not in verbs:
        raise NotFound
    try:
        ticket_id = verbs[verb](request, visit_id, request.POST.get("words", ""))
    except NotFound:
        raise
    except TierlineError as problem:
        return _refused(request, visit_id, problem)
    return _back(ticket_id)


def _done(request: SignedInRequest, visit_id: int, words: str) -> int:
    visit = operations.complete_visit(actor=request.actor, visit_id=visit_id, outcome=words)
    say(request, _("It is noted what was done there."))
    return visit.ticket_id


def _cancel(request: SignedInRequest, visit_id: int, words: str) -> int:
    visit = operations.cancel_visit(actor=request.actor, visit_id=visit_id, reason=words)
    say(request, _("Nobody goes there, and the requester knows."))
    return visit.ticket_id


@needs(Right.TICKET_WORK)
@require_POST
def remote(request: SignedInRequest, number: int, tool_id: int) -> HttpResponse:
    """The address that opens a session; a link and no redirect, because a form leads nowhere else by the policy."""
    try:
        address = operations.open_remote(actor=request.actor, ticket_id=number, tool_id=tool_id)
    except NotFound:
        raise
    except TierlineError as problem:
        return draw(request, number, problem=problem)
    return draw(request, number, session=address)


def _back(number: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("console:field", args=[number]))


def _refused(request: SignedInRequest, visit_id: int, problem: TierlineError) -> HttpResponse:
    """Back to the ticket's visits with the reason."""
    refuse(request, problem)
    return _back(queries.visit(request.actor, visit_id).ticket_id)
