"""Workspaces of Slack and Microsoft Teams: added, tried, given other secrets, removed."""

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tierline.core.kernel.errors import TierlineError
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.setup.frame import setup_page, show, status_for
from tierline.doors.web.setup.trial_words import trial_of
from tierline.work.messengers import operations, queries
from tierline.work.messengers.models import SLACK_API, Workspace
from tierline.work.messengers.rules import NAMES

from .shared import PLACE, DoorForm, Kind, Row, added, address, desk_choices

HERE = "setup:workspace"


SECRET = gettext_lazy("Signing secret (Slack) or security token (Teams)")
ACCESS = gettext_lazy("For answers: bot token (Slack) or workflow address (Teams)")


class SecretsForm(forms.Form):
    secret = forms.CharField(label=SECRET, max_length=400, required=False, widget=forms.PasswordInput)
    access = forms.CharField(label=ACCESS, max_length=1000, required=False, widget=forms.PasswordInput)


class WorkspaceForm(DoorForm):
    door = "messengers"
    network = forms.ChoiceField(label=gettext_lazy("Network"), choices=list(NAMES.items()))
    secret = forms.CharField(label=SECRET, max_length=400, widget=forms.PasswordInput)
    access = forms.CharField(label=ACCESS, max_length=1000, required=False, widget=forms.PasswordInput)
    api = forms.CharField(
        label=gettext_lazy("Address of Slack's API"), max_length=200, required=False, initial=SLACK_API
    )


def workspace_form(request: SignedInRequest, *, posted: bool) -> WorkspaceForm:
    return WorkspaceForm(request.POST if posted else None, desks=desk_choices(request))


def kind(request: SignedInRequest, form: forms.Form | None) -> Kind:
    """This sort of door, for the page of all."""
    return Kind(
        key="messengers",
        title=_("Slack and Microsoft Teams"),
        words=_("A thread is a ticket; answers go back into it."),
        empty=_("No workspace yet."),
        rows=[_row(workspace) for workspace in queries.workspaces(request.actor)],
        form=form or workspace_form(request, posted=False),
        verb=_("Add the workspace"),
    )


def _row(workspace: Workspace) -> Row:
    heard = workspace.last_at is not None
    return Row(
        name=workspace.name,
        what=workspace.get_network_display(),
        href=reverse(HERE, args=[workspace.pk]),
        tone="good" if heard else "warn",
        state=_("messages come in") if heard else _("nothing has come yet"),
    )


@needs(Right.SETUP)
@require_POST
def new(request: SignedInRequest) -> HttpResponse:
    """Add a workspace."""
    form = workspace_form(request, posted=True)

    def add() -> tuple[str, str]:
        typed = form.cleaned_data
        workspace = operations.add_workspace(
            actor=request.actor,
            name=typed["name"],
            network=typed["network"],
            desk_id=typed["desk"],
            secret=typed["secret"],
            access=typed["access"],
            api=typed["api"],
        )
        return reverse(HERE, args=[workspace.pk]), ""

    return added(request, form, add, "messengers")


@needs(Right.SETUP)
@require_safe
def workspace(request: SignedInRequest, workspace_id: int) -> HttpResponse:
    """One workspace: what to paste there, and whether messages come in."""
    found = queries.workspace(request.actor, workspace_id)
    return setup_page(request, "setup/workspace.html", PLACE, {**_state(found), "form": SecretsForm()})


def _state(found: Workspace) -> dict[str, Any]:
    where = address(f"{found.network}-hook", found.key)
    return {"workspace": found, "address": where, "trial": trial_of(operations.TRIAL, found.pk)}


@needs(Right.SETUP)
@require_safe
def state(request: SignedInRequest, workspace_id: int) -> HttpResponse:
    """The part of the page that changes while a test runs; htmx asks for it every second."""
    found = queries.workspace(request.actor, workspace_id)
    return setup_page(request, "setup/workspace.html", PLACE, {**_state(found), "form": None}, block="state")


@needs(Right.SETUP)
@require_POST
def test(request: SignedInRequest, workspace_id: int) -> HttpResponse:
    """Try whether messages would come in and answers go out."""
    operations.ask_for_test(actor=request.actor, workspace_id=workspace_id)
    return HttpResponseRedirect(reverse(HERE, args=[workspace_id]))


@needs(Right.SETUP)
@require_POST
def change(request: SignedInRequest, workspace_id: int) -> HttpResponse:
    """Put in another secret, or another access for answers, and try them."""
    found, form = queries.workspace(request.actor, workspace_id), SecretsForm(request.POST)
    if form.is_valid():
        try:
            operations.change_workspace(actor=request.actor, workspace_id=workspace_id, **form.cleaned_data)
        except TierlineError as problem:
            show(form, problem)
        else:
            operations.ask_for_test(actor=request.actor, workspace_id=workspace_id)
            return HttpResponseRedirect(reverse(HERE, args=[workspace_id]))
    context = {**_state(found), "form": form}
    return setup_page(request, "setup/workspace.html", PLACE, context, status=status_for(form))


@needs(Right.SETUP)
@require_POST
def remove(request: SignedInRequest, workspace_id: int) -> HttpResponse:
    """Take nothing from this workspace any more."""
    name = queries.workspace(request.actor, workspace_id).name
    operations.remove_workspace(actor=request.actor, workspace_id=workspace_id)
    say(request, _("%(name)s is removed. Its tickets stay.") % {"name": name})
    return HttpResponseRedirect(reverse(PLACE))
