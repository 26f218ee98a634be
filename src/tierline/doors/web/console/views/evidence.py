"""The log reader."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console.pages import evidence as pages
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.said import refuse, say
from tierline.work.diagnosis import operations as diagnosis


@require_GET
@needs(Right.EVIDENCE_READ)
def show(request: SignedInRequest, number: int, evidence_id: int) -> HttpResponse:
    """One file of evidence: what it says, its templates, its lines from ``?line=``."""
    context = pages.evidence_page(
        request.actor,
        number,
        evidence_id,
        start=whole_number(request.GET.get("line", "")) or 0,
        every_template=request.GET.get("templates") == "all",
        other=whole_number(request.GET.get("beside", "")) or 0,
        unmasked=request.GET.get("unmasked") == "yes",
        folds=request.GET.get("folds") != "no",
        whole=request.headers.get("HX-Target", "lines") != "lines" or "HX-Request" not in request.headers,
    )
    context["polled"] = "HX-Request" in request.headers and context["whole"]
    return page(request, "console/evidence.html", context, block="" if context["whole"] else "lines")


@require_POST
@needs(Right.EVIDENCE_UNMASK)
def unmask(request: SignedInRequest, number: int, evidence_id: int) -> HttpResponse:
    """Ask to read a file without masks, or mask it again."""
    line = whole_number(request.POST.get("line", "")) or 1
    query = f"?line={line}"
    try:
        if request.POST.get("verb") == "end":
            diagnosis.end_unmasking(actor=request.actor, evidence_id=evidence_id)
            say(request, _("It is masked again."))
        else:
            diagnosis.ask_to_unmask(actor=request.actor, evidence_id=evidence_id, reason=request.POST.get("reason", ""))
            query += "&unmasked=yes"
    except NotFound:
        raise
    except TierlineError as refused:
        refuse(request, refused)
    return HttpResponseRedirect(reverse("console:evidence", args=[number, evidence_id]) + query)


@require_POST
@needs(Right.EVIDENCE_KEEP)
def keep(request: SignedInRequest, number: int, evidence_id: int) -> HttpResponse:
    """Say how long the original is kept, or have the ticket's files read again."""
    try:
        if request.POST.get("verb") == "rebuild":
            done = diagnosis.rebuild_ticket(actor=request.actor, ticket_id=number)
            say(
                request,
                ngettext("%(n)s file was read again.", "%(n)s files were read again.", len(done)) % {"n": len(done)},
            )
        else:
            diagnosis.retain(
                actor=request.actor,
                evidence_id=evidence_id,
                retention=request.POST.get("retention", ""),
                reason=request.POST.get("reason", ""),
            )
            say(request, _("It is kept as you said, and the ticket says why."))
    except NotFound:
        raise
    except TierlineError as refused:
        refuse(request, refused)
    return HttpResponseRedirect(reverse("console:evidence", args=[number, evidence_id]))
