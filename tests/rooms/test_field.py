"""Visits and remote help: planned, moved, done, cancelled; told to whoever is concerned; on each of their pages."""

from datetime import timedelta
from typing import Any

import icalendar
import pytest
from django.db import IntegrityError, transaction

from tests.support.console import statements, text_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.web_world import signed_in
from tierline.core.kernel import clock, storage
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import ERASED, Audience
from tierline.desk.people import operations as people
from tierline.desk.people.models import Absence
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.errors import WrongState
from tierline.desk.tickets.models import Attachment, Message, Ticket
from tierline.work.field import events, operations, queries
from tierline.work.field.errors import Collides, VisitOver
from tierline.work.field.models import RemoteTool, Visit
from tierline.work.field.rules import UnknownValue

pytestmark = pytest.mark.django_db
desk = held(small_desk)
HOUR = timedelta(hours=1)
NOON = (clock.now() + timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0)


def planned(desk: SmallDesk, ticket: Ticket | None = None, **more: Any) -> Visit:
    given = {"place": "Building 4, room 12", "task": "Swap the switch.", "starts_at": NOON, "ends_at": NOON + HOUR}
    about = ticket or desk.owned()
    who = more.pop("technician_id", desk.agents[2].pk)
    return operations.plan_visit(actor=desk.actor(1), ticket_id=about.pk, technician_id=who, **(given | more))


def last(ticket_id: int, kind: str) -> TimelineEntry:
    return TimelineEntry.objects.of("ticket", ticket_id).filter(kind=kind).latest("seq")


def invitation(visit: Visit) -> Any:
    file = Attachment.objects.filter(message__ticket_id=visit.ticket_id).latest("pk")
    return icalendar.Calendar.from_ical(storage.read(file.blob_id))


def test_the_requester_is_told_in_their_zone_with_an_invitation(desk: SmallDesk) -> None:
    desk.requester.timezone = "Asia/Tokyo"
    desk.requester.save(update_fields=["timezone"])
    visit = planned(desk)
    said = Message.objects.filter(ticket_id=visit.ticket_id).latest("pk")
    assert said.audience == Audience.REQUESTER
    assert "21:00 to 22:00 (Asia/Tokyo)" in said.text
    assert "Building 4, room 12" in said.text
    assert "Swap the switch" not in said.text
    calendar = invitation(visit)
    (event,) = calendar.walk("VEVENT")
    assert (calendar["method"], event["status"], event["sequence"]) == ("REQUEST", "CONFIRMED", 0)
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (NOON, NOON + HOUR)
    assert last(visit.ticket_id, "field.visit_planned").audience == Audience.REQUESTER


def test_a_moved_visit_is_the_same_one_in_the_calendar(desk: SmallDesk) -> None:
    visit = planned(desk)
    before = invitation(visit).walk("VEVENT")[0]
    operations.move_visit(
        actor=desk.actor(1), visit_id=visit.pk, place="Hall 2", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR
    )
    after = invitation(visit).walk("VEVENT")[0]
    assert (before["uid"], 0, "Hall 2") == (after["uid"], before["sequence"], after["location"])
    assert after["sequence"] == 1
    assert last(visit.ticket_id, "field.visit_planned").data["moved"] is True


def test_a_cancelled_visit_leaves_the_calendar_with_the_reason(desk: SmallDesk) -> None:
    visit = planned(desk)
    operations.cancel_visit(actor=desk.actor(1), visit_id=visit.pk, reason="The part is late.")
    calendar = invitation(visit)
    assert (calendar["method"], calendar.walk("VEVENT")[0]["status"]) == ("CANCEL", "CANCELLED")
    assert "The part is late." in Message.objects.filter(ticket_id=visit.ticket_id).latest("pk").text


def test_what_was_done_stays_inside(desk: SmallDesk) -> None:
    visit = planned(desk)
    before = Message.objects.filter(ticket_id=visit.ticket_id).count()
    operations.complete_visit(actor=desk.actor(2), visit_id=visit.pk, outcome="Cable was cut; patched.")
    assert last(visit.ticket_id, "field.visit_done").audience == Audience.INTERNAL
    assert Message.objects.filter(ticket_id=visit.ticket_id).count() == before


