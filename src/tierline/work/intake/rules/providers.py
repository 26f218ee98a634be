"""The mail providers that can hand over messages to an address of the desk (inbound parse)."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tierline.core.kernel.text import one_line


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
        hint="Receipt rule with the action SNS (encoding Base64), or S3 with a topic (for mail above 150 kB); "
        "subscribe this address to the topic, HTTPS. API key, for S3 alone: ID:SECRET of a key that may read it.",
    ),
    "brevo": Provider("Brevo", fetched=True, hint="Inbound parsing webhook; files are fetched with the API key."),
}
MOST_SECONDS_OFF = 300
MOST_FILES = 100  # of one message of Brevo
_BYTES = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}")
MOST_LINES, LONGEST_LINE = 200, 20_000  # of one header, characters of one line
_ONCE = {"date", "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references", "subject"}
_HEADER = re.compile(r"[!-9;-~]{1,100}")  # RFC 5322, section 3.6.8
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


def brevo_items(event: Any) -> list[dict[str, Any]]:  # noqa: ANN401 (any JSON value)
    """The messages that a call of Brevo hands over, in parts and without their files. Raises NoSuchNotice."""
    items = event.get("items") if isinstance(event, Mapping) else None
    if (
        not isinstance(items, list)
        or not items
        or not all(isinstance(one, dict) and one.get("Headers") for one in items)
    ):
        raise NoSuchNotice
    return items


@dataclass(frozen=True, slots=True, kw_only=True)
class PartToFetch:
    """A file of a message of Brevo: its address, and what Brevo says of it."""

    address: str
    name: str
    content_type: str
    content_id: str | None


def brevo_files(item: Mapping[str, Any]) -> list[PartToFetch]:
    """The files of a message of Brevo, where each is had. Raises NoSuchNotice."""
    told = item.get("Attachments") or []
    if not isinstance(told, list) or not all(isinstance(one, Mapping) for one in told):
        raise NoSuchNotice
    return [
        PartToFetch(
            address=f"https://api.brevo.com/v3/inbound/attachments/{quote(_token(one), safe='')}",
            name=str(one.get("Name") or "")[:200],
            content_type=_content_type(one.get("ContentType")),
            content_id=str(one["ContentID"])[:200] if one.get("ContentID") else None,
        )
        for one in told[:MOST_FILES]
    ]


def brevo_headers(item: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The headers of a message of Brevo, one line each, but those of its parts. Raises NoSuchNotice.

    Of a header that a message has once (RFC 5322, section 3.6) the first is taken, as most programs do.
    """
    given = item.get("Headers")
    if not isinstance(given, Mapping):
        raise NoSuchNotice
    lines = [(str(name), [value] if isinstance(value, str) else value) for name, value in given.items()]
    if not all(isinstance(values, list) for _, values in lines):
        raise NoSuchNotice
    found: list[tuple[str, str]] = []
    seen: set[str] = set()
    for name, values in lines:
        plain = name.lower()
        if _HEADER.fullmatch(name) and not plain.startswith("content-") and plain != "mime-version":
            allowed = [one for one in values if isinstance(one, str)][: 1 if plain in _ONCE else MOST_LINES]
            found += [(name, one_line(one, LONGEST_LINE)) for one in allowed if plain not in seen or plain not in _ONCE]
            seen.add(plain)
    return found


def _token(given: Mapping[str, Any]) -> str:
    token = given.get("DownloadToken")
    if not isinstance(token, str) or not 0 < len(token) <= 2000:  # noqa: PLR2004 (theirs are shorter)
        raise NoSuchNotice
    return token


def _content_type(given: object) -> str:
    plain = given.partition(";")[0].strip().lower() if isinstance(given, str) else ""
    # a message within the message stays a file: its bytes are what was sent
    return plain if _TYPE.fullmatch(plain) and not plain.startswith(("message/", "multipart/")) else _BYTES


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
