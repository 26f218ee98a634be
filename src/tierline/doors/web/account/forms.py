"""The forms about oneself. Rules stay in the people room; these only read what was typed."""

import zoneinfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

THEMES = (("system", _("As the device")), ("light", _("Light")), ("dark", _("Dark")))


class SignInForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    password = forms.CharField(label=_("Password"), max_length=1000, strip=False)


class WelcomeForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=120)
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    password = forms.CharField(
        label=_("Password"),
        max_length=1000,
        strip=False,
        help_text=_("At least 10 characters. A sentence you like is easier to keep than a word with digits."),
    )


class PasswordForm(forms.Form):
    current = forms.CharField(label=_("Current password"), max_length=1000, strip=False)
    password = forms.CharField(
        label=_("New password"), max_length=1000, strip=False, help_text=_("At least 10 characters.")
    )
    again = forms.CharField(label=_("New password once more"), max_length=1000, strip=False)

    def clean(self) -> dict[str, str]:
        typed = super().clean() or {}
        if typed.get("password") != typed.get("again"):
            self.add_error("again", _("The two are not the same."))
        return typed


class ProfileForm(forms.Form):
    locale = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    timezone = forms.ChoiceField(label=_("Time zone"), help_text=_("All times on the pages are told in it."))
    theme = forms.ChoiceField(label=_("Colours"), choices=THEMES)
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=40,
        required=False,
        help_text=_("By this number the help desk knows you when you call."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # passed through to Django as given
        zones = sorted(zoneinfo.available_timezones())
        self.fields["timezone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]  # type: ignore[attr-defined]
