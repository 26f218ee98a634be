"""Providers that only tell of a message: it is noted, fetched by a job with their key, and received once."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.test import Client

from tests.support.certificates import certificate
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.mails import mail
from tierline.core.kernel import jobs, outbound, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.core.kernel.storage.bucket import Settings
from tierline.core.kernel.storage.troubles import StorageTrouble, Trouble
from tierline.desk.tickets.models import Ticket
from tierline.work.intake import operations, queries
from tierline.work.intake.errors import ProviderTrouble
from tierline.work.intake.models import AwaitedMail, InboundHook, InboundMessage
from tierline.work.intake.operations import incoming, notices
from tierline.work.intake.rules import providers, sns

pytestmark = pytest.mark.django_db
desk = held(small_desk)

INTAKE = Actor.machine("intake")
SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes or so").decode()
LETTER = mail("It burns.", To="help@desk.example")
Web = dict[str, tuple[int, bytes]]


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    """The provider's side: what each address answers. An unknown one cannot be reached."""
    pages: Web = {}

    def get(url: str, headers: dict[str, str] | None = None, *, most: int = 0, timeout: float = 0) -> outbound.Answer:
        if url not in pages:
            raise outbound.Unreachable(outbound.Trouble.SILENT, "It did not answer in time.", "")
        if url.startswith(("https://api.resend.com/", "https://mailtrap.io/")):
            assert (headers or {})["Authorization"] == "Bearer key-1"
        elif url.startswith("https://api.brevo.com/"):
            assert (headers or {}) == {"api-key": "key-1"}
        else:
            assert not headers, "the key goes to nobody else"
        status, body = pages[url]
        return outbound.Answer(status, body[:most])

    monkeypatch.setattr(outbound, "get", get)
    return pages


class Amazon:
    """Amazon SNS with a key of its own."""

    _key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def pem(self) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        begun = datetime(2026, 1, 1, tzinfo=UTC)
        made = x509.CertificateBuilder(name, name, self._key.public_key(), 7, begun, begun + timedelta(days=900))
        return made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def sign(self, notice: dict[str, str]) -> dict[str, str]:
        fields = sns.SIGNED[notice["Type"]]
        text = "".join(f"{name}\n{notice[name]}\n" for name in fields if name in notice).encode()
        algorithm = hashes.SHA256() if notice["SignatureVersion"] == "2" else hashes.SHA1()  # noqa: S303 (version 1)
        return notice | {"Signature": base64.b64encode(self._key.sign(text, padding.PKCS1v15(), algorithm)).decode()}

    def mail(self, action: dict[str, object], content: str | None = "", *, version: str = "1") -> dict[str, str]:
        told = {"notificationType": "Received", "receipt": {"action": action}, "content": content}
        return self.sign(self._notice("Notification", version) | {"Message": json.dumps(told)})

    def subscription(self, url: str) -> dict[str, str]:
        more = {"Message": "You have chosen to subscribe", "SubscribeURL": url, "Token": "t"}
        return self.sign(self._notice("SubscriptionConfirmation", "1") | more)

    def _notice(self, kind: str, version: str) -> dict[str, str]:
        known = {"Type": kind, "MessageId": "m-1", "Timestamp": "2026-11-17T12:00:00.000Z", "TopicArn": TOPIC}
        return known | {"SignatureVersion": version, "SigningCertURL": CERTIFICATE}


class Calling:
    """A provider with an address of the desk."""

    def __init__(self, desk: SmallDesk, provider: str, signing_key: str = SECRET) -> None:
        self.hook, self.password = operations.add_hook(
            actor=SETUP, provider=provider, desk_id=desk.desk.pk, signing_key=signing_key, api_key="key-1"
        )
        self.path = f"/hooks/mail/{provider}/{self.hook.key}"

    def post(self, event: object, **headers: str) -> int:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return Client().post(self.path, json.dumps(event), content_type="application/json", headers=given).status_code

    def svix(self, event: object, *, age: int = 0, secret: str = SECRET) -> int:
        moment = str(int(time.time()) - age)
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"msg_1.{moment}.{json.dumps(event)}".encode()
        signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        headers = {"svix_id": "msg_1", "svix_timestamp": moment, "svix_signature": f"v1,x v1,{signature}"}
        return self.post(event, **headers)


RESEND = {"type": "email.received", "data": {"email_id": "abc-1"}}
TOLD, RAW = "https://api.resend.com/emails/receiving/abc-1", "https://cdn.resend.example/raw/1"


def stored() -> bytes:
    return storage.read(InboundMessage.objects.latest("pk").blob_id or "")


