"""Mailboxes read over a real IMAP server on loopback: every message once, the server changed only afterwards."""

from __future__ import annotations

import hashlib
import imaplib
import io
import json
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError
from pytest_django import Settings

from tests.support.certificates import certificate, server_side
from tests.support.desk import SETUP
from tests.support.imap_server import PASSWORD, USER, ImapServer, deliver, lying_in, signed_in
from tests.support.mails import mail
from tests.support.web_server import web_server
from tierline.core.kernel import jobs, sealing, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.people.models import Desk, SupportGroup
from tierline.desk.tickets.models import Ticket
from tierline.doors.cli import desk as cli_desk
from tierline.doors.cli.commands import main
from tierline.work.intake import operations
from tierline.work.intake.errors import MailboxTrouble, NotActive
from tierline.work.intake.models import ConnectionTest, InboundMessage, Mailbox, MailboxMessage
from tierline.work.intake.operations import (
    MailboxSettings,
    Pass,
    Secrets,
    ServerSettings,
    credentials,
    fetching,
    imap,
    mailboxes,
)

pytestmark = pytest.mark.django_db

INTAKE = Actor.machine("intake")


@pytest.fixture
def desk() -> Desk:
    desk = Desk.objects.create(key="it", name="IT", kind="it")
    SupportGroup.objects.create(desk=desk, key="service-desk", name="Service desk", tier=1)
    return desk


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as running:
        yield running


def typed(desk: Desk, at: int, **changes: object) -> MailboxSettings:
    usual = {
        "host": "127.0.0.1",
        "port": at,
        "security": "none",
        "username": USER,
        "secrets": Secrets(password=PASSWORD),
    }
    own = {name: changes.pop(name) for name in list(changes) if name in ServerSettings.__slots__}
    given = ServerSettings(**{**usual, **own})  # type: ignore[arg-type] # as typed
    return MailboxSettings(**{"desk_id": desk.pk, "address": USER, "server": given, "begin": "all", **changes})  # type: ignore[arg-type] # as typed


def connected(desk: Desk, server: ImapServer, **changes: object) -> Mailbox:
    mailbox = operations.add_mailbox(actor=SETUP, given=typed(desk, server.port, **changes))
    jobs.drain()
    mailbox.refresh_from_db()
    assert mailbox.active, mailbox.said
    return mailbox


def read(mailbox: Mailbox) -> Pass:
    fresh = Mailbox.objects.get(pk=mailbox.pk)
    with imap.account(fresh) as client:
        return operations.fetch(client, actor=INTAKE, mailbox=fresh)


# --- reading ---


def test_messages_become_tickets_byte_for_byte(desk: Desk, server: ImapServer) -> None:
    letters = [mail(f"Body {n} \xe9\r\n".encode("latin-1"), Subject=f"Fault {n}") for n in range(3)]
    mailbox = connected(desk, server)
    deliver(server, *letters)

    assert read(mailbox) == Pass(taken=3)

    stored = [storage.read(one.blob_id) for one in InboundMessage.objects.order_by("pk")]
    assert stored == letters
    assert list(Ticket.objects.order_by("pk").values_list("title", "desk")) == [
        (f"Fault {n}", desk.pk) for n in range(3)
    ]
    assert read(mailbox) == Pass()


def test_the_mailbox_names_the_desk(desk: Desk, server: ImapServer) -> None:
    other = Desk.objects.create(key="hr", name="HR", kind="hr")
    mailbox = connected(other, server)
    deliver(server, mail(To="somebody-else@customer.example"))
    read(mailbox)
    assert Ticket.objects.get().desk == other


def test_what_was_there_before_stays_nobodys_request(desk: Desk, server: ImapServer) -> None:
    deliver(server, mail(Subject="Old"))
    mailbox = connected(desk, server, begin="new")
    assert read(mailbox) == Pass()
    deliver(server, mail(Subject="New"))
    assert read(mailbox) == Pass(taken=1)
    assert Ticket.objects.get().title == "New"


