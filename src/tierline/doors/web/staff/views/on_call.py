"""Who is on call in each group, and the editor of a group's rotation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django import forms as django_forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tierline.core.kernel import clock
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import whole_number
from tierline.desk.people import operations, queries
from tierline.desk.people.models import Person
from tierline.desk.people.queries.presence import rotation_of
from tierline.desk.people.rules import Right
from tierline.desk.people.rules.availability import Rotation, Swap
from tierline.doors.web.actor import SignedInRequest, zone_of
from tierline.doors.web.gate import needs
from tierline.doors.web.staff import forms
from tierline.doors.web.staff.effects import Preview, Said
from tierline.doors.web.staff.frame import staff_page
from tierline.doors.web.staff.history import Line, on_call_words
from tierline.doors.web.staff.trying import Shown, answer
from tierline.doors.web.words import day_time
from tierline.insight.staffing.queries import on_call as turns
from tierline.insight.staffing.queries import profiles
from tierline.insight.staffing.queries.on_call import AHEAD, GroupOnCall, TurnRow

PLACE = "staff:on-call"
SPARE = 2
MOST = 30
TURNS_SAID = 8


@dataclass(frozen=True)
class Bar:
    """A turn in the picture: `x` and `width` in hundredths of the time shown; `who` picks one of six looks."""

    x: float
    width: float
    who: int
    name: str
    words: str
    away: bool
    swapped: bool


@needs(Right.CONSOLE)
@require_safe
def on_call(request: SignedInRequest) -> HttpResponse:
    """Every group with whose turn it is now and next."""
    found = turns.everywhere(request.actor)
    context = {
        "rows": [(one, bars(one.turns)) for one in found if one.rotation is not None],
        "without": [one for one in found if one.rotation is None],
        "weeks": _weeks(),
    }
    return staff_page(request, "staff/on_call.html", PLACE, context)


@needs(Right.CONSOLE)
@require_safe
def rotation(request: SignedInRequest, group_id: int) -> HttpResponse:
    """The rotation of one group."""
    return _page(request, turns.group(request.actor, group_id))


@needs(Right.CONSOLE)
@require_POST
def plan(request: SignedInRequest, group_id: int) -> HttpResponse:
    """Try another rotation, or write it."""
    found = _planned(request, group_id)
    form = forms.RotationForm(request.POST)
    people = _typed_people(request)
    zone = _zone(request, found)

    def trial() -> Preview:
        return _preview(found, _as_typed(form, people, zone))

    def write() -> None:
        typed = form.cleaned_data
        operations.plan_rotation(
            actor=request.actor,
            group_id=group_id,
            name=typed["name"],
            timezone=zone.key,
            first_at=form.first_at(zone),
            days=typed["days"],
            people=people,
        )

    shown = _shown(request, found, rotation_form=form, places=people)
    return answer(request, form, trial=trial, write=write, shown=shown, back=_back(group_id))


@needs(Right.CONSOLE)
@require_POST
def take_over(request: SignedInRequest, group_id: int) -> HttpResponse:
    """Let somebody take over for a while, or see what that changes."""
    found = _planned(request, group_id)
    if found.rotation is None:
        raise NotFound
    row = found.rotation
    form = forms.SwapForm(request.POST, people=_members(request, group_id))
    zone = zone_of(row.timezone)

    def trial() -> Preview:
        now = rotation_of(row)
        swap = Swap(form.cleaned_data["person"], *form.span(zone))
        return _preview(found, Rotation(now.timezone, now.first, now.days, now.people, (*now.swaps, swap)))

    def write() -> None:
        begin, end = form.span(zone)
        operations.take_over_on_call(
            actor=request.actor,
            rotation_id=row.pk,
            person_id=form.cleaned_data["person"],
            starts_at=begin,
            ends_at=end,
        )

    shown = _shown(request, found, swap_form=form)
    return answer(request, form, trial=trial, write=write, shown=shown, back=_back(group_id))


def bars(rows: Sequence[TurnRow]) -> list[Bar]:
    """Turns as a picture of the time ahead."""
    begin = clock.now()
    order = {pk: place for place, pk in enumerate(dict.fromkeys(row.turn.person_id for row in rows))}
    return [
        Bar(
            x=round((row.turn.starts_at - begin) / AHEAD * 100, 2),
            width=round((row.turn.ends_at - row.turn.starts_at) / AHEAD * 100, 2),
            who=order[row.turn.person_id] % 6,
            name=row.name,
            words=_turn_words(row),
            away=row.away,
            swapped=row.turn.swapped,
        )
        for row in rows
    ]


def _turn_words(row: TurnRow) -> str:
    given = {"from": day_time(row.turn.starts_at), "to": day_time(row.turn.ends_at), "who": row.name}
    return _("%(from)s to %(to)s: %(who)s") % given


def _weeks() -> list[date]:
    """The days at which the weeks of the picture begin."""
    return [(clock.now() + timedelta(days=7 * number)).date() for number in range(AHEAD // timedelta(days=7))]


def _planned(request: SignedInRequest, group_id: int) -> GroupOnCall:
    found = turns.group(request.actor, group_id)
    if not found.plans:
        raise NotFound
    return found


def _back(group_id: int) -> str:
    return reverse("staff:rotation", args=[group_id])


def _zone(request: SignedInRequest, found: GroupOnCall) -> ZoneInfo:
    return zone_of(found.rotation.timezone if found.rotation else request.user.timezone)


def _members(request: SignedInRequest, group_id: int) -> list[tuple[int, str]]:
    return [(one.pk, one.name) for one in queries.members(request.actor, group_id)]


def _typed_people(request: SignedInRequest) -> list[int]:
    """Who is in the rotation, in order, as typed; empty places are left out."""
    typed = (whole_number(request.POST.get(f"who-{place}", "")) for place in range(MOST))
    return [one for one in typed if one]


def _as_typed(form: forms.RotationForm, people: Sequence[int], zone: ZoneInfo) -> Rotation:
    if not people:
        raise Invalid({"name": _("A rotation needs people.")})
    return Rotation(zone.key, form.first_at(zone), form.cleaned_data["days"], tuple(people))


def _preview(found: GroupOnCall, planned: Rotation) -> Preview:
    """The next turns as planned; those that are somebody else's than now are marked."""
    rows = turns.shown({0: planned})[0]
    before = {one.turn for one in found.turns}
    lines = [
        Said(
            _turn_words(row),
            _("is away in that time") if row.away else "",
            "warn" if row.away else "" if row.turn in before else "good",
        )
        for row in rows[:TURNS_SAID]
    ]
    return Preview(lines)


