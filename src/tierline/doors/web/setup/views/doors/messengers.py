"""Workspaces of Slack and Microsoft Teams: added and removed."""

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.setup.frame import setup_page
from tierline.work.messengers import operations, queries
from tierline.work.messengers.models import SLACK_API, Workspace
from tierline.work.messengers.rules import NAMES

from .shared import PLACE, DoorForm, Kind, Row, added, address, desk_choices

HERE = "setup:workspace"


class WorkspaceForm(DoorForm):
    door = "messengers"
    network = forms.ChoiceField(label=gettext_lazy("Network"), choices=list(NAMES.items()))
    secret = forms.CharField(
        label=gettext_lazy("Signing secret (Slack) or security token (Teams)"),
        max_length=400,
        widget=forms.PasswordInput,
    )
    access = forms.CharField(
        label=gettext_lazy("For answers: bot token (Slack) or workflow address (Teams)"),
        max_length=1000,
        required=False,
        widget=forms.PasswordInput,
    )
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
    context = {"workspace": found, "address": address(f"{found.network}-hook", found.key)}
    return setup_page(request, "setup/workspace.html", PLACE, context)


@needs(Right.SETUP)
@require_POST
def remove(request: SignedInRequest, workspace_id: int) -> HttpResponse:
    """Take nothing from this workspace any more."""
    name = queries.workspace(request.actor, workspace_id).name
    operations.remove_workspace(actor=request.actor, workspace_id=workspace_id)
    say(request, _("%(name)s is removed. Its tickets stay.") % {"name": name})
    return HttpResponseRedirect(reverse(PLACE))
