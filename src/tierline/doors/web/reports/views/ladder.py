"""The ladder page: where tickets end, what it costs, and which lessons come down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, may
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.reports import ladder_picture
from tierline.doors.web.reports.frame import Scope, report_page, scope_of
from tierline.doors.web.reports.ladder_picture import LessonFigures, TierFigures
from tierline.doors.web.reports.measure_picture import Range, line
from tierline.insight.economics import queries as economics
from tierline.insight.economics.queries import TierCost
from tierline.insight.measures import queries as measures
from tierline.insight.measures import satisfaction
from tierline.insight.measures.queries import Figure, Filter, Ladder
from tierline.insight.measures.rules import Share, opening
from tierline.work.knowledge import queries as knowledge
from tierline.work.knowledge.queries import LessonRow

SHOWN = ("fcr", "flr", "tier_0", "escalation", "reopened", "level_one_capable")
TARGETS = {"fcr": 0.62, "flr": 0.70, "tier_0": 0.40, "escalation": 0.30}
SPECIALISTS = 2
FULL = 1000.0
BOARD = (
    ("owed", gettext_lazy("Owed")),
    ("taught", gettext_lazy("Taught")),
    ("tried", gettext_lazy("Tried")),
    ("measured", gettext_lazy("Measured")),
    ("waived", gettext_lazy("Waived")),
)
SOURCES = {satisfaction.CSAT: "MetricNet"}
BREAKDOWNS = {
    "tier": gettext_lazy("Tier that solved it"),
    "group": gettext_lazy("Group"),
    "channel": gettext_lazy("How it came"),
}
CLASS_WORDS = {
    "confirmed": gettext_lazy("Confirmed by the requester"),
    "verified": gettext_lazy("Verified by the system"),
    "silent": gettext_lazy("Silence, not counted as solved"),
    "failed": gettext_lazy("Failed: it came back or did not help"),
    "handed_over": gettext_lazy("Handed over to a person"),
    "pending": gettext_lazy("Still waiting for a word"),
}


@dataclass(frozen=True, kw_only=True)
class MeasureCard:
    figure: Figure
    range: Range | None
    goal: float | None
    href: str


@dataclass(frozen=True, kw_only=True)
class Fall:
    """One bar of the money: where it starts and how long it is, in units of 1000."""

    cost: TierCost
    x: float
    width: float
    href: str


@needs(Right.INSIGHT_READ)
@require_safe
def ladder(request: SignedInRequest) -> HttpResponse:
    """Sentence, picture, table."""
    viewer, scope = request.actor, scope_of(request)
    found = measures.ladder(viewer, scope.since, scope.until)
    costs = economics.cost_by_tier(viewer, scope.since, scope.until)
    lessons = knowledge.obligations(viewer)
    figures = [TierFigures(tier=r.tier, reached=r.reached, solved=r.resolved, sent_back=r.bounced) for r in found.rungs]
    # every solved ticket began somewhere below: what came in is all of them, also those that skipped a tier
    figures[0] = TierFigures(tier=0, reached=found.total, solved=figures[0].solved, sent_back=figures[0].sent_back)
    arriving = lesson_figures(lessons)
    context = {
        "scope": scope,
        "ladder": found,
        "opening": opening(
            found.total, {r.tier: r.resolved for r in found.rungs}, climbing_share(viewer, scope, costs)
        ),
        "broad": ladder_picture.picture(figures, arriving, ladder_picture.BROAD),
        "narrow": ladder_picture.picture(figures, arriving, ladder_picture.NARROW),
        "each": each_costs(costs, found),
        "measures": [card(figure, scope) for figure in found.figures if figure.key in SHOWN],
        "falls": falls(costs, scope),
        "money": sum((cost.amount for cost in costs), Decimal(0)),
        "currency": economics.rate_card(viewer)[0].currency,
        "board": board(lessons),
        "classes": [(CLASS_WORDS[key], found.tier_0[key], found.tier_0_percent[key]) for key in CLASS_WORDS],
        "on_day": on_day,
        "tried": sum(found.tier_0.values()),
        **satisfaction_panel(viewer, scope),
    }
    return report_page(request, "reports/ladder.html", "insights:ladder", context)


def satisfaction_panel(viewer: Actor, scope: Scope) -> dict[str, object]:
    """What requesters say when it is solved, for the panel of the page."""
    found = satisfaction.satisfaction(viewer, scope.since, scope.until)
    shares = ((satisfaction.CSAT, found.csat), (satisfaction.RESPONSE, found.response))
    return {
        "satisfaction": found,
        "satisfaction_cards": [card(satisfaction_figure(key, share, scope), scope) for key, share in shares],
        "breakdown_names": BREAKDOWNS,
        "may_arrange": may(viewer, Right.DESK_SETUP),
    }


def satisfaction_figure(key: str, share: Share, scope: Scope) -> Figure:
    """A figure of the panel with its definition, as the other measures have theirs."""
    name, definition = satisfaction.DEFINITIONS[key]
    behind = Filter(figure=key, since=scope.since, until=scope.until)
    return Figure(key=key, name=name, definition=definition, source=SOURCES.get(key, ""), share=share, filter=behind)


def climbing_share(viewer: Actor, scope: Scope, costs: Sequence[TierCost]) -> float | None:
    """The part of the money that the tickets solved above the frontline took, along their whole path."""
    total = sum((cost.amount for cost in costs), Decimal(0))
    if not total:
        return None
    ids: list[int] = []
    for cost in costs:
        if cost.tier >= SPECIALISTS:
            behind = measures.tickets_behind(viewer, f"resolved-{cost.tier}", scope.since, scope.until)
            ids += behind.values_list("pk", flat=True)
    spent = sum((cost.total for cost in economics.path_cost(ids).values()), Decimal(0))
    return float(spent / total)


def lesson_figures(lessons: Sequence[LessonRow]) -> list[LessonFigures]:
    """Lessons between each pair of tiers: those whose effect was measured, and those on their way."""
    counted: dict[tuple[int, int], list[int]] = {}
    for lesson in lessons:
        if lesson.state == "waived":
            continue
        pair = counted.setdefault((lesson.from_tier, lesson.to_tier), [0, 0])
        pair[0 if lesson.state == "measured" else 1] += 1
    return [
        LessonFigures(from_tier=high, to_tier=low, proven=proven, under_way=under_way)
        for (high, low), (proven, under_way) in sorted(counted.items())
    ]


def each_costs(costs: Sequence[TierCost], found: Ladder) -> dict[int, float]:
    """What one ticket at a tier has cost on average."""
    reached = {rung.tier: rung.reached for rung in found.rungs}
    return {cost.tier: float(cost.amount) / reached[cost.tier] for cost in costs if reached.get(cost.tier)}


def card(figure: Figure, scope: Scope) -> MeasureCard:
    """A measure with its interval drawn to scale."""
    share, goal = figure.share, TARGETS.get(figure.key)
    drawn = None
    if share.value is not None and share.low is not None and share.high is not None:
        drawn = line(value=share.value, low=share.low, high=share.high, goal=goal, floor=0.0, ceiling=1.0)
    return MeasureCard(figure=figure, range=drawn, goal=goal, href=scope.behind(figure.key))


def falls(costs: Sequence[TierCost], scope: Scope) -> list[Fall]:
    """The bars of the money, each beginning where the one before it ended."""
    found: list[Fall] = []
    x = 0.0
    for cost in costs:
        width = cost.share * FULL
        found.append(Fall(cost=cost, x=round(x, 1), width=round(width, 1), href=scope.behind(f"reached-{cost.tier}")))
        x += width
    return found


def board(lessons: Sequence[LessonRow]) -> list[tuple[str, str, list[LessonRow]]]:
    """The lessons by where they are on their way down."""
    return [(key, str(words), [one for one in lessons if one.state == key]) for key, words in BOARD]


def on_day(day: date) -> str:
    """A day in words: `3 October`."""
    return date_format(day, "j F")
