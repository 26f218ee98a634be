"""Dealing out a queue, and learning from what was solved, over a real desk."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.people.models import Absence, Person, PersonLanguage
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.doors.cli.commands import main
from tierline.work.routing import jobs, operations, queries
from tierline.work.routing.errors import PlanChanged
from tierline.work.routing.models import Decision, Forecast, LearnedModel
from tierline.work.routing.operations import learning
from tierline.work.routing.rules.dealing import plan_of

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("routing")
NOON = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)

desk = held(small_desk)


def waiting(desk: SmallDesk, number: int = 1, title: str = "VPN drops") -> list[Ticket]:
    return [
        tickets.assign(actor=MACHINE, ticket_id=desk.ticket(title).pk, group_id=desk.groups[1].pk)
        for _ in range(number)
    ]


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def solved(desk: SmallDesk, ticket: Ticket, person: Person) -> Ticket:
    tickets.assign(actor=MACHINE, ticket_id=ticket.pk, group_id=desk.groups[1].pk, person_id=person.pk)
    return tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Done")


def test_a_queue_is_dealt_out_as_it_was_shown(desk: SmallDesk) -> None:
    queue = waiting(desk, 4)
    shown, by_id = queries.preview(desk.leading, desk.groups[1].pk)
    assert set(by_id) == {one.pk for one in queue}
    assert shown.cost == shown.floor
    assert not Decision.objects.exists()
    made = operations.deal_out(actor=desk.leading, group_id=desk.groups[1].pk, plan=plan_of(shown.choices))
    assert [one.chosen for one in made] == [one.name for one in shown.choices]
    owners = [fresh(one).assignee for one in queue]
    assert owners.count(desk.lead) == owners.count(desk.agents[1]) == 2
    assert {one.person for one in made} == {desk.lead, desk.agents[1]}
    assert TimelineEntry.objects.of("ticket", queue[0].pk).filter(kind="ticket.assigned").count() == 2
    assert operations.deal_out(actor=desk.leading, group_id=desk.groups[1].pk) == []


def test_a_plan_that_no_longer_holds_is_not_carried_out(desk: SmallDesk) -> None:
    queue = waiting(desk, 2)
    shown, _ = queries.preview(desk.leading, desk.groups[1].pk)
    waiting(desk)
    with pytest.raises(PlanChanged) as refused:
        operations.deal_out(actor=desk.leading, group_id=desk.groups[1].pk, plan=plan_of(shown.choices))
    assert "Nothing was assigned" in refused.value.for_people()
    assert fresh(queue[0]).assignee is None


def test_dealing_out_is_for_leads_and_unknown_groups_do_not_exist(desk: SmallDesk) -> None:
    for actor in (desk.actor(1), desk.asking):
        with pytest.raises(NotFound):
            operations.deal_out(actor=actor, group_id=desk.groups[1].pk)
    with pytest.raises(NotFound):
        operations.deal_out(actor=desk.leading, group_id=0)
    with pytest.raises(NotFound):
        queries.preview(desk.asking, desk.groups[1].pk)


def test_whoever_nobody_can_take_is_left_with_a_reason_for_each_person(desk: SmallDesk) -> None:
    (ticket,) = waiting(desk)
    away = {"starts_at": NOON - timedelta(hours=1), "ends_at": NOON + timedelta(hours=1), "reason": "leave"}
    Absence.objects.create(person=desk.agents[1], deputy=desk.lead, **away)
    Person.objects.get_queryset().filter(pk=desk.lead.pk).update(capacity=0)
    with clock.at(NOON):
        (decision,) = operations.deal_out(actor=desk.leading, group_id=desk.groups[1].pk)
        board = queries.board(desk.leading, desk.groups[1].pk)
    assert decision.person is None
    assert {one["name"]: one["because"] for one in decision.receipt["excluded"]} == {
        "Agent 1": "is absent until 2026-11-17 13:00; Lena Lead stands in",
        "Lena Lead": "has 0 of 0 places taken",
    }
    told = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="routing.left_with_group")
    assert told.data["excluded"] == {"absence": 1, "capacity": 1}
    assert board.left[ticket.pk]["why"] == [decision.chosen]
    assert {one.person.name: one.state for one in board.people} == {"Agent 1": "absent", "Lena Lead": "full"}


def test_whoever_helped_the_requester_before_is_preferred(desk: SmallDesk) -> None:
    before = solved(desk, desk.ticket(), desk.lead)
    (ticket,) = waiting(desk)
    (decision,) = operations.deal_out(actor=desk.leading, group_id=desk.groups[1].pk)
    assert fresh(ticket).assignee == desk.lead
    assert f"solved {before.reference} for the same requester" in decision.receipt["why"]
    assert "without the affinity rule it would be Agent 1" in decision.receipt["otherwise"]


def test_whoever_received_tickets_lately_counts_as_having_received_them(desk: SmallDesk) -> None:
    with clock.at(NOON - timedelta(days=8)):
        operations.assign_next(actor=desk.leading, ticket_id=waiting(desk)[0].pk)
    with clock.at(NOON - timedelta(days=6)):
        chosen = operations.assign_next(actor=desk.leading, ticket_id=waiting(desk)[0].pk)
    found = {one.id: one.received for one in queries.candidates(desk.groups[1].pk, NOON)}
    assert found.pop(chosen.person_id or 0) == 1
    assert set(found.values()) == {0}


def test_languages_are_those_recorded_else_the_one_of_the_pages(desk: SmallDesk) -> None:
    PersonLanguage.objects.create(person=desk.lead, code="de", level="C1")
    PersonLanguage.objects.create(person=desk.lead, code="fr", level="A2")
    found = {one.name: one.languages for one in queries.candidates(desk.groups[1].pk, NOON)}
    assert found == {"Agent 1": {"en"}, "Lena Lead": {"de"}}


def test_the_statements_do_not_grow_with_the_queue(desk: SmallDesk) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as spent:
            queries.preview(desk.leading, desk.groups[1].pk)
        return len(spent)

    waiting(desk)
    before = cost()
    waiting(desk, 3)
    assert cost() == before


def test_a_board_shows_a_groups_people_with_what_they_have(desk: SmallDesk) -> None:
    held_by, free = desk.owned(1), waiting(desk)[0]
    board = queries.board(desk.leading, desk.groups[1].pk)
    assert {one.person.name: [t.pk for t in one.tickets] for one in board.people} == {
        "Agent 1": [held_by.pk],
        "Lena Lead": [],
    }
    assert ([one.pk for one in board.waiting], board.total, board.left) == ([free.pk], 1, {})
    with pytest.raises(NotFound):
        queries.board(desk.asking, desk.groups[1].pk)


def test_rules_keep_their_versions(desk: SmallDesk) -> None:
    for words in (["vpn"], ["vpn", "tunnel"]):
        rule = operations.write_rule(
            actor=SETUP, desk_id=desk.desk.pk, name="network", words=words, group_id=desk.groups[1].pk
        )
    assert [one.version for one in queries.versions(desk.leading, desk.desk.pk, "network")] == [2, 1]
    assert queries.retired(desk.leading, desk.desk.pk) == []
    operations.retire_rule(actor=SETUP, rule_id=rule.pk)
    assert queries.retired(desk.leading, desk.desk.pk) == [rule]


VPN, MAIL = ["tunnel", "gateway", "remote", "wireguard"], ["outlook", "mailbox", "calendar", "inbox"]


def history(desk: SmallDesk, number: int) -> None:
    """Solved tickets of two services, their words told apart; written as rows, since learning reads rows only."""
    mail = catalogue.create_service(actor=SETUP, desk=desk.desk, key="mail", name="Mail", group=desk.groups[1])
    opened = [
        desk.ticket(f"{(VPN, MAIL)[n % 2][n % 4]} {(VPN, MAIL)[n % 2][(n + 1) % 4]}", "it fails") for n in range(8)
    ]
    for n, ticket in enumerate(opened):
        row = {"service": (desk.service, mail)[n % 2], "group": desk.groups[1], "resolved_tier": 1}
        Ticket.objects.filter(pk=ticket.pk).update(status="closed", resolved_at=NOON, **row)
    rows = list(Ticket.objects.filter(pk__in=[one.pk for one in opened]))
    for n in range(number - len(rows)):
        copied = rows[n % len(rows)]
        copied.pk = None
        copied._state.adding = True
        copied.save(force_insert=True)


def test_a_desk_learns_from_its_own_tickets_and_is_followed_when_sure(
    desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(desk, 240)
    with clock.at(NOON):
        made = operations.learn_all(actor=MACHINE)
    assert [(one.subject, one.version, one.texts) for one in made] == [("service", 1, 240)]
    assert made[0].accuracy == 1
    assert operations.learn_all(actor=MACHINE) == []  # nothing is new

    ticket = desk.ticket("mailbox and calendar", "outlook says nothing")
    operations.triage(actor=MACHINE, ticket_id=ticket.pk)
    row = fresh(ticket)
    assert row.service is not None
    assert row.service.key == "mail"
    (why,) = queries.why(desk.leading, ticket.pk)
    said = next(one["because"] for one in why.receipt["reasons"] if one["what"] == "service")
    assert said.startswith("Mail by model 1 of the desk's own tickets: ")
    forecast = Forecast.objects.get(ticket=ticket)
    assert (forecast.followed, forecast.right, forecast.model) == (True, None, made[0])

    with clock.at(NOON):
        tickets.assign(actor=MACHINE, ticket_id=ticket.pk, group_id=desk.groups[1].pk, person_id=desk.agents[1].pk)
        tickets.classify(actor=desk.actor(1), ticket_id=ticket.pk, service_id=desk.service.pk, reason="it is the VPN")
        tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Done")
        entry = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="ticket.resolved")
        for _ in range(2):
            jobs.settle_forecasts(entry_id=entry.pk)
    (month,) = queries.accuracy(desk.leading, desk.desk.pk)
    assert (month.subject, month.said, month.right, month.followed, month.followed_right) == ("service", 1, 0, 1, 0)
    assert queries.models(desk.leading, desk.desk.pk) == made

    monkeypatch.setattr(learning, "NEW_SHARE", 0)
    for _ in range(learning.KEPT):
        operations.learn_all(actor=MACHINE)
    kept = LearnedModel.objects.filter(content__isnull=False)
    assert LearnedModel.objects.count() == learning.KEPT + 1
    assert kept.count() == learning.KEPT


def test_without_a_history_nothing_is_learned_and_nothing_is_said(desk: SmallDesk) -> None:
    assert operations.learn_all(actor=MACHINE) == []
    ticket = desk.ticket("Hello", "there")
    operations.triage(actor=MACHINE, ticket_id=ticket.pk)
    assert not Forecast.objects.exists()
    assert operations.settle_forecasts(actor=MACHINE, ticket_id=ticket.pk) == 0
    with pytest.raises(NotFound):
        operations.learn_all(actor=desk.asking)


def lines(path: Path, rows: list[object]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("subject", ["routing", "intents"])
def test_eval_answers_each_question(subject: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = [
        {"text": f"{word} fails {n}", "label": label}
        for label in ("a", "b")
        for n in range(30)
        for word in (VPN if label == "a" else MAIL)
    ]
    asked = [{"id": "q1", "text": "gateway tunnel"}, {"id": "q2", "text": "inbox of outlook"}, {"id": 3, "text": ""}]
    words = ["eval", subject, "--train", lines(tmp_path / "t", [*train]), "--test", lines(tmp_path / "q", [*asked])]
    assert main([*words, "--json"]) == 0
    said = capsys.readouterr()
    answers = [json.loads(line) for line in said.out.splitlines()]
    assert [(one["id"], one["label"]) for one in answers] == [("q1", "a"), ("q2", "b"), (3, None)]
    assert all(0 <= one["score"] <= 1 for one in answers)
    assert "learned 2 labels from 240 texts" in said.err


@pytest.mark.parametrize(
    ("train", "test", "said"),
    [
        ([{"text": "a", "label": "x"}], [], "Two labels"),
        ([{"text": 1, "label": "x"}], [], "needs a text and a label"),
        ([["a"]], [], "line 1: an object is needed"),
        ([{"text": f"{w} {n}", "label": w} for w in "xy" for n in range(5)], [{"text": "a"}], "needs an id and a text"),
    ],
)
def test_eval_says_which_line_it_cannot_read(
    train: list[object], test: list[object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["eval", "routing", "--train", lines(tmp_path / "t", train), "--test", lines(tmp_path / "q", test)]
    assert main(words) == 1
    assert said in capsys.readouterr().err
    assert main(["eval", "routing", "--train", str(tmp_path / "none"), "--test", words[-1]]) == 1
