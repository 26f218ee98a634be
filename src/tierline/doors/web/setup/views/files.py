"""Where files are kept, and who looks for viruses: how it is, and a live test of both."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tierline.core.kernel import antivirus, storage, trials
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.setup.frame import setup_page
from tierline.doors.web.setup.trial_words import trial_of

PLACE = "setup:files"
TESTS = {"storage": storage.TRIAL, "scanner": antivirus.TRIAL}


@needs(Right.SETUP)
@require_safe
def files(request: SignedInRequest) -> HttpResponse:
    """The data folder, the object storage, the virus scanner."""
    return setup_page(request, "setup/files.html", PLACE, _state())


@needs(Right.SETUP)
@require_safe
def state(request: SignedInRequest) -> HttpResponse:
    """The part of the page that changes while a test runs; htmx asks for it every second."""
    return setup_page(request, "setup/files.html", PLACE, _state(), block="state")


@needs(Right.SETUP)
@require_POST
def test(request: SignedInRequest, what: str) -> HttpResponse:
    """Try the object storage or the virus scanner."""
    if what not in TESTS:
        raise Http404
    trials.ask(actor=request.actor, kind=TESTS[what])
    return HttpResponseRedirect(reverse(PLACE))


@needs(Right.SETUP)
@require_POST
def carry(request: SignedInRequest) -> HttpResponse:
    """Have carried what waits, now: what was there before the object storage as well."""
    storage.carry_soon()
    say(request, _("Files are being carried. Look again in a moment."))
    return HttpResponseRedirect(reverse(PLACE))


def _state() -> dict[str, Any]:
    told = storage.state()
    tried = {"storage": trial_of(storage.TRIAL), "scanner": trial_of(antivirus.TRIAL)}
    return {
        "told": told,
        "sums": _sums(told),
        "headline": _headline(told),
        "trials": tried,
        "running": any(one and one.running for one in tried.values()),
        "scanner": settings.TIERLINE_CLAMD,
    }


def _headline(told: storage.State) -> tuple[str, str]:
    """How carrying goes, as a tone and in words."""
    if not told.waiting:
        return "good", _("everything is carried")
    waits = ngettext("%(n)s waiting to be carried", "%(n)s waiting to be carried", told.waiting) % {"n": told.waiting}
    if not told.failed:
        return "warn", waits
    failed = ngettext("%(n)s failed", "%(n)s failed", told.failed) % {"n": told.failed}
    return "bad", f"{waits}, {failed}"


def _sums(told: storage.State) -> list[tuple[str, int, int | None]]:
    """Counts with their sizes in bytes, where they have one."""
    sums: list[tuple[str, int, int | None]] = [
        (_("Large files"), told.files, told.size),
        (_("In the data folder"), told.here, told.here_size),
    ]
    if told.place:
        sums += [(_("In the object storage"), told.carried, None), (_("Waiting"), told.waiting, None)]
    return sums
