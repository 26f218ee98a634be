"""What the work says about a level, how links bring levels, and whose turn it is on call: pure rules."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.desk.people.rules.availability import Rotation, Swap, Turn, on_call, turns
from tierline.desk.people.rules.levels import HALF_LIFE, POINTS, Evidence, Piece, suggest, weight
from tierline.desk.people.rules.skills import COST, effective_levels, sources

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ACCEPTED, REOPENED, BOUNCED, TAUGHT = Evidence.ACCEPTED, Evidence.REOPENED, Evidence.BOUNCED, Evidence.TAUGHT
PASSED, FAILED = Evidence.TEACH_BACK_PASSED, Evidence.TEACH_BACK_FAILED


def pieces(*found: tuple[Evidence, int, float]) -> list[Piece]:
    """So many pieces of a kind, so many days old."""
    return [Piece(kind, NOW - days * DAY) for kind, count, days in found for _ in range(count)]


class TestSuggestions:
    @pytest.mark.parametrize(
        ("found", "level", "points"),
        [
            ([], 0, 0.0),
            ([(ACCEPTED, 1, 0)], 1, 1.0),
            ([(ACCEPTED, 1, 1)], 0, 1.0),  # a day old it is a little less than a point: 0.996
            ([(ACCEPTED, 2, HALF_LIFE)], 1, 1.0),
            ([(ACCEPTED, 4, 0)], 2, 4.0),
            ([(ACCEPTED, 8, HALF_LIFE)], 2, 4.0),
            ([(ACCEPTED, 16, 2 * HALF_LIFE)], 2, 4.0),
            ([(ACCEPTED, 40, 0)], 2, 40.0),  # nobody teaches who has taught nobody
            ([(ACCEPTED, 9, 0), (TAUGHT, 1, 0)], 3, 12.0),
            ([(ACCEPTED, 8, 0), (TAUGHT, 1, 0)], 2, 11.0),
            ([(ACCEPTED, 5, 0), (REOPENED, 2, 0)], 2, 4.0),
            ([(ACCEPTED, 5, 0), (BOUNCED, 3, 0)], 1, 3.5),
            ([(PASSED, 1, 0)], 1, 3.0),
            ([(PASSED, 1, 0), (ACCEPTED, 1, 0)], 2, 4.0),
            ([(FAILED, 2, 0), (ACCEPTED, 2, 0)], 0, 0.0),
            ([(BOUNCED, 9, 0)], 0, -4.5),
        ],
    )
    def test_table(self, found: list[tuple[Evidence, int, float]], level: int, points: float) -> None:
        suggestion = suggest(pieces(*found), NOW)
        assert suggestion.level == level
        assert suggestion.points == pytest.approx(points, abs=0.01)

    def test_the_receipt_adds_up(self) -> None:
        found = suggest(pieces((ACCEPTED, 3, 10), (ACCEPTED, 2, 200), (BOUNCED, 1, 30)), NOW)
        assert [(kind, count) for kind, count, _ in found.parts] == [(ACCEPTED, 5), (BOUNCED, 1)]
        assert sum(points for _, _, points in found.parts) == pytest.approx(found.points, abs=0.02)

    def test_every_kind_of_evidence_has_points(self) -> None:
        assert POINTS.keys() == set(Evidence)
        assert {kind for kind, points in POINTS.items() if points < 0} == {REOPENED, BOUNCED, FAILED}

    @given(st.sampled_from(Evidence), st.floats(0, 2000))
    def test_a_half_life_halves(self, kind: Evidence, days: float) -> None:
        now, then = (weight(kind, NOW - timedelta(days=age), NOW) for age in (days, days + HALF_LIFE))
        assert then == pytest.approx(now / 2, rel=1e-6)

    @given(st.integers(0, 3000), st.integers(0, 3000))
    def test_older_evidence_never_weighs_more(self, first: int, second: int) -> None:
        young, old = sorted((first, second))
        assert weight(ACCEPTED, NOW - old * DAY, NOW) <= weight(ACCEPTED, NOW - young * DAY, NOW)

    def test_what_lies_ahead_counts_as_now(self) -> None:
        assert weight(ACCEPTED, NOW + 90 * DAY, NOW) == weight(ACCEPTED, NOW, NOW) == POINTS[ACCEPTED]


LINKS = [("vpn", "network", "part_of"), ("wifi", "network", "part_of"), ("vpn", "accounts", "helps_with")]


class TestSources:
    @pytest.mark.parametrize(
        ("held", "expected"),
        [
            ({}, {}),
            ({"vpn": 1}, {}),
            ({"vpn": 2}, {"network": ("vpn", "part_of")}),
            ({"vpn": 3}, {"network": ("vpn", "part_of"), "accounts": ("vpn", "helps_with")}),
            ({"vpn": 2, "wifi": 3}, {"network": ("wifi", "part_of")}),
            ({"vpn": 3, "wifi": 3}, {"network": ("vpn", "part_of"), "accounts": ("vpn", "helps_with")}),
            ({"vpn": 3, "network": 2}, {"accounts": ("vpn", "helps_with")}),
            ({"vpn": 3, "network": 1, "accounts": 2}, {"network": ("vpn", "part_of")}),
        ],
    )
    def test_table(self, held: dict[str, int], expected: dict[str, tuple[str, str]]) -> None:
        assert sources(held, LINKS) == expected

    @given(
        st.dictionaries(st.sampled_from("abcde"), st.integers(1, 3)),
        st.sets(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), st.sampled_from(sorted(COST)))),
    )
    def test_whatever_is_not_recorded_has_a_source_that_accounts_for_it(
        self, held: dict[str, int], found: set[tuple[str, str, str]]
    ) -> None:
        links = [(skill, toward, kind) for skill, toward, kind in found if skill < toward]  # no cycle
        levels, brought = effective_levels(held, links), sources(held, links)
        assert brought.keys() == {key for key, level in levels.items() if level > held.get(key, 0)}
        assert all(levels[key] == levels[skill] - COST[kind] for key, (skill, kind) in brought.items())


FIRST = datetime(2026, 11, 2, 8, tzinfo=UTC)
ROTATION = Rotation("UTC", FIRST, 7, (1, 2))


def spoken(found: list[Turn]) -> list[tuple[int, str, str, bool]]:
    return [(one.person_id, f"{one.starts_at:%d %H}", f"{one.ends_at:%d %H}", one.swapped) for one in found]


class TestTurns:
    def test_each_in_turn_from_now_on(self) -> None:
        expected = [(2, "10 12", "16 08", False), (1, "16 08", "23 08", False), (2, "23 08", "24 00", False)]
        assert spoken(turns(ROTATION, datetime(2026, 11, 10, 12, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))) == (
            expected
        )

    def test_a_swap_cuts_a_turn(self) -> None:
        swap = Swap(1, datetime(2026, 11, 11, tzinfo=UTC), datetime(2026, 11, 12, tzinfo=UTC))
        rotation = Rotation("UTC", FIRST, 7, (1, 2), (swap,))
        found = turns(rotation, datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 14, tzinfo=UTC))
        assert spoken(found) == [
            (2, "10 00", "11 00", False),
            (1, "11 00", "12 00", True),
            (2, "12 00", "14 00", False),
        ]

    @pytest.mark.parametrize(
        ("rotation", "expected"),
        [
            (Rotation("UTC", FIRST, 7, ()), []),
            (Rotation("UTC", FIRST + 40 * DAY, 7, (1,)), []),
            (Rotation("UTC", FIRST + 12 * DAY, 7, (1,)), [(1, "14 08", "16 00", False)]),  # one person: one turn
            (Rotation("UTC", FIRST, 1, (3,)), [(3, "10 00", "16 00", False)]),
        ],
    )
    def test_who_is_alone_not_there_or_not_yet(
        self, rotation: Rotation, expected: list[tuple[int, str, str, bool]]
    ) -> None:
        found = turns(rotation, datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))
        assert spoken(found) == expected

    @given(
        st.integers(1, 9),
        st.lists(st.integers(1, 3), min_size=1, max_size=4),
        st.lists(st.tuples(st.integers(0, 400), st.integers(1, 200), st.integers(1, 3)), max_size=3),
        st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns"]),
    )
    def test_at_every_moment_it_is_the_turn_that_the_rule_says(
        self, days: int, people: list[int], taken: list[tuple[int, int, int]], zone: str
    ) -> None:
        start = datetime(2026, 10, 20, 5, tzinfo=UTC)  # across the end of summer time
        swaps = tuple(
            Swap(who, start + timedelta(hours=begin), start + timedelta(hours=begin + length))
            for begin, length, who in taken
        )
        rotation = Rotation(zone, start - 3 * DAY, days, tuple(people), swaps)
        end = start + 20 * DAY
        found = turns(rotation, start, end)
        assert found[0].starts_at == start
        assert found[-1].ends_at == end
        assert all(one.ends_at == other.starts_at for one, other in pairwise(found))
        for one in found:
            middle = one.starts_at + (one.ends_at - one.starts_at) / 2
            for moment in (one.starts_at, middle, one.ends_at - timedelta(seconds=1)):
                assert on_call(rotation, moment) == one.person_id
