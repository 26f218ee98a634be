"""Two processes send the same request at the same moment: a real race on two connections."""

import json
import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import DjangoDbBlocker

from tests.support.desk import SETUP
from tierline.desk.people import operations as people
from tierline.desk.people.models import Organisation, Person
from tierline.desk.people.queries import actor_for
from tierline.doors.api import repeats
from tierline.doors.api.errors import KeyUsedBefore
from tierline.doors.api.repeats import Answer


@pytest.fixture
def committed_person(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Person]:
    """Somebody whom other connections see; gone again afterwards, with their kept answers."""
    with django_db_blocker.unblock():
        person = people.create_person(actor=SETUP, email="at-once@field.example", name="At Once")
        yield person
        person.delete()
        Organisation.objects.filter(name__startswith="Made at once").delete()
        connection.close()


def asked_by(person: Person) -> HttpRequest:
    """A request with its key, as the token's check leaves it."""
    request = RequestFactory().post("/api/v1/tickets", headers={"Idempotency-Key": "the same"})
    request.auth = actor_for(person)  # type: ignore[attr-defined] # set by the token's check
    return request


class Racers:
    """Two threads that ask at once; the verb inside starts only when both have begun."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.begun = threading.Barrier(2)
        self.answers: list[HttpResponse] = []
        self.refusals: list[Exception] = []
        self.made = 0

    def ask(self, sent: str, *, fails: bool = False) -> None:
        request = asked_by(self.person)

        def verb() -> Answer:
            self.made += 1
            made = Organisation.objects.create(name=f"Made at once {self.made}", created_at=self.person.created_at)
            if fails and self.made == 1:
                raise RuntimeError("the first one fails")
            return Answer(status=201, body={"id": made.pk})

        self.begun.wait(timeout=10)
        try:
            self.answers.append(repeats.once(request, sent, verb))
        except (KeyUsedBefore, RuntimeError) as refusal:
            self.refusals.append(refusal)
        finally:
            connection.close()

    def run(self, *each: dict[str, object]) -> None:
        threads = [threading.Thread(target=self.ask, kwargs=one) for one in each]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)


@pytest.mark.django_db
def test_one_after_the_other_is_told_the_first_answer() -> None:
    person = people.create_person(actor=SETUP, email="in-turn@field.example", name="In Turn")
    done: list[int] = []

    def verb() -> Answer:
        done.append(len(done))
        return Answer(status=201, body={"id": 7})

    first, second = (repeats.once(asked_by(person), "a", verb) for _ in range(2))
    assert done == [0]
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first
    assert "Idempotency-Replayed" in second


def test_two_at_once_do_it_once(committed_person: Person) -> None:
    race = Racers(committed_person)
    race.run({"sent": "a"}, {"sent": "a"})
    assert [answer.status_code for answer in race.answers] == [201, 201]
    assert race.answers[0].content == race.answers[1].content
    assert sorted("Idempotency-Replayed" in answer for answer in race.answers) == [False, True]
    kept = Organisation.objects.get(name__startswith="Made at once")
    assert json.loads(race.answers[0].content) == {"id": kept.pk}


def test_two_different_requests_at_once_do_one(committed_person: Person) -> None:
    race = Racers(committed_person)
    race.run({"sent": "a"}, {"sent": "b"})
    assert [answer.status_code for answer in race.answers] == [201]
    assert [type(refusal) for refusal in race.refusals] == [KeyUsedBefore]
    assert Organisation.objects.filter(name__startswith="Made at once").count() == 1


def test_when_the_first_fails_the_second_does_the_work(committed_person: Person) -> None:
    race = Racers(committed_person)
    race.run({"sent": "a", "fails": True}, {"sent": "a", "fails": True})
    assert [type(refusal) for refusal in race.refusals] == [RuntimeError]
    assert [answer.status_code for answer in race.answers] == [201]
    assert Organisation.objects.filter(name__startswith="Made at once").count() == 1
