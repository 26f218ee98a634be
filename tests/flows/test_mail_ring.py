"""Two desks and an autoresponder answer each other over real SMTP on loopback: it comes to rest.

Each desk is an installation of its own: other secrets, other address, other tables (a schema of the test's database).
What one sends goes by SMTP to a hub, which hands it to whom it is addressed; an hour passes on the test's clock.
"""

from __future__ import annotations

import email
import re
import smtplib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest
from django.db import connection
from pytest_django import Settings

from tests.support.desk import small_desk
from tests.support.mails import Letter, MailServer, mail
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.desk.tickets.models import Ticket
from tierline.work.intake.models import InboundMessage
from tierline.work.intake.operations import receive
from tierline.work.intake.operations.known import forget

pytestmark = pytest.mark.django_db

AWAY = "away@people.example"
MARKS = re.compile(
    rb"^(?:Auto-Submitted|X-Auto-Response-Suppress|X-Tierline-Loop):.*\r\n(?:[ \t].*\r\n)*",
    re.MULTILINE | re.IGNORECASE,
)
ROUNDS = 60


@dataclass
class Installation:
    """One desk, in a schema of its own."""

    name: str
    settings: Settings

    @property
    def address(self) -> str:
        return f"support@{self.name}.example"

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self.settings.SECRET_KEY = f"the secret of {self.name} " * 3
        self.settings.TIERLINE_MAIL_FROM = f"{self.name} <{self.address}>"
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {self.name}, public")
        forget()
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET search_path")
            forget()


@dataclass
class Hub:
    """Takes mail by SMTP and hands it on; `strips` takes the marks of automatic mail away, as some gateways do."""

    server: MailServer
    desks: list[Installation]
    strips: bool = False
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    handed: int = 0

    def settle(self) -> bool:
        """Let everybody work until nothing is under way; False when it does not end."""
        for _ in range(ROUNDS):
            for desk in self.desks:
                with desk.at_work():
                    jobs.drain()
            if self.handed == len(self.server.letters):
                return True
            self._hand_on()
        return False

    def _hand_on(self) -> None:
        waiting, self.handed = self.server.letters[self.handed :], len(self.server.letters)
        for letter in waiting:
            [recipient] = letter.recipients
            content = MARKS.sub(b"", letter.content) if self.strips else letter.content
            self.seen[_sender(letter), recipient] += 1
            if recipient == AWAY:
                self._answer(letter)
            for desk in self.desks:
                if recipient.endswith(f"@{desk.name}.example"):
                    with desk.at_work():
                        receive(actor=Actor.machine("intake"), content=content)

    def _answer(self, letter: Letter) -> None:
        """An autoresponder of the worst sort: it answers everything, at once, to the sender, and marks nothing."""
        got = email.message_from_bytes(letter.content, policy=default)
        answer = EmailMessage()
        answer["From"], answer["To"] = AWAY, got["Reply-To"] or got["From"]
        answer["Subject"] = f"Re: {got['Subject']}"
        answer["Message-ID"] = f"<away-{len(self.server.letters)}@people.example>"
        answer["In-Reply-To"] = got["Message-ID"]
        answer.set_content("I am not at my desk. In urgent cases please write to the help desk.")
        post(self.server, AWAY, str(answer["To"]).rpartition("<")[2].rstrip(">"), answer.as_bytes())


def _sender(letter: Letter) -> str:
    got = email.message_from_bytes(letter.content, policy=default)
    return str(got["From"].addresses[0].addr_spec)


def post(server: MailServer, sender: str, recipient: str, content: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
        client.sendmail(sender, [recipient], content)


@pytest.fixture
def desks(settings: Settings) -> list[Installation]:
    """Two empty installations; their tables are made like those of the test's database, and rolled back with it."""
    made = [Installation("alpha", settings), Installation("beta", settings)]
    with connection.cursor() as cursor:
        tables = [one.name for one in connection.introspection.get_table_list(cursor) if one.type == "t"]
        for desk in made:
            cursor.execute(f"CREATE SCHEMA {desk.name}")
            for table in tables:
                cursor.execute(f'CREATE TABLE {desk.name}."{table}" (LIKE public."{table}" INCLUDING ALL)')
    for desk in made:
        with desk.at_work():
            small_desk()
    return made


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with MailServer() as running:
        settings.TIERLINE_SMTP = running.settings
        yield running


def begin(hub: Hub) -> None:
    """Each desk writes to the other as if it were a person, and so does somebody who is away, to both."""
    alpha, beta = hub.desks
    for sender, desk in ((beta.address, alpha), (alpha.address, beta), (AWAY, alpha), (AWAY, beta)):
        letter = mail("It does not work.", From=sender, To=desk.address, Subject=f"From {sender}")
        post(hub.server, sender, desk.address, letter)


def test_the_ring_comes_to_rest(desks: list[Installation], server: MailServer) -> None:
    """On the first day all marks are kept; on the second a gateway takes them away."""
    for day, strips in ((23, False), (24, True)):
        hub = Hub(server, desks, strips=strips, handed=len(server.letters))
        with clock.at(datetime(2026, 11, day, 9, tzinfo=UTC)):
            begin(hub)
            assert hub.settle(), "it goes round for ever"
        sent = len(server.letters)
        with clock.at(datetime(2026, 11, day, 10, 1, tzinfo=UTC)):
            assert hub.settle()
        assert len(server.letters) == sent, "nothing goes on by itself when the hour is over"
        by_desks = {pair: count for pair, count in hub.seen.items() if pair[0] != AWAY}
        automatic = {pair: count - (pair[1] != AWAY) for pair, count in by_desks.items()}  # without the first letter
        assert set(automatic.values()) == {1}, f"one automatic mail for each address: {automatic}"
    for desk in desks:
        with desk.at_work():
            assert not InboundMessage.objects.unfinished().exists()
            assert Ticket.objects.count() == 4, "one for each letter that somebody began"