def test_nobody_is_at_two_places(desk: SmallDesk) -> None:
    first = planned(desk)
    with pytest.raises(Collides) as other:
        planned(desk, starts_at=NOON + HOUR / 2, ends_at=NOON + 2 * HOUR)
    assert "another visit" in other.value.for_people()
    planned(desk, starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    planned(desk, technician_id=desk.agents[3].pk)
    with pytest.raises(Collides):
        operations.move_visit(
            actor=desk.actor(1), visit_id=first.pk, place="x", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR
        )
    later = NOON + HOUR / 4  # it does not collide with itself
    assert (
        operations.move_visit(
            actor=desk.actor(1), visit_id=first.pk, place="x", starts_at=later, ends_at=NOON + HOUR
        ).starts_at
        == later
    )


def test_nobody_who_is_away_is_sent(desk: SmallDesk) -> None:
    Absence.objects.create(person=desk.agents[2], starts_at=NOON - HOUR, ends_at=NOON + HOUR / 2, reason="leave")
    with pytest.raises(Collides) as away:
        planned(desk)
    assert "is away" in away.value.for_people()


def test_only_those_who_work_in_a_group_are_sent(desk: SmallDesk) -> None:
    for who in (desk.requester.pk, desk.administrator.pk, 10**9):
        with pytest.raises(Invalid):
            planned(desk, technician_id=who)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"place": " "}, "place"), ({"task": "\0"}, "task"), ({"ends_at": NOON}, "ends_at")],
)
def test_what_is_missing_is_named(desk: SmallDesk, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        planned(desk, **given)
    assert set(wrong.value.fields) == {field}
    assert not Visit.objects.exists()


def test_a_visit_is_over_once(desk: SmallDesk) -> None:
    visit = planned(desk)
    operations.complete_visit(actor=desk.actor(2), visit_id=visit.pk, outcome="Done.")
    for again in (
        lambda: operations.complete_visit(actor=desk.actor(2), visit_id=visit.pk, outcome="Again."),
        lambda: operations.cancel_visit(actor=desk.actor(2), visit_id=visit.pk, reason="No."),
        lambda: operations.move_visit(
            actor=desk.actor(2), visit_id=visit.pk, place="x", starts_at=NOON, ends_at=NOON + HOUR
        ),
    ):
        with pytest.raises(VisitOver):
            again()


def test_words_are_needed_to_end_it(desk: SmallDesk) -> None:
    visit = planned(desk)
    with pytest.raises(Invalid):
        operations.complete_visit(actor=desk.actor(2), visit_id=visit.pk, outcome=" ")
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(state="done", ended_at=NOON)


def test_a_solved_ticket_gets_no_visit_and_its_visit_can_still_end(desk: SmallDesk) -> None:
    visit = planned(desk)
    tickets.resolve(actor=desk.actor(1), ticket_id=visit.ticket_id, resolution="It came back by itself")
    with pytest.raises(WrongState):
        planned(desk, visit.ticket)
    before = Message.objects.filter(ticket_id=visit.ticket_id).count()
    operations.cancel_visit(actor=desk.actor(1), visit_id=visit.pk, reason="Solved.")
    assert Message.objects.filter(ticket_id=visit.ticket_id).count() == before


def test_another_desk_s_visits_are_not_there(desk: SmallDesk) -> None:
    visit = planned(desk)
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    Ticket.objects.filter(pk=visit.ticket_id).update(desk=hr)
    assert queries.agenda(desk.actor(1), clock.now()) == []
    with pytest.raises(NotFound):
        operations.cancel_visit(actor=desk.actor(1), visit_id=visit.pk, reason="x")
    with pytest.raises(NotFound):
        queries.visit(desk.actor(1), visit.pk)


def test_the_agenda_is_four_weeks_and_what_should_be_over(desk: SmallDesk) -> None:
    near = planned(desk)
    far = planned(desk, starts_at=NOON + timedelta(days=40), ends_at=NOON + timedelta(days=40) + HOUR)
    assert [one.pk for one in queries.agenda(desk.actor(1), clock.now())] == [near.pk]
    assert [one.pk for one in queries.agenda(desk.actor(1), NOON + timedelta(days=20))] == [near.pk, far.pk]


def test_requesters_see_their_own_next_visit_only(desk: SmallDesk) -> None:
    visit = planned(desk)
    other = people.create_person(actor=SETUP, email="o@field.example", name="O", roles=[Role.REQUESTER])
    found = queries.next_visit(desk.asking, visit.ticket_id)
    assert found is not None
    assert found.pk == visit.pk
    assert queries.next_visit(actor_for(other), visit.ticket_id) is None
    with pytest.raises(NotFound):
        queries.visits_of(desk.asking, visit.ticket_id)


@pytest.mark.parametrize(
    "event",
    [
        events.VisitPlanned(visit_id=1, technician="T", place="Home", starts_at="", ends_at=""),
        events.VisitDone(visit_id=1, outcome="words"),
        events.VisitCancelled(visit_id=1, reason="words"),
    ],
)
def test_erasing_takes_the_words(event: Any) -> None:
    assert ERASED in event.erase().to_data().values()


# --- remote help


def tool(**more: str) -> RemoteTool:
    given = {"name": "Bridge", "template": "https://help.example/s?t={ticket}&h={fact.host}"}
    return operations.add_tool(actor=SETUP, **(given | more))


def test_a_session_is_opened_and_told(desk: SmallDesk) -> None:
    ticket = desk.owned(facts={"host": "lab 7/\N{GREEK SMALL LETTER BETA}"})
    address = operations.open_remote(actor=desk.actor(1), ticket_id=ticket.pk, tool_id=tool().pk)
    assert address == f"https://help.example/s?t={ticket.reference}&h=lab%207%2F%CE%B2"
    assert last(ticket.pk, "field.remote_opened").data == {"tool": "Bridge"}


def test_without_the_fact_nothing_is_opened(desk: SmallDesk) -> None:
    ticket = desk.owned()
    with pytest.raises(UnknownValue):
        operations.open_remote(actor=desk.actor(1), ticket_id=ticket.pk, tool_id=tool().pk)
    assert not TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="field.remote_opened").exists()


