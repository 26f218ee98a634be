"""Reports of mail systems in words, and people who write about such reports: every family, many languages."""
# ruff: noqa: RUF001 (letters of other scripts are meant)

from __future__ import annotations

import json
import time

import pytest

from tests.support.mails import mail, multipart
from tierline.work.intake.rules import Fate, Nature, Own, judge, parse, read_report

ORIGINAL = (
    "Received: from app.desk.example\r\nFrom: support@desk.example\r\nTo: {to}\r\n"
    "Reply-To: reply+7.abcdefghijklmnop@desk.example\r\nSubject: Re: x\r\nMessage-ID: <our@desk.example>\r\n"
)
# The texts of the families: what signs, what the subject says, what is written. {to} is the address that failed.
FAMILIES = {
    "sendmail": (
        "Mail Delivery Subsystem <MAILER-DAEMON@{host}>",
        "Returned mail: see transcript for details",
        (
            "The original message was received\n\n   ----- The following addresses had permanent fatal errors -----\n"
            "<{to}>\n    (reason: 550 5.1.1 <{to}>... User unknown)\n"
        ),
    ),
    "qmail": (
        "MAILER-DAEMON@{host}",
        "failure notice",
        (
            "Hi. This is the qmail-send program at {host}.\nI'm afraid I wasn't able to deliver your message to the "
            "following addresses.\n\n<{to}>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
        ),
    ),
    "postfix": (
        "MAILER-DAEMON@{host} (Mail Delivery System)",
        "Undelivered Mail Returned to Sender",
        (
            "This is the mail system at host {host}.\n\nI'm sorry to have to inform you that your message could not\n"
            "be delivered to one or more recipients.\n\n<{to}>: host mx[192.0.2.1] said: 550 5.1.1 unknown\n"
        ),
    ),
    "exim": (
        "Mail Delivery System <Mailer-Daemon@{host}>",
        "Mail delivery failed: returning message to sender",
        (
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
            "delivered to one or more of its\nrecipients.\n\n  {to}\n    Unrouteable address\n"
        ),
    ),
    "exchange": (
        "System Administrator <postmaster@{host}>",
        "Undeliverable: x",
        (
            "Your message\n\n  To: {to}\n  Subject: x\n\ndid not reach the following recipient(s):\n\n{to} on Monday\n"
            "    The recipient name is not recognized\n"
        ),
    ),
    "groupwise": (
        "<postmaster@{host}>",
        "Message status - undeliverable",
        "The message that you sent was undeliverable to the following:\n\t{to} (user not found)\n",
    ),
    "domino": (
        "postmaster@{host}",
        "DELIVERY FAILURE: User x ({to}) not listed in Domino Directory",
        "Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  {to}\n\nbecause:\n\n  User not listed\n",
    ),
    "imail": (
        "Postmaster <postmaster@{host}>",
        "Undeliverable Mail",
        "Unknown user: {to}\n\nOriginal message follows.\n",
    ),
    "gateway": (
        "no-reply@{host}",
        "Mail",
        "Your mail sent on Monday\n  Could not be delivered to: <{to}>\n  As their mailbox is full.\n",
    ),
    "misspelt": (
        "Mail Delivery System <x@{host}>",
        "Delivery status notification",
        "Delevery to the following recipients was aborted after 5.0 hour(s):\n\n  * {to}\n",
    ),
}
LANGUAGES = {
    "de": ("Unzustellbar: x", "Die Nachricht konnte nicht zugestellt werden an: {to}"),
    "fr": ("Non remis : x", "Votre message n'a pas pu être remis aux destinataires suivants : {to}"),
    "es": ("No se puede entregar: x", "No se pudo entregar el mensaje a: {to}"),
    "it": ("Non recapitabile: x", "Impossibile recapitare il messaggio ai destinatari: {to}"),
    "pt": ("Não é possível entregar: x", "A mensagem não pôde ser entregue a: {to}"),
    "nl": ("Onbestelbaar: x", "Het bericht is niet bezorgd bij: {to}"),
    "sv": ("Kan inte levereras: x", "Meddelandet kunde inte levereras till: {to}"),
    "da": ("Kan ikke leveres: x", "Meddelelsen kunne ikke leveres til: {to}"),
    "fi": ("Ei toimitettavissa: x", "Viestiä ei voitu toimittaa: {to}"),
    "pl": ("Niedostarczalna: x", "Wiadomość nie mogła zostać dostarczona do: {to}"),
    "cs": ("Nedoručitelné: x", "Zprávu nelze doručit těmto příjemcům: {to}"),
    "hu": ("Kézbesíthetetlen: x", "Az üzenetet nem sikerült kézbesíteni: {to}"),
    "tr": ("Teslim edilemedi: x", "İletiniz şu kişiye iletilemedi: {to}"),
    "ru": ("Не удается доставить: x", "Сообщение не было доставлено: {to}"),
    "ja": ("配信不能: x", "次の宛先に配信できませんでした: {to}"),
    "zh": ("退信: x", "邮件无法送达: {to}"),
    "zh-tw": ("無法傳遞: x", "無法傳遞至下列收件者: {to}"),
    "ko": ("배달되지 않음: x", "다음 수신자에게 전송할 수 없습니다: {to}"),
    "ar": ("x", "تعذر تسليم رسالتك إلى: {to} 550 5.1.1"),
    "vi": ("x", "Không thể gửi thư đến: {to}"),
}
PLACES = [("mx.one.example", "gone@customer.example"), ("smtp-7.zwei.example", "a.b+c@kunde.example")]


