"""The verbs of diagnosis against the real database and the real reading process."""

import gzip
import io
import json
import zipfile
from datetime import timedelta

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.people import operations as people
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.diagnosis import operations, queries
from tierline.work.diagnosis.errors import NotAsked
from tierline.work.diagnosis.jobs import analyse_attachments
from tierline.work.diagnosis.models import Evidence, Match
from tierline.work.diagnosis.rules.match import Condition, Matcher
from tierline.work.routing import queries as routing

pytestmark = pytest.mark.django_db

MACHINE = Actor.machine("diagnosis")
HEALTHY = "".join(
    f"2026-11-16 10:0{minute}:{second:02} INFO heartbeat ok, rtt {second} ms\n"
    for minute in range(5)
    for second in range(0, 60, 5)
)
BROKEN = (
    "2026-11-23 09:58:00 INFO tunnel client 5.2.1 starting on Ubuntu 24.04, user anna.muster@field.example\n"
    + "".join(f"2026-11-23 09:{50 + at}:30 INFO keepalive sent, seq {at}\n" for at in range(8, 10))
    + "2026-11-23 10:04:02 ERROR rekey window exceeded after 600 s, seq 48211 last 48275\n"
    "stack of ReplayError, window 64\n"
    "  at Rekey.verify_window  rekey.c:212\n"
    "  at Rekey.on_epoch       rekey.c:148\n"
    "2026-11-23 10:04:03 INFO upload part 119, Authorization: Bearer abcdef0123456789abcdef\n"
    "2026-11-23 10:04:23 ERROR rekey window exceeded after 600 s, seq 48211 last 48290\n"
    "2026-11-23 10:04:43 ERROR rekey window exceeded after 600 s, seq 48211 last 48301\n"
    "2026-11-23 10:07:00 INFO tunnel up, peer 10.20.30.40\n"
)
REKEY = Matcher(
    all_of=(
        Condition("template", "rekey window exceeded", least=2),
        Condition("fact", "5.2.x", name="version"),
    ),
    any_of=(Condition("text", "vpn drops"), Condition("text", "tunnel lost")),
)


desk = held(small_desk)


def log(content: str | bytes = BROKEN, name: str = "tunneld.log", kind: str = "text/plain") -> tickets.NewAttachment:
    data = content.encode() if isinstance(content, str) else content
    return tickets.NewAttachment(name=name, content_type=kind, content=data)


def with_log(desk: SmallDesk, content: str | bytes = BROKEN, **rest: str) -> Ticket:
    return desk.ticket(attachments=[log(content, **rest)])


def examined(desk: SmallDesk, content: str | bytes = BROKEN, **rest: str) -> tuple[Ticket, Evidence]:
    ticket = with_log(desk, content, **rest)
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    return ticket, Evidence.objects.get(ticket=ticket)


def kinds(ticket: Ticket) -> list[str]:
    return [entry.kind for entry in TimelineEntry.objects.of("ticket", ticket.pk)]


def last(ticket: Ticket, kind: str) -> dict[str, object]:
    entry = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind=kind).last()
    assert entry is not None
    return entry.data


def test_a_log_is_read_and_the_sentence_says_what_matters(desk: SmallDesk) -> None:
    ticket, evidence = examined(desk)
    assert evidence.state == "ready"
    assert evidence.sentence.startswith("09:58-10:07: ")
    assert "one stack trace" in evidence.sentence
    assert evidence.sentence.endswith("3 secrets masked.")
    assert evidence.lines == BROKEN.count("\n")
    said = last(ticket, "evidence.analysed")
    assert said["sentence"] == evidence.sentence
    assert said["masked"] == 3


