"""Desks, services and products."""

from collections.abc import Callable

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tierline.core.kernel.errors import TierlineError
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.catalogue import queries as catalogue_queries
from tierline.desk.people import operations, queries
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.setup.forms import DeskForm, ServiceChangeForm, ServiceForm
from tierline.doors.web.setup.frame import setup_page, show, status_for

PLACE = "setup:services"


@needs(Right.SETUP)
@require_safe
def services(request: SignedInRequest) -> HttpResponse:
    """What the desk supports."""
    return _page(request)


@needs(Right.SETUP)
@require_POST
def new_desk(request: SignedInRequest) -> HttpResponse:
    """Create a desk."""
    form = DeskForm(request.POST)

    def create() -> None:
        operations.create_desk(actor=request.actor, key=form.key, **form.cleaned_data)

    return _create(request, form, create, desk_form=form)


@needs(Right.SETUP)
@require_POST
def new_service(request: SignedInRequest) -> HttpResponse:
    """Create a service of a desk."""
    form = _service_form(request, bound=True)

    def create() -> None:
        typed = form.cleaned_data
        desk = next(desk for desk in queries.desks(request.actor) if desk.pk == typed["desk"])
        group = queries.group(request.actor, typed["group"]) if typed["group"] else None
        catalogue.create_service(
            actor=request.actor, desk=desk, key=form.key, name=typed["name"], group=group, critical=typed["critical"]
        )

    return _create(request, form, create, service_form=form)


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def service(request: SignedInRequest, service_id: int) -> HttpResponse:
    """One service: its name, who looks first, how grave its failure is, and whether it can be asked about."""
    found = catalogue_queries.service(request.actor, service_id)
    given: dict[str, object] = {
        "name": found.name,
        "group": found.group_id,
        "critical": found.critical,
        "active": found.active,
    }
    here = [one for one in queries.groups(request.actor) if one.active and one.desk == found.desk.name]
    groups = [(one.id, one.name) for one in here]
    form = ServiceChangeForm(request.POST if request.method == "POST" else None, groups=groups, initial=given)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        group = queries.group(request.actor, typed["group"]) if typed["group"] else None
        try:
            catalogue.change_service(
                actor=request.actor,
                service_id=service_id,
                name=typed["name"],
                group=group,
                critical=typed["critical"],
                active=typed["active"],
            )
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("%(name)s is saved.") % {"name": typed["name"]})
            return HttpResponseRedirect(reverse(PLACE))
    context = {"service": found, "form": form}
    return setup_page(request, "setup/service.html", PLACE, context, status=status_for(form))


def _create(request: SignedInRequest, form: forms.Form, verb: Callable[[], None], **shown: forms.Form) -> HttpResponse:
    if form.is_valid():
        try:
            verb()
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("%(name)s is there.") % {"name": form.cleaned_data["name"]})
            return HttpResponseRedirect(reverse(PLACE))
    return _page(request, **shown)


def _service_form(request: SignedInRequest, *, bound: bool) -> ServiceForm:
    desks = [(desk.pk, desk.name) for desk in queries.desks(request.actor)]
    groups = [(group.id, group.name) for group in queries.groups(request.actor) if group.active]
    return ServiceForm(request.POST if bound else None, desks=desks, groups=groups)


def _page(request: SignedInRequest, **shown: forms.Form) -> HttpResponse:
    given = {
        "desk_form": shown.get("desk_form") or DeskForm(),
        "service_form": shown.get("service_form") or _service_form(request, bound=False),
    }
    context = {
        "desks": queries.desks(request.actor),
        "services": catalogue_queries.every_service(request.actor),
        "products": catalogue_queries.products(request.actor),
        **given,
    }
    return setup_page(request, "setup/services.html", PLACE, context, status=status_for(*given.values()))
