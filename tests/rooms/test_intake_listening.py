"""The door for mail servers: real SMTP and LMTP on loopback; 250 means stored, all else is told in a sentence."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import DatabaseError
from pytest_django import DjangoDbBlocker, Settings

from tests.support.committed import committed_rows
from tests.support.mails import mail
from tierline.core.kernel import clock, storage
from tierline.desk.people.models import Desk, SupportGroup
from tierline.desk.tickets.models import Ticket
from tierline.work.intake import operations
from tierline.work.intake.models import InboundMessage, Mailbox
from tierline.work.intake.operations.identity import takes
from tierline.work.intake.resident import Listener, Place, Takers, listening
from tierline.work.intake.resident.listening import delivered
from tierline.work.intake.rules import reply_address

HERE = "help@desk.example"


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Desk]:
    """Rows that the listener's own connection sees; taken away once, at the end of the file."""
    with django_db_blocker.unblock(), committed_rows():
        desk = Desk.objects.create(key="it", name="IT", kind="it")
        SupportGroup.objects.create(desk=desk, key="service-desk", name="Service desk", tier=1, email=HERE)
        yield desk


@dataclass
class Counted:
    """How much more there is than at the beginning of the test."""

    desk: Desk
    messages_before: int
    tickets_before: int

    @property
    def messages(self) -> int:
        return InboundMessage.objects.count() - self.messages_before

    @property
    def tickets(self) -> int:
        return Ticket.objects.count() - self.tickets_before

    @property
    def newest(self) -> InboundMessage:
        return InboundMessage.objects.latest("pk")


@pytest.fixture
def desk(kept: Desk, settings: Settings) -> Counted:
    settings.TIERLINE_MAIL_FROM = "support@desk.example"
    return Counted(kept, InboundMessage.objects.count(), Ticket.objects.count())


@contextmanager
def door(*, lmtp: bool) -> Iterator[smtplib.SMTP]:
    takers = Takers(2)
    listener = Listener([Place("127.0.0.1", 0, lmtp)], takers)
    listener.start()
    client = (smtplib.LMTP if lmtp else smtplib.SMTP)("127.0.0.1", listener.open[0].port, timeout=10)
    try:
        yield client
    finally:
        client.close()
        listener.stop()
        takers.stop()


@pytest.mark.parametrize("lmtp", [False, True])
def test_what_is_answered_250_is_stored(desk: Counted, lmtp: bool) -> None:
    letter = mail(b"Caf\xe9.\r\n.dot\r\n" + b"x" * 5000 + b"\r\n", Subject="Printer", To=HERE)
    with door(lmtp=lmtp) as client:
        assert client.sendmail("nora@customer.example", [HERE], letter) == {}
        stored = storage.read(desk.newest.blob_id)
        assert stored == b"Return-Path: <nora@customer.example>\r\nDelivered-To: help@desk.example\r\n" + letter
        assert client.sendmail("nora@customer.example", [HERE], letter) == {}, "the mail server had not heard the 250"
    ticket = desk.newest.ticket
    assert (ticket.title, ticket.desk, ticket.channel) == ("Printer", desk.desk, "mail")
    assert (desk.messages, desk.tickets) == (1, 1)


def test_an_address_that_is_nobodys_is_refused_with_a_sentence(desk: Counted) -> None:
    with door(lmtp=False) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        client.sendmail("nora@customer.example", ["hepl@desk.example"], mail())
    code, words = caught.value.recipients["hepl@desk.example"]
    assert (code, words) == (550, b"5.1.1 hepl@desk.example is no address of this desk. Look at how it is spelt.")
    assert desk.messages == 0


def test_no_relay(desk: Counted) -> None:
    with door(lmtp=False) as client:
        refused = client.sendmail("nora@customer.example", [HERE, "someone@elsewhere.example"], mail())
    assert list(refused) == ["someone@elsewhere.example"]
    assert desk.tickets == 1


