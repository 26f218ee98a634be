"""A large file is read beside the desk's other work: neither its ticket nor another one waits for it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from procrastinate.contrib.django import app

from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import jobs, rows
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.work.diagnosis import operations
from tierline.work.diagnosis.models import Evidence
from tierline.work.diagnosis.operations import examining

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tierline.desk.tickets.models import Ticket

MACHINE = Actor.machine("diagnosis")
SMALL = "2026-11-23 10:04:02 ERROR tunnel down, reason replay\n"
BIG = "2026-11-23 10:05:02 INFO tunnel client 5.2.1 starting on Ubuntu 24.04\n" * 40

desk = held(small_desk)


def log(name: str, text: str) -> tickets.NewAttachment:
    return tickets.NewAttachment(name=name, content_type="text/plain", content=text.encode())


def done(ticket: Ticket) -> list[dict[str, Any]]:
    entries = TimelineEntry.objects.of("ticket", ticket.pk)
    return [entry.data for entry in entries if entry.kind == "diagnosis.completed"]


def waiting_slow() -> int:
    return int(rows.run("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'slow'", []).fetchone()[0])


@pytest.fixture
def _from_1_kb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "LARGE", 1_000)


@pytest.mark.django_db
@pytest.mark.usefixtures("_from_1_kb")
class TestALargeFile:
    def test_its_ticket_goes_on_and_is_looked_at_again(self, desk: SmallDesk) -> None:
        ticket = desk.ticket(attachments=[log("small.log", SMALL), log("big.log", BIG)])
        operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)

        small, big = Evidence.objects.filter(ticket=ticket).order_by("pk")
        assert (small.state, big.state) == ("ready", "pending")
        assert [one["first"] for one in done(ticket)] == [True]
        assert waiting_slow() == 1

        operations.examine_large(actor=MACHINE, evidence_id=big.pk)
        big.refresh_from_db()
        ticket.refresh_from_db()
        assert (big.state, big.lines) == ("ready", 40)
        assert [one["first"] for one in done(ticket)] == [True, False]
        assert ticket.facts["os"] == "Ubuntu 24.04"

    def test_asked_twice_it_is_read_and_told_once(self, desk: SmallDesk) -> None:
        ticket = desk.ticket(attachments=[log("big.log", BIG)])
        for _ in range(2):
            operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
        assert waiting_slow() == 1
        big = Evidence.objects.get(ticket=ticket)
        before = len(done(ticket))
        for _ in range(3):
            operations.examine_large(actor=MACHINE, evidence_id=big.pk)
        assert len(done(ticket)) == before + 1

    def test_the_queue_does_it_all(self, desk: SmallDesk) -> None:
        ticket = desk.ticket(attachments=[log("big.log", BIG)])
        operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
        jobs.drain()
        assert Evidence.objects.get(ticket=ticket).state == "ready"

    def test_one_that_is_refused_is_told_too(self, desk: SmallDesk) -> None:
        file = tickets.NewAttachment(name="big.log", content_type="text/plain", content=bytes(range(256)) * 20)
        ticket = desk.ticket(attachments=[file])
        operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
        operations.examine_large(actor=MACHINE, evidence_id=Evidence.objects.get(ticket=ticket).pk)
        assert Evidence.objects.get(ticket=ticket).state == "refused"
        assert len(done(ticket)) == 2


@pytest.mark.parametrize(
    ("name", "size", "wanted"),
    [
        ("a.log", 1_000, False),
        ("a.log", examining.LARGE, False),
        ("a.log", examining.LARGE + 1, True),
        ("a.log.gz", examining.LARGE_PACKED, False),
        ("A.ZIP", examining.LARGE_PACKED + 1, True),
        ("a.tar.zst", examining.LARGE_PACKED + 1, True),
    ],
)
def test_what_is_large(name: str, size: int, wanted: bool) -> None:
    assert examining.is_large(name, size) is wanted


@pytest.mark.parametrize(
    ("name", "queue"),
    [
        ("diagnosis.analyse_attachments", jobs.QUICK),
        ("diagnosis.examine_large", jobs.SLOW),
        ("diagnosis.rebuild", jobs.SLOW),
        ("problems.scan_past", jobs.SLOW),
        ("tickets.preview_change", jobs.SLOW),
        ("tickets.check_clock", jobs.QUICK),
    ],
)
def test_jobs_that_take_minutes_have_places_of_their_own(name: str, queue: str) -> None:
    assert app.tasks[name].queue == queue


class FakeApp:
    """Stands for the queue's program: says which queues it was asked to serve, and how each ended."""

    def __init__(self, quick: Callable[[], Any], slow: Callable[[], Any]) -> None:
        self._of = {jobs.QUICK: quick, jobs.SLOW: slow}
        self.heard: dict[str, bool] = {}
        self.at_once: dict[str, int] = {}
        self.ended: list[str] = []

    @asynccontextmanager
    async def open_async(self) -> AsyncIterator[None]:
        yield

    async def run_worker_async(self, **given: Any) -> None:
        [queue] = given["queues"]
        self.heard[queue] = given["install_signal_handlers"]
        self.at_once[queue] = given["concurrency"]
        try:
            await self._of[queue]()
        except asyncio.CancelledError:
            self.ended.append(f"{queue} was told to end")
            raise


async def _soon() -> None:
    await asyncio.sleep(0.01)


async def _never() -> None:
    await asyncio.sleep(60)


async def _breaks() -> None:
    raise OSError("the database is gone")


def test_both_queues_are_served_and_end_together() -> None:
    fake = FakeApp(_soon, _never)
    asyncio.run(jobs._work(fake, 2, 1))
    assert fake.heard == {jobs.QUICK: True, jobs.SLOW: False}
    assert fake.at_once == {jobs.QUICK: 2, jobs.SLOW: 1}
    assert fake.ended == ["slow was told to end"]


@pytest.mark.parametrize("broken", [jobs.QUICK, jobs.SLOW])
def test_one_that_breaks_ends_both_so_that_the_worker_is_started_again(broken: str) -> None:
    fake = FakeApp(*((_breaks, _never) if broken == jobs.QUICK else (_never, _breaks)))
    with pytest.raises(OSError, match="database is gone"):
        asyncio.run(jobs._work(fake, 2, 1))
    assert len(fake.ended) == 1
