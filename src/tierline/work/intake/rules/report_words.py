"""The words in which mail systems report: who signs, what the subject says, how trouble is told.

Each entry is a small pattern. They come from the texts that families of mail servers ship (sendmail, qmail, Postfix,
Exim, Exchange and Microsoft 365, Domino, GroupWise, IMail, the large providers) in the languages they are
translated into.
"""
# ruff: noqa: RUF001 (letters of other scripts are meant)

import re

from .phrases import any_of, searcher

# A mail server's own name: before the @, or as the name that is shown.
_SYSTEM_NAMES = (
    r"mailer[-_. ]?daemon",
    r"(?:mail|m|smtp|delivery)[-_. ]?daemon",
    r"(?:e-?)?mail[-_. ]?delivery(?:[-_. ]?(?:sub)?(?:system|service|agent|server|manager|notification))?",
    r"internet mail delivery",
    r"mail (?:sub)?system",
    r"(?:mail )?delivery (?:status )?(?:subsystem|notification|report|system)s?",
    r"mail ?router",
)
_POSTMASTERS = (
    r"po+st[-_. ]?master",
    r"(?:system|mail) ?administrator",
    r"system attendant",
    r"mail ?server",
    r"e-?mail gateway",
    r"smtp (?:server|gateway)",
    r"microsoft (?:exchange|outlook)",
)
# Subjects that mail systems give their reports; they begin the subject, maybe after a tag in brackets.
_SUBJECTS = (
    r"undeliver(?:able|ed)",
    r"un-?deliverable",
    r"non[- ]?deliver(?:able|y)",
    r"not delivered",
    r"returned? (?:e-?)?mail",
    r"(?:mail|message) (?:was )?return(?:ed)?",
    r"return(?:ed)? to sender",
    r"(?:e-?)?mail (?:system|delivery|transfer) (?:error|fail|status|problem|notif|report)",
    r"(?:e-?)?mail(?: delivery)? (?:failed|failure|error)",
    r"mail could not be delivered",
    r"(?:could|can)(?: ?not|n'?t) (?:deliver|send) (?:mail|message|your)",
    r"(?:failed|error|problem)s? (?:delivering|sending) (?:mail|message|your)",
    r"delivery (?:status|report|failure|failed|error|notification|problem|has failed|delayed|incomplete|notice)",
    r"(?:automatically )?rejected (?:mail|message)",
    r"(?:failed|failure) (?:mail|delivery|notice|message|notification)",
    r"message (?:undeliver|status|not|could|delivery|delayed|rejected)",
    r"(?:nondelivery|ndn|dsn|bounce)\b",
    r"warning: (?:could|message|e?-?mail|mail)",
    r"notice: mail delivery",
    r"(?:sorry,? )?(?:your|the) (?:e-?mail|message) .{0,40}?(?:could not|was not|cannot|undeliver|bounced|rejected)",
    r"(?:there was an? )?(?:error|problem|trouble) (?:sending|delivering) (?:your|mail|the)",
    r"user (?:unknown|not found|mailbox)",
    r"unzustellbar",
    r"nicht zustellbar",
    r"(?:zustellung|übermittlung)s?\b.{0,30}(?:fehl|status|gescheit|verzög)",
    r"(?:mail|nachricht) nicht zugestellt",
    r"non remis",
    r"non distribu",
    r"échec (?:de |d')",
    r"(?:no se puede|no se pudo|no se ha podido) entregar",
    r"no entregado",
    r"(?:error|fallo|falla) (?:de|en la) entrega",
    r"non recapitabil",
    r"mancat[oa] (?:recapito|consegna)",
    r"impossibile recapitare",
    r"não (?:é possível entregar|entregue)",
    r"falha na entrega",
    r"devolvid[ao]",
    r"onbestelbaar",
    r"niet (?:bezorgd|afgeleverd)",
    r"(?:ej|inte) leverera",
    r"går inte att leverera",
    r"(?:ikke|kan ikke) lever",
    r"uleverbar",
    r"ei (?:voi )?toimit",
    r"toimittaminen epäonnistui",
    r"niedostarcz",
    r"nie można dostarcz",
    r"nedoruč",
    r"nelze doručit",
    r"kézbesíthetetlen",
    r"sikertelen kézbesítés",
    r"nelivra",
    r"teslim edilemedi",
    r"iletilemedi",
    r"αδύνατη η παράδοση",
    r"не ?(?:удается |удаётся |удалось )?достав",
    r"недоставл",
    r"配信(?:でき|不能|エラー|に失敗|されま)",
    r".{0,30}(?:配信できません|配信不能|送信エラー|お届けでき)",
    r"退信",
    r"系统退信",
    r"(?:未送达|无法送达|无法传递|投递失败|傳遞失敗|無法傳遞)",
    r"(?:배달|전송|전달)(?: ?할 수 없| ?되지| ?실패)",
    r"반송",
)
# Sentences that mail systems begin with.
_SENTENCES = (
    r"(?:did|does) ?n(?:o|')t reach (?:the|some|any|all|one)",
    r"(?:could|can|was|were|has|have|is) ?n(?:o|')t (?:be |been )?(?:able to be )?deliver(?:ed|able)?",
    r"unable to (?:deliver|be delivered|send|complete|process your)",
    r"(?:cannot|can't) (?:be )?(?:deliver|send|forward)",
    r"(?:was|were|is|are|as) (?:undeliverable|undelivered|not deliverable)",
    r"undeliver(?:able|ed) (?:to|mail|message)",
    r"return(?:ed|ing) (?:to you|as undeliverable|unopened|undeliver|your|message to sender)",
    r"(?:delivery|transmission|sending) (?:to |of |attempt |has |was )?.{0,120}?(?:fail|abort|not possible|impossible)",
    r"del[ie]very to the following recipients",
    r"(?:following|these|this) (?:address|recipient|user|destination)\w*.{0,60}?(?:fail|error|reject|problem|unknown)",
    r"had permanent (?:fatal )?errors?",
    r"permanent (?:fatal )?(?:failure|error)",
    r"automatically generated delivery (?:status|report)",
    r"this is the (?:qmail-send program|mail(?: delivery)? system|mailer-daemon|postfix program|mail transport)",
    r"message from (?:the )?(?:mail system|mail delivery|\S+\.\S+\.?)\s*$",
    r"error has? ?occurred while (?:attempting|trying) to deliver",
    r"attempt(?:ed|s|ing)? to (?:deliver|send)|trying to deliver",
    r"(?:trouble|error|problem)s? (?:delivering|sending|with|occurred while)",
    r"giv(?:en|ing) up",
    r"fail\w* (?:to )?deliver",
    r"duplicated message-id",
    r"(?:invalid|unknown|bad|illegal|no valid) (?:user|recipient|mailbox|address|host|destination)",
)
_FAILED = (
    r"undeliver",
    r"non[- ]?deliver",
    r"not (?:be )?deliver(?:ed|able)",
    r"couldn'?t be delivered",
    r"delivery (?:\w+ )?(?:fail|error|problem)",
    r"return(?:ed|ing) (?:mail|message|to sender|your)",
    r"mail (?:system )?error",
    (
        r"(?:user|mailbox|recipient|address|host|domain|account)(?:'s)?(?: name)? (?:is |was |has been |are )?"
        r"(?:unknown|not (?:found|known|recogni[sz]ed|listed|exist|valid|active|available)|unavailable|disabled|"
        r"(?:over ?|almost )?full|invalid|suspended|expired|over quota|unrouteable)"
    ),
    r"unknown (?:or illegal )?(?:local )?(?:user|recipient|mailbox|address|host|alias|domain)",
    r"no such (?:user|recipient|mailbox|address|person|domain|account)",
    r"does ?n(?:o|')t (?:exist|have|match|accept|like)",
    r"no (?:mailbox|account|longer)",
    r"could ?n[o']t (?:be )?(?:deliver|send|sent|found?)",
    r"(?:mail|message|sender|recipient|relay\w*|connection)\W.{0,40}?(?:rejected|refused|denied|blocked|bounced|returned)",
    r"rejected",
    r"(?:over|exceed\w*|disk|storage|mailbox).{0,20}?quota|quota.{0,20}?exceed",
    r"exceed\w* .{0,30}?(?:size|limit|allow|maximum)",
    r"mailbox (?:\w+ )?full",
    r"too (?:large|big|many hops)",
    r"could not find a gateway",
    r"relay(?:ing)? (?:access )?denied",
    r"service unavailable|connection (?:timed out|refused)|host unknown|name server",
    r"(?:envelope|message|retry time(?:out)?|time limit).{0,20}?(?:expired|exceeded)",
    r"unzustellbar",
    r"nicht (?:zu)?(?:gestellt|stellbar|zustellbar|erreich|übermittelt|ausgeliefert)",
    r"(?:zustellung|übermittlung|auslieferung).{0,80}?(?:fehl|nicht|gescheit)",
    r"empfänger.{0,40}?(?:unbekannt|nicht)",
    r"postfach.{0,30}?(?:voll|nicht)",
    r"non remis",
    r"n(?:'a|’a|e) (?:pas|peut|pu).{0,40}?(?:remis|distribu|délivr|achemin|envoy|livr)",
    r"échec .{0,30}?(?:remise|livraison|distribution|envoi)",
    r"destinataire.{0,30}?(?:inconnu|introuvable|inexistant)",
    r"boîte.{0,40}?pleine",
    r"no (?:se )?(?:ha |han |pudo|podido|puede|fue).{0,30}?(?:entreg|envi)",
    r"no (?:se )?(?:entregad|entregó)",
    r"(?:fallo|error|falla).{0,20}?entrega",
    r"(?:usuario|destinatario|buzón|casilla).{0,30}?(?:desconocid|no existe|llen[oa]|no encontrad)",
    r"non (?:è stat|può|recapit|consegn).{0,40}?(?:recapit|consegn|bile)",
    r"recapito non .{0,20}?riuscito",
    r"(?:impossibile|mancat[oa]) .{0,30}?(?:recapit|consegn|inviare)",
    r"casella.{0,30}?(?:piena|inesistente)",
    r"não (?:foi|pôde|pode|é).{0,30}?(?:entreg|enviad)",
    r"falha .{0,20}?entrega",
    r"(?:usuário|destinatário|caixa).{0,30}?(?:desconhecid|não existe|inexistente|chei[ao])",
    r"onbestelbaar",
    r"(?:niet|kan niet|kon niet).{0,30}?(?:bezorgd|afgeleverd|worden bezorgd)",
    r"(?:inte|ej|ikke).{0,20}?lever",
    r"ei (?:voi|void|voitu|ole).{0,30}?toimit",
    r"nie (?:mog|moż|został|uda).{0,40}?(?:dostarcz|doręcz)",
    r"niedostarcz",
    r"(?:nelze|nebyl\w*|nepodařilo).{0,40}?doruč|nedoruč",
    r"nem (?:sikerült |lehetett |tudtuk )?.{0,30}?kézbesít|kézbesíthetetlen",
    r"nu a putut fi (?:livrat|trimis)",
    r"(?:teslim|iletil).{0,20}?(?:edilemedi|emedi)",
    r"δεν .{0,40}?παραδ",
    r"не (?:было |был[ао]? |может |удалось |удаётся |удается |смог\w* )?.{0,30}?достав",
    r"недоставл|недействительн\w* адрес|(?:ящик|пользовател).{0,40}?(?:не (?:найден|существ)|переполнен)",
    r"(?:配信|配送|送信|お届け|配達).{0,12}?(?:でき|不能|エラー|失敗|されま|ませんでした)",
    r"(?:エラー|不達|宛先不明|届きません|存在しません|見つかりません)",
    r"退信|(?:无法|未能|不能).{0,8}?(?:送达|投递|传递|发送|递送)|投递失败|用户不存在|拒收|邮箱已满",
    r"(?:無法|未能).{0,8}?(?:傳遞|投遞|傳送|送達|遞送)|使用者不存在",
    r"(?:배달|전송|전달|발송).{0,8}?(?:할 수 없|되지|실패|못했)|반송|수신자를 찾을 수 없",
    r"(?:تعذر|لم يتم|فشل).{0,12}?(?:تسليم|توصيل|إرسال)",
    r"לא (?:ניתן|נמסר|ניתנה).{0,16}?(?:למסור|לשלוח|נמסר|מסיר)?",
    r"không (?:thể |được )?.{0,12}?gửi",
    r"(?:tidak|gagal) .{0,20}?(?:terkirim|dikirim|kirim)",
)
_DELAYED = (
    r"delay",
    r"still (?:being )?(?:retr|try)",
    r"will (?:be retried|retry|keep trying|continue|be (?:re)?attempted)",
    r"not yet been delivered",
    r"warning: (?:message|could)",
    r"verz[öo]ger",
    r"(?:temporar|transient)\w* (?:fail|error|problem|delivery)",
)
# What says that the message itself comes back below.
_RETURNED = (
    (
        r"(?:copy|contents?|headers?|beginning|part|first .{1,20}) of (?:the |your )?(?:original |returned |un\w+ )?"
        r"(?:message|mail|e-?mail)"
    ),
    (
        r"(?:original|returned|undelivered|unsent|your|rejected) (?:message|mail)(?: headers?| text| body| header)?"
        r"(?: (?:follows|is (?:attached|below|included|as follows)|as follows|below|attached|was))"
    ),
    r"(?<!-)-{2,80}.{0,30}(?:original|returned|unsent|undelivered|copy|enclosed|header).{0,40}-{2}",
    r"(?:message|mail) (?:headers? )?(?:follows|details)",
    r"transcript of session",
)

SYSTEM_NAME = re.compile(rf"(?<![\w-]){any_of(_SYSTEM_NAMES)}(?![\w-])", re.IGNORECASE)
POSTMASTER_NAME = re.compile(rf"(?<![\w-]){any_of(_POSTMASTERS)}(?![\w-])", re.IGNORECASE)
REPORT_SUBJECT = re.compile(rf"\s*(?:\[[^\]]{{0,60}}\]|\*{{1,5}})?\s*{any_of(_SUBJECTS)}", re.IGNORECASE)
TROUBLE = searcher((*_FAILED, *_SENTENCES))
DELAYED = searcher(_DELAYED)
RETURNED = searcher(_RETURNED)