def test_one_answer_for_each_recipient(desk: Counted) -> None:
    with door(lmtp=True) as client:
        client.ehlo()  # which is LHLO here
        client.mail("nora@customer.example")
        for address in (HERE, "support@desk.example"):
            assert client.rcpt(address)[0] == 250
        client.putcmd("data")
        assert client.getreply()[0] == 354
        client.send(mail() + b"\r\n.\r\n")
        assert [client.getreply()[0] for _ in range(2)] == [250, 250]
        assert client.noop()[0] == 250
    assert desk.tickets == 1


def test_the_null_path_is_kept_so_that_nothing_answers_it(desk: Counted) -> None:
    with door(lmtp=True) as client:
        client.sendmail("", [HERE], mail())
    assert storage.read(desk.newest.blob_id).startswith(b"Return-Path: <>\r\n")
    assert not desk.newest.may_answer


def test_a_database_that_is_away_keeps_the_mail_where_it_is(desk: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: object) -> None:
        raise DatabaseError("gone")

    with door(lmtp=False) as client:
        monkeypatch.setattr(operations, "receive", away)
        with pytest.raises(smtplib.SMTPDataError) as caught:
            client.sendmail("nora@customer.example", [HERE], mail())
        assert caught.value.smtp_code == 451
        monkeypatch.undo()
        monkeypatch.setattr(listening, "takes", lambda _: away())
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail("nora@customer.example", [HERE], mail())
        assert refused.value.recipients[HERE][0] == 451
        monkeypatch.undo()
        assert client.sendmail("nora@customer.example", [HERE], mail()) == {}


def test_a_message_that_is_too_large(desk: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MAX_MESSAGE", 10_000)
    with door(lmtp=False) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "10000"
        client.esmtp_features.pop("size")  # a program that does not look
        with pytest.raises(smtplib.SMTPResponseException) as caught:
            client.sendmail("nora@customer.example", [HERE], mail("x" * 20_000))
    assert caught.value.smtp_code == 552


def test_lines_may_be_longer_than_the_standard_says(desk: Counted) -> None:
    with door(lmtp=True) as client:
        client.sendmail("nora@customer.example", [HERE], mail("x" * 100_000))
    assert desk.tickets == 1


def test_a_place_that_is_taken_is_told_and_the_other_opens(desk: Counted) -> None:
    first = Listener([Place("127.0.0.1", 0, True)], Takers(1))
    first.start()
    taken = first.open[0]
    second = Listener([taken, Place("127.0.0.1", 0, False)], Takers(1))
    second.start()
    try:
        assert f"127.0.0.1:{taken.port}" in second.problems[0]
        assert len(second.open) == 1
    finally:
        first.stop()
        second.stop()


@pytest.mark.django_db
def test_which_addresses_are_ours(settings: Settings) -> None:
    settings.TIERLINE_MAIL_FROM = "Desk <support@desk.example>"
    desk = Desk.objects.create(key="hr", name="HR", kind="hr")
    SupportGroup.objects.create(desk=desk, key="payroll", name="Payroll", tier=1, email="pay@desk.example")
    Mailbox.objects.create(
        desk=desk, address="people@desk.example", host="x", port=1, active=True, created_at=clock.now()
    )
    signed = reply_address(10042, "desk.example", settings.SECRET_KEY)
    assert takes("Pay@Desk.example") == takes("pay+march@desk.example") == (True, desk.pk)
    assert takes("people@desk.example") == (True, desk.pk)
    assert takes("support@desk.example") == takes(signed) == (True, None)
    forged = signed.replace(".", ".a", 1)[:-14] + "@desk.example"
    for wrong in (
        "pay@elsewhere.example",
        forged,
        signed.replace("desk.", "other."),
        "",
        "@",
        "pay",
        "x+y@desk.example",
    ):
        assert takes(wrong) == (False, None), wrong


def test_nothing_in_front_of_a_message_changes_from_try_to_try() -> None:
    assert delivered(b"A: b\r\n\r\n", "", ["a@b.example", "c@d.example"]) == (
        b"Return-Path: <>\r\nDelivered-To: a@b.example\r\nA: b\r\n\r\n"
    )