class TestResend:
    def test_noted_fetched_and_there_once(self, desk: SmallDesk, web: Web) -> None:
        web |= {TOLD: (200, json.dumps({"raw": {"download_url": RAW}}).encode()), RAW: (200, LETTER)}
        calling = Calling(desk, "resend")
        assert [calling.svix(RESEND), calling.svix(RESEND)] == [200, 200]
        assert not InboundMessage.objects.exists(), "nothing is fetched while the provider waits"
        jobs.drain()

        assert stored() == LETTER
        awaited = AwaitedMail.objects.get()
        assert (awaited.inbound_id, awaited.problem) == (InboundMessage.objects.get().pk, "")
        assert calling.svix(RESEND) == 200
        jobs.drain()
        assert InboundMessage.objects.count() == 1

    @pytest.mark.parametrize(
        ("given", "status"),
        [
            ({"secret": "whsec_" + base64.b64encode(b"another").decode()}, 403),
            ({"age": 600}, 403),
            ({"age": -600}, 403),
        ],
    )
    def test_only_with_its_signature(self, desk: SmallDesk, given: dict[str, object], status: int) -> None:
        assert Calling(desk, "resend").svix(RESEND, **given) == status  # type: ignore[arg-type] # a table of arguments
        assert Calling(desk, "resend").post(RESEND) == 403
        assert not AwaitedMail.objects.exists()

    def test_what_cannot_be_fetched_is_kept_with_its_reason_and_asked_for_again(
        self, desk: SmallDesk, web: Web
    ) -> None:
        Calling(desk, "resend").svix(RESEND)
        awaited = AwaitedMail.objects.get()
        for page, words in (
            (None, "did not answer in time"),
            ((401, b""), "it answers 401"),
            ((404, b""), "it has the message no longer"),
            ((200, b"no json"), "does not say where"),
            ((200, b'{"raw": {"download_url": "http://169.254.169.254/"}}'), "does not say where"),
        ):
            web.clear()
            if page is not None:
                web[TOLD] = page
            with pytest.raises((ProviderTrouble, outbound.Unreachable)):
                operations.fetch_awaited(actor=INTAKE, awaited_id=awaited.pk)
            assert words in queries.awaited(SETUP, awaited.hook_id).problem
        assert operations.retry_awaited(actor=INTAKE) == 1
        web |= {TOLD: (200, json.dumps({"raw": {"download_url": RAW}}).encode()), RAW: (200, LETTER)}
        jobs.drain()
        assert queries.awaited(SETUP, awaited.hook_id) == queries.Awaited(0, "")

    def test_nothing_to_fetch(self, desk: SmallDesk) -> None:
        with pytest.raises(NotFound):
            operations.fetch_awaited(actor=INTAKE, awaited_id=0)
        with pytest.raises(NotFound):
            operations.note_awaited(actor=INTAKE, hook_id=0, numbers=["x"])
        with pytest.raises(NotFound):
            operations.fetch_again(actor=desk.leading, hook_id=1)


class TestMailtrap:
    EVENT = {"events": [{"event": "inbound.message_received", "inbox_id": 7, "message_id": "m-1"}]}

    def sign(self, event: object) -> str:
        return hmac.new(b"plain", json.dumps(event).encode(), hashlib.sha256).hexdigest()

    def test_noted_and_fetched(self, desk: SmallDesk, web: Web) -> None:
        calling = Calling(desk, "mailtrap", "plain")
        assert calling.post(self.EVENT, Mailtrap_Signature=self.sign(self.EVENT)) == 200
        at = "https://mailtrap.io/api/inbound/inboxes/7/messages/m-1"
        web |= {at: (200, json.dumps({"raw_message_url": RAW}).encode()), RAW: (200, LETTER)}
        jobs.drain()
        assert stored() == LETTER

    def test_its_trial_and_what_is_none(self, desk: SmallDesk) -> None:
        trial = {"events": [{"event": "inbound.message_received", "inbox_id": 1, "message_id": "m"}]}
        calling = Calling(desk, "mailtrap", "plain")
        assert calling.post(trial, Mailtrap_Signature=self.sign(trial)) == 200
        assert calling.post({}, Mailtrap_Signature=self.sign({})) == 400
        assert calling.post(self.EVENT, Mailtrap_Signature="0" * 64) == 403
        assert not AwaitedMail.objects.exists()


TOPIC = "arn:aws:sns:eu-central-1:123456789012:mail"
CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a1b.pem"


def tried() -> None:
    """What a worker does with a message that cannot be had: the reason is kept, the next try comes later."""
    for awaited in AwaitedMail.objects.filter(fetched_at=None):
        with suppress(TierlineError):
            operations.fetch_awaited(actor=INTAKE, awaited_id=awaited.pk)


