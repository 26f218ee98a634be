"""The cheapest way to give tickets to people, with a proof that there is none cheaper.

A transportation problem: every row goes to exactly one column; the k-th row that a column takes costs `places[k]` on
top, and these costs never fall. Solved by successive shortest paths (Ahuja, Magnanti, Orlin: Network Flows, 9.7): each
new row takes the cheapest chain of moves "this one to that column, the one it displaces to the next". All costs are
whole numbers, so that the proof by prices (`floor`) is exact and not within a tolerance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
"""Whole numbers; costs are a matrix with a row for each ticket and a column for each person."""

FAR = 1 << 50
"""The cost of what may not be. All real costs together stay below half of it."""


@dataclass(frozen=True, slots=True)
class Solution:
    """`column` of each row, `cost` of all together, and the `prices` of a place in each column that prove it."""

    column: Whole
    cost: int
    prices: Whole


def solve(costs: Whole, places: Sequence[Sequence[int]]) -> Solution:
    """The cheapest way to give each row a column. `places[c]`: the costs of the first, second, ... row in column `c`.

    Of several cheapest ways the one is taken that the order of rows and columns gives: the same question has the same
    answer. Raises ValueError when the places of a column get cheaper, or when a row has nowhere to go.
    """
    graph = _Graph(costs, steps(places))
    for row in range(costs.shape[0]):
        graph.add(row)
    column = graph.column
    return Solution(column, total(costs, places, column), graph.prices())


def total(costs: Whole, places: Sequence[Sequence[int]], column: Whole) -> int:
    """What an assignment costs."""
    taken = np.bincount(column, minlength=len(places))
    apart = costs[np.arange(len(column)), column].sum()
    return int(apart + sum(sum(one[:number]) for one, number in zip(places, taken, strict=True)))


def floor(costs: Whole, places: Sequence[Sequence[int]], prices: Whole) -> int:
    """No assignment costs less than this, whatever the prices are (weak duality of linear programming).

    Each row pays for the column where price and cost are lowest; a place that is cheaper than its price gives back the
    difference. An assignment that costs exactly this is optimal.
    """
    margins = np.maximum(0, prices[:, None] - steps(places))
    return int((costs + prices).min(axis=1).sum() - margins.sum())


def steps(places: Sequence[Sequence[int]]) -> Whole:
    """The costs of places as a table, one column wider than the longest: what comes after the last place is `FAR`."""
    table = np.full((len(places), max(map(len, places), default=0) + 1), FAR, dtype=np.int64)
    for column, one in enumerate(places):
        table[column, : len(one)] = one
    if (np.diff(table, axis=1) < 0).any():
        raise ValueError("the places of a column must not get cheaper")
    return table


class _Graph:
    """Which row moves most cheaply from each column to each other one, and what the next place of each costs."""

    def __init__(self, costs: Whole, table: Whole) -> None:
        rows, columns = costs.shape
        self.costs, self.table = costs, table
        self.column = np.full(rows, -1, dtype=np.int64)
        self.held: list[list[int]] = [[] for _ in range(columns)]
        self.following = table[:, 0].copy()
        self.move = np.full((columns, columns), FAR, dtype=np.int64)
        self.mover = np.zeros((columns, columns), dtype=np.int64)
        self.all = np.arange(columns)

    def add(self, row: int) -> None:
        """Give one more row a column, moving others when that is cheaper."""
        distance, before = self._distances(row)
        end = int((distance + self.following).argmin())
        if distance[end] + self.following[end] >= FAR // 2:
            raise ValueError(f"row {row} has nowhere to go")
        changed = self._shift(row, end, before)
        self.following[end] = self.table[end, len(self.held[end])]
        for column in changed:
            self._refresh(column)

    def _distances(self, row: int) -> tuple[Whole, Whole]:
        """The cheapest chain of moves from the row to each column, and the column before it (Bellman, Ford)."""
        distance = self.costs[row].copy()
        before = np.full(len(distance), -1, dtype=np.int64)
        front = np.flatnonzero(distance < FAR)
        while len(front):
            through = distance[front, None] + self.move[front]
            best = through.argmin(axis=0)
            found = through[best, self.all]
            shorter = (found < distance) & (found < FAR // 2)
            distance = np.where(shorter, found, distance)
            before = np.where(shorter, front[best], before)
            front = np.flatnonzero(shorter)
        return distance, before

    def _shift(self, row: int, end: int, before: Whole) -> list[int]:
        """Do the moves along the chain, from its end to the new row; returns the columns that changed."""
        changed, here = [end], end
        while (source := int(before[here])) >= 0:
            moved = int(self.mover[source, here])
            self.held[source].remove(moved)
            self._put(moved, here)
            changed.append(source)
            here = source
        self._put(row, here)
        return changed

    def _put(self, row: int, column: int) -> None:
        self.held[column].append(row)
        self.column[row] = column

    def _refresh(self, column: int) -> None:
        held = np.array(sorted(self.held[column]))
        extra = self.costs[held] - self.costs[held, column][:, None]
        cheapest = extra.argmin(axis=0)
        self.move[column] = extra[cheapest, self.all]
        self.move[column, column] = FAR
        self.mover[column] = held[cheapest]

    def prices(self) -> Whole:
        """What one more place in each column would cost everybody together: its own next one, or moves to another."""
        prices = self.following.copy()
        while True:
            lower = np.minimum(prices, (self.move + prices).min(axis=1))
            if (lower == prices).all():
                return prices
            prices = lower
