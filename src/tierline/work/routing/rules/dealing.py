"""Dealing a queue out to people as one assignment problem: who gets what, why, and who it would be without a rule.

The objective, in points, fewer being better: for each ticket the wishes of `assignment`, for each person the places
that fill up one after the other, and for a ticket that stays with its group `table.LEFT_POINTS` for every step of
priority. Points are whole numbers and the answer is optimal; `Deal.cost` equal to `Deal.floor` proves it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from . import flow
from .assignment import AFFINITY_POINTS, RULES, Candidate, Excluded, Need, Point, learns, load_points, wishes
from .table import Table, Waiting

NAMED = 40
"""In a larger group a ticket that somebody gets does not name everybody who may not have it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets a ticket. `person_id` is None if nobody may take it: it stays with the group, and `why` says so.

    `points` are the receipt, `total` their sum. `runner_up` is who would have it instead. `otherwise` has a sentence
    for each rule that changed the outcome, `mentor` who helps if it is a stretch.
    """

    ticket_id: int
    person_id: int | None
    name: str
    why: tuple[str, ...]
    points: tuple[Point, ...] = ()
    runner_up: str = ""
    mentor: str = ""
    otherwise: tuple[str, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    among: int = 1

    @property
    def total(self) -> int:
        """The sum of the points."""
        return sum(one.points for one in self.points)

    def receipt(self) -> dict[str, Any]:
        """The choice as JSON, for the timeline and for the page's "why"."""
        kept = asdict(self) | {"total": self.total}
        return kept | {
            "why": list(self.why),
            "points": [asdict(one) for one in self.points],
            "otherwise": list(self.otherwise),
            "excluded": [asdict(one) for one in self.excluded],
        }


@dataclass(frozen=True, slots=True)
class Deal:
    """A queue dealt out. `floor` is what any way to deal it costs at least: equal to `cost` when it is optimal."""

    choices: tuple[Choice, ...]
    cost: int = 0
    floor: int = 0


def deal(people: Sequence[Candidate], tickets: Sequence[Waiting], at: datetime) -> Deal:
    """Give each ticket to the person with whom all tickets together cost the fewest points.

    The answer does not depend on the order of people and tickets.
    """
    if not tickets:
        return Deal(())
    people = sorted(people, key=lambda one: one.id)
    tickets = sorted(tickets, key=lambda one: (one.priority, one.id))
    table = Table(people, tickets, at)
    costs, places = table.costs(), table.places()
    solved = flow.solve(costs, places)
    taken = np.bincount(solved.column, minlength=len(people) + 1)
    choices = [_choice(table, row, solved, taken) for row in range(len(tickets))]
    return Deal(tuple(choices), solved.cost, flow.floor(costs, places, solved.prices))


def choose_assignee(people: Sequence[Candidate], need: Need, at: datetime) -> Choice:
    """The person for one ticket: a queue of one."""
    return deal(people, [Waiting(0, need)], at).choices[0]


def _choice(table: Table, row: int, solved: flow.Solution, taken: flow.Whole) -> Choice:
    """What happens to one ticket, with its receipt."""
    ticket, column = table.tickets[row], int(solved.column[row])
    excluded = table.excluded(row) if len(table.people) <= NAMED or column == len(table.people) else []
    otherwise, second = _without_rules(table, row, column, taken)
    kept: dict[str, Any] = {"otherwise": otherwise, "excluded": tuple(excluded), "among": len(table.tickets)}
    if column == len(table.people):
        return Choice(ticket.id, None, "", (_nobody(excluded, len(table.people)),), **kept)
    person = table.people[column]
    points = tuple(_receipt(table, row, column, int((solved.column[:row] == column).sum())))
    following = f"next would be {second}" if second else "nobody else could"
    why = (*_met(person, ticket.need), *(one.because for one in points), following)
    stretch = learns(person, ticket.need, table.setting)
    mentor = stretch[1].name if stretch else ""
    return Choice(ticket.id, person.id, person.name, why, points, second, mentor, **kept)


def _without_rules(table: Table, row: int, column: int, taken: flow.Whole) -> tuple[tuple[str, ...], str]:
    """Who it would be without each rule, and who is next: this ticket anew, the others staying where they are."""
    people = table.people
    others = taken[:-1].copy()
    if column < len(people):
        others[column] -= 1
    places = {rule: table.next_places(others, rule) for rule in ("", "load", "capacity")}
    sentences = []
    for rule in RULES:
        best = _best(table.row(row, rule) + places.get(rule, places[""]), table.left(row))
        if best != column:
            name = f"be {people[best].name}" if best < len(people) else "stay with the group"
            sentences.append(f"without the {rule} rule it would {name}")
    if column == len(people):
        return tuple(sentences), ""
    costs = table.row(row, "") + places[""]
    costs[column] = flow.FAR
    second = _best(costs, table.left(row))
    return tuple(sentences), people[second].name if second < len(people) else ""


def _best(costs: flow.Whole, left: int) -> int:
    best = int(costs.argmin()) if len(costs) else 0
    return best if len(costs) and costs[best] < left else len(costs)


def _met(person: Candidate, need: Need) -> list[str]:
    met = ["on shift and not absent"]
    for key in need.certificates:
        last = person.certificates.get(key)
        met.append(f"certificate {key} valid" + (f" until {last.isoformat()}" if last else ""))
    return met


def _receipt(table: Table, row: int, column: int, before: int) -> list[Point]:
    ticket, person = table.tickets[row], table.people[column]
    taken = person.load + before
    words = f"{taken} of {person.capacity} places taken" + (f", {before} of them by this deal" if before else "")
    found = [*wishes(person, ticket.need, table.setting), Point("load", load_points(person, taken), words)]
    if person.id in ticket.known_to:
        found.append(Point("affinity", -AFFINITY_POINTS, ticket.known_to[person.id]))
    return found


def _nobody(excluded: Sequence[Excluded], members: int) -> str:
    if not members:
        return "the group has no members: stays with the group"
    if len(excluded) < members:
        return "the places of all who may take it went to tickets before it: stays with the group"
    if all(one.rule in {"shift", "absence"} for one in excluded):
        return "nobody present: stays with the group"
    if all(one.rule in {"shift", "absence", "capacity"} for one in excluded):
        return "everybody present has all places taken: stays with the group"
    return "nobody present may take it: stays with the group"


def plan_of(choices: Sequence[Choice]) -> str:
    """The name of a plan: the same for the same people and tickets, whatever the points were."""
    said = ";".join(f"{one.ticket_id}>{one.person_id}" for one in choices)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
