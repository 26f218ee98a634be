"""Work that one process does at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from tierline.core.kernel import turns

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def elsewhere(work: Callable[[], object]) -> threading.Thread:
    """The work on a connection of its own, begun."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_second_one_is_told_that_it_is_not_alone() -> None:
    told: list[bool] = []

    def ask() -> None:
        with turns.alone("carry") as alone:
            told.append(alone)

    with turns.alone("carry") as first:
        elsewhere(ask).join(10)
    elsewhere(ask).join(10)
    assert (first, told) == (True, [False, True])


def test_another_name_is_another_turn() -> None:
    told: list[bool] = []

    def ask() -> None:
        with turns.alone("fetch") as alone:
            told.append(alone)

    with turns.in_turn("carry"):
        elsewhere(ask).join(10)
    assert told == [True]


def test_who_waits_goes_on_when_the_other_is_done() -> None:
    order: list[str] = []
    waits = threading.Event()

    def second() -> None:
        waits.set()
        with turns.in_turn("fetch"):
            order.append("second")

    with turns.in_turn("fetch"):
        thread = elsewhere(second)
        assert waits.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_an_error_ends_the_turn() -> None:
    with pytest.raises(ZeroDivisionError), turns.in_turn("fetch"):
        raise ZeroDivisionError
    told: list[bool] = []

    def ask() -> None:
        with turns.alone("fetch") as alone:
            told.append(alone)

    elsewhere(ask).join(10)
    assert told == [True]
