"""Rules tried on past tickets, who may change them, who is told when nobody was there, a certificate at midnight."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.people import operations as people
from tierline.desk.people.models import Absence, Certificate, Person, PersonSkill, Skill
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.intake.models import OutboundMessage
from tierline.work.routing import operations, queries
from tierline.work.routing.models import Forecast, LearnedModel, RoutingRule
from tierline.work.routing.queries import Draft

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("routing")
NOON = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)

desk = held(small_desk)


def editor(desk: SmallDesk, role: Role = Role.AUTOMATION_EDITOR) -> Actor:
    made = people.create_person(actor=SETUP, email=f"{role.value}@d.example", name="Erin", roles=[Role.REQUESTER])
    people.set_desk_roles(actor=SETUP, person_id=made.pk, desk_id=desk.desk.pk, roles=[role])
    return actor_for(Person.objects.get_queryset().get(pk=made.pk))


def rule(desk: SmallDesk, name: str = "network", **more: object) -> RoutingRule:
    values = {"words": ["tunnel"], "service_id": desk.service.pk, **more}
    return operations.write_rule(actor=SETUP, desk_id=desk.desk.pk, name=name, **values)  # type: ignore[arg-type]  # what the verb takes


# --- trying


def test_a_rule_is_tried_on_past_tickets_without_touching_them(desk: SmallDesk) -> None:
    moving, other = desk.ticket("The tunnel is closed"), desk.ticket("Mouse clicks twice", "Often.")
    draft = Draft(name="network", words=("tunnel",), service_id=desk.service.pk)
    trial = queries.tried_on_past(editor(desk), desk.desk.pk, draft)
    assert trial.total == 2
    (moved,) = trial.moved
    assert (moved.reference, moved.before.service, moved.after.service) == (moving.reference, "", "VPN")
    assert "rule “network” found “tunnel”" in moved.because
    assert not RoutingRule.objects.exists()
    assert Ticket.objects.get(pk=other.pk).service is None


def test_an_edit_is_judged_against_the_rule_it_replaces(desk: SmallDesk) -> None:
    rule(desk)
    desk.ticket("The tunnel is closed")
    same = Draft(name="network", words=("tunnel",), service_id=desk.service.pk)
    assert queries.tried_on_past(administrator(desk), desk.desk.pk, same).moved == ()
    without = queries.tried_on_past(administrator(desk), desk.desk.pk, Draft(name="network"))
    assert [one.before.service for one in without.moved] == ["VPN"]
    assert without.moved[0].after.service == ""


def administrator(desk: SmallDesk) -> Actor:
    return actor_for(Person.objects.get_queryset().get(pk=desk.administrator.pk))


def test_what_triage_or_people_chose_since_does_not_hide_what_a_rule_would_do(desk: SmallDesk) -> None:
    """The service that a ticket has now is not the one it was opened with."""
    other = catalogue.create_service(actor=SETUP, desk=desk.desk, key="mail", name="Mailbox")
    ticket = desk.ticket("The tunnel is closed")
    tickets.classify(actor=desk.leading, ticket_id=ticket.pk, service_id=other.pk)
    named = desk.ticket("The tunnel again", service=other)
    draft = Draft(name="network", words=("tunnel",), service_id=desk.service.pk)
    trial = queries.tried_on_past(editor(desk), desk.desk.pk, draft)
    assert [one.reference for one in trial.moved] == [ticket.reference]
    assert named.reference not in {one.reference for one in trial.moved}


def test_a_rule_to_a_group_moves_tickets_too(desk: SmallDesk) -> None:
    second = people.create_group(actor=SETUP, desk=desk.desk, key="night", name="Night shift", tier=1)
    desk.ticket("The tunnel is closed")
    trial = queries.tried_on_past(
        editor(desk), desk.desk.pk, Draft(name="night", words=("closed",), group_id=second.pk)
    )
    assert [(one.before.group, one.after.group) for one in trial.moved] == [("Frontline", "Night shift")]


def test_the_number_of_statements_does_not_grow_with_the_tickets(desk: SmallDesk) -> None:
    draft, who = Draft(name="network", words=("tunnel",), service_id=desk.service.pk), editor(desk)

    def cost() -> int:
        with CaptureQueriesContext(connection) as sent:
            queries.tried_on_past(who, desk.desk.pk, draft)
        return len(sent)

    desk.ticket("The tunnel is closed")
    first = cost()
    for number in range(4):
        desk.ticket(f"The tunnel is closed {number}")
    assert cost() == first


# --- who may


@pytest.mark.parametrize("role", [Role.AUTOMATION_EDITOR, Role.ADMINISTRATOR])
def test_rules_are_written_by_whoever_may_change_automation(desk: SmallDesk, role: Role) -> None:
    actor = administrator(desk) if role is Role.ADMINISTRATOR else editor(desk)
    made = operations.write_rule(
        actor=actor, desk_id=desk.desk.pk, name="network", words=["tunnel"], service_id=desk.service.pk
    )
    assert [one.name for one in queries.rules(actor, desk.desk.pk)] == ["network"]
    operations.retire_rule(actor=actor, rule_id=made.pk)
    assert [one.name for one in queries.retired(actor, desk.desk.pk)] == ["network"]


def test_nobody_else_writes_tries_or_retires_one(desk: SmallDesk) -> None:
    made = rule(desk)
    elsewhere = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    for actor in (desk.leading, desk.asking, editor(desk, Role.DESK_ADMINISTRATOR)):
        with pytest.raises(NotFound):
            rule_by(actor, desk)
        with pytest.raises(NotFound):
            operations.retire_rule(actor=actor, rule_id=made.pk)
        with pytest.raises(NotFound):
            queries.tried_on_past(actor, desk.desk.pk, Draft(name="x", words=("y",), service_id=1))
    with pytest.raises(NotFound):
        operations.write_rule(actor=editor(desk), desk_id=elsewhere.pk, name="x", words=["y"], service_id=1)
    with pytest.raises(NotFound):
        operations.retire_rule(actor=SETUP, rule_id=0)
    for reading in (queries.rules, queries.retired, queries.accuracy, queries.models):
        with pytest.raises(NotFound):
            reading(desk.leading, elsewhere.pk)


def rule_by(actor: Actor, desk: SmallDesk) -> RoutingRule:
    return operations.write_rule(actor=actor, desk_id=desk.desk.pk, name="x", words=["y"], service_id=desk.service.pk)


def test_a_rule_leads_to_something_of_its_own_desk(desk: SmallDesk) -> None:
    other = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr")
    group = people.create_group(actor=SETUP, desk=other, key="hr-1", name="HR", tier=1)
    for wrong, name in (({"service_id": None, "group_id": group.pk}, "group"), ({"service_id": 0}, "service")):
        with pytest.raises(Invalid) as refused:
            rule(desk, **wrong)
        assert name in refused.value.fields
    with pytest.raises(Invalid) as refused:
        rule(desk, name="  ", words=[" "], weight=0)
    assert refused.value.fields.keys() == {"name", "words", "weight"}


def test_what_a_service_asks_is_said_by_who_plans_staff_there(desk: SmallDesk) -> None:
    skill = Skill.objects.create(key="net", name="Networks")
    made = operations.need_skill(actor=desk.leading, service_id=desk.service.pk, skill_id=skill.pk, level=2)
    assert (made.level, made.certified) == (2, False)
    for actor, service_id in ((desk.actor(1), desk.service.pk), (desk.leading, 0)):
        with pytest.raises(NotFound):
            operations.need_skill(actor=actor, service_id=service_id, skill_id=skill.pk)


def test_a_group_of_a_hidden_desk_has_no_board(desk: SmallDesk) -> None:
    """How much its people carry tells how many tickets there are."""
    hidden = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    group = people.create_group(actor=SETUP, desk=hidden, key="hr-1", name="HR", tier=1)
    for read in (queries.board, queries.preview):
        with pytest.raises(NotFound):
            read(desk.leading, group.pk)
    with pytest.raises(NotFound):
        operations.deal_out(actor=desk.leading, group_id=group.pk)


# --- nobody there: the fallback is told


def left_alone(desk: SmallDesk) -> Ticket:
    ticket = tickets.assign(actor=MACHINE, ticket_id=desk.ticket().pk, group_id=desk.groups[1].pk)
    Person.objects.get_queryset().filter(memberships__group=desk.groups[1]).update(capacity=0)
    operations.assign_next(actor=MACHINE, ticket_id=ticket.pk)
    return ticket


def notices() -> list[tuple[str, str]]:
    return [(one.recipient, one.subject) for one in OutboundMessage.objects.filter(purpose="notice")]


def test_the_lead_is_told_when_nobody_could_take_it(desk: SmallDesk) -> None:
    ticket = left_alone(desk)
    jobs.drain(limit=50)
    told = (desk.lead.email, f"{ticket.reference} waits: nobody in Frontline could take it")
    assert notices() == [told]
    mail = OutboundMessage.objects.get(purpose="notice")
    assert f"/console/groups/{desk.groups[1].pk}" in mail.text
    assert "has all places taken" in mail.text
    operations.assign_next(actor=MACHINE, ticket_id=ticket.pk)
    jobs.drain(limit=50)
    assert notices() == [told]
    with clock.at(clock.now() + timedelta(hours=25)):
        operations.assign_next(actor=MACHINE, ticket_id=ticket.pk)
        jobs.drain(until=clock.now(), limit=50)
    assert notices() == [told, told]


def test_nobody_is_told_of_what_somebody_has_by_now(desk: SmallDesk) -> None:
    ticket = left_alone(desk)
    tickets.assign(actor=desk.leading, ticket_id=ticket.pk, group_id=desk.groups[1].pk, person_id=desk.agents[1].pk)
    jobs.drain(limit=50)
    assert notices() == []


def test_a_group_without_a_lead_tells_those_of_its_desk(desk: SmallDesk) -> None:
    assert [one.name for one in queries.planners(desk.groups[2])] == ["Lena Lead"]
    hidden = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    group = people.create_group(actor=SETUP, desk=hidden, key="hr-1", name="HR", tier=1)
    assert queries.planners(group) == []
    people.set_desk_roles(actor=SETUP, person_id=desk.agents[3].pk, desk_id=hidden.pk, roles=[Role.LEAD])
    assert [one.name for one in queries.planners(group)] == ["Agent 3"]


# --- a certificate lapses at midnight where its holder is


def test_a_certificate_that_lapses_at_midnight_changes_the_next_assignment(desk: SmallDesk) -> None:
    skill = Skill.objects.create(key="net", name="Networks")
    operations.need_skill(actor=desk.leading, service_id=desk.service.pk, skill_id=skill.pk, certified=True)
    for person, last in ((desk.agents[1], date(2026, 11, 17)), (desk.lead, date(2027, 6, 1))):
        PersonSkill.objects.create(person=person, skill=skill, level=3)
        Certificate.objects.create(
            person=person, skill=skill, name="Net", issuer="x", issued_on=date(2025, 1, 1), expires_on=last
        )
    Person.objects.get_queryset().filter(pk=desk.agents[1].pk).update(timezone="Europe/Oslo", capacity=40)
    Absence.objects.filter(person=desk.agents[1]).delete()

    def chosen(at: datetime) -> str:
        with clock.at(at):
            ticket = tickets.assign(
                actor=MACHINE, ticket_id=desk.ticket(service=desk.service).pk, group_id=desk.groups[1].pk
            )
            return operations.assign_next(actor=MACHINE, ticket_id=ticket.pk).chosen

    midnight = datetime(2026, 11, 17, 23, 0, tzinfo=UTC)  # in Oslo
    assert chosen(midnight - timedelta(seconds=1)) == "Agent 1"
    assert chosen(midnight) == "Lena Lead"


# --- how right the models were


def forecast(model: LearnedModel, desk: SmallDesk, label: str, score: float, *, right: bool, at: datetime) -> None:
    values = {"label": label, "score": score, "followed": right and score >= model.threshold, "at": at}
    Forecast.objects.create(ticket=desk.ticket(), model=model, right=right, settled_at=at, **values)


def test_accuracy_tells_coverage_precision_and_drift(desk: SmallDesk) -> None:
    shares = {"accuracy": 0.9, "threshold": 0.8, "coverage": 0.7, "reliability": 0.95}
    model = LearnedModel.objects.create(
        desk=desk.desk, subject="group", version=1, texts=300, newest_at=NOON, learned_at=NOON, **shares
    )
    group = str(desk.groups[1].pk)
    for score, right in ((0.95, True), (0.9, True), (0.85, False), (0.3, False)):
        forecast(model, desk, group, score, right=right, at=NOON)
    forecast(model, desk, "", 0.1, right=False, at=NOON - timedelta(days=40))
    newest, older = queries.accuracy(desk.leading, desk.desk.pk)
    assert (newest.said, newest.sure, newest.sure_right, newest.followed) == (4, 3, 2, 2)
    assert newest.coverage == 0.75
    assert newest.precision == pytest.approx(2 / 3)
    assert newest.accuracy == 0.5
    assert newest.drift == pytest.approx(0.25)
    assert (older.said, older.precision, older.coverage) == (1, None, 0.0)
    (by_group,) = queries.accuracy_by_group(desk.leading, desk.desk.pk, NOON - timedelta(days=90))
    assert (by_group.group, by_group.said, by_group.right) == ("Frontline", 4, 2)
    assert [one.version for one in queries.model_versions(desk.leading, desk.desk.pk, "group")] == [1]
    with pytest.raises(NotFound):
        queries.accuracy(desk.asking, desk.desk.pk)