def report(text: str, **headers: str | None) -> bytes:
    """A report in words with the returned message as a part."""
    original = "Content-Type: message/rfc822\r\n\r\n" + ORIGINAL.format(to="x@y.example") + "\r\nbody"
    return multipart(f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}", original, **headers)


class TestFamilies:
    @pytest.mark.parametrize("family", FAMILIES)
    def test_each_is_known_whatever_host_and_address(self, family: str) -> None:
        sender, subject, text = FAMILIES[family]
        for host, to in PLACES:
            said = text.format(host=host, to=to)
            heads = {"From": sender.format(host=host), "Subject": subject.format(to=to), "Return_Path": "<>"}
            attached = read_report(parse(report(said, **heads)))
            quoted = read_report(parse(mail(f"{said}\n--- Below ---\n\n{ORIGINAL.format(to=to)}", **heads)))

            for found in (attached, quoted):
                assert found is not None
                assert (found.fate, found.original_id) == (Fate.FAILED, "our@desk.example")
                assert found.reply_to == ("reply+7.abcdefghijklmnop@desk.example",)
                assert to in {one.address for one in found.recipients} or host in said.partition(to)[0]

    @pytest.mark.parametrize("family", [name for name in FAMILIES if name not in ("gateway", "misspelt")])
    def test_without_a_return_path(self, family: str) -> None:
        sender, subject, text = FAMILIES[family]
        host, to = PLACES[0]
        content = report(text.format(host=host, to=to), From=sender.format(host=host), Subject=subject.format(to=to))

        assert read_report(parse(content)) is not None

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_in_the_reader_s_language(self, language: str) -> None:
        subject, text = LANGUAGES[language]
        said = text.format(to="gone@customer.example")

        by_postmaster = report(said, From="postmaster@mx.example", Subject=subject)
        by_null_path = report(said, From="Kuroneko <k@mx.example>", Subject="x", Return_Path="<>")

        assert read_report(parse(by_postmaster)) is not None
        assert read_report(parse(by_null_path)) is not None

    def test_in_html_only(self) -> None:
        said = "<html><body><p>Delivery has failed to these recipients:</p><p>gone@x.example</p></body></html>"
        content = mail(said, Content_Type="text/html", From="postmaster@x.example", Subject="Undeliverable: x")

        assert read_report(parse(content)) is not None

    def test_unsigned_but_our_own_message_came_back(self) -> None:
        said = "Your message could not be delivered to gone@x.example"
        signed = {"From": "relay-7@x.example", "Subject": "Undeliverable mail", "To": "support@desk.example"}

        assert read_report(parse(report(said, **signed))) is not None
        assert read_report(parse(report(said, **signed | {"To": "somebody@else.example"}))) is None

    def test_a_list_server_tells_of_a_loop(self) -> None:
        content = report(
            "Duplicated Message-ID in <staff@lists.example>.",
            From="staff-admin@lists.example",
            Subject="Loop Alert: Duplicated Message-ID",
            X_MLServer="fml",
        )

        assert read_report(parse(content)) is not None

    def test_late_is_not_lost(self) -> None:
        late = "Your message has not yet been delivered to x@y.example. Delivery attempts will continue."
        found = read_report(parse(report(late, From="postmaster@x.example", Subject="Delivery delayed")))

        assert found is not None
        assert found.fate is Fate.DELAYED


