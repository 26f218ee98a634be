"""How mail programs begin quotes, absence notes and reports; each entry is a small pattern."""
# ruff: noqa: RUF001 (letters of other scripts are meant)

import re

# What programs put before the subject they answer; a colon follows, and nobody else writes so.
AUTOMATIC_PREFIXES = (
    r"auto(?:mat(?:ic|ed))?[\s-]?(?:reply|response|responder|answer)",
    r"auto-re",
    r"vacation (?:auto-?)?(?:reply|response|message|notice)",
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
    r"tự động trả lời",
    r"balasan otomatis",
    r"ตอบกลับอัตโนมัติ",
    r"automatski odgovor|samodejni odgovor",
    r"автоматичен отговор|аутоматски одговор",
    r"automaatvastus|automatinis atsakymas|automātiskā atbilde",
    r"resposta automàtica|erantzun automatikoa|resposta automatica",
)
# What programs and people alike put before a colon: such mail is no person's for sure, and nobody answers it by itself.
MAYBE_ABSENT = (
    r"auto", r"abwesen(?:d|heit)", r"absence", r"vacation", r"holiday", r"on leave", r"ooo",
    r"fuera de (?:la )?oficina",
    r"non in ufficio|assenza", r"nieobecność", r"frånvar(?:o|ande)", r"fravær", r"poissa", r"nepřítomnost", r"ausencia",
    r"ausência", r"afwezig", r"távollét", r"отсутстви[ея]", r"відсутн\w+", r"απουσία",
    r"休暇|不在", r"休假|外出", r"부재중",
)  # fmt: skip
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

FORWARD_PREFIX = (
    r"(?:fwd?|wg|tr|rv|i|enc|doorst|vs|vb|vl|fs|pd|trs|i̇?lt|tov[áa]bb[íi]t[áa]s|redir|πρθ|п[еe]р|转发|轉寄|転送"
    r"|전달|הועבר)\s*[:\uff1a]"
)
# The words by which a line of dashes tells that what follows was forwarded, not answered.
FORWARDED_WORDS = (
    r"forwarded", r"weitergeleitete?", r"transf[ée]r[ée]", r"r[ée]exp[ée]di[ée]", r"inoltrat[oa]", r"reenviad[oa]",
    r"encaminhad[oa]", r"doorgestuurd", r"vidarebefordrat", r"videresendt", r"välitetty", r"edelleenlähetetty",
    r"przekazana", r"přeposlan[áa]", r"továbbított", r"redirec[țt]ionat", r"i̇?letilen", r"προωθημένο", r"пересыл",
    r"переслан", r"переадрес", r"転送", r"转发", r"轉寄", r"전달된", r"chuyển tiếp", r"diteruskan", r"מועברת",
    r"معاد توجيه",
)  # fmt: skip

# What stands on a line of dashes above a quoted or forwarded message.
ORIGINAL_WORDS = (
    r"origin\w*",
    r"(?:begin )?forwarded(?: message)?",
    r"urspr[üu]ngliche\w*",
    r"weitergeleitet\w*",
    r"transféré",
    r"inoltrato",
    r"reenviado",
    r"encaminhada",
    r"oorspronkelijk\w*",
    r"doorgestuurd\w*",
    r"oprindelig\w*",
    r"opprinnelig\w*",
    r"ursprungligt",
    r"vidarebefordrat",
    r"videresendt",
    r"alkuper[äa]inen",
    r"wiadomość",
    r"původní zpráva",
    r"eredeti üzenet",
    r"orijinal|özgün ileti",
    r"iletilen",
    r"αρχικό μήνυμα",
    r"исходн\w*",
    r"пересыл\w*|переслан\w*",
    r"元の|転送",
    r"原始|原郵件|原邮件|邮件原[件文]|转发|轉寄",
    r"원본|전달된",
    r"הודעה מקורית",
    r"الأصلية",
    r"thư gốc",
    r"pesan asli",
)

