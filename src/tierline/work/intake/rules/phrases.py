"""How mail programs begin quotes, absence notes and reports; each entry is a small pattern."""
# ruff: noqa: RUF001 (letters of other scripts are meant)

import re

# What programs put before the subject they answer; a colon follows, and nobody else writes so.
AUTOMATIC_PREFIXES = (
    r"auto(?:matic)?[\s-]?(?:reply|response|responder|answer)",
    r"out[\s-]of[\s-](?:the[\s-])?office(?: auto-?reply)?",
    r"auto(?:matische|m\.?)? ?(?:antwort|abwesenheit|abwesenheitsnotiz)",
    r"abwesenheits(?:notiz|meldung|benachrichtigung|nachricht)",
    r"automatisch antwoord",
    r"afwezig(?:heidsbericht)?",
    r"r[ée]ponse automatique(?: d'absence)?",
    r"absence du bureau",
    r"respuesta autom[áa]tica",
    r"fuera de la oficina",
    r"resposta autom[áa]tica",
    r"risposta automatica",
    r"fuori sede",
    r"auto(?:matisk[at]? )?-?svar",
    r"frånvaro",
    r"automaattinen vastaus",
    r"odpowied[źz] automatyczna|automatyczna odpowied[źz]",
    r"автоответ",
    r"автоматическ(?:ий|ое) (?:ответ|уведомление)",
    r"автоматична відповідь",
    r"otomatik yan[ıi]t",
    r"automatick[áa] odpov[ěe][ďd]",
    r"automatikus v[áa]lasz",
    r"r[ăa]spuns automat",
    r"αυτ[όο]ματη απ[άα]ντηση",
    r"自動(?:返信|応答)",
    r"不在(?:通知|のお知らせ)",
    r"自动(?:回复|答复)",
    r"自動(?:回覆|答覆)",
    r"자동 ?(?:회신|응답)",
    r"رد تلقائي",
    r"תשובה אוטומטית",
    r"trả lời tự động",
    r"balasan otomatis",
)
# Subjects of absence notes that people write, too: they count only beside another mark.
ABSENCE_SUBJECTS = (
    *AUTOMATIC_PREFIXES,
    r"i am (?:currently )?(?:out of|away|on (?:leave|holiday|vacation))",
    r"(?:on )?vacation",
    r"away from",
    r"on (?:annual |maternity |parental )?(?:leave|holiday)",
    r"abwesen",
    r"(?:im|in) urlaub",
    r"en cong[ée]s",
    r"de vacaciones",
    r"in ferie",
    r"op vakantie",
    r"your (?:e-?mail|message) requires verification",
    r"(?:please )?confirm\w* (?:your (?:e-?mail|message)|\(conf#)",
    r"(?:thank you for|we have received) your (?:e-?mail|message|enquiry|inquiry)",
)

# The word on a line of dashes above a quoted or forwarded message.
ORIGINAL_WORDS = (
    r"origin\w*",
    r"forwarded",
    r"urspr[üu]ngliche\w*",
    r"weitergeleitet\w*",
    r"oorspronkelijk\w*",
    r"oprindelig\w*",
    r"alkuper[äa]inen",
    r"wiadomość",
    r"元の",
    r"исходн\w*",
)

# "On Monday, Ann wrote:" - how the line begins, and the verb near its end.
WROTE_STARTS = (
    r"on", r"am", r"le", r"el", r"il", r"em", r"op", r"den", r"w dniu", r"dnia", r"pe", r"på", r"dne",
    r"ti", r"vào", r"пн", r"вт", r"ср", r"чт", r"пт", r"сб", r"вс", r"в", r"於", r"于", r"\d{4}",
    r"\d{1,2}[./]\d{1,2}",
)  # fmt: skip
WROTE_VERBS = (
    r"wrote", r"writes", r"schrieb", r"schreef", r"a écrit", r"escribi[óo]", r"ha scritto", r"escreveu",
    r"skrev", r"napisał\(?a?\)?", r"napsal\(?a?\)?", r"kirjoitti", r"yazdı", r"пишет",
    r"написал\(?а?\)?", r"đã viết", r"a scris", r"さんは書きました", r"のメッセージ", r"写道", r"寫道",
    r"님이 작성",
)  # fmt: skip

FROM_LABELS = (
    r"from", r"von", r"de", r"da", r"van", r"från", r"fra", r"od", r"lähettäjä", r"от", r"发件人",
    r"寄件者", r"差出人", r"보낸 사람", r"gönderen", r"expéditeur", r"remitente",
)  # fmt: skip
HEADER_LABELS = (
    r"sent", r"date", r"to", r"cc", r"subject", r"reply-to", r"gesendet", r"datum", r"an", r"betreff",
    r"envoyé", r"à", r"objet", r"enviado", r"fecha", r"para", r"asunto", r"assunto", r"inviato", r"data",
    r"a", r"oggetto", r"verzonden", r"aan", r"onderwerp", r"skickat", r"till", r"ämne", r"sendt", r"til",
    r"emne", r"wysłano", r"do", r"temat", r"lähetetty", r"vastaanottaja", r"aihe", r"отправлено",
    r"дата", r"кому", r"тема", r"发送时间", r"收件人", r"主题", r"日時", r"宛先", r"件名", r"보낸 날짜",
    r"받는 사람", r"제목",
)  # fmt: skip

DEVICE_LINES = (
    r"sent (?:from|with|via) (?:my|mail|outlook|proton|yahoo|the|samsung|gmail)",
    r"get outlook for",
    r"von meinem .{1,40} gesendet",
    r"gesendet (?:von|mit)",
    r"envoyé (?:de|depuis)",
    r"enviado (?:desde|do|de) (?:mi|meu|o)",
    r"inviato da",
    r"verzonden (?:vanaf|met|via)",
    r"skickat från",
    r"sendt fra",
    r"wysłan[eo] z",
    r"lähetetty",
    r"отправлено с",
    r"从我的",
    r"iphoneから送信",
)


def any_of(phrases: tuple[str, ...]) -> str:
    """One pattern that matches any of `phrases`."""
    return "(?:" + "|".join(phrases) + ")"


def searcher(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of `phrases` anywhere, in capitals or not."""
    return re.compile(any_of(phrases), re.IGNORECASE)
