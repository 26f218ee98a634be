"""Triage and assignment over a real desk: facts gathered, decision kept with its receipt."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.desk import PASSWORD, SETUP, SmallDesk, small_desk
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue.models import Product, ServiceContract
from tierline.desk.people import operations as people
from tierline.desk.people.models import Absence, Certificate, Organisation, Person, PersonSkill, Shift, Skill
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import Kind
from tierline.work.diagnosis.events import KnownErrorMatched
from tierline.work.routing import jobs, operations, queries
from tierline.work.routing.errors import NoGroupYet
from tierline.work.routing.models import Decision, RoutingRule

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("routing")
NOON = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)  # a Tuesday


@dataclass(frozen=True)
class World:
    desk: SmallDesk
    skill: Skill
    second: Person


@pytest.fixture(scope="module")
def world(held_database: None) -> World:
    desk = small_desk()
    operations.write_rule(
        actor=SETUP, desk_id=desk.desk.pk, name="vpn words", words=["vpn", "tunnel*"], service_id=desk.service.pk
    )
    second = people.create_person(
        actor=SETUP, email="sam@desk.example", name="Sam", roles=[Role.AGENT], password=PASSWORD
    )
    people.join_group(actor=SETUP, person_id=second.pk, group_id=desk.groups[1].pk)
    return World(desk, Skill.objects.create(key="gateway", name="Gateways"), second)


@pytest.fixture
def desk(world: World) -> SmallDesk:
    return world.desk


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def waiting(desk: SmallDesk, **rest: object) -> Ticket:
    """A ticket of the frontline that nobody has."""
    ticket = desk.ticket(**rest)  # type: ignore[arg-type] # what the verb takes
    return tickets.assign(actor=MACHINE, ticket_id=ticket.pk, group_id=desk.groups[1].pk)


def because(decision: Decision | None, what: str) -> str:
    assert decision is not None
    return next(one["because"] for one in decision.receipt["reasons"] if one["what"] == what)


def test_triage_classifies_assigns_and_says_why(desk: SmallDesk) -> None:
    ticket = desk.ticket("VPN drops", "Our team cannot work, the tunnel fails.")
    decision = operations.triage(actor=MACHINE, ticket_id=ticket.pk)
    row = fresh(ticket)
    assert (row.service, row.group, row.assignee, row.tier) == (desk.service, desk.groups[1], None, 1)
    assert (row.impact, row.urgency, row.priority) == (2, 1, 2)
    assert because(decision, "service") == "VPN: rule “vpn words” found “vpn”, “tunnel”; it names VPN"
    (why,) = queries.why(desk.actor(1), ticket.pk)
    assert (why.kind, why.chosen, why.by) == ("triage", "Frontline supports VPN", "routing 1")
    assigned = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="ticket.assigned")
    assert any("rule “vpn words”" in reason["because"] for reason in assigned.data["why"]["reasons"])


def test_a_request_is_told_from_an_incident(desk: SmallDesk) -> None:
    ticket = desk.ticket("Please order a new laptop", "I would like one for a new starter.")
    operations.triage(actor=MACHINE, ticket_id=ticket.pk)
    assert (fresh(ticket).kind, fresh(ticket).urgency) == (Kind.REQUEST, 3)


def test_triage_leaves_an_owned_ticket_alone(desk: SmallDesk) -> None:
    ticket = desk.owned(2)
    assert operations.triage(actor=MACHINE, ticket_id=ticket.pk) is None
    assert fresh(ticket).group == desk.groups[2]
    assert operations.triage(actor=desk.leading, ticket_id=ticket.pk, again=True) is not None
    assert fresh(ticket).group == desk.groups[1]


def test_triage_leaves_a_resolved_ticket_alone(desk: SmallDesk) -> None:
    ticket = desk.owned(1)
    tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Done")
    assert operations.triage(actor=MACHINE, ticket_id=ticket.pk, again=True) is None


def test_what_a_person_judged_stays(desk: SmallDesk) -> None:
    ticket = desk.ticket("VPN drops", "Everyone is blocked, urgent")
    tickets.classify(actor=desk.actor(1), ticket_id=ticket.pk, impact=3, urgency=3)
    operations.triage(actor=MACHINE, ticket_id=ticket.pk)
    row = fresh(ticket)
    assert (row.impact, row.urgency, row.group) == (3, 3, desk.groups[1])


def test_the_job_may_run_twice(desk: SmallDesk) -> None:
    ticket = desk.ticket()
    entry = TimelineEntry.objects.of("ticket", ticket.pk).first()
    assert entry is not None
    for _ in range(2):
        jobs.triage(entry_id=entry.pk)
    assert Decision.objects.filter(ticket=ticket).count() == 1


def test_a_contract_reaches_a_higher_tier_directly(desk: SmallDesk) -> None:
    organisation = Organisation.objects.create(name="Aalto Labs", created_at=clock.now())
    ServiceContract.objects.create(
        organisation=organisation, plan="Gold", direct_tier=2, starts_on=date(2020, 1, 1), ends_on=None
    )
    Person.objects.get_queryset().filter(pk=desk.requester.pk).update(organisation=organisation)
    requester = Person.objects.get_queryset().get(pk=desk.requester.pk)
    ticket = tickets.open_ticket(actor=desk.asking, requester=requester, title="VPN drops", text="It drops")
    decision = operations.triage(actor=MACHINE, ticket_id=ticket.pk)
    assert (fresh(ticket).tier, fresh(ticket).group) == (2, desk.groups[2])
    assert because(decision, "tier") == "the contract reaches tier 2 directly"


def test_a_known_error_is_named_in_the_reasons(desk: SmallDesk) -> None:
    ticket = desk.ticket("It drops", "Often")
    payload = KnownErrorMatched(ref="KE-14", title="Rekey", score=0.9, reasons=["same line"])
    tickets.note_event(actor=MACHINE, ticket_id=ticket.pk, payload=payload)
    assert [hit.reference for hit in queries.facts_of(fresh(ticket), NOON.date()).known_errors] == ["KE-14"]


def test_the_product_leads_to_its_service(desk: SmallDesk) -> None:
    Product.objects.create(key="secure-access", name="Secure Access", service=desk.service)
    ticket = desk.ticket("It drops", "Often", facts={"product": "Secure Access"})
    decision = operations.triage(actor=MACHINE, ticket_id=ticket.pk)
    assert fresh(ticket).service == desk.service
    assert because(decision, "service") == "VPN: it is about the product secure access"


def test_a_desk_without_groups_keeps_the_ticket_and_says_so(desk: SmallDesk) -> None:
    lonely = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    ticket = desk.ticket(desk=lonely)
    decision = operations.triage(actor=MACHINE, ticket_id=ticket.pk)
    assert fresh(ticket).group is None
    assert because(decision, "group") == "the desk has no group on tier 1 or the tier asked for"
    with pytest.raises(NotFound):
        operations.triage(actor=desk.actor(1), ticket_id=ticket.pk)
    assert queries.why(desk.actor(1), ticket.pk) == []


def test_assignment_goes_to_the_less_loaded_and_says_who_was_next(desk: SmallDesk, world: World) -> None:
    for _ in range(2):
        desk.owned(1)
    ticket = desk.ticket()
    operations.triage(actor=MACHINE, ticket_id=ticket.pk)
    decision = operations.assign_next(actor=desk.leading, ticket_id=ticket.pk)
    assert decision.chosen in {"Lena Lead", "Sam"}
    assert fresh(ticket).assignee is not None
    assert decision.receipt["runner_up"] in {"Lena Lead", "Sam"}
    assert fresh(ticket).assignee != desk.agents[1]


def certify(person: Person, skill: Skill, expires_on: date | None) -> None:
    PersonSkill.objects.get_or_create(person=person, skill=skill, defaults={"level": 2})
    Certificate.objects.create(
        person=person, name="GW", issuer="Vendor", skill=skill, issued_on=date(2020, 1, 1), expires_on=expires_on
    )


def test_why_dana_and_not_sam(desk: SmallDesk, world: World) -> None:
    operations.need_skill(actor=SETUP, service_id=desk.service.pk, skill_id=world.skill.pk, level=2, certified=True)
    certify(desk.agents[1], world.skill, date(2026, 11, 17))
    PersonSkill.objects.create(person=world.second, skill=world.skill, level=3)
    for _ in range(3):
        desk.owned(1)
    ticket = waiting(desk, service=desk.service)
    with clock.at(NOON):
        decision = operations.assign_next(actor=desk.leading, ticket_id=ticket.pk)
    assert (decision.chosen, decision.person) == ("Agent 1", desk.agents[1])
    assert decision.receipt["otherwise"] == ["without the certificate rule it would be Sam"]
    with clock.at(NOON.replace(day=18, hour=0)):
        next_day = operations.assign_next(actor=desk.leading, ticket_id=ticket.pk)
    assert next_day.chosen == "nobody present may take it: stays with the group"


def test_of_two_certificates_the_longer_one_counts(desk: SmallDesk, world: World) -> None:
    for expires in (date(2026, 1, 1), date(2027, 1, 1)):
        certify(world.second, world.skill, expires)
    found = next(one for one in queries.candidates(desk.groups[1].pk, NOON) if one.name == "Sam")
    assert found.certificates == {"gateway": date(2027, 1, 1)}
    certify(world.second, world.skill, None)
    found = next(one for one in queries.candidates(desk.groups[1].pk, NOON) if one.name == "Sam")
    assert found.certificates == {"gateway": None}


def test_nobody_absent_and_nobody_off_shift_is_chosen(desk: SmallDesk, world: World) -> None:
    Absence.objects.create(
        person=desk.lead, starts_at=NOON.replace(hour=0), ends_at=NOON.replace(hour=23), reason="leave"
    )
    Shift.objects.create(person=world.second, weekday=2, from_minute=0, to_minute=1440)
    ticket = desk.ticket()
    operations.triage(actor=MACHINE, ticket_id=ticket.pk)
    with clock.at(NOON):
        decision = operations.assign_next(actor=desk.leading, ticket_id=ticket.pk)
    assert decision.chosen == "Agent 1"
    assert {(one["name"], one["rule"]) for one in decision.receipt["excluded"]} == {
        ("Lena Lead", "absence"),
        ("Sam", "shift"),
    }


def test_the_fallback_is_on_the_timeline(desk: SmallDesk) -> None:
    Shift.objects.create(person=desk.agents[2], weekday=5, from_minute=0, to_minute=60)
    ticket = desk.owned(2)
    tickets.release(actor=desk.actor(2), ticket_id=ticket.pk)
    with clock.at(NOON):
        decision = operations.assign_next(actor=desk.leading, ticket_id=ticket.pk)
    assert decision.chosen == "nobody present: stays with the group"
    told = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="routing.left_with_group")
    assert (told.data["reason"], told.data["excluded"]) == (decision.chosen, {"shift": 1})
    assert fresh(ticket).assignee is None


def test_a_person_is_chosen_within_a_group(desk: SmallDesk) -> None:
    with pytest.raises(NoGroupYet):
        operations.assign_next(actor=desk.leading, ticket_id=desk.ticket().pk)


def test_assigning_again_to_the_same_person_changes_nothing(desk: SmallDesk) -> None:
    ticket = desk.owned(3)
    version = fresh(ticket).version
    assert operations.assign_next(actor=desk.leading, ticket_id=ticket.pk).chosen == "Agent 3"
    assert fresh(ticket).version == version


def test_the_number_of_statements_does_not_grow_with_the_group(desk: SmallDesk) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as spent:
            queries.candidates(desk.groups[1].pk, NOON)
        return len(spent)

    before = cost()
    for number in range(5):
        person = people.create_person(actor=SETUP, email=f"p{number}@desk.example", name="P", roles=[Role.AGENT])
        people.join_group(actor=SETUP, person_id=person.pk, group_id=desk.groups[1].pk)
    assert cost() <= before + 2  # prefetches that had nothing to fetch before


def test_routing_is_a_matter_of_staff(desk: SmallDesk) -> None:
    ticket = desk.ticket()
    for verb in (operations.triage, operations.assign_next):
        with pytest.raises(NotFound):
            verb(actor=desk.asking, ticket_id=ticket.pk)
    with pytest.raises(NotFound):
        queries.why(desk.asking, ticket.pk)


def test_a_rule_has_versions_and_can_be_retired(desk: SmallDesk) -> None:
    newer = operations.write_rule(
        actor=SETUP, desk_id=desk.desk.pk, name="vpn words", words=["wireguard"], service_id=desk.service.pk
    )
    assert newer.version == 2
    assert queries.rules(desk.leading, desk.desk.pk) == [newer]
    operations.retire_rule(actor=SETUP, rule_id=newer.pk)
    assert queries.rule_rows(desk.desk.pk) == []


@pytest.mark.parametrize(
    "change", [{"words": [" ", "*"]}, {"words": ["x"] * 51}, {"service_id": None}, {"weight": 0.0}]
)
def test_a_rule_that_makes_no_sense_is_not_written(desk: SmallDesk, change: dict[str, object]) -> None:
    parts = {"desk_id": desk.desk.pk, "name": "new", "words": ["x"], "service_id": desk.service.pk} | change
    with pytest.raises(Invalid):
        operations.write_rule(actor=SETUP, **parts)  # type: ignore[arg-type] # parts by name
    with pytest.raises(NotFound):
        operations.write_rule(actor=desk.actor(1), **parts)  # type: ignore[arg-type] # as above
    with pytest.raises(Invalid):
        operations.need_skill(actor=SETUP, service_id=desk.service.pk, skill_id=1, level=9)
    assert not RoutingRule.objects.filter(name="new").exists()


def test_a_handover_goes_to_the_group_of_the_service(desk: SmallDesk) -> None:
    other = people.create_group(actor=SETUP, desk=desk.desk, key="mail", name="Mail", tier=2)
    ticket = desk.owned(1, service=desk.service)
    assert queries.group_for(ticket, 2)[1] == "Network specialists is first of its tier"
    operations.write_rule(
        actor=SETUP,
        desk_id=desk.desk.pk,
        name="vpn to mail",
        words=["vpn"],
        service_id=desk.service.pk,
        group_id=other.pk,
    )
    assert queries.group_for(ticket, 2) == (other.pk, "Mail supports this service")
    assert queries.group_for(ticket, 4) == (None, "the desk has no group on tier 4")
