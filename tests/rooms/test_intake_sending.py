"""The outgoing server as it is set up, from whom a desk writes, and how a follower leaves."""

from __future__ import annotations

import email
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pytest_django import Settings

from tests.support.certificates import certificate, server_side
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.mails import MailServer, mail
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Follower, Ticket
from tierline.doors.cli import desk as cli_desk
from tierline.doors.cli.commands import main
from tierline.work.intake import operations
from tierline.work.intake.errors import NotActive, SetElsewhere
from tierline.work.intake.models import ConnectionTest, Mailbox, OutboundMessage, OutgoingServer
from tierline.work.intake.operations import Secrets, ServerSettings, identity, smtp
from tierline.work.intake.operations.known import forget

pytestmark = pytest.mark.django_db

INTAKE = Actor.machine("intake")


@pytest.fixture
def world(settings: Settings) -> SmallDesk:
    settings.TIERLINE_SMTP = None
    return small_desk()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


class _Keeps:
    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        self.letters.append(bytes(envelope.original_content or b""))
        return "250 taken"


@contextmanager
def asks_for_password(password: str) -> Iterator[tuple[int, _Keeps]]:
    """A real SMTP server that asks for STARTTLS and lets in one user only."""

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
        fits = isinstance(given, LoginPassword) and given == LoginPassword(b"desk", password.encode())
        return AuthResult(success=fits, handled=False)

    keeps = _Keeps()
    controller = Controller(
        keeps,
        "127.0.0.1",
        _free_port(),
        tls_context=server_side(certificate()),
        require_starttls=True,
        auth_required=True,
        authenticator=check,
        ready_timeout=10,
    )
    controller.start()
    try:
        yield controller.port, keeps
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def typed(port: int, **changes: object) -> ServerSettings:
    return ServerSettings(**{"host": "127.0.0.1", "port": port, "security": "none", **changes})  # type: ignore[arg-type] # as typed


def set_up(port: int, **changes: object) -> ConnectionTest:
    test = operations.set_outgoing_server(
        actor=SETUP,
        given=typed(port, **changes),
        address="help@desk.example",
        name="Help Desk",
        test_to="ada@desk.example",
    )
    jobs.drain()
    test.refresh_from_db()
    return test


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=default)


def answered(world: SmallDesk, ticket: Ticket) -> list[OutboundMessage]:
    tickets.reply(actor=world.actor(1), ticket_id=ticket.pk, text="Have you tried water?")
    entry = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="ticket.replied").last()
    return operations.queue_replies(actor=INTAKE, entry_id=entry.pk)


# --- setting it up ---


def test_a_test_mail_arrives_and_the_server_is_used(world: SmallDesk, server: MailServer) -> None:
    assert not smtp.is_set_up()
    test = set_up(server.port)
    assert (test.state, [step["name"] for step in test.steps]) == ("good", ["reach", "hand-over"])
    [letter] = server.letters
    got = read(letter.content)
    assert (got["To"], got["From"]) == ("ada@desk.example", "Help Desk <help@desk.example>")
    assert got["Auto-Submitted"] == "auto-generated"
    assert smtp.is_set_up()
    assert identity.desk_address().email == "help@desk.example"


def test_mail_leaves_by_the_server_that_was_set_up(world: SmallDesk, server: MailServer) -> None:
    set_up(server.port)
    [outbound] = answered(world, world.ticket())
    assert operations.send(actor=INTAKE, outbound_id=outbound.pk).state == "sent"
    assert read(server.letters[-1].content)["From"] == "Help Desk <help@desk.example>"


@pytest.mark.parametrize("right", [True, False])
def test_a_password_is_tried(world: SmallDesk, right: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate()))
    with asks_for_password("open sesame") as (port, keeps):
        given = Secrets(password="open sesame" if right else "wrong")
        test = set_up(port, security="starttls", username="desk", secrets=given)
    assert test.state == ("good" if right else "bad")
    assert len(keeps.letters) == right
    bad = [step for step in test.steps if step["state"] == "bad"]
    assert right or (bad[0]["name"] == "sign-in" and "does not accept" in bad[0]["words"])
    assert OutgoingServer.objects.get().active is right


def test_what_is_wrong_is_said(world: SmallDesk, server: MailServer) -> None:
    server.refuse["ada@desk.example"] = "550 no such person"
    for port, changes, step, words in (
        (_free_port(), {}, "reach", "nothing listens"),
        (server.port, {"security": "tls"}, "encryption", "does not speak TLS"),
        (server.port, {"security": "starttls"}, "encryption", "does not offer STARTTLS"),
        (server.port, {}, "hand-over", "does not take mail to ada@desk.example: 550 no such person"),
    ):
        bad = [one for one in set_up(port, **changes).steps if one["state"] == "bad"]
        assert bad[0]["name"] == step
        assert words in bad[0]["words"]
    assert not smtp.is_set_up()


@pytest.mark.parametrize(
    ("answer", "words", "todo"),
    [
        ("554 5.7.1 <ada@desk.example>: Relay access denied", "passes on no mail to ada@desk.example", "Sign in"),
        ("451 4.7.1 Greylisted", "does not take a mail now: 451 4.7.1 Greylisted", "in some minutes"),
    ],
)
def test_a_server_that_takes_the_connection_and_not_the_mail(
    world: SmallDesk, server: MailServer, answer: str, words: str, todo: str
) -> None:
    server.refuse["ada@desk.example"] = answer
    [bad] = [one for one in set_up(server.port).steps if one["state"] == "bad"]
    assert bad["name"] == "hand-over"
    assert words in bad["words"]
    assert todo in bad["todo"]
    assert "b'" not in bad["words"]


