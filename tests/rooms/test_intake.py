"""Mail on its way in: stored byte for byte, five outcomes, the right ticket, nothing twice, nothing lost."""

from __future__ import annotations

import os
import string
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from tests.support.mails import bounce, mail, multipart
from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Desk, Person, SupportGroup
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment, Follower, Message, Ticket
from tierline.work.intake import operations, queries
from tierline.work.intake.errors import NotInQuarantine, TooLarge
from tierline.work.intake.models import InboundMessage, OutboundMessage, Outcome
from tierline.work.intake.operations import deciding, incoming
from tierline.work.intake.rules import reply_address

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings

pytestmark = pytest.mark.django_db

INTAKE = Actor.machine("intake")
LEAD = Actor(label="Lena Lead", roles=frozenset({"lead"}))
NORA = "Nora Field <nora@customer.example>"
MALLORY = "Mallory <mallory@elsewhere.example>"


@pytest.fixture(autouse=True)
def desk() -> Desk:
    desk = Desk.objects.create(key="it", name="IT", kind="it")
    SupportGroup.objects.create(desk=desk, key="service-desk", name="Service desk", tier=1)
    return desk


def take(content: bytes) -> operations.Received:
    return operations.receive(actor=INTAKE, content=content)


def only_ticket() -> Ticket:
    return Ticket.objects.get()


def test_a_mail_opens_a_ticket_of_its_sender() -> None:
    received = take(mail("It burns.\r\n", Subject="Printer on fire"))

    ticket = only_ticket()
    assert received.outcome == Outcome.TICKET
    assert received.ticket == ticket.reference
    assert received.auto_reply is True
    assert (ticket.title, ticket.channel, ticket.requester.email) == (
        "Printer on fire",
        "mail",
        "nora@customer.example",
    )
    assert ticket.requester.name == "Nora Field"
    assert Message.objects.get().text == "It burns."


def test_the_original_is_kept_byte_for_byte() -> None:
    content = mail(b"\x00\xff caf\xe9 \r\n.\r\n" + os.urandom(5000))

    received = take(content)

    inbound = InboundMessage.objects.get(pk=received.inbound_id)
    assert storage.read(inbound.blob_id) == content


def test_a_large_original_is_kept_byte_for_byte() -> None:
    content = mail(os.urandom(2_000_000))

    inbound = operations.store(actor=INTAKE, content=content)

    assert storage.read(inbound.blob_id) == content


def test_stored_and_understood_are_two_steps() -> None:
    stored = operations.store(actor=INTAKE, content=mail())

    assert InboundMessage.objects.get().outcome == ""
    assert not Ticket.objects.exists()

    understood = operations.understand(actor=INTAKE, inbound_id=stored.pk)

    assert understood.outcome == Outcome.TICKET
    assert understood.ticket == only_ticket()


def test_only_the_first_of_two_commits_does_not_wait_for_the_disk() -> None:
    """What follows waits for both: the setting must end with the statement that stores."""
    values = {"sha256": "0" * 64, "size": 0, "content": b"", "channel": "x", "desk_id": None, "mailbox_id": None}
    values["delivery"] = ""
    values["now"] = clock.now()
    with psycopg.connect(
        **connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}, autocommit=True
    ) as other:
        other.execute("SET synchronous_commit = 'on'")
        for unconfirmed in (True, False):
            told = other.execute(incoming._STORE, {**values, "unconfirmed": unconfirmed}).fetchone()
            after = other.execute("SHOW synchronous_commit").fetchone()
            assert (told and told[2], after) == ("off" if unconfirmed else None, ("on",))
        other.execute("DELETE FROM intake_inboundmessage WHERE channel = 'x'")
        other.execute("DELETE FROM kernel_blob WHERE size = 0")


def test_understanding_twice_changes_nothing() -> None:
    stored = operations.store(actor=INTAKE, content=mail())
    first = operations.understand(actor=INTAKE, inbound_id=stored.pk)
    second = operations.understand(actor=INTAKE, inbound_id=stored.pk)

    assert (first.ticket_id, first.outcome) == (second.ticket_id, second.outcome)
    assert Ticket.objects.count() == 1


