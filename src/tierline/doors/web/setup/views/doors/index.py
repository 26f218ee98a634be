"""The page of all other ways in."""

from django import forms
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.setup.frame import setup_page

from . import alerts, chat, messengers, phone
from .shared import PLACE, Kind


@needs(Right.SETUP)
@require_safe
def doors(request: SignedInRequest) -> HttpResponse:
    """What is set up, and the forms that add more."""
    return setup_page(request, "setup/doors.html", PLACE, {"kinds": kinds(request)})


def kinds(request: SignedInRequest, **bound: forms.Form) -> list[Kind]:
    """Every sort of door; a form that was refused comes back as it was typed."""
    return [
        alerts.kind(request, bound.get("alerts")),
        phone.kind(request, bound.get("phone")),
        chat.kind(request, bound.get("chat")),
        messengers.kind(request, bound.get("messengers")),
    ]