PEOPLE_WRITE = [
    ("Undelivered Mail Returned to Sender", "I keep getting this when I write to our supplier. Can you help?"),
    (
        "Fwd: Returned mail: see transcript for details",
        "See below.\n\n> 550 5.1.1 User unknown\n> Final-Recipient: x@y",
    ),
    ("Mail could not be delivered", "My mail could not be delivered, the server said: 550 5.7.1 relay access denied"),
    ("Unzustellbar", "Meine Mail an a@b.example konnte nicht zugestellt werden: 550 Postfach voll. Was tun?"),
    ("AW: Unzustellbar: Rechnung", "Können Sie das bitte ansehen?"),
    ("Quota", "My mailbox is full and mail is rejected."),
    ("Delivery of the laptops failed", "The courier could not deliver to the address. It was returned to sender."),
    ("Warning: message on my screen", "It says: user unknown"),
    ("配信できません", "メールが配信できませんと出ます。助けてください。"),
]


class TestPeople:
    @pytest.mark.parametrize(("subject", "text"), PEOPLE_WRITE)
    def test_who_write_about_a_failure(self, subject: str, text: str) -> None:
        plain = mail(text, Subject=subject)
        original = "From: nora@customer.example\r\nTo: a@b.example\r\nSubject: Bill\r\nMessage-ID: <own@x>\r\n\r\nHi"
        bounce = "From: MAILER-DAEMON@mx.example\r\nTo: nora@customer.example\r\nSubject: Undelivered\r\n\r\n550 gone"
        for attached in (original, bounce):
            both = multipart(
                f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}",
                f"Content-Type: message/rfc822\r\n\r\n{attached}",
                Subject=subject,
            )
            assert read_report(parse(both)) is None
        assert read_report(parse(plain)) is None

    def test_who_forward_a_report_get_no_automatic_answer(self) -> None:
        read = parse(mail("See below.", Subject="Fwd: Returned mail: see transcript for details"))

        verdict = judge(read, Own("mark"))
        assert (verdict.opens_ticket, verdict.may_answer) == (True, False)

    def test_who_forward_a_report_with_its_parts(self) -> None:
        content = multipart(
            "\r\nWhat is this?",
            "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\nStatus: 5.1.1",
            Subject="WG: Unzustellbar: Rechnung",
        )

        assert read_report(parse(content)) is None

    @pytest.mark.parametrize(
        ("subject", "text"),
        [
            ("Backup failure on db-2", "Job rejected: error 500 while writing. Quota exceeded."),
            ("cron: sync", "552 files were rejected\nmailbox full"),
            ("Delivery of parcel 550", "Your parcel is on its way to ann@x.example"),
            ("Warning: disk almost full", "host db-2: disk quota exceeded"),
        ],
    )
    def test_programs_that_use_the_null_path(self, subject: str, text: str) -> None:
        assert read_report(parse(mail(text, Subject=subject, Return_Path="<>"))) is None

    def test_an_absence_note_is_no_report(self) -> None:
        text = "My mailbox is full, mail was rejected. Write to ann@x.example.\n\nReceived: x\nMessage-ID: <a@b>\n"
        read = parse(mail(text, Subject="Abwesenheitsnotiz: x", Return_Path="<>"))

        assert read_report(read) is None
        assert judge(read, Own("mark")).nature is Nature.AUTOMATIC_REPLY


def ses(notice: dict[str, object], *, wrapped: bool = True) -> bytes:
    inner = json.dumps(notice)
    text = json.dumps({"Type": "Notification", "Message": inner}) if wrapped else inner
    return mail(
        f"{text}\n\n--\nIf you wish to stop receiving these, click", X_Amz_Sns_Message_Id="1", From="no-reply@sns"
    )


