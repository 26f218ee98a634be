"""What came in: each message with what became of it and why; what a rule ignored can be taken all the same."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tierline.core.kernel.errors import TierlineError
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import refuse
from tierline.doors.web.setup.frame import setup_page
from tierline.doors.web.setup.views.mail import as_file, tell
from tierline.doors.web.shapes import Tone
from tierline.work.intake import operations, queries
from tierline.work.intake.models import Outcome

PLACE = "setup:mail"
SHOWN = 50
TONES: dict[str, Tone | str] = {Outcome.QUARANTINED: "warn", Outcome.DELIVERY_REPORT: "bad", Outcome.IGNORED: "plain"}


@needs(Right.QUARANTINE)
@require_safe
def received(request: SignedInRequest) -> HttpResponse:
    """The newest messages, or those that are looked for."""
    outcome, find = request.GET.get("outcome", ""), one_line(request.GET.get("q", ""), 200)
    before = request.GET.get("before", "")
    after = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else 0  # noqa: PLR2004 (a key)
    found = queries.received(request.actor, outcome=outcome, find=find, before=after, limit=SHOWN + 1)
    context = {
        "messages": found[:SHOWN],
        "more": found[SHOWN - 1].pk if len(found) > SHOWN else 0,
        "outcomes": [(one.value, str(one.label)) for one in Outcome],
        "outcome": outcome if outcome in Outcome.values else "",
        "find": find,
        "tones": TONES,
    }
    return setup_page(request, "setup/received.html", PLACE, context)


@needs(Right.QUARANTINE)
@require_safe
def original(request: SignedInRequest, message_id: int) -> HttpResponse:
    """A message as it arrived, as a file."""
    return as_file(queries.received_original(request.actor, message_id), message_id)


@needs(Right.QUARANTINE)
@require_POST
def take(request: SignedInRequest, message_id: int) -> HttpResponse:
    """Take a message as a request although a rule ignored it."""
    try:
        tell(request, operations.take_anyway(actor=request.actor, inbound_id=message_id))
    except TierlineError as problem:
        refuse(request, problem)
    return HttpResponseRedirect(f"{reverse('setup:received')}?outcome={Outcome.IGNORED}")
