"""Telephone systems: added and removed."""

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
from tierline.doors.web.setup.trial_words import trial_of
from tierline.work.phone import operations, queries
from tierline.work.phone.models import PhoneSystem

from .shared import PLACE, DoorForm, Kind, Row, added, address, desk_choices, shown_once

HERE = "setup:phone-system"
EXAMPLE = '{"event": "ringing", "call_id": "8f2c", "from": "+49 30 901820", "to": "110", "agent": "ada@desk.example"}'


class SystemForm(DoorForm):
    door = "phone"
    region = forms.CharField(
        label=gettext_lazy("Country"),
        max_length=2,
        help_text=gettext_lazy("Where its numbers are at home, in two letters: DE, GB, US."),
    )


def system_form(request: SignedInRequest, *, posted: bool) -> SystemForm:
    return SystemForm(request.POST if posted else None, desks=desk_choices(request))


def kind(request: SignedInRequest, form: forms.Form | None) -> Kind:
    """This sort of door, for the page of all."""
    return Kind(
        key="phone",
        title=_("Telephone systems"),
        words=_("A call that rings opens the caller's page for the agent; a missed one waits to be called back."),
        empty=_("No telephone system yet. Calls can be written down by hand all the same."),
        rows=[_row(system) for system in queries.systems(request.actor)],
        form=form or system_form(request, posted=False),
        verb=_("Add the telephone system"),
    )


def _row(system: PhoneSystem) -> Row:
    state = _("calls come in") if system.last_at else _("nothing has come yet")
    return Row(
        name=system.name,
        what=system.region,
        href=reverse(HERE, args=[system.pk]),
        tone="good" if system.last_at else "warn",
        state=state,
    )


@needs(Right.SETUP)
@require_POST
def new(request: SignedInRequest) -> HttpResponse:
    """Add a telephone system."""
    form = system_form(request, posted=True)

    def add() -> tuple[str, str]:
        typed = form.cleaned_data
        system, secret = operations.add_system(
            actor=request.actor, name=typed["name"], desk_id=typed["desk"], region=typed["region"]
        )
        return reverse(HERE, args=[system.pk]), secret

    return added(request, form, add, "phone")


@needs(Right.SETUP)
@require_safe
def system(request: SignedInRequest, system_id: int) -> HttpResponse:
    """One telephone system: what to paste there, and whether calls come in."""
    found = queries.system(request.actor, system_id)
    context = {
        "system": found,
        "address": address("phone-hook", found.key),
        "secret": shown_once(request),
        "example": EXAMPLE,
        "trial": trial_of(operations.TRIAL, system_id),
    }
    return setup_page(request, "setup/phone_system.html", PLACE, context)


@needs(Right.SETUP)
@require_safe
def state(request: SignedInRequest, system_id: int) -> HttpResponse:
    """The part of the page that changes while a test runs; htmx asks for it every second."""
    context = {"system": queries.system(request.actor, system_id), "trial": trial_of(operations.TRIAL, system_id)}
    return setup_page(request, "setup/phone_system.html", PLACE, context, block="state")


@needs(Right.SETUP)
@require_POST
def test(request: SignedInRequest, system_id: int) -> HttpResponse:
    """Try whether calls would come in."""
    operations.ask_for_test(actor=request.actor, system_id=system_id)
    return HttpResponseRedirect(reverse(HERE, args=[system_id]))


@needs(Right.SETUP)
@require_POST
def remove(request: SignedInRequest, system_id: int) -> HttpResponse:
    """Take no calls from this system any more."""
    name = queries.system(request.actor, system_id).name
    operations.remove_system(actor=request.actor, system_id=system_id)
    say(request, _("%(name)s is removed. The log of calls stays.") % {"name": name})
    return HttpResponseRedirect(reverse(PLACE))
