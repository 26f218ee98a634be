"""Forwarded mail: an agent's word makes it the request of who wrote it; everybody else's is noted; a person decides."""

import pytest

from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held
from tests.support.mails import bounce, mail, multipart
from tierline.core.kernel import jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.events import rebuild
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.intake import operations
from tierline.work.intake.errors import NothingForwarded
from tierline.work.intake.models import Mailbox, OutboundMessage
from tierline.work.intake.operations.known import forget

pytestmark = pytest.mark.django_db
desk = held(small_desk)

INTAKE = Actor.machine("intake")
DANA = "dana@customer.example"
AGENT = "Agent 1 <agent1@desk.example>"
REMARK = "A difficult customer; be kind.\n\n"
QUOTED = (
    f"---------- Forwarded message ---------\nFrom: Dana Field <{DANA}>\nDate: x\nSubject: Printer\n"
    "To: a@desk.example\n\nThe printer is on fire.\n"
)


def take(content: bytes) -> operations.Received:
    return operations.receive(actor=INTAKE, content=content)


def ticket_of(received: operations.Received) -> Ticket:
    assert received.ticket is not None, received
    return Ticket.objects.get(pk=int(received.ticket.partition("-")[2]))


def told(ticket: Ticket) -> dict[str, object]:
    [entry] = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="intake.mail_forwarded")
    found: dict[str, object] = entry.data
    return found


def by_agent(text: str = REMARK + QUOTED, **headers: str) -> operations.Received:
    return take(mail(text, **{"From": AGENT, "Subject": "Fwd: Printer", **headers}))


class TestByAnAgent:
    def test_it_is_the_request_of_who_wrote_it(self, desk: SmallDesk) -> None:
        received = by_agent()
        ticket = ticket_of(received)

        assert (ticket.requester.email, ticket.requester.name, ticket.title) == (DANA, "Dana Field", "Printer")
        assert told(ticket) == {
            "forwarder_id": desk.agents[1].pk,
            "forwarder": "agent1@desk.example",
            "original": DANA,
            "applied": True,
            "why": "the header lines of the forwarded mail name its sender, and an agent of this desk handed it on",
        }
        assert received.auto_reply is False
        assert rebuild(list(TimelineEntry.objects.of("ticket", ticket.pk))) == ticket.state

    def test_the_agent_s_own_words_are_for_colleagues_only(self, desk: SmallDesk) -> None:
        ticket = ticket_of(by_agent())
        said = list(Message.objects.filter(ticket=ticket).order_by("pk").values_list("audience", "text"))
        assert said == [
            ("requester", "The printer is on fire."),
            ("internal", "Agent 1:\n\nA difficult customer; be kind."),
        ]

    def test_nobody_is_mailed_by_it(self, desk: SmallDesk) -> None:
        by_agent()
        jobs.drain()
        assert not OutboundMessage.objects.filter(purpose="acknowledgement").exists()

    def test_html_with_the_agent_s_words_is_not_shown(self, desk: SmallDesk) -> None:
        html = f"<p>A difficult customer.</p><div>{QUOTED.replace(chr(10), '<br>').replace('<dana', '&lt;dana')}</div>"
        ticket = ticket_of(by_agent(html, Content_Type="text/html; charset=utf-8"))
        assert ticket.requester.email == DANA
        assert not any(
            "difficult" in one.html + one.text for one in Message.objects.filter(ticket=ticket, audience="requester")
        )

    def test_carried_as_a_part(self, desk: SmallDesk) -> None:
        inner = mail("On fire.", From=f"Dana <{DANA}>", Subject="Printer", Message_ID="<inner@customer.example>")
        part = b"Content-Type: message/rfc822\r\n\r\n" + inner
        ticket = ticket_of(take(multipart("\r\nYours?", part, From=AGENT, Subject="FW: Printer")))
        assert ticket.requester.email == DANA
        assert [one.name for one in tickets.attachments(desk.leading, ticket.pk)] == ["part-1.eml"]

    def test_sent_on_unchanged(self, desk: SmallDesk) -> None:
        ticket = ticket_of(take(mail("On fire.", From=DANA, Resent_From=AGENT, Resent_To="support@desk.example")))
        assert ticket.requester.email == DANA
        assert told(ticket)["forwarder"] == "agent1@desk.example"

    def test_undone_and_done_again(self, desk: SmallDesk) -> None:
        ticket = ticket_of(by_agent())
        for whose, email in (("forwarder", "agent1@desk.example"), ("original", DANA), ("original", DANA)):
            operations.settle_forward(actor=desk.actor(1), ticket_id=ticket.pk, whose=whose)
            ticket.refresh_from_db()
            assert ticket.requester.email == email
        named = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="ticket.requester_named")
        assert [one.data["reason"] for one in named.order_by("seq")] == [
            "who handed the mail on asks for it",
            "who wrote the forwarded mail asks for it",
        ]


