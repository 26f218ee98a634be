"""Each index names the query it serves, and that query is planned with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from bench import seed
from bench.mails import WORDS
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for
from tierline.desk.tickets import queries
from tierline.desk.tickets.queries import Cursor, QueueFilter
from tierline.work.phone import queries as phone

pytestmark = pytest.mark.django_db
TICKETS = 1000
RARE = f"{WORDS[900]} {WORDS[1200]}"


@pytest.fixture(scope="module")
def desk(held_database: None) -> seed.Seeded:
    made = seed.fill(TICKETS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return made


@pytest.fixture
def agent(desk: seed.Seeded) -> Actor:
    """An agent of one group: then its list needs no sorting."""
    found = actor_for(Person.objects.get(pk=desk.agent_id))
    return replace(found, group_ids=frozenset(sorted(found.group_ids)[:1]))


@pytest.fixture
def requester(desk: seed.Seeded) -> Actor:
    return actor_for(Person.objects.get(pk=desk.requester_id))


@contextmanager
def without(*ways: str) -> Iterator[None]:
    """PostgreSQL avoids these ways to read."""
    with connection.cursor() as cursor:
        for way in ways:
            cursor.execute(f"SET LOCAL enable_{way} TO off")
        yield
        for way in ways:
            cursor.execute(f"SET LOCAL enable_{way} TO on")


@pytest.fixture(autouse=True)
def _as_in_a_large_desk(desk: seed.Seeded) -> Iterator[None]:
    """A thousand rows are read at a stroke; a hundred thousand are not."""
    with without("seqscan"):
        yield


def sent_by(read: Callable[[], object]) -> list[tuple[str, Any]]:
    """The statements that `read` sends, with their values."""
    sent: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, values: Any, *rest: Any) -> Any:
        sent.append((sql, values))
        return execute(sql, values, *rest)

    with connection.execute_wrapper(note):
        read()
    return sent


def explained(sql: str, values: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + sql, values)
        return "\n".join(row[0] for row in cursor.fetchall())


def plan(read: Callable[[], object]) -> str:
    """How PostgreSQL runs the last statement that `read` sends."""
    return explained(*sent_by(read)[-1])


@pytest.mark.parametrize(
    ("view", "index"),
    [
        ("group", "queue_of_group"),
        ("mine", "queue_of_person"),
        ("unassigned", "queue_unassigned"),
        ("waiting", "queue_waiting"),
        ("all", "queue_of_all"),
        ("resolved", "queue_solved_lately"),
    ],
)
def test_a_view_can_be_read_in_the_order_of_its_index(agent: Actor, view: str, index: str) -> None:
    with without("sort", "bitmapscan"):
        found = plan(lambda: queries.queue(agent, QueueFilter(view=view)))
    assert f" using {index} on tickets_ticket" in found
    assert "->  Sort" not in found


@pytest.mark.parametrize(("view", "index"), [("breached", "queue_due_next"), ("offered", "queue_offered")])
def test_a_view_of_a_few_finds_them_by_its_index(agent: Actor, view: str, index: str) -> None:
    with without("indexscan"):
        assert f"Bitmap Index Scan on {index}" in plan(lambda: queries.queue(agent, QueueFilter(view=view)))


def test_a_later_page_starts_where_the_last_one_ended(agent: Actor) -> None:
    row = queries.queue(agent, QueueFilter(view="all"))[0][-1]
    solved = queries.queue(agent, QueueFilter(view="resolved"))[0][-1]
    assert solved.resolved_at is not None
    open_, resolved = Cursor(row.priority, row.opened_at, row.id), Cursor(1, solved.resolved_at, solved.id)
    with without("bitmapscan"):
        found = plan(lambda: queries.queue(agent, QueueFilter(view="all"), after=open_))
        assert f"Index Cond: (priority >= {row.priority})" in found
        found = plan(lambda: queries.queue(agent, QueueFilter(view="resolved"), after=resolved))
        assert "Index Cond: (resolved_at <= " in found


def test_counts_read_indexes_of_open_tickets_only(agent: Actor) -> None:
    views = ("mine", "group", "unassigned", "offered", "waiting", "breached", "all")
    found = plan(lambda: queries.counts(agent, views))
    assert "Seq Scan" not in found
    assert found.count("queue_") >= len(views)


def test_rare_words_are_looked_up_and_common_ones_found_on_the_way_back(agent: Actor, desk: seed.Seeded) -> None:
    with without("indexscan"):  # the other way, which so few rows would take
        assert "Bitmap Index Scan on ticket_search" in plan(lambda: queries.search(agent, RARE))
    with without("sort"):
        assert "using search_newest on tickets_ticket" in plan(lambda: queries.search(agent, desk.common_word))


def test_a_requester_reads_their_own_tickets_only(requester: Actor, desk: seed.Seeded) -> None:
    assert "portal_my_requests" in plan(lambda: queries.own_requests(requester))
    for words in (RARE, desk.common_word):
        found = plan(lambda words=words: queries.search(requester, words))
        assert "portal_my_requests" in found
        assert "Seq Scan on tickets_ticket " not in found


def test_a_ticket_page_reads_the_rows_of_its_ticket(agent: Actor, desk: seed.Seeded) -> None:
    assert "tickets_ticket_pkey" in plan(lambda: queries.page_row(agent, desk.long_id))
    assert "timeline_one_entry_per_seq" in plan(lambda: queries.timeline(agent, desk.long_id))
    said, files = sent_by(lambda: queries.messages(agent, desk.long_id))
    assert "message_of_ticket" in explained(*said)
    assert "Index" in explained(*files)


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ("+49 30 901820", "person_by_digits"),
        ("030 901820", "person_by_digits"),
        ("4711", "person_by_digits"),
        ("okafor", "person_by_name_or_address"),
        ("desk.example", "person_by_name_or_address"),
    ],
)
def test_a_caller_is_found_by_an_index_however_they_are_asked_for(asked: str, index: str) -> None:
    with without("indexscan"):
        assert f"Bitmap Index Scan on {index}" in plan(lambda: phone.callers(Actor.machine("phone"), asked))
        if index == "person_by_digits":
            assert index in plan(lambda: phone.agent_of(asked, "DE"))
            (known,) = [one for one in sent_by(lambda: phone.caller_of(asked, "DE")) if "regexp_replace" in one[0]]
            assert index in explained(*known)
