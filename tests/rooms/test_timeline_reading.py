"""Reads of the timeline that run with every page and job."""

import pytest

from tests.support.desk import SmallDesk, small_desk
from tierline.core.timeline import queries
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Audience
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
