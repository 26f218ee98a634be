"""Mail set-up: a mailbox on one page with a live test, the outgoing server, web hooks, the quarantine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.support.desk import SmallDesk, small_desk
from tests.support.imap_server import PASSWORD, USER, ImapServer, deliver
from tests.support.mails import MailServer, mail
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.spool import END, Spool
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Follower, Ticket
from tierline.doors.web.setup.mail_words import NOBODY_TOOK_IT, trial
from tierline.work.intake import operations
from tierline.work.intake.models import (
    Acknowledgement,
    ConnectionTest,
    InboundHook,
    InboundMessage,
    LearnedRule,
    Mailbox,
    MailboxMessage,
    OutboundMessage,
    OutgoingServer,
    TrustedSender,
)
from tierline.work.intake.operations.leaving import leave_address

pytestmark = pytest.mark.django_db

INTAKE = Actor.machine("intake")


@pytest.fixture
def desk(settings: Settings) -> SmallDesk:
    settings.TIERLINE_SMTP = None
    return small_desk()


@pytest.fixture
def admin(desk: SmallDesk) -> Client:
    client = Client()
    client.force_login(desk.administrator)
    return client


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as running:
        yield running


def typed(into: SmallDesk, at: int, **changes: object) -> dict[str, object]:
    usual = {
        "desk": into.desk.pk,
        "address": USER,
        "host": "127.0.0.1",
        "port": at,
        "security": "none",
        "sign_in": "password",
        "username": USER,
        "password": PASSWORD,
        "folder": "INBOX",
        "after": "mark",
        "begin": "new",
    }
    return {**usual, **changes}


def piece(client: Client, address: str) -> str:
    return client.get(address, headers={"HX-Request": "true"}).content.decode()


# --- mailboxes ---


def test_a_mailbox_is_connected_on_one_page_and_the_test_is_watched(
    admin: Client, desk: SmallDesk, server: ImapServer
) -> None:
    assert "Connect a mailbox" in admin.get("/setup/mail").content.decode()
    answer = admin.post("/setup/mail/mailboxes/new", typed(desk, server.port))
    mailbox = Mailbox.objects.get()
    assert answer["Location"] == f"/setup/mail/mailboxes/{mailbox.pk}"
    watched = f"/setup/mail/mailboxes/{mailbox.pk}/state"
    before = piece(admin, watched)
    assert "It is being tried" in before
    assert f'hx-get="{watched}" hx-trigger="every 1s"' in before
    assert "<html" not in before

    jobs.drain()

    after = piece(admin, watched)
    assert "It works." in after
    assert "hx-trigger" not in after, "nobody asks any more"
    assert all(words in after for words in ("Reach the server", "Sign in", "Open the folder", "0 messages are in"))
    page = admin.get(f"/setup/mail/mailboxes/{mailbox.pk}").content.decode()
    assert PASSWORD not in page
    assert "It is kept and not shown." in page
    assert "Connected" in admin.get("/setup/mail").content.decode()


def test_what_is_wrong_is_said_with_what_to_do(admin: Client, desk: SmallDesk, server: ImapServer) -> None:
    admin.post("/setup/mail/mailboxes/new", typed(desk, server.port, password="wrong"))
    jobs.drain()
    page = admin.get(f"/setup/mail/mailboxes/{Mailbox.objects.get().pk}").content.decode()
    assert "It does not work yet." in page
    assert "does not accept this sign-in" in page
    assert "Check user name and password" in page
    assert "not tried yet" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"host": "https://x.example"}, "Give the name of the server alone"),
        ({"port": "no"}, "Enter a whole number"),
        ({"after": "move"}, "Name the folder"),
        ({"sign_in": "oauth2", "client_id": "x"}, "begins with https://"),
        ({"password": ""}, "Type the password."),
        ({"host": "imap.example.org"}, "in the clear"),
        ({"desk": 0}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    admin: Client, desk: SmallDesk, changes: dict[str, object], words: str
) -> None:
    answer = admin.post("/setup/mail/mailboxes/new", typed(desk, 993, **changes))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert PASSWORD not in page
    assert not Mailbox.objects.exists()


def test_a_mailbox_is_changed_switched_compared_and_forgotten(
    admin: Client, desk: SmallDesk, server: ImapServer
) -> None:
    admin.post("/setup/mail/mailboxes/new", typed(desk, server.port))
    jobs.drain()
    mailbox = Mailbox.objects.get()
    here = f"/setup/mail/mailboxes/{mailbox.pk}"
    deliver(server, mail(Message_ID="<waits@customer.example>"))
    admin.post(here, typed(desk, server.port, password="", after="keep"))
    admin.post(f"{here}/off")
    mailbox.refresh_from_db()
    assert (mailbox.after, mailbox.active) == ("keep", False)
    assert "It is left alone from now on." in admin.get(here).content.decode()
    admin.post(f"{here}/on")
    admin.post(f"{here}/test")
    assert ConnectionTest.objects.filter(state="running").count() == 2
    admin.post(f"{here}/compare")
    jobs.drain()
    page = admin.get(here).content.decode()
    assert "Every message is accounted for." in page
    assert "Waiting to be taken" in page
    Mailbox.objects.update(
        compared={"missing": 1, "missing_messages": [{"uid": 7, "message_id": "<a@b>", "why": "never taken"}]}
    )
    assert "&lt;a@b&gt;" in admin.get(here).content.decode()
    assert admin.post(f"{here}/remove")["Location"] == "/setup/mail"
    assert not Mailbox.objects.exists()
    assert admin.get(here).status_code == 404


def test_a_mailbox_that_never_worked_is_not_switched_on(admin: Client, desk: SmallDesk) -> None:
    admin.post("/setup/mail/mailboxes/new", typed(desk, 1))
    here = f"/setup/mail/mailboxes/{Mailbox.objects.get().pk}"
    admin.post(f"{here}/on")
    assert "Test the connection first" in admin.get(here).content.decode()


def test_a_test_that_nobody_takes_up_says_so() -> None:
    waiting = ConnectionTest(created_at=clock.now() - NOBODY_TOOK_IT * 2)
    assert "Is the worker running?" in trial(waiting).headline
    assert not trial(waiting).running
    assert trial(None) is None


@pytest.mark.parametrize(
    "address",
    ["mailboxes/new", "mailboxes/1", "mailboxes/1/state", "mailboxes/1/test", "outgoing", "outgoing/state", "hooks"],
)
def test_only_administrators_set_mail_up(client: Client, desk: SmallDesk, address: str) -> None:
    for person, status in ((desk.lead, 404), (desk.agents[1], 404), (desk.requester, 404)):
        client.force_login(person)
        assert client.get(f"/setup/mail/{address}").status_code in {status, 405}


def test_the_overview_tells_how_mail_is(admin: Client, desk: SmallDesk) -> None:
    page = admin.get("/setup/").content.decode()
    assert "No mailbox is connected" in page
    assert "answers wait here" in page
    admin.post("/setup/mail/mailboxes/new", typed(desk, 1))
    OutgoingServer.objects.create(pk=1, host="mx.example", port=25, active=True, changed_at=clock.now())
    jobs.drain()
    page = admin.get("/setup/").content.decode()
    assert f"In trouble: {USER}." in page
    assert "Answers go out by mail." in page
    Mailbox.objects.update(health="well")
    assert "Mailboxes are read." in admin.get("/setup/").content.decode()


# --- sending ---


def outgoing_typed(port: int, **changes: object) -> dict[str, object]:
    usual = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sign_in": "password",
        "address": "help@desk.example",
        "name": "Help Desk",
        "test_to": "ada@desk.example",
    }
    return {**usual, **changes}


def test_the_outgoing_server_is_set_up_tested_and_used(admin: Client, desk: SmallDesk) -> None:
    page = admin.get("/setup/mail/outgoing").content.decode()
    assert "Mail is held back" in page
    assert 'value="root@desk.example"' in page, "the test mail goes to whoever asks"
    with MailServer() as server:
        admin.post("/setup/mail/outgoing", outgoing_typed(server.port))
        assert "hx-trigger" in piece(admin, "/setup/mail/outgoing/state")
        jobs.drain()
        page = admin.get("/setup/mail/outgoing").content.decode()
        assert "The server took a mail from help@desk.example to ada@desk.example" in page
        admin.post("/setup/mail/outgoing/test")
        jobs.drain()
        assert [one.recipients for one in server.letters] == [["ada@desk.example"], ["root@desk.example"]]
    assert OutgoingServer.objects.get().active
    admin.post("/setup/mail/outgoing/off")
    assert not OutgoingServer.objects.get().active
    admin.post("/setup/mail/outgoing/on")
    assert f"127.0.0.1:{server.port}" in admin.get("/setup/mail").content.decode()


def test_the_setting_hides_the_form(admin: Client, settings: Settings) -> None:
    settings.TIERLINE_SMTP = {
        "host": "mx.example", "port": 25, "username": "", "password": "hush", "use_ssl": False, "use_tls": False
    }  # fmt: skip
    page = admin.get("/setup/mail/outgoing").content.decode()
    assert "mx.example:25 is set by TIERLINE_SMTP_URL" in page
    assert 'name="host"' not in page
    assert "hush" not in page
    assert admin.post("/setup/mail/outgoing", outgoing_typed(25)).status_code == 422


def test_mail_that_waits_and_mail_that_failed_is_shown_and_sent_again(admin: Client, desk: SmallDesk) -> None:
    ticket = desk.ticket()
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Hello")
    jobs.drain()
    held = OutboundMessage.objects.get()
    page = admin.get("/setup/mail").content.decode()
    assert "No outgoing mail server is set up." in page
    OutgoingServer.objects.create(pk=1, host="127.0.0.1", port=1, security="none", active=True, changed_at=clock.now())
    admin.post(f"/setup/mail/queue/{held.pk}/send")
    page = admin.get("/setup/mail").content.decode()
    assert "It is queued again." in page
    assert "Waiting to be sent" in page
    admin.post(f"/setup/mail/queue/{held.pk}/send")
    assert "on its way already" in admin.get("/setup/mail").content.decode()


def test_a_mail_that_waits_says_when_and_is_withdrawn(admin: Client, desk: SmallDesk) -> None:
    OutgoingServer.objects.create(pk=1, host="127.0.0.1", port=1, security="none", active=True, changed_at=clock.now())
    ticket = desk.ticket()
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Hello")
    jobs.drain()
    waits = OutboundMessage.objects.get()
    page = admin.get("/setup/mail").content.decode()
    assert "nothing listens on port 1" in page
    assert "Try now" in page
    assert "1 mail waits for another try." in admin.get("/setup/").content.decode()
    admin.post(f"/setup/mail/queue/{waits.pk}/withdraw")
    page = admin.get("/setup/mail").content.decode()
    assert "It is not sent." in page
    assert "Nothing waits." in page
    admin.post(f"/setup/mail/queue/{waits.pk}/withdraw")
    assert "on its way already" in admin.get("/setup/mail").content.decode()
    assert "Answers go out by mail." in admin.get("/setup/").content.decode()


def test_what_waited_for_a_server_is_sent_with_one_click(admin: Client, desk: SmallDesk) -> None:
    for number in range(2):
        tickets.reply(actor=desk.actor(1), ticket_id=desk.ticket().pk, text=f"Hello {number}")
    jobs.drain()
    page = admin.get("/setup/mail").content.decode()
    assert "2 mails are held back." in page
    assert "that waited for a server" not in page, "there is none yet"
    with MailServer() as server:
        OutgoingServer.objects.create(
            pk=1, host="127.0.0.1", port=server.port, security="none", active=True, changed_at=clock.now()
        )
        assert "Send the 2 that waited for a server" in admin.get("/setup/mail").content.decode()
        admin.post("/setup/mail/queue/held/send")
        assert "2 mails are queued." in admin.get("/setup/mail").content.decode()
        jobs.drain()
    assert len(server.letters) == 2


# --- what came in ---


def test_what_came_in_is_found_with_its_why_and_taken(admin: Client, desk: SmallDesk) -> None:
    for number in range(51):
        InboundMessage.objects.create(
            channel="mail", received_at=clock.now(), understood_at=clock.now(), outcome="ignored",
            reason="an automatic answer", subject=f"Away <b>{number}</b>", sender="a@b.example",
        )  # fmt: skip
    ignored = operations.receive(actor=INTAKE, content=mail(Subject="Look here", Auto_Submitted="auto-replied"))
    assert "/setup/mail/received?outcome=ignored" in admin.get("/setup/mail").content.decode()
    page = admin.get("/setup/mail/received?outcome=ignored").content.decode()
    assert "Away &lt;b&gt;50&lt;/b&gt;" in page
    assert "an automatic answer" in page
    assert page.count("/take") == 1, "only what is still here"
    older = re.search(r'href="(\?[^"]*before=[^"]*)"', page)
    assert older
    assert "Away &lt;b&gt;0&lt;/b&gt;" in admin.get(f"/setup/mail/received{unescape(older[1])}").content.decode()
    assert "Look here" in admin.get("/setup/mail/received?q=look").content.decode()
    assert "Nothing." in admin.get("/setup/mail/received?q=nowhere").content.decode()
    original = admin.get(f"/setup/mail/received/{ignored.inbound_id}/original")
    assert b"Look here" in original.content
    assert original["Content-Disposition"].startswith("attachment")
    admin.post(f"/setup/mail/received/{ignored.inbound_id}/take")
    page = admin.get("/setup/mail/received").content.decode()
    assert "New ticket: INC-" in page
    assert "taken by Ada Admin, although:" in page
    admin.post(f"/setup/mail/received/{ignored.inbound_id}/take")
    assert "No rule ignored this message" in admin.get("/setup/mail/received").content.decode()


@pytest.mark.parametrize("query", ["before=x", "before=99999999999999999999", "outcome=<b>", "q=%25%25", "q=%00"])
def test_no_question_breaks_the_list(admin: Client, query: str) -> None:
    assert admin.get(f"/setup/mail/received?{query}").status_code == 200


# --- web hooks ---


def test_the_password_of_an_address_is_shown_once(admin: Client, desk: SmallDesk) -> None:
    admin.post("/setup/mail/hooks", {"provider": "postmark", "desk": desk.desk.pk})
    hook = InboundHook.objects.get()
    password = operations.open_hook("postmark", hook.key).password
    first, second = (admin.get("/setup/mail/hooks").content.decode() for _ in range(2))
    assert f"tierline:{password}@" in first
    assert password not in second
    assert f"/hooks/mail/postmark/{hook.key}" in second
    admin.post(f"/setup/mail/hooks/{hook.pk}/remove")
    assert not InboundHook.objects.exists()


def test_a_provider_that_signs_needs_its_key(admin: Client, desk: SmallDesk) -> None:
    answer = admin.post("/setup/mail/hooks", {"provider": "mailgun", "desk": desk.desk.pk})
    assert answer.status_code == 422
    assert "Mailgun signs what it hands over." in answer.content.decode()


# --- quarantine ---


@pytest.fixture
def lead(desk: SmallDesk) -> Client:
    client = Client()
    client.force_login(desk.lead)
    return client


def strange(body: str = "Who am I?", **headers: str | None) -> InboundMessage:
    given = {"From": None, "Subject": "Strange", **headers}
    received = operations.receive(actor=INTAKE, content=mail(body, **given))
    return InboundMessage.objects.get(pk=received.inbound_id)


def test_a_message_is_seen_safely(lead: Client) -> None:
    inbound = strange("<script>alert(1)</script> it burns", Subject="<b>Strange</b>")
    here = f"/setup/mail/{inbound.pk}"
    page = lead.get(here).content.decode()
    assert "there is no sender who could be answered" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; it burns" in page
    assert "<script>alert" not in page
    file = lead.get(f"{here}/original")
    assert file.content.endswith(b"it burns")
    assert file["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "attachment" in file["Content-Disposition"]


def test_it_is_put_right_and_released(lead: Client) -> None:
    inbound = strange()
    here = f"/setup/mail/{inbound.pk}"
    assert lead.post(here, {"sender": "nobody"}).status_code == 422
    lead.post(here, {"sender": ""})
    assert "It is still in quarantine." in lead.get("/setup/mail").content.decode()
    lead.post(here, {"sender": "nora@customer.example"})
    assert Ticket.objects.get().requester.email == "nora@customer.example"
    assert lead.get(here).status_code == 404


def test_it_is_deleted(lead: Client) -> None:
    inbound = strange()
    lead.post(f"/setup/mail/{inbound.pk}/delete")
    assert "stays known" in lead.get("/setup/mail").content.decode()
    inbound.refresh_from_db()
    assert inbound.blob_id is None
    lead.post(f"/setup/mail/{inbound.pk}/delete")
    assert "not in quarantine" in lead.get("/setup/mail").content.decode()


def test_the_words_for_new_mail_are_changed_refused_at_their_field_and_taken_back(
    admin: Client, desk: SmallDesk
) -> None:
    address, usual = f"/setup/mail/words/{desk.desk.pk}", "Your message has arrived and is in good hands"
    assert usual in admin.get("/setup/mail").content.decode()
    saved = admin.post(address, {"text": "Danke, <b>{name}</b>.\r\n{reference}"}, follow=True).content.decode()
    assert "Danke, &lt;b&gt;{name}&lt;/b&gt;.\n{reference}</textarea>" in saved
    assert usual not in saved
    refused = admin.post(address, {"text": "Danke, {nmae}."})
    assert refused.status_code == 422
    assert "Danke, {nmae}.</textarea>" in refused.content.decode(), "what was typed is kept"
    assert "{nmae} stands for nothing" in refused.content.decode()
    assert Acknowledgement.objects.get().text == "Danke, <b>{name}</b>.\n{reference}"
    assert usual in admin.post(address, {"text": "x", "usual": "1"}, follow=True).content.decode()
    assert admin.post("/setup/mail/words/999999", {"text": "x"}).status_code == 404
    assert admin.post(address, {"text": "x" * 4001}).status_code == 422


def test_only_an_administrator_words_what_a_desk_answers(lead: Client, desk: SmallDesk) -> None:
    assert "answered at once" not in lead.get("/setup/mail").content.decode()
    assert lead.post(f"/setup/mail/words/{desk.desk.pk}", {"text": "x"}).status_code == 404
    assert not Acknowledgement.objects.exists()


def test_a_rule_is_learned_shown_and_forgotten(lead: Client) -> None:
    inbound = strange()
    lead.post(f"/setup/mail/{inbound.pk}/learn", {"mark": "sender", "verdict": "ignore"})
    assert "shows nothing there" in lead.get(f"/setup/mail/{inbound.pk}").content.decode()
    lead.post(f"/setup/mail/{inbound.pk}/learn", {"mark": "nothing", "verdict": "ignore"})
    assert not LearnedRule.objects.exists()
    lead.post(f"/setup/mail/{inbound.pk}/learn", {"mark": "subject", "verdict": "ignore"})
    rule = LearnedRule.objects.get()
    page = lead.get("/setup/mail").content.decode()
    assert f"rule {rule.pk}, learned by Lena Lead" in page
    assert "<b>strange</b>" in page
    lead.post(f"/setup/mail/rules/{rule.pk}/forget")
    assert not LearnedRule.objects.exists()


def test_whom_the_desk_believes_is_listed_and_withdrawn(lead: Client, desk: SmallDesk) -> None:
    box = Mailbox.objects.create(
        desk=desk.desk, address="help@desk.example", host="x", port=993, created_at=clock.now()
    )
    rest = {"because": "dmarc=fail", "learned_by": "Lena Lead", "created_at": clock.now()}
    for mailbox, mark, value in ((box, "domain", "customer.example"), (None, "sender", "scan@printer.example")):
        TrustedSender.objects.create(mailbox=mailbox, mark=mark, value=value, **rest)
    page = lead.get("/setup/mail").content.decode()
    assert "<b>customer.example</b>, in help@desk.example: the server had found dmarc=fail" in page
    assert "<b>scan@printer.example</b>, in mail that a mail server hands over" in page
    for rule in TrustedSender.objects.all():
        lead.post(f"/setup/mail/trusted/{rule.pk}/forget")
    assert not TrustedSender.objects.exists()
    assert lead.post("/setup/mail/trusted/1/forget").status_code == 404
    assert "Nobody. Whom a mail server cannot confirm" in lead.get("/setup/mail").content.decode()


def test_a_mailbox_names_its_mail_server(admin: Client, desk: SmallDesk) -> None:
    given = typed(desk, 993, authserv=" MX.Desk.Example, *.mail.example ")
    box = Mailbox.objects.get(pk=int(admin.post("/setup/mail/mailboxes/new", given)["Location"].rpartition("/")[2]))
    assert box.authserv == "*.mail.example mx.desk.example"
    here = f"/setup/mail/mailboxes/{box.pk}"
    assert "Once mail has come in" in admin.get(here).content.decode()
    for number in (1, 2):
        received = operations.receive(actor=INTAKE, content=mail(Authentication_Results="mx.desk.example; dmarc=pass"))
        MailboxMessage.objects.create(
            mailbox=box, uid_validity=1, uid=number, at=clock.now(), inbound_id=received.inbound_id
        )
    page = admin.get(here).content.decode()
    assert "<b>mx.desk.example</b> stands on top of 2 of the newest mails." in page
    assert "The results of *.mail.example mx.desk.example decide." in page


# --- leaving a conversation ---


def test_a_follower_leaves_in_the_mail_program_and_on_a_page(client: Client, desk: SmallDesk) -> None:
    ticket = desk.ticket()
    Follower.objects.create(ticket=ticket, person=desk.lead)
    path = f"/mail/leave/{leave_address(ticket, desk.lead.email).rpartition('/')[2]}"
    page = client.get(path).content.decode()
    assert ticket.reference in page
    assert Follower.objects.exists(), "looking is not leaving"
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "You get no more mail" in answer.content.decode()
    assert not Follower.objects.exists()
    assert client.get("/mail/leave/forged").status_code == 404


# --- the spool ---


def test_piped_mail_that_waits_or_cannot_be_taken_is_told(admin: Client, settings: Settings, tmp_path: Path) -> None:
    settings.TIERLINE_DATA = tmp_path
    assert "Piped" not in admin.get("/setup/").content.decode() + admin.get("/setup/mail").content.decode()
    spool, name = Spool(tmp_path), "00000000-0000-4000-8000-000000000000"
    (spool.folder / name).write_bytes(END % name.encode())

    assert "Piped in, not taken yet" in admin.get("/setup/mail").content.decode()
    assert "Piped mail" not in admin.get("/setup/").content.decode(), "it came just now"
    os.utime(spool.folder / name, (0, 0))
    assert "1 mail waits for the receiver." in admin.get("/setup/").content.decode()

    spool.refuse(spool.files()[0])
    assert "1 mail cannot be taken." in admin.get("/setup/").content.decode()
    assert f"{name}.refused" in admin.get("/setup/mail").content.decode()
