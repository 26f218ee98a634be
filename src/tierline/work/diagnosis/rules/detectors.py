"""What nobody may read without the right: one detector for each class of secret.

A detector has literal triggers (found with `str.find`, which costs next to nothing) and a pattern that is tried at
them, so that text without triggers is never scanned by a pattern. Whether a trigger can be in a text at all is asked of
its different words first: those of a log are few. Every repeat is bounded or possessive: linear time.
Where a pattern has groups, the last group that matched is the secret and the rest is its context.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from tierline.core.plugins.contracts import Secret, SecretText
from tierline.work.diagnosis.rules import checks, identities

_TO_ZERO = {ord(digit): "0" for digit in "123456789"}
_PLACES = 65_521  # of a table: a prime number, so that places are spread
_ASKED = 5  # places of a trigger that are asked


class Views:
    """One text in the forms in which triggers are looked for; positions are the same in all of them.

    `people` (name, mail address) and `companies` are those of the ticket.
    """

    def __init__(self, text: str, people: tuple[tuple[str, str], ...] = (), companies: tuple[str, ...] = ()) -> None:
        self.text = text
        self.people = people
        self.companies = companies

    @cached_property
    def lower(self) -> str:
        """Lower case; letters whose lower case is longer stay as they are."""
        low = self.text.lower()
        if len(low) == len(self.text):
            return low
        return "".join(small if len(small := letter.lower()) == 1 else letter for letter in self.text)

    @cached_property
    def digits(self) -> str:
        """Every ASCII digit a 0, so that a group of digits is a literal."""
        return self.text.translate(_TO_ZERO)

    @cached_property
    def words(self) -> str:
        """Each different word once, every digit a 0: what a single word has to hold is looked for here first."""
        lines = " ".join(set(self.digits.split("\n")))  # with figures alike, many lines of a log are the same
        return "\n".join(("", *set(lines.split()), ""))

    @cached_property
    def low_words(self) -> str:
        """The same in lower case."""
        return "\n".join(("", *{word.lower() for word in self.words.split("\n")}, ""))

    @cached_property
    def _triples(self) -> bytes:
        return _triples_in(self.words)

    @cached_property
    def _low_triples(self) -> bytes:
        return _triples_in(self.low_words)

    def may_hold(self, trigger: str, view: str) -> bool:
        """Whether each word of a trigger is in some word of the text; no trigger that is there is ever missed.

        Its first letters are asked first, three at a time: most triggers are told apart by them.
        """
        low = view == "lower"
        marks, places = self._low_triples if low else self._triples, _triples_of(trigger)
        if not all(marks[place] for place in places):
            return False
        words = self.low_words if low else self.words
        return all(part in words for part in _parts(trigger))


@lru_cache(maxsize=1_000)
def _parts(trigger: str) -> tuple[str, ...]:
    """What words have to hold for a trigger: the end of one, whole ones (between line feeds), the beginning of one."""
    first, *rest = re.split(r"[ ]", trigger.translate(_TO_ZERO))
    if not rest:
        return (first,)
    *whole, last = rest
    return tuple(part for part in (f"{first}\n", *(f"\n{word}\n" for word in whole), f"\n{last}") if part.strip())


def _triples_in(words: str) -> bytes:
    """A table that is 1 where three bytes that follow each other in the words have their place, as a Bloom filter's."""
    one = np.frombuffer(words.encode("utf-8", "surrogatepass"), np.uint8).astype(np.uint32)
    table = np.zeros(_PLACES, np.uint8)
    table[(one[:-2] * 961 + one[1:-1] * 31 + one[2:]) % _PLACES] = 1
    return table.tobytes()


@lru_cache(maxsize=1_000)
def _triples_of(trigger: str) -> tuple[int, ...]:
    """Where the table has to be 1 for a trigger."""
    parts = [part.encode("utf-8", "surrogatepass") for part in _parts(trigger)]
    found = [
        (a * 961 + b * 31 + c) % _PLACES for part in parts for a, b, c in zip(part, part[1:], part[2:], strict=False)
    ]
    return tuple(dict.fromkeys(found))[:_ASKED]


