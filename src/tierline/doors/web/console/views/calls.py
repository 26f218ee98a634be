"""The telephone: who calls, what they say, what becomes of it; missed calls and the log."""

from datetime import datetime

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tierline.core.kernel import clock
from tierline.core.kernel.errors import Invalid, TierlineError
from tierline.core.kernel.text import whole_number
from tierline.desk.people.models import Person
from tierline.desk.people.queries import person
from tierline.desk.people.rules import Right
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import Kind
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.said import refuse, say
from tierline.work.phone import operations, queries
from tierline.work.phone.models import Call
from tierline.work.phone.rules import shown

NEW = "new"


class CallForm(forms.Form):
    """What an agent writes down while somebody is on the telephone."""

    email = forms.EmailField(label=gettext_lazy("E-mail of the caller"), required=False)
    name = forms.CharField(label=gettext_lazy("Name of the caller"), max_length=120, required=False)
    number = forms.CharField(label=gettext_lazy("Number"), max_length=40, required=False)
    started_at = forms.DateTimeField(label=gettext_lazy("Began"))
    ended_at = forms.DateTimeField(
        label=gettext_lazy("Ended"), required=False, help_text=gettext_lazy("Empty: it ends now.")
    )
    about = forms.ChoiceField(label=gettext_lazy("It is about"), widget=forms.RadioSelect)
    title = forms.CharField(
        label=gettext_lazy("In a few words"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For a new ticket."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[("incident", gettext_lazy("Incident")), ("request", gettext_lazy("Service request"))],
    )
    notes = forms.CharField(label=gettext_lazy("What was said"), widget=forms.Textarea, max_length=20_000)

    def __init__(self, data: object = None, *, tickets: list[tuple[str, str]], initial: dict[str, object]) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["about"].choices = [*tickets, (NEW, _("something new"))]  # type: ignore[attr-defined] # a choice field


@require_GET
@needs(Right.TICKET_WORK)
def index(request: SignedInRequest) -> HttpResponse:
    """Who is calling? Missed calls, and the last ones."""
    asked = request.GET.get("q", "")[:80]
    context = {
        "section": "calls",
        "asked": asked,
        "callers": queries.callers(request.actor, asked),
        "missed": queries.missed(request.actor),
        "calls": queries.lately(request.actor),
        "shown": shown,
    }
    return page(request, "console/calls.html", context, block="found" if "q" in request.GET else "")


@require_GET
@needs(Right.TICKET_WORK)
def ringing(request: SignedInRequest) -> HttpResponse:
    """The call that rings for this agent now, for a corner of every page."""
    call = queries.ringing(request.actor)
    if call is None:
        return HttpResponse("")
    return page(request, "console/ringing.html", {"call": call, "shown": shown, "said": []})


@require_http_methods(["GET", "POST"])
@needs(Right.TICKET_WORK)
def write(request: SignedInRequest) -> HttpResponse:
    """The call sheet: the caller with their open tickets, and what is said."""
    call, caller = _asked(request)
    known = queries.open_tickets(request.actor, caller.pk) if caller else ()
    choices = [(str(one.pk), f"{one.reference} {one.title}") for one in known]
    form = CallForm(request.POST or None, tickets=choices, initial=_initial(call, caller, choices))
    if request.method == "POST" and form.is_valid():
        try:
            ticket = _log(request, form, call, caller)
        except TierlineError as problem:
            _show(form, problem)
        else:
            say(request, _("The call is written up in %(ticket)s.") % {"ticket": ticket.reference})
            return HttpResponseRedirect(reverse("console:ticket", args=[ticket.reference]))
    context = {"section": "calls", "form": form, "call": call, "caller": caller, "tickets": known, "shown": shown}
    return page(request, "console/call.html", context, status=422 if form.errors else 200)


def _asked(request: SignedInRequest) -> tuple[Call | None, Person | None]:
    number = whole_number(request.GET.get("call", ""))
    call = queries.call(request.actor, number) if number else None
    who = whole_number(request.GET.get("caller", "")) or (call.caller_id if call else None)
    return call, person(request.actor, who) if who else None


def _initial(call: Call | None, caller: Person | None, choices: list[tuple[str, str]]) -> dict[str, object]:
    begun: datetime = call.started_at if call else clock.now()
    over = call.ended_at if call else None
    return {
        "number": shown(call.number) if call else (caller.phone if caller else ""),
        "started_at": timezone.localtime(begun).strftime("%Y-%m-%d %H:%M:%S"),
        "ended_at": timezone.localtime(over).strftime("%Y-%m-%d %H:%M:%S") if over else "",
        "about": choices[0][0] if len(choices) == 1 else NEW,
    }


def _log(request: SignedInRequest, form: CallForm, call: Call | None, caller: Person | None) -> Ticket:
    typed = form.cleaned_data
    if caller is None:
        if not typed["email"]:
            raise Invalid({"email": _("Choose a known caller, or write down an address.")})
        caller = operations.caller_for(actor=request.actor, email=typed["email"], name=typed["name"])
    return operations.log_call(
        actor=request.actor,
        caller=caller,
        notes=typed["notes"],
        call_id=call.pk if call else None,
        ticket_id=None if typed["about"] == NEW else int(typed["about"]),
        title=typed["title"],
        kind=Kind(typed["kind"]),
        number=typed["number"],
        started_at=typed["started_at"],
        ended_at=typed["ended_at"],
    )


def _show(form: CallForm, problem: TierlineError) -> None:
    fields = problem.fields if isinstance(problem, Invalid) else {"notes": problem.for_people()}
    for name, words in fields.items():
        form.add_error(name if name in form.fields else "notes", words)


@require_POST
@needs(Right.TICKET_WORK)
def dismiss(request: SignedInRequest, call_id: int) -> HttpResponse:
    """Nothing is to be done about this call."""
    try:
        operations.dismiss(actor=request.actor, call_id=call_id)
    except TierlineError as problem:
        refuse(request, problem)
    return HttpResponseRedirect(reverse("console:calls"))
