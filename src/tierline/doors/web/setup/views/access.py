"""Why somebody can see something, or cannot: asked for any object, answered by the rule that decides."""

import re
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import Person
from tierline.desk.people.queries import found_by_words
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.setup.forms import WhyForm
from tierline.doors.web.setup.frame import setup_page, status_for
from tierline.insight.access.queries import Answer, Grant, grants, why

PLACE = "setup:access"
KINDS = (
    ("ticket", gettext_lazy("Ticket")),
    ("attachment", gettext_lazy("File")),
    ("evidence", gettext_lazy("Evidence")),
    ("handover", gettext_lazy("Hand-over")),
    ("recipe", gettext_lazy("Recipe")),
    ("article", gettext_lazy("Article")),
    ("problem", gettext_lazy("Problem")),
    ("known-error", gettext_lazy("Known error")),
    ("person", gettext_lazy("Person")),
    ("report", gettext_lazy("Report")),
)
NUMBER = re.compile(r"0*([0-9]{1,18})$")


@dataclass(frozen=True)
class Shown:
    """What the page tells: an answer, or several people to choose from, or that there is nothing to tell."""

    answer: Answer | None = None
    person: Person | None = None
    choices: tuple[Person, ...] = ()
    grants: tuple[Grant, ...] = ()
    nothing: str = ""


@needs(Right.ACCESS_AUDIT)
@require_safe
def access(request: SignedInRequest) -> HttpResponse:
    """The question and its answer; both stand in the address, so that they can be passed on."""
    asked = "kind" in request.GET
    form = WhyForm(request.GET if asked else None, kinds=KINDS)
    shown = _answer(request, form) if asked and form.is_valid() else Shown()
    context = {"form": form, "shown": shown, "kinds": dict(KINDS), "person": request.GET.get("person", "")[:254]}
    return setup_page(request, "setup/access.html", PLACE, context, status=status_for(form))


def _answer(request: SignedInRequest, form: WhyForm) -> Shown:
    typed = form.cleaned_data
    found = found_by_words(request.actor, typed["person"])
    if len(found) != 1:
        return Shown(choices=tuple(found), nothing="" if found else _("Nobody has that name or address."))
    number = NUMBER.search(typed["number"].strip())
    try:
        answer = why(
            request.actor,
            person_id=found[0].pk,
            kind=typed["kind"],
            object_id=int(number[1]) if number else 0,
        )
    except NotFound:
        return Shown(person=found[0], nothing=_("There is no such thing, or it is not yours to ask about."))
    return Shown(answer=answer, person=found[0], grants=tuple(grants(request.actor, found[0].pk)))
