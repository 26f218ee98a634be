"""The first visit to a desk nobody has set up yet."""

import pytest
from django.http import HttpResponse
from django.test import Client

from tierline.desk.people.models import Person
from tierline.desk.people.operations import create_first_administrator

pytestmark = pytest.mark.django_db
NEW = "another long password"


def welcome(client: Client, **typed: str) -> HttpResponse:
    given = {"name": "Ada First", "email": "ada@first.example", "password": "a strange sentence to keep"}
    return client.post("/welcome", {**given, **typed})


def test_the_first_visit_makes_the_administrator(client: Client) -> None:
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/welcome"
    response = welcome(client)
    assert (response.status_code, response["Location"]) == (302, "/setup/")
    made = Person.objects.get_queryset().get()
    assert made.email == "ada@first.example"
    assert set(made.roles) == {"administrator", "lead", "agent"}
    assert "You are the administrator" in client.get("/setup/").content.decode()


def test_it_works_once(client: Client) -> None:
    welcome(client)
    other = Client()
    assert welcome(other, email="eve@first.example")["Location"] == "/sign-in"
    assert other.get("/welcome")["Location"] == "/sign-in"
    assert not Person.objects.with_address("eve@first.example").exists()


def test_a_desk_set_up_between_look_and_send_keeps_its_first(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two first visitors at once: the second passes the look, and the verb refuses."""
    create_first_administrator(email="ada@first.example", name="Ada", password=NEW)
    monkeypatch.setattr("tierline.desk.people.queries.has_administrator", lambda: False)
    assert welcome(client, email="eve@first.example")["Location"] == "/sign-in"
    assert Person.objects.get_queryset().count() == 1


@pytest.mark.parametrize("password", ["short", "password123", "ada@first.example"])
def test_the_first_password_must_not_be_easy(client: Client, password: str) -> None:
    response = welcome(client, password=password)
    assert response.status_code == 422
    assert not Person.objects.get_queryset().exists()


def test_the_overview_says_what_a_fresh_desk_lacks(client: Client) -> None:
    welcome(client)
    page = client.get("/setup/").content.decode()
    assert "Without a desk nothing can be asked." in page
    assert "No group stands on this tier." in page


def test_before_the_first_visit_every_page_leads_to_it(client: Client) -> None:
    assert {client.get(place)["Location"] for place in ("/", "/console/", "/setup/", "/sign-in")} == {"/welcome"}
