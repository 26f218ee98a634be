"""Figures from the timeline alone, on a small desk whose life is known ticket by ticket."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from tests.support.desk import SETUP, SmallDesk, small_desk
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound, Refused
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.insight.economics import operations as economics_verbs
from tierline.insight.economics import queries as economics
from tierline.insight.flow import queries as flow
from tierline.insight.flow.rules import SOLVED
from tierline.insight.measures import queries as measures
from tierline.insight.measures.rules import BY_KEY
from tierline.insight.paths.queries import Period
from tierline.insight.planning import operations as planning_verbs
from tierline.insight.planning import queries as planning
from tierline.insight.planning.rules import ImprovementState
from tierline.ladder.assistant import operations as assistant
from tierline.ladder.escalation import events as escalation
from tierline.work.knowledge import operations as knowledge

pytestmark = pytest.mark.django_db
START = datetime(2026, 9, 7, 8, tzinfo=UTC)
SINCE, UNTIL = START - timedelta(days=1), START + timedelta(days=2)
TRIAGE = Actor.machine("routing")


@dataclass
class Life:
    """What happened, by name."""

    desk: SmallDesk
    at_tier_0: Ticket
    first_contact: Ticket
    second_contact: Ticket
    climbed: Ticket
    bounced: Ticket
    still_open: Ticket


def give(desk: SmallDesk, ticket: Ticket, tier: int) -> None:
    tickets.assign(actor=TRIAGE, ticket_id=ticket.pk, group_id=desk.groups[tier].pk, person_id=desk.agents[tier].pk)


def answer(desk: SmallDesk, ticket: Ticket, tier: int, text: str = "Try this.") -> None:
    tickets.reply(actor=desk.actor(tier), ticket_id=ticket.pk, text=text)


def solve(desk: SmallDesk, ticket: Ticket, tier: int, *, capable: bool = False) -> None:
    tickets.resolve(
        actor=desk.actor(tier), ticket_id=ticket.pk, resolution="Did it.", text="Done.", level_one_capable=capable
    )


def write(desk: SmallDesk, ticket: Ticket) -> None:
    tickets.receive_message(actor=desk.asking, ticket_id=ticket.pk, author=desk.requester, text="And now?")


def hand(desk: SmallDesk, ticket: Ticket, number: int, *, bounce: bool) -> None:
    """A hand-over from tier 1 to tier 2 as escalation records it."""
    asked = escalation.EscalationRequested(
        handover_id=number,
        from_tier=1,
        to_tier=2,
        to_group_id=desk.groups[2].pk,
        to_group="x",
        contract_version=1,
        ready=3,
        total=3,
        question="why?",
    )
    tickets.note_event(actor=desk.actor(1), ticket_id=ticket.pk, payload=asked)
    if bounce:
        back = escalation.EscalationBounced(handover_id=number, from_tier=1, to_tier=2, reason_code="not_ours")
        tickets.note_event(actor=desk.actor(2), ticket_id=ticket.pk, payload=back)
    else:
        give(desk, ticket, 2)


@pytest.fixture(scope="module")
def lived(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Life]:
    """One life for the whole file, in a transaction that every test's own one is nested in."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield live()
        transaction.set_rollback(True)


@pytest.fixture
def life(lived: Life) -> Iterator[Life]:
    """The day after."""
    with clock.at(START + timedelta(days=1)):
        yield lived