class TestAmazonSes:
    @pytest.fixture
    def calling(self, desk: SmallDesk, web: Web) -> Calling:
        notices._public_key.cache_clear()
        web[CERTIFICATE] = (200, Amazon().pem)
        return Calling(desk, "amazon-ses", "")

    def shown(self, calling: Calling) -> dict[str, str]:
        word = base64.b64encode(f"tierline:{calling.password}".encode()).decode()
        return {"Authorization": f"Basic {word}", "x_amz_sns_message_type": "Notification"}

    @pytest.mark.parametrize("version", ["1", "2"])
    @pytest.mark.parametrize(
        ("encoding", "pack"), [("BASE64", lambda b: base64.b64encode(b).decode()), ("UTF8", bytes.decode)]
    )
    def test_the_message_is_in_the_notice(
        self, calling: Calling, encoding: str, pack: Callable[[bytes], str], version: str
    ) -> None:
        notice = Amazon().mail({"type": "SNS", "encoding": encoding}, pack(LETTER), version=version)
        assert [calling.post(notice, **self.shown(calling)) for _ in range(2)] == [200, 200]
        assert not InboundMessage.objects.exists(), "nothing is believed before its certificate was fetched"
        jobs.drain()
        assert stored() == LETTER
        awaited = AwaitedMail.objects.get()
        assert (awaited.notice, awaited.problem, InboundMessage.objects.count()) == ("", "", 1)

    @pytest.mark.parametrize(
        "change",
        [
            {"Message": "another"},
            {"MessageId": "another"},
            {"Signature": base64.b64encode(b"x" * 256).decode()},
            {"SignatureVersion": "2"},
            {"Subject": "put in by somebody"},
        ],
    )
    def test_what_amazon_did_not_sign_is_not_received(self, calling: Calling, change: dict[str, str]) -> None:
        told = Amazon().mail({"type": "SNS"}, LETTER.decode()) | change
        if change.get("Message"):
            told["Message"] = Amazon().mail({"type": "SNS"}, "From: forged@desk.example\n\nx")["Message"]
        assert calling.post(told, **self.shown(calling)) == 200
        tried()
        assert not InboundMessage.objects.exists()
        assert "signature is not Amazon's" in queries.awaited(SETUP, calling.hook.pk).problem

    @pytest.mark.parametrize(
        "where",
        [
            "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
            "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
            "https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem",
            "https://sns.eu-central-1.amazonaws.com:444/SimpleNotificationService-1.pem",
            "https://s3.amazonaws.com/evil/SimpleNotificationService-1.pem",
            "https://sns.eu-central-1.amazonaws.com/other.pem",
            "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem?x=1",
            "https://127.0.0.1/SimpleNotificationService-1.pem",
            "",
            None,
        ],
    )
    def test_a_certificate_from_elsewhere_is_refused_at_the_door(self, calling: Calling, where: str | None) -> None:
        told = Amazon().mail({"type": "SNS"}, LETTER.decode()) | {"SigningCertURL": where}
        assert calling.post(told, **self.shown(calling)) == 400
        assert not AwaitedMail.objects.exists()

    @pytest.mark.parametrize(
        ("page", "words"),
        [
            ((200, b"no certificate"), "cannot be read"),
            ((500, b""), "it answers 500"),
            ((200, certificate().read_bytes()), "another kind of key"),
        ],
    )
    def test_a_certificate_that_is_none_keeps_the_notice_for_later(
        self, calling: Calling, web: Web, page: tuple[int, bytes], words: str
    ) -> None:
        web[CERTIFICATE] = page
        calling.post(Amazon().mail({"type": "SNS"}, LETTER.decode()), **self.shown(calling))
        tried()
        assert words in queries.awaited(SETUP, calling.hook.pk).problem
        web[CERTIFICATE] = (200, Amazon().pem)
        assert operations.fetch_again(actor=SETUP, hook_id=calling.hook.pk) == 1
        jobs.drain()
        assert stored() == LETTER

    def test_the_password_is_asked_for_first(self, calling: Calling) -> None:
        notice = Amazon().mail({"type": "SNS"}, "x")
        assert calling.post(notice, x_amz_sns_message_type="Notification") == 401
        assert calling.post(notice, Authorization="Basic eDp5") == 403

    def test_a_subscription_is_confirmed_by_a_job_and_at_amazon_only(self, calling: Calling, web: Web) -> None:
        there = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
        web[there] = (200, b"<ok/>")
        assert calling.post(Amazon().subscription(there), **self.shown(calling)) == 200
        jobs.drain()
        assert AwaitedMail.objects.get().fetched_at is not None
        for elsewhere in (
            "http://sns.eu-central-1.amazonaws.com/",
            "https://sns.x.amazonaws.com.evil.example/",
            "https://127.0.0.1/",
        ):
            assert calling.post(Amazon().subscription(elsewhere), **self.shown(calling)) == 400
        end = Amazon().subscription(there) | {"Type": "UnsubscribeConfirmation"}
        assert calling.post(Amazon().sign(end), **self.shown(calling)) == 200
        jobs.drain()
        assert not InboundMessage.objects.exists()

    def test_a_message_in_s3_needs_a_key_and_says_so(self, calling: Calling) -> None:
        InboundHook.objects.update(api_key="")
        calling.post(Amazon().mail({"type": "S3", "bucketName": "mail", "objectKey": "in/1"}), **self.shown(calling))
        tried()
        told = queries.awaited(SETUP, calling.hook.pk)
        assert told.count == 1
        assert "the bucket mail, and no key opens it. Make the address again with an access key" in told.problem

    @pytest.mark.parametrize(
        "action",
        [
            {"type": "S3"},
            {"type": "S3", "bucketName": "../x", "objectKey": "a"},
            {"type": "S3", "bucketName": "mail", "objectKey": ""},
            {"type": "S3", "bucketName": "mail", "objectKey": 7},
            {"type": "Lambda"},
        ],
    )
    def test_another_action_is_refused(self, calling: Calling, action: dict[str, object]) -> None:
        assert calling.post(Amazon().mail(action, None), **self.shown(calling)) == 400

    @pytest.mark.parametrize(
        ("outcome", "words"),
        [("there", ""), ("missing", "Amazon S3, bucket mail: "), ("huge", "is the limit")],
    )
    def test_a_message_is_read_from_the_bucket_in_the_region_of_the_topic(
        self, calling: Calling, monkeypatch: pytest.MonkeyPatch, outcome: str, words: str
    ) -> None:
        opened: list[Settings] = []

        class Fake:
            def __init__(self, where: Settings) -> None:
                opened.append(where)

            def read(self, name: str) -> Iterator[bytes]:
                assert name == "in/1"
                if outcome == "missing":
                    raise StorageTrouble(Trouble.MISSING, "It is not there.")
                half = len(LETTER) // 2
                yield LETTER[:half]
                yield LETTER[half:] if outcome == "there" else b"x" * 50

        monkeypatch.setattr(notices, "_bucket", Fake)
        if outcome == "huge":
            monkeypatch.setattr(incoming, "MAX_MESSAGE", 60)
            monkeypatch.setattr(notices, "MAX_MESSAGE", 60)
        hook, _password = operations.add_hook(
            actor=SETUP, provider="amazon-ses", desk_id=calling.hook.desk_id, api_key="AKIA1: s3cret"
        )
        notice = json.dumps(Amazon().mail({"type": "S3", "bucketName": "mail", "objectKey": "in/1"}))
        operations.note_notices(actor=INTAKE, hook_id=hook.pk, notices=[notice])
        tried()
        where = opened[0]
        assert (where.bucket, where.region, where.key, where.secret) == ("mail", "eu-central-1", "AKIA1", "s3cret")
        assert words in queries.awaited(SETUP, hook.pk).problem
        assert InboundMessage.objects.exists() is (outcome == "there")


