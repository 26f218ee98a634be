"""Notices that are read in a job, because to prove or to complete them asks another server: Amazon SES, Brevo."""

import json
from collections.abc import Callable
from email.encoders import encode_base64
from email.message import Message
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tierline.core.kernel import outbound
from tierline.core.kernel.storage.bucket import Bucket, Settings
from tierline.core.kernel.storage.troubles import StorageTrouble
from tierline.work.intake.errors import NoticeNotProven, ProviderTrouble
from tierline.work.intake.rules import providers, sns

from .incoming import MAX_MESSAGE

_FINE, _GONE = 200, (404, 410)
_READ_WITHIN = 60.0  # seconds for an object of S3


def ask(url: str, headers: dict[str, str] | None = None, *, most: int = outbound.MOST_BYTES) -> bytes:
    """What a provider's server answers, at most so many bytes. Raises ProviderTrouble, Unreachable."""
    found = outbound.get(url, headers, most=most)
    if found.status == _FINE:
        return found.body
    why = "it has the message no longer" if found.status in _GONE else f"it answers {found.status}"
    raise ProviderTrouble(f"The provider does not hand the message over: {why}.")


def content_of(provider: str, notice: str, key: str) -> bytes | None:
    """The mail that a notice is about; None for one that brings none, such as the first word of a subscription.

    Raises NoticeNotProven, ProviderTrouble and Unreachable, and ValueError for what cannot be read.
    """
    return READERS[provider](json.loads(notice), key)


def _amazon_ses(notice: Any, key: str) -> bytes | None:  # noqa: ANN401 (any JSON value)
    """From Amazon SNS: proven by its certificate, then the mail of the notice, or the object of S3 it speaks of."""
    _prove(sns.signed(notice))
    found = sns.handed(notice)
    if found is None:
        return None
    if found.confirm:
        ask(found.confirm)
        return None
    return found.content or _from_s3(found, key)


def _prove(signed: sns.Signed) -> None:
    """Nothing when Amazon signed it. Raises NoticeNotProven."""
    public = _public_key(signed.certificate)
    algorithm = hashes.SHA256() if signed.sha256 else hashes.SHA1()  # noqa: S303 (signatures of version 1 are made with it)
    try:
        public.verify(signed.signature, signed.text, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        raise NoticeNotProven from None


@lru_cache(maxsize=16)
def _public_key(url: str) -> rsa.RSAPublicKey:
    """The key of a certificate of Amazon SNS; a new certificate has a new address, so each is fetched once."""
    try:
        key = x509.load_pem_x509_certificate(ask(url)).public_key()
    except ValueError:
        raise ProviderTrouble("The certificate of Amazon SNS cannot be read.") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise ProviderTrouble("The certificate of Amazon SNS holds another kind of key.")
    return key


def _from_s3(found: sns.Handed, key: str) -> bytes:
    number, colon, secret = key.partition(":")
    if not colon:
        raise ProviderTrouble(
            f"Amazon SES put the message into the bucket {found.bucket}, and no key opens it.",
            todo="Make the address again with an access key, as ID:SECRET, or let the receipt rule use the action SNS.",
        )
    where = Settings(bucket=found.bucket, key=number.strip(), secret=secret.strip(), region=found.region)
    parts, size = [], 0
    try:
        for part in _bucket(where).read(found.name):
            parts.append(part)
            size += len(part)
            if size > MAX_MESSAGE:  # receiving it says so
                break
    except StorageTrouble as problem:
        raise ProviderTrouble(f"Amazon S3, bucket {found.bucket}: {problem.message}") from problem
    return b"".join(parts)


def _bucket(where: Settings) -> Bucket:
    return Bucket(where, _READ_WITHIN)


def _brevo(item: Any, key: str) -> bytes:  # noqa: ANN401 (any JSON value)
    """From Brevo: composed of its parts by django-anymail, each file fetched at Brevo's own address with the key."""
    from anymail.inbound import AnymailInboundMessage  # few desks need it, and it takes a while

    headers, files, room = providers.brevo_headers(item), [], MAX_MESSAGE
    for one in providers.brevo_files(item):
        content = ask(one.address, {"api-key": key}, most=room + 1)
        room -= len(content)
        if room < 0:
            raise ProviderTrouble("The files of the message are larger than this desk accepts.")
        files.append(
            AnymailInboundMessage.construct_attachment(
                one.content_type, content, filename=one.name, content_id=one.content_id
            )
        )
    message = AnymailInboundMessage.construct(
        headers=headers,
        text=_words(item.get("RawTextBody")),
        html=_words(item.get("RawHtmlBody")) or None,
        attachments=files,
    )
    return composed(message)


def _words(given: object) -> str:
    return given.encode("utf-8", "replace").decode() if isinstance(given, str) else ""


def composed(message: Message) -> bytes:
    """A message that django-anymail put together of parts, as bytes.

    Files go in Base64: written as they are, the ends of their lines would change.
    """
    for part in message.walk():
        if not part.is_multipart() and "Content-Transfer-Encoding" not in part:
            encode_base64(part)
    return message.as_bytes()


READERS: dict[str, Callable[[Any, str], bytes | None]] = {"amazon-ses": _amazon_ses, "brevo": _brevo}
