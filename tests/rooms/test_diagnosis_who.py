"""Who may read what of evidence: a matrix of viewers and ways, and no part of an original without the right."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

import pytest
from django.test import Client

from tests.support.desk import PASSWORD, SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Right, Role, may
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as ticket_queries
from tierline.desk.tickets.models import Attachment, Ticket
from tierline.work.diagnosis import operations, queries
from tierline.work.diagnosis.models import Evidence, EvidenceTemplate

pytestmark = pytest.mark.django_db

MACHINE = Actor.machine("diagnosis")
SECRETS = (
    "hunter22", "abcdef0123456789abcdef", "anna.muster@field.example", "10.20.30.40", "sid31d4d96e407a",
    "MIIEowIBAAKCAQEAxGbyPpdR2pVtAfke", "4111111111111111", "DE89370400440532013000", "+49 40 1234567", "Ines Okafor",
)  # fmt: skip
LOG = f"""2026-11-23 10:00:00 INFO login of {SECRETS[9]} ({SECRETS[2]}) with password={SECRETS[0]}
2026-11-23 10:00:01 INFO Authorization: Bearer {SECRETS[1]}
2026-11-23 10:00:02 INFO peer {SECRETS[3]}, Cookie: sid={SECRETS[4]}
-----BEGIN RSA PRIVATE KEY-----
{SECRETS[5]}
-----END RSA PRIVATE KEY-----
2026-11-23 10:00:03 ERROR card {SECRETS[6]} account {SECRETS[7]} call {SECRETS[8]}
KeyError: no {SECRETS[2]}
  at Rekey.verify_{SECRETS[3]}  rekey.c:212
  at Rekey.on_epoch  rekey.c:148
