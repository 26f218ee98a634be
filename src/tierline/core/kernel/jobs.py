"""Work for later, in the transaction that asks for it: a thin wrapper around procrastinate.

A job carries ids only and is safe to repeat. Roll-back discards it, commit keeps it. A job that raises is tried again
with growing pauses, unless the error says that another try cannot help (`TierlineError.permanent`); a job of a killed
worker is put back by `reap_stalled`.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connection, transaction
from procrastinate import BaseRetryStrategy, RetryDecision, exceptions
from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job

from . import clock, failed_jobs, rows
from .errors import TierlineError

MAX_TRIES = 10
FIRST_PAUSE = 5  # seconds, doubled with each try
LONGEST_PAUSE = 3600  # seconds
STALLED_AFTER = 30  # seconds without a heartbeat of the worker
SLOW = "slow"  # the queue of jobs that take longer than a person waits
QUICK = "default"


class Backoff(BaseRetryStrategy):
    """5, 10, 20 ... seconds, at most an hour, ten tries; none after a permanent error."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, TierlineError) and exception.permanent:
            return None
        if job.attempts >= MAX_TRIES:
            return None
        return RetryDecision(retry_in={"seconds": min(LONGEST_PAUSE, FIRST_PAUSE * 2**job.attempts)})


_work_of: dict[str, Callable[..., None]] = {}


def meaning(name: str) -> str:
    """What a job is for, in one sentence; its name when nobody knows it any more."""
    known = _work_of.get(name)
    return ((known.__doc__ or "") if known else "").partition("\n")[0].strip() or name


