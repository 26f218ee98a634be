"""Each page's statements and bytes stay within tests/web/query_budgets.toml, however many tickets there are."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.support.console import statements
from tests.support.web_world import WebWorld
from tierline.core.kernel.actors import Actor
from tierline.desk.tickets import operations as tickets

BUDGETS: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "query_budgets.toml").read_text())


def address(budget: dict[str, Any], world: WebWorld) -> str:
    return str(budget["address"]).format(
        climbing=world.climbing.reference,
        handover=world.handover.pk,
        evidence=world.evidence.pk,
        recipe=world.recipe.pk,
        article=world.article.pk,
        major=world.major.pk,
        group=world.desk.groups[2].pk,
    )


def headers(budget: dict[str, Any]) -> dict[str, Any]:
    return {"headers": {"HX-Request": "true"}} if budget.get("piece") else {}


@pytest.mark.parametrize("name", BUDGETS)
def test_the_page_keeps_its_budget(name: str, world: WebWorld, tier2: Client) -> None:
    budget = BUDGETS[name]
    response, sent = statements(tier2, address(budget, world), **headers(budget))
    assert response.status_code == 200
    assert sent <= budget["statements"]
    assert len(response.content) <= budget["html"]


@pytest.mark.parametrize("name", ["queue_of_all", "ticket", "ticket_step", "board"])
def test_more_tickets_and_messages_cost_no_more_statements(name: str, world: WebWorld, tier2: Client) -> None:
    budget = BUDGETS[name]
    before = statements(tier2, address(budget, world), **headers(budget))[1]
    for number in range(12):
        tickets.assign(
            actor=Actor.machine("routing"),
            ticket_id=world.desk.ticket(title=f"Another fault {number}").pk,
            group_id=world.desk.groups[2].pk,
        )
        tickets.add_note(actor=world.desk.actor(2), ticket_id=world.climbing.pk, text=f"Note {number}")
    response, after = statements(tier2, address(budget, world), **headers(budget))
    assert response.status_code == 200
    assert after == before


def test_a_full_page_of_fifty_stays_under_sixty_kilobytes(world: WebWorld, tier2: Client) -> None:
    for number in range(60):
        ticket = world.desk.ticket(title=f"A fault with a title of some length, number {number}, in the Hamburg plant")
        tickets.assign(actor=Actor.machine("routing"), ticket_id=ticket.pk, group_id=world.desk.groups[2].pk)
    response = tier2.get("/console/?view=all")
    assert response.content.count(b"data-row") == 50
    assert len(response.content) <= 60_000


def test_a_ticket_with_hundreds_of_messages_shows_the_last_ones(world: WebWorld, tier2: Client) -> None:
    for number in range(80):
        tickets.add_note(actor=world.desk.actor(2), ticket_id=world.climbing.pk, text=f"Note number {number} " * 5)
    page = tier2.get(f"/console/tickets/{world.climbing.pk}")
    assert b"Note number 79" in page.content
    assert b"Note number 3 " not in page.content
    assert len(page.content) <= 60_000
    assert b"Note number 3 " in tier2.get(f"/console/tickets/{world.climbing.pk}?all=1").content
