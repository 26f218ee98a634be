"""Tools for remote help: named, tried on an example, removed."""

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tierline.core.kernel.errors import TierlineError
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.setup.frame import setup_page, show, status_for
from tierline.work.field import operations, queries
from tierline.work.field.rules import SCHEMES, VALUES, filled, names_in

PLACE = "setup:remote"
EXAMPLE = {"ticket": "INC-20418", "requester": "ines@field.example", "agent": "Tomas Ostrow"}


class ToolForm(forms.Form):
    """A program for remote help and the address that opens a session."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    template = forms.CharField(
        label=gettext_lazy("Address of a session"),
        max_length=500,
        help_text=gettext_lazy("For example https://help.example.org/session?ticket={ticket}&host={fact.host}"),
    )


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def tools(request: SignedInRequest) -> HttpResponse:
    """The tools that agents may open for a ticket, and one more."""
    form = ToolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            tool = operations.add_tool(actor=request.actor, **form.cleaned_data)
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("%(name)s is offered on every open ticket now.") % {"name": tool.name})
            return HttpResponseRedirect(reverse(PLACE))
    context = {
        "form": form,
        "rows": [(one, example(one.template)) for one in queries.tools(request.actor)],
        "values": [f"{{{one}}}" for one in (*VALUES, "fact.NAME")],
        "schemes": sorted(SCHEMES),
    }
    return setup_page(request, "setup/remote.html", PLACE, context, status=status_for(form))


def example(template: str) -> str:
    """The address as it would be for an example ticket."""
    facts = {name: name.removeprefix("fact.") for name in names_in(template)}
    return filled(template, facts | EXAMPLE)


@needs(Right.SETUP)
@require_POST
def remove(request: SignedInRequest, tool_id: int) -> HttpResponse:
    """Offer it no longer."""
    operations.remove_tool(actor=request.actor, tool_id=tool_id)
    say(request, _("It is no longer offered. What was opened with it stays on the timelines."))
    return HttpResponseRedirect(reverse(PLACE))
