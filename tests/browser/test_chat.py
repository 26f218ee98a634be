"""A page of another origin, with a strict policy, embeds the chat; it becomes a ticket, and a person answers."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tests.browser.checks import faults
from tests.browser.conftest import NARROW, WIDE, Visit
from tests.support.desk import SETUP, SmallDesk, small_desk
from tierline.desk.tickets.models import Ticket
from tierline.ladder.chat import operations


class Site:
    """A site with one page and the policy that the set-up page tells it to have."""

    def __init__(self) -> None:
        self.script = ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                desk = outer.script.partition("/chat/")[0]
                page = '<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>'
                body = f'{page}<script src="{outer.script}" async></script>'
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", f"default-src 'none'; script-src {desk}; frame-src {desk}")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def sites(server: LiveServer, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Site, Site, SmallDesk]]:
    """A site that may show the chat, one that may not, and the desk."""
    allowed, other = Site(), Site()
    with django_db_blocker.unblock():
        desk = small_desk()
        widget = operations.add_widget(actor=SETUP, name="Shop", desk_id=desk.desk.pk, origins=[allowed.url])
        allowed.script = other.script = f"{server.url}/chat/{widget.key}/widget.js"
        yield allowed, other, desk
    allowed.close()
    other.close()


@pytest.mark.parametrize(("theme", "size"), [("light", WIDE), ("dark", NARROW)])
def test_a_conversation_becomes_a_ticket_and_a_person_answers(
    visit: Visit, sites: tuple[Site, Site, SmallDesk], theme: str, size: tuple[int, int]
) -> None:
    site, _, desk = sites
    visitor = visit(theme=theme, size=size)
    visitor.page.goto(site.url)
    visitor.page.get_by_role("button", name="Help").click()
    frame = visitor.page.frame_locator("iframe")
    frame.get_by_label("Your name").fill("Vera Visitor")
    frame.get_by_label("Your mail address").fill(f"vera.{theme}@site.example")
    frame.get_by_label("Message").fill("The espresso machine sings.")
    frame.get_by_role("button", name="Send").click()
    frame.get_by_text("A person has it now").wait_for()
    ticket = Ticket.objects.filter(channel="chat").latest("pk")
    assert ticket.reference in frame.locator("#state").inner_text()
    agent = visit(desk.agents[1])
    agent.go(f"/console/tickets/{ticket.reference}")
    agent.page.fill("textarea[name=text]", "Have you tried decaf?")
    agent.page.keyboard.press("Control+Enter")
    agent.page.wait_for_url(f"**/{ticket.reference}*")
    frame.get_by_text("Have you tried decaf?").wait_for()
    visitor.page.reload()  # the host page remembers; the frame keeps nothing
    visitor.page.get_by_role("button", name="Help").click()
    frame.get_by_text("Have you tried decaf?").wait_for()
    frame.get_by_role("button", name="Leave").click()
    frame.get_by_text("This chat has ended.").wait_for()
    assert visitor.complaints == []


def test_the_frame_itself_is_accessible(visit: Visit, sites: tuple[Site, Site, SmallDesk]) -> None:
    visitor = visit(size=(380, 560))
    visitor.page.goto(sites[0].script.removesuffix("/widget.js"))
    assert faults(visitor.page) == []


def test_another_site_cannot_show_it(visit: Visit, sites: tuple[Site, Site, SmallDesk]) -> None:
    visitor = visit()
    visitor.page.goto(sites[1].url)
    visitor.page.get_by_role("button", name="Help").click()
    visitor.page.wait_for_timeout(300)
    assert visitor.page.frame_locator("iframe").get_by_label("Your name").count() == 0
    assert any("frame-ancestors" in said for said in visitor.complaints)
