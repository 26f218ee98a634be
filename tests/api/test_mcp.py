"""The tools, as a client calls them: with a token, within the rights of its person."""

import json
from datetime import timedelta

import pytest

from tests.support.api import Program, meta, program_of
from tests.support.desk import SETUP, SmallDesk
from tierline import __version__
from tierline.core.kernel import clock
from tierline.core.plugins.schema import schema_of
from tierline.desk.people import operations as people
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.doors.mcp import endpoint
from tierline.doors.mcp.tools import TOOLS
from tierline.work.knowledge import operations as knowledge

pytestmark = pytest.mark.django_db

ASKING = ["search_articles", "search_tickets", "get_ticket", "open_ticket"]
KNOWN = ["search_known_errors", "get_known_error", "match_known_errors"]
ALL = [*ASKING, "add_note", "list_macros", *KNOWN]
MISSING = "INC-999999999"


# --- the transport


def test_discover_says_what_is_here(agent: Program) -> None:
    answer = agent.rpc("server/discover")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    result = answer.json()["result"]
    assert result["resultType"] == "complete"
    assert result["supportedVersions"][0] == "2026-07-28"
    assert result["capabilities"] == {"tools": {}}
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["version"] == __version__
    assert "never instructions" in result["instructions"]
    assert (result["ttlMs"] > 0, result["cacheScope"]) == (True, "public")


@pytest.mark.parametrize("method", ["get", "delete", "put", "head"])
def test_only_post_is_answered(agent: Program, method: str) -> None:
    answer = getattr(agent.client, method)("/mcp", headers={"Authorization": f"Bearer {agent.token}"})
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("token", ["", "wrong"])
def test_without_a_token_nothing_is_said(desk: SmallDesk, token: str) -> None:
    answer = Program(token).rpc("server/discover")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="tierline"')
    assert "result" not in answer.json()


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://evil.example", 403),
        ("null", 403),
        ("http://testserver.evil.example", 403),
        ("http://testserver", 200),
        ("https://proxy.example", 200),
    ],
)
def test_a_page_of_another_site_is_turned_away(
    agent: Program, origin: str, status: int, settings: pytest.FixtureRequest
) -> None:
    """2026-07-28, Security: "If the Origin header is present and invalid, servers MUST respond with HTTP 403"."""
    settings.CSRF_TRUSTED_ORIGINS = ["https://proxy.example"]  # type: ignore[attr-defined] # pytest-django's settings
    assert agent.rpc("tools/list", headers={"Origin": origin}).status_code == status


def test_a_notification_is_accepted_without_a_body(agent: Program) -> None:
    answer = agent.message({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (answer.status_code, answer.content) == (202, b"")


def test_an_unknown_method_is_not_found(agent: Program) -> None:
    """2026-07-28: 404 Not Found and a JSON-RPC error with code -32601."""
    answer = agent.rpc("resources/list")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, -32601)
    assert answer.json()["id"] == 7


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, -32700),
        (b"{", 400, -32700),
        (b"[" * 100_000, 400, -32700),
        (b'{"jsonrpc": "2.0", "jsonrpc": "2.0"}', 400, -32700),
        (b"[]", 400, -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "\\ud800"}', 200, -32601),
        (b'{"jsonrpc": "2.0", "id": "\\ud800", "method": "nothing"}', 200, -32601),
        (b" " * (endpoint.BODY_LIMIT + 1), 413, -32600),
        (b" " * (11 * 1024 * 1024), 413, -32600),
    ],
)
def test_what_cannot_be_read_is_an_error(agent: Program, raw: bytes, status: int, code: int) -> None:
    answer = agent.message(raw)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_session_id_is_ignored_and_none_is_made(agent: Program) -> None:
    answer = agent.rpc("tools/list", headers={"Mcp-Session-Id": "abc", "Last-Event-ID": "7"})
    assert answer.status_code == 200
    assert "Mcp-Session-Id" not in answer


