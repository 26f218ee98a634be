"""How long a change of a policy takes over many open clocks, and how long the due times of one ticket take.

./tierline bench clocks --tickets 100000
"""

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bench import seed

if TYPE_CHECKING:
    from tierline.desk.sla.models import ClockChange

LOOKS = 300  # tickets that are read alone
SAMPLE = 500  # tickets whose row is compared with what one ticket alone gives

# Open tickets of the last two weeks: owned, answered, every fifth waiting, every tenth offered to the next tier.
_TICKETS = """
INSERT INTO tickets_ticket (kind, title, status, waiting_for, impact, urgency, priority, tier, tiers_tried,
  offered_tier, desk_id, group_id, assignee_id, requester_id, service_id, channel, facts, last_word, opened_at,
  changed_at, first_reply_at, resolution_code, resolution, reopened, version, due_kind, clock, clock_share)
SELECT CASE WHEN n %% 5 = 0 THEN 'request' ELSE 'incident' END, 'Ticket ' || n,
  CASE WHEN n %% 5 = 1 THEN 'waiting' ELSE 'open' END, CASE WHEN n %% 5 = 1 THEN 'requester' ELSE '' END, 3, 2,
  1 + n %% 5, (%(tiers)s::int[])[g], ARRAY[0, (%(tiers)s::int[])[g]],
  CASE WHEN n %% 10 = 2 THEN (%(tiers)s::int[])[g] + 1 END, %(desk)s, (%(groups)s::bigint[])[g],
  (%(agents)s::bigint[])[g], (%(requesters)s::bigint[])[1 + n %% cardinality(%(requesters)s)],
  (%(services)s::bigint[])[1 + n %% cardinality(%(services)s)], 'mail', '{}'::jsonb, 'requester', opened_at, opened_at,
  opened_at + interval '1 hour', '', '', 0, 6, '', '', 0
FROM (SELECT n, 1 + n %% cardinality(%(groups)s) AS g, now() - (n %% 14) * interval '1 day' - n * interval '0.4 second'
             AS opened_at FROM generate_series(1, %(tickets)s) n) AS plan ORDER BY n
"""
_ENTRIES = """
INSERT INTO timeline_timelineentry (subject_kind, subject_id, seq, at, actor_label, on_behalf_of, kind, data, audience,
  request_id)
SELECT 'ticket', t.id, e.seq, t.opened_at + e.after * interval '1 minute', 'bench', '', e.kind, e.data, 'internal', ''
FROM tickets_ticket t, LATERAL (VALUES
  (1, 0, 'ticket.opened', jsonb_build_object('ticket_kind', t.kind, 'title', t.title, 'desk_id', t.desk_id,
    'requester_id', t.requester_id, 'organisation_id', NULL, 'service_id', NULL, 'channel', 'mail', 'facts',
    '{"product": "Secure Access"}'::jsonb, 'impact', 3, 'urgency', 2, 'priority', 4)),
  (2, 1, 'ticket.classified', jsonb_build_object('ticket_kind', t.kind, 'service_id', t.service_id, 'impact', 3,
    'urgency', 2, 'priority', t.priority, 'why', jsonb_build_object('words', repeat('because ', 40)))),
  (3, 2, 'ticket.assigned', jsonb_build_object('tier', t.tier, 'group_id', t.group_id, 'person_id', t.assignee_id,
    'why', jsonb_build_object('words', repeat('because ', 40)))),
  (4, 60, 'ticket.replied', jsonb_build_object('message_id', 1, 'by_machine', false)),
  (5, 300, 'ticket.message_received', jsonb_build_object('message_id', 2, 'author_id', NULL, 'channel', 'mail')),
  (6, 400, CASE WHEN t.waiting_for <> '' THEN 'ticket.wait_started' WHEN t.offered_tier IS NOT NULL
     THEN 'ticket.offered' ELSE 'ticket.note_added' END, jsonb_build_object('waiting_for', t.waiting_for, 'tier',
     t.offered_tier, 'group_id', NULL, 'message_id', 3))) AS e (seq, after, kind, data)
ORDER BY t.id, e.seq
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tickets", type=int, default=100_000, metavar="N", help="open tickets (100000)")


def run(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    _fill(args.tickets)
    yield {"measure": "one_ticket", **_one_ticket()}
    change = _proposed()
    yield {"measure": "preview", **_measured(args.tickets, lambda: _preview(change))}
    change.refresh_from_db()
    yield {"measure": "diff", "moved": change.moved, "later": change.later, "breach_now": change.breached}
    yield {"measure": "apply", **_measured(args.tickets, lambda: _apply(change))}
    yield {"measure": "same_as_alone", **_compared()}


def _fill(tickets: int) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        given = {**seed._people(1000), "tickets": tickets}  # noqa: SLF001 (the cast of the other benchmarks)
        cursor.execute(_TICKETS, given)
        cursor.execute(_ENTRIES)
    seed.settle()


def _one_ticket() -> dict[str, Any]:
    """All clocks of one ticket: from its timeline at hand, and with both statements."""
    from tierline.core.kernel import clock
    from tierline.core.timeline import queries as timeline
    from tierline.desk.sla.queries import promised
    from tierline.desk.tickets.models import Ticket
    from tierline.desk.tickets.queries.clocks import clocks_of
    from tierline.desk.tickets.queries.stopwatches import past_of

    picked = random.Random(5).sample(list(Ticket.objects.values_list("pk", flat=True)), LOOKS)
    tickets, now = list(Ticket.objects.filter(pk__in=picked)), clock.now()
    timelines = [timeline.entries("ticket", one.pk) for one in tickets]
    known, alone, whole = promised(()), [], []
    for one, entries in zip(tickets, timelines, strict=True):
        alone.append(_spent(lambda past=entries: past_of(past, known.plan).readings(known.book, now)))
        whole.append(_spent(lambda ticket=one: clocks_of(ticket, now)))
    return {
        "looks": LOOKS, "read_ms": _median(alone), "read_p95_ms": _p95(alone),
        "with_statements_ms": _median(whole), "with_statements_p95_ms": _p95(whole),
    }  # fmt: skip


def _spent(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _median(spent: list[float]) -> float:
    return round(statistics.median(spent), 3)


def _p95(spent: list[float]) -> float:
    return round(sorted(spent)[len(spent) * 95 // 100], 3)


def _proposed() -> "ClockChange":
    """Hours of another time zone that open earlier and close for lunch: every due time that is ahead moves."""
    from tierline.core.kernel.actors import Actor
    from tierline.desk.sla import operations as sla

    setup = Actor(label="set-up", roles=frozenset({"administrator"}))
    return sla.propose_calendar(
        actor=setup, key="office-hours", name="Office hours", zone="Europe/Berlin",
        week=[[[420, 720], [780, 1080]]] * 5 + [[], []], closures=[{"day": "2026-12-24", "name": "Christmas Eve"}],
    )  # fmt: skip


def _preview(change: "ClockChange") -> None:
    from tierline.core.kernel.actors import Actor
    from tierline.desk.tickets import operations

    operations.preview_change(actor=Actor.machine("clocks"), change_id=change.pk)


def _apply(change: "ClockChange") -> None:
    from tierline.core.kernel.actors import Actor
    from tierline.desk.tickets import operations

    setup = Actor(label="set-up", roles=frozenset({"administrator"}))
    operations.apply_change(actor=setup, change_id=change.pk)
    operations.reread_clocks(actor=Actor.machine("clocks"), change_id=change.pk)


def _measured(tickets: int, work: Callable[[], None]) -> dict[str, Any]:
    started, before = time.perf_counter(), time.process_time()
    work()
    wall, spent = time.perf_counter() - started, time.process_time() - before
    return {
        "tickets": tickets, "seconds": round(wall, 1), "cpu_seconds": round(spent, 1),
        "tickets_a_second": round(tickets / wall), "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def _compared() -> dict[str, Any]:
    """Whether a sample of rows holds what each ticket gives when it is read alone, and each has its alarm."""
    from django.db import connection

    from tierline.core.kernel import clock
    from tierline.desk.sla.models import ClockChange
    from tierline.desk.tickets.models import Ticket
    from tierline.desk.tickets.queries.clocks import clocks_of, next_due

    applied = ClockChange.objects.get()
    now, wrong = applied.applied_at or clock.now(), 0
    for ticket in Ticket.objects.order_by("?")[:SAMPLE]:
        _metric, reading = next_due(clocks_of(ticket, now))
        wrong += ticket.due_at != (reading.due_at if reading else None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tickets.check_clock'")
        (alarms,) = cursor.fetchone()
    return {"sample": SAMPLE, "different": wrong, "alarms": alarms, "took": str(_took(applied))}


def _took(change: "ClockChange") -> timedelta:
    return (change.finished_at or change.applied_at) - change.applied_at
