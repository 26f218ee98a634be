"""The mail providers that can hand over messages to an address of the desk (inbound parse)."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class Provider:
    """`signs`: its calls carry a signature, so that its signing key is needed beside the password of the address.

    `fetched`: it only tells of a message, which is then fetched with an API key.
    """

    name: str
    signs: bool = False
    hint: str = ""
    fetched: bool = False


PROVIDERS: dict[str, Provider] = {
    "mailersend": Provider("MailerSend", signs=True, hint="Inbound routing, action: forward to a webhook."),
    "mailgun": Provider(
        "Mailgun", signs=True, hint="A route that forwards to this address; add /mime for the original."
    ),
    "mailjet": Provider("Mailjet", hint="Parse API."),
    "mandrill": Provider("Mandrill", signs=True, hint="Inbound domain, route to this address."),
    "postal": Provider("Postal", signs=True, hint="HTTP endpoint, format: raw message."),
    "postmark": Provider("Postmark", hint="Inbound stream; switch on: include raw email content."),
    "sendgrid": Provider("SendGrid", hint="Inbound Parse; switch on: POST the raw, full MIME message."),
    "sparkpost": Provider("SparkPost", hint="Relay webhook."),
    "resend": Provider(
        "Resend", signs=True, fetched=True, hint="Webhook for email.received; signing key: its secret, whsec_…"
    ),
    "mailtrap": Provider("Mailtrap", signs=True, fetched=True, hint="Inbound webhook; signing key: its secret."),
    "amazon-ses": Provider(
        "Amazon SES",
        hint="Receipt rule with the action SNS (encoding Base64); subscribe this address to the topic, HTTPS.",
    ),
}
MOST_SECONDS_OFF = 300
_SNS_HOST = re.compile(r"sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?")
_PLAIN_ID = re.compile(r"[A-Za-z0-9_.:=-]{1,200}")


class NoSuchNotice(ValueError):
    """What came is no notice as this provider sends it."""


def fits_svix(body: bytes, secret: str, headers: Mapping[str, str], at: datetime) -> bool:
    """Whether a call carries a signature of Standard Webhooks 1.0 (Svix), at most five minutes old."""
    number, moment = headers.get("svix-id", ""), headers.get("svix-timestamp", "")
    if not moment.isascii() or not moment.isdigit() or len(moment) > 12:  # noqa: PLR2004 (seconds)
        return False
    if abs(at.timestamp() - int(moment)) > MOST_SECONDS_OFF:
        return False
    try:
        key = base64.b64decode(secret.strip().removeprefix("whsec_"))
    except ValueError:
        return False
    wanted = base64.b64encode(hmac.new(key, f"{number}.{moment}.".encode() + body, hashlib.sha256).digest())
    given = [one.partition(",")[2] for one in headers.get("svix-signature", "").split() if one.startswith("v1,")]
    return any(hmac.compare_digest(wanted, one.encode("utf-8", "replace")) for one in given)


def fits_hmac(body: bytes, secret: str, given: str) -> bool:
    """Whether `given` is the hexadecimal HMAC-SHA256 of the body."""
    wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), given.strip().lower().encode("utf-8", "replace"))


def resend_ids(event: Any) -> list[str]:  # noqa: ANN401 (any JSON value)
    """The messages that a call of Resend tells of. Raises NoSuchNotice."""
    if not isinstance(event, Mapping) or event.get("type") != "email.received":
        raise NoSuchNotice
    data = event.get("data")
    return [_plain(data.get("email_id") if isinstance(data, Mapping) else None)]


def mailtrap_ids(event: Any) -> list[str]:  # noqa: ANN401 (any JSON value)
    """The messages that a call of Mailtrap tells of, as `inbox/message`; none for its trial. Raises NoSuchNotice."""
    events = event.get("events") if isinstance(event, Mapping) else None
    if not isinstance(events, list):
        raise NoSuchNotice
    told = [one for one in events[:100] if isinstance(one, Mapping) and str(one.get("event")).startswith("inbound")]
    return [
        f"{_plain(one.get('inbox_id'))}/{_plain(one.get('message_id'))}" for one in told if one.get("inbox_id") != 1
    ]


def sns_message(event: Any) -> tuple[bytes, str]:  # noqa: ANN401 (any JSON value)
    """What Amazon SNS hands over: a mail, or the address by which a subscription is confirmed. Raises NoSuchNotice."""
    kind = event.get("Type") if isinstance(event, Mapping) else None
    if kind == "SubscriptionConfirmation":
        return b"", confirm_address(str(event.get("SubscribeURL")))
    try:
        told = json.loads(event["Message"])
        action, content = told["receipt"]["action"], told["content"]
        return base64.b64decode(content) if action.get("encoding") == "BASE64" else content.encode(), ""
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise NoSuchNotice from problem


def confirm_address(url: str) -> str:
    """The address when it is one of Amazon SNS. Raises NoSuchNotice for any other: the desk goes nowhere else."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not _SNS_HOST.fullmatch(parts.netloc) or len(url) > 2000:  # noqa: PLR2004 (theirs are shorter)
        raise NoSuchNotice
    return url


def message_address(provider: str, number: str) -> str:
    """Where the provider says how one message is had. Raises NoSuchNotice."""
    if provider == "resend":
        return f"https://api.resend.com/emails/receiving/{quote(number, safe='')}"
    inbox, slash, message = number.partition("/")
    if provider != "mailtrap" or not slash:
        raise NoSuchNotice
    return f"https://mailtrap.io/api/inbound/inboxes/{quote(inbox, safe='')}/messages/{quote(message, safe='')}"


def original_address(provider: str, told: Any) -> str:  # noqa: ANN401 (any JSON value)
    """Where the original bytes lie, in what the provider says of a message. Raises NoSuchNotice."""
    found = told if isinstance(told, Mapping) else {}
    raw = found.get("raw")
    where = (
        raw.get("download_url") if provider == "resend" and isinstance(raw, Mapping) else found.get("raw_message_url")
    )
    if not isinstance(where, str) or not where.startswith("https://"):
        raise NoSuchNotice
    return where


def _plain(given: object) -> str:
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not _PLAIN_ID.fullmatch(text):
        raise NoSuchNotice
    return text
