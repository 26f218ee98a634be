"""Queue, counts and search: keyset paging, one statement each, the same at every size."""

import base64
import binascii
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import number_in

from .rows import QueueRow, Row, SideRow, read

COUNT_CAP = 500
QUEUE_VIEWS = ("group", "mine", "unassigned", "waiting", "offered", "breached", "all", "resolved")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """What a queue shows: one of `QUEUE_VIEWS`, narrowed. `ids` opens exactly the tickets that a figure counts."""

    view: str = "group"
    group_id: int | None = None
    tier: int | None = None
    priority: int | None = None
    service_id: int | None = None
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cursor:
    """The sort key of the last row of a page, as an opaque word in the address."""

    priority: int
    at: datetime
    id: int

    def word(self) -> str:
        raw = json.dumps([self.priority, self.at.isoformat(), self.id]).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def read(cls, word: str) -> "Cursor | None":
        """The cursor in a word; None for anything that is not one."""
        try:
            priority, at, pk = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
            return cls(int(priority), datetime.fromisoformat(at), int(pk))
        except (ValueError, TypeError, OverflowError, binascii.Error):
            return None


OLDEST, NEWEST = ("priority", "opened_at", "id"), ("-resolved_at", "-id")


def queue(
    viewer: Actor, wanted: QueueFilter, *, after: Cursor | None = None, limit: int = 50
) -> tuple[list[QueueRow], Cursor | None]:
    """One page of the queue and the cursor of the next one (None at the end), in one statement.

    Open tickets by priority, then the oldest first; resolved ones by the newest resolution.
    """
    require(viewer, Right.CONSOLE)
    found = _filtered(viewer, wanted)
    newest = wanted.view == "resolved"
    if after is not None:
        found = found.filter(_beyond(after, newest=newest))
    rows = _rows(QueueRow, found, NEWEST if newest else OLDEST, limit + 1)
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    at = (last.resolved_at or last.changed_at) if newest else last.opened_at
    return rows[:limit], Cursor(last.priority, at, last.id)


def beside(viewer: Actor, view: str, *, limit: int) -> list[SideRow]:
    """The first open tickets of a view of the queue, for a narrow list."""
    require(viewer, Right.CONSOLE)
    return _rows(SideRow, _filtered(viewer, QueueFilter(view=view)), OLDEST, limit)


def _rows(shape: type[Row], found: QuerySet[Ticket], order: tuple[str, ...], limit: int) -> list[Row]:
    """The first of `found` in this order."""
    try:
        first, params = found.order_by(*order).values("pk")[:limit].query.sql_with_params()
    except EmptyResultSet:  # of somebody without a group, for example
        return []
    by = ", ".join(f"t.{name[1:]} DESC" if name.startswith("-") else f"t.{name}" for name in order)
    return read(shape, f"t.id = ANY(ARRAY({first})) ORDER BY {by}", params)


def _beyond(after: Cursor, *, newest: bool) -> Q:
    """The rows after the cursor. The first condition of each says nothing new, but an index can start there."""
    if newest:
        return Q(resolved_at__lte=after.at) & (Q(resolved_at__lt=after.at) | Q(pk__lt=after.id))
    return Q(priority__gte=after.priority) & (
        Q(priority__gt=after.priority)
        | Q(priority=after.priority, opened_at__gt=after.at)
        | Q(priority=after.priority, opened_at=after.at, pk__gt=after.id)
    )


def _filtered(viewer: Actor, wanted: QueueFilter) -> QuerySet[Ticket]:
    found = Ticket.objects.visible_to(viewer)
    found = found.filter(Q(pk__in=wanted.ids) if wanted.ids else _view(viewer, wanted.view))
    narrowed: dict[str, Any] = {
        "group_id": wanted.group_id,
        "tier": wanted.tier,
        "priority": wanted.priority,
        "service_id": wanted.service_id,
    }
    return found.filter(**{name: value for name, value in narrowed.items() if value is not None})


_IS_OPEN = Q(status__in=["new", "open", "waiting"])


