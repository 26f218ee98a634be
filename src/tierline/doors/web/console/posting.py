"""A form on the ticket page: parse, one verb, one sentence, back to the ticket. What was typed survives a refusal."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST

from tierline.core.kernel.errors import Invalid, NotFound, TierlineError
from tierline.desk.people.rules import Right
from tierline.desk.tickets.queries import is_visible
from tierline.desk.tickets.rules import number_in
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.errors import status_of
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say

Verb = Callable[..., str]
Show = Callable[..., HttpResponse]
View = Callable[..., HttpResponseBase]


class TicketNumber:
    """The path part that names a ticket: ``INC-20418``, ``REQ-8812`` or the bare number."""

    regex = r"(?:[A-Z]{3}-)?[0-9]{1,11}"

    def to_python(self, value: str) -> int:
        """Give the number. Raises ValueError for an unknown prefix, which makes the page not found."""
        number = number_in(value)
        if number is None:
            raise ValueError(value)
        return number

    def to_url(self, value: str | int) -> str:
        """Print a reference or a number as it is."""
        return str(value)


def read(form: forms.Form) -> dict[str, Any]:
    """Give what a form says. Raises Invalid with one sentence a field."""
    if form.is_valid():
        return form.cleaned_data
    raise Invalid({name: " ".join(str(error) for error in errors) for name, errors in form.errors.items()})


def ticket_verb(right: Right, show: Show) -> Callable[[Verb], View]:
    """A view around a verb that returns what to say. A refusal shows the page again, with everything typed in place."""

    def decorate(verb: Verb) -> View:
        @needs(right)
        def view(request: SignedInRequest, /, number: int, **parts: str) -> HttpResponseBase:
            try:
                sentence = verb(request, number, **parts)
            except NotFound:
                raise
            except TierlineError as problem:
                return show(request, number, problem=problem, typed=request.POST, status=status_of(problem))
            if sentence:
                say(request, sentence)
            if not is_visible(request.actor, number):  # it went to a desk that this person does not see
                return HttpResponseRedirect(reverse("console:queue"))
            return HttpResponseRedirect(reverse("console:ticket", args=[number]) + request.POST.get("pane", ""))

        return require_POST(wraps(verb)(view))

    return decorate
