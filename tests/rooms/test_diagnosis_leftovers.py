"""A reader that was killed leaves a folder behind: the next job removes it, and the file is read again."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import pytest_django
from django.db import connection, transaction

from tests.support.committed import committed_rows
from tests.support.desk import small_desk
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.work.diagnosis import jobs, operations
from tierline.work.diagnosis.models import Evidence
from tierline.work.diagnosis.operations import leftovers, process
from tierline.work.diagnosis.queries.unfinished import folder_of, readings

MACHINE = Actor.machine("diagnosis")
LETTERS = bytes.maketrans(b"0123456789", b"abcdefghij")
SLOW = b"".join(b"word %d\n" % (at * at * 7919) for at in range(20_000)).translate(LETTERS)


@pytest.fixture(autouse=True)
def _committed(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), committed_rows():
        yield


def collected(content: bytes = b"2026-11-23 10:04:02 ERROR rekey window exceeded\n") -> Evidence:
    file = tickets.NewAttachment(name="a.log", content_type="text/plain", content=content)
    ticket = small_desk().ticket(attachments=[file])
    return operations.collect(actor=MACHINE, ticket_id=ticket.pk, attachment_id=ticket.attachments.get().pk)


def left(name: str) -> Path:
    """A folder as a killed reader leaves it."""
    folder = readings() / name
    folder.mkdir(parents=True)
    for part in ("target", "index", "progress", "findings"):
        (folder / part).write_text("half")
    return folder


def test_the_job_process_is_killed_and_the_file_is_read_again() -> None:
    evidence = collected(SLOW)
    folder = folder_of(evidence.pk)
    connection.close()
    pid = os.fork()
    if pid == 0:  # a worker of its own, with its own connection
        operations.analyse(actor=MACHINE, evidence_id=evidence.pk)
        os._exit(0)
    until = time.monotonic() + 20
    while not (folder / "progress").exists() and time.monotonic() < until:
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert (folder / "progress").exists()
    entry = TimelineEntry.objects.of("ticket", evidence.ticket_id).first()
    assert entry is not None
    process._close_kept()
    jobs.analyse_attachments(entry_id=entry.pk)
    evidence.refresh_from_db()
    assert (evidence.state, evidence.lines) == ("ready", 20_000), evidence.reason
    assert not folder.exists()


def test_folders_of_nobody_go_whether_their_evidence_is_there_or_not() -> None:
    kept = left(str(collected().pk))
    gone = left("987654321")
    assert operations.clear_leftovers() == 2
    assert not kept.exists()
    assert not gone.exists()
    assert operations.clear_leftovers() == 0


def test_what_somebody_reads_at_this_moment_stays() -> None:
    evidence = collected()
    folder = left(str(evidence.pk))
    locked, leave = threading.Event(), threading.Event()

    def another() -> None:
        with transaction.atomic():
            Evidence.objects.select_for_update(no_key=True).get(pk=evidence.pk)
            locked.set()
            leave.wait(30)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        reads = pool.submit(another)
        assert locked.wait(30)
        assert operations.clear_leftovers() == 0
        assert (folder / "progress").exists()
        leave.set()
        reads.result()
    assert operations.clear_leftovers() == 1


def test_a_copy_for_one_question_goes_when_nobody_can_still_work_on_it() -> None:
    old, new = left(f"{process.ONCE}old"), left(f"{process.ONCE}new")
    long_ago = time.time() - process.LONGEST_READING - 1
    os.utime(old, (long_ago, long_ago))
    jobs.clear()
    assert not old.exists()
    assert new.exists()
    leftovers.shutil.rmtree(new)


def test_what_is_no_folder_of_ours_is_left_alone() -> None:
    foreign = left("lost+found")
    assert operations.clear_leftovers() == 0
    assert foreign.exists()
    leftovers.shutil.rmtree(foreign)
