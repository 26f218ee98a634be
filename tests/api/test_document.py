"""The OpenAPI document is what the endpoints are."""

import re
from typing import Any

import pytest

from tests.support.api import Program
from tests.support.desk import SmallDesk
from tierline.doors.api.v1 import api

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer = Program("").get("/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def references(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(inner) for inner in value.values()))
    return set().union(*(references(inner) for inner in value)) if isinstance(value, list) else set()


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert document["info"]["title"] == "Tierline"
    assert set(document) >= {"openapi", "info", "paths", "components"}
    assert all(path.startswith("/api/v1/") for path in document["paths"])


def test_every_verb_of_the_door_is_in_it(document: dict[str, Any]) -> None:
    assert sorted((method, path.removeprefix("/api/v1")) for path, method, _ in operations(document)) == [
        ("get", "/articles"),
        ("get", "/articles/{number}"),
        ("get", "/groups"),
        ("get", "/known-errors"),
        ("get", "/known-errors/{known_error_id}"),
        ("get", "/me"),
        ("get", "/policies"),
        ("get", "/policies/{policy}"),
        ("get", "/policy-changes/{change}"),
        ("get", "/satisfaction"),
        ("get", "/satisfaction/answers"),
        ("get", "/search"),
        ("get", "/tickets"),
        ("get", "/tickets/{reference}"),
        ("get", "/tickets/{reference}/attachments/{attachment_id}"),
        ("get", "/tickets/{reference}/known-errors"),
        ("get", "/tickets/{reference}/macros"),
        ("get", "/tickets/{reference}/macros/{macro_id}"),
        ("get", "/tickets/{reference}/messages"),
        ("get", "/tickets/{reference}/satisfaction"),
        ("get", "/tickets/{reference}/timeline"),
        ("get", "/tickets/{reference}/why"),
        ("patch", "/known-errors/{known_error_id}"),
        ("post", "/known-errors/{known_error_id}/publish"),
        ("post", "/known-errors/{known_error_id}/withdraw"),
        ("post", "/matchers/try"),
        ("post", "/policies"),
        ("post", "/policy-changes/{change}/apply"),
        ("post", "/tickets"),
        ("post", "/tickets/{reference}/assign"),
        ("post", "/tickets/{reference}/escalate"),
        ("post", "/tickets/{reference}/evidence/rebuild"),
        ("post", "/tickets/{reference}/known-errors"),
        ("post", "/tickets/{reference}/macros/{macro_id}"),
        ("post", "/tickets/{reference}/messages"),
        ("post", "/tickets/{reference}/resolve"),
        ("put", "/policies/{policy}"),
        ("put", "/tickets/{reference}/satisfaction"),
    ]


def test_every_operation_says_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"].strip(), where
        assert operation["description"].strip(), where
        assert operation["security"] == [{"Bearer": []}], where
        assert operation["tags"], where
        good = [status for status in operation["responses"] if status.startswith("2")]
        assert len(good) == 1, where
        [(media_type, answer)] = operation["responses"][good[0]]["content"].items()
        assert "schema" in answer, where
        assert media_type == ("application/octet-stream" if "/attachments/" in path else "application/json"), where
        expected = {"401", "404", "422", "429"} | ({"409", "412", "413"} if method == "post" else set())
        assert expected <= set(operation["responses"]), where
        for status in expected:
            assert "application/problem+json" in operation["responses"][status]["content"], where


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = references(document)
    assert "#/components/schemas/NewTicket" in found
    for reference in found:
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        assert target


def test_what_is_sent_takes_no_unknown_fields(document: dict[str, Any]) -> None:
    for path, _method, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for reference in references(content):
                name = reference.rpartition("/")[2]
                schema = document["components"]["schemas"][name]
                assert schema.get("additionalProperties") is False or "enum" in schema, f"{path}: {name}"


def test_path_parameters_are_described(document: dict[str, Any]) -> None:
    for path, _method, operation in operations(document):
        named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))


def test_headers_that_matter_are_described(document: dict[str, Any]) -> None:
    headers = {
        path.rpartition("/")[2]: {one["name"] for one in operation["parameters"] if one["in"] == "header"}
        for path, method, operation in operations(document)
        if method == "post" and "polic" not in path
    }
    assert headers == {
        "tickets": {"Idempotency-Key"},
        "messages": {"Idempotency-Key", "If-Match"},
        "{macro_id}": {"Idempotency-Key", "If-Match"},
        "resolve": {"If-Match"},
        "assign": {"If-Match"},
        "escalate": {"If-Match"},
        "rebuild": set(),
        "known-errors": {"Idempotency-Key"},
        "publish": set(),
        "withdraw": set(),
        "try": set(),
    }


def test_a_ticket_is_sent_as_json_or_with_files(document: dict[str, Any]) -> None:
    for path, shape in (("tickets", "NewTicket"), ("tickets/{reference}/messages", "NewMessage")):
        content = document["paths"][f"/api/v1/{path}"]["post"]["requestBody"]["content"]
        assert set(content) == {"application/json", "multipart/form-data"}
        assert shape in document["components"]["schemas"]


@pytest.mark.django_db
def test_answers_have_the_fields_of_the_document(desk: SmallDesk, agent: Program, document: dict[str, Any]) -> None:
    ticket = desk.owned()
    shapes = {"TicketOut": f"/tickets/{ticket.pk}", "Me": "/me", "TicketPage": "/tickets", "GroupList": "/groups"}
    for shape, path in shapes.items():
        schema = document["components"]["schemas"].get(shape)
        if schema is None:
            schema = document["paths"][f"/api/v1{path}"]["get"]["responses"]["200"]["content"]["application/json"][
                "schema"
            ]
        assert set(agent.get(path).json()) == set(schema["properties"]), shape


def test_the_document_is_made_once_in_a_process() -> None:
    assert api.get_openapi_schema() is api.get_openapi_schema()


def test_there_is_no_page_that_would_need_foreign_scripts() -> None:
    assert api.docs_url is None
