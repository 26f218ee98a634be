"""Monitoring systems: added, tried, given a new token, removed."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from tierline.desk.catalogue import queries as catalogue
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.setup.frame import setup_page
from tierline.doors.web.setup.trial_words import trial_of
from tierline.work.alerts import operations, queries
from tierline.work.alerts.models import AlertSource
from tierline.work.alerts.rules import FORMATS
from tierline.work.intake.operations import identity

from .shared import PLACE, DoorForm, Kind, Row, added, address, desk_choices, done, show_once, shown_once

HERE = "setup:alert-source"
# Where each system is set up; files and commands are the same in every language.
SNIPPETS = {
    "alertmanager": """receivers:
  - name: tierline
    webhook_configs:
      - url: {address}
        send_resolved: true
        http_config:
          authorization:
            credentials: TOKEN""",
    "icinga-mail": "curl --fail --silent --data-binary @- "
    '-H "Content-Type: text/plain" -H "Authorization: Bearer TOKEN" {address}',
}


class SourceForm(DoorForm):
    door = "alerts"
    format = forms.ChoiceField(label=gettext_lazy("System"), choices=[(one.key, one.name) for one in FORMATS.values()])
    reporter = forms.EmailField(
        label=gettext_lazy("Who is told"),
        help_text=gettext_lazy("The mail address that becomes the requester of its tickets."),
    )
    service = forms.TypedChoiceField(label=gettext_lazy("Service"), coerce=int, empty_value=None, required=False)
    signed = forms.BooleanField(
        label=gettext_lazy("It signs what it sends (Grafana, HMAC) instead of showing a token"), required=False
    )

    def __init__(
        self,
        data: object = None,
        *,
        desks: Sequence[tuple[int, str]] = (),
        services: Sequence[tuple[int, str]] = (),
    ) -> None:
        super().__init__(data, desks=desks)
        self.fields["service"].choices = [("", _("By routing")), *services]  # type: ignore[attr-defined] # a choice field


def source_form(request: SignedInRequest, *, posted: bool) -> SourceForm:
    services = [(one.pk, one.name) for one in catalogue.services(request.actor)]
    return SourceForm(request.POST if posted else None, desks=desk_choices(request), services=services)


def kind(request: SignedInRequest, form: forms.Form | None) -> Kind:
    """This sort of door, for the page of all."""
    return Kind(
        key="alerts",
        title=_("Monitoring alerts"),
        words=_("Alerts open, update and resolve tickets by themselves; a storm of thousands is one ticket."),
        empty=_("No monitoring system yet."),
        rows=[_row(source) for source in queries.sources(request.actor)],
        form=form or source_form(request, posted=False),
        verb=_("Add the system"),
    )


def _row(source: AlertSource) -> Row:
    tone, state = state_of(source)
    return Row(
        name=source.name,
        what=source.get_format_display(),
        href=reverse(HERE, args=[source.pk]),
        tone=tone,
        state=state,
    )


def state_of(source: AlertSource) -> tuple[str, str]:
    """How the source does, as a tone and in words."""
    if source.refused_at and (source.last_at is None or source.refused_at > source.last_at):
        return "bad", _("the last delivery was refused")
    if source.last_at is None:
        return "warn", _("nothing has come yet")
    many = ngettext("%(n)s alert", "%(n)s alerts", source.received) % {"n": source.received}
    return "good", many


@needs(Right.SETUP)
@require_POST
def new(request: SignedInRequest) -> HttpResponse:
    """Add a monitoring system."""
    form = source_form(request, posted=True)

    def add() -> tuple[str, str]:
        typed = form.cleaned_data
        source, token = operations.add_source(
            actor=request.actor,
            name=typed["name"],
            format=typed["format"],
            desk_id=typed["desk"],
            reporter_email=typed["reporter"],
            service_id=typed["service"],
            signed=typed["signed"],
        )
        return reverse(HERE, args=[source.pk]), token

    return added(request, form, add, "alerts")


@needs(Right.SETUP)
@require_safe
def source(request: SignedInRequest, source_id: int) -> HttpResponse:
    """One monitoring system: what to paste there, whether it works, and its verbs."""
    found = queries.source(request.actor, source_id)
    where = address("alert-hook", found.key)
    context = {
        "source": found,
        "address": where,
        "mark": operations.mark_of(found),
        "mail_address": identity.desk_address().email,
        "snippet": SNIPPETS.get(found.format, "").format(address=where),
        "secret": shown_once(request),
        **_state(found),
    }
    return setup_page(request, "setup/alert_source.html", PLACE, context)


def _state(found: AlertSource) -> dict[str, Any]:
    tone, words = state_of(found)
    return {"source": found, "tone": tone, "state": words, "trial": trial_of(operations.TRIAL, found.pk)}


@needs(Right.SETUP)
@require_safe
def state(request: SignedInRequest, source_id: int) -> HttpResponse:
    """The part of the page that changes while a test runs; htmx asks for it every second."""
    context = _state(queries.source(request.actor, source_id))
    return setup_page(request, "setup/alert_source.html", PLACE, context, block="state")


@needs(Right.SETUP)
@require_POST
def test(request: SignedInRequest, source_id: int) -> HttpResponse:
    """Try its address, then a test alert and its recovery."""
    operations.ask_for_test(actor=request.actor, source_id=source_id)
    return HttpResponseRedirect(reverse(HERE, args=[source_id]))


@needs(Right.SETUP)
@require_POST
def mail_from(request: SignedInRequest, source_id: int) -> HttpResponse:
    """Say from which address its notification mail comes."""

    def verb() -> str:
        given = request.POST.get("mail_from", "")
        found = operations.set_mail_from(actor=request.actor, source_id=source_id, address=given)
        if not found.mail_from:
            return _("No mail is read as an alert of this system.")
        return _("Mail of %(address)s is read as its alerts, where it is proven.") % {"address": found.mail_from}

    return done(request, verb, reverse(HERE, args=[source_id]))


@needs(Right.SETUP)
@require_POST
def token(request: SignedInRequest, source_id: int) -> HttpResponse:
    """Give the source another token."""
    _source, secret = operations.new_token(actor=request.actor, source_id=source_id)
    show_once(request, secret)
    say(request, _("The old one opens nothing any more."))
    return HttpResponseRedirect(reverse(HERE, args=[source_id]))


@needs(Right.SETUP)
@require_POST
def remove(request: SignedInRequest, source_id: int) -> HttpResponse:
    """Take nothing from this system any more."""
    name = queries.source(request.actor, source_id).name
    operations.remove_source(actor=request.actor, source_id=source_id)
    say(request, _("%(name)s is removed. Its tickets stay.") % {"name": name})
    return HttpResponseRedirect(reverse(PLACE))
