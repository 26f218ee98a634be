"""Who may speak as whom, what agents are told of it, and answers that come before what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.mails import mail, multipart
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Desk, Person, SupportGroup
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.intake import operations
from tierline.work.intake.models import OutboundMessage, Outcome

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

INTAKE = Actor.machine("intake")
FAIL, PASS, NONE = (f"mx.desk.example; dmarc={one} header.from=customer.example" for one in ("fail", "pass", "none"))


@pytest.fixture(autouse=True)
def desk(settings: Settings) -> Desk:
    settings.TIERLINE_MAIL_AUTHSERV = frozenset({"mx.desk.example"})
    desk = Desk.objects.create(key="it", name="IT", kind="it")
    SupportGroup.objects.create(desk=desk, key="service-desk", name="Service desk", tier=1)
    return desk


def take(content: bytes) -> operations.Received:
    return operations.receive(actor=INTAKE, content=content)


def ticket_of(received: operations.Received) -> Ticket:
    return Ticket.objects.get(pk=int(received.ticket.partition("-")[2]))


def kinds(ticket: Ticket) -> list[str]:
    return [entry.kind for entry in TimelineEntry.objects.of("ticket", ticket.pk)]


class TestFailed:
    def test_a_new_mail_is_not_that_person_s(self) -> None:
        Person.objects.create(
            email="nora@customer.example", name="Nora Field", roles=["requester"], created_at="2026-01-01T00:00Z"
        )
        received = take(mail(Authentication_Results=FAIL))

        ticket = ticket_of(received)
        assert (received.outcome, received.auto_reply) == (Outcome.TICKET, False)
        assert received.reason == "sender not verified: dmarc=fail"
        assert ticket.requester.name == "nora@customer.example (not verified)"
        assert (ticket.requester.is_active, ticket.requester.email.endswith("@unverified.invalid")) == (False, True)
        entry = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="intake.sender_unverified")
        assert entry.data == {"claimed": "nora@customer.example", "why": "dmarc=fail", "mailbox_id": None}
        assert entry.audience == "internal"

    def test_an_answer_is_kept_but_not_as_that_person(self) -> None:
        ticket = ticket_of(take(mail(Message_ID="<a@customer.example>", Authentication_Results=PASS)))
        take(mail("Close it.", In_Reply_To="<a@customer.example>", Authentication_Results=FAIL))

        message = Message.objects.filter(ticket=ticket).latest("pk")
        assert (message.text, message.author_label) == ("Close it.", "nora@customer.example (not verified)")
        assert message.author_id != ticket.requester_id

    def test_a_number_in_the_subject_opens_no_door(self) -> None:
        ticket = ticket_of(take(mail(Authentication_Results=PASS)))
        other = take(mail("x", Subject=f"[{ticket.reference}]", Authentication_Results=FAIL))

        assert other.outcome == Outcome.TICKET
        assert ticket_of(other) != ticket

    def test_nobody_is_mailed(self) -> None:
        ticket = ticket_of(take(mail(Authentication_Results=FAIL)))
        tickets.reply(actor=Actor.machine("test"), ticket_id=ticket.pk, text="Who are you?")
        entry = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="ticket.replied").latest("seq")

        assert operations.queue_replies(actor=INTAKE, entry_id=entry.pk) == []
        assert not OutboundMessage.objects.exists()

    def test_twice_is_one_stand_in(self) -> None:
        take(mail(Authentication_Results=FAIL))
        take(mail(Authentication_Results=FAIL))

        assert Person.objects.get_queryset().filter(email__endswith=".invalid").count() == 1


class TestOthers:
    @pytest.mark.parametrize("result", [PASS, NONE, None, "elsewhere.example; dmarc=fail"])
    def test_are_let_in(self, result: str | None) -> None:
        ticket = ticket_of(take(mail(Authentication_Results=result)))

        assert ticket.requester.email == "nora@customer.example"
        assert kinds(ticket) == ["ticket.opened"]

    @pytest.mark.parametrize(("result", "name"), [(PASS, "Nora Field"), (NONE, "nora@customer.example (not verified)")])
    def test_by_policy_not_without_a_result(self, settings: Settings, result: str, name: str) -> None:
        settings.TIERLINE_MAIL_UNAUTHENTICATED = "unverified"

        assert ticket_of(take(mail(Authentication_Results=result))).requester.name == name

    def test_without_a_trusted_server_nobody_is_in_doubt(self, settings: Settings) -> None:
        settings.TIERLINE_MAIL_AUTHSERV = frozenset()
        settings.TIERLINE_MAIL_UNAUTHENTICATED = "unverified"

        assert ticket_of(take(mail(Authentication_Results=FAIL))).requester.name == "Nora Field"


def test_an_address_that_cannot_be_answered_still_opens_a_ticket() -> None:
    received = take(mail("Hello", From="Jöran <jöran@postmästare.example>"))

    assert (received.outcome, received.auto_reply) == (Outcome.TICKET, False)
    assert ticket_of(received).requester.name == "jöran@postmästare.example (not verified)"
    assert "cannot write to such an address" in received.reason


@pytest.mark.parametrize("length", [180, 190, 240])
def test_an_address_longer_than_any_mailbox_still_opens_a_ticket(length: int) -> None:
    domain = ".".join(["d" * 60] * 5)[:length] + ".example"
    received = take(mail("Hello", From=f"{'a' * 64}@{domain}"))

    assert received.outcome == Outcome.TICKET
    assert ("not verified" in ticket_of(received).requester.name) is (64 + 1 + len(domain) > 254)


class TestProtected:
    def test_a_signature_is_named_and_not_checked(self) -> None:
        signed = multipart("\r\nHello", "Content-Type: application/pgp-signature\r\n\r\nx", subtype="signed")
        ticket = ticket_of(take(signed))

        entry = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="intake.mail_protected")
        assert entry.data == {"signed": "OpenPGP", "encrypted": ""}

    def test_an_encrypted_mail_says_so_in_words(self) -> None:
        content = mail("MIIB", Content_Type="application/pkcs7-mime; smime-type=enveloped-data")
        armoured = mail("-----BEGIN PGP MESSAGE-----\n\nabc")

        assert ticket_of(take(content)).title
        assert "encrypted with OpenPGP" in Message.objects.get(ticket=ticket_of(take(armoured))).text


class TestBeforeTheParent:
    def test_the_mail_joins_the_answer_that_came_first(self) -> None:
        answer = take(mail("I have it, too.", From="bob@customer.example", Subject="Re: Oven", In_Reply_To="<oven@x>"))
        parent = take(mail("The oven is cold.", Subject="Oven", Message_ID="<oven@x>"))

        assert (answer.outcome, parent.outcome) == (Outcome.TICKET, Outcome.FOLLOW_UP)
        assert parent.ticket == answer.ticket
        assert [one.text for one in Message.objects.order_by("pk")] == ["I have it, too.", "The oven is cold."]

    def test_a_third_one_joins_them(self) -> None:
        first = take(mail("b", From="bob@customer.example", In_Reply_To="<oven@x>", Message_ID="<b@x>"))
        second = take(mail("c", From="cy@customer.example", In_Reply_To="<b@x>", References="<oven@x> <b@x>"))
        third = take(mail("a", Message_ID="<oven@x>"))

        assert first.ticket == second.ticket == third.ticket

    def test_another_mail_does_not(self) -> None:
        take(mail("b", In_Reply_To="<oven@x>"))

        assert take(mail("a", Message_ID="<other@x>")).outcome == Outcome.TICKET

    def test_a_changed_subject_stays_in_the_thread(self) -> None:
        first = take(mail("a", Message_ID="<oven@x>", Subject="Oven"))
        second = take(mail("b", In_Reply_To="<oven@x>", Subject="Something else"))

        assert (second.outcome, second.ticket) == (Outcome.FOLLOW_UP, first.ticket)

    def test_a_forward_by_an_agent_of_a_new_thread_is_new(self) -> None:
        take(mail("a", Message_ID="<oven@x>", Subject="Oven"))

        assert take(mail("see below", Subject="Fwd: Oven")).outcome == Outcome.TICKET