def test_attachments_come_with_the_ticket() -> None:
    take(
        multipart(
            "Content-Type: text/plain\r\n\r\nsee the log",
            'Content-Type: text/plain; name="app.log"\r\nContent-Disposition: attachment\r\n'
            "Content-Transfer-Encoding: base64\r\n\r\nRVJST1IgNDIK",
        )
    )

    attachment = Attachment.objects.get()
    assert (attachment.name, attachment.content_type, attachment.size) == ("app.log", "text/plain", 9)
    assert storage.read(attachment.blob_id) == b"ERROR 42\n"


def test_html_is_kept_without_anything_that_runs() -> None:
    take(
        mail(
            '<p onclick="x()">Hello <script>alert(1)</script><img src="https://spy.example/p.gif">'
            '<img src="cid:logo"><a href="javascript:x()">here</a></p>',
            Content_Type="text/html; charset=utf-8",
        )
    )

    message = Message.objects.get()
    assert "cid:logo" in message.html
    assert not any(word in message.html for word in ("script", "onclick", "javascript"))
    assert '<img src="https://spy.example/p.gif">' in message.html  # the page that shows it fetches nothing unasked
    assert message.text == "Hello here"


@pytest.mark.parametrize("given", ["", "Re: ", "AW: Fwd: "])
def test_a_mail_without_words_still_has_a_title_and_a_text(given: str) -> None:
    take(mail("", Subject=given))

    assert only_ticket().title == "(no subject)"
    assert Message.objects.get().text == "(no text)"


def test_the_same_bytes_again_are_the_same_message() -> None:
    content = mail()

    first, second = take(content), take(content)

    assert second == first
    assert InboundMessage.objects.count() == Ticket.objects.count() == 1


NAMELESS = b"From: probe@customer.example\r\nSubject: The door is open\r\n\r\nSomebody look.\r\n"


def delivered(content: bytes, delivery: str) -> operations.Received:
    return operations.receive(actor=INTAKE, content=content, delivery=delivery)


def test_two_deliveries_of_bytes_that_name_nothing_are_two_messages_each_of_them_once() -> None:
    first, second, again = (delivered(NAMELESS, name) for name in ("one", "two", "one"))

    assert first.ticket != second.ticket
    assert again == first
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize(
    "name", [b"Message-ID: <a@b.example>", b"Received: from a by b; Mon, 2 Nov 2026 09:00:00 +0000"]
)
def test_two_deliveries_of_bytes_that_name_themselves_are_one_message(name: bytes) -> None:
    content = name + b"\r\n" + NAMELESS

    assert delivered(content, "one") == delivered(content, "two")


def test_kept_unread_is_in_quarantine_once_and_can_be_released() -> None:
    kept, again = (
        operations.keep_unread(actor=INTAKE, content=NAMELESS, reason="It ended the receiver.", delivery="one")
        for _ in range(2)
    )
    assert again == kept
    assert (kept.outcome, kept.reason) == (Outcome.QUARANTINED, "It ended the receiver.")
    assert delivered(NAMELESS, "one") == kept

    assert operations.release(actor=LEAD, inbound_id=kept.inbound_id).outcome == Outcome.TICKET


def test_what_was_understood_before_it_was_to_be_kept_unread_stays_so() -> None:
    taken = delivered(NAMELESS, "one")

    assert operations.keep_unread(actor=INTAKE, content=NAMELESS, reason="", delivery="one") == taken


def test_a_copy_that_came_another_way_is_no_second_ticket() -> None:
    content = mail(Message_ID="<same@customer.example>")
    first = take(content)
    second = take(b"Delivered-To: other@desk.example\r\n" + content)

    assert (second.outcome, second.ticket) == (first.outcome, first.ticket)
    assert "copy" in second.reason
    assert Ticket.objects.count() == 1
    assert InboundMessage.objects.get(pk=second.inbound_id).duplicate_of_id == first.inbound_id


def test_a_reused_message_id_with_other_words_is_not_lost() -> None:
    first = take(mail("one", Message_ID="<reused@customer.example>"))
    second = take(mail("two", Message_ID="<reused@customer.example>"))

    assert first.ticket != second.ticket
    assert Ticket.objects.count() == 2


def test_a_copy_of_a_copy_stays_one_ticket() -> None:
    content = mail(Message_ID="<same@customer.example>")
    for hop in range(3):
        take(f"Received: hop {hop}\r\n".encode() + content)

    assert Ticket.objects.count() == 1
    assert InboundMessage.objects.filter(duplicate_of=None).count() == 1


