"""Work that goes wrong keeps its reason, and is tried again or forgotten by hand."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import DatabaseError, connection
from procrastinate.contrib.django import app

from tierline.core.kernel import failed_jobs, jobs, rows
from tierline.core.kernel.errors import Refused
from tierline.core.kernel.models import JobProblem

pytestmark = pytest.mark.django_db
calls: list[int] = []


@jobs.job("tests.work_that_fails")
def _work(*, ticket_id: int) -> None:
    """Do what cannot be done.

    Not told to people.
    """
    calls.append(ticket_id)
    raise Refused("The shop is shut.", todo="Open it.")


def queued(**columns: object) -> int:
    jobs.enqueue("tests.work_that_fails", ticket_id=7)
    pk = rows.run("SELECT max(id) FROM procrastinate_jobs", []).fetchone()[0]
    for name, value in columns.items():
        rows.run(f"UPDATE procrastinate_jobs SET {name} = %s WHERE id = %s", [value, pk])
    return int(pk)


def failed(**columns: object) -> int:
    return queued(status="failed", attempts=10, **columns)


def statuses() -> dict[int, tuple[str, int]]:
    found = rows.run("SELECT id, status::text, attempts FROM procrastinate_jobs", []).fetchall()
    return {pk: (status, attempts) for pk, status, attempts in found}


class _Context:
    """What the queue hands to a task: the job it runs."""

    def __init__(self, job_id: int | None) -> None:
        self.job = type("Job", (), {"id": job_id})()


def run(job_id: int | None) -> None:
    task: Any = app.tasks["tests.work_that_fails"]
    assert task.pass_context, "without it the reason could not be kept"
    assert not asyncio.iscoroutinefunction(task.func)
    task.func(_Context(job_id), ticket_id=7)


def test_a_job_that_goes_wrong_keeps_its_newest_reason() -> None:
    pk = failed()
    failed_jobs.note(pk, ValueError("old"))
    with pytest.raises(Refused):
        run(pk)
    [one] = failed_jobs.gave_up()
    assert (one.job_id, one.args, one.attempts) == (pk, {"ticket_id": 7}, 10)
    assert one.why == "The shop is shut. Open it."
    assert one.at is not None


def test_a_job_without_a_number_is_no_trouble() -> None:
    with pytest.raises(Refused):
        run(None)
    assert not JobProblem.objects.exists()


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (ValueError("no\nsuch  thing"), "ValueError: no such thing"),
        (KeyError("x" * 2000), "KeyError: 'xxx"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_reasons_are_one_short_line(problem: Exception, words: str) -> None:
    pk = failed()
    failed_jobs.note(pk, problem)
    [one] = failed_jobs.gave_up()
    assert words in one.why
    assert len(one.why) <= 500
    assert "\n" not in one.why


def test_a_reason_that_cannot_be_kept_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: object) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(JobProblem.objects, "update_or_create", away)
    with pytest.raises(Refused, match="shut"):
        run(failed())


def test_a_job_says_what_it_is_for() -> None:
    assert jobs.meaning("tests.work_that_fails") == "Do what cannot be done."
    assert jobs.meaning("of.a.plug_in_that_was_removed") == "of.a.plug_in_that_was_removed"


def test_what_gave_up_and_what_is_tried_again_are_told_apart() -> None:
    gone, new, late = failed(), queued(), queued(attempts=3)
    assert [one.job_id for one in failed_jobs.gave_up()] == [gone]
    assert [one.job_id for one in failed_jobs.tried_again()] == [late]
    assert failed_jobs.how_many_gave_up() == 1
    assert new not in {one.job_id for one in failed_jobs.tried_again()}


def test_tried_again_it_begins_anew() -> None:
    pk = failed()
    assert failed_jobs.retry(pk)
    assert statuses()[pk] == ("todo", 0)
    assert not failed_jobs.retry(pk), "it waits already"
    calls.clear()
    with pytest.raises(Refused):
        jobs.drain()
    assert calls == [7]


def test_the_same_work_that_waits_already_stands_for_it() -> None:
    pk = failed(queueing_lock="only-one")
    waiting = queued(queueing_lock="only-one")
    assert not failed_jobs.retry(pk)
    assert (statuses()[pk][0], statuses()[waiting][0]) == ("failed", "todo")


def test_only_what_gave_up_can_be_dropped() -> None:
    pk, waiting = failed(), queued()
    failed_jobs.note(pk, ValueError("x"))
    assert failed_jobs.drop(pk, by="Ada")
    assert not failed_jobs.drop(pk, by="Ada")
    assert not failed_jobs.drop(waiting, by="Ada")
    assert set(statuses()) == {waiting}
    assert not JobProblem.objects.exists()


def test_reasons_of_what_is_done_are_forgotten() -> None:
    pk, done = failed(), failed()
    for one in (pk, done):
        failed_jobs.note(one, ValueError("x"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [done])
    assert failed_jobs.sweep() == 1
    assert list(JobProblem.objects.values_list("job_id", flat=True)) == [pk]