def test_who_sets_tools_up(desk: SmallDesk) -> None:
    with pytest.raises(NotFound):
        operations.add_tool(actor=desk.leading, name="x", template="https://x.example/")
    made = tool()
    with pytest.raises(Invalid):
        tool()
    with pytest.raises(NotFound):
        operations.remove_tool(actor=desk.actor(1), tool_id=made.pk)
    operations.remove_tool(actor=SETUP, tool_id=made.pk)
    with pytest.raises(NotFound):
        operations.remove_tool(actor=SETUP, tool_id=made.pk)


# --- the pages


def form(desk: SmallDesk, **more: str) -> dict[str, str]:
    given = {
        "technician": str(desk.agents[2].pk),
        "place": "Hall 2",
        "task": "Swap it.",
        "starts_at": f"{NOON:%Y-%m-%dT%H:%M}",
        "ends_at": f"{NOON + HOUR:%Y-%m-%dT%H:%M}",
    }
    return given | more


def test_a_visit_from_plan_to_done_on_the_pages(desk: SmallDesk) -> None:
    ticket, agent, asking = desk.owned(), signed_in(desk.agents[1]), signed_in(desk.requester)
    at = f"/console/tickets/{ticket.reference}"
    offered = text_of(agent.get(f"{at}/field"))
    assert "Nobody was sent there yet." in offered
    assert "Agent 3" in offered
    assert desk.administrator.name not in offered
    assert "Agent 2 goes there" in text_of(agent.post(f"{at}/visit", form(desk), follow=True))
    visit = Visit.objects.get()
    assert visit.starts_at == NOON
    assert "Hall 2" in text_of(agent.get("/console/visits"))
    assert "Agent 2 comes to you" in text_of(asking.get(f"/requests/{ticket.reference}"))
    assert "A visit is planned: Agent 2, Hall 2" in text_of(agent.get(at))
    moved = {"place": "Hall 3", "starts_at": form(desk)["starts_at"], "ends_at": form(desk)["ends_at"]}
    assert "It is moved" in text_of(agent.post(f"/console/visits/{visit.pk}/move", moved, follow=True))
    assert "from when to when" in text_of(agent.post(f"/console/visits/{visit.pk}/move", {}, follow=True))
    assert "what was not" in text_of(agent.post(f"/console/visits/{visit.pk}/done", {}, follow=True))
    done = text_of(agent.post(f"/console/visits/{visit.pk}/done", {"words": "Patched."}, follow=True))
    assert "Patched." in done
    assert "Nobody is on the way" in text_of(agent.get("/console/visits"))
    assert "does not suit you" not in text_of(asking.get(f"/requests/{ticket.reference}"))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"place": ""}, "required"),
        ({"technician": "x"}, "valid choice"),
        ({"starts_at": "tomorrow"}, "valid date"),
        ({"ends_at": f"{NOON:%Y-%m-%dT%H:%M}"}, "ends after it begins"),
    ],
)
def test_what_is_typed_wrong_is_said_and_kept(desk: SmallDesk, more: dict[str, str], words: str) -> None:
    page = signed_in(desk.agents[1]).post(f"/console/tickets/{desk.owned().reference}/visit", form(desk, **more))
    assert page.status_code == 422
    assert words in text_of(page)
    assert "Swap it." in page.content.decode()


