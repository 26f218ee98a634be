"""Authentication-Results (RFC 8601): only a trusted server counts, only what it wrote itself, DMARC before the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.intake.rules import Headers, Standing, authenticate

NORA = "nora@customer.example"
MX = frozenset({"mx.desk.example"})


def standing(*values: str, sender: str = NORA) -> Standing:
    return authenticate(Headers(tuple(("authentication-results", one) for one in values)), sender, MX).standing


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("mx.desk.example; dmarc=pass header.from=customer.example", Standing.PASS),
        ("mx.desk.example 1; dmarc=fail (p=reject) header.from=customer.example", Standing.FAIL),
        ("MX.Desk.Example; DMARC=Fail", Standing.FAIL),
        ("mx.desk.example; spf=fail smtp.mailfrom=list.example; dmarc=pass", Standing.PASS),
        ("mx.desk.example; dkim=pass header.d=customer.example", Standing.PASS),
        ("mx.desk.example; dkim=pass header.i=@mail.customer.example; spf=fail", Standing.PASS),
        ("mx.desk.example; spf=pass smtp.mailfrom=bounce@customer.example", Standing.PASS),
        ("mx.desk.example; spf=pass smtp.mailfrom=x@elsewhere.example", Standing.NONE),
        ("mx.desk.example; dkim=pass header.d=elsewhere.example; spf=fail smtp.mailfrom=y.example", Standing.NONE),
        ("mx.desk.example; dkim=fail header.d=customer.example; spf=fail", Standing.FAIL),
        ("mx.desk.example; spf=softfail smtp.mailfrom=customer.example", Standing.NONE),
        ("mx.desk.example; dkim=none; spf=none", Standing.NONE),
        ("mx.desk.example; none", Standing.NONE),
        ('mx.desk.example; dkim=fail reason="a; dmarc=pass" header.d=customer.example', Standing.FAIL),
        ("mx.desk.example; dkim=neutral (dmarc=pass) header.d=customer.example", Standing.NONE),
        ("mx.desk.example; dkim/1=pass header.d=customer.example", Standing.PASS),
        ("elsewhere.example; dmarc=fail", Standing.NONE),
        ("elsewhere.example; dmarc=pass", Standing.NONE),
        ("", Standing.NONE),
        (";;;=;(", Standing.NONE),
    ],
)
def test_results(value: str, expected: Standing) -> None:
    assert standing(value) is expected


def test_a_top_level_domain_is_aligned_with_nobody() -> None:
    assert standing("mx.desk.example; dkim=pass header.d=example") is Standing.NONE
    assert standing("mx.desk.example; dkim=pass header.d=customer.example.evil.example") is Standing.NONE
    assert standing("mx.desk.example; dkim=pass header.d=evilcustomer.example") is Standing.NONE


def test_what_was_sent_along_does_not_count() -> None:
    headers = Headers(
        (
            ("received", "from inner by desk"),
            ("authentication-results", "mx.desk.example; dmarc=fail"),
            ("received", "from outside by mx.desk.example"),
            ("authentication-results", "mx.desk.example; dmarc=pass"),
        )
    )

    found = authenticate(headers, NORA, MX)
    assert (found.standing, found.why) == (Standing.FAIL, "dmarc=fail")


def test_several_fields_of_one_server_count_together() -> None:
    assert standing("mx.desk.example; spf=fail", "mx.desk.example; dmarc=pass") is Standing.PASS


@given(st.lists(st.text(max_size=80), max_size=4), st.text(max_size=30))
def test_any_text(values: list[str], sender: str) -> None:
    assert standing(*(f"mx.desk.example; {one}" for one in values), sender=sender) in Standing