def test_nobody_reads_a_secret_in_the_redacted_lines(desk: SmallDesk) -> None:
    _, evidence = examined(desk)
    lines = queries.redacted_lines(desk.actor(2), evidence.pk, 1, 100)
    text = "\n".join(line.text for line in lines)
    assert [line.number for line in lines] == list(range(1, evidence.lines + 1))
    for secret in ("anna.muster", "abcdef0123456789", "10.20.30.40"):
        assert secret not in text
    for name in ("<email-1>", "<token-1>", "<address-1>"):
        assert name in text
    templates = "\n".join(row.template for row in queries.templates_of(desk.actor(2), evidence.pk))
    assert "anna.muster" not in templates
    assert evidence.redacted is not None
    assert b"abcdef0123456789" not in storage.read(evidence.redacted.pk)
    assert storage.read(evidence.original.pk) == BROKEN.encode()


def test_facts_of_the_log_are_recorded_but_never_replace_what_was_said(desk: SmallDesk) -> None:
    catalogue.create_product(actor=SETUP, key="tunnel", name="Tunnel")
    ticket, _ = examined(desk)
    ticket.refresh_from_db()
    assert ticket.facts["version"] == "5.2.1"
    assert ticket.facts["os"] == "Ubuntu 24.04"
    told = desk.ticket(attachments=[log()], facts={"version": "5.1.9"})
    operations.examine_ticket(actor=MACHINE, ticket_id=told.pk)
    told.refresh_from_db()
    assert told.facts["version"] == "5.1.9"


def test_a_known_error_matches_by_log_version_and_words_and_says_why(desk: SmallDesk) -> None:
    catalogue.create_product(actor=SETUP, key="tunnel", name="Tunnel")
    operations.register_matcher(
        actor=desk.actor(3), ref="KE-14", title="Rekey window after roaming", matcher=REKEY, answer="Turn roaming off."
    )
    ticket, _ = examined(desk)
    (found,) = queries.matches_of(desk.actor(1), ticket.pk)
    assert (found.ref, found.answer, found.lowest_tier) == ("KE-14", "Turn roaming off.", 1)
    assert found.score == 1.0
    assert found.reasons == (
        "`rekey window exceeded` occurs 3 times",
        "the version is 5.2.1",
        "the text speaks of “vpn drops”",
    )
    assert last(ticket, "known_error.matched")["ref"] == "KE-14"
    assert last(ticket, "diagnosis.completed")["matches"] == ["KE-14"]


def test_a_match_tells_routing_the_service_and_the_lowest_tier(desk: SmallDesk) -> None:
    words = {"all_of": [{"kind": "text", "value": "vpn drops"}]}
    operations.register_matcher(
        actor=desk.actor(3), ref="KE-7", title="Drops", matcher=words, lowest_tier=2, service_id=desk.service.pk
    )
    ticket = desk.ticket()
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    said = last(ticket, "known_error.matched")
    assert (said["lowest_tier"], said["service_id"]) == (2, desk.service.pk)
    (hit,) = routing.facts_of(ticket, clock.now().date()).known_errors
    assert (hit.reference, hit.tier, hit.service_id) == ("KE-7", 2, desk.service.pk)


@pytest.mark.parametrize("elsewhere", [True, False], ids=["service of another desk", "no service"])
def test_a_match_names_no_service_that_the_desk_does_not_have(desk: SmallDesk, elsewhere: bool) -> None:
    service_id = None
    if elsewhere:
        other = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
        service_id = catalogue.create_service(actor=SETUP, desk=other, key="payroll", name="Payroll").pk
    words = {"all_of": [{"kind": "text", "value": "vpn drops"}]}
    operations.register_matcher(actor=desk.actor(3), ref="KE-7", title="Drops", matcher=words, service_id=service_id)
    ticket = desk.ticket()
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    assert last(ticket, "known_error.matched")["service_id"] is None


def test_an_examination_ends_with_one_entry_even_when_there_is_nothing_to_read(desk: SmallDesk) -> None:
    ticket = desk.ticket()
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    assert kinds(ticket).count("diagnosis.completed") == 1
    assert last(ticket, "diagnosis.completed") == {"evidence_ids": [], "matches": [], "first": True}


