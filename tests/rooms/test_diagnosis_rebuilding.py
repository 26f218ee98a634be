"""Views made anew: what a stricter rule masks is gone from every place, and what pointed at a view still does."""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.api import program_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.plugin_site import install, plugin_site
from tierline.core.kernel import clock, jobs, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.models import Blob
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.events import rebuild as replay
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.doors.cli import desk as cli_desk
from tierline.doors.cli import logs
from tierline.work.diagnosis import operations
from tierline.work.diagnosis.errors import ReadElsewhere
from tierline.work.diagnosis.models import Baseline, Evidence, Match, Rebuild
from tierline.work.diagnosis.operations import rebuilding

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("diagnosis")
desk = held(small_desk)

STRICT = """
import re
from tierline.core.plugins.contracts import Secret

class Words:
    key, name, version, kind = "words", "Words that are secret now", "1", "word"
    def find(self, text):
        return [Secret(one.start(), one.end()) for one in re.finditer({pattern!r}, text.text)]
"""
SECRET = "zanzibar"
LOG = f"""2026-11-23 10:00:00 INFO tunnel client version 5.2.1 started
2026-11-23 10:00:01 ERROR project {SECRET} does not open, {SECRET}.cfg is missing
2026-11-23 10:00:02 ERROR rekey window exceeded for {SECRET}
java.lang.IllegalStateException: no {SECRET}
\tat com.{SECRET}.Tunnel.open(Tunnel.java:12)
\tat com.acme.Main.run(Main.java:7)
2026-11-23 10:00:03 INFO done
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    with plugin_site(tmp_path) as made:
        yield made


def stricter(site: Path, pattern: str = SECRET) -> None:
    install(site, "stranger_words", STRICT.format(pattern=pattern), ("detectors", "words = stranger_words:Words"))


def sent(desk: SmallDesk, content: str = LOG, name: str = "a.log", **rest: object) -> Ticket:
    file = NewAttachment(name=name, content_type="text/plain", content=content.encode())
    ticket = desk.ticket(attachments=[file], **rest)  # type: ignore[arg-type]  # what the verb takes
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    return ticket


def places_with(word: str) -> list[str]:
    """Every table that holds a word, and every redacted text; originals and what people wrote apart."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model.__module__.startswith("tierline.") and model is not Blob:
                table = model._meta.db_table
                cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE strpos(lower(t::text), %s) > 0', [word])
                if cursor.fetchone()[0]:
                    found.append(table)
    originals = set(Evidence.objects.values_list("original_id", flat=True))
    others = [blob.pk for blob in Blob.objects.exclude(pk__in=originals)]
    return found + [f"blob {sha256}" for sha256 in others if word.encode() in storage.read(sha256).lower()]


def known_error() -> None:
    condition = {"kind": "template", "value": "rekey window exceeded"}
    operations.register_matcher(actor=SETUP, ref="KE-1", title="Rekey", matcher={"all_of": [condition]})


