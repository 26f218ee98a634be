"""Asking twice does it once: the Idempotency-Key."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support.api import Program, program_of
from tests.support.desk import SmallDesk
from tierline.core.kernel import clock
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.doors.api.models import KeptAnswer

pytestmark = pytest.mark.django_db

NEW = {"title": "VPN drops", "text": "It drops every ten minutes."}
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def test_the_same_request_twice_opens_one_ticket_and_gets_the_same_answer(requester: Program) -> None:
    first, second = (requester.post("/tickets", NEW, headers=KEY) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert (first["ETag"], first["Location"]) == (second["ETag"], second["Location"])
    assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
    assert Ticket.objects.count() == 1


def test_the_order_of_fields_does_not_make_another_request(requester: Program) -> None:
    one = requester.post("/tickets", NEW, headers=KEY)
    other = requester.post("/tickets", dict(reversed(NEW.items())), headers=KEY)
    assert one.content == other.content


def test_without_a_key_twice_is_two(requester: Program) -> None:
    for _ in range(2):
        assert requester.post("/tickets", NEW).status_code == 201
    assert Ticket.objects.count() == 2
    assert not KeptAnswer.objects.exists()


def test_a_key_stands_for_one_request(desk: SmallDesk, agent: Program) -> None:
    made = agent.post("/tickets", NEW, headers=KEY).json()
    other = agent.post("/tickets", {**NEW, "urgency": 1}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_used")
    elsewhere = agent.post(f"/tickets/{made['id']}/messages", {"text": "x"}, headers=KEY)
    assert elsewhere.status_code == 422
    assert Ticket.objects.count() == 1


def test_keys_of_two_people_are_two_keys(desk: SmallDesk, agent: Program, requester: Program) -> None:
    mine = agent.post("/tickets", NEW, headers=KEY).json()
    theirs = requester.post("/tickets", NEW, headers=KEY).json()
    assert mine["id"] != theirs["id"]


def test_two_tokens_of_one_person_share_their_keys(desk: SmallDesk, requester: Program) -> None:
    one = requester.post("/tickets", NEW, headers=KEY)
    assert program_of(desk.requester).post("/tickets", NEW, headers=KEY).content == one.content


def test_a_message_is_said_once(desk: SmallDesk, agent: Program) -> None:
    ticket = desk.owned()
    path = f"/tickets/{ticket.pk}/messages"
    first, second = (agent.post(path, {"text": "We look at it."}, headers=KEY) for _ in range(2))
    assert first.content == second.content
    assert Message.objects.filter(ticket=ticket, direction="out").count() == 1


def test_a_kept_answer_is_given_even_when_the_version_moved_on(desk: SmallDesk, agent: Program) -> None:
    ticket = desk.owned()
    headers = {**KEY, "If-Match": f'"{ticket.version}"'}
    first = agent.post(f"/tickets/{ticket.pk}/messages", {"text": "We look at it."}, headers=headers)
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="Meanwhile.")
    again = agent.post(f"/tickets/{ticket.pk}/messages", {"text": "We look at it."}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content


def test_what_failed_is_not_kept_and_the_key_is_free(requester: Program) -> None:
    refused = requester.post("/tickets", {**NEW, "service": "none"}, headers=KEY)
    assert refused.status_code == 422
    assert not KeptAnswer.objects.exists()
    assert requester.post("/tickets", NEW, headers=KEY).status_code == 201


def test_an_answer_is_kept_for_a_day(requester: Program) -> None:
    start = clock.now()
    with clock.at(start):
        first = requester.post("/tickets", NEW, headers=KEY)
    with clock.at(start + timedelta(hours=23, minutes=59)):
        assert requester.post("/tickets", NEW, headers=KEY).content == first.content
    with clock.at(start + timedelta(hours=24)):
        later = requester.post("/tickets", NEW, headers=KEY)
    assert later.status_code == 201
    assert later.json()["id"] != first.json()["id"]
    assert KeptAnswer.objects.count() == 1


def test_old_answers_are_forgotten_when_somebody_else_asks(agent: Program, requester: Program) -> None:
    start = clock.now()
    with clock.at(start):
        requester.post("/tickets", NEW, headers=KEY)
    with clock.at(start + timedelta(days=2)):
        agent.post("/tickets", NEW, headers=KEY)
    assert KeptAnswer.objects.get().created_at == start + timedelta(days=2)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "schlüssel"])
def test_a_key_that_is_none_is_refused(requester: Program, key: str) -> None:
    answer = requester.post("/tickets", NEW, headers={"Idempotency-Key": key})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["Idempotency-Key"])


def test_an_upload_is_the_same_when_its_files_are(requester: Program) -> None:
    def send(content: bytes) -> Any:
        file = SimpleUploadedFile("vpn.log", content, content_type="text/plain")
        return requester.upload("/tickets", {"ticket": json.dumps(NEW), "attachments": [file]}, headers=KEY)

    first, second, other = send(b"lost"), send(b"lost"), send(b"found")
    assert first.content == second.content
    assert other.status_code == 422
    assert Ticket.objects.count() == 1