class TestThreading:
    @pytest.fixture
    def ticket(self) -> Ticket:
        take(mail(Message_ID="<first@customer.example>"))
        return only_ticket()

    @pytest.fixture
    def answered(self, ticket: Ticket) -> OutboundMessage:
        tickets.reply(actor=Actor.machine("test"), ticket_id=ticket.pk, text="Have you tried water?")
        entry = _last_entry(ticket)
        return operations.queue_replies(actor=INTAKE, entry_id=entry)[0]

    def test_in_reply_to_our_mail(self, ticket: Ticket, answered: OutboundMessage) -> None:
        received = take(mail("Yes.", Subject="something else", In_Reply_To=f"<{answered.mail_id}>"))

        assert (received.outcome, received.ticket) == (Outcome.FOLLOW_UP, ticket.reference)
        assert Message.objects.order_by("-pk")[0].text == "Yes."

    def test_references_alone_are_enough(self, ticket: Ticket, answered: OutboundMessage) -> None:
        received = take(mail("Yes.", References=f"<unknown@x.example> <{answered.mail_id}> <other@x.example>"))

        assert received.ticket == ticket.reference

    def test_an_answer_to_a_mail_that_came_in(self, ticket: Ticket) -> None:
        received = take(mail("Me too.", From=MALLORY, In_Reply_To="<first@customer.example>"))

        assert (received.outcome, received.ticket) == (Outcome.FOLLOW_UP, ticket.reference)
        assert Message.objects.order_by("-pk")[0].author_label == "Mallory"

    def test_in_reply_to_wins_over_references(self, ticket: Ticket) -> None:
        other = take(mail("another thing", Message_ID="<other@customer.example>"))

        received = take(mail("x", In_Reply_To="<other@customer.example>", References="<first@customer.example>"))

        assert received.ticket == other.ticket != ticket.reference

    def test_the_newest_reference_wins(self, ticket: Ticket) -> None:
        other = take(mail("another thing", Message_ID="<other@customer.example>"))

        received = take(mail("x", References="<first@customer.example> <other@customer.example>"))

        assert received.ticket == other.ticket != ticket.reference

    def test_a_signed_reply_address(self, ticket: Ticket, settings: Settings) -> None:
        address = reply_address(ticket.pk, "desk.example", settings.SECRET_KEY)

        assert take(mail("x", To=f"Desk <{address.upper()}>")).ticket == ticket.reference

    def test_a_forged_reply_address_opens_a_ticket_of_its_own(self, ticket: Ticket) -> None:
        received = take(mail("x", From=MALLORY, To=f"reply+{ticket.pk}.aaaaaaaaaaaaaaaa@desk.example"))

        assert received.outcome == Outcome.TICKET
        assert received.ticket != ticket.reference

    def test_the_subject_tag_for_the_requester(self, ticket: Ticket) -> None:
        received = take(mail("x", Subject=f"About [{ticket.reference.lower()}]"))

        assert (received.outcome, received.ticket) == (Outcome.FOLLOW_UP, ticket.reference)

    def test_the_subject_tag_for_a_follower(self, ticket: Ticket) -> None:
        take(mail("unrelated", From="Fred <fred@customer.example>"))
        fred = Person.objects.get_by_natural_key("fred@customer.example")
        Follower.objects.create(ticket=ticket, person=fred)

        received = take(mail("x", From="fred@customer.example", Subject=f"[{ticket.reference}]"))

        assert received.ticket == ticket.reference

    @pytest.mark.parametrize("sender", [MALLORY, "new@nowhere.example"])
    def test_a_stranger_with_the_number_stays_outside(self, ticket: Ticket, sender: str) -> None:
        take(mail("hello", From=MALLORY))

        received = take(mail("let me in", From=sender, Subject=f"Re: Printer on fire [{ticket.reference}]"))

        assert received.outcome == Outcome.TICKET
        assert received.ticket != ticket.reference
        assert not Message.objects.filter(ticket=ticket, text="let me in").exists()

    def test_the_number_with_the_wrong_kind_is_not_the_ticket(self, ticket: Ticket) -> None:
        assert take(mail("x", Subject=f"[REQ-{ticket.pk}]")).outcome == Outcome.TICKET

    def test_mail_to_a_merged_ticket_follows(self, ticket: Ticket) -> None:
        target = take(mail("the same fire", Message_ID="<second@customer.example>")).ticket
        into = Ticket.objects.exclude(pk=ticket.pk).get()
        tickets.merge(actor=Actor.machine("test"), ticket_id=ticket.pk, into_id=into.pk)

        received = take(mail("more", In_Reply_To="<first@customer.example>"))

        assert (received.outcome, received.ticket) == (Outcome.FOLLOW_UP, target)

    def test_only_the_new_words_are_added(self, answered: OutboundMessage) -> None:
        take(
            mail(
                "It is out now.\r\n\r\nOn Monday, the desk wrote:\r\n> Have you tried water?\r\n",
                In_Reply_To=f"<{answered.mail_id}>",
            )
        )

        assert Message.objects.order_by("-pk")[0].text == "It is out now."


