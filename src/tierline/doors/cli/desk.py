"""The desk that a command works on: its data folder, its database and Django, ready in one `with`.

Rooms can be imported only inside it: `with desk.opened(args.data): from tierline.work.intake import operations`.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tierline.core.kernel import embedded

from . import data_folder, database
from .errors import CannotRun


@contextmanager
def opened(data: Path | None) -> Iterator[None]:
    """The user's desk, running or not; its database is brought up to date."""
    folder = data_folder.choose(data)
    data_folder.claim(folder)
    data_folder.ensure_secret_key(folder)
    with database.at_hand(folder), on_database():
        yield


@contextmanager
def scratch() -> Iterator[None]:
    """A fresh, empty desk in a temporary folder that is thrown away afterwards; the user's desk is not touched."""
    with tempfile.TemporaryDirectory(prefix="tierline-scratch-", ignore_cleanup_errors=True) as folder:
        data_folder.claim(Path(folder))
        with embedded.start(Path(folder) / "postgres", durable=False) as server:
            os.environ["DATABASE_URL"] = server.url
            with on_database():
                yield


def set_up_django() -> None:
    """Load the settings and the rooms. A wrong setting ends in its own sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tierline.config.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as problem:
        raise CannotRun(str(problem)) from problem


@contextmanager
def on_database() -> Iterator[None]:
    """Django on an up-to-date database; its connections are closed before the database may stop."""
    set_up_django()
    from django.db import connections
    from django.db.backends.postgresql.base import DatabaseWrapper

    from . import migrating

    migrating.bring_up_to_date()
    try:
        yield
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()
            if isinstance(connection, DatabaseWrapper):
                connection.close_pool()  # type: ignore[attr-defined]  # Django 5.1 has it, its stubs do not
