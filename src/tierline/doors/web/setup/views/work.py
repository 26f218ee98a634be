"""Work in the background that went wrong: what, why, and whether it is tried again or forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tierline.core.kernel import failed_jobs, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.failed_jobs import Failure
from tierline.core.timeline.queries import subjects_of
from tierline.desk.people.rules import Right
from tierline.desk.tickets.queries import names_of
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.setup.frame import setup_page

PLACE = "setup:work"


@dataclass(frozen=True)
class Line:
    """One job that went wrong, in words: what it does, what it was about, the reference of its ticket."""

    job: Failure
    what: str
    about: str
    reference: str


@needs(Right.SETUP)
@require_safe
def work(request: SignedInRequest) -> HttpResponse:
    """What gave up, and what is tried again by itself."""
    gave_up, again = failed_jobs.gave_up(), failed_jobs.tried_again()
    lines = lines_of(request.actor, [*gave_up, *again])
    total = failed_jobs.how_many_gave_up()
    context = {
        "headline": headline(total),
        "total": total,
        "gave_up": lines[: len(gave_up)],
        "again": lines[len(gave_up) :],
    }
    return setup_page(request, "setup/work.html", PLACE, context)


@needs(Right.SETUP)
@require_POST
def retry(request: SignedInRequest, job_id: int) -> HttpResponse:
    """Try a job once more, from the beginning."""
    if failed_jobs.retry(job_id):
        say(request, _("It is tried again."))
    else:
        say(request, _("It is not there any more, or the same work waits already."), tone="warn")
    return HttpResponseRedirect(reverse(PLACE))


@needs(Right.SETUP)
@require_POST
def retry_all(request: SignedInRequest) -> HttpResponse:
    """Try again all that are shown."""
    done = sum(failed_jobs.retry(one.job_id) for one in failed_jobs.gave_up())
    say(request, ngettext("%(n)s job is tried again.", "%(n)s jobs are tried again.", done) % {"n": done})
    return HttpResponseRedirect(reverse(PLACE))


@needs(Right.SETUP)
@require_POST
def drop(request: SignedInRequest, job_id: int) -> HttpResponse:
    """Forget a job that gave up."""
    if failed_jobs.drop(job_id, by=request.actor.label):
        say(request, _("It is forgotten: what it was to do stays undone."))
    else:
        say(request, _("It is not there any more."), tone="warn")
    return HttpResponseRedirect(reverse(PLACE))


def lines_of(viewer: Actor, found: Sequence[Failure]) -> list[Line]:
    """Each job in words; a ticket is named only to those who may see it."""
    entries = subjects_of("ticket", [_number(one, "entry_id") for one in found])
    tickets = [_number(one, "ticket_id") or entries.get(_number(one, "entry_id"), 0) for one in found]
    names = names_of(viewer, [one for one in tickets if one])
    return [
        Line(one, jobs.meaning(one.name), _about(one), names[ticket][0] if ticket in names else "")
        for one, ticket in zip(found, tickets, strict=True)
    ]


def _number(job: Failure, name: str) -> int:
    value = job.args.get(name, 0)
    return value if isinstance(value, int) else 0


def _about(job: Failure) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(job.args.items()) if name != "timestamp")


def headline(failed: int) -> str:
    """The page's conclusion in one sentence. How much waits would tell of tickets that the reader does not see."""
    if not failed:
        return _("No job has given up.")
    return ngettext("%(n)s job gave up.", "%(n)s jobs gave up.", failed) % {"n": failed}
