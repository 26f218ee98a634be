"""Sign in and out, the first visit, one's own password and preferences."""

from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tierline.core.kernel import clock
from tierline.core.kernel.errors import Invalid
from tierline.desk.people import operations, queries
from tierline.desk.people.errors import AlreadySetUp
from tierline.desk.people.models import Person
from tierline.doors.web.account.forms import PasswordForm, ProfileForm, SignInForm, WelcomeForm
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import signed_in
from tierline.doors.web.render import page
from tierline.doors.web.said import say
from tierline.work.surveys import operations as rated
from tierline.work.surveys import queries as asked

TOO_MANY, UNPROCESSABLE = 429, 422


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for address and password. What failed is never told apart: neither the account nor the password."""
    if request.method == "GET" and request.user.is_authenticated:
        return HttpResponseRedirect(_target(request))
    if not queries.has_administrator():
        return HttpResponseRedirect(reverse("account:welcome"))
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = _try_sign_in(request, form)
        if status == 200:  # noqa: PLR2004 (HTTP's own number)
            return HttpResponseRedirect(_target(request))
    context = {"form": form, "next": _next(request), "here": ""}
    return page(request, "account/sign_in.html", context, status=status)


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and forget what it held."""
    logout(request)
    return HttpResponseRedirect(reverse("account:sign-in"))


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """The first visit makes the administrator; afterwards this page does nothing but point to the sign-in."""
    if queries.has_administrator():
        return HttpResponseRedirect(reverse("account:sign-in"))
    form = WelcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = _make_administrator(form)
        except AlreadySetUp:
            return HttpResponseRedirect(reverse("account:sign-in"))
        except Invalid as problem:
            _show(form, problem)
        else:
            login(request, person)
            say(request, _("Welcome. You are the administrator of this desk."))
            return HttpResponseRedirect(reverse("setup:home"))
    status = UNPROCESSABLE if request.method == "POST" else 200
    return page(request, "account/welcome.html", {"form": form, "here": ""}, status=status)


@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """One's own language, time zone and colours."""
    person = request.user
    form = ProfileForm(request.POST or None, initial=_about(person))
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        try:
            operations.set_phone(actor=request.actor, person_id=person.pk, phone=typed.pop("phone"))
            operations.set_preferences(actor=request.actor, **typed)
        except Invalid as problem:
            _show(form, problem)
            return _own_page(request, form, PasswordForm(), status=UNPROCESSABLE)
        say(request, _("Saved."))
        return HttpResponseRedirect(reverse("account:profile"))
    return _own_page(request, form, PasswordForm())


@never_cache
@sensitive_post_parameters()
@signed_in
@require_POST
def password(request: SignedInRequest) -> HttpResponse:
    """Replace one's own password; every other session of this person ends."""
    form = PasswordForm(request.POST)
    if form.is_valid():
        try:
            person = operations.change_password(
                actor=request.actor, current=form.cleaned_data["current"], new=form.cleaned_data["password"]
            )
        except Invalid as problem:
            _show(form, problem)
        else:
            update_session_auth_hash(request, person)
            say(request, _("Your password is changed. Other devices have to sign in again."))
            return HttpResponseRedirect(reverse("account:profile"))
    return _own_page(request, ProfileForm(initial=_about(request.user)), form, status=UNPROCESSABLE)


@never_cache
@signed_in
@require_POST
def surveys(request: SignedInRequest) -> HttpResponse:
    """Whether one wants to be asked how a request went."""
    if request.POST.get("wanted"):
        rated.ask_again(actor=request.actor)
        say(request, _("You are asked again now and then how it went."))
    else:
        rated.stop_asking(actor=request.actor)
        say(request, _("You are not asked any more. Mail about your requests goes on."))
    return HttpResponseRedirect(reverse("account:profile"))


def _about(person: Person) -> dict[str, str]:
    return {"locale": person.locale, "timezone": person.timezone, "theme": person.theme, "phone": person.phone}


def _own_page(request: SignedInRequest, form: ProfileForm, secret: PasswordForm, *, status: int = 200) -> HttpResponse:
    stopped = asked.opted_out(request.actor, request.user.pk)
    context = {"form": form, "secret": secret, "here": "account:profile", "stopped": stopped}
    return page(request, "account/profile.html", context, status=status)


def _try_sign_in(request: HttpRequest, form: SignInForm) -> int:
    """The HTTP status of the try; 200 means signed in."""
    if not form.is_valid():
        return UNPROCESSABLE
    email, remote = form.cleaned_data["email"], request.META.get("REMOTE_ADDR", "")
    if not queries.may_sign_in(email=email, remote=remote, at=clock.now()):
        form.add_error(
            None,
            _("There were too many tries for this address. Wait 15 minutes, or ask your help desk for a new password."),
        )
        return TOO_MANY
    person = authenticate(request, username=email, password=form.cleaned_data["password"])
    if not isinstance(person, Person):
        operations.note_failed_sign_in(email=email, remote=remote)
        form.add_error(None, _("The e-mail address and the password do not fit together."))
        return UNPROCESSABLE
    operations.forget_failed_sign_ins(email=email, remote=remote)
    login(request, person)
    return 200


def _make_administrator(form: WelcomeForm) -> Person:
    typed = form.cleaned_data
    guess = Person(email=typed["email"], name=typed["name"])
    operations.check_password_strength(typed["password"], guess)
    return operations.create_first_administrator(**typed)


def _show(form: SignInForm | WelcomeForm | PasswordForm | ProfileForm, problem: Invalid) -> None:
    for name, words in problem.fields.items():
        form.add_error(name if name in form.fields else None, words)


def _next(request: HttpRequest) -> str:
    """The page that was asked for before the sign-in, when it is ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else ""


def _target(request: HttpRequest) -> str:
    wanted = _next(request)
    if wanted and wanted != "/":
        return wanted
    person = request.user
    works = isinstance(person, Person) and queries.actor_for(person).is_agent
    return reverse("console:queue") if works else reverse("portal:home")
