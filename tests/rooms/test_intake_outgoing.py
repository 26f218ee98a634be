"""Mail on its way out: one audience, threaded, never in circles, through a real SMTP server on loopback."""

from __future__ import annotations

import email
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default

import pytest
from pytest_django import Settings

from tests.support.mails import MailServer, mail
from tierline.core.kernel import clock, jobs, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Desk, Person, SupportGroup
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Follower, Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.work.intake import operations, queries
from tierline.work.intake.errors import NothingToSend
from tierline.work.intake.models import NO_SERVER, OutboundMessage
from tierline.work.intake.operations import outgoing

pytestmark = pytest.mark.django_db

INTAKE = Actor.machine("intake")
NORA = "nora@customer.example"


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with MailServer() as running:
        settings.TIERLINE_SMTP = running.settings
        settings.TIERLINE_MAIL_FROM = "Help Desk <support@desk.example>"
        yield running


@pytest.fixture
def agent() -> Actor:
    desk = Desk.objects.create(key="it", name="IT", kind="it")
    SupportGroup.objects.create(desk=desk, key="service-desk", name="Service desk", tier=1)
    anna = Person.objects.create(email="anna@desk.example", name="Anna", roles=["agent"], created_at=clock.now())
    return Actor(label="Anna", person_id=anna.pk, roles=frozenset({"agent"}), desk_ids=frozenset({desk.pk}))


def arrive(**headers: str) -> Ticket:
    received = operations.receive(actor=INTAKE, content=mail(**{"Message_ID": "<first@customer.example>", **headers}))
    return Ticket.objects.get(pk=int(received.ticket.partition("-")[2]))


def answer(ticket: Ticket, actor: Actor, text: str = "Have you tried water?", **more: object) -> list[OutboundMessage]:
    tickets.reply(actor=actor, ticket_id=ticket.pk, text=text, **more)
    return operations.queue_replies(actor=INTAKE, entry_id=_entry(ticket, "ticket.replied"))


def _entry(ticket: Ticket, kind: str) -> int:
    return TimelineEntry.objects.of("ticket", ticket.pk).filter(kind=kind).last().pk


def _send(outbound: OutboundMessage) -> OutboundMessage:
    return operations.send(actor=INTAKE, outbound_id=outbound.pk)


def _read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=default)


def test_an_answer_reaches_the_requester_in_its_thread(server: MailServer, agent: Actor) -> None:
    ticket = arrive()
    [outbound] = answer(ticket, agent)

    assert _send(outbound).state == "sent"

    [letter] = server.letters
    got = _read(letter.content)
    assert (letter.sender, letter.recipients) == ("support@desk.example", [NORA])
    assert got["From"] == "Help Desk <support@desk.example>"
    assert got["Subject"] == f"Re: Printer on fire [{ticket.reference}]"
    assert got["In-Reply-To"] == got["References"] == "<first@customer.example>"
    assert got["Message-ID"] == f"<{outbound.mail_id}>"
    assert got["Reply-To"].startswith(f"reply+{ticket.pk}.")
    assert got.get_content().strip() == "Have you tried water?"
    assert "Auto-Submitted" not in got


def test_the_answer_to_that_mail_comes_back_to_the_ticket(server: MailServer, agent: Actor) -> None:
    ticket = arrive()
    _send(answer(ticket, agent)[0])
    got = _read(server.letters[0].content)

    by_address = operations.receive(actor=INTAKE, content=mail("a", To=got["Reply-To"], From="x@y.example"))
    by_id = operations.receive(actor=INTAKE, content=mail("b", In_Reply_To=got["Message-ID"]))

    assert by_address.ticket == by_id.ticket == ticket.reference


def test_the_thread_grows(server: MailServer, agent: Actor) -> None:
    ticket = arrive()
    first = answer(ticket, agent)[0]
    operations.receive(
        actor=INTAKE, content=mail("no", Message_ID="<second@customer.example>", In_Reply_To=f"<{first.mail_id}>")
    )

    second = answer(ticket, agent, "Try again.")[0]

    assert second.in_reply_to == "second@customer.example"
    assert second.references.split() == ["first@customer.example", first.mail_id, "second@customer.example"]


def test_what_a_machine_says_is_marked_and_leaves_by_the_null_path(server: MailServer, agent: Actor) -> None:
    ticket = arrive()
    _send(answer(ticket, Actor.machine("assistant"))[0])

    [letter] = server.letters
    got = _read(letter.content)
    assert letter.sender == ""
    assert got["Auto-Submitted"] == "auto-replied"
    assert got["X-Auto-Response-Suppress"] == "All"