@dataclass(frozen=True, slots=True)
class Detector:
    """Triggers in one view (`text`, `lower` or `digits`), the pattern matched at each, and a check of what it found.

    What fails its check is tried without its last group where it `shrinks`; where it is tried `whole`, no part of it is
    looked at again. `rest` is what a secret that is longer than its pattern goes on with; the search goes on after it,
    so that it needs no bound.
    """

    kind: str
    rank: int
    view: str
    triggers: tuple[str, ...]
    pattern: re.Pattern[str]
    check: Callable[[str], bool] | None = None
    shrinks: bool = False
    whole: bool = False
    rest: re.Pattern[str] | None = None

    def find(self, views: SecretText) -> Iterator[Secret]:
        """Every secret of this class in the text."""
        haystack: str = getattr(views, self.view)
        for trigger in self.triggers:
            at = haystack.find(trigger) if views.may_hold(trigger, self.view) else -1
            while at >= 0:
                match = self.pattern.match(views.text, at)
                found = self._found(views.text, match) if match else None
                if found:
                    yield found
                over = found.end if found else match.end() if match and self.whole else 0
                at = haystack.find(trigger, max(over, at + 1))

    def _found(self, text: str, match: re.Match[str]) -> Secret | None:
        start, end = match.span(match.lastindex or 0)
        while self.check is not None and not self.check(text[start:end]):
            end = max(text.rfind(" ", start, end), text.rfind("-", start, end)) if self.shrinks else -1
            if end < 0:
                return None
        if self.rest is not None and (more := self.rest.match(text, end)):
            end = more.end()
        return Secret(start, end, self.rank)


