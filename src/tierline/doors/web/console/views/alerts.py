"""The alerts behind a ticket."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from tierline.desk.people.rules import Right
from tierline.desk.tickets import queries as tickets
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.work.alerts import queries


@needs(Right.CONSOLE)
@require_safe
def show(request: SignedInRequest, number: int) -> HttpResponse:
    """What fires, what has recovered, and how many of each there are."""
    ticket = tickets.get(request.actor, number)
    context = {"section": "queue", "ticket": ticket, "alerts": queries.alerts_of(request.actor, number)}
    return page(request, "console/alerts.html", context)
