"""Why a ticket is with whom it is and due when it is, and the policies behind that, through the API."""

import json
from typing import Any

import pytest

from tests.support.api import Program, program_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import jobs
from tierline.core.kernel.actors import Actor
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.people.rules import Role
from tierline.desk.sla.models import ClockChange, Policy
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.routing import operations as routing

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("routing")
GOLD: dict[str, Any] = {
    "name": "Gold",
    "calendar": "office-hours",
    "targets": {"resolution": [60, 120, 240, 480, None]},
    "desk": "it",
}

desk = held(lambda: small_desk(policy=True))


@pytest.fixture
def root(desk: SmallDesk) -> Program:
    return program_of(desk.administrator)


@pytest.fixture
def arranging(desk: SmallDesk) -> Program:
    """Administers this desk, and nothing else of the house."""
    made = people.create_person(actor=SETUP, email="d@d.example", name="Dora", roles=[Role.REQUESTER])
    people.set_desk_roles(actor=SETUP, person_id=made.pk, desk_id=desk.desk.pk, roles=[Role.DESK_ADMINISTRATOR])
    return program_of(Person.objects.get_queryset().get(pk=made.pk))


def put(program: Program, path: str, body: object) -> Any:
    headers = {"Authorization": f"Bearer {program.token}"}
    raw = json.dumps(body)
    return program.client.put(f"/api/v1{path}", raw, content_type="application/json", headers=headers)


def assigned(desk: SmallDesk) -> Ticket:
    ticket = desk.ticket()
    routing.triage(actor=MACHINE, ticket_id=ticket.pk)
    routing.assign_next(actor=MACHINE, ticket_id=ticket.pk)
    tickets.keep_clocks(ticket_id=ticket.pk)
    return Ticket.objects.get(pk=ticket.pk)


# --- why


def test_why_it_is_with_whom_it_is_and_due_when_it_is(desk: SmallDesk, agent: Program) -> None:
    ticket = assigned(desk)
    told = agent.get(f"/tickets/{ticket.reference}/why").json()
    owner = ticket.assignee.name if ticket.assignee else ""
    assert told["assignment"]["person"] == owner
    assert told["assignment"]["total"] == sum(one["points"] for one in told["assignment"]["points"])
    assert told["assignment"]["runner_up"] == ({"Agent 1", "Lena Lead"} - {owner}).pop()
    assert {one["what"] for one in told["triage"]["reasons"]} >= {"kind", "service", "group", "priority"}
    due = {one["metric"]: one for one in told["due_times"]}
    assert due["resolution"]["due_at"] is not None
    assert due["resolution"]["segments"][-1]["policy"] == "Standard v1"
    assert due["resolution"]["used_seconds"] == sum(one["seconds"] for one in due["resolution"]["segments"])


def test_nobody_could_take_it_is_an_answer_too(desk: SmallDesk, agent: Program) -> None:
    Person.objects.get_queryset().update(capacity=0)
    told = agent.get(f"/tickets/{assigned(desk).reference}/why").json()["assignment"]
    assert told["person"] is None
    assert {one["rule"] for one in told["excluded"]} == {"capacity"}
    assert "without the capacity rule it would be Agent 1" in told["otherwise"]


def test_a_ticket_that_nobody_sorted_has_no_receipts(desk: SmallDesk, agent: Program) -> None:
    told = agent.get(f"/tickets/{desk.ticket().reference}/why").json()
    assert (told["assignment"], told["triage"]) == (None, None)


def test_the_reasons_are_for_those_who_see_the_desk(desk: SmallDesk, requester: Program) -> None:
    ticket = assigned(desk)
    assert requester.get(f"/tickets/{ticket.reference}/why").status_code == 404
    assert requester.get(f"/tickets/{ticket.reference}").json()["work"] is None


def test_who_works_here_and_asks_a_hidden_desk_reads_what_any_requester_reads(desk: SmallDesk, agent: Program) -> None:
    hidden = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    group = people.create_group(actor=SETUP, desk=hidden, key="hr-1", name="HR services", tier=1)
    mine = tickets.open_ticket(
        actor=desk.actor(1), requester=desk.agents[1], title="My salary", text="Is late", desk=hidden
    )
    tickets.assign(actor=MACHINE, ticket_id=mine.pk, group_id=group.pk, why={"reason": "secret"})
    where = f"/tickets/{mine.reference}"
    assert agent.get(where).json()["work"] is None
    assert agent.get(f"{where}/why").status_code == 404
    entries = agent.get(f"{where}/timeline").json()["items"]
    assert entries
    assert all(one["data"] is None for one in entries)
    assert "group" not in agent.tool("get_ticket", ticket=mine.reference)["structuredContent"]
    assert agent.tool("get_ticket", ticket=desk.owned(1).reference)["structuredContent"]["group"] == "Frontline"


