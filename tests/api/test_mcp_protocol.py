"""The Model Context Protocol's messages, revision 2026-07-28 (the rules quoted), and the handshake revisions before."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.api import REVISION, meta
from tierline.doors.mcp import protocol
from tierline.doors.mcp.protocol import Call, RpcError, error_of, id_of, read_call, result_of

LEGACY = {"MCP-Protocol-Version": "2025-06-18"}


def message(method: str = "tools/list", params: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": meta(), **(params or {})}, **rest}


def headers(method: str = "tools/list", **rest: str) -> dict[str, str]:
    return {"MCP-Protocol-Version": REVISION, "Mcp-Method": method} | {k.replace("_", "-"): v for k, v in rest.items()}


def refusal(body: object, given_headers: dict[str, str]) -> RpcError:
    with pytest.raises(RpcError) as refused:
        read_call(body, given_headers)
    return refused.value


def test_a_request_of_this_revision() -> None:
    call = read_call(message(), headers())
    assert (call.method, call.id, call.modern) == ("tools/list", 1, True)


@pytest.mark.parametrize("rpc_id", [0, -1, 7, "", "a", "7"])
def test_an_id_is_a_text_or_a_whole_number(rpc_id: int | str) -> None:
    assert read_call(message(id=rpc_id), headers()).id == rpc_id


@pytest.mark.parametrize("rpc_id", [None, True, 1.5, [], {}])
def test_no_other_id_is_taken(rpc_id: object) -> None:
    """2026-07-28, Requests: "Unlike base JSON-RPC, the ID MUST NOT be null." """
    assert refusal(message(id=rpc_id), headers()).code == protocol.INVALID_REQUEST
    assert id_of(message(id=rpc_id)) is None


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        [message()],
        "x",
        7,
        {},
        {"jsonrpc": "1.0", "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "id": 1},
        {"jsonrpc": "2.0", "id": 1, "method": 5},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
    ],
)
def test_one_request_or_nothing(body: object) -> None:
    """2026-07-28: "The body of the HTTP POST MUST be a single JSON-RPC request or notification." """
    problem = refusal(body, headers())
    assert (problem.code, problem.status) == (protocol.INVALID_REQUEST, 400)


@pytest.mark.parametrize("params", [[], "x", 5, None])
def test_params_are_an_object(params: object) -> None:
    assert refusal({"jsonrpc": "2.0", "id": 1, "method": "x", "params": params}, LEGACY).code == -32602


def test_a_notification_has_no_id_and_gets_no_answer() -> None:
    call = read_call({"jsonrpc": "2.0", "method": "notifications/initialized"}, {})
    assert call.id is None


# --- versions


def test_a_version_nobody_knows_is_answered_with_those_known() -> None:
    """2026-07-28, Versioning: UnsupportedProtocolVersionError lists the versions the server does support."""
    body = message(params={"_meta": meta("1900-01-01")})
    problem = refusal(body, headers(MCP_Protocol_Version="1900-01-01"))
    assert (problem.code, problem.status) == (-32022, 400)
    assert problem.data == {"supported": list(protocol.SUPPORTED), "requested": "1900-01-01"}
    assert refusal({**body, "params": {}}, headers(MCP_Protocol_Version="1900-01-01")).code == -32022


def test_header_and_body_name_the_same_version() -> None:
    """2026-07-28: "If the values do not match, the server MUST reject the request with 400 [...] HeaderMismatch"."""
    for named in ({}, {"MCP-Protocol-Version": "2025-06-18"}, {"MCP-Protocol-Version": "1900-01-01"}):
        problem = refusal(message(), {"Mcp-Method": "tools/list", **named})
        assert (problem.code, problem.status) == (-32020, 400)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"_meta": None},
        {"_meta": "x"},
        {"_meta": {}},
        {"_meta": {"io.modelcontextprotocol/protocolVersion": REVISION}},
        {"_meta": {**meta(), "io.modelcontextprotocol/clientCapabilities": []}},
    ],
)
def test_a_request_without_its_meta_is_malformed(broken: dict[str, Any]) -> None:
    """2026-07-28, Per-request protocol fields: reject with -32602; on HTTP the status MUST be 400."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": broken}
    problem = refusal(body, headers())
    assert (problem.code, problem.status) == (-32602, 400)


@pytest.mark.parametrize("version", protocol.LEGACY)
def test_clients_before_this_revision_are_served_their_way(version: str) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert not read_call(body, {"MCP-Protocol-Version": version}).modern
    assert not read_call(body, {}).modern
    assert not read_call({**body, "method": "initialize", "params": {"protocolVersion": version}}, {}).modern


# --- headers that mirror the body


@pytest.mark.parametrize("named", [None, "", "tools/call", "TOOLS/LIST", "=?base64?!?="])
def test_mcp_method_matches_the_body(named: str | None) -> None:
    given_headers = headers()
    del given_headers["Mcp-Method"]
    if named is not None:
        given_headers["Mcp-Method"] = named
    problem = refusal(message(), given_headers)
    assert (problem.code, problem.status) == (-32020, 400)


def test_mcp_name_matches_the_tool() -> None:
    body = message("tools/call", {"name": "get_ticket"})
    assert read_call(body, headers("tools/call", Mcp_Name="get_ticket")).method == "tools/call"
    for wrong in ({}, {"Mcp_Name": "add_note"}, {"Mcp_Name": "=?base64?YWRkX25vdGU=?="}, {"Mcp_Name": "=?base64?/?="}):
        assert refusal(body, headers("tools/call", **wrong)).code == -32020


@given(st.text(max_size=40))
def test_a_name_may_come_in_base64(name: str) -> None:
    """2026-07-28, Value Encoding: servers MUST decode an encoded Mcp-Name before comparing it."""
    encoded = f"=?base64?{base64.b64encode(name.encode()).decode()}?="
    call = read_call(message("tools/call", {"name": name}), headers("tools/call", Mcp_Name=encoded))
    assert call.params["name"] == name


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda v: (
            st.lists(v, max_size=3)
            | st.dictionaries(
                st.sampled_from(["jsonrpc", "id", "method", "params", "_meta", "name", *meta()]) | st.text(max_size=4),
                v,
                max_size=5,
            )
        ),
        max_leaves=12,
    ),
    st.dictionaries(st.sampled_from(["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"]), st.text(max_size=12)),
)
def test_any_json_is_a_call_or_a_refusal(body: object, given_headers: dict[str, str]) -> None:
    found: Call | RpcError
    try:
        found = read_call(body, given_headers)
    except RpcError as refused:
        found = refused
    assert isinstance(found, Call) or (found.status, error_of(id_of(body), found)["error"]["code"]) == (400, found.code)


# --- answers


def test_a_result_says_that_it_is_complete_and_who_answered() -> None:
    server = {"name": "tierline", "version": "1"}
    answer = result_of(Call(method="x", id=7), {"tools": []}, server)
    assert answer == {
        "jsonrpc": "2.0",
        "id": 7,
        "result": {
            "resultType": "complete",
            "tools": [],
            "_meta": {"io.modelcontextprotocol/serverInfo": server},
        },
    }
    assert result_of(Call(method="x", id=7, modern=False), {"tools": []}, server)["result"] == {"tools": []}


def test_an_error_without_a_readable_id_has_none() -> None:
    problem = RpcError(-32700, "no JSON")
    assert error_of(None, problem) == {"jsonrpc": "2.0", "error": {"code": -32700, "message": "no JSON"}}
    assert error_of(0, problem)["id"] == 0