def live() -> Life:
    with clock.at(START):
        desk = small_desk()
        article = knowledge.create(
            actor=desk.actor(1), title="Scanner empty", issue="The scanner is empty", resolution="Reload it."
        )
        knowledge.publish(actor=desk.actor(1), article_id=article.pk, audience="requester")
        zero = desk.ticket("Scanner empty", "The scanner is empty")
        first, second, climbed, bounced, still_open = (desk.ticket(f"VPN {n}", "x") for n in range(5))
        assistant.attempt(actor=Actor.machine("assistant"), ticket_id=zero.pk)
        assistant.attempt(actor=Actor.machine("assistant"), ticket_id=climbed.pk)
        assistant.confirm(actor=desk.asking, ticket_id=zero.pk)
        for ticket in (first, second, climbed, bounced, still_open):
            give(desk, ticket, 1)
    with clock.at(START + timedelta(hours=1)):
        solve(desk, first, 1)
        answer(desk, second, 1)
        write(desk, second)
        hand(desk, climbed, 1, bounce=False)
        hand(desk, bounced, 2, bounce=True)
    with clock.at(START + timedelta(hours=4)):
        solve(desk, second, 1)
        solve(desk, climbed, 2, capable=True)
        solve(desk, bounced, 1)
    return Life(desk, zero, first, second, climbed, bounced, still_open)


def figure(ladder: measures.Ladder, key: str) -> tuple[int, int]:
    found = next(one for one in ladder.figures if one.key == key)
    return found.share.part, found.share.whole


class TestLadder:
    def test_every_rung_counts_what_happened(self, life: Life) -> None:
        ladder = measures.ladder(life.desk.leading, SINCE, UNTIL)
        assert ladder.total == 5
        reached = {rung.tier: (rung.reached, rung.resolved, rung.climbed, rung.bounced) for rung in ladder.rungs}
        assert reached == {0: (2, 1, 1, 0), 1: (4, 3, 1, 0), 2: (1, 1, 0, 1), 3: (0, 0, 0, 0), 4: (0, 0, 0, 0)}
        assert [rung.share for rung in ladder.rungs] == [20.0, 60.0, 20.0, 0.0, 0.0]
        assert ladder.backlog == 1
        assert (ladder.median_hours, ladder.p90_hours) == (4.0, 4.0)

    def test_figures_follow_their_definition(self, life: Life) -> None:
        ladder = measures.ladder(life.desk.leading, SINCE, UNTIL)
        assert {one.key: (one.share.part, one.share.whole) for one in ladder.figures} == {
            "fcr": (1, 4),
            "flr": (3, 4),
            "flr_net": (3, 4),
            "level_one_capable": (1, 1),
            "tier_0": (1, 5),
            "escalation": (1, 4),
            "reopened": (0, 5),
        }

    def test_every_figure_opens_exactly_the_tickets_it_counts(self, life: Life) -> None:
        viewer = life.desk.leading
        ladder = measures.ladder(viewer, SINCE, UNTIL)
        for one in ladder.figures:
            behind = measures.tickets_behind(viewer, one.filter.figure, one.filter.since, one.filter.until)
            assert behind.count() == one.share.part, one.key
        for rung in ladder.rungs:
            for count, wanted in ((rung.reached, rung.reached_filter), (rung.resolved, rung.resolved_filter)):
                assert measures.tickets_behind(viewer, wanted.figure, wanted.since, wanted.until).count() == count
        assert list(measures.tickets_behind(viewer, "fcr", SINCE, UNTIL)) == [life.first_contact]
        assert list(measures.tickets_behind(viewer, "resolved-2", SINCE, UNTIL)) == [life.climbed]

    def test_hand_overs_and_bounces_by_pair_of_tiers(self, life: Life) -> None:
        (pair,) = measures.hand_overs(life.desk.leading, SINCE, UNTIL)
        assert (pair.from_tier, pair.to_tier, pair.asked, pair.bounced.part, pair.bounced.value) == (1, 2, 2, 1, 0.5)

    def test_tier_0_classes_add_up(self, life: Life) -> None:
        ladder = measures.ladder(life.desk.leading, SINCE, UNTIL)
        assert ladder.tier_0 == {
            "pending": 0,
            "confirmed": 1,
            "verified": 0,
            "silent": 0,
            "failed": 0,
            "handed_over": 1,
        }
        assert round(sum(ladder.tier_0_percent.values()), 6) == 100.0

    def test_what_came_back_is_not_solved_and_what_is_solved_again_is_no_first_contact(self, life: Life) -> None:
        tickets.reopen(actor=life.desk.asking, ticket_id=life.first_contact.pk, reason="again")
        ladder = measures.ladder(life.desk.leading, SINCE, UNTIL)
        assert (ladder.total, figure(ladder, "fcr")) == (4, (0, 3))
        solve(life.desk, life.first_contact, 1)
        ladder = measures.ladder(life.desk.leading, SINCE, UNTIL)
        assert (ladder.total, figure(ladder, "fcr"), figure(ladder, "reopened")) == (5, (0, 4), (1, 5))

    def test_what_was_put_aside_is_not_solved(self, life: Life) -> None:
        tickets.resolve(actor=life.desk.actor(1), ticket_id=life.still_open.pk, resolution="gone", code="withdrawn")
        assert measures.ladder(life.desk.leading, SINCE, UNTIL).total == 5

    def test_an_empty_period_is_empty_and_a_reversed_one_refused(self, life: Life) -> None:
        ladder = measures.ladder(life.desk.leading, UNTIL, UNTIL + timedelta(days=1))
        assert (ladder.total, ladder.median_hours) == (0, None)
        assert all(one.share.value is None for one in ladder.figures)
        with pytest.raises(ValueError, match="period"):
            measures.ladder(life.desk.leading, UNTIL, SINCE)

    def test_requesters_see_no_figures_and_strangers_see_none_of_this_desk(self, life: Life) -> None:
        with pytest.raises(NotFound):
            measures.ladder(life.desk.asking, SINCE, UNTIL)
        stranger = Actor(label="x", person_id=life.desk.agents[1].pk, roles=frozenset({"agent"}))
        assert measures.ladder(stranger, SINCE, UNTIL).total == 0
        assert measures.tickets_behind(stranger, "all", SINCE, UNTIL).count() == 0

    @pytest.mark.parametrize("name", ["", "resolved-9", "reached-", "1 OR true", "resolved_tier", "fcr;--"])
    def test_an_unknown_figure_does_not_exist(self, name: str) -> None:
        assert name not in BY_KEY
        with pytest.raises(NotFound):
            measures.tickets_behind(TRIAGE, name, SINCE, UNTIL)

    def test_the_page_takes_four_statements(self, life: Life) -> None:
        viewer = life.desk.leading
        with CaptureQueriesContext(connection) as statements:
            measures.ladder(viewer, SINCE, UNTIL)
        assert len(statements) == 4


