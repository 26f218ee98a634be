"""The outgoing server and the addresses for providers: how mail leaves, and how it comes in by web hook."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tierline.core.kernel.errors import TierlineError
from tierline.desk.people import queries as people
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.render import wants_block
from tierline.doors.web.said import refuse, say
from tierline.doors.web.setup.frame import setup_page, show, status_for
from tierline.doors.web.setup.mail_forms import HookForm, OutgoingForm
from tierline.doors.web.setup.mail_words import trial
from tierline.work.intake import operations, queries
from tierline.work.intake.operations.hooks import USER
from tierline.work.intake.rules.providers import PROVIDERS

PLACE = "setup:mail"
NEW_HOOK = "new-mail-hook"


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def outgoing(request: SignedInRequest) -> HttpResponse:
    """The server that takes the desk's mail, tested by a mail that really leaves."""
    server = queries.outgoing_server(request.actor)
    form = OutgoingForm(request.POST if request.method == "POST" else None, server=server, test_to=request.user.email)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            operations.set_outgoing_server(
                actor=request.actor,
                given=form.settings(),
                address=typed["address"],
                name=typed["name"],
                test_to=typed["test_to"],
            )
        except TierlineError as problem:
            show(form, problem)
        else:
            return HttpResponseRedirect(reverse("setup:outgoing"))
    context = {"form": form, **_outgoing_state(request)}
    return setup_page(request, "setup/outgoing.html", PLACE, context, status=status_for(form))


@needs(Right.SETUP)
@require_safe
def outgoing_state(request: SignedInRequest) -> HttpResponse:
    """The part of the page that changes while a test runs."""
    if not wants_block(request):  # somebody opened the address of the piece itself
        return HttpResponseRedirect(reverse("setup:outgoing"))
    return setup_page(request, "setup/outgoing.html", PLACE, _outgoing_state(request), block="state")


@needs(Right.SETUP)
@require_POST
def outgoing_verb(request: SignedInRequest, name: str) -> HttpResponse:
    """Send one more test mail, or switch the server on or off."""
    try:
        if name == "test":
            operations.ask_for_outgoing_test(actor=request.actor, test_to=request.user.email)
        else:
            operations.switch_outgoing_server(actor=request.actor, active=name == "on")
            say(request, _("Mail leaves by this server.") if name == "on" else _("All mail is held back."))
    except TierlineError as problem:
        refuse(request, problem)
    return HttpResponseRedirect(reverse("setup:outgoing"))


def _outgoing_state(request: SignedInRequest) -> dict[str, Any]:
    return {
        "server": queries.outgoing_server(request.actor),
        "by_setting": settings.TIERLINE_SMTP,
        "trial": trial(queries.latest_test(request.actor, None)),
    }


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def hooks(request: SignedInRequest) -> HttpResponse:
    """The addresses where mail providers hand over messages. A password is shown once, after it was made."""
    desks = [(desk.pk, desk.name) for desk in people.desks(request.actor)]
    form = HookForm(request.POST if request.method == "POST" else None, desks=desks)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            hook, password = operations.add_hook(
                actor=request.actor,
                provider=typed["provider"],
                desk_id=typed["desk"],
                signing_key=typed["signing_key"],
                api_key=typed["api_key"],
            )
        except TierlineError as problem:
            show(form, problem)
        else:
            request.session[NEW_HOOK] = [hook.pk, password]
            return HttpResponseRedirect(reverse("setup:hooks"))
    made = request.session.pop(NEW_HOOK, None) or [None, ""]
    rows = [
        {
            "hook": hook,
            "provider": PROVIDERS[hook.provider],
            "address": _address(hook.provider, hook.key, made, hook.pk),
            "awaited": queries.awaited(request.actor, hook.pk),
        }
        for hook in queries.hooks(request.actor)
    ]
    context = {"form": form, "rows": rows, "made": made[0]}
    return setup_page(request, "setup/hooks.html", PLACE, context, status=status_for(form))


def _address(provider: str, key: str, made: list[Any], pk: int) -> str:
    """The address to enter at the provider; with its password right after it was made."""
    scheme, _sep, rest = f"{settings.TIERLINE_URL}{reverse('mail-hook', args=[provider, key])}".partition("://")
    return f"{scheme}://{USER}:{made[1]}@{rest}" if made[0] == pk else f"{scheme}://{USER}:…@{rest}"


@needs(Right.SETUP)
@require_POST
def remove_hook(request: SignedInRequest, hook_id: int) -> HttpResponse:
    """Take nothing by this address any more."""
    operations.remove_hook(actor=request.actor, hook_id=hook_id)
    say(request, _("The address is gone."), todo=_("Remove it at the provider, too."))
    return HttpResponseRedirect(reverse("setup:hooks"))


@needs(Right.SETUP)
@require_POST
def fetch_again(request: SignedInRequest, hook_id: int) -> HttpResponse:
    """Ask a provider once more for the messages that could not be fetched."""
    count = operations.fetch_again(actor=request.actor, hook_id=hook_id)
    say(
        request,
        ngettext("%(n)s message is asked for again.", "%(n)s messages are asked for again.", count) % {"n": count},
    )
    return HttpResponseRedirect(reverse("setup:hooks"))
