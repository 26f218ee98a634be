"""How long it takes to assign a queue to people as one problem, and the proof that no way to do it costs less.

./tierline bench assignment --tickets 1000 --agents 200
"""

import argparse
import random
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tierline.work.routing.rules.assignment import Candidate
    from tierline.work.routing.rules.table import Waiting

SKILLS = 40
LANGUAGES = ("en", "de", "fr", "da", "pl")
AT = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tickets", type=int, default=1_000, metavar="N", help="waiting tickets (1000)")
    parser.add_argument("--agents", type=int, default=200, metavar="N", help="people of the group (200)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="queues of that size (3)")


def run(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Each round is another queue; `gap` is cost less floor: 0 proves that the answer is optimal."""
    from tierline.work.routing.rules.dealing import deal

    for number in range(args.rounds):
        chance = random.Random(number)
        people = [_person(chance, one) for one in range(1, args.agents + 1)]
        tickets = [_ticket(chance, one, args.agents) for one in range(1, args.tickets + 1)]
        wall, cpu = time.perf_counter(), time.process_time()
        dealt = deal(people, tickets, AT)
        seconds = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        given = [one for one in dealt.choices if one.person_id is not None]
        yield {
            "measure": "assignment",
            "round": number + 1,
            "tickets": len(tickets),
            "agents": len(people),
            "seconds": {name: round(value, 3) for name, value in seconds.items()},
            "objective": dealt.cost,
            "floor": dealt.floor,
            "gap": dealt.cost - dealt.floor,
            "optimal": dealt.cost == dealt.floor,
            "given": len(given),
            "left": len(dealt.choices) - len(given),
            "stretches": sum(bool(one.mentor) for one in given),
            "counterfactuals": sum(len(one.otherwise) for one in dealt.choices),
        }


def _person(chance: random.Random, number: int) -> "Candidate":
    from tierline.work.routing.rules.assignment import Candidate

    known = chance.sample(range(SKILLS), chance.randint(2, 7))
    lapsed = AT.date() - timedelta(days=1)
    return Candidate(
        id=number,
        name=f"Agent {number}",
        on_shift=chance.random() > 0.15,
        absent=chance.random() < 0.06,
        skills={f"skill-{one}": chance.randint(1, 3) for one in known},
        certificates={f"skill-{one}": _last_day(chance, lapsed) for one in known if chance.random() < 0.5},
        languages=frozenset(chance.sample(LANGUAGES, chance.randint(1, 3))),
        load=chance.randint(0, 6),
        capacity=chance.choice((6, 8, 10, 12)),
        received=chance.randint(0, 12),
        timezone=chance.choice(("Europe/Oslo", "UTC", "America/Lima", "Asia/Tokyo")),
    )


def _last_day(chance: random.Random, lapsed: date) -> date | None:
    return chance.choice((None, lapsed, lapsed + timedelta(days=90)))


def _ticket(chance: random.Random, number: int, agents: int) -> "Waiting":
    from tierline.work.routing.rules.assignment import Need, open_to_learners
    from tierline.work.routing.rules.table import Waiting

    asked = chance.sample(range(SKILLS), chance.choice((0, 1, 1, 1, 2)))
    skills = {f"skill-{one}": chance.randint(1, 2) for one in asked}
    priority = chance.choices((1, 2, 3, 4, 5), (1, 4, 25, 50, 20))[0]
    need = Need(
        skills=skills,
        certificates=tuple(key for key in skills if chance.random() < 0.15),
        language=chance.choice(LANGUAGES),
        stretch=open_to_learners(number, priority),
    )
    known = {chance.randint(1, max(agents, 1)): "had this ticket before"} if chance.random() < 0.2 else {}
    return Waiting(number, need, priority, known)
