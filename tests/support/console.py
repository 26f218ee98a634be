"""What the console's tests share: one world for a file (each test is rolled back), and browsers of its people."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from tests.support.web_world import WebWorld, signed_in, web_world


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[WebWorld]:
    """The afternoon of `web_world`, made once for the tests of a file; what a test changes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield web_world()
        transaction.set_rollback(True)


@pytest.fixture
def tier1(world: WebWorld, db: None) -> Client:
    return signed_in(world.desk.agents[1])


@pytest.fixture
def tier2(world: WebWorld, db: None) -> Client:
    return signed_in(world.desk.agents[2])


@pytest.fixture
def tier3(world: WebWorld, db: None) -> Client:
    return signed_in(world.desk.agents[3])


def text_of(response: HttpResponse) -> str:
    """What a person reads on a page: its text, white space folded."""
    reader = _Text()
    reader.feed(response.content.decode())
    return " ".join(" ".join(reader.parts).split())


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def statements(client: Client, address: str, **more: object) -> tuple[HttpResponse, int]:
    """A page and how many statements it sent."""
    with CaptureQueriesContext(connection) as sent:
        response = client.get(address, **more)  # type: ignore[arg-type]  # headers and the like
    return response, len(sent)


__all__ = ["statements", "text_of", "tier1", "tier2", "tier3", "world"]
