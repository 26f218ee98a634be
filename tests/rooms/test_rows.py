"""Quick single rows are the rows that Django itself would write and read."""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.safestring import SafeString
from pytest_django import DjangoAssertNumQueries

from tierline.core.kernel import clock, jobs, rows
from tierline.core.kernel.models import Blob
from tierline.desk.people.models import Desk, Person
from tierline.desk.tickets.models import Message, Ticket
from tierline.desk.tickets.rules import Kind

pytestmark = pytest.mark.django_db


def _person(email: str = "a@b.example") -> Person:
    return Person(email=email, name="A", roles=["requester", "lead"], created_at=clock.now())


def _ticket(**more: object) -> Ticket:
    desk = Desk.objects.create(key="it", name="IT", kind="it")
    person = rows.insert(_person())
    now = clock.now()
    return Ticket(
        kind="incident", title="x", desk=desk, requester=person, channel="mail", opened_at=now, changed_at=now, **more
    )


def test_every_row_that_fits_reads_as_django_reads_it() -> None:
    people = [rows.insert(_person(f"{name}@b.example")) for name in "cab"]
    found = rows.every(Person, "email <> %s ORDER BY email", ["b@b.example"])
    assert [one.pk for one in found] == [people[1].pk, people[0].pk]
    assert found == list(Person.objects.exclude(email="b@b.example").order_by("email"))
    assert found[0].roles == ["requester", "lead"]
    assert rows.every(Person, "email = %s", ["nobody"]) == []


def test_an_inserted_row_reads_as_if_saved() -> None:
    ticket = rows.insert(_ticket(tiers_tried=[0, 1], facts={"version": "5.1"}))

    read = Ticket.objects.get(pk=ticket.pk)
    for field in Ticket._meta.concrete_fields:
        assert getattr(read, field.attname) == getattr(ticket, field.attname), field.name


def test_first_reads_what_django_reads() -> None:
    ticket = rows.insert(_ticket(tiers_tried=[0, 1], facts={"version": "5.1"}))

    read = rows.first(Ticket, "id = %s", [ticket.pk])

    assert read == ticket
    assert (read.tiers_tried, read.facts, read.opened_at) == ([0, 1], {"version": "5.1"}, ticket.opened_at)


def test_first_of_nothing_is_none() -> None:
    assert rows.first(Person, "email = %s", ["nobody@b.example"]) is None


def test_first_takes_an_order() -> None:
    for key in ("b", "a"):
        Desk.objects.create(key=key, name=key, kind="it")

    assert rows.first(Desk, "true ORDER BY key").key == "a"


def test_an_inserted_row_can_be_saved_afterwards() -> None:
    person = rows.insert(_person())
    person.name = "B"
    person.save()

    assert Person.objects.get().name == "B"


def test_a_broken_rule_is_djangos_integrity_error() -> None:
    rows.insert(_person())

    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert(_person())


def test_or_ignore_keeps_the_first() -> None:
    for size in (1, 1):
        rows.insert(Blob(sha256="a" * 64, size=size, inline=b"x", created_at=clock.now()), or_ignore=True)

    assert Blob.objects.count() == 1


def test_update_writes_the_named_fields_only() -> None:
    person = rows.insert(_person())
    person.name, person.phone = "B", "123"

    assert rows.update(person, ("name",)) is True
    assert (Person.objects.get().name, Person.objects.get().phone) == ("B", "")


def test_update_says_when_the_condition_fails() -> None:
    person = rows.insert(_person())
    person.name = "B"

    assert rows.update(person, ("name",), only_if="is_active = false") is False
    assert Person.objects.get().name == "A"


def test_statements_are_in_the_transaction_and_are_counted(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(4), transaction.atomic():  # savepoint, insert, back, release
        rows.insert(_person())
        transaction.set_rollback(True)

    assert not Person.objects.exists()


def test_statements_are_planned_once() -> None:
    for number in range(rows.PREPARE_AFTER + 2):
        rows.insert(_person(f"a{number}@b.example"))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT INTO \"people_person\"%'"
        )
        assert cursor.fetchone() == (1,)


