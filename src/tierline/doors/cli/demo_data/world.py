"""Simulated time: lives of tickets take turns, each step under the clock of its moment, jobs run as they fall due."""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for
from tierline.desk.sla.operations import OFFICE_WEEK
from tierline.desk.sla.rules import Hours, due
from tierline.ladder.assistant import operations as assistant

from .company import ZONE, Company


class Pace(StrEnum):
    """Whose time passes: people who work here keep office hours, everybody else does not."""

    OFFICE = "office"
    ANY = "any"


Pause = tuple[Pace, float]
Life = Iterator[Pause]
OFFICE = Hours(ZONE, tuple(tuple((a, b) for a, b in day) for day in OFFICE_WEEK))


def office(minutes: float) -> Pause:
    """A pause in business minutes."""
    return Pace.OFFICE, minutes


def later(minutes: float) -> Pause:
    """A pause in minutes around the clock."""
    return Pace.ANY, minutes


@dataclass
class World:
    """The company, a seeded source of chance, and the moment that the simulation has reached."""

    company: Company
    rng: random.Random
    now: datetime
    until: datetime
    _agenda: list[tuple[datetime, int, Life]] = field(default_factory=list)
    _count: int = 0
    _actors: dict[int, Actor] = field(default_factory=dict)

    def acting(self, person: Person) -> Actor:
        """The person as an actor; nobody changes groups while the company plays."""
        if person.pk not in self._actors:
            self._actors[person.pk] = actor_for(person)
        return self._actors[person.pk]

    def begin(self, life: Life, at: datetime) -> None:
        """Let a life begin at a moment."""
        self._count += 1
        heapq.heappush(self._agenda, (at, self._count, life))

    def run(self, progress: Callable[[str], None]) -> int:
        """Play every life up to `until`; returns how many steps were played. Says each simulated week."""
        steps, told, day = 0, self.now, self.now.date()
        while self._agenda and self._agenda[0][0] <= self.until:
            at, _, life = heapq.heappop(self._agenda)
            self.now = max(self.now, at)
            self._step(life, new_day=self.now.date() != day)
            steps, day = steps + 1, self.now.date()
            if self.now - told >= timedelta(days=7):
                told = self.now
                progress(f"  played up to {told:%d %B}, {steps} steps")
        return steps

    def _step(self, life: Life, *, new_day: bool) -> None:
        """One visit to the desk, and what follows from it; each day, what only the passing of time decides."""
        with clock.at(self.now):
            if new_day:
                assistant.settle()
            pause = next(life, None)
            jobs.drain()
        if pause is not None:
            self.begin(life, self.after(pause))

    def after(self, pause: Pause) -> datetime:
        """The moment after a pause; office minutes pass in office hours only."""
        pace, minutes = pause
        if pace is Pace.ANY:
            return self.now + timedelta(minutes=minutes)
        return due(OFFICE, self.now, max(1, round(minutes * 60)))

    def about(self, minutes: float) -> float:
        """A duration around `minutes`: most are shorter, a few much longer."""
        return max(0.5, minutes * self.rng.lognormvariate(-0.25, 0.7))

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def draw(self, **weights: float) -> str:
        """One of the names, as often as its weight says."""
        return self.rng.choices(list(weights), list(weights.values()))[0]
