"""Mail addresses, addresses of machines and account numbers: found from a mark they all have, then widened."""

import re
from collections.abc import Iterator

from tierline.core.plugins.contracts import Secret, SecretText
from tierline.work.diagnosis.rules.checks import is_address, is_iban
from tierline.work.diagnosis.rules.identities import is_codice_fiscale

_DOMAIN = re.compile(r"@((?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})(?![\w@-])")
_ESCAPED = re.compile(r"(?<![\w.%+-])[\w.+-]{1,64}+%40(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")  # in an address
_DOTS = re.compile(r"\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\w|\.\d|-(?!\d{1,3}\.\d{1,3}\.))")  # `10.1.2.3-10.1.2.9` is two
_VERSION = re.compile(r"(?i)v(?:er(?:sion)?)?[ .=:]{0,2}\Z")
_COLONS = re.compile(r":(?:[0-9a-fA-F]{0,4}:){3}|::[0-9a-fA-F]")
_V6 = re.compile(r"[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}+(?![\w:])")
_IBAN = re.compile(r"[A-Z]{2}\d\d(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_COUNTRY = re.compile(r"(?m)(?<![A-Za-z0-9])[A-Z]{2}00(?=[A-Z0]{4}|$)")  # and two check digits, in the view of digits
_TAX_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z](?![A-Za-z0-9])")
_LOCAL_PART = 64  # characters at most (RFC 5321 §4.5.3.1.1)
_URL_BEFORE = 110  # characters in which the `://` of a URL with a password stands


def find_mails(views: SecretText) -> Iterator[Secret]:
    """Mail addresses (RFC 5321 §4.1.2, the forms that occur); `user:password@host` of a URL is none."""
    text = views.text
    at = text.find("@") if "@" in views.words else -1
    while at >= 0:
        right = _DOMAIN.match(text, at)
        if right:
            start = _back(text, at, "._%+'-", _LOCAL_PART)
            in_url = text[start - 1 : start] == ":" and "://" in text[max(0, start - _URL_BEFORE) : start]
            if start < at and not in_url:
                yield Secret(start, right.end(), 6, text[start : right.end()].lower())
        at = text.find("@", at + 1)
    if views.may_hold("%40", "text"):
        for match in _ESCAPED.finditer(text):
            yield Secret(match.start(), match.end(), 6, match.group().replace("%40", "@").lower())


def find_addresses(views: SecretText) -> Iterator[Secret]:
    """IPv4 addresses, and IPv6 addresses in any of their forms (RFC 4291 §2.2); versions are none."""
    text = views.text
    for match in _DOTS.finditer(text) if _DOTS.search(views.words) else ():
        dot = match.start()
        head = text[max(0, dot - 12) : dot]
        before = head.rstrip("0123456789")
        start = dot - len(head) + len(before)
        if not _is_name(before) and is_address(text[start : match.end()]) and not _is_version(before):
            yield Secret(start, match.end(), 8)
    for match in _COLONS.finditer(text) if _COLONS.search(views.words) else ():
        start = _back(text, match.start(), ":", 40)
        whole = _V6.match(text, start)
        if whole and is_address(whole.group()):
            yield Secret(start, whole.end(), 8)


def find_tax_codes(views: SecretText) -> Iterator[Secret]:
    """Italian tax codes, which look like nothing else."""
    if _TAX_CODE.search(views.words):
        for match in _TAX_CODE.finditer(views.text):
            if is_codice_fiscale(match.group()):
                yield Secret(match.start(), match.end(), 6)


def find_accounts(views: SecretText) -> Iterator[Secret]:
    """International bank account numbers (ISO 13616)."""
    for country in sorted(set(_COUNTRY.findall(views.words))):
        at = views.digits.find(country)
        while at >= 0:
            match = None if views.text[at - 1 : at].isalnum() else _IBAN.match(views.text, at)
            value = _account(match.group()) if match else ""
            if value:
                yield Secret(at, at + len(value), 5, value.replace(" ", ""))
            at = views.digits.find(country, at + max(len(value), 1))


def _is_name(before: str) -> bool:
    """Whether what stands before figures makes them a part of something else than an address."""
    last = before[-1:]
    return last.isalnum() or last == "." or (last == "-" and not before[-2:-1].isdigit())


def _is_version(before: str) -> bool:
    return "v" in before.lower() and _VERSION.search(before) is not None


def _account(value: str) -> str:
    """The longest beginning whose check digits hold; words of the text may follow a number in groups."""
    while value and not is_iban(value):
        value = value.rpartition(" ")[0]
    return value


def _back(text: str, at: int, marks: str, most: int) -> int:
    """Where the run of letters, digits and `marks` that ends at `at` begins; at most `most` characters back."""
    start, least = at, max(0, at - most)
    while start > least and (text[start - 1].isalnum() or text[start - 1] in marks):
        start -= 1
    return start