class TestMachines:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Auto_Submitted": "auto-replied"},
            {"Auto_Submitted": "auto-generated", "In_Reply_To": "<anything@x.example>"},
            {"Precedence": "auto_reply"},
            {"X_Autoreply": "yes"},
            {"Subject": "Automatic reply: Printer on fire", "Return_Path": "<>"},
            {"Subject": "Abwesenheitsnotiz", "Precedence": "bulk"},
        ],
    )
    def test_automatic_answers_are_ignored_with_a_reason(self, headers: dict[str, str]) -> None:
        received = take(mail("I am away.", **headers))

        assert (received.outcome, received.ticket, received.auto_reply) == (Outcome.IGNORED, None, False)
        assert received.reason
        assert not Ticket.objects.exists()

    @pytest.mark.parametrize(
        "headers",
        [
            {"List_Id": "<all.customer.example>"},
            {"Precedence": "bulk"},
            {"Auto_Submitted": "auto-generated"},
            {"Return_Path": "<>"},
            {"X_Auto_Response_Suppress": "All"},
            {"From": "no-reply@monitor.example"},
        ],
    )
    def test_lists_and_programs_may_report_but_get_no_answer(self, headers: dict[str, str]) -> None:
        received = take(mail("Disk full on web-3", **headers))

        assert (received.outcome, received.auto_reply) == (Outcome.TICKET, False)
        assert received.reason

    def test_an_absence_note_on_a_ticket_is_ignored_but_findable(self) -> None:
        take(mail(Message_ID="<first@customer.example>"))

        received = take(mail("away", Auto_Submitted="auto-replied", In_Reply_To="<first@customer.example>"))

        assert (received.outcome, received.ticket) == (Outcome.IGNORED, only_ticket().reference)
        assert Message.objects.count() == 1

    def test_the_desk_does_not_answer_itself(self, settings: Settings) -> None:
        settings.TIERLINE_MAIL_FROM = "Desk <support@desk.example>"

        received = take(mail("hello", From="support@desk.example"))

        assert received.outcome == Outcome.IGNORED
        assert not Ticket.objects.exists()


