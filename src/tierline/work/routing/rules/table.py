"""What each ticket costs with each person: duties and wishes worked out once, then read with and without a rule."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from . import flow
from .assignment import (
    AFFINITY_POINTS,
    DUTIES,
    LOAD_POINTS,
    PARTS,
    WISHES,
    Candidate,
    Excluded,
    Need,
    load_points,
    setting_of,
)

LEFT_POINTS = 10_000
"""For leaving a ticket with its group, times 6 minus its priority: more than all wishes together."""

LOWEST_PRIORITY = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket that waits for a person. `known_to` says of those who know it or its requester why they do."""

    id: int
    need: Need = field(default_factory=Need)
    priority: int = 4
    known_to: Mapping[int, str] = field(default_factory=dict)


class Table:
    """A queue and its people. Tickets that ask the same are one kind; the last column is the group itself.

    Each rule is asked once for each person and each part of a need that it looks at, not for each ticket.
    """

    def __init__(self, people: Sequence[Candidate], tickets: Sequence[Waiting], at: datetime) -> None:
        self.people, self.tickets = people, tickets
        self.setting = setting_of(people, at)
        kinds: dict[Hashable, int] = {}
        self.kind = [kinds.setdefault(_key(ticket.need), len(kinds)) for ticket in tickets]
        self.needs = list({kind: ticket.need for kind, ticket in zip(self.kind, tickets, strict=True)}.values())
        self._load = np.array([one.load for one in people], dtype=np.int64)
        self._capacity = np.array([one.capacity for one in people], dtype=np.int64)
        self._column = {one.id: column for column, one in enumerate(people)}
        self._answers: dict[tuple[str, Hashable], flow.Whole] = {}
        self._kinds: dict[str, flow.Whole] = {}

    def excluded(self, row: int) -> list[Excluded]:
        """Who may not have a ticket, with the first duty that says so."""
        need = self.tickets[row].need
        found = []
        for one in self.people:
            said = ((rule, duty(one, need, self.setting)) for rule, duty in DUTIES.items())
            first = next(((rule, because) for rule, because in said if because), None)
            if first is not None:
                found.append(Excluded(one.id, one.name, *first))
        return found

    def costs(self) -> flow.Whole:
        """A row for each ticket, a column for each person, and one for staying with the group; the load apart."""
        rows = [self.row(row, "") for row in range(len(self.tickets))]
        left = [self.left(row) for row in range(len(self.tickets))]
        return np.column_stack([np.array(rows, dtype=np.int64).reshape(len(rows), -1), np.array(left, dtype=np.int64)])

    def places(self) -> list[list[int]]:
        """What each person's next places cost, one after the other; the group has room for all at no cost."""
        most = len(self.tickets)
        each = [[load_points(one, one.load + more) for more in range(min(one.free, most))] for one in self.people]
        return [*each, [0] * most]

    def next_places(self, taken: flow.Whole, without: str) -> flow.Whole:
        """What the next place of each person costs when the deal has given them `taken`, as `load_points` says."""
        load = self._load + taken
        shared = LOAD_POINTS * (2 * load + 1) // np.maximum(2 * self._capacity, 1)
        points = np.where(self._capacity > 0, shared, LOAD_POINTS) if without != "load" else np.zeros_like(load)
        limited: flow.Whole = points if without == "capacity" else np.where(load < self._capacity, points, flow.FAR)
        return limited

    def left(self, row: int) -> int:
        """What it costs to leave a ticket with the group."""
        return LEFT_POINTS * (LOWEST_PRIORITY + 1 - self.tickets[row].priority)

    def row(self, row: int, without: str) -> flow.Whole:
        """What one ticket costs with each person, their load apart, when one rule does not count."""
        costs: flow.Whole = self._kind_costs(without)[self.kind[row]].copy()
        for person_id in self.tickets[row].known_to if without != "affinity" else ():
            if (column := self._column.get(person_id)) is not None:
                costs[column] -= AFFINITY_POINTS
        return costs

    def _kind_costs(self, without: str) -> flow.Whole:
        if without not in self._kinds:
            rows = [self._need_costs(need, without) for need in self.needs]
            self._kinds[without] = np.array(rows, dtype=np.int64).reshape(len(rows), len(self.people))
        return self._kinds[without]

    def _need_costs(self, need: Need, without: str) -> flow.Whole:
        costs = np.zeros(len(self.people), dtype=np.int64)
        for rule in (*DUTIES, *WISHES):
            if rule != without:
                costs += self._answer(rule, need)
        if without == "stretch":  # then the level counts for learners, too
            costs += np.where(self._answer("stretch", need) < 0, flow.FAR, 0)
        return np.minimum(costs, flow.FAR)

    def _answer(self, rule: str, need: Need) -> flow.Whole:
        """What a rule says of everybody: points, or `FAR` for a duty that is not met."""
        key = (rule, PARTS[rule](need) if rule in PARTS else None)
        if key not in self._answers:
            self._answers[key] = np.array([self._ask(rule, one, need) for one in self.people], dtype=np.int64)
        return self._answers[key]

    def _ask(self, rule: str, person: Candidate, need: Need) -> int:
        if rule in DUTIES:
            return flow.FAR if DUTIES[rule](person, need, self.setting) else 0
        point = WISHES[rule](person, need, self.setting)
        return point.points if point is not None else 0


def _key(need: Need) -> Hashable:
    return (tuple(sorted(need.skills.items())), need.certificates, need.language, need.stretch)