_ASSIGN = r"""\\{0,3}["'\])]{0,2}[ \t]{0,2}(?:=>|[=:])[ \t]{0,2}"""  # quotation marks may be escaped: JSON in JSON
_CLOSED = r"(?=\n|\Z)"  # a quotation mark may be missing where a line was cut
_NEW = r"(?!<[a-z]{2,8}-)"  # no name of a secret that is masked already
_VALUE = (
    rf"""(?:\\{{1,3}}["']{_NEW}([^"'\\\n]{{3,500}}+)|"{_NEW}((?:[^"\\\n]|\\.){{3,500}}+)(?:"|{_CLOSED})|'{_NEW}((?:[^'\\\n]|\\.){{3,500}}+)(?:'|{_CLOSED})"""
    r"""|["']?([^\s"'&,;<>(){}\[\]|]{3,500}))"""
)
# A quoted name and, behind a comma, its quoted value (rows, pairs); a quotation mark inside is escaped or doubled. What
# a colon follows is no value but the next name.
_NO_NAME = r"""(?!\\{0,3}["'][ \t]{0,2}:)"""
_PAIRED = (
    r"""\\{0,3}["'][ \t]{0,2},[ \t]{0,2}[bBeEnNrRuU]?"""
    rf"""(?:\\{{1,3}}["']{_NEW}([^"'\\\n]{{3,2000}}+){_NO_NAME}|"{_NEW}((?:[^"\\\n]|\\.|""){{3,2000}}+){_NO_NAME}"""
    rf"""|'{_NEW}((?:[^'\\\n]|\\.|''){{3,2000}}+){_NO_NAME})"""
)
_ELEMENT = rf"(?:[ \t][^<>\n]{{0,120}})?>{_NEW}([^<>\n]{{3,8000}})</"
_REST_OF_TOKEN = re.compile(r"[\w.~+/=%-]*+")
_REST_OF_WORD = re.compile(r"[^\s\"'<>]*+")
PASSWORD_WORDS = (
    "passw", "passphrase", "passcode", "pwd", "kennwort", "mot de passe", "contrase", "senha", "wachtwoord",
    "l\u00f6senord", "adgangskode", "has\u0142o",
)  # fmt: skip
TOKEN_WORDS = (
    "secret", "token", "credential", "signature", "sessid", "sessionid", "session_id", "session-id", "api_key",
    "apikey", "api-key", "access_key", "access-key", "accesskey", "private_key", "auth_key", "authkey", "csrf", "xsrf",
    "accountkey", "sharedkey",
)  # fmt: skip
_PREFIXED = {
    "AKIA": r"[0-9A-Z]{16}", "ASIA": r"[0-9A-Z]{16}", "ghp_": r"\w{30,}+", "gho_": r"\w{30,}+",
    "ghs_": r"\w{30,}+", "ghu_": r"\w{30,}+", "github_pat_": r"\w{22,}+", "glpat-": r"[\w-]{20,}+",
    "xoxb-": r"[\w-]{10,}+", "xoxp-": r"[\w-]{10,}+", "xoxa-": r"[\w-]{10,}+", "xoxs-": r"[\w-]{10,}+",
    "sk_live_": r"\w{10,}+", "sk_test_": r"\w{10,}+", "rk_live_": r"\w{10,}+", "AIza": r"[\w-]{35}",
    "ya29.": r"[\w-]{20,}+", "npm_": r"\w{36}", "pypi-": r"[\w-]{32,}+", "hf_": r"\w{30,}+",
    "SG.": r"[\w-]{16,64}\.[\w-]{16,64}", "whsec_": r"[\w+/=-]{16,}+", "dop_v1_": r"[0-9a-f]{64}",
    "sk-": r"[\w-]{32,}+", "hvs.": r"[\w-]{20,}+", "hvb.": r"[\w-]{20,}+", "xoxe-": r"[\w-]{10,}+",
    "xoxr-": r"[\w-]{10,}+", "xapp-": r"[\w-]{10,}+", "shpat_": r"\w{32}", "shpss_": r"\w{32}", "glsa_": r"\w{30,}+",
    "glrt-": r"[\w-]{20,}+", "gldt-": r"[\w-]{20,}+", "dckr_pat_": r"[\w-]{20,}+", "GOCSPX-": r"[\w-]{20,}+",
    "NRAK-": r"[0-9A-Z]{20,}+", "PMAK-": r"[\w-]{20,}+", "ATATT3": r"[\w=-]{30,}+", "dapi": r"[0-9a-f]{32}",
    "sntrys_": r"[\w+/=-]{20,}+", "sq0atp-": r"[\w-]{20,}+", "sq0csp-": r"[\w-]{20,}+", "gsk_": r"\w{30,}+",
    "rubygems_": r"[0-9a-f]{40,}+", "lin_api_": r"\w{30,}+", "AGE-SECRET-KEY-1": r"[0-9A-Z]{50,}+",
    "doo_v1_": r"[0-9a-f]{64}",
}  # fmt: skip
_PROSE = r"[ \t]{1,3}(?:is|was|ist|war|lautet|est|es)[ \t]?:?[ \t]{1,3}[\"']?([^\s\"'<>]{4,200})"
_CODES = (
    "one-time", "otp", "verification code", "security code", "confirmation code", "login code", "2fa code",
    "mfa code", "einmalcode", "best\u00e4tigungscode", "sicherheitscode",
)  # fmt: skip
# After these names any number is one of a person; after the short ones, which words may hold, its check has to hold.
_ID_NAMES = (
    "ssn", "social security", "passport", "passeport", "pasaporte", "reisepass", "national id", "national_id",
    "national-id", "nationalid", "identity card", "identity number", "id_card", "ausweis", "tax id", "tax_id",
    "taxid", "nino", "national insurance", "steuer-id", "steuerid", "steuer_id", "steuernummer", "steueridentifikation",
    "sozialversicherung", "rentenversicherung", "securite sociale", "s\u00e9curit\u00e9 sociale", "burgerservice",
    "personnummer", "f\u00f8dselsnummer", "fodselsnummer", "henkil\u00f6tunnus", "codice fiscale", "codice_fiscale",
    "aadhaar", "s license", "driver license", "drivers license", "driving licence", "f\u00fchrerschein",
    "license number", "rijksregister", "nhs number", "emirates id", "kimlik",
)  # fmt: skip
_SHORT_ID_NAMES = (
    "ahv", "bsn", "cpf", "dni", "hetu", "idnr", "insee", "nie", "nif", "nir", "pesel", "sin", "svnr", "tin",
)  # fmt: skip
_SHORT_ID_TRIGGERS = tuple(f"{name}{mark}" for name in _SHORT_ID_NAMES for mark in (" ", ":", "=", '"'))
_ID_VALUE = (
    r"((?-i:[A-Z]{1,3}[ -])?(?=[A-Z]{0,6}\d)[A-Z0-9]{1,20}(?:[ ./-](?=[A-Z]{0,4}\d)[A-Z0-9]{1,12}){0,6}"
    r"(?:(?-i:[ -][A-Z](?![A-Za-z])))?)(?![\w-])"
)
_AFTER_NAME = rf"[^\n:=<>\"',;()\[\]{{}}0-9]{{0,30}}?(?:{_ASSIGN}|[ \t#]{{1,3}})[\"']?"
_SCHEME = (
    r"(?:(?:basic|bearer|negotiate|ntlm|token|api-?key|key|jwt|hmac|oauth|aws|vapid|sharedkey(?:lite)?|scram-sha-\d{1,3})"
    r"[ \t]{1,3})?+"
)


