"""Downloading files through the API: by the rules of the pages, as bytes, and nothing of what is not there."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from tests.support.api import Program, program_of
from tests.support.clamd import BAD, Scanner
from tests.support.desk import SETUP, SmallDesk
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment, Ticket
from tierline.work.diagnosis import operations as diagnosis

pytestmark = pytest.mark.django_db

PAGE = b"<script>alert(document.domain)</script>"
LOG = b"2026-11-23 10:00:00 INFO tunneld password=q7Wz9kPl2mXv\n"


def sent(ticket: Ticket, desk: SmallDesk, name: str, content: bytes, kind: str = "text/html") -> Attachment:
    """A file that the requester sends on their ticket."""
    file = tickets.NewAttachment(name=name, content_type=kind, content=content)
    tickets.receive_message(
        actor=Actor.machine("intake"), ticket_id=ticket.pk, author=desk.requester, text="Here.", attachments=[file]
    )
    return Attachment.objects.get(ticket=ticket, name=name)


def at(ticket: Ticket, file: Attachment | int) -> str:
    return f"/tickets/{ticket.reference}/attachments/{file if isinstance(file, int) else file.pk}"


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_who_asked_and_who_helps_get_the_bytes_as_they_were_sent(
    desk: SmallDesk, agent: Program, requester: Program
) -> None:
    ticket = desk.owned()
    file = sent(ticket, desk, "page.html", PAGE)
    for program in (agent, requester):
        listed = program.get(f"/tickets/{ticket.pk}/messages").json()["items"][-1]["attachments"]
        assert [one["id"] for one in listed] == [file.pk]
        answer = program.get(at(ticket, file))
        assert (answer.status_code, body(answer)) == (200, PAGE)
        assert answer["Content-Length"] == str(len(PAGE))


def test_it_never_has_a_type_that_a_browser_runs(desk: SmallDesk, requester: Program) -> None:
    ticket = desk.owned()
    for name, kind in (("a.html", "text/html"), ("b.svg", "image/svg+xml"), ("c.js", "text/javascript")):
        answer = requester.get(at(ticket, sent(ticket, desk, name, PAGE, kind)))
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "private, no-cache"
        assert "RateLimit" in answer


def test_a_file_of_another_ticket_an_inner_one_and_none_are_the_same_answer(
    desk: SmallDesk, agent: Program, requester: Program
) -> None:
    ticket, other = desk.owned(), desk.owned()
    file = sent(other, desk, "a.png", b"\x89PNG", "image/png")
    inner = tickets.NewAttachment(name="inner.png", content_type="image/png", content=b"\x89PNG")
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="For us.", attachments=[inner])
    note = Attachment.objects.get(name="inner.png")
    missing = requester.get(at(ticket, 999_999)).status_code
    assert missing == 404
    for program, address in ((agent, at(ticket, file)), (requester, at(ticket, file)), (requester, at(ticket, note))):
        assert program.get(address).status_code == missing
    assert body(agent.get(at(ticket, note))) == b"\x89PNG", "the desk's own files are there for the desk"


def test_a_stranger_finds_neither_the_ticket_nor_its_file(desk: SmallDesk) -> None:
    ticket = desk.owned()
    file = sent(ticket, desk, "a.png", b"\x89PNG", "image/png")
    person = people.create_person(actor=SETUP, email="otto@elsewhere.example", name="Otto", roles=[Role.REQUESTER])
    assert program_of(person).get(at(ticket, file)).status_code == 404
    assert Program("").get(at(ticket, file)).status_code == 401


def test_a_log_is_its_senders_and_for_staff_only_after_asking_with_an_entry(
    desk: SmallDesk, agent: Program, requester: Program
) -> None:
    ticket = desk.owned()
    file = sent(ticket, desk, "vpn.log", LOG, "text/plain")
    evidence = diagnosis.collect(actor=Actor.machine("diagnosis"), ticket_id=ticket.pk, attachment_id=file.pk)
    assert body(requester.get(at(ticket, file))) == LOG
    lead, watching = (
        program_of(desk.lead),
        people.create_person(actor=SETUP, email="w@desk.example", name="Willa", roles=[Role.OBSERVER]),
    )
    people.join_group(actor=SETUP, person_id=watching.pk, group_id=desk.groups[2].pk)
    assert program_of(watching).get(at(ticket, file)).status_code == 404, "without the right it is not there"
    refused = lead.get(at(ticket, file))
    assert (refused.status_code, refused.json()["code"]) == (409, "unmasking_not_asked")
    diagnosis.ask_to_unmask(actor=actor_for(desk.lead), evidence_id=evidence.pk, reason="Rotate the key")
    assert body(lead.get(at(ticket, file))) == LOG
    kinds = [one.kind for one in TimelineEntry.objects.of("ticket", ticket.pk)]
    assert kinds.count("evidence.unmasked") == 1
    with clock.at(clock.now() + timedelta(minutes=16)):
        assert lead.get(at(ticket, file)).status_code == 409


def test_what_the_virus_scanner_objects_to_is_not_handed_out_to_anybody(
    desk: SmallDesk, agent: Program, requester: Program, settings: Settings
) -> None:
    ticket = desk.owned()
    file = sent(ticket, desk, "bad.png", b"\x89PNG" + BAD, "image/png")
    with Scanner() as scanner:
        settings.TIERLINE_CLAMD = scanner.place
        told = [program.get(at(ticket, file)) for program in (agent, requester)]
    assert [(one.status_code, one.json()["code"]) for one in told] == [(409, "infected")] * 2
    assert all(BAD not in one.content for one in told)
    Attachment.objects.filter(pk=file.pk).update(scanned_at=None, threat="")
    away = requester.get(at(ticket, file))
    assert (away.status_code, away["Content-Type"]) == (503, "application/problem+json")


def test_the_document_says_what_comes(agent: Program) -> None:
    described = agent.get("/openapi.json").json()["paths"]["/api/v1/tickets/{reference}/attachments/{attachment_id}"]
    assert described["get"]["responses"]["200"]["content"].keys() == {"application/octet-stream"}
    assert described["get"]["x-right"] == "request.open"
