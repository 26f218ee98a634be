"""What somebody sent, at every address that gives out bytes: never as something that a browser would run here."""

from __future__ import annotations

import email.message
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held
from tests.support.mails import multipart
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment, Message, Ticket
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis.models import Evidence
from tierline.work.intake import operations as intake
from tierline.work.intake.models import InboundMessage

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

pytestmark = pytest.mark.django_db
desk = held(small_desk)

HTML = b"<!doctype html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
XML = b'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#s"?><x xmlns:h="http://www.w3.org/1999/xhtml"/>'
PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"
GIFAR = b"GIF89a/*" + HTML + b"*/=1;alert(1)//"
JPEG_HTML = b"\xff\xd8\xff\xe0" + HTML
PDF_HTML = b"%PDF-1.7\n" + HTML
ZIP_HTML = b"PK\x03\x04" + HTML
UTF7 = b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-"
UTF16 = "\ufeff<script>alert(1)</script>".encode("utf-16")
MHTML = b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + HTML

CONTENTS = {
    "page.html": (HTML, "text/html"),
    "page.xhtml": (HTML, "application/xhtml+xml"),
    "picture.svg": (SVG, "image/svg+xml"),
    "style.xml": (XML, "text/xml"),
    "sheet.xsl": (XML, "application/xslt+xml"),
    "code.js": (b"alert(1)", "text/javascript"),
    "module.wasm": (b"\0asm\1\0\0\0", "application/wasm"),
    "form.pdf": (PDF, "application/pdf"),
    "old.swf": (b"CWS\x09", "application/x-shockwave-flash"),
    "archive.mht": (MHTML, "multipart/related"),
    "gifar.gif": (GIFAR, "image/gif"),
    "jpeg.html.jpg": (JPEG_HTML, "image/jpeg"),
    "pdf.html": (PDF_HTML, "text/html"),
    "zip.html": (ZIP_HTML, "text/html"),
    "utf7.txt": (UTF7, "text/html; charset=utf-7"),
    "utf16.txt": (UTF16, "text/plain"),
    "lies.png": (HTML, "image/png"),
    "empty": (b"", ""),
    "start.hta": (HTML, "application/hta"),
    "link.url": (b"[InternetShortcut]\nURL=file:///etc/passwd", "application/internet-shortcut"),
}
NAMES = [
    'a"; filename="evil.html',
    "a\r\nContent-Type: text/html\r\n\r\n<script>",
    "a\nb\tc.html",
    "annexe\u202egpj.exe",
    "\u2066\u200f\ufeffplain.txt",
    "../../../etc/passwd",
    "C:\\Windows\\evil.html",
    "%0d%0aSet-Cookie: a=b",
    "a;b=c,d'e\\.html",
    "<img src=x onerror=alert(1)>.png",
    "Größe 日本 🎈.svg",
    "\udcff\x00\x1b[2J.txt",
    "x" * 3000 + ".html",
    "",
    ".",
    "=?utf-8?b?PHNjcmlwdD4=?=",
]
HARMLESS = {"application/octet-stream", "text/plain; charset=utf-8"}
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f\ufeff"


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def with_files(desk: SmallDesk, files: list[tickets.NewAttachment]) -> Ticket:
    return tickets.open_ticket(actor=desk.asking, requester=desk.requester, title="x", text="x", attachments=files)


def cannot_run(answer: HttpResponseBase, address: str) -> None:
    """A browser saves it, or shows it as text, or in a document without an origin where nothing runs."""
    policy, kind = answer["Content-Security-Policy"], answer["Content-Type"]
    assert answer["X-Content-Type-Options"] == "nosniff", address
    if kind == "text/html; charset=utf-8":
        assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';"), address
        assert "script" not in policy, address
        return
    assert kind in HARMLESS, f"{address}: {kind}"
    if kind == "application/octet-stream":
        assert answer["Content-Disposition"].startswith("attachment"), address
        assert "sandbox" in policy, address
        assert "default-src 'none'" in policy, address


def may_read_it_whole(desk: SmallDesk, ticket: Ticket) -> None:
    """A log is handed out whole only after asking, and is one as soon as somebody wants it."""
    for file in Attachment.objects.filter(ticket=ticket):
        signed_in(desk.administrator).get(f"/console/files/{file.pk}")
    for one in Evidence.objects.filter(attachment__ticket=ticket):
        actor = actor_for(desk.administrator)
        diagnosis.ask_to_unmask(actor=actor, evidence_id=one.pk, reason="To see what a browser makes of it")


