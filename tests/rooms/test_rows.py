"""Quick single rows are the rows that Django itself would write and read."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from tierline.core.kernel import clock, rows
from tierline.core.kernel.models import Blob
from tierline.desk.people.models import Desk, Person
from tierline.desk.tickets.models import Ticket

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