class TestCost:
    def test_paths_are_priced_in_one_statement(self, life: Life) -> None:
        ids = [life.first_contact.pk, life.climbed.pk, life.still_open.pk, life.at_tier_0.pk]
        with CaptureQueriesContext(connection) as statements:
            costs = economics.path_cost(ids)
        assert len(statements) == 1
        assert costs[life.first_contact.pk].total == Decimal(22)
        assert [(s.tier, s.amount) for s in costs[life.climbed.pk].steps] == [
            (0, Decimal(2)),
            (1, Decimal(22)),
            (2, Decimal(69)),
        ]
        assert costs[life.still_open.pk].total == 0
        assert costs[life.at_tier_0.pk].total == Decimal(2)
        assert economics.path_cost([]) == {}

    def test_an_own_rate_replaces_the_shipped_one(self, life: Life) -> None:
        economics_verbs.set_rate(
            actor=SETUP, tier=1, amount=Decimal("7.86"), currency="eur", source="own books", year=2026
        )
        assert economics.path_cost([life.first_contact.pk])[life.first_contact.pk].total == Decimal("7.86")
        card = {row.tier: row for row in economics.rate_card(life.desk.leading)}
        assert (card[1].currency, card[1].source, card[2].source) == ("EUR", "own books", "MetricNet")

    @pytest.mark.parametrize(
        ("field", "value"), [("tier", 7), ("amount", Decimal(-1)), ("currency", "euro"), ("source", " ")]
    )
    def test_a_wrong_rate_is_refused_by_field(self, field: str, value: object) -> None:
        good: dict[str, object] = {
            "tier": 1,
            "amount": Decimal(1),
            "currency": "EUR",
            "source": "x",
            "year": 2026,
        }
        with pytest.raises(Invalid) as refusal:
            economics_verbs.set_rate(actor=SETUP, **{**good, field: value})  # type: ignore[arg-type]  # wrong on purpose
        assert set(refusal.value.fields) == {field}

    def test_leads_cannot_change_the_card(self, life: Life) -> None:
        with pytest.raises(NotFound):
            economics_verbs.set_rate(
                actor=life.desk.leading, tier=1, amount=Decimal(1), currency="EUR", source="x", year=2026
            )

    def test_the_tiers_sum_up_to_the_paths(self, life: Life) -> None:
        by_tier = economics.cost_by_tier(life.desk.leading, SINCE, UNTIL)
        solved = [life.at_tier_0, life.first_contact, life.second_contact, life.climbed, life.bounced]
        paths = economics.path_cost([ticket.pk for ticket in solved])
        assert sum(row.amount for row in by_tier) == sum(cost.total for cost in paths.values())
        assert sum(row.share for row in by_tier) == pytest.approx(1)

    def test_teaching_a_cause_saves_what_lies_above_the_tier(self, life: Life) -> None:
        ids = [life.climbed.pk, life.first_contact.pk, life.still_open.pk]
        saving = economics.what_if(life.desk.leading, ids, to_tier=1, over=timedelta(days=30))
        assert saving.tickets == 2
        assert not saving.kept.measured
        assert saving.monthly == pytest.approx(Decimal(69) * Decimal("0.7"), rel=Decimal("0.05"))
        assert saving.low <= saving.monthly <= saving.high
        assert economics.what_if(life.desk.leading, [], to_tier=1).monthly == 0


