"""Single rows, quickly: for the few places that run for every message that comes in.

Django compiles the same statement again and again, and PostgreSQL plans it again and again; both cost more than to run
it. Here a statement is made once a model and prepared once a connection. Values still pass through the model's own
fields, so that a row is the one that `save` would write and a query would read. Measured: a quarter of the time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = TypeVar("Row", bound=models.Model)
PREPARE_AFTER = 3  # uses of a statement on one connection


class _Value(NamedTuple):
    """A field's value on its way to the database; of a type in `as_is` it goes as it is, and most are."""

    name: str
    prepare: Callable[..., Any]
    as_is: frozenset[type]


_AS_IS: dict[type, frozenset[type]] = {
    models.CharField: frozenset({str}),
    models.TextField: frozenset({str}),
    models.BooleanField: frozenset({bool}),
    models.DateTimeField: frozenset({datetime, type(None)}),
}


def _values_of(fields: Iterable["models.Field[Any, Any]"]) -> tuple[_Value, ...]:
    return tuple(_Value(one.attname, one.get_db_prep_save, _AS_IS.get(type(one), frozenset())) for one in fields)


def _prepared(row: models.Model, values: tuple[_Value, ...], database: BaseDatabaseWrapper) -> list[Any]:
    read = ((one, getattr(row, one.name)) for one in values)
    return [value if type(value) in one.as_is else one.prepare(value, connection=database) for one, value in read]


@dataclass(frozen=True, slots=True)
class _Plan:
    insert: str
    table: str
    columns: tuple[str, ...]
    keys: str
    select: str
    names: tuple[str, ...]
    prepare: tuple["_Value", ...]
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
    insert = f"INSERT INTO {table} ({', '.join(quote(field.column) for field in written)}) VALUES ({places})"
    key = quote(options.pk.column)
    return _Plan(
        insert=insert,
        table=table,
        columns=tuple(quote(field.column) for field in written),
        keys=", ".join([f"{key} AS key", *(quote(field.column) for field in written if field.is_relation)]),
        select=f"SELECT {', '.join(quote(field.column) for field in fields)} FROM {table} WHERE ",
        names=tuple(field.attname for field in fields),
        prepare=_values_of(written),
        convert=tuple(
            (place, converter, column)
            for place, column in enumerate(read)
            for converter in (
                *connection.ops.get_db_converters(column),
                *column.get_db_converters(connection),
            )
        ),
        returning=f" RETURNING {key}" if makes_key else "",
    )


