"""The editor of somebody's working time: the week, days that differ, absences and capacity, tried on the coverage."""

from collections.abc import Mapping
from datetime import date

from django import forms as django_forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.people import events, operations
from tierline.desk.people.queries import may_plan
from tierline.desk.people.rules import Right
from tierline.desk.people.rules.availability import WeeklyShift, shift_fault
from tierline.doors.web.actor import SignedInRequest, zone_of
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.setup.frame import UNPROCESSABLE
from tierline.doors.web.staff import forms, week_rows
from tierline.doors.web.staff.effects import Preview, preview
from tierline.doors.web.staff.frame import reason_words, staff_page, zone_name
from tierline.doors.web.staff.history import lines
from tierline.doors.web.staff.hours import DAYS, between
from tierline.doors.web.staff.trying import Shown, answer, wants_trial
from tierline.doors.web.staff.views.profile import days_of
from tierline.doors.web.staff.week_rows import WeekRow
from tierline.insight.staffing.queries import profiles, trials

PLACE = "staff:everybody"
Shifts = list[tuple[int, int, int]]
HISTORY = (
    events.WeekPlanned.kind,
    events.DayPlanned.kind,
    events.AbsenceRecorded.kind,
    events.AbsenceCancelled.kind,
    events.CapacitySet.kind,
)


@needs(Right.CONSOLE)
@require_safe
def working_time(request: SignedInRequest, person_id: int) -> HttpResponse:
    """The editor's page: one's own, or that of somebody one plans."""
    return _page(request, person_id)


@needs(Right.CONSOLE)
@require_POST
def week(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Try another week on the coverage, or write it."""
    _may_plan(request, person_id)
    rows = week_rows.typed(request.POST)
    try:
        shifts = _read(rows)
        if wants_trial(request):
            effects = trials.try_week(request.actor, person_id, shifts, zone_name(request))
            return _page(request, person_id, rows=rows, preview=preview(effects))
        operations.plan_week(actor=request.actor, person_id=person_id, week=shifts)
    except Invalid as problem:
        return _page(request, person_id, rows=rows, error=problem.for_people(), status=UNPROCESSABLE)
    say(request, _("The week is planned."))
    return HttpResponseRedirect(_back(person_id))


@needs(Right.CONSOLE)
@require_POST
def day(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Let one day differ from the week."""
    _may_plan(request, person_id)
    form = forms.DayForm(request.POST)

    def trial() -> Preview:
        zone = zone_name(request)
        return preview(trials.try_day(request.actor, person_id, form.cleaned_data["day"], form.spans, zone))

    def write() -> None:
        operations.plan_day(
            actor=request.actor,
            person_id=person_id,
            day=form.cleaned_data["day"],
            spans=form.spans,
            words=form.cleaned_data["words"],
        )

    shown = _shown(request, person_id, day_form=form)
    return answer(request, form, trial=trial, write=write, shown=shown, back=_back(person_id))


@needs(Right.CONSOLE)
@require_POST
def lift(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Let a day follow the week again."""
    _may_plan(request, person_id)
    try:
        chosen = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        raise NotFound from None
    operations.lift_day(actor=request.actor, person_id=person_id, day=chosen)
    return HttpResponseRedirect(_back(person_id))


@needs(Right.CONSOLE)
@require_POST
def absence(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Note an absence with a deputy: one's own, or that of somebody one plans."""
    person = profiles.colleague(request.actor, person_id)
    form = forms.AbsenceForm(request.POST, deputies=_others(request, person_id))

    def trial() -> Preview:
        begin, end = form.span(zone_of(person.timezone))
        return preview(trials.try_absence(request.actor, person_id, begin, end, zone_name(request)))

    def write() -> None:
        begin, end = form.span(zone_of(person.timezone))
        operations.record_absence(
            actor=request.actor,
            person_id=person_id,
            starts_at=begin,
            ends_at=end,
            reason=form.cleaned_data["reason"],
            deputy_id=form.cleaned_data["deputy"],
        )

    shown = _shown(request, person_id, absence_form=form)
    return answer(request, form, trial=trial, write=write, shown=shown, back=_back(person_id))


@needs(Right.CONSOLE)
@require_POST
def cancel_absence(request: SignedInRequest, absence_id: int) -> HttpResponse:
    """Call an absence off."""
    person_id = operations.cancel_absence(actor=request.actor, absence_id=absence_id)
    say(request, _("The absence is called off."))
    return HttpResponseRedirect(_back(person_id))


@needs(Right.CONSOLE)
@require_POST
def capacity(request: SignedInRequest, person_id: int) -> HttpResponse:
    """How many tickets somebody looks after at the same time."""
    _may_plan(request, person_id)
    form = forms.CapacityForm(request.POST)

    def write() -> None:
        operations.set_capacity(actor=request.actor, person_id=person_id, capacity=form.cleaned_data["capacity"])

    shown = _shown(request, person_id, capacity_form=form)
    return answer(request, form, trial=Preview, write=write, shown=shown, back=_back(person_id))


def _may_plan(request: SignedInRequest, person_id: int) -> None:
    profiles.colleague(request.actor, person_id)
    if not may_plan(request.actor, person_id):
        raise NotFound


def _back(person_id: int) -> str:
    return reverse("staff:working-time", args=[person_id])


def _others(request: SignedInRequest, person_id: int) -> list[tuple[int, str]]:
    there = profiles.staff_of(request.actor)
    return [(one.person_id, one.name) for one in there if one.person_id != person_id]


def _read(rows: list[WeekRow]) -> Shifts:
    shifts = week_rows.read(rows)
    fault = next((words for row in shifts if (words := shift_fault(WeeklyShift(*row)))), "")
    if fault:
        raise Invalid({"week": fault})
    return shifts


def _shown(request: SignedInRequest, person_id: int, **given: django_forms.Form) -> Shown:
    def show(*, preview: Preview | None = None, status: int = 200) -> HttpResponse:
        return _page(request, person_id, preview=preview, status=status, typed=given)

    return show


def _page(
    request: SignedInRequest,
    person_id: int,
    *,
    rows: list[WeekRow] | None = None,
    preview: Preview | None = None,
    error: str = "",
    status: int = 200,
    typed: Mapping[str, django_forms.Form] | None = None,
) -> HttpResponse:
    found = profiles.profile(request.actor, person_id)
    if not (found.own or found.plans):
        raise NotFound
    planned = [(one.weekday, one.from_minute, one.to_minute) for one in found.week]
    context: dict[str, object] = {
        "p": found,
        "days": days_of(found),
        "rows": rows or week_rows.filled(planned),
        "day_choices": list(enumerate(DAYS)),
        "between": between,
        "reason_words": reason_words,
        "day_form": forms.DayForm(),
        "absence_form": forms.AbsenceForm(deputies=_others(request, person_id)),
        "capacity_form": forms.CapacityForm(initial={"capacity": found.person.capacity}),
        "preview": preview,
        "error": error,
        "history": lines(profiles.history(person_id, *HISTORY), found.skills),
    }
    return staff_page(request, "staff/working_time.html", PLACE, context | dict(typed or {}), status=status)
