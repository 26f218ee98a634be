"""Leaving a conversation by the link of a mail: a page with one button, or one click in the mail program (RFC 8058)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tierline.doors.web.render import page
from tierline.ladder.major import operations as major
from tierline.work.intake import operations


@never_cache
@csrf_exempt  # a mail program posts without cookies; the signed address is what allows it
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what it is about and changes nothing (mail scanners follow links); POST leaves."""
    ticket, _person = operations.read_leave_token(token)
    if request.method == "POST":
        operations.leave(token)
    return page(request, "account/leave.html", {"ticket": ticket, "done": request.method == "POST"})


@never_cache
@csrf_exempt  # as above
@require_http_methods(["GET", "POST"])
def leave_status(request: HttpRequest, token: str) -> HttpResponse:
    """End a subscription to a status page; GET changes nothing."""
    major.read_leave_token(token)
    if request.method == "POST":
        major.leave(token)
    return page(request, "account/leave_status.html", {"done": request.method == "POST"})
