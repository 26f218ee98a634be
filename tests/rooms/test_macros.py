"""Macros on real tickets: who may write and see them, one transaction, the version that was seen, and many at once."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.support.desk import SETUP, SmallDesk, small_desk
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import ChangedMeanwhile, Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.work.workflows import operations, queries
from tierline.work.workflows.errors import InternalWords, NotOffered
from tierline.work.workflows.models import ActionRun, Macro, MacroBatchTicket
from tierline.work.workflows.operations import Sent
from tierline.work.workflows.rules.macros import Then

pytestmark = pytest.mark.django_db
REPLY = "Dear {first_name},\nplease switch off roaming ({reference}: {title}).\n{agent}, {group}\n{portal_link}"
NOTE = "Known since the May release; ask for the client log."


@dataclass(frozen=True)
class World:
    desk: SmallDesk
    ticket: Ticket
    hr: Desk
    hr_agent: Person
    macro: Macro


@pytest.fixture(scope="module")
def world(held_database: None) -> World:
    desk = small_desk()
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    group = people.create_group(actor=SETUP, desk=hr, key="hr-1", name="HR office", tier=1)
    agent = people.create_person(actor=SETUP, email="hr@desk.example", name="Hanna Reis", roles=[Role.AGENT])
    people.join_group(actor=SETUP, person_id=agent.pk, group_id=group.pk)
    return World(desk, desk.owned(1), hr, agent, written(desk, "Roaming", reply=REPLY, note=NOTE))


@pytest.fixture
def desk(world: World) -> SmallDesk:
    return world.desk


@pytest.fixture
def ticket(world: World) -> Ticket:
    return Ticket.objects.get(pk=world.ticket.pk)


@pytest.fixture
def hr(world: World) -> Actor:
    return actor_for(Person.objects.get(pk=world.hr_agent.pk))


def written(desk: SmallDesk, name: str, **parts: Any) -> Macro:
    return operations.write_macro(actor=SETUP, desk_id=desk.desk.pk, name=name, **parts)


def applied(desk: SmallDesk, ticket: Ticket, macro: Macro, **parts: Any) -> Ticket:
    return operations.apply_macro(actor=desk.actor(1), ticket_id=ticket.pk, macro_id=macro.pk, **parts)


def said(ticket: Ticket) -> list[tuple[str, str]]:
    return list(Message.objects.filter(ticket=ticket).order_by("pk").values_list("audience", "text"))[1:]


def kinds(ticket: Ticket) -> list[str]:
    return [one.kind for one in TimelineEntry.objects.of("ticket", ticket.pk)]


# --- writing them


def test_an_edit_makes_a_version_and_the_old_one_stays(desk: SmallDesk, world: World) -> None:
    newer = written(desk, "Roaming", reply="Shorter.")
    assert (newer.version, newer.written_by) == (2, "set-up")
    assert [one.version for one in queries.macro_versions(SETUP, newer)] == [2, 1]
    assert not Macro.objects.get(pk=world.macro.pk).active
    with pytest.raises(IntegrityError), transaction.atomic():
        Macro.objects.filter(pk=world.macro.pk).update(active=True)


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"reply": "{nobody}"}, "reply"),
        ({"note": "{nobody}"}, "note"),
        ({}, "reply"),
        ({"steps": {"service": "no-such"}}, "service"),
        ({"steps": {"group": "hr-1"}}, "group"),  # of another desk
        ({"reply": "x", "groups": [10**9]}, "groups"),
        ({"steps": {"actions": [{"action": "explode", "params": {}}]}}, "actions"),
        ({"steps": {"actions": [{"action": "set_fact", "params": {"key": "Bad Key", "value": "x"}}]}}, "actions"),
        ({"reply": "x", "conditions": [{"field": "event.x", "operator": "is_set"}]}, "conditions"),
        ({"reply": "x", "conditions": [{"field": "tier", "operator": "at_least", "value": "much"}]}, "conditions"),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_written(desk: SmallDesk, parts: dict[str, Any], field: str) -> None:
    before = Macro.objects.count()
    with pytest.raises(Invalid) as refused:
        written(desk, "Wrong", **parts)
    assert field in refused.value.fields
    assert Macro.objects.count() == before


def test_desk_macros_ask_for_the_right_and_personal_ones_do_not(desk: SmallDesk, world: World, hr: Actor) -> None:
    for actor in (desk.actor(1), desk.leading, desk.asking, hr):
        with pytest.raises(NotFound):
            operations.write_macro(actor=actor, desk_id=desk.desk.pk, name="Mine?", reply="x")
    editor = people.create_person(
        actor=SETUP, email="editor@desk.example", name="Eda Ito", roles=[Role.AUTOMATION_EDITOR]
    )
    assert operations.write_macro(actor=actor_for(editor), desk_id=desk.desk.pk, name="E", reply="x").owner_id is None
    own = operations.write_macro(actor=desk.actor(1), desk_id=desk.desk.pk, name="Roaming", reply="x", personal=True)
    assert (own.version, own.owner_id) == (1, desk.agents[1].pk)  # beside the desk's of the same name
    for actor in (desk.asking, Actor.machine("x"), actor_for(editor)):
        with pytest.raises(NotFound):
            operations.write_macro(actor=actor, desk_id=desk.desk.pk, name="Mine", reply="x", personal=True)


def test_out_of_use_and_back(desk: SmallDesk, ticket: Ticket, world: World) -> None:
    operations.retire_macro(actor=SETUP, macro_id=world.macro.pk)
    assert queries.macros_offered(desk.actor(1), ticket.pk) == []
    assert [row.macro.pk for row in queries.macros_arranged(SETUP, desk.desk.pk, active=False)] == [world.macro.pk]
    with pytest.raises(NotFound):
        applied(desk, ticket, world.macro)
    operations.revive_macro(actor=SETUP, macro_id=world.macro.pk)
    assert [one.id for one in queries.macros_offered(desk.actor(1), ticket.pk)] == [world.macro.pk]
    for verb in (operations.retire_macro, operations.revive_macro):
        with pytest.raises(NotFound):
            verb(actor=desk.actor(1), macro_id=world.macro.pk)


# --- who sees them, and where they are offered


def test_a_macro_of_a_confidential_desk_does_not_exist_for_others(
    desk: SmallDesk, ticket: Ticket, world: World, hr: Actor
) -> None:
    secret = operations.write_macro(actor=SETUP, desk_id=world.hr.pk, name="Warning letter", reply="Dear {name}")
    assert [one.name for one in queries.macros_offered(desk.actor(1), ticket.pk)] == ["Roaming"]
    for actor in (desk.actor(1), desk.leading):
        with pytest.raises(NotFound):
            queries.preview_macro(actor, ticket.pk, secret.pk)
        with pytest.raises(NotFound):
            operations.apply_macro(actor=actor, ticket_id=ticket.pk, macro_id=secret.pk)
        with pytest.raises(NotFound):
            operations.apply_macro_to_many(actor=actor, ticket_ids=[ticket.pk], macro_id=secret.pk)
        with pytest.raises(NotFound):
            queries.macro(actor, secret.pk)
    theirs = tickets.assign(
        actor=Actor.machine("routing"), ticket_id=desk.owned(1).pk, group_id=world.hr_agent.groups.get().pk
    )
    assert [one.name for one in queries.macros_offered(hr, theirs.pk)] == ["Warning letter"]
    with pytest.raises(NotFound):
        queries.macros_offered(desk.actor(1), theirs.pk)
    with pytest.raises(NotFound):  # a macro of another desk, on a ticket that one does see
        operations.apply_macro(actor=hr, ticket_id=theirs.pk, macro_id=world.macro.pk)


def test_a_personal_one_is_nobody_elses(desk: SmallDesk, ticket: Ticket, world: World) -> None:
    own = operations.write_macro(actor=desk.actor(1), desk_id=desk.desk.pk, name="My way", reply="Hi", personal=True)
    assert [(one.name, one.personal) for one in queries.macros_offered(desk.actor(1), ticket.pk)] == [
        ("My way", True),
        ("Roaming", False),
    ]
    assert [row.macro.pk for row in queries.own_macros(desk.actor(1))] == [own.pk]
    assert queries.own_macros(desk.actor(2)) == []
    for actor in (desk.actor(2), desk.leading, SETUP, desk.asking):
        with pytest.raises(NotFound):
            queries.macro(actor, own.pk)
        with pytest.raises(NotFound):
            operations.apply_macro(actor=actor, ticket_id=ticket.pk, macro_id=own.pk)
    assert own not in [row.macro for row in queries.macros_arranged(SETUP, desk.desk.pk)]
    applied(desk, ticket, own)
    told = TimelineEntry.objects.get(subject_id=ticket.pk, kind="macro.applied")
    assert told.data["name"] == ""  # colleagues see that there was one, and not what it is called


def test_it_is_for_its_groups_and_where_its_conditions_hold(desk: SmallDesk, ticket: Ticket) -> None:
    written(desk, "Specialists", reply="x", groups=[desk.groups[2].pk])
    narrow = written(desk, "Oslo", reply="x", conditions=[{"field": "fact.site", "operator": "is", "value": "oslo"}])
    climbs = written(desk, "Up", steps={"group": "tier-2"})
    names = [one.name for one in queries.macros_offered(desk.actor(1), ticket.pk)]
    assert names == ["Roaming"]
    assert "Specialists" in [one.name for one in queries.macros_offered(desk.actor(2), ticket.pk)]
    for macro in (narrow, climbs):
        with pytest.raises(NotOffered):
            applied(desk, ticket, macro)
        with pytest.raises(NotFound):
            queries.preview_macro(desk.actor(1), ticket.pk, macro.pk)
    tickets.record_facts(actor=desk.actor(1), ticket_id=ticket.pk, facts={"site": "Oslo"})
    assert [one.name for one in queries.macros_offered(desk.actor(1), ticket.pk)] == ["Oslo", "Roaming"]
    assert [one.name for one in queries.macros_offered(desk.actor(1), ticket.pk, "switch OFF")] == ["Roaming"]
    assert queries.macros_offered(desk.actor(1), ticket.pk, "%_\\ {x}") == []


# --- what it says


def test_places_hold_what_the_requester_may_know(desk: SmallDesk, ticket: Ticket, world: World) -> None:
    shown = queries.preview_macro(desk.actor(1), ticket.pk, world.macro.pk)
    assert shown.reply == (
        f"Dear Ines,\nplease switch off roaming ({ticket.reference}: VPN drops).\nAgent, Frontline\n"
        f"http://127.0.0.1:8420/requests/{ticket.reference}"
    )
    assert shown.note == NOTE


def test_hostile_names_and_titles_stay_words(desk: SmallDesk) -> None:
    hostile = "{agent} {{7*7}} {portal_link.__class__} %(x)s <b>"
    ticket = desk.owned(1, title=hostile)
    Person.objects.filter(pk=desk.requester.pk).update(name="{title} {note}")
    macro = written(desk, "Hostile", reply="{name}|{title}|{first_name}")
    applied(desk, ticket, macro)
    assert said(ticket) == [("requester", f"{{title}} {{note}}|{hostile}|{{title}}")]


def test_reply_and_note_go_their_own_ways(desk: SmallDesk, ticket: Ticket, world: World) -> None:
    applied(desk, ticket, world.macro)
    (inside, note), (outside, reply) = said(ticket)
    assert (inside, note, outside) == ("internal", NOTE, "requester")
    assert reply.startswith("Dear Ines")
    assert kinds(ticket)[-3:] == ["macro.applied", "ticket.note_added", "ticket.replied"]
    told = TimelineEntry.objects.get(subject_id=ticket.pk, kind="macro.applied")
    assert told.audience == "internal"
    assert told.data == {"macro_id": world.macro.pk, "name": "Roaming", "version": 1}


def test_what_the_agent_made_of_it_is_what_is_sent(desk: SmallDesk, ticket: Ticket, world: World) -> None:
    applied(desk, ticket, world.macro, sent=Sent(reply="Ring me, {first_name}.", note="", then=Then.WAIT))
    assert said(ticket) == [("requester", "Ring me, {first_name}.")]  # typed words are no places
    assert Ticket.objects.get(pk=ticket.pk).status == "waiting"


@pytest.mark.parametrize(
    "reply", [NOTE, f"Hi!\n{NOTE.upper()}", "known since  the May release;\task for the client log."]
)
def test_a_line_of_the_note_is_never_sent(desk: SmallDesk, ticket: Ticket, world: World, reply: str) -> None:
    with pytest.raises(InternalWords, match="Nothing was sent"):
        applied(desk, ticket, world.macro, sent=Sent(reply=reply))
    assert said(ticket) == []
    assert "macro.applied" not in kinds(ticket)


def test_a_resolution_comes_from_public_words_only(desk: SmallDesk, ticket: Ticket) -> None:
    macro = written(desk, "Done", reply="It works again.", note=NOTE, steps={"then": "resolve", "code": "workaround"})
    applied(desk, ticket, macro)
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.status, now.resolution_code, now.resolution) == ("resolved", "workaround", "It works again.")
    file = NewAttachment(name="how.txt", content_type="text/plain", content=b"Steps")
    other = desk.owned(1)
    applied(desk, other, macro, attachments=[file])
    assert [(m.audience, m.attachments.count()) for m in Message.objects.filter(ticket=other).order_by("pk")][1:] == [
        ("internal", 0),
        ("requester", 1),
    ]
    assert Ticket.objects.get(pk=other.pk).status == "resolved"


# --- what it does


def test_every_step_is_done(desk: SmallDesk, ticket: Ticket) -> None:
    steps = {
        "then": "wait",
        "impact": 2,
        "urgency": 1,
        "service": "vpn",
        "facts": {"roaming": "on"},
        "group": "tier-1",
        "actions": [{"action": "set_fact", "params": {"key": "site", "value": "Oslo"}}],
    }
    macro = written(desk, "All", steps=steps)
    applied(desk, ticket, macro)
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.impact, now.urgency, now.priority, now.service_id) == (2, 1, 2, desk.service.pk)
    assert (now.status, now.waiting_for, now.facts) == ("waiting", "requester", {"roaming": "on"})
    assert (now.group_id, now.assignee_id) == (desk.groups[1].pk, None)
    assert ActionRun.objects.get(ticket=ticket).asked_by_id == desk.agents[1].pk
    jobs.drain()
    assert Ticket.objects.get(pk=ticket.pk).facts == {"roaming": "on", "site": "Oslo"}


def test_one_refused_step_undoes_all(desk: SmallDesk, ticket: Ticket) -> None:
    macro = written(desk, "Half", reply="Hello there", note="A note", steps={"urgency": 1, "facts": {"a": "b"}})
    tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Done")
    before = kinds(ticket)
    with pytest.raises(Exception, match="resolved"):
        applied(desk, ticket, macro)
    assert kinds(ticket) == before
    assert said(ticket) == []


def test_what_came_meanwhile_is_seen_first(desk: SmallDesk, ticket: Ticket, world: World) -> None:
    tickets.add_note(actor=desk.actor(2), ticket_id=ticket.pk, text="Stop")
    with pytest.raises(ChangedMeanwhile):
        applied(desk, ticket, world.macro, seen_version=ticket.version)
    assert "macro.applied" not in kinds(ticket)
    applied(desk, ticket, world.macro, seen_version=Ticket.objects.get(pk=ticket.pk).version)


def test_observers_and_requesters_use_none(desk: SmallDesk, ticket: Ticket, world: World) -> None:
    observer = people.create_person(actor=SETUP, email="o@desk.example", name="O", roles=[Role.OBSERVER])
    for actor in (actor_for(observer), desk.asking):
        with pytest.raises(NotFound):
            operations.apply_macro(actor=actor, ticket_id=ticket.pk, macro_id=world.macro.pk)
        with pytest.raises(NotFound):
            queries.macros_offered(actor, ticket.pk)


# --- counted


def test_uses_are_counted_over_versions_for_ninety_days(desk: SmallDesk, ticket: Ticket, world: World) -> None:
    with clock.at(clock.now() - timedelta(days=91)):
        applied(desk, desk.owned(1), world.macro)
    applied(desk, ticket, world.macro)
    newer = written(desk, "Roaming", reply="Shorter.")
    applied(desk, ticket, newer)
    written(desk, "Unused", reply="x", groups=[desk.groups[1].pk])
    rows = queries.macros_arranged(SETUP, desk.desk.pk)
    assert [(row.macro.name, row.uses, row.groups) for row in rows] == [
        ("Roaming", 2, ()),
        ("Unused", 0, ("Frontline",)),
    ]


# --- many at once


def test_each_of_many_for_itself_with_refusals_listed(desk: SmallDesk, ticket: Ticket, world: World) -> None:
    solved = desk.owned(1)
    tickets.resolve(actor=desk.actor(1), ticket_id=solved.pk, resolution="Done")
    macro = written(desk, "Wait", reply="Please answer, {first_name}", steps={"then": "wait", "urgency": 3})
    batch = operations.apply_macro_to_many(
        actor=desk.actor(1), ticket_ids=[ticket.pk, solved.pk, 10**9], macro_id=macro.pk
    )
    found, rows = queries.batch(desk.actor(1), batch.pk)
    assert found == batch
    assert [(row.ticket_id, row.state) for row in rows] == [(ticket.pk, "done"), (solved.pk, "refused")]
    assert "Reopen it first" in rows[1].why
    assert said(solved) == []
    with pytest.raises(NotFound):
        queries.batch(desk.actor(2), batch.pk)
    with pytest.raises(Invalid):
        operations.apply_macro_to_many(actor=desk.actor(1), ticket_ids=[10**9], macro_id=macro.pk)


@pytest.fixture
def many(desk: SmallDesk, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """More tickets than are done while somebody waits."""
    monkeypatch.setattr("tierline.work.workflows.operations.macros.AT_ONCE", 1)
    made = [desk.owned(1).pk for _ in range(2)]
    jobs.drain()
    return made


def test_a_long_batch_is_done_by_jobs_and_each_ticket_once(desk: SmallDesk, many: list[int]) -> None:
    macro = written(desk, "Hello", reply="Hello {first_name}")
    shown, rows = queries.batch_preview(desk.actor(1), many, macro.pk)
    assert shown is not None
    assert {row.reply for row in rows} == {"Hello Ines"}
    batch = operations.apply_macro_to_many(actor=desk.actor(1), ticket_ids=many, macro_id=macro.pk)
    assert {row.state for row in queries.batch(desk.actor(1), batch.pk)[1]} == {"waiting"}
    jobs.drain()
    assert {row.state for row in queries.batch(desk.actor(1), batch.pk)[1]} == {"done"}
    for row in MacroBatchTicket.objects.filter(batch=batch):
        operations.go_on_with_batch(actor=Actor.machine("workflows"), batch_ticket_id=row.pk)
    assert Message.objects.filter(ticket_id__in=many, direction="out").count() == 2


def test_the_preview_of_many_touches_nothing_and_names_what_is_left_out(desk: SmallDesk, ticket: Ticket) -> None:
    other = desk.owned(1, facts={"site": "Oslo"})
    macro = written(desk, "Oslo", reply="x", conditions=[{"field": "fact.site", "operator": "is", "value": "Oslo"}])
    shown, rows = queries.batch_preview(desk.actor(1), [ticket.pk, other.pk], macro.pk)
    assert shown is not None
    assert [row.state for row in rows] == ["refused", "waiting"]
    assert queries.macros_for_many(desk.actor(1), [ticket.pk])[0].name == "Oslo"
    assert "macro.applied" not in kinds(other)


def test_the_rights_of_today_count_when_a_job_goes_on(desk: SmallDesk, many: list[int]) -> None:
    macro = written(desk, "Hello", reply="Hello")
    batch = operations.apply_macro_to_many(actor=desk.actor(1), ticket_ids=many, macro_id=macro.pk)
    Person.objects.filter(pk=desk.agents[1].pk).update(roles=[Role.REQUESTER])
    jobs.drain()
    assert set(MacroBatchTicket.objects.filter(batch=batch).values_list("state", flat=True)) == {"refused"}


def test_a_machine_has_no_macros(desk: SmallDesk, ticket: Ticket, world: World) -> None:
    with pytest.raises(NotFound):
        operations.apply_macro(actor=Actor.machine("x"), ticket_id=ticket.pk, macro_id=world.macro.pk)
