"""The console in a real browser: clean in both themes, and driven by the keyboard alone."""

import pytest

from tests.browser.checks import faults, too_wide, unreachable
from tests.browser.conftest import NARROW, Visit
from tests.support.web_world import WebWorld, web_world
from tierline.desk.tickets.models import Message
from tierline.work.diagnosis.models import Evidence


@pytest.fixture(scope="module")
def world(server: object) -> WebWorld:
    made = web_world(drops=20)
    frames = ["Rekey.verify (rekey.js:212)", "listOnTimeout (node:internal/timers:573)"]
    trace = {"language": "script", "type": "ReplayError", "frames": frames, "fingerprint": "f1", "line": 9, "count": 3}
    burst = {"start": 1_795_428_242, "end": 1_795_428_300, "lines": 9, "times": 6.4, "line": 4}
    Evidence.objects.filter(pk=made.evidence.pk).update(traces=[trace], bursts=[burst], compared_with=2)
    made.evidence.templates.order_by("first_line").update(is_new=True)
    return made


def pages(world: WebWorld) -> list[str]:
    ticket = f"/console/tickets/{world.climbing.reference}"
    return [
        "/console/",
        "/console/?view=all",
        "/console/new",
        "/console/search?q=vpn",
        ticket,
        f"{ticket}/step",
        f"{ticket}/evidence/{world.evidence.pk}",
        f"{ticket}/known-error/new?evidence={world.evidence.pk}",
        f"/console/tickets/{world.solved.reference}",
        f"{ticket}/clocks",
        f"{ticket}/field",
        "/console/visits",
        "/console/handovers",
        f"/console/handovers/{world.handover.pk}",
        "/console/known",
        "/console/lab",
        f"/console/lab/{world.recipe.pk}",
        "/console/articles",
        f"/console/articles/{world.article.pk}",
        "/console/major",
        f"/console/major/{world.major.pk}",
        "/console/vendors",
        f"{ticket}/cases/new",
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_the_browser_does_not_complain(visit: Visit, world: WebWorld, theme: str) -> None:
    visitor = visit(world.desk.agents[2], theme=theme)
    found: list[str] = []
    for address in pages(world):
        assert visitor.go(address).status == 200, address
        wrong = faults(visitor.page) + visitor.complaints
        visitor.complaints.clear()
        found += [f"{address} {one}" for one in wrong]
    assert not found, "\n".join(found)


def test_no_page_is_wider_than_a_phone(visit: Visit, world: WebWorld) -> None:
    visitor = visit(world.desk.agents[2], size=NARROW)
    wide = {}
    for address in pages(world):
        visitor.go(address)
        if pixels := too_wide(visitor.page):
            wide[address] = pixels
        assert unreachable(visitor.page) == [], address
    assert wide == {}


def test_the_list_is_walked_and_opened_by_keys(visit: Visit, world: WebWorld) -> None:
    visitor = visit(world.desk.agents[2])
    visitor.go("/console/?view=all")
    visitor.page.keyboard.press("j")
    first = visitor.page.evaluate("document.activeElement.textContent")
    visitor.page.keyboard.press("j")
    assert visitor.page.evaluate("document.activeElement.textContent") != first
    visitor.page.keyboard.press("k")
    assert visitor.page.evaluate("document.activeElement.textContent") == first
    visitor.page.keyboard.press("o")
    visitor.page.wait_for_url("**/console/tickets/*")


def test_the_help_lists_the_keys_of_the_page(visit: Visit, world: WebWorld) -> None:
    visitor = visit(world.desk.agents[2])
    visitor.go(f"/console/tickets/{world.climbing.reference}")
    visitor.page.keyboard.press("?")
    assert visitor.page.is_visible("#keys-help")
    listed = visitor.page.inner_text("#keys-help")
    assert "Search" in listed
    visitor.page.keyboard.press("Escape")
    assert not visitor.page.is_visible("#keys-help")


def test_keys_rest_while_somebody_types(visit: Visit, world: WebWorld) -> None:
    visitor = visit(world.desk.agents[2])
    visitor.go("/console/")
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type("jko?")
    assert visitor.page.input_value("header input[name=q]") == "jko?"
    assert visitor.path == "/console/"


def test_the_palette_finds_a_ticket(visit: Visit, world: WebWorld) -> None:
    visitor = visit(world.desk.agents[2])
    visitor.go("/console/")
    visitor.page.keyboard.press("Control+k")
    visitor.page.wait_for_selector("#palette[open]")
    visitor.page.keyboard.type(world.climbing.reference)
    visitor.page.wait_for_selector(f"#palette li:has-text('{world.climbing.reference}')")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(f"**/console/tickets/{world.climbing.reference}*")
    assert visitor.complaints == []


def test_a_reply_is_written_and_sent_without_the_mouse(visit: Visit, world: WebWorld) -> None:
    visitor = visit(world.desk.agents[2])
    visitor.go(f"/console/tickets/{world.climbing.reference}")
    visitor.page.keyboard.press("r")
    visitor.page.keyboard.type("We found the cause.")
    visitor.page.keyboard.press("Control+Enter")
    visitor.page.wait_for_selector(".stream >> text=We found the cause.")
    said = Message.objects.filter(ticket=world.climbing).latest("pk")
    assert (said.text, said.direction) == ("We found the cause.", "out")


def test_pointing_at_a_due_time_shows_how_it_came_about(visit: Visit, world: WebWorld) -> None:
    visitor = visit(world.desk.agents[2])
    visitor.go("/console/?view=all")
    page = visitor.page
    page.hover(".clock-why summary")
    page.wait_for_selector(".clock-why[open] .derive:has-text('all clocks')")
    page.hover("h1")
    page.wait_for_selector(".clock-why[open]", state="detached")
    page.hover(".clock-why summary")
    page.wait_for_selector(".clock-why[open]")
    page.click(".clock-why summary")  # a click says that it stays
    page.hover("h1")
    page.wait_for_timeout(600)
    assert page.locator(".clock-why[open]").count() == 1
    assert visitor.complaints == []