def _view(viewer: Actor, view: str) -> Q:
    mine = Q(group_id__in=viewer.group_ids)
    return {
        "group": _IS_OPEN & mine,
        "mine": _IS_OPEN & Q(assignee_id=viewer.person_id),
        "unassigned": _IS_OPEN & Q(assignee_id=None),
        "waiting": Q(status="waiting"),
        "offered": _IS_OPEN & Q(offered_tier__isnull=False),
        "breached": _IS_OPEN & Q(due_at__lt=clock.now()),
        "resolved": Q(resolved_at__isnull=False),
    }.get(view, _IS_OPEN)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tickets each view holds, counted up to `COUNT_CAP` + 1."""

    values: dict[str, int]

    def words(self, view: str) -> str:
        """The count for people: honest, "500+" past the cap."""
        value = self.values.get(view, 0)
        return f"{COUNT_CAP:,}+" if value > COUNT_CAP else f"{value:,}"


def counts(viewer: Actor, views: tuple[str, ...] = ("group", "mine", "unassigned", "waiting", "breached")) -> Counts:
    """Capped counts of several views in one statement."""
    require(viewer, Right.CONSOLE)
    columns: list[str] = []
    params: list[Any] = []
    visible = Ticket.objects.visible_to(viewer)
    for view in views:
        sql, given = _capped_count(visible.filter(_view(viewer, view)))
        columns.append(sql)
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", params)
        found = cursor.fetchone()
    return Counts(dict(zip(views, found, strict=True)))


def _capped_count(found: QuerySet[Ticket]) -> tuple[str, tuple[Any, ...]]:
    """SQL that counts on the index and stops at the cap; "0" for what cannot hold anything (no groups).

    The order changes no count. It keeps PostgreSQL from reading the table from its start, where the closed ones are.
    """
    try:
        sql, params = found.order_by("priority").values("pk")[: COUNT_CAP + 1].query.sql_with_params()
    except EmptyResultSet:
        return "0", ()
    return f"(SELECT count(*) FROM ({sql}) AS capped)", params


SEARCH_TEXT = 400  # characters of a search that are read


def search(viewer: Actor, text: str, *, limit: int = 50) -> list[QueueRow]:
    """Tickets that hold every word, newest change first; a number or reference finds its ticket first.

    One statement whose cost does not follow the number of matches: rare words are looked up in their index and sorted;
    for common ones PostgreSQL walks back in time (index `search_newest`) until it has `limit`.
    """
    text = one_line(text, SEARCH_TEXT)
    number = number_in(text)
    words = SearchQuery(text, config="tierline", search_type="websearch")
    column = "words__words" if viewer.is_agent or viewer.is_machine else "words__public_words"
    visible = Ticket.objects.visible_to(viewer)
    # the notes of a desk that is not theirs are not searched, even on what they asked for themselves
    inside = replace(viewer, for_right="search") if viewer.is_agent else viewer
    found = Ticket.objects.visible_to(inside).filter(**{column: words})
    rows = _rows(QueueRow, found, ("-changed_at", "-id"), limit)
    if number is None:
        return rows
    return _rows(QueueRow, visible.filter(pk=number), ("id",), 1) + [row for row in rows if row.id != number]


OWN = {
    "open": ["new", "open", "waiting", "resolved"],  # a solved one is open until its requester says so
    "solved": ["resolved", "closed"],
    "all": ["new", "open", "waiting", "resolved", "closed"],
}


def own_requests(
    viewer: Actor, show: str = "all", *, after: Cursor | None = None, limit: int = 50
) -> tuple[list[QueueRow], Cursor | None]:
    """A page of what the viewer asked for, newest change first, and the cursor of the next one (None at the end).

    `show` is a key of `OWN`.
    """
    which = "t.requester_id = %s AND t.status = ANY(%s)"
    params: list[Any] = [viewer.person_id, OWN[show]]
    if after is not None:
        which += " AND t.changed_at <= %s AND (t.changed_at < %s OR t.id < %s)"
        params += [after.at, after.at, after.id]
    found = read(QueueRow, f"{which} ORDER BY t.changed_at DESC, t.id DESC LIMIT %s", [*params, limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], Cursor(last.priority, last.changed_at, last.id)
