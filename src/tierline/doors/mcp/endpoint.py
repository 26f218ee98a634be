"""The one address of the protocol: POST a JSON-RPC message with a bearer token, get one JSON answer."""

import json
import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from tierline.core.kernel import strict_json
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.rates import Window
from tierline.desk.people import operations as people
from tierline.desk.people.errors import UnknownToken

from .methods import SERVER, answer
from .protocol import INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR, Id, RpcError, error_of, id_of, read_call, result_of

BODY_LIMIT = 1024 * 1024  # bytes
EACH_MINUTE = Window(limit=300, seconds=60)
_UNAUTHORIZED, _FORBIDDEN, _TOO_LARGE, _TOO_MANY = 401, 403, 413, 429  # as HTTP status and as error code
log = logging.getLogger("tierline.mcp")


@csrf_exempt  # no cookie counts here, only the bearer token
def mcp(request: HttpRequest) -> HttpResponse:
    """Answer one message. Stateless: any process can answer any request."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    rpc_id: Id = None
    try:
        _refuse_foreign_origin(request)
        actor = _admit(request)
        message = _body(request)
        rpc_id = id_of(message)
        call = read_call(message, request.headers)
        if call.id is None:
            return HttpResponse(status=202)
        return _json(result_of(call, answer(call, actor), SERVER))
    except RpcError as problem:
        headers = {"WWW-Authenticate": 'Bearer realm="tierline"'} if problem.status == _UNAUTHORIZED else {}
        return _json(error_of(rpc_id, problem), status=problem.status, headers=headers)
    except Exception:
        log.exception("request %s failed", getattr(request, "request_id", "-"))
        return _json(error_of(rpc_id, RpcError(INTERNAL_ERROR, "Something broke on our side.")), status=500)


def _refuse_foreign_origin(request: HttpRequest) -> None:
    """A page of another site, or one that rebinds our name, has no business here (2026-07-28, Security)."""
    origin = request.headers.get("Origin")
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return
    if urlsplit(origin).netloc != request.get_host():
        raise RpcError(_FORBIDDEN, "This origin is not allowed.", status=_FORBIDDEN)


def _admit(request: HttpRequest) -> Actor:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    try:
        actor, token_id = people.admit_by_token(
            secret=secret.strip() if scheme.lower() == "bearer" else "",
            request_id=getattr(request, "request_id", ""),
        )
    except UnknownToken as problem:
        raise RpcError(_UNAUTHORIZED, problem.for_people(), status=_UNAUTHORIZED) from problem
    standing = EACH_MINUTE.count(token_id)
    if not standing.allowed:
        words = f"Too many requests with this token. Try again in {standing.seconds} seconds."
        raise RpcError(_TOO_MANY, words, status=_TOO_MANY)
    return actor


def _body(request: HttpRequest) -> object:
    try:
        raw = request.body
    except RequestDataTooBig:
        raw = b" " * (BODY_LIMIT + 1)
    if len(raw) > BODY_LIMIT:
        raise RpcError(INVALID_REQUEST, "A message may have 1 MB.", status=_TOO_LARGE)
    try:
        return strict_json.read(raw)
    except Invalid as problem:
        raise RpcError(PARSE_ERROR, problem.for_people()) from problem


def _json(
    document: Mapping[str, object], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    content = json.dumps(document)  # ASCII: an id or method that was sent may be no valid text
    response = HttpResponse(content, status=status, content_type="application/json", headers=dict(headers or {}))
    response["Cache-Control"] = "no-store"
    return response
