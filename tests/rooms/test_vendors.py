"""Vendors: opening a case, its thread and clock, how it ends, what it costs, and what the ladder demands before."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from tests.support import vendors
from tests.support.desk import SETUP, SmallDesk
from tests.support.held import held
from tests.support.vendors import QUESTION, REASON, again, agree, asked, board, halden, kinds, opened, vendor_desk
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound, Refused
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Audience
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as ticket_queries
from tierline.desk.tickets.errors import NothingToSend
from tierline.desk.tickets.models import Message, Ticket
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.escalation.errors import MissingItems
from tierline.ladder.vendors import operations, queries
from tierline.ladder.vendors.errors import NoAddress, NotEntitled, WrongState
from tierline.ladder.vendors.models import Case, Turn
from tierline.ladder.vendors.rules import Gap, State

pytestmark = pytest.mark.django_db
desk = held(vendor_desk)

VENDOR = Actor.machine("vendors")
MONDAY = datetime(2030, 6, 3, 9, tzinfo=UTC)


def answered(case: Case, text: str = "Update to 4.2.", **more: object) -> Message:
    return operations.receive_from_vendor(actor=VENDOR, case_id=case.pk, author="eva@halden.example", text=text, **more)  # type: ignore[arg-type]  # tests pass what the verb takes


class TestOpening:
    def test_the_ticket_keeps_its_owner_and_has_tried_tier_4(self, desk: SmallDesk) -> None:
        case = opened(desk)
        ticket = case.ticket
        ticket.refresh_from_db()
        assert (ticket.tier, ticket.group_id, ticket.status) == (3, desk.groups[3].pk, "open")
        assert 4 in ticket.tiers_tried
        assert (case.state, case.priority, case.contract_number) == (State.PREPARED, ticket.priority, "HB-2026-11")
        assert kinds(case) == ["case_opened", "cost_booked"]
        assert case.reference == f"VC-{case.pk}"

    @pytest.mark.parametrize(
        ("changes", "gap"),
        [
            ({"valid_until": date(2020, 1, 1)}, Gap.EXPIRED),
            ({"cases": 0}, Gap.NO_CASES_LEFT),
            ({"number": ""}, Gap.NO_CONTRACT),
        ],
    )
    def test_what_the_contract_does_not_cover_is_refused_and_said(
        self, desk: SmallDesk, changes: dict[str, object], gap: Gap
    ) -> None:
        agree(**changes)
        with pytest.raises(NotEntitled) as refused:
            opened(desk)
        assert refused.value.gaps == (gap,)
        assert "Halden Boards" in str(refused.value)
        assert not Case.objects.exists()

    def test_only_named_products_are_covered(self, desk: SmallDesk) -> None:
        product = board()
        agree(products=(product.pk,))
        with pytest.raises(NotEntitled) as refused:
            opened(desk)
        assert refused.value.gaps == (Gap.NOT_COVERED,)
        assert opened(desk, product_id=product.pk).gaps == []

    def test_responsibility_is_taken_with_a_reason_and_reported(self, desk: SmallDesk) -> None:
        agree(cases=0)
        for short in ("", "because"):
            with pytest.raises(NotEntitled):
                opened(desk, reason=short)
        case = opened(desk, reason=REASON)
        assert (case.gaps, case.override_reason) == ([Gap.NO_CASES_LEFT], REASON)
        assert "overridden" in kinds(case)
        reported = queries.overridden_since(desk.leading, clock.now() - timedelta(days=1))
        assert [one.pk for one in reported] == [case.pk]

    def test_a_reason_that_was_not_needed_is_not_reported(self, desk: SmallDesk) -> None:
        case = opened(desk, reason=REASON)
        assert (case.override_reason, case.gaps) == ("", [])
        assert queries.overridden_since(desk.leading, clock.now() - timedelta(days=1)) == []

    def test_cases_are_counted_for_each_contract_number(self, desk: SmallDesk) -> None:
        agree(cases=2)
        opened(desk), opened(desk)
        assert queries.vendor(desk.actor(1), halden().pk).granted.cases_left == 0
        with pytest.raises(NotEntitled):
            opened(desk)
        agree(cases=2, number="HB-2027-01")
        assert opened(desk).contract_number == "HB-2027-01"

    def test_an_item_that_is_missing_stops_it_and_stays_on_the_timeline(self, desk: SmallDesk) -> None:
        ticket = desk.owned(3)
        with pytest.raises(MissingItems) as refused:
            opened(desk, ticket, question="Why?")
        assert [item.key for item in refused.value.items] == ["question"]
        last = TimelineEntry.objects.of("ticket", ticket.pk).last()
        assert last is not None
        assert (last.kind, last.data["to_tier"], last.data["missing"]) == ("escalation.refused", 4, ["question"])
        assert not Case.objects.exists()

    @pytest.mark.parametrize("tier", [1, 2, 3])
    def test_from_every_tier_the_last_step_is_held_to(self, desk: SmallDesk, tier: int) -> None:
        with pytest.raises(MissingItems):
            opened(desk, desk.owned(tier), question="Why?")

    def test_an_override_of_an_item_is_reported(self, desk: SmallDesk) -> None:
        case = opened(desk, question="Why?", overrides={"question": REASON, "impact": REASON})
        assert case.overrides == {"question": REASON}
        assert queries.overridden_since(desk.leading, clock.now() - timedelta(days=1)) == [case]

    def test_a_tier_that_was_only_assigned_is_no_hand_over(self, desk: SmallDesk) -> None:
        ticket = desk.owned(3)
        Ticket.objects.filter(pk=ticket.pk).update(tier=4)
        with pytest.raises(MissingItems):
            opened(desk, ticket, question="Why?")

    def test_the_contract_number_answers_the_ladder(self, desk: SmallDesk) -> None:
        item = {"kind": "fact", "key": "support_contract", "label": "Contract", "options": {"fact": "support_contract"}}
        escalation.write_contract(actor=SETUP, from_tier=3, to_tier=4, items=[item])
        assert opened(desk).overrides == {}
        agree(number="")
        with pytest.raises(MissingItems):
            opened(desk, reason=REASON)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [({"title": "  "}, "title"), ({"question": "\0"}, "question"), ({"product_id": 4711}, "product")],
    )
    def test_a_case_needs_its_words(self, desk: SmallDesk, changes: dict[str, object], field: str) -> None:
        with pytest.raises(Invalid) as refused:
            opened(desk, **changes)
        assert field in refused.value.fields

    def test_requesters_observers_and_strangers_find_nothing(self, desk: SmallDesk) -> None:
        case = opened(desk)
        for actor in (desk.asking, Actor(label="visitor")):
            with pytest.raises(NotFound):
                operations.open_case(
                    actor=actor, ticket_id=case.ticket_id, vendor_id=halden().pk, title="x", question=QUESTION
                )
            with pytest.raises(NotFound):
                queries.case(actor, case.pk)
            with pytest.raises(NotFound):
                operations.send_to_vendor(actor=actor, case_id=case.pk, text="x")

    def test_no_case_on_a_ticket_that_is_over(self, desk: SmallDesk) -> None:
        ticket = desk.owned(3)
        tickets.resolve(actor=desk.actor(3), ticket_id=ticket.pk, resolution="Done")
        with pytest.raises(Refused):
            opened(desk, ticket)


class TestThread:
    def test_asking_starts_the_vendors_clock_and_the_ticket_waits(self, desk: SmallDesk) -> None:
        case = asked(desk)
        assert (case.state, case.ticket.status, case.ticket.waiting_for) == (State.WITH_VENDOR, "waiting", "vendor")
        waits = TimelineEntry.objects.of("ticket", case.ticket_id).get(kind="ticket.wait_started")
        assert (waits.data["vendor_id"], waits.data["reason"]) == (halden().pk, "")
        assert Turn.objects.get(case=case).ended_at is None
        assert queries.clock_of(case).running

    def test_their_answer_stops_it_and_the_ticket_goes_on(self, desk: SmallDesk) -> None:
        case = asked(desk)
        answered(case)
        case = again(case)
        assert (case.state, case.ticket.status) == (State.ANSWERED, "open")
        assert case.answered_at is not None
        assert not queries.clock_of(case).running
        assert [one.direction for one in queries.thread(case)] == ["out", "in"]

    def test_the_clock_counts_their_turns_only_against_their_contract(self, desk: SmallDesk) -> None:
        with clock.at(MONDAY):
            case = asked(desk)
        with clock.at(MONDAY + timedelta(hours=2)):
            assert queries.clock_of(again(case)).used == 7200
            answered(case)
        with clock.at(MONDAY + timedelta(hours=10)):
            assert queries.clock_of(again(case)).used == 7200
            operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text="And now?")
        with clock.at(MONDAY + timedelta(hours=11)):
            found = queries.clock_of(again(case))
        assert (found.used, found.target) == (3 * 3600, 1920 * 60)
        assert found.due_at == MONDAY + timedelta(hours=40)

    def test_a_second_question_is_no_second_clock(self, desk: SmallDesk) -> None:
        case = asked(desk)
        operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text="One more thing.")
        assert Turn.objects.filter(case=case).count() == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            Turn.objects.create(case=case, began_at=clock.now())

    def test_a_ticket_that_waits_for_the_requester_goes_on_waiting(self, desk: SmallDesk) -> None:
        ticket = desk.owned(3)
        tickets.wait_for(actor=desk.actor(3), ticket_id=ticket.pk, whom="requester")
        case = opened(desk, ticket)
        operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text=QUESTION)
        answered(case)
        ticket.refresh_from_db()
        assert (ticket.status, ticket.waiting_for) == ("waiting", "requester")
        assert Turn.objects.get(case=case).ended_at is not None

    def test_two_cases_of_one_ticket_wait_for_both(self, desk: SmallDesk) -> None:
        first = asked(desk)
        second = opened(desk, first.ticket)
        operations.send_to_vendor(actor=desk.actor(3), case_id=second.pk, text=QUESTION)
        answered(first)
        assert again(first).ticket.status == "waiting"
        answered(second)
        assert again(first).ticket.status == "open"

    def test_what_a_program_says_is_kept_and_is_no_answer(self, desk: SmallDesk) -> None:
        case = asked(desk)
        answered(case, "We have received your message.", automatic=True)
        case = again(case)
        assert (case.state, case.answered_at) == (State.WITH_VENDOR, None)
        assert queries.clock_of(case).running
        operations.vendor_answered(actor=desk.actor(3), case_id=case.pk)
        assert again(case).state == State.ANSWERED
        with pytest.raises(Invalid):
            operations.vendor_answered(actor=desk.actor(3), case_id=case.pk)

    def test_nobody_but_staff_and_the_vendor_reads_a_word(self, desk: SmallDesk) -> None:
        case = asked(desk, "A word to the vendor")
        answered(case, "A word of the vendor")
        seen = ticket_queries.messages(desk.asking, case.ticket_id)
        assert {one.audience for one in seen} == {Audience.REQUESTER}
        told = ticket_queries.timeline(desk.asking, case.ticket_id)
        assert not [one for one in told if one.kind.startswith("vendor.")]
        inside = ticket_queries.messages(desk.actor(1), case.ticket_id)
        assert [one.audience for one in inside].count("vendor") == 2

    def test_an_empty_word_is_none(self, desk: SmallDesk) -> None:
        case = asked(desk)
        with pytest.raises(NothingToSend):
            operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text=" \0 ")
        with pytest.raises(NothingToSend):
            answered(case, " ")

    def test_without_an_address_it_can_be_said_elsewhere_only(self, desk: SmallDesk) -> None:
        agree(address="")
        case = opened(desk)
        with pytest.raises(NoAddress):
            operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text=QUESTION)
        operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text=QUESTION, mail=False)
        assert again(case).state == State.WITH_VENDOR
        assert "link_made" not in kinds(case)

    def test_a_merged_ticket_takes_its_cases_along(self, desk: SmallDesk) -> None:
        case, target = asked(desk), desk.owned(2)
        tickets.merge(actor=Actor.machine("test"), ticket_id=case.ticket_id, into_id=target.pk)
        for _ in range(2):
            operations.follow_merge(actor=VENDOR, ticket_id=case.ticket_id)
        answered(case)
        case = again(case)
        assert case.ticket_id == target.pk
        assert kinds(case).count("case_moved") == 1
        assert [one.direction for one in queries.thread(case)] == ["out", "in"]
        assert next(one.kind for one in queries.history(case)) == "vendor.case_opened"
        assert queries.cases_of(desk.actor(2), target.pk)[0].case == case

    def test_an_answer_that_is_faster_than_the_reaction_follows_the_merge(self, desk: SmallDesk) -> None:
        case, target = asked(desk), desk.owned(2)
        tickets.merge(actor=Actor.machine("test"), ticket_id=case.ticket_id, into_id=target.pk)
        assert answered(case).ticket_id == target.pk


class TestReference:
    def test_it_is_kept_once_and_no_other_case_has_it(self, desk: SmallDesk) -> None:
        case, other = asked(desk), asked(desk)
        for _ in range(2):
            operations.set_reference(actor=desk.actor(3), case_id=case.pk, reference=" SR-77 ")
        assert (again(case).their_reference, kinds(case).count("reference_learned")) == ("SR-77", 1)
        with pytest.raises(Invalid, match=case.reference):
            operations.set_reference(actor=desk.actor(3), case_id=other.pk, reference="sr-77")
        with pytest.raises(Invalid):
            operations.set_reference(actor=desk.actor(3), case_id=case.pk, reference=" ")


class TestEnding:
    def test_the_vendor_calls_it_solved_and_the_desk_closes(self, desk: SmallDesk) -> None:
        case = asked(desk)
        operations.vendor_solved(actor=VENDOR, case_id=case.pk)
        assert (again(case).state, again(case).ticket.status) == (State.SOLVED, "open")
        operations.close_case(actor=desk.actor(3), case_id=case.pk, outcome="solved", hours=Decimal("1.5"))
        case = again(case)
        assert (case.state, case.outcome) == (State.CLOSED, "solved")
        assert (case.case_cost, case.hours_cost, case.cost) == (Decimal(180), Decimal("143.25"), Decimal("323.25"))
        assert kinds(case)[-3:] == ["solved", "cost_booked", "case_closed"]

    def test_closing_stops_every_clock(self, desk: SmallDesk) -> None:
        case = asked(desk)
        operations.close_case(actor=desk.actor(3), case_id=case.pk, outcome="withdrawn", words="found it ourselves")
        assert not queries.clock_of(again(case)).running
        assert again(case).ticket.status == "open"

    def test_a_solution_that_is_none_goes_on(self, desk: SmallDesk) -> None:
        case = asked(desk)
        operations.vendor_solved(actor=VENDOR, case_id=case.pk)
        with pytest.raises(Invalid):
            operations.reopen_case(actor=desk.actor(3), case_id=case.pk, reason=" ")
        operations.reopen_case(actor=desk.actor(3), case_id=case.pk, reason="it resets again")
        assert (again(case).state, again(case).reopened, again(case).solved_at) == (State.ANSWERED, 1, None)

    def test_the_vendor_opens_a_closed_case_again_by_writing(self, desk: SmallDesk) -> None:
        case = asked(desk)
        operations.close_case(actor=desk.actor(3), case_id=case.pk, outcome="not_solved")
        answered(case, "Your case is closed.", automatic=True)
        assert again(case).state == State.CLOSED
        answered(case, "We found the cause after all.")
        case = again(case)
        assert (case.state, case.reopened, case.outcome, case.closed_at) == (State.ANSWERED, 1, "", None)

    @pytest.mark.parametrize(
        "wrong", [{"outcome": "fine"}, {"outcome": "solved", "hours": Decimal(-1)}, {"outcome": ""}]
    )
    def test_an_outcome_is_one_of_four(self, desk: SmallDesk, wrong: dict[str, object]) -> None:
        with pytest.raises(Invalid):
            operations.close_case(actor=desk.actor(3), case_id=asked(desk).pk, **wrong)  # type: ignore[arg-type]  # what a form might send

    def test_what_does_not_fit_is_refused(self, desk: SmallDesk) -> None:
        case = opened(desk)
        with pytest.raises(WrongState):
            operations.vendor_solved(actor=VENDOR, case_id=case.pk)
        with pytest.raises(WrongState):
            operations.reopen_case(actor=desk.actor(3), case_id=case.pk, reason="why not")
        operations.close_case(actor=desk.actor(3), case_id=case.pk, outcome="withdrawn")
        with pytest.raises(WrongState):
            operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text="Hello?")


class TestScorecard:
    def test_figures_against_the_contract(self, desk: SmallDesk) -> None:
        with clock.at(MONDAY):
            quick, slow = asked(desk), asked(desk)
            opened(desk)
        with clock.at(MONDAY + timedelta(hours=3)):
            answered(quick)
            operations.close_case(actor=desk.actor(3), case_id=quick.pk, outcome="solved")
        with clock.at(MONDAY + timedelta(hours=50)):
            answered(slow)
            operations.close_case(actor=desk.actor(3), case_id=slow.pk, outcome="workaround")
            answered(slow, "One more thing.")
        [card] = queries.scorecards(desk.actor(1), MONDAY - timedelta(days=1))
        found = card.score
        assert (card.vendor.name, card.currency, found.cases, found.open, found.cost) == (
            "Halden Boards", "EUR", 3, 2, Decimal(540),
        )  # fmt: skip
        assert (found.answered, found.first_in_time) == (2, 0.5)
        assert found.first_answer == round((3 + 50) * 3600 / 2)
        assert (found.solution, found.solved_in_time) == (3 * 3600, 1.0)
        assert (found.solved_share, found.reopen_rate) == (1.0, 0.5)

    def test_only_what_the_viewer_sees_is_counted(self, desk: SmallDesk) -> None:
        opened(desk)
        outsider = Actor(label="other desk", roles=frozenset({"agent"}), desk_ids=frozenset({desk.desk.pk + 1}))
        assert queries.scorecards(outsider, MONDAY - timedelta(days=9999)) == []
        assert queries.listed(outsider) == []
        with pytest.raises(NotFound):
            queries.scorecards(desk.asking, MONDAY)


class TestTerms:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"address": "no address"}, "address"),
            ({"senders": ("halden.example",)}, "senders"),
            ({"senders": ("a@b.example",) * 51}, "senders"),
            ({"reference_pattern": "##"}, "reference_pattern"),
            ({"currency": "EURO"}, "currency"),
            ({"cost_per_case": Decimal(-1)}, "cost_per_case"),
            ({"cost_per_hour": Decimal("1e12")}, "cost_per_hour"),
            ({"products": (4711,)}, "products"),
        ],
    )
    def test_each_field_says_what_is_wrong_with_it(
        self, desk: SmallDesk, changes: dict[str, object], field: str
    ) -> None:
        with pytest.raises(Invalid) as refused:
            agree(**changes)
        assert list(refused.value.fields) == [field]

    def test_only_who_sets_up_may_and_changes_leave_open_cases_alone(self, desk: SmallDesk) -> None:
        case = opened(desk)
        agree(cost_per_case=Decimal(999), currency="usd")
        assert (again(case).case_cost, again(case).currency, opened(desk).currency) == (Decimal(180), "EUR", "USD")
        with pytest.raises(NotFound):
            operations.set_terms(actor=desk.leading, vendor_id=halden().pk, agreed=vendors.AGREED)
        with pytest.raises(NotFound):
            operations.set_terms(actor=SETUP, vendor_id=4711, agreed=vendors.AGREED)