def job(name: str, *, cron: str = "", slow: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function of a room's `jobs.py` known as `name` (`room.verb`).

    With `cron` (five fields, UTC) it also runs by itself, without arguments. A `slow` one may take minutes.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        def run(context: JobContext, /, timestamp: int | None = None, **ids: int) -> None:
            del timestamp  # the queue's own note of when a periodic run was due
            try:
                function(**ids)
            except Exception as problem:
                if context.job.id is not None:
                    failed_jobs.note(context.job.id, problem)
                raise

        run.__doc__ = function.__doc__
        _work_of[name] = function
        task = app.task(name=name, queue=SLOW if slow else QUICK, retry=Backoff(), pass_context=True)(run)
        if cron:
            app.periodic(cron=cron, periodic_id=name)(task)
        return function

    return register


def enqueue(name: str, *, at: datetime | None = None, lock: str | None = None, **ids: int) -> bool:
    """Queue one job in the current transaction.

    `at` is the earliest moment to run. `lock` names the job among the waiting ones: while one with this name waits, a
    second is not queued and the answer is False.
    """
    deferrer = app.configure_task(name, schedule_at=at, queueing_lock=lock)
    if lock is None:
        deferrer.defer(**ids)
        return True
    try:
        with transaction.atomic():  # the refused duplicate must not spoil the caller's transaction
            deferrer.defer(**ids)
    except exceptions.AlreadyEnqueued:
        return False
    return True


_ALARMS = """
INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at, queueing_lock)
SELECT 'default', %s, jsonb_build_object(%s::text, wanted.id), wanted.at, %s || ':' || wanted.id
  FROM unnest(%s::bigint[], %s::timestamptz[]) AS wanted (id, at)
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO UPDATE SET scheduled_at = EXCLUDED.scheduled_at"""


def set_alarms(name: str, id_name: str, wanted: Sequence[tuple[int, datetime]]) -> None:
    """One waiting job `name` for each id, at its moment, in one statement: an alarm that waits already is moved."""
    if wanted:
        ids, moments = zip(*wanted, strict=True)
        rows.run(_ALARMS, [name, id_name, name, list(ids), list(moments)])


# What the queue's own function does, as a part of the statement that writes the row.
_FOR_ROW = """
queued AS (
    INSERT INTO procrastinate_jobs (queue_name, task_name, args)
    SELECT 'default', task, jsonb_build_object(%s::text, key)
    FROM {row}, unnest(%s::text[]) WITH ORDINALITY AS wanted (task, place) ORDER BY place)
"""


def for_row(id_name: str, names: Iterable[str]) -> rows.Also | None:
    """Jobs of these names, queued together with a new row whose key each gets as `id_name`: see `rows.insert`."""
    wanted = list(names)
    return rows.Also(_FOR_ROW, (id_name, wanted)) if wanted else None


def drain(until: datetime | None = None, *, limit: int = 100_000) -> int:
    """Run every due job in this process, in order, and return how many ran.

    For tests and for the demo company: "due" follows the simulated clock (`until`, else `clock.now()`). An error
    leaves its job waiting and is raised.
    """
    done = 0
    while due := _due(until or clock.now()):
        if done >= limit:
            raise RuntimeError(f"still jobs waiting after {limit}: does one queue itself for ever?")
        done += _run_round(due)
    return done


_ROUND = 200
_WAITING = """
SELECT id, task_name, args::text FROM procrastinate_jobs
 WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= %s)
 ORDER BY coalesce(scheduled_at, '-infinity'), id LIMIT %s"""

_TAKEN = "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = ANY(%s)"
_PUT_BACK = """
UPDATE procrastinate_jobs AS j SET status = 'todo' WHERE id = ANY(%s) AND NOT EXISTS (
    SELECT FROM procrastinate_jobs AS o WHERE o.queueing_lock = j.queueing_lock AND o.status = 'todo')"""


def _due(moment: datetime) -> list[tuple[int, str, dict[str, Any]]]:
    found = rows.run(_WAITING, [moment, _ROUND]).fetchall()
    return [(int(pk), str(name), json.loads(args)) for pk, name, args in found]


def _run_round(due: list[tuple[int, str, dict[str, Any]]]) -> int:
    """Run these jobs as a worker does, each with the transactions of its own; what was done before an error stays."""
    left = [job_id for job_id, _name, _args in due]
    rows.run(_TAKEN, [left])  # not waiting any more: a job may queue its own successor under the same lock
    finished: list[int] = []
    try:
        for _job_id, name, args in due:
            _work_of[name](**args)
            finished.append(left.pop(0))
    finally:
        rows.run("DELETE FROM procrastinate_jobs WHERE id = ANY(%s)", [finished])
        if left:
            rows.run(_PUT_BACK, [left])
    return len(finished)


def waiting() -> int:
    """How many jobs wait or run now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def reap_stalled() -> int:
    """Put the jobs of killed workers back into the queue; returns how many."""
    stalled = list(async_to_sync(app.job_manager.get_stalled_jobs)(seconds_since_heartbeat=STALLED_AFTER))
    for found in stalled:
        async_to_sync(app.job_manager.retry_job)(found, retry_at=datetime.now(UTC))  # noqa: TID251 (the queue's time)
    return len(stalled)


@job("kernel.reap_stalled", cron="* * * * *")
def _reap() -> None:
    reap_stalled()
    failed_jobs.sweep()


def run_worker(*, concurrency: int = 2, slow: int = 2) -> None:
    """Work until SIGINT or SIGTERM; the jobs of a worker that was killed before are taken up first.

    `concurrency` quick jobs run at once, and `slow` of those that may take minutes.
    """
    reap_stalled()
    connection.close()
    connector: Any = app.connector
    with app.replace_connector(connector.get_worker_connector()) as working:
        asyncio.run(_work(working, concurrency, slow))


async def _work(working: Any, concurrency: int, slow: int) -> None:  # noqa: ANN401 (procrastinate's App behind a proxy)
    async with working.open_async():
        # the quick one hears the signals; whichever ends first, the other is told to end in good order
        both = [
            asyncio.create_task(_serve(working, QUICK, concurrency, install_signal_handlers=True)),
            asyncio.create_task(_serve(working, SLOW, slow, install_signal_handlers=False)),
        ]
        ended, others = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for other in others:
            other.cancel()
        await asyncio.wait(both)
        for one in ended:
            one.result()


async def _serve(working: Any, queue: str, concurrency: int, *, install_signal_handlers: bool) -> None:  # noqa: ANN401
    await working.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=concurrency,
        delete_jobs="successful",
        shutdown_graceful_timeout=timedelta(seconds=8).total_seconds(),
        install_signal_handlers=install_signal_handlers,
    )
