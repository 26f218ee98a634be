"""Mail addresses, addresses of machines and account numbers: found from a mark they all have, then widened."""

import re
from collections.abc import Iterator

from tierline.work.diagnosis.rules.checks import is_address, is_iban
from tierline.work.diagnosis.rules.detectors import Found

_DOMAIN = re.compile(r"@((?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})(?![\w@-])")
_DOTS = re.compile(r"\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\w|\.\d|-(?!\d{1,3}\.\d{1,3}\.))")  # `10.1.2.3-10.1.2.9` is two
_VERSION = re.compile(r"(?i)v(?:er(?:sion)?)?[ .=:]{0,2}\Z")
_COLONS = re.compile(r":(?:[0-9a-fA-F]{0,4}:){3}|::[0-9a-fA-F]")
_V6 = re.compile(r"[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}+(?![\w:])")
_IBAN = re.compile(r"[A-Z]{2}\d\d(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_LOCAL_PART = 64  # characters at most (RFC 5321 §4.5.3.1.1)
_URL_BEFORE = 110  # characters in which the `://` of a URL with a password stands


def find_mails(text: str) -> Iterator[Found]:
    """Mail addresses (RFC 5321 §4.1.2, the forms that occur); `user:password@host` of a URL is none."""
    at = text.find("@")
    while at >= 0:
        right = _DOMAIN.match(text, at)
        if right:
            start = _back(text, at, "._%+'-", _LOCAL_PART)
            in_url = text[start - 1 : start] == ":" and "://" in text[max(0, start - _URL_BEFORE) : start]
            if start < at and not in_url:
                yield Found(start, right.end(), "email", 6)
        at = text.find("@", at + 1)


def find_addresses(text: str) -> Iterator[Found]:
    """IPv4 addresses, and IPv6 addresses in any of their forms (RFC 4291 §2.2); versions are none."""
    for match in _DOTS.finditer(text):
        start = _back(text, match.start(), "", 4)
        before = text[max(0, start - 9) : start]
        part_of_name = before[-1:] == "." or (before[-1:] == "-" and not before[-2:-1].isdigit())
        if not part_of_name and is_address(text[start : match.end()]) and not _VERSION.search(before):
            yield Found(start, match.end(), "address", 8)
    for match in _COLONS.finditer(text):
        start = _back(text, match.start(), ":", 40)
        whole = _V6.match(text, start)
        if whole and is_address(whole.group()):
            yield Found(start, whole.end(), "address", 8)


def find_accounts(text: str) -> Iterator[Found]:
    """International bank account numbers (ISO 13616)."""
    for match in _IBAN.finditer(text):
        value = match.group()
        while value and not is_iban(value):
            value = value.rpartition(" ")[0]
        if value and not text[match.start() - 1 : match.start()].isalnum():
            yield Found(match.start(), match.start() + len(value), "account", 5)


def _back(text: str, at: int, marks: str, most: int) -> int:
    """Where the run of letters, digits and `marks` that ends at `at` begins; at most `most` characters back."""
    start, least = at, max(0, at - most)
    while start > least and (text[start - 1].isalnum() or text[start - 1] in marks):
        start -= 1
    return start
