"""Pure rules of the insight wing: shares, costs, paths and forecasts."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.insight.economics import rules as economics
from tierline.insight.flow import rules as flow
from tierline.insight.measures import rules as measures
from tierline.insight.planning import rules as planning
from tierline.insight.planning.rules import ImprovementState

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
RATES = {tier: row.amount for tier, row in economics.DEFAULTS.items()}


class TestMeasures:
    @given(st.integers(0, 1000), st.integers(0, 1000))
    def test_a_share_lies_in_its_interval(self, part: int, more: int) -> None:
        found = measures.share(part, part + more)
        if found.value is None:
            assert found.whole == 0
        else:
            assert found.low is not None
            assert found.high is not None
            assert 0 <= found.low <= found.value + 1e-9
            assert found.value - 1e-9 <= found.high <= 1

    def test_wilson_as_published(self) -> None:
        found = measures.share(15, 148)  # Newcombe 1998, table I: 0.0624 to 0.1605
        assert (round(found.low or 0, 4), round(found.high or 0, 4)) == (0.0624, 0.1605)

    def test_more_than_all_is_refused(self) -> None:
        with pytest.raises(ValueError, match="part"):
            measures.share(2, 1)

    @given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 10_000), min_size=1))
    def test_percentages_add_up_to_a_hundred(self, counts: dict[str, int]) -> None:
        found = measures.percentages(counts)
        assert set(found) == set(counts)
        assert round(sum(found.values()), 6) == (100.0 if sum(counts.values()) else 0.0)

    def test_the_opening_sentence_adds_up(self) -> None:
        text = measures.opening(3, {0: 1, 1: 1, 3: 1}, 0.64)
        assert text == (
            "Of 100 tickets, 34 end in self-service, 33 at the frontline and 33 climb on. "
            "Those 33 take 64% of the money."
        )
        assert measures.opening(0, {}, None) == "No ticket was solved in this period."

    def test_every_measure_is_defined_sourced_and_unique(self) -> None:
        assert len(measures.BY_KEY) == len(measures.MEASURES)
        assert all(one.definition.endswith(".") and one.source for one in measures.MEASURES)


def stays(*tiers_and_touches: tuple[int, int]) -> list[economics.Stay]:
    return [economics.Stay(tier=tier, touches=touches) for tier, touches in tiers_and_touches]


class TestCost:
    def test_a_path_costs_every_tier_on_the_way(self) -> None:
        cost = economics.price(stays((0, 1), (1, 3), (2, 2)), RATES)
        assert cost.total == Decimal("93.00")
        assert [(step.tier, step.amount) for step in cost.steps] == [
            (0, Decimal("2.00")),
            (1, Decimal("22.00")),
            (2, Decimal("69.00")),
        ]

    def test_a_visit_without_work_is_free_and_changes_of_person_are_one_visit(self) -> None:
        cost = economics.price(stays((0, 0), (1, 1), (1, 2), (2, 0)), RATES)
        assert cost.total == Decimal("22.00")
        assert cost.steps[0].touches == 3

    def test_coming_back_is_paid_again(self) -> None:
        assert economics.price(stays((1, 1), (2, 1), (1, 1)), RATES).total == Decimal("113.00")

    @given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=8), st.integers(0, 3))
    def test_solving_it_lower_never_costs_more(self, path: list[tuple[int, int]], to_tier: int) -> None:
        cost = economics.price(stays(*path), RATES)
        assert economics.price_if_solved_at(cost, to_tier, RATES) <= cost.total
        assert cost.total == sum((step.amount for step in cost.steps), Decimal(0))

    def test_shipped_rates_name_source_and_year(self) -> None:
        assert all(row.source == "MetricNet" and 2012 <= row.year <= 2020 for row in economics.DEFAULTS.values())
        assert RATES[1] == Decimal(22)


class TestSaving:
    def test_the_interval_holds_the_mean(self) -> None:
        found = economics.saving([(Decimal(91), Decimal(22))] * 30, months=3, keeps=economics.ASSUMED)
        assert found.monthly == Decimal("483.00")
        assert found.low < found.monthly < found.high

    def test_nothing_to_save_saves_nothing(self) -> None:
        found = economics.saving([(Decimal(22), Decimal(22))], months=1, keeps=economics.ASSUMED)
        assert (found.low, found.monthly, found.high) == (0, 0, 0)

    def test_more_tickets_make_it_surer(self) -> None:
        few = economics.saving([(Decimal(91), Decimal(22))] * 5, months=1, keeps=economics.ASSUMED)
        many = economics.saving([(Decimal(91), Decimal(22))] * 500, months=1, keeps=economics.ASSUMED)
        assert (few.high - few.low) / few.monthly > (many.high - many.low) / many.monthly

    def test_few_lessons_are_an_assumption_and_say_so(self) -> None:
        assert not economics.kept(5, 5).measured
        assert economics.kept(14, 20).measured

    def test_no_time_is_refused(self) -> None:
        with pytest.raises(ValueError, match="months"):
            economics.saving([], months=0, keeps=economics.ASSUMED)


def path(ticket: int, *steps: tuple[int, int], resolved: bool = True, minutes: int = 5) -> list[flow.Stay]:
    """Stays of (tier, group), an hour apart, each begun ten minutes late and worked on for `minutes`."""
    made = []
    for index, (tier, group) in enumerate(steps):
        began = START + timedelta(hours=index)
        touch = began + timedelta(minutes=10)
        made.append(
            flow.Stay(
                ticket_id=ticket,
                tier=tier,
                group_id=group,
                started=began,
                first_touch=touch,
                last=touch + timedelta(minutes=minutes),
                resolved=resolved and index == len(steps) - 1,
            )
        )
    return made


class TestFlow:
    def test_edges_count_tickets_once_and_know_the_wait(self) -> None:
        found = flow.edges([path(1, (1, 10), (2, 20), (1, 10), (2, 20)), path(2, (1, 10), (2, 20))])
        ways = {(edge.from_group, edge.to_group): edge for edge in found}
        assert ways[10, 20].tickets == 2
        assert ways[10, 20].median_wait == 600
        assert ways[20, flow.SOLVED].tickets == 2
        assert ways[20, 10].tickets == 1

    def test_ping_pong_needs_three_crossings_between_the_same_two(self) -> None:
        twice = path(1, (1, 10), (2, 20), (1, 10))
        thrice = path(2, (2, 20), (2, 30), (2, 20), (2, 30))
        found = flow.ping_pong([twice, thrice])
        assert (found.tickets, found.of, found.ticket_ids) == (1, 2, (2,))
        assert dict(found.by_group) == {20: 1, 30: 1}

    def test_leaving_self_service_and_coming_back_is_no_ping_pong(self) -> None:
        bouncing = path(1, (0, flow.NOBODY), (1, 10), (0, flow.NOBODY), (1, 10))
        assert flow.ping_pong([bouncing]).tickets == 0

    def test_push_to_front_is_quick_and_had_an_article(self) -> None:
        quick = path(1, (1, 10), (2, 20), minutes=9)
        slow = path(2, (1, 10), (2, 20), minutes=11)
        unwritten = path(3, (1, 10), (2, 20), minutes=9)
        below = path(4, (1, 10), minutes=1)
        found = flow.push_to_front([quick, slow, unwritten, below], frozenset({1, 2, 4}))
        assert (found.ticket_ids, found.of) == ((1,), 3)

    def test_waiting_without_a_question_names_groups_only(self) -> None:
        found = flow.wait_abuse({1: (10, False), 2: (10, True), 3: (20, False)})
        assert (found.tickets, found.of, found.ticket_ids) == (2, 3, (1, 3))
        assert dict(found.by_group) == {10: 1, 20: 1}

    @given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=6), max_size=12))
    def test_variants_cover_every_ticket_once(self, all_tiers: list[list[int]]) -> None:
        paths = [path(index, *((tier, tier * 10) for tier in tiers)) for index, tiers in enumerate(all_tiers)]
        found = flow.variants(paths)
        assert sum(variant.tickets for variant in found) == len(paths)
        for variant in found:
            assert all(a != b for a, b in zip(variant.tiers, variant.tiers[1:], strict=False))

    @given(st.lists(st.integers(0, 5), max_size=9))
    def test_the_median_is_a_value_in_the_middle(self, values: list[int]) -> None:
        middle = flow.median(values)
        if values:
            assert middle is not None
            assert sum(value <= middle for value in values) * 2 >= len(values)
            assert sum(value >= middle for value in values) * 2 >= len(values)
        else:
            assert middle is None

    def test_crossings_do_not_care_for_direction(self) -> None:
        assert flow.crossings(path(1, (1, 10), (2, 20), (1, 10))) == Counter({(10, 20): 2})


class TestPlanning:
    def test_a_young_desk_gets_no_forecast(self) -> None:
        assert planning.forecast([10, 12]) is None

    def test_even_weeks_give_the_poisson_interval(self) -> None:
        found = planning.forecast([100, 100, 100, 100])
        assert found is not None
        assert (found.expected, found.low, found.high) == (100.0, 87, 113)

    def test_uneven_weeks_widen_it(self) -> None:
        even, uneven = planning.forecast([100] * 4), planning.forecast([50, 150, 60, 140])
        assert even is not None
        assert uneven is not None
        assert uneven.high - uneven.low > even.high - even.low

    def test_silence_is_forecast_as_silence(self) -> None:
        assert planning.forecast([0, 0, 0]) == planning.Forecast(expected=0.0, low=0, high=0, weeks=3)

    @given(st.lists(st.integers(0, 500), min_size=3, max_size=20))
    def test_the_expected_count_lies_in_its_interval(self, weekly: list[int]) -> None:
        found = planning.forecast(weekly)
        assert found is not None
        assert 0 <= found.low <= found.expected <= found.high
        assert found.weeks <= planning.RECENT_WEEKS

    def test_a_finished_improvement_stays_finished(self) -> None:
        assert not any(planning.may_become(ImprovementState.DONE, state) for state in ImprovementState)
        assert planning.may_become(ImprovementState.DROPPED, ImprovementState.PROPOSED)
        assert not planning.may_become(ImprovementState.PROPOSED, ImprovementState.DONE)
