"""What every test gets: a real PostgreSQL, a data folder of its own, no network, quick password hashing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import pytest_socket

from tests.support import database

database.prepare()
if (Path(__file__).parents[1] / "src/tierline/config/settings.py").exists():
    os.environ["DJANGO_SETTINGS_MODULE"] = "tierline.config.settings"

_LOCAL = ["127.0.0.1", "::1", "localhost"]


def pytest_configure() -> None:
    """Load the settings now, so that pytest-django sets Django up with them.

    The real password hashers take a tenth of a second by design; a suite that signs in hundreds of times cannot.
    """
    from django.conf import settings

    if "DJANGO_SETTINGS_MODULE" in os.environ:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Only this machine may be spoken to; a test that reaches for the network fails with the address it tried."""
    pytest_socket.socket_allow_hosts(_LOCAL, allow_unix_socket=True)
