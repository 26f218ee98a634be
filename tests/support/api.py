"""A program with a token, for tests of the API and of the tools."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for

REVISION = "2026-07-28"


@dataclass
class Program:
    """Speaks to the API with one person's token. `csrf` checks are on: a token must be enough."""

    token: str
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True, raise_request_exception=False))

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: object) -> Any:
        return self.client.get(f"/api/v1{path}", query, headers=self._headers(headers))

    def post(self, path: str, body: object, *, headers: dict[str, str] | None = None) -> Any:
        raw = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.client.post(f"/api/v1{path}", raw, content_type="application/json", headers=self._headers(headers))

    def patch(self, path: str, body: object) -> Any:
        raw = json.dumps(body)
        return self.client.patch(f"/api/v1{path}", raw, content_type="application/json", headers=self._headers(None))

    def upload(self, path: str, parts: dict[str, Any], *, headers: dict[str, str] | None = None) -> Any:
        return self.client.post(f"/api/v1{path}", parts, headers=self._headers(headers))

    def rpc(self, method: str, params: dict[str, Any] | None = None, *, headers: dict[str, str] | None = None) -> Any:
        """One call of the tool protocol, as a client of the newest revision sends it."""
        params = {**(params or {}), "_meta": meta()}
        named = {"Mcp-Name": params["name"]} if method == "tools/call" else {}
        given = {"MCP-Protocol-Version": REVISION, "Mcp-Method": method, **named, **(headers or {})}
        return self.message({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}, headers=given)

    def message(self, body: object, *, headers: dict[str, str] | None = None) -> Any:
        raw = body if isinstance(body, bytes | str) else json.dumps(body)
        accept = {"Accept": "application/json, text/event-stream"}
        return self.client.post(
            "/mcp", raw, content_type="application/json", headers=self._headers({**accept, **(headers or {})})
        )

    def tool(self, name: str, **arguments: object) -> dict[str, Any]:
        """The result of a tool."""
        answer = self.rpc("tools/call", {"name": name, "arguments": arguments})
        assert answer.status_code == 200, answer.content
        return dict(answer.json()["result"])

    def _headers(self, more: dict[str, str] | None) -> dict[str, str]:
        return {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **(more or {})}


def meta(version: str = REVISION) -> dict[str, Any]:
    """What each request of the newest revision says about itself."""
    prefix = "io.modelcontextprotocol/"
    return {f"{prefix}protocolVersion": version, f"{prefix}clientCapabilities": {}}


def program_of(person: Person) -> Program:
    """A program with a fresh token of this person."""
    _token, secret = people.issue_token(actor=actor_for(person), person_id=person.pk, name="a program")
    return Program(secret)


def without_instance(problem: bytes) -> dict[str, Any]:
    """A problem document but for the one member that names the request."""
    document = json.loads(problem)
    assert document.pop("instance").startswith("urn:tierline:request:")
    return dict(document)