def test_what_a_stricter_rule_masks_is_gone_from_every_place(desk: SmallDesk, site: Path) -> None:
    known_error()
    condition = {"kind": "template", "value": f"project {SECRET}"}
    operations.register_matcher(actor=SETUP, ref="KE-2", title="Project", matcher={"all_of": [condition]})
    ticket = sent(desk, LOG + "2026-11-23 10:00:04 INFO from 10.1.2.3\n")
    product = catalogue.create_product(actor=SETUP, key="tunnel", name="Tunnel")
    evidence = Evidence.objects.get(ticket=ticket)
    operations.keep_baseline(actor=desk.actor(3), evidence_id=evidence.pk, product_id=product.pk, version="5.2.1")
    tickets.record_facts(actor=MACHINE, ticket_id=ticket.pk, facts={"host": f"srv-{SECRET}"}, source="diagnosis")
    other = sent(desk, "2026-11-23 11:00:00 INFO done\n" * 3, facts={"product": "Tunnel", "version": "5.2.1"})
    before = set(places_with(SECRET)) - {"diagnosis_matcher"}
    assert {"diagnosis_evidence", "diagnosis_evidencetemplate", "diagnosis_baseline", "timeline_timelineentry"} < before
    assert {"tickets_ticket", "diagnosis_match"} < before
    assert any(one["text"] for one in Evidence.objects.get(ticket=other).gone if SECRET in one["text"])

    stricter(site)
    [again] = operations.rebuild_ticket(actor=desk.leading, ticket_id=ticket.pk)
    assert set(places_with(SECRET)) - {"diagnosis_matcher"} == set()
    assert again.masked == {"address": 1, "word": 5}
    assert "project <word-1> does not open" in storage.read(again.redacted_id or "").decode()
    assert not Blob.objects.filter(pk=evidence.redacted_id).exists()
    assert [one.matcher.ref for one in Match.objects.filter(ticket=ticket)] == ["KE-1"], "the other holds no more"
    told = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="evidence.rebuilt")
    assert told.data["rewritten"] >= 2
    ticket.refresh_from_db()
    assert ticket.facts["host"] == "srv-<word-1>"
    assert replay(TimelineEntry.objects.of("ticket", ticket.pk)).facts == ticket.facts, "row and history agree"


def test_what_points_at_a_view_still_points_at_the_same(desk: SmallDesk, site: Path) -> None:
    known_error()
    ticket = sent(desk)
    before = Evidence.objects.get(ticket=ticket)
    match = Match.objects.get(ticket=ticket)
    lines = storage.read(before.redacted_id or "").split(b"\n")
    stricter(site)
    [after] = operations.rebuild_ticket(actor=desk.leading, ticket_id=ticket.pk)
    assert after.pk == before.pk
    assert Match.objects.get(ticket=ticket).pk == match.pk
    rebuilt = storage.read(after.redacted_id or "").split(b"\n")
    assert len(rebuilt) == len(lines)
    assert [a == b for a, b in zip(lines, rebuilt, strict=True)].count(False) == 4
    assert (after.offsets, after.buckets, after.started_at) == (before.offsets, before.buckets, before.started_at)


def test_the_same_rules_give_the_same_view(desk: SmallDesk) -> None:
    ticket = sent(desk, LOG + "2026-11-23 10:00:04 INFO from 10.1.2.3 by ines.okafor a@field.example\n")
    before = Evidence.objects.get(ticket=ticket)
    templates = list(before.templates.values_list("template_id", "template", "count").order_by("template_id"))
    [after] = operations.rebuild_ticket(actor=desk.leading, ticket_id=ticket.pk)
    assert after.redacted_id == before.redacted_id
    assert storage.read(after.redacted_id or "")
    assert list(after.templates.values_list("template_id", "template", "count").order_by("template_id")) == templates
    assert after.masked == before.masked


def test_only_with_the_right_and_only_what_is_there(desk: SmallDesk) -> None:
    ticket = sent(desk)
    for who in (desk.actor(1), desk.asking, Actor(label="")):
        with pytest.raises(NotFound):
            operations.rebuild_ticket(actor=who, ticket_id=ticket.pk)
        with pytest.raises(NotFound):
            operations.begin_rebuild(actor=who)
        with pytest.raises(NotFound):
            operations.begin_rebuild(actor=who, desk_id=desk.desk.pk)
    with pytest.raises(NotFound):
        operations.rebuild_ticket(actor=desk.leading, ticket_id=4_711)
    empty = desk.ticket()
    assert operations.rebuild_ticket(actor=desk.leading, ticket_id=empty.pk) == []
    assert not TimelineEntry.objects.of("ticket", empty.pk).filter(kind="evidence.rebuilt").exists()


def test_with_a_detector_that_fails_the_view_is_withheld_and_comes_back(desk: SmallDesk, site: Path) -> None:
    ticket = sent(desk)
    broken = (
        STRICT.format(pattern="(").replace("return [", "return [int('x'), *[").replace("text.text)]", "text.text)]]")
    )
    install(site, "stranger_words", broken, ("detectors", "words = stranger_words:Words"))
    [withheld] = operations.rebuild_ticket(actor=desk.leading, ticket_id=ticket.pk)
    assert (withheld.state, withheld.redacted_id) == ("refused", None)
    assert "words (stranger_words)" in withheld.reason
    assert withheld.templates.count() == 0
    stricter(site)
    [again] = operations.rebuild_ticket(actor=desk.leading, ticket_id=ticket.pk)
    assert (again.state, again.masked) == ("ready", {"word": 5})