def run(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> Any:  # noqa: ANN401 (psycopg's or Django's cursor)
    """Run constant SQL in Django's connection and transaction; the result is fetched from the cursor it gives.

    Errors are Django's. Whoever counts or watches statements (tests, `CaptureQueriesContext`) sees these as well.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.connection is None:
        database.ensure_connection()
    raw = database.connection
    raw.prepare_threshold = PREPARE_AFTER  # Django's own cursors never prepare
    if database.queries_logged or database.execute_wrappers:
        cursor: Any = psycopg.Cursor(raw)
        watched = database.make_debug_cursor(cursor) if database.queries_logged else database.make_cursor(cursor)
        watched.execute(statement, values)
        return cursor
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        if isinstance(values, Mapping):
            return psycopg.Cursor(raw).execute(statement, values)
        return psycopg.RawCursor(raw).execute(_numbered(statement), values)


@cache
def _numbered(statement: str) -> str:
    """The placeholders as PostgreSQL writes them: psycopg takes long statements apart anew for each use."""
    pieces = statement.replace("%%", "%\0").split("%s")
    numbered = "".join(f"{piece}${place}" for place, piece in enumerate(pieces[:-1], 1)) + pieces[-1]
    return numbered.replace("%\0", "%")


@dataclass(frozen=True, slots=True)
class Also:
    """What is written in the same statement as a row: one more trip to the server would cost as much as the row.

    `sql` is constant: a common table expression `name AS (…)` that finds the new row as `{row}`, with its key as `key`
    and its foreign keys under their own names; `values` are those of its placeholders.
    """

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A new row that belongs to another new one, whose key its column `of` takes; both in one statement."""

    row: models.Model
    of: str
    also: Also | None = None


def insert(row: Row, *, also: Also | None = None, parts: Sequence[Part] = (), or_ignore: bool = False) -> Row:
    """Write `row`, which is new; a key that the database makes is set on it.

    With `or_ignore` an equal row is fine: the one that was there stays, and `row` gets no key of the database's making.
    `parts` are written with it, and get their keys as well. Like `save(force_insert=True)`, without signals and without
    anything a field computes while saving. Raises the database's IntegrityError.
    """
    plan, database = _plan(type(row)), connections[DEFAULT_DB_ALIAS]
    values = _prepared(row, plan.prepare, database)
    if also is None and not parts:
        written = run(plan.insert + (" ON CONFLICT DO NOTHING" if or_ignore else "") + plan.returning, values)
    else:
        values += also.values if also is not None else ()
        for part in parts:
            own = tuple(one for one in _plan(type(part.row)).prepare if one.name != part.of)
            values += (*_prepared(part.row, own, database), *(part.also.values if part.also is not None else ()))
        shapes = tuple((type(part.row), part.of, part.also and part.also.sql) for part in parts)
        written = run(_together(type(row), also and also.sql, shapes), values)
    keys = written.fetchone() if plan.returning or also or parts else (row.pk,)
    if keys is None:
        return row  # there was an equal one
    _is_written(row, keys[0])
    for part, key in zip(parts, keys[1:], strict=True):
        setattr(part.row, part.of, row.pk)
        _is_written(part.row, key)
    return row


@cache
def _together(
    model: type[models.Model], also: str | None, parts: tuple[tuple[type[models.Model], str, str | None], ...]
) -> str:
    """One statement for a row, what is written with it, and its parts."""
    plan = _plan(model)
    steps = [f"written AS ({plan.insert} RETURNING {plan.keys})", *([also.replace("{row}", "written")] if also else [])]
    for place, (part, of, its) in enumerate(parts):
        made, name = _plan(part), f"part_{place}"
        fields = part._meta.concrete_fields  # noqa: SLF001 (as above)
        column = next(connection.ops.quote_name(field.column) for field in fields if field.attname == of)
        others = [one for one in made.columns if one != column]
        steps.append(
            f"{name} AS (INSERT INTO {made.table} ({', '.join([column, *others])})"
            f" SELECT key{', %s' * len(others)} FROM written RETURNING {made.keys})"
        )
        steps += [its.replace("{row}", name)] if its else []
    names = ["written", *(f"part_{place}" for place in range(len(parts)))]
    return f"WITH {', '.join(steps)} SELECT {', '.join(f'{one}.key' for one in names)} FROM {', '.join(names)}"


def _is_written(row: models.Model, key: Any) -> None:  # noqa: ANN401 (a key of any kind)
    row.pk = key
    state = row._state  # noqa: SLF001 (what from_db does)
    state.adding, state.db = False, DEFAULT_DB_ALIAS


def first(model: type[Row], where: str, params: Iterable[Any] = ()) -> Row | None:
    """The first row of `model` that fits, or None. `where` is constant SQL with a placeholder for every value."""
    return next(iter(every(model, f"{where} LIMIT 1", params)), None)


def every(model: type[Row], where: str, params: Iterable[Any] = ()) -> list[Row]:
    """The rows of `model` that fit. `where` as for `first`; it may go on with an order and a limit."""
    plan = _plan(model)
    made = []
    for found in run(f"{plan.select}{where}", list(params)).fetchall():
        values = list(found)
        for place, converter, column in plan.convert:
            values[place] = converter(values[place], column, connection)
        made.append(model.from_db(DEFAULT_DB_ALIAS, plan.names, values))
    return made


def update(row: models.Model, names: tuple[str, ...], *, only_if: str = "") -> bool:
    """Write the named fields of `row`; says whether it was there and `only_if`, constant SQL, was true of it."""
    statement, prepare = _update_plan(type(row), names)
    values = _prepared(row, prepare, connections[DEFAULT_DB_ALIAS])
    written = run(statement + (f" AND {only_if}" if only_if else ""), [*values, row.pk])
    return bool(written.rowcount == 1)


@cache
def _update_plan(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, tuple["_Value", ...]]:
    options = model._meta  # noqa: SLF001 (as above)
    quote = connection.ops.quote_name
    fields = [field for field in options.concrete_fields if {field.name, field.attname} & set(names)]
    assignments = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    statement = f"UPDATE {quote(options.db_table)} SET {assignments} WHERE {quote(options.pk.column)} = %s"
    return statement, _values_of(fields)
