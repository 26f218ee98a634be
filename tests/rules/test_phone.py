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
    digits,
    fits,
    known_region,
    normalise,
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
