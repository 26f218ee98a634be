"""Whether something that looks like a secret is one: check digits, issuer ranges, words that are no secret."""

# ruff: noqa: PLR2004 (lengths and remainders that standards and issuers fix)

import ipaddress
import re
from functools import lru_cache

_NO_SECRET = frozenset({
    "null", "none", "nil", "true", "false", "undefined", "empty", "required", "missing", "invalid", "incorrect",
    "wrong", "expired", "failed", "accepted", "rejected", "changed", "reset", "unknown", "denied", "error",
    "disabled", "enabled", "string", "hidden", "masked", "redacted", "removed",
})  # fmt: skip
_FILLERS = set("*x.-_#")
_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}|6(?:011|5\d\d)\d{12}"
)

_DAY = re.compile(r"(?:19|20)\d\d[-./][01]?\d[-./][0-3]?\d|[0-3]?\d[./][01]?\d[./](?:19|20)?\d\d(?!\d)")


def is_password(value: str) -> bool:
    """Not a word that says something about a password, and not already starred out."""
    low = value.lower().rstrip(".,!")
    return low not in _NO_SECRET and bool(set(low) - _FILLERS)


def is_mixed(value: str) -> bool:
    """What a sentence calls a password: no plain word ("is wrong"), but one with figures, signs or capitals inside."""
    word = value.rstrip(".,!?;:)")
    return is_password(word) and len(word) >= 4 and not (word.isalpha() and word[1:].islower())


def is_shared(value: str) -> bool:
    """The password of `user:password`; two numbers are a user and a group."""
    return is_password(value) and not value.isdigit()


def is_token(value: str) -> bool:
    """Long, or mixed of letters and digits: an ordinary word or a plain number is no token."""
    if not is_password(value) or len(value) < 6 or value.isdigit():
        return False
    return len(value) >= 12 or any(letter.isdigit() for letter in value)


def is_jwt(value: str) -> bool:
    """A JSON Web Token (RFC 7515 §3.1, RFC 7516 §3.1), perhaps cut short: a head and at least a piece of the rest."""
    return len(value.partition(".")[2].partition(".")[0]) >= 4


def is_cookie(value: str) -> bool:
    """RFC 6265 §4.1: pairs of name and value."""
    return "=" in value


def is_phone(value: str) -> bool:
    """8 to 15 digits (ITU-T E.164 allows 15)."""
    return 8 <= sum(letter.isdigit() for letter in value) <= 15


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


def is_social(value: str) -> bool:
    """A United States social security number in a range that is given out."""
    return value[:3] not in {"000", "666"} and value[0] != "9" and value[4:6] != "00" and value[7:] != "0000"


def is_identity(value: str) -> bool:
    """An id number holds at least five figures, and is no day."""
    return sum(letter.isdigit() for letter in value) >= 5 and _DAY.match(value) is None


@lru_cache(maxsize=4_096)
def is_address(value: str) -> bool:
    """An address of a machine (IPv4, or IPv6 by RFC 4291 §2.2); loopback and "any" name nobody."""
    if ":" not in value:
        parts = value.split(".")
        if len(parts) != 4 or not all(part.isdecimal() and len(part) <= 3 for part in parts):
            return False
        return all(int(part) < 256 for part in parts) and parts[0] not in {"0", "127"}
    try:
        address = ipaddress.IPv6Address(value)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)
