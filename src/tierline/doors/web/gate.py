"""The gate before every page: signed in, and with the right it needs. Without the right a page does not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from tierline.desk.people.queries import has_administrator
from tierline.desk.people.rules import Right, holding
from tierline.doors.web.actor import SignedInRequest

SIGNED_IN = "signed in"
"""In place of a right: anybody who has signed in."""

P = ParamSpec("P")
View = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]
Guarded = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def needs(right: Right) -> Callable[[View[P]], Guarded[P]]:
    """A view for people who hold `right`; visitors are sent to the sign-in, everybody else sees "not found".

    The view's `request.actor` sees the desks on which the right is held.
    """

    def decorate(view: View[P]) -> Guarded[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            known = cast("SignedInRequest", request)
            known.actor = holding(known.actor, right)
            return view(known, *args, **kwargs)

        guarded.__dict__["right"] = right.value  # what the list of all ways in reads
        return cast("Guarded[P]", guarded)

    return decorate


def signed_in(view: View[P]) -> Guarded[P]:
    """A view for anybody who has signed in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return view(cast("SignedInRequest", request), *args, **kwargs)

    guarded.__dict__["right"] = SIGNED_IN
    return cast("Guarded[P]", guarded)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in and back here afterwards; on the very first visit to the page that makes the administrator."""
    if not has_administrator():
        return HttpResponseRedirect(reverse("account:welcome"))
    target = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"{reverse('account:sign-in')}?{urlencode({'next': target})}")
