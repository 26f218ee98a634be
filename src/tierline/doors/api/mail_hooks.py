"""Where mail providers hand over messages (inbound parse): checked and read with django-anymail, then received.

The provider's signature, or the password of the address where it signs nothing, is checked by django-anymail. Where the
provider sends the original bytes, those are kept; otherwise the message that django-anymail composes of the parts. An
answer other than 200 makes the provider try again; the same bytes are then the same message.
"""

import base64
import hmac
import io
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.mailersend import MailerSendInboundWebhookView
from anymail.webhooks.mailgun import MailgunInboundWebhookView
from anymail.webhooks.mailjet import MailjetInboundWebhookView
from anymail.webhooks.mandrill import MandrillCombinedWebhookView
from anymail.webhooks.postal import PostalInboundWebhookView
from anymail.webhooks.postmark import PostmarkInboundWebhookView
from anymail.webhooks.sendgrid import SendGridInboundWebhookView
from anymail.webhooks.sparkpost import SparkPostInboundWebhookView
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import Error
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParser
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.work.intake import operations
from tierline.work.intake.operations.hooks import USER, OpenHook
from tierline.work.intake.rules import providers, sns

log = logging.getLogger(__name__)
_BYTE_FOR_BYTE = "latin-1"  # every byte is one character: what a form field holds can be had back exactly
Raw = Callable[[HttpRequest], list[bytes]]


@dataclass(frozen=True, slots=True)
class Told:
    """What one call hands over: messages themselves, whole notices to be read later, and names of messages to fetch."""

    contents: list[bytes] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    awaited: list[str] = field(default_factory=list)


def _json(request: HttpRequest) -> Any:  # noqa: ANN401 (any JSON value)
    return json.loads(request.body)


def _no_original(request: HttpRequest) -> list[bytes]:
    del request
    return []


def _postmark(request: HttpRequest) -> list[bytes]:
    raw = _json(request).get("RawEmail")
    return [raw.encode()] if raw else []


def _mailersend(request: HttpRequest) -> list[bytes]:
    return [_json(request)["data"]["raw"].encode()]


def _mandrill(request: HttpRequest) -> list[bytes]:
    events = json.loads(request.POST["mandrill_events"])
    return [one["msg"]["raw_msg"].encode() for one in events if one.get("event") == "inbound"]


def _sparkpost(request: HttpRequest) -> list[bytes]:
    contents = [one["msys"]["relay_message"]["content"] for one in _json(request) if one.get("msys")]
    return [_maybe_base64(one["email_rfc822"], coded=one["email_rfc822_is_base64"]) for one in contents]


def _postal(request: HttpRequest) -> list[bytes]:
    event = _json(request)
    return [_maybe_base64(event["message"], coded=bool(event.get("base64")))]


def _maybe_base64(text: str, *, coded: bool) -> bytes:
    return base64.b64decode(text) if coded else text.encode()


def _form_field(name: str) -> Raw:
    def read(request: HttpRequest) -> list[bytes]:
        content = str(_form(request).get(name, "")).encode(_BYTE_FOR_BYTE)
        return [content] if content else []

    return read


def _form(request: HttpRequest) -> QueryDict:
    """The form once more, without a byte changed."""
    if request.content_type != "multipart/form-data":
        return QueryDict(request.body, encoding=_BYTE_FOR_BYTE)
    files = [TemporaryFileUploadHandler(request)]
    form, _files = MultiPartParser(request.META, io.BytesIO(request.body), files, _BYTE_FOR_BYTE).parse()
    return form


def _resend(request: HttpRequest, opened: OpenHook) -> Told:
    if not providers.fits_svix(request.body, opened.signing_key, request.headers, clock.now()):
        raise AnymailWebhookValidationFailure
    return Told(awaited=providers.resend_ids(_json(request)))


def _mailtrap(request: HttpRequest, opened: OpenHook) -> Told:
    given = request.headers.get("Mailtrap-Signature", "")
    if not providers.fits_hmac(request.body, opened.signing_key, given):
        raise AnymailWebhookValidationFailure
    return Told(awaited=providers.mailtrap_ids(_json(request)))


def _by_password(request: HttpRequest, opened: OpenHook) -> None:
    expected = f"Basic {base64.b64encode(f'{USER}:{opened.password}'.encode()).decode()}"
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()):
        raise AnymailWebhookValidationFailure


def _amazon_ses(request: HttpRequest, opened: OpenHook) -> Told:
    """The password of the address now; Amazon's signature in the job, which fetches the certificate."""
    _by_password(request, opened)
    notice = _json(request)
    sns.signed(notice)
    sns.handed(notice)
    return Told(notices=[request.body.decode()])


def _brevo(request: HttpRequest, opened: OpenHook) -> Told:
    """The password of the address; the files of a message are fetched by the job."""
    _by_password(request, opened)
    items = providers.brevo_items(_json(request))
    return Told(notices=[json.dumps(one, ensure_ascii=True, sort_keys=True) for one in items])


