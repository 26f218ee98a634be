"""Several files of one ticket: one clock for all, lanes below each other, and two of them side by side."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.alerts import alert, notification
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.alerts import operations as alerts
from tierline.work.alerts import queries as alert_queries
from tierline.work.alerts.models import KnownAlert
from tierline.work.diagnosis import operations, queries
from tierline.work.diagnosis.models import Baseline, Evidence

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("diagnosis")
IDS = [f"{number:02d}ab{number * 7919 % 65536:04x}cd" for number in range(12)]
START = datetime(2026, 11, 23, 10, tzinfo=UTC)


def log(name: str, ahead: int = 0, version: str = "5.2.1", extra: str = "") -> bytes:
    lines = [f"{START:%Y-%m-%d %H:%M:%S} INFO {name} client version {version}"]
    for at, one in enumerate(IDS):
        moment = START + timedelta(seconds=at * 30 + ahead)
        lines.append(f"{moment:%Y-%m-%d %H:%M:%S} INFO {name} request {one} served")
    if extra:
        lines.append(f"{START + timedelta(seconds=200 + ahead):%Y-%m-%d %H:%M:%S} ERROR {name} {extra}")
    return "\n".join(lines).encode() + b"\n"


def with_logs(desk: SmallDesk, *logs: tuple[str, bytes]) -> tuple[Ticket, list[Evidence]]:
    files = [tickets.NewAttachment(name=name, content_type="text/plain", content=text) for name, text in logs]
    ticket = desk.ticket(text="See the logs.", attachments=files)
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    return ticket, list(Evidence.objects.filter(ticket=ticket).order_by("pk"))


desk = held(small_desk)


def test_the_skew_of_a_second_file_is_found_said_and_kept(desk: SmallDesk) -> None:
    ticket, (gateway, client) = with_logs(
        desk, ("gateway.log", log("gw")), ("client.log", log("cl", ahead=424, extra="tunnel lost"))
    )
    assert (gateway.skew, client.skew, client.skew_to) == (0, 424, "gateway.log")
    assert "clock +7 min 04 s" in client.sentence
    assert "clock" not in gateway.sentence
    rows = {row.name: row for row in queries.evidence_of(desk.actor(2), ticket.pk)}
    assert (rows["client.log"].skew, rows["gateway.log"].skew) == (424, 0)
    mine = next(row for row in queries.evidence_of(desk.asking, ticket.pk) if row.name == "client.log")
    assert (mine.skew, mine.files) == (0, ()), "requesters see the sentence alone"
    operations.analyse(actor=MACHINE, evidence_id=client.pk)
    client.refresh_from_db()
    assert client.skew == 424, "reading again finds it again"


def test_lanes_show_the_other_file_by_the_clock_of_the_shown_one(desk: SmallDesk) -> None:
    _, (gateway, client) = with_logs(desk, ("gateway.log", log("gw")), ("client.log", log("cl", ahead=424)))
    (lane,) = queries.lanes_beside(desk.actor(2), client.pk)
    assert (lane.evidence_id, lane.name) == (gateway.pk, "gateway.log")
    strip = queries.strip_of(desk.actor(2), client.pk)
    assert len(lane.counts) == len(strip.buckets)
    of_requests = [bucket.lines for bucket in strip.buckets[-20:]]
    assert list(lane.counts[-20:]) == of_requests, "the same moments stand below each other"
    stretch = queries.true_time(desk.actor(2), client.pk)
    assert stretch is not None
    assert stretch[2] == 424
    assert stretch[1] - stretch[0] == timedelta(seconds=len(strip.buckets) * strip.buckets[0].width)


def test_a_file_without_a_clock_has_no_lanes(desk: SmallDesk) -> None:
    _, (notes, _) = with_logs(desk, ("notes.log", b"no clock here\n" * 9), ("gateway.log", log("gw")))
    assert queries.lanes_beside(desk.actor(2), notes.pk) == []
    assert queries.true_time(desk.actor(2), notes.pk) is None


def test_two_files_side_by_side_say_what_differs(desk: SmallDesk) -> None:
    _, (old, new) = with_logs(
        desk, ("old.log", log("gw", version="5.1.9")), ("new.log", log("gw", version="5.2.1", extra="tunnel lost"))
    )
    found = queries.beside(desk.actor(2), new.pk, old.pk)
    assert found is not None
    assert (found.name, found.healthy) == ("old.log", False)
    facts = {name: (here, there) for name, here, there in found.facts}
    assert facts["version"] == ("5.2.1", "5.1.9")
    assert facts["error lines per minute"] == ("0.2", "0.0")
    assert [(text, here, there) for _, text, here, there in found.templates] == [("gw tunnel lost", 1, 0)]
    assert found.equal >= 3
    assert queries.beside(desk.actor(2), new.pk) is None, "there is no healthy file"


def test_a_healthy_file_of_the_product_is_taken_by_itself(desk: SmallDesk) -> None:
    product = catalogue.create_product(actor=SETUP, key="gw", name="Gateway")
    _, (healthy,) = with_logs(desk, ("healthy.log", log("gw", version="5.1.9")))
    operations.keep_baseline(actor=desk.actor(3), evidence_id=healthy.pk, product_id=product.pk, version="5.1.9")
    ticket, (broken,) = with_logs(desk, ("broken.log", log("gw", extra="tunnel lost")))
    tickets.record_facts(actor=MACHINE, ticket_id=ticket.pk, facts={"product": "Gateway"}, source="test")
    found = queries.beside(desk.actor(2), broken.pk)
    assert found is not None
    assert (found.name, found.healthy, Baseline.objects.count()) == ("healthy.log", True, 1)


def test_files_of_others_are_not_put_beside(desk: SmallDesk) -> None:
    _, (one,) = with_logs(desk, ("a.log", log("gw")))
    for viewer in (desk.asking, Actor(label="nobody")):
        for attempt in (queries.beside, queries.lanes_beside, queries.true_time):
            with pytest.raises(NotFound):
                attempt(viewer, one.pk)
    with pytest.raises(NotFound):
        queries.beside(desk.actor(2), one.pk, 987_654)


def test_alerts_of_a_stretch_are_those_of_tickets_that_the_viewer_sees(desk: SmallDesk) -> None:
    source, _ = alerts.add_source(
        actor=SETUP, name="Prometheus", format="alertmanager", desk_id=desk.desk.pk, reporter_email="ops@desk.example"
    )
    alerts.receive(actor=Actor.machine("intake"), source_id=source.pk, content=notification([alert(instance="gw-1")]))
    at = KnownAlert.objects.get().starts_at
    around = (at - timedelta(minutes=1), at + timedelta(minutes=1))
    assert [one.group.ticket_id for one in alert_queries.alerts_between(desk.actor(2), *around)] == [
        Ticket.objects.get(channel="alert").pk
    ]
    assert alert_queries.alerts_between(desk.actor(2), at + timedelta(minutes=1), at + timedelta(minutes=2)) == []
    stranger = Actor(label="x", person_id=1, roles=frozenset({"agent"}), desk_ids=frozenset({0}))
    assert alert_queries.alerts_between(stranger, *around) == []
    with pytest.raises(NotFound):
        alert_queries.alerts_between(desk.asking, *around)


def test_a_file_is_compared_with_healthy_ones_of_the_product_that_it_names(desk: SmallDesk) -> None:
    product = catalogue.create_product(actor=SETUP, key="tunnel", name="Tunnel Client")
    text = b"2026-11-23 10:00:00 INFO Tunnel Client 5.2.1 starting\n2026-11-23 10:00:01 INFO all is well\n"
    _, (healthy,) = with_logs(desk, ("healthy.log", text))
    operations.keep_baseline(actor=desk.actor(3), evidence_id=healthy.pk)
    assert Baseline.objects.get().product_id == product.pk
    ticket, (file,) = with_logs(desk, ("client.log", text + b"2026-11-23 10:00:02 INFO tunnel lost\n"))
    assert (file.compared_with, file.facts["product"]) == (1, "Tunnel Client")
    assert [row.template for row in file.templates.filter(is_new=True)] == ["tunnel lost"]
    ticket.refresh_from_db()
    assert ticket.facts["product"] == "Tunnel Client"
