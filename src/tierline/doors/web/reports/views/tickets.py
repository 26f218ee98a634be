"""Exactly the tickets that a figure counts, with what each of them cost."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right, Tier
from tierline.desk.tickets import queries as desk
from tierline.desk.tickets.queries import QueueFilter, QueueRow
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.reports.frame import report_page
from tierline.doors.web.words import tier_name
from tierline.insight.economics import queries as economics
from tierline.insight.flow import queries as flow
from tierline.insight.measures import queries as measures
from tierline.insight.measures.rules import BY_KEY
from tierline.insight.measures.satisfaction import DEFINITIONS, is_figure

SHOWN = 200
FINDINGS = {
    "push_to_front": gettext_lazy("Push to front"),
    "ping_pong": gettext_lazy("Ping-pong"),
    "wait_abuse": gettext_lazy("Waiting without a question"),
}


@needs(Right.INSIGHT_READ)
@require_safe
def tickets(request: SignedInRequest) -> HttpResponse:
    """The list behind one figure: `?figure=…&since=…&until=…`."""
    figure, since, until = asked(request)
    ids = behind(request.actor, figure, since, until)
    costs = economics.path_cost(ids[:SHOWN])
    context = {
        "figure": figure,
        "definition": BY_KEY[figure].definition if figure in BY_KEY else DEFINITIONS.get(figure, ("", ""))[1],
        "name": figure_words(figure),
        "of_surveys": is_figure(figure),
        "since": since,
        "until": until,
        "total": len(ids),
        "rows": rows(request.actor, ids[:SHOWN]),
        "costs": costs,
        "sum": sum((cost.total for cost in costs.values()), Decimal(0)),
        "currency": economics.rate_card(request.actor)[0].currency,
    }
    return report_page(request, "reports/tickets.html", "", context)


def figure_words(figure: str) -> str:
    """What the figure counts, in a few words; empty for one that speaks by its definition only."""
    if figure in BY_KEY:
        return BY_KEY[figure].name
    word, _dash, tier = figure.partition("-")
    if word in DEFINITIONS:
        return DEFINITIONS[word][0]
    if word in {"reached", "resolved"} and tier in {str(one.value) for one in Tier}:
        who = tier_name(int(tier))
        return (_("Solved by %(who)s") if word == "resolved" else _("Reached %(who)s")) % {"who": who}
    return str({"all": _("Every solved ticket"), **FINDINGS}.get(figure, _("On this way")))


def behind(viewer: Actor, figure: str, since: datetime, until: datetime) -> list[int]:
    """The tickets' ids. Raises NotFound for a figure that neither page shows."""
    try:
        return list(measures.tickets_behind(viewer, figure, since, until).values_list("pk", flat=True))
    except NotFound:
        return list(flow.tickets_behind(viewer, figure, since, until))


def rows(viewer: Actor, ids: Sequence[int]) -> list[QueueRow]:
    """The tickets as lists show them, in the order of the ids."""
    if not ids:
        return []
    found, _next = desk.queue(viewer, QueueFilter(ids=tuple(ids)), limit=SHOWN)
    place = {pk: n for n, pk in enumerate(ids)}
    return sorted(found, key=lambda row: place[row.id])


def asked(request: SignedInRequest) -> tuple[str, datetime, datetime]:
    """Figure and period of the address. Raises NotFound for anything that is not one."""
    try:
        since = datetime.fromisoformat(request.GET.get("since", ""))
        until = datetime.fromisoformat(request.GET.get("until", ""))
    except ValueError as problem:
        raise NotFound from problem
    if since.tzinfo is None or until.tzinfo is None or since >= until:
        raise NotFound
    return request.GET.get("figure", ""), since, until
