"""A ticket of a confidential desk does not exist for others: whatever happens to it, they read the same as before."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.support.access_world import AccessWorld, access_world, program_of, same, signed_in
from tests.support.api import Program
from tests.support.held import held
from tierline.config.access import PUBLIC, ways
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Person
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries import QUEUE_VIEWS
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.escalation.queries import contract_state
from tierline.ladder.problems import operations as problems
from tierline.work.phone import operations as phone
from tierline.work.routing import operations as routing

pytestmark = pytest.mark.django_db
MARK = "zirconium"
"""A word that stands in nothing but the confidential ticket."""

world = held(access_world)
PAGES = sorted(
    way.address
    for way in ways()
    if way.channel in ("console", "insights", "portal", "setup", "account")
    and "{" not in way.address
    and way.right != PUBLIC
    and not way.address.startswith("/account")  # says when one's own tokens were used last
)
QUERIES = [
    *(f"/console/?view={view}" for view in QUEUE_VIEWS),
    *(f"/console/search?q={word}" for word in (MARK, "ticket", "salary")),
    *(f"/console/palette?q={word}" for word in (MARK, "salary")),
    *(f"/insights/{page}?days={days}" for page in ("", "flow", "handovers") for days in (7,)),
    f"/search?q={MARK}",
    f"/console/calls/new?q={MARK}",
]
ASKING = [one for one in (*PAGES, *QUERIES) if not one.startswith(("/console", "/insights", "/setup", "/people"))]
"""What requesters read."""

CALLS = [
    *(f"/tickets?view={view}" for view in ("own", *QUEUE_VIEWS)),
    *(f"/search?q={word}" for word in (MARK, "salary")),
    f"/articles?q={MARK}",
    "/groups",
]
TOOLS = [
    ("search_tickets", {"query": MARK}),
    ("search_articles", {"query": MARK}),
    ("search_tickets", {"query": "VPN"}),
]


class Reader:
    """Everything that somebody can read without knowing a number."""

    def __init__(self, person: Person) -> None:
        self.client: Client = signed_in(person)
        self.program: Program = program_of(person)

    def read(self, addresses: Iterable[str]) -> dict[str, Any]:
        pages = {one: same(self.client.get(one)) for one in addresses}
        answers = {
            f"API {one}": same(self.program.client.get(f"/api/v1{one}", headers=self._bearer())) for one in CALLS
        }
        tools = {f"{name} {given}": self.program.tool(name, **given) for name, given in TOOLS}
        return {**pages, **answers, **tools}

    def by_number(self, number: int) -> list[Any]:
        """What asking for a ticket by its number gives."""
        asked = [f"{where}{number}" for where in ("/console/?ids=", "/console/palette?q=", "/console/search?q=INC-")]
        pages = [same(self.client.get(one), number) for one in asked]
        tools = [self.program.tool("search_tickets", query=f"INC-{number}")]
        found = self.program.client.get(f"/api/v1/search?q={number}", headers=self._bearer())
        return [*pages, *tools, same(found, number)]

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.program.token}"}


@pytest.fixture(autouse=True)
def one_moment(world: AccessWorld) -> Iterator[None]:
    """The same moment for everything that is read, so that nothing but the ticket can make a difference."""
    with clock.at(clock.now().replace(microsecond=0) + timedelta(minutes=5)):
        yield


def life(world: AccessWorld) -> Ticket:
    """Whatever happens to a ticket in its days: said, climbed, a problem made of it, a call, solved."""
    desk, agent = world.web.desk, world.web.desk.actor(1)
    about = {"title": f"Salary {MARK}", "text": f"My salary of {MARK} is late, and the VPN drops."}
    ticket = desk.ticket(**about, desk=desk.desk, facts={"product": MARK})
    tickets.assign(actor=Actor.machine("routing"), ticket_id=ticket.pk, group_id=desk.groups[1].pk)
    routing.assign_next(actor=Actor.machine("routing"), ticket_id=ticket.pk)
    tickets.classify(actor=agent, ticket_id=ticket.pk, impact=1, urgency=1)
    tickets.reply(actor=agent, ticket_id=ticket.pk, text=f"About {MARK}: we look.", wait=True)
    tickets.receive_message(actor=desk.asking, ticket_id=ticket.pk, author=desk.requester, text=f"{MARK}!")
    escalation.escalate(
        actor=agent,
        ticket_id=ticket.pk,
        to_tier=2,
        question=MARK,
        overrides=dict.fromkeys(_missing(ticket), f"No time for {MARK}."),
    )
    problems.open_problem(actor=desk.actor(2), ticket_id=ticket.pk, title=f"{MARK} is short")
    phone.log_call(actor=agent, caller=desk.requester, notes=MARK, ticket_id=ticket.pk)
    tickets.resolve(actor=agent, ticket_id=ticket.pk, resolution=MARK, text="Paid.")
    return ticket


def _missing(ticket: Ticket) -> list[str]:
    return [one.key for one in contract_state(Actor.machine("test"), ticket.pk, 2, question=MARK).items]


@pytest.mark.parametrize("who", ["everything", "stranger"])
def test_whatever_happens_to_it_nobody_outside_reads_a_different_word(world: AccessWorld, who: str) -> None:
    reader = Reader(getattr(world, who))
    read = (*PAGES, *QUERIES) if who == "everything" else ASKING
    before = reader.read(read)
    if who == "everything":  # with every role each of these pages is there
        there = {address for address in PAGES if before[address][0] in (200, 302, 405)}
        assert set(PAGES) - there == {"/insights/tickets"}  # which asks for a figure
    ticket = life(world)
    after = reader.read(read)
    different = [name for name, told in before.items() if told != after[name]]
    assert different == []
    assert reader.by_number(ticket.pk) == reader.by_number(987_654)
    assert MARK not in str({name: told for name, told in after.items() if MARK not in name and "q=" not in name})


CHANGING = {
    *("/console/?view=resolved", f"/console/search?q={MARK}", f"/console/palette?q={MARK}", "/insights/"),
    *("/console/known", "/console/calls"),
}


def test_colleagues_of_the_desk_read_it_everywhere(world: AccessWorld) -> None:
    """Teeth: for those who see the desk the same pages do change."""
    reader = Reader(world.web.desk.lead)
    before = reader.read(CHANGING)
    life(world)
    after = reader.read(CHANGING)
    changed = {name for name, told in before.items() if told != after[name]}
    assert changed >= {*CHANGING, f"API /search?q={MARK}", f"search_tickets {{'query': '{MARK}'}}"}
