"""Role, object, door: the matrix is read from the code and complete, and at every way in denied looks like missing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tests.support.access_world import AccessWorld, access_world, program_of, same, signed_in
from tests.support.api import Program
from tests.support.held import held
from tierline.config import access
from tierline.config.access import LINK, MACHINE, PUBLIC, SIGNED_IN, Way, document, tables, ways
from tierline.core.kernel import clock
from tierline.desk.people.models import Person
from tierline.desk.people.rules import RIGHTS, Right, Role
from tierline.doors.api.v1 import api
from tierline.doors.mcp.tools import TOOLS

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
MISSING = 987_654
WEB = ("console", "setup", "staff", "insights", "portal", "account")
EVERY_WAY = ways()
NAMED = [way for way in EVERY_WAY if way.object and way.channel in ("console", "portal")]
POSTS = {"text": "words", "reason": "words", "question": "words", "verdict": "yes", "verb": "take", "title": "words"}
BODIES: dict[str, dict[str, Any]] = {
    "messages": {"text": "words"},
    "resolve": {"resolution": "words"},
    "assign": {"group": "tier-1"},
    "escalate": {"to_tier": 2, "question": "words"},
    "satisfaction": {"score": 5},
    "{macro_id}": {},
    "publish": {},
    "withdraw": {"reason": "words"},
    "known-errors": {"title": "words", "symptoms": "words", "workaround": "words"},
    "try": {"matcher": {"any_of": [{"kind": "text", "value": "words"}]}},
}
POLICY = {"name": "Gold", "calendar": "office-hours", "targets": {"resolution": [60, 60, 60, 60, 60]}}
world = held(access_world)


def filled(way: Way, numbers: dict[str, object]) -> str:
    """The address of a way, with the numbers of the objects it names."""

    def number(found: "re.Match[str]") -> str:
        part = found[1]
        named = access.AT.get((way.channel, part)) or access.OBJECTS.get(part)
        if part in ("number", "reference") and named == "ticket":
            return f"INC-{numbers['ticket']}"
        return str(numbers.get(named or "", "log"))

    return re.sub(r"{(\w+)}", number, way.address)


def parts(way: Way) -> set[str]:
    """The objects that the address of a way names."""
    found = re.findall(r"{(\w+)}", way.address)
    return {access.AT.get((way.channel, one)) or access.OBJECTS[one] for one in found if one not in access.WORDS}


def answers(client: Client, address: str) -> list[Any]:
    """What the address says to whoever reads it; where it takes orders only, to whoever gives one."""
    read = client.get(address)
    return [read] if read.status_code != 405 else [read, client.post(address, POSTS, follow=True)]


# --- the page


def test_the_reference_page_is_what_the_code_says() -> None:
    written = (ROOT / "docs" / "reference" / "access.md").read_text(encoding="utf-8")
    assert written == document(), "Write it anew: ./tierline access-matrix > docs/reference/access.md"


def test_every_way_in_is_listed_once_with_a_right_that_exists() -> None:
    assert len(EVERY_WAY) == len(set(EVERY_WAY)) > 200
    assert {way.right for way in EVERY_WAY} <= {*Right, SIGNED_IN, PUBLIC, MACHINE, LINK}
    assert {way.channel for way in EVERY_WAY} >= {*WEB, "API", "tools (MCP)", "chat", "command line"}
    endpoints = [one for one in api.get_openapi_schema()["paths"].values() for _ in one]
    assert sum(way.channel == "API" for way in EVERY_WAY) == len(endpoints)
    assert sum(way.channel == "tools (MCP)" for way in EVERY_WAY) == len(TOOLS)


def test_nothing_is_public_but_these() -> None:
    """A page without a gate would stand here."""
    public = {way.address for way in EVERY_WAY if way.right == PUBLIC and way.channel != "chat"}
    by_key = {one for one in public if "{key}" in one or "{token}" in one}
    assert public - by_key == {"/sign-in", "/sign-out", "/welcome", "/healthz", "/mcp"}
    assert all(one.startswith(("/hooks/", "/mail/")) for one in by_key)


def test_an_address_with_an_unknown_object_and_a_table_of_nobody_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(access.OBJECTS, "handover_id")
    with pytest.raises(LookupError):
        ways()
    monkeypatch.delitem(access.PLAIN_TABLES, "people.Skill")
    with pytest.raises(LookupError, match=r"people\.Skill"):
        tables()


def test_every_table_says_whose_sight_decides() -> None:
    listed = dict(tables())
    assert listed.keys() == {one._meta.label for one in apps.get_models() if one.__module__.startswith("tierline.")}
    assert listed["tickets.Ticket"] == "its own rule: `visible_to`"
    assert listed["knowledge.TeachBack"] == "whoever sees its ticket"
    assert listed["lab.LabRun"] == "whoever sees its recipe"
    assert access.PLAIN_TABLES.keys() <= listed.keys()


# --- roles: without the right a way is like an address that is not there


def nothing(client: Client) -> tuple[int, dict[str, str], bytes]:
    return same(client.get("/console/there-is-nothing-here"))


LACKING = [(role, right) for role in Role for right in Right if right not in RIGHTS[role]]


@pytest.mark.parametrize("role", Role)
def test_a_role_without_the_right_finds_nothing(world: AccessWorld, role: Role) -> None:
    client = signed_in(world.one_each[role])
    missing = nothing(client)
    assert missing[0] == 404
    for right in (right for one, right in LACKING if one == role):
        way = next((way for way in EVERY_WAY if way.right == right and way.channel in WEB), None)
        address = filled(way, dict(world.secret)) if way else ""
        for answer in answers(client, address) if way else []:
            assert answer.status_code == 405 or same(answer) == missing, (role, way)


def test_a_requester_finds_no_page_of_those_who_work_here(world: AccessWorld) -> None:
    client = signed_in(world.one_each[Role.REQUESTER])
    missing = nothing(client)
    closed = [way for way in EVERY_WAY if way.channel in WEB and not way.open_to(Role.REQUESTER)]
    assert len(closed) > 120
    for way in closed:
        address = filled(way, dict(world.secret))
        told = client.get(address)
        told = client.post(address) if told.status_code == 405 else told
        assert same(told) == missing, way


# --- objects: what is not for somebody is not there


def test_what_is_kept_from_somebody_answers_like_what_is_not_there(world: AccessWorld) -> None:
    missing: dict[str, object] = dict.fromkeys(world.secret, MISSING)
    own: dict[str, object] = {"ticket": world.own_ticket.pk}
    client = signed_in(world.everything)
    asked = 0
    for way in NAMED:
        named = parts(way) & world.secret.keys()
        if not named or way.channel != "console":
            continue
        for one in ({**world.secret}, *({**world.secret, **own} for _ in ("ticket",) if len(named) > 1)):
            other = {name: (number if own.get(name) == number else missing[name]) for name, number in one.items()}
            for denied, gone in zip(
                answers(client, filled(way, one)), answers(client, filled(way, other)), strict=True
            ):
                numbers = [one[name] for name in named] + [other[name] for name in named]
                assert same(denied, *numbers) == same(gone, *numbers), way
                assert denied.status_code in (404, 405) or one != world.secret or denied.redirect_chain, way
                asked += 1
    assert asked > 90


def test_colleagues_of_the_desk_do_find_it(world: AccessWorld) -> None:
    """The same addresses, read by somebody of the desk: so the test above is not about broken addresses."""
    client = signed_in(world.web.desk.lead)
    found: set[str] = set()
    for way in (way for way in NAMED if way.channel == "console" and way.object not in found):
        found |= {way.object} if client.get(filled(way, dict(world.secret))).status_code in (200, 302) else set()
    assert found >= {*world.secret} - {"call", "fix", "conversation"}  # those are changed and never shown alone


def test_a_requester_finds_what_is_theirs_and_nothing_else(world: AccessWorld) -> None:
    missing = dict.fromkeys(world.secret, MISSING)
    client, owner = signed_in(world.stranger), signed_in(world.web.desk.requester)
    found = set()
    for way in NAMED:
        if way.channel != "portal" or not (named := parts(way) & world.secret.keys()) or way.object == "major incident":
            continue  # what was said outside of a major incident is for everybody
        first, second = filled(way, dict(world.secret)), filled(way, dict(missing))
        for denied, gone in zip(answers(client, first), answers(client, second), strict=True):
            numbers = [number for name in named for number in (world.secret[name], MISSING)]
            assert same(denied, *numbers) == same(gone, *numbers), way
            assert denied.status_code in (404, 405) or denied.redirect_chain, way
        found |= {way.object} if owner.get(first).status_code == 200 else set()
    assert found == {"ticket", "attachment", "conversation"}


@pytest.mark.parametrize("who", ["everything", "stranger"])
def test_the_api_knows_no_difference_between_denied_and_missing(world: AccessWorld, who: str) -> None:
    person: Person = getattr(world, who)
    program = program_of(person)
    for way in (way for way in EVERY_WAY if way.channel == "API" and way.object in world.secret):
        method, template = way.address.split(" ")
        prefix = {"article": "KB-", "ticket": "INC-", "known error": "KE-"}.get(way.object, "")
        template = template.replace("{reference}", f"INC-{world.secret['ticket']}") if not prefix else template
        both = (world.secret[way.object], MISSING)
        told = [call(program, method, re.sub(r"{\w+}", f"{prefix}{one}", template)) for one in both]
        assert same(told[0], *both) == same(told[1], *both), way
        assert told[0].status_code == 404, (way, told[0].content)


def call(program: Program, method: str, address: str) -> Any:
    sent = {"title": "words"} if method == "PATCH" else BODIES.get(address.rpartition("/")[2], POLICY)
    body = json.dumps(sent) if method != "GET" else ""
    bearer = {"Authorization": f"Bearer {program.token}"}
    return program.client.generic(method, address, body, content_type="application/json", headers=bearer)


@pytest.mark.parametrize("role", Role)
def test_an_endpoint_asks_the_right_it_says(world: AccessWorld, role: Role) -> None:
    """Over a ticket that this very person asked for: only the right can be what is missing."""
    person = world.one_each[role]
    program, number = program_of(person), world.own_ticket.pk
    for way in (way for way in EVERY_WAY if way.channel == "API" and not way.open_to(role)):
        method, template = way.address.split(" ")
        answer = call(program, method, re.sub("{reference}", f"INC-{number}", template).replace("{policy}", "standard"))
        assert answer.status_code == 404, (role, way, answer.content)


@pytest.mark.parametrize("who", ["everything", "stranger"])
def test_tools_know_no_difference_either(world: AccessWorld, who: str) -> None:
    person: Person = getattr(world, who)
    program = program_of(person)
    for tool in TOOLS:
        if "ticket" in tool.params.__annotations__:
            both = (world.secret["ticket"], MISSING)
            given = {"text": "words"} if "text" in tool.params.__annotations__ else {}
            told = [
                program.rpc("tools/call", {"name": tool.name, "arguments": {"ticket": f"INC-{one}", **given}})
                for one in both
            ]
            assert same(told[0], *both) == same(told[1], *both), tool.name
    both = (world.secret["known error"], MISSING)
    told = [
        program.rpc("tools/call", {"name": "get_known_error", "arguments": {"known_error": f"KE-{one}"}})
        for one in both
    ]
    assert same(told[0], *both) == same(told[1], *both)


@pytest.mark.parametrize("role", Role)
def test_a_tool_without_its_right_is_an_unknown_one(world: AccessWorld, role: Role) -> None:
    program = program_of(world.one_each[role])
    listed = {one["name"] for one in program.rpc("tools/list").json()["result"]["tools"]}
    assert listed == {tool.name for tool in TOOLS if tool.right in RIGHTS[role]}


# --- numbers in forms


FORMS = [
    ("/console/bulk", {"verb": "take"}, "ticket", "ticket"),
    ("/console/tickets/{own}/merge", {"reason": "the same"}, "into", "ticket"),
    ("/console/tickets/{own}/article/link", {"how": "cited"}, "article", "article"),
    ("/console/tickets/{own}/known-error", {}, "known_error", "known error"),
    ("/console/lab/new", {"title": "x", "spec": "{}"}, "ticket", "ticket"),
]


@pytest.mark.parametrize(("address", "fields", "name", "what"), FORMS)
def test_a_number_in_a_form_tells_nothing(
    world: AccessWorld, address: str, fields: dict[str, str], name: str, what: str
) -> None:
    client = signed_in(world.everything)
    secret = world.secret[what]
    told = []
    for number in (secret, MISSING):
        answer = client.post(
            address.format(own=f"INC-{world.own_ticket.pk}"), {**fields, name: str(number)}, follow=True
        )
        told.append(same(answer, secret, MISSING))
    assert told[0] == told[1]


@pytest.mark.parametrize("address", ["/console/lab/new", "/console/calls/new", "/console/search", "/console/palette"])
def test_a_number_in_a_query_tells_nothing(world: AccessWorld, address: str) -> None:
    client = signed_in(world.everything)
    for name in ("ticket", "call", "q", "caller"):
        secret = world.secret["call" if name == "call" else "ticket"]
        with clock.at(clock.now()):  # a page that shows the time shows the same one
            told = [same(client.get(address, {name: f"{one}"}), secret, MISSING) for one in (secret, MISSING)]
        assert told[0] == told[1], name
