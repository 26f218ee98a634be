"""What every test gets: a real PostgreSQL, a data folder of its own, no network, quick password hashing."""

import os
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
import pytest_socket
from django.conf import settings
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.support import database

database.prepare()
os.environ["DJANGO_SETTINGS_MODULE"] = "tierline.config.settings"
settings.TIERLINE_DATA = Path(os.environ["TIERLINE_DATA"])  # read before that, with the main process's folder
settings.WHITENOISE_AUTOREFRESH = True  # a test's browser must not list all static files before its first page
django.setup()  # now, after a database was found: the other conftest files may import models at their top
from tierline.work.intake.operations.known import forget  # noqa: E402 (models need Django set up)

_LOCAL = ["127.0.0.1", "::1", "localhost"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Only this machine may be spoken to; who reaches for the network fails with the address it tried."""
    pytest_socket.socket_allow_hosts(_LOCAL, allow_unix_socket=True)
    forget()  # what intake knows by heart of a database that was rolled back


@pytest.fixture(scope="module")
def held_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What a module's fixtures write is there for each of its tests, and gone after the last one.

    Each test runs in a savepoint of this transaction: a world that takes a hundred statements is made once.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
