"""Hostile strings as subject, words, file name and HTML of mails, in a real browser: no script runs, no request leaves.

Every string of every list stands in each of the four places. Many of them share a page, so that fifteen hundred take
seconds. The public lists are read where they are; a list of our own is always tried.
"""

import base64
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.browser.conftest import NARROW, Visit, Visitor
from tests.browser.test_console_work import committed
from tests.support.desk import SmallDesk, small_desk
from tests.support.mails import mail, multipart
from tierline.core.kernel.actors import Actor
from tierline.desk.tickets.models import Attachment, Message, Ticket
from tierline.work.intake.operations import receive

SHARED = Path(os.environ.get("TIERLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
PUBLIC = [
    "security-payloads/xss-strings.jsonl",
    "security-dompurify/expect.json",
    "security-blns/blns.json",
]
PER_MAIL, FILES = 630, 190  # a mail has at most 200 attachments
NAME, OVERLAP = 180, 60  # a title and a name of a file have at most 200 characters
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
    """Every string of the public lists, each once; nothing where a list is missing."""
    lists = [SHARED / "data" / one for one in PUBLIC]
    if not all(one.is_file() for one in lists):
        return []
    payloads, purified, naughty = (one.read_text(encoding="utf-8") for one in lists)
    rows = [json.loads(line) for line in payloads.splitlines() if line.strip()]
    strings = [row if isinstance(row, str) else next(v for v in row.values() if isinstance(v, str)) for row in rows]
    strings += [str(one["payload"]) for one in json.loads(purified)]
    return [one for one in dict.fromkeys([*strings, *json.loads(naughty)]) if one.strip()]


def swallowing_last(strings: list[str]) -> list[str]:
    """A string that would swallow what follows it stands after the others."""
    return sorted(strings, key=lambda one: any(mark in one.lower() for mark in ENDS_TEXT))


def bodies(strings: list[str], sender: str) -> Iterator[bytes]:
    """As HTML and as words, so many to a mail."""
    for group in batched(swallowing_last(strings), PER_MAIL):
        html = "".join(f"<div>{one}</div>\n" for one in group)
        words = "\n".join(one.replace("\n", " ") for one in group)
        kind = "Content-Type: text/html; charset=utf-8"
        yield multipart(f"{kind}\r\n\r\n{html}", Subject="Hostile", From=sender)
        yield mail(f"Words:\n{words}", Subject="Hostile words", From=sender, Content_Type="text/plain; charset=utf-8")


def pieces(text: str) -> Iterator[str]:
    """The whole of a string in pieces that fit into a name; each begins again a little before the last one ended."""
    for start in range(0, max(1, len(text) - OVERLAP), NAME - OVERLAP):
        yield text[start : start + NAME]


def named(strings: list[str], sender: str) -> Iterator[bytes]:
    """As names of files; a slash would leave only what follows it, and stands for itself in a second name."""
    names = [piece for one in strings for piece in pieces(one)]
    names += [one.replace("/", "\N{FRACTION SLASH}") for one in names if "/" in one]
    for group in batched(names, FILES):
        files = [f"Content-Type: a/b; name*=utf-8''{quote(one, safe='', errors='replace')}\r\n\r\nx" for one in group]
        yield multipart("Content-Type: text/plain\r\n\r\nHostile names", *files, Subject="Names", From=sender)


def subjects(strings: list[str], sender: str) -> Iterator[bytes]:
    """As subjects: one to a mail when it is long, else as many as fit."""
    line = ""
    for piece in [" ".join(piece.split()) for one in strings for piece in pieces(one)]:
        if line and len(line) + 1 + len(piece) > NAME:
            yield mail("x", Subject=line, From=sender)
            line = ""
        line = f"{line} {piece}".strip()
    if line:
        yield mail("x", Subject=line, From=sender)


def batched(rows: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


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


LISTS = pytest.mark.parametrize("strings", [OWN, public()], ids=["own", "public"])


def watched(visitor: Visitor, strings: list[str]) -> Watch:
    if not strings:
        pytest.skip(f"the public lists are not in {SHARED}")
    watch = Watch(visitor)
    assert watch.is_awake()
    return watch


@LISTS
def test_in_html_and_in_words(desk: SmallDesk, visit: Visit, strings: list[str]) -> None:
    visitor, asking = visit(desk.agents[1]), visit(desk.requester)
    watches = [watched(visitor, strings), watched(asking, strings)]
    for ticket, message in arrived(bodies(strings, desk.requester.email)):
        visitor.go(f"/console/tickets/{ticket.reference}")
        for summary in visitor.page.locator("details.as-mail > summary").all():
            summary.click()
        for frame in visitor.page.frames:
            frame.wait_for_load_state("load")
        visitor.go(f"/console/tickets/{ticket.reference}/messages/{message}/html")  # as a page of its own, too
        visitor.go(f"/console/tickets/{ticket.reference}/messages/{message}/whole")
        assert asking.go(f"/requests/{ticket.reference}").status == 200
    assert [watch.ran + watch.asked for watch in watches] == [[], []]


@LISTS
def test_in_names_of_files(desk: SmallDesk, visit: Visit, strings: list[str]) -> None:
    visitor, asking = visit(desk.agents[1]), visit(desk.requester)
    watches = [watched(visitor, strings), watched(asking, strings)]
    shown = 0
    for ticket, _message in arrived(named(strings, desk.requester.email)):
        visitor.go(f"/console/tickets/{ticket.reference}")
        shown += visitor.page.locator("a[href^='/console/files/']").count()
        asking.go(f"/requests/{ticket.reference}")
    assert shown >= len(strings)
    assert [watch.ran + watch.asked for watch in watches] == [[], []]


@LISTS
def test_in_subjects(desk: SmallDesk, visit: Visit, strings: list[str]) -> None:
    visitor, asking = visit(desk.agents[1]), visit(desk.requester)
    watches = [watched(visitor, strings), watched(asking, strings)]
    tickets = [ticket for ticket, _message in arrived(subjects(strings, desk.requester.email))]
    address, seen = "/console/?view=all", 0
    while address:
        visitor.go(address)
        seen += visitor.page.locator("tr[data-row]").count()
        address = next_page(visitor)
    assert seen >= len(tickets)
    for ticket in tickets[:: max(1, len(tickets) // 20)]:  # the same words stand in the title of each page
        visitor.go(f"/console/tickets/{ticket.reference}")
    asking.go("/requests?show=all")
    assert [watch.ran + watch.asked for watch in watches] == [[], []]


def hostile_files() -> list[Path]:
    folders = ("xss-files", "server-side-request-forgery/Files", "xxe-injection/Files")
    found = [one for name in folders for one in sorted((SHARED / "data/security-payloads" / name).glob("*"))]
    return [one for one in found if one.is_file()]


TYPES = {".svg": "image/svg+xml", ".xml": "text/xml", ".xhtml": "application/xhtml+xml", ".jpg": "image/jpeg"}


def test_in_files_that_are_opened(desk: SmallDesk, visit: Visit) -> None:
    """Files with scripts, under the types that a browser would run, opened as a page by agent and requester."""
    files = hostile_files()
    own = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(2)</script></svg>"
    contents = [("own.svg", own), ("own.html", own), *((one.name, one.read_bytes()) for one in files)]
    parts = [_part(name, content) for name, content in contents]
    visitor, asking = visit(desk.agents[1]), visit(desk.requester)
    watches = [watched(visitor, OWN), watched(asking, OWN)]
    [(ticket, message)] = arrived([multipart("\r\nSee the files.", *parts, From=desk.requester.email)])
    attachments = committed(lambda: list(Attachment.objects.filter(message_id=message).values_list("pk", flat=True)))
    assert len(attachments) == len(contents)
    for number in attachments:
        for window, address in ((visitor, "/console/files"), (asking, f"/requests/{ticket.reference}/files")):
            window.open_or_download(f"{address}/{number}")
    assert [watch.ran + watch.asked for watch in watches] == [[], []]


def _part(name: str, content: bytes) -> bytes:
    kind = TYPES.get(Path(name).suffix, "text/html")
    head = f'Content-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    return head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content)


def next_page(visitor: Visitor) -> str:
    """The address of what comes after this page of a list; empty at its end."""
    following = visitor.page.locator("a[rel=next]")
    return str(following.first.evaluate("link => link.pathname + link.search")) if following.count() else ""


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
