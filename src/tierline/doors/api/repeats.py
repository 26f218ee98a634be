"""Asking twice does it once: the Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header).

The key's row and what the verb writes are one transaction. A second request with the same key waits at the row until
the first has ended, and then gets its answer; if the first failed, nothing is kept and the second does the work.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from ninja.responses import NinjaJSONEncoder

from tierline.core.kernel import clock
from tierline.core.kernel.errors import Invalid, NotFound

from .bearer import ApiRequest, rate_headers
from .errors import KeyUsedBefore
from .models import KeptAnswer

KEPT_FOR = timedelta(hours=24)
_KEY_LENGTH = 255
_FORGET_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, a JSON object and the headers that belong to it."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def once(request: ApiRequest, sent: object, run: Callable[[], Answer]) -> HttpResponse:
    """The answer of `run`, or the one kept for the same key and the same `sent` (any JSON value).

    Raises KeyUsedBefore when the key stood for something else, Invalid for a key that is none, and what `run` raises.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return _response(request, _kept(run()))
    if not (0 < len(key) <= _KEY_LENGTH and key.isascii() and key.isprintable()):
        raise Invalid({"Idempotency-Key": f"A key has 1 to {_KEY_LENGTH} printable ASCII characters."})
    fingerprint = _fingerprint([request.method, request.path, sent])
    _forget_old()
    with transaction.atomic():
        row, is_new = KeptAnswer.objects.get_or_create(
            person_id=_person_id(request),
            key=key,
            defaults={"fingerprint": fingerprint, "created_at": clock.now()},
        )
        if not is_new and row.fingerprint != fingerprint:
            raise KeyUsedBefore
        if is_new:
            answer = _kept(run())
            row.status, row.headers, row.body = answer.status, answer.headers, answer.body
            row.save(update_fields=["status", "headers", "body"])
    return _response(request, row, repeated=not is_new)


def _person_id(request: ApiRequest) -> int:
    if request.auth.person_id is None:
        raise NotFound
    return request.auth.person_id


def _fingerprint(sent: object) -> str:
    return hashlib.sha256(json.dumps(sent, sort_keys=True, default=str).encode()).hexdigest()


def _kept(answer: Answer) -> KeptAnswer:
    body = json.dumps(answer.body, cls=NinjaJSONEncoder)  # as every other answer is written
    return KeptAnswer(status=answer.status, headers=answer.headers, body=body)


def _response(request: ApiRequest, row: KeptAnswer, *, repeated: bool = False) -> HttpResponse:
    headers = {**row.headers, **rate_headers(request), **({"Idempotency-Replayed": "true"} if repeated else {})}
    return HttpResponse(row.body, status=row.status, content_type="application/json", headers=headers)


def _forget_old() -> None:
    """A few answers whose day is over; those that somebody else forgets at the moment are left to them."""
    with transaction.atomic():
        old = KeptAnswer.objects.filter(created_at__lte=clock.now() - KEPT_FOR).order_by("created_at")
        keys = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:_FORGET_AT_ONCE])
        if keys:
            KeptAnswer.objects.filter(pk__in=keys).delete()
