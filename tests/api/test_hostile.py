"""Strings that have broken other products: they come back as they went in, but for control characters."""

import json
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.api import Program
from tests.support.desk import SmallDesk
from tierline.core.kernel.text import clean, one_line

pytestmark = pytest.mark.django_db

SHARED = Path(os.environ.get("TIERLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
LIST = SHARED / "data" / "security-blns" / "blns.json"


@pytest.fixture(scope="module")
def naughty() -> list[str]:
    if not LIST.is_file():
        pytest.skip("the Big List of Naughty Strings is not there")
    return [text for text in json.loads(LIST.read_text()) if clean(text).strip()]


def test_naughty_strings_come_back_unchanged(desk: SmallDesk, agent: Program, naughty: list[str]) -> None:
    """All of them in one text, so that it stays quick."""
    text = "\n".join(naughty)
    ticket = desk.owned()
    made = agent.post(f"/tickets/{ticket.pk}/messages", {"kind": "note", "text": text})
    assert made.status_code == 201
    said = agent.get(f"/tickets/{ticket.pk}/messages").json()["items"]
    assert [one["text"] for one in said[1:]] == [clean(text)]
    assert clean(text).split("\n").count("undef") == naughty.count("undef") == 1
    shown = agent.tool("get_ticket", ticket=ticket.reference)["structuredContent"]["messages"][-1]["text"]
    assert shown[:-1] == clean(text)[: len(shown) - 1]


def test_naughty_strings_as_facts_keep_to_one_line(agent: Program, naughty: list[str]) -> None:
    for start in range(0, len(naughty), 60):
        facts = {f"fact_{place}": text[:200] for place, text in enumerate(naughty[start : start + 60])}
        answer = agent.post("/tickets", {"title": "Facts", "text": "As it is.", "facts": facts})
        assert answer.status_code == 201, answer.content
        assert answer.json()["work"]["facts"] == {key: one_line(value) for key, value in facts.items()}


def test_naughty_strings_break_no_search(desk: SmallDesk, agent: Program, naughty: list[str]) -> None:
    desk.owned()
    for text in naughty[::12]:
        assert agent.get("/search", q=text).status_code == 200, text


def test_naughty_strings_as_titles_and_keys(agent: Program, naughty: list[str]) -> None:
    for text in naughty[::16]:
        answer = agent.post("/tickets", {"title": text[:200], "text": text})
        assert answer.status_code == 201, text
        assert answer.json()["title"] == one_line(text[:200])
        refused = agent.post("/tickets", {"title": "x", text: text})
        assert refused.status_code == 422, text
        assert agent.get(f"/tickets/{quote(text, safe='')}").status_code == 404


def test_markup_is_text_in_json(desk: SmallDesk, agent: Program) -> None:
    ticket = desk.owned(title="<script>alert(1)</script>")
    answer = agent.get(f"/tickets/{ticket.pk}")
    assert answer.json()["title"] == "<script>alert(1)</script>"
    assert answer["Content-Type"].startswith("application/json")
    assert answer["X-Content-Type-Options"] == "nosniff"