class TestFlow:
    def test_the_map_shows_groups_ways_and_variants(self, life: Life) -> None:
        found = flow.flow(life.desk.leading, SINCE, UNTIL)
        one, two = life.desk.groups[1].pk, life.desk.groups[2].pk
        ways = {(edge.from_group, edge.to_group): edge.tickets for edge in found.edges}
        assert ways[one, two] == 1
        assert ways[one, SOLVED] == 3
        assert ways[two, SOLVED] == 1
        assert {variant.tiers: variant.tickets for variant in found.variants} == {(0, 1): 3, (0, 1, 2): 1, (0,): 1}
        names = {node.group_id: node.name for node in found.nodes}
        assert names[one] == "Frontline"
        assert names[SOLVED] == "Solved"
        assert found.tickets == 5

    def test_push_to_front_needs_an_article_that_was_there_before(self, life: Life) -> None:
        assert finding(life, "push_to_front").tickets == 0
        with clock.at(START):
            article = knowledge.create(actor=life.desk.actor(1), title="a", issue="b", resolution="c")
            knowledge.publish(actor=life.desk.actor(1), article_id=article.pk, audience="internal")
        knowledge.link(actor=life.desk.actor(2), ticket_id=life.climbed.pk, article_id=article.pk, how="used")
        quick = finding(life, "push_to_front")
        assert (quick.of, quick.tickets) == (1, 0)  # the link came a day later: the stay was longer than ten minutes

    def test_ping_pong_between_two_groups(self, life: Life) -> None:
        for tier in (2, 1, 2):
            give(life.desk, life.still_open, tier)
        solve(life.desk, life.still_open, 2)
        found = finding(life, "ping_pong")
        assert found.ticket_ids == (life.still_open.pk,)
        assert {group for group, _ in found.by_group} == {life.desk.groups[1].pk, life.desk.groups[2].pk}

    def test_waiting_without_a_question(self, life: Life) -> None:
        asked = life.desk.owned(1)
        tickets.reply(actor=life.desk.actor(1), ticket_id=asked.pk, text="Which version?", wait=True)
        silent = life.desk.owned(1)
        tickets.wait_for(actor=life.desk.actor(1), ticket_id=silent.pk, whom="requester")
        found = finding(life, "wait_abuse")
        assert found.ticket_ids == (silent.pk,)
        assert found.by_group == ((life.desk.groups[1].pk, 1),)

    def test_a_mark_opens_the_tickets_it_counts(self, life: Life) -> None:
        one, two = life.desk.groups[1].pk, life.desk.groups[2].pk

        def behind(figure: str) -> tuple[int, ...]:
            return flow.tickets_behind(life.desk.leading, figure, SINCE, UNTIL)

        assert behind(f"edge:{one}:{two}") == behind(f"node:{two}") == (life.climbed.pk,)
        assert len(behind(f"edge:{one}:{SOLVED}")) == 3
        assert len(behind(f"node:{SOLVED}")) == 5

    @pytest.mark.parametrize(
        "figure", ["", "node", "node:", "node:²", "node:٣", "node:--1", "node:1:2", "edge:1", "edge:1:x", "edge:1:2:3"]
    )
    def test_a_mark_that_is_none_opens_nothing(self, life: Life, figure: str) -> None:
        with pytest.raises(NotFound):
            flow.tickets_behind(life.desk.leading, figure, SINCE, UNTIL)

    def test_moments_are_those_of_the_timeline(self, life: Life) -> None:
        paths = flow._paths(life.desk.leading, Period(since=SINCE, until=UNTIL))
        path = next(path for path in paths if path[0].ticket_id == life.climbed.pk)
        moments = {entry.at for entry in TimelineEntry.objects.of("ticket", life.climbed.pk)}
        assert {moment for stay in path for moment in (stay.started, stay.last)} <= moments

    def test_requesters_see_no_flow(self, life: Life) -> None:
        with pytest.raises(NotFound):
            flow.flow(life.desk.asking, SINCE, UNTIL)


