"""Bad input ends in one of the five outcomes, in bounded time, and nothing of it is lost."""

from __future__ import annotations

import base64
import io
import os
import random
import time
import zipfile
from pathlib import Path

import pytest

from tests.support.mails import bounce, mail, multipart
from tierline.core.kernel import jobs, storage
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Desk
from tierline.desk.tickets.models import Attachment, Message, Ticket
from tierline.work.diagnosis.models import Evidence
from tierline.work.intake.models import InboundMessage, Outcome
from tierline.work.intake.operations import receive
from tierline.work.intake.operations.html import MOST_ENTITIES, safe_html

pytestmark = pytest.mark.django_db

INTAKE = Actor.machine("intake")
SHARED = Path(os.environ.get("TIERLINE_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))
SECONDS = 6  # generous: the machine that runs the tests may be busy


@pytest.fixture(autouse=True)
def desk() -> Desk:
    return Desk.objects.create(key="it", name="IT", kind="it")


def take(content: bytes) -> str:
    """The outcome; the original must be there unchanged."""
    began = time.perf_counter()
    received = receive(actor=INTAKE, content=content)
    assert time.perf_counter() - began < SECONDS
    assert received.outcome in Outcome.values
    assert storage.read(InboundMessage.objects.get(pk=received.inbound_id).blob_id) == content
    return received.outcome


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (b"", "quarantined"),
        (b"\0" * 1000, "quarantined"),
        (bytes(range(256)) * 40, "quarantined"),
        (b"no mail at all", "quarantined"),
        (mail(From=None), "quarantined"),
        (mail(From="not an address"), "quarantined"),
        (mail(b"\0\0\0"), "ticket"),
        (mail(b"\xed\xa0\x80\xff"), "ticket"),
        (mail(Subject="\x00\x01\x02"), "ticket"),
        (mail(Subject="x" * 100_000, From="y" * 60 + "@b.example"), "ticket"),
        (mail(Subject="=?utf-16?b?2AA=?="), "ticket"),
        (mail(Message_ID="<" + "x" * 5000 + "@y>"), "ticket"),
        (mail(Message_ID="<" + "x" * 800 + "@y>"), "ticket"),
        (mail(References="<a@b> " * 20_000), "ticket"),
        (mail("x", Content_Type="text/plain; charset=punycode"), "ticket"),
        (mail("x", Content_Type="multipart/mixed; boundary=" + "b" * 5000), "ticket"),
        (mail("<p>" * 20_000 + "x", Content_Type="text/html"), "ticket"),
        (multipart(*["Content-Type: a/b; name=f\r\n\r\nx"] * 2000), "ticket"),
        (multipart("Content-Type: a/b; name=f\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!"), "ticket"),
        (multipart('Content-Type: a/b; name="' + "n" * 5000 + '"\r\n\r\nx'), "ticket"),
        (bounce("\x00@x"), "delivery_report"),
    ],
    ids=range(21),
)
def test_each_has_its_outcome(content: bytes, outcome: str) -> None:
    assert take(content) == outcome


def test_a_line_of_ten_megabytes() -> None:
    assert take(mail(b"x" * 10_000_000)) == "ticket"
    shown, _, said = Message.objects.get().text.partition("\n\n")
    assert shown == "x" * 200_000
    assert "longer than is shown here" in said


def test_an_attachment_of_fifty_megabytes() -> None:
    line = b"QUJD" * 19 + b"\r\n"
    content = multipart(
        "\r\nhuge", b"Content-Type: a/b; name=huge.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n" + line * 640_000
    )

    assert take(content) == "ticket"
    assert Attachment.objects.get().size == 57 * 640_000


def test_mutated_mails_all_end_somewhere() -> None:
    pick = random.Random(20418)
    seeds = [mail("words"), bounce("a@b.example"), multipart("\r\nwords", "Content-Type: a/b; name=f\r\n\r\nfile")]
    for number in range(60):
        content = bytearray(pick.choice(seeds))
        for _ in range(pick.randrange(1, 40)):
            content[pick.randrange(len(content))] = pick.randrange(256)
        take(bytes(content) + str(number).encode())

    assert InboundMessage.objects.count() == 60
    assert not InboundMessage.objects.unfinished().exists()
    assert Ticket.objects.count() == InboundMessage.objects.filter(outcome="ticket").count()


def test_public_mails_are_all_accepted() -> None:
    files = sorted(file for file in SHARED.glob("data/mail-*/**/*") if file.is_file())
    if not files:
        pytest.skip(f"the public mail collections are not in {SHARED}")
    for file in files[:: max(1, len(files) // 60)]:
        take(file.read_bytes())

    assert not InboundMessage.objects.unfinished().exists()


def test_an_archive_that_unpacks_to_a_gigabyte_is_refused_in_words() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(4):
            archive.writestr(f"app-{number}.log", bytes(30_000_000))
    part = b"Content-Type: application/zip; name=logs.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert take(multipart("\r\nOur logs", part + base64.encodebytes(packed.getvalue()))) == "ticket"

    before = time.process_time()
    jobs.drain()
    assert time.process_time() - before < SECONDS
    evidence = Evidence.objects.get()
    assert (evidence.state, evidence.lines) == ("refused", 0), evidence.reason
    assert "app-0.log" in evidence.reason


@pytest.mark.parametrize("sign", ["&", "&a", "&&a;", "&nbsp;", "&#38;", "<", "<b><p>"])
def test_hostile_html_is_cleaned_in_bounded_time(sign: str) -> None:
    before = time.process_time()
    safe_html((sign * 1_000_000)[:1_000_000])
    assert time.process_time() - before < 2.0


def test_html_with_many_entities_is_whole_and_with_too_many_is_cut() -> None:
    assert safe_html("&amp;" * 5000 + "end") == "&amp;" * 5000 + "end"
    assert safe_html("<p>" + "&amp;" * 100_001 + "end</p>") == "<p>" + "&amp;" * (MOST_ENTITIES - 1) + "</p>"
