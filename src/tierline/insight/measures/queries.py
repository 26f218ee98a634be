"""The ladder and its figures, counted from the timeline alone. Each figure opens exactly the tickets it counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right, Tier, holding
from tierline.desk.tickets.models import Ticket
from tierline.insight.paths.queries import Period, resolved_in, rows, scope

from . import satisfaction
from .rules import BY_KEY, MEASURES, Measure, Share, percentages, share

_FACTS = """
    SELECT c.ticket_id, c.resolved_tier, c.resolved_at,
           min(e.at) AS opened_at,
           greatest(c.resolved_tier, max(own.tier)) AS highest,
           coalesce(max(own.tier), 0) >= 1 AS reached_people,
           coalesce(bit_or(1 << own.tier), 0) | (1 << c.resolved_tier) AS tiers,
           count(*) FILTER (WHERE e.kind = 'ticket.replied' AND e.actor_id IS NOT NULL) AS replies,
           coalesce(max(e.seq) FILTER (WHERE e.kind = 'ticket.message_received' AND e.at <= c.resolved_at)
                    > min(e.seq) FILTER (WHERE e.kind = 'ticket.assigned'), false) AS written_back,
           count(*) FILTER (WHERE e.kind = 'ticket.reopened') AS reopened,
           count(*) FILTER (WHERE e.kind = 'escalation.requested') AS asked,
           coalesce(bool_or((e.data ->> 'level_one_capable')::boolean)
                    FILTER (WHERE e.kind = 'ticket.resolved' AND e.at = c.resolved_at), false) AS capable
      FROM ({cohort}) AS c
      JOIN timeline_timelineentry e ON e.subject_kind = 'ticket' AND e.subject_id = c.ticket_id
     CROSS JOIN LATERAL (SELECT CASE WHEN e.kind IN ('ticket.assigned', 'ticket.tier_tried')
                                     THEN (e.data ->> 'tier')::int END AS tier) AS own
     WHERE e.seq = 1 OR e.kind IN ('ticket.assigned', 'ticket.tier_tried', 'ticket.replied', 'ticket.message_received',
                                   'ticket.reopened', 'ticket.resolved', 'escalation.requested')
     GROUP BY c.ticket_id, c.resolved_tier, c.resolved_at"""
"""One row a solved ticket: where it was solved, how high it was, who wrote, and whether it came back.

