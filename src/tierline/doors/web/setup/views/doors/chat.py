"""Chats on other sites: added and removed."""

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
from tierline.ladder.chat import operations, queries
from tierline.ladder.chat.models import ChatWidget

from .shared import PLACE, DoorForm, Kind, Row, added, address, desk_choices

HERE = "setup:chat-widget"


class WidgetForm(DoorForm):
    door = "chat"
    origins = forms.CharField(
        label=gettext_lazy("Sites that may show it"),
        max_length=4000,
        widget=forms.Textarea,
        help_text=gettext_lazy("Origins such as https://www.example.org, one on each line. No other site can."),
    )
    answers = forms.BooleanField(
        label=gettext_lazy("Tier 0 answers first, from what is published to requesters"), required=False, initial=True
    )


def widget_form(request: SignedInRequest, *, posted: bool) -> WidgetForm:
    return WidgetForm(request.POST if posted else None, desks=desk_choices(request))


def kind(request: SignedInRequest, form: forms.Form | None) -> Kind:
    """This sort of door, for the page of all."""
    return Kind(
        key="chat",
        title=_("Chat on other sites"),
        words=_("One script tag. Tier 0 answers, people take over on the ticket, and answers nobody reads go by mail."),
        empty=_("No chat yet."),
        rows=[_row(widget) for widget in queries.widgets(request.actor)],
        form=form or widget_form(request, posted=False),
        verb=_("Add a chat"),
    )


def _row(widget: ChatWidget) -> Row:
    return Row(
        name=widget.name,
        what=", ".join(widget.origins[:3]),
        href=reverse(HERE, args=[widget.pk]),
        tone="good" if widget.answers else "plain",
        state=_("tier 0 answers first") if widget.answers else _("people answer"),
    )


@needs(Right.SETUP)
@require_POST
def new(request: SignedInRequest) -> HttpResponse:
    """Add a chat."""
    form = widget_form(request, posted=True)

    def add() -> tuple[str, str]:
        typed = form.cleaned_data
        widget = operations.add_widget(
            actor=request.actor,
            name=typed["name"],
            desk_id=typed["desk"],
            origins=typed["origins"].split(),
            answers=typed["answers"],
        )
        return reverse(HERE, args=[widget.pk]), ""

    return added(request, form, add, "chat")


@needs(Right.SETUP)
@require_safe
def widget(request: SignedInRequest, widget_id: int) -> HttpResponse:
    """One chat: its script tag and the sites that may show it."""
    found = queries.widget(request.actor, widget_id)
    where = address("chat:loader", found.key)
    tag = f'<script src="{where}" async></script>'
    own = where.split("/chat/")[0]
    context = {"widget": found, "tag": tag, "policy": f"script-src {own}; frame-src {own}"}
    return setup_page(request, "setup/chat_widget.html", PLACE, context)


@needs(Right.SETUP)
@require_POST
def remove(request: SignedInRequest, widget_id: int) -> HttpResponse:
    """Show this chat nowhere any more."""
    name = queries.widget(request.actor, widget_id).name
    operations.remove_widget(actor=request.actor, widget_id=widget_id)
    say(request, _("%(name)s is removed. What was said stays.") % {"name": name})
    return HttpResponseRedirect(reverse(PLACE))