def test_a_collision_is_said_on_the_page(desk: SmallDesk) -> None:
    planned(desk)
    page = signed_in(desk.agents[1]).post(f"/console/tickets/{desk.owned().reference}/visit", form(desk))
    assert "has another visit then" in text_of(page)


def test_a_verb_that_is_none(desk: SmallDesk) -> None:
    assert signed_in(desk.agents[1]).post(f"/console/visits/{planned(desk).pk}/erase").status_code == 404


def test_a_session_from_the_page(desk: SmallDesk) -> None:
    ticket, agent, made = desk.owned(), signed_in(desk.agents[1]), tool()
    at = f"/console/tickets/{ticket.reference}/remote/{made.pk}"
    assert "does not say its host" in text_of(agent.post(at))
    tickets.record_facts(actor=desk.actor(1), ticket_id=ticket.pk, facts={"host": "lab-7"})
    page = agent.post(at).content.decode()
    assert (
        f'href="https://help.example/s?t={ticket.reference}&amp;h=lab-7" target="_blank" rel="noopener noreferrer"'
        in page
    )


def test_tools_are_set_up_on_a_page(desk: SmallDesk) -> None:
    admin = signed_in(desk.administrator)
    bad = admin.post("/setup/remote", {"name": "Bad", "template": "javascript:alert(1)"})
    assert bad.status_code == 422
    assert "It begins with one of" in text_of(bad)
    given = {"name": "Bridge", "template": "https://help.example/{ticket}?h={fact.host}"}
    assert "is offered on every open ticket" in text_of(admin.post("/setup/remote", given, follow=True))
    assert "https://help.example/INC-20418?h=host" in text_of(admin.get("/setup/remote"))
    removed = admin.post(f"/setup/remote/{RemoteTool.objects.get().pk}/remove", follow=True)
    assert "no longer offered" in text_of(removed)
    assert signed_in(desk.lead).get("/setup/remote").status_code == 404


def test_the_pages_cost_few_statements(desk: SmallDesk) -> None:
    ticket = desk.owned()
    for hours in (0, 2, 4):
        planned(desk, ticket, starts_at=NOON + hours * HOUR, ends_at=NOON + (hours + 1) * HOUR)
    agent = signed_in(desk.agents[1])
    for address in ("/console/visits", f"/console/tickets/{ticket.reference}/field"):
        _page, sent = statements(agent, address)
        assert sent <= 8, address