def test_the_job_run_twice_for_one_entry_changes_nothing(desk: SmallDesk) -> None:
    ticket = with_log(desk)
    entry = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="ticket.opened").get()
    for _ in range(2):
        analyse_attachments(entry_id=entry.pk)
    assert kinds(ticket).count("evidence.analysed") == 1
    assert kinds(ticket).count("diagnosis.completed") == 1
    assert Evidence.objects.filter(ticket=ticket).count() == 1


def test_a_second_file_is_read_alone_and_is_not_the_first_diagnosis(desk: SmallDesk) -> None:
    ticket, _ = examined(desk)
    tickets.receive_message(
        actor=desk.asking,
        ticket_id=ticket.pk,
        author=desk.requester,
        text="One more.",
        attachments=[log(HEALTHY, "two.log")],
    )
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    assert kinds(ticket).count("evidence.analysed") == 2
    assert last(ticket, "diagnosis.completed")["first"] is False


def test_a_healthy_baseline_makes_templates_new_and_gone(desk: SmallDesk) -> None:
    product = catalogue.create_product(actor=SETUP, key="tunnel", name="Tunnel")
    _, healthy = examined(desk, HEALTHY, name="healthy.log")
    for _ in range(2):
        kept = operations.keep_baseline(
            actor=desk.actor(3), evidence_id=healthy.pk, product_id=product.pk, version="5.2.1"
        )
    assert kept.bundles == 1
    ticket = desk.ticket(attachments=[log()], facts={"product": "Tunnel", "version": "5.2.1"})
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    evidence = Evidence.objects.get(ticket=ticket)
    rows = {row.template: row.kind for row in queries.templates_of(desk.actor(2), evidence.pk)}
    assert rows["rekey window exceeded after <*> s, seq <*> last <*>"] == "new"
    assert "new templates" in evidence.sentence
    assert [one["text"] for one in evidence.gone] == ["heartbeat ok, rtt <*> ms"]


def test_a_baseline_needs_a_product_and_version(desk: SmallDesk) -> None:
    _, evidence = examined(desk, HEALTHY)
    with pytest.raises(Invalid, match="which product"):
        operations.keep_baseline(actor=desk.actor(3), evidence_id=evidence.pk)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (bytes(range(256)) * 40, "the file is binary"),
        (b"PK\x03\x04 this is no zip at all" * 20, "damaged or cut short"),
        (gzip.compress(BROKEN.encode())[:60], "damaged or cut short"),
    ],
    ids=["empty", "binary", "zip", "gzip"],  # a gzip holds the time: its bytes make no stable name
)
def test_what_cannot_be_read_is_refused_in_words_and_kept(desk: SmallDesk, content: bytes, words: str) -> None:
    ticket, evidence = examined(desk, content, name="odd.bin", kind="application/octet-stream")
    assert evidence.state == "refused"
    assert words in evidence.reason
    assert storage.read(evidence.original.pk) == content
    assert last(ticket, "evidence.analysed")["state"] == "refused"
    assert kinds(ticket)[-1] == "diagnosis.completed"
    assert queries.redacted_lines(desk.actor(2), evidence.pk) == []


def test_one_line_of_ten_megabytes_is_cut_and_the_rest_is_counted(desk: SmallDesk) -> None:
    _, evidence = examined(desk, b"x" * 10_000_000)
    assert (evidence.state, evidence.lines) == ("ready", 1)
    assert "9934464 characters are only in the original" in evidence.reason
    (line,) = queries.redacted_lines(desk.actor(2), evidence.pk)
    assert len(line.text) == 64 * 1024


def test_logs_in_an_archive_are_read_and_the_bad_ones_named(desk: SmallDesk) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../etc/tunneld.log", BROKEN)
        archive.writestr("picture.bin", bytes(range(256)) * 10)
        archive.writestr("inner.log.gz", gzip.compress(HEALTHY.encode()))
    _, evidence = examined(desk, packed.getvalue(), name="client-log.zip", kind="application/zip")
    assert evidence.state == "ready"
    assert evidence.lines == BROKEN.count("\n") + HEALTHY.count("\n")
    assert evidence.reason == "picture.bin: the file is binary, not text"


