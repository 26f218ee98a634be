"""The verbs of escalation on a real database: refused with a list, frozen, decided once, one owner always."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.ladder import (
    QUESTION,
    accepted,
    add_log,
    add_recipe,
    ready_for_experts,
    ready_for_specialists,
)
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import ChangedMeanwhile, Invalid, NotFound, Refused
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import ERASED, Audience
from tierline.desk.people import operations as people
from tierline.desk.people.queries import actor_for
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.errors import WrongState
from tierline.desk.tickets.events import rebuild
from tierline.desk.tickets.models import Message, Ticket
from tierline.desk.tickets.queries import timeline
from tierline.ladder.assistant.events import HandedOver
from tierline.ladder.escalation import operations, queries
from tierline.ladder.escalation.errors import (
    AlreadyDecided,
    AlreadyPending,
    MissingItems,
    NoContract,
    NoReceiver,
    NotCollectable,
    NotUpwards,
    NotYours,
)
from tierline.ladder.escalation.models import Contract, Handover
from tierline.ladder.escalation.rules.checks import Collect, ContractItem, ItemKind, State
from tierline.ladder.escalation.rules.contracts import DEFAULTS
from tierline.work.diagnosis.models import Match, Matcher
from tierline.work.knowledge.models import TransferObligation
from tierline.work.lab.models import LabRun

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("escalation")


@dataclass(frozen=True)
class World:
    """A desk with contracts, a ticket that is ready for tier 2, and one at tier 2 that is ready for tier 3."""

    desk: SmallDesk
    ready: Ticket
    deep: Ticket


@pytest.fixture(scope="module")
def world(held_database: None) -> World:
    desk = small_desk()
    operations.ensure_default_contracts()
    return World(desk, ready_for_specialists(desk), ready_for_experts(desk))


@pytest.fixture
def desk(world: World) -> SmallDesk:
    return world.desk


@pytest.fixture
def ready(world: World) -> Ticket:
    return Ticket.objects.get(pk=world.ready.pk)


@pytest.fixture
def deep(world: World) -> Ticket:
    return Ticket.objects.get(pk=world.deep.pk)


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def newest(ticket: Ticket) -> Handover:
    return Handover.objects.filter(ticket=ticket).latest("id")


def kinds(ticket: Ticket) -> list[str]:
    return [entry.kind for entry in TimelineEntry.objects.of("ticket", ticket.pk)]


def last(ticket: Ticket, kind: str) -> dict[str, object]:
    entry = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind=kind).last()
    assert entry is not None
    return dict(entry.data)


def asked(desk: SmallDesk, ticket: Ticket, to_tier: int = 2, **rest: object) -> Handover:
    return operations.escalate(
        actor=desk.actor(to_tier - 1),
        ticket_id=ticket.pk,
        to_tier=to_tier,
        question=QUESTION,
        **rest,  # type: ignore[arg-type] # tests pass what the verb takes
    )


def test_an_incomplete_question_is_refused_with_the_list(desk: SmallDesk) -> None:
    ticket = desk.owned(1, text="Broken")
    with pytest.raises(MissingItems) as caught:
        operations.escalate(actor=desk.actor(1), ticket_id=ticket.pk, to_tier=2, question="")
    keys = [item.key for item in caught.value.items]
    assert keys == ["symptom", "environment", "tried", "knowledge", "impact", "question"]
    assert caught.value.for_people().startswith("6 items are missing for tier 2: Symptom in the user's words (")
    assert not Handover.objects.filter(ticket=ticket).exists()


def test_a_refused_attempt_stays_on_the_timeline_for_staff_only(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    with pytest.raises(MissingItems):
        operations.escalate(actor=desk.actor(1), ticket_id=ticket.pk, to_tier=2, question="  ")
    assert last(ticket, "escalation.refused")["missing"] == ["question"]
    assert "escalation.refused" not in [entry.kind for entry in timeline(desk.asking, ticket.pk)]


def test_a_complete_question_waits_and_the_sender_stays_the_owner(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    handover = asked(desk, ticket)
    row = fresh(ticket)
    assert (row.tier, row.group, row.assignee, row.offered_tier) == (1, desk.groups[1], desk.agents[1], 2)
    assert (handover.state, handover.from_group, handover.to_group) == ("pending", desk.groups[1], desk.groups[2])
    requested = last(ticket, "escalation.requested")
    assert (requested["ready"], requested["total"]) == (6, 6)
    assert requested["why_group"] == "Network specialists is the only group there"


def test_the_sheet_is_frozen(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    handover = asked(desk, ticket)
    tickets.record_facts(actor=desk.actor(1), ticket_id=ticket.pk, facts={"version": "9.9"})
    sheet = queries.handover(desk.actor(2), handover.pk).sheet
    assert sheet["evidence"]["version"] == "5.2.1"
    assert sheet["contract"] == {"from_tier": 1, "to_tier": 2, "version": 1}
    assert [item["state"] for item in sheet["items"]] == ["ready"] * 6
    run = sheet["evidence"]["runs"][0]
    assert (run["title"], run["ruled_out"]) == ("VPN basics", ["expired certificate", "captive portal"])
    assert run["steps"][0] == {"text": "Is the certificate valid?", "result": "as expected", "note": ""}


def test_accepting_moves_tier_group_and_person(desk: SmallDesk, ready: Ticket) -> None:
    ticket = accepted(desk, ready)
    assert (ticket.tier, ticket.group, ticket.assignee) == (2, desk.groups[2], desk.agents[2])
    assert ticket.offered_tier is None
    assert ticket.tiers_tried == [1, 2]
    assert kinds(ticket)[-2:] == ["escalation.accepted", "ticket.assigned"]


def test_a_swarm_keeps_the_owner(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    handover = asked(desk, ticket, mode="swarm")
    operations.accept(actor=desk.actor(2), handover_id=handover.pk)
    row = fresh(ticket)
    assert (row.tier, row.group, row.assignee, row.offered_tier) == (1, desk.groups[1], desk.agents[1], None)
    assert last(ticket, "escalation.accepted")["mode"] == "swarm"
    assert newest(ticket).decided_by == desk.agents[2]


def test_a_lead_of_another_group_accepts_for_the_group(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    operations.accept(actor=desk.leading, handover_id=asked(desk, ticket).pk)
    row = fresh(ticket)
    assert (row.group, row.assignee) == (desk.groups[2], None)


def test_a_bounce_says_why_and_nothing_has_moved(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    handover = asked(desk, ticket)
    operations.bounce(
        actor=desk.actor(2), handover_id=handover.pk, reason_code="wrong_group", reason="This is the proxy."
    )
    row = fresh(ticket)
    assert (row.tier, row.group, row.offered_tier) == (1, desk.groups[1], None)
    assert last(ticket, "escalation.bounced")["reason_code"] == "wrong_group"
    asked(desk, ticket)  # and it may be asked again
    assert Handover.objects.pending().count() == 1


@pytest.mark.parametrize(("code", "reason"), [("because", ""), ("", "x"), ("other", " ")])
def test_a_bounce_needs_its_reason(desk: SmallDesk, code: str, reason: str, ready: Ticket) -> None:
    handover = asked(desk, ready)
    with pytest.raises(Invalid):
        operations.bounce(actor=desk.actor(2), handover_id=handover.pk, reason_code=code, reason=reason)
    assert newest(ready).state == "pending"


def test_an_answer_leaves_the_ticket_and_writes_a_note(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    handover = asked(desk, ticket)
    operations.answer(actor=desk.actor(2), handover_id=handover.pk, text="Switch roaming off, KE-14.")
    row = fresh(ticket)
    assert (row.tier, row.group, row.offered_tier) == (1, desk.groups[1], None)
    note = Message.objects.get(pk=last(ticket, "escalation.answered")["message_id"])
    assert (note.text, note.audience) == ("Switch roaming off, KE-14.", Audience.INTERNAL)
    with pytest.raises(Invalid):
        operations.answer(actor=desk.actor(2), handover_id=handover.pk, text=" ")


def test_a_question_can_be_taken_back(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    handover = asked(desk, ticket)
    with pytest.raises(NotYours):
        operations.withdraw(actor=desk.actor(2), handover_id=handover.pk)
    operations.withdraw(actor=desk.actor(1), handover_id=handover.pk, reason="found it")
    assert fresh(ticket).offered_tier is None
    assert last(ticket, "escalation.withdrawn")["reason"] == "found it"


@pytest.mark.parametrize("tier", [1, 3])
def test_only_the_receiving_group_decides(desk: SmallDesk, tier: int, ready: Ticket) -> None:
    handover = asked(desk, ready)
    with pytest.raises(NotYours):
        operations.accept(actor=desk.actor(tier), handover_id=handover.pk)
    with pytest.raises(NotYours):
        operations.bounce(actor=desk.actor(tier), handover_id=handover.pk, reason_code="wrong_group")
    with pytest.raises(NotYours):
        operations.answer(actor=desk.actor(tier), handover_id=handover.pk, text="no")


def test_a_handover_is_decided_once(desk: SmallDesk, ready: Ticket) -> None:
    handover = asked(desk, ready)
    operations.accept(actor=desk.actor(2), handover_id=handover.pk)
    for verb in (operations.accept, operations.withdraw):
        with pytest.raises(AlreadyDecided, match="was accepted already"):
            verb(actor=desk.leading, handover_id=handover.pk)


def test_one_question_at_a_time(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    first = asked(desk, ticket)
    with pytest.raises(AlreadyPending):
        asked(desk, ticket)
    with pytest.raises(IntegrityError, match="handover_one_pending_per_ticket"), transaction.atomic():
        Handover.objects.create(
            ticket=ticket,
            contract=first.contract,
            from_tier=1,
            to_tier=2,
            to_group=desk.groups[2],
            mode="transfer",
            question="x",
            sheet={},
            asked_label="x",
            asked_at=clock.now(),
        )


def test_requesters_see_no_handovers(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    handover = asked(desk, ticket)
    for read in (
        lambda: queries.handover(desk.asking, handover.pk),
        lambda: queries.contract_state(desk.asking, ticket.pk, 2),
        lambda: queries.pending_for(desk.asking),
        lambda: operations.accept(actor=desk.asking, handover_id=handover.pk),
        lambda: operations.escalate(actor=desk.asking, ticket_id=ticket.pk, to_tier=2, question=QUESTION),
    ):
        with pytest.raises(NotFound):
            read()


def test_another_desk_does_not_know_of_it(desk: SmallDesk) -> None:
    handover = asked(desk, ready_for_specialists(desk))
    stranger = Actor(label="HR", person_id=999, roles=frozenset({"agent"}), desk_ids=frozenset({999}))
    with pytest.raises(NotFound):
        operations.accept(actor=stranger, handover_id=handover.pk)
    with pytest.raises(NotFound):
        queries.handover(stranger, handover.pk)
    assert queries.history_of(stranger, handover.ticket_id) == []


def test_nothing_reaches_tier_3_without_its_evidence(desk: SmallDesk, ready: Ticket) -> None:
    ticket = accepted(desk, ready)
    with pytest.raises(MissingItems) as caught:
        asked(desk, ticket, 3)
    assert {item.key for item in caught.value.items} == {"log", "reproduction", "component"}
    assert fresh(ticket).tier == 2


def test_with_its_evidence_it_reaches_tier_3(desk: SmallDesk, deep: Ticket) -> None:
    ticket = deep
    state = queries.contract_state(desk.actor(2), ticket.pk, 3, question=QUESTION)
    assert (state.ready, state.total, state.is_open) == (8, 8, True)
    assert accepted(desk, ticket, 3).tier == 3


def test_an_override_is_taken_and_reported(desk: SmallDesk, ready: Ticket) -> None:
    ticket = accepted(desk, ready)
    add_log(ticket)
    add_recipe(ticket)
    reason = "The device is with the customer in Oslo"
    handover = asked(desk, ticket, 3, overrides={"component": reason, "impact": reason})
    assert handover.overrides == {"component": reason}
    assert last(ticket, "escalation.overridden")["reasons"] == {"component": reason}
    assert [row.overridden for row in queries.overrides_since(desk.leading, ticket.opened_at)] == [1]
    assert last(ticket, "escalation.requested")["ready"] == 7


def test_a_reason_that_says_nothing_overrides_nothing(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    with pytest.raises(MissingItems):
        operations.escalate(
            actor=desk.actor(1), ticket_id=ticket.pk, to_tier=2, question="", overrides={"question": "please"}
        )


def test_skipping_a_tier_needs_the_evidence_of_the_last_step(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    with pytest.raises(MissingItems) as caught:
        operations.escalate(actor=desk.actor(1), ticket_id=ticket.pk, to_tier=3, question=QUESTION)
    assert {item.key for item in caught.value.items} == {"log", "reproduction", "component"}


def test_an_unassigned_ticket_can_be_escalated(desk: SmallDesk) -> None:
    ticket = desk.ticket(text="Since Monday my VPN drops about every ten minutes.")
    overrides = dict.fromkeys(["environment", "tried", "knowledge", "impact"], "Called in by the plant manager")
    handover = operations.escalate(
        actor=desk.actor(1), ticket_id=ticket.pk, to_tier=2, question=QUESTION, overrides=overrides
    )
    assert (handover.from_tier, handover.from_group) == (0, None)
    operations.accept(actor=desk.actor(2), handover_id=handover.pk)
    assert fresh(ticket).group == desk.groups[2]


@pytest.mark.parametrize("to_tier", [0, 1, 5])
def test_escalation_goes_up(desk: SmallDesk, to_tier: int, ready: Ticket) -> None:
    ticket = ready
    with pytest.raises(NotUpwards):
        operations.escalate(actor=desk.actor(1), ticket_id=ticket.pk, to_tier=to_tier, question=QUESTION)


def test_without_a_contract_nothing_goes_up(desk: SmallDesk, ready: Ticket) -> None:
    Contract.objects.update(active=False)
    ticket = ready
    with pytest.raises(NoContract):
        asked(desk, ticket)
    assert queries.contract_state(desk.actor(1), ticket.pk, 2).version == 0


def test_without_a_group_nothing_goes_up(desk: SmallDesk, ready: Ticket) -> None:
    group = desk.groups[2]
    people.change_group(actor=SETUP, group_id=group.pk, name=group.name, tier=2, email="", active=False)
    with pytest.raises(NoReceiver, match="The desk has no group on tier 2"):
        asked(desk, ready)
    assert not Handover.objects.filter(ticket=ready).exists()


def test_the_group_may_be_chosen_by_hand_on_its_tier(desk: SmallDesk) -> None:
    other = people.create_group(actor=SETUP, desk=desk.desk, key="mail", name="Mail", tier=2)
    ticket = ready_for_specialists(desk)
    with pytest.raises(Invalid, match="is on tier 3, not on tier 2"):
        asked(desk, ticket, group_id=desk.groups[3].pk)
    with pytest.raises(NotFound):
        asked(desk, ticket, group_id=0)
    assert asked(desk, ticket, group_id=other.pk).to_group == other
    with pytest.raises(Invalid):
        asked(desk, ready_for_specialists(desk), mode="throw")


def test_somebody_elses_change_is_seen_first(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    seen = fresh(ticket).version
    with pytest.raises(MissingItems):
        operations.escalate(actor=desk.actor(1), ticket_id=ticket.pk, to_tier=2, question="", seen_version=seen)
    # the own refused attempt is no change, a colleague's note is
    tickets.add_note(actor=desk.actor(2), ticket_id=ticket.pk, text="Wait!")
    with pytest.raises(ChangedMeanwhile):
        asked(desk, ticket, seen_version=seen)
    assert asked(desk, ticket, seen_version=fresh(ticket).version).state == "pending"


def test_a_resolved_ticket_is_not_escalated(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Restarted")
    with pytest.raises(WrongState):
        asked(desk, ticket)


@pytest.mark.parametrize("end", ["resolve", "move", "stay"])
def test_a_question_that_lost_its_ground_is_withdrawn(desk: SmallDesk, end: str, ready: Ticket) -> None:
    ticket = ready
    handover = asked(desk, ticket)
    if end == "resolve":
        tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Restarted")
    elif end == "move":
        tickets.assign(actor=desk.actor(1), ticket_id=ticket.pk, group_id=desk.groups[2].pk, tier=2)
    else:
        tickets.release(actor=desk.actor(1), ticket_id=ticket.pk)
    operations.settle(actor=MACHINE, ticket_id=ticket.pk)
    operations.settle(actor=MACHINE, ticket_id=ticket.pk)
    handover.refresh_from_db()
    assert handover.state == ("pending" if end == "stay" else "withdrawn")
    assert fresh(ticket).offered_tier == (2 if end == "stay" else None)
    assert kinds(ticket).count("escalation.withdrawn") == (end != "stay")


def test_the_reactions_withdraw_it_by_themselves(desk: SmallDesk, ready: Ticket) -> None:
    jobs.drain()
    handover = asked(desk, ready)
    tickets.resolve(actor=desk.actor(1), ticket_id=ready.pk, resolution="Restarted")
    jobs.drain()
    handover.refresh_from_db()
    assert (handover.state, handover.reason) == ("withdrawn", "the ticket was resolved")


def test_a_resolved_ticket_cannot_be_accepted_any_more(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    handover = asked(desk, ticket)
    tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Restarted")
    with pytest.raises(WrongState):
        operations.accept(actor=desk.actor(2), handover_id=handover.pk)
    assert newest(ticket).state == "pending"


def test_collecting_asks_the_requester_the_one_question(desk: SmallDesk) -> None:
    ticket = desk.owned(1, text="Broken", facts={"product": "Secure Access"})
    message = operations.collect(actor=desk.actor(1), ticket_id=ticket.pk, item_key="environment")
    assert message.text.startswith("Hello Ines Okafor,\n\nto go on with INC-")
    assert message.text.endswith("\n\nWhich version of Secure Access do you use?")
    row = fresh(ticket)
    assert (row.status, row.waiting_for) == ("waiting", "requester")
    assert last(ticket, "escalation.item_asked")["item"] == "environment"


def test_nobody_is_asked_the_same_twice_while_we_wait(desk: SmallDesk) -> None:
    ticket = desk.owned(1, text="Broken", facts={"product": "Secure Access"})
    operations.collect(actor=desk.actor(1), ticket_id=ticket.pk, item_key="environment")
    with pytest.raises(NotCollectable, match="has not answered yet"):
        operations.collect(actor=desk.actor(1), ticket_id=ticket.pk, item_key="environment")
    operations.collect(actor=desk.actor(1), ticket_id=ticket.pk, item_key="symptom")
    assert Message.objects.filter(ticket=ticket, direction="out").count() == 2


def test_an_answer_fills_the_gap(desk: SmallDesk) -> None:
    ticket = desk.owned(1, text="Broken")
    operations.collect(actor=desk.actor(1), ticket_id=ticket.pk, item_key="symptom")
    tickets.receive_message(
        actor=desk.asking,
        ticket_id=ticket.pk,
        author=desk.requester,
        text="The tunnel closes whenever I upload something large",
    )
    state = queries.contract_state(desk.actor(1), ticket.pk, 2)
    assert next(item for item in state.items if item.key == "symptom").state == State.READY
    with pytest.raises(NotCollectable):
        operations.collect(actor=desk.actor(1), ticket_id=ticket.pk, item_key="symptom")


@pytest.mark.parametrize("item", ["tried", "impact", "question"])
def test_the_agents_own_work_is_not_asked_of_the_requester(desk: SmallDesk, item: str) -> None:
    ticket = desk.owned(1)
    with pytest.raises(NotCollectable):
        operations.collect(actor=desk.actor(1), ticket_id=ticket.pk, item_key=item)
    with pytest.raises(NotFound):
        operations.collect(actor=desk.actor(1), ticket_id=ticket.pk, item_key="horoscope")


def test_the_answer_comes_down_with_its_lesson(desk: SmallDesk, ready: Ticket) -> None:
    ticket = accepted(desk, ready)
    operations.return_with_lesson(
        actor=desk.actor(2), ticket_id=ticket.pk, to_tier=1, lesson="Switch roaming off first."
    )
    row = fresh(ticket)
    assert (row.tier, row.group, row.assignee) == (1, desk.groups[1], None)
    owed = TransferObligation.objects.get()
    assert (owed.from_tier, owed.to_tier, owed.summary) == (2, 1, "Switch roaming off first.")
    assert last(ticket, "escalation.returned")["to_group_id"] == desk.groups[1].pk


def test_a_resolved_ticket_gives_only_its_lesson(desk: SmallDesk, ready: Ticket) -> None:
    ticket = accepted(desk, ready)
    tickets.resolve(actor=desk.actor(2), ticket_id=ticket.pk, resolution="Roaming off")
    operations.return_with_lesson(actor=desk.actor(2), ticket_id=ticket.pk, to_tier=1, lesson="Roaming off.")
    row = fresh(ticket)
    assert (row.tier, row.status, row.group) == (2, "resolved", desk.groups[2])
    assert TransferObligation.objects.count() == 1


def test_tier_0_gets_the_lesson_and_not_the_ticket(desk: SmallDesk, ready: Ticket) -> None:
    ticket = accepted(desk, ready)
    operations.return_with_lesson(actor=desk.actor(2), ticket_id=ticket.pk, to_tier=0, lesson="Roaming off.")
    assert fresh(ticket).tier == 2


@pytest.mark.parametrize(("to_tier", "lesson"), [(1, "  "), (2, "x"), (3, "x")])
def test_a_return_goes_down_with_words(desk: SmallDesk, to_tier: int, lesson: str, ready: Ticket) -> None:
    ticket = accepted(desk, ready)
    with pytest.raises(Invalid):
        operations.return_with_lesson(actor=desk.actor(2), ticket_id=ticket.pk, to_tier=to_tier, lesson=lesson)


def test_nothing_returns_while_a_question_waits(desk: SmallDesk, deep: Ticket) -> None:
    ticket = deep
    asked(desk, ticket, 3)
    with pytest.raises(AlreadyPending):
        operations.return_with_lesson(actor=desk.actor(2), ticket_id=ticket.pk, to_tier=1, lesson="x")


def test_the_state_of_a_contract_costs_two_statements(desk: SmallDesk, deep: Ticket) -> None:
    ticket, viewer = deep, desk.actor(2)
    with CaptureQueriesContext(connection) as spent:
        queries.contract_state(viewer, ticket.pk, 3)
    assert len(spent) == 2


def test_escalating_costs_a_bounded_number_of_statements(desk: SmallDesk, deep: Ticket) -> None:
    ticket, agent = deep, desk.actor(2)
    with CaptureQueriesContext(connection) as spent:
        operations.escalate(actor=agent, ticket_id=ticket.pk, to_tier=3, question=QUESTION)
    said = [str(one["sql"]) for one in spent if "SAVEPOINT" not in str(one["sql"])]
    assert len(said) <= 15, "\n".join(said)


def test_the_cost_does_not_grow_with_the_ticket(desk: SmallDesk, deep: Ticket) -> None:
    said = Message.objects.filter(ticket=deep).latest("id")
    many = [
        Message(
            ticket=deep,
            audience=said.audience,
            direction="in",
            author_label="Ines",
            channel="mail",
            text=f"Line {number} " * 50,
            created_at=said.created_at,
        )
        for number in range(200)
    ]
    Message.objects.bulk_create(many)
    agent = desk.actor(2)
    with CaptureQueriesContext(connection) as spent:
        handover = operations.escalate(actor=agent, ticket_id=deep.pk, to_tier=3, question=QUESTION)
    assert len([one for one in spent if "SAVEPOINT" not in one["sql"]]) <= 15
    assert len(handover.sheet["evidence"]["symptom"]) <= 4_000


def test_that_tier_0_found_nothing_is_a_result(desk: SmallDesk) -> None:
    ticket = desk.owned(1)
    reason = "The best passage scores 0.41, below 0.62."
    tickets.note_event(actor=MACHINE, ticket_id=ticket.pk, payload=HandedOver(attempt_id=1, reason=reason, knows=[]))
    state = queries.contract_state(desk.actor(1), ticket.pk, 2)
    found = next(item for item in state.items if item.key == "knowledge")
    assert (found.state, found.detail) == (State.READY, f"Tier 0: {reason}")


def test_a_known_error_that_matches_is_named(desk: SmallDesk) -> None:
    ticket = desk.owned(1)
    matcher = Matcher.objects.create(ref="KE-14", title="Rekey fails", rule={}, changed_at=clock.now())
    Match.objects.create(ticket=ticket, matcher=matcher, score=0.97, matched_at=clock.now())
    state = queries.contract_state(desk.actor(1), ticket.pk, 2)
    assert next(item for item in state.items if item.key == "knowledge").detail == "KE-14 matches at 0.97"


def test_each_item_says_who_can_fill_it(desk: SmallDesk) -> None:
    state = queries.contract_state(desk.actor(1), desk.owned(1, text="Broken").pk, 3)
    ways = {item.key: item.collect for item in state.items}
    assert ways["log"] == Collect.ASK_REQUESTER
    assert ways["reproduction"] == Collect.LAB
    assert ways["tried"] == Collect.RUNBOOK
    assert [item.key for item in state.missing] == [item.key for item in state.items if item.required]


def test_a_log_that_is_not_read_yet_is_not_ready(desk: SmallDesk, ready: Ticket) -> None:
    ticket = accepted(desk, ready)
    add_log(ticket, state="pending")
    state = queries.contract_state(desk.actor(2), ticket.pk, 3)
    assert next(item for item in state.items if item.key == "log").detail == "client.log is not redacted yet"


def test_an_old_log_is_not_ready(desk: SmallDesk, ready: Ticket) -> None:
    ticket = accepted(desk, ready)
    add_log(ticket, ended_at=ticket.opened_at - timedelta(days=3))
    state = queries.contract_state(desk.actor(2), ticket.pk, 3)
    assert next(item for item in state.items if item.key == "log").state == State.PARTIAL


def test_what_the_lab_found_is_told(desk: SmallDesk, deep: Ticket) -> None:
    ticket = deep
    recipe = ticket.recipes.get()
    values = {"recipe": recipe, "recipe_version": 1, "asked": 3, "state": "done", "actor_label": "lab"}
    now = clock.now()
    LabRun.objects.create(
        **values, release_version="5.2.1", reproduced=3, verdict="reproduced", created_at=now, finished_at=now
    )
    LabRun.objects.create(
        **values, release_version="5.1.9", reproduced=0, verdict="blocked", created_at=now, finished_at=now
    )
    state = queries.contract_state(desk.actor(2), ticket.pk, 3)
    detail = next(item for item in state.items if item.key == "reproduction").detail
    assert detail == f"R-{recipe.pk} Drop after 600 s: 3 of 3 on 5.2.1"
    assert state.evidence.reproductions[0].steps == ("./connect.sh --roaming",)


def test_the_contract_of_a_service_governs_its_tickets(desk: SmallDesk) -> None:
    items = [{"kind": "fact", "key": "asset", "label": "Asset number", "options": {"fact": "asset"}}]
    operations.write_contract(actor=SETUP, from_tier=1, to_tier=2, items=items, service_id=desk.service.pk)
    theirs = desk.owned(1, service=desk.service)
    assert [item.key for item in queries.contract_state(desk.actor(1), theirs.pk, 2).items] == ["asset"]
    other = desk.owned(1)
    assert queries.contract_state(desk.actor(1), other.pk, 2).total == 6


def test_an_edit_makes_a_version_and_handovers_keep_theirs(desk: SmallDesk, ready: Ticket) -> None:
    handover = asked(desk, ready)
    items = [{"kind": "question", "label": "The question"}]
    newer = operations.write_contract(actor=SETUP, from_tier=1, to_tier=2, items=items)
    handover.refresh_from_db()
    assert (newer.version, handover.contract.version) == (2, 1)
    assert [c.version for c in queries.contracts(desk.leading) if c.to_tier == 2] == [2]
    operations.ensure_default_contracts()
    assert Contract.objects.get(from_tier=1, to_tier=2, active=True).version == 2


@pytest.mark.parametrize(
    ("from_tier", "to_tier", "items"),
    [
        (2, 2, [{"kind": "log", "label": "L"}]),
        (3, 5, [{"kind": "log", "label": "L"}]),
        (1, 2, []),
        (1, 2, [{"kind": "x"}]),
    ],
)
def test_a_contract_that_makes_no_sense_is_not_written(
    desk: SmallDesk, from_tier: int, to_tier: int, items: list[dict[str, str]]
) -> None:
    with pytest.raises(Invalid):
        operations.write_contract(actor=SETUP, from_tier=from_tier, to_tier=to_tier, items=items)


def test_only_set_up_writes_contracts(desk: SmallDesk) -> None:
    with pytest.raises(NotFound):
        operations.write_contract(actor=desk.actor(1), from_tier=1, to_tier=2, items=[])


def test_the_general_contract_cannot_be_taken_away(desk: SmallDesk) -> None:
    general = Contract.objects.get(from_tier=1, to_tier=2)
    with pytest.raises(Refused):
        operations.retire_contract(actor=SETUP, contract_id=general.pk)
    items = [{"kind": "question", "label": "Q"}]
    own = operations.write_contract(actor=SETUP, from_tier=1, to_tier=2, items=items, service_id=desk.service.pk)
    operations.retire_contract(actor=SETUP, contract_id=own.pk)
    with pytest.raises(NotFound):
        operations.retire_contract(actor=SETUP, contract_id=own.pk)


def test_what_waits_for_a_group_comes_gravest_first(desk: SmallDesk) -> None:
    mild, grave = ready_for_specialists(desk), ready_for_specialists(desk)
    tickets.classify(actor=desk.actor(1), ticket_id=grave.pk, impact=1, urgency=1)
    for ticket in (mild, grave):
        asked(desk, ticket)
    waiting = queries.pending_for(desk.actor(2))
    assert [row.ticket_id for row in waiting] == [grave.pk, mild.pk]
    assert waiting[0].question == QUESTION
    assert queries.pending_for(desk.actor(3)) == []
    found = queries.pending_of(desk.actor(1), mild.pk)
    assert found is not None
    assert found.reference == waiting[1].reference


def test_counts_by_pair_equal_the_timeline(desk: SmallDesk) -> None:
    begin = clock.now()
    first, second, third = (ready_for_specialists(desk) for _ in range(3))
    accepted(desk, first)
    operations.bounce(actor=desk.actor(2), handover_id=asked(desk, second).pk, reason_code="wrong_group")
    asked(desk, second)
    operations.answer(actor=desk.actor(2), handover_id=asked(desk, third).pk, text="Do this")
    (pair,) = queries.counts_by_pair(desk.leading, begin)
    assert (pair.from_tier, pair.to_tier, pair.asked) == (1, 2, 4)
    assert (pair.accepted, pair.bounced, pair.answered, pair.pending, pair.withdrawn) == (1, 1, 1, 1, 0)
    assert pair.bounce_rate == pytest.approx(1 / 3)
    requested = TimelineEntry.objects.filter(kind="escalation.requested", at__gte=begin).count()
    assert requested == pair.asked
    assert queries.counts_by_pair(desk.leading, clock.now() + timedelta(days=1)) == []


def test_history_tells_every_handover(desk: SmallDesk, ready: Ticket) -> None:
    ticket = ready
    operations.bounce(
        actor=desk.actor(2), handover_id=asked(desk, ticket).pk, reason_code="missing_information", reason="Which site?"
    )
    accepted(desk, ticket)
    rows = queries.history_of(desk.actor(3), ticket.pk)
    assert [(row.state, row.reason_code, row.reason) for row in rows] == [
        ("bounced", "missing_information", "Which site?"),
        ("accepted", "", ""),
    ]


def test_every_event_can_forget_people(desk: SmallDesk, ready: Ticket) -> None:
    ticket = accepted(desk, ready)
    operations.return_with_lesson(actor=desk.actor(2), ticket_id=ticket.pk, to_tier=1, lesson="Ines was right")
    told = {
        entry.kind: entry.payload.erase().to_data()
        for entry in TimelineEntry.objects.of("ticket", ticket.pk)
        if entry.kind.startswith("escalation.")
    }
    assert told["escalation.requested"]["question"] == ERASED
    assert told["escalation.returned"]["lesson"] == ERASED
    assert told["escalation.requested"]["to_tier"] == 2


def test_the_timeline_tells_the_whole_climb(desk: SmallDesk, deep: Ticket) -> None:
    ticket = accepted(desk, deep, 3)
    entries = TimelineEntry.objects.of("ticket", ticket.pk)
    assert rebuild(entries) == fresh(ticket).state
    assert ticket.tiers_tried == [1, 2, 3]


def test_a_contract_is_tried_on_past_hand_overs(
    desk: SmallDesk, ready: Ticket, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """By the sheet as it was frozen: what came later does not count, what was overridden is so again."""
    keeper = actor_for(desk.administrator)
    handover = asked(desk, ready)
    items = list(handover.contract.parsed_items)
    log = ContractItem("log", ItemKind.LOG, "A log")
    add_log(ready)
    with django_assert_num_queries(1):
        as_it_is = queries.tried_on_past(keeper, 1, 2, None, items)
    assert (as_it_is.stopped, as_it_is.freed) == ((), 0)
    stricter = queries.tried_on_past(keeper, 1, 2, None, [*items, log])
    mine = [one for one in stricter.stopped if one.handover_id == handover.pk]
    assert [(one.ticket_reference, one.missing) for one in mine] == [(ready.reference, ("A log",))]
    assert stricter.total == as_it_is.total
    Handover.objects.filter(pk=handover.pk).update(overrides={"log": "The machine writes none at all"})
    excused = queries.tried_on_past(keeper, 1, 2, None, [*items, log])
    assert handover.pk not in [one.handover_id for one in excused.stopped]
    assert (excused.freed, queries.tried_on_past(keeper, 1, 2, None, items).freed) == (0, 1)


def test_only_hand_overs_of_the_same_step_and_service_are_tried(desk: SmallDesk, ready: Ticket) -> None:
    keeper = actor_for(desk.administrator)
    before = queries.tried_on_past(keeper, 2, 3, None, DEFAULTS[2, 3]).total
    asked(desk, ready)
    assert queries.tried_on_past(keeper, 2, 3, None, DEFAULTS[2, 3]).total == before
    assert queries.tried_on_past(keeper, 1, 2, desk.service.pk, DEFAULTS[1, 2]).total == 0
    with pytest.raises(NotFound):
        queries.tried_on_past(desk.actor(1), 1, 2, None, DEFAULTS[1, 2])
