"""How fast mail comes in: one process, by the threads of the mail receiver, each message in commits of its own.

    ./tierline bench intake --messages 1000 --tickets 10000

The floor of the same run is what the same PostgreSQL does with nothing in between: the standard library's parser, one
look-up by message id and one statement that writes ticket, message (with its search words) and event.
"""

import argparse
import cProfile
import email
import email.policy
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bench.mails import WORDS, Writer

WARM_UP = 50  # mails
TURN = 50  # mails


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--messages", type=int, default=1000, metavar="N", help="how many to receive (1000)")
    parser.add_argument("--tickets", type=int, default=1000, metavar="N", help="how many there are already (1000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="for the random words (1)")
    parser.add_argument("--threads", type=int, metavar="N", help="that take mail (as many as the receiver has)")
    parser.add_argument("--profile", metavar="FILE", help="write a cProfile of our part, on one thread, to FILE")


def run(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    _fill(args.tickets)
    mails = Writer(args.seed).stream(WARM_UP + args.messages)
    outcomes: Counter[str] = Counter()
    peaks: list[float] = []
    ours = _profiled(args.profile) if args.profile else _ours(args, outcomes, peaks)
    with _floor() as floor, ours as receiver:
        took = _in_turns(mails, _timed(floor), receiver)
    floor_told, ours_told = (one.told() for one in took)
    yield {"measure": "intake_floor", "messages": args.messages, **floor_told}
    yield {
        "measure": "intake",
        "messages": args.messages,
        "tickets_before": args.tickets,
        **ours_told,
        "floor_per_s": floor_told["messages_per_s"],
        "ratio": round(ours_told["messages_per_s"] / floor_told["messages_per_s"], 3),
        "outcomes": dict(sorted(outcomes.items())),
        "peak_mb": _peak_mb(),
        "grown_mb": round(_peak_mb() - (peaks or [_peak_mb()])[0], 1),
    }
    yield {"measure": "intake_statements", **_statements(Writer(args.seed + 1))}


@dataclass
class Took:
    """Seconds of the clock and of this process's computing for all mails, and of the clock for each."""

    wall: float = 0.0
    cpu: float = 0.0
    each: list[float] = field(default_factory=list)

    def told(self) -> dict[str, float]:
        return {
            **_summary(self.each),
            "messages_per_s": round(len(self.each) / self.wall, 1),
            "cpu_ms": round(1000 * self.cpu / len(self.each), 2),
        }


def _summary(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "messages_per_s": round(len(seconds) / sum(seconds), 1),
        "p50_ms": round(1000 * ordered[len(ordered) // 2], 2),
        "p95_ms": round(1000 * ordered[int(len(ordered) * 0.95)], 2),
        "max_ms": round(1000 * ordered[-1], 2),
    }


def _in_turns(mails: list[bytes], *takers: Callable[[list[bytes]], list[float]]) -> list[Took]:
    """The takers in turns of `TURN` mails: a busy minute of the machine then hits all alike.

    A taker returns the seconds that it needed for each. The first `WARM_UP` mails fill the caches and do not count.
    """
    took = [Took() for _ in takers]
    for start in range(0, len(mails), TURN):
        for taker, its in zip(takers, took, strict=True):
            began, computed = time.perf_counter(), time.process_time()
            each = taker(mails[start : start + TURN])
            if start >= WARM_UP:
                its.wall += time.perf_counter() - began
                its.cpu += time.process_time() - computed
                its.each += each
    return took


def _timed(taker: Callable[[bytes], object]) -> Callable[[list[bytes]], list[float]]:
    """One mail after the other."""

    def take(mails: list[bytes]) -> list[float]:
        moments = [time.perf_counter()]
        for mail in mails:
            taker(mail)
            moments.append(time.perf_counter())
        return [after - before for before, after in pairwise(moments)]

    return take


@contextmanager
def _ours(
    args: argparse.Namespace, outcomes: "Counter[str]", peaks: list[float]
) -> Iterator[Callable[[list[bytes]], list[float]]]:
    """The threads of the mail receiver; notes outcomes, and the memory held when everything is warm."""
    from django.conf import settings

    from tierline.work.intake.resident import Takers

    takers = Takers(args.threads or settings.TIERLINE_MAIL_THREADS)

    def take(mails: list[bytes]) -> list[float]:
        spent: list[float] = []
        begun = []
        for mail in mails:
            begun.append(takers.receive(mail))  # returns when a thread is free for it
            began = time.perf_counter()
            begun[-1].add_done_callback(lambda _, began=began: spent.append(time.perf_counter() - began))
        outcomes.update(one.result().outcome for one in begun)
        if outcomes.total() >= 2 * WARM_UP and not peaks:
            peaks.append(_peak_mb())
        return spent

    yield take
    takers.stop()


@contextmanager
def _profiled(file: str) -> Iterator[Callable[[list[bytes]], list[float]]]:
    """What one thread does, by cProfile."""
    from tierline.core.kernel.actors import Actor
    from tierline.work.intake.operations import receive

    profiler, intake = cProfile.Profile(), Actor.machine("intake")
    yield _timed(lambda mail: profiler.runcall(receive, actor=intake, content=mail))
    profiler.dump_stats(file)


def _peak_mb() -> float:
    """The most memory that this process has held so far."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kilobytes / 1024, 1)


def _statements(writer: Writer) -> dict[str, int]:
    """SQL statements for one message of each kind, all included."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tierline.core.kernel.actors import Actor
    from tierline.work.intake.operations import receive

    counted: dict[str, int] = {}
    for mail in writer.stream(200):
        with CaptureQueriesContext(connection) as captured:
            outcome = receive(actor=Actor.machine("intake"), content=mail).outcome
        counted[outcome] = min(counted.get(outcome, 10_000), len(captured))
    return counted


_SCHEMA = """
CREATE SCHEMA floor;
SET search_path TO floor, public;
CREATE TABLE tickets (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, queue_id int NOT NULL,
  status text NOT NULL, priority smallint NOT NULL, owner_id int, requester text NOT NULL, subject text NOT NULL,
  created timestamptz NOT NULL, updated timestamptz NOT NULL, due timestamptz);
CREATE TABLE messages (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  ticket_id bigint NOT NULL REFERENCES tickets, author text NOT NULL, kind text NOT NULL, created timestamptz NOT NULL,
  message_id text, body text NOT NULL,
  tsv tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED);
CREATE TABLE events (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  ticket_id bigint NOT NULL REFERENCES tickets, kind text NOT NULL, actor text, created timestamptz NOT NULL,
  data jsonb NOT NULL);
INSERT INTO tickets (id, queue_id, status, priority, requester, subject, created, updated)
  SELECT id, 0, 'open', 3, 'x', title, opened_at, changed_at FROM public.tickets_ticket;
SELECT setval('tickets_id_seq', (SELECT coalesce(max(id), 1) FROM tickets));
INSERT INTO messages (ticket_id, author, kind, created, message_id, body)
  SELECT ticket_id, author_label, 'create', created_at, id::text, text FROM public.tickets_message;
CREATE INDEX ON tickets (queue_id, priority DESC, created) WHERE status IN ('new', 'open', 'pending');
CREATE INDEX ON messages (ticket_id, created);
CREATE UNIQUE INDEX ON messages (message_id);
CREATE INDEX ON events (ticket_id, created);
CREATE INDEX ON messages USING gin (tsv);
"""
_LOOK_UP = "SELECT ticket_id FROM messages WHERE message_id = ANY(%s)"
_WRITE = """
WITH t AS (INSERT INTO tickets (queue_id, status, priority, requester, subject, created, updated, due)
  VALUES (0, 'new', 3, %s, %s, now(), now(), now() + interval '8h') RETURNING id),
m AS (INSERT INTO messages (ticket_id, author, kind, created, message_id, body)
  SELECT id, %s, 'create', now(), %s, %s FROM t),
e AS (INSERT INTO events (ticket_id, kind, actor, created, data)
  SELECT id, 'created', %s, now(), '{"via": "mail"}' FROM t)
SELECT id FROM t
"""


@contextmanager
def _floor() -> Iterator[Callable[[bytes], object]]:
    import psycopg
    from django.db import connection

    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as floor:
        floor.autocommit = True
        floor.execute(_SCHEMA)
        floor.execute("ANALYZE")

        def take(content: bytes) -> None:
            who, subject, ids, text = _parse(content)
            floor.execute(_LOOK_UP, (ids,)).fetchone()
            floor.execute(_WRITE, (who, subject, who, ids[0], text, who)).fetchone()

        yield take
        floor.execute("DROP SCHEMA floor CASCADE")


def _parse(content: bytes) -> tuple[str, str, list[str], str]:
    mail = email.message_from_bytes(content, policy=email.policy.compat32)
    parts = (part for part in mail.walk() if part.get_content_type() == "text/plain")
    part = next(parts, None)
    payload = part.get_payload(decode=True) if part else b""
    text = payload.decode("utf-8", "replace").replace("\0", "") if isinstance(payload, bytes) else ""
    return str(mail["From"]), str(mail["Subject"]), [str(mail["Message-ID"]), str(mail["In-Reply-To"] or "")], text


_FILL = """
INSERT INTO people_person (email, name, roles, password, locale, timezone, theme, vip, is_active, capacity, created_at,
  job_title, phone, desk_roles, version)
SELECT 'customer' || n || '@customers.example', 'Customer ' || n, '{requester}', '', 'en', 'UTC', 'system', false, true,
  20, now(), '', '', '{}', 0 FROM generate_series(0, 499) n;
INSERT INTO tickets_ticket (kind, title, status, waiting_for, impact, urgency, priority, tier, tiers_tried, desk_id,
  requester_id, channel, facts, last_word, opened_at, changed_at, resolution_code, resolution, reopened, version,
  due_kind, clock, clock_share)
SELECT 'incident', 'Seeded ' || n, CASE WHEN n %% 7 = 0 THEN 'open' ELSE 'closed' END, '', 3, 2, 4, 0, '{}',
  (SELECT min(id) FROM people_desk), (SELECT min(id) FROM people_person) + n %% 500, 'mail', '{}', 'requester',
  now() - n * interval '1 minute', now() - n * interval '1 minute', '', '', 0, 1, '', '', 0
FROM generate_series(1, %(tickets)s) n;
INSERT INTO tickets_message (ticket_id, audience, direction, author_id, author_label, by_machine, channel, text, html,
  message_id, created_at)
SELECT id, 'requester', 'in', requester_id, 'Customer', false, 'mail',
  (SELECT string_agg((%(words)s::text[])[1 + (id * 7919 + i * i * 31) %% %(many)s], ' ') FROM generate_series(1, 80) i),
  '', '', opened_at FROM tickets_ticket;
INSERT INTO tickets_ticketwords (ticket_id, words, public_words)
SELECT ticket_id, to_tsvector('simple', text), to_tsvector('simple', text) FROM tickets_message;
INSERT INTO timeline_timelineentry (subject_kind, subject_id, seq, at, actor_label, on_behalf_of, kind, data, audience,
  request_id)
SELECT 'ticket', id, 1, opened_at, 'seed', '', 'ticket.opened', '{}', 'requester', '' FROM tickets_ticket;
INSERT INTO kernel_blob (sha256, size, inline, created_at)
SELECT encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), 3, 'abc', created_at FROM tickets_message;
INSERT INTO intake_inboundmessage (blob_id, channel, received_at, understood_at, outcome, reason, mail_id, fingerprint,
  sender, subject, may_answer, ticket_id, message_id)
SELECT encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), 'mail', created_at, created_at, 'ticket', '',
  id || '@seeded.example', id::text, '', '', false, ticket_id, id FROM tickets_message;
"""


def _fill(tickets: int) -> None:
    """A desk with a life behind it, written by a few statements: only its size matters here."""
    from django.db import connection

    from tierline.desk.people.models import Desk

    Desk.objects.create(key="it", name="IT", kind="it")
    words = WORDS[:2000]
    with connection.cursor() as cursor:
        cursor.execute("SET client_min_messages TO error")
        for statement in _FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, {"tickets": tickets, "words": words, "many": len(words)})
        cursor.execute("ANALYZE")
