"""The receiver as a process: what is confirmed is stored, what is killed comes again, and everything is there once."""

from __future__ import annotations

import json
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from bench.pipe import LAUNCHER, Receiver, count, pipe, until_stored
from tests.support.committed import committed_rows
from tests.support.mails import mail
from tierline.core.kernel import storage
from tierline.desk.people.models import Desk
from tierline.desk.tickets.models import Ticket
from tierline.work.intake.models import InboundMessage

pytestmark = pytest.mark.django_db  # of what other processes commit, each test sees all

NOTHING_WRONG = {"unfinished": 0, "twice": 0, "tickets_apart": 0, "messages_apart": 0}


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
    folder.mkdir()
    with Receiver(folder, database) as receiver:
        receiver.start()
        yield receiver


def _told(receiver: Receiver, content: bytes) -> dict[str, object]:
    words = [str(LAUNCHER), "mail", "pipe", "--data", str(receiver.data)]
    return json.loads(subprocess.run(words, input=content, capture_output=True, check=True).stdout)


def _wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_the_outcome_comes_back_and_the_bytes_are_kept(receiver: Receiver) -> None:
    content = mail(b"It burns \x00\xff\r\n.\r\n", Subject="Printer on fire")

    told = _told(receiver, content)

    ticket = Ticket.objects.get(title="Printer on fire")
    assert told == {"exit": 0, "outcome": "ticket", "ticket": ticket.reference, "reason": "", "auto_reply": True}
    assert storage.read(InboundMessage.objects.get(ticket=ticket).blob_id or "") == content


def test_a_copy_is_the_same_message(receiver: Receiver) -> None:
    content = mail("Once", Subject="Only once")

    assert _told(receiver, content)["ticket"] == _told(receiver, content)["ticket"]
    assert Ticket.objects.filter(title="Only once").count() == 1


def test_nothing_is_refused_for_good(receiver: Receiver) -> None:
    assert pipe(receiver.data, b"") == 65


def test_the_socket_is_for_this_account_only(receiver: Receiver) -> None:
    assert stat.S_IMODE((receiver.data / "receiver.sock").stat().st_mode) == 0o600


def test_a_sender_that_stops_within_its_message_stores_nothing_and_keeps_nobody_waiting(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = InboundMessage.objects.count()
    monkeypatch.chdir(receiver.data)
    with socket.socket(socket.AF_UNIX) as slow, socket.socket(socket.AF_UNIX) as gone:
        for half in (slow, gone):
            half.connect("receiver.sock")
            half.sendall((1000).to_bytes(8, "big") + b"From: a@b.example")
        gone.close()

        assert _told(receiver, mail("Meanwhile"))["exit"] == 0

    assert InboundMessage.objects.count() == before + 1


def test_a_killed_receiver_loses_and_doubles_nothing(receiver: Receiver, database: dict[str, str]) -> None:
    """SIGKILL when one message is stored and not understood, and others are read; all are piped again afterwards.

    `./tierline bench pipe` does it at random moments, with a thousand messages.
    """
    before = InboundMessage.objects.count()
    contents = [mail(f"Number {number}", Subject=f"Killed {number}") for number in range(4)]
    with psycopg.connect(database["DATABASE_URL"]) as other:
        other.execute("LOCK TABLE timeline_timelineentry IN EXCLUSIVE MODE")  # whoever opens a ticket waits here
        with ThreadPoolExecutor(len(contents)) as senders:
            codes = [senders.submit(pipe, receiver.data, content) for content in contents]
            _wait_until(lambda: InboundMessage.objects.count() > before)
            receiver.kill()
        assert {code.result() for code in codes} == {75}

    receiver.start()
    for content in contents:
        until_stored(receiver.data, content)

    assert count() == {**NOTHING_WRONG, "stored": before + 4}
    assert Ticket.objects.filter(title__startswith="Killed").count() == 4