class _SendGrid(SendGridInboundWebhookView):
    """The library's view without its warning, at every call, that SendGrid gives its makers no account to test with."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 (the library's options)
        AnymailBaseWebhookView.__init__(self, **given)


@dataclass(frozen=True, slots=True)
class Reader:
    """How one provider is read: django-anymail's view, its name for the signing key, where the original bytes are.

    `told` reads those whose view would fetch messages from elsewhere while the provider waits for an answer.
    """

    view: type[Any] | None = None
    original: Raw = field(default=_no_original)
    signing_key: str = ""
    signs_address: bool = False
    told: Callable[[HttpRequest, OpenHook], Told] | None = None


READERS: dict[str, Reader] = {
    "mailersend": Reader(MailerSendInboundWebhookView, _mailersend, "inbound_secret"),
    "mailgun": Reader(MailgunInboundWebhookView, _form_field("body-mime"), "webhook_signing_key"),
    "mailjet": Reader(MailjetInboundWebhookView),
    "mandrill": Reader(MandrillCombinedWebhookView, _mandrill, "webhook_key", signs_address=True),
    "postal": Reader(PostalInboundWebhookView, _postal, "webhook_key"),
    "postmark": Reader(PostmarkInboundWebhookView, _postmark),
    "sendgrid": Reader(_SendGrid, _form_field("email")),
    "sparkpost": Reader(SparkPostInboundWebhookView, _sparkpost),
    "resend": Reader(told=_resend, signing_key="inbound_secret"),
    "mailtrap": Reader(told=_mailtrap, signing_key="inbound_secret"),
    "amazon-ses": Reader(told=_amazon_ses),
    "brevo": Reader(told=_brevo),
}


def _address(request: HttpRequest, opened: OpenHook) -> str:
    """The address as it was entered at the provider, password included: some sign it."""
    parts = urlsplit(f"{settings.TIERLINE_URL}{request.path}")
    return urlunsplit(parts._replace(netloc=f"{USER}:{opened.password}@{parts.netloc}"))


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def receive(request: HttpRequest, provider: str, key: str) -> HttpResponse:
    """One call of a provider; HEAD is how some ask whether the address is there."""
    known = READERS.get(provider)
    if known is None:
        raise NotFound
    opened = operations.open_hook(provider, key)
    if request.method == "HEAD":
        return HttpResponse()
    try:
        told = known.told(request, opened) if known.told else Told(_contents(request, known, opened))
    except RequestDataTooBig:
        return _said(413, "The message is larger than this door takes.")
    except AnymailWebhookValidationFailure:
        return _refused(request)
    except (AnymailConfigurationError, SuspiciousOperation, KeyError, ValueError, TypeError, AttributeError) as problem:
        log.warning("%s handed over what cannot be read", opened.hook, exc_info=problem)
        return _said(400, "This is no message as this provider hands it over.")
    return _take(opened, told)


def _refused(request: HttpRequest) -> HttpResponse:
    """Amazon SNS shows the password of an address only after it was asked for it."""
    if "x-amz-sns-message-type" not in request.headers or "Authorization" in request.headers:
        return _said(403, "The signature or the password is not the one of this address.")
    response = _said(401, "The password of this address is missing.")
    response["WWW-Authenticate"] = 'Basic realm="mail"'
    return response


def _contents(request: HttpRequest, known: Reader, opened: OpenHook) -> list[bytes]:
    given: dict[str, Any] = {"webhook_secret": f"{USER}:{opened.password}"}
    if known.signing_key:
        given[known.signing_key] = opened.signing_key
    if known.signs_address:
        given["webhook_url"] = _address(request, opened)
    if known.view is None:
        return []
    view = known.view(**given)
    _ = request.body  # kept, so that the form can be read again in another encoding
    view.run_validators(request)
    originals = known.original(request)
    if originals:
        return originals
    return [operations.composed(event.message) for event in view.parse_events(request) if event.message is not None]


def _take(opened: OpenHook, told: Told) -> HttpResponse:
    given: dict[str, Any] = {"actor": Actor.machine("intake"), "hook_id": opened.hook.pk}
    try:
        stored = len(operations.receive_by_hook(**given, contents=told.contents)) if told.contents else 0
        noted = operations.note_awaited(**given, numbers=told.awaited) if told.awaited else 0
        noted += operations.note_notices(**given, notices=told.notices) if told.notices else 0
    except TierlineError as problem:
        return _said(413 if problem.permanent else 503, problem.for_people())
    except Error:
        log.exception("the database did not take a message")
        return _said(503, "The desk cannot store mail at the moment.")
    return _said(200, f"{stored} stored, {noted} to be fetched.")


def _said(status: int, words: str) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
