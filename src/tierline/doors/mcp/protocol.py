"""The Model Context Protocol's messages, revision 2026-07-28, checked as its transport asks (streamable HTTP).

Clients of 2025-03-26 to 2025-11-25, which begin with `initialize`, are served too: without sessions, which those
revisions allow. Pure: headers and JSON in, a call or an error out.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MODERN = ("2026-07-28",)
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26")
SUPPORTED = (*MODERN, *LEGACY)
_META = "io.modelcontextprotocol/"

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022

Id = str | int | None


class RpcError(Exception):
    """An error of the protocol; `status` is the HTTP status that goes with it."""

    def __init__(self, code: int, message: str, *, status: int = 400, data: dict[str, Any] | None = None) -> None:
        self.code = code
        self.message = message
        self.status = status
        self.data = data
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `id` is None for a notification, which gets no answer."""

    method: str
    id: Id = None
    modern: bool = True
    params: dict[str, Any] = field(default_factory=dict)


def id_of(message: object) -> Id:
    """The request's id as far as it can be read, so that an error can name it."""
    found = message.get("id") if isinstance(message, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def read_call(message: object, headers: Mapping[str, str]) -> Call:
    """The request or notification in a JSON value. Raises RpcError."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        raise RpcError(INVALID_REQUEST, "Send one JSON-RPC 2.0 request or notification.")
    method, params = message["method"], message.get("params", {})
    if "id" in message and id_of(message) is None:
        raise RpcError(INVALID_REQUEST, "The id must be a text or a whole number.")
    if not isinstance(params, dict):
        raise RpcError(INVALID_PARAMS, "The params must be an object.")
    if "id" not in message:
        return Call(method=method, params=params)
    modern = _is_modern(method, params, headers)
    if modern:
        _check_headers(method, params, headers)
    return Call(method=method, id=id_of(message), modern=modern, params=params)


def _is_modern(method: str, params: dict[str, Any], headers: Mapping[str, str]) -> bool:
    meta = params.get("_meta")
    declared = meta.get(f"{_META}protocolVersion") if isinstance(meta, dict) else None
    named = headers.get("MCP-Protocol-Version")
    if declared is None and (method == "initialize" or named is None or named in LEGACY):
        return False
    requested = declared or named
    if named is None or (declared is not None and named != declared):
        raise RpcError(HEADER_MISMATCH, f"Header mismatch: MCP-Protocol-Version is {named!r}, the body says otherwise.")
    if requested not in SUPPORTED:
        known = {"supported": list(SUPPORTED), "requested": str(requested)}
        raise RpcError(UNSUPPORTED_VERSION, "Unsupported protocol version", data=known)
    if requested in LEGACY:
        return False
    if declared is None or not isinstance(meta, dict) or not isinstance(meta.get(f"{_META}clientCapabilities"), dict):
        raise RpcError(INVALID_PARAMS, "Each request names protocolVersion and clientCapabilities in its _meta.")
    return True


def _check_headers(method: str, params: dict[str, Any], headers: Mapping[str, str]) -> None:
    """Proxies decide by headers and the server by the body: both must say the same (2026-07-28, Server Validation)."""
    expected = {"Mcp-Method": method}
    if method == "tools/call":
        expected["Mcp-Name"] = str(params.get("name", ""))
    for name, value in expected.items():
        if _decoded(headers.get(name, "")) != value:
            raise RpcError(HEADER_MISMATCH, f"Header mismatch: {name} does not match the body.")


def _decoded(value: str) -> str | None:
    """A header value, which may be in the protocol's Base64 form; None when that cannot be read."""
    if not (value.startswith("=?base64?") and value.endswith("?=")):
        return value
    try:
        return base64.b64decode(value[9:-2], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def result_of(call: Call, result: dict[str, Any], server: dict[str, str]) -> dict[str, Any]:
    """The response to a call. Modern results say that they are complete, and who answered."""
    if call.modern:
        result = {"resultType": "complete", **result, "_meta": {f"{_META}serverInfo": server}}
    return {"jsonrpc": "2.0", "id": call.id, "result": result}


def error_of(rpc_id: Id, problem: RpcError) -> dict[str, Any]:
    """The response to what failed; without an id when none could be read."""
    error: dict[str, Any] = {"code": problem.code, "message": problem.message}
    if problem.data is not None:
        error["data"] = problem.data
    return {"jsonrpc": "2.0", **({} if rpc_id is None else {"id": rpc_id}), "error": error}