def finding(life: Life, key: str) -> flow.Finding:
    return next(one for one in flow.flow(life.desk.leading, SINCE, UNTIL).findings if one.key == key)


class TestPlanning:
    def test_weeks_without_tickets_count_from_the_first_on(self, life: Life) -> None:
        with clock.at(START + timedelta(weeks=3)):
            assert planning.weekly_arrivals(life.desk.leading) == [6, 0, 0]
            expected = planning.next_week(life.desk.leading)
        assert expected is not None
        assert expected.expected == 2.0
        assert expected.low <= 2 <= expected.high

    def test_a_young_desk_says_that_it_does_not_know(self, life: Life) -> None:
        assert planning.next_week(life.desk.leading) is None

    def test_an_improvement_goes_its_way(self, life: Life) -> None:
        lead = life.desk.leading
        made = planning_verbs.propose(
            actor=lead,
            title="Teach the keepalive",
            measure="escalation",
            baseline=0.25,
            target=0.15,
            owner_id=life.desk.lead.pk,
            due_on=START.date(),
        )
        assert planning.register(lead) == [made]
        with pytest.raises(Refused):
            planning_verbs.move(actor=lead, improvement_id=made.pk, state=ImprovementState.DONE, reached=0.1)
        planning_verbs.move(actor=lead, improvement_id=made.pk, state=ImprovementState.AGREED)
        with pytest.raises(Invalid):
            planning_verbs.move(actor=lead, improvement_id=made.pk, state=ImprovementState.DONE)
        done = planning_verbs.move(actor=lead, improvement_id=made.pk, state=ImprovementState.DONE, reached=0.14)
        assert done.reached == 0.14
        assert planning.register(lead) == []

    def test_agents_do_not_plan(self, life: Life) -> None:
        with pytest.raises(NotFound):
            planning_verbs.move(actor=life.desk.actor(1), improvement_id=1, state=ImprovementState.AGREED)
