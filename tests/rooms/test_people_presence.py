"""Who works at a moment, asked of the database: whole groups in few statements."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.desk.people import operations as people
from tierline.desk.people import queries
from tierline.desk.people.models import (
    Certificate,
    DatedShift,
    OnCallPlace,
    OnCallRotation,
    OnCallSwap,
    Person,
    PersonLanguage,
    PersonSkill,
    Skill,
    SkillLink,
)
from tierline.desk.people.queries import Availability

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)

desk = held(small_desk)


def hour(count: float) -> datetime:
    return MONDAY + timedelta(hours=count)


def week(person: Person, begin: int = 8, end: int = 17) -> None:
    people.plan_week(actor=SETUP, person_id=person.pk, week=dict.fromkeys(range(5), (begin * 60, end * 60)))


def found(desk: SmallDesk, at: datetime) -> dict[int, Availability]:
    rows = queries.availability([group.pk for group in desk.groups.values()], at)
    return {row.person_id: row for row in rows}


def away(person: Person, deputy: Person | None = None, *, begin: float = 0, end: float = 24) -> None:
    deputy_id = None if deputy is None else deputy.pk
    people.record_absence(
        actor=SETUP, person_id=person.pk, starts_at=hour(begin), ends_at=hour(end), deputy_id=deputy_id
    )


def test_a_group_at_a_moment(desk: SmallDesk) -> None:
    first, second, third = (desk.agents[tier] for tier in (1, 2, 3))
    week(first)
    week(second)
    away(second, third)
    rows = found(desk, hour(9))
    assert (rows[first.pk].on_shift, rows[first.pk].there, rows[first.pk].deputies) == (True, True, ())
    assert (rows[second.pk].on_shift, rows[second.pk].there) == (True, False)
    assert rows[second.pk].deputies == (third.pk,)
    assert rows[second.pk].group_ids == {desk.groups[2].pk}
    assert rows[third.pk].there, "nobody wrote a week down for them"
    assert not found(desk, hour(20))[first.pk].there


def test_the_number_of_statements_does_not_grow(
    desk: SmallDesk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for person in desk.agents.values():
        week(person)
    rotation(desk, [desk.agents[1], desk.agents[2]])
    with django_assert_num_queries(7):
        found(desk, hour(9))
    with django_assert_num_queries(4):
        queries.abilities([person.pk for person in desk.agents.values()])


def test_a_day_that_differs(desk: SmallDesk) -> None:
    agent = desk.agents[1]
    week(agent)
    DatedShift.objects.create(person=agent, day=date(2026, 11, 23))
    DatedShift.objects.create(person=agent, day=date(2026, 11, 24), from_minute=1200, to_minute=1500)
    asked = {9: False, 24 + 9: False, 24 + 21: True, 48 + 0.5: True, 48 + 9: True}
    assert {at: found(desk, hour(at))[agent.pk].on_shift for at in asked} == asked


def rotation(desk: SmallDesk, persons: list[Person]) -> OnCallRotation:
    made = OnCallRotation.objects.create(group=desk.groups[1], name="Nights", first_at=MONDAY, days=1)
    OnCallPlace.objects.bulk_create(OnCallPlace(rotation=made, person=one, place=n) for n, one in enumerate(persons))
    return made


def test_on_call_is_there_without_a_shift(desk: SmallDesk) -> None:
    first, second = desk.agents[1], desk.agents[2]
    week(first)
    week(second)
    made = rotation(desk, [first, second])
    assert [found(desk, hour(at))[first.pk].there for at in (22, 24 + 22)] == [True, False]
    OnCallSwap.objects.create(rotation=made, person=second, starts_at=hour(20), ends_at=hour(23))
    assert queries.on_call([desk.groups[1].pk], hour(22)) == {desk.groups[1].pk: second.pk}
    away(second)
    assert not found(desk, hour(22))[second.pk].there


def test_of_two_absences_the_one_that_ends_last_counts(desk: SmallDesk) -> None:
    first, second, third = (desk.agents[tier] for tier in (1, 2, 3))
    away(first, second, end=48)
    away(first, third, end=12)
    assert queries.deputies_of(first.pk, hour(1)) == (second.pk,)
    away(second, third, begin=2)
    assert queries.deputies_of(first.pk, hour(3)) == (second.pk, third.pk)


def test_abilities_follow_the_graph_and_the_calendar(desk: SmallDesk) -> None:
    vpn, network, routing = (Skill.objects.create(key=key, name=key) for key in ("vpn", "network", "routing"))
    SkillLink.objects.create(skill=vpn, toward=network, kind="part_of")
    SkillLink.objects.create(skill=vpn, toward=routing, kind="helps_with")
    agent = desk.agents[1]
    PersonSkill.objects.create(person=agent, skill=vpn, level=3)
    for last in (date(2026, 11, 22), date(2026, 11, 24)):
        Certificate.objects.create(
            person=agent, name="VPN", issuer="Vendor", skill=vpn, issued_on=date(2025, 1, 1), expires_on=last
        )
    PersonLanguage.objects.create(person=agent, code="de", level="C1")
    PersonLanguage.objects.create(person=agent, code="fr", level="A2")
    able = queries.abilities([agent.pk, desk.agents[2].pk])[agent.pk]
    assert able.recorded == {"vpn": 3}
    assert able.levels == {"vpn": 3, "network": 2, "routing": 1}
    assert [able.certified("vpn", date(2026, 11, day)) for day in (24, 25)] == [True, False]
    assert not able.certified("network", date(2026, 11, 1))
    assert able.languages == {"de"}
    assert queries.abilities([desk.agents[2].pk])[desk.agents[2].pk].levels == {}


def test_a_certificate_without_an_end_counts_for_ever_and_a_withdrawn_one_never(desk: SmallDesk) -> None:
    vpn = Skill.objects.create(key="vpn", name="VPN")
    agent, other = desk.agents[1], desk.agents[2]
    for person, gone in ((agent, None), (other, MONDAY)):
        Certificate.objects.create(
            person=person, name="VPN", issuer="Vendor", skill=vpn, issued_on=date(2025, 1, 1), withdrawn_at=gone
        )
    held_by = queries.abilities([agent.pk, other.pk])
    assert held_by[agent.pk].certified("vpn", date(2040, 1, 1))
    assert not held_by[other.pk].certified("vpn", date(2026, 1, 1))
