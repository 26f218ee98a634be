"""Headless Chromium, a live server, and people who are signed in. Without Chromium these tests are skipped.

One life is made for a file and committed, because the server works in a thread with its own connection; afterwards the
tables are emptied, so that no other test meets it.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = os.environ.get("TIERLINE_CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
FLAGS = ["--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
PATIENCE = 15_000  # milliseconds
WIDE, NARROW = (1280, 900), (390, 844)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the browser, and says so when there is none."""
    missing = pytest.mark.skip(reason="no Chromium found: install chromium-headless-shell or set TIERLINE_CHROMIUM")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db)  # so that pytest-django makes the database
            if CHROMIUM is None:
                item.add_marker(missing)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser process for the session."""
    # playwright's loop runs in this thread, and Django would take every query for one inside it
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[LiveServer]:
    """The product behind a real port, for one file; the tables are empty afterwards."""
    with django_db_blocker.unblock():
        live = LiveServer("127.0.0.1")
        yield live
        live.stop()
        empty_the_tables()


def empty_the_tables() -> None:
    """Take everything out again; the timeline refuses that from anybody but its owner, who lets it happen here."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE timeline_timelineentry DISABLE TRIGGER USER")
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=False)
        cursor.execute("ALTER TABLE timeline_timelineentry ENABLE TRIGGER USER")
    connection.close()


@dataclass
class Visitor:
    """A person with a browser window. `complaints` is what the browser's console said."""

    page: Any
    url: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Any:
        """Open a page of the product; returns the answer."""
        answer = self.page.goto(f"{self.url}{path}")
        assert answer is not None
        return answer

    def open_or_download(self, path: str) -> None:
        """Open an address that may be a page, a refusal or a file to keep."""
        try:
            self.go(path)
            self.page.wait_for_timeout(50)
        except playwright_api.Error as problem:
            if "Download is starting" not in problem.message:
                raise

    def text(self) -> str:
        return str(self.page.inner_text("body"))

    @property
    def path(self) -> str:
        return str(self.page.url).removeprefix(self.url)


Visit = Callable[..., Visitor]
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def sign_in(window: Any, url: str, email: str) -> None:
    """Sign in through the server, as a person does: what a test writes itself is not committed."""
    from tests.support.desk import PASSWORD  # models need Django, which is set up after this file is read

    form = TOKEN.search(window.request.get(f"{url}/sign-in").text())
    assert form is not None
    typed = {"email": email, "password": PASSWORD, "csrfmiddlewaretoken": form[1]}
    answer = window.request.post(f"{url}/sign-in", form=typed, headers={"Referer": f"{url}/sign-in"})
    assert answer.ok, answer.text()


@pytest.fixture
def visit(chromium: Any, server: LiveServer) -> Iterator[Visit]:
    """Open a window: `visit(person, theme="dark", size=NARROW, script=False)`; nobody is a visitor."""
    windows: list[Any] = []

    def open_window(
        person: Any = None, *, theme: str = "light", size: tuple[int, int] = WIDE, script: bool = True
    ) -> Visitor:
        window = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        windows.append(window)
        if person is not None:
            sign_in(window, server.url, person.email)
        page = window.new_page()
        page.set_default_timeout(PATIENCE)
        visitor = Visitor(page=page, url=server.url)
        page.on("console", lambda said: visitor.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda problem: visitor.complaints.append(str(problem)))
        return visitor

    yield open_window
    for window in windows:
        window.close()
