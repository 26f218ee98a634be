"""Telephone numbers, signed events of telephone systems, and how long a call took. Pure.

Numbers are kept as ITU-T E.164 writes them; the `phonenumbers` package knows every country's numbering plan. Events are
signed as Standard Webhooks 1.0 says: HMAC-SHA256 over `id.timestamp.body`.
"""

import base64
import binascii
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import phonenumbers

from tierline.core.kernel.errors import Refused
from tierline.core.kernel.text import one_line

GOOD_FOR = 300  # seconds that a signed event is taken for fresh
SECRET_PREFIX = "whsec_"  # noqa: S105 (the prefix that Standard Webhooks gives every secret)
LONGEST = 40  # characters of a number as somebody typed it
EXTENSION = 6  # a number of at most so many digits is an extension of the house
COMPARED = 8  # last digits by which candidates are found
EVENTS = ("ringing", "answered", "ended", "missed")
TEST = "test"
"""The event that changes nothing: it shows whether the address, the secret and the clock are right."""


class NotAnEvent(Refused):
    """Not what a telephone system is asked to send; the sentence says what is missing."""

    code = "call_event_unreadable"


def digits(number: str) -> str:
    """The digits of a number, however it is written: also with digits and spaces of other scripts."""
    found = (unicodedata.decimal(sign, None) for sign in number[:LONGEST])
    return "".join(str(digit) for digit in found if digit is not None)


def normalise(number: str, region: str) -> str:
    """`number` in E.164 (`+4930123456`); an empty text for what cannot be one. `region` is ISO 3166, such as DE.

    An extension of the house is none: it stays as it is told.
    """
    if len(digits(number)) <= EXTENSION and not number.strip().startswith("+"):
        return ""
    try:
        found = phonenumbers.parse(number[:LONGEST], region or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(found):
        return ""
    return str(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164))


def core(number: str, region: str) -> str:
    """The last digits that every way of writing this number has: without country code, trunk prefix and extension."""
    try:
        found = phonenumbers.parse(number[:LONGEST], region or None)
    except phonenumbers.NumberParseException:
        return digits(number)[-COMPARED:]
    return str(found.national_number)[-COMPARED:]


def same(one: str, other: str, region: str) -> bool:
    """Whether two numbers, however they are written, are the same telephone."""
    if not digits(one) or not digits(other):
        return False
    if len(digits(one)) <= EXTENSION or len(digits(other)) <= EXTENSION:
        return digits(one) == digits(other)
    normal = normalise(one, region)
    return bool(normal) and normal == normalise(other, region)


def shown(number: str) -> str:
    """A number as people read it: `+49 30 123456`; as it is when it is no E.164 number."""
    try:
        found = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def known_region(region: str) -> bool:
    """Whether this is a country (ISO 3166) with telephone numbers."""
    return region in phonenumbers.SUPPORTED_REGIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """What a telephone system says about one call. `agent` is an extension or a mail address."""

    event: str
    call_id: str
    number: str
    agent: str
    outgoing: bool
    at: datetime | None


def read_event(body: Any) -> CallEvent:  # noqa: ANN401 (any JSON value)
    """One event. Raises NotAnEvent."""
    if not isinstance(body, Mapping) or body.get("event") not in EVENTS:
        raise NotAnEvent("`event` is none of ringing, answered, ended, missed.")
    call_id = _text(body.get("call_id"), 100)
    outgoing = body.get("direction") == "out"
    number = _text(body.get("to" if outgoing else "from"), LONGEST)
    if not call_id:
        raise NotAnEvent("There is no `call_id`.")
    if not number:
        raise NotAnEvent(f"There is no number in `{'to' if outgoing else 'from'}`.")
    return CallEvent(
        event=str(body["event"]),
        call_id=call_id,
        number=number,
        agent=_text(body.get("agent"), 254),
        outgoing=outgoing,
        at=_moment(body.get("at")),
    )


def _text(given: object, limit: int) -> str:
    return one_line(given, limit) if isinstance(given, str) else ""


def _moment(given: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(given) if isinstance(given, str) and len(given) <= LONGEST else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def sign(content: bytes, *, secret: str, event_id: str, timestamp: int) -> str:
    """The signature of an event: `v1,` and the HMAC in base64."""
    signed = f"{event_id}.{timestamp}.".encode() + content
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def probe(*, secret: str, event_id: str, timestamp: int) -> tuple[bytes, dict[str, str]]:
    """A signed event that changes nothing, as a telephone system would send it: its body and its headers."""
    content = json.dumps({"event": TEST}).encode()
    signature = sign(content, secret=secret, event_id=event_id, timestamp=timestamp)
    headers = {"webhook-id": event_id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}
    return content, headers


def is_test(body: object) -> bool:
    """Whether this is the event that changes nothing."""
    return isinstance(body, Mapping) and body.get("event") == TEST


def fits(content: bytes, *, secret: str, event_id: str, timestamp: str, signatures: str, at: datetime) -> bool:
    """Whether one of the signatures (with spaces between) is ours and the event is not older than five minutes."""
    if not event_id or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:  # noqa: PLR2004 (seconds)
        return False
    if abs(at.timestamp() - int(timestamp)) > GOOD_FOR:
        return False
    wanted = sign(content, secret=secret, event_id=event_id, timestamp=int(timestamp)).encode()
    return any(hmac.compare_digest(wanted, one.encode("utf-8", "replace")) for one in signatures.split()[:5])


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()