def test_what_the_desk_sent_is_never_taken_for_mail_from_outside(server: MailServer, agent: Actor) -> None:
    _send(answer(arrive(), agent)[0])

    came_back = operations.receive(actor=INTAKE, content=server.letters[0].content)

    assert came_back.outcome == "ignored"
    assert Ticket.objects.count() == 1


def test_without_a_server_mail_is_held_and_says_why(agent: Actor, settings: Settings) -> None:
    settings.TIERLINE_SMTP = None
    ticket = arrive()

    [outbound] = answer(ticket, agent)

    assert (outbound.state, outbound.last_error) == ("held", NO_SERVER)
    assert queries.sent_mail(agent, ticket.pk) == [outbound]
    assert not _waiting("intake.send")


def test_held_mail_goes_out_when_asked_for(agent: Actor, settings: Settings) -> None:
    settings.TIERLINE_SMTP = None
    [outbound] = answer(arrive(), agent)
    with MailServer() as server:
        settings.TIERLINE_SMTP = server.settings
        again = operations.send_again(actor=agent, outbound_id=outbound.pk)
        assert (again.state, _waiting("intake.send")) == ("queued", 1)
        _send(again)

    assert len(server.letters) == 1
    with pytest.raises(NothingToSend):
        operations.send_again(actor=agent, outbound_id=outbound.pk)


def test_only_staff_may_send_again(agent: Actor) -> None:
    [outbound] = answer(arrive(), agent)

    with pytest.raises(NotFound):
        operations.send_again(
            actor=Actor(label="Nora", person_id=1, roles=frozenset({"requester"})), outbound_id=outbound.pk
        )


def test_followers_get_a_mail_of_their_own(server: MailServer, agent: Actor) -> None:
    ticket = arrive()
    fred = Person.objects.create(email="fred@customer.example", name="Fred", created_at=clock.now())
    gone = Person.objects.create(email="gone@customer.example", is_active=False, created_at=clock.now())
    for person in (fred, gone):
        Follower.objects.create(ticket=ticket, person=person)

    queued = answer(ticket, agent)

    assert [one.recipient for one in queued] == [NORA, "fred@customer.example"]
    for one in queued:
        _send(one)
    assert [letter.recipients for letter in server.letters] == [[NORA], ["fred@customer.example"]]


def test_a_note_is_mailed_to_nobody(server: MailServer, agent: Actor) -> None:
    ticket = arrive()
    tickets.add_note(actor=agent, ticket_id=ticket.pk, text="secret")

    assert operations.queue_replies(actor=INTAKE, entry_id=_entry(ticket, "ticket.note_added")) == []
    assert not OutboundMessage.objects.exists()


def test_an_internal_message_is_not_mailed_even_under_a_public_entry(server: MailServer, agent: Actor) -> None:
    ticket = arrive()
    message = tickets.reply(actor=agent, ticket_id=ticket.pk, text="public")
    message.audience = "internal"
    message.save()

    assert operations.queue_replies(actor=INTAKE, entry_id=_entry(ticket, "ticket.replied")) == []


def test_queueing_and_sending_twice_sends_once(server: MailServer, agent: Actor) -> None:
    ticket = arrive()
    [outbound] = answer(ticket, agent)

    assert operations.queue_replies(actor=INTAKE, entry_id=_entry(ticket, "ticket.replied")) == []
    _send(outbound)
    _send(outbound)

    assert len(server.letters) == 1


def test_a_refusal_for_good_is_told_on_the_ticket(server: MailServer, agent: Actor) -> None:
    server.refuse[NORA] = "550 5.1.1 no such user"
    ticket = arrive()
    [outbound] = answer(ticket, agent)

    done = _send(outbound)

    assert (done.state, done.attempts) == ("failed", 1)
    assert "no such user" in done.last_error
    assert TimelineEntry.objects.of("ticket", ticket.pk).last().kind == "intake.mail_failed"
    assert Person.objects.get_by_natural_key(NORA).mail_failed_at is not None


def test_a_server_that_is_busy_gets_another_try(server: MailServer, agent: Actor) -> None:
    server.refuse[NORA] = "451 4.3.0 later please"
    [outbound] = answer(arrive(), agent)

    waits = _send(outbound)

    assert (waits.state, waits.attempts) == ("queued", 1)
    assert "later please" in waits.last_error
    assert clock.now() < waits.next_at < clock.now() + timedelta(minutes=1)
    assert Person.objects.get_by_natural_key(NORA).mail_failed_at is None

    server.refuse.clear()
    assert (sent := _send(outbound)).state == "sent"
    assert sent.next_at is None


