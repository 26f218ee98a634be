"""What the console's tests share: one world for a file (each test is rolled back), and browsers of its people.

Models are imported inside the fixtures: pytest reads this file before Django is set up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client
    from pytest_django import DjangoDbBlocker

    from tests.support.web_world import WebWorld


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[WebWorld]:
    """The afternoon of `web_world`, made once for the tests of a file; what a test changes is rolled back."""
    from django.db import transaction

    from tests.support.web_world import web_world

    with django_db_blocker.unblock(), transaction.atomic():
        yield web_world()
        transaction.set_rollback(True)


def browser_of(world: WebWorld, tier: int) -> Client:
    from tests.support.web_world import signed_in

    return signed_in(world.desk.agents[tier])


@pytest.fixture
def tier1(world: WebWorld, db: None) -> Client:
    return browser_of(world, 1)


@pytest.fixture
def tier2(world: WebWorld, db: None) -> Client:
    return browser_of(world, 2)


@pytest.fixture
def tier3(world: WebWorld, db: None) -> Client:
    return browser_of(world, 3)
