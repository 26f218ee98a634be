"""Delivery notices as JSON: what Amazon SES publishes through SNS, delivered by mail.

Form: "Amazon SNS notification contents for Amazon SES" in its developer guide. One of `bounce`, `complaint`,
`deliveryDelay`, `delivery`, beside `mail`, maybe wrapped as the text of an SNS message.
"""

import json
from typing import Any

from .parse import ParsedMail

_MARK = "x-amz-sns-message-id"
_MAX = 200_000  # characters of JSON that are looked at
_MAX_RECIPIENTS = 100


def read_notice(mail: ParsedMail) -> dict[str, Any] | None:
    """The notice in `mail`, or None when it holds none."""
    if _MARK not in mail.headers:
        return None
    notice = _json_in(mail.text)
    if isinstance(notice.get("Message"), str):
        notice = _json_in(notice["Message"])
    return notice if kind_of(notice) else None


def kind_of(notice: dict[str, Any]) -> str:
    """`bounce`, `complaint`, `deliverydelay`, `delivery` ..., or an empty string."""
    kind = notice.get("notificationType") or notice.get("eventType")
    return kind.lower() if isinstance(kind, str) else ""


def recipients_of(notice: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Address, status and diagnostic of each recipient that a bounce or a delay names."""
    found = [
        one
        for part, key in (("bounce", "bouncedRecipients"), ("deliveryDelay", "delayedRecipients"))
        for one in _list(_object(notice.get(part)).get(key))
        if isinstance(one, dict)
    ]
    names = ("emailAddress", "status", "diagnosticCode")
    return [tuple(str(one.get(name, "")) for name in names) for one in found[:_MAX_RECIPIENTS]]  # type: ignore[misc] # three names


def original_id_of(notice: dict[str, Any]) -> str:
    """The Message-ID of the mail that the notice is about, without brackets, or an empty string."""
    mail = _object(notice.get("mail"))
    common = str(_object(mail.get("commonHeaders")).get("messageId", ""))
    headers = [one for one in _list(mail.get("headers")) if isinstance(one, dict)]
    named = (str(one.get("value", "")) for one in headers if str(one.get("name", "")).lower() == "message-id")
    return next((one.strip("<> ")[:900] for one in (common, *named) if one.strip("<> ")), "")


def _json_in(text: str) -> dict[str, Any]:
    """The first JSON object in `text`; mail programs may have folded its lines."""
    start = text.find("{")
    if start < 0:
        return {}
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text[:_MAX], start)
    except (ValueError, RecursionError):
        return {}
    return _object(found)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
