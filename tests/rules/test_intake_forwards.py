"""Who wrote a forwarded mail, in the words of mail programs in many languages; what is no forward."""
# ruff: noqa: E501, RUF001 (mails as programs write them, in letters of many scripts)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mails import mail, multipart
from tierline.work.intake.rules import base_subject, forwarded, looks_forwarded, parse

DANA = "dana@customer.example"
BODY = "The printer is on fire."
# program and language: subject, and the text below the forwarder's remark
GMAIL = "---------- {0} ---------\n{1}: Dana Field <dana@customer.example>\n{2}: x\n{3}: Printer\n{4}: <a@desk.example>\n\n{body}"
OUTLOOK = "{0}: Dana Field <dana@customer.example>\n{1}: x\n{2}: a@desk.example\n{3}: Printer\n\n{body}"
PROGRAMS = [
    ("Gmail, English", "Fwd: Printer", GMAIL, "Forwarded message|From|Date|Subject|To"),
    ("Gmail, German", "Fwd: Printer", GMAIL, "Forwarded message|Von|Date|Subject|To"),
    ("Gmail, French", "Fwd: Printer", GMAIL, "Message transféré|De|Date|Objet|À"),
    ("Gmail, Spanish", "Fwd: Printer", GMAIL, "Mensaje reenviado|De|Fecha|Asunto|Para"),
    ("Gmail, Portuguese", "Fwd: Printer", GMAIL, "Mensagem encaminhada|De|Data|Assunto|Para"),
    ("Gmail, Italian", "Fwd: Printer", GMAIL, "Messaggio inoltrato|Da|Data|Oggetto|A"),
    ("Gmail, Dutch", "Fwd: Printer", GMAIL, "Doorgestuurd bericht|Van|Datum|Onderwerp|Aan"),
    ("Gmail, Polish", "Fwd: Printer", GMAIL, "Wiadomość przekazana|Od|Data|Temat|Do"),
    ("Gmail, Russian", "Fwd: Printer", GMAIL, "Пересылаемое сообщение|От|Дата|Тема|Кому"),
    ("Gmail, Turkish", "Fwd: Printer", GMAIL, "Forwarded message|Gönderen|Tarih|Konu|Kime"),
    ("Gmail, Japanese", "Fwd: Printer", GMAIL, "転送メッセージ|差出人|日時|件名|宛先"),
    ("Gmail, Chinese", "转发：Printer", GMAIL, "转发邮件|发件人|日期|主题|收件人"),
    ("Gmail, Korean", "Fwd: Printer", GMAIL, "전달된 메일|보낸 사람|날짜|제목|받는 사람"),
    ("Outlook, English", "FW: Printer", OUTLOOK, "From|Sent|To|Subject"),
    ("Outlook, German", "WG: Printer", OUTLOOK, "Von|Gesendet|An|Betreff"),
    ("Outlook, French", "TR: Printer", OUTLOOK, "De|Envoyé|À|Objet"),
    ("Outlook, Spanish", "RV: Printer", OUTLOOK, "De|Enviado el|Para|Asunto"),
    ("Outlook, Italian", "I: Printer", OUTLOOK, "Da|Inviato|A|Oggetto"),
    ("Outlook, Dutch", "FW: Printer", OUTLOOK, "Van|Verzonden|Aan|Onderwerp"),
    ("Outlook, Portuguese", "ENC: Printer", OUTLOOK, "De|Enviada em|Para|Assunto"),
    ("Outlook, Polish", "PD: Printer", OUTLOOK, "Od|Wysłano|Do|Temat"),
    ("Outlook, Swedish", "VB: Printer", OUTLOOK, "Från|Skickat|Till|Ämne"),
    ("Outlook, Danish", "VS: Printer", OUTLOOK, "Fra|Sendt|Til|Emne"),
    ("Outlook, Finnish", "VL: Printer", OUTLOOK, "Lähettäjä|Lähetetty|Vastaanottaja|Aihe"),
    ("Outlook, Czech", "FW: Printer", OUTLOOK, "Od|Odesláno|Komu|Předmět"),
    ("Outlook, Hungarian", "FW: Printer", OUTLOOK, "Feladó|Küldve|Címzett|Tárgy"),
    ("Outlook, Russian", "FW: Printer", OUTLOOK, "От|Отправлено|Кому|Тема"),
    ("Outlook, Turkish", "İLT: Printer", OUTLOOK, "Kimden|Gönderildi|Kime|Konu"),
    ("Outlook, Greek", "ΠΡΘ: Printer", OUTLOOK, "Από|Απεστάλη|Προς|Θέμα"),
    ("Outlook, Japanese", "FW: Printer", OUTLOOK, "差出人|送信日時|宛先|件名"),
    ("Outlook, Chinese", "轉寄: Printer", OUTLOOK, "寄件者|寄件日期|收件者|主旨"),
    ("Outlook, Korean", "FW: Printer", OUTLOOK, "보낸 사람|보낸 날짜|받는 사람|제목"),
    ("a tag of the gateway before it", "[EXTERNAL] Fwd: Printer", OUTLOOK, "From|Sent|To|Subject"),
]


def filled(form: str, labels: str) -> str:
    return form.format(*labels.split("|"), body=BODY)


