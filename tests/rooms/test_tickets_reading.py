"""Plain rows for pages say what the tickets say, to whoever may know it."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people import operations as people
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations, queries
from tierline.desk.tickets.models import Follower, Ticket
from tierline.desk.tickets.queries import Cursor, QueueFilter, QueueRow, SideRow

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def desk() -> SmallDesk:
    return small_desk()


def log(name: str) -> operations.NewAttachment:
    return operations.NewAttachment(name=name, content_type="text/plain", content=name.encode())


def pages(viewer: Actor, show: str, limit: int) -> list[list[int]]:
    """The ids of every page of one's own requests."""
    found, after = [], None
    while True:
        rows, after = queries.own_requests(viewer, show, after=after, limit=limit)
        found.append([row.id for row in rows])
        if after is None:
            return found
        after = Cursor.read(after.word())


class TestOneTicket:
    def test_the_row_is_the_ticket_with_names(self, desk: SmallDesk) -> None:
        ticket = desk.owned(2, service=desk.service, facts={"version": "5.2.1", "os": "Linux"})
        ticket = Ticket.objects.get(pk=ticket.pk)
        row = queries.page_row(desk.actor(1), ticket.pk)
        names = {"requester": "Ines Okafor", "assignee": "Agent 2", "group": "Network specialists", "service": "VPN"}
        assert {name: getattr(row, name) for name in names} == names
        assert row.organisation is None
        plain = ("id", "pk", "kind", "status", "priority", "tier", "tiers_tried", "facts", "opened_at", "version")
        more = ("desk_id", "group_id", "requester_id", "assignee_id", "merged_into_id", "reference", "is_open")
        for name in (*plain, *more):
            assert getattr(row, name) == getattr(ticket, name), name

    def test_a_new_ticket_has_no_names_yet(self, desk: SmallDesk) -> None:
        row = queries.page_row(desk.actor(1), desk.ticket().pk)
        assert (row.assignee, row.group, row.service, row.facts) == (None, None, None, {})

    def test_it_exists_for_those_who_may_see_it(self, desk: SmallDesk) -> None:
        ticket = desk.ticket()
        stranger = people.create_person(actor=SETUP, email="s@field.example", name="S", roles=[Role.REQUESTER])
        for read in (queries.page_row, queries.get):
            assert read(desk.asking, ticket.pk).pk == read(Actor.machine("test"), ticket.pk).pk == ticket.pk
            for viewer in (actor_for(stranger), desk.actor(1)):
                with pytest.raises(NotFound):
                    read(viewer, ticket.pk + 1)
            with pytest.raises(NotFound):
                read(actor_for(stranger), ticket.pk)
        Follower.objects.create(ticket=ticket, person=stranger)
        assert queries.page_row(actor_for(stranger), ticket.pk).id == ticket.pk

    def test_the_queue_says_the_same(self, desk: SmallDesk) -> None:
        ticket = desk.owned(1, service=desk.service, facts={"version": "5.2.1"})
        (row,) = queries.queue(desk.actor(1), QueueFilter(view="mine"))[0]
        page = queries.page_row(desk.actor(1), ticket.pk)
        assert all(getattr(row, one.name) == getattr(page, one.name) for one in fields(QueueRow))
        (narrow,) = queries.beside(desk.actor(1), "mine", limit=5)
        assert all(getattr(row, one.name) == getattr(narrow, one.name) for one in fields(SideRow))
        assert narrow.reference == ticket.reference

    def test_a_narrow_list_holds_the_first_of_the_queue(self, desk: SmallDesk) -> None:
        for number in range(4):
            desk.owned(1, title=f"Fault {number}")
        whole = [row.id for row in queries.queue(desk.actor(1), QueueFilter(view="group"))[0]]
        assert [row.id for row in queries.beside(desk.actor(1), "group", limit=3)] == whole[:3]
        assert queries.beside(desk.actor(3), "group", limit=3) == []
        with pytest.raises(NotFound):
            queries.beside(desk.asking, "group", limit=3)


class TestMessages:
    def test_files_stand_with_the_message_they_came_with(self, desk: SmallDesk) -> None:
        ticket = desk.ticket(attachments=[log("one.log"), log("two.log")])
        operations.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="See mine", attachments=[log("mine.log")])
        operations.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Thank you")
        said = queries.messages(desk.actor(1), ticket.pk)
        assert [[file.name for file in one.files] for one in said] == [["one.log", "two.log"], ["mine.log"], []]
        assert [one.audience for one in said] == ["requester", "internal", "requester"]
        assert said[0].files[0].size == len("one.log")

    def test_a_requester_reads_what_is_addressed_to_them(self, desk: SmallDesk) -> None:
        desk.agents[1].job_title = "Frontline"
        desk.agents[1].save(update_fields=["job_title"])
        ticket = desk.ticket()
        operations.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="secret", attachments=[log("mine.log")])
        operations.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Thank you")
        said = queries.messages(desk.asking, ticket.pk)
        assert [(one.direction, one.files, one.author_title) for one in said] == [
            ("in", (), ""),
            ("out", (), "Frontline"),
        ]

    def test_a_page_begins_behind_a_message(self, desk: SmallDesk) -> None:
        ticket = desk.ticket()
        for number in range(4):
            operations.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text=f"Note {number}")
        whole = queries.messages(desk.actor(1), ticket.pk)
        assert queries.messages(desk.actor(1), ticket.pk, after=whole[1].id, limit=2) == whole[2:4]
        assert queries.messages(desk.actor(1), ticket.pk, after=whole[-1].id) == []

    def test_of_drafts_ones_own_comes_first(self, desk: SmallDesk) -> None:
        ticket = desk.ticket()
        for tier in (1, 2, 3):
            operations.save_draft(actor=desk.actor(tier), ticket_id=ticket.pk, text=f"Draft {tier}")
        drafts = queries.drafts_of(desk.actor(2), ticket.pk)
        assert [(one.person, one.text) for one in drafts] == [(f"Agent {n}", f"Draft {n}") for n in (2, 1, 3)]


class TestOwnRequests:
    @pytest.mark.parametrize("limit", [1, 2, 3, 50])
    def test_every_request_is_on_one_page(self, desk: SmallDesk, limit: int) -> None:
        made = []
        for minute in (0, 0, 0, 1, 2):  # three at the same moment
            with clock.at(NOON + timedelta(minutes=minute)):
                made.append(desk.ticket(title=f"Request {len(made)}").pk)
        found = pages(desk.asking, "all", limit)
        assert [pk for page in found for pk in page] == sorted(made, reverse=True)
        assert all(len(page) == limit for page in found[:-1])

    def test_open_are_those_that_wait_for_a_yes_as_well(self, desk: SmallDesk) -> None:
        new, solved, closed = (desk.owned(title=title).pk for title in ("New", "Solved", "Closed"))
        for pk in (solved, closed):
            operations.resolve(actor=desk.actor(1), ticket_id=pk, resolution="Started again", text="It works.")
        operations.confirm(actor=desk.asking, ticket_id=closed)
        shown = {show: {pk for page in pages(desk.asking, show, 50) for pk in page} for show in queries.OWN}
        assert shown == {"open": {new, solved}, "solved": {solved, closed}, "all": {new, solved, closed}}

    def test_they_are_ones_own_alone(self, desk: SmallDesk) -> None:
        desk.ticket()
        assert queries.own_requests(desk.actor(1)) == ([], None)
        assert queries.own_requests(Actor(label="visitor")) == ([], None)
