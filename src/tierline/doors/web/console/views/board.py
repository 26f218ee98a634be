"""A group's board: who has what against their places, giving tickets by hand, and dealing the queue out."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tierline.core.kernel.errors import TierlineError
from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right
from tierline.desk.tickets import operations as tickets
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console.pages import board as pages
from tierline.doors.web.errors import status_of
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.said import refuse, say
from tierline.doors.web.shapes import Told
from tierline.work.routing import operations as routing
from tierline.work.routing import queries
from tierline.work.routing.errors import PlanChanged

MOST = 200


@require_GET
@needs(Right.CONSOLE)
def index(request: SignedInRequest) -> HttpResponse:
    """The board of one's own group; without one, of the first that there is."""
    found = queries.boards(request.actor)
    if found:
        return HttpResponseRedirect(reverse("console:board", args=[found[0].pk]))
    return page(request, "console/board.html", {"section": "queue", "group": None, "boards": [], "columns": []})


@require_GET
@needs(Right.CONSOLE)
def show(request: SignedInRequest, group_id: int) -> HttpResponse:
    """One board, by person or by status."""
    return page(request, "console/board.html", pages.board_page(request.actor, group_id, request.GET.dict()))


@require_GET
@needs(Right.CONSOLE)
def mine(request: SignedInRequest) -> HttpResponse:
    """A piece over one's own queue: places taken, and why what was given lately came here."""
    return page(request, "console/own_load.html", pages.own_page(request.actor))


@require_POST
@needs(Right.TICKET_WORK)
def give(request: SignedInRequest, group_id: int) -> HttpResponse:
    """Each ticked ticket to one person of the group; each succeeds or is refused by itself."""
    back = HttpResponseRedirect(reverse("console:board", args=[group_id]))
    numbers = [n for value in request.POST.getlist("ticket")[:MOST] if (n := whole_number(value)) is not None]
    person = whole_number(request.POST.get("person", ""))
    if not numbers or person is None:
        say(request, _("Tick the tickets, and choose who gets them."), tone="warn")
        return back
    done = 0
    for number in numbers:
        try:
            why = {"reason": "given by hand on the board"}
            tickets.assign(actor=request.actor, ticket_id=number, group_id=group_id, person_id=person, why=why)
            done += 1
        except TierlineError as problem:
            refuse(request, problem)
    if done:
        say(request, ngettext("%(n)s ticket was given.", "%(n)s tickets were given.", done) % {"n": done})
    return back


@require_http_methods(["GET", "POST"])
@needs(Right.STAFF_PLAN)
def deal(request: SignedInRequest, group_id: int) -> HttpResponse:
    """Who would get what and why; what was shown is carried out, or nothing."""
    if request.method != "POST":
        return _plan(request, group_id)
    try:
        made = routing.deal_out(actor=request.actor, group_id=group_id, plan=request.POST.get("plan", ""))
    except PlanChanged as problem:
        told = Told(problem.default, "warn", kept=problem.kept, todo=problem.todo)
        return _plan(request, group_id, told=told, status=status_of(problem))
    given = sum(one.person_id is not None for one in made)
    left = len(made) - given
    stay = ngettext("%(n)s stays with the group.", "%(n)s stay with the group.", left) % {"n": left} if left else ""
    say(request, ngettext("%(n)s ticket was given.", "%(n)s tickets were given.", given) % {"n": given}, kept=stay)
    return HttpResponseRedirect(reverse("console:board", args=[group_id]))


def _plan(request: SignedInRequest, group_id: int, *, told: Told | None = None, status: int = 200) -> HttpResponse:
    context = {**pages.deal_page(request.actor, group_id), "told": told}
    return page(request, "console/deal.html", context, status=status)
