"""The sentences of the console: what is owed next, how clocks stand, what comes first, and what is behind figures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.console import text_of
from tests.support.web_world import WebWorld
from tierline.core.kernel.actors import Actor
from tierline.desk.sla.rules import Clock, Hours, Metric, Promise, Reading, Segment, Version, stamp
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries import QueueRow
from tierline.doors.web.console import owed
from tierline.doors.web.console.pages import clocks
from tierline.doors.web.console.pages import queue as queue_page
from tierline.doors.web.console.pages.step import collecting, done_before, gap_words, need_of, needs_of
from tierline.doors.web.console.pages.ticket import clock_words, draft_words, facts_line, lead_words, priority_receipt
from tierline.doors.web.console.stream import ITEMS_SHOWN
from tierline.insight.economics.rules import Cost
from tierline.ladder.escalation.rules.checks import Collect, ItemState, State

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ROW = QueueRow(
    id=10001, kind="incident", title="VPN drops", status="open", waiting_for="", priority=3, tier=1, tiers_tried=[0],
    offered_tier=None, last_word="agent", opened_at=NOW - timedelta(hours=5), changed_at=NOW, resolved_at=None,
    due_at=NOW + timedelta(minutes=50), due_kind="tier", clock="running", clock_share=20, reopened=0, facts={},
    assignee_id=7, assignee="Jonas", group="Frontline", requester="Ines", organisation="Nordlicht", service="VPN",
    desk_id=1,
)  # fmt: skip
VIEWER = Actor(label="Jonas", person_id=7, roles=frozenset({"agent"}))


class TestOwedNext:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({}, "Next step of tier 1"),
            ({"last_word": "requester"}, "Answer to Ines"),
            ({"assignee_id": None, "last_word": "requester"}, "Somebody to take it"),
            ({"status": "waiting", "waiting_for": "vendor", "assignee_id": None}, "Answer from the vendor"),
            ({"offered_tier": 2, "status": "waiting"}, "Answer of tier 2 to the hand-over"),
            ({"resolved_at": NOW, "offered_tier": 2}, "Nothing, it is resolved"),
        ],
    )
    def test_the_first_rule_that_fits_wins(self, change: dict[str, Any], said: str) -> None:
        assert owed.owed_next(replace(ROW, **change)) == said

    def test_who_asked_is_named_with_where_they_are(self) -> None:
        assert owed.from_words(ROW) == "Ines, Nordlicht"
        assert owed.from_words(replace(ROW, organisation=None)) == "Ines"

    def test_tags_say_what_to_know_before_opening(self) -> None:
        tags = [tag.text for tag in owed.tags_of(replace(ROW, reopened=1, offered_tier=2))]
        assert tags == ["opened again", "to accept", "VPN"]
        assert owed.tags_of(replace(ROW, service=None)) == []


class TestClockOfARow:
    def test_time_left_and_time_over(self) -> None:
        left = owed.clock_of(ROW, NOW)
        assert left is not None
        assert (left.words, left.tone, left.share) == ("50 min", "", 0.2)
        over = owed.clock_of(replace(ROW, due_at=NOW - timedelta(minutes=12)), NOW)
        assert over is not None
        assert (over.words, over.tone, over.share) == ("12 min over", "bad", 1)

    @pytest.mark.parametrize(("share", "tone"), [(74, ""), (75, "warn"), (99, "warn")])
    def test_amber_from_three_quarters(self, share: int, tone: str) -> None:
        found = owed.clock_of(replace(ROW, clock_share=share), NOW)
        assert found is not None
        assert found.tone == tone

    def test_a_resting_clock_says_so_and_no_clock_is_none(self) -> None:
        resting = owed.clock_of(replace(ROW, clock="paused", due_at=None), NOW)
        assert resting is not None
        assert (resting.words, resting.tone) == ("waiting", "hold")
        assert owed.clock_of(replace(ROW, due_at=None), NOW) is None

    @given(minutes=st.integers(-100_000, 100_000), share=st.integers(0, 32_000))
    def test_red_means_past_its_time_and_nothing_else(self, minutes: int, share: int) -> None:
        found = owed.clock_of(replace(ROW, due_at=NOW + timedelta(minutes=minutes), clock_share=share), NOW)
        assert found is not None
        assert (found.tone == "bad") == (minutes < 0)


def reading(
    used: int = 1800, *, state: Clock = Clock.RUNNING, due: bool = True, stopped_at: datetime | None = None
) -> Reading:
    """A clock of one hour."""
    due_at = NOW + timedelta(seconds=3600 - used) if due else None
    return Reading(state=state, target=3600, used=used, due_at=due_at, stopped_at=stopped_at)


class TestReadings:
    def test_a_running_clock_says_what_is_left(self) -> None:
        found = clocks.reading_clock(Metric.TIER, reading(), NOW)
        assert (found.label, found.words, found.tone) == ("This tier, OLA", "30 min left", "")
        assert clocks.reading_clock(Metric.TIER, replace(reading(), tier=2), NOW).label == "Tier 2, OLA"

    def test_amber_before_red_after(self) -> None:
        assert clocks.reading_clock(Metric.TIER, reading(used=3000), NOW).tone == "warn"
        late = clocks.reading_clock(Metric.TIER, reading(used=4200, state=Clock.BREACHED), NOW)
        assert (late.words, late.tone, late.share) == ("10 min over", "bad", 1)

    def test_a_met_clock_is_good_and_finished(self) -> None:
        met = clocks.reading_clock(Metric.FIRST_REPLY, reading(state=Clock.MET, stopped_at=NOW), NOW)
        assert (met.words, met.tone, met.finished) == ("met in 30 min of 1 h 00", "good", True)

    def test_a_resting_clock_shows_what_is_used(self) -> None:
        rests = clocks.reading_clock(Metric.RESOLUTION, reading(state=Clock.PAUSED, due=False), NOW)
        assert (rests.words, rests.tone) == ("rests, 30 min used", "hold")

    def test_the_derivation_tells_every_segment_in_words(self) -> None:
        hours = Hours("UTC", (((0, 1440),),) * 7)
        one = Version(key="s", name="Standard", number=1, since=NOW, hours=hours, targets={})
        held, then = Promise(one, 3600), Promise(replace(one, number=2), 7200)
        at = [stamp(NOW + minutes * timedelta(minutes=1)) for minutes in (-70, -60, -50, -20, -20, 0)]
        minute = 60_000_000
        segments = (
            Segment(at[0], at[1], None, 0),
            Segment(at[1], at[2], held, 10 * minute),
            Segment(at[2], at[3], held, 0, "requester"),
            Segment(at[3], at[4], held, 0),
            Segment(at[4], at[5], then, 20 * minute),
        )
        found = Reading(
            state=Clock.RUNNING, target=7200, used=1800, due_at=NOW + timedelta(minutes=90), stopped_at=None,
            started_at=NOW - timedelta(minutes=70), segments=segments,
        )  # fmt: skip
        receipt = clocks.receipt_of(found, NOW)
        assert receipt.title == "Due 13:30, because"
        assert [(row.amount, row.words, row.total) for row in receipt.rows] == [
            ("10:50", "started", False),
            ("\N{EN DASH}", "10:50 to 11:00: nothing was promised", False),
            ("10 min", "11:00 to 11:10: used under Standard v1", False),
            ("\N{EN DASH}", "11:10 to 11:40: rests, it waits for the requester", False),
            ("20 min", "11:40 to 12:00: used under Standard v2", False),
            ("2 h 00", "target by Standard v2", False),
            ("1 h 30", "left, in open hours", False),
            ("13:30", "due, UTC", True),
        ]
        assert "Standard v2 holds now" in receipt.definition

    def test_the_chain_is_one_line(self) -> None:
        vendor = replace(reading(used=3000), metric=Metric.UNDERPINNING)
        found = {
            Metric.FIRST_REPLY: reading(),
            Metric.RESOLUTION: reading(used=0),
            Metric.TIER: replace(reading(), tier=2),
            Metric.UNDERPINNING: vendor,
        }
        said = "SLA due 13:00; tier 2's share (OLA) until 12:30; the vendor's until 12:10"
        assert clocks.chain_words(found, NOW) == said
        resting = {Metric.RESOLUTION: reading(state=Clock.PAUSED, due=False)}
        assert clocks.chain_words(resting, NOW) == ""

    def test_the_head_names_the_clock_due_next(self) -> None:
        assert clock_words({Metric.TIER: reading()}, NOW).startswith("due ")
        assert clock_words({}, NOW) == ""


class TestQueuePage:
    def test_a_row_is_ready_to_print(self) -> None:
        row = queue_page.row_of(ROW, VIEWER, NOW, Cost(total=Decimal(91), steps=(), currency="EUR"))
        assert (row.reference, row.age, row.cost, row.yours) == ("INC-10001", "5 h 00", "91 EUR", True)
        assert row.href.endswith("/console/tickets/INC-10001")
        assert not queue_page.row_of(replace(ROW, assignee_id=8), VIEWER, NOW).yours

    def test_nobodys_ticket_is_not_yours_even_without_a_number(self) -> None:
        nobody = Actor(label="x", roles=frozenset({"agent"}))
        assert not queue_page.row_of(replace(ROW, assignee_id=None), nobody, NOW).yours

    def test_a_long_title_stays_one_short_line(self) -> None:
        row = queue_page.row_of(replace(ROW, title="word " * 100), VIEWER, NOW)
        assert len(row.title) <= queue_page.TITLE_SHOWN
        assert row.title.endswith("…")

    def test_age_stops_when_it_is_solved(self) -> None:
        solved = replace(ROW, resolved_at=ROW.opened_at + timedelta(minutes=30))
        assert queue_page.row_of(solved, VIEWER, NOW + timedelta(days=9)).age == "30 min"

    def test_chips_name_their_filter_and_lead_to_the_list_without_it(self) -> None:
        asked = {"view": "all", "tier": "2", "group": "5", "ids": "1,2,3"}
        made = {chip.label: chip for chip in queue_page.chips(asked, {5: "Network"})}
        assert {label: chip.count for label, chip in made.items()} == {"Tier": "2", "Group": "Network", "Tickets": "3"}
        assert made["Tier"].href == "?view=all&group=5&ids=1%2C2%2C3"

    @pytest.mark.parametrize("view", ["mine", "group", "all", "resolved"])
    def test_path_cost_is_shown_for_each_ticket(self, world: WebWorld, tier2: Any, view: str) -> None:
        page = tier2.get(f"/console/?view={view}").content.decode()
        rows = page.count("data-row")
        assert page.count(" USD</td>") == rows

    def test_path_cost_grows_with_the_tiers_that_worked(self, world: WebWorld, tier2: Any) -> None:
        said = text_of(tier2.get(f"/console/?ids={world.climbing.pk}"))
        before = int(said.partition(" USD")[0].rpartition(" ")[2])
        assert before >= 22 + 69  # frontline and specialists have worked on it


def ticket(**values: Any) -> Any:
    """What the sentences read of a ticket."""
    known = {
        "merged_into_id": None, "is_open": True, "resolved_tier": None, "offered_tier": None, "group_id": 1,
        "assignee": "Jonas", "assignee_id": 7, "status": "open", "waiting_for": "", "last_word": "agent",
        "requester": "Ines", "service": "VPN", "facts": {},
        "impact": 2, "urgency": 1, "priority": 2, "reference": "INC-10001", "pk": 10001, "title": "VPN drops",
    }  # fmt: skip
    return SimpleNamespace(**{**known, **values})


class TestTicketPage:
    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({}, "Go on: runbook, evidence, or the next tier."),
            ({"last_word": "requester"}, "Answer Ines, then go on."),
            ({"status": "waiting", "waiting_for": "change"}, "It waits for a change."),
            ({"assignee_id": 8, "assignee": "Mara"}, "Mara has it. Help with a note."),
            ({"assignee_id": None, "assignee": None}, "Take it, then follow the next step."),
            ({"group_id": None, "assignee_id": None, "assignee": None}, "Nobody owns it yet: give it to a group."),
            ({"offered_tier": 3}, "Tier 3 has to answer the hand-over."),
            ({"is_open": False, "resolved_tier": 2}, "Solved on tier 2. What did it teach?"),
            ({"merged_into_id": 10009, "is_open": False}, "This goes on in ticket 10009."),
        ],
    )
    def test_the_next_step_is_one_sentence(self, values: dict[str, Any], said: str) -> None:
        assert lead_words(ticket(**values), VIEWER) == said

    def test_facts_are_the_environment_in_a_line(self) -> None:
        facts = {"product": "Secure Access", "version": "5.2.1", "os": "Windows 11", "colour": "blue"}
        assert facts_line(ticket(facts=facts)) == "VPN, Secure Access, 5.2.1, Windows 11"
        assert facts_line(ticket(service=None)) == ""

    def test_a_priority_is_explained_by_the_matrix(self) -> None:
        receipt = priority_receipt(ticket())
        assert receipt.title == "P2, because"
        assert [row.amount for row in receipt.rows] == ["2", "1", "P2"]
        assert receipt.rows[-1].total

    def test_no_draft_says_nothing(self) -> None:
        assert draft_words(None) == ""
        assert draft_words(SimpleNamespace(saved_at=NOW)).startswith("Draft saved ")

    def test_the_last_entries_are_shown_and_the_rest_is_counted(self, world: WebWorld, tier2: Any) -> None:
        for number in range(ITEMS_SHOWN):
            tickets.add_note(actor=world.desk.actor(2), ticket_id=world.climbing.pk, text=f"Note {number}.")
        said = text_of(tier2.get(f"/console/tickets/{world.climbing.pk}"))
        assert "earlier entries" in said
        assert f"Note {ITEMS_SHOWN - 1}." in said


def item(key: str, collect: Collect, state: State = State.MISSING, *, required: bool = True) -> ItemState:
    return ItemState(key=key, label=key.title(), state=state, detail="not there", collect=collect, required=required)


def contract(*items: ItemState, version: int = 1) -> Any:
    ready = sum(one.state == State.READY for one in items)
    return SimpleNamespace(items=items, version=version, ready=ready, total=len(items))


class TestNeeds:
    def test_each_gap_has_the_button_that_fills_it(self) -> None:
        kinds = {way: collecting(way, ticket(), "log", 5)[0] for way in Collect}
        assert kinds[Collect.ASK_REQUESTER] == "post"
        assert kinds[Collect.RUNBOOK] == "runbook"
        assert kinds[Collect.LAB] == kinds[Collect.KNOWLEDGE] == "link"
        assert kinds[Collect.FACT] == "fact"

    def test_no_runbook_means_no_button(self) -> None:
        assert collecting(Collect.RUNBOOK, ticket(), "runbook", None) == ("", "", "")

    def test_a_search_carries_the_title_safely(self) -> None:
        assert collecting(Collect.KNOWLEDGE, ticket(title="a&b=c #1"), "x", None)[1].endswith("q=a%26b%3Dc+%231")

    def test_what_is_needed_most_comes_first_and_the_question_is_not_collected(self) -> None:
        items = (
            item("question", Collect.WRITE),
            item("photo", Collect.ASK_REQUESTER, required=False),
            item("log", Collect.ASK_REQUESTER),
            item("facts", Collect.FACT, State.READY),
        )
        found = needs_of(contract(*items), ticket(), None)
        assert [need.key for need in found["open"]] == ["log", "photo"]
        assert [need.key for need in found["ready"]] == ["facts"]
        assert needs_of(None, ticket(), None) == {"open": [], "ready": []}

    def test_the_tone_follows_the_state(self) -> None:
        tones = [need_of(item("x", Collect.FACT, state), ticket(), None).tone for state in State]
        assert sorted(tones) == ["bad", "good", "warn"]

    @pytest.mark.parametrize(
        ("items", "said"),
        [
            ((item("question", Collect.WRITE),), "Everything is there. Ask your question."),
            ((item("log", Collect.ASK_REQUESTER), item("question", Collect.WRITE)), "Collect 1 item, then ask."),
            ((item("log", Collect.FACT), item("os", Collect.FACT, State.PARTIAL)), "Collect 2 items, then ask."),
            ((item("photo", Collect.FACT, required=False),), "Everything is there. Ask your question."),
        ],
    )
    def test_how_far_the_contract_is(self, items: tuple[ItemState, ...], said: str) -> None:
        assert gap_words(contract(*items)) == said

    def test_without_a_contract_nothing_is_said(self) -> None:
        assert gap_words(None) == ""
        assert gap_words(contract(version=0)) == ""

    def test_a_runbook_is_not_offered_twice(self) -> None:
        run = SimpleNamespace(title="VPN basics", state="done")
        assert done_before("VPN basics", [run])
        assert not done_before("Printer", [run])
        assert not done_before("VPN basics", [SimpleNamespace(title="VPN basics", state="stopped")])


def test_similar_tickets_are_on_the_next_step_with_their_solution(world: WebWorld, tier1: Any) -> None:
    twin = world.desk.owned(1, title="Payslip for October is in Danish", text="I cannot read it.")
    said = text_of(tier1.get(f"/console/tickets/{twin.reference}/step"))
    assert "Similar, solved" in said
    assert world.solved.title in said
    assert "solved Language was da-DK after the import; set to en." in said
    assert "Similar, solved" not in text_of(tier1.get(f"/console/tickets/{world.climbing.reference}/step"))


def test_the_path_cost_of_a_ticket_has_its_receipt(world: WebWorld, tier2: Any) -> None:
    said = text_of(tier2.get(f"/console/tickets/{world.climbing.reference}/step"))
    assert "Path cost, because" in said
    assert "tier 1, " in said
    assert "the path so far" in said
    assert Ticket.objects.filter(pk=world.climbing.pk).exists()
