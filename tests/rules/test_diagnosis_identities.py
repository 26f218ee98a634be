"""Numbers of persons: those that authorities publish as examples hold, and one figure changed does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.diagnosis.rules import identities
from tierline.work.diagnosis.rules.redact import Redactor

# country, an example that its authority or the standard gives
EXAMPLES = [
    ("Brazil", "529.982.247-25"),
    ("Switzerland", "756.9217.0769.85"),
    ("Netherlands", "111222333"),
    ("Spain", "12345678Z"),
    ("Spain, foreigners", "X-1234567-L"),
    ("Germany", "86095742719"),
    ("Germany, three alike", "47036892816"),
    ("France", "2 55 08 14 168 025 38"),
    ("Poland", "44051401359"),
    ("Norway", "13097248022"),
    ("Finland", "131052-308T"),
    ("Sweden", "811218-9876"),
    ("Sweden, with the century", "19811218-9876"),
    ("India", "9999 4105 7058"),
    ("England", "943 476 5919"),
    ("Turkey", "10000000146"),
    ("Canada", "046 454 286"),
    ("China", "11010519491231002X"),
    ("Italy", "RSSMRA85T10A562S"),
    ("Belgium", "85.07.30-033.28"),
    ("United Kingdom", "QQ 12 34 56 C".replace("QQ", "AB")),
]


@pytest.mark.parametrize(("country", "number"), EXAMPLES, ids=[country for country, _ in EXAMPLES])
def test_an_example_of_the_authority_holds(country: str, number: str) -> None:
    assert identities.is_numbered(number), country


@pytest.mark.parametrize(
    "number",
    [
        "",
        "0",
        "12345",
        "000000000",
        "00000000000",
        "11111111111",
        "2026-11-23",
        "x" * 40,
        "12345678A",
        "756.9217.0769.84",
    ],
)
def test_what_is_none_is_refused(number: str) -> None:
    assert not identities.is_numbered(number)


@pytest.mark.parametrize(
    ("number", "holds"),
    [
        ("529.982.247-25", identities.is_cpf),
        ("7569217076985", identities.is_ahv),
        ("11010519491231002X", identities.is_chinese),
        ("046454286", identities.is_luhn),
        ("85073003328", identities.is_belgian),
        ("255081416802538", identities.is_nir),
    ],
)
def test_one_figure_changed_is_noticed(number: str, holds: object) -> None:
    assert callable(holds)
    assert holds(number)
    for at, sign in enumerate(number):
        if sign.isdigit():
            other = number[:at] + str((int(sign) + 1) % 10) + number[at + 1 :]
            assert not holds(other), other


def test_the_letter_of_a_tax_code_follows_from_the_rest() -> None:
    assert identities.is_codice_fiscale("RSSMRA85T10A562S")
    assert not any(identities.is_codice_fiscale(f"RSSMRA85T10A562{sign}") for sign in "ABCDEFGHIJKLMNOPQRTUVWXYZ")


@given(st.text(max_size=40))
def test_anything_is_answered(text: str) -> None:
    assert identities.is_numbered(text) in {True, False}
    assert identities.is_dated(text) in {True, False}


@given(st.integers(0, 10**18 - 1))
def test_figures_alone_are_rarely_a_persons(number: int) -> None:
    """Eighteen figures are one only with a day of birth inside and a check digit."""
    value = f"{number:018d}"
    assert not identities.is_chinese(value) or (value[6:8] in {"19", "20"} and 1 <= int(value[10:12]) <= 12)


# what is written, what must be gone
WRITTEN = [
    ("Steuer-ID 86095742719", "86095742719"),
    ("steuerid=86095742719;", "86095742719"),
    ("CPF 529.982.247-25", "529.982.247-25"),
    ("client 529.982.247-25 found", "529.982.247-25"),
    ("cpf=52998224725", "52998224725"),
    ("AHV-Nr. of 756.9217.0769.85", "756.9217.0769.85"),
    ("bsn: 111222333", "111222333"),
    ('{"dni": "12345678Z"}', "12345678Z"),
    ("NIE no. X1234567L", "X1234567L"),
    ("personnummer 811218-9876", "811218-9876"),
    ("user 811218-9876 logged in", "811218-9876"),
    ("CF RSSMRA85T10A562S", "RSSMRA85T10A562S"),
    ("passport no. C01X25784", "C01X25784"),
    ("Reisepass: C01X25784", "C01X25784"),
    ("Aadhaar 9999 4105 7058", "4105"),
    ("NINO: AB 12 34 56 C", "12 34 56 C"),
    ("pesel 44051401359", "44051401359"),
    ("NIR 255081416802538", "255081416802538"),
    ("rijksregisternummer 85.07.30-033.28", "033.28"),
    ("social security number is 219-09-9999", "219-09-9999"),
    ("driver's license D1234567", "D1234567"),
    ("id 11010519491231002X", "11010519491231002X"),
]


@pytest.mark.parametrize(("text", "secret"), WRITTEN, ids=[text for text, _ in WRITTEN])
def test_a_number_is_masked_where_it_is_written(text: str, secret: str) -> None:
    redactor = Redactor()
    shown = redactor.redact(f"2026-11-23 10:04:02 INFO app: {text}")
    assert secret not in shown
    assert redactor.masked["id"] == 1
    assert shown.startswith("2026-11-23 10:04:02 INFO app: ")


ORDINARY = [
    "passport strategy failed after 3 tries",
    "passport expires 2026-11-23",
    "tax identity of module 12 is unknown",
    "nie 5000 mal versucht",
    "network sin 16384 cos 32768",
    "net.niff.up 1111072255 1",
    "syntax id 123456789012",
    "job 123456-1234 is done",
    "block 000000-0000 read",
    "segment 20261399-1234",
    "snowflake 184467440737095516",
    "version 10.20.30-400.50",
    "tin whistle 42",
    "national identity provider is down",
]


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_lines_keep_their_figures(line: str) -> None:
    redactor = Redactor()
    assert redactor.redact(line) == line


def test_one_number_has_one_name_however_it_is_grouped() -> None:
    shown = Redactor().redact("cpf=52998224725\nclient 529.982.247-25").split("\n")
    assert shown == ["cpf=<id-1>", "client <id-1>"]