def test_the_setting_wins(world: SmallDesk, server: MailServer, settings: Settings) -> None:
    settings.TIERLINE_SMTP = server.settings
    with pytest.raises(SetElsewhere):
        set_up(server.port)
    operations.ask_for_outgoing_test(actor=SETUP, test_to="ada@desk.example")
    jobs.drain()
    assert ConnectionTest.objects.get().state == "good"


def test_switched_off_all_mail_waits(world: SmallDesk, server: MailServer) -> None:
    set_up(server.port)
    operations.switch_outgoing_server(actor=SETUP, active=False)
    [outbound] = answered(world, world.ticket())
    assert outbound.state == "held"
    operations.switch_outgoing_server(actor=SETUP, active=True)
    assert operations.send_again(actor=world.actor(1), outbound_id=outbound.pk).state == "queued"


def test_a_server_that_never_worked_is_not_switched_on(world: SmallDesk) -> None:
    with pytest.raises(NotFound):
        operations.switch_outgoing_server(actor=SETUP, active=True)
    set_up(_free_port())
    with pytest.raises(NotActive):
        operations.switch_outgoing_server(actor=SETUP, active=True)


def test_addresses_are_looked_at_and_only_an_administrator_sets_it(world: SmallDesk, server: MailServer) -> None:
    with pytest.raises(Invalid) as caught:
        operations.set_outgoing_server(
            actor=SETUP, given=typed(server.port, host="a b"), address="x", name="", test_to=""
        )
    assert set(caught.value.fields) == {"host", "address", "test_to"}
    with pytest.raises(Invalid):
        operations.ask_for_outgoing_test(actor=SETUP, test_to="x")
    for verb in (
        lambda: operations.ask_for_outgoing_test(actor=world.leading, test_to="a@b.example"),
        lambda: operations.switch_outgoing_server(actor=world.leading, active=False),
    ):
        with pytest.raises(NotFound):
            verb()


# --- from whom ---


def box(world: SmallDesk, **changes: object) -> Mailbox:
    made = Mailbox.objects.create(
        desk=world.desk, address="it@desk.example", host="x", port=1, active=True, created_at=clock.now(), **changes
    )
    forget()
    return made


def sent(world: SmallDesk, server: MailServer, ticket: Ticket) -> EmailMessage:
    [outbound] = answered(world, ticket)
    operations.send(actor=INTAKE, outbound_id=outbound.pk)
    return read(server.letters[-1].content)


def test_a_desk_writes_from_its_own_mailbox_and_answers_come_back_to_it(
    world: SmallDesk, server: MailServer, settings: Settings
) -> None:
    settings.TIERLINE_SMTP, settings.TIERLINE_MAIL_FROM = server.settings, "Desk <support@desk.example>"
    ticket = world.ticket()
    assert sent(world, server, ticket)["Reply-To"].startswith(f"reply+{ticket.pk}.")
    box(world)
    got = sent(world, server, ticket)
    assert (got["From"], got["Reply-To"]) == ("Desk <it@desk.example>", "it@desk.example")
    assert server.letters[-1].sender == "it@desk.example"


def test_where_the_server_takes_it_the_address_is_signed(
    world: SmallDesk, server: MailServer, settings: Settings
) -> None:
    settings.TIERLINE_SMTP = server.settings
    box(world, plus=True)
    ticket = world.ticket()
    got = sent(world, server, ticket)
    assert got["Reply-To"].startswith(f"it+{ticket.pk}.")
    received = operations.receive(actor=INTAKE, content=mail("It helped.", To=got["Reply-To"], From="else@x.example"))
    assert (received.outcome, received.ticket) == ("follow_up", ticket.reference)


def test_the_desks_own_mailbox_is_no_requester(world: SmallDesk) -> None:
    box(world)
    assert operations.receive(actor=INTAKE, content=mail(From="it@desk.example")).outcome == "ignored"


# --- leaving ---


def test_a_follower_leaves_with_one_click_and_the_requester_is_not_asked(
    world: SmallDesk, server: MailServer, settings: Settings
) -> None:
    settings.TIERLINE_SMTP, settings.TIERLINE_URL = server.settings, "https://desk.example"
    ticket = world.ticket()
    Follower.objects.create(ticket=ticket, person=world.lead)
    for outbound in answered(world, ticket):
        operations.send(actor=INTAKE, outbound_id=outbound.pk)
    to_requester, to_follower = (read(one.content) for one in server.letters)
    assert "List-Unsubscribe" not in to_requester
    assert to_follower["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = to_follower["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://desk.example/mail/leave/")

    token = link.rpartition("/")[2]
    assert operations.read_leave_token(token) == (ticket, world.lead)
    assert operations.leave(token) == operations.leave(token) == ticket
    assert not Follower.objects.exists()


@pytest.mark.parametrize("token", ["", "x", "WzEsMV0:1:aaaa", "../../etc"])
def test_a_link_that_is_not_ours_opens_nothing(world: SmallDesk, token: str) -> None:
    with pytest.raises(NotFound):
        operations.leave(token)


# --- the command ---


def test_the_command_tells_of_a_mailbox_that_cannot_be_asked(
    world: SmallDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli_desk, "opened", lambda _: nullcontext())
    assert main(["mail", "reconcile", "--json"]) == 1
    assert "No mailbox is switched on." in capsys.readouterr().err
    Mailbox.objects.filter(pk=box(world).pk).update(host="127.0.0.1", port=_free_port(), security="none")
    assert main(["mail", "reconcile", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["mailbox"] == "it@desk.example"
    assert "nothing listens" in told["problem"]
    assert main(["mail", "reconcile", "--mailbox", "nobody@desk.example"]) == 1
