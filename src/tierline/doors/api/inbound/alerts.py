"""Where monitoring systems send their alerts: POST to the address of the source, with its token or signature."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import TierlineError
from tierline.work.alerts import operations
from tierline.work.alerts.errors import NotTheSource
from tierline.work.alerts.rules.formats import SIGNATURE_HEADER, TIMESTAMP_HEADER

from .calling import inbound, refused, token_of

LIMIT = 8_000_000  # bytes
EACH_MINUTE = 20_000  # deliveries of one source to one process


@inbound(limit=LIMIT, each_minute=EACH_MINUTE)
def receive(request: HttpRequest, key: str) -> HttpResponse:
    """One delivery; the answer counts what became of its alerts. Sent again, it changes nothing."""
    actor = Actor.machine("alerts")
    try:
        source = operations.admit(
            actor=actor,
            key=key,
            content=request.body,
            token=token_of(request),
            signature=request.headers.get(SIGNATURE_HEADER, "")[:200],
            timestamp=request.headers.get(TIMESTAMP_HEADER, "")[:20],
        )
    except NotTheSource as problem:
        return refused(problem.for_people())
    try:
        taken = operations.receive(actor=actor, source_id=source.pk, content=request.body)
    except TierlineError as problem:
        operations.note_refusal(actor=actor, source_id=source.pk, words=problem.for_people())
        raise
    found = {"new": taken.new, "ended": taken.ended, "repeated": taken.repeated, "unknown": taken.unknown}
    return JsonResponse({**found, "passed_over": taken.passed_over})
