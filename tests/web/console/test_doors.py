"""Every address of the console: who may come in, by which method, and that nothing anybody sends is a fault of ours."""

import pytest
from django import forms as django_forms
from django.test import Client
from django.urls import URLPattern, reverse

from tests.support.web_world import WebWorld, signed_in
from tierline.doors.web.console import forms, urls
from tierline.doors.web.console.forms import FilesField

PATTERNS: dict[str, URLPattern] = {pattern.name: pattern for pattern in urls.urlpatterns if pattern.name}
NUMBERS = {
    "ticket": "climbing",
    "handover_id": "handover",
    "evidence_id": "evidence",
    "recipe_id": "recipe",
    "article_id": "article",
    "major_id": "major",
}
READ = {
    *(
        "queue",
        "next",
        "search",
        "palette",
        "ticket",
        "step",
        "known",
        "known_error",
        "problem",
        "handovers",
        "handover",
    ),
    *("lab", "recipe", "articles", "article", "evidence", "file", "message_text", "message_html", "message_whole"),
    *("visits", "field"),
    *("message_sent", "alerts", "calls", "ringing", "clocks", "majors", "major", "major_banner"),
    *("own_load", "boards", "board"),
    *("vendors", "vendor_pane", "case", "pack", "pack_file"),
    *("macros", "own_macros", "macro_many", "macro_batch"),
}
FORMS = {
    *("new_ticket", "write_call", "write_recipe", "revise_recipe", "write_article", "revise_article", "declare"),
    *("new_known_error", "revise_known_error"),
    "deal",
    "open_case",
    *("new_own_macro", "own_macro"),
}
VERBS = sorted(PATTERNS.keys() - READ - FORMS)
HOSTILE = ("99999999999999999999999", "²' OR 1=1 --\0<script>\u202e٣" * 200)


def address(name: str, world: WebWorld) -> str:
    """A page of the afternoon, or one that may not be there."""
    parts = PATTERNS[name].pattern.converters
    known = {"number": world.climbing.reference, "item": "log", "group_id": world.desk.groups[2].pk}
    for part, attribute in NUMBERS.items():
        if attribute != "climbing":
            known[part] = getattr(world, attribute).pk
    return reverse(f"console:{name}", kwargs={part: known.get(part, 1) for part in parts})


def every_field() -> list[str]:
    """The names of all fields that any form of the console reads."""
    classes = [one for one in vars(forms).values() if isinstance(one, type) and issubclass(one, django_forms.Form)]
    named = {name for one in classes for name, field in one.base_fields.items() if not isinstance(field, FilesField)}
    return sorted(
        named
        | {"ticket", "verb", "next", "theme", "release", "writing", "override-log", "override-x", "pane"}
        | {"claimed", "remember", "whose", "mail"}
    )


def test_every_address_is_looked_at_here() -> None:
    assert PATTERNS.keys() >= READ | FORMS
    assert len(VERBS) > 35


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_visitors_sign_in_first_and_requesters_find_nothing(
    world: WebWorld, db: None, client: Client, name: str
) -> None:
    where = address(name, world)
    outside, requester = Client(), signed_in(world.desk.requester)
    for method in ("get", "post"):
        answer = getattr(outside, method)(where)
        assert answer.status_code in (302, 405)
        if answer.status_code == 302:
            assert answer["Location"].startswith("/sign-in")
        assert getattr(requester, method)(where).status_code in (404, 405)


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_is_never_done_by_reading(world: WebWorld, tier2: Client, name: str) -> None:
    assert tier2.get(address(name, world)).status_code == 405


@pytest.mark.parametrize("name", sorted(READ))
def test_a_page_takes_no_orders(world: WebWorld, tier2: Client, name: str) -> None:
    assert tier2.post(address(name, world)).status_code == 405


@pytest.mark.parametrize("name", [*VERBS, *sorted(FORMS)])
def test_a_form_of_another_site_is_refused(world: WebWorld, db: None, name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.desk.administrator)
    assert strict.post(address(name, world), {"text": "x"}).status_code == 403


@pytest.mark.parametrize("name", [*VERBS, *sorted(FORMS)])
def test_no_field_can_be_filled_so_that_it_breaks(world: WebWorld, db: None, name: str) -> None:
    lead, where, fields = signed_in(world.desk.lead), address(name, world), every_field()
    answers = {value: lead.post(where, dict.fromkeys(fields, value)).status_code for value in HOSTILE}
    assert set(answers.values()) <= {200, 302, 403, 404, 409, 422}, answers


@pytest.mark.parametrize("name", sorted(READ | FORMS))
def test_no_address_can_be_written_so_that_it_breaks(world: WebWorld, tier2: Client, name: str) -> None:
    where = address(name, world)
    parts = ["q", "view", "tier", "group", "priority", "service", "ids", "after", "ticket", "line", "templates", "all"]
    answers = {value: tier2.get(where, dict.fromkeys(parts, value[:200])).status_code for value in HOSTILE}
    assert set(answers.values()) <= {200, 302, 404}, answers


@pytest.mark.parametrize("number", ["INC-0", "99999999999", "INC-99999999999", "REQ-1", "ABC-1", "INC-999999999999"])
def test_a_ticket_that_is_not_there_is_not_found(world: WebWorld, tier2: Client, number: str) -> None:
    assert tier2.get(f"/console/tickets/{number}").status_code == 404


@pytest.mark.parametrize(
    "prefix", ["handovers", "known", "problems", "lab", "articles", "files", "major", "cases", "packs"]
)
def test_a_number_beyond_every_table_is_not_found(world: WebWorld, tier2: Client, prefix: str) -> None:
    assert tier2.get(f"/console/{prefix}/99999999999999999999999").status_code == 404
