"""Limits that hold over all processes: counted in PostgreSQL, one statement, exact when many come at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tierline.core.kernel import clock, jobs, rates
from tierline.core.kernel.models import Tally
from tierline.core.kernel.rates import SharedWindow, Window

START = datetime(2026, 3, 2, 9, 0, 15, tzinfo=UTC)


@pytest.mark.django_db
def test_it_says_what_a_window_of_one_process_says() -> None:
    shared, own = SharedWindow("a", 3, 60), Window(3, 60)
    for seconds in (0, 1, 2, 3, 30, 44, 45, 46, 110, 600):
        with clock.at(START + timedelta(seconds=seconds)):
            assert shared.count("k") == own.count("k")


@pytest.mark.django_db
def test_names_and_keys_count_for_themselves_and_are_kept_as_digests() -> None:
    one, other = SharedWindow("one", 1, 60), SharedWindow("other", 1, 60)
    with clock.at(START):
        assert [window.count("203.0.113.7").allowed for window in (one, other, one)] == [True, True, False]
        assert one.count("b \ud800").allowed
        assert {len(key) for key in Tally.objects.values_list("key", flat=True)} == {64}


@pytest.mark.django_db
def test_windows_that_are_over_are_forgotten() -> None:
    with clock.at(START):
        SharedWindow("a", 1, 60).count("k")
        assert rates.forget_old() == 0
    with clock.at(START + timedelta(hours=2)):
        SharedWindow("a", 1, 60).count("other")
        jobs.enqueue("chat.forget_windows")
        jobs.drain()
    assert Tally.objects.count() == 1


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What other connections see; gone again afterwards."""
    with django_db_blocker.unblock():
        yield
        Tally.objects.all().delete()
        connection.close()


def test_of_many_at_once_no_more_than_the_limit_get_through(committed: None) -> None:
    window = SharedWindow("crowd", 10, 60)

    def count(_n: int) -> list[bool]:
        try:
            with clock.at(START):
                return [window.count("k").allowed for _ in range(10)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as crowd:
        assert sum(sum(allowed) for allowed in crowd.map(count, range(4))) == 10
