"""What may be done with a mail: automatic ones, delivery reports, conversations, visible replies, outgoing form."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email.policy import default

import pytest

from tests.support.mails import bounce, mail, multipart
from tierline.work.intake.rules import (
    Fate,
    MailAttachment,
    Nature,
    Outgoing,
    Own,
    Verdict,
    base_subject,
    claims,
    compose,
    fingerprint,
    judge,
    names_itself,
    parse,
    read_reply_address,
    read_report,
    related_by,
    reply_address,
    reply_subject,
    subject_reference,
    visible_reply,
)

OWN = Own("mark-of-this-desk", frozenset({"support@desk.example"}))


def verdict(**headers: str) -> Verdict:
    return judge(parse(mail(**headers)), OWN)


class TestNature:
    def test_a_person(self) -> None:
        assert verdict() == Verdict(Nature.PERSON)
        assert verdict().may_answer

    @pytest.mark.parametrize(
        ("headers", "nature"),
        [
            ({"X_Tierline_Loop": "mark-of-this-desk"}, Nature.OWN),
            ({"From": "Desk <SUPPORT@desk.example>"}, Nature.OWN),
            ({"X_Tierline_Loop": "mark-of-another-desk"}, Nature.PERSON),
            ({"Auto_Submitted": "no"}, Nature.PERSON),
            ({"Auto_Submitted": "auto-replied"}, Nature.AUTOMATIC_REPLY),
            ({"Auto_Submitted": "Auto-Replied (vacation); x=y"}, Nature.AUTOMATIC_REPLY),
            ({"Auto_Submitted": "auto-notified"}, Nature.AUTOMATIC_REPLY),
            ({"Auto_Submitted": "auto-generated"}, Nature.PROGRAM),
            ({"Auto_Submitted": "auto-generated", "In_Reply_To": "<a@b>"}, Nature.AUTOMATIC_REPLY),
            ({"X_Autoreply": "yes"}, Nature.AUTOMATIC_REPLY),
            ({"X_Autorespond": "no"}, Nature.PERSON),
            ({"Precedence": "auto_reply"}, Nature.AUTOMATIC_REPLY),
            ({"Subject": "Out of office: x", "In_Reply_To": "<a@b>"}, Nature.AUTOMATIC_REPLY),
            ({"Subject": "Réponse automatique : x", "Return_Path": "<>"}, Nature.AUTOMATIC_REPLY),
            ({"Subject": "Out of office does not work"}, Nature.PERSON),
            ({"Subject": "Vacation days are missing in the portal"}, Nature.PERSON),
            ({"Precedence": "bulk"}, Nature.LIST),
            ({"Precedence": "First-Class"}, Nature.PERSON),
            ({"List_Unsubscribe": "<mailto:x@y.example>"}, Nature.LIST),
            ({"Return_Path": "<>"}, Nature.PROGRAM),
            ({"Return_Path": " < > "}, Nature.PROGRAM),
            ({"From": "MAILER-DAEMON"}, Nature.PROGRAM),
            ({"From": "x <Mailer-Daemon@y.example>"}, Nature.PROGRAM),
            ({"From": "mailer-daemon-fan@y.example"}, Nature.PERSON),
            ({"X_Auto_Response_Suppress": "OOF"}, Nature.PROGRAM),
            ({"X_Auto_Response_Suppress": "None"}, Nature.PERSON),
            ({"From": "do-not-reply@y.example"}, Nature.PROGRAM),
            ({"From": "noreply+bounce=1@y.example"}, Nature.PROGRAM),
            ({"From": "calendar-noreply@y.example"}, Nature.PROGRAM),
            ({"Subject": "Vacation: two weeks in May"}, Nature.PROGRAM),
            ({"Subject": "Abwesenheit: Krankmeldung"}, Nature.PROGRAM),
            ({"Subject": "Auto: Reifen kaputt"}, Nature.PROGRAM),
            ({"Subject": "Vacation planning does not open"}, Nature.PERSON),
            ({"Subject": "The auto reply: how do I set it?"}, Nature.PERSON),
            ({"Subject": "[Auto-Reply] x"}, Nature.AUTOMATIC_REPLY),
            ({"Subject": "AutoReply"}, Nature.AUTOMATIC_REPLY),
            ({"Subject": "Automated response: x"}, Nature.AUTOMATIC_REPLY),
            ({"Subject": "ตอบกลับอัตโนมัติ: x"}, Nature.AUTOMATIC_REPLY),
            ({"Subject": "Автоматичен отговор: x"}, Nature.AUTOMATIC_REPLY),
            ({"From": "nicht-antworten@y.example"}, Nature.PROGRAM),
            ({"From": "ne_pas_repondre@y.example"}, Nature.PROGRAM),
            ({"From": "bounces+123@y.example"}, Nature.PROGRAM),
            ({"From": "noreplyer@y.example"}, Nature.PERSON),
            ({"From": "casino.reply@y.example"}, Nature.PERSON),
            ({"X_OTRS_Loop": "otrs@y.example"}, Nature.PROGRAM),
            ({"X_RT_Loop_Prevention": "y"}, Nature.PROGRAM),
            ({"Feedback_ID": "1:2:campaign"}, Nature.PROGRAM),
            ({"X_Autoresponse": "yes"}, Nature.AUTOMATIC_REPLY),
            ({"From": "norepla@y.example"}, Nature.PERSON),
            ({"Content_Type": "multipart/report; report-type=disposition-notification"}, Nature.READ_RECEIPT),
            ({"Content_Type": "multipart/report; report-type=feedback-report"}, Nature.COMPLAINT),
        ],
    )
    def test_marks(self, headers: dict[str, str], nature: Nature) -> None:
        found = verdict(**headers)

        assert found.nature is nature
        assert bool(found.reason) == (nature is not Nature.PERSON)
        assert found.may_answer == (nature is Nature.PERSON)

    def test_only_people_lists_and_programs_open_tickets(self) -> None:
        opening = {nature for nature in Nature if Verdict(nature).opens_ticket}

        assert opening == {Nature.PERSON, Nature.LIST, Nature.PROGRAM}

    def test_a_receipt_is_known_by_its_part(self) -> None:
        read = parse(multipart("\r\nseen", "Content-Type: message/disposition-notification\r\n\r\nDisposition: x"))

        assert judge(read, OWN).nature is Nature.READ_RECEIPT


class TestReports:
    def test_the_standard_form(self) -> None:
        report = read_report(parse(bounce("our@desk.example")))

        [one] = report.recipients
        assert (report.fate, report.original_id) == (Fate.FAILED, "our@desk.example")
        assert (one.address, one.status, one.diagnostic) == ("nora@customer.example", "5.1.1", "550 no such user")
        assert report.summary == "failed 5.1.1 for nora@customer.example: 550 no such user"

    @pytest.mark.parametrize(
        ("action", "status", "fate"),
        [
            ("failed", "5.1.1", Fate.FAILED),
            ("failed", "4.4.7", Fate.FAILED),
            ("delayed", "4.4.1", Fate.DELAYED),
            ("delivered", "2.0.0", Fate.DELIVERED),
            ("relayed", "2.0.0", Fate.DELIVERED),
            ("Failed (gave up)", "5.0.0", Fate.FAILED),
            ("", "4.2.2", Fate.DELAYED),
            ("", "2.1.5", Fate.DELIVERED),
            ("nonsense", "", Fate.FAILED),
        ],
    )
    def test_action_decides_then_status(self, action: str, status: str, fate: Fate) -> None:
        assert read_report(parse(bounce("x@y.example", action=action, status=status))).fate is fate

    def test_the_worst_of_several_recipients(self) -> None:
        report = read_report(
            parse(
                multipart(
                    "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
                    "Final-Recipient: rfc822; a@b.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
                    "Final-Recipient: rfc822; c@d.example\r\nAction: failed\r\nStatus: 5.2.2\r\n",
                )
            )
        )

        assert [one.fate for one in report.recipients] == [Fate.DELIVERED, Fate.FAILED]
        assert report.summary == "failed 5.2.2 for c@d.example"

    def test_the_id_from_the_returned_mail(self) -> None:
        original = mail("x", Message_ID="<our@desk.example>")
        report = read_report(
            parse(
                multipart(
                    "Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.0.0",
                    b"Content-Type: message/rfc822\r\n\r\n" + original,
                )
            )
        )

        assert report.original_id == "our@desk.example"

    @pytest.mark.parametrize(
        ("body", "fate", "status"),
        [
            (
                "Hi. I'm afraid I wasn't able to deliver your message.\n<a@b.example>:\n550 5.1.1 unknown user",
                "failed",
                "5.1.1",
            ),
            ("This message could not be delivered: mailbox is full (5.2.2)", "failed", "5.2.2"),
            ("Warning: message still undelivered after 4 hours. Will keep trying.", "delayed", ""),
        ],
    )
    def test_prose_of_a_mail_system(self, body: str, fate: str, status: str) -> None:
        content = mail(
            f"{body}\n\n--- original ---\nReceived: x\nMessage-ID: <our@desk.example>\n",
            From="MAILER-DAEMON@mx.example",
            Subject="failure notice",
            Return_Path="<>",
        )
        report = read_report(parse(content))

        assert (report.fate, report.recipients[0].status, report.original_id) == (fate, status, "our@desk.example")

    def test_failed_recipients_header(self) -> None:
        report = read_report(parse(mail("x", X_Failed_Recipients="gone@x.example")))

        assert report.recipients[0].address == "gone@x.example"

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Subject": "Fwd: Undelivered Mail Returned to Sender"},
            {"Subject": "Delivery failed", "From": "nora@customer.example"},
        ],
    )
    def test_a_person_who_writes_about_a_failure_is_a_person(self, headers: dict[str, str]) -> None:
        content = mail("My mail could not be delivered: 550 5.1.1 user unknown. What is wrong?", **headers)

        assert read_report(parse(content)) is None

    def test_a_program_that_writes_by_the_null_path_may_mean_something_else(self) -> None:
        assert read_report(parse(mail("Disk full on web-3", Subject="Alert", Return_Path="<>"))) is None

    def test_an_empty_report_is_none(self) -> None:
        assert read_report(parse(multipart("Content-Type: message/delivery-status\r\n\r\n\r\n"))) is None


class TestClaims:
    def test_the_order_of_belief(self) -> None:
        read = parse(mail(In_Reply_To="<c@x>", References="<a@x> <b@x> <c@x>", Message_ID="<d@x>"))

        assert claims(read, "s").message_ids == ("c@x", "b@x", "a@x")

    def test_a_mail_does_not_answer_itself(self) -> None:
        assert claims(parse(mail(References="<d@x>", Message_ID="<d@x>")), "s").message_ids == ()

    def test_nothing_claimed(self) -> None:
        assert not claims(parse(mail()), "s").any

    def test_a_signed_address_in_any_recipient_header(self) -> None:
        address = reply_address(42, "desk.example", "s")

        for header in ("To", "Cc", "Delivered-To"):
            assert claims(parse(mail(**{header: f"Desk <{address}>"})), "s").reply_tickets == (42,)

    def test_signatures(self) -> None:
        address = reply_address(42, "desk.example", "secret")

        assert read_reply_address(address, "secret") == 42
        assert read_reply_address(address.upper(), "secret") == 42
        assert read_reply_address(address, "other secret") is None
        assert read_reply_address(address.replace("42", "43"), "secret") is None
        assert read_reply_address("support@desk.example", "secret") is None

    @pytest.mark.parametrize(
        ("subject", "reference"),
        [("Re: x [INC-12]", "INC-12"), ("[req-7] y", "REQ-7"), ("INC-12", ""), ("[INC-]", ""), ("[ABC-1]", "")],
    )
    def test_the_tag(self, subject: str, reference: str) -> None:
        assert subject_reference(subject) == reference

    @pytest.mark.parametrize(
        ("subject", "base"),
        [
            ("Printer", "Printer"),
            ("Re: Printer", "Printer"),
            ("RE: AW: Fwd: Re[2]: SV: Printer", "Printer"),
            ("Re: [INC-12] Printer", "Printer"),
            ("Re\uff1a Printer", "Printer"),
            ("Reprinting: how?", "Reprinting: how?"),
            ("Re:", ""),
        ],
    )
    def test_the_subject_without_prefixes(self, subject: str, base: str) -> None:
        assert base_subject(subject) == base

    def test_an_answer_keeps_the_title_and_names_the_ticket(self) -> None:
        assert reply_subject("Re: Printer", "INC-12") == "Re: Printer [INC-12]"
        assert subject_reference(reply_subject("x" * 500, "INC-12")) == "INC-12"

    def test_fingerprints(self) -> None:
        one = mail("words", Message_ID="<a@x>")

        assert fingerprint(parse(one)) == fingerprint(parse(b"Received: y\r\n" + one))
        assert fingerprint(parse(one)) != fingerprint(parse(mail("other", Message_ID="<a@x>")))
        assert fingerprint(parse(mail(Message_ID=None))) == ""


class TestVisibleReply:
    @pytest.mark.parametrize(
        ("text", "reply"),
        [
            ("It works.\n\nOn Mon, Nov 2, 2026 at 9:00, Desk <s@d.example> wrote:\n> Try it.\n", "It works."),
            ("It works.\n\nOn Mon, Nov 2, 2026 at 9:00,\nDesk <s@d.example>\nwrote:\n\n> Try it.\n", "It works."),
            ("Geht.\n\nAm Mo., 2. Nov. 2026 um 09:00 schrieb Desk <s@d.example>:\n> Bitte.\n", "Geht."),
            ("Merci.\n\nLe lun. 2 nov. 2026 à 09:00, Desk <s@d.example> a écrit :\n> Ok\n", "Merci."),
            ("Gracias.\n\nEl lun, 2 nov 2026 a las 9:00, Desk (<s@d.example>) escribió:\n> Ok\n", "Gracias."),
            ("Ok.\n\n-----Original Message-----\nFrom: Desk\nSent: Monday\n", "Ok."),
            ("Ok.\n\n-----Ursprüngliche Nachricht-----\nVon: Desk\n", "Ok."),
            ("Ok.\n\nFrom: Desk <s@d.example>\nSent: Monday\nTo: Nora\nSubject: x\n\nold", "Ok."),
            ("Ok.\n\nVon: Desk\nGesendet: Montag\nAn: Nora\nBetreff: x\n\nalt", "Ok."),
            ("Ok.\n\n> old\n> words", "Ok."),
            ("Ok.\n\n-- \nNora Field\nSales", "Ok."),
            ("Ok.\n\nSent from my phone", "Ok."),
            ("Ok.\n\nVon meinem iPhone gesendet", "Ok."),
            ("> Does it work?\nYes.\n> And this?\nNo.", "> Does it work?\nYes.\n> And this?\nNo."),
            ("Please see:\nFrom: here\nwe go on.", "Please see:\nFrom: here\nwe go on."),
            ("> all quoted\n> nothing new", "> all quoted\n> nothing new"),
            (
                "On the wall someone wrote: hello and more words follow here.",
                "On the wall someone wrote: hello and more words follow here.",
            ),
            ("", ""),
        ],
    )
    def test_new_words(self, text: str, reply: str) -> None:
        assert visible_reply(text) == reply


class TestOutgoingForm:
    def _compose(self, **changes: object) -> bytes:
        usual = {
            "sender": "support@desk.example",
            "sender_name": "Help Desk",
            "recipient": "nora@customer.example",
            "reply_to": "reply+1.x@desk.example",
            "subject": "Re: Printer [INC-1]",
            "text": "Try water.\n",
            "message_id": "m@desk.example",
            "loop_mark": "mark",
            "date": datetime(2026, 11, 2, 9, tzinfo=UTC),
        }
        return compose(Outgoing(**(usual | changes)))

    def test_a_person_answers(self) -> None:
        got = email.message_from_bytes(self._compose(in_reply_to="a@b", references=("z@b", "a@b")), policy=default)

        assert (got["In-Reply-To"], got["References"]) == ("<a@b>", "<z@b> <a@b>")
        assert (got["Date"], got["X-Tierline-Loop"]) == ("Mon, 02 Nov 2026 09:00:00 +0000", "mark")
        assert "Auto-Submitted" not in got

    @pytest.mark.parametrize(("answered", "word"), [("a@b", "auto-replied"), ("", "auto-generated")])
    def test_a_machine_says_so(self, answered: str, word: str) -> None:
        got = email.message_from_bytes(self._compose(automatic=True, in_reply_to=answered), policy=default)

        assert (got["Auto-Submitted"], got["X-Auto-Response-Suppress"]) == (word, "All")

    @pytest.mark.parametrize("field", ["subject", "sender_name"])
    def test_line_breaks_cannot_make_headers(self, field: str) -> None:
        got = email.message_from_bytes(self._compose(**{field: "x\r\nBcc: victim@x.example"}), policy=default)

        assert "Bcc" not in got

    def test_any_language(self) -> None:
        got = email.message_from_bytes(self._compose(subject="Größe 你好", text="Жук\n"), policy=default)

        assert (got["Subject"], got.get_content().strip()) == ("Größe 你好", "Жук")

    def test_a_template_in_the_text_stays_text(self) -> None:
        text = "{{ 7*7 }} {% raw %} %(secret)s {reference}"
        got = email.message_from_bytes(self._compose(text=text), policy=default)

        assert got.get_content().strip() == text

    @pytest.mark.parametrize("declared", ["text/html", "multipart/mixed", "message/rfc822", "nonsense", "x/y"])
    def test_attachments_are_never_active(self, declared: str) -> None:
        file = MailAttachment("a.bin", declared, b"<script>")
        got = email.message_from_bytes(self._compose(attachments=(file,)), policy=default)

        [part] = got.iter_attachments()
        assert part.get_content_type() == ("x/y" if declared == "x/y" else "application/octet-stream")
        assert part.get_payload(decode=True) == b"<script>"

    def test_what_we_send_we_understand(self) -> None:
        read = parse(self._compose(text="Zeile\n\n> kein Zitat\n"))

        assert (read.text, read.sender.name, read.message_id) == (
            "Zeile\n\n> kein Zitat",
            "Help Desk",
            "m@desk.example",
        )
        assert judge(read, Own("mark")).nature is Nature.OWN


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"Message-ID: <a@b>\r\n\r\n", True),
        (b"From: a@b\nMESSAGE-id : <a@b>\n\n", True),
        (b"Received:\r\n from a\r\n\r\n", True),
        (b"Message-ID: \r\nSubject: x\r\n\r\n", False),
        (b"From: a@b\r\nDate: today\r\n\r\nMessage-ID: <in@the.words>", False),
        (b"X-Message-ID: <a@b>\n\n", False),
        (b"", False),
    ],
)
def test_whether_equal_bytes_are_the_same_message(content: bytes, named: bool) -> None:
    assert names_itself(content) is named


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"From: A <A@b.example>\nSubject: c@d.example\n\nFrom: e@f.example", {"a@b.example"}),
        (b'From: "a, b" <a@b.example>, c@d.example\r\n\r\n', {"a@b.example", "c@d.example"}),
        (
            b"Message-ID: <1@x>\r\nReferences: <2@x>\r\n\t<3@x>\r\nIn-Reply-To: <4@X>\r\n\r\n",
            {"1@x", "2@x", "3@x", "4@x"},
        ),
        (b"Sender: \xff@x\n\n", {"\xff@x"}),
        (b"no header at all", set()),
    ],
)
def test_what_messages_that_belong_together_share(content: bytes, names: set[str]) -> None:
    assert related_by(content) == names
