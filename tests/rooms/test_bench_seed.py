"""The desk that the benchmarks measure is one that the verbs could have left."""

import pytest
from django.db import connection

from bench import seed, seed_sql
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Right, may
from tierline.desk.tickets import queries
from tierline.desk.tickets.events import rebuild
from tierline.desk.tickets.models import Message, Ticket
from tierline.desk.tickets.queries import QueueFilter

TICKETS = 300


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def seeded(held_database: None) -> seed.Seeded:
    return seed.fill(TICKETS)


def test_the_timelines_give_the_tickets(seeded: seed.Seeded) -> None:
    assert Ticket.objects.count() == TICKETS
    for ticket in Ticket.objects.all():
        entries = list(TimelineEntry.objects.of("ticket", ticket.pk))
        assert [entry.seq for entry in entries] == list(range(1, ticket.version + 1))
        assert rebuild(entries) == ticket.state


def test_the_shares_are_those_of_a_real_desk(seeded: seed.Seeded) -> None:
    opened = Ticket.objects.open()
    assert 0.04 < opened.count() / TICKETS < 0.13
    assert {"new", "open", "waiting"} <= set(opened.values_list("status", flat=True))
    assert 2 < Message.objects.count() / TICKETS < 3.2
    assert 6 < TimelineEntry.objects.filter(subject_kind="ticket").count() / TICKETS < 9.5


def test_what_is_measured_is_there(seeded: seed.Seeded) -> None:
    agent = actor_for(Person.objects.get(pk=seeded.agent_id))
    assert queries.queue(agent, QueueFilter(view="group"))[0]
    assert seeded.long_id in [row.id for row in queries.queue(agent, QueueFilter(view="mine"))[0]]
    assert Message.objects.filter(ticket_id=seeded.long_id).count() == 20
    assert len(queries.search(agent, seeded.common_word)) == 50
    assert queries.own_requests(actor_for(Person.objects.get(pk=seeded.requester_id)))[0]
    assert may(actor_for(Person.objects.get(pk=seeded.lead_id)), Right.INSIGHT_READ)
    assert seed.found() == seeded


def test_new_rows_go_on_after_the_seeded_ones(seeded: seed.Seeded) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('tickets_ticket', 'id'))")
        assert cursor.fetchone()[0] == seed_sql.FIRST + TICKETS


def test_every_ticket_is_found_by_its_title(seeded: seed.Seeded) -> None:
    machine = Actor.machine("test")
    for ticket in Ticket.objects.order_by("pk")[:20]:
        assert ticket.pk in [row.id for row in queries.search(machine, ticket.title)]
