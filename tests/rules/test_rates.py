"""How often something may happen in a window."""

from datetime import UTC, datetime, timedelta
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from tierline.core.kernel import clock
from tierline.core.kernel.rates import Window

START = datetime(2026, 3, 2, 9, 0, 15, tzinfo=UTC)


def test_so_many_and_no_more() -> None:
    window = Window(limit=3, seconds=60)
    with clock.at(START):
        standings = [window.count("a") for _ in range(5)]
    assert [s.allowed for s in standings] == [True, True, True, False, False]
    assert [s.left for s in standings] == [2, 1, 0, 0, 0]
    assert {s.seconds for s in standings} == {45}


def test_the_next_window_starts_anew() -> None:
    window = Window(limit=1, seconds=60)
    with clock.at(START):
        assert window.count("a").allowed
        assert not window.count("a").allowed
    with clock.at(START + timedelta(seconds=44)):
        assert not window.count("a").allowed
    with clock.at(START + timedelta(seconds=45)):
        assert window.count("a").allowed


def test_each_key_counts_for_itself() -> None:
    window = Window(limit=1, seconds=60)
    with clock.at(START):
        assert window.count("a").allowed
        assert window.count("b").allowed
        assert not window.count("a").allowed


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 40)), max_size=60))
def test_no_window_ever_lets_more_through(steps: list[tuple[str, int]]) -> None:
    window, moment = Window(limit=4, seconds=30), START
    passed: dict[tuple[str, int], int] = {}
    for key, wait in steps:
        moment += timedelta(seconds=wait)
        with clock.at(moment):
            standing = window.count(key)
        slot = (key, int(moment.timestamp()) // 30)
        passed[slot] = passed.get(slot, 0) + standing.allowed
        assert standing.allowed == (passed[slot] + (not standing.allowed) <= 4)
        assert 0 < standing.seconds <= 30
    assert all(count <= 4 for count in passed.values())


def test_threads_do_not_count_twice() -> None:
    window, allowed = Window(limit=50, seconds=10**9), []

    def hammer() -> None:
        allowed.extend(window.count("a").allowed for _ in range(40))

    threads = [Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(allowed), sum(allowed)) == (160, 50)
