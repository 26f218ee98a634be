"""Organisations and their contracts: plan, hours, tiers they reach directly, and who looks after them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tierline.core.kernel import clock
from tierline.core.kernel.errors import TierlineError
from tierline.core.timeline import queries as timeline
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.catalogue import queries as catalogue_queries
from tierline.desk.catalogue.events import ContractAgreed, ContractEnded
from tierline.desk.catalogue.models import ServiceContract
from tierline.desk.people import operations, queries
from tierline.desk.people.events import OrganisationChanged
from tierline.desk.people.models import Organisation
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import refuse, say
from tierline.doors.web.setup.forms import ContractForm, OrganisationChangeForm, OrganisationForm
from tierline.doors.web.setup.frame import setup_page, show, status_for
from tierline.doors.web.words import tier_name

PLACE = "setup:organisations"


@dataclass(frozen=True)
class Line:
    """One change of an organisation: when, by whom, what."""

    at: datetime
    by: str
    words: str


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def organisations(request: SignedInRequest) -> HttpResponse:
    """Every organisation with its contract of today, and the form for a new one."""
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.create_organisation(actor=request.actor, **form.cleaned_data)
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("%(name)s is there. Say what was agreed.") % {"name": made.name})
            return HttpResponseRedirect(reverse("setup:organisation", args=[made.pk]))
    rows = catalogue_queries.organisation_rows(request.actor, clock.now().date())
    context = {"rows": rows, "form": form, "contract_words": contract_words}
    return setup_page(request, "setup/organisations.html", PLACE, context, status=status_for(form))


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def organisation(request: SignedInRequest, organisation_id: int) -> HttpResponse:
    """One organisation: its name, mail domain and account manager."""
    found = catalogue_queries.organisation(request.actor, organisation_id)
    form = OrganisationChangeForm(request.POST or None, staff=_staff(request), initial=_as_initial(found))
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            operations.change_organisation(
                actor=request.actor,
                organisation_id=organisation_id,
                name=typed["name"],
                domain=typed["domain"],
                account_manager_id=typed["account_manager"],
            )
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("Saved."))
            return HttpResponseRedirect(reverse("setup:organisation", args=[organisation_id]))
    return _page(request, found, form=form)


@needs(Right.SETUP)
@require_POST
def contract(request: SignedInRequest, organisation_id: int) -> HttpResponse:
    """Agree on a contract; it counts before the older ones."""
    found = catalogue_queries.organisation(request.actor, organisation_id)
    form = ContractForm(request.POST)
    if form.is_valid():
        try:
            catalogue.agree_contract(actor=request.actor, organisation=found, **form.cleaned_data)
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("The contract is agreed."))
            return HttpResponseRedirect(reverse("setup:organisation", args=[organisation_id]))
    return _page(request, found, contract_form=form)


@needs(Right.SETUP)
@require_POST
def end(request: SignedInRequest, contract_id: int) -> HttpResponse:
    """Let a contract end today."""
    try:
        ended = catalogue.end_contract(actor=request.actor, contract_id=contract_id, ends_on=clock.now().date())
    except TierlineError as problem:
        if problem.code == "not_found":
            raise
        refuse(request, problem)
        return HttpResponseRedirect(reverse(PLACE))
    say(request, _("The contract ends with today."))
    return HttpResponseRedirect(reverse("setup:organisation", args=[ended.organisation_id]))


def contract_words(one: ServiceContract) -> str:
    """What a contract entitles to, in one line."""
    direct = (
        _("reaches %(tier)s directly") % {"tier": f"{one.direct_tier} {tier_name(one.direct_tier)}"}
        if one.direct_tier > 1
        else _("starts with the first tiers")
    )
    hours = _("around the clock") if one.around_the_clock else _("hours of its policies")
    manager = _("sees its account manager") if one.names_manager else ""
    return ", ".join(part for part in (direct, hours, manager) if part)


def _staff(request: SignedInRequest) -> list[tuple[int, str]]:
    return [(one.pk, one.name) for one in queries.staff(request.actor)]


def _as_initial(found: Organisation) -> dict[str, object]:
    return {"name": found.name, "domain": found.domain, "account_manager": found.account_manager_id}


def _page(
    request: SignedInRequest,
    found: Organisation,
    *,
    form: OrganisationChangeForm | None = None,
    contract_form: ContractForm | None = None,
) -> HttpResponse:
    change = form or OrganisationChangeForm(staff=_staff(request), initial=_as_initial(found))
    agree = contract_form or ContractForm(initial={"starts_on": clock.now().date().isoformat()})
    today = clock.now().date()
    context = {
        "one": found,
        "form": change,
        "contract_form": agree,
        "contracts": catalogue_queries.contracts_of(request.actor, found.pk),
        "counting": catalogue_queries.contract_of(found, today),
        "today": today,
        "contract_words": contract_words,
        "history": lines(timeline.entries("organisation", found.pk), dict(_staff(request))),
    }
    return setup_page(request, "setup/organisation.html", PLACE, context, status=status_for(change, agree))


def lines(entries: Iterable[TimelineEntry], names: dict[int, str]) -> Sequence[Line]:
    """An organisation's timeline in words, newest first; `names` are those of possible account managers."""
    words: dict[str, Callable[[dict[str, Any]], str]] = {
        OrganisationChanged.kind: lambda data: _changed(data, names),
        ContractAgreed.kind: _agreed,
        ContractEnded.kind: lambda data: _("Contract %(plan)s ends with %(ends_on)s") % data,
    }
    found = [Line(one.at, one.actor_label, words[one.kind](one.data)) for one in entries if one.kind in words]
    return found[::-1]


def _changed(data: dict[str, Any], names: dict[int, str]) -> str:
    manager = names.get(data["account_manager_id"], _("nobody"))
    given = {"name": data["name"], "domain": data["domain"] or _("no mail domain"), "manager": manager}
    return _("%(name)s, %(domain)s, account manager: %(manager)s") % given


def _agreed(data: dict[str, Any]) -> str:
    shown = ServiceContract(
        plan=data["plan"],
        direct_tier=data["direct_tier"],
        around_the_clock=data["around_the_clock"],
        names_manager=data["names_manager"],
    )
    given = {"plan": data["plan"], "words": contract_words(shown), "from": data["starts_on"]}
    return _("Contract %(plan)s from %(from)s: %(words)s") % given
