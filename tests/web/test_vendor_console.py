"""Vendor cases in the console, and what was agreed in set-up."""

import pytest
from django.test import Client

from tests.support.desk import SmallDesk
from tests.support.held import held
from tests.support.vendors import (
    QUESTION,
    REASON,
    again,
    agree,
    asked,
    board,
    halden,
    opened,
    redacted_log,
    vendor_desk,
)
from tests.support.web_world import signed_in
from tierline.core.kernel.actors import Actor
from tierline.ladder.vendors import operations, queries
from tierline.ladder.vendors.models import Access, Case, Pack, Terms

pytestmark = pytest.mark.django_db
desk = held(vendor_desk)
TERMS = {
    "address": "help@halden.example", "senders": "@halden.example\neva@partner.example", "reference_pattern": "HB#",
    "number": "N-1", "valid_until": "2031-01-31", "cases": "5", "answer_hours": "1.5", "cost_per_case": "10.50",
    "cost_per_hour": "", "currency": "eur",
}  # fmt: skip


@pytest.fixture
def expert(desk: SmallDesk) -> Client:
    return signed_in(desk.agents[3])


@pytest.fixture
def root(desk: SmallDesk) -> Client:
    return signed_in(desk.administrator)


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_a_case_from_the_ticket_to_its_end(desk: SmallDesk, expert: Client) -> None:
    ticket = desk.owned(3)
    log = redacted_log(ticket)
    where = f"/console/tickets/{ticket.reference}/cases/new"
    assert "HB-2026-11" in text_of(expert, where)
    typed = {"vendor": halden().pk, "title": "Board resets", "question": QUESTION}
    answer = expert.post(where, typed)
    case = Case.objects.get()
    page = f"/console/cases/{case.pk}"
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert QUESTION in text_of(expert, page)

    made = expert.post(f"{page}/packs", {"file": [log.pk]})
    pack = Pack.objects.get()
    assert made["Location"] == f"/console/packs/{pack.pk}"
    shown = text_of(expert, made["Location"])
    assert "tunnel up for &lt;account-1&gt;" in shown
    assert b"".join(expert.get(f"/console/packs/{pack.pk}/zip").streaming_content).startswith(b"PK")
    assert f'value="{pack.pk}" selected' in text_of(expert, f"{page}?pack={pack.pk}")

    assert expert.post(f"{page}/send", {"text": QUESTION, "pack": pack.pk}).status_code == 302
    pane = text_of(expert, f"/console/tickets/{ticket.reference}/cases")
    assert "with the vendor" in pane
    assert "left of" in pane
    operations.receive_from_vendor(
        actor=Actor.machine("vendors"), case_id=case.pk, author="eva", text="Use 4.2.", automatic=True
    )
    assert "That was their answer" in text_of(expert, page)
    assert expert.post(f"{page}/answered").status_code == 302
    assert expert.post(f"{page}/reference", {"reference": "SR-8"}).status_code == 302
    assert "SR-8" in text_of(expert, "/console/vendors")
    assert expert.post(f"{page}/close", {"outcome": "solved", "hours": "2"}).status_code == 302
    assert expert.post(f"{page}/reopen", {"reason": "again"}).status_code == 302
    body = text_of(expert, page)
    for words in ("Use 4.2.", "371.00 EUR", pack.name, "Opened the case again:", "Made a pack of 1 redacted file"):
        assert words in body
    stream = text_of(expert, f"/console/tickets/{ticket.reference}")
    assert "Use 4.2." in stream


def test_what_is_missing_is_shown_and_can_be_taken_on(desk: SmallDesk, expert: Client) -> None:
    agree(cases=0)
    ticket = desk.owned(3)
    where = f"/console/tickets/{ticket.reference}/cases/new"
    typed = {"vendor": halden().pk, "title": "Board resets", "question": "Why?"}
    first = expert.post(where, typed)
    assert first.status_code == 403
    assert 'name="override-question"' in first.content.decode()
    second = expert.post(where, typed | {"override-question": REASON})
    assert "no cases are left" in second.content.decode()
    assert 'name="reason"' in second.content.decode()
    third = expert.post(where, typed | {"override-question": REASON, "reason": REASON})
    assert third.status_code == 302
    assert REASON in text_of(expert, "/console/vendors")
    assert text_of(expert, third["Location"]).count(REASON) >= 2