def name_told(answer: HttpResponseBase) -> str:
    """The name under which a browser saves it (RFC 6266)."""
    told = email.message.Message()
    told["Content-Disposition"] = answer["Content-Disposition"]
    return str(told.get_filename(""))


@pytest.mark.parametrize("name", CONTENTS)
def test_whatever_it_is_it_is_saved_and_not_shown(desk: SmallDesk, name: str) -> None:
    content, declared = CONTENTS[name]
    ticket = with_files(desk, [tickets.NewAttachment(name=name, content_type=declared, content=content)])
    file = Attachment.objects.get(ticket=ticket)
    may_read_it_whole(desk, ticket)

    for person, address in (
        (desk.administrator, f"/console/files/{file.pk}"),
        (desk.requester, f"/requests/{ticket.reference}/files/{file.pk}"),
    ):
        answer = signed_in(person).get(address)
        assert answer.status_code == 200, address
        cannot_run(answer, address)
        assert answer["Content-Type"] == "application/octet-stream"
        assert b"".join(answer) == content  # type: ignore[arg-type] # both are streams of bytes
        assert name_told(answer) == name


def test_whatever_its_name_it_stays_one_name(desk: SmallDesk) -> None:
    files = [tickets.NewAttachment(name=name, content_type="text/html", content=HTML) for name in NAMES]
    ticket = with_files(desk, files)
    kept = list(Attachment.objects.filter(ticket=ticket).order_by("pk"))
    lead, asker = signed_in(desk.administrator), signed_in(desk.requester)

    assert len(kept) == len(NAMES)
    for file in kept:
        assert file.name
        assert not set(file.name) & {*TURNING, "/", "\\", "\n", "\r", "\0"}
        for answer in (
            lead.get(f"/console/files/{file.pk}"),
            asker.get(f"/requests/{ticket.reference}/files/{file.pk}"),
        ):
            cannot_run(answer, file.name)
            assert set(answer.headers) & {"Set-Cookie"} == set()
            assert name_told(answer) == file.name
    for client, page in ((lead, f"/console/tickets/{ticket.reference}"), (asker, f"/requests/{ticket.reference}")):
        text = client.get(page).content.decode()
        assert "<img src=x" not in text
        assert "\u202e" not in text


def test_every_other_address_with_bytes_of_others(desk: SmallDesk) -> None:
    parts = [
        f"Content-Type: {declared or 'a/b'}; name*=utf-8''f{place}\r\nContent-Transfer-Encoding: 8bit\r\n\r\nx"
        for place, (_, declared) in enumerate(CONTENTS.values())
    ]
    body = f"Content-Type: text/html; charset=utf-8\r\n\r\n{HTML.decode()}{SVG.decode()}<p>words"
    taken = intake.receive(
        actor=Actor.machine("intake"), content=multipart(body, *parts, Subject="<script>", From="a@x.example")
    )
    ticket = Ticket.objects.latest("pk")
    message = Message.objects.get(ticket=ticket)
    held_back = intake.receive(actor=Actor.machine("intake"), content=b"Subject: nobody\r\n\r\n" + HTML)
    inbound = InboundMessage.objects.get(pk=held_back.inbound_id)
    lead = signed_in(desk.administrator)

    assert taken.ticket
    here = f"/console/tickets/{ticket.reference}/messages/{message.pk}"
    for address in (
        here,
        f"{here}/html",
        f"{here}/html?pictures=yes",
        f"{here}/whole",
        f"/setup/mail/{inbound.pk}/original",
    ):
        answer = lead.get(address)
        assert answer.status_code == 200, address
        cannot_run(answer, address)
        assert "set-cookie" not in {name.lower() for name in answer.headers}
    may_read_it_whole(desk, ticket)
    for file in Attachment.objects.filter(ticket=ticket):
        cannot_run(lead.get(f"/console/files/{file.pk}"), file.name)


def test_no_address_gives_out_what_is_somebody_elses(desk: SmallDesk) -> None:
    ticket = with_files(desk, [tickets.NewAttachment(name="a", content_type="", content=b"a")])
    other = with_files(desk, [tickets.NewAttachment(name="b", content_type="", content=b"b")])
    file = Attachment.objects.get(ticket=other)
    stranger = Person.objects.create(email="s@x.example", name="S", roles=["requester"], created_at=ticket.opened_at)

    assert signed_in(desk.requester).get(f"/requests/{ticket.reference}/files/{file.pk}").status_code == 404
    assert signed_in(stranger).get(f"/requests/{other.reference}/files/{file.pk}").status_code == 404
    assert signed_in(stranger).get(f"/console/files/{file.pk}").status_code in {302, 404}
    assert Client().get(f"/console/files/{file.pk}").status_code == 302