def test_where_the_original_is_gone_the_redacted_text_is_masked_once_more(desk: SmallDesk, site: Path) -> None:
    ticket = sent(desk, LOG + "2026-11-23 10:00:04 INFO from 10.1.2.3\n")
    evidence = Evidence.objects.get(ticket=ticket)
    operations.retain(actor=desk.leading, evidence_id=evidence.pk, retention="90-days", reason="Contract")
    tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Done.")
    with clock.at(clock.now() + timedelta(days=91)):
        assert operations.remove_due(actor=MACHINE) == 1
    stricter(site)
    [again] = operations.rebuild_ticket(actor=desk.leading, ticket_id=ticket.pk)
    assert again.masked == {"address": 1, "word": 5}
    assert places_with(SECRET) == []
    assert b"from <address-1>" in storage.read(again.redacted_id or "")


WORDS = st.sampled_from(["alpha", "bravo", "charly", "delta", "zulu9", "4711", "x=y", "/opt/run"])


@given(
    lines=st.lists(st.lists(WORDS, min_size=1, max_size=5), min_size=1, max_size=8),
    hidden=st.sampled_from(["bravo", "charly", "zulu9"]),
    clocked=st.booleans(),
)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_the_log_no_table_holds_what_is_masked_now(
    desk: SmallDesk, tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]], hidden: str, clocked: bool
) -> None:
    head = "2026-11-23 10:00:%02d ERROR " if clocked else "%d "
    text = "\n".join((head % at) + " ".join(words) for at, words in enumerate(lines))
    with transaction.atomic():
        with plugin_site(tmp_path_factory.mktemp("site")) as site:
            ticket = sent(desk, f"{text}\nValueError: {hidden}\n  at {hidden}.run (a.js:1:2)\n")
            assert places_with(hidden) != []
            stricter(site, hidden)
            operations.rebuild_ticket(actor=MACHINE, ticket_id=ticket.pk)
            assert places_with(hidden) == []
        transaction.set_rollback(True)


# --- many, as a job ---


def test_a_job_makes_them_anew_and_says_how_far_it_is(desk: SmallDesk, site: Path) -> None:
    many = [sent(desk, LOG, name=f"{number}.log") for number in range(3)]
    stricter(site)
    running = operations.begin_rebuild(actor=desk_admin(desk), desk_id=desk.desk.pk)
    assert operations.begin_rebuild(actor=desk_admin(desk), desk_id=desk.desk.pk) == running, "one at a time"
    assert (running.state, running.total, running.done) == ("running", 3, 0)
    jobs.drain()
    running.refresh_from_db()
    assert (running.state, running.done, running.failed) == ("done", 3, 0)
    assert running.finished_at is not None
    assert {Evidence.objects.get(ticket=one).masked["word"] for one in many} == {5}
    with pytest.raises(NotFound):
        operations.go_on(actor=desk.leading, rebuild_id=running.pk)
    with pytest.raises(NotFound):
        operations.stop_rebuild(actor=desk_admin(desk), rebuild_id=running.pk)


def desk_admin(desk: SmallDesk) -> Actor:
    from tierline.desk.people.queries import actor_for

    return actor_for(desk.administrator)