# "On Monday, Ann wrote:" - how the line begins, and the verb in it.
WROTE_STARTS = (
    r"on", r"at", r"am", r"le", r"el", r"il", r"em", r"op", r"den", r"w dniu", r"dnia", r"pe", r"på", r"dne", r"dňa",
    r"ti", r"vào", r"lúc", r"pada", r"a", r"la", r"în", r"στις", r"на", r"пн", r"вт", r"ср", r"чт", r"пт", r"сб",
    r"вс", r"в", r"於", r"于", r"在", r"في", r"ב-?", r"mon|tue|wed|thu|fri|sat|sun",
    r"man|tir|ons|tor|tors|fre|lør|søn|lör|sön|mån|tis", r"(?:ma|ke|to|su)(?= \d)",
    r"\d{4}", r"\d{1,2}[./]\d{1,2}", r"\d{1,2}\b",
)  # fmt: skip
WROTE_VERBS = (
    r"(?<!\bi )(?<!\bwe )wrote", r"writes", r"schrieb(?! (?:ich|wir)\b)", r"schreef", r"a écrit", r"escribi[óo]",
    r"ha scritto", r"escreveu", r"escribiu",
    r"va escriure", r"skrev", r"skrifaði", r"napisał\(?a?\)?(?:\(a\))?", r"pisze", r"(?:napsal|napísal)\(?a?\)?",
    r"(?:je )?napisa[ol]\(?a?\)?", r"kirjoitti", r"kirjutas", r"rakstīja", r"rašė", r"(?:ezt )?írta", r"a scris",
    r"(?:şunu(?:ları)? )?yazd[ıi]", r"έγραψε", r"пишет", r"написал\(?а?\)?", r"пише", r"написав|написала", r"написа",
    r"đã viết", r"viết", r"menulis", r"さんは書きました", r"は(?:次のように)?書きました", r"のメッセージ", r"のメール",
    r"写道", r"寫道", r"님이 작성", r"작성", r"كتب(?:ت)?", r"כתב/?ה?", r"ने लिखा", r"เขียน(?:ว่า)?", r"نوشت",
)  # fmt: skip

FROM_LABELS = (
    r"from", r"von", r"de", r"da", r"van", r"från", r"fra", r"od", r"lähettäjä", r"от", r"від", r"发件人", r"寄件者",
    r"寄件人", r"差出人", r"送信者", r"보낸 사람", r"gönderen", r"kimden", r"expéditeur", r"remitente", r"mittente",
    r"feladó", r"odesílatel", r"odosielateľ", r"από", r"saatja", r"dari", r"từ", r"de la", r"من", r"מאת", r"จาก",
    r"šalje", r"nuo", r"no", r"pošiljatelj", r"подател", r"od strane",
)  # fmt: skip
HEADER_LABELS = (
    r"sent", r"date", r"to", r"cc", r"bcc", r"subject", r"reply-to", r"gesendet", r"datum", r"an", r"kopie", r"betreff",
    r"envoyé(?: le)?", r"à", r"a", r"copie(?: à)?", r"objet", r"sujet", r"message du", r"enviad[oa](?: em| el)?",
    r"fecha", r"para", r"asunto", r"assunto", r"inviato", r"data", r"oggetto", r"per", r"verzonden", r"aan",
    r"onderwerp", r"skickat", r"till", r"kopia", r"ämne", r"sendt", r"dato", r"til", r"emne", r"wysłan[oy]", r"do",
    r"dw", r"temat", r"lähetetty", r"vastaanottaja", r"aihe", r"odesláno", r"komu", r"předmět", r"odoslané", r"predmet",
    r"elküldve", r"küldve", r"dátum", r"címzett", r"másolat", r"tárgy", r"trimis", r"către", r"subiect",
    r"gönderildi", r"gönderme tarihi", r"tarih", r"kime", r"kimlere", r"konu", r"bilgi", r"απεστάλη", r"ημερομηνία",
    r"προς", r"θέμα", r"отправлено", r"дата", r"кому", r"копия", r"тема", r"надіслано", r"发送时间", r"发送日期",
    r"日期", r"时间", r"收件人", r"抄送", r"主题", r"寄件日期", r"收件者", r"副本", r"主旨", r"日時", r"送信日時",
    r"宛先", r"件名", r"보낸 날짜", r"날짜", r"받는 사람", r"참조", r"제목", r"gửi", r"đến", r"ngày", r"chủ đề",
    r"poslano", r"prima", r"za", r"zadeva", r"изпратено", r"до", r"относно", r"saadetud", r"adressaat", r"teema",
    r"išsiųsta", r"kam", r"tema", r"nosūtīts", r"tēma", r"ส่ง", r"ถึง", r"เรื่อง", r"enviat", r"per a", r"assumpte",
    r"dikirim", r"tanggal", r"kepada", r"perihal", r"إلى", r"التاريخ", r"الموضوع", r"נשלח", r"תאריך", r"אל", r"נושא",
)  # fmt: skip

