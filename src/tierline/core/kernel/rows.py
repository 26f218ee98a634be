"""Single rows, quickly: for the few places that run for every message that comes in.

Django compiles the same statement again and again, and PostgreSQL plans it again and again; both cost more than to run
it. Here a statement is made once a model and prepared once a connection. Values still pass through the model's own
fields, so that a row is the one that `save` would write and a query would read. Measured: a quarter of the time.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.utils import CursorWrapper

Row = TypeVar("Row", bound=models.Model)
PREPARE_AFTER = 3  # uses of a statement on one connection


@dataclass(frozen=True, slots=True)
class _Plan:
    insert: str
    select: str
    names: tuple[str, ...]
    prepare: tuple[tuple[str, Callable[..., Any]], ...]
    convert: tuple[tuple[int, Callable[..., Any], Any], ...]
    returning: str


@cache
def _plan(model: type[models.Model]) -> _Plan:
    options = model._meta  # noqa: SLF001 (Django's documented way to a model's fields)
    quote = connection.ops.quote_name
    fields = list(options.concrete_fields)
    makes_key = isinstance(options.pk, models.AutoField)
    written = [field for field in fields if not (field.primary_key and makes_key)]
    read = [field.get_col(options.db_table) for field in fields]
    table, places = quote(options.db_table), ", ".join(["%s"] * len(written))
    return _Plan(
        insert=f"INSERT INTO {table} ({', '.join(quote(field.column) for field in written)}) VALUES ({places})",
        select=f"SELECT {', '.join(quote(field.column) for field in fields)} FROM {table} WHERE ",
        names=tuple(field.attname for field in fields),
        prepare=tuple((field.attname, field.get_db_prep_save) for field in written),
        convert=tuple(
            (place, converter, column)
            for place, column in enumerate(read)
            for converter in (
                *connection.ops.get_db_converters(column),
                *column.get_db_converters(connection),
            )
        ),
        returning=f" RETURNING {quote(options.pk.column)}" if makes_key else "",
    )


@contextmanager
def cursor() -> Iterator[CursorWrapper]:
    """A cursor of Django's connection and transaction whose statements PostgreSQL plans once."""
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    database.connection.prepare_threshold = PREPARE_AFTER  # Django's own cursors never prepare
    raw: Any = psycopg.Cursor(database.connection)
    with database.make_debug_cursor(raw) if database.queries_logged else database.make_cursor(raw) as wrapped:
        yield wrapped


def insert(row: Row, *, or_ignore: bool = False) -> Row:
    """Write `row`, which is new; a key that the database makes is set on it. With `or_ignore` an equal row is fine.

    Like `save(force_insert=True)`, without signals and without anything a field computes while saving. Raises the
    database's IntegrityError.
    """
    plan, database = _plan(type(row)), connections[DEFAULT_DB_ALIAS]
    values = [prepare(getattr(row, name), connection=database) for name, prepare in plan.prepare]
    with cursor() as writing:
        writing.execute(plan.insert + (" ON CONFLICT DO NOTHING" if or_ignore else plan.returning), values)
        if plan.returning and not or_ignore:
            row.pk = writing.fetchone()[0]
    state = row._state  # noqa: SLF001 (what from_db does)
    state.adding, state.db = False, connection.alias
    return row


def first(model: type[Row], where: str, params: Iterable[Any] = ()) -> Row | None:
    """The first row of `model` that fits, or None. `where` is constant SQL with a placeholder for every value."""
    plan = _plan(model)
    with cursor() as reading:
        reading.execute(f"{plan.select}{where} LIMIT 1", list(params))
        found = reading.fetchone()
    if found is None:
        return None
    values = list(found)
    for place, converter, column in plan.convert:
        values[place] = converter(values[place], column, connection)
    return model.from_db(connection.alias, plan.names, values)


def update(row: models.Model, names: tuple[str, ...], *, only_if: str = "") -> bool:
    """Write the named fields of `row`; says whether it was there and `only_if`, constant SQL, was true of it."""
    statement, prepare = _update_plan(type(row), names)
    values = [prepared(getattr(row, name), connection=connection) for name, prepared in prepare]
    with cursor() as writing:
        writing.execute(statement + (f" AND {only_if}" if only_if else ""), [*values, row.pk])
        return bool(writing.rowcount == 1)


@cache
def _update_plan(
    model: type[models.Model], names: tuple[str, ...]
) -> tuple[str, tuple[tuple[str, Callable[..., Any]], ...]]:
    options = model._meta  # noqa: SLF001 (as above)
    quote = connection.ops.quote_name
    fields = [field for field in options.concrete_fields if {field.name, field.attname} & set(names)]
    assignments = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    statement = f"UPDATE {quote(options.db_table)} SET {assignments} WHERE {quote(options.pk.column)} = %s"
    return statement, tuple((field.attname, field.get_db_prep_save) for field in fields)
