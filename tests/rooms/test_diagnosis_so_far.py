"""A file that is being read: staff see what is redacted already and how far it is, and nobody sees anything else."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.diagnosis import operations, queries
from tierline.work.diagnosis.models import Evidence
from tierline.work.diagnosis.operations import process
from tierline.work.diagnosis.queries.unfinished import folder_of
from tierline.work.diagnosis.rules import unfinished
from tierline.work.diagnosis.rules.reading import EvidenceReader
from tierline.work.diagnosis.rules.unfinished import Teller

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("diagnosis")
LINES = [f"2026-11-23 10:{at // 60 % 60:02}:{at % 60:02} INFO step from 203.0.113.{at % 9}" for at in range(3_000)]
LINES[1_500:1_500] = ["2026-11-23 10:25:00 ERROR window exceeded"]
LOG = ("\n".join(LINES) + "\n").encode()
desk = held(small_desk)


def pending(desk: SmallDesk) -> tuple[Ticket, Evidence]:
    file = tickets.NewAttachment(name="client.log", content_type="text/plain", content=LOG)
    ticket = desk.ticket(attachments=[file])
    attachment = ticket.attachments.get()
    return ticket, operations.collect(actor=MACHINE, ticket_id=ticket.pk, attachment_id=attachment.pk)


@contextmanager
def half_read(evidence: Evidence) -> Iterator[Path]:
    """What the reading process leaves when it is at the middle."""
    with process._folder(folder_of(evidence.pk)) as folder:
        half = "".join(f"{line}\n" for line in LINES[:2_000]).encode()
        with (folder / unfinished.TEXT).open("wb") as out:
            EvidenceReader(out, year=2026, teller=Teller(folder, len(LOG))).read(BytesIO(half), "client.log")
        yield folder


def test_what_is_there_already_can_be_read(desk: SmallDesk) -> None:
    ticket, evidence = pending(desk)
    viewer = desk.actor(2)
    with half_read(evidence):
        [row] = queries.evidence_of(viewer, ticket.pk)
        assert (row.state, row.lines) == ("pending", 2_000)
        assert row.progress is not None
        assert 0.6 < row.progress.share < 0.7
        assert row.masked["address"] == 1_999
        shown = queries.redacted_lines(viewer, evidence.pk, 1_490, 50)
        assert [line.number for line in shown] == list(range(1_490, 1_540))
        assert shown[11].text == "2026-11-23 10:25:00 ERROR window exceeded"
        assert "203.0.113" not in "".join(line.text for line in shown)
        assert queries.redacted_lines(viewer, evidence.pk, 1_995, 50)[-1].number == 2_000
        assert queries.redacted_lines(viewer, evidence.pk, 2_001, 50) == []
        templates = queries.templates_of(viewer, evidence.pk)
        assert {one.template: one.count for one in templates} == {"step from <*>": 1_999, "window exceeded": 1}
        assert queries.strip_of(viewer, evidence.pk).highest > 0
        said = "".join(part.text for part in queries.sentence_parts(viewer, evidence.pk))
        assert said == "10:00-10:33: 2 templates, one error; 1,999 secrets masked."
    [row] = queries.evidence_of(viewer, ticket.pk)
    assert (row.progress, row.lines) == (None, 0)
    assert queries.redacted_lines(viewer, evidence.pk) == []


def test_it_is_for_those_who_may_read_evidence(desk: SmallDesk) -> None:
    ticket, evidence = pending(desk)
    with half_read(evidence):
        [mine] = queries.evidence_of(desk.asking, ticket.pk)
        assert (mine.masked, mine.traces, mine.lines, mine.sentence) == ({}, (), 0, "")
        for read in (queries.redacted_lines, queries.templates_of, queries.strip_of, queries.sentence_parts):
            with pytest.raises(NotFound):
                read(desk.asking, evidence.pk)


def test_what_was_seen_is_what_is_kept(desk: SmallDesk) -> None:
    _ticket, evidence = pending(desk)
    viewer = desk.actor(2)
    with half_read(evidence):
        early = queries.redacted_lines(viewer, evidence.pk, 1, 2_000)
    operations.analyse(actor=MACHINE, evidence_id=evidence.pk)
    assert queries.redacted_lines(viewer, evidence.pk, 1, 2_000) == early
    assert not folder_of(evidence.pk).exists()
    row = Evidence.objects.get(pk=evidence.pk)
    assert (row.state, row.lines, row.masked_at) == ("ready", 3_001, {"address": 1})
    whole = {one.template: one for one in queries.templates_of(viewer, evidence.pk)}
    assert whole["window exceeded"].when.count("9") == 1
    assert len(whole["step from <*>"].when) == 18
    parts = {part.about: part.line for part in queries.sentence_parts(viewer, evidence.pk) if part.about}
    assert parts == {"when": 1, "templates": 1, "errors": 1_501, "masked": 1}


def test_what_a_reading_that_died_left_is_swept_by_the_next(desk: SmallDesk) -> None:
    _ticket, evidence = pending(desk)
    left = folder_of(evidence.pk)
    left.mkdir(parents=True)
    (left / "target").write_text("half")
    operations.analyse(actor=MACHINE, evidence_id=evidence.pk)
    assert not left.exists()


def test_how_often_a_form_comes_in_healthy_files_is_kept(desk: SmallDesk) -> None:
    product = catalogue.create_product(actor=SETUP, key="gw", name="Gateway")
    healthy, evidence = pending(desk)
    operations.analyse(actor=MACHINE, evidence_id=evidence.pk)
    baseline = operations.keep_baseline(
        actor=desk.actor(3), evidence_id=evidence.pk, product_id=product.pk, version="5.2"
    )
    assert sorted(baseline.counts.values()) == [1, 3_000]
    ticket, other = pending(desk)
    facts = {"product": "Gateway", "version": "5.2"}
    tickets.record_facts(actor=MACHINE, ticket_id=ticket.pk, facts=facts, source="test")
    with half_read(other):
        [row] = queries.evidence_of(desk.actor(2), ticket.pk)
        assert row.compared_with == 1
    operations.analyse(actor=MACHINE, evidence_id=other.pk)
    found = {one.template: one.healthy for one in queries.templates_of(desk.actor(2), other.pk)}
    assert found == {"step from <*>": 3_000.0, "window exceeded": 1.0}
    assert healthy.pk != ticket.pk
