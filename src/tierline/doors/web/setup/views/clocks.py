"""Policies, calendars and their changes: nothing applies before its preview was looked at."""

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tierline.core.kernel.errors import Invalid, TierlineError
from tierline.desk.catalogue import operations as catalogue_verbs
from tierline.desk.catalogue import queries as catalogue
from tierline.desk.people.rules import Right, may
from tierline.desk.sla import operations, queries
from tierline.desk.sla.models import ClockChange
from tierline.desk.sla.rules import PRIORITIES, ROWS
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.queries import names_of
from tierline.doors.web import labels
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import refuse, say
from tierline.doors.web.setup import clock_rows
from tierline.doors.web.setup.frame import UNPROCESSABLE, setup_page

PLACE = "setup:clocks"
MOVES_SHOWN = 100
READ_AT_ONCE = 1_000_001  # bytes of a file that is imported


@needs(Right.DESK_SETUP)
@require_safe
def clocks(request: SignedInRequest) -> HttpResponse:
    """Every policy and calendar in force, the vendors, and the newest changes."""
    found = queries.policies(request.actor)
    context = {
        "policies": [(one, clock_rows.scope_words(one)) for one in found],
        "calendars": [(one, sum(p.calendar.key == one.key for p in found)) for one in queries.calendars(request.actor)],
        "vendors": catalogue.vendors(request.actor),
        "changes": queries.changes(request.actor),
        "durations": clock_rows.duration_words,
        "rows": clock_rows.ROW_WORDS,
        "priorities": PRIORITIES,
        "whole_house": may(request.actor, Right.SETUP),
    }
    return setup_page(request, "setup/clocks.html", PLACE, context)


@needs(Right.DESK_SETUP)
@require_http_methods(["GET", "POST"])
def policy(request: SignedInRequest, key: str = "") -> HttpResponse:
    """One policy: its targets, hours and scope, and every version of it. What is written is previewed first."""
    history = queries.policy_versions(request.actor, key) if key else []
    if request.method != "POST":
        shown = next((one for one in history if str(one.version) == request.GET.get("version")), None)
        newest = history[0] if history else None
        return _policy_page(request, history, clock_rows.policy_fields(shown or newest))
    try:
        change = operations.propose_policy(actor=request.actor, key=key, **clock_rows.read_policy(request.POST))
    except TierlineError as problem:
        return _policy_page(request, history, request.POST.dict(), problem)
    return _to_preview(request, change)


@needs(Right.DESK_SETUP)
@require_POST
def withdraw(request: SignedInRequest, key: str) -> HttpResponse:
    """Preview what happens without this policy."""
    return _to_preview(request, operations.propose_withdrawal(actor=request.actor, key=key))


def _policy_page(
    request: SignedInRequest,
    history: Any,  # noqa: ANN401 (versions, newest first)
    fields: Mapping[str, Any],
    problem: TierlineError | None = None,
) -> HttpResponse:
    context = {
        "history": [(one, clock_rows.policy_changes(before, one)) for one, before in zip_longest(history, history[1:])],
        "policy": history[0] if history else None,
        "fields": fields,
        "rows": [(row, clock_rows.ROW_WORDS[row], clock_rows.ROW_HINTS.get(row, "")) for row in ROWS],
        "priorities": PRIORITIES,
        "calendars": [(one.key, one.name) for one in queries.calendars(request.actor)],
        "desks": [*_every(request), *((one.pk, one.name) for one in queries.desks_to_change(request.actor))],
        "services": [("", _("every service")), *((one.pk, one.name) for one in catalogue.services(request.actor))],
        "kinds": [("", _("every kind")), *((kind, labels.kind(kind)) for kind in ("incident", "request"))],
        "plans": [("", _("every plan")), *((plan, plan) for plan in _plans(fields))],
        "vendors": [("", _("no vendor's")), *((one.pk, one.name) for one in catalogue.vendors(request.actor))],
        "waits": [(whom, labels.waiting(whom)) for whom in clock_rows.WAITS],
        "problem": problem,
        "wrong": problem.fields if isinstance(problem, Invalid) else {},
    }
    status = UNPROCESSABLE if problem is not None else 200
    return setup_page(request, "setup/policy.html", PLACE, context, status=status)


def _every(request: SignedInRequest) -> list[tuple[str, str]]:
    """What holds for every desk is not one desk's administrator's to change."""
    return [("", _("every desk"))] if may(request.actor, Right.SETUP) else []


def _plans(fields: Mapping[str, Any]) -> list[str]:
    return sorted({*catalogue.plans(), str(fields.get("plan", ""))} - {""})


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def calendar(request: SignedInRequest, key: str = "") -> HttpResponse:
    """One calendar: its hours and closed days, typed or imported, and every version of it."""
    history = queries.calendar_versions(request.actor, key) if key else []
    if request.method != "POST":
        shown = next((one for one in history if str(one.version) == request.GET.get("version")), None)
        newest = history[0] if history else None
        return _calendar_page(request, history, clock_rows.calendar_fields(shown or newest))
    fields = request.POST.dict()
    try:
        if "import" in request.POST:
            return _calendar_page(request, history, fields | {"closures": _with_imported(request)})
        given = clock_rows.read_calendar(request.POST)
        if key:
            return _to_preview(request, operations.propose_calendar(actor=request.actor, key=key, **given))
        made = operations.write_calendar(actor=request.actor, **given)  # nobody uses it yet: nothing to preview
    except TierlineError as problem:
        return _calendar_page(request, history, fields, problem)
    say(request, _("%(name)s is there.") % {"name": made.name}, todo=_("A policy can use it now."))
    return HttpResponseRedirect(reverse("setup:calendar", args=[made.key]))


