"""A linear model with a softmax over it, learned one text after the other (multinomial logistic regression).

Stochastic gradient descent whose steps get shorter, and the average over its later passes (Bottou: Stochastic Gradient
Descent Tricks; Polyak, Juditsky 1992). All labels are learned at once; of each text only its own features are touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .features import Row

STEP = 0.33
"""The length of the first steps, times the root of the number of labels: where there are many, each is met seldom.

After each pass over the texts the steps shrink with the root of the number of passes.
"""

BIAS = np.float32(0.01)
"""How fast the bias learns beside the features: it meets every text, and would jump to the label of the last one."""

PASSES = 6
FAR_AWAY = 2
"""Passes that are not averaged: they are still far away."""

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights of each feature for each label, and what each label has to begin with."""

    weights: Matrix
    bias: Matrix

    def scores(self, row: Row) -> Matrix:
        """The score of each label; the higher the likelier."""
        found: Matrix = row.values @ self.weights.take(row.columns, axis=0) + self.bias
        return found


def chances(scores: Matrix) -> Matrix:
    """Scores as shares that add up to 1 (softmax)."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Matrix = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def train(rows: Sequence[Row], labels: NDArray[np.int64], width: int, number: int, seed: int = 0) -> Linear:
    """Learn `number` labels from texts with `width` features."""
    weights, bias = np.zeros((width, number), dtype=np.float32), np.zeros(number, dtype=np.float32)
    summed, summed_bias = np.zeros_like(weights), np.zeros_like(bias)
    truth = np.eye(number, dtype=np.float32)
    order, step = np.random.default_rng(seed), STEP * np.sqrt(number)
    for done in range(PASSES):
        for turn, index in enumerate(order.permutation(len(rows))):
            columns, values, _ = rows[index]
            touched = weights.take(columns, axis=0)
            wrong = truth[labels[index]] - chances(values @ touched + bias)
            wrong *= np.float32(step / (1 + done + turn / len(rows)) ** 0.5)
            touched += values[:, None] * wrong
            weights[columns] = touched
            bias += wrong * BIAS
        if done >= FAR_AWAY:
            summed += weights
            summed_bias += bias
    share = np.float32(1 / (PASSES - FAR_AWAY))
    summed *= share
    summed_bias *= share
    return Linear(summed, summed_bias)
