"""What nobody may read without the right: one detector for each class of secret.

A detector has literal triggers (found with `str.find`, which costs next to nothing) and a pattern that is tried at
them, so that text without triggers is never scanned by a pattern. Every repeat is bounded or possessive: linear time.
Where a pattern has groups, the last group that matched is the secret and the rest is its context.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

_TO_ZERO = {ord(digit): "0" for digit in "123456789"}
Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """A secret between `start` and `end` of a text; where two overlap the one with the lower `rank` stays."""

    start: int
    end: int
    kind: str
    rank: int


class Views:
    """One text in the forms in which triggers are looked for; positions are the same in all of them."""

    def __init__(self, text: str) -> None:
        self.text = text

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


@dataclass(frozen=True, slots=True)
class Detector:
    """Triggers in one view, and the pattern matched `back` characters before each trigger or at it."""

    kind: str
    rank: int
    view: str
    triggers: tuple[str, ...]
    pattern: re.Pattern[str]
    check: Check | None = None

    def find(self, views: Views) -> Iterator[Found]:
        """Every secret of this class in the text."""
        haystack: str = getattr(views, self.view)
        for trigger in self.triggers:
            at = haystack.find(trigger)
            while at >= 0:
                found = self._at(views.text, at)
                if found:
                    yield found
                at = haystack.find(trigger, max(found.end if found else 0, at + 1))

    def _at(self, text: str, at: int) -> Found | None:
        match = self.pattern.match(text, at)
        if match is None:
            return None
        start, end = match.span(match.lastindex or 0)
        if self.check is not None and not self.check(text[start:end]):
            return None
        return Found(start, end, self.kind, self.rank)


_NOT_SECRET = frozenset(
    ["null", "none", "nil", "true", "false", "undefined", "empty", "required", "missing", "invalid", "incorrect", "wrong", "expired", "failed", "accepted", "rejected", "changed", "reset", "unknown", "denied", "error", "disabled", "enabled", "string", "hidden", "masked", "redacted", "removed"]
)
_ASSIGN = r"""["'\])]{0,2}[ \t]{0,2}(?:=>|[=:])[ \t]{0,2}"""
_VALUE = r"""(?:"((?:[^"\\\n<>]|\\.){3,500}+)"|'((?:[^'\\\n<>]|\\.){3,500}+)'|([^\s"'&,;<>(){}\[\]|]{3,500}))"""
_SECRET_WORDS = ("passw", "pwd", "pw=", "pw:", "passphrase", "passcode", "secret", "token", "api_key", "apikey", "api-key",
                 "access_key", "access-key", "accesskey", "private_key", "credential", "signature", "sessid",
                 "sessionid", "session_id", "session-id", "auth_key", "authkey")  # fmt: skip


def _is_password(value: str) -> bool:
    low = value.lower().rstrip(".,!")
    return low not in _NOT_SECRET and bool(set(low) - set("*x.-_#"))


def _is_token(value: str) -> bool:
    if not _is_password(value) or len(value) < 6:
        return False
    return len(value) >= 20 or (any(letter.isdigit() for letter in value) and not value.isdigit()) or len(value) > 11


def _is_cookie(value: str) -> bool:
    return "=" in value


def _is_phone(value: str) -> bool:
    return 8 <= sum(letter.isdigit() for letter in value) <= 15


_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}|6(?:011|5\d\d)\d{12}"
)


def is_card(value: str) -> bool:
    """A card number of a known issuer range that passes the Luhn check (ISO/IEC 7812-1, annex B)."""
    digits = "".join(letter for letter in value if letter.isdigit())
    if not _CARD.fullmatch(digits):
        return False
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def is_iban(value: str) -> bool:
    """An account number whose check digits hold (ISO 13616, MOD 97-10)."""
    compact = value.replace(" ", "")
    if not 15 <= len(compact) <= 34 or not compact.isalnum() or not compact.isascii():
        return False
    return int("".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])) % 97 == 1


def _is_social(value: str) -> bool:
    return value[:3] not in {"000", "666"} and value[0] != "9" and value[4:6] != "00" and value[7:] != "0000"