class TestBrevo:
    FILE = bytes(range(256)) + b"\r\n\r\nend\n"

    def item(self, **change: object) -> dict[str, object]:
        headers = {
            "From": "Ines Okafor <ines@field.example>",
            "To": ["help@desk.example"],
            "Subject": ["Grüße vom Dach", "a second one"],
            "Message-ID": "<1@field.example>",
            "Received": ["by one", "by two\r\n and more"],
            "Content-Type": "multipart/mixed; boundary=theirs",
            "Content-Transfer-Encoding": "base64",
            "Bad name\n": "x",
        }
        file = {"Name": "a b.pdf", "ContentType": "application/pdf", "DownloadToken": "t/1"}
        return {"Uuid": ["u-1"], "Headers": headers, "RawTextBody": "Es brennt.", "Attachments": [file]} | change

    def post(self, calling: Calling, *items: object) -> int:
        word = base64.b64encode(f"tierline:{calling.password}".encode()).decode()
        return calling.post({"items": list(items)}, Authorization=f"Basic {word}")

    def test_it_is_composed_of_its_parts_and_files_keep_their_bytes(self, desk: SmallDesk, web: Web) -> None:
        calling = Calling(desk, "brevo")
        assert [self.post(calling, self.item()), self.post(calling, self.item())] == [200, 200]
        tried()
        assert "did not answer in time" in queries.awaited(SETUP, calling.hook.pk).problem
        web["https://api.brevo.com/v3/inbound/attachments/t%2F1"] = (200, self.FILE)
        operations.fetch_again(actor=SETUP, hook_id=calling.hook.pk)
        jobs.drain()

        mail_ = email.message_from_bytes(stored(), policy=email.policy.default)
        assert (mail_["Subject"], mail_["Message-ID"]) == ("Grüße vom Dach", "<1@field.example>")
        assert mail_.get_all("Received") == ["by one", "by two and more"]
        assert mail_.get_all("Content-Transfer-Encoding") is None
        (file,) = (
            mail_.iter_attachments()
            if not mail_.is_multipart()
            else [part for part in mail_.walk() if part.get_filename()]
        )
        assert (file.get_filename(), file.get_content_type()) == ("a b.pdf", "application/pdf")
        assert file.get_payload(decode=True) == self.FILE
        ticket = Ticket.objects.get()
        assert (ticket.title, ticket.requester.email) == ("Grüße vom Dach", "ines@field.example")
        assert InboundMessage.objects.count() == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"Attachments": []},
            {"Attachments": None, "RawTextBody": None, "RawHtmlBody": "<p>Es brennt.</p>"},
            {"Attachments": [], "RawTextBody": "a\x00b \ud800", "RawHtmlBody": 7},
        ],
    )
    def test_odd_parts_lose_nothing(self, desk: SmallDesk, web: Web, change: dict[str, object]) -> None:
        calling = Calling(desk, "brevo")
        assert self.post(calling, self.item(**change)) == 200
        jobs.drain()
        assert InboundMessage.objects.count() == 1
        assert Ticket.objects.get().title == "Grüße vom Dach"

    @pytest.mark.parametrize("items", [[], [1], [{"Headers": {}}], [{"event": "delivered"}]])
    def test_what_is_no_mail_of_brevo(self, desk: SmallDesk, items: list[object]) -> None:
        assert self.post(Calling(desk, "brevo"), *items) == 400
        assert not AwaitedMail.objects.exists()

    def test_only_with_the_password(self, desk: SmallDesk) -> None:
        assert Calling(desk, "brevo").post({"items": [self.item()]}) == 403

    @pytest.mark.parametrize(
        "change", [{"Headers": [1]}, {"Headers": {"To": 7}}, {"Attachments": 7}, {"Attachments": [{"Name": "x"}]}]
    )
    def test_parts_that_cannot_be_read_wait_with_a_reason(self, desk: SmallDesk, change: dict[str, object]) -> None:
        calling = Calling(desk, "brevo")
        self.post(calling, self.item(**change))
        tried()
        assert "does not say where" in queries.awaited(SETUP, calling.hook.pk).problem


