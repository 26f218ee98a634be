"""Where telephone systems tell of calls: signed as Standard Webhooks 1.0 says."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import TierlineError
from tierline.work.phone import operations
from tierline.work.phone.errors import NotTheSystem

from .calling import inbound, refused

LIMIT = 20_000  # bytes
EACH_MINUTE = 3_000


@inbound(limit=LIMIT, each_minute=EACH_MINUTE)
def receive(request: HttpRequest, key: str) -> HttpResponse:
    """One event of one call; the answer says what the call is now. Sent again, it changes nothing."""
    actor = Actor.machine("phone")
    given = {name.lower(): value for name, value in request.headers.items()}
    try:
        system = operations.admit(actor=actor, key=key, content=request.body, headers=given)
    except NotTheSystem as problem:
        return refused(problem.for_people(), scheme="Signature")
    try:
        call = operations.take_event(actor=actor, system_id=system.pk, content=request.body)
    except TierlineError as problem:
        operations.note_refusal(actor=actor, system_id=system.pk, words=problem.for_people())
        raise
    return JsonResponse({"state": call.state if call else "test"})
