"""What disturbs at the moment: the status page, "me too", and hearing of it by mail."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import signed_in
from tierline.doors.web.portal.asker import asker
from tierline.doors.web.render import page
from tierline.doors.web.said import refuse, say
from tierline.ladder.major import operations, queries


@signed_in
@require_safe
def statuses(request: SignedInRequest) -> HttpResponse:
    """Everything that disturbs at the moment."""
    context = {"here": "portal:home", "statuses": queries.statuses(asker(request.actor))}
    return page(request, "portal/statuses.html", context)


@signed_in
@require_safe
def status(request: SignedInRequest, major_id: int) -> HttpResponse:
    """One status page: how things stand, and everything said so far."""
    context = {"here": "portal:home", "status": queries.status(asker(request.actor), major_id)}
    return page(request, "portal/status.html", context)


@signed_in
@require_POST
def me_too(request: SignedInRequest, major_id: int) -> HttpResponse:
    """A request of one's own in it, with one click."""
    viewer = asker(request.actor)
    try:
        text = request.POST.get("text", "").strip()[:4000] or _("I have it too.")
        ticket = operations.me_too(actor=viewer, major_id=major_id, person=request.user, text=text)
        say(request, _("Your request is %(ref)s. You hear of every step.") % {"ref": ticket.reference})
    except NotFound:
        raise
    except TierlineError as problem:
        refuse(request, problem)
    return _back(major_id)


@signed_in
@require_POST
def subscribe(request: SignedInRequest, major_id: int) -> HttpResponse:
    """Hear of it by mail, or no more."""
    viewer = asker(request.actor)
    try:
        if request.POST.get("verb") == "leave":
            queries.status(viewer, major_id)
            operations.unsubscribe(actor=viewer, major_id=major_id)
            say(request, _("You get no more mail about this."))
        else:
            operations.subscribe(actor=viewer, major_id=major_id)
            say(request, _("You get a mail with every update."))
    except NotFound:
        raise
    except TierlineError as problem:
        refuse(request, problem)
    return _back(major_id)


def _back(major_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:status", args=[major_id]))
