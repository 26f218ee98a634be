"""Verbs through the API: the same operations as the pages, the same refusals."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from tests.support.api import Program, program_of, without_instance
from tests.support.desk import SETUP, SmallDesk
from tierline.core.kernel.storage import files
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment, Message, Ticket
from tierline.doors.api import bodies
from tierline.ladder.escalation import operations as escalation

pytestmark = pytest.mark.django_db

NEW = {"title": "VPN drops", "text": "It drops every ten minutes."}
MISSING = 999_999_999


def kinds(ticket_id: int) -> list[str]:
    return list(TimelineEntry.objects.of("ticket", ticket_id).values_list("kind", flat=True))


# --- opening


def test_a_requester_opens_a_ticket(desk: SmallDesk, requester: Program) -> None:
    answer = requester.post("/tickets", {**NEW, "service": "vpn", "facts": {"version": "4.2"}, "impact": 2})
    assert answer.status_code == 201, answer.content
    body = answer.json()
    ticket = Ticket.objects.get(pk=body["id"])
    assert answer["Location"] == f"/api/v1/tickets/{ticket.reference}"
    assert answer["ETag"] == f'"{ticket.version}"' == '"1"'
    assert (ticket.channel, ticket.requester, ticket.service) == ("api", desk.requester, desk.service)
    assert (ticket.facts, ticket.impact, ticket.priority) == ({"version": "4.2"}, 2, 3)
    assert requester.get(answer["Location"].removeprefix("/api/v1")).json() == body
    assert kinds(ticket.pk) == ["ticket.opened"]


def test_an_agent_opens_a_ticket_for_somebody_else(desk: SmallDesk, agent: Program) -> None:
    known = agent.post("/tickets", {**NEW, "requester": "INES@field.example"})
    assert Ticket.objects.get(pk=known.json()["id"]).requester == desk.requester
    new = agent.post("/tickets", {**NEW, "requester": "new@field.example"})
    assert Ticket.objects.get(pk=new.json()["id"]).requester.email == "new@field.example"


def test_a_requester_opens_tickets_for_themselves_only(desk: SmallDesk, requester: Program) -> None:
    assert requester.post("/tickets", {**NEW, "requester": desk.requester.email}).status_code == 201
    for address in (desk.agents[1].email, "nobody@field.example"):
        assert requester.post("/tickets", {**NEW, "requester": address}).status_code == 404
    assert not Person.objects.filter(email="nobody@field.example").exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"titel": "x"}, "titel"),
        ({"title": "x" * 201}, "title"),
        ({"title": 5}, "title"),
        ({"text": "x" * 1_000_001}, "text"),
        ({"kind": "wish"}, "kind"),
        ({"impact": 0}, "impact"),
        ({"urgency": 4}, "urgency"),
        ({"service": "none"}, "service"),
        ({"service": ["vpn"]}, "service"),
        ({"requester": "no address"}, "requester"),
        ({"facts": {"a\x00b": "x"}}, "facts.a\x00b.[key]"),
        ({"facts": {str(number): "x" for number in range(61)}}, "facts"),
        ({"title": "", "text": ""}, "title"),
        ({"title": " \x07\n", "text": "\x00"}, "title"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(agent: Program, change: dict[str, Any], field: str) -> None:
    answer = agent.post("/tickets", {**NEW, **change})
    assert answer.status_code == 422, answer.content
    assert list(answer.json()["fields"]) == [field]
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{'title': 1}",
        b'{"title": "a", "title": "b"}',
        b'{"title": NaN}',
        b'{"facts": ' + b"[" * 20 + b"]" * 20 + b"}",
        b"[" * 100_000,
        b'{"impact": ' + b"9" * 5000 + b"}",
        b"\xff\xfe",
        b'{"title": "\\ud800"}',
    ],
)
def test_a_body_that_cannot_be_read_is_refused(agent: Program, body: bytes) -> None:
    answer = agent.post("/tickets", body)
    assert answer.status_code == 422, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert not Ticket.objects.exists()
    assert agent.post("/tickets/INC-1/resolve", body).status_code in {422, 400}


def test_a_body_has_a_bound(agent: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "JSON_LIMIT", 1000)
    assert agent.post("/tickets", {**NEW, "text": "x" * 900}).status_code == 201
    for path in ("/tickets", "/tickets/INC-1/messages"):
        answer = agent.post(path, {**NEW, "text": "x" * 1000})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    huge = agent.post("/tickets", b'{"text": "' + b"x" * (10 * 1024 * 1024) + b'"}')
    assert huge.status_code == 413


# --- files


def upload(program: Program, *files: SimpleUploadedFile, ticket: object = NEW, **rest: Any) -> Any:
    return program.upload("/tickets", {"ticket": json.dumps(ticket), "attachments": list(files), **rest})


def test_files_come_with_the_ticket(requester: Program) -> None:
    log = SimpleUploadedFile("../../vpn.log", b"tunnel lost\n" * 10, content_type="text/plain")
    picture = SimpleUploadedFile("shot.png", b"\x89PNG\r\n\x1a\n", content_type="image/png")
    answer = upload(requester, log, picture)
    assert answer.status_code == 201, answer.content
    kept = Attachment.objects.filter(ticket_id=answer.json()["id"]).order_by("pk")
    assert [(file.name, file.size, file.content_type) for file in kept] == [
        ("vpn.log", 120, "text/plain"),
        ("shot.png", 8, "image/png"),
    ]


def test_the_part_ticket_is_judged_like_a_json_body(requester: Program) -> None:
    assert upload(requester, ticket={**NEW, "titel": "x"}).json()["fields"].keys() == {"titel"}
    assert requester.upload("/tickets", {"ticket": "{"}).status_code == 422
    assert requester.upload("/tickets", {}).status_code == 422
    assert list(upload(requester, more="x").json()["fields"]) == ["more"]
    assert list(upload(requester, other=SimpleUploadedFile("x", b"y")).json()["fields"]) == ["other"]
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("who", "kind", "direction"), [("agent", "reply", "out"), ("agent", "note", "note"), ("requester", "reply", "in")]
)
def test_files_come_with_a_message(
    desk: SmallDesk, agent: Program, requester: Program, who: str, kind: str, direction: str
) -> None:
    ticket = desk.owned()
    log = SimpleUploadedFile("vpn.log", b"tunnel lost\n", content_type="text/plain")
    parts = {"message": json.dumps({"kind": kind, "text": "Here is the log."}), "attachments": [log]}
    program = {"agent": agent, "requester": requester}[who]
    answer = program.upload(f"/tickets/{ticket.reference}/messages", parts, headers={"Idempotency-Key": "m1"})
    assert answer.status_code == 201, answer.content
    assert [(file["name"], file["size"]) for file in answer.json()["attachments"]] == [("vpn.log", 12)]
    (kept,) = Attachment.objects.filter(ticket_id=ticket.pk)
    assert kept.message.direction == direction
    log.seek(0)
    again = program.upload(f"/tickets/{ticket.reference}/messages", parts, headers={"Idempotency-Key": "m1"})
    assert again["Idempotency-Replayed"] == "true"
    log.seek(0)
    other = parts | {"attachments": [SimpleUploadedFile("vpn.log", b"another")]}
    refused = program.upload(f"/tickets/{ticket.reference}/messages", other, headers={"Idempotency-Key": "m1"})
    assert refused.json()["code"] == "idempotency_key_used"
    assert Attachment.objects.filter(ticket_id=ticket.pk).count() == 1


def test_the_part_message_is_judged_like_a_json_body(desk: SmallDesk, agent: Program) -> None:
    path = f"/tickets/{desk.owned().reference}/messages"
    for parts, field in (
        ({"message": "{}"}, "text"),
        ({"message": json.dumps({"text": "x", "txt": "y"})}, "txt"),
        ({"message": json.dumps({"text": "x"}), "ticket": "{}"}, "ticket"),
    ):
        answer = agent.upload(path, parts)
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    assert not Attachment.objects.exists()


def test_an_upload_has_a_bound(requester: Program, settings: Settings) -> None:
    settings.TIERLINE_UPLOAD_LIMIT = 4999
    answer = upload(requester, SimpleUploadedFile("a.log", b"x" * 5000))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    many = [SimpleUploadedFile(f"{number}.log", b"x") for number in range(101)]
    settings.TIERLINE_UPLOAD_LIMIT = 10**9
    assert upload(requester, *many).status_code == 400
    assert not Ticket.objects.exists()


def test_what_is_announced_as_too_large_is_refused_before_it_is_sent(requester: Program, settings: Settings) -> None:
    settings.TIERLINE_UPLOAD_LIMIT = 5 * 1024**2
    answer = requester.client.post(
        "/api/v1/tickets",
        b"--x\r\n",
        content_type="multipart/form-data; boundary=x",
        headers={"Authorization": f"Bearer {requester.token}"},
        CONTENT_LENGTH=str(5 * 1024**3),
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["detail"] == "That is larger than 5.2 MB. Compress it, or send the part that matters."


def test_files_of_unknown_length_are_asked_for_it(requester: Program) -> None:
    answer = requester.client.post(
        "/api/v1/tickets",
        b"--x\r\n",
        content_type="multipart/form-data; boundary=x",
        headers={"Authorization": f"Bearer {requester.token}", "Transfer-Encoding": "chunked"},
        CONTENT_LENGTH="",
    )
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


def test_a_large_file_is_taken_over_without_a_copy_and_the_same_once_more_is_the_same(requester: Program) -> None:
    log = b"2026-11-23 10:00:00 INFO line\n" * 100_000
    key = {"Idempotency-Key": "one-large-file"}
    parts = {"ticket": json.dumps(NEW), "attachments": [SimpleUploadedFile("gateway.log", log)]}
    first = requester.upload("/tickets", parts, headers=key)
    parts["attachments"] = [SimpleUploadedFile("gateway.log", log)]
    again = requester.upload("/tickets", parts, headers=key)
    assert (first.status_code, again.json()) == (201, first.json())
    kept = Attachment.objects.get(ticket_id=first.json()["id"])
    assert files.path_of(kept.blob_id).read_bytes() == log
    assert not list(files.folder().glob(".new-*"))


def test_a_broken_upload_is_refused(requester: Program) -> None:
    answer = requester.client.post(
        "/api/v1/tickets",
        b"--x\r\nnonsense",
        content_type="multipart/form-data; boundary=x\xe9",
        headers={"Authorization": f"Bearer {requester.token}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")


# --- what is said


def test_an_agent_replies_and_waits(desk: SmallDesk, agent: Program) -> None:
    ticket = desk.owned()
    answer = agent.post(f"/tickets/{ticket.reference}/messages", {"text": "Which version?", "wait": True})
    assert answer.status_code == 201, answer.content
    assert (answer.json()["direction"], answer.json()["audience"]) == ("out", "requester")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_for) == ("waiting", "requester")
    assert answer["ETag"] == f'"{ticket.version}"'


def test_a_requester_writes_to_the_desk(desk: SmallDesk, requester: Program) -> None:
    ticket = desk.owned()
    tickets.wait_for(actor=desk.actor(1), ticket_id=ticket.pk, whom="requester")  # type: ignore[arg-type]  # a word of it
    answer = requester.post(f"/tickets/{ticket.pk}/messages", {"text": "It is 4.2."})
    assert (answer.status_code, answer.json()["direction"]) == (201, "in")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.last_word) == ("open", "requester")


def test_an_agent_who_asked_writes_to_the_desk_too(desk: SmallDesk) -> None:
    program = program_of(desk.agents[2])
    ticket = program.post("/tickets", NEW).json()
    answer = program.post(f"/tickets/{ticket['id']}/messages", {"text": "Still so."})
    assert answer.json()["direction"] == "in"


def test_a_note_is_for_colleagues(desk: SmallDesk, agent: Program, requester: Program) -> None:
    ticket = desk.owned()
    path = f"/tickets/{ticket.pk}/messages"
    assert agent.post(path, {"kind": "note", "text": "The firmware."}).json()["audience"] == "internal"
    assert requester.post(path, {"kind": "note", "text": "Mine."}).status_code == 404
    assert Message.objects.filter(ticket=ticket, direction="note").count() == 1


@pytest.mark.parametrize("kind", ["reply", "note"])
def test_nothing_cannot_be_sent(desk: SmallDesk, agent: Program, kind: str) -> None:
    answer = agent.post(f"/tickets/{desk.owned().pk}/messages", {"kind": kind, "text": " \x00\n"})
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_to_send")


# --- conditional changes


WRITES: list[tuple[str, dict[str, Any]]] = [
    ("messages", {"text": "An answer."}),
    ("messages", {"kind": "note", "text": "A note."}),
    ("resolve", {"resolution": "Restarted."}),
    ("assign", {"group": "tier-1"}),
    ("escalate", {"to_tier": 2, "question": "What does the session timer do on wake-up?"}),
]


@pytest.mark.parametrize(("verb", "body"), WRITES)
def test_a_change_since_then_is_told_and_nothing_is_written(
    desk: SmallDesk, agent: Program, verb: str, body: dict[str, Any]
) -> None:
    ticket = desk.owned()
    etag = agent.get(f"/tickets/{ticket.pk}")["ETag"]
    tickets.add_note(actor=desk.actor(2), ticket_id=ticket.pk, text="Meanwhile.")
    before = kinds(ticket.pk)
    for stale in (etag, '"1"', '"99999"'):
        answer = agent.post(f"/tickets/{ticket.pk}/{verb}", body, headers={"If-Match": stale})
        assert (answer.status_code, answer.json()["code"]) == (412, "changed_meanwhile")
        assert answer.json()["current_version"] == ticket.version + 1
    refused = agent.post(f"/tickets/{ticket.pk}/{verb}", body, headers={"If-Match": "yesterday"})
    assert list(refused.json()["fields"]) == ["If-Match"]
    assert kinds(ticket.pk) == before


@pytest.mark.parametrize(("verb", "body"), WRITES[:4])
@pytest.mark.parametrize("known", ["now", "*", "one of", None])
def test_the_version_one_knows_lets_the_change_through(
    desk: SmallDesk, agent: Program, verb: str, body: dict[str, Any], known: str | None
) -> None:
    ticket = desk.owned()
    etag = agent.get(f"/tickets/{ticket.pk}")["ETag"]
    header = {"now": etag, "*": "*", "one of": f'"1", {etag}'}.get(known or "")
    answer = agent.post(f"/tickets/{ticket.pk}/{verb}", body, headers={"If-Match": header} if header else None)
    assert answer.status_code in {200, 201}, answer.content
    ticket.refresh_from_db()
    assert answer["ETag"] == f'"{ticket.version}"' != etag


@pytest.mark.parametrize(("verb", "body"), WRITES)
def test_a_denied_change_answers_like_one_of_a_missing_ticket(desk: SmallDesk, verb: str, body: dict[str, Any]) -> None:
    ticket = desk.owned()
    person = people.create_person(actor=SETUP, email="otto@elsewhere.example", name="Otto", roles=[Role.REQUESTER])
    other = program_of(person)
    before = kinds(ticket.pk)
    denied = other.post(f"/tickets/{ticket.pk}/{verb}", body)
    missing = other.post(f"/tickets/{MISSING}/{verb}", body)
    assert denied.status_code == missing.status_code == 404
    assert without_instance(denied.content) == without_instance(missing.content)
    assert kinds(ticket.pk) == before


def test_a_requester_does_not_work_on_their_own_ticket(desk: SmallDesk, requester: Program) -> None:
    ticket = desk.owned()
    for verb, body in WRITES[1:]:
        assert requester.post(f"/tickets/{ticket.pk}/{verb}", body).status_code == 404
    ticket.refresh_from_db()
    assert (ticket.status, ticket.tier) == ("open", 1)


# --- verbs


def test_resolving_tells_the_requester_and_keeps_what_was_done(desk: SmallDesk, agent: Program) -> None:
    ticket = desk.owned()
    body = {"resolution": "Raised the keep-alive.", "text": "It is fixed.", "code": "workaround"}
    answer = agent.post(f"/tickets/{ticket.pk}/resolve", body)
    assert (answer.status_code, answer.json()["status"]) == (200, "resolved")
    work = answer.json()["work"]
    assert (work["resolution"], work["resolution_code"], work["resolved_tier"]) == (
        "Raised the keep-alive.",
        "workaround",
        1,
    )
    assert Message.objects.filter(ticket=ticket, direction="out", text="It is fixed.").exists()
    again = agent.post(f"/tickets/{ticket.pk}/resolve", body)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert "Reopen" in again.json()["detail"]


def test_a_resolution_needs_words(desk: SmallDesk, agent: Program) -> None:
    answer = agent.post(f"/tickets/{desk.owned().pk}/resolve", {"resolution": " "})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["resolution"])


def test_assigning_by_names(desk: SmallDesk, agent: Program) -> None:
    ticket = desk.ticket()
    answer = agent.post(f"/tickets/{ticket.pk}/assign", {"group": "tier-1", "person": "Agent1@desk.example"})
    assert answer.status_code == 200, answer.content
    work = answer.json()["work"]
    assert (work["group"], work["assignee"], work["tier"]) == ("Frontline", "Agent 1", 1)


def test_assigning_does_not_climb(desk: SmallDesk, agent: Program) -> None:
    ticket = desk.owned()
    answer = agent.post(f"/tickets/{ticket.pk}/assign", {"group": "tier-2"})
    assert (answer.status_code, answer.json()["code"]) == (409, "goes_up")
    ticket.refresh_from_db()
    assert ticket.tier == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"group": "none"}, "group"),
        ({"group": "tier-2", "person": "agent1@desk.example"}, "person"),
        ({"group": "tier-2", "person": "ghost@desk.example"}, "person"),
        ({}, "group"),
    ],
)
def test_an_owner_who_is_none_is_refused(desk: SmallDesk, agent: Program, body: dict[str, Any], field: str) -> None:
    ticket = desk.owned()
    answer = agent.post(f"/tickets/{ticket.pk}/assign", body)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    ticket.refresh_from_db()
    assert ticket.group == desk.groups[1]


def test_escalating_is_refused_with_the_list_and_then_taken_with_reasons(desk: SmallDesk, agent: Program) -> None:
    escalation.ensure_default_contracts()
    ticket = desk.owned()
    body: dict[str, Any] = {"to_tier": 2, "question": "What does the session timer do when the laptop wakes up?"}
    refused = agent.post(f"/tickets/{ticket.pk}/escalate", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "missing_items")
    missing = refused.json()["missing"]
    assert missing
    assert all(item["label"] and item["detail"] and item["state"] != "ready" for item in missing)
    assert "escalation.refused" in kinds(ticket.pk)
    body["overrides"] = {item["key"]: "The plant stands still." for item in missing}
    asked = agent.post(f"/tickets/{ticket.pk}/escalate", body)
    assert asked.status_code == 201, asked.content
    assert (asked.json()["state"], asked.json()["to_tier"], asked.json()["group"]) == (
        "pending",
        2,
        "Network specialists",
    )
    again = agent.post(f"/tickets/{ticket.pk}/escalate", body)
    assert (again.status_code, again.json()["code"]) == (409, "handover_pending")


def test_a_fault_of_ours_leaves_as_a_problem_without_its_inside(
    agent: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr("tierline.desk.tickets.operations.open_ticket", broken)
    answer = agent.post("/tickets", NEW)
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert b"inside" not in answer.content
    assert "the inside" in caplog.text
