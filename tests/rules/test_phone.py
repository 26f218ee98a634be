"""Telephone numbers of many countries, signatures of Standard Webhooks, and events that are no events."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.phone.rules import (
    NotAnEvent,
    core,
    digits,
    fits,
    known_region,
    normalise,
    probe,
    read_event,
    same,
    shown,
    sign,
)

NOON = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "region", "found"),
    [
        ("030 / 901820", "DE", "+4930901820"),
        ("+49 (0)30 901820", "GB", "+4930901820"),
        ("0049 30 901820", "DE", "+4930901820"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("1800 555", "", ""),
        ("5110", "DE", ""),
        ("511 000", "DE", ""),
        ("+49 5110", "DE", "+495110"),
        ("anonymous", "DE", ""),
        ("", "DE", ""),
        ("9" * 60, "DE", ""),
    ],
)
def test_numbers_become_e164(typed: str, region: str, found: str) -> None:
    assert normalise(typed, region) == found


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("030 901820", "+49 30 901820", True),
        ("030 901820", "+43 30 901820", False),
        ("4711", "4711", True),
        ("4711", "+49 30 4711", False),
        ("", "", False),
        ("anonymous", "anonymous", False),
    ],
)
def test_the_same_telephone(one: str, other: str, are: bool) -> None:
    assert same(one, other, "DE") is are


@pytest.mark.parametrize(
    ("number", "region", "found"),
    [
        ("+49 30 901820", "DE", "30901820"),
        ("030 901820", "DE", "30901820"),
        ("0049 (0)30 901820", "DE", "30901820"),
        ("+49 89 1234567890", "DE", "34567890"),
        ("+354 456 7123", "DE", "4567123"),
        ("456 7123", "IS", "4567123"),
        ("030 901820 ext. 12", "DE", "30901820"),
        ("901820", "", "901820"),
        ("no number", "DE", ""),
    ],
)
def test_every_way_to_write_a_number_ends_alike(number: str, region: str, found: str) -> None:
    assert core(number, region) == found


@given(st.sampled_from(["030 901820", "(030) 90-18-20", "+49 (30) 901820", "0049/30/901820", "+49-30-901820"]))
def test_the_digits_of_the_same_telephone_hold_its_core(written: str) -> None:
    assert same(written, "+4930901820", "DE")
    assert core("+4930901820", "DE") in digits(written)


@pytest.mark.parametrize(
    ("typed", "found"),
    [("+49 (0)30", "49030"), ("\uff10\uff13\uff10", "030"), ("٣٠", "30"), ("30\u00a09018", "309018"), ("a1b2", "12")],
)
def test_digits_of_every_script(typed: str, found: str) -> None:
    assert digits(typed) == found


def test_a_test_event_is_signed_like_any_other() -> None:
    content, headers = probe(secret="whsec_c2VjcmV0", event_id="e1", timestamp=int(NOON.timestamp()))
    given_ = {"event_id": "e1", "timestamp": headers["webhook-timestamp"], "signatures": headers["webhook-signature"]}
    assert fits(content, secret="whsec_c2VjcmV0", at=NOON, **given_)
    assert not fits(content, secret="whsec_b3RoZXI=", at=NOON, **given_)


@given(st.text(max_size=60), st.sampled_from(["DE", "US", "", "XX"]))
def test_whatever_is_typed_is_a_number_or_none(typed: str, region: str) -> None:
    found = normalise(typed, region)
    assert found == "" or (found.startswith("+") and found[1:].isdigit() and len(found) <= 18)
    assert normalise(found, region) == found
    assert shown(typed) is not None
    assert digits(typed) == "" or digits(typed).isdigit()


def test_countries() -> None:
    assert known_region("DE")
    assert not known_region("de")
    assert not known_region("XX")
    assert shown("+4930901820") == "+49 30 901820"


# The example of the Standard Webhooks libraries: secret, id, timestamp, body, signature.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EXAMPLE = {"event_id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "timestamp": 1614265330}
PUBLISHED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_vector_of_standard_webhooks() -> None:
    assert sign(b'{"test": 2432232314}', secret=SECRET, **EXAMPLE) == PUBLISHED


def checked(**change: Any) -> bool:
    given = {
        "secret": SECRET,
        "event_id": EXAMPLE["event_id"],
        "timestamp": str(EXAMPLE["timestamp"]),
        "signatures": PUBLISHED,
        "at": datetime.fromtimestamp(1614265330, UTC),
    }
    return fits(change.pop("content", b'{"test": 2432232314}'), **(given | change))


def test_a_signature_is_good_for_its_body_its_id_and_five_minutes() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    assert checked()
    assert checked(signatures=f"v1,AAAA {PUBLISHED}", at=at + timedelta(seconds=299))
    for change in (
        {"content": b'{"test": 2432232315}'},
        {"event_id": "msg_other"},
        {"event_id": ""},
        {"secret": "whsec_AAAA"},
        {"timestamp": "1614265331"},
        {"timestamp": "²"},
        {"timestamp": "-5"},
        {"signatures": ""},
        {"signatures": PUBLISHED.removeprefix("v1,")},
        {"at": at + timedelta(seconds=301)},
        {"at": at - timedelta(seconds=301)},
    ):
        assert not checked(**change), change


def test_an_event_says_who_calls_and_whom() -> None:
    body = {"event": "ringing", "call_id": "8f2c", "from": "+49 30 901820", "to": "110", "agent": "ada@desk.example"}
    found = read_event(body | {"at": "2026-11-17T13:00:00+01:00"})
    assert (found.number, found.agent, found.outgoing, found.at) == ("+49 30 901820", "ada@desk.example", False, NOON)
    assert read_event(body | {"direction": "out"}).number == "110"
    assert read_event(body | {"at": "2026-11-17T13:00:00"}).at is None


@pytest.mark.parametrize(
    "body",
    [[], {}, {"event": "sneezed"}, {"event": "ringing", "from": "1"}, {"event": "ringing", "call_id": "1", "to": "2"}],
)
def test_what_is_no_event_is_refused(body: object) -> None:
    with pytest.raises(NotAnEvent):
        read_event(body)


@given(st.dictionaries(st.sampled_from(["event", "call_id", "from", "to", "at", "agent"]), st.text() | st.integers()))
def test_no_event_breaks_the_reader(body: dict[str, Any]) -> None:
    with suppress(NotAnEvent):
        assert len(read_event(json.loads(json.dumps(body))).number) <= 40
