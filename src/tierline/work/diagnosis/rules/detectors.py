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

from tierline.core.plugins.contracts import Secret, SecretText
from tierline.work.diagnosis.rules import checks

_TO_ZERO = {ord(digit): "0" for digit in "123456789"}


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

    def may_hold(self, trigger: str, view: str) -> bool:
        """Whether each word of a trigger is in some word of the text; no trigger that is there is ever missed."""
        words = self.low_words if view == "lower" else self.words
        return all(part in words for part in _parts(trigger))


@lru_cache(maxsize=1_000)
def _parts(trigger: str) -> tuple[str, ...]:
    """What words have to hold for a trigger: the end of one, whole ones (between line feeds), the beginning of one."""
    first, *rest = re.split(r"[ ]", trigger.translate(_TO_ZERO))
    if not rest:
        return (first,)
    *whole, last = rest
    return tuple(part for part in (f"{first}\n", *(f"\n{word}\n" for word in whole), f"\n{last}") if part.strip())


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
)  # fmt: skip
_PREFIXED = {
    "AKIA": r"[0-9A-Z]{16}", "ASIA": r"[0-9A-Z]{16}", "ghp_": r"\w{30,}+", "gho_": r"\w{30,}+",
    "ghs_": r"\w{30,}+", "ghu_": r"\w{30,}+", "github_pat_": r"\w{22,}+", "glpat-": r"[\w-]{20,}+",
    "xoxb-": r"[\w-]{10,}+", "xoxp-": r"[\w-]{10,}+", "xoxa-": r"[\w-]{10,}+", "xoxs-": r"[\w-]{10,}+",
    "sk_live_": r"\w{10,}+", "sk_test_": r"\w{10,}+", "rk_live_": r"\w{10,}+", "AIza": r"[\w-]{35}",
    "ya29.": r"[\w-]{20,}+", "npm_": r"\w{36}", "pypi-": r"[\w-]{32,}+", "hf_": r"\w{30,}+",
    "SG.": r"[\w-]{16,64}\.[\w-]{16,64}", "whsec_": r"[\w+/=-]{16,}+", "dop_v1_": r"[0-9a-f]{64}",
    "sk-": r"[\w-]{32,}+",
}  # fmt: skip
_SCHEME = (
    r"(?:(?:basic|bearer|negotiate|ntlm|token|api-?key|key|jwt|hmac|oauth|aws|vapid|sharedkey(?:lite)?|scram-sha-\d{1,3})"
    r"[ \t]{1,3})?+"
)


def _assigned(kind: str, words: tuple[str, ...], check: Callable[[str], bool]) -> Iterator[Detector]:
    for word in words:
        pattern = rf"(?i){re.escape(word)}[\w-]{{0,24}}(?:{_ASSIGN}{_VALUE}|{_ELEMENT})"
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
    _lower("token", 2, ("bearer ",), r"bearer[ \t]{1,3}([\w.~+/=-]{8,8000})", checks.is_token, _REST_OF_TOKEN),
    Detector("cookie", 1, "lower", ("cookie",),
             re.compile(rf"(?i)cookie2?{_ASSIGN}(?:\"([^\"\n<>]{{3,}}+)|([^\r\n\"<>]{{3,}}+))"),
             checks.is_cookie, whole=True),
    _lower("password", 4, ("--passw", "--token", "--secret"),
           r"--(?:password|passwd|token|secret)[ \t]{1,3}[\"']?([^\s\"'<>-][^\s\"'<>]{2,300})", checks.is_password,
           _REST_OF_WORD),
    Detector("token", 3, "text", ("eyJ",), re.compile(r"(?<![A-Za-z0-9_])eyJ[\w-]{8,}+(?:\.[\w-]*+)*+"), checks.is_jwt,
             whole=True),
    *_prefixed(),
    Detector("password", 3, "text", ("$2", "$1$", "$5$", "$6$", "$y$", "$argon2"),  # what crypt(3) makes of a password
             re.compile(r"\$(?:2[abxy]?|[156y]|argon2i?d?)\$[\w./=,$+-]{20,300}")),
    *_assigned("password", PASSWORD_WORDS, checks.is_password),
    _lower("password", 4, ("pw=", "pw:", "pw ", 'pw"', "pw'", "pw>"), rf"pw(?:{_ASSIGN}{_VALUE}|{_ELEMENT})",
           checks.is_password, _REST_OF_TOKEN),
    *_assigned("token", TOKEN_WORDS, checks.is_token),
    _figures("card", 5, ("0000 0000 0000 0", "0000-0000-0000-0", "0000 000000 0000", "0000-000000-0000",
                           "0000000000000"),
             r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])", checks.is_card),
    _figures("id", 6, ("000-00-0000",), r"(?<![\w-])\d{3}-\d\d-\d{4}(?![\w-])", checks.is_social),
    _lower("id", 6, ("ssn", "passport", "national id", "national_id", "tax id", "tax_id", "nino", "steuer-id"),
           rf"[a-z_ -]{{3,16}}?(?:no|nr|number|num)?\.?{_ASSIGN}[\"']?([A-Z0-9](?:[ -]?[A-Z0-9]){{6,17}})(?![\w-])",
           checks.is_identity),
    Detector("phone", 7, "text", ("+",),
             re.compile(r"(?<![\w+.])\+[1-9](?:[ ().-]{0,2}\d){7,14}(?![\w-])"), checks.is_phone),
    _figures("phone", 7, ("000-000-0000", "(000) 000-0000", "000.000.0000"),
             r"(?<![\w.-])(?:\d{3}[-.]|\(\d{3}\) )\d{3}[-.]\d{4}(?![\w.-])", checks.is_phone),
    _lower("phone", 7, ("phone", "tel:", "tel.", "tel=", "mobile", "fax"),
           r"[a-z]{3,6}[a-z_]{0,8}[\"'.]{0,2}[ \t:=]{0,5}[\"']?(\+?\(?\d(?:[ ()./-]{0,3}\d){7,14})(?![\w-])",
           checks.is_phone),
)  # fmt: skip
