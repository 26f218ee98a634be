"""The verbs on people: skills, certificates, working time and roles, each on the person's own timeline."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock, jobs, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound, Refused, TierlineError
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.people.errors import DeputiesGoInCircles, KeyTaken, LastAdministrator, SkillsGoInCircles
from tierline.desk.people.models import (
    Absence,
    Certificate,
    CertificateReminder,
    OnCallRotation,
    Person,
    PersonLanguage,
    PersonSkill,
    Shift,
    Skill,
)
from tierline.desk.people.operations import Evidence
from tierline.desk.people.queries import actor_for, away_at, may_plan, on_call
from tierline.desk.people.rules import LinkKind, Role

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = NOW.date()

desk = held(small_desk)


@pytest.fixture(autouse=True)
def _a_monday() -> object:
    with clock.at(NOW):
        yield


def history(person: Person) -> list[str]:
    return [entry.kind.removeprefix("person.") for entry in TimelineEntry.objects.of("person", person.pk)]


def last(person: Person) -> dict[str, object]:
    entry = TimelineEntry.objects.of("person", person.pk).last()
    assert entry is not None
    return dict(entry.data)


class TestWhoMayPlan:
    def test_a_lead_of_the_desk_and_whoever_sets_up(self, desk: SmallDesk) -> None:
        agent = desk.agents[1].pk
        allowed = [may_plan(one, agent) for one in (desk.leading, SETUP, desk.actor(1), desk.actor(2))]
        assert allowed == [True, True, False, False]

    def test_a_lead_does_not_plan_people_of_a_desk_they_do_not_see(self, desk: SmallDesk) -> None:
        hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
        group = people.create_group(actor=SETUP, desk=hr, key="hr-1", name="HR", tier=1)
        officer = people.create_person(actor=SETUP, email="hr@desk.example", name="Hana", roles=[Role.AGENT])
        people.join_group(actor=SETUP, person_id=officer.pk, group_id=group.pk)
        for verb in (
            lambda: people.record_skill(actor=desk.leading, person_id=officer.pk, skill="payroll", level=2),
            lambda: people.plan_week(actor=desk.leading, person_id=officer.pk, week={0: (0, 60)}),
            lambda: people.set_capacity(actor=desk.leading, person_id=officer.pk, capacity=3),
        ):
            with pytest.raises(NotFound):
                verb()
        people.set_desk_roles(actor=SETUP, person_id=desk.lead.pk, desk_id=hr.pk, roles=[Role.DESK_ADMINISTRATOR])
        desk.lead.refresh_from_db()
        people.record_skill(actor=actor_for(desk.lead), person_id=officer.pk, skill="payroll", level=2)

    def test_an_unknown_person_is_not_found(self, desk: SmallDesk) -> None:
        with pytest.raises(NotFound):
            people.set_capacity(actor=SETUP, person_id=0, capacity=3)


class TestSkills:
    def test_the_last_word_counts_and_is_remembered(self, desk: SmallDesk) -> None:
        agent = desk.agents[1]
        for level in (2, 2, 3, 0, 0):
            people.record_skill(actor=desk.leading, person_id=agent.pk, skill="vpn", level=level)
        assert not PersonSkill.objects.filter(person=agent).exists()
        entries = TimelineEntry.objects.of("person", agent.pk)
        assert [(one.data["before"], one.data["level"]) for one in entries] == [(0, 2), (2, 3), (3, 0)]
        assert {one.actor_label for one in entries} == {"Lena Lead"}

    @pytest.mark.parametrize("level", [-1, 4])
    def test_levels_run_from_1_to_3(self, desk: SmallDesk, level: int) -> None:
        with pytest.raises(Invalid):
            people.record_skill(actor=SETUP, person_id=desk.agents[1].pk, skill="vpn", level=level)

    def test_links_never_lead_back(self, desk: SmallDesk) -> None:
        vpn, network, security = (people.create_skill(actor=SETUP, key=key, name=key) for key in ("v", "n", "s"))
        people.link_skills(actor=desk.leading, skill_id=vpn.pk, toward_id=network.pk, kind=LinkKind.PART_OF)
        people.link_skills(actor=desk.leading, skill_id=network.pk, toward_id=security.pk, kind=LinkKind.HELPS_WITH)
        for skill, toward in ((security, vpn), (network, vpn), (vpn, vpn)):
            with pytest.raises(SkillsGoInCircles):
                people.link_skills(actor=SETUP, skill_id=skill.pk, toward_id=toward.pk, kind=LinkKind.PART_OF)
        people.unlink_skills(actor=SETUP, skill_id=network.pk, toward_id=security.pk)
        people.link_skills(actor=SETUP, skill_id=security.pk, toward_id=vpn.pk, kind=LinkKind.PART_OF)

    def test_linking_twice_changes_the_kind(self, desk: SmallDesk) -> None:
        vpn, network = (people.create_skill(actor=SETUP, key=key, name=key) for key in ("v", "n"))
        for kind in LinkKind:
            people.link_skills(actor=SETUP, skill_id=vpn.pk, toward_id=network.pk, kind=kind)
        assert [link.kind for link in vpn.links.all()] == [LinkKind.HELPS_WITH]

    def test_keys_are_unique_and_names_needed(self, desk: SmallDesk) -> None:
        skill = people.create_skill(actor=SETUP, key="vpn", name="VPN")
        with pytest.raises(KeyTaken):
            people.create_skill(actor=SETUP, key="vpn", name="Other")
        with pytest.raises(Invalid):
            people.change_skill(actor=SETUP, skill_id=skill.pk, name=" ")
        with pytest.raises(NotFound):
            people.change_skill(actor=desk.actor(1), skill_id=skill.pk, name="Mine")
        people.change_skill(actor=SETUP, skill_id=skill.pk, name="Remote access", description="From outside")
        assert Skill.objects.get(key="vpn").name == "Remote access"


class TestLanguages:
    def test_ones_own_are_ones_own_to_say(self, desk: SmallDesk) -> None:
        agent = desk.agents[1]
        people.record_language(actor=desk.actor(1), person_id=agent.pk, code="DE", level="B1")
        people.record_language(actor=desk.actor(1), person_id=agent.pk, code="de", level="C1")
        assert [(one.code, one.level) for one in PersonLanguage.objects.filter(person=agent)] == [("de", "C1")]
        with pytest.raises(NotFound):
            people.record_language(actor=desk.actor(2), person_id=agent.pk, code="de", level="A1")
        people.record_language(actor=desk.leading, person_id=agent.pk, code="de", level="")
        assert not PersonLanguage.objects.filter(person=agent).exists()

    @pytest.mark.parametrize(("code", "level"), [("deu", "B1"), ("", "B1"), ("1x", "B1"), ("ß", "B1"), ("de", "fine")])
    def test_what_is_no_language(self, desk: SmallDesk, code: str, level: str) -> None:
        with pytest.raises(Invalid):
            people.record_language(actor=SETUP, person_id=desk.agents[1].pk, code=code, level=level)


def certify(desk: SmallDesk, days: int | None, **rest: object) -> Certificate:
    return people.record_certificate(
        actor=desk.leading,
        person_id=desk.agents[2].pk,
        name="Network Professional",
        issuer="Vendor",
        issued_on=date(2024, 1, 1),
        expires_on=None if days is None else TODAY + timedelta(days=days),
        skill="vpn",
        **rest,  # type: ignore[arg-type]  # as the verb takes it
    )


@pytest.fixture
def vpn(desk: SmallDesk) -> Skill:
    return people.create_skill(actor=SETUP, key="vpn", name="VPN")


@pytest.mark.usefixtures("vpn")
class TestCertificates:
    def sent(self, *, until: int) -> list[int]:
        """The reminders after so many days, in the order in which they were sent."""
        with clock.at(NOW + timedelta(days=until)):
            jobs.drain()
        return list(CertificateReminder.objects.order_by("pk").values_list("days_before", flat=True))

    def test_reminders_come_at_their_time_and_once(self, desk: SmallDesk) -> None:
        certify(desk, 100)
        assert [self.sent(until=day) for day in (39, 40, 41, 70, 92, 93, 93, 101)] == [
            [],
            [60],
            [60],
            [60, 30],
            [60, 30],
            [60, 30, 7],
            [60, 30, 7],
            [60, 30, 7],
        ]
        kinds = history(desk.agents[2])
        assert kinds == ["certificate_recorded", *["certificate_expires"] * 3]
        assert last(desk.agents[2])["days_before"] == 7

    def test_one_that_is_close_to_its_end_is_told_of_at_once_and_only_the_nearest(self, desk: SmallDesk) -> None:
        certify(desk, 20)
        assert self.sent(until=0) == [30]
        assert self.sent(until=14) == [30, 7]

    @pytest.mark.parametrize("days", [None, -1])
    def test_nobody_is_reminded_of_what_never_ends_or_has_ended(self, desk: SmallDesk, days: int | None) -> None:
        certify(desk, days)
        assert self.sent(until=400) == []

    def test_a_reminder_checks_again_whether_it_still_says_something(self, desk: SmallDesk) -> None:
        first = certify(desk, 100)
        certify(desk, 400)  # renewed
        assert self.sent(until=101) == []
        people.withdraw_certificate(actor=desk.leading, certificate_id=first.pk)
        assert self.sent(until=345) == [60]

    def test_a_withdrawn_certificate_is_silent_and_who_left_is_left_alone(self, desk: SmallDesk) -> None:
        one = certify(desk, 100)
        people.withdraw_certificate(actor=desk.leading, certificate_id=one.pk)
        people.withdraw_certificate(actor=desk.leading, certificate_id=one.pk)
        assert self.sent(until=101) == []
        assert history(desk.agents[2]) == ["certificate_recorded", "certificate_withdrawn"]
        certify(desk, 100)
        people.set_active(actor=SETUP, person_id=desk.agents[2].pk, active=False)
        assert self.sent(until=101) == []

    def test_the_document_is_kept_byte_for_byte(self, desk: SmallDesk) -> None:
        content = b"%PDF-1.7 certificate"
        one = certify(desk, 100, evidence=Evidence("proof.pdf", "text/plain", content))
        assert (one.evidence_name, one.evidence_type) == ("proof.pdf", "application/pdf")
        assert storage.read(str(one.evidence_id)) == content

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"name": " "}, "name"),
            ({"expires_on": date(2023, 1, 1)}, "expires_on"),
            ({"evidence": Evidence("a", "", b"0" * (20 * 1024 * 1024 + 1))}, "evidence"),
        ],
    )
    def test_what_cannot_be_recorded(self, desk: SmallDesk, change: dict[str, object], field: str) -> None:
        given: dict[str, object] = {
            "person_id": desk.agents[2].pk,
            "name": "CCNA",
            "issuer": "Vendor",
            "issued_on": date(2024, 1, 1),
            "expires_on": None,
        }
        with pytest.raises(Invalid) as refusal:
            people.record_certificate(actor=SETUP, **(given | change))  # type: ignore[arg-type]  # a table of cases
        assert list(refusal.value.fields) == [field]

    def test_nobody_vouches_for_themselves(self, desk: SmallDesk) -> None:
        with pytest.raises(NotFound):
            people.record_certificate(
                actor=desk.actor(2),
                person_id=desk.agents[2].pk,
                name="CCNA",
                issuer="Me",
                issued_on=TODAY,
                expires_on=None,
            )


class TestWeeks:
    def test_a_week_replaces_the_one_before(self, desk: SmallDesk) -> None:
        agent = desk.agents[1]
        people.plan_week(actor=desk.leading, person_id=agent.pk, week={0: (480, 1020), 1: (480, 1020)})
        people.plan_week(actor=desk.leading, person_id=agent.pk, week=[(6, 1320, 1800), (2, 480, 720), (2, 780, 1020)])
        rows = Shift.objects.filter(person=agent).order_by("weekday", "from_minute")
        assert [(one.weekday, one.from_minute, one.to_minute) for one in rows] == [
            (2, 480, 720),
            (2, 780, 1020),
            (6, 1320, 1800),
        ]
        assert last(agent)["before"] == [[0, 480, 1020], [1, 480, 1020]]

    def test_the_same_week_again_is_no_news(self, desk: SmallDesk) -> None:
        agent = desk.agents[1]
        for _ in range(2):
            people.plan_week(actor=SETUP, person_id=agent.pk, week={0: (480, 1020)})
        assert history(agent) == ["week_planned"]

    @pytest.mark.parametrize("row", [(7, 0, 60), (-1, 0, 60), (0, 1440, 1500), (0, 60, 60), (0, 60, 1501), (0, -5, 5)])
    def test_what_is_no_shift(self, desk: SmallDesk, row: tuple[int, int, int]) -> None:
        with pytest.raises(Invalid):
            people.plan_week(actor=SETUP, person_id=desk.agents[1].pk, week=[row])

    def test_a_day_differs_until_it_is_lifted(self, desk: SmallDesk) -> None:
        agent = desk.agents[1]
        people.plan_day(actor=SETUP, person_id=agent.pk, day=TODAY, spans=[(600, 660), (700, 800)], words="Fair")
        assert agent.dated_shifts.count() == 2
        people.plan_day(actor=SETUP, person_id=agent.pk, day=TODAY, spans=[])
        assert [(one.from_minute, one.note) for one in agent.dated_shifts.all()] == [(None, "")]
        for _ in range(2):
            people.lift_day(actor=SETUP, person_id=agent.pk, day=TODAY)
        assert not agent.dated_shifts.exists()
        assert history(agent) == ["day_planned"] * 3
        with pytest.raises(Invalid):
            people.plan_day(actor=SETUP, person_id=agent.pk, day=TODAY, spans=[(60, 0)])

    def test_capacity(self, desk: SmallDesk) -> None:
        agent = desk.agents[1]
        for capacity in (8, 8, 0):
            people.set_capacity(actor=desk.leading, person_id=agent.pk, capacity=capacity)
        assert history(agent) == ["capacity_set"] * 2
        with pytest.raises(Invalid):
            people.set_capacity(actor=desk.leading, person_id=agent.pk, capacity=501)


def away(desk: SmallDesk, tier: int, deputy: int | None, *, days: tuple[int, int] = (0, 5)) -> Absence:
    return people.record_absence(
        actor=desk.leading,
        person_id=desk.agents[tier].pk,
        starts_at=NOW + timedelta(days=days[0]),
        ends_at=NOW + timedelta(days=days[1]),
        deputy_id=None if deputy is None else desk.agents[deputy].pk,
    )


class TestAbsences:
    def test_the_reason_is_not_in_the_history(self, desk: SmallDesk) -> None:
        agent = desk.agents[1]
        people.record_absence(
            actor=desk.actor(1), person_id=agent.pk, starts_at=NOW, ends_at=NOW + timedelta(days=1), reason="sick"
        )
        assert "sick" not in str(last(agent))

    def test_a_chain_of_deputies_does_not_close(self, desk: SmallDesk) -> None:
        away(desk, 1, 2)
        away(desk, 2, 3)
        with pytest.raises(DeputiesGoInCircles):
            away(desk, 3, 1)
        away(desk, 3, 1, days=(5, 6))  # the others are back by then
        away(desk, 3, None)

    @pytest.mark.parametrize("change", [{"ends_at": NOW}, {"deputy_id": "self"}])
    def test_what_is_no_absence(self, desk: SmallDesk, change: dict[str, object]) -> None:
        agent = desk.agents[1].pk
        given: dict[str, object] = {"starts_at": NOW, "ends_at": NOW + timedelta(days=1), "deputy_id": None} | change
        given["deputy_id"] = agent if given["deputy_id"] == "self" else None
        with pytest.raises(Invalid):
            people.record_absence(actor=SETUP, person_id=agent, **given)  # type: ignore[arg-type]  # a table of cases

    def test_a_deputy_works_here(self, desk: SmallDesk) -> None:
        with pytest.raises(NotFound):
            people.record_absence(
                actor=SETUP,
                person_id=desk.agents[1].pk,
                starts_at=NOW,
                ends_at=NOW + timedelta(days=1),
                deputy_id=desk.requester.pk,
            )

    @pytest.mark.parametrize(
        ("days", "left", "told"), [((1, 5), [], True), ((-2, 5), [(-2, 0)], True), ((-5, -2), [(-5, -2)], False)]
    )
    def test_what_is_past_stays(
        self, desk: SmallDesk, days: tuple[int, int], left: list[tuple[int, int]], told: bool
    ) -> None:
        one = away(desk, 1, None, days=days)
        people.cancel_absence(actor=desk.actor(1), absence_id=one.pk)
        kept = [((row.starts_at - NOW).days, (row.ends_at - NOW).days) for row in Absence.objects.all()]
        assert kept == left
        assert ("absence_cancelled" in history(desk.agents[1])) is told
        assert away_at(NOW) == {}

    def test_colleagues_do_not_call_it_off(self, desk: SmallDesk) -> None:
        one = away(desk, 1, None)
        with pytest.raises(NotFound):
            people.cancel_absence(actor=desk.actor(2), absence_id=one.pk)
        with pytest.raises(NotFound):
            people.cancel_absence(actor=SETUP, absence_id=0)


class TestOnCall:
    def rotation(self, desk: SmallDesk, actor: Actor = SETUP, **change: object) -> OnCallRotation:
        first = desk.agents[1].pk
        given = {"name": "Nights", "timezone": "UTC", "first_at": NOW, "days": 7, "people": [first, desk.lead.pk]}
        return people.plan_rotation(actor=actor, group_id=desk.groups[1].pk, **(given | change))  # type: ignore[arg-type]  # a table of cases

    def test_people_take_turns_and_take_over(self, desk: SmallDesk) -> None:
        made = self.rotation(desk, desk.leading)
        group = desk.groups[1].pk
        week = timedelta(days=7)
        assert [on_call([group], NOW + n * week)[group] for n in range(3)] == [
            desk.agents[1].pk,
            desk.lead.pk,
            desk.agents[1].pk,
        ]
        people.take_over_on_call(
            actor=desk.leading, rotation_id=made.pk, person_id=desk.lead.pk, starts_at=NOW, ends_at=NOW + week
        )
        assert on_call([group], NOW)[group] == desk.lead.pk

    def test_a_new_rotation_replaces_the_old(self, desk: SmallDesk) -> None:
        self.rotation(desk)
        self.rotation(desk, people=[desk.lead.pk])
        group = desk.groups[1].pk
        assert on_call([group], NOW) == {group: desk.lead.pk}

    def test_only_the_groups_people_and_planners(self, desk: SmallDesk) -> None:
        made = self.rotation(desk)
        cases: list[tuple[type[TierlineError], dict[str, object]]] = [
            (NotFound, {"people": [desk.agents[2].pk]}),
            (NotFound, {"actor": desk.actor(1)}),
            (Invalid, {"people": []}),
            (Invalid, {"days": 0}),
        ]
        for problem, change in cases:
            with pytest.raises(problem):
                self.rotation(desk, **change)  # type: ignore[arg-type]  # a table of cases
        with pytest.raises(NotFound):
            people.take_over_on_call(
                actor=SETUP, rotation_id=made.pk, person_id=desk.agents[2].pk, starts_at=NOW, ends_at=NOW + timedelta(1)
            )
        with pytest.raises(Invalid):
            people.take_over_on_call(
                actor=SETUP, rotation_id=made.pk, person_id=desk.lead.pk, starts_at=NOW, ends_at=NOW
            )


class TestRoles:
    def test_who_gave_what_and_when_is_kept(self, desk: SmallDesk) -> None:
        agent = desk.agents[1]
        root = actor_for(desk.administrator)
        people.set_roles(actor=root, person_id=agent.pk, roles=[Role.AGENT, Role.LEAD])
        people.set_roles(actor=root, person_id=agent.pk, roles=[Role.AGENT, Role.LEAD])
        people.set_desk_roles(actor=root, person_id=agent.pk, desk_id=desk.desk.pk, roles=[Role.OBSERVER])
        people.set_desk_roles(actor=root, person_id=agent.pk, desk_id=desk.desk.pk, roles=[])
        rows = TimelineEntry.objects.of("person", agent.pk)
        assert [(one.actor_label, one.data["given"], one.data["taken"], one.data["desk"]) for one in rows] == [
            ("Ada Admin", ["lead"], [], ""),
            ("Ada Admin", ["observer"], [], "IT"),
            ("Ada Admin", [], ["observer"], "IT"),
        ]

    def test_an_observer_of_a_desk_looks_and_does_not_touch(self, desk: SmallDesk) -> None:
        from tierline.desk.tickets import operations as tickets
        from tierline.desk.tickets.queries import get

        ticket = desk.ticket()
        watcher = people.create_person(actor=SETUP, email="watch@desk.example", name="Wanda")
        with pytest.raises(NotFound):
            get(actor_for(watcher), ticket.pk)
        watcher = people.set_desk_roles(actor=SETUP, person_id=watcher.pk, desk_id=desk.desk.pk, roles=[Role.OBSERVER])
        assert get(actor_for(watcher), ticket.pk) == ticket
        for verb in (tickets.add_note, tickets.reply):
            with pytest.raises(NotFound):
                verb(actor=actor_for(watcher), ticket_id=ticket.pk, text="I was here")

    def test_an_agent_of_the_house_can_be_an_observer_of_one_desk(self, desk: SmallDesk) -> None:
        from tierline.desk.tickets import operations as tickets

        ticket, agent = desk.ticket(), desk.agents[1]
        people.set_desk_roles(actor=SETUP, person_id=agent.pk, desk_id=desk.desk.pk, roles=[Role.OBSERVER])
        agent.refresh_from_db()
        with pytest.raises(NotFound):
            tickets.add_note(actor=actor_for(agent), ticket_id=ticket.pk, text="I was here")

    def test_somebody_is_always_left_to_set_the_desk_up(self, desk: SmallDesk) -> None:
        root = desk.administrator
        with pytest.raises(LastAdministrator):
            people.set_roles(actor=SETUP, person_id=root.pk, roles=[Role.AGENT])
        people.set_roles(actor=SETUP, person_id=desk.lead.pk, roles=[Role.ADMINISTRATOR])
        people.set_roles(actor=SETUP, person_id=root.pk, roles=[Role.AGENT])

    def test_what_cannot_be_given_for_one_desk(self, desk: SmallDesk) -> None:
        agent = desk.agents[1].pk
        for role in (Role.ADMINISTRATOR, Role.REQUESTER):
            with pytest.raises(Invalid):
                people.set_desk_roles(actor=SETUP, person_id=agent, desk_id=desk.desk.pk, roles=[role])
        with pytest.raises(NotFound):
            people.set_desk_roles(actor=SETUP, person_id=agent, desk_id=0, roles=[Role.AGENT])
        with pytest.raises(NotFound):
            people.set_desk_roles(actor=desk.leading, person_id=agent, desk_id=desk.desk.pk, roles=[Role.LEAD])
        assert issubclass(LastAdministrator, Refused)
