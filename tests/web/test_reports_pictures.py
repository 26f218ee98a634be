"""The pictures of the insights: everything in proportion, nothing off the page."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.doors.web.reports.flow_picture import SOLVED_X, Group, Way, loudness
from tierline.doors.web.reports.flow_picture import picture as flow_picture
from tierline.doors.web.reports.ladder_picture import BROAD, NARROW, Layout, LessonFigures, Picture, TierFigures
from tierline.doors.web.reports.ladder_picture import picture as ladder_picture
from tierline.doors.web.reports.measure_picture import LENGTH, line

SOLVED = -1
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def figures(*solved: int) -> list[TierFigures]:
    """Tickets that each tier solved; what was not solved goes on up."""
    left, rows = sum(solved), []
    for tier, count in enumerate(solved):
        rows.append(TierFigures(tier=tier, reached=left, solved=count))
        left -= count
    return rows


counts = st.lists(st.integers(min_value=0, max_value=50_000), min_size=5, max_size=5).filter(any)


def draw(solved: list[int], layout: Layout = BROAD) -> Picture:
    return ladder_picture(figures(*solved), [], layout)


@given(counts)
def test_what_enters_a_tier_leaves_it_solved_or_climbing(solved: list[int]) -> None:
    drawn = draw(solved)
    incoming = drawn.river
    for band in reversed(drawn.bands):
        assert band.bend_width + band.climb == pytest.approx(incoming, abs=4)
        incoming = band.climb


@given(counts, st.sampled_from([BROAD, NARROW]))
def test_no_stream_is_wider_than_its_bed(solved: list[int], layout: Layout) -> None:
    drawn = draw(solved, layout)
    assert drawn.river <= layout.river + 0.1
    for band in drawn.bands:
        assert band.bend_width <= layout.band - 20 + 0.1
        xs = [float(number) for number in NUMBER.findall(band.bend)][:1]
        assert all(0 <= x <= layout.width for x in xs)


@given(counts)
def test_more_tickets_are_never_thinner(solved: list[int]) -> None:
    widths = {band.figures.solved: band.bend_width for band in draw(solved).bands}
    ordered = [widths[count] for count in sorted(widths)]
    assert ordered == sorted(ordered)


def test_one_ticket_among_thousands_stays_visible() -> None:
    drawn = draw([100_000, 0, 0, 1, 0])
    assert next(band for band in drawn.bands if band.tier == 3).bend_width >= 1


def test_a_tier_that_solved_nothing_has_no_bend() -> None:
    drawn = draw([5, 0, 3, 0, 0])
    assert [band.bend == "" for band in drawn.bands] == [True, True, False, True, False]


def test_lessons_come_down_one_thread_each() -> None:
    lessons = [LessonFigures(from_tier=2, to_tier=1, proven=3, under_way=2)]
    (strand,) = ladder_picture(figures(5, 4, 3, 2, 1), lessons, BROAD).strands
    assert [thread.proven for thread in strand.threads] == [True, True, True, False, False]
    assert strand.bar_y == BROAD.middle(1) - 5


def test_a_lesson_may_skip_a_tier() -> None:
    lessons = [LessonFigures(from_tier=3, to_tier=0, proven=1, under_way=0)]
    (strand,) = ladder_picture(figures(5, 4, 3, 2, 1), lessons, BROAD).strands
    numbers = [float(number) for number in NUMBER.findall(strand.threads[0].path)]
    (start_x, start_y), (end_x, end_y) = numbers[:2], numbers[-2:]
    assert strand.to_tier == 0
    assert end_x > start_x
    assert end_y - start_y == 3 * BROAD.band - 10


@given(st.integers(min_value=1, max_value=400))
def test_many_lessons_stay_on_the_page(count: int) -> None:
    lessons = [LessonFigures(from_tier=low + 1, to_tier=low, proven=count, under_way=count) for low in range(4)]
    for strand in ladder_picture(figures(5, 4, 3, 2, 1), lessons, BROAD).strands:
        assert strand.proven == strand.under_way == count
        assert strand.words_x < BROAD.width


def test_the_narrow_picture_leaves_the_lessons_to_the_board() -> None:
    lessons = [LessonFigures(from_tier=2, to_tier=1, proven=3, under_way=2)]
    assert ladder_picture(figures(5, 4, 3, 2, 1), lessons, NARROW).strands == ()


shares = st.floats(min_value=0, max_value=1)


@given(shares, shares, shares, st.one_of(st.none(), shares))
def test_a_measure_is_drawn_inside_its_line(one: float, two: float, three: float, goal: float | None) -> None:
    low, value, high = sorted((one, two, three))
    drawn = line(value=value, low=low, high=high, goal=goal, floor=0.0, ceiling=1.0)
    marks = [drawn.low, drawn.at, drawn.high] + ([] if drawn.goal is None else [drawn.goal])
    assert all(-0.1 <= mark <= LENGTH + 0.1 for mark in marks)
    assert drawn.low <= drawn.at <= drawn.high


GROUPS = [
    Group(key=0, name="Self-service", tier=0, tickets=100),
    Group(key=1, name="Frontline", tier=1, tickets=70),
    Group(key=2, name="Network", tier=2, tickets=20),
    Group(key=3, name="Instruments", tier=2, tickets=9),
]


def test_groups_stand_on_the_row_of_their_tier() -> None:
    boxes = {box.group.key: box for box in flow_picture(GROUPS, [], solved=SOLVED, total=100).boxes}
    assert boxes[0].y > boxes[1].y > boxes[2].y == boxes[3].y
    assert boxes[2].right < boxes[3].x


def test_ways_are_drawn_widest_first_and_end_at_the_solved_bar() -> None:
    ways = [
        Way(start=1, end=2, tickets=20, wait=5 * 3600.0),
        Way(start=0, end=1, tickets=70, wait=60.0),
        Way(start=1, end=SOLVED, tickets=50, wait=None),
        Way(start=2, end=SOLVED, tickets=11, wait=None),
    ]
    lines = flow_picture(GROUPS, ways, solved=SOLVED, total=100).lines
    assert [drawn.way.tickets for drawn in lines] == [70, 50, 20, 11]
    assert [drawn.width for drawn in lines] == sorted((drawn.width for drawn in lines), reverse=True)
    assert all(drawn.path.endswith(f"H{SOLVED_X}") for drawn in lines if drawn.way.end == SOLVED)


def test_a_climb_and_its_return_do_not_lie_on_each_other() -> None:
    ways = [Way(start=1, end=2, tickets=5, wait=None), Way(start=2, end=1, tickets=5, wait=None)]
    up, down = flow_picture(GROUPS, ways, solved=SOLVED, total=100).lines
    assert NUMBER.findall(up.path)[0] != NUMBER.findall(down.path)[0]


def test_a_way_from_a_group_that_is_not_shown_is_left_out() -> None:
    assert flow_picture(GROUPS, [Way(start=99, end=1, tickets=3, wait=None)], solved=SOLVED, total=9).lines == ()


def test_an_empty_map_is_a_picture_too() -> None:
    assert flow_picture([], [], solved=SOLVED, total=0).boxes == ()


@pytest.mark.parametrize(("hours", "loud"), [(None, 0), (0.5, 0), (1, 1), (3.9, 1), (4, 2), (90, 2)])
def test_waiting_makes_a_way_louder(hours: float | None, loud: int) -> None:
    assert loudness(None if hours is None else hours * 3600) == loud
