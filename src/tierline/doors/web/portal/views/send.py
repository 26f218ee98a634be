"""Sending a request: by symptom with its questions, or just a log."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.desk.people.queries import desk_of_kind
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import Kind
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import signed_in
from tierline.doors.web.portal import symptoms
from tierline.doors.web.portal.asker import asker
from tierline.doors.web.portal.forms import LogForm, SendForm, errors_of
from tierline.doors.web.render import page
from tierline.doors.web.said import say
from tierline.doors.web.uploads import attachments_of, is_whole

UNPROCESSABLE = 422


@signed_in
@require_http_methods(["GET", "POST"])
def send(request: SignedInRequest, key: str) -> HttpResponse:
    """The form of one symptom."""
    symptom = symptoms.find(key)
    if symptom is None:
        raise NotFound
    if request.method != "POST":
        form = SendForm(symptom, initial={"text": request.GET.get("text", "")[:1000], "q_phone": request.user.phone})
        return _form_page(request, form)
    form = SendForm(symptom, request.POST, request.FILES)
    if is_whole(request, form, "uploads"):
        try:
            return _sent(request, open_from(request, form))
        except TierlineError as problem:
            form.add_error("text", problem.for_people())
    return _form_page(request, form, status=UNPROCESSABLE)


@signed_in
@require_POST
def send_log(request: SignedInRequest) -> HttpResponse:
    """The box of the first page: a log and nothing else."""
    form = LogForm(request.POST, request.FILES)
    if not is_whole(request, form, "uploads"):
        say(request, errors_of(form), tone="bad")
        return HttpResponseRedirect(reverse("portal:home"))
    files = form.cleaned_data["uploads"]
    names = ", ".join(file.name for file in files)
    ticket = tickets.open_ticket(
        actor=asker(request.actor),
        requester=request.user,
        title=_("A log: %(names)s") % {"names": names},
        text=_("I send you this log: %(names)s") % {"names": names},
        attachments=attachments_of(request, files),
        facts={"symptom": "log"},
    )
    return _sent(request, ticket)


def open_from(request: SignedInRequest, form: SendForm) -> Ticket:
    """Open the ticket that a filled-in form describes."""
    symptom, facts = form.symptom, form.facts()
    impact, urgency = symptoms.weight(facts)
    title = _("Please call: %(phone)s") % facts if symptom.key == "call" else ""
    return tickets.open_ticket(
        actor=asker(request.actor),
        requester=request.user,
        title=title,
        text=form.cleaned_data["text"],
        kind=Kind(symptom.kind),
        desk=desk_of_kind(symptom.desk_kind) if symptom.desk_kind else None,
        attachments=attachments_of(request, form.cleaned_data["uploads"]),
        facts=facts,
        impact=impact,
        urgency=urgency,
    )


def _sent(request: SignedInRequest, ticket: Ticket) -> HttpResponse:
    say(request, _("We have it. You can follow it here, and you get each answer by mail."))
    return HttpResponseRedirect(reverse("portal:request", args=[ticket.reference]))


def _form_page(request: SignedInRequest, form: SendForm, *, status: int = 200) -> HttpResponse:
    context = {"here": "portal:home", "form": form, "symptom": form.symptom}
    return page(request, "portal/send.html", context, status=status)