def test_a_server_that_is_not_there_gets_another_try(agent: Actor, settings: Settings) -> None:
    settings.TIERLINE_SMTP = {
        "host": "127.0.0.1",
        "port": 1,
        "username": "",
        "password": "",
        "use_ssl": False,
        "use_tls": False,
    }
    [outbound] = answer(arrive(), agent)

    waits = _send(outbound)

    assert (waits.state, waits.attempts) == ("queued", 1)
    assert "nothing listens" in waits.last_error


def test_files_go_along_and_too_large_ones_are_named(
    server: MailServer, agent: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tierline.work.intake.rules.writing.MAX_ATTACHED", 100)
    files = [
        NewAttachment(name=n, content_type="text/x-log", content=b"x" * s) for n, s in (("s.log", 50), ("l.log", 99))
    ]
    _send(answer(arrive(), agent, attachments=files)[0])

    got = _read(server.letters[0].content)
    assert [part.get_filename() for part in got.iter_attachments()] == ["s.log"]
    assert "- l.log" in got.get_body().get_content()


def test_a_file_that_no_mail_carries_is_named_without_being_read(
    server: MailServer, agent: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tierline.work.intake.operations.outgoing.MAX_ATTACHED", 60)
    small = NewAttachment(name="s", content_type="text/x-log", content=b"s" * 50)
    large = NewAttachment(name="l", content_type="text/x-log", content=b"l" * 99)
    outbound = answer(arrive(), agent, attachments=[small, large])[0]
    read: list[int] = []
    whole = storage.read

    def noted(sha256: str, limit: int | None = None) -> bytes:
        content = whole(sha256, limit)
        read.append(len(content))
        return content

    monkeypatch.setattr(storage, "read", noted)
    _send(outbound)
    got = _read(server.letters[0].content)
    assert [part.get_filename() for part in got.iter_attachments()] == ["s"]
    assert "- l" in got.get_body().get_content().splitlines()
    assert read == [50]


@pytest.mark.usefixtures("server", "agent")
class TestAcknowledgement:
    def _acknowledge(self, ticket: Ticket) -> OutboundMessage | None:
        return operations.queue_acknowledgement(actor=INTAKE, entry_id=_entry(ticket, "ticket.opened"))

    def test_the_sender_of_a_new_ticket_is_told(self, server: MailServer) -> None:
        ticket = arrive()
        _send(self._acknowledge(ticket))

        got = _read(server.letters[0].content)
        assert ticket.reference in got.get_content()
        assert got["Auto-Submitted"] == "auto-replied"
        assert got["In-Reply-To"] == "<first@customer.example>"

    def test_twice_is_once(self) -> None:
        ticket = arrive()

        assert self._acknowledge(ticket) is not None
        assert self._acknowledge(ticket) is None

    @pytest.mark.parametrize(
        "headers", [{"List_Id": "<all.example>"}, {"Auto_Submitted": "auto-generated"}, {"Return_Path": "<>"}]
    )
    def test_never_to_a_machine(self, headers: dict[str, str]) -> None:
        assert self._acknowledge(arrive(**headers)) is None

    def test_once_per_sender_and_hour(self) -> None:
        first, second = arrive(), arrive(Message_ID="<b@customer.example>", Subject="Another")
        other = arrive(Message_ID="<c@customer.example>", From="other@customer.example")

        assert self._acknowledge(first) is not None
        assert self._acknowledge(second) is None
        assert self._acknowledge(other) is not None
        with clock.at(clock.now() + timedelta(minutes=61)):
            assert self._acknowledge(second) is not None

    def test_in_the_desks_own_words(self, server: MailServer) -> None:
        setup = Actor(label="Ada", roles=frozenset({"administrator"}))
        desk = Desk.objects.get()
        operations.set_acknowledgement(
            actor=setup, desk_id=desk.pk, text="Dear {name}, {desk} keeps it as {reference}.\0"
        )
        ticket = arrive(From="{reference} {desk} <nora@customer.example>")
        _send(self._acknowledge(ticket))
        words = _read(server.letters[0].content).get_content().strip()
        assert words == f"Dear {{reference}} {{desk}}, IT keeps it as {ticket.reference}.", "a name is only a name"
        operations.reset_acknowledgement(actor=setup, desk_id=desk.pk)
        other = arrive(Message_ID="<c@customer.example>", From="other@customer.example")
        _send(self._acknowledge(other))
        assert "in good hands" in _read(server.letters[1].content).get_content()

    def test_a_desk_without_words_answers_nothing(self) -> None:
        setup = Actor(label="Ada", roles=frozenset({"administrator"}))
        operations.set_acknowledgement(actor=setup, desk_id=Desk.objects.get().pk, text=" \n ")
        assert self._acknowledge(arrive()) is None
        assert not OutboundMessage.objects.exists()

    def test_another_desks_words_are_not_said(self) -> None:
        setup = Actor(label="Ada", roles=frozenset({"administrator"}))
        other = Desk.objects.create(key="hr", name="HR", kind="hr")
        operations.set_acknowledgement(actor=setup, desk_id=other.pk, text="Strictly confidential.")
        told = self._acknowledge(arrive())
        assert told is not None
        assert "confidential" not in told.text

    def test_not_for_a_request_from_the_portal(self) -> None:
        nora = Person.objects.create(email=NORA, name="Nora", created_at=clock.now())
        ticket = tickets.open_ticket(actor=INTAKE, requester=nora, title="x", text="x")

        assert self._acknowledge(ticket) is None


def test_a_machine_does_not_answer_a_machine(server: MailServer, agent: Actor) -> None:
    ticket = arrive(Auto_Submitted="auto-generated")

    [automatic] = answer(ticket, Actor.machine("assistant"))
    [personal] = answer(ticket, agent)

    assert (automatic.state, automatic.last_error) == ("held", outgoing.NO_CIRCLES)
    assert personal.state == "queued"


def test_a_circle_on_one_ticket_ends(server: MailServer, agent: Actor) -> None:
    ticket = arrive()
    most = outgoing.AUTOMATIC_PER_THREAD
    mails = [answer(ticket, Actor.machine("assistant"), f"{n}")[0] for n in range(most + 2)]

    assert [one.state for one in mails] == ["queued"] * most + ["held"] * 2
    assert mails[-1].last_error == outgoing.TOO_MANY_HERE
    assert answer(ticket, agent, "A person may.")[0].state == "queued"


def test_a_circle_over_many_tickets_ends(server: MailServer, agent: Actor) -> None:
    most = outgoing.AUTOMATIC_PER_HOUR
    made = [arrive(Message_ID=f"<{n}@customer.example>") for n in range(most + 2)]
    mails = [answer(ticket, Actor.machine("assistant"))[0] for ticket in made]

    assert [one.state for one in mails] == ["queued"] * most + ["held"] * 2
    assert mails[-1].last_error == outgoing.TOO_MANY


def test_two_desks_settle(server: MailServer, agent: Actor, settings: Settings) -> None:
    """What this desk sends by itself is ignored by a desk with the same rules but another identity."""
    _send(operations.queue_acknowledgement(actor=INTAKE, entry_id=_entry(arrive(), "ticket.opened")))
    settings.SECRET_KEY = "another desk"
    settings.TIERLINE_MAIL_FROM = "other@other.example"

    received = operations.receive(actor=INTAKE, content=server.letters[0].content)

    assert (received.outcome, received.auto_reply) == ("ignored", False)


def test_a_subject_cannot_smuggle_headers(server: MailServer, agent: Actor) -> None:
    ticket = arrive(Subject="=?utf-8?q?Hi=0D=0ABcc:_victim@x.example?=")
    _send(answer(ticket, agent)[0])

    got = _read(server.letters[0].content)
    assert "Bcc" not in got
    assert server.letters[0].recipients == [NORA]


def test_the_jobs_do_it(server: MailServer, agent: Actor) -> None:
    ticket = arrive()
    tickets.reply(actor=agent, ticket_id=ticket.pk, text="By the queue.")
    jobs.enqueue("intake.acknowledge", entry_id=_entry(ticket, "ticket.opened"))
    jobs.enqueue("intake.send_reply", entry_id=_entry(ticket, "ticket.replied"))

    jobs.drain()

    texts = [_read(letter.content).get_content() for letter in server.letters]
    assert any("By the queue." in text for text in texts)
    assert sum(ticket.reference in text for text in texts) == 1


def _waiting(name: str) -> int:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return ProcrastinateJob.objects.filter(task_name=name, status="todo").count()
