"""A forecast that says how little it knows: a mean weekly count and what chance alone makes of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, lgamma, log

RECENT_WEEKS = 8
"""How many whole weeks back count; older ones say less about the next."""
FEWEST_WEEKS = 3
"""Below this no forecast is made."""


class ImprovementState(StrEnum):
    """Continual improvement register (ITIL 4)."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    DONE = "done"
    DROPPED = "dropped"


_NEXT: dict[ImprovementState, frozenset[ImprovementState]] = {
    ImprovementState.PROPOSED: frozenset({ImprovementState.AGREED, ImprovementState.DROPPED}),
    ImprovementState.AGREED: frozenset({ImprovementState.DONE, ImprovementState.DROPPED}),
    ImprovementState.DONE: frozenset(),
    ImprovementState.DROPPED: frozenset({ImprovementState.PROPOSED}),
}


def may_become(state: ImprovementState, new: ImprovementState) -> bool:
    """Whether an improvement may go from one state to the other."""
    return new in _NEXT[state]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Tickets expected in one coming week, with the 80 % interval. `weeks` is how many it rests on."""

    expected: float
    low: int
    high: int
    weeks: int


def forecast(weekly: Sequence[int]) -> Forecast | None:
    """The next week from the last whole weeks, oldest first; None when there are fewer than `FEWEST_WEEKS`.

    The mean of the recent weeks, and the Poisson interval around it widened by how unevenly the weeks really fell
    (dispersion: variance over mean, never below 1).
    """
    recent = list(weekly)[-RECENT_WEEKS:]
    if len(recent) < FEWEST_WEEKS:
        return None
    mean = sum(recent) / len(recent)
    if mean == 0:
        return Forecast(expected=0.0, low=0, high=0, weeks=len(recent))
    spread = sum((week - mean) ** 2 for week in recent) / (len(recent) - 1)
    dispersion = max(1.0, spread / mean)
    low, high = poisson_quantile(mean, 0.10), poisson_quantile(mean, 0.90)
    stretch = dispersion**0.5
    return Forecast(
        expected=mean,
        low=max(0, int(mean - (mean - low) * stretch)),
        high=int(-(-(mean + (high - mean) * stretch) // 1)),
        weeks=len(recent),
    )


def poisson_quantile(mean: float, q: float) -> int:
    """The smallest count whose cumulative Poisson probability reaches `q` (0 to 1, exclusive)."""
    count, cumulative = 0, exp(-mean)
    while cumulative < q and count < mean * 3 + 50:
        count += 1
        cumulative += exp(count * log(mean) - mean - lgamma(count + 1))
    return count
