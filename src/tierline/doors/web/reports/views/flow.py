"""The flow page: the ways tickets take between groups, and what they say. Findings name groups, never people."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.reports import flow_picture
from tierline.doors.web.reports.flow_picture import Group, Way
from tierline.doors.web.reports.frame import report_page, scope_of
from tierline.doors.web.shapes import Bar
from tierline.doors.web.words import span
from tierline.insight.flow import queries
from tierline.insight.flow.queries import FlowMap
from tierline.insight.flow.rules import SOLVED, Edge, Finding

MOST_WAYS = 24
MOST_VARIANTS = 8


@dataclass(frozen=True, kw_only=True)
class FoundRow:
    """A finding with its groups as bars."""

    finding: Finding
    href: str
    bars: Sequence[Bar]


@needs(Right.INSIGHT_READ)
@require_safe
def flow(request: SignedInRequest) -> HttpResponse:
    """Sentence, picture, table, findings."""
    scope = scope_of(request)
    found = queries.flow(request.actor, scope.since, scope.until)
    names = {node.group_id: node.name for node in found.nodes}
    ways = [edge for edge in found.edges if edge.from_group in names and edge.to_group in names][:MOST_WAYS]
    context = {
        "scope": scope,
        "tickets": found.tickets,
        "opening": opening(found, names),
        "picture": drawn(found, ways),
        "ways": ways,
        "rest": len(found.edges) - len(ways),
        "names": names,
        "solved": SOLVED,
        "wait_words": wait_words,
        "findings": [
            FoundRow(
                finding=one,
                href=scope.behind(one.key),
                bars=[Bar(names.get(group, _("Nobody yet")), count, str(count)) for group, count in one.by_group[:6]],
            )
            for one in found.findings
        ],
        "variants": found.variants[:MOST_VARIANTS],
        "most": max((variant.tickets for variant in found.variants), default=1),
    }
    return report_page(request, "reports/flow.html", "insights:flow", context)


def drawn(found: FlowMap, ways: Sequence[Edge]) -> flow_picture.FlowPicture:
    """The map as a picture."""
    groups = [
        Group(key=node.group_id, name=node.name, tier=max(node.tier, 0), tickets=node.tickets) for node in found.nodes
    ]
    return flow_picture.picture(
        groups,
        [Way(start=e.from_group, end=e.to_group, tickets=e.tickets, wait=e.median_wait) for e in ways],
        solved=SOLVED,
        total=found.tickets,
    )


def opening(found: FlowMap, names: dict[int, str]) -> str:
    """The conclusion: where tickets wait longest, and how many findings there are."""
    if not found.tickets:
        return _("No ticket was solved in this period.")
    waited = [edge for edge in found.edges if edge.median_wait is not None and edge.to_group in names]
    slow = max(waited, key=lambda edge: (edge.median_wait or 0.0) * edge.tickets, default=None)
    findings = sum(1 for one in found.findings if one.tickets)
    text = ngettext("%(n)s thing stands out.", "%(n)s things stand out.", findings) % {"n": findings}
    if slow is None or not slow.median_wait:
        return _("Tickets move without waiting.") + " " + text
    where = _("Most time is lost before %(group)s begins: %(wait)s in the median.") % {
        "group": names[slow.to_group],
        "wait": wait_words(slow.median_wait),
    }
    return f"{where} {text}"


def wait_words(seconds: float | None) -> str:
    """A wait in words; empty when nobody has begun yet."""
    return "" if seconds is None else span(seconds)
