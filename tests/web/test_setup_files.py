"""The page of files: how carrying goes, the virus scanner, and the tests of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tests.support.clamd import Scanner
from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock, jobs, storage
from tierline.core.kernel.models import CarriedFile, Trial

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

pytestmark = pytest.mark.django_db
desk = held(small_desk)
NOBODY = {"bucket": "desk", "key": "k", "secret": "very-secret", "endpoint": "http://127.0.0.1:9", "cache": 5_000_000}


@pytest.fixture
def admin(desk: SmallDesk) -> Client:
    client = Client()
    client.force_login(desk.administrator)
    return client


def page(client: Client, address: str = "/setup/files") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_only_for_those_who_set_up(desk: SmallDesk) -> None:
    client = Client()
    client.force_login(desk.agents[1])
    assert client.get("/setup/files").status_code == 404
    assert client.post("/setup/files/test/storage").status_code == 404
    assert client.post("/setup/files/carry").status_code == 404


def test_without_any_it_says_how_to_begin(admin: Client) -> None:
    text = page(admin)
    assert "TIERLINE_S3_BUCKET" in text
    assert "TIERLINE_CLAMD" in text
    assert "setup/files/test" not in text
    assert "carried" not in page(admin, "/setup/")


def test_how_many_wait_and_why(admin: Client, settings: Settings, tmp_path: Path) -> None:
    settings.TIERLINE_S3, settings.TIERLINE_DATA = NOBODY, tmp_path
    for seed in range(3):
        storage.put(bytes([seed]) * (storage.INLINE_LIMIT + 1))
    jobs.drain()

    text = page(admin)

    assert "3 waiting to be carried, 1 failed" in text
    assert "Nothing answers at http://127.0.0.1:9." in text
    assert "very-secret" not in text
    assert "3 files wait to be carried." in page(admin, "/setup/")
    CarriedFile.objects.update(place="http://127.0.0.1:9/desk", carried_at=clock.now(), problem="")
    assert "everything is carried" in page(admin)


def test_a_test_is_shown_while_it_runs_and_afterwards(admin: Client, settings: Settings) -> None:
    settings.TIERLINE_S3 = NOBODY
    assert admin.post("/setup/files/test/storage").status_code == 302
    assert 'hx-get="/setup/files/state"' in page(admin)
    jobs.drain()

    text = page(admin, "/setup/files/state")

    assert "It does not work yet." in text
    assert "hx-get" not in text.partition("</div>")[0]
    assert "Check TIERLINE_S3_ENDPOINT" in text


def test_a_test_that_nobody_takes_up_says_so(admin: Client, settings: Settings) -> None:
    settings.TIERLINE_S3 = NOBODY
    admin.post("/setup/files/test/storage")
    Trial.objects.update(asked_at=clock.now().replace(year=2020))
    assert "Is the worker running?" in page(admin)


def test_the_scanner(admin: Client, settings: Settings) -> None:
    with Scanner() as scanner:
        settings.TIERLINE_CLAMD = scanner.place
        admin.post("/setup/files/test/scanner")
        jobs.drain()
        text = page(admin)
    assert "It works." in text
    assert "EICAR&#39;s test file was found: Test.Virus." in text


def test_what_is_no_test_is_not_there(admin: Client) -> None:
    assert admin.post("/setup/files/test/everything").status_code == 404
    assert admin.get("/setup/files/test/storage").status_code == 405


def test_carry_now_asks_a_worker(admin: Client, settings: Settings, tmp_path: Path) -> None:
    settings.TIERLINE_DATA = tmp_path
    storage.put(b"y" * (storage.INLINE_LIMIT + 1))
    settings.TIERLINE_S3 = NOBODY
    admin.post("/setup/files/carry")
    assert storage.state().waiting == 1
    assert jobs.waiting() >= 1
