"""Which systems are understood, how what they send is read, and how it is signed. Pure."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tierline.core.kernel import strict_json

from . import alertmanager, icinga, mails
from .alert import Batch, Unreadable

SIGNATURE_HEADER = "X-Grafana-Alerting-Signature"
TIMESTAMP_HEADER = "X-Grafana-Alerting-Timestamp"
SIGNATURE_GOOD_FOR = 300  # seconds


def _from_json(reader: Callable[[Any], Batch]) -> Callable[[bytes], Batch]:
    return lambda content: reader(strict_json.read(content))


def _as_json(maker: Callable[..., dict[str, Any]]) -> Callable[..., bytes]:
    return lambda *, firing, at: json.dumps(maker(firing=firing, at=at)).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One system: its name, the readers of what it sends and of its mail (subject, words), and a sample of it.

    `signs` says that it can sign.
    """

    key: str
    name: str
    read: Callable[[bytes], Batch]
    sample: Callable[..., bytes]
    read_mail: Callable[[str, str], Batch]
    signs: bool = False


FORMATS = {
    one.key: one
    for one in (
        Format(
            key="alertmanager",
            name="Prometheus Alertmanager",
            read=_from_json(alertmanager.read),
            sample=_as_json(alertmanager.sample),
            read_mail=mails.read_labelled,
        ),
        Format(
            key="grafana",
            name="Grafana",
            read=_from_json(alertmanager.read),
            sample=_as_json(alertmanager.sample),
            read_mail=mails.read_labelled,
            signs=True,
        ),
        Format(
            key="icinga",
            name="Icinga or Nagios, JSON",
            read=_from_json(icinga.read_json),
            sample=_as_json(icinga.sample_json),
            read_mail=icinga.read_words,
        ),
        Format(
            key="icinga-mail",
            name="Icinga or Nagios, notification mail",
            read=icinga.read_mail,
            sample=icinga.sample_mail,
            read_mail=icinga.read_words,
        ),
        Format(
            key="zabbix-mail",
            name="Zabbix, notification mail",
            read=mails.read_zabbix_mail,
            sample=mails.sample_zabbix,
            read_mail=mails.read_zabbix,
        ),
    )
}


def format_of(key: str) -> Format:
    """The format with this key. Raises Unreadable."""
    if key not in FORMATS:
        raise Unreadable(f"No such system: {key}.")
    return FORMATS[key]


def read(key: str, content: bytes) -> Batch:
    """What a system sent. Raises Unreadable, and Invalid for what is no JSON."""
    return format_of(key).read(content)


def read_mail(key: str, subject: str, text: str) -> Batch:
    """What a system wrote in a mail. Raises Unreadable."""
    return format_of(key).read_mail(subject, text)


def mail_mark(secret: str, source_key: str, digest: str) -> str:
    """The word by which a mail proves that it is of this source; another token makes another one.

    In base32, since mail systems may change the case of an address.
    """
    signed = hmac.new(secret.encode(), f"tierline-alerts:{source_key}:{digest}".encode(), hashlib.sha256).digest()
    return base64.b32encode(signed[:15]).decode().lower()


def shows_mark(mark: str, recipients: Iterable[str], marks: Iterable[str]) -> bool:
    """Whether a mail was sent to `name+alerts.MARK@…`, or has the mark in its header."""
    given = [one.partition("@")[0].rpartition("+alerts.")[2] for one in recipients if "+alerts." in one]
    return any(hmac.compare_digest(mark.encode(), one.strip().lower().encode()) for one in (*given, *marks))


def sample(key: str, *, firing: bool, at: datetime) -> bytes:
    """A delivery about a thing that does not exist, as the system would send it."""
    return format_of(key).sample(firing=firing, at=at)


def signature(content: bytes, *, secret: str) -> str:
    """As Grafana signs what it sends: HMAC-SHA256, hexadecimal."""
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def fits_signature(content: bytes, *, secret: str, given: str, timestamp: str = "", at: datetime) -> bool:
    """Whether Grafana signed this (HMAC-SHA256, hexadecimal; with its timestamp header over `timestamp:body`).

    A timestamp more than five minutes away is an old delivery that somebody sends again.
    """
    signed = content
    if timestamp:
        if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:  # noqa: PLR2004 (seconds)
            return False
        if abs(at.timestamp() - int(timestamp)) > SIGNATURE_GOOD_FOR:
            return False
        signed = timestamp.encode() + b":" + content
    return hmac.compare_digest(
        signature(signed, secret=secret).encode(), given.strip().lower().encode("utf-8", "replace")
    )
