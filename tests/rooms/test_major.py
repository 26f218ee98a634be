"""Major incidents against the real database: declared, kept up, stood down and reviewed."""

from datetime import date, timedelta

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.major import MACHINE, REASON, another, asked_by, declared, kinds
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.people.rules import Role
from tierline.desk.tickets.events import rebuild
from tierline.desk.tickets.models import Ticket
from tierline.ladder.major import operations, queries
from tierline.ladder.major.errors import AlreadyDeclared, NotDeclarable, ReviewIncomplete, WrongState
from tierline.ladder.major.models import MajorIncident, ReviewAction, Update
from tierline.ladder.major.rules import Criterion, Seat, Shown, State
from tierline.work.intake.models import OutboundMessage

pytestmark = pytest.mark.django_db
desk = held(small_desk)


@pytest.fixture
def major(desk: SmallDesk) -> MajorIncident:
    return declared(desk)


def seats(desk: SmallDesk, *, scribe: int | None = 2) -> dict[Seat, int | None]:
    return {
        Seat.COMMANDER: desk.lead.pk,
        Seat.COMMUNICATIONS: desk.agents[1].pk,
        Seat.SCRIBE: desk.agents[scribe].pk if scribe else None,
    }


# --- declaring ---


def test_it_is_declared_on_the_tickets_own_timeline(desk: SmallDesk) -> None:
    ticket = desk.ticket(service=desk.service, impact=1, urgency=1)
    major = operations.declare(actor=desk.leading, ticket_id=ticket.pk, seats=seats(desk), cadence=15)
    assert (major.state, major.criteria, major.reason) == (State.DECLARED, [Criterion.WIDE_AND_URGENT], "")
    assert (major.commander, major.communications_id, major.scribe_id) == (
        desk.lead,
        desk.agents[1].pk,
        desk.agents[2].pk,
    )
    assert major.public_title == "VPN: a disruption", "a requester's own words are not shown to the others"
    assert major.next_update_at == major.declared_at + timedelta(minutes=15)
    assert kinds(ticket.pk) == ["major.declared"]
    ticket.refresh_from_db()
    assert rebuild(TimelineEntry.objects.of("ticket", ticket.pk)) == ticket.state


def test_without_a_criterion_it_needs_a_reason(desk: SmallDesk) -> None:
    ticket = desk.ticket()
    with pytest.raises(NotDeclarable, match="Say why"):
        operations.declare(actor=desk.leading, ticket_id=ticket.pk, reason=" ")
    assert declared(desk, ticket).reason == REASON


def test_tickets_alike_and_their_people_are_counted(desk: SmallDesk) -> None:
    ticket = desk.ticket(title="The tunnel drops")
    for n in range(4):
        asked_by(another(f"person{n}"), "tunnel drops again")
    asked_by(another("other"), "Payroll shows wrong hours")
    reach = queries.reach(desk.leading, ticket)
    assert (reach.tickets, reach.people) == (5, 5)
    major = operations.declare(actor=desk.leading, ticket_id=ticket.pk)
    assert major.criteria == [Criterion.MANY_TICKETS, Criterion.MANY_PEOPLE]


def test_what_cannot_be_declared(desk: SmallDesk, major: MajorIncident) -> None:
    with pytest.raises(AlreadyDeclared):
        declared(desk, major.ticket)
    part = asked_by(another("part"))
    operations.attach(actor=desk.leading, major_id=major.pk, ticket_ids=[part.pk])
    with pytest.raises(AlreadyDeclared):
        declared(desk, part)
    with pytest.raises(Invalid, match="is an incident"):
        declared(desk, desk.ticket(kind="request"))
    with pytest.raises(Invalid, match="Updates come"):
        declared(desk, desk.ticket(), cadence=1)
    with pytest.raises(Invalid, match="Share them"):
        declared(desk, desk.ticket(), seats=dict.fromkeys(Seat, desk.lead.pk))
    with pytest.raises(Invalid, match="works on this desk"):
        declared(desk, desk.ticket(), seats={Seat.COMMANDER: desk.requester.pk})
    assert MajorIncident.objects.count() == 1


