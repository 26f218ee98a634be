"""Who is asking: one actor for each request, cheap, with its id, language and time zone; errors as pages."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory

from tests.support.desk import SmallDesk, small_desk
from tierline.core.kernel.errors import ChangedMeanwhile, Invalid, NotFound, Refused, TierlineError
from tierline.doors.web.actor import ActorMiddleware, request_id_of, zone_of
from tierline.doors.web.errors import page_for, status_of

pytestmark = pytest.mark.django_db
ask = RequestFactory()


@pytest.fixture
def desk() -> SmallDesk:
    return small_desk()


def through(user: object, **headers: str) -> Any:
    """The request as a view sees it."""
    request = ask.get("/", headers=headers)
    request.user = user
    seen = []
    ActorMiddleware(lambda inner: seen.append(inner) or HttpResponse())(request)
    return seen[0]


def test_the_actor_costs_one_statement_at_most(desk: SmallDesk, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        actor = through(desk.agents[1]).actor
    assert actor.person_id == desk.agents[1].pk
    assert actor.group_ids == {desk.groups[1].pk}
    assert actor.desk_ids == {desk.desk.pk}


def test_a_visitor_is_nobody_and_costs_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        actor = through(AnonymousUser()).actor
    assert actor.person_id is None
    assert not actor.roles


def test_the_id_of_a_proxy_is_kept_for_the_timeline(desk: SmallDesk) -> None:
    request = through(desk.requester, **{"X-Request-ID": "abcdef-123456"})
    assert request.actor.request_id == request.request_id == "abcdef-123456"


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "with space in it", "<script>alert(1)</script>", "zeile\n zwei zwei"]
)
def test_an_id_that_is_not_harmless_is_replaced(given: str) -> None:
    request = ask.get("/")
    request.META["HTTP_X_REQUEST_ID"] = given
    assert request_id_of(request) != given
    assert len(request_id_of(request)) >= 8


def test_the_answer_carries_the_id(client: Client, desk: SmallDesk) -> None:
    response = client.get("/sign-in", headers={"X-Request-ID": "abcdef-123456"})
    assert response["X-Request-ID"] == "abcdef-123456"


def test_an_unknown_time_zone_does_not_break_the_pages() -> None:
    assert str(zone_of("Mars/Base")) == "UTC"
    assert str(zone_of("")) == "UTC"
    assert str(zone_of("Europe/Berlin")) == "Europe/Berlin"


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (NotFound(), 404),
        (ChangedMeanwhile(seen=1, current=2), 409),
        (Invalid({"name": "Too long."}), 422),
        (Refused("No."), 403),
        (TierlineError("Odd."), 403),
    ],
)
def test_an_error_of_the_house_has_its_status(problem: TierlineError, status: int) -> None:
    assert status_of(problem) == status


def test_an_error_page_says_what_was_kept_and_what_to_do(desk: SmallDesk) -> None:
    request = through(desk.requester)
    request.session = {}
    request.csp_nonce = "n"
    words = page_for(request, ChangedMeanwhile(seen=1, current=2)).content.decode()
    assert "Somebody changed this while you were writing." in words
    assert "Your text is kept." in words


def test_other_exceptions_are_left_to_the_log(desk: SmallDesk) -> None:
    assert page_for(through(desk.requester), ValueError("a bug")) is None


def test_a_page_that_does_not_exist_is_the_same_for_everybody(client: Client, desk: SmallDesk) -> None:
    assert client.get("/no/such/page").status_code == 404
    client.force_login(desk.requester)
    response = client.get("/no/such/page")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()
