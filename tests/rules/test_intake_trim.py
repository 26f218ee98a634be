"""The new words of a reply: every common way to quote, in many languages, and prose that only looks like one."""
# ruff: noqa: RUF001 (letters of other scripts are meant)

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.intake.rules import visible_reply

NEW = "Danke, das hilft.\nIt works now."
# The line before the quote, as mail programs of that language write it; some are wrapped.
MARKS = {
    "bg": "На пн, 2.11.2026 г. в 9:00 Desk <s@d.example> написа:",
    "ca": "El dl., 2 de nov. 2026, Desk <s@d.example> va escriure:",
    "cs": "po 2. 11. 2026 v 9:00 odesílatel Desk <s@d.example> napsal:",
    "da": "Den man. 2. nov. 2026 kl. 09.00 skrev Desk <s@d.example>:",
    "de": "Am Mo., 2. Nov. 2026 um 09:00 Uhr schrieb Desk <s@d.example>:",
    "de inbox": "Desk <s@d.example> schrieb am Mo., 2.\nNov. 2026 um 09:00 Uhr:",
    "el": "Στις Δευ, 2 Νοε 2026 στις 9:00 π.μ., ο χρήστης Desk <s@d.example> έγραψε:",
    "en": "On Mon, Nov 2, 2026 at 9:00 AM Desk <s@d.example> wrote:",
    "en wrapped": "On Mon, Nov 2, 2026,\nat 9:00 AM,\nDesk\n<s@d.example>\nwrote:",
    "en zoho": "---- On Mon, 02 Nov 2026 09:00:00 +0000 s@d.example wrote ----",
    "en yandex": '02.11.2026, 09:00, "Desk" <s@d.example>:',
    "en mobile": "On Mon, 2 Nov 2026 at 9:00 Desk\n\n<\nmailto:Desk <s@d.example>\n> wrote:",
    "es": "El lun, 2 nov 2026 a las 9:00, Desk (<s@d.example>) escribió:",
    "et": "Kuupäev E, 2. november 2026 kell 09:00 kirjutas Desk <s@d.example>:",
    "fi": "ma 2. marrask. 2026 klo 9.00 Desk (s@d.example) kirjoitti:",
    "fr": "Le lun. 2 nov. 2026 à 09:00, Desk <s@d.example> a écrit :",
    "hr": "pon, 2. stu 2026. u 09:00 Desk <s@d.example> napisao je:",
    "hu": "Desk <s@d.example> ezt írta (időpont: 2026. nov. 2., H, 9:00):",
    "hu thunderbird": '2026.11.02. 9:00 keltezéssel, "Desk" írta:',
    "id": "Pada tanggal Sen, 2 Nov 2026 pukul 09.00 Desk <s@d.example> menulis:",
    "it": "Il giorno lun 2 nov 2026 alle ore 09:00 Desk <s@d.example>\nha scritto:",
    "ja": "2026年11月2日(月) 9:00 Desk <s@d.example>:",
    "ja wrote": "2026/11/02 9:00、Desk <s@d.example> のメール:",
    "ko": "2026년 11월 2일 (월) 오전 9:00, Desk <s@d.example>님이 작성:",
    "lt": "2026-11-02, pr, 09:00 Desk <s@d.example> rašė:",
    "nb": "man. 2. nov. 2026 kl. 09:00 skrev Desk <s@d.example\n>:",
    "nl": "Op ma 2 nov 2026 om 09:00 schreef Desk <\ns@d.example>:",
    "pl": "pon., 2 lis 2026 o 09:00 Desk <s@d.example> napisał(a):",
    "pl dnia": "W dniu 02.11.2026 o 09:00 Desk pisze:",
    "pt": "Em seg., 2 de nov. de 2026 às 09:00, Desk <s@d.example> escreveu:",
    "ro": "În lun., 2 nov. 2026 la 09:00, Desk <s@d.example> a scris:",
    "ru": "пн, 2 нояб. 2026 г. в 09:00, Desk <s@d.example>:",
    "ru wrote": "2 ноября 2026, 09:00 Desk <s@d.example> написал:",
    "sk": "po 2. 11. 2026 o 9:00 Desk <s@d.example> napísal(a):",
    "sv": "Den mån 2 nov. 2026 kl 09:00 skrev Desk <s@d.example>:",
    "th": "ในวันที่ จ. 2 พ.ย. 2026 เวลา 09:00 Desk <s@d.example> เขียนว่า:",
    "tr": "Desk <s@d.example>, 2 Kas 2026 Pzt, 09:00 tarihinde şunu yazdı:",
    "uk": "пн, 2 лист. 2026 р. о 09:00 Desk <s@d.example> пише:",
    "vi": "Vào Th 2, 2 thg 11, 2026 vào lúc 09:00 Desk <s@d.example> đã viết:",
    "zh": "Desk <s@d.example> 于2026年11月2日周一 09:00写道：",
    "zh-tw": "Desk <s@d.example> 於 2026年11月2日 週一 上午9:00寫道：",
}
# The header of the quoted mail, as Outlook and its kin write it.
HEADERS = {
    "cs": "Od: Desk <s@d.example>\nOdesláno: pondělí\nKomu: Nora\nPředmět: x",
    "da": "Fra: Desk <s@d.example>\nSendt: mandag\nTil: Nora\nEmne: x",
    "de": "Von: Desk <s@d.example>\nGesendet: Montag\nAn: Nora\nBetreff: x",
    "el": "Από: Desk\nΗμερομηνία: Δευτέρα\nΠρος: Nora\nΘέμα: x",
    "en": "From: Desk <s@d.example>\nSent: Monday\nTo: Nora\nSubject: x",
    "en bold": "*From:* Desk <s@d.example>\n*Sent:* Monday\n*To:* Nora\n*Subject:* x",
    "en date first": "Date: Monday\nFrom: Desk\nTo: Nora\nSubject: x",
    "es": "De: Desk <s@d.example>\nEnviado: lunes\nPara: Nora\nAsunto: x",
    "fi": "Lähettäjä: Desk\nLähetetty: maanantai\nVastaanottaja: Nora\nAihe: x",
    "fr": "De : Desk <s@d.example>\nEnvoyé : lundi\nÀ : Nora\nObjet : x",
    "fr webmail": "====\n\nMessage du : 02/11/2026 09:00\nDe : Desk\nA : Nora\nCopie à : \nSujet : x",
    "hu": "Feladó: Desk\nElküldve: hétfő\nCímzett: Nora\nTárgy: x",
    "it": "Da: Desk <s@d.example>\nInviato: lunedì\nA: Nora\nOggetto: x",
    "ja": "差出人: Desk\n送信日時: 2026年11月2日\n宛先: Nora\n件名: x",
    "ko": "보낸 사람: Desk\n보낸 날짜: 월요일\n받는 사람: Nora\n제목: x",
    "nb": "Fra: Desk\nSendt: mandag\nTil: Nora\nEmne: x",
    "nl": "Van: Desk <s@d.example>\nVerzonden: maandag\nAan: Nora\nOnderwerp: x",
    "pl": "Od: Desk <s@d.example>\nWysłano: poniedziałek\nDo: Nora\nTemat: x",
    "pt": "De: Desk <s@d.example>\nEnviada em: segunda-feira\nPara: Nora\nAssunto: x",
    "ro": "De la: Desk\nTrimis: luni\nCătre: Nora\nSubiect: x",
    "ru": "От: Desk <s@d.example>\nОтправлено: понедельник\nКому: Nora\nТема: x",
    "sv": "Från: Desk <s@d.example>\nSkickat: måndag\nTill: Nora\nÄmne: x",
    "tr": "Kimden: Desk\nGönderildi: Pazartesi\nKime: Nora\nKonu: x",
    "zh": "发件人: Desk\n发送时间: 2026年11月2日\n收件人: Nora\n主题: x",
    "zh-tw": "寄件者: Desk\n寄件日期: 2026年11月2日\n收件者: Nora\n主旨: x",
}
RULES = [
    "-----Original Message-----",
    "-----Ursprüngliche Nachricht-----",
    "-----Message d'origine-----",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "-----Mensagem Original-----",
    "-----Oorspronkelijk bericht-----",
    "-----Původní zpráva-----",
    "-----Eredeti üzenet-----",
    "-----Исходное сообщение-----",
    "---------- Forwarded message ---------",
    "-------- Пересылаемое сообщение --------",
    "------------------ 原始邮件 ------------------",
    "-----元のメッセージ-----",
    "Begin forwarded message:",
]
ENDINGS = [
    "-- \nNora Field\nSales",
    "--\nNora",
    "____________\nNora",
    "—\nNora\nSales",
    "Sent from my iPhone",
    "Get Outlook for Android",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Inviato da iPhone",
    "Verstuurd? nee\n-- \nNora",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "Wysłane z iPhone'a",
    "Odesláno z iPhonu",
    "Отправлено с iPhone",
    "iPhone'umdan gönderildi",
    "iPhoneから送信",
    "从我的iPhone发送",
    "나의 iPhone에서 보냄",
    "Lähetetty iPhonesta",
]