2026-11-23 10:00:04 INFO done
"""


@dataclass(frozen=True)
class Scene:
    """A desk with one examined log, and every kind of viewer."""

    desk: SmallDesk
    ticket: Ticket
    file: Attachment
    evidence: Evidence
    viewers: dict[str, Actor]


def make_scene() -> Scene:
    desk = small_desk()
    Desk.objects.filter(pk=desk.desk.pk).update(confidential=True)  # staff of other desks then see nothing of it
    log = tickets.NewAttachment(name="tunneld.log", content_type="text/plain", content=LOG.encode())
    ticket = desk.ticket(attachments=[log])
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    file = ticket.attachments.get()
    return Scene(desk, ticket, file, Evidence.objects.get(ticket=ticket), viewers(desk))


scene = held(make_scene)


def viewers(desk: SmallDesk) -> dict[str, Actor]:
    """Everybody who could come along, by name."""
    other = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    group = people.create_group(actor=SETUP, desk=other, key="hr-1", name="HR people", tier=1)
    elsewhere = people.create_person(
        actor=SETUP, email="hr@desk.example", name="Hanna", roles=[Role.AGENT, Role.LEAD], password=""
    )
    people.join_group(actor=SETUP, person_id=elsewhere.pk, group_id=group.pk)
    stranger = people.create_person(
        actor=SETUP, email="o@other.example", name="Olga", roles=[Role.REQUESTER], password=""
    )
    return {
        "nobody": Actor(label="nobody"),
        "stranger": actor_for(stranger),
        "requester": desk.asking,
        "lead of another desk": actor_for(elsewhere),
        "agent": desk.actor(1),
        "expert": desk.actor(3),
        "machine": MACHINE,
        "lead": desk.leading,
    }


def unmasked(scene: Scene, viewer: Actor) -> list[str]:
    """All lines of the original, asked for as it must be."""
    operations.ask_to_unmask(actor=viewer, evidence_id=scene.evidence.pk, reason="Leak in the log")
    return operations.unmask(actor=viewer, evidence_id=scene.evidence.pk, start=1, limit=500)


Way = Callable[[Scene, Actor], Any]
WAYS: dict[str, Way] = {
    "evidence_of": lambda scene, viewer: queries.evidence_of(viewer, scene.ticket.pk),
    "matches_of": lambda scene, viewer: queries.matches_of(viewer, scene.ticket.pk),
    "redacted_lines": lambda scene, viewer: queries.redacted_lines(viewer, scene.evidence.pk, 1, 2_000),
    "templates_of": lambda scene, viewer: queries.templates_of(viewer, scene.evidence.pk),
    "strip_of": lambda scene, viewer: queries.strip_of(viewer, scene.evidence.pk),
    "analyse": lambda scene, viewer: operations.analyse(actor=viewer, evidence_id=scene.evidence.pk),
    "original_of": lambda scene, viewer: queries.original_of(viewer, scene.file.pk),
    "unmask": unmasked,
}

SUMMARY = {"evidence_of", "matches_of"}
REDACTED = SUMMARY | {"redacted_lines", "templates_of", "strip_of", "analyse"}
ALLOWED = {
    "nobody": set(),
    "stranger": set(),
    "requester": SUMMARY,
    "lead of another desk": set(),
    "agent": REDACTED,
    "expert": REDACTED,
    "machine": REDACTED,
    "lead": REDACTED | {"original_of", "unmask"},
}


def as_text(answer: object) -> str:
    """Everything in an answer, as text."""

    def plain(value: object) -> object:
        if is_dataclass(value) and not isinstance(value, type):
            return plain(asdict(value))
        if isinstance(value, Evidence):
            return {field.attname: str(getattr(value, field.attname)) for field in Evidence._meta.concrete_fields}
        if isinstance(value, dict):
            return {str(key): plain(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [plain(inner) for inner in value]
        return str(value)

    return json.dumps(plain(answer), ensure_ascii=False)


@pytest.mark.parametrize("who", ALLOWED)
def test_each_way_is_open_to_whom_it_is_for_and_unmasked_to_who_has_the_right(scene: Scene, who: str) -> None:
    viewer = scene.viewers[who]
    for name, way in WAYS.items():
        if name not in ALLOWED[who]:
            with pytest.raises(NotFound):
                way(scene, viewer)
            continue
        answer = as_text(way(scene, viewer))
        if name != "unmask":
            assert [secret for secret in SECRETS if secret in answer] == [], name


def test_the_right_to_read_unmasked_is_the_leads_and_no_machines(scene: Scene) -> None:
    allowed = {who for who, viewer in scene.viewers.items() if may(viewer, Right.EVIDENCE_UNMASK)}
    assert allowed == {"lead", "lead of another desk"}
    assert may(actor_for(scene.desk.administrator), Right.EVIDENCE_UNMASK)


def test_who_has_the_right_reads_every_line_as_it_was(scene: Scene) -> None:
    lines = unmasked(scene, scene.viewers["lead"])
    assert "\n".join(lines) + "\n" == LOG
    masked = queries.redacted_lines(scene.viewers["lead"], scene.evidence.pk)
    assert len(masked) == len(lines)


def kept_text() -> Iterator[tuple[str, str]]:
    """Everything the room keeps in the database, and the redacted files."""
    for evidence in Evidence.objects.all():
        yield "evidence", as_text(evidence)
        if evidence.redacted_id:
            yield "redacted file", storage.read(evidence.redacted_id).decode()
    for template in EvidenceTemplate.objects.all():
        yield "template", template.template
    for entry in TimelineEntry.objects.exclude(kind__startswith="ticket."):
        yield f"entry {entry.kind}", json.dumps(entry.data, ensure_ascii=False)


def test_nothing_the_room_keeps_holds_a_secret_but_the_original(scene: Scene) -> None:
    WAYS["unmask"](scene, scene.viewers["lead"])
    found = [(place, secret) for place, text in kept_text() for secret in SECRETS if secret in text]
    assert found == []
    original = storage.read(scene.evidence.original_id).decode()
    assert all(secret in original for secret in SECRETS)


def test_the_requester_learns_no_class_trace_or_template(scene: Scene) -> None:
    (row,) = queries.evidence_of(scene.viewers["requester"], scene.ticket.pk)
    assert (row.name, row.state, row.details) == ("tunneld.log", "ready", False)
    assert (row.masked, row.traces, row.gone) == ({}, (), ())
    (full,) = queries.evidence_of(scene.viewers["agent"], scene.ticket.pk)
    assert full.details
    assert full.masked["key"] == 1
    assert full.traces


def test_a_file_that_staff_attached_to_a_note_is_not_the_requesters(scene: Scene) -> None:
    note = tickets.add_note(actor=scene.viewers["agent"], ticket_id=scene.ticket.pk, text="Trace of the gateway.")
    blob = storage.put(b"2026-11-23 10:00:00 INFO from the gateway\n")
    file = Attachment.objects.create(
        message=note, ticket=scene.ticket, name="gw.log", content_type="text/plain", blob=blob, size=blob.size
    )
    operations.collect(actor=MACHINE, ticket_id=scene.ticket.pk, attachment_id=file.pk)
    assert len(queries.evidence_of(scene.viewers["agent"], scene.ticket.pk)) == 2
    assert [row.name for row in queries.evidence_of(scene.viewers["requester"], scene.ticket.pk)] == ["tunneld.log"]


def test_a_log_that_is_not_collected_yet_is_no_open_door(scene: Scene) -> None:
    fresh = scene.desk.ticket(
        attachments=[tickets.NewAttachment(name="late.log", content_type="text/plain", content=LOG.encode())]
    )
    file = fresh.attachments.get()
    assert not Evidence.objects.filter(attachment=file).exists()
    with pytest.raises(NotFound):
        queries.original_of(scene.viewers["agent"], file.pk)
    assert queries.original_of(scene.viewers["lead"], file.pk) == file


def test_a_picture_is_no_evidence_and_open_to_every_agent(scene: Scene) -> None:
    fresh = scene.desk.ticket(
        attachments=[tickets.NewAttachment(name="shot.png", content_type="image/png", content=b"\x89PNG")]
    )
    file = fresh.attachments.get()
    assert operations.hand_out(actor=scene.viewers["agent"], attachment_id=file.pk) == file
    assert not TimelineEntry.objects.of("ticket", fresh.pk).filter(kind="evidence.unmasked").exists()
    for who in ("requester", "stranger", "lead of another desk"):
        with pytest.raises(NotFound):
            queries.original_of(scene.viewers[who], file.pk)


def test_a_reason_names_no_secret_of_a_members_name(scene: Scene) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{SECRETS[2]}.bin", bytes(range(256)) * 9)
        archive.writestr("a.log", "2026-11-23 10:00:00 INFO up\n")
    fresh = scene.desk.ticket(
        attachments=[tickets.NewAttachment(name="x.zip", content_type="application/zip", content=packed.getvalue())]
    )
    operations.examine_ticket(actor=MACHINE, ticket_id=fresh.pk)
    evidence = Evidence.objects.get(ticket=fresh)
    assert "the file is binary" in evidence.reason
    assert "anna.muster" not in evidence.reason


@pytest.mark.parametrize(("who", "status"), [("agent", 404), ("lead", 200), ("hasty lead", 302), ("requester", 404)])
def test_the_console_hands_out_an_original_by_the_same_rule(
    scene: Scene, client: Client, who: str, status: int
) -> None:
    people_here = {"agent": scene.desk.agents[1], "requester": scene.desk.requester}
    person = people_here.get(who, scene.desk.lead)
    if who == "lead":
        operations.ask_to_unmask(actor=scene.viewers["lead"], evidence_id=scene.evidence.pk, reason="Leak")
    assert client.login(username=person.email, password=PASSWORD)
    answer = client.get(f"/console/files/{scene.file.pk}")
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    assert answer.status_code == status or (status == 404 and answer.status_code == 403)
    assert (LOG.encode() == body) is (status == 200)
    unmasked = TimelineEntry.objects.of("ticket", scene.ticket.pk).filter(kind="evidence.unmasked")
    assert unmasked.filter(actor_id=person.pk).count() == (status == 200)
    if status != 200:
        assert [secret for secret in SECRETS[:8] if secret.encode() in body] == []


def test_moving_a_ticket_to_another_desk_moves_its_evidence(scene: Scene) -> None:
    other = scene.viewers["lead of another desk"]
    Ticket.objects.filter(pk=scene.ticket.pk).update(desk_id=next(iter(other.desk_ids)), group=None)
    assert queries.evidence_of(other, scene.ticket.pk)
    with pytest.raises(NotFound):
        queries.redacted_lines(scene.viewers["expert"], scene.evidence.pk)
    assert ticket_queries.get(other, scene.ticket.pk)
