"""Each mailbox has its own trusted mail server; what it cannot confirm a person can vouch for, once or from now on."""

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.mails import mail
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.events import rebuild
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.intake import operations, queries
from tierline.work.intake.errors import NotInDoubt
from tierline.work.intake.models import InboundMessage, Mailbox, MailboxMessage, OutboundMessage, TrustedSender
from tierline.work.intake.operations import incoming
from tierline.work.intake.operations.known import forget

pytestmark = pytest.mark.django_db
desk = held(small_desk)

INTAKE = Actor.machine("intake")
NORA = "nora@customer.example"
FAIL = "mx.desk.example; dmarc=fail header.from=customer.example"
FORGED = "mx.other.example; dmarc=pass header.from=customer.example"


@pytest.fixture
def box(desk: SmallDesk) -> Mailbox:
    return mailbox(desk, "help@desk.example", "mx.desk.example")


def mailbox(desk: SmallDesk, address: str, authserv: str) -> Mailbox:
    return Mailbox.objects.create(
        desk=desk.desk, address=address, host="imap.example", port=993, authserv=authserv, active=True,
        created_at=clock.now(),
    )  # fmt: skip


def take(box: Mailbox | None, content: bytes) -> Ticket:
    forget()
    received = operations.receive(
        actor=INTAKE, content=content, desk_id=box.desk_id if box else None, mailbox_id=box.pk if box else None
    )
    assert received.ticket is not None, received
    return Ticket.objects.get(pk=int(received.ticket.partition("-")[2]))


def doubted(box: Mailbox | None = None, **headers: str) -> Ticket:
    return take(box, mail(**{"Authentication_Results": FAIL, **headers}))


def told(ticket: Ticket, kind: str) -> list[dict[str, object]]:
    return [entry.data for entry in TimelineEntry.objects.of("ticket", ticket.pk) if entry.kind == kind]


class TestEachMailbox:
    def test_believes_its_own_mail_server_only(self, desk: SmallDesk, box: Mailbox) -> None:
        other = mailbox(desk, "hilfe@desk.example", "mx.other.example")

        assert "not verified" in take(box, mail(Authentication_Results=FAIL)).requester.name
        assert take(box, mail(Authentication_Results=FORGED)).requester.email == NORA  # no result at all here
        assert take(other, mail(Authentication_Results=FAIL)).requester.email == NORA
        assert told(doubted(box), "intake.sender_unverified")[0]["mailbox_id"] == box.pk

    def test_without_a_name_believes_everybody_and_never_the_setting_s(
        self, desk: SmallDesk, settings: pytest.FixtureRequest
    ) -> None:
        settings.TIERLINE_MAIL_AUTHSERV = frozenset({"mx.desk.example"})  # type: ignore[attr-defined] # Django's
        plain = mailbox(desk, "plain@desk.example", "")

        assert take(plain, mail(Authentication_Results=FAIL)).requester.email == NORA
        assert "not verified" in doubted().requester.name

    def test_remembers_by_which_one_a_message_came_when_it_is_understood_later(self, box: Mailbox) -> None:
        forget()
        content = mail(Authentication_Results=FAIL)
        inbound, _ = incoming._store(content, "mail", box.desk_id, box.pk, confirm=True)
        assert operations.understand(actor=INTAKE, inbound_id=inbound.pk).reason == "sender not verified: dmarc=fail"

    def test_shows_under_which_names_its_mails_come(self, box: Mailbox) -> None:
        for number, results in enumerate((FAIL, FAIL, None), 1):
            take(box, mail(Authentication_Results=results))
            MailboxMessage.objects.create(
                mailbox=box, uid_validity=1, uid=number, at=clock.now(), inbound=InboundMessage.objects.latest("pk")
            )
        assert queries.names_on_top(SETUP, box.pk) == {"mx.desk.example": 2, "": 1}