def test_keep_changes_nothing_on_the_server(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server, after="keep")
    deliver(server, mail())
    read(mailbox)
    assert [flags for _, flags in lying_in(server).values()] == [()]
    assert MailboxMessage.objects.unsettled(mailbox).count() == 0


def test_mark_says_that_a_message_was_read(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server, after="mark")
    deliver(server, mail(), mail())
    read(mailbox)
    assert [flags for _, flags in lying_in(server).values()] == [(b"\\Seen",)] * 2


@pytest.mark.parametrize("without", [(), (b"MOVE",)])
def test_move_empties_the_folder(desk: Desk, without: tuple[bytes, ...]) -> None:
    with ImapServer(without=without) as server:
        mailbox = connected(desk, server, after="move", move_to="Done")
        letter = mail()
        deliver(server, letter)
        read(mailbox)
        assert lying_in(server) == {}
        assert [content for content, _ in lying_in(server, "Done").values()] == [letter]


def test_without_uidplus_only_a_mark_is_left(desk: Desk) -> None:
    """A plain EXPUNGE would take messages that somebody else has marked as deleted."""
    with ImapServer(without=(b"MOVE", b"UIDPLUS")) as server:
        mailbox = connected(desk, server, after="move", move_to="Done")
        deliver(server, mail())
        read(mailbox)
        assert [flags for _, flags in lying_in(server).values()] == [(b"\\Deleted",)]
        assert len(lying_in(server, "Done")) == 1
        assert read(mailbox) == Pass()


def test_a_target_that_somebody_deleted_is_made_anew(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server, after="move", move_to="Done")
    deliver(server, mail())
    read(mailbox)
    with signed_in(server) as client:
        client.delete_folder("Done")
    deliver(server, mail())
    assert read(mailbox).taken == 1
    assert len(lying_in(server, "Done")) == 1
    assert not lying_in(server, "INBOX")


