"""The queue: views, filters, honest counts, keyset pages, bulk verbs, the next ticket, a ticket from a call."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.support.console import text_of
from tests.support.web_world import WebWorld, confidential, signed_in
from tierline.core.kernel.actors import Actor
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.doors.web.console.pages.queue import filter_from

QUEUE = "/console/"


def shown(client: Client, query: str = "") -> list[int]:
    page = client.get(QUEUE + query)
    assert page.status_code == 200
    return [int(number) for number in re.findall(rb'name="ticket" value="(\d+)"', page.content)]


def test_visitors_sign_in_first(world: WebWorld, db: None, client: Client) -> None:
    answer = client.get(QUEUE)
    assert answer.status_code == 302
    assert "sign-in" in answer["Location"]


def test_a_requester_finds_nothing_here(world: WebWorld, db: None) -> None:
    assert signed_in(world.desk.requester).get(QUEUE).status_code == 404


def test_it_opens_with_the_tickets_of_ones_groups(world: WebWorld, tier2: Client) -> None:
    own = set(Ticket.objects.open().filter(group=world.desk.groups[2]).values_list("pk", flat=True))
    assert set(shown(tier2)) == own
    assert own


def test_the_gravest_come_first_then_the_oldest(world: WebWorld, tier2: Client) -> None:
    order = [(t.priority, t.opened_at) for t in map(Ticket.objects.in_bulk().get, shown(tier2, "?view=all")) if t]
    assert order == sorted(order)
    assert len(order) > 10


@pytest.mark.parametrize(
    ("view", "fits"),
    [
        ("mine", lambda t, w: t.assignee_id == w.desk.agents[2].pk),
        ("unassigned", lambda t, _: t.assignee_id is None),
        ("waiting", lambda t, _: t.status == "waiting"),
        ("offered", lambda t, _: t.offered_tier is not None),
    ],
)
def test_a_view_shows_what_its_name_says(world: WebWorld, tier2: Client, view: str, fits) -> None:  # noqa: ANN001 - a predicate of ticket and world
    numbers = shown(tier2, f"?view={view}")
    assert numbers
    assert all(fits(ticket, world) for ticket in Ticket.objects.filter(pk__in=numbers))
    others = Ticket.objects.open().exclude(pk__in=numbers)
    assert not any(fits(ticket, world) for ticket in others)


def test_solved_tickets_have_their_own_view(world: WebWorld, tier2: Client) -> None:
    assert world.solved.pk in shown(tier2, "?view=resolved")
    assert world.solved.pk not in shown(tier2, "?view=all")


def test_filters_narrow_and_show_as_chips(world: WebWorld, tier2: Client) -> None:
    numbers = shown(tier2, "?view=all&tier=3")
    assert numbers
    assert set(Ticket.objects.filter(pk__in=numbers).values_list("tier", flat=True)) == {3}
    page = tier2.get(QUEUE + "?view=all&tier=3&priority=2").content.decode()
    assert 'aria-label="Remove filter Tier 3"' in page
    assert 'href="?view=all&amp;priority=2"' in page


def test_a_figure_opens_exactly_the_tickets_it_counts(world: WebWorld, tier2: Client) -> None:
    assert sorted(shown(tier2, f"?ids={world.asked.pk},{world.solved.pk}")) == sorted([world.asked.pk, world.solved.pk])


@pytest.mark.parametrize(
    "query", ["?view=nonsense", "?tier=x&group=%00&priority=9999999999999", "?after=broken", "?ids=,,a"]
)
def test_nonsense_in_the_address_is_no_error(world: WebWorld, tier2: Client, query: str) -> None:
    assert tier2.get(QUEUE + query).status_code == 200


def test_a_filter_reads_only_numbers() -> None:
    wanted = filter_from({"view": "all", "tier": "2", "group": "x", "ids": "1,b,3"})
    assert (wanted.view, wanted.tier, wanted.group_id, wanted.ids) == ("all", 2, None, (1, 3))


def test_pages_follow_each_other_without_gap_or_repeat(world: WebWorld, tier2: Client) -> None:
    for number in range(55):
        ticket = world.desk.ticket(title=f"Fault {number}")
        tickets.assign(actor=Actor.machine("routing"), ticket_id=ticket.pk, group_id=world.desk.groups[2].pk)
    everything, query = [], "?view=all"
    while query:
        page = tier2.get(QUEUE + query).content.decode()
        everything += [int(number) for number in re.findall(r'name="ticket" value="(\d+)"', page)]
        found = re.search(r'href="([^"]+)" rel="next"', page)
        query = found.group(1).replace("&amp;", "&") if found else ""
    assert sorted(everything) == sorted(Ticket.objects.open().values_list("pk", flat=True))
    assert len(everything) == len(set(everything))


def test_counts_are_said_with_each_view(world: WebWorld, tier2: Client) -> None:
    said = text_of(tier2.get(QUEUE))
    mine = Ticket.objects.open().filter(assignee=world.desk.agents[2]).count()
    assert f"Mine {mine}" in said
    assert f"All open {Ticket.objects.open().count()}" in said


def test_a_confidential_desk_does_not_exist_here(world: WebWorld, tier2: Client) -> None:
    secret = confidential(world.desk)
    assert secret.pk not in shown(tier2, "?view=all")
    assert secret.pk not in shown(tier2, f"?ids={secret.pk}")


def test_an_empty_view_teaches_the_next_action(world: WebWorld, db: None) -> None:
    page = text_of(signed_in(world.desk.administrator).get(QUEUE + "?view=mine"))
    assert "Nothing here" in page
    assert "New ticket" in page


def test_htmx_gets_the_rows_alone(world: WebWorld, tier2: Client) -> None:
    piece = tier2.get(QUEUE, headers={"HX-Request": "true"}).content.decode()
    assert 'class="queue"' in piece
    assert "<html" not in piece
    whole = tier2.get(QUEUE, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}).content.decode()
    assert "<html" in whole


class TestBulk:
    def test_take_gives_each_ticket_to_me(self, world: WebWorld, tier2: Client) -> None:
        free = [t.pk for t in Ticket.objects.open().filter(group=world.desk.groups[2], assignee=None)]
        assert len(free) > 1
        answer = tier2.post(
            "/console/bulk", {"ticket": free, "verb": "take", "next": QUEUE + "?view=mine"}, follow=True
        )
        assert f"Done for {len(free)} tickets." in text_of(answer)
        assert set(Ticket.objects.filter(pk__in=free).values_list("assignee_id", flat=True)) == {
            world.desk.agents[2].pk
        }

    def test_one_refusal_does_not_stop_the_others(self, world: WebWorld, tier2: Client) -> None:
        foreign = Ticket.objects.open().filter(group=world.desk.groups[1], assignee=None).first()
        own = Ticket.objects.open().filter(group=world.desk.groups[2], assignee=None).first()
        assert foreign is not None
        assert own is not None
        said = text_of(tier2.post("/console/bulk", {"ticket": [foreign.pk, own.pk], "verb": "take"}, follow=True))
        assert "You do not work in the group" in said
        assert "Done for 1 ticket." in said

    def test_urgency_and_group_for_all_of_them(self, world: WebWorld, tier2: Client) -> None:
        number = world.others[3].pk
        tier2.post("/console/bulk", {"ticket": [number], "verb": "urgency", "urgency": "1"})
        assert Ticket.objects.get(pk=number).urgency == 1
        tier2.post("/console/bulk", {"ticket": [number], "verb": "assign", "group": world.desk.groups[1].pk})
        assert Ticket.objects.get(pk=number).group_id == world.desk.groups[1].pk

    def test_a_group_above_is_refused_for_each(self, world: WebWorld, tier2: Client) -> None:
        number = world.others[3].pk
        form = {"ticket": [number], "verb": "assign", "group": world.desk.groups[3].pk}
        assert "Escalate it" in text_of(tier2.post("/console/bulk", form, follow=True))
        assert Ticket.objects.get(pk=number).group_id != world.desk.groups[3].pk

    def test_nothing_ticked_or_no_verb_is_said_not_done(self, world: WebWorld, tier2: Client) -> None:
        assert "No ticket was selected." in text_of(tier2.post("/console/bulk", {"verb": "take"}, follow=True))
        said = text_of(tier2.post("/console/bulk", {"ticket": [world.others[0].pk], "verb": "erase"}, follow=True))
        assert "Choose what to do" in said

    def test_it_never_redirects_to_a_foreign_site(self, world: WebWorld, tier2: Client) -> None:
        answer = tier2.post("/console/bulk", {"next": "https://evil.example/"})
        assert answer["Location"] == QUEUE


class TestNext:
    def test_ones_own_ticket_comes_first(self, world: WebWorld, tier2: Client) -> None:
        answer = tier2.get("/console/next")
        assert answer["Location"] == f"/console/tickets/{world.others[0].reference}"

    def test_then_one_that_nobody_has(self, world: WebWorld, tier2: Client) -> None:
        Ticket.objects.filter(assignee=world.desk.agents[2]).update(assignee=None)
        number = int(tier2.get("/console/next")["Location"].rpartition("-")[2])
        assert Ticket.objects.get(pk=number).group_id == world.desk.groups[2].pk

    def test_with_nothing_to_do_it_says_so(self, world: WebWorld, db: None) -> None:
        said = text_of(signed_in(world.desk.administrator).get("/console/next", follow=True))
        assert "Nothing waits for you." in said


class TestNewTicket:
    FORM = {
        "email": "Karl.Nowak@field.example",
        "name": "Karl Nowak",
        "kind": "incident",
        "channel": "phone",
        "title": "Scanner beeps all the time",
        "text": "He says it beeps since noon.",
    }

    def test_a_call_becomes_a_ticket_of_the_caller(self, world: WebWorld, tier1: Client) -> None:
        log = SimpleUploadedFile("scan.log", b"beep\n", content_type="text/plain")
        answer = tier1.post("/console/new", {**self.FORM, "attachments": log}, follow=True)
        assert answer.status_code == 200
        ticket = Ticket.objects.get(title="Scanner beeps all the time")
        assert (ticket.requester.name, ticket.channel) == ("Karl Nowak", "phone")
        assert ticket.attachments.get().name == "scan.log"
        assert f"{ticket.reference} is open." in text_of(answer)

    def test_a_gap_is_shown_at_its_field_and_nothing_typed_is_lost(self, world: WebWorld, tier1: Client) -> None:
        answer = tier1.post("/console/new", {**self.FORM, "email": "nobody", "title": ""})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert 'aria-invalid="true"' in page
        assert "He says it beeps since noon." in page
        assert not Ticket.objects.filter(requester__email="nobody").exists()

    def test_a_requester_cannot_use_the_agents_form(self, world: WebWorld, db: None) -> None:
        assert signed_in(world.desk.requester).post("/console/new", self.FORM).status_code == 404
