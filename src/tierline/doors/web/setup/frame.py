"""The frame of every set-up page: its places, and how a verb's refusal reaches the form that caused it."""

from collections.abc import Mapping

from django import forms
from django.http import HttpResponse

from tierline.core.kernel.errors import Invalid, TierlineError
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.render import page
from tierline.doors.web.setup.places import places_of

UNPROCESSABLE = 422


def setup_page(
    request: SignedInRequest,
    template: str,
    place: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
    block: str = "",
) -> HttpResponse:
    """One set-up page; `place` is the address name that the list of places marks as current, `block` its live part."""
    everything = {"section": "setup", "places": places_of(request.actor), "place": place, **context}
    return page(request, template, everything, status=status, block=block)


def show(form: forms.Form, problem: TierlineError) -> None:
    """Put a refusal where it belongs: at its field, else at the first one."""
    fields = problem.fields if isinstance(problem, Invalid) else {}
    for name, words in fields.items():
        form.add_error(name if name in form.fields else next(iter(form.fields)), words)
    if not fields:
        form.add_error("key" if "key" in form.fields else next(iter(form.fields)), problem.for_people())


def status_for(*given: forms.Form) -> int:
    """422 while one of the forms has an error, else 200."""
    return UNPROCESSABLE if any(form.is_bound and form.errors for form in given) else 200
