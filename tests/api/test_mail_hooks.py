"""Mail providers hand over messages: the sender is checked, the original bytes are kept, what fails is tried again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.db import DatabaseError
from django.test import Client
from pytest_django import Settings

from tests.support.desk import SETUP
from tests.support.mails import mail
from tierline.core.kernel import storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.people.models import Desk
from tierline.desk.tickets.models import Ticket
from tierline.doors.api.mail_hooks import READERS
from tierline.work.intake import operations
from tierline.work.intake.models import InboundHook, InboundMessage
from tierline.work.intake.operations import hooks
from tierline.work.intake.rules.providers import PROVIDERS

pytestmark = pytest.mark.django_db

LETTER = mail(b"Caf\xe9 \x80\xff\r\n", Subject="Printer", To="help@desk.example")
TEXT = mail("Cafe\r\n", Subject="Printer", To="help@desk.example")


@pytest.fixture
def desk(settings: Settings) -> Desk:
    settings.TIERLINE_URL = "https://desk.example"
    return Desk.objects.create(key="it", name="IT", kind="it")


class Calling:
    """A provider with an address of the desk."""

    def __init__(self, desk: Desk, provider: str, signing_key: str = "") -> None:
        self.hook, self.password = operations.add_hook(
            actor=SETUP, provider=provider, desk_id=desk.pk, signing_key=signing_key
        )
        self.path = f"/hooks/mail/{provider}/{self.hook.key}"
        self.client = Client(enforce_csrf_checks=True)

    def post(self, data: object, *, password: str | None = None, **rest: object) -> int:
        given = base64.b64encode(f"tierline:{password or self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {given}", **rest.pop("headers", {})}  # type: ignore[dict-item] # as typed
        return self.client.post(self.path, data, headers=headers, **rest).status_code  # type: ignore[arg-type] # as typed

    def json(self, data: object, **rest: object) -> int:
        return self.post(json.dumps(data), content_type="application/json", **rest)


def stored() -> bytes:
    return storage.read(InboundMessage.objects.latest("pk").blob_id or "")


def test_every_provider_that_is_offered_can_be_read() -> None:
    assert set(READERS) == set(PROVIDERS)
    assert {key for key, one in READERS.items() if one.signing_key} == {k for k, one in PROVIDERS.items() if one.signs}


def test_postmark_with_the_original(desk: Desk) -> None:
    calling = Calling(desk, "postmark")
    assert calling.json({"FromFull": {"Email": "n@c.example"}, "RawEmail": TEXT.decode()}) == 200
    assert stored() == TEXT
    assert Ticket.objects.get().desk == desk
    assert calling.json({"FromFull": {"Email": "n@c.example"}, "RawEmail": TEXT.decode()}) == 200
    assert Ticket.objects.count() == 1, "what a provider hands over twice is there once"
    assert InboundHook.objects.get().last_at is not None


def test_without_the_original_the_parts_are_put_together(desk: Desk) -> None:
    parts = {
        "From": "Nora <nora@customer.example>",
        "FromFull": {"Email": "nora@customer.example", "Name": "Nora"},
        "To": "help@desk.example",
        "ToFull": [{"Email": "help@desk.example", "Name": ""}],
        "Subject": "Printer on fire",
        "TextBody": "It burns.",
        "MessageID": "x",
        "Headers": [{"Name": "Message-ID", "Value": "<one@customer.example>"}],
        "Attachments": [{"Name": "a.log", "ContentType": "text/plain", "Content": base64.b64encode(b"log").decode()}],
    }
    assert Calling(desk, "postmark").json(parts) == 200
    ticket = Ticket.objects.get()
    assert (ticket.title, ticket.requester.email) == ("Printer on fire", "nora@customer.example")
    assert InboundMessage.objects.get().mail_id == "one@customer.example"
    assert ticket.messages.get().attachments.get().name == "a.log"


def test_mailgun_byte_for_byte_with_its_signature(desk: Desk) -> None:
    calling = Calling(desk, "mailgun", "signing-key")
    now = str(int(time.time()))

    def fields(key: str) -> bytes:
        signature = hmac.new(key.encode(), f"{now}token".encode(), hashlib.sha256).hexdigest()
        parts = {"timestamp": now, "token": "token", "signature": signature, "recipient": "help@desk.example"}
        form = b"".join(
            b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value.encode())
            for name, value in parts.items()
        )
        return form + b'--x\r\nContent-Disposition: form-data; name="body-mime"\r\n\r\n' + LETTER + b"\r\n--x--\r\n"

    kind = "multipart/form-data; boundary=x"
    assert calling.post(fields("another key"), content_type=kind) == 403
    assert not InboundMessage.objects.exists()
    assert calling.post(fields("signing-key"), content_type=kind) == 200
    assert stored() == LETTER


def test_mandrill_signs_the_address_it_was_given(desk: Desk) -> None:
    calling = Calling(desk, "mandrill", "key")
    events = json.dumps([{"event": "inbound", "ts": 1, "msg": {"raw_msg": TEXT.decode()}}])
    address = f"https://tierline:{calling.password}@desk.example{calling.path}"
    signature = base64.b64encode(hmac.new(b"key", f"{address}mandrill_events{events}".encode(), "sha1").digest())
    form = {"mandrill_events": events}
    assert calling.post(form) == 403
    assert calling.post(form, headers={"X-Mandrill-Signature": signature.decode()}) == 200
    assert stored() == TEXT


def test_of_many_messages_in_one_call_none_is_left_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes] = []

    def keep(*, content: bytes, **_: object) -> None:
        taken.append(content)

    monkeypatch.setattr(hooks, "receive", keep)
    letters = [mail(Subject=f"Number {number}") for number in range(150)]
    relayed = [{"email_rfc822": one.decode(), "email_rfc822_is_base64": False} for one in letters]
    assert Calling(desk, "sparkpost").json([{"msys": {"relay_message": {"content": one}}} for one in relayed]) == 200
    assert taken == letters


def test_postal_with_a_key_pair(desk: Desk) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    calling = Calling(desk, "postal", "".join(pem.decode().splitlines()[1:-1]))
    body = json.dumps({"rcpt_to": "help@desk.example", "message": base64.b64encode(LETTER).decode(), "base64": True})
    signature = base64.b64encode(private.sign(body.encode(), padding.PKCS1v15(), hashes.SHA1())).decode()  # noqa: S303 (Postal's own)
    headers = {"X-Postal-Signature": signature}
    assert calling.post(f"{body} ", content_type="application/json", headers=headers) == 403
    assert calling.post(body, content_type="application/json", headers=headers) == 200
    assert stored() == LETTER


def test_sparkpost_mailersend_and_sendgrid(desk: Desk) -> None:
    relayed = {"email_rfc822": base64.b64encode(LETTER).decode(), "email_rfc822_is_base64": True}
    assert Calling(desk, "sparkpost").json([{"msys": {"relay_message": {"content": relayed}}}]) == 200
    assert stored() == LETTER
    calling = Calling(desk, "mailersend", "secret")
    body = json.dumps({"type": "inbound.message", "data": {"raw": mail(Subject="B").decode()}})
    signature = hmac.new(b"secret", body.encode(), "sha256").hexdigest()
    assert calling.post(body, content_type="application/json", headers={"Signature": signature}) == 200
    assert Calling(desk, "sendgrid").post({"email": mail(Subject="C").decode(), "from": "x"}) == 200
    assert set(Ticket.objects.values_list("title", flat=True)) == {"Printer", "B", "C"}


def test_a_wrong_password_an_unknown_address_and_another_provider(desk: Desk) -> None:
    calling = Calling(desk, "postmark")
    assert calling.json({"RawEmail": TEXT.decode()}, password="guess") == 403
    calling.path = f"/hooks/mail/sparkpost/{calling.hook.key}"
    assert calling.json([]) == 404
    calling.path = "/hooks/mail/postmark/guess"
    assert calling.json({}) == 404
    calling.path = f"/hooks/mail/nobody/{calling.hook.key}"
    assert calling.json({}) == 404
    assert not InboundMessage.objects.exists()


def test_a_provider_asks_whether_the_address_is_there(desk: Desk) -> None:
    calling = Calling(desk, "mandrill", "key")
    assert calling.client.head(calling.path).status_code == 200
    assert calling.client.get(calling.path).status_code == 405
    assert calling.client.head("/hooks/mail/mandrill/guess").status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"RecordType": "Bounce"}', b'{"RawEmail": 7}', b"\xff"])
def test_what_cannot_be_read_is_refused_without_a_crash(desk: Desk, body: bytes) -> None:
    assert Calling(desk, "postmark").post(body, content_type="application/json") == 400


def test_a_database_that_is_away_makes_the_provider_try_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: object) -> None:
        raise DatabaseError("gone")

    calling = Calling(desk, "postmark")
    monkeypatch.setattr(operations, "receive_by_hook", away)
    assert calling.json({"RawEmail": TEXT.decode()}) == 503


def test_too_much_for_one_call(desk: Desk, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert Calling(desk, "postmark").json({"RawEmail": mail("x" * 2000).decode()}) == 413


def test_addresses_are_made_and_removed_by_administrators_and_their_secrets_sealed(desk: Desk) -> None:
    hook, password = operations.add_hook(actor=SETUP, provider="mailgun", desk_id=desk.pk, signing_key=" k ")
    assert password not in hook.secret
    assert operations.open_hook("mailgun", hook.key).signing_key == "k"
    assert password not in repr(operations.open_hook("mailgun", hook.key))
    with pytest.raises(Invalid):
        operations.add_hook(actor=SETUP, provider="mailgun", desk_id=0)
    with pytest.raises(NotFound):
        operations.add_hook(actor=Actor.machine("x"), provider="mailgun", desk_id=desk.pk)
    operations.remove_hook(actor=SETUP, hook_id=hook.pk)
    for again in (
        lambda: operations.remove_hook(actor=SETUP, hook_id=hook.pk),
        lambda: operations.open_hook("mailgun", hook.key),
    ):
        with pytest.raises(NotFound):
            again()
