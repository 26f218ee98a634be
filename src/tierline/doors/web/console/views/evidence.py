"""The log reader."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console.pages import evidence as pages
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page


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
    )
    return page(request, "console/evidence.html", context, block="lines")
