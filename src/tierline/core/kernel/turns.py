"""Work that one process does at a time, whichever machine it runs on: PostgreSQL's advisory locks.

A lock belongs to the connection: it ends with the `with`, and with the process when that dies.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_KEY = "hashtextextended(%s, 0)"


@contextmanager
def in_turn(name: str) -> Iterator[None]:
    """Wait until nobody else does the work of this name."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({_KEY})", [name])
        try:
            yield
        finally:
            cursor.execute(f"SELECT pg_advisory_unlock({_KEY})", [name])


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether nobody else does the work of this name now; never waits."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({_KEY})", [name])
        [free] = cursor.fetchone() or [False]
        try:
            yield bool(free)
        finally:
            if free:
                cursor.execute(f"SELECT pg_advisory_unlock({_KEY})", [name])
