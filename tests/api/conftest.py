"""What the API's tests share: one desk for a file (each test is rolled back), and programs of its people."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.support.api import Program, program_of
from tests.support.desk import SmallDesk, small_desk


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SmallDesk]:
    """A desk made once for the tests of a file; what a test changes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield small_desk()
        transaction.set_rollback(True)


@pytest.fixture
def agent(desk: SmallDesk, db: None) -> Program:
    """Works on tickets at tier 1."""
    return program_of(desk.agents[1])


@pytest.fixture
def requester(desk: SmallDesk, db: None) -> Program:
    """Asks for help."""
    return program_of(desk.requester)
