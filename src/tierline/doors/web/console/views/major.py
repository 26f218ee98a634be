"""Major incidents: declaring one, and the room in which it is led."""

from collections.abc import Callable

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tierline.core.kernel.errors import Invalid, NotFound, TierlineError
from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console import forms
from tierline.doors.web.console.pages import major as pages
from tierline.doors.web.console.posting import View, read
from tierline.doors.web.errors import status_of
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.said import say
from tierline.doors.web.shapes import Told
from tierline.ladder.major import operations, queries
from tierline.ladder.major.rules import Seat, Shown

Verb = Callable[[SignedInRequest, int], str]
MOST = 200


@require_GET
@needs(Right.CONSOLE)
def index(request: SignedInRequest) -> HttpResponse:
    """Major incidents, newest first."""
    context = {"section": "major", "majors": queries.active(request.actor)}
    return page(request, "console/majors.html", context)


@require_GET
@needs(Right.CONSOLE)
def banner(request: SignedInRequest) -> HttpResponse:
    """The piece over the queue, or with `ticket` that of one ticket; asked for after the page, which need not wait."""
    here = whole_number(request.GET.get("ticket", "")) or 0
    carried = queries.of_ticket(request.actor, here) if here else None
    majors = [carried] if carried else [] if here else queries.on_queue(request.actor)
    return page(request, "console/major_banner.html", {"majors": majors, "here": here})


@require_GET
@needs(Right.CONSOLE)
def show(request: SignedInRequest, major_id: int) -> HttpResponse:
    """The room of one major incident."""
    return draw(request, major_id)


def draw(
    request: SignedInRequest,
    major_id: int,
    *,
    refused: TierlineError | None = None,
    preview: str = "",
    status: int = 200,
) -> HttpResponse:
    """The room; after a refusal with the reason and what was typed, after a preview with what everybody would read."""
    context = pages.room_page(request.actor, major_id, preview=preview)
    context["refused"] = _told(refused)
    context["typed"] = request.POST
    return page(request, "console/major.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(Right.MAJOR_INCIDENT)
def declare(request: SignedInRequest, number: int) -> HttpResponse:
    """The criteria with the form, and declaring."""
    refused: TierlineError | None = None
    if request.method == "POST":
        try:
            said = read(forms.DeclareForm(request.POST))
            made = operations.declare(
                actor=request.actor,
                ticket_id=number,
                public_title=said["public_title"],
                public_words=said["public_words"],
                reason=said["reason"],
                seats=_seats(said),
                cadence=said["cadence"],
                shown_to=Shown(said["shown_to"]),
            )
            say(request, _("%(ref)s is declared.") % {"ref": made.reference})
            return HttpResponseRedirect(reverse("console:major", args=[made.pk]))
        except NotFound:
            raise
        except TierlineError as problem:
            refused = problem
    context = pages.declare_page(request.actor, number)
    context |= {"refused": _told(refused), "typed": request.POST}
    return page(request, "console/declare.html", context, status=status_of(refused) if refused else 200)


def room_verb(verb: Verb) -> View:
    """A verb of the room; a refusal shows the room again with what was typed. The room's own rule says who may."""

    @needs(Right.CONSOLE)
    def view(request: SignedInRequest, major_id: int) -> HttpResponseBase:
        try:
            sentence = verb(request, major_id)
        except NotFound:
            raise
        except TierlineError as refused:
            return draw(request, major_id, refused=refused, status=status_of(refused))
        say(request, sentence)
        return HttpResponseRedirect(reverse("console:major", args=[major_id]))

    return require_POST(view)


@require_POST
@needs(Right.CONSOLE)
def update(request: SignedInRequest, major_id: int) -> HttpResponseBase:
    """Show what everybody would read, or say it."""
    if request.POST.get("then") == "preview":
        return draw(request, major_id, preview=request.POST.get("text", "")[: forms.TEXT_LIMIT])
    return _update(request, major_id)


@room_verb
def _update(request: SignedInRequest, major_id: int) -> str:
    said = read(forms.UpdateForm(request.POST))
    if said["step"] == "mitigated":
        operations.mitigate(actor=request.actor, major_id=major_id, text=said["text"])
        return _("It is mitigated, and everybody concerned is told.")
    public = said["audience"] == "requester"
    operations.update(actor=request.actor, major_id=major_id, text=said["text"], public=public)
    return _("Said. Everybody concerned is told.") if public else _("Said, for agents only.")


@room_verb
def roles(request: SignedInRequest, major_id: int) -> str:
    """Who holds which role, and how often words come."""
    said = read(forms.RolesForm(request.POST))
    operations.set_roles(actor=request.actor, major_id=major_id, seats=_seats(said), cadence=said["cadence"])
    return _("The roles are set.")


@room_verb
def attach(request: SignedInRequest, major_id: int) -> str:
    """Make the ticked tickets, and the one that was typed, parts of it."""
    typed = request.POST.get("number", "").rpartition("-")[2].strip()
    values = [*request.POST.getlist("ticket")[:MOST], typed]
    numbers = [number for value in values if (number := whole_number(value)) is not None]
    count = operations.attach(actor=request.actor, major_id=major_id, ticket_ids=numbers)
    return ngettext("%(n)s ticket is a part of it.", "%(n)s tickets are parts of it.", count) % {"n": count}


@room_verb
def detach(request: SignedInRequest, major_id: int) -> str:
    """Say that a ticket is no part of it."""
    number = whole_number(request.POST.get("ticket", ""))
    if number is None:
        raise NotFound
    operations.detach(actor=request.actor, major_id=major_id, ticket_id=number)
    return _("It is no part of it any more.")


@room_verb
def stand_down(request: SignedInRequest, major_id: int) -> str:
    """Say that it is over."""
    said = read(forms.StandDownForm(request.POST))
    operations.stand_down(
        actor=request.actor, major_id=major_id, text=said["last_words"], resolve_children=said["parts"] == "resolve"
    )
    return _("It is stood down. Everybody concerned is told once.")


@room_verb
def review(request: SignedInRequest, major_id: int) -> str:
    """Keep the review, or close it."""
    said = read(forms.ReviewForm(request.POST))
    operations.write_review(
        actor=request.actor,
        major_id=major_id,
        happened=said["happened"],
        contributing=said["contributing"],
        went_well=said["went_well"],
    )
    if request.POST.get("then") == "close":
        operations.close_review(actor=request.actor, major_id=major_id)
        return _("The review is closed. Its actions are followed until they are done.")
    return _("The review is kept.")


@room_verb
def agree(request: SignedInRequest, major_id: int) -> str:
    """Agree on an action."""
    said = read(forms.ActionForm(request.POST))
    operations.agree_action(
        actor=request.actor, major_id=major_id, what=said["what"], owner_id=said["owner"], due_on=said["due_on"]
    )
    return _("The action is agreed.")


@room_verb
def finish(request: SignedInRequest, major_id: int) -> str:
    """Say that an action is done."""
    number = whole_number(request.POST.get("action", ""))
    if number is None:
        raise Invalid({"action": _("Choose the action.")})
    operations.finish_action(actor=request.actor, major_id=major_id, action_id=number)
    return _("The action is done.")


def _seats(said: dict[str, int | None]) -> dict[Seat, int | None]:
    return {seat: said[seat.value] for seat in Seat}


def _told(refused: TierlineError | None) -> Told | None:
    return Told(refused.message, "bad", refused.kept, refused.todo) if refused is not None else None
