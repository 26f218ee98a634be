"""Every page in both themes: no accessibility fault, no complaint of the browser, nothing wider than a phone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser.checks import faults, too_wide, unreachable
from tests.browser.conftest import NARROW, Visit
from tests.support.desk import SmallDesk
from tests.support.doors_world import OtherDoors, other_doors
from tests.support.portal_world import (
    PortalWorld,
    busy_month,
    known_issue,
    mail_set_up,
    portal_world,
    quarantined,
    read_logs,
)
from tests.support.staff import staffed
from tests.support.surveys import arranged, link_for, solved
from tierline.desk.people.models import Organisation, Skill
from tierline.desk.tickets.models import Ticket
from tierline.ladder.assistant import operations as assistant
from tierline.work.intake.models import InboundMessage, Mailbox
from tierline.work.surveys.models import Survey
from tierline.work.surveys.operations import rate
from tierline.work.surveys.operations.links import leave_address, rate_address


@dataclass(frozen=True)
class World:
    """Ours, and what came by the other ways in."""

    week: PortalWorld
    doors: OtherDoors
    survey: Survey

    @property
    def desk(self) -> SmallDesk:
        return self.week.desk


Pages = Callable[[World], list[str]]


@pytest.fixture(scope="module")
def world(server: object) -> World:
    """A week of a desk with everything its pages can show."""
    made = portal_world()
    read_logs(made)
    busy_month(made.desk, tickets_made=22)
    known_issue(made)
    quarantined()
    mail_set_up(made.desk)
    staffed(made.desk)
    assistant.ask(actor=made.desk.asking, text="instrument is not found after an update")
    assistant.ask(actor=made.desk.asking, text="The vending machine speaks Latin")
    return World(made, other_doors(made.desk), surveyed(made.desk))


def portal(world: World) -> list[str]:
    week = world.week
    mine = [f"/requests/{one.reference}" for one in (week.climbing, week.asked, week.solved, week.closed)]
    talks = [f"/assistant/{one.pk}" for one in world.desk.requester.conversations.order_by("pk")]
    sends = [f"/send/{key}" for key in ("broken", "access", "call")]  # the others are made of the same fields
    fixed = ["/", "/search?q=instrument", "/search?q=zzz", "/requests?show=all", "/requests?show=solved", "/assistant"]
    return [*fixed, *sends, *mine, *talks, f"/articles/{week.article.pk}", "/known/1", "/account", "/no/such/page"]


def setup(world: World) -> list[str]:
    fixed = [
        "",
        "groups",
        "people",
        "access",
        f"access?person={world.desk.lead.email}&kind=report",
        "organisations",
        f"organisations/{Organisation.objects.earliest('pk').pk}",
        "services",
        "contracts",
        "contracts/1-2",
        "clocks",
        "routing",
        "macros",
        "vendors",
        "mail",
        "doors",
        "files",
        "evidence",
        "remote",
        "surveys",
        f"surveys/{world.desk.desk.pk}",
        "work",
        "plugins",
        "styleguide",
    ]
    one = [
        f"services/{world.desk.service.pk}",
        f"groups/{world.desk.groups[1].pk}",
        f"people/{world.desk.lead.pk}",
        f"routing/{world.desk.desk.pk}/new",
        f"macros/{world.desk.desk.pk}/new",
    ]
    waiting = [f"mail/{InboundMessage.objects.quarantined().earliest('pk').pk}"]
    boxes = [f"mail/mailboxes/{pk}" for pk in Mailbox.objects.order_by("pk").values_list("pk", flat=True)]
    mail = ["mail/received", "mail/mailboxes/new", *boxes, "mail/outgoing", "mail/hooks"]
    clocks = [f"clocks/{place}" for place in ("policies/new", "policies/standard", "calendars/office-hours")]
    doors = [f"alerts/{world.doors.alerts}", f"phone/{world.doors.phone}", f"chat/{world.doors.chat}"]
    doors += [f"messengers/{key}" for key in (world.doors.slack, world.doors.teams)]
    ways = [f"doors/{place}" for place in doors]
    return [f"/setup/{place}" for place in (*fixed, *one, *waiting, *mail, *clocks, *ways)]


def console(world: World) -> list[str]:
    storm = f"/console/tickets/{world.doors.storm.reference}"
    came = Ticket.objects.filter(channel__in=("chat", "slack", "phone")).order_by("pk")
    calls = [
        "/console/calls",
        "/console/calls/new",
        "/console/calls/new?number=%2B4930123456",
    ]  # they put the cursor into a field
    macros = [f"/console/macros{place}" for place in ("", f"/new/{world.desk.desk.pk}", f"/many?tickets={came[0].pk}")]
    macros.append(f"{storm}/macros")
    boards = ["/console/groups", f"/console/groups/{world.desk.groups[1].pk}?by=status", "/console/?view=mine"]
    return [storm, f"{storm}/alerts", *boards, *macros, *(f"/console/tickets/{one.reference}" for one in came), *calls]


def insights(world: World) -> list[str]:
    del world
    behind = "tickets?figure=all&since=2020-01-01T00:00:00%2B00:00&until=2100-01-01T00:00:00%2B00:00"
    return [f"/insights/{place}" for place in ("", "flow", "handovers", "routing", "rates", behind)]


def staff(world: World) -> list[str]:
    agent, group = world.desk.agents[2].pk, world.desk.groups[1].pk
    skill = Skill.objects.get(key="vpn").pk
    fixed = ["", "all", "on-call", f"on-call/{group}", "skills", f"skills/{skill}"]
    return [f"/people/{place}" for place in (*fixed, agent, f"{agent}/abilities", f"{agent}/time")]


def surveyed(desk: SmallDesk) -> Survey:
    """Some said how it went, and one was just asked."""
    arranged(desk, every_days=0)
    for number in range(7):
        rate(actor=desk.asking, ticket_id=solved(desk, title=f"Rated {number}").pk, score=number % 5 + 1)
    return link_for(desk, title="Just asked about")


def nobody(world: World) -> list[str]:
    links = (rate_address(world.survey, 4), leave_address(world.survey))
    return ["/sign-in", "/no/such/page", *(one[one.index("/mail/") :] for one in links)]


AREAS: dict[str, tuple[Pages, Callable[[World], Any]]] = {
    "portal": (portal, lambda world: world.desk.requester),
    "setup": (setup, lambda world: world.desk.administrator),
    "console": (console, lambda world: world.desk.agents[1]),
    "insights": (insights, lambda world: world.desk.lead),
    "staff": (staff, lambda world: world.desk.lead),
    "nobody": (nobody, lambda _world: None),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("area", AREAS)
def test_axe_finds_nothing_and_the_browser_does_not_complain(visit: Visit, world: World, area: str, theme: str) -> None:
    pages, person = AREAS[area]
    visitor = visit(person(world), theme=theme)
    found: list[str] = []
    for address in pages(world):
        status = visitor.go(address).status
        assert status in {200, 404}, address
        wrong = faults(visitor.page) + [said for said in visitor.complaints if "404" not in said]
        visitor.complaints.clear()
        found += [f"{address} {one}" for one in wrong]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("area", AREAS)
def test_no_page_is_wider_than_a_phone(visit: Visit, world: World, area: str) -> None:
    pages, person = AREAS[area]
    visitor = visit(person(world), size=NARROW)
    wide = {}
    for address in pages(world):
        visitor.go(address)
        if pixels := too_wide(visitor.page):
            wide[address] = pixels
        assert unreachable(visitor.page) == [], address
    assert wide == {}


@pytest.mark.parametrize("area", AREAS)
def test_the_first_tab_skips_to_the_content(visit: Visit, world: World, area: str) -> None:
    pages, person = AREAS[area]
    visitor = visit(person(world))
    for address in pages(world)[:3]:
        visitor.go(address)
        visitor.page.evaluate("document.activeElement.blur()")
        visitor.page.keyboard.press("Tab")
        assert visitor.page.evaluate("document.activeElement.textContent") == "Skip to content"
        visitor.page.keyboard.press("Enter")
        visitor.page.wait_for_url("**#main")