def test_one_that_was_killed_goes_on_where_it_was(desk: SmallDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [sent(desk, LOG, name=f"{number}.log").pk for number in range(3)]
    seen: list[int] = []
    whole = rebuilding.rebuild_ticket

    def counted(*, actor: Actor, ticket_id: int) -> list[Evidence]:
        seen.append(ticket_id)
        if seen == ids[:2]:
            raise KeyboardInterrupt
        return whole(actor=actor, ticket_id=ticket_id)

    monkeypatch.setattr(rebuilding, "rebuild_ticket", counted)
    running = operations.begin_rebuild(actor=MACHINE)
    assert operations.go_on(actor=MACHINE, rebuild_id=running.pk, seconds=0)
    with pytest.raises(KeyboardInterrupt):
        operations.go_on(actor=MACHINE, rebuild_id=running.pk)
    running.refresh_from_db()
    while operations.go_on(actor=MACHINE, rebuild_id=running.pk, seconds=0):
        pass
    running.refresh_from_db()
    assert (running.state, running.done) == ("done", 3)
    assert seen[-1] == ids[-1]


def test_one_file_that_cannot_be_read_now_does_not_hold_up_the_others(
    desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sent(desk), sent(desk, name="b.log")
    whole = rebuilding.rebuild_ticket

    def busy(*, actor: Actor, ticket_id: int) -> list[Evidence]:
        if ticket_id == first.pk:
            raise ReadElsewhere
        return whole(actor=actor, ticket_id=ticket_id)

    monkeypatch.setattr(rebuilding, "rebuild_ticket", busy)
    running = operations.begin_rebuild(actor=MACHINE)
    operations.go_on(actor=MACHINE, rebuild_id=running.pk)
    running.refresh_from_db()
    assert (running.done, running.failed, running.state) == (2, 1, "done")
    assert TimelineEntry.objects.of("ticket", second.pk).filter(kind="evidence.rebuilt").exists()


def test_it_is_stopped_and_leaves_the_rest(desk: SmallDesk) -> None:
    sent(desk)
    running = operations.begin_rebuild(actor=MACHINE)
    with pytest.raises(NotFound):
        operations.stop_rebuild(actor=desk.leading, rebuild_id=running.pk)
    operations.stop_rebuild(actor=desk_admin(desk), rebuild_id=running.pk)
    assert operations.go_on(actor=MACHINE, rebuild_id=running.pk) is False
    assert Rebuild.objects.get(pk=running.pk).state == "stopped"


# --- its other doors ---


def test_over_the_api_with_the_right(desk: SmallDesk) -> None:
    ticket = sent(desk)
    where = f"/tickets/{ticket.reference}/evidence/rebuild"
    assert program_of(desk.agents[1]).post(where, {}).status_code == 404
    [told] = program_of(desk.lead).post(where, {}).json()
    evidence = Evidence.objects.get(ticket=ticket)
    assert (told["id"], told["name"], told["state"]) == (evidence.pk, "a.log", "ready")
    assert (told["sha256"], told["retention"]) == (evidence.sha256, "ticket")
    assert program_of(desk.lead).post("/tickets/INC-4711/evidence/rebuild", {}).status_code == 404


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    @contextmanager
    def opened(_data: Path | None) -> Iterator[None]:
        yield

    monkeypatch.setattr(cli_desk, "opened", opened)
    parser = argparse.ArgumentParser()
    logs.add_parser(parser.add_subparsers())
    args = parser.parse_args(["logs", *words])
    return int(args.run(args))


def test_by_the_command(
    desk: SmallDesk, site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ticket, _ = sent(desk), sent(desk, name="b.log")
    stricter(site)
    assert run(monkeypatch, "rebuild", ticket.reference) == 0
    assert "a.log: 10:00" in capsys.readouterr().out
    assert run(monkeypatch, "rebuild", "--all", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"tickets": 2, "failed": 0, "state": "done"}
    assert {one.masked["word"] for one in Evidence.objects.all()} == {5}
    assert run(monkeypatch, "verify") == 0
    assert capsys.readouterr().out == "2 good\n"
    assert run(monkeypatch, "verify", ticket.reference, "--json") == 0
    assert json.loads(capsys.readouterr().out)["state"] == "good"
    with pytest.raises(NotFound):
        run(monkeypatch, "rebuild", "no reference")
    assert run(monkeypatch, "rebuild", desk.ticket().reference) == 0
    assert "no file that was read" in capsys.readouterr().out
    assert Baseline.objects.count() == 0
