"""What an object storage and its client say, in words: the error bodies of S3's reference, the client's own words."""

from __future__ import annotations

import pytest

from tierline.core.kernel.storage.troubles import Trouble, explain

ENDPOINT, BUCKET = "https://s3.example", "desk"


def answered(status: str, code: str = "", more: str = "") -> str:
    """As obstore tells it: the request, the status, the body, and its own state at length."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>m</Message>{more}</Error>'
    request = f"Error performing PUT {ENDPOINT}/{BUCKET}/ab/cd in 9ms - Server returned non-2xx status code: {status}"
    state = "RetryErrorImpl { retries: 0, max_retries: 2, retry_timeout: 30s }"
    return f"{request}: {body if code else ''}\n\nDebug source:\n{state}"


SAID = [
    (answered("403 Forbidden", "InvalidAccessKeyId"), Trouble.KEY, "does not know the key"),
    (answered("400 Bad Request", "ExpiredToken"), Trouble.KEY, "does not know the key"),
    (answered("403 Forbidden", "SignatureDoesNotMatch"), Trouble.SECRET, "does not belong to the key"),
    (answered("403 Forbidden", "RequestTimeTooSkewed"), Trouble.CLOCK, "clock"),
    (answered("403 Forbidden", "AccessDenied"), Trouble.DENIED, "Access denied"),
    (answered("403 Forbidden"), Trouble.DENIED, "s3:PutObject"),
    (answered("401 Unauthorized"), Trouble.DENIED, "Access denied"),
    (answered("404 Not Found", "NoSuchBucket"), Trouble.BUCKET, "no bucket desk"),
    (answered("404 Not Found", "NoSuchKey"), Trouble.MISSING, "no such file"),
    (answered("404 Not Found"), Trouble.MISSING, "no such file"),
    (answered("301 Moved Permanently", "PermanentRedirect"), Trouble.REGION, "another region"),
    (answered("400 Bad Request", "AuthorizationHeaderMalformed", "<Region>eu-1</Region>"), Trouble.REGION, "REGION"),
    ('ConnectError("dns error", Custom { error: "failed to lookup address" })', Trouble.NAME, "no server"),
    ("Os { code: 111, kind: ConnectionRefused }", Trouble.REFUSED, "Nothing answers at https://s3.example"),
    ("invalid peer certificate: UnknownIssuer", Trouble.TLS, "not accepted"),
    ("InvalidMessage( InvalidContentType, )", Trouble.TLS, "does not speak TLS"),
    ("HttpError { kind: Timeout, source: TimedOut }", Trouble.SILENT, "did not answer in time"),
    ("Timeout", Trouble.SILENT, "did not answer in time"),
    (answered("500 Internal Server Error", "InternalError"), Trouble.BROKEN, "refused: InternalError"),
    (answered("507 Insufficient Storage"), Trouble.BROKEN, "507 Insufficient Storage"),
    (answered("403 Forbidden", "XMinioStorageFull<script>"), Trouble.DENIED, "Access denied"),
    ("", Trouble.BROKEN, "connection"),
    ("connection closed before message completed", Trouble.BROKEN, "connection"),
]


@pytest.mark.parametrize(("said", "trouble", "words"), SAID)
def test_what_was_said_in_words(said: str, trouble: Trouble, words: str) -> None:
    found = explain(said, endpoint=ENDPOINT, bucket=BUCKET)

    assert found.trouble == trouble
    assert words in found.for_people()
    assert "retry_timeout" not in found.for_people()
    assert "<" not in found.for_people()


def test_amazon_has_a_name_without_an_endpoint() -> None:
    assert "Amazon S3 did not answer" in explain("TimedOut", endpoint="", bucket="b").for_people()


def test_only_one_files_trouble_lets_the_others_go_on() -> None:
    alone = {one for one in Trouble if not explain_as(one)}
    assert alone == {Trouble.MISSING, Trouble.DAMAGED}


def explain_as(trouble: Trouble) -> bool:
    from tierline.core.kernel.storage import StorageTrouble

    return StorageTrouble(trouble, "x").concerns_all


def test_braces_in_a_name_are_only_a_name() -> None:
    assert "{endpoint}" in explain("<Code>NoSuchBucket", endpoint="e", bucket="{endpoint}").message
