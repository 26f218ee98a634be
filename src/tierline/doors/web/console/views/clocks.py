"""The clocks of one ticket: the derivation behind a due time in a list, and a page of their own without script."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console.pages.clocks import clocks_page
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page


@require_GET
@needs(Right.CONSOLE)
def show(request: SignedInRequest, number: int) -> HttpResponse:
    """Every clock of the ticket with its derivation; htmx asks for the receipt of the one due next."""
    piece = "HX-Request" in request.headers
    template = "console/clock_piece.html" if piece else "console/clocks.html"
    return page(request, template, clocks_page(request.actor, number))
