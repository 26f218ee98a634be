"""Worlds that are made once for the tests of a file: `desk = held(small_desk)`."""

from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")


def held(build: Callable[[], T]) -> Callable[..., T]:
    """A fixture that builds inside the file's transaction: there for each test of the file, gone after the last.

    A test's own writes are rolled back to this point, so it may change every row; it must not change the objects.
    """

    @pytest.fixture(scope="module")
    def made(held_database: None) -> T:
        return build()

    return made