`tiers` has one bit for each tier that had it; `written_back`: the requester wrote after people had it, before the end.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """The tickets behind a figure, as the queue page takes it: `?figure=…&since=…&until=…`."""

    figure: str
    since: datetime
    until: datetime

    @property
    def params(self) -> dict[str, str]:
        return {"figure": self.figure, "since": self.since.isoformat(), "until": self.until.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured share with its definition and the filter that opens what it counts."""

    key: str
    name: str
    definition: str
    source: str
    share: Share
    filter: Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One tier of the ladder. `share` is a percentage of all; the percentages add up to 100.0."""

    tier: int
    name: str
    reached: int
    resolved: int
    climbed: int
    bounced: int
    share: float
    reached_filter: Filter
    resolved_filter: Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverRate:
    """Hand-overs asked from one tier to another, and how many were sent back with a reason."""

    from_tier: int
    to_tier: int
    asked: int
    bounced: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The whole page: tickets solved in the period, tier by tier, with the figures beside them.

    Times are hours by the calendar from opening to resolution. `tier_0` are counts by outcome class.
    """

    period: Period
    total: int
    rungs: tuple[Rung, ...]
    figures: tuple[Figure, ...]
    hand_overs: tuple[HandOverRate, ...]
    tier_0: dict[str, int]
    tier_0_percent: dict[str, float]
    median_hours: float | None
    p90_hours: float | None
    backlog: int


def ladder(viewer: Actor, since: datetime, until: datetime) -> Ladder:
    """Everything the ladder page shows, in four statements whatever the number of tickets. Raises NotFound."""
    period = Period(since=since, until=until)
    handed = hand_overs(viewer, since, until)
    tier_0 = outcome_classes(viewer, since, until)
    counted = _count(viewer, period)
    return Ladder(
        period=period,
        total=counted["total"],
        rungs=_rungs(counted, period, handed),
        figures=tuple(_figure(measure, counted, period) for measure in MEASURES),
        hand_overs=handed,
        tier_0=tier_0,
        tier_0_percent=percentages(tier_0),
        median_hours=counted["median"],
        p90_hours=counted["p90"],
        backlog=backlog(viewer),
    )


def _count(viewer: Actor, period: Period) -> dict[str, Any]:
    hours = "extract(epoch FROM resolved_at - opened_at)::float8 / 3600"
    columns = {
        "total": "count(*)",
        "median": f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {hours})",
        "p90": f"percentile_cont(0.9) WITHIN GROUP (ORDER BY {hours})",
    }
    for m in MEASURES:
        columns[f"{m.key}-part"] = f"count(*) FILTER (WHERE ({m.counted}) AND ({m.among}))"
        columns[f"{m.key}-whole"] = f"count(*) FILTER (WHERE {m.among})"
    for tier in Tier:
        reached = _condition(f"reached-{tier.value}")
        columns[f"reached-{tier.value}"] = f"count(*) FILTER (WHERE {reached})"
        columns[f"resolved-{tier.value}"] = f"count(*) FILTER (WHERE {_condition(f'resolved-{tier.value}')})"
        columns[f"climbed-{tier.value}"] = f"count(*) FILTER (WHERE {reached} AND highest > {tier.value})"
    cohort, params = resolved_in(viewer, period)
    sql = f"SELECT {', '.join(columns.values())} FROM ({_FACTS.format(cohort=cohort)}) AS facts"
    return dict(zip(columns, rows(sql, params)[0], strict=True))


def _figure(measure: Measure, counted: dict[str, Any], period: Period) -> Figure:
    return Figure(
        key=measure.key,
        name=measure.name,
        definition=measure.definition,
        source=measure.source,
        share=share(counted[f"{measure.key}-part"], counted[f"{measure.key}-whole"]),
        filter=_filter(measure.key, period),
    )


def _filter(key: str, period: Period) -> Filter:
    return Filter(figure=key, since=period.since, until=period.until)


def _rungs(counted: dict[str, Any], period: Period, handed: tuple[HandOverRate, ...]) -> tuple[Rung, ...]:
    percent = percentages({str(tier.value): counted[f"resolved-{tier.value}"] for tier in Tier})
    return tuple(
        Rung(
            tier=tier.value,
            name=tier.name.replace("_", "-").capitalize(),
            reached=counted[f"reached-{tier.value}"],
            resolved=counted[f"resolved-{tier.value}"],
            climbed=counted[f"climbed-{tier.value}"],
            bounced=sum(rate.bounced.part for rate in handed if rate.to_tier == tier.value),
            share=percent[str(tier.value)],
            reached_filter=_filter(f"reached-{tier.value}", period),
            resolved_filter=_filter(f"resolved-{tier.value}", period),
        )
        for tier in Tier
    )


def hand_overs(viewer: Actor, since: datetime, until: datetime) -> tuple[HandOverRate, ...]:
    """Escalations asked in the period and those of them sent back, for each pair of tiers. Bounce rate by MetricNet."""
    visible, params = scope(viewer)
    sql = f"""
        SELECT (a.data ->> 'from_tier')::int, (a.data ->> 'to_tier')::int, count(*),
               count(*) FILTER (WHERE a.data ->> 'handover_id' IN (
                   SELECT b.data ->> 'handover_id' FROM timeline_timelineentry b
                    WHERE b.kind = 'escalation.bounced' AND b.subject_kind = 'ticket' AND b.at >= %s))
          FROM timeline_timelineentry a
         WHERE a.kind = 'escalation.requested' AND a.subject_kind = 'ticket' AND a.at >= %s AND a.at < %s
           AND a.subject_id IN ({visible})
         GROUP BY 1, 2 ORDER BY 1, 2"""
    return tuple(
        HandOverRate(from_tier=low, to_tier=high, asked=asked, bounced=share(bounced, asked))
        for low, high, asked, bounced in rows(sql, [since, since, until, *params])
    )


CLASSES = ("pending", "confirmed", "verified", "silent", "failed", "handed_over")


def outcome_classes(viewer: Actor, since: datetime, until: datetime) -> dict[str, int]:
    """Tickets that tier 0 tried in the period, by what became of it: the last outcome on each ticket's timeline."""
    visible, params = scope(viewer)
    sql = f"""
        SELECT last.outcome, count(*) FROM (
            SELECT DISTINCT ON (e.subject_id) e.data ->> 'outcome' AS outcome
              FROM timeline_timelineentry e
             WHERE e.kind = 'assistant.outcome' AND e.subject_kind = 'ticket' AND e.at >= %s AND e.subject_id IN (
                   SELECT t.subject_id FROM timeline_timelineentry t
                    WHERE t.kind = 'ticket.tier_tried' AND t.subject_kind = 'ticket' AND t.at >= %s AND t.at < %s
                      AND t.subject_id IN ({visible}))
             ORDER BY e.subject_id, e.seq DESC) AS last GROUP BY last.outcome"""
    counted = dict(rows(sql, [since, since, until, *params]))
    return {name: counted.get(name, 0) for name in CLASSES}


def backlog(viewer: Actor) -> int:
    """Tickets that are open now."""
    return Ticket.objects.visible_to(holding(viewer, Right.INSIGHT_READ)).open().count()


def tickets_behind(viewer: Actor, figure: str, since: datetime, until: datetime) -> QuerySet[Ticket]:
    """Exactly the tickets that a figure counts: the same condition over the same rows. Raises NotFound.

    `figure` is a measure's key, `all`, `reached-N` or `resolved-N` for tier N, or one of `satisfaction`.
    """
    if satisfaction.is_figure(figure):
        return satisfaction.tickets_behind(viewer, figure, since, until)
    cohort, params = resolved_in(viewer, Period(since=since, until=until))
    sql = f"SELECT ticket_id FROM ({_FACTS.format(cohort=cohort)}) AS facts WHERE {_condition(figure)}"
    return Ticket.objects.filter(pk__in=RawSQL(sql, params)).order_by("-resolved_at", "pk")  # noqa: S611 (constants)


def _condition(figure: str) -> str:
    if figure == "all":
        return "true"
    if figure in BY_KEY:
        return f"({BY_KEY[figure].counted}) AND ({BY_KEY[figure].among})"
    word, _, tier = figure.partition("-")
    if word not in {"reached", "resolved"} or tier not in {str(one.value) for one in Tier}:
        raise NotFound
    return f"resolved_tier = {int(tier)}" if word == "resolved" else f"tiers & {1 << int(tier)} > 0"