@pytest.mark.parametrize(
    ("verb", "typed"),
    [
        ("send", {"text": " "}),
        ("packs", {}),
        ("packs", {"file": ["4711"]}),
        ("reference", {"reference": ""}),
        ("close", {"outcome": "fine"}),
        ("close", {"outcome": "solved", "hours": "-1"}),
        ("reopen", {"reason": "why"}),
        ("answered", {}),
        ("links", {"recipient": "nobody", "days": "30"}),
        ("links", {"recipient": "a@b.example", "days": "900"}),
    ],
)
def test_a_refusal_shows_the_case_with_the_reason(
    desk: SmallDesk, expert: Client, verb: str, typed: dict[str, str]
) -> None:
    case = opened(desk)
    answer = expert.post(f"/console/cases/{case.pk}/{verb}", typed)
    assert answer.status_code in (403, 422)
    assert 'role="alert"' in answer.content.decode()


def test_a_link_is_told_once_and_withdrawn(desk: SmallDesk, expert: Client) -> None:
    case = asked(desk)
    page = f"/console/cases/{case.pk}"
    answer = expert.post(f"{page}/links", {"recipient": "tom@halden.example", "days": "5"})
    assert "/vendor/" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert "/vendor/" not in text_of(expert, page)
    access = Access.objects.get(recipient="tom@halden.example")
    assert expert.post(f"{page}/links/{access.pk}/withdraw").status_code == 302
    assert "withdrawn" in text_of(expert, page)


def test_requesters_and_other_desks_find_nothing(desk: SmallDesk) -> None:
    case = asked(desk)
    requester = signed_in(desk.requester)
    for address in ("/console/vendors", f"/console/cases/{case.pk}", "/setup/vendors", f"/setup/vendors/{halden().pk}"):
        assert requester.get(address).status_code == 404
    body = requester.get(f"/requests/{case.ticket.reference.lower()}").content.decode()
    assert "Halden" not in body
    assert QUESTION not in body


def test_terms_are_written_in_set_up(desk: SmallDesk, root: Client) -> None:
    product = board()
    where = f"/setup/vendors/{halden().pk}"
    assert "HB-2026-11" in text_of(root, where)
    assert root.post(where, TERMS | {"products": [product.pk]}).status_code == 302
    terms = Terms.objects.get()
    assert (terms.senders, terms.answer_minutes, str(terms.cost_per_case), terms.currency) == (
        ["@halden.example", "eva@partner.example"], 90, "10.50", "EUR",
    )  # fmt: skip
    assert queries.vendor(desk.leading, halden().pk).granted.products == {product.pk}
    body = text_of(root, where)
    assert 'value="2031-01-31"' in body
    assert "eva@partner.example" in body


@pytest.mark.parametrize(
    "wrong", [{"reference_pattern": "##"}, {"address": "x"}, {"currency": "EURO"}, {"cases": "-1"}, {"senders": "x"}]
)
def test_a_field_says_what_is_wrong_with_it(desk: SmallDesk, root: Client, wrong: dict[str, str]) -> None:
    answer = root.post(f"/setup/vendors/{halden().pk}", TERMS | wrong)
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert Terms.objects.get().number == "HB-2026-11"


def test_a_vendor_is_added(desk: SmallDesk, root: Client) -> None:
    answer = root.post("/setup/vendors", {"name": "Nordic Fibre"})
    assert answer.status_code == 302
    assert "there is no contract" in text_of(root, answer["Location"])
    assert root.post("/setup/vendors", {"name": "Nordic Fibre"}).status_code == 422
    assert again(asked(desk)).vendor.name == "Halden Boards"