class TestBelowTheReply:
    @pytest.mark.parametrize("language", MARKS)
    def test_the_line_before_the_quote(self, language: str) -> None:
        assert visible_reply(f"{NEW}\n\n{MARKS[language]}\n\n> Try it.\n> And again.\n") == NEW
        assert visible_reply(f"{NEW}\n\n{MARKS[language]}\n\nTry it.\nAnd again.\n") == NEW
        assert visible_reply(f"{NEW}\n{MARKS[language]}\n| Try it.\n|\n| And again.\n") == NEW

    @pytest.mark.parametrize("language", HEADERS)
    def test_the_header_of_the_quoted_mail(self, language: str) -> None:
        assert visible_reply(f"{NEW}\n\n{HEADERS[language]}\n\nTry it.\n") == NEW
        assert visible_reply(f"{NEW}\n\n________________________________\n{HEADERS[language]}\n\nTry it.") == NEW

    @pytest.mark.parametrize("rule", RULES)
    def test_a_line_of_dashes(self, rule: str) -> None:
        assert visible_reply(f"{NEW}\n\n{rule}\nTry it.\n") == NEW

    @pytest.mark.parametrize("ending", ENDINGS)
    def test_signatures_and_what_phones_add(self, ending: str) -> None:
        reply = NEW if "?" not in ending else f"{NEW}\n\nVerstuurd? nee"
        assert visible_reply(f"{NEW}\n\n{ending}\n") == reply
        assert visible_reply(f"{NEW}\n\n{ending}\n\n{MARKS['en']}\n> old\n") == reply

    def test_a_bare_quote(self) -> None:
        assert visible_reply(f"{NEW}\n\n> old\n> words\n") == NEW

    def test_a_quote_that_was_wrapped_again(self) -> None:
        long = "> a quoted line that is long enough to be wrapped by the next program on its"
        assert visible_reply(f"{NEW}\n\n{MARKS['nl']}\n\n{long}\nway to the desk\n> end\n") == NEW


