"""The queue: one page of it, verbs on several tickets, the next one, and a ticket that an agent writes."""

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tierline.core.kernel.errors import Invalid, TierlineError
from tierline.core.kernel.text import whole_number
from tierline.desk.people import operations as people
from tierline.desk.people.rules import Right
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries
from tierline.desk.tickets.queries import QueueFilter
from tierline.desk.tickets.rules import Kind
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console.forms import NewTicketForm
from tierline.doors.web.console.pages import queue as pages
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.said import refuse, say
from tierline.doors.web.uploads import attachments_of, is_whole

BULK_LIMIT = 200


@require_GET
@needs(Right.CONSOLE)
def show(request: SignedInRequest) -> HttpResponse:
    """One page of the queue."""
    return page(request, "console/queue.html", pages.queue_page(request.actor, request.GET.dict()), block="rows")


@require_GET
@needs(Right.CONSOLE)
def next_for_me(request: SignedInRequest) -> HttpResponse:
    """The ticket to work on next: one's own first, then one that nobody in the group has."""
    for view in ("mine", "group"):
        rows, _cursor = queries.queue(request.actor, QueueFilter(view=view), limit=20)
        waiting = [
            row for row in rows if row.status != "waiting" and row.assignee_id in (None, request.actor.person_id)
        ]
        if waiting:
            return HttpResponseRedirect(reverse("console:ticket", args=[waiting[0].reference]))
    say(request, _("Nothing waits for you."), todo=_("Have a look at the lessons that are owed."))
    return HttpResponseRedirect(reverse("console:queue"))


@require_POST
@needs(Right.TICKET_WORK)
def bulk(request: SignedInRequest) -> HttpResponse:
    """One verb on each ticked ticket; each succeeds or is refused by itself."""
    numbers = [number for value in request.POST.getlist("ticket") if (number := whole_number(value)) is not None][
        :BULK_LIMIT
    ]
    if request.POST.get("verb") == "macro" and numbers:
        chosen = urlencode({"tickets": ",".join(map(str, numbers))}, safe=",")
        return HttpResponseRedirect(f"{reverse('console:macro_many')}?{chosen}")
    done = 0
    for number in numbers:
        try:
            one_of_many(request, number)
            done += 1
        except TierlineError as problem:
            refuse(request, problem)
    if done:
        say(request, ngettext("Done for %(n)s ticket.", "Done for %(n)s tickets.", done) % {"n": done})
    if not numbers:
        say(request, _("No ticket was selected."), tone="warn", todo=_("Tick the boxes of those you mean."))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if safe else reverse("console:queue"))


def one_of_many(request: SignedInRequest, number: int) -> None:
    """The chosen verb on one ticket. Raises Invalid for a verb or value that is not offered."""
    verb, actor = request.POST.get("verb", ""), request.actor
    group, urgency = (whole_number(request.POST.get(name, "")) for name in ("group", "urgency"))
    if verb == "take":
        tickets.take(actor=actor, ticket_id=number)
    elif verb == "assign" and group is not None:
        tickets.assign(actor=actor, ticket_id=number, group_id=group, why={"reason": "assigned by hand"})
    elif verb == "urgency" and urgency is not None:
        tickets.classify(actor=actor, ticket_id=number, urgency=urgency)
    else:
        raise Invalid({"verb": _("Choose what to do with the tickets.")})


@needs(Right.TICKET_WORK)
def new_ticket(request: SignedInRequest) -> HttpResponse:
    """The form for a call or a visit, and opening the ticket from it."""
    form = NewTicketForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and is_whole(request, form, "attachments"):
        said = form.cleaned_data
        requester = people.ensure_requester(actor=request.actor, email=said["email"], name=said["name"])
        ticket = tickets.open_ticket(
            actor=request.actor,
            requester=requester,
            title=said["title"],
            text=said["text"],
            kind=Kind(said["kind"]),
            channel=said["channel"],
            attachments=attachments_of(request, said["attachments"]),
        )
        say(request, _("%(reference)s is open.") % {"reference": ticket.reference})
        return HttpResponseRedirect(reverse("console:ticket", args=[ticket.reference]))
    context = {"form": form, "section": "queue"}
    return page(request, "console/new_ticket.html", context, status=422 if form.errors else 200)
