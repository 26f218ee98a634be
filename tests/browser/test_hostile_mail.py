"""Hostile strings as subject, words, file name and HTML of mails, in a real browser: no script runs, no request leaves.

Many strings stand on each page, so that a thousand of them take seconds. The public lists are read where they are; a
list of our own is always tried. Every string is tried as HTML and as words; as subject and as name of a file some are,
and every one with `TIERLINE_EVERY_STRING=1`.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import NARROW, Visit, Visitor
from tests.browser.test_console_work import committed
from tests.support.desk import SmallDesk, small_desk
from tests.support.mails import mail, multipart
from tierline.core.kernel.actors import Actor
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.intake.operations import receive

SHARED = Path(os.environ.get("TIERLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
EVERY_STRING = os.environ.get("TIERLINE_EVERY_STRING") == "1"
PER_MAIL, SUBJECTS, FILES = 630, 30, 60
ENDS_TEXT = ("<title", "<textarea", "<xmp", "<plaintext", "<noscript", "<style", "<!--", "<iframe", "<noembed")
OWN = [
    "<script>alert(1)</script>",
    "<ScRiPt >alert(1)</sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert&#40;1)</script>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=data:text/html,<script>alert(1)</script>></object>",
    "<a href=javascript:alert(1)>click</a>",
    "<a href='java&#9;script:alert(1)'>click</a>",
    "<form action=javascript:alert(1)><input type=submit autofocus onfocus=alert(1)></form>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=https://spy.example/a.css>",
    "<style>@import 'https://spy.example/b.css'; body{background:url(https://spy.example/c.png)}</style>",
    "<img src=https://spy.example/d.png>",
    "<img srcset='https://spy.example/e.png 2x'>",
    "<p style='background:url(https://spy.example/f.png)'>x</p>",
    "<table background=https://spy.example/g.png><tr><td>x</table>",
    "<audio src=https://spy.example/h.ogg autoplay></audio>",
    "<base href=https://spy.example/>",
    "<template><script>alert(1)</script></template>",
    '"><script>alert(1)</script>',
    "'-alert(1)-'",
    "{{ 7*7 }}{% raw %}${alert(1)}",
    "javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+alert(1)//'>",
]


def public() -> list[str]:
    lists = [SHARED / "data/security-payloads/xss-strings.jsonl", SHARED / "data/security-dompurify/expect.json"]
    if not all(one.is_file() for one in lists):
        return []
    rows = [json.loads(line) for line in lists[0].read_text(encoding="utf-8").splitlines() if line.strip()]
    strings = [row if isinstance(row, str) else next(v for v in row.values() if isinstance(v, str)) for row in rows]
    return [*strings, *(str(one["payload"]) for one in json.loads(lists[1].read_text(encoding="utf-8")))]


def _per_mail() -> int:
    return 190 if EVERY_STRING else PER_MAIL


def groups(strings: list[str]) -> Iterator[list[str]]:
    """So many to a page; one that swallows what follows it stands last."""
    ordered = sorted(strings, key=lambda one: any(mark in one.lower() for mark in ENDS_TEXT))
    for start in range(0, len(ordered), _per_mail()):
        yield ordered[start : start + _per_mail()]


def letters(strings: list[str]) -> Iterator[bytes]:
    """One mail for each group: as HTML, as words, and as names of files."""
    for group in groups(strings):
        bodies = "".join(f"<div>{one}</div>\n" for one in group)
        words = "\n".join(one.replace("\n", " ") for one in group)
        named = group if EVERY_STRING else group[:: max(1, len(group) // FILES)]
        files = [f"Content-Type: a/b; name*=utf-8''{_percent(one)}\r\n\r\nx" for one in named[:190]]
        yield multipart(
            f"Content-Type: text/html; charset=utf-8\r\n\r\n{bodies}",
            *files,
            Subject="Hostile",
            From="a@hostile.example",
        )
        yield mail(f"Words:\n{words}", Subject="Hostile words", Content_Type="text/plain; charset=utf-8")


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "replace")[:180])


def subjects(strings: list[str]) -> Iterator[bytes]:
    step = 1 if EVERY_STRING else max(1, len(strings) // SUBJECTS)
    for one in strings[::step]:
        yield mail("x", Subject=" ".join(one.split())[:900] or "x")


@pytest.fixture(scope="module")
def desk(server: object) -> SmallDesk:
    return small_desk(policy=True)


def arrived(contents: Iterable[bytes]) -> list[tuple[Ticket, int]]:
    def run() -> list[tuple[Ticket, int]]:
        made = []
        for content in contents:
            got = receive(actor=Actor.machine("intake"), content=content)
            assert got.ticket is not None, got
            ticket = Ticket.objects.get(pk=int(got.ticket.partition("-")[2]))
            made.append((ticket, Message.objects.get(ticket=ticket).pk))
        return made

    return committed(run)


class Watch:
    """What a page did that it must not do."""

    def __init__(self, visitor: Visitor) -> None:
        self.ran: list[str] = []
        self.asked: list[str] = []
        self._own = visitor.url
        self._page = page = visitor.page
        page.on("dialog", self._dialog)
        # what the content policy stops never comes to a route; what comes there would leave the browser
        page.context.route(lambda url: not url.startswith((self._own, "data:", "about:", "blob:")), self._leaves)
        page.on("console", lambda said: self.ran.append(said.text) if said.text.startswith("RAN") else None)
        page.add_init_script(
            "for (const name of ['alert','prompt','confirm','print']) window[name] = (x) => console.log('RAN ' + x);"
        )

    def _dialog(self, dialog: Any) -> None:
        self.ran.append(dialog.message)
        dialog.dismiss()

    def is_awake(self) -> bool:
        """Whether a script that runs and a request that leaves are seen: else the test would always pass."""
        hostile = "<script>alert(1)</script><img src=https://spy.example/x.png>"
        self._page.set_content(hostile)
        self._page.wait_for_timeout(100)
        seen = bool(self.ran and self.asked)
        self.ran.clear()
        self.asked.clear()
        return seen

    def _leaves(self, route: Any) -> None:
        self.asked.append(route.request.url)
        route.abort()


@pytest.mark.parametrize("strings", [OWN, public()], ids=["own", "public"])
def test_nothing_runs_and_nothing_leaves(desk: SmallDesk, visit: Visit, strings: list[str]) -> None:
    if not strings:
        pytest.skip(f"the public lists are not in {SHARED}")
    visitor = visit(desk.agents[1])
    watch = Watch(visitor)
    assert watch.is_awake()
    for ticket, message in arrived(letters(strings)):
        visitor.go(f"/console/tickets/{ticket.reference}")
        for summary in visitor.page.locator("details.as-mail > summary").all():
            summary.click()
        for frame in visitor.page.frames:
            frame.wait_for_load_state("load")
        visitor.go(f"/console/tickets/{ticket.reference}/messages/{message}/html")  # as a page of its own, too
        visitor.go(f"/console/tickets/{ticket.reference}/messages/{message}/whole")
    shown = len(arrived(subjects(strings)))
    visitor.go("/console/?view=all")
    assert shown >= min(len(strings), SUBJECTS) // 2

    assert watch.ran == []
    assert watch.asked == []


def test_pictures_of_others_come_when_they_are_asked_for(desk: SmallDesk, visit: Visit, tmp_path: Path) -> None:
    html = '<p>Hello</p><img src="https://pictures.example/a.png">'
    [(ticket, message)] = arrived([mail(html, Content_Type="text/html", From="b@x.example")])
    for theme, size in (("light", (1280, 900)), ("dark", NARROW)):
        visitor = visit(desk.agents[1], theme=theme, size=size)
        asked: list[str] = []
        visitor.page.context.route("https://pictures.example/**", _answering(asked))
        visitor.go(f"/console/tickets/{ticket.reference}")
        visitor.page.get_by_text("as it was formatted").click()
        frame = visitor.page.frame_locator(f'iframe[name="mail-{message}"]')
        frame.get_by_text("Hello").wait_for()
        assert asked == []

        visitor.page.get_by_text("Load pictures from other servers").click()
        visitor.page.wait_for_timeout(400)
        assert asked == ["https://pictures.example/a.png"]
        assert frame.get_by_text("Hello").is_visible()
        visitor.page.screenshot(path=Path(os.environ.get("TIERLINE_SHOTS", tmp_path)) / f"mail-{theme}.png")


def _answering(asked: list[str]) -> Callable[[Any], None]:
    def answer(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(status=200, content_type="image/png", body=b"")

    return answer
