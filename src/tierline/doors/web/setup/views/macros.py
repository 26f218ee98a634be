"""Macros of the desks: listed with how often they are used, written, tried, and taken out of use."""

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.macro_editing import edit
from tierline.doors.web.macro_words import condition_words, does_words, step_words
from tierline.doors.web.said import say
from tierline.doors.web.setup.frame import setup_page
from tierline.work.workflows import operations, queries
from tierline.work.workflows.models import Macro
from tierline.work.workflows.queries import MacroRow

PLACE = "setup:macros"
SHOWN = 90  # characters of a macro's words in the list


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A macro in the list: what it says and does, for whom, and how often it was used."""

    macro: Macro
    says: str
    does: str
    whom: str
    uses: int


@dataclass(frozen=True, kw_only=True)
class DeskMacros:
    """A desk with its macros in use, and those out of use."""

    desk: Desk
    macros: list[Listed]
    retired: list[Listed]


def listed(row: MacroRow) -> Listed:
    """One line of the list."""
    steps = row.macro.parsed_steps
    does = [*step_words(steps), *(one.action.replace("_", " ") for one in steps.actions)]
    where = condition_words(row.macro.conditions)
    return Listed(
        macro=row.macro,
        says=one_line(row.macro.reply or row.macro.note, SHOWN),
        does=", ".join(does),
        whom=", ".join([*row.groups, *(_("if %(words)s") % {"words": one} for one in where)]),
        uses=row.uses,
    )


@needs(Right.AUTOMATION_CHANGE)
@require_safe
def macros(request: SignedInRequest) -> HttpResponse:
    """Every macro of the desks that the person may arrange."""
    found = [
        DeskMacros(
            desk=desk,
            macros=[listed(row) for row in queries.macros_arranged(request.actor, desk.pk)],
            retired=[listed(row) for row in queries.macros_arranged(request.actor, desk.pk, active=False)],
        )
        for desk in queries.desks_of_macros(request.actor)
    ]
    return setup_page(request, "setup/macros.html", PLACE, {"desks": found})


@needs(Right.AUTOMATION_CHANGE)
@require_http_methods(["GET", "POST"])
def macro(request: SignedInRequest, desk_id: int, macro_id: int = 0) -> HttpResponse:
    """One macro with all its versions. What is typed is tried on past tickets before it is written."""
    desk = _desk(request.actor, desk_id)
    known = _known(request.actor, desk, macro_id) if macro_id else None
    edited = edit(request, request.actor, desk, known, personal=False)
    if edited.written is not None:
        done = {"version": edited.written.version, "name": edited.written.name}
        say(request, _("Version %(version)s of %(name)s is in force.") % done)
        return HttpResponseRedirect(reverse("setup:macro", args=[desk.pk, edited.written.pk]))
    trial = edited.context["trial"]
    more = {
        "in_use": any(one.active for one, _said in edited.context["history"]),
        "does": does_words(trial.example) if trial is not None and trial.example is not None else [],
    }
    return setup_page(request, "setup/macro.html", PLACE, edited.context | more, status=edited.status)


@needs(Right.AUTOMATION_CHANGE)
@require_POST
def retire(request: SignedInRequest, desk_id: int, macro_id: int) -> HttpResponse:
    """Take a macro out of use."""
    known = _known(request.actor, _desk(request.actor, desk_id), macro_id)
    operations.retire_macro(actor=request.actor, macro_id=known.pk)
    say(request, _("%(name)s is out of use.") % {"name": known.name}, kept=_("Its versions stay."))
    return HttpResponseRedirect(reverse(PLACE))


@needs(Right.AUTOMATION_CHANGE)
@require_POST
def revive(request: SignedInRequest, desk_id: int, macro_id: int) -> HttpResponse:
    """Put its newest version back into use."""
    known = _known(request.actor, _desk(request.actor, desk_id), macro_id)
    newest = operations.revive_macro(actor=request.actor, macro_id=known.pk)
    say(request, _("%(name)s is in use again.") % {"name": newest.name})
    return HttpResponseRedirect(reverse("setup:macro", args=[desk_id, newest.pk]))


def _desk(actor: Actor, desk_id: int) -> Desk:
    found = next((one for one in queries.desks_of_macros(actor) if one.pk == desk_id), None)
    if found is None:
        raise NotFound
    return found


def _known(actor: Actor, desk: Desk, macro_id: int) -> Macro:
    """A macro of the desk; personal ones are not there. Raises NotFound."""
    found = queries.macro(actor, macro_id)
    if found.desk_id != desk.pk or found.owner_id is not None:
        raise NotFound
    return found
