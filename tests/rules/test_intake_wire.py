"""Addresses as mail servers want them."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.intake.rules import Outgoing, compose
from tierline.work.intake.rules.wire import header_address, wire_address


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("nora@customer.example", "nora@customer.example"),
        ("jo@bücher.example", "jo@xn--bcher-kva.example"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
        ("例@例え.テスト", "例@xn--r8jz45g.xn--zckzah"),
        ("a@b@bücher.example", "a@b@xn--bcher-kva.example"),
        ("no-address", "no-address"),
        ("x@" + "ä" * 80 + ".example", "x@" + "ä" * 80 + ".example"),
        ("x@a..example", "x@a..example"),
        ("x@[127.0.0.1]", "x@[127.0.0.1]"),
        ("", ""),
    ],
)
def test_domains_go_out_in_ascii(address: str, wire: str) -> None:
    assert wire_address(address) == wire


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("a..b@docomo.ne.jp", "a..b@docomo.ne.jp"),
        ("a.@docomo.ne.jp", "a.@docomo.ne.jp"),
        ('"a b"@x.example', '"a b"@x.example'),
        ("jo@bücher.example", "jo@xn--bcher-kva.example"),
    ],
)
def test_headers_take_what_people_have(address: str, shown: str) -> None:
    assert str(header_address(address)) == shown


def written(recipient: str) -> bytes:
    return compose(
        Outgoing(
            sender="support@desk.example",
            sender_name="Hilfe für alle",
            recipient=recipient,
            reply_to="support@desk.example",
            subject="Grüße",
            text="Hällo",
            message_id="1@desk.example",
            loop_mark="us",
            date=datetime(2026, 1, 5, tzinfo=UTC),
        )
    )


def test_letters_outside_ascii_make_an_international_mail() -> None:
    assert "To: jörg@xn--bcher-kva.example\r\n".encode() in written("jörg@bücher.example")
    assert b"=?utf-8?" not in written("jörg@bücher.example").partition(b"\r\n\r\n")[0]
    assert written("nora@customer.example").partition(b"\r\n\r\n")[0].isascii()


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40))
def test_no_address_keeps_a_mail_from_being_written(local: str) -> None:
    read = message_from_bytes(written(f"{local}@customer.example"), policy=SMTP)
    assert read["Message-ID"] == "<1@desk.example>"
    assert len(read.get_all("To")) == 1
