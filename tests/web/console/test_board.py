"""A group's board: who has what, giving by hand, dealing out what was shown, one's own load with the why of each."""

import re

import pytest
from django.test import Client

from tests.support.console import text_of
from tests.support.web_world import WebWorld, confidential, signed_in
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Person, SupportGroup
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.doors.web.console.pages.board import state_words
from tierline.work.routing import operations as routing
from tierline.work.routing.models import Decision

MACHINE = Actor.machine("routing")


@pytest.fixture
def lead(world: WebWorld, db: None) -> Client:
    return signed_in(world.desk.lead)


def board(world: WebWorld, verb: str = "") -> str:
    return f"/console/groups/{world.desk.groups[1].pk}{verb}"


def waiting(world: WebWorld, number: int = 3) -> list[Ticket]:
    group = world.desk.groups[1].pk
    made = [world.desk.ticket(title=f"Printer {n} jams") for n in range(number)]
    return [tickets.assign(actor=MACHINE, ticket_id=one.pk, group_id=group) for one in made]


def owners(found: list[Ticket]) -> list[str]:
    return [one.assignee.name if one.assignee else "" for one in Ticket.objects.filter(pk__in=[f.pk for f in found])]


def plan(page: str) -> str:
    found = re.search(r'name="plan" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_the_board_shows_people_with_their_load_and_what_waits(world: WebWorld, lead: Client) -> None:
    first = waiting(world)[0]
    page = lead.get(board(world))
    shown = text_of(page)
    assert "Frontline" in shown
    assert "Nobody has it" in shown
    assert first.title in shown
    assert "Agent 1" in shown
    assert re.search(r"\d+ of \d+ places", shown)
    assert "Deal these" in shown


def test_the_board_of_ones_own_group_is_the_first(world: WebWorld, tier2: Client) -> None:
    assert tier2.get("/console/groups")["Location"] == f"/console/groups/{world.desk.groups[2].pk}"


def test_without_any_group_the_page_says_what_to_do(world: WebWorld, tier2: Client) -> None:
    SupportGroup.objects.update(active=False)
    assert "There is no group yet" in text_of(tier2.get("/console/groups"))


def test_columns_by_status(world: WebWorld, lead: Client) -> None:
    waiting(world)
    shown = text_of(lead.get(board(world), {"by": "status"}))
    assert "In work" in shown
    assert "Waiting" in shown
    assert "By person" in shown


def test_an_agent_sees_the_board_but_does_not_deal(world: WebWorld, tier1: Client) -> None:
    waiting(world)
    assert "Deal these" not in text_of(tier1.get(board(world)))
    assert tier1.get(board(world, "/deal")).status_code == 404
    assert tier1.post(board(world, "/deal"), {"plan": "x"}).status_code == 404


def test_the_board_of_a_hidden_desk_is_not_there(world: WebWorld, lead: Client) -> None:
    hidden = confidential(world.desk).desk
    group = SupportGroup.objects.create(desk=hidden, key="hr-1", name="HR services", tier=1)
    for verb in ("", "/deal"):
        assert lead.get(f"/console/groups/{group.pk}{verb}").status_code == 404
    assert "HR services" not in text_of(lead.get(board(world)))


def test_giving_by_hand(world: WebWorld, tier1: Client) -> None:
    found = waiting(world)
    chosen = {"ticket": [str(one.pk) for one in found[:2]], "person": str(world.desk.lead.pk)}
    told = tier1.post(board(world, "/give"), chosen, follow=True)
    assert "2 tickets were given." in text_of(told)
    assert sorted(owners(found)) == ["", "Lena Lead", "Lena Lead"]


def test_what_cannot_be_given_is_said(world: WebWorld, tier1: Client) -> None:
    (one,) = waiting(world, 1)
    nothing = tier1.post(board(world, "/give"), {"person": "1"}, follow=True)
    assert "Tick the tickets" in text_of(nothing)
    stranger = {"ticket": str(one.pk), "person": str(world.desk.requester.pk)}
    assert "does not work in Frontline" in text_of(tier1.post(board(world, "/give"), stranger, follow=True))
    assert owners([one]) == [""]


def test_dealing_out_does_what_was_shown(world: WebWorld, lead: Client) -> None:
    found = waiting(world, 4)
    page = lead.get(board(world, "/deal"))
    shown = text_of(page)
    assert "no way to deal it costs less" in shown
    assert "Why Agent 1?" in shown or "Why Lena Lead?" in shown
    assert not Decision.objects.exists()
    told = lead.post(board(world, "/deal"), {"plan": plan(page.content.decode())}, follow=True)
    assert "were given." in text_of(told)
    assert all(owners(found))
    assert "Everything has somebody" in text_of(lead.get(board(world, "/deal")))


def test_a_plan_that_no_longer_holds_is_shown_anew(world: WebWorld, lead: Client) -> None:
    found = waiting(world, 2)
    name = plan(lead.get(board(world, "/deal")).content.decode())
    found += waiting(world, 1)
    again = lead.post(board(world, "/deal"), {"plan": name})
    assert again.status_code == 403
    assert "Nothing was assigned. Look at the new plan." in text_of(again)
    assert owners(found) == ["", "", ""]
    assert plan(again.content.decode()) != name


def test_what_nobody_could_take_is_marked_with_the_reason_for_each(world: WebWorld, lead: Client) -> None:
    found = waiting(world, 2)
    members = Person.objects.get_queryset().filter(memberships__group=world.desk.groups[1])
    members.update(capacity=0)
    shown = text_of(lead.get(board(world, "/deal")))
    assert "stays with the group" in shown
    assert "Nobody would get anything." in shown
    routing.assign_next(actor=MACHINE, ticket_id=found[0].pk)
    shown = text_of(lead.get(board(world)))
    assert "1 could be given to nobody" in shown
    assert "has 0 of 0 places taken" in shown or re.search(r"has \d+ of 0 places taken", shown)


def test_ones_own_load_says_why_what_came_is_ones_own(world: WebWorld, tier1: Client) -> None:
    members = Person.objects.get_queryset().filter(memberships__group=world.desk.groups[1])
    members.exclude(pk=world.desk.agents[1].pk).update(capacity=0)
    (one,) = waiting(world, 1)
    routing.assign_next(actor=MACHINE, ticket_id=one.pk)
    shown = text_of(tier1.get("/console/mine"))
    assert re.search(r"\d+ of 20 places taken", shown)
    assert f"{one.reference} {one.title}" in shown
    assert "Why Agent 1?" in shown
    assert 'hx-get="/console/mine"' in tier1.get("/console/?view=mine").content.decode()
    assert 'hx-get="/console/mine"' not in tier1.get("/console/?view=all").content.decode()


@pytest.mark.parametrize(
    ("state", "said"), [("here", "here"), ("full", "full"), ("off_shift", "off shift"), ("absent", "away"), ("x", "x")]
)
def test_states_have_words(state: str, said: str) -> None:
    assert state_words(state) == said
