"""A desk with years behind it, written by a dozen statements: the same one for the same number of tickets.

The rows are what the verbs would have left: a ticket's version is the number of its timeline entries, playing the
timeline gives the ticket, and its search words are those of its title and messages. Words follow Zipf's law, 8 % of
the tickets are open, and one of them has twenty messages.
"""

from dataclasses import dataclass
from typing import Any

from bench import seed_sql
from bench.mails import WORDS

TIERS = [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3]  # one group each; the first ones get the most
CREW = 3  # agents in each group
SERVICES = 8
ARTICLES = 100


@dataclass(frozen=True)
class Seeded:
    """What a measurement needs to know.

    The agent works in the two busiest groups, the lead in none; the requester asks the most.
    """

    agent_id: int
    lead_id: int
    requester_id: int
    long_id: int
    long_reference: str
    two_words: str
    common_word: str


def fill(tickets: int) -> Seeded:
    """Write a desk with so many tickets into an empty, migrated database."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        given = {
            **_people(tickets),
            "tickets": tickets,
            "first": seed_sql.FIRST,
            "long": _long(tickets),
            "words": list(WORDS),
        }
        cursor.execute("SELECT setseed(0.5)")
        for statement in seed_sql.STATEMENTS:
            cursor.execute(statement, given)
        for table in ("tickets_ticket", "tickets_message", "timeline_timelineentry"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        _articles()
    return found()


def settle() -> None:
    """What autovacuum does in a quiet hour: statistics, and the map of pages that are visible to all."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _long(tickets: int) -> int:
    """The long ticket is the one opened a month ago."""
    return max(1, tickets * 96 // 100)


def found() -> Seeded:
    """What `fill` returned, read from a database that it filled before."""
    from tierline.desk.people.models import Person
    from tierline.desk.tickets.models import Ticket

    long_id = seed_sql.FIRST - 1 + _long(Ticket.objects.count())
    return Seeded(
        agent_id=Person.objects.with_address("agent0@desk.example").get().pk,
        lead_id=Person.objects.with_address("lead0@desk.example").get().pk,
        requester_id=Person.objects.with_address("customer0@customers.example").get().pk,
        long_id=long_id,
        long_reference=Ticket.objects.get(pk=long_id).reference,
        two_words=f"{WORDS[200]} {WORDS[300]}",
        common_word=WORDS[0],
    )


def _people(tickets: int) -> dict[str, Any]:
    """Everybody and everything that tickets point at; returns the ids for the statements."""
    from tierline.core.kernel.actors import Actor
    from tierline.desk.catalogue.operations import create_service
    from tierline.desk.people.operations import create_desk, create_group
    from tierline.desk.sla.operations import ensure_defaults
    from tierline.ladder.escalation.operations import ensure_default_contracts

    setup = Actor(label="set-up", roles=frozenset({"administrator"}))
    ensure_defaults(actor=setup)
    ensure_default_contracts()
    desk = create_desk(actor=setup, key="bench", name="Bench", kind="it")
    groups = [
        create_group(actor=setup, desk=desk, key=f"group-{n}", name=f"Group {n}", tier=tier).pk
        for n, tier in enumerate(TIERS)
    ]
    services = [
        create_service(actor=setup, desk=desk, key=f"service-{n}", name=f"Service {n}").pk for n in range(SERVICES)
    ]
    agents = _persons("agent", "desk.example", len(groups) * CREW)
    _persons("lead", "desk.example", 1)
    _join(groups, agents)
    return {
        "desk": desk.pk,
        "groups": groups,
        "tiers": TIERS,
        "services": services,
        "agents": agents,
        "crew": CREW,
        "requesters": _persons("requester", "customers.example", max(50, min(5000, tickets // 4))),
    }


def _persons(role: str, domain: str, count: int) -> list[int]:
    from django.contrib.auth.hashers import make_password

    from tierline.core.kernel import clock
    from tierline.desk.people.models import Person

    name = "customer" if role == "requester" else role
    unusable, now = make_password(None), clock.now()
    made = Person.objects.bulk_create(
        Person(
            email=f"{name}{n}@{domain}",
            name=f"{name.title()} {n}",
            roles=[role],
            password=unusable,
            created_at=now,
        )
        for n in range(count)
    )
    return [person.pk for person in made]


def _join(groups: list[int], agents: list[int]) -> None:
    """Each agent works in one group, the first one in the two busiest."""
    from tierline.core.kernel import clock
    from tierline.desk.people.models import Membership

    pairs = [(agent, groups[n // CREW]) for n, agent in enumerate(agents)] + [(agents[0], groups[1])]
    now = clock.now()
    Membership.objects.bulk_create(Membership(person_id=agent, group_id=group, since=now) for agent, group in pairs)


def _articles() -> None:
    from tierline.core.kernel.actors import Actor
    from tierline.work.knowledge.operations import create

    knowledge = Actor.machine("knowledge")
    for n in range(ARTICLES):
        some = " ".join(WORDS[(n * 37 + i * i * 11) % 800] for i in range(40))
        create(actor=knowledge, title=some[:60], issue=some, resolution=f"{some}. Then start it again.")
