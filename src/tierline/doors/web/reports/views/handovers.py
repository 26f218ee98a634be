"""The hand-overs page: what was accepted, sent back or answered between each two tiers, how soon, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right, Tier
from tierline.doors.web import labels
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.reports.frame import Scope, report_page, scope_of
from tierline.insight.measures.rules import Share, share
from tierline.ladder.escalation import queries
from tierline.ladder.escalation.queries import HandoverRow, PairCount, StepCount

FULL = 1000.0
ORDER = ("accepted", "answered", "bounced", "withdrawn", "pending")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a pair's bar, in units of 1000."""

    what: str
    x: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What became of the questions between two tiers."""

    count: PairCount
    parts: list[Part]
    sent_back: Share
    reasons: list[tuple[str, int, str]]
    missing: list[tuple[str, int]]
    href: str


@needs(Right.INSIGHT_READ)
@require_safe
def handovers(request: SignedInRequest) -> HttpResponse:
    """Sentence, picture, table; `?from=…&to=…&what=…` opens the hand-overs that a count counts."""
    viewer, scope = request.actor, scope_of(request)
    counts = queries.counts_by_pair(viewer, scope.since, scope.until)
    reasons = queries.bounce_reasons(viewer, scope.since, scope.until)
    missing = queries.missing_items(viewer, scope.since, scope.until)
    context = {
        "scope": scope,
        "opening": opening(counts),
        "asked": sum(one.asked for one in counts),
        "pairs": [pair(one, reasons, missing, scope) for one in counts],
        "overridden": queries.overrides_since(viewer, scope.since, scope.until),
        "order": [(what, labels.handover(what)) for what in ORDER],
        "opened": opened(request, scope),
        "address": lambda one, what: address(scope, one.from_tier, one.to_tier, what),
    }
    return report_page(request, "reports/handovers.html", "insights:handovers", context)


def opening(counts: Sequence[PairCount]) -> str:
    """The page in a sentence."""
    asked, decided = sum(one.asked for one in counts), sum(one.decided for one in counts)
    if not asked:
        return _("Nobody asked a higher tier in this period.")
    bounced = sum(one.bounced for one in counts)
    said = ngettext("%(n)s question went up a tier", "%(n)s questions went up a tier", asked) % {"n": asked}
    if not decided:
        return _("%(said)s, and none is decided yet.") % {"said": said}
    answered = sum(one.answered for one in counts)
    told = _("of %(n)s decided, %(answered)s needed no move at all and %(bounced)s came back")
    return f"{said}; {told % {'n': decided, 'answered': answered, 'bounced': bounced}}."


def pair(count: PairCount, reasons: Sequence[StepCount], missing: Sequence[StepCount], scope: Scope) -> Pair:
    """One step of the ladder, drawn to scale."""
    step = (count.from_tier, count.to_tier)
    parts, x = [], 0.0
    for what in ORDER:
        width = getattr(count, what) / count.asked * FULL
        if width:
            parts.append(Part(what=what, x=round(x, 1), width=round(width, 1)))
        x += width
    return Pair(
        count=count,
        parts=parts,
        sent_back=share(count.bounced, count.decided),
        reasons=[
            (labels.bounce(one.what), one.count, address(scope, *step, f"bounced-{one.what}"))
            for one in reasons
            if (one.from_tier, one.to_tier) == step
        ],
        missing=[(one.what, one.count) for one in missing if (one.from_tier, one.to_tier) == step],
        href=address(scope, *step, "asked"),
    )


def address(scope: Scope, from_tier: int, to_tier: int, what: str) -> str:
    """Where the hand-overs behind a count are listed."""
    query = urlencode({"days": scope.days, "from": from_tier, "to": to_tier, "what": what})
    return f"{reverse('insights:handovers')}?{query}#behind"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The hand-overs behind one count."""

    from_tier: int
    to_tier: int
    words: str
    rows: list[HandoverRow]


def opened(request: SignedInRequest, scope: Scope) -> Opened | None:
    """What the address asks for; None where it names no step or count."""
    low, high = (whole_number(request.GET.get(name, "")) for name in ("from", "to"))
    what = request.GET.get("what", "")
    words = count_words(what)
    if low not in list(Tier) or high not in list(Tier) or not words:
        return None
    rows = queries.behind(request.actor, scope.since, scope.until, from_tier=low, to_tier=high, what=what)
    return Opened(from_tier=low, to_tier=high, words=words, rows=rows)


def count_words(what: str) -> str:
    """What a count counts, in a few words; empty for one that is none."""
    state, _dash, code = what.partition("-")
    if state == "bounced" and code in labels.BOUNCE:
        return f"{labels.handover(state)}: {labels.bounce(code)}"
    others = {"asked": _("asked"), "overridden": _("with something missing"), "swarmed": _("as a swarm")}
    return others.get(what) or (labels.handover(what) if what in ORDER else "")
