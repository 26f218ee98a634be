"""Where Slack and Microsoft Teams send messages: signed, known again, answered at once."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from tierline.core.kernel import strict_json
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import TierlineError
from tierline.work.messengers import operations
from tierline.work.messengers.errors import NotTheNetwork
from tierline.work.messengers.models import Workspace
from tierline.work.messengers.rules import read_slack, read_teams

from .calling import inbound, refused

LIMIT = 1_000_000  # bytes
EACH_MINUTE = 3_000
CHALLENGE = 200  # characters
MACHINE = Actor.machine("messengers")


def _admitted(request: HttpRequest, network: str, key: str, signature: str) -> Workspace:
    return operations.admit(
        actor=MACHINE,
        network=network,
        key=key,
        content=request.body,
        signature=signature[:200],
        timestamp=request.headers.get("X-Slack-Request-Timestamp", ""),
    )


@inbound(limit=LIMIT, each_minute=EACH_MINUTE)
def slack(request: HttpRequest, key: str) -> HttpResponse:
    """An event of Slack, or its question whether this address is ours (url_verification)."""
    try:
        workspace = _admitted(request, "slack", key, request.headers.get("X-Slack-Signature", ""))
    except NotTheNetwork as problem:
        return refused(problem.for_people(), scheme="Signature")
    body = strict_json.read(request.body, depth=64)  # blocks of Slack nest deeply
    if isinstance(body, dict) and body.get("type") == "url_verification":
        return JsonResponse({"challenge": str(body.get("challenge", ""))[:CHALLENGE]})
    try:
        message = read_slack(body)
        ticket = operations.take(actor=MACHINE, workspace_id=workspace.pk, message=message) if message else None
    except TierlineError as problem:
        operations.note_refusal(actor=MACHINE, workspace_id=workspace.pk, words=problem.for_people())
        raise
    return JsonResponse({"ok": True, "ticket": ticket.reference if ticket else ""})


@inbound(limit=LIMIT, each_minute=EACH_MINUTE)
def teams(request: HttpRequest, key: str) -> HttpResponse:
    """A message to the outgoing webhook of a team; what is returned is shown below it."""
    try:
        workspace = _admitted(request, "teams", key, request.headers.get("Authorization", ""))
    except NotTheNetwork as problem:
        return refused(problem.for_people(), scheme="HMAC")
    try:
        message = read_teams(strict_json.read(request.body, depth=64))
        ticket = operations.take(actor=MACHINE, workspace_id=workspace.pk, message=message)
    except TierlineError as problem:
        operations.note_refusal(actor=MACHINE, workspace_id=workspace.pk, words=problem.for_people())
        raise
    words = f"{ticket.reference}: it is in good hands." if ticket else "Write what is wrong after the name."
    return JsonResponse({"type": "message", "text": words})
