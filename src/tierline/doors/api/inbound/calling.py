"""What all addresses that other systems call have in common: bounded bodies, clear refusals, the token shown."""

import base64
import binascii
import logging
from collections.abc import Callable
from functools import wraps

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tierline.core.kernel import own_address
from tierline.core.kernel.errors import Invalid, NotFound, TierlineError
from tierline.core.kernel.rates import Window

TOO_LARGE, TOO_MANY, UNAUTHORISED, UNPROCESSABLE, LATER, MISSING = 413, 429, 401, 422, 503, 404
log = logging.getLogger("tierline.inbound")

View = Callable[[HttpRequest, str], HttpResponse]


def inbound(*, limit: int, each_minute: int) -> Callable[[View], View]:
    """A view for a system's POST to its own key: at most `limit` bytes, so many a minute for each key and process."""
    window = Window(each_minute, 60)

    def decorate(view: View) -> View:
        @csrf_exempt
        @require_http_methods(["POST"])
        @wraps(view)
        def guarded(request: HttpRequest, key: str) -> HttpResponse:
            standing = window.count(key)
            if not standing.allowed:
                answer = said(TOO_MANY, "Too many at once. Send it again in a moment.")
                answer["Retry-After"] = str(standing.seconds)
                return answer
            return _answer(view, request, key, limit)

        return guarded

    return decorate


def _answer(view: View, request: HttpRequest, key: str, limit: int) -> HttpResponse:
    try:
        large = len(request.body) > limit
        return _too_large(limit) if large else view(request, key)
    except RequestDataTooBig:
        return _too_large(limit)
    except NotFound as problem:
        return said(MISSING, problem.for_people())
    except Invalid as problem:
        return said(UNPROCESSABLE, problem.for_people())
    except TierlineError as problem:
        return said(UNPROCESSABLE if problem.permanent else LATER, problem.for_people())


def _too_large(limit: int) -> HttpResponse:
    return said(TOO_LARGE, f"This is more than the {limit:,} bytes that this address takes.")


def said(status: int, words: str) -> HttpResponse:
    """A refusal in one sentence."""
    return JsonResponse({"error": words}, status=status)


def refused(words: str, *, scheme: str = "Bearer") -> HttpResponse:
    """401: whoever calls has not shown that they are the one."""
    answer = said(UNAUTHORISED, words)
    answer["WWW-Authenticate"] = f'{scheme} realm="{own_address.REALM}"'
    return answer


def token_of(request: HttpRequest) -> str:
    """The token of the Authorization header: as a bearer token, or as the password of basic authentication."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()[:200]
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given.strip()[:1000], validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