def test_who_may_not_declare_finds_nothing(desk: SmallDesk) -> None:
    ticket = desk.ticket()
    for actor in (desk.actor(1), desk.asking):
        with pytest.raises(NotFound):
            operations.declare(actor=actor, ticket_id=ticket.pk, reason=REASON)
    with pytest.raises(NotFound):
        operations.declare(actor=desk.leading, ticket_id=999_999, reason=REASON)


def test_every_verb_is_for_leaders_and_those_with_a_role(desk: SmallDesk, major: MajorIncident) -> None:
    plain, helper = desk.actor(3), desk.actor(1)
    for actor in (plain, desk.asking):
        with pytest.raises(NotFound):
            operations.update(actor=actor, major_id=major.pk, text="x", public=True)
        with pytest.raises(NotFound):
            operations.attach(actor=actor, major_id=major.pk, ticket_ids=[1])
        with pytest.raises(NotFound):
            operations.stand_down(actor=actor, major_id=major.pk, text="x", resolve_children=False)
        with pytest.raises(NotFound):
            operations.write_review(actor=actor, major_id=major.pk, happened="", contributing="", went_well="")
    with pytest.raises(NotFound):
        operations.update(actor=helper, major_id=major.pk, text="x", public=True)
    operations.set_roles(actor=desk.leading, major_id=major.pk, seats=seats(desk), cadence=30)
    assert operations.update(actor=helper, major_id=major.pk, text="We look.", public=True).written_by == "Agent 1"


def test_roles_and_cadence_change(desk: SmallDesk, major: MajorIncident) -> None:
    due = major.next_update_at
    changed = operations.set_roles(
        actor=desk.leading, major_id=major.pk, seats=seats(desk, scribe=None), cadence=major.cadence
    )
    assert (changed.scribe_id, changed.next_update_at) == (None, due), "the same cadence moves nothing"
    faster = operations.set_roles(actor=desk.leading, major_id=major.pk, seats=seats(desk), cadence=10)
    assert due is not None
    assert faster.next_update_at is not None
    assert faster.next_update_at < due
    with pytest.raises(Invalid):
        operations.set_roles(actor=desk.leading, major_id=major.pk, seats=seats(desk), cadence=0)
    assert kinds(major.ticket_id) == ["major.declared", "major.roles_set", "major.roles_set"]


def test_one_person_alone_holds_all_three(desk: SmallDesk) -> None:
    quiet = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    group = people.create_group(actor=SETUP, desk=quiet, key="hr-1", name="HR", tier=1)
    people.join_group(actor=SETUP, person_id=desk.lead.pk, group_id=group.pk)
    ticket = asked_by(desk.requester, "Payroll shows wrong hours", quiet)
    alone = dict.fromkeys(Seat, desk.lead.pk)
    major = operations.declare(actor=desk.leading, ticket_id=ticket.pk, reason=REASON, seats=alone)
    assert major.scribe_id == desk.lead.pk
    assert major.shown_to == Shown.AFFECTED, "a confidential desk tells nobody else"
    assert [one.pk for one in queries.able(quiet.pk)] == [desk.lead.pk]


# --- updates, and those that do not come ---


def test_each_update_sets_the_next_one_due(desk: SmallDesk, major: MajorIncident) -> None:
    with clock.at(major.declared_at + timedelta(minutes=20)):
        inside = operations.update(actor=desk.leading, major_id=major.pk, text="The pump is at fault.", public=False)
        assert inside.next_by == clock.now() + timedelta(minutes=30)
    with pytest.raises(Invalid, match="Say how"):
        operations.update(actor=desk.leading, major_id=major.pk, text=" \n", public=True)
    assert kinds(major.ticket_id) == ["major.declared", "major.updated"]


