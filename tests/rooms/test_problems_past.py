"""A known error tried on past tickets: what it would have caught, in batches that can be cut off anywhere."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.ladder.problems import operations, queries
from tierline.ladder.problems.errors import FixturesFailed, WrongState
from tierline.ladder.problems.models import KnownError, Problem, RetroHit, RetroScan
from tierline.ladder.problems.operations import scanning
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis.models import Match, Matcher
from tierline.work.diagnosis.operations.past import observed_of
from tierline.work.diagnosis.rules import match as rule

pytestmark = pytest.mark.django_db
desk = held(small_desk)
MACHINE = Actor.machine("problems")
LOG = (
    "2026-11-17 10:00:00,120 INFO tunneld client version 5.2.1\n"
    "2026-11-17 10:00:09,480 ERROR tunneld rekey window exceeded seq=4\n"
    "2026-11-17 10:00:19,480 ERROR tunneld rekey window exceeded seq=9\n"
    "Traceback (most recent call last):\n"
    '  File "/opt/t.py", line 3, in rekey\n'
    "    f()\n"
    "TunnelError: window\n"
)
REKEY = {"all_of": [{"kind": "template", "value": "rekey window exceeded"}]}
WORDS = {"all_of": [{"kind": "text", "value": "tunnel drops"}]}


@pytest.fixture
def problem(desk: SmallDesk) -> Problem:
    made = operations.open_problem(actor=desk.actor(3), ticket_id=desk.owned(tier=3, text="A tunnel drops.").pk)
    return operations.record_cause(actor=desk.actor(3), problem_id=made.pk, cause="The window is too small.")


def drafted(desk: SmallDesk, problem: Problem, matcher: dict[str, Any] | None = None) -> KnownError:
    return operations.record_workaround(
        actor=desk.actor(3), problem_id=problem.pk, title="Rekey", symptoms="It drops.", workaround="Roaming off.",
        matcher=WORDS if matcher is None else matcher, fixtures={"must": [{"name": "one", "text": "the tunnel drops"}]},
    )  # fmt: skip


def publish(desk: SmallDesk, known_error: KnownError) -> RetroScan:
    scan = operations.publish_known_error(actor=desk.actor(3), known_error_id=known_error.pk).scan
    assert scan is not None
    return scan


def caught(scan: RetroScan) -> list[int]:
    return list(scan.hits.order_by("ticket_id").values_list("ticket_id", flat=True))


def with_log(desk: SmallDesk) -> Ticket:
    file = NewAttachment(name="client.log", content_type="text/plain", content=LOG.encode())
    ticket = desk.ticket(title="VPN", text="Since today.", attachments=[file])
    diagnosis.examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=ticket.pk)
    return ticket


CONDITIONS: list[list[dict[str, Any]]] = [
    [{"kind": "template", "value": "rekey window exceeded"}],
    [{"kind": "template", "value": "rekey <*> exceeded", "least": 2}],
    [{"kind": "template", "value": "rekey window exceeded", "least": 3}],
    [{"kind": "template", "value": "tunneld straße"}],
    [{"kind": "template", "value": "REKEY WINDOW"}],
    [{"kind": "template", "value": "100%_"}],
    [{"kind": "exception", "value": "TunnelError"}],
    [{"kind": "fingerprint", "value": "f0"}],
    [{"kind": "fact", "name": "version", "relation": "below", "value": "5.3"}],
    [{"kind": "text", "value": "since today"}, {"kind": "template", "value": "rekey"}],
    [{"kind": "text", "value": "vpn"}],
]


def test_only_what_is_asked_about_is_read_and_the_answer_is_the_same(desk: SmallDesk) -> None:
    desk.ticket(title="VPN", text="The tunnel drops.")
    ticket = with_log(desk)
    tickets.receive_message(actor=desk.asking, ticket_id=ticket.pk, author=desk.requester, text="Since today.")
    seen = {pk: observed_of(pk) for pk in Ticket.objects.order_by("pk").values_list("pk", flat=True)}
    for conditions in CONDITIONS:
        matcher = rule.from_json({"all_of": conditions})
        whole = {pk: found for pk, one in seen.items() if (found := rule.match(matcher, one))}
        assert diagnosis.caught(matcher, list(seen)) == whole, conditions
        wide = rule.from_json({"any_of": [*conditions, {"kind": "template", "value": "straße <*>"}]})
        held = rule.match(wide, seen[ticket.pk]) is not None
        assert (ticket.pk in diagnosis.caught(wide, [ticket.pk])) == held, conditions
    assert diagnosis.caught(rule.from_json(REKEY), [ticket.pk]).keys() == {ticket.pk}


def test_a_draft_is_tried_and_nothing_else_changes(desk: SmallDesk, problem: Problem) -> None:
    with clock.at(clock.now() - timedelta(days=100)):
        old = desk.ticket(text="The tunnel drops.")
        Ticket.objects.filter(pk=old.pk).update(status="closed")
    alike, other = desk.ticket(text="My tunnel drops."), desk.ticket(text="Out of paper.")
    scan = operations.scan_past(actor=desk.actor(3), known_error_id=drafted(desk, problem).pk)
    assert (scan.state, scan.total, scan.in_force) == ("running", 3, False)
    jobs.drain()
    scan.refresh_from_db()
    assert (scan.state, scan.done) == ("done", 3)
    assert alike.pk in caught(scan)
    assert not {old.pk, other.pk} & set(caught(scan))
    assert not Match.objects.exists()
    assert list(TimelineEntry.objects.of("problem", problem.pk))[-1].kind == "known_error.scanned"


def test_open_tickets_are_told_when_it_is_in_force(desk: SmallDesk, problem: Problem) -> None:
    with clock.at(clock.now() - timedelta(days=100)):
        old = desk.ticket(text="The tunnel drops.")
    done = desk.ticket(text="The tunnel drops.")
    Ticket.objects.filter(pk=done.pk).update(status="resolved")
    jobs.drain()
    scan = publish(desk, drafted(desk, problem))
    jobs.drain()
    assert {old.pk, done.pk} < set(caught(scan))
    told = set(Match.objects.values_list("ticket_id", flat=True))
    assert old.pk in told, "open tickets of any age"
    assert done.pk not in told
    jobs.drain()
    kinds = [one.kind for one in TimelineEntry.objects.of("ticket", old.pk)]
    assert kinds.count("known_error.matched") == 1


def test_a_ticket_of_another_problem_is_false_until_somebody_says_otherwise(desk: SmallDesk, problem: Problem) -> None:
    other = desk.owned(tier=3, text="The tunnel drops, too.")
    operations.open_problem(actor=desk.actor(3), ticket_id=other.pk)
    known_error = drafted(desk, problem)
    jobs.drain()
    publish(desk, known_error)
    jobs.drain()
    found = queries.past_tickets(desk.actor(2), known_error)
    assert found is not None
    assert (found.caught, found.false, found.days) == (2, 1, 90)
    assert [hit.is_false for hit in found.hits] == [False, True], "what is false comes last"
    assert not Match.objects.filter(ticket=other).exists()
    (last,) = TimelineEntry.objects.of("problem", problem.pk).filter(kind="known_error.scanned")
    assert (last.data["caught"], last.data["false"]) == (2, 1)
    operations.judge_hit(
        actor=desk.actor(3), known_error_id=known_error.pk, ticket_id=found.hits[1].ticket_id, is_false=False
    )
    again = queries.past_tickets(desk.actor(2), known_error)
    assert again is not None
    assert again.false == 0


def test_a_job_that_is_killed_goes_on_where_it_was(
    desk: SmallDesk, problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        desk.ticket(text="The tunnel drops.")
    monkeypatch.setattr(scanning, "BATCH", 2)
    scan = operations.scan_past(actor=desk.actor(3), known_error_id=drafted(desk, problem).pk)
    look, seen = diagnosis.caught, []

    def killed_in_the_second(matcher: rule.Matcher, ids: list[int]) -> dict[int, rule.Match]:
        if len(seen) == 2:
            seen.append(0)
            raise KeyboardInterrupt
        seen.extend(ids)
        return look(matcher, ids)

    monkeypatch.setattr(scanning.diagnosis, "caught", killed_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        operations.run_scan(actor=MACHINE, scan_id=scan.pk)
    scan.refresh_from_db()
    assert (scan.state, scan.done, scan.hits.count()) == ("running", 2, 2)
    found = queries.past_tickets(desk.actor(2), scan.known_error)
    assert found is not None, "the page shows how far it is"
    seen.clear()
    monkeypatch.setattr(scanning.diagnosis, "caught", lambda matcher, ids: seen.extend(ids) or look(matcher, ids))
    for _ in range(2):
        operations.run_scan(actor=MACHINE, scan_id=scan.pk)
    scan.refresh_from_db()
    assert (scan.state, scan.done, scan.hits.count()) == ("done", 5, 5)
    assert len(seen) == 3, "what was looked at is not looked at again"
    assert TimelineEntry.objects.filter(kind="known_error.scanned").count() == 1


def test_a_newer_scan_drops_the_one_that_runs_and_so_does_retiring(desk: SmallDesk, problem: Problem) -> None:
    known_error = drafted(desk, problem)
    first = operations.scan_past(actor=desk.actor(3), known_error_id=known_error.pk)
    second = publish(desk, known_error)
    operations.retire_known_error(actor=desk.actor(3), known_error_id=known_error.pk, reason="5.2 is gone")
    jobs.drain()
    for scan in (first, second):
        scan.refresh_from_db()
        assert (scan.state, scan.done) == ("dropped", 0)
    assert queries.past_tickets(desk.actor(3), known_error) is None
    with pytest.raises(WrongState):
        operations.scan_past(actor=desk.actor(3), known_error_id=known_error.pk)


def test_who_may_not_see_or_work_on_problems_finds_nothing(desk: SmallDesk, problem: Problem) -> None:
    known_error = drafted(desk, problem)
    scan = operations.scan_past(actor=desk.actor(3), known_error_id=known_error.pk)
    jobs.drain()
    hit = RetroHit.objects.filter(scan=scan).first()
    assert hit is not None
    stranger = Actor(label="x", person_id=desk.agents[1].pk, roles=frozenset({"agent"}), desk_ids=frozenset({0}))
    for who in (stranger, desk.asking):
        for attempt in (
            lambda who: operations.scan_past(actor=who, known_error_id=known_error.pk),
            lambda who: operations.judge_hit(
                actor=who, known_error_id=known_error.pk, ticket_id=hit.ticket_id, is_false=True
            ),
            lambda who: operations.run_scan(actor=who, scan_id=scan.pk),
        ):
            with pytest.raises(NotFound):
                attempt(who)
    unseen = queries.past_tickets(stranger, known_error)
    assert unseen is not None
    assert (unseen.caught, unseen.hits) == (0, ()), "tickets of other desks are neither listed nor counted"


def test_a_scan_looks_at_what_the_person_may_see(desk: SmallDesk, problem: Problem) -> None:
    known_error = drafted(desk, problem)
    mine = operations.scan_past(actor=desk.actor(3), known_error_id=known_error.pk)
    assert mine.asked_by == desk.agents[3]
    machine = operations.scan_past(actor=MACHINE, known_error_id=known_error.pk)
    assert machine.asked_by is None
    mine.refresh_from_db()
    assert mine.state == "dropped"


def test_a_record_without_a_matcher_has_nothing_to_try(desk: SmallDesk, problem: Problem) -> None:
    known_error = drafted(desk, problem, matcher={})
    with pytest.raises(WrongState, match="nothing to try"):
        operations.scan_past(actor=desk.actor(3), known_error_id=known_error.pk)
    assert queries.past_tickets(desk.actor(3), known_error) is None


def test_one_bad_matcher_stops_no_other_and_says_why(desk: SmallDesk, problem: Problem) -> None:
    """A check of today may refuse what was kept under the checks of its day."""
    good, bad = (drafted(desk, problem) for _ in range(2))
    for one in (good, bad):
        operations.publish_known_error(actor=desk.actor(3), known_error_id=one.pk)
    refused: tuple[Any, ...] = ({"all_of": [{"kind": "moon", "value": "x"}]}, {"none_of": []}, [], 5, {"all_of": "x"})
    for broken in refused:
        Matcher.objects.filter(ref=bad.ref).update(rule=broken, changed_at=clock.now())
        ticket = desk.ticket(text="My tunnel drops.")
        diagnosis.examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=ticket.pk)
        assert [one.matcher.ref for one in Match.objects.filter(ticket=ticket)] == [good.ref], broken
        faults = {one.ref: one.not_in_force for one in queries.known_errors(desk.actor(3))}
        assert (faults[good.ref], bool(faults[bad.ref])) == ("", True), broken
        assert queries.standing(bad).fault == faults[bad.ref]
    operations.retire_known_error(actor=desk.actor(3), known_error_id=bad.pk, reason="It cannot be read.")
    assert queries.standing(bad).fault == ""  # it should not be in force now


def test_a_draft_that_cannot_be_read_is_neither_published_nor_scanned(desk: SmallDesk, problem: Problem) -> None:
    bad = drafted(desk, problem)
    KnownError.objects.filter(pk=bad.pk).update(matcher={"all_of": [{"kind": "moon", "value": "x"}]})
    with pytest.raises(FixturesFailed, match="a condition is one of"):
        operations.publish_known_error(actor=desk.actor(3), known_error_id=bad.pk)
    with pytest.raises(WrongState, match="a condition is one of"):
        operations.scan_past(actor=desk.actor(3), known_error_id=bad.pk)
    assert not Matcher.objects.filter(ref=bad.ref).exists()
