"""Tickets as pages print them: plain rows with names in place of keys.

Django compiles a statement anew for every request, which costs more than to run it. So it only says which tickets
somebody may see, in which order; what is read of them follows from the fields of the row and is written once.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection

from tierline.desk.tickets.rules import OPEN_STATUSES, reference


@dataclass(frozen=True, slots=True)
class SideRow:
    """A ticket as a narrow list shows it: who asked for what, where it is, what is due."""

    id: int
    kind: str
    title: str
    status: str
    priority: int
    tier: int
    tiers_tried: list[int]
    due_at: datetime | None
    due_kind: str
    clock: str
    clock_share: int
    requester: str
    organisation: str | None

    @property
    def reference(self) -> str:
        """The name people use, for example `INC-20418`."""
        return reference(self.kind, self.id)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES


@dataclass(frozen=True, slots=True)
class QueueRow(SideRow):
    """A ticket as the queue shows it."""

    waiting_for: str
    offered_tier: int | None
    last_word: str
    opened_at: datetime
    changed_at: datetime
    resolved_at: datetime | None
    reopened: int
    facts: dict[str, str]
    assignee_id: int | None
    assignee: str | None
    group: str | None
    service: str | None
    desk_id: int


@dataclass(frozen=True, slots=True)
class PageRow(QueueRow):
    """A ticket as its own page shows it."""

    channel: str
    impact: int
    urgency: int
    group_id: int | None
    requester_id: int
    service_id: int | None
    first_reply_at: datetime | None
    resolved_tier: int | None
    resolution_code: str
    resolution: str
    merged_into_id: int | None
    version: int

    @property
    def pk(self) -> int:
        """The id, as the ticket itself calls it."""
        return self.id


Row = TypeVar("Row", bound=SideRow)

# Names are looked up row by row: with five joins PostgreSQL takes longer to plan the page than to fetch it.
_NAMES = {
    "assignee": "(SELECT name FROM people_person WHERE id = t.assignee_id)",
    "group": "(SELECT name FROM people_supportgroup WHERE id = t.group_id)",
    "requester": "(SELECT name FROM people_person WHERE id = t.requester_id)",
    "organisation": "(SELECT name FROM people_organisation WHERE id = t.organisation_id)",
    "service": "(SELECT name FROM catalogue_service WHERE id = t.service_id)",
}


def _columns(shape: type[SideRow]) -> tuple[str, int | None]:
    """What to select, and the place of the facts, which come as JSON; None without."""
    names = [field.name for field in fields(shape)]
    columns = ", ".join(_NAMES.get(name, f"t.{name}") for name in names)
    return columns, names.index("facts") if "facts" in names else None


_COLUMNS: dict[type, tuple[str, int | None]] = {shape: _columns(shape) for shape in (SideRow, QueueRow, PageRow)}


def read(shape: type[Row], which: str, params: Sequence[Any]) -> list[Row]:
    """The tickets `t` that `which` says, which is SQL with a placeholder for every value."""
    columns, facts = _COLUMNS[shape]
    made: Callable[..., Row] = shape
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM tickets_ticket AS t WHERE {which}", params)
        found = cursor.fetchall()
    if facts is None:
        return [made(*values) for values in found]
    return [made(*values[:facts], json.loads(values[facts]), *values[facts + 1 :]) for values in found]
