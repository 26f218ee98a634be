"""From scores to chances: how often an answer as sure as this one was right, on texts that were not learned from.

A logistic regression over a few signs of doubt (Platt scaling with more than the score). The threshold is where past
answers were right often enough; without enough of them there is none, and nothing is decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PRECISION = 0.95
"""How many of the answers that act must have been right."""

ENOUGH = 40
"""Answers at or above a threshold that must have been seen before it counts."""

NEVER = 2.0
"""A threshold that no chance reaches."""

INSIDE = 4.0
"""How much more a right answer inside counts than a right silence outside."""

_ROUNDS = 25
_STIFFNESS = 1.0

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chance:
    """Turns signs into a chance between 0 and 1."""

    weights: tuple[float, ...]
    middle: tuple[float, ...]
    spread: tuple[float, ...]

    def of(self, signs: Reals) -> Reals:
        """The chance for each row of signs."""
        level = (signs - np.array(self.middle)) / np.array(self.spread)
        weights = np.array(self.weights)
        found: Reals = 1 / (1 + np.exp(-np.clip(level @ weights[1:] + weights[0], -30, 30)))
        return found


def learn(signs: Reals, truth: NDArray[np.bool_], weigh: Reals | None = None) -> Chance:
    """Fit a chance to what turned out true (iteratively reweighted least squares, slightly stiff)."""
    middle, spread = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-6)
    rows = np.column_stack([np.ones(len(signs)), (signs - middle) / spread])
    weigh = np.ones(len(signs)) if weigh is None else weigh
    stiff = np.diag([1e-3, *[_STIFFNESS] * signs.shape[1]])
    weights = np.zeros(rows.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (weigh * (truth - chance)) - stiff @ weights
        bend = (rows * (weigh * np.maximum(chance * (1 - chance), 1e-6))[:, None]).T @ rows + stiff
        step = np.linalg.solve(bend, slope)
        weights += step
        if float(np.abs(step).max()) < 1e-6:  # noqa: PLR2004 - nothing moves any more
            break
    return Chance(tuple(map(float, weights)), tuple(map(float, middle)), tuple(map(float, spread)))


def threshold(chances: Reals, right: NDArray[np.bool_], precision: float = PRECISION) -> float:
    """The lowest chance from which on at least `precision` of the answers were right; `NEVER` when there is none."""
    order = np.argsort(-chances, kind="stable")
    among = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last = np.append(chances[order][1:] < chances[order][:-1], True)  # answers as sure as each other go together
    good = np.flatnonzero((among >= precision) & last & (np.arange(1, len(order) + 1) >= ENOUGH))
    if not len(good):
        return NEVER
    lowest = float(chances[order][good[-1]])
    everything = good[-1] == len(order) - 1  # nothing less sure was seen: from there on the chance itself has to do
    return min(lowest, precision) if everything else lowest


def outside_from(outside: Reals, right: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    """From which chance on a text counts as outside: where both kinds of text are answered best.

    Nobody knows how many of tomorrow's texts lie outside, so right answers inside and right silences outside count as
    shares of their own kind; texts inside are the rule, so theirs counts `INSIDE` times.
    """
    order = np.argsort(-outside, kind="stable")
    silent = np.cumsum(~inside[order]) / max(int((~inside).sum()), 1)
    answered = (right.sum() - np.cumsum(right[order])) / max(int(inside.sum()), 1)
    best = int(np.argmax(silent + INSIDE * answered))
    return float(outside[order][best])


def reliability(chances: Reals, right: NDArray[np.bool_], steps: int = 10) -> float:
    """How far chances and what came true lie apart on average (expected calibration error, in shares)."""
    place = np.minimum((chances * steps).astype(int), steps - 1)
    apart = [
        abs(float(chances[place == one].mean()) - float(right[place == one].mean())) * float((place == one).mean())
        for one in np.unique(place)
    ]
    return float(sum(apart))


def coverage(chances: Sequence[float] | Reals, at: float) -> float:
    """The share of answers that reach a threshold."""
    values = np.asarray(chances)
    return float((values >= at).mean()) if len(values) else 0.0
