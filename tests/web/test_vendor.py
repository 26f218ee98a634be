"""The vendor's door: a link opens its thread and nothing else, over every address of the application."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.support.desk import SmallDesk
from tests.support.held import held
from tests.support.vendors import again, asked, halden, kinds, opened, redacted_log, vendor_desk
from tierline.core.kernel import clock
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment
from tierline.ladder.vendors import operations
from tierline.ladder.vendors.models import Access, Case

pytestmark = pytest.mark.django_db
desk = held(vendor_desk)


def come_in(desk: SmallDesk, case: Case, recipient: str = "eva@halden.example") -> tuple[Client, Access, str]:
    """A browser of somebody at the vendor who pressed the button."""
    access, url = operations.make_link(actor=desk.actor(3), case_id=case.pk, recipient=recipient)
    where = "/vendor/" + url.rpartition("/")[2]
    client = Client()
    answer = client.post(where)
    assert answer.status_code == 302
    assert answer["Location"] == f"/vendor/links/{access.pk}"
    return client, access, where


def every_address(values: dict[str, str]) -> Iterator[str]:
    """Every address of the application with something in place of its parts."""

    def filled(part: re.Match[str]) -> str:
        return values.get(part[2], values[part[1] or "str"])

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for one in patterns:
            route = before + str(one.pattern).removeprefix("^").removesuffix("$")
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, route)
            else:
                yield "/" + re.sub(r"<(?:(\w+):)?(\w+)>", filled, route)

    yield from walk(get_resolver().url_patterns, "")


def plain(answer: HttpResponse) -> tuple[int, str, str]:
    """What an answer says, without what differs each time: tokens, nonces and numbers of requests."""
    body = answer.content.decode("utf-8", "replace") if not answer.streaming else ""
    body = re.sub(r'(nonce|value|csrfmiddlewaretoken|data-page|content)="[^"]*"', "", body)
    body = re.sub(r"X-CSRFToken[^}]*", "", body)
    body = re.sub(r"\b[a-z2-9]{12}\b|\d{2}:\d{2}(:\d{2})?(\.\d+)?", "", body)
    return answer.status_code, answer.get("Location", ""), body


def test_every_other_address_answers_as_to_a_stranger(desk: SmallDesk) -> None:
    ticket = desk.owned(3)
    log, case = redacted_log(ticket), opened(desk, ticket)
    operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text="The question.")
    other = asked(desk)
    foreign, _url = operations.make_link(actor=desk.actor(3), case_id=other.pk, recipient="k@other.example")
    client, access, where = come_in(desk, case)
    values = dict.fromkeys(("int", "str", "slug", "path", "uuid", "ticket", "day"), "1") | {
        "number": ticket.reference, "reference": ticket.reference.lower(), "ticket_id": str(ticket.pk),
        "case_id": str(case.pk), "access_id": str(foreign.pk), "attachment_id": str(log.attachment_id),
        "evidence_id": str(log.pk), "vendor_id": str(halden().pk), "token": "no-such-token",
    }  # fmt: skip
    seen = 0
    for address in every_address(values):
        if address == "/sign-out":  # ends any session: theirs, too
            continue
        stranger = Client()
        for method in ("get", "post"):
            theirs, nobodys = getattr(client, method)(address), getattr(stranger, method)(address)
            assert plain(theirs) == plain(nobodys), (method, address)
            assert "The question." not in theirs.content.decode("utf-8", "replace") if not theirs.streaming else True
        seen += 1
    assert seen > 250
    assert client.get(f"/vendor/links/{access.pk}").status_code == 200
    assert client.get(where).status_code == 200


def test_looking_at_the_link_tells_nothing_and_uses_nothing(desk: SmallDesk) -> None:
    case = asked(desk, "Secret question")
    access, url = operations.make_link(actor=desk.actor(3), case_id=case.pk, recipient="eva@halden.example")
    where = "/vendor/" + url.rpartition("/")[2]
    for _ in range(3):
        answer = Client().get(where)
        body = answer.content.decode()
        assert answer.status_code == 200
        assert case.title not in body
        assert case.reference not in body
        assert "Halden" not in body
    assert Access.objects.get(pk=access.pk).uses == 0
    assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == ("same-origin", "noindex, nofollow")
    assert "no-store" in answer["Cache-Control"]
    assert Client().get(f"/vendor/links/{access.pk}").status_code == 404


def test_the_thread_and_nothing_else_is_on_the_page(desk: SmallDesk) -> None:
    ticket = desk.owned(3, title="Private title", text="Private words of the requester")
    tickets.add_note(actor=desk.actor(3), ticket_id=ticket.pk, text="Private note")
    case = opened(desk, ticket)
    operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text="For the vendor.")
    tickets.reply(actor=desk.actor(3), ticket_id=ticket.pk, text="Private reply")
    client, access, _where = come_in(desk, case)
    answer = client.get(f"/vendor/links/{access.pk}")
    body = answer.content.decode()
    assert "For the vendor." in body
    for private in ("Private", desk.requester.name, desk.requester.email, ticket.reference, "console", "sign-in"):
        assert private not in body
    assert answer["Referrer-Policy"] == "same-origin"
    assert not re.search(r'(href|src|action)="(https?:)?//', body)


def test_answering_with_a_file_a_number_and_solved(desk: SmallDesk) -> None:
    case = asked(desk)
    client, access, _where = come_in(desk, case)
    file = SimpleUploadedFile("fix.log", b"all good")
    typed = {"text": "Use 4.2.", "reference": "SR-9", "uploads": file, "then": "solved"}
    assert client.post(f"/vendor/links/{access.pk}/answer", typed).status_code == 302
    case = again(case)
    assert (case.state, case.their_reference) == ("solved", "SR-9")
    attachment = Attachment.objects.get(message__vendor_part__case=case)
    got = client.get(f"/vendor/links/{access.pk}/files/{attachment.pk}")
    assert b"".join(got.streaming_content) == b"all good"
    assert got["Content-Disposition"].startswith("attachment")
    used = TimelineEntry.objects.of("ticket", case.ticket_id).filter(kind="vendor.link_used")
    assert [one.data["use"] for one in used] == ["enter", "reference", "answer", "solved", "file"]
    body = client.get(f"/vendor/links/{access.pk}").content.decode()
    assert "Use 4.2." in body
    assert "fix.log" in body


@pytest.mark.parametrize("typed", [{}, {"text": " "}, {"reference": "x" * 61}, {"text": "x" * 100_001}])
def test_what_cannot_be_taken_is_said_and_kept(desk: SmallDesk, typed: dict[str, str]) -> None:
    client, access, _where = come_in(desk, asked(desk))
    answer = client.post(f"/vendor/links/{access.pk}/answer", typed)
    assert answer.status_code in (403, 422)
    assert 'role="alert"' in answer.content.decode()


def test_a_number_of_another_case_takes_nothing(desk: SmallDesk) -> None:
    first, second = asked(desk), asked(desk)
    operations.set_reference(actor=desk.actor(3), case_id=first.pk, reference="SR-1")
    client, access, _where = come_in(desk, second)
    answer = client.post(f"/vendor/links/{access.pk}/answer", {"text": "Hello.", "reference": "SR-1"})
    assert answer.status_code == 422
    assert "received" not in kinds(second)


def test_a_form_of_another_site_is_not_taken(desk: SmallDesk) -> None:
    case = asked(desk)
    known, access, where = come_in(desk, case)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = known.cookies
    for address in (f"/vendor/links/{access.pk}/answer", where):
        assert strict.post(address, {"text": "forged"}).status_code == 403
    assert "received" not in kinds(case)


def test_one_pack_is_fetched_and_noted(desk: SmallDesk) -> None:
    ticket = desk.owned(3)
    log, case = redacted_log(ticket), opened(desk, ticket)
    made = [operations.make_pack(actor=desk.actor(3), case_id=case.pk, evidence_ids=[log.pk]) for _ in range(2)]
    operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text="Here.", pack_id=made[0].pk)
    client, access, _where = come_in(desk, case)
    got = client.get(f"/vendor/links/{access.pk}/packs/{made[0].pk}")
    assert len(b"".join(got.streaming_content)) == made[0].size
    assert client.get(f"/vendor/links/{access.pk}/packs/{made[1].pk}").status_code == 404
    assert client.get(f"/vendor/links/{access.pk}/files/{log.attachment_id}").status_code == 404
    assert kinds(case).count("link_used") == 2


@pytest.mark.parametrize("end", ["withdraw", "expire", "close"])
def test_what_is_over_is_over_at_once_for_an_open_page_too(desk: SmallDesk, end: str) -> None:
    case = asked(desk)
    client, access, where = come_in(desk, case)
    later = timedelta(days=31) if end == "expire" else timedelta(0)
    if end == "withdraw":
        operations.withdraw_link(actor=desk.actor(3), access_id=access.pk)
    if end == "close":
        operations.close_case(actor=desk.actor(3), case_id=case.pk, outcome="solved")
    with clock.at(clock.now() + later):
        for method, address in (
            ("get", f"/vendor/links/{access.pk}"), ("post", f"/vendor/links/{access.pk}/answer"),
            ("get", where), ("post", where),
        ):  # fmt: skip
            assert getattr(client, method)(address, {"text": "late"}).status_code == 404
    assert "received" not in kinds(case)


def test_two_links_in_one_browser_stay_apart(desk: SmallDesk) -> None:
    first, second = asked(desk, "First question"), asked(desk, "Second question")
    client, one, _where = come_in(desk, first)
    access, url = operations.make_link(actor=desk.actor(3), case_id=second.pk, recipient="eva@halden.example")
    client.post("/vendor/" + url.rpartition("/")[2])
    assert "First question" in client.get(f"/vendor/links/{one.pk}").content.decode()
    assert client.post(f"/vendor/links/{one.pk}/answer", {"text": "To the first."}).status_code == 302
    assert (again(first).state, again(second).state) == ("answered", "with_vendor")
    assert "Second question" in client.get(f"/vendor/links/{access.pk}").content.decode()
