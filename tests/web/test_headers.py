"""The security headers of every page, and a page rendered whole or by one block."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tierline.desk.people.models import Person
from tierline.doors.web.csp import ContentSecurityPolicy, new_nonce
from tierline.doors.web.render import theme_of, wants_block


def policy(response: HttpResponse) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def answered(**headers: str) -> tuple[HttpRequest, HttpResponse]:
    request = RequestFactory().get("/")

    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("x", headers=headers)

    return request, ContentSecurityPolicy(view)(request)


class TestPolicy:
    def test_nothing_runs_without_the_nonce_of_this_response(self) -> None:
        request, response = answered()
        rules = policy(response)
        assert rules["default-src"] == "'none'"
        assert rules["script-src"] == f"'nonce-{request.csp_nonce}'"  # type: ignore[attr-defined]  # set by the middleware
        assert rules["style-src"] == rules["img-src"] == rules["connect-src"] == "'self'"
        assert rules["frame-ancestors"] == "'none'"
        assert "unsafe" not in response["Content-Security-Policy"]

    def test_each_nonce_is_new(self) -> None:
        assert len({new_nonce() for _ in range(100)}) == 100
        assert policy(answered()[1])["script-src"] != policy(answered()[1])["script-src"]

    def test_what_the_pages_do_not_use_is_off(self) -> None:
        response = answered()[1]
        assert "camera=()" in response["Permissions-Policy"]
        assert response["Referrer-Policy"] == "same-origin"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"

    def test_a_stricter_policy_of_a_view_is_kept(self) -> None:
        response = answered(**{"Content-Security-Policy": "sandbox"})[1]
        assert response["Content-Security-Policy"] == "sandbox"

    @pytest.mark.django_db
    def test_also_the_page_that_does_not_exist_has_it(self, client: Client) -> None:
        response = client.get("/nowhere/at/all")
        assert response.status_code == 404
        assert policy(response)["default-src"] == "'none'"


class TestRender:
    def test_htmx_asks_for_a_block_but_history_for_all(self) -> None:
        factory = RequestFactory()
        assert not wants_block(factory.get("/"))
        assert wants_block(factory.get("/", headers={"HX-Request": "true"}))
        restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
        assert not wants_block(factory.get("/", headers=restored))

    @pytest.mark.parametrize(("theme", "drawn"), [("dark", "dark"), ("light", "light"), ("system", ""), ("pink", "")])
    def test_the_theme_is_the_persons(self, theme: str, drawn: str) -> None:
        request = RequestFactory().get("/")
        request.user = Person(theme=theme)
        assert theme_of(request) == drawn

    def test_a_request_without_a_person_has_the_systems_theme(self) -> None:
        assert theme_of(RequestFactory().get("/")) == ""
