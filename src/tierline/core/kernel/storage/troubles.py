"""What can be wrong with an object storage, in words with what to do. Pure: reads what client and server said."""

import re
from enum import StrEnum
from typing import NamedTuple

from tierline.core.kernel.errors import TemporaryError


class Trouble(StrEnum):
    """What is wrong."""

    KEY = "key"
    SECRET = "secret"  # noqa: S105 (the name of a fault)
    DENIED = "denied"
    BUCKET = "bucket"
    REGION = "region"
    CLOCK = "clock"
    NAME = "name"
    REFUSED = "refused"
    TLS = "tls"
    SILENT = "silent"
    BROKEN = "broken"
    MISSING = "missing"
    DAMAGED = "damaged"
    NOT_SET_UP = "not-set-up"


class StorageTrouble(TemporaryError):
    """The object storage did not do what it was asked; `trouble` says how, the sentence says what to do."""

    code = "object_storage"

    def __init__(self, trouble: Trouble, message: str, todo: str = "") -> None:
        self.trouble = trouble
        super().__init__(message, todo=todo)

    @property
    def concerns_all(self) -> bool:
        """Whether every other file would meet the same: then there is no use in trying them."""
        return self.trouble not in (Trouble.MISSING, Trouble.DAMAGED)


class _Known(NamedTuple):
    """One trouble, by what tells it: a code of S3 (its API reference, Error responses) or words of the client."""

    told_by: re.Pattern[str]
    trouble: Trouble
    message: str
    todo: str


def _known(told_by: str, trouble: Trouble, message: str, todo: str) -> _Known:
    return _Known(re.compile(told_by), trouble, message, todo)


_KNOWN = (
    _known(
        r"<Code>(InvalidAccessKeyId|InvalidToken|ExpiredToken|UnrecognizedClientException)",
        Trouble.KEY,
        "The object storage does not know the key.",
        "Check TIERLINE_S3_KEY, and whether the key was taken back.",
    ),
    _known(
        r"<Code>SignatureDoesNotMatch",
        Trouble.SECRET,
        "The secret does not belong to the key.",
        "Check TIERLINE_S3_SECRET or its file: a space or a line too much is enough.",
    ),
    _known(
        r"<Code>(RequestTimeTooSkewed|RequestExpired)",
        Trouble.CLOCK,
        "The clocks of this machine and of the object storage are more than a quarter of an hour apart.",
        "Set this machine's clock (NTP).",
    ),
    _known(
        r"<Code>NoSuchBucket",
        Trouble.BUCKET,
        "There is no bucket {bucket}.",
        "Make it there, or check TIERLINE_S3_BUCKET.",
    ),
    _known(
        r"<Code>(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint"
        r"|IncorrectEndpoint)|status code: 30[17]|bare redirect",
        Trouble.REGION,
        "The bucket {bucket} is in another region.",
        "Set TIERLINE_S3_REGION, and TIERLINE_S3_ENDPOINT when it names one.",
    ),
    _known(
        r"<Code>(AccessDenied|AllAccessDisabled|AccountProblem|NotSignedUp)|status code: 40[13]",
        Trouble.DENIED,
        "Access denied: the key may not do this in the bucket {bucket}.",
        "It needs to read, write and delete objects there (s3:GetObject, s3:PutObject, s3:DeleteObject).",
    ),
    _known(
        r"dns error|failed to lookup",
        Trouble.NAME,
        "There is no server with the name in {endpoint}.",
        "Check TIERLINE_S3_ENDPOINT. When the name begins with the bucket, set TIERLINE_S3_ADDRESSING to path.",
    ),
    _known(
        r"ConnectionRefused|NetworkUnreachable|HostUnreachable",
        Trouble.REFUSED,
        "Nothing answers at {endpoint}.",
        "Check TIERLINE_S3_ENDPOINT, its port, and whether the object storage runs.",
    ),
    _known(
        r"UnknownIssuer|InvalidCertificate|CertNotValid|invalid peer certificate",
        Trouble.TLS,
        "The certificate of {endpoint} is not accepted.",
        "Use the name that it is made for; SSL_CERT_FILE adds an authority of your own.",
    ),
    _known(
        r"InvalidContentType|InvalidMessage|HandshakeFailure",
        Trouble.TLS,
        "{endpoint} does not speak TLS.",
        "Begin TIERLINE_S3_ENDPOINT with http:// when it stands in your own network, else check the port.",
    ),
    _known(
        r"TimedOut|kind: Timeout|^Timeout$",
        Trouble.SILENT,
        "{endpoint} did not answer in time.",
        "Check the address and the port, and whether a firewall is in between.",
    ),
    _known(
        r"<Code>NoSuchKey|status code: 404",
        Trouble.MISSING,
        "The object storage has no such file.",
        "Bring it back from a backup of the bucket.",
    ),
)
_CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,60})</Code>")
_STATUS = re.compile(r"status code: (\d{3} [A-Za-z ]{0,40})")


def explain(said: str, *, endpoint: str, bucket: str) -> StorageTrouble:
    """What the client and the server said, in words; what nobody foresaw shows its code."""
    for one in _KNOWN:
        if one.told_by.search(said):
            names = {"endpoint": endpoint or "Amazon S3", "bucket": bucket}
            return StorageTrouble(one.trouble, one.message.format(**names), one.todo.format(**names))
    found = _CODE.search(said) or _STATUS.search(said)
    detail = f": {found[1].strip()}" if found else ""
    return StorageTrouble(
        Trouble.BROKEN, f"The object storage refused{detail}." if found else "The connection to it broke."
    )
