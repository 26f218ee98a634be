"""What every test gets: a real PostgreSQL, a data folder of its own, no network, quick password hashing."""

from __future__ import annotations

import os

import django
import pytest
import pytest_socket

from tests.support import database

database.prepare()
os.environ["DJANGO_SETTINGS_MODULE"] = "tierline.config.settings"
django.setup()  # now, after a database was found: the other conftest files may import models at their top

_LOCAL = ["127.0.0.1", "::1", "localhost"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Only this machine may be spoken to; who reaches for the network fails with the address it tried."""
    pytest_socket.socket_allow_hosts(_LOCAL, allow_unix_socket=True)
