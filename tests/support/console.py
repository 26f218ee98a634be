"""Reading pages as a person does, and counting what they cost."""

from html.parser import HTMLParser

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext


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