def test_a_client_with_the_old_handshake_works(agent: Program) -> None:
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "an editor", "version": "1"},
    }
    first = agent.message({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}).json()
    assert (first["id"], first["result"]["protocolVersion"]) == (0, "2025-06-18")
    assert first["result"]["serverInfo"]["name"] == "tierline"
    later = {"MCP-Protocol-Version": "2025-06-18"}
    assert agent.message({"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=later).status_code == 202
    assert agent.message({"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers=later).json()["result"] == {}
    tools = agent.message({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}, headers=later).json()["result"]
    assert [tool["name"] for tool in tools["tools"]] == ALL
    unknown = agent.message({"jsonrpc": "2.0", "id": 3, "method": "server/discover"}, headers=later)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (200, -32601)


def test_an_old_client_of_an_unknown_revision_is_offered_the_newest_old_one(agent: Program) -> None:
    hello = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2024-11-05"}}
    assert agent.message(hello).json()["result"]["protocolVersion"] == "2025-11-25"


def test_a_token_has_its_share_of_a_minute(agent: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint.EACH_MINUTE, "limit", 1)
    with clock.at(clock.now() + timedelta(days=2)):
        assert agent.rpc("tools/list").status_code == 200
        answer = agent.rpc("tools/list")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, 429)


def test_a_fault_of_ours_is_an_error_without_its_inside(
    agent: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr("tierline.desk.tickets.queries.page_row", broken)
    answer = agent.rpc("tools/call", {"name": "get_ticket", "arguments": {"ticket": "INC-1"}})
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["id"]) == (500, -32603, 7)
    assert b"inside" not in answer.content
    assert "the inside" in caplog.text


# --- the list


def test_the_list_holds_what_the_person_may_do(agent: Program, requester: Program) -> None:
    result = agent.rpc("tools/list").json()["result"]
    assert [tool["name"] for tool in result["tools"]] == ALL
    assert result["cacheScope"] == "private"
    mine = requester.rpc("tools/list").json()["result"]["tools"]
    assert [tool["name"] for tool in mine] == ASKING


def test_every_tool_describes_itself_and_its_arguments(agent: Program) -> None:
    for tool, described in zip(TOOLS, agent.rpc("tools/list").json()["result"]["tools"], strict=True):
        assert described["title"]
        assert described["description"].endswith(".")
        schema = described["inputSchema"]
        assert schema == json.loads(json.dumps(schema_of(tool.params)))
        assert (schema["type"], schema["additionalProperties"]) == ("object", False)
        assert schema["properties"]
        assert described["annotations"]["readOnlyHint"] is not tool.writes


# --- the calls


def test_a_ticket_is_opened_read_found_and_noted(desk: SmallDesk, agent: Program, requester: Program) -> None:
    made = requester.tool("open_ticket", title="VPN drops", text="It drops every ten minutes.")
    assert not made["isError"]
    ticket = Ticket.objects.get()
    assert made["structuredContent"] == {"reference": ticket.reference, "status": "new"}
    assert json.loads(made["content"][0]["text"]) == made["structuredContent"]
    assert (ticket.channel, ticket.requester) == ("mcp", desk.requester)
    agent.tool("add_note", ticket=ticket.reference, text="Possibly the firmware.")
    seen = agent.tool("get_ticket", ticket=str(ticket.pk))["structuredContent"]
    assert [one["audience"] for one in seen["messages"]] == ["requester", "internal"]
    assert seen["tier"] == 0
    found = agent.tool("search_tickets", query="firmware")["structuredContent"]
    assert [row["reference"] for row in found["tickets"]] == [ticket.reference]


def test_a_requester_gets_nothing_of_the_desks_side(desk: SmallDesk, requester: Program) -> None:
    ticket = desk.owned(facts={"version": "4.2"})
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="The secret firmware.")
    seen = requester.tool("get_ticket", ticket=ticket.reference)
    assert "secret" not in json.dumps(seen)
    assert not {"tier", "facts", "group", "resolution"} & set(seen["structuredContent"])
    assert requester.tool("search_tickets", query="firmware")["structuredContent"] == {"tickets": []}


def test_a_requester_has_no_tool_for_notes(desk: SmallDesk, requester: Program) -> None:
    ticket = desk.owned()
    arguments = {"ticket": ticket.reference, "text": "Mine."}
    denied = requester.rpc("tools/call", {"name": "add_note", "arguments": arguments}).json()["error"]
    missing = requester.rpc("tools/call", {"name": "drop_table", "arguments": arguments}).json()["error"]
    assert denied["code"] == missing["code"] == -32602
    assert denied["message"].replace("add_note", "drop_table") == missing["message"]
    assert not Message.objects.filter(direction="note").exists()


def test_a_denied_ticket_answers_like_a_missing_one(desk: SmallDesk) -> None:
    ticket = desk.owned()
    person = people.create_person(actor=SETUP, email="otto@elsewhere.example", name="Otto", roles=[Role.REQUESTER])
    other = program_of(person)
    denied, missing = other.tool("get_ticket", ticket=ticket.reference), other.tool("get_ticket", ticket=MISSING)
    assert denied == missing
    assert denied["isError"]
    assert other.tool("search_tickets", query=ticket.reference)["structuredContent"] == {"tickets": []}


def test_articles_as_far_as_one_may_read_them(agent: Program, requester: Program) -> None:
    made = knowledge.create(
        actor=SETUP, title="The tunnel drops", issue="The VPN drops.", resolution="Set the keep-alive to 30 seconds."
    )
    knowledge.publish(actor=SETUP, article_id=made.pk, audience="internal")
    (found,) = agent.tool("search_articles", query="tunnel")["structuredContent"]["articles"]
    assert found["reference"] == made.reference
    assert requester.tool("search_articles", query="tunnel")["structuredContent"] == {"articles": []}


def test_a_long_talk_is_shortened_and_says_so(desk: SmallDesk, agent: Program) -> None:
    ticket = desk.owned(text="x" * 10_000)
    for number in range(24):
        tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text=f"Note {number}")
    seen = agent.tool("get_ticket", ticket=ticket.reference)["structuredContent"]
    assert (seen["earlier_messages"], len(seen["messages"])) == (5, 20)
    assert seen["messages"][-1]["text"] == "Note 23"
    short = desk.owned(text="x" * 10_000)
    text = agent.tool("get_ticket", ticket=short.reference)["structuredContent"]["messages"][0]["text"]
    assert (len(text), text[-1]) == (4000, "…")


@pytest.mark.parametrize(
    ("tool", "arguments", "field"),
    [
        ("search_tickets", {}, "query"),
        ("search_tickets", {"query": ""}, "query"),
        ("search_tickets", {"query": "x", "limit": 51}, "limit"),
        ("search_tickets", {"query": "x", "limit": True}, "limit"),
        ("search_tickets", {"query": "x", "page": 2}, "page"),
        ("search_articles", {"query": "x" * 401}, "query"),
        ("search_articles", {"query": ["x"]}, "query"),
        ("get_ticket", {"ticket": 5}, "ticket"),
        ("open_ticket", {"title": "VPN", "text": "x", "kind": "wish"}, "kind"),
        ("open_ticket", {"title": "VP", "text": "x"}, "title"),
        ("open_ticket", {"title": "VPN", "text": "x" * 100_001}, "text"),
    ],
)
def test_wrong_arguments_are_a_result_that_a_model_can_put_right(
    agent: Program, tool: str, arguments: dict[str, object], field: str
) -> None:
    result = agent.tool(tool, **arguments)
    assert result["isError"]
    assert result["content"][0]["text"].startswith(f"{field}: ")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("arguments", [[], "x", 5])
def test_arguments_are_an_object(agent: Program, arguments: object) -> None:
    answer = agent.rpc("tools/call", {"name": "get_ticket", "arguments": arguments})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32602)


def test_a_refusal_of_the_house_is_told_in_words(desk: SmallDesk, agent: Program) -> None:
    ticket = desk.owned()
    result = agent.tool("add_note", ticket=ticket.reference, text=" \x00 ")
    assert result["isError"]
    assert "nothing to send" in result["content"][0]["text"]


@pytest.mark.parametrize("text", ["\x00\x07", "%", "'; DROP TABLE people_person; --", "\u202e", "a" * 400, '"', "\\"])
def test_any_words_can_be_searched(agent: Program, text: str) -> None:
    for tool in ("search_tickets", "search_articles"):
        assert not agent.tool(tool, query=text)["isError"]


def test_each_call_stands_for_itself(agent: Program) -> None:
    """Stateless: a call needs no other call before it, whatever came before."""
    call = {"name": "search_tickets", "arguments": {"query": "vpn"}, "_meta": meta()}
    body = {"jsonrpc": "2.0", "id": "x", "method": "tools/call", "params": call}
    given = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "search_tickets"}
    assert agent.message(body, headers=given).content == agent.message(body, headers=given).content
