"""The clocks of tickets, read from their timelines and the policies that held meanwhile."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from tierline.core.kernel import rows
from tierline.core.kernel.actors import Actor
from tierline.core.timeline import queries as timeline
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.sla.queries import promised
from tierline.desk.sla.rules import Book, Clock, Metric, Reading, moment_at
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import OPEN_STATUSES, reference

from .stopwatches import TOLD_BY, Happened, Past, past_of

# Each of these has the job tickets.keep_clocks in the table of reactions. Opening has not: tier 0 either answers, and
# waits, or hands over, and the ticket is assigned; both follow within the same breath.
CLOCK_KINDS = ("assistant.handed_over", *(kind for kind in TOLD_BY if kind != "ticket.opened"))
RECORDED = ("ticket.clock_warned", "ticket.clock_breached")


class Clocked(Protocol):
    """A ticket, or its row on a page."""

    @property
    def pk(self) -> int: ...


def clocks_of(ticket: Clocked, now: datetime, entries: Iterable[TimelineEntry] | None = None) -> dict[Metric, Reading]:
    """Every clock that has started, by metric, read at `now`. Pass `entries` when the timeline is at hand."""
    past = timeline.entries("ticket", ticket.pk) if entries is None else list(entries)
    known = promised(_organisations(past))
    return past_of(past, known.plan).readings(known.book, now)


def _organisations(entries: Iterable[Happened]) -> set[int]:
    told = {"ticket.opened", "ticket.requester_named"}
    found = {entry.data.get("organisation_id") for entry in entries if entry.kind in told}
    return {one for one in found if one is not None}


def next_due(readings: Mapping[Metric, Reading]) -> tuple[Metric | None, Reading | None]:
    """The clock to watch: of those not stopped the one due first; a paused one when none runs."""
    first: tuple[datetime, Metric] | None = None
    paused: Metric | None = None
    for metric, reading in readings.items():
        if reading.stopped_at is not None:
            continue
        if reading.due_at is not None:
            first = min(first, (reading.due_at, metric)) if first is not None else (reading.due_at, metric)
        elif reading.state == Clock.PAUSED:
            paused = metric
    chosen = first[1] if first is not None else paused
    return (chosen, readings[chosen]) if chosen is not None else (None, None)


def breach_key(reading: Reading) -> tuple[str, str]:
    """What a breach is recorded by: the clock, and the due time that passed."""
    return reading.metric.value, reading.due_at.isoformat() if reading.due_at is not None else ""


def warning_key(reading: Reading) -> tuple[str, str, int]:
    """What a warning is recorded by: the clock, when it started, and the target it nears."""
    started = reading.started_at.isoformat() if reading.started_at is not None else ""
    return reading.metric.value, started, reading.target


def recorded(entries: Iterable[Happened]) -> set[tuple[Any, ...]]:
    """The breaches and warnings that a timeline tells of, by their keys."""
    found: set[tuple[Any, ...]] = set()
    for entry in entries:
        if entry.kind == "ticket.clock_breached":
            found.add((entry.data["metric"], entry.data["due_at"]))
        elif entry.kind == "ticket.clock_warned":
            found.add((entry.data["metric"], entry.data["started_at"], entry.data["target"]))
    return found


def next_alarm(readings: Mapping[Metric, Reading], told: set[tuple[Any, ...]], now: datetime) -> datetime | None:
    """When somebody has to look again: a warning or a breach that is ahead, or one that nobody recorded yet."""
    found: list[datetime] = []
    for reading in readings.values():
        if reading.stopped_at is not None:
            continue
        if reading.state == Clock.BREACHED:
            found += [now] if breach_key(reading) not in told else []
        elif reading.due_at is not None:
            found.append(reading.warn_at or reading.due_at)
            found += [now] if reading.warns and warning_key(reading) not in told else []
    return min(found, default=None)


class Entry(NamedTuple):
    """A timeline entry, as far as clocks need it; `counted` is its moment as `stamp` counts."""

    kind: str
    counted: int
    data: Mapping[str, Any]

    @property
    def at(self) -> datetime:
        return moment_at(self.counted)


@dataclass(frozen=True, slots=True)
class OpenClocks:
    """The clocks of one open ticket, unread: its past, and which breaches and warnings were recorded."""

    ticket_id: int
    past: Past
    told: set[tuple[Any, ...]]


# What a clock never asks for is not sent: receipts, facts and texts are most of a timeline. One row a ticket, and the
# moments as microseconds, because reading rows, dates and JSON one by one would take longer than the clocks.
_UNREAD = [
    *("why", "facts", "title", "reason", "resolution", "code"),
    *("person_label", "group_label", "channel", "attachments"),
]
_BATCH = """
SELECT e.subject_id,
       jsonb_agg(jsonb_build_array(e.kind, (extract(epoch FROM e.at) * 1000000)::bigint, e.data - %s::text[])
                 ORDER BY e.seq)::text
  FROM timeline_timelineentry AS e
 WHERE e.subject_kind = 'ticket' AND e.subject_id = ANY(%s) AND e.kind = ANY(%s)
 GROUP BY e.subject_id ORDER BY e.subject_id"""
_IDS = "SELECT id FROM tickets_ticket WHERE status = ANY(%s) AND id > %s ORDER BY id LIMIT %s"


def open_after(ticket_id: int, limit: int, *, lock: bool = False) -> list[int]:
    """The next open tickets by id; with `lock` their rows are locked until the transaction ends."""
    asked = [[status.value for status in OPEN_STATUSES], ticket_id, limit]
    return [row[0] for row in rows.run(_IDS + (" FOR UPDATE" if lock else ""), asked).fetchall()]


def names_of(viewer: Actor, ticket_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Reference and title of those of these tickets that exist for the viewer."""
    found = Ticket.objects.visible_to(viewer).filter(pk__in=ticket_ids).values_list("pk", "kind", "title")
    return {pk: (reference(kind, pk), title) for pk, kind, title in found}


def count_open() -> int:
    """How many tickets are open."""
    statuses = [status.value for status in OPEN_STATUSES]
    return int(rows.run("SELECT count(*) FROM tickets_ticket WHERE status = ANY(%s)", [statuses]).fetchone()[0])


def clocks_of_many(ticket_ids: Sequence[int]) -> tuple[Book, list[OpenClocks]]:
    """The clocks of many tickets and the book of now, in two statements."""
    found = rows.run(_BATCH, [_UNREAD, list(ticket_ids), [*TOLD_BY, *RECORDED]]).fetchall()
    timelines = [(pk, [Entry(*entry) for entry in json.loads(entries)]) for pk, entries in found]
    known = promised(_organisations(entry for _pk, entries in timelines for entry in entries))
    return known.book, [OpenClocks(pk, past_of(own, known.plan), recorded(own)) for pk, own in timelines]
