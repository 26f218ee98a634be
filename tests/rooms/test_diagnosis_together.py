"""Two examinations of one ticket at the same moment: one file is read once, and both end with a whole diagnosis."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import pytest_django
from django.db import connection, transaction

from tests.support.committed import committed_rows
from tests.support.desk import small_desk
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.diagnosis import operations
from tierline.work.diagnosis.errors import ReadElsewhere
from tierline.work.diagnosis.models import Evidence, Match


@pytest.fixture(autouse=True)
def _committed(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), committed_rows():
        yield


MACHINE = Actor.machine("diagnosis")
LOG = b"2026-11-23 10:04:02 ERROR rekey window exceeded\n" * 200


def ticket_with_log() -> Ticket:
    desk = small_desk()
    rule = {"all_of": [{"kind": "template", "value": "rekey window"}]}
    operations.register_matcher(actor=desk.actor(3), ref="KE-1", title="Rekey", matcher=rule)
    return desk.ticket(attachments=[tickets.NewAttachment(name="a.log", content_type="text/plain", content=LOG)])


def entries(ticket: Ticket, kind: str) -> list[TimelineEntry]:
    return list(TimelineEntry.objects.of("ticket", ticket.pk).filter(kind=kind))


def in_own_connection(work: Callable[[], Any]) -> Any:
    """Run in this thread and close the connection that the thread opened."""
    try:
        return work()
    finally:
        connection.close()


def test_a_file_that_is_read_by_another_is_left_to_it() -> None:
    ticket = ticket_with_log()
    attachment = ticket.attachments.get()
    evidence = operations.collect(actor=MACHINE, ticket_id=ticket.pk, attachment_id=attachment.pk)
    locked, leave = threading.Event(), threading.Event()

    def another() -> None:
        with transaction.atomic():
            Evidence.objects.select_for_update().get(pk=evidence.pk)
            locked.set()
            leave.wait(30)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(in_own_connection, another)
        assert locked.wait(30)
        for verb in (operations.analyse, operations.analyse_if_new):
            with pytest.raises(ReadElsewhere, match="being read at this moment"):
                verb(actor=MACHINE, evidence_id=evidence.pk)
        with pytest.raises(ReadElsewhere):
            operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
        leave.set()
        waiting.result(30)
    assert entries(ticket, "evidence.analysed") == entries(ticket, "diagnosis.completed") == []
    assert not ReadElsewhere.permanent  # so that its job comes back
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    assert len(entries(ticket, "evidence.analysed")) == 1


def test_two_examinations_at_once_read_one_file_once() -> None:
    ticket = ticket_with_log()
    causes = [entry.pk for entry in TimelineEntry.objects.of("ticket", ticket.pk)[:1]]
    start = threading.Barrier(2)

    def examine(cause: int | None) -> str:
        start.wait(30)
        try:
            operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk, cause=cause)
        except ReadElsewhere:
            return "left"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(lambda cause: in_own_connection(lambda: examine(cause)), [causes[0], None]))
    assert "done" in ends
    assert len(entries(ticket, "evidence.analysed")) == 1
    for end, cause in zip(ends, [causes[0], None], strict=True):
        if end == "left":  # the job comes back
            operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk, cause=cause)
    assert len(entries(ticket, "evidence.analysed")) == 1
    assert len(entries(ticket, "known_error.matched")) == Match.objects.filter(ticket=ticket).count() == 1
    completed = [entry.data for entry in entries(ticket, "diagnosis.completed")]
    assert [one["first"] for one in completed] == [True, False]
    assert [one["matches"] for one in completed] == [["KE-1"]] * 2


def test_one_cause_examined_twice_at_once_is_completed_once() -> None:
    ticket = ticket_with_log()
    cause = TimelineEntry.objects.of("ticket", ticket.pk)[0].pk
    start = threading.Barrier(2)

    def examine(_: int) -> None:
        start.wait(30)
        try:
            operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk, cause=cause)
        except ReadElsewhere:
            return

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: in_own_connection(lambda: examine(one)), range(2)))
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk, cause=cause)
    assert len(entries(ticket, "diagnosis.completed")) == 1