class TestNotTakenOver:
    @pytest.mark.parametrize(
        ("original", "why"),
        [
            ("no-reply@shop.example", "its sender takes no answers"),
            ("support@desk.example", "this desk wrote it itself"),
        ],
    )
    def test_a_sender_that_cannot_ask(self, desk: SmallDesk, original: str, why: str) -> None:
        Mailbox.objects.create(
            desk=desk.desk,
            address="support@desk.example",
            host="x",
            port=993,
            active=True,
            created_at="2026-01-01T00:00Z",
        )
        forget()
        ticket = ticket_of(by_agent(QUOTED.replace(DANA, original)))
        assert ticket.requester == desk.agents[1]
        assert (told(ticket)["applied"], told(ticket)["why"]) == (False, why)

    def test_a_colleague_who_is_no_agent(self, desk: SmallDesk) -> None:
        received = by_agent(From="Ines Okafor <ines@field.example>")
        ticket = ticket_of(received)
        assert (ticket.requester, received.auto_reply) == (desk.requester, True)
        assert told(ticket)["why"] == "Ines Okafor is no agent of this desk"
        assert REMARK.strip() in Message.objects.get(ticket=ticket).text
        operations.settle_forward(actor=desk.actor(1), ticket_id=ticket.pk, whose="original")
        ticket.refresh_from_db()
        assert ticket.requester.email == DANA

    def test_an_agent_s_address_in_doubt(self, desk: SmallDesk, settings: pytest.FixtureRequest) -> None:
        settings.TIERLINE_MAIL_AUTHSERV = frozenset({"mx.desk.example"})  # type: ignore[attr-defined] # Django's
        ticket = ticket_of(by_agent(Authentication_Results="mx.desk.example; dmarc=fail"))
        assert ticket.requester.name == "agent1@desk.example (not verified)"
        assert not TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="intake.mail_forwarded").exists()

    def test_a_report_that_a_person_hands_on_is_no_report_to_us(self, desk: SmallDesk) -> None:
        report = b"Content-Type: message/rfc822\r\n\r\n" + bounce("x@desk.example")
        received = take(multipart("\r\nWhat is this?", report, From=AGENT, Subject="Fwd: Undelivered mail"))
        assert received.outcome == "ticket"
        assert ticket_of(received).requester == desk.agents[1]
        assert told(ticket_of(received))["why"] == "a mail system wrote what was handed on"

    def test_and_a_report_about_a_forwarded_mail_is_one(self, desk: SmallDesk) -> None:
        content = bounce("x@desk.example").replace(b"Subject: Printer on fire", b"Subject: Fwd: Undelivered")
        assert take(content).outcome == "delivery_report"


class TestOnATicketThatIsThere:
    def first(self, sender: str = DANA) -> Ticket:
        return ticket_of(take(mail("First.", From=sender, Message_ID="<first@customer.example>")))

    @pytest.mark.parametrize(("sender", "author"), [(DANA, "dana"), ("otto@customer.example", "Agent 1")])
    def test_what_a_participant_wrote_is_theirs(self, desk: SmallDesk, sender: str, author: str) -> None:
        ticket = self.first(sender)
        received = by_agent(QUOTED, In_Reply_To="<first@customer.example>")
        message = Message.objects.filter(ticket=ticket, audience="requester").latest("pk")
        assert (received.ticket, message.author_label) == (ticket.reference, author)
        assert "The printer is on fire." in message.text, "what was handed on is no quote"

    def test_an_agent_s_answer_that_quotes_a_forward_stays_the_agent_s(self, desk: SmallDesk) -> None:
        ticket = self.first()
        by_agent(f"We are on it.\n\n{QUOTED}", Subject="Re: Printer", In_Reply_To="<first@customer.example>")
        message = Message.objects.filter(ticket=ticket).latest("pk")
        assert (message.author_label, message.text) == ("Agent 1", "We are on it.")

    def test_nobody_settles_what_was_not_handed_on(self, desk: SmallDesk) -> None:
        ticket = self.first()
        with pytest.raises(NothingForwarded):
            operations.settle_forward(actor=desk.actor(1), ticket_id=ticket.pk, whose="original")
        with pytest.raises(NotFound):
            operations.settle_forward(actor=desk.asking, ticket_id=ticket.pk, whose="original")
        with pytest.raises(NothingForwarded):
            operations.settle_forward(actor=desk.actor(1), ticket_id=ticket_of(by_agent()).pk, whose="nobody")
