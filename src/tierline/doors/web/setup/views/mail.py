"""Mail: whether it comes in and goes out, what nobody could place, and what did not arrive."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from tierline.core.kernel.errors import TierlineError
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import refuse, say
from tierline.doors.web.setup.frame import setup_page
from tierline.work.intake import operations, queries
from tierline.work.intake.models import Outcome, State

PLACE = "setup:mail"


@dataclass(frozen=True)
class Line:
    """One outcome or state with its count."""

    words: str
    count: int


@needs(Right.QUARANTINE)
@require_safe
def mail(request: SignedInRequest) -> HttpResponse:
    """Incoming and outgoing mail in figures; the quarantine; what did not arrive."""
    viewer = request.actor
    incoming, outgoing = queries.outcomes(viewer), queries.outgoing_states(viewer)
    context = {
        "headline": headline(incoming.get(Outcome.QUARANTINED, 0), outgoing.get(State.FAILED, 0)),
        "server": server_words(),
        "address": settings.TIERLINE_MAIL_FROM,
        "incoming": [Line(str(one.label), incoming.get(one.value, 0)) for one in Outcome],
        "unfinished": incoming.get("", 0),
        "outgoing": [Line(str(one.label), outgoing.get(one.value, 0)) for one in State],
        "quarantine": queries.quarantine(viewer),
        "undelivered": queries.undelivered(viewer),
    }
    return setup_page(request, "setup/mail.html", PLACE, context)


@needs(Right.QUARANTINE)
@require_http_methods(["GET", "POST"])
def message(request: SignedInRequest, message_id: int) -> HttpResponse:
    """One message in quarantine: why it is there, how it looks, and the verb that tries it again."""
    found, start = queries.quarantined(request.actor, message_id)
    if request.method != "POST":
        context = {"message": found, "start": start.decode("utf-8", "replace")}
        return setup_page(request, "setup/quarantined.html", PLACE, context)
    try:
        received = operations.release(actor=request.actor, inbound_id=message_id)
    except TierlineError as problem:
        refuse(request, problem)
    else:
        _tell(request, received)
    return HttpResponseRedirect(reverse(PLACE))


def _tell(request: SignedInRequest, received: operations.Received) -> None:
    if received.outcome == Outcome.QUARANTINED:
        say(request, _("It is still in quarantine."), tone="warn", todo=received.reason)
        return
    words = str(Outcome(received.outcome).label)
    say(request, f"{words}: {received.ticket}" if received.ticket else words)


def headline(waiting: int, failed: int) -> str:
    """The page's conclusion in one sentence."""
    if not waiting and not failed:
        return _("Every message has found its place.")
    kept = ngettext("%(n)s message waits in quarantine", "%(n)s messages wait in quarantine", waiting) % {"n": waiting}
    lost = ngettext("%(n)s could not be delivered", "%(n)s could not be delivered", failed) % {"n": failed}
    return f"{kept}, {lost}."


def server_words() -> str:
    """The outgoing server as the settings name it, without its password."""
    smtp = settings.TIERLINE_SMTP
    if smtp is None:
        return _("No server is set: mails are kept and not sent. Set TIERLINE_SMTP_URL.")
    return f"{smtp['host']}:{smtp['port']}"