class TestThePage:
    def test_asks_for_the_key_and_shows_what_waits(self, desk: SmallDesk) -> None:
        client = Client()
        client.force_login(desk.administrator)
        given = {"provider": "resend", "desk": desk.desk.pk, "signing_key": SECRET}
        assert (
            "Messages are fetched from Resend with its key." in client.post("/setup/mail/hooks", given).content.decode()
        )
        client.post("/setup/mail/hooks", given | {"api_key": "key-1"})
        hook = InboundHook.objects.get()
        assert "key-1" not in hook.api_key
        operations.note_awaited(actor=INTAKE, hook_id=hook.pk, numbers=["a", "b", "a"])
        assert "2 messages wait at the provider." in client.get("/setup/mail/hooks").content.decode()
        client.post(f"/setup/mail/hooks/{hook.pk}/fetch")
        assert "2 messages are asked for again." in client.get("/setup/mail/hooks").content.decode()


@pytest.mark.parametrize(
    "value", [None, [], 1, "x", {}, {"type": "email.received"}, {"events": [{"event": "inbound"}]}]
)
def test_what_is_no_notice(value: object) -> None:
    for read in (providers.resend_ids, providers.mailtrap_ids, providers.brevo_items, sns.signed, sns.handed):
        with pytest.raises(providers.NoSuchNotice):
            read(value)


def test_addresses_are_made_of_plain_names_only() -> None:
    with pytest.raises(providers.NoSuchNotice):
        providers.resend_ids({"type": "email.received", "data": {"email_id": "../../keys"}})
    assert providers.message_address("resend", "a/b") == "https://api.resend.com/emails/receiving/a%2Fb"
    with pytest.raises(providers.NoSuchNotice):
        providers.message_address("postmark", "a/b")