def _assigned(kind: str, words: tuple[str, ...], check: Callable[[str], bool]) -> Iterator[Detector]:
    for word in words:
        pattern = rf"(?i){re.escape(word)}[\w-]{{0,24}}(?:{_ASSIGN}{_VALUE}|{_PAIRED}|{_ELEMENT})"
        yield Detector(kind, 4, "lower", (word,), re.compile(pattern), check, rest=_REST_OF_TOKEN)


def _prefixed() -> Iterator[Detector]:
    for prefix, rest in _PREFIXED.items():
        pattern = rf"(?<![A-Za-z0-9_]){re.escape(prefix)}{rest}(?![A-Za-z0-9])"
        yield Detector("token", 3, "text", (prefix,), re.compile(pattern))


def _lower(
    kind: str,
    rank: int,
    triggers: tuple[str, ...],
    pattern: str,
    check: Callable[[str], bool],
    rest: re.Pattern[str] | None = None,
) -> Detector:
    return Detector(kind, rank, "lower", triggers, re.compile(f"(?i){pattern}"), check, rest=rest)


def _figures(kind: str, rank: int, triggers: tuple[str, ...], pattern: str, check: Callable[[str], bool]) -> Detector:
    return Detector(kind, rank, "digits", triggers, re.compile(pattern), check, shrinks=kind == "card")


