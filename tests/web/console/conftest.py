"""What the console's tests share: one afternoon (each test is rolled back), and browsers of its people."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.support.web_world import WebWorld, signed_in, web_world


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[WebWorld]:
    """The afternoon of `web_world`, made once for all files here; what a test changes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield web_world()
        transaction.set_rollback(True)


@pytest.fixture
def tier1(world: WebWorld, db: None) -> Client:
    return signed_in(world.desk.agents[1])


@pytest.fixture
def tier2(world: WebWorld, db: None) -> Client:
    return signed_in(world.desk.agents[2])


@pytest.fixture
def tier3(world: WebWorld, db: None) -> Client:
    return signed_in(world.desk.agents[3])
