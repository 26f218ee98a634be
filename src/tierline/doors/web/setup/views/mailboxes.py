"""Mailboxes: connected on one page, with a test that runs as a job and says step by step what is wrong."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tierline.core.kernel.errors import TierlineError
from tierline.desk.people import queries as people
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.render import wants_block
from tierline.doors.web.said import refuse, say
from tierline.doors.web.setup.frame import setup_page, show, status_for
from tierline.doors.web.setup.mail_forms import MailboxForm
from tierline.doors.web.setup.mail_words import named, state_of, sums, trial
from tierline.work.intake import operations, queries
from tierline.work.intake.models import Mailbox

PLACE = "setup:mail"


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Connect a mailbox: typed, kept and tested in one step."""
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        try:
            mailbox = operations.add_mailbox(actor=request.actor, given=form.mailbox_settings())
        except TierlineError as problem:
            show(form, problem)
        else:
            return HttpResponseRedirect(reverse("setup:mailbox", args=[mailbox.pk]))
    context = {"form": form, "mailbox": None}
    return setup_page(request, "setup/mailbox.html", PLACE, context, status=status_for(form))


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def mailbox(request: SignedInRequest, mailbox_id: int) -> HttpResponse:
    """One mailbox: how it is, how it was tested, and everything about it to change."""
    found = queries.mailbox(request.actor, mailbox_id)
    form = _form(request, found)
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_mailbox(actor=request.actor, mailbox_id=mailbox_id, given=form.mailbox_settings())
        except TierlineError as problem:
            show(form, problem)
        else:
            return HttpResponseRedirect(reverse("setup:mailbox", args=[mailbox_id]))
    context = {"form": form, **_state(request, found)}
    return setup_page(request, "setup/mailbox.html", PLACE, context, status=status_for(form), block="state")


@needs(Right.SETUP)
@require_safe
def state(request: SignedInRequest, mailbox_id: int) -> HttpResponse:
    """The part of the page that changes while a test runs; htmx asks for it every second."""
    context = _state(request, queries.mailbox(request.actor, mailbox_id))
    if not wants_block(request):  # somebody opened the address of the piece itself
        return HttpResponseRedirect(reverse("setup:mailbox", args=[mailbox_id]))
    return setup_page(request, "setup/mailbox.html", PLACE, context, block="state")


@needs(Right.SETUP)
@require_POST
def verb(request: SignedInRequest, mailbox_id: int, name: str) -> HttpResponse:
    """Test it again, switch it on or off, compare both sides, or forget it."""
    given: dict[str, Any] = {"actor": request.actor, "mailbox_id": mailbox_id}
    target = reverse("setup:mailbox", args=[mailbox_id])
    try:
        if name == "test":
            operations.ask_for_test(**given)
        elif name == "compare":
            operations.queue_comparisons(**given)
            say(request, _("Both sides are being counted. Look again in a moment."))
        elif name == "remove":
            operations.remove_mailbox(**given)
            say(request, _("The mailbox is forgotten."), kept=_("Its messages stay, here and on the server."))
            target = reverse(PLACE)
        else:
            operations.switch_mailbox(**given, active=name == "on")
            say(request, _("It is read from now on.") if name == "on" else _("It is left alone from now on."))
    except TierlineError as problem:
        refuse(request, problem)
    return HttpResponseRedirect(target)


def _form(request: SignedInRequest, found: Mailbox | None = None) -> MailboxForm:
    desks = [(desk.pk, desk.name) for desk in people.desks(request.actor)]
    return MailboxForm(request.POST if request.method == "POST" else None, desks=desks, mailbox=found)


def _state(request: SignedInRequest, found: Mailbox) -> dict[str, Any]:
    words, tone = state_of(found)
    count, last = queries.taken_lately(request.actor, found.pk)
    return {
        "mailbox": found,
        "state_words": words,
        "state_tone": tone,
        "trial": trial(queries.latest_test(request.actor, found.pk)),
        "taken": count,
        "names": queries.names_on_top(request.actor, found.pk),
        "last_taken": last,
        "sums": sums(found.compared) if found.compared_at else [],
        "differences": named(found.compared),
    }
