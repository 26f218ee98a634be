"""What the pages of all ways in share: the page that lists them, and secrets that are shown once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tierline.core.kernel.errors import TierlineError
from tierline.desk.people import queries as people
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.said import refuse, say
from tierline.doors.web.setup.frame import setup_page, show, status_for

PLACE = "setup:doors"
ONCE = "shown_once"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One sort of door on the page: what it is for, what is there, and the form that adds one."""

    key: str
    title: str
    words: str
    empty: str
    rows: Sequence["Row"]
    form: forms.Form
    verb: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One door that is set up."""

    name: str
    what: str
    href: str
    tone: str
    state: str


def address(name: str, *parts: object) -> str:
    """The whole address of a door, as it is pasted elsewhere."""
    return f"{settings.TIERLINE_URL.rstrip('/')}{reverse(name, args=parts)}"


def show_once(request: HttpRequest, secret: str) -> None:
    """Keep a secret until the next page has shown it."""
    request.session[ONCE] = secret


def shown_once(request: HttpRequest) -> str:
    """The secret that this page may show; asking takes it away."""
    return str(request.session.pop(ONCE, ""))


def desk_choices(request: SignedInRequest) -> list[tuple[int, str]]:
    """The desks, for a form."""
    return [(desk.pk, desk.name) for desk in people.desks(request.actor)]


def added(request: SignedInRequest, form: forms.Form, add: Callable[[], tuple[str, str]], again: str) -> HttpResponse:
    """Add one: to its page with its secret shown, or the form again. `add` gives that page's address and the secret."""
    if form.is_valid():
        try:
            href, secret = add()
        except TierlineError as problem:
            show(form, problem)
        else:
            if secret:
                show_once(request, secret)
            say(request, _("%(name)s is there.") % {"name": form.cleaned_data["name"]})
            return HttpResponseRedirect(href)
    from .index import kinds

    context = {"kinds": kinds(request, **{again: form})}
    return setup_page(request, "setup/doors.html", PLACE, context, status=status_for(form))


def done(request: SignedInRequest, verb: Callable[[], str], href: str) -> HttpResponse:
    """Do a verb of a door's page and say what came of it."""
    try:
        words = verb()
    except TierlineError as problem:
        refuse(request, problem)
    else:
        say(request, words)
    return HttpResponseRedirect(href)


class DoorForm(forms.Form):
    """What every way in asks for."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    desk = forms.TypedChoiceField(label=gettext_lazy("Desk"), coerce=int)

    def __init__(self, data: object = None, *, desks: Sequence[tuple[int, str]] = ()) -> None:
        super().__init__(data, prefix=self.door)  # type: ignore[arg-type] # Django takes a QueryDict or nothing
        self.fields["desk"].choices = list(desks)  # type: ignore[attr-defined] # a choice field

    door = "door"
