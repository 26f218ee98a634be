"""Authentication-Results (RFC 8601): only a trusted server counts, only what it wrote itself, DMARC before the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.intake.rules import Headers, Standing, authenticate, results_on_top, wanted_names

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
        # comments may be nested and stand anywhere; a quoted text is one word (RFC 8601 section 2.2)
        ("mx.desk.example (a (b; dmarc=fail) c); dmarc=pass", Standing.PASS),
        ("(front) mx.desk.example (x); (y) dmarc (z) = pass", Standing.PASS),
        ('"mx.desk.example"; dmarc=pass', Standing.PASS),
        (r'mx.desk.example; spf=pass reason="a \" b; dmarc=fail" smtp.mailfrom=customer.example', Standing.PASS),
        ('mx.desk.example; dkim=pass header.d="customer.example"', Standing.PASS),
        (
            'mx.desk.example; dkim=fail reason="unbalanced ( in words" header.d=customer.example; dmarc=pass',
            Standing.PASS,
        ),
        # a DMARC result speaks for the domain that it names
        ("mx.desk.example; dmarc=pass header.from=elsewhere.example", Standing.FAIL),
        ("mx.desk.example; dmarc=pass header.from=news.customer.example", Standing.PASS),
        ("mx.desk.example; dmarc=bestguesspass header.from=customer.example", Standing.PASS),
        ("mx.desk.example; dmarc=temperror; dkim=pass header.d=customer.example", Standing.PASS),
        # what only names the sender proves nothing about it
        ("mx.desk.example; dkim=pass header.d=elsewhere.example header.from=customer.example", Standing.NONE),
        ("mx.desk.example; spf=pass smtp.mailfrom=elsewhere.example smtp.helo=customer.example", Standing.NONE),
        ("mx.desk.example; spf=pass smtp.mailfrom=<> smtp.helo=mail.customer.example", Standing.NONE),
        ("mx.desk.example; spf=pass smtp.helo=mail.customer.example", Standing.PASS),
        ("mx.desk.example; spf=passed smtp.mailfrom=customer.example", Standing.NONE),
        # somebody who signed in at that server (section 2.7.4)
        ("mx.desk.example; auth=pass smtp.auth=nora@customer.example", Standing.PASS),
        ("mx.desk.example; auth=pass smtp.auth=other@customer.example", Standing.NONE),
        ("mx.desk.example; auth=fail smtp.auth=nora@customer.example", Standing.NONE),
    ],
)
def test_results(value: str, expected: Standing) -> None:
    assert standing(value) is expected


def test_a_top_level_domain_is_aligned_with_nobody() -> None:
    assert standing("mx.desk.example; dkim=pass header.d=example") is Standing.NONE
    assert standing("mx.desk.example; dkim=pass header.d=customer.example.evil.example") is Standing.NONE
    assert standing("mx.desk.example; dkim=pass header.d=evilcustomer.example") is Standing.NONE


def test_both_ways_to_write_a_domain_are_one() -> None:
    passed = "mx.desk.example; dmarc=pass header.from=xn--postmstare-u5a.example"
    assert standing(passed, sender="jöran@postmästare.example") is Standing.PASS
    assert standing(passed, sender="jöran@postmeister.example") is Standing.FAIL


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


def headers_of(*fields: tuple[str, str]) -> Headers:
    return Headers(fields)


RESULTS = "authentication-results"
FORGED = (RESULTS, "mx.desk.example; dmarc=pass header.from=customer.example")


@pytest.mark.parametrize(
    ("case", "fields", "expected"),
    [
        (
            "the server wrote no results; those that came along are below its trace and another's",
            [
                ("received", "from mail.evil.example by mx.desk.example"),
                ("received", "from a by mail.evil.example"),
                FORGED,
            ],
            Standing.NONE,
        ),
        (
            "the trace inside one's own machines does not count",
            [
                ("received", "from mx.desk.example (10.0.0.3) by store.desk.example"),
                ("received", "from localhost (localhost [127.0.0.1]) by mx.desk.example"),
                ("received", "from mail.customer.example by mx.desk.example"),
                FORGED,
            ],
            Standing.PASS,
        ),
        (
            "a worse result below is believed, a better one is not",
            [(RESULTS, "mx.desk.example; dmarc=fail"), FORGED],
            Standing.FAIL,
        ),
        ("two senders", [("from", "a@customer.example"), ("from", "nora@customer.example"), FORGED], Standing.FAIL),
        ("no trace at all", [FORGED], Standing.PASS),
    ],
)
def test_only_what_the_own_server_put_on_top_counts(
    case: str, fields: list[tuple[str, str]], expected: Standing
) -> None:
    assert authenticate(headers_of(*fields), NORA, MX).standing is expected, case


@pytest.mark.parametrize(
    ("trusted", "value", "expected"),
    [
        ("*.mail.example", "a17.box.mail.example; dmarc=pass", Standing.PASS),
        ("*.mail.example", "mail.example.evil.example; dmarc=pass", Standing.NONE),
        ("*.mail.example", "evilmail.example; dmarc=pass", Standing.NONE),
        ("unnamed", "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=customer.example; dmarc=pass", Standing.PASS),
        ("unnamed", "dmarc=fail action=quarantine header.from=customer.example;compauth=fail", Standing.FAIL),
        ("unnamed", "mx.desk.example; dmarc=pass", Standing.NONE),
        ("mx.desk.example", "spf=pass smtp.mailfrom=customer.example", Standing.NONE),
    ],
)
def test_names_of_servers(trusted: str, value: str, expected: Standing) -> None:
    assert authenticate(headers_of((RESULTS, value)), NORA, wanted_names(trusted)).standing is expected


def test_the_name_on_top_is_what_a_person_has_to_type() -> None:
    assert results_on_top(headers_of((RESULTS, "MX.Desk.Example 1 (x); none"), FORGED)) == "mx.desk.example"
    assert results_on_top(headers_of((RESULTS, "spf=none; dkim=none"))) == "unnamed"
    assert results_on_top(headers_of(("subject", "x"))) == ""
    assert wanted_names(" MX.example,  *.mail.example;unnamed ") == {"mx.example", "*.mail.example", "unnamed"}


def test_several_fields_of_one_server_count_together() -> None:
    assert standing("mx.desk.example; spf=fail", "mx.desk.example; dmarc=pass") is Standing.PASS


@given(st.lists(st.text(max_size=80), max_size=4), st.text(max_size=30))
def test_any_text(values: list[str], sender: str) -> None:
    assert standing(*(f"mx.desk.example; {one}" for one in values), sender=sender) in Standing
