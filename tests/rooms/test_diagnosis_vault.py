"""The vault: originals never change, are kept as long as their class says, and are verified by their hash."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock, jobs, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.models import Blob
from tierline.core.kernel.storage import files
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.errors import FileRemoved
from tierline.desk.tickets.models import Attachment, Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.work.diagnosis import operations, queries
from tierline.work.diagnosis.errors import AlreadyRemoved, NotReadable
from tierline.work.diagnosis.models import Evidence, TicketNames
from tierline.work.diagnosis.operations.retaining import default_of

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("diagnosis")
LOG = b"10:00:00 INFO login of Ines Okafor from 10.1.2.3\n10:00:01 INFO token=abc123def456 of ines.okafor\n"
LARGE = b"".join(b"2026-11-23 10:00:%02d INFO part %d of ines.okafor\n" % (at % 60, at) for at in range(9_000))


@dataclass(frozen=True)
class Vault:
    desk: SmallDesk
    ticket: Ticket
    evidence: Evidence


def make_vault() -> Vault:
    desk = small_desk()
    return Vault(desk, *put(desk, LOG))


vault = held(make_vault)


def put(desk: SmallDesk, content: bytes, name: str = "a.log") -> tuple[Ticket, Evidence]:
    ticket = desk.ticket(attachments=[NewAttachment(name=name, content_type="text/plain", content=content)])
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    return ticket, Evidence.objects.get(ticket=ticket)


def close(vault: Vault, ticket: Ticket) -> None:
    tickets.resolve(actor=vault.desk.actor(1), ticket_id=ticket.pk, resolution="Done.")


def retain(vault: Vault, retention: str, evidence: Evidence | None = None, reason: str = "Contract, 4.2") -> Evidence:
    one = evidence or vault.evidence
    return operations.retain(actor=vault.desk.leading, evidence_id=one.pk, retention=retention, reason=reason)


def told(ticket: Ticket, kind: str) -> list[dict[str, object]]:
    return [one.data for one in TimelineEntry.objects.of("ticket", ticket.pk).filter(kind=kind)]


# --- originals never change ---


@pytest.mark.parametrize(
    "change",
    ["UPDATE kernel_blob SET inline = 'other'", "UPDATE kernel_blob SET size = size + 1",
     "UPDATE kernel_blob SET sha256 = repeat('0', 64)", "UPDATE diagnosis_evidence SET sha256 = repeat('0', 64)",
     "UPDATE diagnosis_evidence SET original_id = (SELECT redacted_id FROM diagnosis_evidence LIMIT 1)"],
)  # fmt: skip
def test_the_database_refuses_to_change_an_original(vault: Vault, change: str) -> None:
    from django.db import connection

    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert storage.read(vault.evidence.original_id) == LOG


def test_neither_the_time_nor_the_legal_hold_can_be_talked_away(vault: Vault) -> None:
    retain(vault, "legal-hold")
    empty = storage.put(b"").pk
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(pk=vault.evidence.pk).update(original_id=empty, original_removed_at=clock.now())
    Evidence.objects.filter(pk=vault.evidence.pk).update(original_removed_at=clock.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(pk=vault.evidence.pk).update(original_removed_at=None)


def test_every_original_is_read_to_its_end_and_hashed_anew(vault: Vault) -> None:
    ticket, large = put(vault.desk, LARGE, "large.log")
    states = {one.name: one.state for one in operations.verify(actor=MACHINE)}
    assert states == {"a.log": "good", "large.log": "good"}
    path = files.path_of(large.original_id)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"part 7 ", b"part 8 ", 1))
    assert [one.state for one in operations.verify(actor=MACHINE, ticket_id=ticket.pk)] == ["changed"]
    path.unlink()
    assert [one.state for one in operations.verify(actor=MACHINE, ticket_id=ticket.pk)] == ["missing"]
    with pytest.raises(NotFound):
        list(operations.verify(actor=MACHINE, ticket_id=4_711))
    with pytest.raises(NotFound):
        list(operations.verify(actor=vault.desk.asking))


# --- classes ---


def test_a_new_file_gets_the_class_of_its_desk(vault: Vault) -> None:
    assert vault.evidence.retention == "ticket"
    other = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr")
    row = operations.set_default(actor=SETUP, desk_id=vault.desk.desk.pk, retention="90-days")
    assert (row.retention, row.changed_by) == ("90-days", "set-up")
    assert put(vault.desk, b"10:00:00 INFO next\n")[1].retention == "90-days"
    assert default_of(other.pk) == "ticket"
    vault.evidence.refresh_from_db()
    assert vault.evidence.retention == "ticket", "files that are there keep theirs"
    for who in (vault.desk.leading, vault.desk.actor(1), vault.desk.asking):
        with pytest.raises(NotFound):
            operations.set_default(actor=who, desk_id=vault.desk.desk.pk, retention="90-days")
    with pytest.raises(Invalid):
        operations.set_default(actor=SETUP, desk_id=vault.desk.desk.pk, retention="for ever")
    with pytest.raises(NotFound):
        operations.set_default(actor=SETUP, desk_id=4_711, retention="ticket")


def test_the_class_of_one_file_is_changed_with_right_and_reason_and_told(vault: Vault) -> None:
    for who in (vault.desk.actor(1), vault.desk.asking, Actor(label="")):
        with pytest.raises(NotFound):
            operations.retain(actor=who, evidence_id=vault.evidence.pk, retention="90-days", reason="x")
    for retention, reason in (("90-days", " "), ("for ever", "x"), ("", "x")):
        with pytest.raises(Invalid):
            retain(vault, retention, reason=reason)
    assert retain(vault, "legal-hold", reason="Court\nfile 7").retention == "legal-hold"
    retain(vault, "legal-hold")
    assert told(vault.ticket, "evidence.retention_changed") == [
        {
            "evidence_id": vault.evidence.pk,
            "name": "a.log",
            "before": "ticket",
            "after": "legal-hold",
            "reason": "Court file 7",
        }
    ]
    history = queries.retention_history(vault.desk.actor(1), vault.evidence.pk)
    assert [(one.before, one.after, one.by, one.reason) for one in history] == [
        ("ticket", "legal-hold", "Lena Lead", "Court file 7")
    ]


# --- the nightly removal ---


def test_when_its_time_is_over_the_original_goes_and_what_was_read_stays(vault: Vault) -> None:
    retain(vault, "90-days")
    close(vault, vault.ticket)
    with clock.at(clock.now() + timedelta(days=89)):
        assert operations.remove_due(actor=MACHINE) == 0
    with clock.at(clock.now() + timedelta(days=91)):
        assert operations.remove_due(actor=MACHINE) == 1
        assert operations.remove_due(actor=MACHINE) == 0, "twice is once"
    gone = Evidence.objects.get(pk=vault.evidence.pk)
    assert not Blob.objects.filter(pk=vault.evidence.original_id).exists()
    assert gone.sha256 == vault.evidence.original_id
    assert storage.read(gone.redacted_id or "").startswith(b"10:00:00 INFO login of <person-1> from <address-1>")
    assert gone.templates.count() == vault.evidence.templates.count()
    assert not TicketNames.objects.filter(pk=vault.ticket.pk).exists()
    assert told(vault.ticket, "evidence.original_removed")[0]["sha256"] == gone.sha256
    assert [one.state for one in operations.verify(actor=MACHINE)] == ["removed"]
    [row] = queries.evidence_of(vault.desk.actor(1), vault.ticket.pk)
    assert (row.removed_at is not None, row.sha256, row.retention) == (True, gone.sha256, "90-days")


def test_after_that_no_door_hands_it_out(vault: Vault) -> None:
    from tests.support.api import program_of
    from tests.support.web_world import signed_in

    retain(vault, "90-days")
    close(vault, vault.ticket)
    with clock.at(clock.now() + timedelta(days=91)):
        operations.remove_due(actor=MACHINE)
    file = Attachment.objects.get(pk=vault.evidence.attachment_id)
    with pytest.raises(FileRemoved, match="its time was over"):
        operations.hand_out(actor=vault.desk.leading, attachment_id=file.pk)
    with pytest.raises(NotReadable, match="was removed on"):
        operations.ask_to_unmask(actor=vault.desk.leading, evidence_id=vault.evidence.pk, reason="x")
    with pytest.raises(AlreadyRemoved):
        retain(vault, "1-year")
    with pytest.raises(NotReadable):
        operations.analyse(actor=MACHINE, evidence_id=vault.evidence.pk)
    mine = signed_in(vault.desk.requester)
    page = mine.get(f"/requests/{vault.ticket.reference}").content.decode()
    assert "removed" in page
    assert f"/files/{file.pk}" not in page
    refused = mine.get(f"/requests/{vault.ticket.reference}/files/{file.pk}")
    assert (refused.status_code, "its time was over" in refused.content.decode()) == (403, True)
    told_api = program_of(vault.desk.requester).get(f"/tickets/{vault.ticket.reference}/attachments/{file.pk}")
    assert told_api.status_code == 409
    assert told_api.json()["code"] == "file_removed"


OBSTACLES = ["open ticket", "unmasking", "legal hold", "lives with the ticket", "not read yet"]


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_it_stays_while_something_stands_against_it(vault: Vault, obstacle: str) -> None:
    retention = {"legal hold": "legal-hold", "lives with the ticket": "ticket"}.get(obstacle, "1-year")
    retain(vault, retention)
    if obstacle != "open ticket":
        close(vault, vault.ticket)
    with clock.at(clock.now() + timedelta(days=4_000)):
        if obstacle == "unmasking":
            operations.ask_to_unmask(actor=vault.desk.leading, evidence_id=vault.evidence.pk, reason="Look")
        if obstacle == "not read yet":
            Evidence.objects.filter(pk=vault.evidence.pk).update(state="pending")
        assert operations.remove_due(actor=MACHINE) == 0
    assert storage.read(vault.evidence.original_id) == LOG


def test_a_hold_that_is_lifted_lets_time_go_on_and_the_job_does_it(vault: Vault) -> None:
    retain(vault, "legal-hold")
    close(vault, vault.ticket)
    with clock.at(clock.now() + timedelta(days=100)):
        retain(vault, "90-days", reason="The case is closed")
        jobs.enqueue("diagnosis.remove_originals")
        jobs.drain()
    assert Evidence.objects.get(pk=vault.evidence.pk).original_removed_at is not None
    with pytest.raises(NotFound):
        operations.remove_due(actor=vault.desk.leading)


def test_the_same_bytes_elsewhere_stay(vault: Vault) -> None:
    other, twin = put(vault.desk, LOG, "again.log")
    retain(vault, "90-days")
    close(vault, vault.ticket)
    close(vault, other)
    with clock.at(clock.now() + timedelta(days=91)):
        assert operations.remove_due(actor=MACHINE) == 1
    assert storage.read(twin.original_id) == LOG
    assert [one.state for one in operations.verify(actor=MACHINE, ticket_id=other.pk)] == ["good"]
    third = put(vault.desk, LOG, "third.log")[1]
    assert storage.read(third.original_id) == LOG


# --- one ticket, one set of names ---


def test_all_files_of_a_ticket_share_their_names(vault: Vault) -> None:
    late = b"11:00:00 WARN from 10.9.9.9 and 10.1.2.3 by ines.okafor, I. Okafor, Okafor, Ines\n"
    more = NewAttachment(name="b.log", content_type="text/plain", content=late)
    tickets.receive_message(
        actor=MACHINE, ticket_id=vault.ticket.pk, author=vault.desk.requester, text="More", attachments=[more]
    )
    operations.examine_ticket(actor=MACHINE, ticket_id=vault.ticket.pk)
    second = Evidence.objects.get(ticket=vault.ticket, name="b.log")
    assert storage.read(second.redacted_id or "").decode() == (
        "11:00:00 WARN from <address-2> and <address-1> by <person-1>, <person-1>, <person-1>\n"
    )
    kept = TicketNames.objects.get(pk=vault.ticket.pk)
    assert kept.version == 2
    assert "10.1.2.3" not in str(kept.names)
    other, _ = put(vault.desk, LOG)
    assert TicketNames.objects.get(pk=other.pk).key != kept.key


def test_a_file_that_met_another_ones_names_is_read_once_more(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    from tierline.work.diagnosis.operations import reading

    known_to, looked = reading.known_to, []

    def known_and_then_changed(ticket: Ticket) -> object:
        known = known_to(ticket)
        looked.append(known.version)
        if len(looked) == 1:
            TicketNames.objects.filter(pk=ticket.pk).update(version=7)
        return known

    monkeypatch.setattr(reading, "known_to", known_and_then_changed)
    operations.analyse(actor=MACHINE, evidence_id=vault.evidence.pk)
    assert looked == [1, 7]
