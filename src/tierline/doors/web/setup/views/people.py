"""People: who they are, what they may do, and whether they can sign in."""

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.desk.people import operations, queries
from tierline.desk.people.models import Person
from tierline.desk.people.rules import DESK_ROLES, Right, Role, read_desk_roles
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import refuse, say
from tierline.doors.web.setup.forms import DeskRolesForm, PersonForm, PhoneForm, RolesForm, SecretForm
from tierline.doors.web.setup.frame import setup_page, show, status_for
from tierline.doors.web.setup.role_words import ROLE_NAMES, ROLE_WORDS, role_words, roles_of
from tierline.insight.access.queries import grants
from tierline.work.surveys.queries import opted_out

PLACE = "setup:people"
LIMIT = 200


@dataclass(frozen=True)
class DeskLine:
    """A desk with the roles that the person was given for it; none: their other roles count there."""

    id: int
    name: str
    confidential: bool
    given: frozenset[str]
    words: str


@dataclass(frozen=True)
class RoleLine:
    """A role with what it means, for the form."""

    value: str
    name: str
    words: str


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def people(request: SignedInRequest) -> HttpResponse:
    """Everybody the desk knows, and the form for somebody new."""
    organisations = {one.pk: one for one in queries.organisations(request.actor)}
    form = PersonForm(request.POST or None, organisations=[(pk, one.name) for pk, one in organisations.items()])
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            person = operations.create_person(
                actor=request.actor,
                email=typed["email"],
                name=typed["name"],
                roles=[Role(typed["role"])],
                organisation=organisations.get(typed["organisation"] or 0),
            )
        except TierlineError as problem:
            show(form, problem)
        else:
            say(
                request,
                _("%(name)s is known now. Give them a password, or let them write mails.") % {"name": person.name},
            )
            return HttpResponseRedirect(reverse("setup:person", args=[person.pk]))
    text = request.GET.get("q", "")[:100]
    found = queries.people(request.actor, text=text, limit=LIMIT)
    context = {"people": found, "q": text, "form": form, "limit": LIMIT, "roles_of": roles_of}
    return setup_page(request, "setup/people.html", PLACE, context, status=status_for(form))


@needs(Right.SETUP)
@require_http_methods(["GET"])
def person(request: SignedInRequest, person_id: int) -> HttpResponse:
    """One person."""
    return _person_page(request, queries.person(request.actor, person_id), SecretForm())


@needs(Right.SETUP)
@require_POST
def roles(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Give a person exactly these roles."""
    form = RolesForm(request.POST)
    if form.is_valid():
        chosen = [Role(role) for role in form.cleaned_data["roles"]]
        try:
            operations.set_roles(actor=request.actor, person_id=person_id, roles=chosen)
        except TierlineError as problem:
            refuse(request, problem)
        else:
            say(request, _("Saved."))
    else:
        say(request, _("Choose at least one role."), tone="bad")
    return HttpResponseRedirect(reverse("setup:person", args=[person_id]))


@needs(Right.SETUP)
@require_POST
def desk_roles(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Give a person exactly these roles on one desk; none: as on every other desk."""
    form = DeskRolesForm(request.POST)
    if not form.is_valid():
        raise NotFound
    chosen = [Role(role) for role in form.cleaned_data["roles"]]
    operations.set_desk_roles(actor=request.actor, person_id=person_id, desk_id=form.cleaned_data["desk"], roles=chosen)
    say(request, _("Saved."))
    return HttpResponseRedirect(reverse("setup:person", args=[person_id]))


@sensitive_post_parameters("password")
@needs(Right.SETUP)
@require_POST
def password(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Give a person a first or a new password."""
    form = SecretForm(request.POST)
    if form.is_valid():
        try:
            operations.set_password(actor=request.actor, person_id=person_id, password=form.cleaned_data["password"])
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("The password is set."))
            return HttpResponseRedirect(reverse("setup:person", args=[person_id]))
    return _person_page(request, queries.person(request.actor, person_id), form)


@needs(Right.SETUP)
@require_POST
def phone(request: SignedInRequest, person_id: int) -> HttpResponse:
    """The number by which a person is known when they call."""
    form = PhoneForm(request.POST)
    if form.is_valid():
        try:
            operations.set_phone(actor=request.actor, person_id=person_id, phone=form.cleaned_data["phone"])
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("Saved."))
            return HttpResponseRedirect(reverse("setup:person", args=[person_id]))
    return _person_page(request, queries.person(request.actor, person_id), SecretForm(), form)


@needs(Right.SETUP)
@require_POST
def active(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Close an account or open it again."""
    wanted = bool(request.POST.get("active"))
    try:
        operations.set_active(actor=request.actor, person_id=person_id, active=wanted)
    except TierlineError as problem:
        refuse(request, problem)
    else:
        say(request, _("The account is open again.") if wanted else _("The account is closed."))
    return HttpResponseRedirect(reverse("setup:person", args=[person_id]))


def _person_page(
    request: SignedInRequest, found: Person, secret: SecretForm, number: PhoneForm | None = None
) -> HttpResponse:
    lines = [RoleLine(role.value, str(ROLE_NAMES[role]), str(ROLE_WORDS[role])) for role in Role]
    context = {
        "person": found,
        "roles": lines,
        "desk_lines": desk_lines(request, found),
        "desk_role_names": [(role.value, ROLE_NAMES[role]) for role in DESK_ROLES],
        "grants": [(one, role_words(one.given), role_words(one.taken)) for one in grants(request.actor, found.pk)],
        "secret": secret,
        "number": number or PhoneForm(initial={"phone": found.phone}),
        "not_asked": opted_out(request.actor, found.pk),
        "works_here": bool(found.desk_roles) or any(role != Role.REQUESTER for role in found.roles),
    }
    return setup_page(request, "setup/person.html", PLACE, context, status=status_for(number or secret))


def desk_lines(request: SignedInRequest, found: Person) -> list[DeskLine]:
    """Every desk with what the person was given for it."""
    pairs = read_desk_roles(found.desk_roles)
    return [
        DeskLine(desk.pk, desk.name, desk.confidential, given, role_words(given))
        for desk in queries.desks(request.actor)
        for given in [frozenset(role for role, pk in pairs if pk == desk.pk)]
    ]