class TestYesThisIsNora:
    def test_the_ticket_becomes_hers_with_what_she_wrote(self, desk: SmallDesk, box: Mailbox) -> None:
        ticket = doubted(box)
        operations.confirm_sender(actor=desk.actor(1), ticket_id=ticket.pk, claimed=NORA)

        ticket.refresh_from_db()
        assert ticket.requester.email == NORA
        assert [one.author_label for one in Message.objects.filter(ticket=ticket)] == ["nora"]
        assert told(ticket, "intake.sender_confirmed") == [
            {"claimed": NORA, "person_id": ticket.requester_id, "rule_id": None}
        ]
        assert told(ticket, "ticket.requester_named")[0]["reason"] == "the sender of the mail is nora"
        assert rebuild(list(TimelineEntry.objects.of("ticket", ticket.pk))) == ticket.state
        assert not TrustedSender.objects.exists()

    def test_answers_that_went_to_nobody_are_mailed_once(self, desk: SmallDesk, box: Mailbox) -> None:
        ticket = doubted(box)
        tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Who are you?")
        assert not OutboundMessage.objects.exists()
        operations.confirm_sender(actor=desk.actor(1), ticket_id=ticket.pk, claimed=NORA)

        assert [one.recipient for one in OutboundMessage.objects.all()] == [NORA]

    def test_on_somebody_else_s_ticket_only_the_message_is_hers(self, desk: SmallDesk, box: Mailbox) -> None:
        ticket = take(box, mail(Message_ID="<a@x>", From="Otto <otto@customer.example>"))
        take(box, mail("Me too", In_Reply_To="<a@x>", Authentication_Results=FAIL))
        operations.confirm_sender(actor=desk.actor(1), ticket_id=ticket.pk, claimed=NORA)

        ticket.refresh_from_db()
        assert ticket.requester.email == "otto@customer.example"
        assert Message.objects.filter(ticket=ticket).latest("pk").author_label == "nora"

    @pytest.mark.parametrize("claimed", ["other@customer.example", ""])
    def test_nobody_else(self, desk: SmallDesk, box: Mailbox, claimed: str) -> None:
        with pytest.raises(NotInDoubt):
            operations.confirm_sender(actor=desk.actor(1), ticket_id=doubted(box).pk, claimed=claimed)

    def test_not_twice_and_not_by_a_requester(self, desk: SmallDesk, box: Mailbox) -> None:
        ticket = doubted(box)
        with pytest.raises(NotFound):
            operations.confirm_sender(actor=desk.asking, ticket_id=ticket.pk, claimed=NORA)
        operations.confirm_sender(actor=desk.actor(1), ticket_id=ticket.pk, claimed=NORA)
        with pytest.raises(NotInDoubt):
            operations.confirm_sender(actor=desk.actor(1), ticket_id=ticket.pk, claimed=NORA)


class TestFromNowOn:
    @pytest.mark.parametrize(
        ("mark", "sender", "believed"),
        [
            ("sender", NORA, True),
            ("sender", "otto@customer.example", False),
            ("domain", "otto@customer.example", True),
            ("domain", "otto@news.customer.example", True),
            ("domain", "otto@evilcustomer.example", False),
        ],
    )
    def test_mail_like_it_is_believed_where_it_came_in(
        self, desk: SmallDesk, box: Mailbox, mark: str, sender: str, *, believed: bool
    ) -> None:
        other = mailbox(desk, "hilfe@desk.example", "mx.desk.example")
        ticket = doubted(box)
        operations.confirm_sender(actor=desk.leading, ticket_id=ticket.pk, claimed=NORA, remember=mark)

        later = doubted(box, From=sender)
        assert (later.requester.email == sender) is believed
        assert "not verified" in doubted(other, From=sender).requester.name
        if believed:
            [said] = told(later, "intake.sender_trusted")
            assert str(said["why"]).startswith("dmarc=fail, but ")
            assert "learned by Lena Lead on 20" in str(said["why"])

    def test_until_it_is_withdrawn(self, desk: SmallDesk, box: Mailbox) -> None:
        operations.confirm_sender(actor=desk.leading, ticket_id=doubted(box).pk, claimed=NORA, remember="sender")
        [(rule, where)] = queries.trusted_senders(desk.leading)
        assert (rule.value, rule.because, where) == (NORA, "dmarc=fail", "help@desk.example")
        operations.distrust(actor=desk.leading, rule_id=rule.pk)

        assert "not verified" in doubted(box).requester.name
        with pytest.raises(NotFound):
            operations.distrust(actor=desk.leading, rule_id=rule.pk)

    @pytest.mark.parametrize("domain", ["gmail.com", "yahoo.co.uk", "gmx.net", "outlook.de"])
    def test_not_for_a_domain_where_anybody_has_an_address(self, desk: SmallDesk, box: Mailbox, domain: str) -> None:
        sender = f"nora@{domain}"
        ticket = take(
            box, mail(From=sender, Authentication_Results=f"mx.desk.example; dmarc=fail header.from={domain}")
        )
        with pytest.raises(Invalid, match="believe this sender only"):
            operations.confirm_sender(actor=desk.leading, ticket_id=ticket.pk, claimed=sender, remember="domain")
        operations.confirm_sender(actor=desk.leading, ticket_id=ticket.pk, claimed=sender, remember="sender")
        assert TrustedSender.objects.get().value == sender

    def test_takes_the_right_to_decide_for_all(self, desk: SmallDesk, box: Mailbox) -> None:
        ticket = doubted(box)
        with pytest.raises(NotFound):
            operations.confirm_sender(actor=desk.actor(1), ticket_id=ticket.pk, claimed=NORA, remember="sender")
        with pytest.raises(NotFound):
            queries.trusted_senders(desk.actor(1))
        with pytest.raises(Invalid):
            operations.confirm_sender(actor=desk.leading, ticket_id=ticket.pk, claimed=NORA, remember="subject")
