"""Forms of the set-up pages. They read what was typed; the rooms' verbs decide."""

from collections.abc import Iterable

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from tierline.desk.people.rules import DESK_ROLES, Role
from tierline.doors.web.setup.role_words import ROLE_NAMES
from tierline.doors.web.words import tier_name

DESK_KINDS = (("it", _("IT")), ("hr", _("HR")), ("customer", _("Customer support")))


def tier_choices() -> list[tuple[int, str]]:
    """The five tiers as number and name."""
    return [(tier, f"{tier} {tier_name(tier)}") for tier in range(5)]


class GroupForm(forms.Form):
    """A new group. Its key is made from its name."""

    name = forms.CharField(label=_("Name"), max_length=80)
    desk = forms.TypedChoiceField(label=_("Desk"), coerce=int)
    tier = forms.TypedChoiceField(label=_("Tier"), coerce=int, initial=1)
    email = forms.EmailField(label=_("Mail address of the group"), required=False)

    def __init__(self, data: object = None, *, desks: Iterable[tuple[int, str]] = ()) -> None:
        super().__init__(data)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["desk"].choices = list(desks)  # type: ignore[attr-defined] # a choice field
        self.fields["tier"].choices = tier_choices()  # type: ignore[attr-defined] # a choice field

    @property
    def key(self) -> str:
        return slugify(str(self.cleaned_data["name"]))[:40]


class GroupChangeForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    tier = forms.TypedChoiceField(label=_("Tier"), coerce=int)
    email = forms.EmailField(label=_("Mail address of the group"), required=False)
    active = forms.BooleanField(label=_("Takes tickets"), required=False)

    def __init__(self, data: object = None, *, initial: dict[str, object] | None = None) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["tier"].choices = tier_choices()  # type: ignore[attr-defined] # a choice field


class JoinForm(forms.Form):
    person = forms.TypedChoiceField(label=_("Who joins"), coerce=int)

    def __init__(self, data: object = None, *, people: Iterable[tuple[int, str]] = ()) -> None:
        super().__init__(data)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["person"].choices = list(people)  # type: ignore[attr-defined] # a choice field


class PersonForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(role.value, name) for role, name in ROLE_NAMES.items()],
    )
    organisation = forms.TypedChoiceField(label=_("Organisation"), coerce=int, empty_value=None, required=False)

    def __init__(self, data: object = None, *, organisations: Iterable[tuple[int, str]] = ()) -> None:
        super().__init__(data)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["organisation"].choices = [("", "—"), *organisations]  # type: ignore[attr-defined] # a choice field


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(choices=[(role.value, role.value) for role in Role])


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=40,
        required=False,
        help_text=_("Number or extension: by it callers, and agents on the telephone, are known."),
    )


class SecretForm(forms.Form):
    password = forms.CharField(
        label=_("New password"), max_length=1000, strip=False, help_text=_("At least 10 characters.")
    )


class DeskForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=DESK_KINDS)
    confidential = forms.BooleanField(label=_("Confidential: its tickets do not exist for other desks"), required=False)

    @property
    def key(self) -> str:
        return slugify(str(self.cleaned_data["name"]))[:20]


class ServiceForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    desk = forms.TypedChoiceField(label=_("Desk"), coerce=int)
    group = forms.TypedChoiceField(label=_("First group"), coerce=int, empty_value=None, required=False)
    critical = forms.BooleanField(
        label=_("Critical: when it fails for a group, it is a major incident"), required=False
    )

    def __init__(
        self,
        data: object = None,
        *,
        desks: Iterable[tuple[int, str]] = (),
        groups: Iterable[tuple[int, str]] = (),
    ) -> None:
        super().__init__(data)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["desk"].choices = list(desks)  # type: ignore[attr-defined] # a choice field
        self.fields["group"].choices = [("", _("By routing")), *groups]  # type: ignore[attr-defined] # a choice field

    @property
    def key(self) -> str:
        return slugify(str(self.cleaned_data["name"]))[:40]


class ServiceChangeForm(forms.Form):
    """An existing service; its desk stays."""

    name = forms.CharField(label=_("Name"), max_length=80)
    group = forms.TypedChoiceField(label=_("First group"), coerce=int, empty_value=None, required=False)
    critical = forms.BooleanField(
        label=_("Critical: when it fails for a group, it is a major incident"), required=False
    )
    active = forms.BooleanField(label=_("Can be asked about"), required=False)

    def __init__(self, data: object = None, *, groups: Iterable[tuple[int, str]], initial: dict[str, object]) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["group"].choices = [("", _("By routing")), *groups]  # type: ignore[attr-defined] # a choice field


class OrganisationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    domain = forms.CharField(
        label=_("Mail domain"),
        max_length=120,
        required=False,
        help_text=_("Who writes from it belongs to it."),
    )


class OrganisationChangeForm(OrganisationForm):
    account_manager = forms.TypedChoiceField(label=_("Account manager"), coerce=int, empty_value=None, required=False)

    def __init__(
        self,
        data: object = None,
        *,
        staff: Iterable[tuple[int, str]] = (),
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["account_manager"].choices = [("", _("nobody")), *staff]  # type: ignore[attr-defined] # a choice field


class DayInput(forms.DateInput):
    input_type = "date"


class ContractForm(forms.Form):
    """What is agreed with an organisation."""

    plan = forms.CharField(label=_("Plan"), max_length=40, help_text=_("Policies and prices go by it."))
    direct_tier = forms.TypedChoiceField(
        label=_("Reaches directly"), coerce=int, initial=0, help_text=_("From 2 on, its tickets begin there.")
    )
    starts_on = forms.DateField(label=_("From"), widget=DayInput)
    ends_on = forms.DateField(label=_("Up to and including"), widget=DayInput, required=False)
    around_the_clock = forms.BooleanField(label=_("Around the clock"), required=False)
    names_manager = forms.BooleanField(label=_("The portal names the account manager"), required=False)

    def __init__(self, data: object = None, *, initial: dict[str, object] | None = None) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["direct_tier"].choices = tier_choices()[:4]  # type: ignore[attr-defined] # a choice field


class DeskRolesForm(forms.Form):
    """Roles for one desk; none: as on every other desk."""

    desk = forms.IntegerField()
    roles = forms.MultipleChoiceField(choices=[(role.value, role.value) for role in DESK_ROLES], required=False)


class WhyForm(forms.Form):
    """Who, and what: a ticket by its reference, everything else by its number."""

    person = forms.CharField(label=_("Whose sight"), max_length=254, help_text=_("A name or an e-mail address."))
    kind = forms.ChoiceField(label=_("Kind"))
    number = forms.CharField(
        label=_("Which one"), max_length=40, required=False, help_text=_("INC-20418, or a number; a report has none.")
    )

    def __init__(self, data: object = None, *, kinds: Iterable[tuple[str, object]] = ()) -> None:
        super().__init__(data)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["kind"].choices = list(kinds)  # type: ignore[attr-defined] # a choice field