class TestDeliveryReports:
    @pytest.fixture
    def sent(self) -> OutboundMessage:
        take(mail())
        ticket = only_ticket()
        tickets.reply(actor=Actor.machine("test"), ticket_id=ticket.pk, text="Try water.")
        outbound = operations.queue_replies(actor=INTAKE, entry_id=_last_entry(ticket))[0]
        OutboundMessage.objects.update(state="sent")
        return outbound

    def test_a_failure_marks_the_mail_the_contact_and_the_ticket(self, sent: OutboundMessage) -> None:
        received = take(bounce(sent.mail_id))

        assert (received.outcome, received.ticket) == (Outcome.DELIVERY_REPORT, sent.ticket.reference)
        assert "5.1.1" in received.reason
        sent.refresh_from_db()
        assert (sent.state, sent.last_error) == ("failed", "550 no such user")
        assert Person.objects.get_by_natural_key("nora@customer.example").mail_failed_at is not None
        assert _kinds(sent.ticket)[-1] == "intake.mail_failed"
        assert Ticket.objects.count() == 1

    def test_a_ticket_that_waits_for_who_did_not_get_it_goes_back_to_its_author(self, sent: OutboundMessage) -> None:
        tickets.wait_for(actor=Actor.machine("test"), ticket_id=sent.ticket_id, whom="requester", reason="asked")
        take(bounce(sent.mail_id, status="4.4.1", action="delayed"))
        assert only_ticket().status == "waiting"

        take(bounce(sent.mail_id))
        assert only_ticket().status == "open"
        assert _kinds(sent.ticket)[-2:] == ["intake.mail_failed", "ticket.wait_ended"]

    def test_a_delay_is_noted_and_a_later_failure_wins(self, sent: OutboundMessage) -> None:
        take(bounce(sent.mail_id, status="4.4.1", action="delayed"))
        sent.refresh_from_db()
        assert sent.state == "delayed"
        assert Person.objects.get_by_natural_key("nora@customer.example").mail_failed_at is None

        take(bounce(sent.mail_id))
        sent.refresh_from_db()
        assert sent.state == "failed"
        assert _kinds(sent.ticket)[-2:] == ["intake.mail_delayed", "intake.mail_failed"]

    def test_a_second_report_says_nothing_new(self, sent: OutboundMessage) -> None:
        take(bounce(sent.mail_id))
        take(bounce(sent.mail_id, status="5.2.2"))

        assert _kinds(sent.ticket).count("intake.mail_failed") == 1

    def test_success_changes_nothing(self, sent: OutboundMessage) -> None:
        received = take(bounce(sent.mail_id, status="2.0.0", action="delivered"))

        sent.refresh_from_db()
        assert (received.outcome, sent.state) == (Outcome.DELIVERY_REPORT, "sent")

    def test_a_report_without_the_id_is_known_by_the_signed_address(
        self, sent: OutboundMessage, settings: Settings
    ) -> None:
        signed = reply_address(sent.ticket_id, "desk.example", settings.SECRET_KEY)
        start, _, rest = signed.partition(".")
        letters = string.ascii_lowercase + "234567"
        other = str.maketrans(letters, letters[1:] + letters[0])
        forged = f"{start}.{rest[:16].translate(other)}{rest[16:]}"
        for number, (address, state) in enumerate([(forged, "sent"), (signed, "failed")]):
            words = f"Could not be delivered: <nora@customer.example>: 550 5.1.1 no such user ({number})"
            take(
                multipart(
                    f"Content-Type: text/plain\r\n\r\n{words}",
                    f"Content-Type: message/rfc822\r\n\r\nSubject: Re: x\r\nReply-To: {address}\r\n\r\nx",
                    From="postmaster@mx.example",
                    Subject="Undeliverable mail",
                    Return_Path="<>",
                )
            )
            sent.refresh_from_db()
            assert sent.state == state

    @pytest.mark.parametrize("headers", [{"Auto_Submitted": "auto-replied"}, {"From": "MAILER-DAEMON@x.example"}])
    def test_copies_of_automatic_mail_are_copies(self, headers: dict[str, str]) -> None:
        content = mail("Could not be delivered: 550 5.1.1", **headers)
        first, second = take(content), take(b"Received: by another mailbox\r\n" + content)

        assert first.outcome == second.outcome != Outcome.QUARANTINED
        assert second.reason == "a copy of a message that came before"

    def test_a_report_about_somebody_elses_mail(self) -> None:
        received = take(bounce("foreign@elsewhere.example"))

        assert (received.outcome, received.ticket) == (Outcome.DELIVERY_REPORT, None)
        assert not Ticket.objects.exists()


