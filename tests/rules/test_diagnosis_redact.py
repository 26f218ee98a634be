"""What is masked, what is not, and that equal secrets get equal names."""

import re
import time

import pytest

from tierline.work.diagnosis.rules.checks import is_address, is_card, is_iban
from tierline.work.diagnosis.rules.redact import CLASSES, Redactor

KEY = (
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIIEowIBAAKCAQEAxGbyPpdR2pVtAfkeFakeFakeFakeFakeFakeFakeFakeFake\n"
    "q1aFakeFakeFakeFake==\n"
    "-----END RSA PRIVATE KEY-----"
)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"

# class, a text, what must be gone
SECRETS = [
    ("password", "login user=bob password=hunter22 ok", "hunter22"),
    ("password", 'config {"password": "my pass word", "user": "bob"}', "my pass word"),
    ("password", 'config {"password": "a\\"b c"}', 'a\\"b c'),
    ("password", "DB_PASSWORD='s3cret!'", "s3cret!"),
    ("password", "passwd: Tr0ub4dor", "Tr0ub4dor"),
    ("password", "pwd=letmein;server=x", "letmein"),
    ("password", "the new pw: swordfish", "swordfish"),
    ("password", "curl --password swordfish https://x.example", "swordfish"),
    ("password", "connect postgres://app:s3cret@db.example/desk", "s3cret"),
    ("password", "PASSWORD => 'geheim99'", "geheim99"),
    ("password", '{"text": "{\\"password\\": \\"hunter22\\"}"}', "hunter22"),
    ("token", r"{\"api_key\":\"9f8e7d6c5b4a3210\"}", "9f8e7d6c5b4a3210"),
    ("token", "GET /x?access_token=abc123def456&x=1", "abc123def456"),
    ("token", "api_key: 9f8e7d6c5b4a3210", "9f8e7d6c5b4a3210"),
    ("token", "X-Api-Key=9f8e7d6c5b4a3210", "9f8e7d6c5b4a3210"),
    ("token", "client_secret=Zm9vYmFyYmF6cXV4", "Zm9vYmFyYmF6cXV4"),
    ("token", "JSESSIONID=1A2B3C4D5E6F7890", "1A2B3C4D5E6F7890"),
    ("token", f"jwt {JWT} seen", JWT),
    ("token", f"Authorization: Bearer {JWT}", JWT),
    ("token", "authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("token", '"Authorization": "Token 0123456789abcdef"', "0123456789abcdef"),
    ("token", "upload, bearer abcdef0123456789", "abcdef0123456789"),
    ("token", "key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
    ("token", "push with ghp_0123456789abcdefghijABCDEFGHIJ012345", "ghp_0123456789"),
    ("token", "slack xoxb-123456789012-abcdefghij", "xoxb-123456789012"),
    ("token", "hook whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8G"),
    (
        "token",
        "AccountName=x;AccountKey=qkWpCKUld5Rlpgs3n/JUPNoVFj3bHSxQ+d==;End",
        "qkWpCKUld5Rlpgs3n/JUPNoVFj3bHSxQ+d",
    ),
    (
        "token",
        "GET https://x.example/c?sv=2020&sig=B4E44ua6rZntbPuCI6zsNJqJCCTEnj24%3D&se=1",
        "B4E44ua6rZntbPuCI6zsNJqJ",
    ),
    ("token", "https://api.example/bot307669198:AAankjmsYAr4ItjbHFdyZG8L3sLjEViyMBc/getMe", "AAankjmsYAr4Itjb"),
    ("token", "one-time code 487954 sent", "487954"),
    ("token", "Your verification code is 123-456", "123-456"),
    ("token", "OTP: 48795", "48795"),
    ("token", "login hvs.CAESIJ4rT8sXfQabcdefghijklmnop", "CAESIJ4rT8sXfQ"),
    ("token", "shop shpat_0123456789abcdef0123456789abcdef", "0123456789abcdef"),
    ("password", "my password is yWf8Smphiz, thanks", "yWf8Smphiz"),
    ("password", "Das Kennwort lautet geheim-7", "geheim-7"),
    ("password", "curl -u admin:IPl8xpNaK8 https://x.example", "IPl8xpNaK8"),
    ("password", "curl --user 'admin:IPl8 xpN' https://x.example", "IPl8"),
    ("password", "sshpass -p Iu7lFB34yz ssh host", "Iu7lFB34yz"),
    ("password", "mysqldump --all -uroot -pIu7lFB34yz desk", "Iu7lFB34yz"),
    ("cookie", "curl -b 'sid=A8Fl9J7ZByxhV0T' https://x.example", "A8Fl9J7ZByxhV0T"),
    ("cookie", 'curl --cookie "sid=A8Fl9J7ZByxhV0T; b=1" https://x.example', "A8Fl9J7ZByxhV0T"),
    ("email", "GET /u?email=anna.muster%40field.example&x=1", "anna.muster"),
    ("phone", "Telefon: 030/0775988", "0775988"),
    ("phone", "Handy 0151 23456789", "23456789"),
    ("phone", "msisdn=004915123456789", "15123456789"),
    ("cookie", "Cookie: SID=31d4d96e407aad42; lang=en", "31d4d96e407aad42"),
    ("cookie", "set-cookie: sid=abc; Path=/; HttpOnly", "sid=abc"),
    ("key", KEY, "MIIEowIBAAKCAQEA"),
    ("email", "mail from anna.muster+x@mail.field.example failed", "anna.muster"),
    ("email", "<o'brien@field.example>", "brien@field"),
    ("phone", "call +49 40 1234567 please", "1234567"),
    ("phone", "call +1-555-123-4567.", "123-4567"),
    ("phone", "office (555) 123-4567", "123-4567"),
    ("phone", "555-123-4567 rang", "123-4567"),
    ("phone", "Tel: 040 / 1234 567", "1234 567"),
    ("phone", '"mobile": "0151 23456789"', "23456789"),
    ("address", "from 10.1.2.3:8080", "10.1.2.3"),
    ("address", "peer=192.168.17.4, up", "192.168.17.4"),
    ("address", "/10.10.34.11:51041", "10.10.34.11"),
    ("address", "fe80::1ff:fe23:4567:890a is up", "fe23"),
    ("address", "2001:db8:85a3:8d3:1319:8a2e:370:7348", "85a3"),
    ("card", "paid with 4111 1111 1111 1111 today", "1111 1111"),
    ("card", "pan=5500005555555559", "5500005555555559"),
    ("card", "amex 3782 822463 10005", "822463"),
    ("account", "IBAN DE89 3704 0044 0532 0130 00 is new", "0532"),
    ("account", "to GB29NWBK60161331926819.", "NWBK"),
    ("id", "ssn 219-09-9999 on file", "219-09"),
    ("id", "passport no: C01X00T478", "C01X00T478"),
]

KEPT = [
    "2026-11-23 10:04:02,123 INFO a.b.C: started in 12.345 seconds",
    "client version 5.2.1.12 on Ubuntu 24.04",
    "v10.20.30.40 of the firmware",
    "password: incorrect",
    "token=null, secret: missing, password=******",
    "Unexpected token } in JSON at position 12",
    "listening on 127.0.0.1 and ::1 and 0.0.0.0",
    "at 10:04:02:118 std::vector<int>::push_back",
    "epoch 1511234567890 and id 4111111111111112",
    "mac 00:11:43:e3:ba:c3",
    "ratio +12.5 % and offset +0200",
    "order 12345678901234567890 has 3 items",
    "see user@host and @param and a@b",
    "tokens: 512",
    "phone call lasted 12 minutes",
    "commit 9f8e7d6c5b4a32109f8e7d6c5b4a32109f8e7d6c",
]


@pytest.mark.parametrize(("kind", "text", "secret"), SECRETS)
def test_a_secret_is_masked_under_its_class(kind: str, text: str, secret: str) -> None:
    redactor = Redactor()
    safe = redactor.redact(text)
    assert secret not in safe
    assert f"<{kind}-1>" in safe
    assert redactor.counts()[kind] >= 1


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert Redactor().redact(text) == text


def test_only_the_secret_goes_and_its_context_stays() -> None:
    redact = Redactor().redact
    assert redact("user=bob password=hunter22 ok") == "user=bob password=<password-1> ok"
    assert redact("https://bob:s3cret@host.example/x") == "https://bob:<password-2>@host.example/x"
    assert redact("Authorization: Bearer abcdef012345 again") == "Authorization: Bearer <token-1> again"
    assert redact("10.1.2.3:8080 -> 10.1.2.4:22") == "<address-1>:8080 -> <address-2>:22"


def test_the_same_secret_has_the_same_name_in_every_line_and_file_of_a_bundle() -> None:
    redactor = Redactor()
    first = redactor.redact("from 10.1.2.3 user a@field.example\nfrom 10.1.2.4\nfrom 10.1.2.3")
    second = redactor.redact("a@field.example again from 10.1.2.3")
    assert first == "from <address-1> user <email-1>\nfrom <address-2>\nfrom <address-1>"
    assert second == "<email-1> again from <address-1>"
    assert redactor.counts() == {"address": 4, "email": 2}


def test_another_bundle_counts_anew_so_that_names_link_nothing() -> None:
    assert Redactor().redact("10.1.2.3") == Redactor().redact("10.9.9.9") == "<address-1>"


def test_redacting_twice_changes_nothing() -> None:
    redactor = Redactor()
    once = redactor.redact("\n".join(text for _, text, _ in SECRETS))
    assert redactor.redact(once) == once


def test_a_private_key_keeps_the_number_of_lines() -> None:
    text = f"before\n{KEY}\nafter"
    safe = Redactor().redact(text)
    assert safe.count("\n") == text.count("\n")
    assert safe.splitlines()[0] == "before"
    assert safe.splitlines()[-1] == "after"


def test_a_private_key_without_its_end_is_masked_too() -> None:
    safe = Redactor().redact(KEY.rpartition("\n")[0])
    assert "MIIE" not in safe
    assert "FakeFake" not in safe


def test_the_persons_of_the_ticket_are_masked_however_their_name_is_joined() -> None:
    redactor = Redactor(people=["Ines Okafor", "Al"])
    safe = redactor.redact("user Ines Okafor (ines.okafor, INES_OKAFOR), Al and Inesita Okafor")
    assert safe == "user <person-1> (<person-1>, <person-1>), Al and Inesita Okafor"


def test_the_classes_are_the_ones_the_reference_lists() -> None:
    assert {kind for kind, _, _ in SECRETS} | {"person", "company"} == set(CLASSES)


def test_letters_that_grow_in_lower_case_do_not_shift_positions() -> None:
    assert Redactor().redact("İİİ password=hunter22 İ") == "İİİ password=<password-1> İ"


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("4111 1111 1111 1111", True),
        ("4111 1111 1111 1112", False),
        ("378282246310005", True),
        ("1234567812345670", False),
        ("0000000000000000", False),
    ],
)
def test_a_card_needs_issuer_and_check_digit(number: str, valid: bool) -> None:
    assert is_card(number) is valid