def is_address(value: str) -> bool:
    """An address of a machine; loopback and "any" name nobody."""
    if ":" not in value:
        parts = value.split(".")
        return len(parts) == 4 and all(part and int(part) < 256 for part in parts) and parts[0] not in {"0", "127"}
    try:
        address = ipaddress.IPv6Address(value)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


_PREFIXES = {
    "AKIA": r"[0-9A-Z]{16}", "ASIA": r"[0-9A-Z]{16}", "ghp_": r"\w{30,255}", "gho_": r"\w{30,255}", "ghs_": r"\w{30,255}",
    "ghu_": r"\w{30,255}", "github_pat_": r"\w{22,255}", "glpat-": r"[\w-]{20,255}", "xoxb-": r"[\w-]{10,255}",
    "xoxp-": r"[\w-]{10,255}", "xoxa-": r"[\w-]{10,255}", "xoxs-": r"[\w-]{10,255}", "sk_live_": r"\w{10,255}",
    "sk_test_": r"\w{10,255}", "rk_live_": r"\w{10,255}", "AIza": r"[\w-]{35}", "ya29.": r"[\w-]{20,512}",
    "npm_": r"\w{36}", "pypi-": r"[\w-]{32,512}", "SG.": r"[\w-]{16,64}\.[\w-]{16,64}", "hf_": r"\w{30,64}",
    "whsec_": r"[\w+/=-]{16,256}", "dop_v1_": r"[0-9a-f]{64}", "eyJ": r"[\w-]{8,8000}\.[\w-]{4,16000}\.[\w-]{0,2000}",
    "sk-": r"[\w-]{32,256}",
}  # fmt: skip
_ORDINARY = r"(?<![A-Za-z0-9_])"

DETECTORS: tuple[Detector, ...] = (
    Detector("key", 0, "text", ("-----BEGIN ",), re.compile(
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]{0,16000}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"|(?:\s{0,4}(?:\\n)?[A-Za-z0-9+/=]{4,200}+(?![ :])){0,400}+)")),
    Detector("token", 1, "lower", ("authorization",), re.compile(
        rf"(?i)authorization{_ASSIGN}[\"']?(?:(?:basic|bearer|digest|negotiate|token|apikey|hmac)[ \t]{{1,3}})?+([^\s\"'<>]{{4,8000}})")),
    Detector("token", 2, "lower", ("bearer ",), re.compile(r"(?i)bearer[ \t]{1,3}([\w.~+/=-]{8,8000})"), _is_token),
    Detector("cookie", 1, "lower", ("cookie",), re.compile(
        rf"(?i)cookie2?{_ASSIGN}(?:\"([^\"\n<>]{{3,8000}})|([^\r\n\"<>]{{3,8000}}))"), _is_cookie),
    Detector("password", 2, "text", ("://",), re.compile(r"://[^\s/:@<>\"']{0,100}:([^\s/@<>\"']{1,200})@")),
    *(Detector("token", 3, "text", (prefix,), re.compile(_ORDINARY + re.escape(prefix) + rest + r"(?![A-Za-z0-9])"))
      for prefix, rest in _PREFIXES.items()),
    *(Detector("password" if word.startswith(("pass", "pw")) else "token", 4, "lower", (word,), re.compile(
        rf"(?i){re.escape(word.rstrip('=:'))}[\w-]{{0,24}}{_ASSIGN}{_VALUE}"), _is_password if word.startswith(("pass", "pw")) else _is_token)
      for word in _SECRET_WORDS),
    Detector("password", 4, "lower", ("--passw", "--token", "--secret"), re.compile(
        r"(?i)--(?:password|passwd|token|secret)[ \t]{1,3}[\"']?([^\s\"'<>-][^\s\"'<>]{2,300})"), _is_password),
    Detector("card", 5, "digits", ("0000 0000 0000 0", "0000-0000-0000-0", "0000 000000 0000", "0000000000000"), re.compile(
        r"(?<![\w.-])\d(?:[ -]?\d){12,18}+(?![\w-])"), is_card),
    Detector("id", 6, "digits", ("000-00-0000",), re.compile(r"(?<![\w-])\d{3}-\d\d-\d{4}(?![\w-])"), _is_social),
    Detector("id", 6, "lower", ("ssn", "passport", "national id", "national_id", "tax id", "tax_id", "nino", "steuer-id"), re.compile(
        rf"(?i)[a-z_ -]{{3,16}}?(?:no|nr|number|num)?\.?{_ASSIGN}[\"']?([A-Z0-9](?:[ -]?[A-Z0-9]){{6,17}})(?![\w-])"),
        lambda value: any(letter.isdigit() for letter in value)),
    Detector("phone", 7, "text", ("+",), re.compile(r"(?<![\w+.])\+[1-9](?:[ ().-]{0,2}\d){7,14}+(?![\w-])"), _is_phone),
    Detector("phone", 7, "digits", ("000-000-0000", "(000) 000-0000", "000.000.0000"), re.compile(
        r"(?<![\w.-])(?:\d{3}[-.]|\(\d{3}\) )\d{3}[-.]\d{4}(?![\w.-])")),
    Detector("phone", 7, "lower", ("phone", "tel:", "tel.", "tel=", "mobile", "fax"), re.compile(
        r"(?i)[a-z]{3,6}[a-z_]{0,8}[\"']?\.?[ \t]{0,2}[:=]?[ \t]{0,2}[\"']?(\+?\(?\d(?:[ ()./-]{0,2}\d){7,14}+)(?![\w-])"), _is_phone),
)  # fmt: skip

