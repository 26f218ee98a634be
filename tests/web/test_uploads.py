"""Files that are not taken: every form says why beside its field, and what was typed stays in it."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import DjangoDbBlocker, Settings

from tests.support.console import text_of
from tests.support.web_world import WebWorld, signed_in, web_world
from tierline.core.kernel.storage import files, uploads
from tierline.desk.tickets.models import Attachment, Message, Ticket
from tierline.doors.web.uploads import AT_ONCE, GO, LargeBodies

MB = 1024 * 1024
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def _made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[WebWorld]:
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield web_world()
        transaction.set_rollback(True)


@pytest.fixture
def world(_made: WebWorld, db: None) -> WebWorld:
    return _made


def large(size: int = 3 * MB) -> SimpleUploadedFile:
    return SimpleUploadedFile("big.log", b"2026-11-23 10:00:00 INFO line\n" * (size // 30))


@pytest.fixture
def _small(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two megabytes are too many."""
    settings.TIERLINE_UPLOAD_LIMIT = 2 * MB
    monkeypatch.setattr(uploads, "BESIDES", 4096)


def requester(world: WebWorld) -> Client:
    return signed_in(world.climbing.requester)


def aside() -> list[Any]:
    return list(files.folder().glob(".new-*"))


@pytest.mark.usefixtures("_small")
class TestTooLarge:
    WORDS = "That is larger than 2.1 MB. Pack it (zip, gz) or send the part around the fault."

    def test_the_form_of_a_request(self, world: WebWorld) -> None:
        before = Ticket.objects.count()
        answer = requester(world).post("/send/other", {"text": "The words I typed.", "uploads": large()})
        assert answer.status_code == 422
        assert self.WORDS in text_of(answer)
        assert "The words I typed.</textarea>" in answer.content.decode()
        assert Ticket.objects.count() == before
        assert aside() == []

    def test_the_box_of_the_first_page(self, world: WebWorld) -> None:
        answer = requester(world).post("/send/log", {"uploads": large()}, follow=True)
        assert self.WORDS in text_of(answer)

    def test_a_reply_in_the_portal(self, world: WebWorld) -> None:
        before = Message.objects.count()
        address = f"/requests/{world.climbing.reference}/answer"
        answer = requester(world).post(address, {"text": "It is back.", "uploads": large()})
        assert (answer.status_code, Message.objects.count()) == (422, before)
        assert self.WORDS in text_of(answer)
        assert "It is back.</textarea>" in answer.content.decode()

    def test_the_composer(self, world: WebWorld) -> None:
        before = Message.objects.count()
        address = f"/console/tickets/{world.climbing.reference}/write"
        said = {"audience": "requester", "text": "Please try this.", "attachments": large()}
        answer = signed_in(world.desk.agents[2]).post(address, said)
        assert (answer.status_code, Message.objects.count()) == (422, before)
        assert self.WORDS in text_of(answer)
        assert "Please try this.</textarea>" in answer.content.decode()

    def test_a_new_ticket_in_the_console(self, world: WebWorld) -> None:
        form = {"email": "ines@field.example", "kind": "incident", "channel": "phone", "title": "T", "text": "Words."}
        answer = signed_in(world.desk.agents[2]).post("/console/new", {**form, "attachments": large()})
        assert answer.status_code == 422
        assert self.WORDS in text_of(answer)
        assert "Words.</textarea>" in answer.content.decode()


def test_a_large_file_is_kept_whole_and_nothing_stays_aside(world: WebWorld) -> None:
    file = large()
    answer = requester(world).post("/send/log", {"uploads": file})
    kept = Attachment.objects.get(ticket_id=int(answer["Location"].rpartition("-")[2]))
    file.seek(0)
    assert files.path_of(kept.blob_id).read_bytes() == file.read()
    assert kept.content_type == "text/plain"
    assert aside() == []


def test_forms_carry_the_limit_for_those_who_ask_before_sending(world: WebWorld, settings: Settings) -> None:
    settings.TIERLINE_UPLOAD_LIMIT = 5_000_000
    agent = signed_in(world.desk.agents[2])
    for client, page in (
        (requester(world), "/send/other"),
        (requester(world), f"/requests/{world.climbing.reference}"),
        (agent, f"/console/tickets/{world.climbing.reference}"),
        (agent, "/console/new"),
    ):
        found = client.get(page).content.decode()
        assert re.findall(r'<tl-upload hidden limit="(\d+)"', found) == ["5000000"], page
        assert "More than" in found or "more than 5.0 MB at once" in found
        assert "js/upload" in found


def test_a_script_is_told_where_to_go_and_the_word_of_thanks_waits_there(world: WebWorld) -> None:
    client = requester(world)
    answer = client.post("/send/log", {"uploads": large()}, headers={"X-Tierline-Upload": "1"})
    assert (answer.status_code, "Location" in answer) == (204, False)
    assert "We have it." in text_of(client.get(answer[GO]))


class TestTurns:
    def request(self, size: int) -> Any:
        return RequestFactory().post("/", b"x", content_type="text/plain", CONTENT_LENGTH=str(size))

    def test_slow_uploads_leave_room_for_pages(self) -> None:
        inside, leave = threading.Semaphore(0), threading.Event()

        def slow(_request: Any) -> HttpResponse:
            inside.release()
            leave.wait(10)
            return HttpResponse()

        answer = LargeBodies(slow)
        busy = [threading.Thread(target=answer, args=[self.request(5 * MB)]) for _ in range(AT_ONCE)]
        for one in busy:
            one.start()
            inside.acquire(timeout=10)
        refused = answer(self.request(5 * MB))
        assert (refused.status_code, refused["Retry-After"]) == (503, "60")
        assert b"Several large files" in refused.content
        leave.set()
        assert answer(self.request(100)).status_code == 200  # a page is always answered
        for one in busy:
            one.join()
        assert answer(self.request(5 * MB)).status_code == 200

    def test_one_that_fails_gives_its_place_back_and_leaves_nothing(self) -> None:
        def broken(request: Any) -> HttpResponse:
            request.upload_begun = files.Aside()
            raise ConnectionResetError

        answer = LargeBodies(broken)
        for _ in range(AT_ONCE + 1):
            with pytest.raises(ConnectionResetError):
                answer(self.request(5 * MB))
        assert aside() == []
