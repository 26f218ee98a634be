"""Errors as problem documents (RFC 9457). Denied and missing are one and the same answer."""

import json
import logging
from dataclasses import asdict
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from tierline.core.kernel.errors import (
    ChangedMeanwhile,
    Invalid,
    NotFound,
    Refused,
    TemporaryError,
    TierlineError,
)
from tierline.core.kernel.storage.uploads import Interrupted, UploadTooLarge
from tierline.desk.people.errors import UnknownToken
from tierline.desk.tickets.errors import NothingToSend, TooLarge
from tierline.ladder.escalation.errors import MissingItems
from tierline.ladder.problems.errors import FixturesFailed

from .bearer import rate_headers
from .errors import BodyTooLarge, Failed, KeyUsedBefore, LengthRequired, TooManyRequests, Unreadable

MEDIA_TYPE = "application/problem+json"
UNAUTHORIZED, BAD_REQUEST = 401, 400
log = logging.getLogger("tierline.api")

# The first class that fits says the status: RFC 9110 §15.5, and RFC 6585 for 429.
_STATUSES: tuple[tuple[type[TierlineError], int], ...] = (
    (NotFound, 404),
    (UnknownToken, UNAUTHORIZED),
    (ChangedMeanwhile, 412),
    (Invalid, 422),
    (NothingToSend, 422),
    (KeyUsedBefore, 422),
    (TooLarge, 413),
    (BodyTooLarge, 413),
    (UploadTooLarge, 413),
    (Interrupted, BAD_REQUEST),
    (LengthRequired, 411),
    (TooManyRequests, 429),
    (TemporaryError, 503),
    (Failed, 500),
    (Refused, 409),
)


def status_of(problem: TierlineError) -> int:
    """The HTTP status that says the same as the error."""
    return next((status for kind, status in _STATUSES if isinstance(problem, kind)), BAD_REQUEST)


def problem_response(request: HttpRequest, problem: TierlineError) -> HttpResponse:
    """The answer for an error of the house, with a stable `code` and words for people."""
    if isinstance(problem, NotFound):
        problem = NotFound()  # whatever a room had to say about it could tell denied from missing
    status = status_of(problem)
    document = {
        "type": f"urn:tierline:problem:{problem.code}",
        "title": problem.code.replace("_", " ").capitalize(),
        "status": status,
        "code": problem.code,
        "detail": problem.for_people(),
        "instance": f"urn:tierline:request:{getattr(request, 'request_id', '')}",
    }
    content = json.dumps(document | _members(problem))  # ASCII: a name that was sent may be no valid text
    response = HttpResponse(content, status=status, content_type=MEDIA_TYPE, headers=rate_headers(request))
    if status == UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="tierline"'
    if isinstance(problem, TooManyRequests):
        response["Retry-After"] = str(problem.standing.seconds)
    return response


def _members(problem: TierlineError) -> dict[str, Any]:
    """What a program can act on, besides the words."""
    if isinstance(problem, Invalid):
        return {"fields": problem.fields}
    if isinstance(problem, ChangedMeanwhile):
        return {"seen_version": problem.seen, "current_version": problem.current}
    if isinstance(problem, FixturesFailed):
        return {"failures": list(problem.failures)}
    if isinstance(problem, MissingItems):
        return {"to_tier": problem.to_tier, "missing": [asdict(item) for item in problem.items]}
    return {}


def as_ours(problem: Exception) -> TierlineError:
    """An error of the framework as one of the house's. What was sent is never repeated in the answer."""
    cause = problem.__cause__ if isinstance(problem, HttpError) else problem
    if isinstance(cause, TierlineError):
        return cause
    if isinstance(problem, ValidationError):
        return Invalid({_place(fault["loc"]): str(fault["msg"]) for fault in problem.errors})
    if isinstance(problem, HttpError) and problem.status_code == UNAUTHORIZED:
        return UnknownToken()
    if isinstance(problem, RequestDataTooBig):
        return BodyTooLarge("This is more than one request may carry.")
    if isinstance(problem, HttpError | SuspiciousOperation | MultiPartParserError):
        return Unreadable()
    return NotFound() if isinstance(problem, Http404) else Failed()


def _place(location: tuple[Any, ...]) -> str:
    """`body.text` for ("body", "new", "text"): the name of the framework's own parameter is left out."""
    source, *rest = (str(part) for part in location)
    return ".".join(rest[1:] if source == "body" and len(rest) > 1 else rest) or source


def install(api: NinjaAPI) -> None:
    """Let every error of the API leave as a problem document."""
    for kind in (Exception, TierlineError, ValidationError, HttpError, Http404):
        api.add_exception_handler(kind, _answer)


def _answer(request: HttpRequest, problem: Exception | type[Exception]) -> HttpResponse:
    happened = problem if isinstance(problem, Exception) else problem()
    ours = as_ours(happened)
    if isinstance(ours, Failed):
        log.error("request %s failed", getattr(request, "request_id", "-"), exc_info=happened)
    return problem_response(request, ours)