def test_what_comes_along_is_written_with_the_row_and_finds_its_key() -> None:
    desk = rows.insert(
        Desk(key="it", name="IT", kind="it"),
        also=rows.Also(
            "group_there AS (INSERT INTO people_supportgroup (desk_id, key, name, tier, email, active, version)"
            " SELECT key, %s, 'First', 1, '', true, 0 FROM {row})",
            ("first",),
        ),
    )

    assert Desk.objects.get(key="it").groups.get().key == "first"
    assert desk.pk == Desk.objects.get(key="it").pk


def test_what_comes_along_and_breaks_a_rule_takes_the_row_with_it() -> None:
    also = rows.Also(
        "twin AS (INSERT INTO people_desk (key, name, kind, confidential) SELECT %s, '', 'it', false FROM {row})",
        ("it",),
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert(Desk(key="it", name="IT", kind="it"), also=also)

    assert not Desk.objects.exists()


def test_rows_that_belong_to_a_new_row_are_written_with_it(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ticket, now = _ticket(), clock.now()
    ticket.title = "a % b {row} %s"
    said = [Message(audience="requester", direction="in", text=f"{{row}} %s {n}", created_at=now) for n in range(2)]
    named = (
        "named AS (UPDATE people_person SET job_title = %s FROM {row} WHERE id = %s AND {row}.ticket_id IS NOT NULL)"
    )
    also = rows.Also(named, ("x", ticket.requester_id))
    parts = [rows.Part(said[0], of="ticket_id"), rows.Part(said[1], of="ticket_id", also=also)]

    with django_assert_num_queries(1):
        rows.insert(ticket, parts=parts)

    assert [(one.pk, one.ticket_id, one.text) for one in Message.objects.order_by("pk")] == [
        (one.pk, ticket.pk, f"{{row}} %s {place}") for place, one in enumerate(said)
    ]
    assert Ticket.objects.get(pk=ticket.pk).title == "a % b {row} %s"
    assert Person.objects.get().job_title == "x"
    assert not any(one._state.adding for one in (ticket, *said))  # a later save must update


def test_a_part_that_breaks_a_rule_takes_all_with_it() -> None:
    lost = Message(audience="requester", direction="note", text="", created_at=clock.now())

    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert(_ticket(), parts=[rows.Part(lost, of="ticket_id")])

    assert not Ticket.objects.exists()


def test_a_percent_sign_and_many_values_are_what_they_are() -> None:
    """Long statements with many values go another way through psycopg; theirs are numbered here."""
    places = ", ".join(["%s::int"] * 120)
    found = rows.run(f"SELECT 7 %% 4, 'a' LIKE '%%a', {places}", list(range(120))).fetchone()
    assert found == (3, True, *range(120))


def test_an_equal_row_stays_and_the_new_one_gets_no_key() -> None:
    first = rows.insert(_person())
    second = rows.insert(_person(), or_ignore=True)

    assert (second.pk, Person.objects.get().pk) == (None, first.pk)


def test_a_value_of_any_type_is_written_as_django_would() -> None:
    """Text, flags and moments go as they are; everything else through its field, and a text for a number as well."""
    ticket = _ticket(priority="2", facts={"a": None})
    ticket.kind, ticket.title = Kind.REQUEST, SafeString("safe")
    rows.insert(ticket)

    read = Ticket.objects.get(pk=ticket.pk)
    assert (read.priority, read.kind, read.facts, read.title) == (2, "request", {"a": None}, "safe")


def test_jobs_come_along_with_a_row_in_their_order() -> None:
    person = rows.insert(_person(), also=jobs.for_row("person_id", ["room.second", "room.first"]))

    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args, queue_name, status, priority FROM procrastinate_jobs ORDER BY id")
        found = cursor.fetchall()
    assert [(row[0], json.loads(row[1])) for row in found] == [
        ("room.second", {"person_id": person.pk}),
        ("room.first", {"person_id": person.pk}),
    ]
    assert {row[2:] for row in found} == {("default", "todo", 0)}


def test_no_names_are_no_jobs() -> None:
    assert jobs.for_row("entry_id", []) is None


def test_the_queue_keeps_no_history_of_its_own() -> None:
    rows.insert(_person(), also=jobs.for_row("person_id", ["room.verb"]))

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        cursor.execute("SELECT (SELECT count(*) FROM procrastinate_jobs), count(*) FROM procrastinate_events")
        assert cursor.fetchone() == (1, 0)
