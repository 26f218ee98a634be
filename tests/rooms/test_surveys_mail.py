"""The mail that asks how it went, as a real server takes it; what comes back to it; and how it is ended by mail."""

import email
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from typing import Any

import pytest

from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held
from tests.support.mails import Letter, MailServer, bounce, mail
from tests.support.surveys import arranged, later, react, solved, survey_of, told
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Person
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.intake import operations as intake
from tierline.work.intake.models import InboundMessage, Mailbox, OutboundMessage
from tierline.work.intake.operations.known import forget
from tierline.work.surveys import operations
from tierline.work.surveys.models import OptOut, Survey
from tierline.work.surveys.rules import SCORES

pytestmark = pytest.mark.django_db
desk = held(small_desk)
INTAKE = Actor.machine("intake")
HELP = "http://127.0.0.1:8420"


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with MailServer() as running:
        settings.TIERLINE_SMTP = running.settings
        settings.TIERLINE_MAIL_FROM = "Help Desk <support@desk.example>"
        forget()
        yield running
    forget()


def asked_by_mail(desk: SmallDesk, server: MailServer, **more: Any) -> tuple[Survey, Letter, EmailMessage]:
    """Somebody was asked; the survey, the letter as the server took it, and the same, read."""
    arranged(desk)
    ticket = solved(desk, **more)
    later()
    (letter,) = [one for one in server.letters if b"How did it go?" in one.content]
    read = email.message_from_bytes(letter.content, policy=default)
    assert isinstance(read, EmailMessage)
    return survey_of(ticket), letter, read


def part(read: EmailMessage, kind: str) -> str:
    found = read.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def test_the_mail_says_who_may_not_answer_it_and_how_to_end_it(desk: SmallDesk, server: MailServer) -> None:
    survey, letter, read = asked_by_mail(desk, server)
    assert letter.recipients == ["ines@field.example"]
    assert letter.sender == ""  # RFC 3834: nothing is to come back to an automatic mail
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["X-Auto-Response-Suppress"] == "All"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(rf"<{HELP}/mail/rate/stop/[\w:-]+>", read["List-Unsubscribe"])
    assert read["Subject"] == f"How did it go? VPN drops [{survey.ticket.reference}]"
    assert re.fullmatch(rf"reply\+{survey.ticket_id}\.[a-z2-7]{{16}}@desk\.example", read["Reply-To"])
    assert read["In-Reply-To"] is None
    assert read["Precedence"] is None


def test_each_answer_has_its_link_in_plain_words_and_in_html(desk: SmallDesk, server: MailServer) -> None:
    survey, _letter, read = asked_by_mail(desk, server)
    assert read.get_content_type() == "multipart/alternative"
    plain, html = part(read, "plain"), part(read, "html")
    links = re.findall(rf"^([A-Z][a-z ]+): ({HELP}/mail/rate/[\w:-]+)\?score=(\d)$", plain, re.MULTILINE)
    assert [(words, int(score)) for words, _link, score in links] == [(words, score) for score, words in SCORES.items()]
    assert len({link for _words, link, _score in links}) == 1
    for words, link, score in links:
        assert f'<a href="{link}?score={score}">{words}</a>' in html
    assert f"“VPN drops” ({survey.ticket.reference})" in plain
    for fetched in ("<img", "src=", "@import", "url(", "<link", "<script", "background="):
        assert fetched not in html
    assert set(re.findall(r"https?://[^/\"]+", html)) == {HELP}


def test_no_word_of_staff_is_in_the_mail(desk: SmallDesk, server: MailServer) -> None:
    _survey, letter, read = asked_by_mail(desk, server, title="{sealed:abc} {{ 7*7 }} <i>x</i>")
    words = part(read, "plain") + part(read, "html")
    for inside in ("Agent 1", "Frontline", "Restarted it", "tier"):
        assert inside not in words
    assert "{sealed:abc} {{ 7*7 }}" in words
    assert "&lt;i&gt;x" in part(read, "html")
    assert b"From: Help Desk <support@desk.example>" in letter.content


def test_a_reply_to_it_reaches_the_ticket_as_any_reply(desk: SmallDesk, server: MailServer) -> None:
    survey, _letter, read = asked_by_mail(desk, server)
    reply = mail(
        "It is not solved at all.",
        From="Ines <ines@field.example>",
        To="support@desk.example",
        Subject=f"Re: {read['Subject']}",
        In_Reply_To=read["Message-ID"],
    )
    got = intake.receive(actor=INTAKE, content=reply)
    assert (got.outcome, got.ticket) == ("follow_up", survey.ticket.reference)
    assert Ticket.objects.get(pk=survey.ticket_id).is_open
    by_address = mail("And again.", From="ines@field.example", To=read["Reply-To"], Subject="no subject")
    assert intake.receive(actor=INTAKE, content=by_address).ticket == survey.ticket.reference


def test_nobody_reaches_the_ticket_by_guessing_the_mail_s_id(desk: SmallDesk, server: MailServer) -> None:
    """RFC 5322 §3.6.4 ids tie an answer to a ticket, so they must hold something that only the recipient knows."""
    survey, _letter, read = asked_by_mail(desk, server)
    guesses = {sha256(f"{name}\nines@field.example".encode()).hexdigest()[:32] for name in (f"survey {survey.pk}", "")}
    assert read["Message-ID"].strip("<>").partition("@")[0] not in guesses
    for guess in sorted(guesses):
        got = intake.receive(
            actor=INTAKE, content=mail("Let me in.", From="x@else.example", In_Reply_To=f"<{guess}@desk.example>")
        )
        assert (got.outcome, got.ticket != survey.ticket.reference) == ("ticket", True)