DETECTORS: tuple[Detector, ...] = (
    Detector("password", 2, "text", ("://",), re.compile(r"://[^\s/:@<>\"']{0,100}:([^\s/@<>\"']{1,200})@")),
    _lower("token", 1, ("authorization",), rf"authorization{_ASSIGN}[\"']?"
           rf"(?:digest[ \t]{{1,3}}(?=\w{{1,20}}=)([^\r\n<>]{{4,8000}})|{_SCHEME}([^\s\"'<>]{{4,8000}}))",
           bool, _REST_OF_WORD),
    _lower("token", 1, ("authorization",), rf"authorization{_PAIRED}", bool, _REST_OF_WORD),
    _lower("cookie", 1, ("cookie",), rf"cookie2?{_PAIRED}", checks.is_cookie),
    _lower("token", 2, ("bearer ",), r"bearer[ \t]{1,3}([\w.~+/=-]{8,8000})", checks.is_token, _REST_OF_TOKEN),
    Detector("cookie", 1, "lower", ("cookie",),
             re.compile(rf"(?i)cookie2?{_ASSIGN}(?:\"([^\"\n<>]{{3,}}+)|([^\r\n\"<>]{{3,}}+))"),
             checks.is_cookie, whole=True),
    *(_lower("password", 4, (word,), rf"{re.escape(word)}[\w-]{{0,12}}{_PROSE}", checks.is_mixed)
      for word in PASSWORD_WORDS),
    _lower("password", 4, (" -u ", " --user ", " --proxy-user "),
           r" --?[a-z-]{1,12} [\"']?[\w.@\\-]{1,64}:([^\s\"'<>]{3,200})", checks.is_shared),
    _lower("password", 4, ("sshpass -p",), r"sshpass -p[ ]?[\"']?([^\s\"'<>]{3,200})", checks.is_password),
    _lower("password", 4, ("mysql",),
           r"mysql(?:dump|admin|import)?(?=[ ])[^\n|;&]{0,200}?[ ]-p([^\s\"'<>-][^\s\"'<>]{2,100})",
           checks.is_password),
    _lower("cookie", 1, (" -b ", " --cookie "),
           r" --?[a-z]{1,6}[ =](?:\"([^\"\n]{3,4000})|'([^'\n]{3,4000})|([^\s\"'=]{1,64}=[^\s\"']{3,4000}))",
           checks.is_cookie),
    _lower("token", 4, _CODES,
           r"[^\W\d]{1,16}+[^\n\d.]{0,24}?(?<!\w)(\d{3,4}[ -]?\d{3,4}|\d{4,8})(?![\w.:-])", bool),
    Detector("token", 4, "lower", ("?sig=", "&sig=", ";sig="), re.compile(r"(?i).sig=([\w%+/=-]{16,300})")),
    Detector("token", 3, "digits", ("00000000:AA",), re.compile(r"\d{8}:(AA[\w-]{33})(?![\w-])")),  # a bot's
    _lower("password", 4, ("--passw", "--token", "--secret"),
           r"--(?:password|passwd|token|secret)[ \t]{1,3}[\"']?([^\s\"'<>-][^\s\"'<>]{2,300})", checks.is_password,
           _REST_OF_WORD),
    Detector("token", 3, "text", ("eyJ",), re.compile(r"(?<![A-Za-z0-9_])eyJ[\w-]{8,}+(?:\.[\w-]*+)*+"), checks.is_jwt,
             whole=True),
    *_prefixed(),
    Detector("password", 3, "text", ("$2", "$1$", "$5$", "$6$", "$y$", "$argon2"),  # what crypt(3) makes of a password
             re.compile(r"\$(?:2[abxy]?|[156y]|argon2i?d?)\$[\w./=,$+-]{20,300}")),
    *_assigned("password", PASSWORD_WORDS, checks.is_password),
    _lower("password", 4, ("pw=", "pw:", "pw ", 'pw"', "pw'", "pw\\", "pw>"),
           rf"pw(?:{_ASSIGN}{_VALUE}|{_PAIRED}|{_ELEMENT})", checks.is_password, _REST_OF_TOKEN),
    *_assigned("token", TOKEN_WORDS, checks.is_token),
    _figures("card", 5, ("0000 0000 0000 0", "0000-0000-0000-0", "0000 000000 0000", "0000-000000-0000",
                           "0000000000000"),
             r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])", checks.is_card),
    _figures("id", 6, ("000-00-0000",), r"(?<![\w-])\d{3}-\d\d-\d{4}(?![\w-])", checks.is_social),
    _lower("id", 6, _ID_NAMES, rf"(?<![^\W\d_])[^\W\d_]{_AFTER_NAME}{_ID_VALUE}", checks.is_identity),
    _lower("id", 6, _SHORT_ID_TRIGGERS, rf"(?<![^\W_])[a-z]{{3,5}}(?:[ ](?:no|nr|id|number|is)\b\.?)?"
           rf"(?:{_ASSIGN}|[ \t#]{{1,3}})[\"']?{_ID_VALUE}", identities.is_numbered),
    _figures("id", 6, ("000.000.000-00",), r"(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d\d(?![\w-])", identities.is_cpf),
    _figures("id", 6, ("000.0000.0000.00",), r"(?<![\w.-])756\.\d{4}\.\d{4}\.\d\d(?![\w.-])", identities.is_ahv),
    _figures("id", 6, ("000000-0000", "000000+0000"), r"(?<![\w.-])\d{6}(?:\d\d)?[-+]\d{4}(?:\d{3})?(?![\w-])",
             identities.is_dated),
    _figures("id", 6, ("00.00.00-000.00",), r"(?<![\w.-])\d\d\.\d\d\.\d\d-\d{3}\.\d\d(?![\w-])",
             identities.is_numbered),
    _figures("id", 6, ("00000000000000000",), r"(?<![\w.-])\d{17}[\dX](?![\w-])", identities.is_chinese),
    Detector("phone", 7, "text", ("+",),
             re.compile(r"(?<![\w+.])\+[1-9](?:[ ().-]{0,2}\d){7,14}(?![\w-])"), checks.is_phone),
    _figures("phone", 7, ("000-000-0000", "(000) 000-0000", "000.000.0000"),
             r"(?<![\w.-])(?:\d{3}[-.]|\(\d{3}\) )\d{3}[-.]\d{4}(?![\w.-])", checks.is_phone),
    _lower("phone", 7, ("phone", "tel:", "tel.", "tel=", "tel ", "mobil", "fax", "telefon", "tel\u00e9fono", "handy",
                        "rufnummer", "msisdn", "whatsapp", "durchwahl"),
           r"[a-z\u00e9_]{3,14}+[\"'.]{0,2}[ \t:=]{0,5}[\"']?(\+?\(?\d(?:[ ()./-]{0,3}\d){7,14})(?![\w-])",
           checks.is_phone),
)  # fmt: skip
