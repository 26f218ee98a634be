"""Major incidents (ITIL 4): when one is declared, who holds which role, when words are due, what a review needs.

Pure.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

MANY_TICKETS = 5
"""So many open tickets that look alike are a criterion ..."""
MANY_PEOPLE = 5
"""... and so are so many people who wrote them."""
SHORTEST_CADENCE, LONGEST_CADENCE = 5, 24 * 60
"""Minutes between updates."""
USUAL_CADENCE = 30
REMIND_EVERY = timedelta(days=7)
"""An action that is overdue is brought up again after so long."""
ALIKE_DAYS = 3
"""Open tickets are compared with those of so many days."""
SHARED_WORDS = 2
"""Two titles are alike when they share so many words that tell something."""
TELLING = 4
"""A word tells something from so many letters on."""


class State(StrEnum):
    """Declared: people work on it. Mitigated: the harm has stopped. Stood down: over. Reviewed: learned from."""

    DECLARED = "declared"
    MITIGATED = "mitigated"
    STOOD_DOWN = "stood_down"
    REVIEWED = "reviewed"


ACTIVE = frozenset({State.DECLARED, State.MITIGATED})


class Seat(StrEnum):
    """The roles of a major incident."""

    COMMANDER = "commander"
    COMMUNICATIONS = "communications"
    SCRIBE = "scribe"


class Shown(StrEnum):
    """Whose status page shows it. Somebody with a ticket of their own in it always reads it."""

    EVERYONE = "everyone"
    ORGANISATION = "organisation"
    AFFECTED = "affected"


class Step(StrEnum):
    """What an update tells besides its words."""

    UPDATE = "update"
    MITIGATED = "mitigated"
    STOOD_DOWN = "stood_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far an incident reaches. `tickets` and `people` count open tickets like it, itself included."""

    impact: int
    urgency: int
    tickets: int = 1
    people: int = 1
    critical_service: bool = False


class Criterion(StrEnum):
    """A reason that is enough to declare a major incident."""

    WIDE_AND_URGENT = "wide_and_urgent"
    MANY_TICKETS = "many_tickets"
    MANY_PEOPLE = "many_people"
    CRITICAL_SERVICE = "critical_service"


def criteria(reach: Reach) -> dict[Criterion, bool]:
    """Each criterion and whether it is met; one that is met is enough."""
    return {
        Criterion.WIDE_AND_URGENT: reach.impact == 1 and reach.urgency == 1,
        Criterion.MANY_TICKETS: reach.tickets >= MANY_TICKETS,
        Criterion.MANY_PEOPLE: reach.people >= MANY_PEOPLE,
        Criterion.CRITICAL_SERVICE: reach.critical_service and reach.impact <= 2 and reach.urgency == 1,  # noqa: PLR2004 (a group at least)
    }


def met(reach: Reach) -> tuple[Criterion, ...]:
    """The criteria that are met, in their order."""
    return tuple(one for one, holds in criteria(reach).items() if holds)


def telling_words(title: str) -> frozenset[str]:
    """The words of a title that say what it is about: long ones, and short ones in capitals such as VPN."""
    words = "".join(sign if sign.isalnum() else " " for sign in title).split()
    return frozenset(word.casefold() for word in words if len(word) >= TELLING or (len(word) > 1 and word.isupper()))


def alike(one: str, other: str) -> bool:
    """Whether two titles are about the same, as far as words tell: they share two that say something, or all."""
    first, second = telling_words(one), telling_words(other)
    shared = len(first & second)
    return shared >= SHARED_WORDS or (shared > 0 and first == second)


def seat_fault(seats: Mapping[Seat, int | None], able: Collection[int]) -> str:
    """What is wrong with the roles, in one sentence; empty when nothing is. `able` are those who could take one.

    Who decides cannot also write everything down and tell everybody, unless there is nobody else.
    """
    commander = seats.get(Seat.COMMANDER)
    if commander is None:
        return "A major incident has a commander."
    if any(person is not None and person not in able for person in seats.values()):
        return "A role is held by somebody who works on this desk."
    if all(seats.get(seat) == commander for seat in Seat) and len(set(able)) > 1:
        return "One person may not hold all three roles while others are there. Share them."
    return ""


def cadence_fault(minutes: int) -> str:
    """What is wrong with a cadence in minutes; empty when nothing is."""
    if SHORTEST_CADENCE <= minutes <= LONGEST_CADENCE:
        return ""
    return f"Updates come every {SHORTEST_CADENCE} minutes to every {LONGEST_CADENCE // 60} hours."


def next_due(at: datetime, minutes: int) -> datetime:
    """When the next words are due after some at `at`."""
    return at + timedelta(minutes=minutes)


def is_missed(state: str, due: datetime | None, now: datetime) -> bool:
    """Whether words that were due did not come."""
    return state in ACTIVE and due is not None and due <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The times of a major incident, in seconds from when the ticket was opened; None where it is not there yet."""

    declare: float
    mitigate: float | None
    stand_down: float | None


def clock_of(opened: datetime, declared: datetime, mitigated: datetime | None, stood_down: datetime | None) -> Clock:
    """Time to declare, to mitigate and to stand down. Standing down without a word of mitigation is both at once."""
    ended = mitigated or stood_down
    return Clock(
        declare=(declared - opened).total_seconds(),
        mitigate=(ended - opened).total_seconds() if ended else None,
        stand_down=(stood_down - opened).total_seconds() if stood_down else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A blameless review: what happened, what contributed, what went well, and what follows from it."""

    happened: str = ""
    contributing: str = ""
    went_well: str = ""
    actions: int = 0


def review_gaps(review: Review) -> tuple[str, ...]:
    """What a review still lacks before it can be closed."""
    parts = {
        "what happened": review.happened.strip(),
        "contributing conditions": review.contributing.strip(),
        "what went well": review.went_well.strip(),
        "an action with owner and date": review.actions,
    }
    return tuple(name for name, there in parts.items() if not there)


def reminds(due_on: date, reminded_at: datetime | None, now: datetime) -> bool:
    """Whether an action that is not done is brought up now: once it is overdue, and once a week from then on."""
    return due_on < now.date() and (reminded_at is None or reminded_at <= now - REMIND_EVERY)


def told_words(*, title: str, words: str, next_words: str, page: str, last: bool) -> str:
    """What a requester reads on their own request about the major incident it belongs to.

    `next_words` is the moment of the next update in words, empty for none; `page` the address of the status page.
    """
    parts = [f"{title}: {words}" if title else words]
    if next_words and not last:
        parts.append(f"The next update comes by {next_words}. You need not do anything.")
    if page:
        parts.append(f"Everything said so far: {page}")
    return "\n\n".join(parts)


def one_each(pairs: Sequence[tuple[int, int]]) -> dict[int, tuple[int, ...]]:
    """Tickets by the person who asked, in order: `(person, ticket)` pairs to person -> tickets."""
    found: dict[int, tuple[int, ...]] = {}
    for person, ticket in pairs:
        found[person] = (*found.get(person, ()), ticket)
    return found
