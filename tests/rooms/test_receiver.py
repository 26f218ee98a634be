"""The receiver as a process: what is piped is taken, whatever is killed, and everything is there once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from bench.pipe import Receiver, count, pipe, until_empty
from tests.support.committed import committed_rows
from tests.support.mails import mail
from tierline.core.kernel import storage
from tierline.core.kernel.spool import END, Spool
from tierline.desk.people.models import Desk
from tierline.desk.tickets.models import Ticket
from tierline.work.intake.models import InboundMessage
from tierline.work.intake.operations.incoming import MAX_MESSAGE
from tierline.work.intake.resident.spooling import MOST_TRIES

pytestmark = pytest.mark.django_db  # of what other processes commit, each test sees all

NOTHING_WRONG = {"unfinished": 0, "unread": 0, "twice": 0, "tickets_apart": 0, "messages_apart": 0}


@pytest.fixture(scope="module")
def database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, str]]:
    """A desk that other processes see, and the address of its database."""
    with django_db_blocker.unblock(), committed_rows():
        Desk.objects.create(key="it", name="IT", kind="it")
        parts = connection.get_connection_params()
        host = f"?host={parts['host']}" if parts.get("host") else ""
        yield {"DATABASE_URL": f"postgresql://{parts.get('user', '')}@/{parts['dbname']}{host}"}


@pytest.fixture(scope="module")
def receiver(database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    folder = tmp_path_factory.mktemp("receiver") / "data"
    with Receiver(folder, {**database, "TIERLINE_MAIL_THREADS": "2"}) as receiver:
        receiver.start()
        yield receiver


def _piped(receiver: Receiver, *contents: bytes) -> None:
    for content in contents:
        pipe(receiver.data, content)
    until_empty(receiver.data, patience=30)


def _wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_what_is_piped_is_a_ticket_and_the_bytes_are_kept(receiver: Receiver) -> None:
    content = mail(b"It burns \x00\xff\r\n.\r\n", Subject="Printer on fire")

    _piped(receiver, content)

    ticket = Ticket.objects.get(title="Printer on fire")
    assert storage.read(InboundMessage.objects.get(ticket=ticket).blob_id or "") == content


def test_a_copy_is_the_same_message(receiver: Receiver) -> None:
    content = mail("Once", Subject="Only once")

    _piped(receiver, content, content)

    assert Ticket.objects.filter(title="Only once").count() == 1


def test_what_a_program_says_again_without_any_name_is_said_again(receiver: Receiver) -> None:
    content = b"From: probe@customer.example\r\nSubject: The door is open\r\n\r\nSomebody look.\r\n"

    _piped(receiver, content, content)

    assert Ticket.objects.filter(title="The door is open").count() == 2


def test_a_file_that_cannot_be_taken_keeps_no_other_waiting(receiver: Receiver) -> None:
    left = receiver.data / "spool" / "00000000-0000-4000-8000-000000000000"
    with left.open("wb") as file:
        file.truncate(MAX_MESSAGE + 1000)
        file.seek(0, 2)
        file.write(END % left.name.encode())
    (receiver.data / "spool" / "11111111-0000-4000-8000-000000000000").write_bytes(b"its writer was killed")

    pipe(receiver.data, mail("Next", Subject="Behind the large one"))

    _wait_until(Ticket.objects.filter(title="Behind the large one").exists)
    _wait_until(lambda: Spool(receiver.data).state().refused == (f"{left.name}.refused",))
    for file_left in Spool(receiver.data).files():
        Spool(receiver.data).done(file_left)


def test_mail_is_kept_while_nobody_takes_it_and_a_killed_receiver_loses_and_doubles_nothing(
    receiver: Receiver, database: dict[str, str]
) -> None:
    """SIGKILL when messages are stored and not understood, with a program's words that come again among them.

    `./tierline bench pipe` does it at random moments, with a thousand messages.
    """
    before = InboundMessage.objects.count()
    nameless = b"From: probe@customer.example\r\nSubject: Killed\r\n\r\nThe same words each time.\r\n"
    contents = [nameless, *(mail(f"Number {number}", Subject=f"Killed {number}") for number in range(3)), nameless]
    with psycopg.connect(database["DATABASE_URL"]) as other:
        other.execute("LOCK TABLE timeline_timelineentry IN EXCLUSIVE MODE")  # whoever opens a ticket waits here
        for content in contents[:3]:
            pipe(receiver.data, content)
        _wait_until(lambda: InboundMessage.objects.count() == before + 2)  # as many as there are threads
        receiver.kill()
    for content in contents[3:]:
        pipe(receiver.data, content)
    state = Spool(receiver.data).state()
    assert (state.waiting, state.attended) == (5, False)

    receiver.start()
    until_empty(receiver.data, patience=30)

    assert count() | {"twice": 0} == {**NOTHING_WRONG, "stored": before + 5}
    assert Counter(Ticket.objects.filter(title__startswith="Killed").values_list("title", flat=True)) == {
        "Killed": 2, "Killed 0": 1, "Killed 1": 1, "Killed 2": 1,
    }  # fmt: skip


def test_a_message_that_ends_the_receiver_each_time_goes_into_quarantine_unread(receiver: Receiver) -> None:
    name = "22222222-0000-4000-8000-000000000000"
    left = receiver.data / "spool" / f"{name}.{MOST_TRIES}"
    fresh = left.with_name("fresh")
    fresh.write_bytes(mail("Poison", Subject="Poison") + END % name.encode())
    fresh.rename(left)

    until_empty(receiver.data, patience=30)

    kept = InboundMessage.objects.latest("pk")
    assert (kept.outcome, kept.subject, kept.ticket_id) == ("quarantined", "", None)
    assert (
        kept.reason
        == f"It could not be taken in {MOST_TRIES} tries: each ended in an error, or ended the mail receiver."
    )
