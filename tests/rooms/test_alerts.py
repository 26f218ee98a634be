"""Alerts at the real address: who is let in, one ticket for what belongs together, storms, recovery, people's work."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.support.alerts import ICINGA_MAIL, alert, notification
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.events import rebuild
from tierline.desk.tickets.models import Ticket
from tierline.ladder.assistant import operations as assistant
from tierline.work.alerts import operations, queries
from tierline.work.alerts.models import AlertGroup, AlertSource, KnownAlert
from tierline.work.alerts.operations import taking

pytestmark = pytest.mark.django_db
desk = held(small_desk)
NOON = datetime.fromisoformat("2026-11-17T12:00:00+00:00")
MACHINE = Actor.machine("alerts")


class Source:
    """A monitoring system that sends to the address it was given."""

    def __init__(self, made: tuple[AlertSource, str]) -> None:
        self.row, self.token = made
        self.client = Client()

    def post(self, body: bytes, **headers: str) -> Any:
        given = headers or {"authorization": f"Bearer {self.token}"}
        kind = "application/json" if body[:1] in b"{[" else "text/plain"
        return self.client.post(f"/hooks/alerts/{self.row.key}", body, content_type=kind, headers=given)

    def send(self, *alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = self.post(notification(alerts, **more))
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found


def source_of(desk: SmallDesk, system: str = "alertmanager", **more: Any) -> Source:
    given = {"name": "Prometheus", "desk_id": desk.desk.pk, "reporter_email": "ops@desk.example"} | more
    return Source(operations.add_source(actor=SETUP, format=system, **given))


@pytest.fixture
def source(desk: SmallDesk) -> Iterator[Source]:
    with clock.at(NOON):
        yield source_of(desk)


def only_ticket() -> Ticket:
    return Ticket.objects.get(channel="alert")


def kinds(ticket: Ticket) -> list[str]:
    return [entry.kind for entry in TimelineEntry.objects.of("ticket", ticket.pk)]


# --- who is let in ---


def test_the_token_opens_as_bearer_and_as_password(source: Source) -> None:
    basic = base64.b64encode(f"tierline:{source.token}".encode()).decode()
    assert source.post(notification([alert()])).status_code == 200
    assert source.post(notification([alert()]), authorization=f"Basic {basic}").json()["repeated"] == 1


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Basic !!", "Basic d3Jvbmc=", "Digest x"])
def test_nobody_else_gets_in_and_nothing_is_kept(source: Source, given: str) -> None:
    answer = source.post(notification([alert()]), authorization=given)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="tierline"')
    assert "token" in answer.json()["error"]
    assert not KnownAlert.objects.exists()


def test_an_unknown_address_is_not_there(source: Source) -> None:
    assert source.client.post("/hooks/alerts/nothing", b"{}", content_type="application/json").status_code == 404
    assert source.client.get(f"/hooks/alerts/{source.row.key}").status_code == 405


def test_only_the_digest_of_the_token_is_kept_and_a_new_one_replaces_it(source: Source) -> None:
    assert source.row.sha256 == hashlib.sha256(source.token.encode()).hexdigest()
    old, (_, source.token) = source.token, operations.new_token(actor=SETUP, source_id=source.row.pk)
    assert source.post(notification([alert()]), authorization=f"Bearer {old}").status_code == 401
    assert source.post(notification([alert()])).status_code == 200


def test_grafana_signs(desk: SmallDesk) -> None:
    source = source_of(desk, "grafana", signed=True)
    body = notification([alert()], version="1")
    good = hmac.new(source.token.encode(), body, hashlib.sha256).hexdigest()
    assert source.token not in source.row.secret
    assert source.post(body, **{"x-grafana-alerting-signature": good}).status_code == 200
    assert source.post(body + b" ", **{"x-grafana-alerting-signature": good}).status_code == 401
    assert source.post(body, authorization=f"Bearer {source.token}").status_code == 401


def test_a_refusal_says_why_and_is_kept_for_the_page(source: Source) -> None:
    answer = source.post(b'{"alerts": "all"}')
    assert (answer.status_code, answer.json()["error"][:26]) == (422, "There is no list `alerts`.")
    source.row.refresh_from_db()
    assert source.row.refusal.startswith("There is no list")


def test_a_body_over_the_limit_is_refused(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    assert source.post(b"[" + b" " * 8_000_001).status_code == 413


def test_only_administrators_add_and_faults_stand_at_their_fields(desk: SmallDesk, source: Source) -> None:
    given = {"name": "P", "format": "grafana", "desk_id": desk.desk.pk, "reporter_email": "ops@desk.example"}
    with pytest.raises(NotFound):
        operations.add_source(actor=desk.actor(1), **given)
    for change, field in (
        ({"name": " "}, "name"),
        ({"name": "Prometheus"}, "name"),
        ({"format": "zabbix"}, "format"),
        ({"format": "icinga", "signed": True}, "signed"),
        ({"desk_id": 0}, "desk"),
        ({"service_id": 0}, "service"),
    ):
        with pytest.raises(Invalid) as refused:
            operations.add_source(actor=SETUP, **(given | change))
        assert list(refused.value.fields) == [field]


# --- one ticket for what belongs together ---


def test_an_alert_opens_a_ticket_that_says_why(source: Source, desk: SmallDesk) -> None:
    notes = {"summary": "CPU at 99 %", "runbook_url": "https://runbooks.example/cpu"}
    assert source.send(alert(annotations=notes))["new"] == 1
    ticket = only_ticket()
    assert (ticket.title, ticket.priority, ticket.requester.email) == ("CPU at 99 %", 2, "ops@desk.example")
    assert ticket.facts == {"host": "web-1", "runbook": "https://runbooks.example/cpu"}
    opened = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="alerts.opened").data
    assert (opened["source"], opened["count"], opened["storm"]) == ("Prometheus", 1, False)
    assert "one group" in opened["why"]


def test_the_same_delivery_again_changes_nothing(source: Source) -> None:
    body = notification([alert(), alert(instance="web-2")])
    source.post(body)
    ticket = only_ticket()
    answer = source.post(body).json()
    assert (answer["new"], answer["repeated"]) == (0, 2)
    assert only_ticket().version == ticket.version
    assert KnownAlert.objects.count() == 2


def test_more_of_the_group_join_its_ticket_quietly(source: Source) -> None:
    for number in range(1, 8):
        source.send(*(alert(instance=f"web-{n}") for n in range(number)))
    group = AlertGroup.objects.get()
    assert (group.total, group.firing) == (7, 7)
    assert kinds(only_ticket()).count("alerts.grew") == 0


def test_tier_0_gives_what_a_machine_reported_to_people(source: Source) -> None:
    source.send(alert())
    made = assistant.attempt(actor=Actor.machine("assistant"), ticket_id=only_ticket().pk)
    assert made is not None
    assert (made.decision, made.says[:19]) == ("hand_over", "A monitoring system")


def test_the_mail_of_icinga_opens_and_resolves(desk: SmallDesk) -> None:
    source = source_of(desk, "icinga-mail")
    source.post(ICINGA_MAIL.format(kind="PROBLEM", state="CRITICAL").encode())
    assert only_ticket().title == "disk on db1.example is CRITICAL"
    passed = source.post(ICINGA_MAIL.format(kind="ACKNOWLEDGEMENT", state="CRITICAL").encode()).json()
    assert passed["passed_over"] == "ACKNOWLEDGEMENT"
    source.post(ICINGA_MAIL.format(kind="RECOVERY", state="OK").replace("09:12", "09:42").encode())
    assert only_ticket().status == "resolved"


# --- recovery ---


def test_when_all_have_recovered_the_ticket_is_resolved(source: Source) -> None:
    source.send(alert(), alert(instance="web-2"))
    source.send(alert(status="resolved"))
    assert only_ticket().is_open
    source.send(alert(instance="web-2", status="resolved"))
    ticket = only_ticket()
    assert (ticket.status, ticket.resolution) == ("resolved", "All 2 alerts recovered by themselves.")
    told = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="alerts.recovered").data
    assert told["resolved"] is True
    assert rebuild(TimelineEntry.objects.of("ticket", ticket.pk)) == ticket.state


def test_what_somebody_works_on_stays_open_and_is_told_once(source: Source, desk: SmallDesk) -> None:
    source.send(alert())
    ticket = only_ticket()
    tickets.assign(actor=MACHINE, ticket_id=ticket.pk, group_id=desk.groups[1].pk, person_id=None)
    tickets.take(actor=desk.actor(1), ticket_id=ticket.pk)
    for minute in (1, 2):
        with clock.at(NOON + timedelta(minutes=minute)):
            source.send(alert(status="resolved", starts=f"2026-11-17T08:0{minute}:00Z"))
            source.send(alert(starts=f"2026-11-17T08:0{minute + 1}:00Z"))
    assert only_ticket().is_open
    assert kinds(ticket).count("alerts.recovered") == 1
    told = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="alerts.recovered").data
    assert (told["resolved"], told["why"][:8]) == (False, "Somebody")


def test_automatic_assignment_is_not_work_by_hand(source: Source, desk: SmallDesk) -> None:
    source.send(alert())
    given = {"group_id": desk.groups[1].pk, "person_id": desk.agents[1].pk}
    tickets.assign(actor=Actor.machine("routing"), ticket_id=only_ticket().pk, **given)
    source.send(alert(status="resolved"))
    assert only_ticket().status == "resolved"


def test_an_end_that_nobody_knows_and_an_end_that_came_late_change_nothing(source: Source) -> None:
    assert source.send(alert(status="resolved"))["unknown"] == 1
    source.send(alert(starts="2026-11-17T11:00:00Z"))
    assert source.send(alert(status="resolved", starts="2026-11-17T10:00:00Z"))["repeated"] == 1
    assert only_ticket().is_open


def test_what_comes_back_within_the_hour_goes_on_in_its_ticket_three_times(source: Source) -> None:
    for round_ in range(6):
        starts = f"2026-11-17T11:{round_:02}:00Z"
        with clock.at(NOON + timedelta(minutes=round_)):
            source.send(alert(starts=starts))
            source.send(alert(status="resolved", starts=starts))
    ticket = only_ticket()
    assert (ticket.reopened, ticket.is_open) == (3, True)
    why = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="alerts.recovered").last()
    assert why is not None
    assert "comes and goes" in why.data["why"]


def test_what_comes_back_the_next_day_is_a_new_ticket(source: Source) -> None:
    source.send(alert())
    source.send(alert(status="resolved"))
    with clock.at(NOON + timedelta(days=1)):
        source.send(alert(starts="2026-11-18T11:00:00Z"))
    assert Ticket.objects.filter(channel="alert").count() == 2


# --- storms ---


def storm(source: Source, count: int, *, each: int, groups: int = 1, status: str = "firing") -> None:
    for start in range(0, count, each):
        members = [alert("Down", f"host-{n}", status=status) for n in range(start, min(start + each, count))]
        source.send(*members, group=f"group {start // each % groups}")


def test_ten_thousand_alerts_of_one_group_are_one_ticket(source: Source) -> None:
    started = time.process_time()
    storm(source, 10_000, each=1000)
    spent = time.process_time() - started
    ticket = only_ticket()
    assert AlertGroup.objects.get().total == KnownAlert.objects.filter(firing=True).count() == 10_000
    assert kinds(ticket).count("alerts.grew") == 1  # at 10,000; the first thousand opened it
    assert ticket.version < 12
    assert KnownAlert.objects.exclude(labels={}).count() <= taking.DETAILED
    assert spent < 12, f"{spent:.1f} s"
    print(f"10,000 alerts in ten deliveries: {spent:.2f} s of processor time")


def test_many_groups_at_once_are_one_storm_and_its_end_resolves_it(source: Source) -> None:
    firing = notification([alert("Down", f"host-{n}") for n in range(100)], group="all")
    operations.take(actor=MACHINE, source_id=source.row.pk, batch=_apart(firing))
    ticket = only_ticket()
    assert (ticket.priority, AlertGroup.objects.get().storm) == (1, True)
    assert ticket.title.startswith("Alert storm from Prometheus")
    source.send(*(alert("Down", f"host-{n}", status="resolved") for n in range(100)))
    assert only_ticket().status == "resolved"


def _apart(body: bytes) -> Any:
    """The same alerts, each in a group of its own."""
    from dataclasses import replace

    from tierline.work.alerts.rules import Batch, read

    return Batch(tuple(replace(one, group=one.fingerprint) for one in read("alertmanager", body).alerts))


def test_groups_that_begin_one_after_the_other_become_a_storm(source: Source) -> None:
    for number in range(50):
        source.send(alert("Down", f"host-{number}"), group=f"group {number}")
    standing = Ticket.objects.filter(channel="alert", merged_into=None)
    assert standing.count() == 1
    assert Ticket.objects.filter(channel="alert").count() == 4  # three more had begun; they go on in the first
    group = AlertGroup.objects.open().get()
    assert (group.total, group.firing, group.storm) == (50, 50, True)
    assert kinds(standing.get()).count("alerts.storm_seen") == 1


def test_a_ticket_that_somebody_works_on_is_not_merged_into_the_storm(source: Source, desk: SmallDesk) -> None:
    source.send(alert("Down", "host-0"), group="group 0")
    source.send(alert("Down", "host-1"), group="group 1")
    second = Ticket.objects.filter(channel="alert").latest("pk")
    tickets.add_note(actor=desk.actor(1), ticket_id=second.pk, text="I am on it.")
    for number in range(2, 8):
        source.send(alert("Down", f"host-{number}"), group=f"group {number}")
    second.refresh_from_db()
    assert second.merged_into is None
    assert AlertGroup.objects.open().get().total == 8


def test_slow_groups_are_no_storm(source: Source) -> None:
    for number in range(7):
        with clock.at(NOON + timedelta(minutes=6 * number)):
            source.send(alert("Down", f"host-{number}"), group=f"group {number}")
    assert Ticket.objects.filter(channel="alert", merged_into=None).count() == 7


def test_past_the_limit_alerts_are_counted_and_nothing_resolves_by_itself(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "MOST_FIRING", 10)
    storm(source, 40, each=20)
    group = AlertGroup.objects.get()
    assert (group.total, group.firing, group.uncounted, KnownAlert.objects.count()) == (40, 10, 30, 10)
    storm(source, 40, each=20, status="resolved")
    ticket = only_ticket()
    assert ticket.is_open
    assert (
        "person has to look" in TimelineEntry.objects.of("ticket", ticket.pk).get(kind="alerts.recovered").data["why"]
    )


# --- set-up and reading ---


@pytest.mark.parametrize("system", ["alertmanager", "grafana", "icinga", "icinga-mail"])
def test_a_test_alert_goes_the_whole_way(desk: SmallDesk, system: str) -> None:
    source = source_of(desk, system)
    ticket = operations.try_source(actor=SETUP, source_id=source.row.pk)
    assert (ticket.status, ticket.channel) == ("resolved", "alert")


def test_alerts_of_a_ticket_for_those_who_may_see_it(source: Source, desk: SmallDesk) -> None:
    source.send(alert(), alert(instance="web-2", severity="info"))
    source.send(alert(status="resolved"))
    found = queries.alerts_of(desk.actor(1), only_ticket().pk)
    assert (found.total, found.firing, found.by_severity) == (2, 1, {"critical": 1, "warning": 0, "info": 1})
    assert [row.firing for row in found.rows] == [True, False]
    with pytest.raises(NotFound):
        queries.alerts_of(desk.asking, only_ticket().pk)


def test_old_alerts_are_forgotten_and_tickets_stay(source: Source) -> None:
    source.send(alert(), alert(instance="web-2"))
    source.send(alert(status="resolved"), alert(instance="web-2", status="resolved"))
    assert operations.forget_old(actor=MACHINE) == 0
    with clock.at(NOON + timedelta(days=31)):
        assert operations.forget_old(actor=MACHINE) == 2
    assert (AlertGroup.objects.count(), Ticket.objects.filter(channel="alert").count()) == (0, 1)


def test_a_removed_source_takes_nothing_and_its_tickets_stay(source: Source) -> None:
    source.send(alert())
    operations.remove_source(actor=SETUP, source_id=source.row.pk)
    assert source.post(notification([alert()])).status_code == 404
    assert only_ticket().is_open
    with pytest.raises(NotFound):
        operations.remove_source(actor=SETUP, source_id=source.row.pk)


def test_what_the_timeline_keeps_of_alerts_can_be_erased(source: Source) -> None:
    source.send(alert())
    for entry in TimelineEntry.objects.of("ticket", only_ticket().pk).filter(kind__startswith="alerts."):
        assert "Prometheus" not in json.dumps(entry.payload.erase().to_data())