@pytest.mark.parametrize(
    ("after", "verb", "step", "words"),
    [
        ("move", "move", "target", "cannot be moved to Done: [OVERQUOTA] full"),
        ("mark", "add_flags", "folder", "cannot be marked as read: [OVERQUOTA] full"),
    ],
)
def test_what_the_server_forbids_keeps_no_mail_out(
    desk: Desk, server: ImapServer, monkeypatch: pytest.MonkeyPatch, after: str, verb: str, step: str, words: str
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise IMAPClientError("[OVERQUOTA] full")

    mailbox = connected(desk, server, after=after, move_to="Done" if after == "move" else "")
    monkeypatch.setattr(imap if verb == "move" else IMAPClient, verb, refused)
    for number in range(2):
        deliver(server, mail())
        with pytest.raises(MailboxTrouble) as caught:
            read(mailbox)
        assert (caught.value.step, words in caught.value.message) == (step, True)
        assert Ticket.objects.count() == number + 1
    monkeypatch.undo()
    read(mailbox)
    assert not MailboxMessage.objects.unsettled(Mailbox.objects.get()).exists()


def test_a_folder_of_many_messages_is_counted(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    numbers = b"* SEARCH " + b" ".join(b"%d" % one for one in range(1_000_000, 1_200_000)) + b"\r\n"
    assert len(numbers) > imaplib._MAXLINE
    with imap.account(mailbox) as client:
        talk = client._imap
        whole, talk.file = talk.file, io.BytesIO(numbers)
        assert talk.readline() == numbers
        talk.file = io.BytesIO(b"x" * (imap.LONGEST_LINE + 10))
        with pytest.raises(imaplib.IMAP4.error, match="a line of more than"):
            talk.readline()
        talk.file = whole


def test_the_server_hears_of_nothing_before_it_is_safely_here(
    desk: Desk, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = connected(desk, server)
    deliver(server, mail(Subject="A"), mail(Subject="B"))
    flags_then: list[object] = []

    def receive(**given: object) -> operations.Received:
        flags_then.extend(flags for _, flags in lying_in(server).values())
        return operations.receive(**given)  # type: ignore[arg-type] # handed through

    monkeypatch.setattr(fetching, "receive", receive)
    read(mailbox)
    assert set(flags_then) == {()}


@pytest.mark.parametrize("moment", ["receive", "note", "advance", "settle"])
def test_a_pass_that_ends_anywhere_is_made_good(
    desk: Desk, server: ImapServer, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Whatever the step before which it ends: the next pass has every message once, and the server told of each."""
    mailbox = connected(desk, server)
    deliver(server, *(mail(Subject=f"Fault {n}") for n in range(4)))
    name = {"receive": "receive", "note": "_note", "advance": "_advance", "settle": "_settle"}[moment]
    whole, left = getattr(fetching, name), [2]

    def ends(*args: object, **given: object) -> object:
        left[0] -= 1
        if left[0] == 0:
            raise ConnectionResetError
        return whole(*args, **given)

    with monkeypatch.context() as patched:
        patched.setattr(fetching, name, ends)
        with pytest.raises(ConnectionResetError):
            read(mailbox)
    read(mailbox)
    assert sorted(Ticket.objects.values_list("title", flat=True)) == [f"Fault {n}" for n in range(4)]
    assert MailboxMessage.objects.filter(settled=True).count() == 4
    assert [flags for _, flags in lying_in(server).values()] == [(b"\\Seen",)] * 4


def test_a_server_that_counts_anew_brings_nothing_twice(desk: Desk) -> None:
    letters = [mail(Subject=f"Fault {n}") for n in range(3)]
    with ImapServer() as server:
        mailbox = connected(desk, server)
        deliver(server, *letters)
        read(mailbox)
        before = Mailbox.objects.get().uid_validity
    with ImapServer(port=server.port) as restored:
        deliver(restored, mail(Subject="After the restore"), *reversed(letters))
        assert read(mailbox) == Pass(taken=1, known=3)
    assert Mailbox.objects.get().uid_validity != before
    assert Ticket.objects.count() == InboundMessage.objects.count() == 4


def test_a_count_that_begins_anew_does_not_bring_what_was_there_before(desk: Desk) -> None:
    with ImapServer() as server:
        deliver(server, mail(Subject="Old"))
        mailbox = connected(desk, server, begin="new")
        read(mailbox)
        skipped = Mailbox.objects.get().skip_until
        assert skipped is not None
    with ImapServer(port=server.port) as restored, signed_in(restored) as client:
        client.append("INBOX", mail(Subject="Old, restored"), msg_time=skipped)
        client.append(
            "INBOX",
            mail(Subject="New"),
            msg_time=skipped + timedelta(seconds=60),
        )
        assert read(mailbox).taken == 1
    assert Ticket.objects.get().title == "New"


def test_two_that_read_at_once_bring_everything_once(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    deliver(server, mail(Subject="A"), mail(Subject="B"))
    one, two = Mailbox.objects.get(pk=mailbox.pk), Mailbox.objects.get(pk=mailbox.pk)
    with imap.account(one) as first, imap.account(two) as second:
        operations.fetch(first, actor=INTAKE, mailbox=one)
        operations.fetch(second, actor=INTAKE, mailbox=two)  # it still believes that nothing was read
    assert Ticket.objects.count() == MailboxMessage.objects.count() == 2


def test_one_message_that_cannot_be_had_stops_nothing(
    desk: Desk, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = connected(desk, server)
    deliver(server, mail(Subject="A"), mail(Subject="Broken"), mail(Subject="C"))
    broken = sorted(lying_in(server))[1]
    whole = imap.IMAPClient.fetch

    def refuses(client: object, uids: list[int], what: list[str]) -> object:
        if broken in uids and what == ["BODY.PEEK[]"]:
            raise IMAPClientError("NO: internal error")
        return whole(client, uids, what)

    monkeypatch.setattr(imap.IMAPClient, "fetch", refuses)
    assert read(mailbox) == Pass(taken=2)
    assert "internal error" in MailboxMessage.objects.get(uid=broken).problem
    assert sorted(Ticket.objects.values_list("title", flat=True)) == ["A", "C"]


def test_a_message_that_is_too_large_is_noted_and_not_loaded(
    desk: Desk, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = connected(desk, server)
    monkeypatch.setattr(fetching, "MAX_MESSAGE", 1000)
    deliver(server, mail("x" * 2000, Subject="Large"), mail(Subject="Small"))
    assert read(mailbox).taken == 1
    assert MailboxMessage.objects.exclude(problem="").count() == 1
    assert Ticket.objects.get().title == "Small"


def test_many_messages_come_in_several_batches(desk: Desk, server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "BATCH_MESSAGES", 2)
    monkeypatch.setattr(fetching, "_WINDOW", 3)
    mailbox = connected(desk, server)
    deliver(server, *(mail(Subject=f"Fault {n}") for n in range(7)))
    assert read(mailbox) == Pass(taken=7)
    assert Mailbox.objects.get().last_uid == max(lying_in(server))


def test_a_copy_in_two_mailboxes_is_one_ticket(desk: Desk, server: ImapServer) -> None:
    first = connected(desk, server)
    with signed_in(server) as client:
        client.create_folder("Second")
    second = connected(desk, server, folder="Second")
    letter = mail()
    deliver(server, letter)
    deliver(server, b"X-Way: two\r\n" + letter, folder="Second")
    read(first)
    read(second)
    assert Ticket.objects.count() == 1
    assert InboundMessage.objects.filter(duplicate_of__isnull=False).count() == 1


# --- setting up ---


def steps(mailbox: Mailbox) -> dict[str, str]:
    test = ConnectionTest.objects.filter(mailbox=mailbox).latest("pk")
    return {step["name"]: step["state"] for step in test.steps}


def trouble(mailbox: Mailbox) -> tuple[str, str]:
    """The step that failed and all that was said."""
    test = ConnectionTest.objects.filter(mailbox=mailbox).latest("pk")
    assert test.state == "bad"
    [bad] = [step for step in test.steps if step["state"] == "bad"]
    return bad["name"], f"{bad['words']} {bad['todo']}"


def tried(desk: Desk, port: int, **changes: object) -> Mailbox:
    mailbox = operations.add_mailbox(actor=SETUP, given=typed(desk, port, **changes))
    jobs.drain()
    mailbox.refresh_from_db()
    assert not mailbox.active
    return mailbox


def test_a_good_test_switches_the_mailbox_on(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server, after="move", move_to="Done")
    assert set(steps(mailbox).values()) == {"good"}
    assert list(steps(mailbox)) == ["reach", "sign-in", "folder", "target", "messages"]
    assert mailbox.health == "well"


def test_a_wrong_password_is_said(desk: Desk, server: ImapServer) -> None:
    step, words = trouble(tried(desk, server.port, secrets=Secrets(password="wrong horse")))
    assert step == "sign-in"
    assert "does not accept this sign-in" in words
    assert "wrong horse" not in words


def test_a_missing_folder_is_said_with_those_that_are_there(desk: Desk, server: ImapServer) -> None:
    step, words = trouble(tried(desk, server.port, folder="Suport"))
    assert step == "folder"
    assert "There is no folder Suport. The account has: INBOX." in words


def test_a_name_and_a_port_that_lead_nowhere(desk: Desk) -> None:
    assert trouble(tried(desk, 993, host="imap.nowhere.invalid", security="tls"))[0] == "reach"
    step, words = trouble(tried(desk, 1, address="b@desk.example"))
    assert step == "reach"
    assert "nothing listens on port 1" in words


def test_the_wrong_kind_of_encryption(desk: Desk, server: ImapServer) -> None:
    mailbox = tried(desk, server.port, security="tls")
    assert trouble(mailbox)[0] == "encryption"
    went = {"reach": "good", "encryption": "bad"}
    assert steps(mailbox) == went | dict.fromkeys(("sign-in", "folder", "messages"), "waiting")
    step, words = trouble(tried(desk, server.port, security="starttls", address="b@desk.example"))
    assert step == "encryption"
    assert "does not offer STARTTLS" in words


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_over_tls_with_a_certificate_that_is_in_order(
    desk: Desk, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate()))
    with ImapServer(**{security: server_side(certificate())}) as server:
        mailbox = connected(desk, server, security=security)
        assert list(steps(mailbox)) == ["reach", "encryption", "sign-in", "folder", "messages"]
        assert read(mailbox) == Pass()


@pytest.mark.parametrize(("authority", "days", "words"), [(False, 1, "self"), (True, -1, "expired")])
def test_a_certificate_that_is_not_in_order_is_said(
    desk: Desk, authority: bool, days: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if authority:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate(days=days)))
    for security in ("tls", "starttls"):
        with ImapServer(**{security: server_side(certificate(days=days))}) as server:
            step, said = trouble(tried(desk, server.port, security=security, address=f"{security}@desk.example"))
        assert step == "encryption"
        assert "certificate" in said
        assert words in said


def test_a_password_is_not_sent_where_the_server_wants_tls_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    monkeypatch.setattr(imap.IMAPClient, "login", lambda *given: sent.append(given))
    with ImapServer(without=(b"LOGIN",)) as server:
        step, said = trouble(tried(desk, server.port))
    assert (step, sent) == ("sign-in", [])
    assert "choose TLS or STARTTLS" in said


def test_something_else_than_an_imap_server(desk: Desk) -> None:
    with web_server(200, b"hello") as (port, _), pytest.MonkeyPatch.context() as quick:
        quick.setattr("tierline.core.kernel.outbound.TIMEOUT", 0.2)
        assert trouble(tried(desk, port))[0] == "reach"


def test_a_test_that_ended_is_not_run_again(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    test = ConnectionTest.objects.get()
    again = operations.run_test(actor=INTAKE, test_id=test.pk)
    assert (again.finished_at, server.connections) == (test.finished_at, server.connections)
    with pytest.raises(NotFound):
        operations.run_test(actor=INTAKE, test_id=0)
    assert mailbox.active


def test_secrets_are_sealed_and_kept_when_the_field_is_left_empty(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    assert PASSWORD not in mailbox.secret
    operations.change_mailbox(
        actor=SETUP, mailbox_id=mailbox.pk, given=typed(desk, server.port, secrets=Secrets(), after="keep")
    )
    mailbox.refresh_from_db()
    assert credentials.unseal(mailbox).password == PASSWORD
    assert mailbox.after == "keep"
    assert PASSWORD not in repr(credentials.unseal(mailbox))


def test_a_kept_secret_never_goes_to_another_server(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    elsewhere = typed(desk, server.port, secrets=Secrets(), host="localhost")
    with pytest.raises(Invalid) as caught:
        operations.change_mailbox(actor=SETUP, mailbox_id=mailbox.pk, given=elsewhere)
    assert "again" in caught.value.fields["password"]


def test_a_lost_key_is_said_in_words(desk: Desk, server: ImapServer, settings: Settings) -> None:
    mailbox = connected(desk, server)
    settings.SECRET_KEY = "another one " * 4
    with pytest.raises(MailboxTrouble, match="Type the secret again"):
        credentials.unseal(mailbox)


def test_another_folder_is_read_from_its_own_beginning(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    deliver(server, mail())
    read(mailbox)
    with signed_in(server) as client:
        client.create_folder("Other")
    operations.change_mailbox(actor=SETUP, mailbox_id=mailbox.pk, given=typed(desk, server.port, folder="Other"))
    deliver(server, mail(Subject="Other"), folder="Other")
    assert read(mailbox) == Pass(taken=1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": "no address"}, "address"),
        ({"after": "move"}, "move_to"),
        ({"after": "move", "move_to": "INBOX"}, "move_to"),
        ({"after": "burn"}, "after"),
        ({"begin": "never"}, "begin"),
        ({"desk_id": 0}, "desk"),
        ({"host": "https://mail.example"}, "host"),
        ({"host": ""}, "host"),
        ({"port": 0}, "port"),
        ({"port": 70000}, "port"),
        ({"security": "hope"}, "security"),
        ({"security": "none", "host": "imap.desk.example"}, "security"),
        ({"sign_in": "smile"}, "sign_in"),
        ({"secrets": Secrets()}, "password"),
        ({"sign_in": "oauth2", "token_url": "http://a.example/", "client_id": "c"}, "token_url"),
        ({"sign_in": "oauth2", "token_url": "https://a.example/"}, "client_id"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(desk: Desk, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        operations.add_mailbox(actor=SETUP, given=typed(desk, 993, **changes))
    assert field in caught.value.fields
    assert not Mailbox.objects.exists()


def test_one_folder_is_connected_once(desk: Desk, server: ImapServer) -> None:
    connected(desk, server)
    with pytest.raises(Invalid, match="connected already"):
        operations.add_mailbox(actor=SETUP, given=typed(desk, server.port))


def test_switching_off_on_and_away(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    assert not operations.switch_mailbox(actor=SETUP, mailbox_id=mailbox.pk, active=False).active
    assert operations.switch_mailbox(actor=SETUP, mailbox_id=mailbox.pk, active=True).active
    deliver(server, mail())
    read(mailbox)
    operations.remove_mailbox(actor=SETUP, mailbox_id=mailbox.pk)
    assert not Mailbox.objects.exists()
    assert InboundMessage.objects.count() == Ticket.objects.count() == 1
    never = operations.add_mailbox(actor=SETUP, given=typed(desk, 1))
    with pytest.raises(NotActive):
        operations.switch_mailbox(actor=SETUP, mailbox_id=never.pk, active=True)


def test_only_an_administrator_touches_mailboxes(desk: Desk) -> None:
    for roles in ({"agent", "lead"}, {"machine"}):
        actor = Actor(label="x", roles=frozenset(roles))
        with pytest.raises(NotFound):
            operations.add_mailbox(actor=actor, given=typed(desk, 993))
        for verb in (operations.remove_mailbox, operations.ask_for_test):
            with pytest.raises(NotFound):
                verb(actor=actor, mailbox_id=1)


def test_pauses_grow_and_end_at_a_quarter_of_an_hour(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    pauses = [mailboxes.note_trouble(mailbox, "It is away.").total_seconds() for _ in range(8)]
    assert pauses == [30, 60, 120, 240, 480, 900, 900, 900]
    mailbox.refresh_from_db()
    assert (mailbox.health, mailbox.failures, mailbox.said) == ("trouble", 8, "It is away.")
    mailboxes.note_well(mailbox, "3 messages taken.")
    mailbox.refresh_from_db()
    assert (mailbox.health, mailbox.failures, mailbox.next_at) == ("well", 0, None)


def test_a_note_about_an_older_connection_changes_nothing(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    operations.switch_mailbox(actor=SETUP, mailbox_id=mailbox.pk, active=False)
    mailboxes.note_trouble(mailbox, "Old news.")
    assert Mailbox.objects.get().said != "Old news."


# --- OAuth 2 ---


def oauth(port: int) -> dict[str, object]:
    return {
        "sign_in": "oauth2",
        "token_url": f"http://127.0.0.1:{port}/token",
        "client_id": "desk",
        "scope": "imap offline_access",
        "secrets": Secrets(client_secret="hush", refresh_token="first"),
    }


def test_a_token_is_fetched_used_and_kept_for_its_time(desk: Desk) -> None:
    answer = json.dumps({"access_token": "token-1", "expires_in": 3600}).encode()
    with ImapServer(password="token-1") as server, web_server(200, answer) as (port, seen):
        mailbox = connected(desk, server, **oauth(port))
        read(mailbox)
    assert len(seen) == 1
    assert "grant_type=refresh_token&refresh_token=first" in seen[0]
    assert "client_secret=hush" in seen[0]


def test_a_kept_token_that_was_revoked_is_replaced_once(desk: Desk) -> None:
    old, new = (json.dumps({"access_token": name, "expires_in": 3600}).encode() for name in ("old", "new"))
    with ImapServer(password="old") as server, web_server(200, old) as (port, _):
        mailbox = connected(desk, server, **oauth(port))
    with ImapServer(password="new", port=server.port), web_server(200, new, at=port) as (_, seen):
        assert read(mailbox) == Pass()
    assert len(seen) == 1
    with ImapServer(password="other", port=server.port), web_server(200, new, at=port) as (_, seen):
        with pytest.raises(MailboxTrouble, match="consent was withdrawn"):
            read(mailbox)
        with pytest.raises(MailboxTrouble, match="does not accept"):
            read(mailbox)
    assert len(seen) == 2, "each time one new token is tried, not more"


def test_a_refresh_token_that_is_renewed_is_kept(desk: Desk) -> None:
    answer = json.dumps({"access_token": "token-2", "expires_in": 60, "refresh_token": "second"}).encode()
    with ImapServer(password="token-2") as server, web_server(200, answer) as (port, seen):
        mailbox = connected(desk, server, **oauth(port))
        assert credentials.unseal(mailbox) == Secrets(client_secret="hush", refresh_token="second")
        read(mailbox)
    assert "refresh_token=second" in seen[-1], "a token that ends within minutes is not used again"


def test_a_refresh_token_that_another_process_renewed_is_not_used_again(desk: Desk) -> None:
    answer = json.dumps({"access_token": "token-4", "expires_in": 60, "refresh_token": "third"}).encode()
    with ImapServer(password="token-4") as server, web_server(200, answer) as (port, seen):
        mailbox = connected(desk, server, **oauth(port))
        stale = Mailbox.objects.get(pk=mailbox.pk)
        credentials.seal(mailbox, Secrets(client_secret="hush", refresh_token="renewed elsewhere"))
        mailbox.save(update_fields=["secret"])
        credentials.access_token(stale)
    assert "refresh_token=renewed+elsewhere" in seen[-1]
    assert credentials.unseal(stale).refresh_token == "third"


def test_a_provider_that_gives_no_token_is_quoted(desk: Desk) -> None:
    refusal = json.dumps({"error": "invalid_grant", "error_description": "Token has been revoked."}).encode()
    with ImapServer() as server, web_server(400, refusal) as (port, _):
        step, words = trouble(tried(desk, server.port, **oauth(port)))
    assert step == "sign-in"
    assert "Token has been revoked." in words
    assert "hush" not in words


def test_an_application_signs_in_without_a_refresh_token(desk: Desk) -> None:
    answer = b'{"access_token": "token-3", "expires_in": "3600"}'
    with ImapServer(password="token-3") as server, web_server(200, answer) as (port, seen):
        connected(desk, server, **(oauth(port) | {"secrets": Secrets(client_secret="hush-3")}))
    assert "grant_type=client_credentials" in seen[0]


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b'{"token": 1}'])
def test_an_answer_without_a_token_is_no_crash(desk: Desk, answer: bytes) -> None:
    with ImapServer() as server, web_server(200, answer) as (port, _):
        assert trouble(tried(desk, server.port, **oauth(port)))[0] == "sign-in"


def test_the_digest_is_that_of_the_bytes(desk: Desk, server: ImapServer) -> None:
    letter = mail(Message_ID="<one@customer.example>")
    mailbox = connected(desk, server)
    deliver(server, letter)
    read(mailbox)
    note = MailboxMessage.objects.get()
    assert (note.mail_id, note.digest) == ("<one@customer.example>", hashlib.sha256(letter).hexdigest())
    assert sealing.seal("", purpose="x") == ""


# --- counting both sides ---


def compared(mailbox: Mailbox) -> operations.Comparison:
    found = operations.reconcile(actor=INTAKE, mailbox_id=mailbox.pk)
    assert found.on_server == (
        found.taken + len(found.refused) + found.there_before + found.waiting + len(found.missing)
    ), "the sums are the same on both sides"
    return found


def test_both_sides_agree(desk: Desk, server: ImapServer) -> None:
    deliver(server, mail(), mail())
    mailbox = connected(desk, server, begin="new")
    read(mailbox)
    deliver(server, mail(), mail(), mail())
    read(mailbox)
    deliver(server, mail())
    found = compared(mailbox)
    assert (found.on_server, found.there_before, found.taken, found.waiting) == (6, 2, 3, 1)
    assert not found.differs
    mailbox.refresh_from_db()
    assert mailbox.compared["taken"] == 3
    assert mailbox.compared_at is not None


def test_what_is_missing_has_a_name_and_is_taken(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    deliver(server, mail(), mail(Message_ID="<lost@customer.example>"), mail())
    lost = sorted(lying_in(server))[1]
    read(mailbox)
    MailboxMessage.objects.filter(uid=lost).delete()  # as a restore of the database from yesterday would
    found = compared(mailbox)
    assert found.missing == [{"uid": lost, "message_id": "<lost@customer.example>", "why": "never taken"}]
    assert found.to_data()["differs"] is True
    assert read(mailbox) == Pass(taken=1)
    assert not compared(mailbox).differs
    assert Ticket.objects.count() == 3, "its bytes were here already"


def test_what_cannot_be_had_and_what_was_not_understood_is_named(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    deliver(server, mail(), mail())
    read(mailbox)
    first, second = MailboxMessage.objects.order_by("uid")
    MailboxMessage.objects.filter(pk=first.pk).update(problem="The server does not hand it over.", inbound=None)
    InboundMessage.objects.filter(pk=second.inbound_id).update(outcome="")
    found = compared(mailbox)
    assert [one["uid"] for one in found.refused] == [first.uid]
    assert [one["message_id"] for one in found.not_understood] == [second.mail_id]


def test_what_should_have_moved_and_what_somebody_took_away(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    deliver(server, mail(), mail())
    read(mailbox)
    Mailbox.objects.filter(pk=mailbox.pk).update(after="move", move_to="Done")
    assert len(compared(mailbox).left_behind) == 2
    with signed_in(server) as client:
        client.select_folder("INBOX")
        client.delete_messages(client.search("ALL")[:1])
        client.expunge()
    assert compared(mailbox).gone_from_server == 1


def test_the_command_says_it_as_json_and_in_words(
    desk: Desk, server: ImapServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mailbox = connected(desk, server)
    deliver(server, mail(Message_ID="<lost@customer.example>"), mail())
    read(mailbox)
    MailboxMessage.objects.earliest("uid").delete()
    monkeypatch.setattr(cli_desk, "opened", lambda _: nullcontext())
    assert main(["mail", "reconcile", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["mailbox"], told["on_server"], told["taken"], told["missing"]) == (USER, 2, 1, 1)
    read(mailbox)
    assert main(["mail", "reconcile", "--mailbox", USER]) == 0
    assert capsys.readouterr().out.startswith(f"{USER}: on server 2, taken 2, there before 0, waiting 0, missing 0")


def test_before_the_first_look_everything_waits(desk: Desk, server: ImapServer) -> None:
    deliver(server, mail())
    assert compared(connected(desk, server)).waiting == 1


def test_comparisons_are_asked_for_once_and_made_by_night(desk: Desk, server: ImapServer) -> None:
    mailbox = connected(desk, server)
    operations.queue_comparisons(actor=INTAKE)
    operations.queue_comparisons(actor=INTAKE, mailbox_id=mailbox.pk)
    before = server.connections
    jobs.drain()
    assert server.connections == before + 1
    with pytest.raises(NotFound):
        operations.queue_comparisons(actor=INTAKE, mailbox_id=0)
    with pytest.raises(NotFound):
        operations.reconcile(actor=Actor(label="x", roles=frozenset({"agent"})), mailbox_id=mailbox.pk)
