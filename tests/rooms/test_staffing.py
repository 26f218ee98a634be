"""What somebody's work says about their levels, and what happens to skills, groups and organisations, by timelines."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.ladder import QUESTION, ready_for_specialists
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.people.errors import KeyTaken
from tierline.desk.people.models import Organisation, Skill
from tierline.desk.people.rules import LinkKind
from tierline.desk.people.rules.levels import Evidence
from tierline.desk.tickets import operations as tickets
from tierline.insight.staffing.queries import trials
from tierline.insight.staffing.queries.evidence import SkillEvidence, level_evidence
from tierline.ladder.escalation import operations as escalation
from tierline.work.knowledge.models import TeachBack, TransferObligation
from tierline.work.routing import operations as routing

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def build() -> SmallDesk:
    with clock.at(NOW):
        desk = small_desk()
        escalation.ensure_default_contracts()
        for agent in desk.agents.values():
            people.record_skill(actor=SETUP, person_id=agent.pk, skill="vpn", level=2)
        skill = Skill.objects.get(key="vpn")
        routing.need_skill(actor=SETUP, service_id=desk.service.pk, skill_id=skill.pk)
    return desk


desk = held(build)


@pytest.fixture(autouse=True)
def now(db: None) -> Iterator[None]:
    with clock.at(NOW):
        yield


def solved(desk: SmallDesk, *, days_ago: int = 0, again: bool = False) -> None:
    """A VPN ticket that agent 2 solves; with `again` the requester comes back."""
    with clock.at(NOW - timedelta(days=days_ago)):
        ticket = desk.owned(2, service=desk.service)
        tickets.resolve(actor=desk.actor(2), ticket_id=ticket.pk, resolution="Roaming off", text="Please try.")
        if again:
            tickets.reopen(actor=desk.asking, ticket_id=ticket.pk, reason="It drops again.")


def about(desk: SmallDesk, tier: int = 2) -> SkillEvidence:
    (found,) = level_evidence(desk.leading, desk.agents[tier].pk, at=NOW)
    return found


class TestEvidence:
    def test_solved_and_accepted_counts_and_halves_with_age(self, desk: SmallDesk) -> None:
        solved(desk)
        solved(desk, days_ago=180)
        found = about(desk)
        assert found.suggestion.parts == ((Evidence.ACCEPTED, 2, 1.5),)
        assert (found.recorded, found.suggestion.level, found.differs) == (2, 1, True)

    def test_what_came_back_speaks_against(self, desk: SmallDesk) -> None:
        solved(desk, again=True)
        assert about(desk).suggestion.parts == ((Evidence.REOPENED, 1, -0.5),)

    def test_what_is_too_old_is_not_asked_for(self, desk: SmallDesk) -> None:
        solved(desk, days_ago=800)
        found = about(desk)
        assert found.pieces == ()
        assert not found.differs

    def test_a_bounced_hand_over_is_the_senders(self, desk: SmallDesk) -> None:
        ticket = ready_for_specialists(desk)
        tickets.classify(actor=desk.leading, ticket_id=ticket.pk, service_id=desk.service.pk)
        handover = escalation.escalate(actor=desk.actor(1), ticket_id=ticket.pk, to_tier=2, question=QUESTION)
        assert about(desk, 1).pieces == ()
        escalation.bounce(
            actor=desk.actor(2), handover_id=handover.pk, reason_code="wrong_group", reason="No log of today."
        )
        assert about(desk, 1).suggestion.parts == ((Evidence.BOUNCED, 1, -0.5),)
        assert about(desk, 2).pieces == ()

    @pytest.mark.parametrize(
        ("passed", "expected"), [(True, (Evidence.TEACH_BACK_PASSED, 3.0)), (False, (Evidence.TEACH_BACK_FAILED, -1.0))]
    )
    def test_a_teach_back_is_the_learners(
        self, desk: SmallDesk, passed: bool, expected: tuple[Evidence, float]
    ) -> None:
        ticket = desk.owned(2, service=desk.service)
        lesson = TransferObligation.objects.create(
            ticket=ticket, from_tier=2, to_tier=1, summary="s", state="owed", owed_at=NOW, due_on=NOW.date()
        )
        TeachBack.objects.create(
            obligation=lesson,
            person=desk.agents[1],
            past_ticket=ticket,
            answer="Roaming off",
            passed=passed,
            reason="",
            at=NOW,
        )
        (part,) = about(desk, 1).suggestion.parts
        assert (part[0], part[2]) == expected
        assert about(desk, 2).pieces == ()

    def test_a_ticket_that_the_reader_does_not_see_is_not_counted(self, desk: SmallDesk) -> None:
        secret = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
        ticket = desk.ticket(desk=secret, service=desk.service)
        tickets.resolve(actor=Actor.machine("assistant"), ticket_id=ticket.pk, resolution="x", text="y")
        assert about(desk).pieces == ()

    def test_for_oneself_and_those_who_plan_only(self, desk: SmallDesk) -> None:
        assert level_evidence(desk.actor(2), desk.agents[2].pk)
        with pytest.raises(NotFound):
            level_evidence(desk.actor(1), desk.agents[2].pk)


def kinds(subject: str, pk: int) -> list[str]:
    return [one.kind for one in TimelineEntry.objects.of(subject, pk)]


class TestTimelines:
    def test_of_a_skill(self, desk: SmallDesk) -> None:
        made, other = (people.create_skill(actor=SETUP, key=key, name=key.upper()) for key in ("san", "nas"))
        people.change_skill(actor=SETUP, skill_id=made.pk, name="Storage")
        for kind in (LinkKind.PART_OF, LinkKind.PART_OF, LinkKind.HELPS_WITH):
            people.link_skills(actor=SETUP, skill_id=made.pk, toward_id=other.pk, kind=kind)
        for _ in range(2):
            people.unlink_skills(actor=SETUP, skill_id=made.pk, toward_id=other.pk)
        entries = list(TimelineEntry.objects.of("skill", made.pk))
        assert [one.kind for one in entries] == ["skill.named"] * 2 + ["skill.linked"] * 3, "the same link once"
        assert [one.data["link"] for one in entries[2:]] == ["part_of", "helps_with", ""]
        made.refresh_from_db()
        assert made.version == 5

    def test_of_a_group(self, desk: SmallDesk) -> None:
        rotation = people.plan_rotation(
            actor=desk.leading,
            group_id=desk.groups[1].pk,
            name="Nights",
            timezone="UTC",
            first_at=NOW,
            days=7,
            people=[desk.agents[1].pk],
        )
        people.take_over_on_call(
            actor=desk.leading,
            rotation_id=rotation.pk,
            person_id=desk.lead.pk,
            starts_at=NOW,
            ends_at=NOW + timedelta(days=1),
        )
        assert kinds("group", desk.groups[1].pk) == ["group.rotation_planned", "group.on_call_taken_over"]

    def test_of_an_organisation(self, desk: SmallDesk) -> None:
        made = people.create_organisation(actor=SETUP, name="Aalto Labs", domain="Aalto.example")
        people.name_account_manager(actor=SETUP, organisation_id=made.pk, person_id=desk.lead.pk)
        people.name_account_manager(actor=SETUP, organisation_id=made.pk, person_id=desk.lead.pk)
        found = TimelineEntry.objects.of("organisation", made.pk)
        assert [one.data["account_manager_id"] for one in found] == [0, desk.lead.pk], "the same once"
        assert found[1].data["before"] == {"name": "Aalto Labs", "domain": "aalto.example", "account_manager_id": "0"}

    def test_an_organisation_that_cannot_be(self, desk: SmallDesk) -> None:
        one, other = (people.create_organisation(actor=SETUP, name=name) for name in ("Aalto", "Tarn"))
        same = {"actor": SETUP, "organisation_id": one.pk, "domain": "", "account_manager_id": None}
        with pytest.raises(KeyTaken):
            people.change_organisation(**same, name=other.name)
        with pytest.raises(Invalid):
            people.change_organisation(**same, name=" ")
        with pytest.raises(NotFound):
            people.change_organisation(**same | {"account_manager_id": desk.requester.pk}, name="Aalto")
        with pytest.raises(NotFound):
            people.change_organisation(**same | {"actor": desk.leading}, name="Aalto")
        assert Organisation.objects.get(pk=one.pk).name == "Aalto"


def test_a_long_absence_is_tried_on_its_first_weeks(desk: SmallDesk) -> None:
    found = trials.try_absence(desk.leading, desk.agents[2].pk, NOW, NOW + timedelta(days=365), "UTC")
    assert len({one.monday for one in found}) == trials.MOST_WEEKS
    assert {(one.tier, one.skill) for one in found} == {(2, "Vpn")}
    assert not any(one.gained for one in found)


def test_a_change_of_somebody_on_another_desk_shows_nothing_of_it(desk: SmallDesk) -> None:
    secret = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    group = people.create_group(actor=SETUP, desk=secret, key="hr-1", name="HR 1", tier=1)
    people.join_group(actor=SETUP, person_id=desk.agents[2].pk, group_id=group.pk)
    found = trials.try_skill(desk.leading, desk.agents[2].pk, "vpn", 0, "UTC")
    assert {one.desk for one in found} == {"IT"}