def test_a_missed_update_is_noticed_once_for_each_time(desk: SmallDesk, major: MajorIncident) -> None:
    start = major.declared_at
    with clock.at(start + timedelta(minutes=29)):
        jobs.drain()
        assert kinds(major.ticket_id) == ["major.declared"]
    with clock.at(start + timedelta(minutes=30)):
        jobs.drain()
        assert not operations.check_update(actor=MACHINE, major_id=major.pk), "a second look changes nothing"
        major.refresh_from_db()
    assert (major.missed, major.alarmed_for) == (1, start + timedelta(minutes=30))
    assert kinds(major.ticket_id) == ["major.declared", "major.update_missed"]
    told = OutboundMessage.objects.filter(purpose="notice")
    assert {one.recipient for one in told} == {"lead@desk.example"}
    assert {one.audience for one in told} == {"internal"}
    with clock.at(start + timedelta(minutes=61)):
        jobs.drain()
    assert kinds(major.ticket_id).count("major.update_missed") == 2, "silence goes on being told"


def test_words_in_time_move_the_alarm(desk: SmallDesk, major: MajorIncident) -> None:
    with clock.at(major.declared_at + timedelta(minutes=25)):
        operations.update(actor=desk.leading, major_id=major.pk, text="We look.", public=True)
    with clock.at(major.declared_at + timedelta(minutes=54)):
        jobs.drain()
    assert "major.update_missed" not in kinds(major.ticket_id)
    with clock.at(major.declared_at + timedelta(minutes=55)):
        jobs.drain()
    assert "major.update_missed" in kinds(major.ticket_id)


def test_mitigation_is_said_once(desk: SmallDesk, major: MajorIncident) -> None:
    with clock.at(major.declared_at + timedelta(minutes=40)):
        operations.mitigate(actor=desk.leading, major_id=major.pk, text="It works again by a detour.")
    with clock.at(major.declared_at + timedelta(minutes=50)):
        operations.mitigate(actor=desk.leading, major_id=major.pk, text="It holds.")
    major.refresh_from_db()
    assert (major.state, major.mitigated_at) == (State.MITIGATED, major.declared_at + timedelta(minutes=40))
    assert kinds(major.ticket_id).count("major.mitigated") == 1


# --- standing down ---


def test_standing_down_ends_the_alarm(desk: SmallDesk, major: MajorIncident) -> None:
    with pytest.raises(Invalid):
        operations.stand_down(actor=desk.leading, major_id=major.pk, text="", resolve_children=False)
    with clock.at(major.declared_at + timedelta(hours=2)):
        over = operations.stand_down(actor=desk.leading, major_id=major.pk, text="It is over.", resolve_children=False)
        assert (over.state, over.next_update_at) == (State.STOOD_DOWN, None)
    with clock.at(major.declared_at + timedelta(days=2)):
        jobs.drain()
        with pytest.raises(WrongState, match="stood down"):
            operations.update(actor=desk.leading, major_id=major.pk, text="x", public=True)
        with pytest.raises(WrongState):
            operations.stand_down(actor=desk.leading, major_id=major.pk, text="x", resolve_children=False)
    assert "major.update_missed" not in kinds(major.ticket_id)
    room = queries.room(desk.leading, major.pk)
    assert room.clock.stand_down is not None
    assert room.clock.stand_down >= 7200
    assert Ticket.objects.get(pk=major.ticket_id).is_open, "the ticket has its own solution"


# --- the review ---


@pytest.fixture
def over(desk: SmallDesk, major: MajorIncident) -> MajorIncident:
    return operations.stand_down(actor=desk.leading, major_id=major.pk, text="It is over.", resolve_children=False)


def agreed(desk: SmallDesk, over: MajorIncident, due_on: date) -> ReviewAction:
    return operations.agree_action(
        actor=desk.leading, major_id=over.pk, what="Watch the pump", owner_id=desk.agents[3].pk, due_on=due_on
    )