def _with_imported(request: SignedInRequest) -> str:
    """The closed days of the form, and those of the file or country; nothing is written yet. Raises Invalid."""
    try:
        typed = clock_rows.closures_typed(request.POST.get("closures", ""))
    except ValueError as problem:
        raise Invalid({"closures": _("This line is no closed day: %(line)s") % {"line": problem}}) from None
    file, country = request.FILES.get("file"), request.POST.get("country", "").strip()
    if file is None and not country:
        raise Invalid({"country": _("Choose a file, or type a country.")})
    found = operations.closures_in(file.read(READ_AT_ONCE), request.POST.get("zone", "UTC")) if file is not None else []
    if country:
        found += operations.holidays_of(country.upper()[:2], request.POST.get("subdivision", "").strip()[:10])
    known = {(one["day"], one.get("from")) for one in typed}
    new = [one for one in found if (one["day"], one.get("from")) not in known]
    return clock_rows.closures_words(sorted([*typed, *new], key=lambda one: (one["day"], one.get("from") or 0)))


def _calendar_page(
    request: SignedInRequest,
    history: Any,  # noqa: ANN401 (versions, newest first)
    fields: Mapping[str, Any],
    problem: TierlineError | None = None,
) -> HttpResponse:
    users = [one for one in queries.policies(request.actor) if history and one.calendar.key == history[0].key]
    context = {
        "history": [
            (one, clock_rows.calendar_changes(before, one)) for one, before in zip_longest(history, history[1:])
        ],
        "calendar": history[0] if history else None,
        "users": users,
        "fields": fields,
        "days": [(f"day-{number}", words) for number, words in enumerate(clock_rows.WEEKDAYS)],
        "imported": "import" in request.POST and problem is None,
        "problem": problem,
        "wrong": problem.fields if isinstance(problem, Invalid) else {},
    }
    status = UNPROCESSABLE if problem is not None else 200
    return setup_page(request, "setup/calendar.html", PLACE, context, status=status)


def _to_preview(request: SignedInRequest, change: ClockChange) -> HttpResponse:
    tickets.ask_preview(actor=request.actor, change_id=change.pk)
    return HttpResponseRedirect(reverse("setup:clock-change", args=[change.pk]))


@needs(Right.DESK_SETUP)
@require_safe
def change(request: SignedInRequest, change_id: int) -> HttpResponse:
    """What a change would move, while it is counted, before it applies, and afterwards."""
    return setup_page(request, "setup/clock_change.html", PLACE, _change_context(request, change_id))


@needs(Right.DESK_SETUP)
@require_safe
def change_state(request: SignedInRequest, change_id: int) -> HttpResponse:
    """The part of the page that changes while a job runs."""
    context = _change_context(request, change_id)
    return setup_page(request, "setup/clock_change.html", PLACE, context, block="state")


def _change_context(request: SignedInRequest, change_id: int) -> dict[str, Any]:
    found = queries.change(request.actor, change_id)
    moves = queries.moves(request.actor, change_id, limit=MOVES_SHOWN)
    names = names_of(request.actor, [one.ticket_id for one in moves])
    return {
        "change": found,
        "running": found.state in {"preview", "applying"},
        "share": found.done / found.total if found.total else 1,
        "conclusion": conclusion(found),
        "differences": _differences(found),
        "moves": [(one, names.get(one.ticket_id)) for one in moves],
    }


def conclusion(change: ClockChange) -> str:
    """The preview in one sentence."""
    if not change.moved:
        return _("No due time moves.")
    sooner = change.moved - change.later
    moved = ngettext("%(n)s due time moves", "%(n)s due times move", change.moved) % {"n": change.moved}
    over = ngettext("%(n)s breaches now", "%(n)s breach now", change.breached) % {"n": change.breached}
    detail = _("%(later)s later, %(sooner)s sooner") % {"later": change.later, "sooner": sooner}
    return f"{moved}, {over} ({detail})."


def _differences(change: ClockChange) -> list[tuple[str, list[str]]]:
    """What the change does differently from what it replaces: a name, and line by line."""
    calendars, policies = operations.replaced_by(change)
    found = [(str(after), clock_rows.calendar_changes(before, after)) for before, after in calendars]
    return found + [(str(after), clock_rows.policy_changes(before, after)) for before, after in policies]


def _verb(
    request: SignedInRequest, change_id: int, work: Callable[..., ClockChange], words: str, *, back: bool
) -> HttpResponse:
    try:
        work(actor=request.actor, change_id=change_id)
        say(request, words)
    except TierlineError as problem:
        refuse(request, problem)
        back = True
    return HttpResponseRedirect(reverse("setup:clock-change", args=[change_id]) if back else reverse("setup:clocks"))


@needs(Right.DESK_SETUP)
@require_POST
def apply(request: SignedInRequest, change_id: int) -> HttpResponse:
    """Put a change in force."""
    words = _("It holds from now on. Every open clock is read anew.")
    return _verb(request, change_id, tickets.apply_change, words, back=True)


@needs(Right.DESK_SETUP)
@require_POST
def drop(request: SignedInRequest, change_id: int) -> HttpResponse:
    """Forget a change that was not applied."""
    return _verb(request, change_id, operations.drop_change, _("Dropped. Nothing has changed."), back=False)


@needs(Right.SETUP)
@require_POST
def new_vendor(request: SignedInRequest) -> HttpResponse:
    """Somebody outside whom tickets may wait for."""
    try:
        name = request.POST.get("name", "")
        made = catalogue_verbs.create_vendor(actor=request.actor, key=operations.slug(name), name=name)
        say(request, _("Tickets can wait for %(name)s now.") % {"name": made.name})
    except TierlineError as problem:
        refuse(request, problem)
    return HttpResponseRedirect(reverse("setup:clocks"))