def _shown(
    request: SignedInRequest, found: GroupOnCall, *, places: Sequence[int] = (), **given: django_forms.Form
) -> Shown:
    def show(*, preview: Preview | None = None, status: int = 200) -> HttpResponse:
        return _page(request, found, preview=preview, status=status, places=places, **given)

    return show


def _page(
    request: SignedInRequest,
    found: GroupOnCall,
    *,
    preview: Preview | None = None,
    status: int = 200,
    places: Sequence[int] = (),
    **given: django_forms.Form,
) -> HttpResponse:
    people = _members(request, found.group.pk)
    held = list(places) or [one.pk for one in found.people]
    context: dict[str, object] = {
        "one": found,
        "bars": bars(found.turns),
        "weeks": _weeks(),
        "people": people,
        "turn_order": [*held, *[0] * SPARE],
        "zone": _zone(request, found).key,
        "rotation_form": _filled(request, found),
        "swap_form": forms.SwapForm(people=people),
        "preview": preview,
        "history": _history(found),
    }
    return staff_page(request, "staff/rotation.html", PLACE, context | given, status=status)


def _filled(request: SignedInRequest, found: GroupOnCall) -> forms.RotationForm:
    row = found.rotation
    if row is None:
        return forms.RotationForm(initial={"name": found.group.name, "first_time": "08:00", "days": 7})
    first = row.first_at.astimezone(_zone(request, found))
    return forms.RotationForm(
        initial={
            "name": row.name,
            "first_day": first.date().isoformat(),
            "first_time": f"{first:%H:%M}",
            "days": row.days,
        }
    )


def _history(found: GroupOnCall) -> list[Line]:
    entries = profiles.history_of("group", found.group.pk)
    ids = {pk for one in entries for pk in [*one.data.get("people", ()), one.data.get("person_id", 0)]}
    names = dict(Person.objects.get_queryset().filter(pk__in=ids).values_list("pk", "name"))
    return [Line(one.at, one.actor_label, on_call_words(one, names)) for one in entries]