class TestNothingLost:
    def test_no_sender_is_quarantined(self) -> None:
        received = take(mail(From=None))

        assert received.outcome == Outcome.QUARANTINED
        assert "sender" in received.reason
        assert [one.pk for one in queries.quarantine(LEAD)] == [received.inbound_id]

    def test_copies_without_a_sender_are_both_in_quarantine(self) -> None:
        content = mail(From=None, Message_ID="<same@customer.example>")

        reasons = {take(content).reason, take(b"Received: x\r\n" + content).reason}

        assert reasons == {"there is no sender who could be answered"}
        assert InboundMessage.objects.quarantined().count() == 2

    def test_a_process_that_was_faster_wins(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = incoming.decide

        def decide_while_another_concludes(actor: Actor, inbound: InboundMessage, *read: object) -> None:
            monkeypatch.setattr(incoming, "decide", real)
            real(actor, inbound, *read)
            InboundMessage.objects.filter(pk=inbound.pk).update(outcome="ignored", understood_at=clock.now())

        monkeypatch.setattr(incoming, "decide", decide_while_another_concludes)

        take(mail())

        # what the slower one did was rolled back (here with the faster one's mark, which is in the same transaction)
        assert Ticket.objects.count() == 1

    def test_what_cannot_be_understood_is_quarantined_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(content: bytes) -> None:
            msg = "a bug of ours"
            raise RuntimeError(msg)

        monkeypatch.setattr(incoming, "parse", broken)
        content = mail()

        received = take(content)

        assert (received.outcome, "a bug of ours" in received.reason) == (Outcome.QUARANTINED, True)
        assert storage.read(InboundMessage.objects.get().blob_id) == content

    def test_release_understands_it_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(incoming, "parse", None)
            received = take(mail())
        assert received.outcome == Outcome.QUARANTINED

        released = operations.release(actor=LEAD, inbound_id=received.inbound_id)

        assert (released.outcome, released.inbound_id) == (Outcome.TICKET, received.inbound_id)
        with pytest.raises(NotInQuarantine):
            operations.release(actor=LEAD, inbound_id=received.inbound_id)

    def test_only_those_with_the_right_see_the_quarantine(self) -> None:
        agent = Actor(label="Anna", roles=frozenset({"agent"}))
        received = take(mail(From=None))

        with pytest.raises(NotFound):
            operations.release(actor=agent, inbound_id=received.inbound_id)
        with pytest.raises(NotFound):
            queries.quarantine(agent)

    def test_no_desk_yet_keeps_the_mail(self, desk: Desk) -> None:
        SupportGroup.objects.all().delete()
        desk.delete()

        received = take(mail())

        assert received.outcome == Outcome.QUARANTINED
        assert "desk" in received.reason

    def test_a_database_that_goes_away_leaves_the_mail_stored(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def gone(*_: object) -> None:
            msg = "server closed the connection"
            raise OperationalError(msg)

        stored = operations.store(actor=INTAKE, content=mail())
        monkeypatch.setattr(incoming, "decide", gone)
        with pytest.raises(OperationalError):
            operations.understand(actor=INTAKE, inbound_id=stored.pk)

        assert InboundMessage.objects.unfinished().count() == 1

    def test_what_the_database_can_never_take_is_quarantined_and_stops_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def too_long(*_: object) -> None:
            msg = "string is too long for tsvector"
            raise OperationalError(msg) from psycopg.errors.ProgramLimitExceeded(msg)

        monkeypatch.setattr(incoming, "decide", too_long)
        received = take(mail())

        assert (received.outcome, "too long" in received.reason) == (Outcome.QUARANTINED, True)

    def test_what_a_killed_process_left_is_taken_up(self) -> None:
        operations.store(actor=INTAKE, content=mail())
        assert operations.retry_unfinished(actor=INTAKE) == 0  # it may still be in good hands

        with clock.at(clock.now() + 2 * incoming.UNFINISHED_AFTER):
            assert operations.retry_unfinished(actor=INTAKE) == 1

        assert InboundMessage.objects.get().outcome == Outcome.TICKET

    def test_a_message_that_ends_every_process_goes_to_quarantine_and_stops_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Killed(BaseException):
            """The process is gone: nothing after it runs."""

        def deadly(*_: object) -> None:
            raise Killed

        poison = operations.store(actor=INTAKE, content=mail())
        with clock.at(clock.now() + 2 * incoming.UNFINISHED_AFTER):
            monkeypatch.setattr(incoming, "decide", deadly)
            for looks in range(1, incoming.LOOKS + 1):
                with pytest.raises(Killed):
                    operations.retry_unfinished(actor=INTAKE)
                assert InboundMessage.objects.get(pk=poison.pk).looks == looks
            assert operations.retry_unfinished(actor=INTAKE) == 1

        kept = InboundMessage.objects.get(pk=poison.pk)
        assert (kept.outcome, kept.blob_id) == (Outcome.QUARANTINED, poison.blob_id)
        assert "kept as it came" in kept.reason

    def test_others_are_taken_before_one_that_ended_a_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[int] = []
        monkeypatch.setattr(incoming, "understand", lambda **given: seen.append(given["inbound_id"]))
        poison = operations.store(actor=INTAKE, content=mail())
        InboundMessage.objects.filter(pk=poison.pk).update(looks=1)
        with clock.at(clock.now() + timedelta(seconds=1)):
            good = operations.store(actor=INTAKE, content=mail(subject="Another"))
        with clock.at(clock.now() + 2 * incoming.UNFINISHED_AFTER):
            operations.retry_unfinished(actor=INTAKE)
        assert seen == [good.pk, poison.pk]

    def test_an_error_that_leaves_the_process_alive_is_tried_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(*_: object) -> None:
            msg = "the server closed the connection"
            raise OperationalError(msg)

        stored = operations.store(actor=INTAKE, content=mail())
        monkeypatch.setattr(incoming, "decide", away)
        with clock.at(clock.now() + 2 * incoming.UNFINISHED_AFTER):
            for _ in range(incoming.LOOKS + 2):
                with pytest.raises(OperationalError):
                    operations.retry_unfinished(actor=INTAKE)
        left = InboundMessage.objects.get(pk=stored.pk)
        assert (left.outcome, left.looks) == ("", 0)

    def test_a_failure_rolls_the_ticket_back_but_not_the_mail(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def opened_then_broken(*args: object) -> None:
            tickets.open_ticket(
                actor=INTAKE,
                requester=Person.objects.create(email="x@y.example", created_at=clock.now()),
                title="x",
                text="x",
            )
            msg = "too late"
            raise ValueError(msg)

        monkeypatch.setattr(incoming, "decide", opened_then_broken)

        received = take(mail())

        assert received.outcome == Outcome.QUARANTINED
        assert not Ticket.objects.exists()
        assert not Person.objects.filter(email="x@y.example").exists()

    def test_too_large_is_refused_before_anything_is_stored(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(incoming, "MAX_MESSAGE", 1000)

        with pytest.raises(TooLarge, match="limit"):
            take(mail("x" * 1000))

        assert not InboundMessage.objects.exists()

    def test_outcomes_add_up(self) -> None:
        for content in (mail(), mail(From=None), mail(Auto_Submitted="auto-replied"), bounce("a@b.example")):
            take(content)
        operations.store(actor=INTAKE, content=mail())

        assert queries.outcomes(LEAD) == {"": 1, "delivery_report": 1, "ignored": 1, "quarantined": 1, "ticket": 1}

    def test_two_copies_at_once_end_as_one_ticket(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The second copy does not see the first while deciding; the constraint stops it and it looks again."""
        content = mail(Message_ID="<same@customer.example>")
        take(content)
        real, blind = deciding._earlier, iter([True])
        monkeypatch.setattr(deciding, "_earlier", lambda *args: [] if next(blind, False) else real(*args))

        received = take(b"Received: elsewhere\r\n" + content)

        assert "copy" in received.reason
        assert Ticket.objects.count() == 1


def _last_entry(ticket: Ticket) -> int:
    return TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="ticket.replied").last().pk


def _kinds(ticket: Ticket) -> list[str]:
    return [entry.kind for entry in TimelineEntry.objects.of("ticket", ticket.pk)]


def test_the_original_behind_a_message(desk: Desk) -> None:
    content = mail()
    take(content)
    agent = Actor(label="Anna", roles=frozenset({"agent"}), desk_ids=frozenset({desk.pk}))
    elsewhere = Actor(label="Bert", roles=frozenset({"agent"}))

    assert queries.original(agent, Message.objects.get().pk) == content
    with pytest.raises(NotFound):
        queries.original(elsewhere, Message.objects.get().pk)


def test_a_caller_may_roll_everything_back() -> None:
    with transaction.atomic():
        take(mail())
        transaction.set_rollback(True)

    assert not InboundMessage.objects.exists()
    assert not Ticket.objects.exists()


def test_a_mail_opens_its_ticket_on_the_desk_it_was_written_to(desk: Desk) -> None:
    care = Desk.objects.create(key="care", name="Customer support", kind="customer")
    SupportGroup.objects.create(desk=care, key="care-1", name="Care", tier=1, email="care@desk.example")
    take(mail("The instrument is silent", To="Care <CARE@desk.example>"))
    take(mail("Something else", To="anybody@desk.example"))
    assert list(Ticket.objects.order_by("pk").values_list("desk_id", flat=True)) == [care.pk, desk.pk]


@pytest.mark.parametrize(
    ("answered", "statements"),
    [(False, 11), (True, 11)],  # with the savepoint of the test: two more than outside of one, without BEGIN and COMMIT
)
def test_a_message_costs_few_statements(
    answered: bool, statements: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    take(mail("First", Subject="It burns", Message_ID="<one@customer.example>"))
    headers = {"In_Reply_To": "<one@customer.example>"} if answered else {}

    with django_assert_max_num_queries(statements):
        take(mail("Second", Subject="It still burns", Message_ID="<two@customer.example>", **headers))
