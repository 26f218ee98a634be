"""Rows that are really committed, for tests in which several connections look at them at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def committed_rows() -> Iterator[None]:
    """What is written inside stays written until the end, then every table that was empty before is empty again.

    pytest-django's own way (flush) is refused by the append-only triggers, which are set aside here for the moment of
    cleaning only.
    """
    empty = [table for table in connection.introspection.table_names() if not _has_rows(table)]
    try:
        yield
    finally:
        with transaction.atomic(), connection.cursor() as cursor:
            guarded = _guarded(empty)
            for table in guarded:
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in empty))
            for table in guarded:
                cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
        connection.close()


def _has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')
        return bool(cursor.fetchone()[0])


def _guarded(tables: list[str]) -> list[str]:
    """The tables that refuse to be emptied: those with a trigger for TRUNCATE (bit 32 of its type)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgtype::int & 32 > 0"
        )
        return [name for (name,) in cursor.fetchall() if name in tables]
