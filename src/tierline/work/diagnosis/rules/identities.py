"""Numbers that states give people: which ones hold their check digits, so that they are known without a name.

Each rule is the one its authority publishes; what has no check digit is known by the words before it only.
"""

# ruff: noqa: PLR2004 (lengths, weights and remainders that authorities fix)

import re
from collections import Counter
from collections.abc import Callable, Sequence

_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_CF_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip
_VERHOEFF_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_SEPARATORS = str.maketrans("", "", " .-/+")


def is_numbered(value: str) -> bool:
    """Whether the value, however it is grouped, is the number of a person in one of the countries below."""
    compact = value.translate(_SEPARATORS).upper()
    if len(set(compact)) == 1:
        return False
    return any(form.fullmatch(compact) and holds(compact) for form, holds in _NUMBERS)


def is_dated(value: str) -> bool:
    """Swedish and Finnish numbers, Danish and Korean ones: a day of birth before the dash, and a check that holds."""
    compact = value.translate(_SEPARATORS).upper()
    return _is_swedish(compact) or _is_korean(compact)


def is_codice_fiscale(value: str) -> bool:
    """Italy: the sixteenth sign follows from the others (decree of 23 December 1976)."""
    odd, even = value[:15:2], value[1:15:2]
    total = sum(_CF_ODD[sign] for sign in odd) + sum(int(sign) if sign.isdigit() else ord(sign) - 65 for sign in even)
    return chr(65 + total % 26) == value[15]


def is_chinese(value: str) -> bool:
    """China: a day of birth inside, and a check digit by ISO 7064 MOD 11-2 (GB 11643)."""
    if not re.fullmatch(r"\d{6}(?:19|20)\d{9}[\dX]", value) or not _is_day(value[10:14]):
        return False
    return "10X98765432"[sum(int(sign) * 2 ** (17 - at) for at, sign in enumerate(value[:17])) % 11] == value[17]


def is_cpf(value: str) -> bool:
    """Brazil: two check digits, MOD 11."""
    digits = _digits(value)
    if len(set(digits)) == 1:
        return False
    return all(
        sum(one * (count + 1 - at) for at, one in enumerate(digits[:count])) * 10 % 11 % 10 == digits[count]
        for count in (9, 10)
    )


def is_ahv(value: str) -> bool:
    """Switzerland: an EAN-13 that begins with 756."""
    digits = _digits(value)
    return value.startswith("756") and sum(one * (1 + at % 2 * 2) for at, one in enumerate(digits)) % 10 == 0


def is_nir(value: str) -> bool:
    """France: thirteen signs and 97 minus their remainder; Corsica's 2A and 2B count as 19 and 18."""
    body = value[:13].replace("2A", "19").replace("2B", "18")
    return body.isdigit() and value[0] in "12378" and 97 - int(body) % 97 == int(value[13:])


def is_belgian(value: str) -> bool:
    """Belgium: 97 minus the remainder of nine digits, with a 2 before them for who was born from 2000 on."""
    body, check = value[:9], int(value[9:])
    return _is_day(value[2:6]) and check in (97 - int(body) % 97, 97 - int(f"2{body}") % 97)


def _is_spanish(value: str) -> bool:
    body = value[:-1].translate(str.maketrans("XYZ", "012"))
    return _DNI[int(body) % 23] == value[-1]


def _is_dutch(value: str) -> bool:
    total = sum(one * (9 - at) for at, one in enumerate(_digits(value)[:8])) - int(value[8])
    return int(value) > 0 and total % 11 == 0


def _is_german(value: str) -> bool:
    """A tax number (§ 139b AO): one digit of the first ten comes twice or three times; ISO 7064 MOD 11,10."""
    if value[0] == "0" or max(Counter(value[:10]).values()) not in (2, 3):
        return False
    product = 10
    for one in _digits(value)[:10]:
        product = ((one + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(value[10])


def _is_polish(value: str) -> bool:
    return sum(
        one * weight for one, weight in zip(_digits(value), (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), strict=True)
    ) % 10 == 0 and (1 <= int(value[4:6]) <= 31)


def _is_norwegian(value: str) -> bool:
    digits = _digits(value)
    return _weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) and _weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))


def _is_finnish(value: str) -> bool:
    figures = value[:6] + value[-4:-1]
    return _HETU[int(figures) % 31] == value[-1]


def _is_swedish(value: str) -> bool:
    return re.fullmatch(r"(?:19|20)?\d{10}", value) is not None and _is_day(value[-8:-4]) and is_luhn(value[-10:])


def _is_korean(value: str) -> bool:
    if not re.fullmatch(r"\d{13}", value) or not _is_day(value[2:6]) or value[6] not in "12345678":
        return False
    total = sum(one * weight for one, weight in zip(_digits(value), (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=False))
    return (11 - total % 11) % 10 == int(value[12])


def _is_indian(value: str) -> bool:
    """Aadhaar: Verhoeff's check."""
    check = 0
    for at, sign in enumerate(reversed(value)):
        digit = int(sign)
        for _ in range(at % 8):
            digit = _VERHOEFF_TURN[digit]
        check = _product(check, digit)
    return value[0] not in "01" and check == 0


def _product(a: int, b: int) -> int:
    """In the group of the ten ways to turn and turn over a pentagon."""
    if a < 5:
        return (a + b) % 5 if b < 5 else (a + b) % 5 + 5
    return (a - b) % 5 + 5 if b < 5 else (a - b) % 5


def _is_nhs(value: str) -> bool:
    return _weighted(_digits(value), (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)) and len(set(value)) > 1


def _is_turkish(value: str) -> bool:
    digits = _digits(value)
    tenth = (sum(digits[0:9:2]) * 7 - sum(digits[1:8:2])) % 10
    return tenth == digits[9] and sum(digits[:10]) % 10 == digits[10]


def is_luhn(value: str) -> bool:
    """The Luhn check (ISO/IEC 7812-1, annex B)."""
    doubled = [one * (1 + at % 2) for at, one in enumerate(reversed(_digits(value)))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def _weighted(digits: Sequence[int], weights: Sequence[int]) -> bool:
    return sum(one * weight for one, weight in zip(digits, weights, strict=False)) % 11 == 0


def _is_day(month_and_day: str) -> bool:
    return 1 <= int(month_and_day[:2]) <= 12 and 1 <= int(month_and_day[2:]) <= 31


def _digits(value: str) -> list[int]:
    return [int(sign) for sign in value if sign.isdigit()]


_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (re.compile(form), holds)
    for form, holds in (
        (r"\d{11}", is_cpf),
        (r"756\d{10}", is_ahv),
        (r"[1-8]\d{2}[0-9]{2}(?:\d{2}|2[AB])\d{8}", is_nir),
        (r"\d{11}", is_belgian),
        (r"(?:\d{8}|[XYZ]\d{7})[A-Z]", _is_spanish),
        (r"\d{9}", _is_dutch),
        (r"\d{11}", _is_german),
        (r"\d{11}", _is_polish),
        (r"\d{11}", _is_norwegian),
        (r"\d{6}[A-FU-Y]?\d{3}[0-9A-Y]", lambda value: value[-1] in _HETU and _is_finnish(value)),
        (r"(?:19|20)?\d{10}", _is_swedish),
        (r"\d{13}", _is_korean),
        (r"\d{12}", _is_indian),
        (r"\d{10}", _is_nhs),
        (r"\d{11}", _is_turkish),
        (r"\d{9}", is_luhn),  # Canada
        (r"\d{17}[\dX]", is_chinese),
        (r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", is_codice_fiscale),
        (r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", bool),  # United Kingdom: no check digit, but a form
    )
)
