"""What a path costs and what a lesson would save. Pure; money is Decimal in the card's currency."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """Cost of a ticket at one tier, with where the figure comes from."""

    tier: int
    amount: Decimal
    currency: str
    source: str
    year: int


# MetricNet benchmarks 2012-2020: self-help 2, level 1 22, level 2 69, level 3 104, vendor 599 US dollars.
DEFAULTS: dict[int, RateRow] = {
    tier: RateRow(tier=tier, amount=Decimal(amount), currency="USD", source="MetricNet", year=2020)
    for tier, amount in {0: "2.00", 1: "22.00", 2: "69.00", 3: "104.00", 4: "599.00"}.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Time with one owner: the tier, how often somebody did something, and the group (None: nobody yet)."""

    tier: int
    touches: int
    group_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One charged visit to a tier."""

    tier: int
    amount: Decimal
    touches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a ticket has cost along its path so far, in the currency of the card."""

    total: Decimal
    steps: tuple[Step, ...]
    currency: str


def price(stays: Iterable[Stay], rates: Mapping[int, Decimal], currency: str = DEFAULTS[0].currency) -> Cost:
    """The cost of a path, cumulative over the tiers (MetricNet): each visit to a tier is charged once.

    Stays that follow each other on one tier are one visit. A visit in which nobody did anything costs nothing.
    """
    visits: list[tuple[int, int]] = []
    for stay in stays:
        if not stay.touches:
            continue
        if visits and visits[-1][0] == stay.tier:
            visits[-1] = (stay.tier, visits[-1][1] + stay.touches)
        else:
            visits.append((stay.tier, stay.touches))
    steps = tuple(Step(tier=tier, amount=rates[tier], touches=touches) for tier, touches in visits)
    return Cost(total=sum((step.amount for step in steps), Decimal(0)), steps=steps, currency=currency)


def price_if_solved_at(cost: Cost, to_tier: int, rates: Mapping[int, Decimal]) -> Decimal:
    """What the same ticket would cost if `to_tier` solved it on its way up; never more than it did cost."""
    below = {step.tier: step.amount for step in cost.steps if step.tier < to_tier}
    return min(cost.total, sum(below.values(), Decimal(0)) + rates[to_tier])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The share of taught tickets that really stay low: `kept` of `of` in past lessons, or an assumption."""

    share: float
    low: float
    high: float
    measured: bool


ASSUMED = Kept(share=0.70, low=0.62, high=0.78, measured=False)
"""Used until the house has measured at least `ENOUGH` tickets after lessons; the page says that it is assumed."""
ENOUGH = 20
_Z80 = 1.2816


def kept(low_enough: int, after: int) -> Kept:
    """How much past lessons kept, with its 80 % interval (Wilson); `ASSUMED` below `ENOUGH` tickets."""
    if after < ENOUGH:
        return ASSUMED
    share = low_enough / after
    z2 = _Z80 * _Z80
    centre = (share + z2 / (2 * after)) / (1 + z2 / after)
    half = _Z80 * sqrt(share * (1 - share) / after + z2 / (4 * after * after)) / (1 + z2 / after)
    return Kept(share=share, low=max(0.0, centre - half), high=min(1.0, centre + half), measured=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What teaching a cause to a tier would save in a month, with the 80 % interval and what it rests on."""

    tickets: int
    months: float
    monthly: Decimal
    low: Decimal
    high: Decimal
    kept: Kept


def saving(costs: Sequence[tuple[Decimal, Decimal]], *, months: float, keeps: Kept) -> Saving:
    """From pairs (what it cost, what it would cost) over `months`. Raises ValueError for no time.

    The number of tickets varies as a Poisson count and the kept share within its interval; the relative variances
    add up (delta method). Savings differ from ticket to ticket, so the count's variance uses their second moment.
    """
    if months <= 0:
        raise ValueError("months must be more than nothing")
    differences = [float(was - would) for was, would in costs]
    gross = sum(differences) / months
    mean = gross * keeps.share
    count_variance = sum(value * value for value in differences) / months**2 * keeps.share**2
    share_error = (keeps.high - keeps.low) / (2 * _Z80)
    half = _Z80 * sqrt(count_variance + (gross * share_error) ** 2)
    return Saving(
        tickets=len(costs),
        months=months,
        monthly=_money(mean),
        low=_money(max(0.0, mean - half)),
        high=_money(mean + half),
        kept=keeps,
    )


def _money(value: float) -> Decimal:
    return Decimal(value).quantize(CENT)
