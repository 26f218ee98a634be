"""A formatted mail in its frame: nothing from outside unless asked for, the mail's own pictures, the whole mail."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.support.console import text_of
from tests.support.mails import mail, multipart
from tests.support.web_world import WebWorld, signed_in
from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment, Message, Ticket
from tierline.work.intake import operations
from tierline.work.intake.events import MailDelayed, MailFailed
from tierline.work.intake.models import OutboundMessage
from tierline.work.intake.operations.known import forget

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 30
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


def part(content: bytes, kind: str, content_id: str) -> str:
    packed = base64.b64encode(content).decode()
    return (
        f"Content-Type: {kind}; name={content_id}\r\nContent-ID: <{content_id}>\r\nContent-Disposition: inline\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{packed}"
    )


def arrive(html: str, *parts: str) -> Message:
    content = multipart(f"Content-Type: text/html; charset=utf-8\r\n\r\n{html}", *parts, subtype="related")
    received = operations.receive(actor=Actor.machine("intake"), content=content)
    return Message.objects.get(ticket=int(received.ticket.partition("-")[2]))


def at(message: Message, more: str = "") -> str:
    reference = Ticket.objects.get(pk=message.ticket_id).reference
    return f"/console/tickets/{reference}" + (f"/messages/{message.pk}/{more}" if more else "")


class TestPictures:
    def test_the_mail_s_own_are_written_into_the_document(self, world: WebWorld, tier2: Client) -> None:
        message = arrive('<p>Look: <img src="cid:a@x" alt="a"></p>', part(PNG, "image/png", "a@x"))
        shown = tier2.get(at(message, "html")).content.decode()

        assert f'src="data:image/png;base64,{base64.b64encode(PNG).decode()}"' in shown
        assert "cid:" not in shown

    def test_what_only_says_it_is_a_picture_is_not_shown(self, world: WebWorld, tier2: Client) -> None:
        message = arrive('<img src="cid:a@x"><img src="cid:b@x">', part(SVG, "image/png", "a@x"))

        assert "data:" not in tier2.get(at(message, "html")).content.decode()
        assert Attachment.objects.get(message=message).content_type == "image/svg+xml"

    def test_those_of_other_messages_are_not_reached(self, world: WebWorld, tier2: Client) -> None:
        arrive("<p>first</p>", part(PNG, "image/png", "a@x"))
        message = arrive('<img src="cid:a@x">')

        assert "data:" not in tier2.get(at(message, "html")).content.decode()

    def test_from_other_servers_only_when_this_view_is_asked(self, world: WebWorld, tier2: Client) -> None:
        message = arrive('<p>x</p><img src="https://spy.example/p.gif">')
        page = tier2.get(at(message)).content.decode()

        assert "Load pictures from other servers" in page
        assert "img-src data:;" in tier2.get(at(message, "html"))["Content-Security-Policy"]
        asked = tier2.get(at(message, "html?pictures=yes"))
        assert "img-src data: https: http:;" in asked["Content-Security-Policy"]
        assert asked["Referrer-Policy"] == "no-referrer"
        assert "img-src data:;" in tier2.get(at(message, "html?pictures=1"))["Content-Security-Policy"]

    def test_a_mail_without_them_does_not_ask(self, world: WebWorld, tier2: Client) -> None:
        assert "Load pictures" not in tier2.get(at(arrive("<p>x</p>"))).content.decode()

    def test_too_many_bytes_stay_outside(self, world: WebWorld, tier2: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tierline.doors.web.console.mail_frame.MAX_PICTURES", 50)
        message = arrive(
            '<img src="cid:a@x"><img src="cid:b@x">',
            part(PNG, "image/png", "a@x"),
            part(PNG + b"1", "image/png", "b@x"),
        )

        assert tier2.get(at(message, "html")).content.decode().count("data:image/png") == 1


class TestTheDocument:
    def test_links_open_elsewhere_and_tell_nobody_where_from(self, world: WebWorld, tier2: Client) -> None:
        shown = tier2.get(at(arrive('<a href="https://x.example/">x</a>'), "html")).content.decode()

        assert 'target="_blank"' in shown
        assert "noreferrer" in shown

    @pytest.mark.parametrize(
        "hostile",
        [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<style>@import url(https://spy.example)</style>",
            "<meta http-equiv=refresh content='0;url=https://spy.example'>",
            "<base href=https://spy.example>",
            "<form action=https://spy.example><button>x</button></form>",
            "<iframe src=https://spy.example></iframe>",
            "<p style='background:url(https://spy.example)'>x</p>",
            "<link rel=stylesheet href=https://spy.example>",
            "</body><body onload=alert(1)>",
        ],
    )
    def test_nothing_that_acts_is_left(self, world: WebWorld, tier2: Client, hostile: str) -> None:
        body = tier2.get(at(arrive(f"<p>words</p>{hostile}"), "html").replace(" ", "")).content.decode()
        body = body.partition("<body>")[2]

        assert "words" in body
        assert not any(word in body for word in ("alert", "spy.example", "<form", "<meta", "style=", "onload"))

    def test_only_agents_who_see_the_ticket(self, world: WebWorld, tier2: Client) -> None:
        message = arrive("<p>x</p>")

        for more in ("html", "whole"):
            assert signed_in(world.desk.requester).get(at(message, more)).status_code == 404
            assert tier2.get(at(message, more).replace(f"/{message.pk}/", "/99999999/")).status_code == 404


class TestTheWholeMail:
    def test_what_was_quoted_is_one_click_away(self, world: WebWorld, tier2: Client) -> None:
        first = arrive("<p>Printer</p>")
        answer = mail(
            "It works.\n\nOn Mon, Nov 2, 2026 Desk <s@d.example> wrote:\n> Try water.",
            In_Reply_To=f"<{first.message_id}>",
        )
        operations.receive(actor=Actor.machine("intake"), content=answer)
        message = Message.objects.filter(ticket=first.ticket_id).latest("pk")

        assert message.text == "It works."
        assert at(message, "whole") in tier2.get(at(message)).content.decode()
        whole = tier2.get(at(message, "whole"))
        assert whole.content.decode().endswith("> Try water.")
        assert whole["Content-Type"].startswith("text/plain")

    def test_without_a_mail_behind_it_there_are_the_words(self, world: WebWorld, tier2: Client) -> None:
        message = tickets.add_note(actor=world.desk.actor(2), ticket_id=world.climbing.pk, text="A note.")

        assert tier2.get(at(message, "whole")).content == b"A note."


class TestWhatIntakeTells:
    def test_of_a_sender_in_doubt(self, world: WebWorld, tier2: Client, settings: Settings) -> None:
        settings.TIERLINE_MAIL_AUTHSERV = frozenset({"mx.desk.example"})
        content = mail("Pay me.", Authentication_Results="mx.desk.example; dmarc=fail")
        received = operations.receive(actor=Actor.machine("intake"), content=content)
        page = text_of(tier2.get(f"/console/tickets/{received.ticket}"))

        assert "The sender is not verified." in page
        assert "nora@customer.example, and the mail server found: dmarc=fail" in page

    def test_and_of_who_vouches_for_it(self, world: WebWorld, tier2: Client, settings: Settings) -> None:
        settings.TIERLINE_MAIL_AUTHSERV = frozenset({"mx.desk.example"})
        content = mail("Pay me.", Authentication_Results="mx.desk.example; dmarc=fail")
        received = operations.receive(actor=Actor.machine("intake"), content=content)
        here = f"/console/tickets/{received.ticket}"
        assert "Yes, this is nora@customer.example" in text_of(tier2.get(here))
        assert 'name="remember"' not in tier2.get(here).content.decode()

        said = text_of(tier2.post(f"{here}/sender", {"claimed": "nora@customer.example"}, follow=True))
        assert "It is nora@customer.example. Answers are mailed from now on." in said
        assert "says that it is nora@customer.example" in said
        assert "named another requester: the sender of the mail is nora" in said
        assert "Yes, this is" not in said
        assert tier2.post(f"{here}/sender", {"claimed": "nora@customer.example"}).status_code == 403
        assert tier2.get(f"{here}/sender").status_code == 405

    def test_a_lead_may_believe_the_sender_from_now_on(self, world: WebWorld, settings: Settings) -> None:
        settings.TIERLINE_MAIL_AUTHSERV = frozenset({"mx.desk.example"})
        lead = signed_in(world.desk.lead)
        content = [mail("Pay me.", Authentication_Results="mx.desk.example; dmarc=fail") for _ in range(2)]
        first = operations.receive(actor=Actor.machine("intake"), content=content[0])
        given = {"claimed": "nora@customer.example", "remember": "domain"}
        assert "believed from now on" in text_of(
            lead.post(f"/console/tickets/{first.ticket}/sender", given, follow=True)
        )
        forget()
        later = operations.receive(actor=Actor.machine("intake"), content=content[1])
        said = text_of(lead.get(f"/console/tickets/{later.ticket}"))
        assert "the domain customer.example is trusted here" in said

    def test_of_a_mail_that_an_agent_handed_on(self, world: WebWorld, tier2: Client) -> None:
        text = "Fwd\n\nFrom: Nora <nora@customer.example>\nSent: x\nTo: y\nSubject: Printer\n\nOn fire."
        content = mail(text, From="agent1@desk.example", Subject="FW: Printer")
        here = f"/console/tickets/{operations.receive(actor=Actor.machine('intake'), content=content).ticket}"
        assert "agent1@desk.example handed on a mail of nora@customer.example" in text_of(tier2.get(here))
        assert "It is the request of agent1@desk.example" in text_of(tier2.get(here))

        said = text_of(tier2.post(f"{here}/forward", {"whose": "forwarder"}, follow=True))
        assert "It is the request of Agent 1 now." in said
        assert "It is the request of nora@customer.example" in said
        assert tier2.post(f"{here}/forward", {"whose": "x"}).status_code == 403

    def test_of_signed_and_encrypted_mail(self, world: WebWorld, tier2: Client) -> None:
        signed = multipart("\r\nHello", "Content-Type: application/pgp-signature\r\n\r\nx", subtype="signed")
        sealed = mail("-----BEGIN PGP MESSAGE-----\n\nabc")
        words = []
        for content in (signed, sealed):
            received = operations.receive(actor=Actor.machine("intake"), content=content)
            words.append(text_of(tier2.get(f"/console/tickets/{received.ticket}")))

        assert "The mail is signed (OpenPGP). The signature was not checked." in words[0]
        assert "The mail is encrypted (OpenPGP) and cannot be read here" in words[1]

    def test_of_mail_that_did_not_arrive(self, world: WebWorld, tier2: Client) -> None:
        for payload, words in (
            (
                MailFailed(outbound_id=1, message_id=7, recipient="a@b.example", status="5.1.1", words="550 gone"),
                "550 gone (5.1.1)",
            ),
            (MailDelayed(outbound_id=1, message_id=None, recipient="a@b.example"), "The mail servers go on trying."),
        ):
            tickets.note_event(actor=Actor.machine("intake"), ticket_id=world.climbing.pk, payload=payload)
            page = tier2.get(f"/console/tickets/{world.climbing.reference}")
            assert words in text_of(page)
        assert 'href="#m7"' in page.content.decode()


class TestTheSendLog:
    def replied(self, world: WebWorld) -> Message:
        return tickets.reply(actor=world.desk.actor(1), ticket_id=world.climbing.pk, text="Have you tried water?")

    def test_it_is_asked_for_at_the_message_and_tells_each_mail(self, world: WebWorld, tier2: Client) -> None:
        message = self.replied(world)
        first = {"ticket": world.climbing, "message": message, "purpose": "reply", "audience": "requester"}
        rest = {"subject": "Re: x", "created_at": clock.now()}
        OutboundMessage.objects.create(
            recipient="a@field.example", state="sent", sent_at=clock.now(), mail_id="one@desk.example", **first, **rest
        )
        OutboundMessage.objects.create(
            recipient="b@field.example",
            state="failed",
            attempts=3,
            last_error="550 no such person",
            mail_id="two@desk.example",
            **first,
            **rest,
        )
        page = tier2.get(f"/console/tickets/{world.climbing.reference}").content.decode()
        assert at(message, "sent") in page
        piece = tier2.get(at(message, "sent"), headers={"HX-Request": "true"})
        told = text_of(piece)
        for words in (
            "a@field.example",
            "sent",
            "one@desk.example",
            "b@field.example",
            "failed",
            "3 tries",
            "550 no such",
        ):
            assert words in told
        assert b"<html" not in piece.content
        assert "<html" in tier2.get(at(message, "sent")).content.decode()

    def test_whoever_works_on_it_sends_again_or_not_at_all(self, world: WebWorld, tier2: Client) -> None:
        message = self.replied(world)
        held = OutboundMessage.objects.create(
            ticket=world.climbing,
            message=message,
            purpose="reply",
            audience="requester",
            recipient="a@field.example",
            subject="Re: x",
            state="failed",
            last_error="550 no",
            mail_id="one@desk.example",
            created_at=clock.now(),
        )
        where = f"/console/tickets/{world.climbing.reference}"
        shown = tier2.get(at(message, "sent")).content.decode()
        assert "Send again" in shown
        assert "Do not send" in shown
        tier2.post(f"{where}/mail/withdraw", {"mail": held.pk})
        shown = text_of(tier2.get(at(message, "sent")))
        assert "withdrawn" in shown
        assert "Withdrawn by" in shown
        assert "Send again" not in shown, "what somebody withdrew is not offered at a glance"
        tier2.post(f"{where}/mail/again", {"mail": held.pk})
        held.refresh_from_db()
        assert held.state in {"queued", "held"}

    @pytest.mark.parametrize("verb", ["again", "withdraw"])
    @pytest.mark.parametrize("mail_id", ["", "0", "99999999999999999999", "x"])
    def test_a_mail_of_nothing_is_not_found(self, world: WebWorld, tier2: Client, verb: str, mail_id: str) -> None:
        where = f"/console/tickets/{world.climbing.reference}/mail/{verb}"
        assert tier2.post(where, {"mail": mail_id}).status_code == 404

    def test_a_message_without_mail_says_so(self, world: WebWorld, tier2: Client) -> None:
        assert "No mail was made of it" in tier2.get(at(self.replied(world), "sent")).content.decode()

    def test_not_for_somebody_else(self, world: WebWorld, client: Client) -> None:
        message = self.replied(world)
        client.force_login(world.desk.requester)
        assert client.get(at(message, "sent")).status_code == 404


class TestLongMail:
    """More words than a page shows: the page says so and hands out all of them, to both sides."""

    def test_the_ticket_and_the_whole_mail_say_so(self, world: WebWorld, tier2: Client) -> None:
        message = arrive("<p>One more line of it.</p>" * 12_000 + "<p>The end.</p>")
        page = tier2.get(at(message)).content.decode()
        file = Attachment.objects.get(message=message)

        assert message.text.endswith("All of it is in the attached file whole-message.)")
        assert f'href="/console/files/{file.pk}"' in page or "/evidence/" in page
        assert "whole-message.html" in page
        assert "Show all " in page
        assert "attached file whole-message.)" in tier2.get(at(message, "whole")).content.decode()
        assert storage.read(file.blob_id).endswith(b"<p>The end.</p>")