class TestNotices:
    BOUNCE: dict[str, object] = {
        "notificationType": "Bounce",
        "bounce": {
            "bouncedRecipients": [
                {"emailAddress": "Gone@x.example", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 unknown"}
            ]
        },
        "mail": {"headers": [{"name": "Message-ID", "value": "<our@desk.example>"}]},
    }

    @pytest.mark.parametrize("wrapped", [True, False])
    def test_a_bounce(self, *, wrapped: bool) -> None:
        found = read_report(parse(ses(self.BOUNCE, wrapped=wrapped)))

        assert found is not None
        assert (found.fate, found.original_id) == (Fate.FAILED, "our@desk.example")
        assert (found.recipients[0].address, found.recipients[0].status) == ("gone@x.example", "5.1.1")

    @pytest.mark.parametrize(
        ("kind", "fate"), [("DeliveryDelay", Fate.DELAYED), ("Delivery", Fate.DELIVERED), ("Send", None)]
    )
    def test_other_kinds(self, kind: str, fate: Fate | None) -> None:
        found = read_report(parse(ses({"eventType": kind, "mail": {"commonHeaders": {"messageId": "<a@b>"}}})))

        assert (found.fate if found else None) is fate
        assert found is None or found.original_id == "a@b"

    def test_a_complaint_is_none_and_opens_nothing(self) -> None:
        read = parse(ses({"notificationType": "Complaint"}))

        assert read_report(read) is None
        assert judge(read, Own("mark")).nature is Nature.COMPLAINT

    @pytest.mark.parametrize("text", ["", "{", '{"notificationType": 7}', "[" * 50_000, '{"Message": "{"}'])
    def test_damaged_json_is_no_notice(self, text: str) -> None:
        assert read_report(parse(mail(text, X_Amz_Sns_Message_Id="1"))) is None

    def test_json_that_a_person_sends_is_no_notice(self) -> None:
        assert read_report(parse(mail(json.dumps(self.BOUNCE)))) is None


class TestAutomaticAnswers:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Subject": "Automatic reply: Re: x"},
            {"Subject": "Out of Office AutoReply: x"},
            {"Subject": "Abwesenheitsnotiz: x"},
            {"Subject": "Odpowiedź automatyczna: x"},
            {"Subject": "自动回复：x"},
            {"X_Amazon_Auto_Reply": "true"},
            {"X_Precedence": "auto_reply"},
            {"Subject": "Your email requires verification verify#abc", "Precedence": "bulk"},
        ],
    )
    def test_programs_that_answer(self, headers: dict[str, str]) -> None:
        assert judge(parse(mail(**headers)), Own("mark")).nature is Nature.AUTOMATIC_REPLY

    @pytest.mark.parametrize(
        "subject",
        ["Re: Vacation days of my team", "Re: Automatic reply: x", "Abwesenheitsnotiz einrichten", "On leave from May"],
    )
    def test_people_who_answer_with_such_subjects(self, subject: str) -> None:
        assert judge(parse(mail(Subject=subject, In_Reply_To="<a@b>")), Own("mark")).nature is Nature.PERSON

    def test_a_provider_s_complaint_in_its_old_form(self) -> None:
        content = multipart(
            "Content-Type: message/rfc822\r\n\r\nFrom: support@desk.example\r\n\r\nx",
            Subject="complaint about message from 192.0.2.7",
        )

        assert judge(parse(content), Own("mark")).nature is Nature.COMPLAINT


@pytest.mark.parametrize(
    "text",
    [
        "-" * 300_000,
        "mail " * 60_000,
        "no " * 90_000,
        "> " * 100_000,
        "Received:\n" * 30_000,
        "x\n" + " \n" * 90_000 + "x",
        "delivery\t" * 30_000,
    ],
)
def test_hostile_words_take_bounded_time(text: str) -> None:
    before = time.process_time()

    read_report(parse(mail(text, From="postmaster@x.example", Subject="Delivery failed", Return_Path="<>")))
    read_report(parse(mail(text, From="MAILER-DAEMON@x.example", Subject="x" * 900)))

    assert time.process_time() - before < 3  # a tenth of that on a machine with nothing else to do
