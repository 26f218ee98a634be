"""The new words of an answer, with what each mail program writes above the mail that it quotes, in many languages."""
# ruff: noqa: E501, RUF001, PLE2502 (lines as programs write them, in letters of many scripts)

import pytest

from tierline.work.intake.rules import visible_reply

NEW = "It works now, thank you."
OLD = "Hello,\nplease restart the router.\nRegards, Desk"
QUOTED = "\n".join(f"> {line}" for line in OLD.split("\n"))
# the labels of the header that Outlook writes above an answer
LABELS = {
    "en": ("From", "Sent", "To", "Subject"),
    "de": ("Von", "Gesendet", "An", "Betreff"),
    "fr": ("De", "Envoyé", "À", "Objet"),
    "fr2": ("De ", "Envoyé ", "À ", "Objet "),
    "es": ("De", "Enviado", "Para", "Asunto"),
    "es2": ("De", "Enviado el", "Para", "Asunto"),
    "it": ("Da", "Inviato", "A", "Oggetto"),
    "nl": ("Van", "Verzonden", "Aan", "Onderwerp"),
    "pl": ("Od", "Wysłano", "Do", "Temat"),
    "pl2": ("Od", "Wysłane", "Do", "Temat"),
    "pt": ("De", "Enviado", "Para", "Assunto"),
    "pt2": ("De", "Enviada em", "Para", "Assunto"),
    "ptb": ("De", "Data", "Para", "Assunto"),
    "sv": ("Från", "Skickat", "Till", "Ämne"),
    "da": ("Fra", "Sendt", "Til", "Emne"),
    "nb": ("Fra", "Sendt", "Til", "Emne"),
    "fi": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    "cs": ("Od", "Odesláno", "Komu", "Předmět"),
    "sk": ("Od", "Odoslané", "Komu", "Predmet"),
    "ru": ("От", "Отправлено", "Кому", "Тема"),
    "uk": ("Від", "Надіслано", "Кому", "Тема"),
    "tr": ("Kimden", "Gönderildi", "Kime", "Konu"),
    "tr2": ("Gönderen", "Gönderilme Tarihi", "Kime", "Konu"),
    "ja": ("差出人", "送信日時", "宛先", "件名"),
    "zh": ("发件人", "发送时间", "收件人", "主题"),
    "tw": ("寄件者", "寄件日期", "收件者", "主旨"),
    "ko": ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
    "hu": ("Feladó", "Elküldve", "Címzett", "Tárgy"),
    "ro": ("De la", "Trimis", "Către", "Subiect"),
    "el": ("Από", "Στάλθηκε", "Προς", "Θέμα"),
    "hr": ("Šalje", "Poslano", "Prima", "Predmet"),
    "sl": ("Od", "Poslano", "Za", "Zadeva"),
    "bg": ("От", "Изпратено", "До", "Относно"),
    "he": ("מאת", "נשלח", "אל", "נושא"),
    "ar": ("من", "تم الإرسال", "إلى", "الموضوع"),
    "et": ("Saatja", "Saadetud", "Adressaat", "Teema"),
    "lt": ("Nuo", "Išsiųsta", "Kam", "Tema"),
    "lv": ("No", "Nosūtīts", "Kam", "Tēma"),
    "vi": ("Từ", "Đã gửi", "Đến", "Chủ đề"),
    "id": ("Dari", "Dikirim", "Kepada", "Perihal"),
    "th": ("จาก", "ส่ง", "ถึง", "เรื่อง"),
    "ca": ("De", "Enviat", "Per a", "Assumpte"),
}
D = "desk@desk.example"
MARKS = {
    "gmail en": f"On Mon, Nov 2, 2026 at 10:12 AM Desk <{D}> wrote:",
    "gmail en 24h": f"On Mon, 2 Nov 2026 at 10:12, Desk <{D}> wrote:",
    "gmail de": f"Am Mo., 2. Nov. 2026 um 10:12 Uhr schrieb Desk <{D}>:",
    "gmail fr": f"Le lun. 2 nov. 2026 à 10:12, Desk <{D}> a écrit :",
    "gmail es": f"El lun, 2 nov 2026 a las 10:12, Desk (<{D}>) escribió:",
    "gmail it": f"Il giorno lun 2 nov 2026 alle ore 10:12 Desk <{D}> ha scritto:",
    "gmail nl": f"Op ma 2 nov 2026 om 10:12 schreef Desk <{D}>:",
    "gmail pl": f"pon., 2 lis 2026 o 10:12 Desk <{D}> napisał(a):",
    "gmail pt": f"Em seg., 2 de nov. de 2026 às 10:12, Desk <{D}> escreveu:",
    "gmail sv": f"Den mån 2 nov. 2026 kl 10:12 skrev Desk <{D}>:",
    "gmail da": f"Den man. 2. nov. 2026 kl. 10.12 skrev Desk <{D}>:",
    "gmail nb": f"man. 2. nov. 2026 kl. 10:12 skrev Desk <{D}>:",
    "gmail fi": f"ma 2. marrask. 2026 klo 10.12 Desk ({D}) kirjoitti:",
    "gmail cs": f"po 2. 11. 2026 v 10:12 odesílatel Desk <{D}> napsal:",
    "gmail sk": f"po 2. 11. 2026 o 10:12 Desk <{D}> napísal(a):",
    "gmail ru": f"пн, 2 нояб. 2026 г. в 10:12, Desk <{D}>:",
    "gmail uk": f"пн, 2 лист. 2026 р. о 10:12 Desk <{D}> пише:",
    "gmail tr": f"Desk <{D}>, 2 Kas 2026 Pzt, 10:12 tarihinde şunu yazdı:",
    "gmail ja": f"2026年11月2日(月) 10:12 Desk <{D}>:",
    "gmail zh": f"Desk <{D}> 于2026年11月2日周一 10:12写道：",
    "gmail tw": f"Desk <{D}> 於 2026年11月2日 週一 上午10:12寫道：",
    "gmail ko": f"2026년 11월 2일 (월) 오전 10:12, Desk <{D}>님이 작성:",
    "gmail hu": f"Desk <{D}> ezt írta (időpont: 2026. nov. 2., H, 10:12):",
    "gmail ro": f"lun., 2 nov. 2026 la 10:12, Desk <{D}> a scris:",
    "gmail el": f"Στις Δευ 2 Νοε 2026 στις 10:12 π.μ., ο/η Desk <{D}> έγραψε:",
    "gmail he": f"\u200f\u202aבתאריך יום ב׳, 2 בנוב׳ 2026 ב-10:12 מאת \u202aDesk\u202c‏ <\u202a{D}\u202c\u200f>:\u202c",
    "gmail ar": f"في الاثنين، 2 نوفمبر 2026 في 10:12 ص تمت كتابة ما يلي بواسطة Desk <{D}>:",
    "gmail vi": f"Vào Th 2, 2 thg 11, 2026 vào lúc 10:12 Desk <{D}> đã viết:",
    "gmail id": f"Pada tanggal Sen, 2 Nov 2026 pukul 10.12 Desk <{D}> menulis:",
    "gmail ca": f"Missatge de Desk <{D}> del dia dl., 2 de nov. 2026 a les 10:12:",
    "gmail hr": f"pon, 2. stu 2026. u 10:12 Desk <{D}> napisao je:",
    "gmail bg": f"На пн, 2.11.2026 г. в 10:12 Desk <{D}> написа:",
    "gmail th": f"ในวันที่ จ. 2 พ.ย. 2026 เวลา 10:12 Desk <{D}> เขียนว่า:",
    "gmail fa": f"در تاریخ دوشنبه ۲ نوامبر ۲۰۲۶،\u200f ۱۰:۱۲ Desk <{D}> نوشت:",
    "gmail lt": f"2026-11-02, pr, 10:12 Desk <{D}> rašė:",
    "gmail et": f"Kontakt Desk (<{D}>) kirjutas kuupäeval E, 2. november 2026 kell 10:12:",
    "gmail lv": f"pirmd., 2026. g. 2. nov., plkst. 10:12 — lietotājs Desk (<{D}>) rakstīja:",
    "gmail sl": f"V V pon., 2. nov. 2026 ob 10:12 je oseba Desk <{D}> napisala:",
    "gmail sr": f"пон, 2. нов 2026. у 10:12 Desk <{D}> је написао/ла:",
    "apple en": f"On 2 Nov 2026, at 10:12, Desk <{D}> wrote:",
    "apple de": f"Am 02.11.2026 um 10:12 schrieb Desk <{D}>:",
    "apple fr": f"Le 2 nov. 2026 à 10:12, Desk <{D}> a écrit :",
    "apple es": f"El 2 nov 2026, a las 10:12, Desk <{D}> escribió:",
    "apple it": f"Il giorno 2 nov 2026, alle ore 10:12, Desk <{D}> ha scritto:",
    "apple nl": f"Op 2 nov 2026 om 10:12 heeft Desk <{D}> het volgende geschreven:",
    "apple sv": f"2 nov. 2026 kl. 10:12 skrev Desk <{D}>:",
    "apple da": f"Den 2. nov. 2026 kl. 10.12 skrev Desk <{D}>:",
    "apple nb": f"2. nov. 2026 kl. 10:12 skrev Desk <{D}>:",
    "apple fi": f"Desk <{D}> kirjoitti 2.11.2026 kello 10.12:",
    "apple pl": f"Wiadomość napisana przez Desk <{D}> w dniu 02.11.2026, o godz. 10:12:",
    "apple pt": f"Em 2 de nov. de 2026, à(s) 10:12, Desk <{D}> escreveu:",
    "apple pt-pt": f"Desk <{D}> escreveu no dia 2 de nov de 2026, às 10:12:",
    "apple ru": f"2 нояб. 2026 г., в 10:12, Desk <{D}> написал(а):",
    "apple ja": f"2026/11/02 10:12、Desk <{D}>のメール:",
    "apple zh": f"2026年11月2日 10:12，Desk <{D}> 写道：",
    "apple ko": f"2026. 11. 2. 오전 10:12, Desk <{D}> 작성:",
    "apple tr": f"Desk <{D}> şunları yazdı (2 Kas 2026 10:12):",
    "apple cs": f"2. 11. 2026 v 10:12, Desk <{D}>:",
    "apple hu": f"2026. 11. 2. dátummal, 10:12 időpontban Desk <{D}> írta:",
    "tb en": "On 02.11.26 10:12, Desk wrote:",
    "tb de": "Am 02.11.26 um 10:12 schrieb Desk:",
    "tb fr": "Le 02/11/2026 à 10:12, Desk a écrit :",
    "tb es": "El 2/11/26 a las 10:12, Desk escribió:",
    "tb it": "Il 02/11/26 10:12, Desk ha scritto:",
    "tb nl": "Op 02-11-2026 om 10:12 schreef Desk:",
    "tb pl": "W dniu 2.11.2026 o 10:12, Desk pisze:",
    "tb ru": "02.11.2026 10:12, Desk пишет:",
    "tb sv": "Den 2026-11-02 kl. 10:12, skrev Desk:",
    "tb cs": "Dne 02. 11. 26 v 10:12 Desk napsal(a):",
    "tb fi": "Desk kirjoitti 2.11.2026 klo 10.12:",
    "tb ja": "On 2026/11/02 10:12, Desk wrote:",
    "tb pt": "Em 02/11/2026 10:12, Desk escreveu:",
    "tb hu": "2026. 11. 02. 10:12 keltezéssel, Desk írta:",
    "tb tr": "02.11.2026 10:12 tarihinde Desk yazdı:",
    "yahoo en": f"On Monday, November 2, 2026 at 10:12:44 AM GMT+1, Desk <{D}> wrote:",
    "yahoo de": f"Am Montag, 2. November 2026, 10:12:44 MEZ hat Desk <{D}> Folgendes geschrieben:",
    "yahoo fr": f"Le lundi 2 novembre 2026 à 10:12:44 UTC+1, Desk <{D}> a écrit :",
    "yahoo es": f"El lunes, 2 de noviembre de 2026, 10:12:44 CET, Desk <{D}> escribió:",
    "yahoo it": f"Il lunedì 2 novembre 2026 alle ore 10:12:44 CET, Desk <{D}> ha scritto:",
    "proton": f"Sent with Proton Mail secure email.\n\nOn Monday, November 2nd, 2026 at 10:12, Desk <{D}> wrote:",
    "outlook web": "________________________________\nFrom: Desk <"
    + D
    + ">\nSent: Monday, November 2, 2026 10:12 AM\nTo: Nora\nSubject: Printer",
    "outlook rule": "-----Original Message-----\nFrom: Desk [mailto:" + D + "]\nSent: x\nTo: y\nSubject: z",
    "outlook rule de": "-----Ursprüngliche Nachricht-----\nVon: Desk\nGesendet: x\nAn: y\nBetreff: z",
    "outlook rule fr": "-----Message d'origine-----\nDe : Desk\nEnvoyé : x\nÀ : y\nObjet : z",
    "outlook rule es": "-----Mensaje original-----\nDe: Desk\nEnviado el: x\nPara: y\nAsunto: z",
    "outlook rule it": "-----Messaggio originale-----\nDa: Desk\nInviato: x\nA: y\nOggetto: z",
    "outlook rule nl": "-----Oorspronkelijk bericht-----\nVan: Desk\nVerzonden: x\nAan: y\nOnderwerp: z",
    "outlook rule pt": "-----Mensagem original-----\nDe: Desk\nEnviada em: x\nPara: y\nAssunto: z",
    "outlook rule sv": "-----Ursprungligt meddelande-----\nFrån: Desk\nSkickat: x\nTill: y\nÄmne: z",
    "outlook rule da": "-----Oprindelig meddelelse-----\nFra: Desk\nSendt: x\nTil: y\nEmne: z",
    "outlook rule nb": "-----Opprinnelig melding-----\nFra: Desk\nSendt: x\nTil: y\nEmne: z",
    "outlook rule fi": "-----Alkuperäinen viesti-----\nLähettäjä: Desk\nLähetetty: x\nVastaanottaja: y\nAihe: z",
    "outlook rule pl": "-----Oryginalna wiadomość-----\nOd: Desk\nWysłano: x\nDo: y\nTemat: z",
    "outlook rule cs": "-----Původní zpráva-----\nOd: Desk\nOdesláno: x\nKomu: y\nPředmět: z",
    "outlook rule ru": "-----Исходное сообщение-----\nОт: Desk\nОтправлено: x\nКому: y\nТема: z",
    "outlook rule tr": "-----Özgün İleti-----\nKimden: Desk\nGönderildi: x\nKime: y\nKonu: z",
    "outlook rule tr2": "-----Orijinal İleti-----\nKimden: Desk\nGönderildi: x\nKime: y\nKonu: z",
    "outlook rule ja": "-----元のメッセージ-----\n差出人: Desk\n送信日時: x\n宛先: y\n件名: z",
    "outlook rule zh": "-----邮件原件-----\n发件人: Desk\n发送时间: x\n收件人: y\n主题: z",
    "zh ruled": '------------------ 原始邮件 ------------------\n发件人: "Desk" <'
    + D
    + ">\n发送时间: 2026年11月2日\n收件人: x\n主题: y",
    "notes": "\n\n\nFrom:\tDesk/Corp\nTo:\tNora/Corp@Corp\nDate:\t02.11.2026 10:12\nSubject:\tPrinter",
    "notes de": "Von:\tDesk/Corp\nAn:\tNora/Corp@Corp\nDatum:\t02.11.2026 10:12\nBetreff:\tPrinter",
    "notes dashes": "-----Desk/Corp wrote: -----\n\nTo: Nora\nFrom: Desk/Corp\nDate: 02.11.2026\nSubject: x",
    "mobile en": f"Sent from my iPhone\n\nOn 2 Nov 2026, at 10:12, Desk <{D}> wrote:",
    "mobile de": f"Von meinem iPhone gesendet\n\nAm 02.11.2026 um 10:12 schrieb Desk <{D}>:",
    "mobile fr": f"Envoyé de mon iPhone\n\nLe 2 nov. 2026 à 10:12, Desk <{D}> a écrit :",
    "mobile ja": f"iPhoneから送信\n\n2026/11/02 10:12、Desk <{D}>のメール:",
    "samsung": f"Sent from my Galaxy\n\n-------- Original message --------\nFrom: Desk <{D}>\nDate: 02/11/2026 10:12 (GMT+01:00)\nTo: nora\nSubject: x",
    "samsung de": f"Von meinem Samsung Galaxy Smartphone gesendet.\n\n-------- Ursprüngliche Nachricht --------\nVon: Desk <{D}>\nDatum: 02.11.26\nAn: nora\nBetreff: x",
    "outlook ios": f"Get Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: Desk <{D}>\nSent: Monday\nTo: x\nSubject: y",
    "outlook ios de": f"Outlook für iOS<https://aka.ms/o0ukef> herunterladen\n________________________________\nVon: Desk <{D}>\nGesendet: Montag\nAn: x\nBetreff: y",
    "gmx": f"Gesendet: Montag, 02. November 2026 um 10:12 Uhr\nVon: Desk <{D}>\nAn: nora\nBetreff: x",
    "hotmail": f"________________________________\nDate: Mon, 2 Nov 2026\nFrom: {D}\nTo: x\nSubject: y",
    "em client": f'------ Original Message ------\nFrom "Desk" <{D}>\nTo nora\nDate 02.11.2026\nSubject x',
    "zimbra": f"----- Desk <{D}> a écrit :",
    "zimbra2": f'----- Mail original -----\nDe: "Desk" <{D}>\nÀ: x\nEnvoyé: Lundi\nObjet: y',
    "zimbra de": "----- Ursprüngliche Mail -----\nVon: Desk\nAn: x\nGesendet: y\nBetreff: z",
}
NOT_ALONE = {"tb fi"}  # without an address: only a quote below tells it from a sentence


