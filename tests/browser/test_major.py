"""The room of a major incident and its status page, as those who lead it and those who wait see them."""

import pytest

from tests.browser.checks import faults, too_wide
from tests.browser.conftest import NARROW, Visit
from tests.support.desk import PASSWORD
from tests.support.major import another, asked_by
from tests.support.web_world import WebWorld, web_world
from tierline.desk.people.models import Person
from tierline.ladder.major import operations


@pytest.fixture(scope="module")
def world(server: object) -> WebWorld:
    made = web_world(drops=2)
    parts = [asked_by(another(name), "Calibration server says certificates") for name in ("one", "two", "three")]
    lead = made.desk.leading
    operations.attach(actor=lead, major_id=made.major.pk, ticket_ids=[one.pk for one in parts[:2]])
    operations.update(actor=lead, major_id=made.major.pk, text="The second host answers, too.", public=False)
    return made


@pytest.fixture(scope="module")
def reader(world: WebWorld) -> Person:
    return another("reader", password=PASSWORD)


def pages(world: WebWorld) -> list[str]:
    room = f"/console/major/{world.major.pk}"
    return [room, f"/console/tickets/{world.climbing.reference}/major", f"/console/tickets/{world.others[0].reference}"]


def status(world: WebWorld) -> list[str]:
    return ["/", "/status", f"/status/{world.major.pk}"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(visit: Visit, world: WebWorld, reader: Person, theme: str) -> None:
    found = []
    for person, addresses in ((world.desk.lead, pages(world)), (reader, status(world))):
        visitor = visit(person, theme=theme)
        for address in addresses:
            assert visitor.go(address).status == 200, address
            found += [f"{address} {one}" for one in faults(visitor.page) + visitor.complaints]
            visitor.complaints.clear()
    assert not found, "\n".join(found)


def test_nothing_is_wider_than_a_phone(visit: Visit, world: WebWorld, reader: Person) -> None:
    wide = {}
    for person, addresses in ((world.desk.lead, pages(world)), (reader, status(world))):
        visitor = visit(person, size=NARROW)
        for address in addresses:
            visitor.go(address)
            if pixels := too_wide(visitor.page):
                wide[address] = pixels
    assert wide == {}


def test_words_are_said_by_the_keyboard_alone(visit: Visit, world: WebWorld) -> None:
    visitor = visit(world.desk.lead)
    visitor.go("/console/")
    visitor.page.keyboard.press("g")
    visitor.page.keyboard.press("e")
    visitor.page.wait_for_url("**/console/major")
    visitor.page.keyboard.press("j")
    visitor.page.keyboard.press("o")
    visitor.page.wait_for_url(f"**/console/major/{world.major.pk}")
    visitor.page.focus("#f-text")
    visitor.page.keyboard.type("We are half way.")
    visitor.page.keyboard.press("Control+Enter")
    visitor.page.wait_for_selector("text=Everybody concerned is told")
    assert visitor.page.locator(".updates >> text=We are half way.").count() >= 1
