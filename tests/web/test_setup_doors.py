"""The page of other ways in: who sees it, what it adds, what it shows once, what it refuses."""

import json
import re

import pytest
from django.test import Client
from pytest_django import Settings

from tests.support.alerts import alert, notification
from tests.support.console import statements, text_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.own_door import URL, loop
from tests.support.web_world import signed_in
from tierline.core.kernel import jobs
from tierline.core.kernel.actors import Actor
from tierline.desk.tickets.models import Ticket
from tierline.doors.web import labels
from tierline.work.alerts import operations
from tierline.work.alerts.models import AlertSource

pytestmark = pytest.mark.django_db
desk = held(small_desk)


@pytest.fixture
def admin(desk: SmallDesk) -> Client:
    return signed_in(desk.administrator)


@pytest.fixture
def own_door(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[str]:
    settings.TIERLINE_URL = URL
    return loop(monkeypatch)


def test_only_administrators_see_it(desk: SmallDesk) -> None:
    assert Client().get("/setup/doors")["Location"].startswith("/sign-in")
    for person in (desk.requester, desk.agents[1], desk.lead):
        browser = signed_in(person)
        assert browser.get("/setup/doors").status_code == 404
        assert browser.post("/setup/doors/alerts/new", {}).status_code == 404


def add_source(admin: Client, desk: SmallDesk, **more: str) -> AlertSource:
    typed = {"name": "Prometheus", "desk": str(desk.desk.pk), "format": "alertmanager", "reporter": "ops@desk.example"}
    answer = admin.post("/setup/doors/alerts/new", {f"alerts-{name}": value for name, value in (typed | more).items()})
    assert answer.status_code == 302, text_of(answer)
    return AlertSource.objects.get()


def test_a_source_is_added_its_token_shown_once_and_it_works(admin: Client, desk: SmallDesk) -> None:
    source = add_source(admin, desk)
    page = admin.get(f"/setup/doors/alerts/{source.pk}")
    found = re.search(r"told good.*?<code class=\"raw\">([^<]{43})</code>", page.content.decode(), re.DOTALL)
    assert found is not None
    assert f"/hooks/alerts/{source.key}" in text_of(page)
    assert found[1] not in admin.get(f"/setup/doors/alerts/{source.pk}").content.decode()
    given = {"authorization": f"Bearer {found[1]}"}
    sent = notification([alert()])
    answer = Client().post(f"/hooks/alerts/{source.key}", sent, content_type="application/json", headers=given)
    assert answer.json()["new"] == 1
    assert "1 alert" in text_of(admin.get("/setup/doors"))


def test_what_was_typed_wrong_is_said_at_its_field_and_kept(admin: Client, desk: SmallDesk) -> None:
    typed = {"alerts-name": "Prometheus", "alerts-format": "icinga", "alerts-desk": desk.desk.pk, "alerts-signed": "1"}
    page = admin.post("/setup/doors/alerts/new", typed | {"alerts-reporter": "ops@desk.example"})
    assert page.status_code == 422
    assert "cannot sign what it sends" in text_of(page)
    assert 'value="Prometheus"' in page.content.decode()
    assert not AlertSource.objects.exists()


@pytest.mark.parametrize("system", ["alertmanager", "grafana", "icinga", "icinga-mail"])
@pytest.mark.parametrize("signed", [False, True])
def test_the_test_alert_is_told_on_every_page(
    admin: Client, desk: SmallDesk, own_door: list[str], system: str, signed: bool
) -> None:
    if signed and system != "grafana":
        return
    source = add_source(admin, desk, format=system, **({"signed": "on"} if signed else {}))
    here = f"/setup/doors/alerts/{source.pk}"
    assert "It is being tried" in text_of(admin.post(f"{here}/test", follow=True))
    jobs.drain()
    told = text_of(admin.get(f"{here}/state", headers={"HX-Request": "true"}))
    assert "and its recovery resolved it." in told
    assert ("Know the signature again" in told) is signed
    assert len(own_door) == 2 + signed
    assert Ticket.objects.get().status == "resolved"


def test_a_test_alert_in_a_storm_names_the_storms_ticket(admin: Client, desk: SmallDesk) -> None:
    source = add_source(admin, desk)
    alerts = [
        {"labels": {"alertname": f"A{n}"}, "status": "firing", "startsAt": "2026-11-17T12:00:00Z"} for n in range(60)
    ]
    for one in alerts:
        body = json.dumps({"version": "4", "groupKey": one["labels"]["alertname"], "alerts": [one]}).encode()
        operations.receive(actor=Actor.machine("alerts"), source_id=source.pk, content=body)
    storm = operations.try_source(actor=SETUP, source_id=source.pk)
    assert storm.alert_groups.filter(storm=True).exists()


def test_a_new_token_and_the_end(admin: Client, desk: SmallDesk) -> None:
    source = add_source(admin, desk)
    assert "The token:" in text_of(admin.post(f"/setup/doors/alerts/{source.pk}/token", follow=True))
    assert "is removed" in text_of(admin.post(f"/setup/doors/alerts/{source.pk}/remove", follow=True))
    assert admin.get(f"/setup/doors/alerts/{source.pk}").status_code == 404


def test_a_refused_delivery_is_told_on_the_page(admin: Client, desk: SmallDesk) -> None:
    source = add_source(admin, desk)
    page = admin.post(f"/setup/doors/alerts/{source.pk}/token", follow=True)
    token = re.findall(r"<code class=\"raw\">([^<]{43})</code>", page.content.decode())[0]
    given = {"authorization": f"Bearer {token}"}
    Client().post(f"/hooks/alerts/{source.key}", b"{}", content_type="application/json", headers=given)
    assert "There is no list `alerts`." in text_of(admin.get(f"/setup/doors/alerts/{source.pk}"))


def test_the_alerts_of_a_ticket_have_a_page(admin: Client, desk: SmallDesk) -> None:
    source = add_source(admin, desk)
    operations.try_source(actor=SETUP, source_id=source.pk)
    ticket = Ticket.objects.get(channel="alert")
    agent = signed_in(desk.agents[1])
    shown = text_of(agent.get(f"/console/tickets/{ticket.reference}/alerts"))
    assert "All 1 alerts have recovered" in shown
    assert "Test alert of Tierline" in shown
    told = text_of(agent.get(f"/console/tickets/{ticket.reference}"))
    assert "Why one ticket: They are one group in the monitoring system." in told
    assert "Everything that opened it has recovered" in told
    assert signed_in(desk.requester).get(f"/console/tickets/{ticket.reference}/alerts").status_code == 404


@pytest.mark.parametrize("code", ["alert", "chat", "slack", "teams", "phone"])
def test_every_way_in_has_words_on_the_ticket(code: str) -> None:
    assert labels.channel(code) != code


def test_the_page_of_all_ways_costs_few_statements(admin: Client, desk: SmallDesk) -> None:
    add_source(admin, desk)
    page, sent = statements(admin, "/setup/doors")
    assert page.status_code == 200
    assert sent <= 14
