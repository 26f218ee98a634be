"""A change of what is promised: tried on every open clock before it applies, then every open clock is read anew.

Both run as jobs in batches of `BATCH` tickets, each batch a transaction that also keeps how far it came: a job that
was killed goes on where it was, and no batch is done twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock, jobs, rows
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.sla import operations as sla
from tierline.desk.sla.models import ClockChange, ClockMove
from tierline.desk.sla.queries import require_change
from tierline.desk.sla.rules import Book, Clock, Metric, Reading
from tierline.desk.tickets.queries.clocks import (
    OpenClocks,
    clocks_of_many,
    count_open,
    next_alarm,
    open_after,
)

from .clocks import projection, set_alarms

BATCH = 1000
NOTHING_MOVES = 60  # seconds: what moves by less than a minute shows the same time


def ask_preview(*, actor: Actor, change_id: int) -> ClockChange:
    """Have a proposed change tried on every open ticket, as a job. Raises NotFound."""
    with transaction.atomic():
        change = _locked(change_id, "preview")
        require_change(actor, change)
        change.total = count_open()
        change.save(update_fields=["total"])
        jobs.enqueue("tickets.preview_change", lock=f"preview:{change_id}", change_id=change_id)
        return change


def apply_change(*, actor: Actor, change_id: int) -> ClockChange:
    """Put a change in force from now on, and have every open clock read anew, as a job.

    Raises NotFound unless its preview is ready, and PreviewOutdated when a policy changed after the preview.
    """
    with transaction.atomic():
        change = _locked(change_id, "ready")
        require_change(actor, change)
        sla.check_outdated(change)
        now = clock.now()
        sla.put_in_force(actor, change.proposal, now)
        change.state, change.cursor, change.done, change.total = "applying", 0, 0, count_open()
        change.applied_at, change.applied_by = now, one_line(actor.label, 120)
        change.save()
        jobs.enqueue("tickets.reread_clocks", lock=f"reread:{change_id}", change_id=change_id)
        return change


def preview_change(*, actor: Actor, change_id: int) -> None:
    """The job of a preview: count and list the due times that would move. Safe to repeat and to interrupt."""
    _only_jobs(actor)
    change = ClockChange.objects.get(pk=change_id)
    proposed = sla.proposed_versions(change)

    def look(change: ClockChange, ids: Sequence[int]) -> None:
        book, clocks = clocks_of_many(ids)
        found = _moves(change, clocks, book, book.with_versions(proposed))
        ClockMove.objects.bulk_create(found)
        change.moved += len(found)
        change.breached += sum(one.breaches for one in found)
        change.later += sum(_is_later(one) for one in found)

    _in_batches(change_id, "preview", "ready", look)


def reread_clocks(*, actor: Actor, change_id: int) -> None:
    """The job of an applied change: read every open clock anew. Safe to repeat and to interrupt."""
    _only_jobs(actor)

    def read_anew(change: ClockChange, ids: Sequence[int]) -> None:
        del change
        keep_many(open_after(ids[0] - 1, len(ids), lock=True))

    _in_batches(change_id, "applying", "applied", read_anew)


def _only_jobs(actor: Actor) -> None:
    if not actor.is_machine:
        raise NotFound


def _in_batches(change_id: int, during: str, then: str, work: Callable[[ClockChange, Sequence[int]], None]) -> None:
    while True:
        with transaction.atomic():
            change = ClockChange.objects.select_for_update().filter(pk=change_id, state=during).first()
            if change is None:
                return  # done already, or dropped meanwhile
            ids = open_after(change.cursor, BATCH)
            if not ids:
                change.state, change.finished_at = then, clock.now()
                change.save()
                return
            work(change, ids)
            change.cursor, change.done = ids[-1], change.done + len(ids)
            change.save()


def _locked(change_id: int, state: str) -> ClockChange:
    found = ClockChange.objects.select_for_update().filter(pk=change_id, state=state).first()
    if found is None:
        raise NotFound
    return found


def _moves(change: ClockChange, clocks: Sequence[OpenClocks], before: Book, after: Book) -> list[ClockMove]:
    now, found = change.as_of, []
    for one in clocks:
        old, new = (one.past.readings(book, now, live=True) for book in (before, after))
        for metric in Metric:
            was, is_now = old.get(metric), new.get(metric)
            if _moves_clock(was, is_now):
                found.append(
                    ClockMove(
                        change=change,
                        ticket_id=one.ticket_id,
                        metric=metric,
                        before=was.due_at if was else None,
                        after=is_now.due_at if is_now else None,
                        breaches=_is_over(is_now) and not _is_over(was),
                    )
                )
    return found


def _moves_clock(was: Reading | None, is_now: Reading | None) -> bool:
    """Whether a clock that has not stopped is due at another time, begins or ends."""
    known = is_now or was
    if known is None or known.stopped_at is not None:
        return False
    old, new = (one.due_at if one is not None else None for one in (was, is_now))
    if old is None or new is None:
        return old is not new
    return abs((new - old).total_seconds()) >= NOTHING_MOVES


def _is_over(reading: Reading | None) -> bool:
    return reading is not None and reading.state == Clock.BREACHED


def _is_later(move: ClockMove) -> bool:
    return move.after is None or (move.before is not None and move.after > move.before)


_UPDATE = """
UPDATE tickets_ticket AS t
   SET due_at = n.due_at, due_kind = n.due_kind, clock = n.clock, clock_share = n.clock_share
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::smallint[])
       AS n (id, due_at, due_kind, clock, clock_share)
 WHERE t.id = n.id
   AND (t.due_at, t.due_kind, t.clock, t.clock_share)
       IS DISTINCT FROM (n.due_at, n.due_kind::varchar, n.clock::varchar, n.clock_share)"""


def keep_many(ticket_ids: Sequence[int]) -> None:
    """What `keep_clocks` does, for many tickets whose rows are locked: four statements."""
    now = clock.now()
    book, clocks = clocks_of_many(ticket_ids)
    kept: list[dict[str, Any]] = []
    alarms: list[tuple[int, datetime | None]] = []
    for one in clocks:
        readings = one.past.readings(book, now, live=True)
        kept.append({"id": one.ticket_id, **projection(readings)})
        alarms.append((one.ticket_id, next_alarm(readings, one.told, now)))
    columns = ("id", "due_at", "due_kind", "clock", "clock_share")
    rows.run(_UPDATE, [[row[name] for row in kept] for name in columns])
    set_alarms(alarms)