def test_a_zip_bomb_is_stopped(desk: SmallDesk) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.log", BROKEN)
        archive.writestr("bomb.log", b"0" * 30_000_000)
    _, evidence = examined(desk, packed.getvalue(), name="bomb.zip", kind="application/zip")
    assert "unpacks to over 200 times its packed size" in evidence.reason
    assert evidence.lines >= BROKEN.count("\n")


def test_pictures_and_documents_are_no_evidence(desk: SmallDesk) -> None:
    ticket = with_log(desk, b"\x89PNG", name="screen.png", kind="image/png")
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    assert not Evidence.objects.filter(ticket=ticket).exists()


def test_a_requester_sees_the_summary_of_the_own_file_and_nothing_else(desk: SmallDesk) -> None:
    ticket, evidence = examined(desk)
    (row,) = queries.evidence_of(desk.asking, ticket.pk)
    assert row.sentence == evidence.sentence
    assert (row.details, row.masked, row.traces) == (False, {}, ())
    assert queries.matches_of(desk.asking, ticket.pk) == []
    for read in (queries.redacted_lines, queries.templates_of, queries.strip_of):
        with pytest.raises(NotFound):
            read(desk.asking, evidence.pk)


def test_a_stranger_finds_nothing(desk: SmallDesk) -> None:
    ticket, evidence = examined(desk)
    other = people.create_person(actor=SETUP, email="o@other.example", name="Olga", roles=[Role.REQUESTER], password="")
    elsewhere = Actor(label="Agent elsewhere", person_id=0, roles=frozenset({"agent"}))
    for viewer in (actor_for(other), elsewhere):
        for read in (queries.evidence_of, queries.matches_of):
            with pytest.raises(NotFound):
                read(viewer, ticket.pk)
        with pytest.raises(NotFound):
            queries.redacted_lines(viewer, evidence.pk)
        with pytest.raises(NotFound):
            operations.analyse(actor=viewer, evidence_id=evidence.pk)


def test_unmasking_is_a_right_needs_a_reason_and_ends(desk: SmallDesk) -> None:
    ticket, evidence = examined(desk)
    for actor in (desk.asking, desk.actor(3), MACHINE):
        for attempt in (
            lambda who: operations.ask_to_unmask(actor=who, evidence_id=evidence.pk, reason="curious"),
            lambda who: operations.unmask(actor=who, evidence_id=evidence.pk, start=1, limit=2),
            lambda who: operations.end_unmasking(actor=who, evidence_id=evidence.pk),
        ):
            with pytest.raises(NotFound):
                attempt(actor)
    with pytest.raises(Invalid, match="why"):
        operations.ask_to_unmask(actor=desk.leading, evidence_id=evidence.pk, reason="  ")
    with pytest.raises(NotAsked):
        operations.unmask(actor=desk.leading, evidence_id=evidence.pk, start=8, limit=1)
    assert not {"evidence.unmasked", "evidence.unmasking_asked"} & set(kinds(ticket))

    operations.ask_to_unmask(actor=desk.leading, evidence_id=evidence.pk, reason="Rotate the key")
    assert last(ticket, "evidence.unmasking_asked")["minutes"] == 15
    assert operations.unmask(actor=desk.leading, evidence_id=evidence.pk, start=8, limit=1) == [BROKEN.splitlines()[7]]
    assert last(ticket, "evidence.unmasked") == {
        "evidence_id": evidence.pk, "start": 8, "count": 1, "reason": "Rotate the key",
    }  # fmt: skip
    with clock.at(clock.now() + timedelta(minutes=15, seconds=1)), pytest.raises(NotAsked):
        operations.unmask(actor=desk.leading, evidence_id=evidence.pk, start=8, limit=1)
    operations.end_unmasking(actor=desk.leading, evidence_id=evidence.pk)
    with pytest.raises(NotAsked):
        operations.unmask(actor=desk.leading, evidence_id=evidence.pk, start=8, limit=1)