class TestAboveAndBetween:
    @pytest.mark.parametrize("language", ["en", "de", "fr", "en wrapped", "de inbox", "ja", "zh"])
    def test_the_reply_below_the_quote(self, language: str) -> None:
        assert visible_reply(f"{MARKS[language]}\n\n> Try it.\n> And again.\n\n{NEW}\n") == NEW

    def test_a_mark_without_a_quote_is_taken_off(self) -> None:
        assert visible_reply(f"{MARKS['en']}\n\n{NEW}\n") == NEW

    def test_answers_between_keep_their_quotes(self) -> None:
        between = "> Which version?\nIt is version five.\n\n> Since when?\nSince Friday."

        assert visible_reply(between) == between
        assert visible_reply(f"{MARKS['en']}\n{between}\n") == between
        assert visible_reply(f"Hello,\n\n{MARKS['en']}\n{between}\n> more\n") == f"Hello,\n\n{between}"

    def test_a_short_answer_in_lower_case_to_a_long_question(self) -> None:
        text = "> Did you restart the machine after you installed the package from the site?\nyes, twice\n> Thanks\nbye"

        assert visible_reply(text) == text


LOOKS_LIKE = [
    "On the wall someone wrote: hello and more words follow here.",
    "As the manual for the program says, Bob wrote:\nall of this is important\nand this, too",
    "The log file wrote:\nFATAL out of memory\nat line 7",
    "Please see:\nFrom: here\nwe go on.",
    "From: Berlin\nTo: Paris\nplease book a ticket for Monday",
    "> all quoted\n> nothing new",
    "-- \nonly a signature",
    "Sent: yes\nReceived: no\nWhat now?",
    "| name | size |\n| a | 5 |",
    "It says\nC> dir\nFile not found",
    "Step 1 --- see the original --- and then\ngo on",
    "Lähetetty lasku puuttuu. Voitteko auttaa?",
    "A: the first\nB: the second\nDa: kommt nichts",
    "I saw this on my machine at 10:30. It stopped.\nThen my colleague Bob (bob@x.example) came.\nBye",
    "Der Kollege schrieb am 2.11.2026 um 9:00 ein Protokoll.\nEs fehlt.",
    "",
]


class TestProse:
    @pytest.mark.parametrize("text", LOOKS_LIKE)
    def test_is_left_alone(self, text: str) -> None:
        assert visible_reply(text) == text.strip()

    def test_a_sentence_before_the_mark_is_kept(self) -> None:
        text = f"{NEW} I test on Monday at 9:00 again.\n{MARKS['en']}\n> old\n"

        assert visible_reply(text) == f"{NEW} I test on Monday at 9:00 again."

    def test_indentation_is_kept(self) -> None:
        assert visible_reply("    x = 1\n    y = 2\n\n> old") == "x = 1\n    y = 2"


class TestBounds:
    @pytest.mark.parametrize(
        "line", ["On " * 99, "> " * 50, "x" * 399, "From: a", "On Mon 2026 <a@b>", "a wrote", "-" * 300, "<", "\xa0"]
    )
    def test_time_is_bounded(self, line: str) -> None:
        before = time.process_time()

        visible_reply(f"{line}\n" * 1000)

        assert time.process_time() - before < 2

    def test_a_long_paste_is_kept_whole(self) -> None:
        text = "\n".join(f"line {number}" for number in range(9000))

        assert visible_reply(text) == text

    @given(st.lists(st.sampled_from([*MARKS.values(), *HEADERS.values(), *RULES, *ENDINGS, NEW, "> q", "", "text"])))
    def test_never_empty_and_never_invented(self, pieces: list[str]) -> None:
        text = "\n".join(pieces)
        reply = visible_reply(text)

        assert bool(reply) == bool(text.strip())
        assert {line.strip() for line in reply.splitlines()} <= {line.strip() for line in text.splitlines()}

    @given(st.text(max_size=500))
    def test_any_text(self, text: str) -> None:
        assert bool(visible_reply(text)) == bool(text.strip())
