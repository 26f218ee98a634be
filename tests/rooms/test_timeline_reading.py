"""Reads of the timeline that run with every page and job."""

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tierline.core.timeline import queries
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Audience
from tierline.desk.sla import operations as sla
from tierline.desk.sla.models import Policy
from tierline.desk.sla.queries import promised
from tierline.desk.sla.rules import DEFAULT_TARGETS, Metric
from tierline.desk.tickets import operations as tickets

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> SmallDesk:
    return small_desk()


def plain(entries: list[TimelineEntry]) -> list[dict[str, object]]:
    names = [field.attname for field in TimelineEntry._meta.concrete_fields]
    return [{name: getattr(entry, name) for name in names} for entry in entries]


def test_entries_are_those_of_the_table_in_their_order(desk: SmallDesk) -> None:
    ticket = desk.owned()
    desk.ticket(title="Another one")
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="Seen")
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Thank you")
    whole = list(TimelineEntry.objects.of("ticket", ticket.pk))
    assert plain(queries.entries("ticket", ticket.pk)) == plain(whole)
    assert plain(queries.entries("ticket", ticket.pk, after=1, limit=2)) == plain(whole[1:3])
    public = queries.entries("ticket", ticket.pk, audiences=[Audience.REQUESTER])
    assert [entry.kind for entry in public] == ["ticket.opened", "ticket.replied"]
    assert queries.entries("article", ticket.pk) == []


def test_a_reaction_reads_its_entry(desk: SmallDesk) -> None:
    entry = TimelineEntry.objects.of("ticket", desk.ticket().pk)[0]
    assert plain([queries.entry(entry.pk)]) == plain([entry])
    assert queries.entry(entry.pk).payload == entry.payload
    with pytest.raises(TimelineEntry.DoesNotExist):
        queries.entry(entry.pk + 1_000)


def test_what_follows_counts_on_the_same_ticket_only(desk: SmallDesk) -> None:
    ticket, other = desk.ticket(), desk.ticket(title="Another one")
    opened = queries.entries("ticket", ticket.pk)[0]
    tickets.add_note(actor=desk.actor(1), ticket_id=other.pk, text="Seen")
    assert not queries.has_later(opened, ["ticket.note_added"])
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="Seen")
    assert queries.has_later(opened, ["ticket.replied", "ticket.note_added"])
    assert not queries.has_later(opened, ["ticket.opened"])
    assert not queries.has_later(queries.entries("ticket", ticket.pk)[-1], ["ticket.note_added"])


def test_a_desk_promises_its_own_hours_else_those_of_all(desk: SmallDesk) -> None:
    assert promised(desk.desk.pk) is None
    general = sla.ensure_defaults(actor=SETUP)
    found = promised(desk.desk.pk)
    assert found is not None
    assert found.hours.zone == general.calendar.zone
    assert found.seconds(Metric.RESOLUTION, 3) == DEFAULT_TARGETS[Metric.RESOLUTION][2] * 60
    always = [[[0, 1440]]] * 7
    for name, zone in (("Berlin", "Europe/Berlin"), ("Tokyo", "Asia/Tokyo")):
        calendar = sla.write_calendar(actor=SETUP, name=name, zone=zone, week=always)
        sla.write_policy(actor=SETUP, name=name, calendar=calendar, desk=desk.desk)
    own, elsewhere = promised(desk.desk.pk), promised(desk.desk.pk + 1)
    assert own is not None
    assert own.hours.zone == "Asia/Tokyo"
    assert elsewhere == found


def test_new_hours_are_promised_at_once(desk: SmallDesk) -> None:
    sla.ensure_defaults(actor=SETUP)
    before = promised(desk.desk.pk)
    assert before is not None
    name = Policy.objects.get(active=True).calendar.name
    sla.write_calendar(actor=SETUP, name=name, zone="Asia/Tokyo", week=[[[0, 1440]]] * 7)
    after = promised(desk.desk.pk)
    assert after is not None
    assert after.hours.zone == "Asia/Tokyo" != before.hours.zone
