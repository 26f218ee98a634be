"""How every editor here works: try it and see what it changes, or write it; what is refused stands at its field."""

from collections.abc import Callable
from typing import Protocol

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from tierline.core.kernel.errors import Invalid, TierlineError
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.said import refuse, say
from tierline.doors.web.setup.frame import UNPROCESSABLE
from tierline.doors.web.setup.frame import show as show_problem

from .effects import Preview


class Shown(Protocol):
    """The editor's page with what was typed, and perhaps a preview."""

    def __call__(self, *, preview: Preview | None = None, status: int = 200) -> HttpResponse: ...


def wants_trial(request: SignedInRequest) -> bool:
    """Whether the change shall only be tried."""
    return "try" in request.POST


def answer(
    request: SignedInRequest,
    form: forms.Form,
    *,
    trial: Callable[[], Preview],
    write: Callable[[], object],
    shown: Shown,
    back: str,
) -> HttpResponse:
    """Try the change or write it, as the button says; after writing, back to `back`."""
    if not form.is_valid():
        return shown(status=UNPROCESSABLE)
    try:
        if wants_trial(request):
            return shown(preview=trial())
        write()
    except TierlineError as problem:
        if not (isinstance(problem, Invalid) and problem.fields):
            refuse(request, problem)
        show_problem(form, problem)
        return shown(status=UNPROCESSABLE)
    say(request, _("Saved."))
    return HttpResponseRedirect(back)
