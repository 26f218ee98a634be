"""Providers that only tell of a message: it is noted, fetched by a job with their key, and received once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable

import pytest
from django.test import Client

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.mails import mail
from tierline.core.kernel import jobs, outbound, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.work.intake import operations, queries
from tierline.work.intake.errors import ProviderTrouble
from tierline.work.intake.models import AwaitedMail, InboundHook, InboundMessage
from tierline.work.intake.rules import providers

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
        else:
            assert not headers, "the key goes to nobody else"
        status, body = pages[url]
        return outbound.Answer(status, body[:most])

    monkeypatch.setattr(outbound, "get", get)
    return pages


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


class TestAmazonSes:
    def notice(self, content: str, encoding: str) -> dict[str, str]:
        told = {"notificationType": "Received", "receipt": {"action": {"type": "SNS", "encoding": encoding}}}
        return {"Type": "Notification", "Message": json.dumps({**told, "content": content})}

    def shown(self, calling: Calling) -> dict[str, str]:
        word = base64.b64encode(f"tierline:{calling.password}".encode()).decode()
        return {"Authorization": f"Basic {word}", "x_amz_sns_message_type": "Notification"}

    @pytest.mark.parametrize(
        ("encoding", "pack"), [("BASE64", lambda b: base64.b64encode(b).decode()), ("UTF8", bytes.decode)]
    )
    def test_the_message_is_in_the_notice(self, desk: SmallDesk, encoding: str, pack: Callable[[bytes], str]) -> None:
        calling = Calling(desk, "amazon-ses", "")
        assert calling.post(self.notice(pack(LETTER), encoding), **self.shown(calling)) == 200
        assert stored() == LETTER

    def test_the_password_is_asked_for_first(self, desk: SmallDesk) -> None:
        calling = Calling(desk, "amazon-ses", "")
        assert calling.post(self.notice("x", "UTF8"), x_amz_sns_message_type="Notification") == 401
        assert calling.post(self.notice("x", "UTF8"), Authorization="Basic eDp5") == 403

    def test_a_subscription_is_confirmed_by_a_job_and_at_amazon_only(self, desk: SmallDesk, web: Web) -> None:
        calling = Calling(desk, "amazon-ses", "")
        there = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
        web[there] = (200, b"<ok/>")
        assert calling.post({"Type": "SubscriptionConfirmation", "SubscribeURL": there}, **self.shown(calling)) == 200
        jobs.drain()
        assert AwaitedMail.objects.get().fetched_at is not None
        for elsewhere in (
            "http://sns.eu-central-1.amazonaws.com/",
            "https://sns.x.amazonaws.com.evil.example/",
            "https://127.0.0.1/",
        ):
            event = {"Type": "SubscriptionConfirmation", "SubscribeURL": elsewhere}
            assert calling.post(event, **self.shown(calling)) == 400
        assert not InboundMessage.objects.exists()

    def test_another_action_is_refused(self, desk: SmallDesk) -> None:
        calling = Calling(desk, "amazon-ses", "")
        told = {"Type": "Notification", "Message": json.dumps({"receipt": {"action": {"type": "S3"}}})}
        assert calling.post(told, **self.shown(calling)) == 400


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
    for read in (providers.resend_ids, providers.mailtrap_ids, providers.sns_message):
        with pytest.raises(providers.NoSuchNotice):
            read(value)


def test_addresses_are_made_of_plain_names_only() -> None:
    with pytest.raises(providers.NoSuchNotice):
        providers.resend_ids({"type": "email.received", "data": {"email_id": "../../keys"}})
    assert providers.message_address("resend", "a/b") == "https://api.resend.com/emails/receiving/a%2Fb"
    with pytest.raises(providers.NoSuchNotice):
        providers.message_address("postmark", "a/b")
