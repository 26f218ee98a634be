"""The threads that take messages: several at once, but never two that have to do with each other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from django.db import Error, InterfaceError, OperationalError

from tests.support.mails import mail
from tierline.core.kernel.errors import Refused, TemporaryError
from tierline.work.intake import operations
from tierline.work.intake.operations import Received, is_away
from tierline.work.intake.resident import Takers

DONE = Received(inbound_id=1, outcome="ticket", ticket=None, reason="", auto_reply=False)


class Desk:
    """Stands for `receive`: notes who is in it, and keeps everybody until the gate opens."""

    def __init__(self) -> None:
        self.inside: list[bytes] = []
        self.gate = threading.Event()

    def receive(self, *, content: bytes, **_: object) -> Received:
        self.inside.append(content)
        assert self.gate.wait(10)
        self.inside.remove(content)
        return DONE


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk()
    monkeypatch.setattr(operations, "receive", made.receive)
    return made


@pytest.fixture
def takers() -> Iterator[Takers]:
    made = Takers(2)
    yield made
    made.stop()


def handed_over(takers: Takers, *contents: bytes) -> list[threading.Thread]:
    """Each by a thread of its own, in this order."""
    threads = []
    for content in contents:
        threads.append(threading.Thread(target=takers.receive, args=[content]))
        threads[-1].start()
        time.sleep(0.02)
    return threads


ONE = mail(From="one@customer.example", Message_ID="<one@customer.example>")
TWO = mail(From="two@customer.example", Message_ID="<two@customer.example>")
THREE = mail(From="three@customer.example")


def test_two_strangers_are_taken_at_once_and_the_third_waits(desk: Desk, takers: Takers) -> None:
    threads = handed_over(takers, ONE, TWO, THREE)
    assert desk.inside == [ONE, TWO]
    desk.gate.set()
    for thread in threads:
        thread.join(10)


@pytest.mark.parametrize(
    "related",
    [
        mail(From="Somebody <ONE@customer.example>"),
        mail(From="four@customer.example", In_Reply_To="<one@customer.example>"),
        mail(From="four@customer.example", References="<zero@customer.example>\r\n <one@customer.example>"),
        mail(From="four@customer.example", Message_ID="<one@customer.example>"),
    ],
    ids=["the same sender", "an answer", "a reference", "a copy"],
)
def test_who_has_to_do_with_it_comes_after_it(desk: Desk, takers: Takers, related: bytes) -> None:
    threads = handed_over(takers, ONE, related)
    assert desk.inside == [ONE]
    desk.gate.set()
    for thread in threads:
        thread.join(10)


def test_an_error_is_told_and_frees_the_thread(takers: Takers, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: object) -> Received:
        raise Error("gone")

    monkeypatch.setattr(operations, "receive", fails)
    taken: list[Future[Received]] = [takers.receive(ONE) for _ in range(5)]
    assert all(isinstance(one.exception(), Error) for one in taken)


def caused(problem: Exception, state: str | None) -> Exception:
    cause = Exception()
    cause.sqlstate = state  # type: ignore[attr-defined]  # as psycopg's errors have it
    problem.__cause__ = cause
    return problem


@pytest.mark.parametrize(
    ("problem", "away"),
    [
        (OperationalError("the connection is lost"), True),
        (InterfaceError("connection already closed"), True),
        (caused(OperationalError(), "57P01"), True),
        (caused(OperationalError(), "53100"), True),
        (caused(OperationalError(), None), True),
        (caused(OperationalError("string is too long for tsvector"), "54000"), False),
        (caused(OperationalError("deadlock detected"), "40P01"), False),
        (OSError(28, "No space left on device"), True),
        (TemporaryError(), True),
        (Refused("no"), False),
        (ValueError("ours"), False),
    ],
)
def test_whether_the_message_is_to_blame(problem: Exception, away: bool) -> None:
    assert is_away(problem) is away