DEVICE_LINES = (
    r"sent (?:from|with|via|using) (?:my|mail|outlook|proton|yahoo|the|samsung|gmail|a |an )",
    r"get outlook for",
    r"outlook (?:für|for|voor|pour|para|per|för|til) (?:ios|android|mac)\b",
    r"(?:télécharge[rz]|obtenir|obtener|obter o|scarica|download|hent|hämta|pobierz|získat) outlook",
    r"(?:загрузи(?:ть|те)|скача(?:ть|йте)) outlook",
    r"(?:获取|下載|下载|取得) ?(?:适用于 |適用於 )?(?:ios|android|outlook)|outlook for (?:ios|android) (?:を|용)",
    r"(?:diese nachricht wurde )?von meinem .{1,40} gesendet",
    r"gesendet (?:von|mit) (?:meinem|der|mail|outlook|proton|yahoo|gmx|web)",
    r"envoyé (?:de|depuis|à partir de) (?:mon|mail|outlook|yahoo|la|l'|proton)",
    r"envoyé de mon",
    r"enviado (?:desde|do|de|a partir do) (?:mi|meu|o|el|mail|outlook|yahoo)",
    r"inviato da(?:l|lla)? (?:mio|mia|mail|outlook|yahoo|iphone|ipad|smartphone|libero)",
    r"verzonden (?:vanaf|met|via|vanuit) (?:mijn|mail|outlook|yahoo|de)",
    r"skickat från (?:min|mail|outlook|yahoo)",
    r"skickat från",
    r"sendt fra (?:min|mail|outlook|yahoo)",
    r"wysłan[eoy]? z (?:mojego|iphone|ipad|aplikacji|outlook|telefonu|urządzenia)",
    r"lähetetty .{0,20}(?:puhelim|iphone|ipad|laittee|outlook|sähköposti)",
    r"odesláno z",
    r"odoslané z",
    r"trimis (?:de pe|din)",
    r"(?:elküldve|küldve) (?:az|a)\b",
    r"στάλθηκε από",
    r"отправлено (?:с|из)",
    r"надіслано з",
    r"изпратено от",
    r".{0,12}(?:iphone|ipad|cihazı|telefonu)\w*'?\w* gönderildi",
    r"(?:从|從|發自|发自|自)我的",
    r"(?:iphone|ipad|androids?|スマート\w*)から送信",
    r"나의 .{1,20}에서 보냄",
    r"(?:được )?gửi từ",
    r"dikirim dari",
    r"أُ?رسلت? من",
    r"נשלח מה",
)


def any_of(phrases: tuple[str, ...]) -> str:
    """One pattern that matches any of `phrases`."""
    return "(?:" + "|".join(phrases) + ")"


def searcher(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of `phrases` anywhere, in capitals or not."""
    return re.compile(any_of(phrases), re.IGNORECASE)
