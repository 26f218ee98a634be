"""A desk nobody has set up: the first visit, in both themes."""

import pytest

from tests.browser.checks import faults
from tests.browser.conftest import NARROW, Visit
from tierline.desk.people.models import Person


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_welcome_page_is_clean(visit: Visit, theme: str) -> None:
    visitor = visit(theme=theme, size=NARROW)
    visitor.go("/")
    assert visitor.path == "/welcome"
    assert faults(visitor.page) == []
    assert visitor.complaints == []


def test_the_first_person_becomes_the_administrator_with_the_keyboard_alone(visit: Visit) -> None:
    visitor = visit()
    visitor.go("/welcome")
    visitor.page.focus("[name=name]")
    for words in ("Ada First", "ada@first.example", "a strange sentence to keep"):
        visitor.page.keyboard.type(words)
        visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/setup/")
    assert "You are the administrator of this desk." in visitor.text()
    assert faults(visitor.page) == []
    assert Person.objects.with_address("ada@first.example").exists()
