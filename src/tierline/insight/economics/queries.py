"""What tickets cost along their paths, from the timeline and the rate card."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, holding, require
from tierline.desk.tickets.models import Ticket
from tierline.insight.paths.queries import STAYS, Period, resolved_in, rows
from tierline.work.knowledge.models import TransferObligation

from .models import Rate
from .rules import DEFAULTS, Cost, RateRow, Saving, Stay, kept, price, price_if_solved_at, saving

_MONTH_DAYS = 30.44
_SHIPPED = ", ".join(f"({row.tier}, {row.amount}, '{row.currency}')" for row in DEFAULTS.values())
_CARD = f"""(SELECT d.tier, coalesce(r.amount, d.amount) AS amount, coalesce(r.currency, d.currency) AS currency
               FROM (VALUES {_SHIPPED}) AS d(tier, amount, currency)
               LEFT JOIN economics_rate r ON r.tier = d.tier)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierCost:
    """Money spent at a tier on the tickets solved in a period; `share` is its part of all, 0 to 1."""

    tier: int
    visits: int
    amount: Decimal
    share: float


def rate_card(viewer: Actor) -> tuple[RateRow, ...]:
    """The card by tier: the desk's own rows, shipped defaults where there is none."""
    require(viewer, Right.INSIGHT_READ)
    return _card()


def _card() -> tuple[RateRow, ...]:
    own = {
        row.tier: RateRow(tier=row.tier, amount=row.amount, currency=row.currency, source=row.source, year=row.year)
        for row in Rate.objects.all()
    }
    return tuple(own.get(tier, default) for tier, default in DEFAULTS.items())


def path_cost(ticket_ids: Sequence[int]) -> dict[int, Cost]:
    """What each of these tickets has cost so far, in one statement. The caller has made sure they may be seen."""
    if not ticket_ids:
        return {}
    sql = f"""SELECT s.ticket_id, s.tier, s.touches, card.amount, card.currency
                FROM ({STAYS.format(tickets="SELECT unnest(%s::bigint[])")}) AS s
                JOIN {_CARD} AS card ON card.tier = s.tier
               ORDER BY s.ticket_id, s.stay"""
    stays: dict[int, list[Stay]] = defaultdict(list)
    rates: dict[int, Decimal] = {}
    paid_in: dict[int, str] = {}
    for ticket_id, tier, touches, amount, currency in rows(sql, [list(ticket_ids)]):
        stays[ticket_id].append(Stay(tier=tier, touches=touches))
        rates[tier] = amount
        paid_in[tier] = currency
    currency = paid_in[min(paid_in)] if paid_in else DEFAULTS[0].currency
    return {ticket_id: price(stays.get(ticket_id, ()), rates, currency) for ticket_id in ticket_ids}


def cost_by_tier(viewer: Actor, since: datetime, until: datetime) -> tuple[TierCost, ...]:
    """Where the money went, along the whole path of every ticket solved in the period. One statement."""
    cohort, params = resolved_in(viewer, Period(since=since, until=until))
    sql = f"""
        SELECT visit.tier, count(*), sum(card.amount)
          FROM (SELECT s.tier, lag(s.tier) OVER (PARTITION BY s.ticket_id ORDER BY s.stay) AS before
                  FROM ({STAYS.format(tickets=f"SELECT ticket_id FROM ({cohort}) AS cohort")}) AS s
                 WHERE s.touches > 0) AS visit
          JOIN {_CARD} AS card ON card.tier = visit.tier
         WHERE visit.before IS DISTINCT FROM visit.tier
         GROUP BY visit.tier"""
    counted = {tier: (visits, amount) for tier, visits, amount in rows(sql, params)}
    total = sum((amount for _, amount in counted.values()), Decimal(0))
    return tuple(
        TierCost(
            tier=tier,
            visits=counted.get(tier, (0, Decimal(0)))[0],
            amount=counted.get(tier, (0, Decimal(0)))[1],
            share=float(counted[tier][1] / total) if tier in counted and total else 0.0,
        )
        for tier in DEFAULTS
    )


def what_if(viewer: Actor, ticket_ids: Iterable[int], to_tier: int, *, over: timedelta = timedelta(days=90)) -> Saving:
    """What it would save a month if `to_tier` could solve the tickets of a cause.

    A ticket that went no higher than that saves nothing.
    `ticket_ids` are the tickets of the cause (a known error's, an article's); those solved in the last `over` count.
    """
    since = clock.now() - over
    solved = Ticket.objects.visible_to(holding(viewer, Right.INSIGHT_READ)).filter(
        pk__in=list(ticket_ids), resolved_at__gte=since
    )
    ids = list(solved.values_list("pk", flat=True))
    rates = {row.tier: row.amount for row in _card()}
    costs = path_cost(ids)
    pairs = [(cost.total, price_if_solved_at(cost, to_tier, rates)) for cost in costs.values()]
    return saving(pairs, months=over.days / _MONTH_DAYS, keeps=kept(*_past_lessons()))


def _past_lessons() -> tuple[int, int]:
    effects = TransferObligation.objects.filter(effect__isnull=False).values_list("effect", flat=True)
    counted = [effect for effect in effects if effect is not None]
    return sum(int(one["after_low"]) for one in counted), sum(int(one["after"]) for one in counted)
