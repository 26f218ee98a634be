"""Macros for programs: listed, seen and put on a ticket by the API, listed by the tools, with the person's rights."""

from typing import Any

import pytest

from tests.support.api import Program, program_of
from tests.support.desk import SETUP, SmallDesk
from tierline.desk.people import operations as people
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.workflows import operations
from tierline.work.workflows.models import Macro

pytestmark = pytest.mark.django_db
NOTE = "Ask for the serial number first."


@pytest.fixture
def ticket(desk: SmallDesk) -> Ticket:
    return desk.owned(1, title="VPN {agent}")


@pytest.fixture
def macro(desk: SmallDesk) -> Macro:
    steps = {"then": "wait", "urgency": 1, "actions": [{"action": "set_fact", "params": {"key": "a", "value": "b"}}]}
    return written(desk, "Restart", reply="Dear {first_name}: {title}", note=NOTE, steps=steps)


def written(desk: SmallDesk, name: str, **parts: Any) -> Macro:
    return operations.write_macro(actor=SETUP, desk_id=desk.desk.pk, name=name, **parts)


def at(ticket: Ticket, macro: Macro | None = None) -> str:
    return f"/tickets/{ticket.reference}/macros" + (f"/{macro.pk}" if macro else "")


def said(ticket: Ticket) -> list[tuple[str, str]]:
    return list(Message.objects.filter(ticket=ticket).order_by("pk").values_list("audience", "text"))[1:]


def test_listed_seen_and_put_on(ticket: Ticket, macro: Macro, agent: Program) -> None:
    (row,) = agent.get(at(ticket)).json()["items"]
    assert (row["id"], row["reply"], row["personal"]) == (macro.pk, "Dear Ines: VPN {agent}", False)
    assert agent.get(at(ticket), q="serial").json()["items"]
    assert agent.get(at(ticket), q="nothing like it").json()["items"] == []
    seen = agent.get(at(ticket, macro)).json()
    assert (seen["reply"], seen["note"], seen["does"]) == ("Dear Ines: VPN {agent}", NOTE, ["Records a: b."])
    assert seen["steps"]["then"] == "wait"
    answer = agent.post(at(ticket, macro), {}, headers={"If-Match": f'"{ticket.version}"'})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["waiting_for"]) == ("waiting", "requester")
    assert said(ticket) == [("internal", NOTE), ("requester", "Dear Ines: VPN {agent}")]
    assert answer["ETag"] == f'"{Ticket.objects.get(pk=ticket.pk).version}"'


def test_other_words_the_same_key_and_a_ticket_that_changed(ticket: Ticket, macro: Macro, agent: Program) -> None:
    body = {"reply": "Ring me, {first_name}", "note": "", "then": "keep"}
    for _ in range(2):
        assert agent.post(at(ticket, macro), body, headers={"Idempotency-Key": "once"}).status_code == 200
    assert said(ticket) == [("requester", "Ring me, {first_name}")]
    stale = agent.post(at(ticket, macro), {}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert len(said(ticket)) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reply": NOTE}, 409),
        ({"reply": "x" * 10_001}, 422),
        ({"then": "explode"}, 422),
        ({"delete": True}, 422),
        ([], 422),
    ],
)
def test_what_is_refused_leaves_no_trace(
    ticket: Ticket, macro: Macro, agent: Program, body: object, status: int
) -> None:
    answer = agent.post(at(ticket, macro), body)
    assert answer.status_code == status, answer.content
    if status == 409:
        assert answer.json()["code"] == "internal_words_in_reply"
    assert said(ticket) == []


def test_who_may_not_use_it_finds_nothing(desk: SmallDesk, ticket: Ticket, macro: Macro, agent: Program) -> None:
    requester = program_of(desk.requester)
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    secret = operations.write_macro(actor=SETUP, desk_id=hr.pk, name="Warning", reply="x")
    own = operations.write_macro(actor=desk.actor(2), desk_id=desk.desk.pk, name="Own", reply="x", personal=True)
    assert requester.get(at(ticket)).status_code == 404
    assert requester.post(at(ticket, macro), {}).status_code == 404
    missing = agent.get(f"{at(ticket)}/999999")
    for hidden in (secret, own):
        seen = agent.get(at(ticket, hidden))
        assert (seen.status_code, seen.json()["detail"]) == (missing.status_code, missing.json()["detail"])
        assert agent.post(at(ticket, hidden), {}).status_code == 404
    assert [one["name"] for one in agent.get(at(ticket)).json()["items"]] == ["Restart"]


def test_the_tool_lists_and_sends_nothing(desk: SmallDesk, ticket: Ticket, macro: Macro, agent: Program) -> None:
    listed = agent.tool("list_macros", ticket=ticket.reference)["structuredContent"]["macros"]
    assert [(one["id"], one["reply"]) for one in listed] == [(macro.pk, "Dear Ines: VPN {agent}")]
    assert listed[0]["open"].endswith(f"/console/tickets/{ticket.pk}?macro={macro.pk}#write")
    assert said(ticket) == []
    assert "is_error" not in agent.tool("list_macros", ticket=ticket.reference, words="nothing like it")
    assert agent.tool("list_macros", ticket="nonsense")["isError"]
    asking = program_of(desk.requester).rpc("tools/list").json()["result"]["tools"]
    assert "list_macros" not in {one["name"] for one in asking}


def test_a_resolved_ticket_refuses_the_steps(desk: SmallDesk, ticket: Ticket, macro: Macro, agent: Program) -> None:
    tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Done")
    assert agent.post(at(ticket, macro), {}).status_code == 409
    assert said(ticket) == []
