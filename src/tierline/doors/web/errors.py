"""Errors as pages: what happened, what was kept, what to do. Denied and missing are one and the same page."""

import logging

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tierline.core.kernel.errors import ChangedMeanwhile, Invalid, NotFound, TemporaryError, TierlineError
from tierline.desk.people.rules import Right, may
from tierline.doors.web.render import page

NOT_FOUND, CONFLICT, UNPROCESSABLE, REFUSED, FAILED, AWAY = 404, 409, 422, 403, 500, 503
log = logging.getLogger("tierline.web")


def page_for(request: HttpRequest, problem: Exception) -> HttpResponse | None:
    """The page for an error of the house that no view took care of; nothing for any other exception."""
    if isinstance(problem, NotFound):
        return not_found(request)
    if isinstance(problem, TierlineError):
        return problem_page(request, title=_("That did not work"), problem=problem, status=status_of(problem))
    return None


def status_of(problem: TierlineError) -> int:
    """The HTTP status that says the same as the error."""
    if isinstance(problem, NotFound):
        return NOT_FOUND
    if isinstance(problem, ChangedMeanwhile):
        return CONFLICT
    if isinstance(problem, TemporaryError):
        return AWAY
    return UNPROCESSABLE if isinstance(problem, Invalid) else REFUSED


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The one page for "there is nothing here" and "it is not for you to see"."""
    del exception
    words = NotFound(todo=_("Check the address, or start from the first page."))
    return problem_page(request, title=_("Not found"), problem=words, status=NOT_FOUND)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's own refusals: too many fields, a broken upload, a host that is not ours."""
    del exception
    words = TierlineError(_("We could not read what was sent."), todo=_("Go back and try it once more."))
    return problem_page(request, title=_("That did not work"), problem=words, status=400)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that is older than the session it came from."""
    del reason
    words = TierlineError(
        _("This form is too old, or cookies are switched off."),
        kept=_("Your text is still in the form."),
        todo=_("Go back, load the page again and send it once more."),
    )
    return problem_page(request, title=_("That did not work"), problem=words, status=REFUSED)


def failed(request: HttpRequest) -> HttpResponse:
    """A fault of ours; the request id leads to its traceback in the log."""
    log.error("request %s failed", getattr(request, "request_id", "-"))
    words = TierlineError(
        _("Something broke on our side."),
        kept=_("Nothing that was saved before is lost."),
        todo=_("Try it once more. If it stays, tell us the number %(id)s.")
        % {"id": getattr(request, "request_id", "-")},
    )
    return problem_page(request, title=_("That is our fault"), problem=words, status=FAILED)


def problem_page(request: HttpRequest, *, title: str, problem: TierlineError, status: int) -> HttpResponse:
    """The same words in the clothes of where one works: agents keep their navigation and search."""
    actor = getattr(request, "actor", None)  # a fault may come before anybody is known
    in_console = actor is not None and may(actor, Right.CONSOLE)
    template = "console/refused.html" if in_console else "portal/problem.html"
    return page(request, template, {"title": title, "problem": problem, "here": ""}, status=status)
