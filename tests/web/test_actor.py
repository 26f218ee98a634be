"""Who is asking: one actor for each request, cheap, with its id, language and time zone; errors as pages."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import ChangedMeanwhile, Invalid, NotFound, Refused, TierlineError
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for
from tierline.desk.tickets import operations as tickets
from tierline.doors.web.actor import ActorMiddleware, PersonBackend, request_id_of, zone_of
from tierline.doors.web.errors import failed, page_for, status_of

pytestmark = pytest.mark.django_db
ask = RequestFactory()


desk = held(small_desk)


def person_of(person_id: int) -> Person:
    """The person of a session, as the sign-in loads them."""
    person = PersonBackend().get_user(person_id)
    assert person is not None
    return person


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


def test_a_signed_in_person_comes_with_their_rights_in_one_statement(
    desk: SmallDesk, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        actor = actor_for(person_of(desk.agents[1].pk))
    assert actor == actor_for(desk.agents[1])
    assert actor.group_ids == {desk.groups[1].pk}


@pytest.mark.parametrize("who", ["requester", "lead", "administrator"])
def test_everybody_is_the_same_actor_on_either_way(desk: SmallDesk, who: str) -> None:
    person = getattr(desk, who)
    assert actor_for(person_of(person.pk)) == actor_for(person)


def test_a_requester_may_see_no_desk_as_one_of_its_agents(desk: SmallDesk) -> None:
    assert actor_for(person_of(desk.requester.pk)).desk_ids == frozenset()


def test_a_confidential_desk_is_for_those_who_work_in_it(desk: SmallDesk) -> None:
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    group = people.create_group(actor=SETUP, desk=hr, key="payroll", name="Payroll", tier=1)
    people.join_group(actor=SETUP, person_id=desk.agents[2].pk, group_id=group.pk)
    assert hr.pk in actor_for(person_of(desk.agents[2].pk)).desk_ids
    assert hr.pk not in actor_for(person_of(desk.agents[1].pk)).desk_ids


def test_whoever_may_not_sign_in_any_more_is_nobody(desk: SmallDesk) -> None:
    people.set_active(actor=actor_for(desk.administrator), person_id=desk.agents[1].pk, active=False)
    assert PersonBackend().get_user(desk.agents[1].pk) is None
    assert PersonBackend().get_user(987_654) is None


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


class TestPagesOfAgents:
    def test_an_agent_keeps_the_navigation(self, client: Client, desk: SmallDesk) -> None:
        client.force_login(desk.agents[1])
        page = client.get("/no/such/page")
        assert page.status_code == 404
        assert 'class="side"' in page.content.decode()
        assert "There is nothing here" in page.content.decode()

    def test_denied_and_missing_are_the_same_page(self, client: Client, desk: SmallDesk) -> None:
        client.force_login(desk.agents[1])
        hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
        secret = tickets.open_ticket(
            actor=Actor.machine("intake"), requester=desk.requester, title="Salary", text="Confidential.", desk=hr
        )
        denied = client.get(f"/console/tickets/{secret.reference}")
        missing = client.get("/console/tickets/INC-99999")
        assert denied.status_code == missing.status_code == 404
        changing = re.compile(r'value="[^"]+"|nonce="[^"]+"|INC-[0-9]+')
        assert changing.sub("", denied.content.decode()) == changing.sub("", missing.content.decode())

    def test_a_requester_sees_the_words_in_the_portals_clothes(self, client: Client, desk: SmallDesk) -> None:
        client.force_login(desk.requester)
        page = client.get("/console/").content.decode()
        assert "There is nothing here" in page
        assert 'class="side"' not in page

    def test_a_fault_of_ours_is_a_page_with_its_number(
        self, client: Client, desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_args: object, **_more: object) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr("tierline.doors.web.console.pages.queue.queue_page", broken)
        client.force_login(desk.agents[1])
        client.raise_request_exception = False
        page = client.get("/console/", headers={"X-Request-ID": "abcdef-123456"})
        assert page.status_code == 500
        assert "abcdef-123456" in page.content.decode()
        assert 'class="side"' in page.content.decode()
        assert "a bug" not in page.content.decode()

    def test_a_fault_before_anybody_is_known_is_a_page_too(self, desk: SmallDesk) -> None:
        request = ask.get("/")
        request.session = {}
        request.user = AnonymousUser()
        request.csp_nonce = "n"
        request.actor = Actor(label="visitor")
        assert failed(request).status_code == 500