_DOTS = re.compile(r"\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w-]|\.\d)")
_VERSION = re.compile(r"(?i)v(?:er(?:sion)?)?[ .=:]{0,2}\Z")
_COLONS = re.compile(r":(?:[0-9a-fA-F]{0,4}:){3}|::[0-9a-fA-F]")
_V6 = re.compile(r"[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}+(?![\w:])")
_DOMAIN = re.compile(r"@((?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})(?![\w@-])")
_IBAN = re.compile(r"[A-Z]{2}\d\d(?:[ ]?[A-Z0-9]{4}){2,7}+(?:[ ]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")


def find_mails(text: str) -> Iterator[Found]:
    """Mail addresses (RFC 5321 §4.1.2, the forms that occur)."""
    at = text.find("@")
    while at >= 0:
        right = _DOMAIN.match(text, at)
        if right:
            start = _back(text, at, "._%+'-", 64)
            if start < at and not (text[start - 1 : start] == ":" and "://" in text[max(0, start - 110) : start]):
                yield Found(start, right.end(), "email", 6)
        at = text.find("@", at + 1)


def find_addresses(text: str) -> Iterator[Found]:
    """IPv4 addresses, and IPv6 addresses in any of their forms (RFC 4291 §2.2)."""
    for match in _DOTS.finditer(text):
        start = _back(text, match.start(), "", 4)
        value = text[start : match.end()]
        before = text[max(0, start - 9) : start]
        if (
            value[0].isdigit()
            and value.replace(".", "").isdecimal()
            and is_address(value)
            and before[-1:] not in {".", "-", "_"}
            and not _VERSION.search(before)
        ):
            yield Found(start, match.end(), "address", 8)
    for match in _COLONS.finditer(text):
        start = _back(text, match.start(), ":", 40)
        whole = _V6.match(text, start)
        if whole and is_address(whole.group()):
            yield Found(start, whole.end(), "address", 8)


def find_accounts(text: str) -> Iterator[Found]:
    """International bank account numbers."""
    for match in _IBAN.finditer(text):
        value = match.group()
        while value and not is_iban(value):
            value = value.rpartition(" ")[0]
        if value and not text[match.start() - 1 : match.start()].isalnum():
            yield Found(match.start(), match.start() + len(value), "account", 5)


def _back(text: str, at: int, marks: str, most: int) -> int:
    """Where the run of letters, digits and `marks` that ends at `at` begins; at most `most` characters back."""
    start = at
    while start > max(0, at - most) and (text[start - 1].isalnum() or text[start - 1] in marks):
        start -= 1
    return start
