"""What each figure means (HDI, MetricNet) and how sure it is. Pure; the predicates are constants over `facts`."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

PEOPLE = "resolved_tier >= 1 OR reached_people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A share of tickets. `counted` and `among` are conditions over one row per resolved ticket (see queries.FACTS).

    The same two conditions count the figure and open the tickets behind it, so the two cannot differ.
    """

    key: str
    name: str
    definition: str
    source: str
    counted: str
    among: str


MEASURES: tuple[Measure, ...] = (
    Measure(
        key="fcr",
        name="First-contact resolution (FCR)",
        definition=(
            "Solved in the first contact with a person: at tier 1, with at most one answer, no message back before it, "
            "no hand-over, and not opened again."
        ),
        source="HDI; MetricNet",
        counted=(
            "resolved_tier = 1 AND highest = 1 AND replies <= 1 AND NOT written_back AND reopened = 0 AND asked = 0"
        ),
        among=PEOPLE,
    ),
    Measure(
        key="flr",
        name="First-level resolution, gross (FLR)",
        definition="Of the tickets that reached people: those that tier 1 solved.",
        source="HDI; MetricNet",
        counted="resolved_tier = 1",
        among=PEOPLE,
    ),
    Measure(
        key="flr_net",
        name="First-level resolution, net",
        definition=(
            "The same among the tickets that tier 1 could solve: solved there, or ticked Resolved Level-1 Capable "
            "by the tier that solved them."
        ),
        source="MetricNet",
        counted="resolved_tier = 1",
        among=f"({PEOPLE}) AND (resolved_tier = 1 OR capable)",
    ),
    Measure(
        key="level_one_capable",
        name="Resolved Level-1 Capable",
        definition="Of the tickets solved at tier 2 or above: those that tier 1 could have solved, ticked at closure.",
        source="MetricNet",
        counted="resolved_tier >= 2 AND capable",
        among="resolved_tier >= 2",
    ),
    Measure(
        key="tier_0",
        name="Self-service resolution",
        definition="Of all solved tickets: those tier 0 solved, confirmed by the requester or verified by the system.",
        source="HDI",
        counted="resolved_tier = 0",
        among="true",
    ),
    Measure(
        key="escalation",
        name="Escalation rate",
        definition="Of the tickets that reached people: those that climbed above tier 1.",
        source="MetricNet",
        counted="highest >= 2",
        among=PEOPLE,
    ),
    Measure(
        key="reopened",
        name="Reopened",
        definition="Of all solved tickets: those that had been solved before and came back.",
        source="HDI",
        counted="reopened > 0",
        among="true",
    ),
)
BY_KEY: dict[str, Measure] = {measure.key: measure for measure in MEASURES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`part` of `whole` with the 95 % interval of the share (Wilson 1927); `value` is None when there is no whole."""

    part: int
    whole: int
    value: float | None
    low: float | None
    high: float | None


def share(part: int, whole: int, z: float = 1.96) -> Share:
    """The share of `part` in `whole`, 0 to 1. Raises ValueError when part exceeds whole."""
    if not 0 <= part <= whole:
        raise ValueError("a part cannot exceed its whole")
    if not whole:
        return Share(part=0, whole=0, value=None, low=None, high=None)
    value = part / whole
    centre = (value + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * sqrt(value * (1 - value) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return Share(part=part, whole=whole, value=value, low=max(0.0, centre - half), high=min(1.0, centre + half))


def percentages(counts: Mapping[str, int]) -> dict[str, float]:
    """Percentages with one decimal that add up to exactly 100.0 (largest remainder); all zero when nothing counts."""
    total = sum(counts.values())
    if not total:
        return dict.fromkeys(counts, 0.0)
    tenths = {name: count * 1000 // total for name, count in counts.items()}
    rest = 1000 - sum(tenths.values())
    by_remainder = sorted(counts, key=lambda name: (-(counts[name] * 1000 % total), name))
    for name in by_remainder[:rest]:
        tenths[name] += 1
    return {name: value / 10 for name, value in tenths.items()}


def opening(total: int, solved_by_tier: Mapping[int, int], climbing_cost_share: float | None) -> str:
    """The sentence over the ladder: where tickets end, of a hundred, and what the climbing ones cost."""
    if not total:
        return "No ticket was solved in this period."
    names = {"0": "end in self-service", "1": "at the frontline", "up": "climb on"}
    counts = {
        "0": solved_by_tier.get(0, 0),
        "1": solved_by_tier.get(1, 0),
        "up": sum(count for tier, count in solved_by_tier.items() if tier >= 2),  # noqa: PLR2004 (tier 2 and above)
    }
    rounded = _whole_percentages(counts)
    text = (
        f"Of 100 tickets, {rounded['0']} {names['0']}, {rounded['1']} {names['1']} and {rounded['up']} {names['up']}."
    )
    if climbing_cost_share is not None and counts["up"]:
        text += f" Those {rounded['up']} take {climbing_cost_share:.0%} of the money."
    return text


def _whole_percentages(counts: Mapping[str, int]) -> dict[str, int]:
    total = sum(counts.values())
    whole = {name: count * 100 // total for name, count in counts.items()}
    rest = 100 - sum(whole.values())
    for name in sorted(counts, key=lambda name: (-(counts[name] * 100 % total), name))[:rest]:
        whole[name] += 1
    return whole
