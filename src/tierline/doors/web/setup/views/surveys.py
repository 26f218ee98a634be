"""How each desk asks its requesters how it went: tried on past tickets, written as versions."""

from dataclasses import fields as fields_of
from itertools import zip_longest
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right
from tierline.desk.sla import queries as sla
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.labels import RESOLUTION
from tierline.doors.web.said import say
from tierline.doors.web.setup.frame import setup_page, show, status_for
from tierline.work.surveys import operations, queries
from tierline.work.surveys.models import SurveyPlan
from tierline.work.surveys.rules import CODES, INTRO, LONGEST_DELAY, QUESTION, Preview, Settings, Starts

PLACE = "setup:surveys"
HOUR = 60  # minutes


class SurveyForm(forms.Form):
    """How a desk asks, as it is typed; the delay in hours."""

    enabled = forms.BooleanField(label=gettext_lazy("Ask the requesters of this desk"), required=False)
    question = forms.CharField(label=gettext_lazy("The question"), max_length=QUESTION)
    intro = forms.CharField(
        label=gettext_lazy("Words above it"), max_length=INTRO, required=False, widget=forms.Textarea
    )
    starts = forms.ChoiceField(
        label=gettext_lazy("The delay counts from"),
        choices=[
            (Starts.RESOLVED.value, gettext_lazy("when it is resolved")),
            (Starts.CLOSED.value, gettext_lazy("when it is closed: the requester says that it is solved")),
        ],
    )
    delay_hours = forms.DecimalField(
        label=gettext_lazy("Delay in hours"),
        min_value=0,
        max_value=LONGEST_DELAY // HOUR,
        max_digits=6,
        decimal_places=2,
    )
    calendar = forms.ChoiceField(label=gettext_lazy("These are hours of"), required=False)
    every_days = forms.IntegerField(
        label=gettext_lazy("Ask a person at most once in so many days"),
        min_value=0,
        max_value=365,
        help_text=gettext_lazy("Counted over all desks; 0 asks each time."),
    )
    open_days = forms.IntegerField(
        label=gettext_lazy("Days for the answer"),
        min_value=1,
        max_value=90,
        help_text=gettext_lazy("So long after asking it can be given, and so long after that it can be changed."),
    )
    codes = forms.MultipleChoiceField(
        label=gettext_lazy("Outcomes that are asked about"),
        choices=[(code, RESOLUTION[code]) for code in CODES],
        widget=forms.CheckboxSelectMultiple,
    )
    tier_0 = forms.BooleanField(label=gettext_lazy("Ask about what tier 0 solved, too"), required=False)

    def __init__(self, data: object, *, calendars: list[tuple[str, str]], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        choices = [("", _("the clock: nights and weekends count")), *calendars]
        self.fields["calendar"].choices = choices  # type: ignore[attr-defined] # a choice field

    @property
    def settings(self) -> Settings:
        """What was typed, as the rules read it."""
        typed = dict(self.cleaned_data)
        minutes = int(typed.pop("delay_hours") * HOUR)
        codes, starts = tuple(typed.pop("codes")), Starts(typed.pop("starts"))
        return Settings(delay_minutes=minutes, codes=codes, starts=starts, **typed)


@needs(Right.DESK_SETUP)
@require_safe
def surveys(request: SignedInRequest) -> HttpResponse:
    """The desks that the person may arrange, and how each asks."""
    return setup_page(request, "setup/surveys.html", PLACE, {"desks": queries.arranged(request.actor)})


@needs(Right.DESK_SETUP)
@require_http_methods(["GET", "POST"])
def survey(request: SignedInRequest, desk_id: int) -> HttpResponse:
    """How one desk asks, with its versions. What is typed is tried on past tickets before it is written."""
    desk = _desk(request.actor, desk_id)
    history = queries.versions(request.actor, desk.pk)
    shown = next((one for one in history if str(one.version) == request.GET.get("version")), None)
    kept = shown or next(iter(history), None)
    form = SurveyForm(
        request.POST if request.method == "POST" else None,
        calendars=[(one.key, one.name) for one in sla.calendars(request.actor)],
        initial=_typed(kept.settings if kept is not None else Settings()),
    )
    preview = None
    if form.is_valid():
        try:
            if "write" in request.POST:
                return _write(request, desk, form.settings)
            preview = queries.preview(request.actor, desk.pk, form.settings)
        except TierlineError as problem:
            show(form, problem)
    context = {
        "desk": desk,
        "form": form,
        "preview": preview,
        "conclusion": preview_words(preview) if preview is not None else "",
        "history": [(one, changes(before, one)) for one, before in zip_longest(history, history[1:])],
    }
    return setup_page(request, "setup/survey.html", PLACE, context, status=status_for(form))


def preview_words(preview: Preview) -> str:
    """The conclusion of a preview in one sentence."""
    if not preview.total:
        return _("This desk has solved no ticket yet that it could be tried on.")
    words = ngettext(
        "It would have asked about %(asked)s of the last %(total)s solved ticket.",
        "It would have asked about %(asked)s of the last %(total)s solved tickets.",
        preview.total,
    )
    return words % {"asked": preview.asked, "total": preview.total}


def changes(before: SurveyPlan | None, after: SurveyPlan) -> list[str]:
    """What one version does differently from the one before it, by the names of the fields."""
    if before is None:
        return []
    old, new = _typed(before.settings), _typed(after.settings)
    names = {name: str(field.label) for name, field in SurveyForm.base_fields.items()}
    return [f"{names[name]}: {_plain(new[name])}" for name in names if old[name] != new[name]]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(RESOLUTION.get(one, one)) for one in value)
    return str(value) or _("none")


def _typed(settings: Settings) -> dict[str, Any]:
    kept = {one.name: getattr(settings, one.name) for one in fields_of(Settings)}
    hours = kept.pop("delay_minutes") / HOUR
    return kept | {"delay_hours": f"{hours:g}", "codes": list(settings.codes), "starts": settings.starts.value}


def _write(request: SignedInRequest, desk: Desk, settings: Settings) -> HttpResponse:
    written = operations.arrange(actor=request.actor, desk_id=desk.pk, settings=settings)
    says = _("%(desk)s asks its requesters now.") if written.enabled else _("%(desk)s asks nobody.")
    say(request, says % {"desk": desk.name}, kept=_("What was asked before stays as it is."))
    return HttpResponseRedirect(reverse("setup:survey", args=[desk.pk]))


def _desk(actor: Actor, desk_id: int) -> Desk:
    found = next((one.desk for one in queries.arranged(actor) if one.desk.pk == desk_id), None)
    if found is None:
        raise NotFound
    return found