# --- policies


def test_policies_are_listed_with_their_versions(root: Program) -> None:
    (one,) = root.get("/policies").json()["items"]
    assert (one["key"], one["calendar"], one["desk"]) == ("standard", "office-hours", None)
    assert len(one["targets"]["resolution"]) == 5
    assert [row["version"] for row in root.get("/policies/standard").json()["items"]] == [1]
    assert root.get("/policies/none").status_code == 404


def test_a_policy_is_proposed_counted_and_applied(desk: SmallDesk, root: Program) -> None:
    assigned(desk)
    answer = root.post("/policies", GOLD)
    assert answer.status_code == 202
    change = answer.json()
    assert change["state"] == "preview"
    where = f"/policy-changes/{change['id']}"
    assert root.post(f"{where}/apply", {}).status_code == 404
    jobs.drain(limit=50)
    counted = root.get(where).json()
    assert (counted["state"], counted["moved"] > 0) == ("ready", True)
    applied = root.post(f"{where}/apply", {}).json()
    assert (applied["state"], applied["applied_by"]) == ("applying", "Ada Admin")
    jobs.drain(limit=50)
    assert root.get(where).json()["state"] == "applied"
    assert root.get("/policies/gold").json()["items"][0]["desk"] == "it"


def test_a_new_version_comes_by_put(root: Program) -> None:
    (now,) = root.get("/policies").json()["items"]
    body = {"name": now["name"], "calendar": now["calendar"], "targets": {"resolution": [30, 60, 90, 120, 150]}}
    change = put(root, "/policies/standard", body)
    assert change.status_code == 202
    assert change.json()["title"] == "Standard, version 2"
    assert put(root, "/policies/none", body).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"calendar": "none"}, "calendar"),
        ({"desk": "none"}, "desk"),
        ({"service": "none", "vendor": "none"}, "service"),
        ({"targets": {"resolution": [1, 2]}}, "targets.resolution"),
        ({"targets": {"resolution": [0, 1, 1, 1, 1]}}, "targets.resolution.0"),
        ({"warn_at": 100}, "warn_at"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_cannot_be_used_says_which_field(root: Program, change: dict[str, Any], field: str) -> None:
    answer = root.post("/policies", {**GOLD, **change})
    assert answer.status_code == 422
    assert any(name.startswith(field) for name in answer.json()["fields"]), answer.json()
    assert not ClockChange.objects.exists()


def test_a_desk_administrator_changes_the_policies_of_that_desk(desk: SmallDesk, arranging: Program) -> None:
    made = arranging.post("/policies", GOLD)
    assert made.status_code == 202
    jobs.drain(limit=50)
    where = f"/policy-changes/{made.json()['id']}"
    assert arranging.post(f"{where}/apply", {}).status_code == 200
    assert {one["key"] for one in arranging.get("/policies").json()["items"]} == {"standard", "gold"}


def test_what_holds_for_every_desk_is_not_theirs(desk: SmallDesk, arranging: Program, root: Program) -> None:
    everywhere = {**{name: value for name, value in GOLD.items() if name != "desk"}, "kind": "request"}
    assert arranging.post("/policies", everywhere).status_code == 404
    assert put(arranging, "/policies/standard", GOLD).status_code == 404
    other = root.post("/policies", everywhere).json()
    assert arranging.get(f"/policy-changes/{other['id']}").status_code == 404
    jobs.drain(limit=50)
    assert arranging.post(f"/policy-changes/{other['id']}/apply", {}).status_code == 404
    people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    assert arranging.post("/policies", {**GOLD, "desk": "hr"}).status_code == 422
    hidden = root.post("/policies", {**GOLD, "name": "Quiet", "desk": "hr"}).json()
    jobs.drain(limit=50)
    root.post(f"/policy-changes/{hidden['id']}/apply", {})
    assert arranging.get("/policies/quiet").status_code == 404
    assert Policy.objects.filter(key="quiet").exists()
    assert "quiet" not in {one["key"] for one in arranging.get("/policies").json()["items"]}


@pytest.mark.parametrize("path", ["/policies", "/policies/standard", "/policy-changes/1", "/policy-changes/x"])
def test_nobody_else_reads_policies(agent: Program, path: str) -> None:
    assert agent.get(path).status_code == 404