def header(labels: tuple[str, ...], form: str) -> str:
    values = ("Desk <desk@desk.example>", "Montag, 2. November 2026 10:12", "nora@customer.example", "AW: Printer")
    return "\n".join(form.format(label.strip(), value) for label, value in zip(labels, values, strict=True))


@pytest.mark.parametrize("language", LABELS)
@pytest.mark.parametrize("form", ["{}: {}", "*{}:* {}", "{} : {}"])
def test_below_a_header(language: str, form: str) -> None:
    assert visible_reply(f"{NEW}\n\n{header(LABELS[language], form)}\n\n{OLD}") == NEW


@pytest.mark.parametrize("program", MARKS)
def test_below_a_mark(program: str) -> None:
    assert visible_reply(f"{NEW}\n\n{MARKS[program]}\n\n{QUOTED}\n") == NEW
    if program not in NOT_ALONE:
        assert visible_reply(f"{NEW}\n\n{MARKS[program]}\n\n{OLD}\n") == NEW


@pytest.mark.parametrize(
    "text",
    [
        "At 10:12 on 2 Nov 2026 it said:\n550 user unknown",
        "On 2 Nov 2026 I wrote to the vendor:\nno answer yet.",
        "My colleague wrote:\nit is broken.",
        "From: the third floor\nTo: the first floor\nThe lift is stuck.",
        "Steps:\n1. Start\n2. Wait until 10:12:\n3. It fails",
        "No: it does not work.\nYes: I tried.",
        "Contacts: Ada <ada@x.example>, Otto <otto@x.example>",
    ],
)
def test_words_of_people_stay(text: str) -> None:
    assert visible_reply(text) == text
