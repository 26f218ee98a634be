"""Signing in and out, the first visit, one's own password and preferences."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.support.desk import PASSWORD, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock
from tierline.desk.people.models import Person, SignInAttempt
from tierline.desk.people.operations import set_password

pytestmark = pytest.mark.django_db
NEW = "another long password"


desk = held(small_desk)


def enter(client: Client, email: str, password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post("/sign-in", {"email": email, "password": password, **more})


def signed_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


def test_signing_in_leads_to_ones_own_place(client: Client, desk: SmallDesk) -> None:
    assert enter(client, "INES@field.example")["Location"] == "/"
    assert enter(Client(), "agent1@desk.example")["Location"] == "/console/"


def test_the_page_asked_for_before_comes_after(client: Client, desk: SmallDesk) -> None:
    asked = client.get("/requests?show=all")
    assert asked["Location"] == "/sign-in?next=%2Frequests%3Fshow%3Dall"
    assert enter(client, "ines@field.example", next="/requests?show=all")["Location"] == "/requests?show=all"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_sent_to_a_foreign_page(client: Client, desk: SmallDesk, target: str) -> None:
    assert enter(client, "ines@field.example", next=target)["Location"] == "/"


def seen(response: HttpResponse) -> str:
    """A page without what is new in every answer: nonce, form token, and the address typed."""
    words = re.sub(r'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())
    return re.sub(r"\w+@field.example", "", words)


def test_a_wrong_password_and_an_unknown_address_look_the_same(client: Client, desk: SmallDesk) -> None:
    wrong = enter(client, "ines@field.example", "wrong")
    unknown = enter(client, "nobody@field.example", "wrong")
    assert wrong.status_code == unknown.status_code == 422
    assert seen(wrong) == seen(unknown)
    assert "do not fit together" in wrong.content.decode()


def test_a_closed_account_looks_the_same_too(client: Client, desk: SmallDesk) -> None:
    Person.objects.with_address("ines@field.example").update(is_active=False)
    response = enter(client, "ines@field.example")
    assert response.status_code == 422
    assert "do not fit together" in response.content.decode()


def test_ten_failures_close_the_door_for_this_address(client: Client, desk: SmallDesk) -> None:
    for _try in range(10):
        assert enter(client, "ines@field.example", "wrong").status_code == 422
    refused = enter(client, "ines@field.example")
    assert refused.status_code == 429
    assert "Wait 15 minutes" in refused.content.decode()
    assert not signed_in(client)


def test_an_unknown_account_is_slowed_down_alike(client: Client, desk: SmallDesk) -> None:
    statuses = [enter(client, "nobody@field.example", "wrong").status_code for _try in range(11)]
    assert statuses == [422] * 10 + [429]


def test_others_and_other_places_are_not_kept_out(client: Client, desk: SmallDesk) -> None:
    for _try in range(10):
        enter(client, "ines@field.example", "wrong")
    assert enter(client, "agent1@desk.example").status_code == 302
    elsewhere = Client(REMOTE_ADDR="10.9.8.7")
    assert enter(elsewhere, "ines@field.example").status_code == 302


def test_the_door_opens_again_after_a_quarter_of_an_hour(client: Client, desk: SmallDesk) -> None:
    with clock.at(clock.now() - timedelta(minutes=16)):
        for _try in range(10):
            enter(client, "ines@field.example", "wrong")
        assert enter(client, "ines@field.example").status_code == 429
    assert enter(client, "ines@field.example").status_code == 302


def test_a_success_starts_the_count_anew(client: Client, desk: SmallDesk) -> None:
    for _try in range(9):
        enter(client, "ines@field.example", "wrong")
    enter(client, "ines@field.example")
    assert not SignInAttempt.objects.exists()


def test_a_form_from_elsewhere_is_refused(desk: SmallDesk) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = enter(strict, "ines@field.example")
    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()


def test_signing_out_needs_a_form_and_ends_the_session(client: Client, desk: SmallDesk) -> None:
    enter(client, "ines@field.example")
    assert client.get("/sign-out").status_code == 405
    assert signed_in(client)
    client.post("/sign-out")
    assert not signed_in(client)


def test_changing_the_password_keeps_this_session_and_ends_the_others(client: Client, desk: SmallDesk) -> None:
    elsewhere = Client()
    enter(client, "ines@field.example")
    enter(elsewhere, "ines@field.example")
    client.post("/account/password", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert signed_in(client)
    assert not signed_in(elsewhere)
    assert enter(Client(), "ines@field.example", NEW).status_code == 302


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"current": "wrong"}, "not your current password"),
        ({"again": "something else"}, "The two are not the same"),
        ({"password": "short", "again": "short"}, "too short"),
    ],
)
def test_a_password_that_cannot_be_taken_says_why(
    client: Client, desk: SmallDesk, typed: dict[str, str], said: str
) -> None:
    enter(client, "ines@field.example")
    response = client.post("/account/password", {"current": PASSWORD, "password": NEW, "again": NEW, **typed})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert enter(Client(), "ines@field.example").status_code == 302


def test_the_profile_is_kept_and_the_pages_follow_it(client: Client, desk: SmallDesk) -> None:
    enter(client, "ines@field.example")
    client.post("/account", {"locale": "de", "timezone": "Europe/Berlin", "theme": "dark"})
    page = client.get("/account").content.decode()
    assert '<html lang="de" data-theme="dark"' in page
    assert Person.objects.get_queryset().get(pk=desk.requester.pk).timezone == "Europe/Berlin"


@pytest.mark.parametrize("typed", [{"locale": "xx"}, {"timezone": "Mars/Base"}, {"theme": "pink"}])
def test_a_profile_that_does_not_exist_is_refused(client: Client, desk: SmallDesk, typed: dict[str, str]) -> None:
    enter(client, "ines@field.example")
    given = {"locale": "en", "timezone": "UTC", "theme": "system", **typed}
    response = client.post("/account", given)
    assert 'aria-invalid="true"' in response.content.decode()
    kept = Person.objects.get_queryset().get(pk=desk.requester.pk)
    assert (kept.locale, kept.timezone, kept.theme) == ("en", "UTC", "system")


@pytest.mark.parametrize(
    ("typed", "kept", "status"),
    [
        (" +49 40  123456 ", "+49 40 123456", 302),
        ("4711", "4711", 302),
        ("", "", 302),
        ("12", "030 1", 422),
        ("call me", "030 1", 422),
    ],
)
def test_ones_own_telephone_is_kept_or_refused_in_words(
    client: Client, desk: SmallDesk, typed: str, kept: str, status: int
) -> None:
    Person.objects.filter(pk=desk.requester.pk).update(phone="030 1")
    enter(client, "ines@field.example")
    given = {"locale": "en", "timezone": "UTC", "theme": "system", "phone": typed}
    response = client.post("/account", given)
    assert response.status_code == status
    assert ("Write a telephone number" in response.content.decode()) is (status == 422)
    assert Person.objects.get_queryset().get(pk=desk.requester.pk).phone == kept


def test_a_password_given_by_the_administrator_works(client: Client, desk: SmallDesk) -> None:
    from tests.support.desk import SETUP

    set_password(actor=SETUP, person_id=desk.requester.pk, password=NEW)
    assert enter(client, "ines@field.example", NEW).status_code == 302


def test_the_sign_in_page_is_never_kept_by_a_cache(client: Client, desk: SmallDesk) -> None:
    assert "no-store" in client.get("/sign-in")["Cache-Control"]