@pytest.mark.parametrize(
    ("number", "valid"),
    [("GB29 NWBK 6016 1331 9268 19", True), ("GB29 NWBK 6016 1331 9268 18", False), ("GB29", False), ("DE89é", False)],
)
def test_an_account_needs_its_check_digits(number: str, valid: bool) -> None:
    assert is_iban(number) is valid


@pytest.mark.parametrize(
    ("text", "valid"),
    [("10.0.0.1", True), ("256.1.1.1", False), ("1.2.3", False), ("127.0.0.1", False), ("::1", False), ("1::2", True)],
)
def test_an_address_must_be_one(text: str, valid: bool) -> None:
    assert is_address(text) is valid


HOSTILE = [
    "a" * 50_000,
    "a@" * 25_000,
    "@" * 50_000,
    "1." * 25_000,
    "1:" * 25_000,
    "::" * 25_000,
    "password" * 6_000,
    "password=" * 5_000,
    'password="' * 5_000,
    "cookie=" * 5_000,
    "authorization: bearer " * 2_000,
    "://" * 15_000,
    "+1" * 25_000,
    "1 " * 25_000,
    "AA11 " * 10_000,
    "eyJ" * 15_000,
    "-----BEGIN " * 4_000,
    "-----BEGIN PRIVATE KEY-----" * 1_000,
    "phone " * 7_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: re.sub(r"\W", "_", text[:14]))
def test_hostile_text_costs_linear_time(text: str) -> None:
    began = time.process_time()
    Redactor().redact(text)
    assert time.process_time() - began < 2


def test_the_tickets_organisation_is_masked_in_all_ways_it_is_joined() -> None:
    redactor = Redactor(people=["Ines Okafor"], companies=["Nordlicht Energie", "Field"])
    said = redactor.redact("host nordlicht.energie of Nordlicht  Energie, NORDLICHT_ENERGIE; field work by ines.okafor")
    assert said == "host <company-1> of <company-1>, <company-1>; field work by <person-1>"
    assert redactor.counts() == {"company": 3, "person": 1}
    assert Redactor().redact("Nordlicht Energie") == "Nordlicht Energie"


def test_the_name_behind_the_word_for_a_secret_is_no_secret() -> None:
    text = '{"name": "password", "value": "hunter22"}'
    assert Redactor().redact(text) == '{"name": "password", "value": "<password-1>"}'
    escaped = text.replace('"', '\\"')
    assert "value" in Redactor().redact(escaped)
    assert "hunter22" not in Redactor().redact("VALUES ('smtp_password','hunter22')")
