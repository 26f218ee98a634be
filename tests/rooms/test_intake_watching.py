"""Mailboxes read all the time: woken by the server, patient with trouble, by a process that is killed in the middle.

Other threads and a process look at the rows, so they are committed and taken away once, at the end of the file.
"""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from bench.pipe import Receiver
from tests.support.committed import committed_rows
from tests.support.imap_server import PASSWORD, USER, ImapServer, deliver, lying_in
from tests.support.mails import mail
from tierline.core.kernel import clock
from tierline.desk.people.models import Desk
from tierline.desk.tickets.models import Ticket
from tierline.work.intake.models import InboundMessage, Mailbox, MailboxMessage
from tierline.work.intake.operations import Secrets, credentials
from tierline.work.intake.resident import Keeper, Takers, watching

_numbers = count(1)


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Desk]:
    with django_db_blocker.unblock(), committed_rows():
        yield Desk.objects.create(key="it", name="IT", kind="it")


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "WAKE", 0.1)
    monkeypatch.setattr(watching, "CHANGES_EVERY", 0.05)
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(watching, "IDLE_FOR", 5.0)  # what is told while an IDLE begins may be missed once


def connected(desk: Desk, port: int, *, password: str = PASSWORD) -> Mailbox:
    mailbox = Mailbox(
        desk=desk,
        address=f"box-{next(_numbers)}@desk.example",
        host="127.0.0.1",
        port=port,
        security="none",
        username=USER,
        begin="all",
        active=True,
        created_at=clock.now(),
    )
    credentials.seal(mailbox, Secrets(password=password))
    mailbox.save()
    return mailbox


@contextmanager
def keeping() -> Iterator[Keeper]:
    takers = Takers(2)
    keeper = Keeper(threading.Event(), takers)
    keeper.start()
    try:
        yield keeper
    finally:
        keeper.stopping.set()
        keeper.join(10)
        takers.stop()
        Mailbox.objects.update(active=False)
    assert not [one for one in threading.enumerate() if one.name.startswith("mailbox")]


def until(condition: Callable[[], object], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def titled(title: str) -> int:
    return Ticket.objects.filter(title=title).count()


@pytest.mark.django_db
def test_without_mailboxes_nobody_watches() -> None:
    keeper = Keeper(threading.Event(), Takers(1))
    keeper.compare()
    assert keeper.watchers == {}


@pytest.mark.parametrize("without", [(), (b"IDLE",)], ids=["idle", "polling"])
def test_new_mail_is_taken_at_once(desk: Desk, without: tuple[bytes, ...]) -> None:
    with ImapServer(without=without) as server:
        mailbox = connected(desk, server.port)
        deliver(server, mail(Subject=f"First {mailbox.pk}"))
        with keeping():
            until(lambda: titled(f"First {mailbox.pk}"))
            deliver(server, mail(Subject=f"Second {mailbox.pk}"))
            until(lambda: titled(f"Second {mailbox.pk}"))
        mailbox.refresh_from_db()
        assert mailbox.health == "well"
        assert ("tells of new mail" in mailbox.said) is not without


def test_trouble_is_told_and_over_when_it_is_over(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierline.work.intake.operations.mailboxes.BACKOFF_FIRST", timedelta(seconds=0.1))
    port = free_port()
    mailbox = connected(desk, port)
    with keeping():
        until(lambda: Mailbox.objects.get(pk=mailbox.pk).failures >= 2)
        away = Mailbox.objects.get(pk=mailbox.pk)
        assert away.health == "trouble"
        assert f"nothing listens on port {port}" in away.said
        with ImapServer(port=port) as server:
            deliver(server, mail(Subject=f"Late {mailbox.pk}"))
            until(lambda: titled(f"Late {mailbox.pk}"))
            until(lambda: Mailbox.objects.get(pk=mailbox.pk).failures == 0)


def test_one_mailbox_in_trouble_keeps_no_other_waiting(desk: Desk, server: ImapServer) -> None:
    wrong = connected(desk, server.port, password="no")
    right = connected(desk, server.port)
    deliver(server, mail(Subject=f"Right {right.pk}"))
    with keeping():
        until(lambda: titled(f"Right {right.pk}"))
        until(lambda: Mailbox.objects.get(pk=wrong.pk).health == "trouble")


def test_a_connection_that_is_cut_is_made_again(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server.port)
    with keeping():
        until(lambda: Mailbox.objects.get(pk=mailbox.pk).health == "well")
        time.sleep(0.3)  # it was fine for longer than a look
        server.drop_connections()
        deliver(server, mail(Subject=f"After {mailbox.pk}"))
        until(lambda: titled(f"After {mailbox.pk}"))
        until(lambda: Mailbox.objects.get(pk=mailbox.pk).health == "well")


def test_a_change_in_set_up_is_seen_within_seconds(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server.port)
    with keeping() as keeper:
        until(lambda: Mailbox.objects.get(pk=mailbox.pk).health == "well")
        Mailbox.objects.filter(pk=mailbox.pk).update(revision=2)
        until(lambda: (mailbox.pk, 2) in keeper.watchers)
        Mailbox.objects.filter(pk=mailbox.pk).update(active=False)
        until(lambda: not keeper.watchers)
        deliver(server, mail(Subject=f"Nobody reads {mailbox.pk}"))
        time.sleep(0.3)
    assert not titled(f"Nobody reads {mailbox.pk}")


def test_killed_in_the_middle_every_message_is_there_once(desk: Desk, tmp_path: Path) -> None:
    """The whole process, by SIGKILL while it reads; the server has marked every message at the end."""
    messages = 60
    letters = [mail(f"It is number {n}.", Subject=f"Killed {n}") for n in range(messages)]
    with ImapServer() as server, Receiver(tmp_path, environment(port := free_port())) as receiver:
        deliver(server, *letters)
        mailbox = connected(desk, server.port)
        taken = MailboxMessage.objects.filter(mailbox=mailbox)
        receiver.start()
        until(lambda: taken.count() >= messages / 3, 60)
        receiver.kill()
        assert taken.count() < messages, "it was killed in the middle"
        receiver.start()
        until(lambda: taken.filter(settled=True).count() == messages, 60)
        with smtplib.LMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail("nora@customer.example", ["support@desk.example"], mail(Subject="By LMTP"))
        receiver.kill()
        assert all(flags == (b"\\Seen",) for _, flags in lying_in(server).values())
    mailbox.delete()
    titles = list(Ticket.objects.filter(title__startswith="Killed").values_list("title", flat=True))
    assert sorted(titles) == sorted(f"Killed {n}" for n in range(messages))
    assert InboundMessage.objects.filter(subject__startswith="Killed").count() == messages
    assert titled("By LMTP") == 1, "the same process takes mail from mail servers"


def environment(port: int) -> dict[str, str]:
    parts = connection.get_connection_params()
    host = f"?host={parts['host']}" if parts.get("host") else ""
    return {
        "DATABASE_URL": f"postgresql://{parts.get('user', '')}@/{parts['dbname']}{host}",
        "TIERLINE_LISTEN_LMTP": str(port),
        "TIERLINE_MAIL_FROM": "support@desk.example",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
