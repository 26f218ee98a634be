"""Escalation contracts: what each step up must carry, with versions and a preview on real tickets."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.core.kernel.text import whole_number
from tierline.desk.catalogue import queries as catalogue
from tierline.desk.people.rules import Right
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.queries import QueueFilter
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.setup import contract_rows
from tierline.doors.web.setup.contract_rows import Row
from tierline.doors.web.setup.frame import UNPROCESSABLE, setup_page
from tierline.doors.web.shapes import Bar
from tierline.ladder.escalation import operations, queries
from tierline.ladder.escalation.models import Contract
from tierline.ladder.escalation.rules.checks import ContractItem
from tierline.ladder.escalation.rules.contracts import climbs, count_ready, parse_items, states

PLACE = "setup:contracts"
STEPS = ((1, 2), (2, 3), (3, 4))
MOST_ROWS = 22
TRIED_ON = 5


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How far one open ticket is under the contract as it is, and as it would be."""

    reference: str
    title: str
    now: tuple[int, int]
    then: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Preview:
    changes: Sequence[contract_rows.Change]
    past: queries.PastTrial
    trials: Sequence[Trial]

    @property
    def lacked(self) -> list[Bar]:
        """How many of the stopped hand-overs lacked each item, most first."""
        counts = Counter(label for one in self.past.stopped for label in one.missing)
        return [Bar(label=label, value=count) for label, count in counts.most_common()]


@needs(Right.SETUP)
@require_safe
def contracts(request: SignedInRequest) -> HttpResponse:
    """Every contract in force, and the steps that have none."""
    found = queries.contracts(request.actor)
    general = {(one.from_tier, one.to_tier) for one in found if one.service_id is None}
    context = {
        "contracts": found,
        "without": [step for step in STEPS if step not in general],
        "services": catalogue.services(request.actor),
        "steps": STEPS,
    }
    return setup_page(request, "setup/contracts.html", PLACE, context)


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def contract(request: SignedInRequest, from_tier: int, to_tier: int) -> HttpResponse:
    """One contract: its items, its versions, a preview before it is written."""
    if not climbs(from_tier, to_tier):
        raise NotFound
    service_id = _service_id(request)
    history = queries.versions(request.actor, from_tier, to_tier, service_id)
    current = next((one for one in history if one.active), None)
    if request.method != "POST":
        shown = next((one for one in history if str(one.version) == request.GET.get("version")), current)
        rows = contract_rows.rows_of(shown.parsed_items if shown else ())
        return _page(request, (from_tier, to_tier), history, rows)
    rows = contract_rows.read(request.POST, MOST_ROWS)
    try:
        items = parse_items(contract_rows.items_data(rows))
        if "write" in request.POST:
            return _write(request, (from_tier, to_tier), rows, service_id)
    except (ValueError, TierlineError) as problem:
        blank = rows + [Row()] * contract_rows.BLANK_ROWS
        return _page(request, (from_tier, to_tier), history, blank, error=str(problem))
    preview = Preview(
        changes=contract_rows.changes(current.parsed_items if current else (), items),
        past=queries.tried_on_past(request.actor, from_tier, to_tier, service_id, items),
        trials=try_on(request.actor, from_tier, current.parsed_items if current else (), items),
    )
    return _page(request, (from_tier, to_tier), history, contract_rows.rows_of(items), preview=preview)


def try_on(actor: Actor, from_tier: int, before: Sequence[ContractItem], after: Sequence[ContractItem]) -> list[Trial]:
    """Judge the oldest open tickets of the sending tier under both contracts: no ticket is touched."""
    rows, _next = tickets.queue(actor, QueueFilter(view="all", tier=from_tier), limit=TRIED_ON)
    found = []
    for row in rows:
        evidence, _service = queries.gather(actor, row.id)
        found.append(
            Trial(
                reference=row.reference,
                title=row.title,
                now=count_ready(states(before, evidence)),
                then=count_ready(states(after, evidence)),
            )
        )
    return found


def _write(
    request: SignedInRequest, step: tuple[int, int], rows: Sequence[Row], service_id: int | None
) -> HttpResponse:
    written = operations.write_contract(
        actor=request.actor,
        from_tier=step[0],
        to_tier=step[1],
        items=contract_rows.items_data(rows),
        service_id=service_id,
    )
    say(
        request,
        _("Version %(version)s is in force.") % {"version": written.version},
        kept=_("Hand-overs already made keep theirs."),
    )
    address = reverse("setup:contract", args=step)
    return HttpResponseRedirect(f"{address}?service={service_id}" if service_id else address)


def _service_id(request: SignedInRequest) -> int | None:
    given = request.GET.get("service", "")
    if not given:
        return None
    known = {service.pk for service in catalogue.services(request.actor)}
    number = whole_number(given)
    if number not in known:
        raise NotFound
    return number


def _page(
    request: SignedInRequest,
    step: tuple[int, int],
    history: Sequence[Contract],
    rows: Sequence[Row],
    *,
    preview: Preview | None = None,
    error: str = "",
) -> HttpResponse:
    service_id = _service_id(request)
    services = {service.pk: service.name for service in catalogue.services(request.actor)}
    context = {
        "from_tier": step[0],
        "to_tier": step[1],
        "service": services.get(service_id or 0, ""),
        "service_id": service_id,
        "history": history,
        "rows": rows,
        "kinds": [(kind.value, words) for kind, words in contract_rows.KIND_WORDS.items()],
        "preview": preview,
        "error": error,
    }
    return setup_page(request, "setup/contract.html", PLACE, context, status=UNPROCESSABLE if error else 200)
