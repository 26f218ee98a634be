"""Forms of the mail set-up. They read what was typed; the verbs of intake decide."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tierline.work.intake.models import (
    After,
    Begin,
    Mailbox,
    MailServer,
    Mark,
    OutgoingServer,
    Security,
    SignIn,
    Verdict,
)
from tierline.work.intake.operations import MailboxSettings, Secrets, ServerSettings
from tierline.work.intake.rules.providers import PROVIDERS

SECURITY = (
    (Security.TLS.value, _("TLS from the start (port 993 or 465)")),
    (Security.STARTTLS.value, _("STARTTLS (port 143 or 587)")),
    (Security.NONE.value, _("None (only on this machine)")),
)
SIGN_IN = ((SignIn.PASSWORD.value, _("User name and password")), (SignIn.OAUTH2.value, _("OAuth 2")))
AFTER = (
    (After.MARK.value, _("Mark it as read")),
    (After.MOVE.value, _("Move it to another folder")),
    (After.KEEP.value, _("Leave it as it is")),
)
BEGIN = (
    (Begin.NEW.value, _("Only what arrives from now on")),
    (Begin.ALL.value, _("Everything that is in the folder now, too")),
)
MARKS = (
    (Mark.SENDER.value, _("from this sender")),
    (Mark.DOMAIN.value, _("from this sender's domain")),
    (Mark.SUBJECT.value, _("with these words in the subject")),
)
VERDICTS = ((Verdict.IGNORE.value, _("ignore them")), (Verdict.QUARANTINE.value, _("keep them in quarantine")))
_KEPT = _("It is kept and not shown. Leave empty to keep it.")
_OAUTH = ("token_url", "client_id", "client_secret", "refresh_token", "scope")


class ServerForm(forms.Form):
    """Where a mail server is and how one signs in. Secrets are never filled in again."""

    host = forms.CharField(label=_("Server"), max_length=253)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535)
    security = forms.ChoiceField(label=_("Encryption"), choices=SECURITY)
    username = forms.CharField(label=_("User name"), max_length=320, required=False)
    sign_in = forms.ChoiceField(label=_("Sign-in"), choices=SIGN_IN)
    password = forms.CharField(
        label=_("Password"), max_length=1000, required=False, strip=False, widget=forms.PasswordInput
    )
    token_url = forms.CharField(label=_("Address for tokens"), max_length=500, required=False)
    client_id = forms.CharField(label=_("Client id"), max_length=300, required=False)
    client_secret = forms.CharField(
        label=_("Client secret"), max_length=4000, required=False, widget=forms.PasswordInput
    )
    refresh_token = forms.CharField(
        label=_("Refresh token"), max_length=4000, required=False, widget=forms.PasswordInput
    )
    scope = forms.CharField(label=_("Scope"), max_length=500, required=False)

    def __init__(self, data: Any = None, *, server: MailServer | None = None, **rest: Any) -> None:  # noqa: ANN401 (Django's)
        super().__init__(data, **rest)
        self.fields["username"].widget.attrs["autocomplete"] = "off"
        for name in ("password", "client_secret", "refresh_token"):
            self.fields[name].widget.attrs["autocomplete"] = "new-password"
            if server is not None and server.secret:
                self.fields[name].help_text = _KEPT

    @property
    def oauth(self) -> list[forms.BoundField]:
        """The fields that only OAuth 2 needs."""
        return [self[name] for name in _OAUTH]

    @property
    def uses_oauth(self) -> bool:
        return str(self["sign_in"].value()) == SignIn.OAUTH2 or any(self.errors.get(name) for name in _OAUTH)

    def settings(self) -> ServerSettings:
        """What was typed, for the verbs."""
        typed = self.cleaned_data
        plain = {
            name: typed[name] for name in ("host", "port", "security", "sign_in", "username", "token_url", "scope")
        }
        hidden = Secrets(
            password=typed["password"] if typed["sign_in"] == SignIn.PASSWORD else "",
            client_secret=typed["client_secret"] if typed["sign_in"] == SignIn.OAUTH2 else "",
            refresh_token=typed["refresh_token"] if typed["sign_in"] == SignIn.OAUTH2 else "",
        )
        return ServerSettings(secrets=hidden, client_id=typed["client_id"], **plain)


def server_values(server: MailServer) -> dict[str, Any]:
    """What a form shows of a server: everything but its secrets."""
    names = ("host", "port", "security", "sign_in", "username", "token_url", "client_id", "scope")
    return {name: getattr(server, name) for name in names}


class MailboxForm(ServerForm):
    desk = forms.TypedChoiceField(label=_("Desk"), coerce=int)
    address = forms.EmailField(
        label=_("Mail address"), max_length=254, help_text=_("Answers of this desk are sent from it.")
    )
    folder = forms.CharField(label=_("Folder"), max_length=200, initial="INBOX")
    after = forms.ChoiceField(label=_("When a message is safely here"), choices=AFTER)
    move_to = forms.CharField(label=_("Folder to move to"), max_length=200, required=False)
    begin = forms.ChoiceField(label=_("To begin with"), choices=BEGIN)
    plus = forms.BooleanField(label=_("The server takes name+anything@ for name@, too"), required=False)
    authserv = forms.CharField(
        label=_("Believe Authentication-Results of"),
        max_length=300,
        required=False,
        help_text=_(
            "The name under which this mailbox's server writes them, such as mx.google.com or *.mail.yahoo.com; "
            "unnamed for Microsoft 365. Empty: every sender is believed."
        ),
    )

    field_order = ("desk", "address", "host", "port", "security", "username", "sign_in", "password")

    def __init__(
        self,
        data: Any = None,  # noqa: ANN401 (Django's)
        *,
        desks: Iterable[tuple[int, str]],
        mailbox: Mailbox | None = None,
    ) -> None:
        usual = {"port": 993, "security": Security.TLS.value, "after": After.MARK.value, "begin": Begin.NEW.value}
        initial = usual if mailbox is None else {**server_values(mailbox), **_own_values(mailbox)}
        super().__init__(data, server=mailbox, initial=initial)
        self.fields["desk"].choices = list(desks)  # type: ignore[attr-defined] # a choice field

    @property
    def account(self) -> list[forms.BoundField]:
        """Whose it is, and where."""
        return [
            self[name] for name in ("desk", "address", "host", "port", "security", "username", "sign_in", "password")
        ]

    @property
    def reading(self) -> list[forms.BoundField]:
        """What is read, and what happens to it."""
        return [self[name] for name in ("folder", "begin", "after", "move_to", "plus", "authserv")]

    def mailbox_settings(self) -> MailboxSettings:
        """What was typed, for the verbs."""
        typed = self.cleaned_data
        own = {name: typed[name] for name in ("address", "folder", "after", "move_to", "begin", "plus", "authserv")}
        return MailboxSettings(desk_id=typed["desk"], server=self.settings(), **own)


def _own_values(mailbox: Mailbox) -> dict[str, Any]:
    names = ("address", "folder", "after", "move_to", "begin", "plus", "authserv")
    return {"desk": mailbox.desk_id, **{name: getattr(mailbox, name) for name in names}}


class OutgoingForm(ServerForm):
    address = forms.EmailField(label=_("Sender's address"), max_length=254)
    name = forms.CharField(label=_("Sender's name"), max_length=100, required=False)
    test_to = forms.EmailField(label=_("Send the test mail to"), max_length=254)

    def __init__(self, data: Any = None, *, server: OutgoingServer | None, test_to: str) -> None:  # noqa: ANN401 (Django's)
        usual: dict[str, Any] = {"port": 587, "security": Security.STARTTLS.value}
        if server is not None:
            usual = {**server_values(server), "address": server.address, "name": server.name}
        super().__init__(data, server=server, initial={**usual, "test_to": test_to})

    @property
    def account(self) -> list[forms.BoundField]:
        """The server, the sender, and who gets the test mail."""
        names = ("host", "port", "security", "username", "sign_in", "password", "address", "name", "test_to")
        return [self[name] for name in names]


class HookForm(forms.Form):
    provider = forms.ChoiceField(label=_("Provider"), choices=[(key, one.name) for key, one in PROVIDERS.items()])
    desk = forms.TypedChoiceField(label=_("Desk"), coerce=int)
    signing_key = forms.CharField(
        label=_("Signing key"),
        max_length=4000,
        required=False,
        help_text=_("Mailgun, Mandrill, MailerSend, Postal, Resend and Mailtrap sign what they hand over."),
    )
    api_key = forms.CharField(
        label=_("API key"),
        max_length=4000,
        required=False,
        help_text=_(
            "Resend, Mailtrap and Brevo keep the message or its files until they are fetched with this key. "
            "Amazon S3 takes ID:SECRET."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: Any = None, *, desks: Iterable[tuple[int, str]]) -> None:  # noqa: ANN401 (Django's)
        super().__init__(data)
        self.fields["desk"].choices = list(desks)  # type: ignore[attr-defined] # a choice field

    def clean(self) -> dict[str, Any]:
        """A provider that signs needs its key, and so does one from which messages are fetched."""
        typed: dict[str, Any] = super().clean() or {}
        provider = PROVIDERS.get(typed.get("provider", ""))
        if provider is not None and provider.signs and not typed.get("signing_key", "").strip():
            self.add_error("signing_key", _("%(name)s signs what it hands over.") % {"name": provider.name})
        if provider is not None and provider.fetched and not typed.get("api_key", "").strip():
            self.add_error("api_key", _("Messages are fetched from %(name)s with its key.") % {"name": provider.name})
        return typed


class ReleaseForm(forms.Form):
    sender = forms.EmailField(label=_("Take it as sent by"), max_length=254, required=False)


class LearnForm(forms.Form):
    mark = forms.ChoiceField(label=_("Messages"), choices=MARKS)
    verdict = forms.ChoiceField(label=_("From now on"), choices=VERDICTS)