def test_a_review_closes_when_every_part_is_there(desk: SmallDesk, over: MajorIncident) -> None:
    lead = desk.leading
    with pytest.raises(ReviewIncomplete, match="what happened, contributing conditions, what went well, an action"):
        operations.close_review(actor=lead, major_id=over.pk)
    operations.write_review(
        actor=lead, major_id=over.pk, happened="The pump stopped.", contributing="No alarm.", went_well="The calm."
    )
    with pytest.raises(ReviewIncomplete, match="lacks an action"):
        operations.close_review(actor=lead, major_id=over.pk)
    action = agreed(desk, over, clock.now().date())
    closed = operations.close_review(actor=lead, major_id=over.pk)
    assert (closed.state, closed.happened) == (State.REVIEWED, "The pump stopped.")
    with pytest.raises(WrongState, match="is closed"):
        operations.close_review(actor=lead, major_id=over.pk)
    for _ in range(2):
        assert operations.finish_action(actor=lead, major_id=over.pk, action_id=action.pk).done_at is not None
    assert kinds(over.ticket_id)[-3:] == ["major.action_agreed", "major.reviewed", "major.action_done"]


def test_there_is_no_review_before_the_end(desk: SmallDesk, major: MajorIncident) -> None:
    with pytest.raises(WrongState, match="not over yet"):
        operations.write_review(actor=desk.leading, major_id=major.pk, happened="x", contributing="", went_well="")


def test_what_an_action_needs(desk: SmallDesk, over: MajorIncident) -> None:
    with pytest.raises(Invalid) as wrong:
        operations.agree_action(
            actor=desk.leading, major_id=over.pk, what=" ", owner_id=desk.requester.pk, due_on=date(2020, 1, 1)
        )
    assert set(wrong.value.fields) == {"what", "owner", "due_on"}
    with pytest.raises(NotFound):
        operations.finish_action(actor=desk.leading, major_id=over.pk, action_id=999_999)


def test_overdue_actions_are_brought_up_weekly_until_they_are_done(desk: SmallDesk, over: MajorIncident) -> None:
    today = clock.now()
    action = agreed(desk, over, today.date())
    counts = []
    for days in (0, 1, 2, 8):
        with clock.at(today + timedelta(days=days)):
            counts.append(operations.remind(actor=MACHINE))
    operations.finish_action(actor=desk.leading, major_id=over.pk, action_id=action.pk)
    with clock.at(today + timedelta(days=30)):
        counts.append(operations.remind(actor=MACHINE))
    assert counts == [0, 1, 0, 1, 0]
    assert kinds(over.ticket_id).count("major.action_overdue") == 2
    mailed = OutboundMessage.objects.filter(purpose="notice", recipient="agent3@desk.example")
    assert mailed.count() == 2


# --- reading ---


def test_the_room_is_for_those_who_see_the_desk(desk: SmallDesk, major: MajorIncident) -> None:
    assert queries.room(desk.actor(1), major.pk).major == major
    assert queries.of_ticket(desk.actor(1), major.ticket_id) == major
    for actor in (desk.asking,):
        with pytest.raises(NotFound):
            queries.room(actor, major.pk)
        assert queries.of_ticket(actor, major.ticket_id) is None
        assert queries.on_queue(actor) == []


def test_what_came_before_on_the_same_service_is_shown(desk: SmallDesk, over: MajorIncident) -> None:
    again = declared(desk)
    assert queries.room(desk.leading, again.pk).earlier == (over,)
    assert queries.on_queue(desk.leading) == [again]
    assert queries.active(desk.leading) == [again, over]


def test_an_erased_timeline_keeps_no_words(desk: SmallDesk, major: MajorIncident) -> None:
    operations.update(actor=desk.leading, major_id=major.pk, text="Ines found it.", public=False)
    entries = TimelineEntry.objects.of("ticket", major.ticket_id)
    erased = [one.payload.erase().to_data() for one in entries if one.kind.startswith("major.")]
    assert "Ines" not in str(erased)
    assert REASON not in str(erased)
    assert Update.objects.filter(major=major).count() == 1


def test_a_lead_of_one_desk_leads_there(desk: SmallDesk) -> None:
    person = people.create_person(
        actor=SETUP, email="part@desk.example", name="Part Lead", roles=[Role.REQUESTER], password="a long enough one"
    )
    assert person.pk not in queries.leads(desk.desk.pk)
    assert queries.leads(desk.desk.pk) == {desk.lead.pk}