def test_a_later_answer_of_the_desk_stands_in_the_same_thread(desk: SmallDesk, server: MailServer) -> None:
    survey, _letter, read = asked_by_mail(desk, server)
    tickets.reopen(actor=desk.asking, ticket_id=survey.ticket_id, reason="Again")
    tickets.reply(actor=desk.actor(1), ticket_id=survey.ticket_id, text="We look again.")
    (entry,) = told(survey.ticket_id, "ticket.replied")[-1:]
    (answer,) = intake.queue_replies(actor=INTAKE, entry_id=entry.pk)
    assert read["Message-ID"].strip("<>") in answer.references.split()


def test_who_bounces_is_flagged_and_not_asked_again(desk: SmallDesk, server: MailServer) -> None:
    survey, _letter, read = asked_by_mail(desk, server)
    report = bounce(read["Message-ID"].strip("<>"), recipient="ines@field.example")
    assert intake.receive(actor=INTAKE, content=report).outcome == "delivery_report"
    assert Person.objects.get_queryset().get(pk=desk.requester.pk).mail_failed_at is not None
    assert OutboundMessage.objects.get(ticket=survey.ticket_id, purpose="question").state == "failed"
    with clock.at(clock.now() + timedelta(days=40)):
        again = solved(desk, title="Another")
        later()
    assert survey_of(again).reason == "mail_failed"


def test_a_program_s_mail_is_not_answered_with_a_question(desk: SmallDesk, server: MailServer) -> None:
    """RFC 3834: who wrote by a program gets no automatic mail, and the ticket says why."""
    arranged(desk)
    ticket = solved(desk)
    vacation = mail(
        "I am away.", From="ines@field.example", Auto_Submitted="auto-replied", Subject=f"Away [{ticket.reference}]"
    )
    intake.receive(actor=INTAKE, content=vacation)
    InboundMessage.objects.update(ticket=ticket, message=ticket.messages.earliest("pk"), may_answer=False)
    later()
    (entry,) = told(ticket.pk, "survey.withheld")
    assert entry.data["reason"] == "mail_held"
    assert "sent automatically" in entry.data["words"]
    assert not any(b"How did it go?" in one.content for one in server.letters)


def with_mailbox(desk: SmallDesk) -> None:
    Mailbox.objects.create(
        desk=desk.desk,
        address="help@desk.example",
        host="imap.desk.example",
        port=993,
        username="help",
        active=True,
        plus=True,
        created_at=clock.now(),
    )
    forget()


def test_where_the_desk_has_a_mailbox_one_mail_ends_it(desk: SmallDesk, server: MailServer) -> None:
    with_mailbox(desk)
    survey, _letter, read = asked_by_mail(desk, server)
    found = re.fullmatch(
        rf"<{HELP}/mail/rate/stop/[\w:-]+>, <mailto:(help\+s{survey.pk}\.[a-z2-7]{{16}}@desk\.example)"
        r"\?subject=unsubscribe>",
        " ".join(read["List-Unsubscribe"].split()),
    )
    assert found is not None
    sign_off = mail("", From="somebody@else.example", To=found[1], Subject="unsubscribe")
    got = intake.receive(actor=INTAKE, content=sign_off)
    assert (got.outcome, got.ticket) == ("ignored", None)
    assert "Ines Okafor wants no more surveys" in got.reason
    assert OptOut.objects.get().person_id == desk.requester.pk
    assert not InboundMessage.objects.exclude(outcome="ignored").exists()


def test_an_address_that_somebody_made_up_ends_nothing(desk: SmallDesk, server: MailServer) -> None:
    with_mailbox(desk)
    survey, _letter, read = asked_by_mail(desk, server)
    right = re.search(r"mailto:([^?]+)", read["List-Unsubscribe"])
    assert right is not None
    for wrong in (
        right[1].replace(f"+s{survey.pk}.", f"+s{survey.pk + 1}."),
        f"help+s{survey.pk}.aaaaaaaaaaaaaaaa@desk.example",
        "help@desk.example",
    ):
        got = intake.receive(actor=INTAKE, content=mail("stop", From="x@else.example", To=wrong, Subject="unsubscribe"))
        assert got.outcome == "ticket"
    assert not OptOut.objects.exists()


def test_a_low_score_reaches_the_lead_by_mail_with_the_words_quoted(desk: SmallDesk, server: MailServer) -> None:
    survey, _letter, read = asked_by_mail(desk, server)
    link = re.search(r"/mail/rate/([\w:-]+)\?score=1", part(read, "plain"))
    assert link is not None
    operations.answer(actor=Actor(label="visitor"), token=link[1], score=1, comment="Nobody\ncalled <b>me</b>.")
    react()
    (letter,) = [one for one in server.letters if one.recipients == ["lead@desk.example"]]
    told_lead = email.message_from_bytes(letter.content, policy=default)
    words = str(told_lead.get_content()).replace("\r\n", "\n")
    assert "> Nobody\n> called <b>me</b>." in words
    assert survey.ticket.reference in words
    assert (told_lead.get_content_type(), told_lead["List-Unsubscribe"]) == ("text/plain", None)
