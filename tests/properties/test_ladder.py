"""Any sequence of escalation verbs: one owner, one question, a ticket that its timeline explains."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.ladder import QUESTION, add_log, add_recipe, vpn_runbook
from tests.support.vendors import agree, halden
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, Refused
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.sla.rules import Metric
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.errors import GoesUp
from tierline.desk.tickets.events import rebuild
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries.stopwatches import past_of
from tierline.ladder.escalation import operations, queries
from tierline.ladder.escalation.errors import MissingItems
from tierline.ladder.escalation.models import Handover
from tierline.ladder.escalation.queries import PairCount
from tierline.ladder.vendors import operations as vendors
from tierline.ladder.vendors.models import Case, Turn
from tierline.work.workflows import operations as workflows

pytestmark = pytest.mark.django_db
SETTLE = Actor.machine("escalation")
EXPERTS = 3
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
DECIDED = ("accepted", "bounced", "answered", "withdrawn")
REASON = "The plant stands still and nobody can reach the device"


class Ladder(RuleBasedStateMachine):
    """One ticket and everything that may happen to it on the ladder; the desk is made once, outside."""

    desk: SmallDesk
    actors: dict[int, Actor]
    leading: Actor

    def __init__(self) -> None:
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.ticket_id = self.desk.ticket(text="My VPN drops every ten minutes, always in an upload").pk
        self.wrongly_up: list[str] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.scope.__exit__(None, None, None)

    @property
    def ticket(self) -> Ticket:
        return Ticket.objects.get(pk=self.ticket_id)

    @property
    def agent(self) -> Actor:
        return self.actors[max(self.ticket.tier, 1)]

    @property
    def pending(self) -> Handover | None:
        return Handover.objects.pending().filter(ticket_id=self.ticket_id).first()

    @property
    def case(self) -> Case | None:
        return Case.objects.filter(ticket_id=self.ticket_id).order_by("-pk").first()

    def settle(self) -> None:
        """What the reactions would do next."""
        operations.settle(actor=SETTLE, ticket_id=self.ticket_id)

    # --- gathering evidence, in any order

    @precondition(lambda self: self.ticket.is_open)
    @rule()
    def classify(self) -> None:
        tickets.classify(actor=self.agent, ticket_id=self.ticket_id, impact=2, urgency=2)

    @rule(key=st.sampled_from(["version", "suspected_component", "tried"]))
    def record(self, key: str) -> None:
        tickets.record_facts(actor=self.agent, ticket_id=self.ticket_id, facts={key: "5.2.1"})

    @rule()
    def work_the_runbook(self) -> None:
        run = workflows.start_run(actor=self.agent, ticket_id=self.ticket_id, runbook_id=vpn_runbook().pk)
        for step in ("cert", "portal"):
            workflows.complete_step(actor=self.agent, run_id=run.pk, step_key=step, result="passed")

    @rule()
    def add_evidence(self) -> None:
        if not self.ticket.evidence.exists():  # type: ignore[attr-defined] # a reverse relation of a room above
            add_log(self.ticket)
            add_recipe(self.ticket)

    # --- the verbs

    @rule(
        up=st.integers(1, 3),
        mode=st.sampled_from(["transfer", "swarm"]),
        question=st.sampled_from([QUESTION, QUESTION, ""]),
        excuse=st.booleans(),
    )
    def escalate(self, up: int, mode: str, question: str, excuse: bool) -> None:
        to_tier = min(self.ticket.tier + up, 4)
        state = queries.contract_state(self.agent, self.ticket_id, to_tier, question=question)
        overrides = {item.key: REASON for item in state.missing} if excuse else {}
        try:
            handover = operations.escalate(
                actor=self.agent,
                ticket_id=self.ticket_id,
                to_tier=to_tier,
                question=question,
                mode=mode,
                overrides=overrides,
            )
        except MissingItems as refused:
            told = {item.key for item in refused.items}
            assert not excuse, "an excused gap does not stop a question"
            assert told == {item.key for item in state.missing}, "the list is the page's list"
        except Refused:
            no_such_step = to_tier in {1, 4} or to_tier <= self.ticket.tier  # no contract, no group, not upwards
            assert self.pending or not self.ticket.is_open or no_such_step
        else:
            assert set(handover.overrides) == ({item.key for item in state.missing} if excuse else set())

    @precondition(lambda self: self.pending is not None)
    @rule(verb=st.sampled_from(["accept", "bounce", "answer", "withdraw"]))
    def decide(self, verb: str) -> None:
        waiting = self.pending
        assert waiting is not None
        receiver, before = self.actors[waiting.to_tier], self.ticket
        if verb == "accept":
            operations.accept(actor=receiver, handover_id=waiting.pk)
        elif verb == "bounce":
            operations.bounce(actor=receiver, handover_id=waiting.pk, reason_code="not_reproducible")
        elif verb == "answer":
            operations.answer(actor=receiver, handover_id=waiting.pk, text="Switch it off.")
        else:
            operations.withdraw(actor=self.desk.leading, handover_id=waiting.pk)
        moved = verb == "accept" and waiting.mode == "transfer"
        after = self.ticket
        assert (after.group_id != before.group_id) == moved
        assert after.tier == (waiting.to_tier if moved else before.tier)

    @rule(to_tier=st.integers(0, 2))
    def return_down(self, to_tier: int) -> None:
        try:
            operations.return_with_lesson(
                actor=self.agent, ticket_id=self.ticket_id, to_tier=to_tier, lesson="Check the window first."
            )
        except Refused:
            assert self.pending is not None
        except Invalid:
            assert to_tier >= self.ticket.tier

    @rule(tier=st.sampled_from([1, 2, 3]))
    def give_to(self, tier: int) -> None:
        if not self.ticket.is_open:
            return
        try:
            tickets.assign(actor=self.agent, ticket_id=self.ticket_id, group_id=self.desk.groups[tier].pk)
        except GoesUp:
            assert tier > max(self.ticket.tier, 1)
        else:
            assert tier == self.ticket.tier
            self.settle()

    @rule()
    def take(self) -> None:
        if self.ticket.is_open and self.ticket.group_id is not None:
            tickets.take(actor=self.agent, ticket_id=self.ticket_id)
            self.settle()

    @rule(whom=st.sampled_from(["requester", "vendor", "change"]))
    def wait_or_go_on(self, whom: str) -> None:
        if self.ticket.status == "waiting":
            tickets.resume(actor=self.agent, ticket_id=self.ticket_id)
        elif self.ticket.is_open:
            tickets.wait_for(actor=self.agent, ticket_id=self.ticket_id, whom=whom, reason="They have it")

    @rule(swallow=st.booleans())
    def merge(self, swallow: bool) -> None:
        """With a ticket of the same desk: it comes here, or ours goes there and is at rest from then on."""
        other = self.desk.ticket(title="The same again").pk
        ours, theirs = (other, self.ticket_id) if swallow else (self.ticket_id, other)
        try:
            tickets.merge(actor=self.agent, ticket_id=ours, into_id=theirs)
        except Refused:
            assert self.ticket.merged_into_id is not None
        self.settle()

    @rule(excuse=st.booleans())
    def open_a_case(self, excuse: bool) -> None:
        """With a vendor: held to the contract of the last step, and the ticket keeps its owner."""
        before = self.ticket
        try:
            self._open_a_case({})
        except MissingItems as refused:
            if excuse:
                self._open_a_case({item.key: REASON for item in refused.items})
        except Refused:
            assert not before.is_open or before.tier < EXPERTS  # closed, or no contract leads from there to a vendor
        after = self.ticket
        assert (after.tier, after.group_id, after.assignee_id) == (before.tier, before.group_id, before.assignee_id)

    def _open_a_case(self, overrides: dict[str, str]) -> None:
        vendors.open_case(
            actor=self.agent,
            ticket_id=self.ticket_id,
            vendor_id=halden().pk,
            title="The board resets",
            question=QUESTION,
            overrides=overrides,
        )

    @precondition(lambda self: self.case is not None)
    @rule(verb=st.sampled_from(["send", "receive", "solve", "close", "reopen"]))
    def work_on_the_case(self, verb: str) -> None:
        case = self.case
        assert case is not None
        verbs: dict[str, Callable[[], object]] = {
            "send": lambda: vendors.send_to_vendor(
                actor=self.agent, case_id=case.pk, text="Which firmware?", mail=False
            ),
            "receive": lambda: vendors.receive_from_vendor(
                actor=SETTLE, case_id=case.pk, author="Halden", text="Version 7."
            ),
            "solve": lambda: vendors.vendor_solved(actor=SETTLE, case_id=case.pk),
            "close": lambda: vendors.close_case(actor=self.agent, case_id=case.pk, outcome="solved"),
            "reopen": lambda: vendors.reopen_case(actor=self.agent, case_id=case.pk, reason="It came back"),
        }
        try:
            verbs[verb]()
        except (Refused, Invalid):
            assert verb != "receive", "what the vendor says is always kept"

    @rule()
    def resolve_or_reopen(self) -> None:
        if self.ticket.is_open:
            tickets.resolve(actor=self.agent, ticket_id=self.ticket_id, resolution="Done")
            self.settle()
        elif self.ticket.merged_into_id is None:
            tickets.reopen(actor=self.desk.asking, ticket_id=self.ticket_id, reason="Again")

    # --- what always holds

    @invariant()
    def all_is_well(self) -> None:
        ticket = Ticket.objects.select_related("group").get(pk=self.ticket_id)
        entries = list(TimelineEntry.objects.of("ticket", self.ticket_id))
        handovers = list(Handover.objects.filter(ticket_id=self.ticket_id))
        assert rebuild(entries) == ticket.state
        one_owner_on_its_tier(ticket)
        the_row_knows_what_waits(ticket, handovers)
        no_gap_went_up_unreported(handovers, entries)
        every_decision_is_on_the_timeline(handovers, entries)
        the_counts_are_the_timeline_s(queries.counts_by_pair(self.leading, LONG_AGO), entries)
        no_clock_runs_in_two_tiers(ticket, entries)
        no_case_has_an_unreported_gap(list(Case.objects.all()), entries)  # also one that moved on with a merge
        one_turn_at_a_time(list(Turn.objects.all()))


def one_owner_on_its_tier(ticket: Ticket) -> None:
    assert ticket.group is None or ticket.group.tier == ticket.tier
    assert ticket.assignee_id is None or ticket.group_id is not None


def the_row_knows_what_waits(ticket: Ticket, handovers: list[Handover]) -> None:
    waiting = [one.to_tier for one in handovers if one.state == "pending"]
    assert len(waiting) <= 1
    assert ticket.offered_tier == (waiting[0] if waiting else None)


def no_gap_went_up_unreported(handovers: list[Handover], entries: list[TimelineEntry]) -> None:
    reported = {
        entry.data["handover_id"]: set(entry.data["reasons"])
        for entry in entries
        if entry.kind == "escalation.overridden"
    }
    for handover in handovers:
        items = handover.sheet["items"]
        gaps = {item["key"] for item in items if item["required"] and item["state"] != "ready"}
        assert gaps == reported.get(handover.pk, set())


def every_decision_is_on_the_timeline(handovers: list[Handover], entries: list[TimelineEntry]) -> None:
    told = Counter(entry.kind for entry in entries)
    states = Counter(handover.state for handover in handovers)
    assert told["escalation.requested"] == len(handovers)
    for state in ("accepted", "bounced", "answered", "withdrawn"):
        assert told[f"escalation.{state}"] == states[state]


def the_counts_are_the_timeline_s(pairs: list[PairCount], entries: list[TimelineEntry]) -> None:
    told = Counter(
        (entry.data["from_tier"], entry.data["to_tier"], entry.kind.removeprefix("escalation."))
        for entry in entries
        if entry.kind.startswith("escalation.") and "handover_id" in entry.data
    )
    verbs = {"requested": "asked", "overridden": "overridden"} | {verb: verb for verb in DECIDED}
    for pair in pairs:
        counted = {verb: getattr(pair, name) for verb, name in verbs.items()}
        assert counted == {verb: told.pop((pair.from_tier, pair.to_tier, verb), 0) for verb in verbs}
        assert pair.asked == pair.pending + sum(counted[verb] for verb in DECIDED)
    assert not told


def no_clock_runs_in_two_tiers(ticket: Ticket, entries: list[TimelineEntry]) -> None:
    """One clock of a tier, the owner's; acceptance while a question waits; the vendor's while it has the ticket."""
    runs = past_of(entries, lambda _organisation, _day: "").runs
    running = {metric: run for metric, run in runs.items() if run.stop is None}
    owned = ticket.is_open and ticket.tier > 0
    assert (running[Metric.TIER].tier if Metric.TIER in running else None) == (ticket.tier if owned else None)
    accepting = running[Metric.ACCEPTANCE].tier if Metric.ACCEPTANCE in running else None
    assert accepting == (ticket.offered_tier if ticket.is_open else None)
    assert (Metric.UNDERPINNING in running) == (ticket.is_open and ticket.waiting_for == "vendor")
    assert (Metric.RESOLUTION in running) == ticket.is_open


def no_case_has_an_unreported_gap(cases: list[Case], entries: list[TimelineEntry]) -> None:
    reported = {entry.data["case_id"] for entry in entries if entry.kind == "vendor.overridden"}
    told = Counter(entry.kind for entry in entries)
    assert {case.pk for case in cases if case.gaps or case.overrides} == reported
    assert told["vendor.case_opened"] == len(cases)


def one_turn_at_a_time(turns: list[Turn]) -> None:
    """The vendor's clock runs while the vendor has the case, and for no case twice."""
    running = [turn.case_id for turn in turns if turn.ended_at is None]
    assert len(running) == len(set(running))
    with_them = set(Case.objects.filter(pk__in={turn.case_id for turn in turns}, state="with_vendor"))
    assert {case.pk for case in with_them} == set(running)


@pytest.fixture(scope="module")
def desk(held_database: None) -> SmallDesk:
    made = small_desk()
    operations.ensure_default_contracts()
    catalogue.create_vendor(actor=SETUP, key="halden", name="Halden Boards")
    agree(cases=100)
    vpn_runbook()
    return made


def test_any_way_on_the_ladder(desk: SmallDesk) -> None:
    Ladder.desk, Ladder.actors = desk, {tier: desk.actor(tier) for tier in (1, 2, 3)}
    Ladder.leading = desk.leading
    run_state_machine_as_test(
        Ladder,
        settings=settings(
            max_examples=10,
            stateful_step_count=12,
            deadline=None,
            phases=[Phase.generate],  # a walk of a dozen steps can be read as it is; shrinking it takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
