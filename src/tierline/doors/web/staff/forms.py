"""Forms of the pages about people. They read what was typed; the room's verbs decide."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from tierline.desk.people.rules import LANGUAGE_LEVELS, LinkKind

from .frame import LEVELS, REASONS

KINDS = ((LinkKind.PART_OF.value, _("is a part of")), (LinkKind.HELPS_WITH.value, _("helps with")))


class DayInput(forms.DateInput):
    input_type = "date"


class TimeInput(forms.TimeInput):
    input_type = "time"


class SkillForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    description = forms.CharField(label=_("What it covers"), max_length=300, required=False)

    @property
    def key(self) -> str:
        return slugify(str(self.cleaned_data["name"]))[:40]


class LinkForm(forms.Form):
    kind = forms.ChoiceField(label=_("How"), choices=KINDS)
    toward = forms.TypedChoiceField(label=_("Skill"), coerce=int)

    def __init__(self, data: object = None, *, skills: Iterable[tuple[int, str]] = ()) -> None:
        super().__init__(data)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["toward"].choices = list(skills)  # type: ignore[attr-defined] # a choice field


class PersonSkillForm(forms.Form):
    skill = forms.ChoiceField(label=_("Skill"))
    level = forms.TypedChoiceField(label=_("Level"), coerce=int, choices=list(LEVELS.items()), initial=2)

    def __init__(self, data: object = None, *, skills: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(data)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["skill"].choices = list(skills)  # type: ignore[attr-defined] # a choice field


class LanguageForm(forms.Form):
    code = forms.CharField(label=_("Language"), max_length=2, help_text=_("Two letters: de, en, fr."))
    level = forms.ChoiceField(
        label=_("Level"), choices=[("", _("none")), *((one, one) for one in LANGUAGE_LEVELS)], required=False
    )


class CertificateForm(forms.Form):
    name = forms.CharField(label=_("Certificate"), max_length=120)
    issuer = forms.CharField(label=_("Issuer"), max_length=120)
    number = forms.CharField(label=_("Number"), max_length=80, required=False)
    skill = forms.ChoiceField(label=_("Proves"), required=False)
    issued_on = forms.DateField(label=_("Issued on"), widget=DayInput)
    expires_on = forms.DateField(label=_("Counts until"), widget=DayInput, required=False)
    evidence = forms.FileField(label=_("Document"), required=False)

    def __init__(self, data: object = None, files: object = None, *, skills: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(data, files)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["skill"].choices = [("", "—"), *skills]  # type: ignore[attr-defined] # a choice field


class AbsenceForm(forms.Form):
    """Whole days, in the person's own time zone; the last day counts."""

    first = forms.DateField(label=_("First day"), widget=DayInput)
    last = forms.DateField(label=_("Last day"), widget=DayInput)
    reason = forms.ChoiceField(label=_("Reason"), choices=list(REASONS.items()))
    deputy = forms.TypedChoiceField(label=_("Deputy"), coerce=int, empty_value=None, required=False)

    def __init__(self, data: object = None, *, deputies: Iterable[tuple[int, str]] = ()) -> None:
        super().__init__(data)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["deputy"].choices = [("", _("nobody")), *deputies]  # type: ignore[attr-defined] # a choice field

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From the beginning of the first day to the end of the last, there."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)


class CapacityForm(forms.Form):
    capacity = forms.IntegerField(label=_("Tickets at the same time"), min_value=0, max_value=500)


class DayForm(forms.Form):
    """One day that differs; without times it is free."""

    day = forms.DateField(label=_("Day"), widget=DayInput)
    begin = forms.TimeField(label=_("From"), widget=TimeInput, required=False)
    end = forms.TimeField(label=_("To"), widget=TimeInput, required=False)
    words = forms.CharField(label=_("Why"), max_length=120, required=False)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The first and last minute; an end before the beginning is on the next day."""
        begin, end = self.cleaned_data["begin"], self.cleaned_data["end"]
        if begin is None or end is None:
            return []
        return [minutes(begin, end)]


class RotationForm(forms.Form):
    """Whose turn it is in which order: the places are `who-0`, `who-1` and so on."""

    name = forms.CharField(label=_("Name"), max_length=80)
    first_day = forms.DateField(label=_("First turn begins on"), widget=DayInput)
    first_time = forms.TimeField(label=_("Hand-over at"), widget=TimeInput)
    days = forms.IntegerField(label=_("Days a turn"), min_value=1, max_value=366, initial=7)

    def first_at(self, zone: ZoneInfo) -> datetime:
        """The beginning of the first turn, on the clock there."""
        return datetime.combine(self.cleaned_data["first_day"], self.cleaned_data["first_time"], zone)


class SwapForm(forms.Form):
    """Somebody takes over from one moment to another, on the clock of the rotation."""

    person = forms.TypedChoiceField(label=_("Who takes over"), coerce=int)
    first_day = forms.DateField(label=_("From"), widget=DayInput)
    last_day = forms.DateField(label=_("Up to and including"), widget=DayInput)

    def __init__(self, data: object = None, *, people: Iterable[tuple[int, str]] = ()) -> None:
        super().__init__(data)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["person"].choices = list(people)  # type: ignore[attr-defined] # a choice field

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Whole days there."""
        first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)


def minutes(begin: time, end: time) -> tuple[int, int]:
    """Two times of the clock as minutes from midnight; what ends at or before its beginning ends the next day."""
    first, last = begin.hour * 60 + begin.minute, end.hour * 60 + end.minute
    return first, last if last > first else last + 24 * 60
