"""What Amazon SNS hands over for Amazon SES, and the text that its signature is made over. Pure.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html: the named fields, each with its name, in
this order, one on each line; version 1 is RSA with SHA-1, version 2 with SHA-256. The certificate is at an address of
Amazon SNS itself: any other is refused, because whoever chooses the certificate makes the signature.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .providers import NoSuchNotice

_HOST = re.compile(r"sns\.([a-z0-9-]{1,40})\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,80}\.pem")
_TOPIC = re.compile(r"arn:aws[a-z-]{0,20}:sns:([a-z0-9-]{1,40}):[0-9]{1,20}:[A-Za-z0-9_.-]{1,300}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_LONGEST = 2000  # characters of an address; theirs are shorter
_OF_A_MESSAGE = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_OF_A_SUBSCRIPTION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    "Notification": _OF_A_MESSAGE,
    "SubscriptionConfirmation": _OF_A_SUBSCRIPTION,
    "UnsubscribeConfirmation": _OF_A_SUBSCRIPTION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What is signed, by which certificate; `sha256` is false for signatures of version 1."""

    text: bytes
    signature: bytes
    certificate: str
    sha256: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One of three: the mail itself, the object of S3 that holds it, or the address that confirms a subscription."""

    content: bytes = b""
    bucket: str = ""
    name: str = ""
    region: str = ""
    confirm: str = ""


def signed(notice: Any) -> Signed:  # noqa: ANN401 (any JSON value)
    """What the signature of a notice is made over. Raises NoSuchNotice, also for a certificate that is not Amazon's."""
    kind = notice.get("Type") if isinstance(notice, Mapping) else None
    if not isinstance(kind, str) or kind not in SIGNED or notice.get("SignatureVersion") not in ("1", "2"):
        raise NoSuchNotice
    fields = [(name, notice[name]) for name in SIGNED[kind] if name in notice]
    if not all(isinstance(value, str) for _, value in fields) or len(fields) < len(SIGNED[kind]) - 1:
        raise NoSuchNotice
    try:
        signature = base64.b64decode(notice["Signature"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as problem:
        raise NoSuchNotice from problem
    return Signed(
        text="".join(f"{name}\n{value}\n" for name, value in fields).encode("utf-8", "replace"),
        signature=signature,
        certificate=_at_amazon(notice.get("SigningCertURL"), path=_CERTIFICATE),
        sha256=notice["SignatureVersion"] == "2",
    )


def handed(notice: Any) -> Handed | None:  # noqa: ANN401 (any JSON value)
    """What a notice hands over; None for the end of a subscription. Raises NoSuchNotice."""
    kind = notice.get("Type") if isinstance(notice, Mapping) else None
    if kind == "UnsubscribeConfirmation":
        return None
    if kind == "SubscriptionConfirmation":
        return Handed(confirm=_at_amazon(notice.get("SubscribeURL")))
    try:
        told = json.loads(notice["Message"])
        action = told["receipt"]["action"]
        if action["type"] == "S3":
            return _object(action, str(notice["TopicArn"]))
        content = told["content"]
        mail = base64.b64decode(content) if action.get("encoding") == "BASE64" else content.encode()
        return Handed(content=mail)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise NoSuchNotice from problem


def _object(action: Mapping[str, Any], topic: str) -> Handed:
    """The object of the bucket that SES wrote, in the region of the topic."""
    bucket, name, where = action["bucketName"], action["objectKey"], _TOPIC.fullmatch(topic)
    if where is None or not isinstance(name, str) or not 0 < len(name) <= 1024:  # noqa: PLR2004 (S3's own limit)
        raise NoSuchNotice
    if not isinstance(bucket, str) or not _BUCKET.fullmatch(bucket):
        raise NoSuchNotice
    return Handed(bucket=bucket, name=name, region=where[1])


def _at_amazon(url: object, *, path: re.Pattern[str] | None = None) -> str:
    """The address when it is one of Amazon SNS. Raises NoSuchNotice for any other: the desk goes nowhere else."""
    if not isinstance(url, str) or len(url) > _LONGEST:
        raise NoSuchNotice
    try:
        parts = urlsplit(url)
    except ValueError:
        raise NoSuchNotice from None
    if parts.scheme != "https" or not _HOST.fullmatch(parts.netloc):
        raise NoSuchNotice
    if path is not None and (not path.fullmatch(parts.path) or parts.query):
        raise NoSuchNotice
    return url
