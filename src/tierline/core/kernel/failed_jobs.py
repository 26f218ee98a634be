"""Work that went wrong: why, what becomes of it, and the verbs of those who put it right. Rights are the caller's."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction

from . import clock, rows
from .errors import TierlineError
from .models import JobProblem
from .text import one_line

log = logging.getLogger(__name__)
_LIMIT = 500  # characters of a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A job that went wrong: `why` is the newest reason, "" when none was noted; `next_at` when it is tried again."""

    job_id: int
    name: str
    args: dict[str, Any]
    attempts: int
    why: str
    at: datetime | None
    next_at: datetime | None


def note(job_id: int, problem: BaseException) -> None:
    """Keep why a job went wrong. Never raises: the problem itself is what the queue must hear of."""
    words = problem.for_people() if isinstance(problem, TierlineError) else f"{type(problem).__name__}: {problem}"
    kept = {"words": one_line(words, _LIMIT), "at": clock.now()}
    try:
        JobProblem.objects.update_or_create(job_id=job_id, defaults=kept)
    except DatabaseError:
        log.warning("why job %s went wrong could not be noted", job_id, exc_info=True)


_FOUND = """
SELECT j.id, j.task_name, j.args::text, j.attempts, coalesce(p.words, ''), p.at, j.scheduled_at
  FROM procrastinate_jobs j LEFT JOIN kernel_jobproblem p ON p.job_id = j.id
 WHERE {which} ORDER BY j.id DESC LIMIT %s"""
_GAVE_UP = _FOUND.format(which="j.status = 'failed'")
_AGAIN = _FOUND.format(which="j.status = 'todo' AND j.attempts > 0")


def gave_up(limit: int = 100) -> list[Failure]:
    """The newest jobs that are not tried again by themselves."""
    return _read(_GAVE_UP, limit)


def tried_again(limit: int = 100) -> list[Failure]:
    """The newest jobs that went wrong and wait for another try."""
    return _read(_AGAIN, limit)


def _read(statement: str, limit: int) -> list[Failure]:
    found = rows.run(statement, [limit]).fetchall()
    return [
        Failure(job_id=pk, name=name, args=json.loads(args), attempts=tries, why=why, at=at, next_at=due)
        for pk, name, args, tries, why, at, due in found
    ]


def how_many_gave_up() -> int:
    """How many jobs are not tried again by themselves."""
    return int(rows.run("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'", []).fetchone()[0])


# A job with a name of its own (`queueing_lock`) that waits already stands for the one that gave up.
_RETRY = """
UPDATE procrastinate_jobs AS j SET status = 'todo', attempts = 0, scheduled_at = NULL
 WHERE j.id = %s AND j.status = 'failed' AND NOT EXISTS (
    SELECT FROM procrastinate_jobs o WHERE o.queueing_lock = j.queueing_lock AND o.status = 'todo') RETURNING j.id"""
_DROP = "DELETE FROM procrastinate_jobs WHERE id = %s AND status = 'failed' RETURNING id, task_name"


def retry(job_id: int) -> bool:
    """Have a job that gave up tried again from the beginning. False when there is none, or its like waits already."""
    with transaction.atomic():
        return rows.run(_RETRY, [job_id]).fetchone() is not None


def drop(job_id: int, *, by: str) -> bool:
    """Forget a job that gave up: what it was to do stays undone. False when there is none."""
    with transaction.atomic():
        dropped = rows.run(_DROP, [job_id]).fetchone()
        JobProblem.objects.filter(job_id=job_id).delete()
    if dropped is not None:
        log.warning("%s dropped job %s (%s)", by, *dropped)
    return dropped is not None


def sweep() -> int:
    """Forget why jobs went wrong that are done. Returns how many."""
    done = "DELETE FROM kernel_jobproblem p WHERE NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE j.id = p.job_id)"
    return int(rows.run(done, []).rowcount)
