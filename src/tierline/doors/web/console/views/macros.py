"""Macros in the console: chosen on a ticket, put on several at once, and those that an agent keeps for themselves."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import one_line, whole_number
from tierline.core.timeline.rules import Audience
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as ticket_queries
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console.pages import macros as pages
from tierline.doors.web.console.views.ticket import draw
from tierline.doors.web.gate import needs
from tierline.doors.web.macro_editing import edit
from tierline.doors.web.macro_words import does_words
from tierline.doors.web.render import page, wants_block
from tierline.doors.web.said import say
from tierline.doors.web.shapes import Told
from tierline.work.workflows import operations, queries
from tierline.work.workflows.models import Macro

WORDS_LIMIT = 100


@require_GET
@needs(Right.TICKET_WORK)
def offered(request: SignedInRequest, number: int) -> HttpResponse:
    """The macros that fit a ticket: for the composer as a piece, without scripts as a page."""
    asked = one_line(request.GET.get("q", ""), WORDS_LIMIT)
    ticket = ticket_queries.page_row(request.actor, number)
    context = {
        "section": "queue",
        "ticket": ticket,
        "asked": asked,
        "choices": pages.choices(request.actor, number, asked),
        "alone": not wants_block(request),
    }
    return page(request, "console/macros.html", context, block="found")


@require_POST
@needs(Right.TICKET_WORK)
def pick(request: SignedInRequest, number: int) -> HttpResponse:
    """Put a macro's words into the composer, or take them out again. What was typed stays, and nothing is sent."""
    typed = request.POST.dict() if "text" in request.POST else pages.own_draft(request.actor, number)
    wanted = request.POST.get("macro", "")
    if not wanted:
        _keep(request, number, typed)
        return HttpResponseRedirect(reverse("console:macros", args=[number]))
    told = None
    try:
        made = pages.composed(request.actor, number, typed, whole_number(wanted))
    except NotFound:
        made, told = {**typed, "applied": ""}, Told(_("This macro is not offered here any more."), "bad")
    if "kept" in made:
        told = Told(made["kept"], "warn")
    _keep(request, number, made)
    return draw(request, number, typed=made, told=told, block="composer")


def _keep(request: SignedInRequest, number: int, typed: dict[str, str]) -> None:
    inside = typed.get("audience") == Audience.INTERNAL
    tickets.save_draft(
        actor=request.actor,
        ticket_id=number,
        text=typed.get("text", ""),
        audience=Audience.INTERNAL if inside else Audience.REQUESTER,
    )


# --- on several tickets


@require_GET
@needs(Right.TICKET_WORK)
def many(request: SignedInRequest) -> HttpResponse:
    """Which macro for the chosen tickets, and what it would say on each; nothing is touched."""
    numbers = pages.numbers_in(request.GET.get("tickets", ""))
    macro_id = whole_number(request.GET.get("macro", ""))
    offers = queries.macros_for_many(request.actor, numbers)
    shown, rows = queries.batch_preview(request.actor, numbers, macro_id) if macro_id is not None else (None, [])
    waiting = [row for row in rows if row.state == "waiting"]
    context = {
        "section": "queue",
        "tickets": ",".join(map(str, numbers)),
        "count": len(numbers),
        "options": [(one.id, one.name) for one in offers],
        "macro_id": macro_id,
        "shown": shown,
        "does": does_words(shown) if shown is not None else [],
        "rows": rows,
        "waiting": ",".join(str(row.ticket_id) for row in waiting),
        "fitting": len(waiting),
    }
    return page(request, "console/macro_many.html", context)


@require_POST
@needs(Right.TICKET_WORK)
def apply_many(request: SignedInRequest) -> HttpResponse:
    """Put it on them, each for itself."""
    macro_id = whole_number(request.POST.get("macro", ""))
    if macro_id is None:
        raise NotFound
    numbers = pages.numbers_in(request.POST.get("tickets", ""))
    made = operations.apply_macro_to_many(actor=request.actor, ticket_ids=numbers, macro_id=macro_id)
    return HttpResponseRedirect(reverse("console:macro_batch", args=[made.pk]))


@require_GET
@needs(Right.TICKET_WORK)
def batch(request: SignedInRequest, batch_id: int) -> HttpResponse:
    """How far it is, and which tickets refused it with what reason."""
    found, rows = queries.batch(request.actor, batch_id)
    states = [row.state for row in rows]
    done, waiting, refused = (states.count(one) for one in ("done", "waiting", "refused"))
    context = {
        "section": "queue",
        "batch": found,
        "refused": [row for row in rows if row.state == "refused"],
        "waiting": waiting,
        "done": done,
        "total": len(rows),
        "headline": _headline(done, refused, waiting),
    }
    return page(request, "console/macro_batch.html", context, block="state")


def _headline(done: int, refused: int, waiting: int) -> str:
    said = ngettext("Done on %(n)s ticket", "Done on %(n)s tickets", done) % {"n": done}
    if refused:
        said += ", " + ngettext("%(n)s refused it", "%(n)s refused it", refused) % {"n": refused}
    if waiting:
        said += ", " + ngettext("%(n)s to go", "%(n)s to go", waiting) % {"n": waiting}
    return said


# --- one's own


@require_GET
@needs(Right.TICKET_WORK)
def own(request: SignedInRequest) -> HttpResponse:
    """The macros that one keeps for oneself, by desk."""
    context = {
        "section": "queue",
        "macros": queries.own_macros(request.actor),
        "retired": queries.own_macros(request.actor, active=False),
        "desks": queries.desks_of_own_macros(request.actor),
    }
    return page(request, "console/own_macros.html", context)


@require_http_methods(["GET", "POST"])
@needs(Right.TICKET_WORK)
def own_macro(request: SignedInRequest, macro_id: int = 0, desk_id: int = 0) -> HttpResponse:
    """One of them with its versions, or a new one for a desk."""
    known = _own(request.actor, macro_id) if macro_id else None
    desk = known.desk if known is not None else _desk(request.actor, desk_id)
    edited = edit(request, request.actor, desk, known, personal=True)
    if edited.written is not None:
        say(request, _("%(name)s is written. Only you see it.") % {"name": edited.written.name})
        return HttpResponseRedirect(reverse("console:own_macro", args=[edited.written.pk]))
    trial = edited.context["trial"]
    more = {
        "section": "queue",
        "in_use": any(one.active for one, _said in edited.context["history"]),
        "does": does_words(trial.example) if trial is not None and trial.example is not None else [],
    }
    return page(request, "console/own_macro.html", edited.context | more, status=edited.status)


@require_POST
@needs(Right.TICKET_WORK)
def own_state(request: SignedInRequest, macro_id: int) -> HttpResponse:
    """Take one of them out of use, or use it again."""
    known = _own(request.actor, macro_id)
    again = request.POST.get("verb") == "revive"
    verb = operations.revive_macro if again else operations.retire_macro
    verb(actor=request.actor, macro_id=known.pk)
    words = _("%(name)s is in use again.") if again else _("%(name)s is out of use.")
    say(request, words % {"name": known.name}, kept="" if again else _("Its versions stay."))
    return HttpResponseRedirect(reverse("console:own_macros"))


def _own(actor: Actor, macro_id: int) -> Macro:
    found = queries.macro(actor, macro_id)
    if found.owner_id is None:
        raise NotFound
    return found


def _desk(actor: Actor, desk_id: int) -> Desk:
    found = next((one for one in queries.desks_of_own_macros(actor) if one.pk == desk_id), None)
    if found is None:
        raise NotFound
    return found
