"""How long originals of evidence are kept, desk by desk, and the views of all of them made anew."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right
from tierline.doors.web import labels
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import refuse, say
from tierline.doors.web.setup.frame import setup_page
from tierline.work.diagnosis import operations, queries

PLACE = "setup:evidence"


@needs(Right.DESK_SETUP)
@require_safe
def evidence(request: SignedInRequest) -> HttpResponse:
    """Every desk with its default, its counts and how its rebuild goes."""
    return setup_page(request, "setup/evidence.html", PLACE, _context(request))


@needs(Right.DESK_SETUP)
@require_safe
def state(request: SignedInRequest) -> HttpResponse:
    """The part of the page that changes while views are made anew; htmx asks for it every two seconds."""
    return setup_page(request, "setup/evidence.html", PLACE, _context(request), block="state")


@needs(Right.DESK_SETUP)
@require_POST
def change(request: SignedInRequest, desk_id: int) -> HttpResponse:
    """Choose a desk's default, make its views anew, or stop that."""
    verb = request.POST.get("verb", "")
    try:
        if verb == "rebuild":
            operations.begin_rebuild(actor=request.actor, desk_id=desk_id)
            say(request, _("The files are read again, ticket by ticket. Nobody has to wait for it."))
        elif verb == "stop":
            operations.stop_rebuild(actor=request.actor, rebuild_id=whole_number(request.POST.get("rebuild", "")) or 0)
            say(request, _("Stopped. What was made anew stays so."))
        else:
            retention = request.POST.get("retention", "")
            operations.set_default(actor=request.actor, desk_id=desk_id, retention=retention)
            say(request, _("Files that come from now on are kept so."))
    except NotFound:
        raise
    except TierlineError as refused:
        refuse(request, refused)
    return HttpResponseRedirect(reverse(PLACE))


def _context(request: SignedInRequest) -> dict[str, object]:
    rows = queries.vaults(request.actor)
    running = any(one.rebuild is not None and one.rebuild.state == "running" for one in rows)
    return {"rows": rows, "running": running, "retention": labels.RETENTION}