@pytest.mark.parametrize(("program", "subject", "form", "labels"), PROGRAMS, ids=[one[0] for one in PROGRAMS])
@pytest.mark.parametrize("remark", ["", "Please have a look.\n\nThanks, Ada"])
def test_header_lines_name_the_sender(program: str, subject: str, form: str, labels: str, remark: str) -> None:
    found = forwarded(parse(mail(f"{remark}\n\n{filled(form, labels)}\n", Subject=subject)))

    assert found is not None, program
    assert (found.sender.email, found.sender.name) == (DANA, "Dana Field")
    assert found.words == BODY
    assert found.remark == remark.strip()
    assert base_subject(subject.removeprefix("[EXTERNAL] ")) == "Printer"


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("Apple Mail", f"Look\n\nBegin forwarded message:\n\n> From: Dana <{DANA}>\n> Subject: P\n> Date: x\n> To: b\n>\n> {BODY}"),
        ("Thunderbird", f"-------- Weitergeleitete Nachricht --------\nBetreff: \tP\nDatum: \tx\nVon: \tDana <{DANA}>\nAn: \tb\n\n{BODY}"),
        ("bold labels", f"*From:* Dana Field <{DANA}>\n*Sent:* x\n*To:* b\n*Subject:* P\n\n{BODY}"),
        ("old Outlook", f"From: Dana Field [mailto:{DANA}]\nSent: x\nTo: b\nSubject: P\n\n{BODY}"),
        ("linked", f"From: {DANA} <mailto:{DANA}>\nSent: x\nTo: b\nSubject: P\n\n{BODY}"),
        ("wrapped", f"From: Dana Field\n <{DANA}>\nSent: x\nTo: b\nSubject: a long\n subject\n\n{BODY}"),
        ("Yahoo", f"----- Forwarded Message -----\nFrom: Dana <{DANA}>\nTo: b@x.example\nSent: x\nSubject: P\n\n{BODY}"),
        ("Lotus Notes", f"----- Forwarded by Ada/Desk on 02.11.2026 -----\n\nFrom: Dana <{DANA}>\nTo: b\nDate: x\nSubject: P\n\n{BODY}"),
    ],
)  # fmt: skip
def test_forms_of_programs(case: str, text: str) -> None:
    found = forwarded(parse(mail(text, Subject="Fwd: Printer")))
    assert found is not None, case
    assert (found.sender.email, found.words) == (DANA, BODY)


def carried(inner: bytes, **outer: str) -> bytes:
    note = "Content-Type: text/plain\r\n\r\n" + outer.pop("note", "")
    part = b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n" + inner
    return multipart(note, part, **outer)


class TestCarried:
    INNER = mail(BODY, From="Dana Field <dana@customer.example>", Subject="Printer")

    def test_the_carried_mail_names_its_sender_and_brings_its_words(self) -> None:
        found = forwarded(parse(carried(self.INNER, Subject="Fwd: Printer", note="Yours?")))
        assert found is not None
        assert (found.sender.email, found.words, found.remark) == (DANA, BODY, "Yours?")
        assert "carries" in found.how
        assert [one.content_type for one in found.files] == ["message/rfc822"]

    def test_without_any_words_the_subject_does_not_matter(self) -> None:
        assert forwarded(parse(carried(self.INNER, Subject="Printer"))) is not None

    def test_beside_words_and_another_subject_it_is_an_attachment(self) -> None:
        assert forwarded(parse(carried(self.INNER, Subject="My question", note="See the mail."))) is None

    def test_a_carried_report_of_a_mail_system_is_nobody_s_request(self) -> None:
        report = mail("550 unknown", From="Mail Delivery System <MAILER-DAEMON@mx.example>", Subject="Undelivered")
        found = forwarded(parse(carried(report, Subject="Fwd: Undelivered", note="What is this?")))
        assert found is not None
        assert found.by_program


def test_sent_on_unchanged_its_sender_stays() -> None:
    parsed = parse(mail(BODY, From=f"Dana <{DANA}>", Resent_From="Ada <ada@desk.example>", Resent_To="x@desk.example"))
    found = forwarded(parsed)
    assert found is not None
    assert looks_forwarded(parsed)
    assert (found.sender.email, found.handed_on_by) == (DANA, "ada@desk.example")


@pytest.mark.parametrize(
    ("case", "content"),
    [
        ("an answer with a quoted header", mail(f"Yes.\n\n{filled(OUTLOOK, 'From|Sent|To|Subject')}", Subject="Re: Printer")),
        ("a Finnish answer", mail(f"Joo.\n\n{filled(OUTLOOK, 'Lähettäjä|Lähetetty|Vastaanottaja|Aihe')}", Subject="VS: Printer")),
        ("no header lines", mail("Please look at this, from: me", Subject="Fwd: Printer")),
        ("a sender without an address", mail("From: Dana\nSent: x\nTo: b\nSubject: P\n\nx", Subject="FW: P")),
        ("resent by its own sender", mail(BODY, From="a@b.example", Resent_From="a@b.example")),
        ("an ordinary mail", mail(BODY)),
        (
            "an answer that quotes an old forward",
            mail(f"Yes.\n\n{filled(GMAIL, 'Forwarded message|From|Date|Subject|To')}", Subject="Re: P", In_Reply_To="<a@b>"),
        ),
        ("words about forwarding", mail("It was forwarded to me.\nFrom: here\nTo: there")),
    ],
)  # fmt: skip
def test_what_is_no_forward(case: str, content: bytes) -> None:
    assert forwarded(parse(content)) is None, case


@given(st.text(max_size=200), st.sampled_from(["Fwd: x", "WG:", "x"]))
def test_any_text(text: str, subject: str) -> None:
    found = forwarded(parse(mail(text.encode("utf-8", "replace"), Subject=subject)))
    assert found is None or "@" in found.sender.email