def test_lines_far_into_a_file_are_found_by_number(desk: SmallDesk) -> None:
    long = "".join(f"2026-11-23 10:00:00 INFO step {number} done\n" for number in range(1, 3_501))
    _, evidence = examined(desk, long)
    assert len(evidence.offsets) == 4
    lines = queries.redacted_lines(desk.actor(2), evidence.pk, 2_999, 3)
    assert [(line.number, line.text[-11:]) for line in lines] == [
        (2_999, "p 2999 done"), (3_000, "p 3000 done"), (3_001, "p 3001 done"),
    ]  # fmt: skip
    assert queries.redacted_lines(desk.actor(2), evidence.pk, 9_000) == []


def test_the_strip_counts_every_stamped_line_and_marks_the_burst(desk: SmallDesk) -> None:
    quiet = "".join(f"2026-11-23 10:{at:02}:00 INFO tick {at}\n" for at in range(60))
    loud = "".join(f"2026-11-23 10:30:{at % 60:02} ERROR boom {at}\n" for at in range(90))
    _, evidence = examined(desk, quiet + loud)
    strip = queries.strip_of(desk.actor(2), evidence.pk)
    assert sum(bucket.lines for bucket in strip.buckets) == 150
    assert sum(bucket.errors for bucket in strip.buckets) == 90
    assert any(bucket.burst for bucket in strip.buckets)
    assert "burst" in evidence.sentence


def test_a_matcher_is_checked_replaced_and_retired(desk: SmallDesk) -> None:
    expert = desk.actor(3)
    with pytest.raises(Invalid, match="at least one condition"):
        operations.register_matcher(actor=expert, ref="KE-1", title="Empty", matcher={})
    with pytest.raises(Invalid, match="one of fingerprint"):
        operations.register_matcher(
            actor=expert, ref="KE-1", title="Odd", matcher={"all_of": [{"kind": "moon", "value": "full"}]}
        )
    with pytest.raises(NotFound):
        operations.register_matcher(actor=desk.asking, ref="KE-1", title="No", matcher=REKEY)
    text = {"all_of": [{"kind": "text", "value": "vpn drops"}]}
    operations.register_matcher(actor=expert, ref="KE-1", title="One", matcher=text)
    row = operations.register_matcher(actor=expert, ref="KE-1", title="Two", matcher=text)
    assert row.title == "Two"
    ticket = desk.ticket()
    assert [match.matcher.ref for match in operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)] == ["KE-1"]
    operations.retire_matcher(actor=expert, ref="KE-1")
    assert queries.matches_of(desk.actor(1), ticket.pk) == []
    assert Match.objects.filter(ticket=ticket).exists()
    other = desk.ticket()
    assert operations.examine_ticket(actor=MACHINE, ticket_id=other.pk) == []


def test_a_match_is_told_once_however_often_it_is_examined(desk: SmallDesk) -> None:
    operations.register_matcher(
        actor=desk.actor(3), ref="KE-2", title="Drops", matcher={"all_of": [{"kind": "text", "value": "vpn drops"}]}
    )
    ticket = desk.ticket()
    for _ in range(2):
        operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    assert kinds(ticket).count("known_error.matched") == 1


def test_examining_a_ticket_costs_few_statements(desk: SmallDesk, django_assert_max_num_queries: "object") -> None:
    ticket, _ = examined(desk)
    with django_assert_max_num_queries(30):  # type: ignore[operator]  # pytest-django's fixture
        operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)


def test_erasure_leaves_no_words_of_a_person(desk: SmallDesk) -> None:
    ticket, _ = examined(desk, name="anna-muster.log")
    for entry in TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="evidence.analysed"):
        assert "anna" in json.dumps(entry.data)
        assert "anna" not in json.dumps(entry.payload.erase().to_data())
