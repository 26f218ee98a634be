"""The pages about people: coverage, profiles, working time, on call and skills; tried before they are written."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.support.console import statements
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.staff import PROOF, staffed
from tests.support.web_world import signed_in
from tierline.core.kernel import clock
from tierline.desk.people import operations as people
from tierline.desk.people.models import Absence, Certificate, OnCallRotation, OnCallSwap, PersonSkill, Shift, Skill
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.sla import operations as sla
from tierline.desk.tickets import operations as tickets
from tierline.doors.web.staff import urls

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
PAGES = {"coverage", "everybody", "on-call", "rotation", "skills", "skill", "profile", "abilities", "working-time"}
FORMS = {"skills", "skill"}
VERBS = {pattern.name for pattern in urls.urlpatterns} - PAGES - {"document"}
HOSTILE = ("99999999999999999999999", "²' OR 1=1 --\0<script>\u202e٣" * 50)


def build() -> SmallDesk:
    with clock.at(MONDAY):
        desk = small_desk()
        staffed(desk)
    return desk


desk = held(build)


@pytest.fixture(autouse=True)
def monday(db: None) -> Iterator[None]:
    with clock.at(MONDAY):
        yield


@pytest.fixture
def lead(desk: SmallDesk) -> Client:
    return signed_in(desk.lead)


def address(name: str, desk: SmallDesk) -> str:
    known = {"person_id": desk.agents[2].pk, "group_id": desk.groups[1].pk, "absence_id": 1}
    known |= {"skill_id": Skill.objects.get(key="vpn").pk, "certificate_id": Certificate.objects.get().pk}
    pattern = next(one for one in urls.urlpatterns if one.name == name)
    return reverse(f"staff:{name}", kwargs={part: known[part] for part in pattern.pattern.converters})


def words(client: Client, name: str, desk: SmallDesk, /, **data: object) -> str:
    response = client.post(address(name, desk), data) if data else client.get(address(name, desk))
    assert response.status_code == 200, response.content.decode()[:2000]
    return response.content.decode()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_pages(lead: Client, desk: SmallDesk, name: str) -> None:
    page = words(lead, name, desk)
    assert len(page) < 60_000


def test_every_address_is_looked_at_here() -> None:
    assert len(VERBS) == 14


@pytest.mark.parametrize("name", sorted({*PAGES, *VERBS}))
def test_requesters_find_nothing_and_visitors_sign_in(desk: SmallDesk, client: Client, name: str) -> None:
    where, requester = address(name, desk), signed_in(desk.requester)
    for method in ("get", "post"):
        assert getattr(requester, method)(where).status_code in {404, 405}
        assert getattr(client, method)(where).status_code in {302, 405}


@pytest.mark.parametrize("name", sorted(VERBS | FORMS))
@pytest.mark.parametrize("value", HOSTILE)
def test_no_field_can_be_filled_so_that_it_breaks(lead: Client, desk: SmallDesk, name: str, value: str) -> None:
    fields = ["skill", "level", "code", "name", "issuer", "number", "issued_on", "expires_on", "day", "begin", "end"]
    fields += ["words", "first", "last", "reason", "deputy", "capacity", "person", "first_day", "last_day", "days"]
    fields += ["first_time", "who-0", "day-0", "begin-0", "end-0", "toward", "kind", "description", "evidence"]
    for tried in ({}, {"try": "1"}):
        answer = lead.post(address(name, desk), dict.fromkeys(fields, value) | tried)
        assert answer.status_code in {200, 302, 404, 422}, (name, tried)


@pytest.mark.parametrize("where", ["", "?desk=999", "?desk=x&week=x", "?week=9999-12-31", "?week=2026-03-29"])
def test_an_address_cannot_be_written_so_that_it_breaks(lead: Client, where: str) -> None:
    assert lead.get(f"/people/{where}").status_code in {200, 404}


class TestCoverage:
    def test_it_opens_with_the_worst_gap_and_names_what_a_lapse_uncovers(self, lead: Client, desk: SmallDesk) -> None:
        people.plan_week(actor=SETUP, person_id=desk.agents[2].pk, week=dict.fromkeys(range(4), (480, 1080)))
        page = words(lead, "coverage", desk)
        assert "<h1>Nobody on tier 3 covers VPN in 50 of 50 hours</h1>" in page, "no certificate there"
        assert "Nobody: Fri 8\N{EN DASH}18" in page
        assert "Then 40 hours of a week are without anybody: Mon\N{EN DASH}Thu 8\N{EN DASH}18" in page
        assert "13 Dec" in page

    def test_hours_are_those_of_the_calendar_of_the_general_policy(self, lead: Client, desk: SmallDesk) -> None:
        assert "no policy says otherwise" in words(lead, "coverage", desk)
        sla.ensure_defaults(actor=SETUP)
        assert "Needed in the hours of the calendar Office hours." in words(lead, "coverage", desk)

    def test_a_desk_that_is_not_ones_own_is_not_there(self, lead: Client) -> None:
        secret = people.create_desk(actor=SETUP, key="hr", name="Secret HR", kind="hr", confidential=True)
        assert lead.get(f"/people/?desk={secret.pk}").status_code == 404
        assert "Secret HR" not in lead.get("/people/").content.decode()

    def test_a_week_ahead_is_a_link_away(self, lead: Client, desk: SmallDesk) -> None:
        assert "week=2026-11-30" in words(lead, "coverage", desk)
        page = lead.get("/people/?week=2026-12-16").content.decode()
        assert "Week of 14 Dec" in page
        assert "Nobody on tier 2 covers VPN in 50 of 50 hours" in page, "the certificate has lapsed by then"

    def test_the_statements_do_not_grow_with_people(self, lead: Client, desk: SmallDesk) -> None:
        before = statements(lead, "/people/")[1]
        for number in range(5):
            made = people.create_person(actor=SETUP, email=f"n{number}@desk.example", name="N", roles=[Role.AGENT])
            people.join_group(actor=SETUP, person_id=made.pk, group_id=desk.groups[2].pk)
            people.record_skill(actor=SETUP, person_id=made.pk, skill="vpn", level=1)
        assert statements(lead, "/people/")[1] == before <= 18


# session and person with rights, then the page; fixed, whatever there is
BUDGETS = {"coverage": 18, "everybody": 18, "on-call": 10, "rotation": 12, "skills": 20, "skill": 20}
BUDGETS |= {"profile": 36, "abilities": 38, "working-time": 46}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_keeps_to_its_statements(lead: Client, desk: SmallDesk, name: str) -> None:
    response, sent = statements(lead, address(name, desk))
    assert response.status_code == 200
    assert sent <= BUDGETS[name], sent


class TestProfile:
    def test_levels_say_where_they_come_from(self, lead: Client, desk: SmallDesk) -> None:
        page = words(lead, "profile", desk)
        assert "recorded by set-up" in page
        assert "VPN is a part of it" in page, "Network, by the graph"
        assert "Deutsch" in page
        assert "20 days left" in page
        assert "VPN: none → 3 teaches" in page

    def test_an_agent_sees_a_colleague_without_what_is_for_planners(self, desk: SmallDesk) -> None:
        absence = {"starts_at": MONDAY, "ends_at": MONDAY + timedelta(days=2), "reason": "sick"}
        people.record_absence(actor=SETUP, person_id=desk.agents[2].pk, **absence, deputy_id=desk.agents[3].pk)
        mine, other = signed_in(desk.agents[2]), signed_in(desk.agents[1])
        assert "Sick" in words(mine, "profile", desk)
        page = words(other, "profile", desk)
        assert "Sick" not in page
        assert "Who changed what" not in page
        assert "proof.pdf" not in page
        assert "Agent 3 stands in" in page
        assert other.get(address("document", desk)).status_code == 404
        document = mine.get(address("document", desk))
        assert document.content == PROOF.content
        assert document["Content-Disposition"].startswith("attachment")
        for name in ("abilities", "working-time"):
            assert other.get(address(name, desk)).status_code == 404
            assert mine.get(address(name, desk)).status_code == 200

    def test_what_the_work_says_is_counted_from_tickets_that_are_a_link_away(
        self, lead: Client, desk: SmallDesk
    ) -> None:
        mine = {}
        for days, again in ((180, False), (0, True)):
            with clock.at(MONDAY - timedelta(days=days)):
                ticket = desk.owned(2, service=desk.service)
                tickets.resolve(actor=desk.actor(2), ticket_id=ticket.pk, resolution="Roaming off", text="Try it.")
                if again:
                    tickets.reopen(actor=desk.asking, ticket_id=ticket.pk, reason="Not so.")
                mine[again] = f"/console/tickets/{ticket.reference}"
        page = words(lead, "profile", desk)
        assert "The work suggests 0" in page
        receipt = page.split("What the work says about VPN")[2].split("</table>")[0]
        assert [mark in receipt for mark in ("+0.5", "-0.5", "+0.0")] == [True] * 3
        assert "points halve every 180 days" in page
        assert page.index(mine[True]) < page.index(mine[False]), "the newest first"
        assert "solved, and came back" in page
        assert mine[True] not in words(signed_in(desk.agents[1]), "profile", desk)

    def test_requesters_and_strangers_have_no_page(self, lead: Client, desk: SmallDesk) -> None:
        for pk in (desk.requester.pk, 999_999):
            assert lead.get(f"/people/{pk}").status_code == 404

    def test_the_list_says_who_is_there_and_how_much_they_have(self, lead: Client, desk: SmallDesk) -> None:
        desk.owned(2)
        page = words(lead, "everybody", desk)
        assert "4 of 4 people are there now" in page
        assert "1 of 20" in page


class TestTrying:
    """Each editor shows what it would change, writes nothing, and then writes."""

    def test_a_week(self, lead: Client, desk: SmallDesk) -> None:
        typed = {f"day-{n}": n for n in range(7)} | {f"begin-{n}": "08:00" for n in range(5) if n != 1}
        typed |= {f"end-{n}": "18:00" for n in range(5) if n != 1} | {"begin-1": "", "end-1": ""}
        page = words(lead, "plan-week", desk, **typed, **{"try": "1"})
        assert "From Tuesday 08:00 nobody on tier 2 with VPN is on shift" in page
        assert "IT, week of 30 Nov: Tue 8\N{EN DASH}18" in page
        assert Shift.objects.filter(person=desk.agents[2]).count() == 5
        assert lead.post(address("plan-week", desk), typed).status_code == 302
        assert Shift.objects.filter(person=desk.agents[2]).count() == 4
        assert "Mon 08:00\N{EN DASH}18:00" not in words(lead, "working-time", desk).split("Who changed what")[0]

    def test_a_week_that_cannot_be_is_said_and_kept(self, lead: Client, desk: SmallDesk) -> None:
        answer = lead.post(address("plan-week", desk), {"day-0": "0", "begin-0": "08:00", "end-0": "later"})
        assert answer.status_code == 422
        assert "A shift needs two times" in answer.content.decode()
        assert 'value="08:00"' in answer.content.decode()

    def test_a_day(self, lead: Client, desk: SmallDesk) -> None:
        typed = {"day": "2026-11-25", "begin": "", "end": "", "words": "away"}
        assert "From Wednesday 08:00 nobody" in words(lead, "plan-day", desk, **typed, **{"try": "1"})
        lead.post(address("plan-day", desk), typed)
        assert "2026-11-25: free instead of the week" in words(lead, "working-time", desk)
        lead.post(address("lift-day", desk), {"day": "2026-11-25"})
        assert "2026-11-25 follows the week again" in words(lead, "working-time", desk)

    def test_an_absence(self, desk: SmallDesk) -> None:
        mine = signed_in(desk.agents[2])
        typed = {"first": "2026-12-01", "last": "2026-12-02", "reason": "leave", "deputy": desk.agents[3].pk}
        page = words(mine, "record-absence", desk, **typed, **{"try": "1"})
        assert "From Tuesday 08:00 nobody on tier 2 with VPN" in page
        assert not Absence.objects.exists()
        mine.post(address("record-absence", desk), typed)
        one = Absence.objects.get()
        assert one.ends_at == datetime(2026, 12, 3, tzinfo=UTC), "the last day counts"
        assert mine.post(f"/people/absences/{one.pk}/cancel").status_code == 302
        assert not Absence.objects.exists()

    def test_a_skill(self, lead: Client, desk: SmallDesk) -> None:
        page = words(lead, "record-skill", desk, skill="vpn", level=0, **{"try": "1"})
        assert "From Monday 08:00 nobody on tier 2 with VPN is on shift" in page
        assert PersonSkill.objects.get(person=desk.agents[2]).level == 3
        lead.post(address("record-skill", desk), {"skill": "vpn", "level": 2, "suggested": "1"})
        assert PersonSkill.objects.get(person=desk.agents[2]).level == 2
        assert "(as the work suggests)" in words(lead, "abilities", desk)

    def test_withdrawing_a_certificate(self, lead: Client, desk: SmallDesk) -> None:
        page = words(lead, "withdraw", desk, **{"try": "1"})
        assert "From Monday 08:00 nobody on tier 2 with VPN is on shift" in page
        assert Certificate.objects.get().withdrawn_at is None
        assert lead.post(address("withdraw", desk)).status_code == 302
        assert Certificate.objects.get().withdrawn_at == MONDAY

    def test_a_certificate_more(self, lead: Client, desk: SmallDesk) -> None:
        where = f"/people/{desk.agents[3].pk}/abilities/certificate"
        typed = {"name": "Tunnel Engineer", "issuer": "Open Board", "skill": "vpn", "issued_on": "2026-01-01"}
        page = lead.post(where, typed | {"try": "1"}).content.decode()
        assert "From Monday 08:00 somebody on tier 3 with VPN is on shift" in page
        assert lead.post(where, typed | {"expires_on": "2025-01-01"}).status_code == 422
        assert lead.post(where, typed).status_code == 302
        assert Certificate.objects.count() == 2

    def test_a_link_of_the_graph(self, lead: Client, desk: SmallDesk) -> None:
        network = Skill.objects.get(key="network")
        page = words(lead, "unlink-skill", desk, toward=network.pk, **{"try": "1"})
        assert "Agent 2 counts with level 0 in Network instead of 2" in page
        assert Skill.objects.get(key="vpn").links.count() == 1
        lead.post(address("unlink-skill", desk), {"toward": network.pk})
        assert "No longer linked to Network" in words(lead, "skill", desk)
        typed = {"toward": network.pk, "kind": "helps_with"}
        assert "counts with level 1 in Network" in words(lead, "link-skill", desk, **typed, **{"try": "1"})
        lead.post(address("link-skill", desk), typed)
        assert Skill.objects.get(key="vpn").links.get().kind == "helps_with"

    def test_a_circle_is_refused_where_it_was_asked_for(self, lead: Client, desk: SmallDesk) -> None:
        network, vpn = (Skill.objects.get(key=key) for key in ("network", "vpn"))
        answer = lead.post(f"/people/skills/{network.pk}/link", {"toward": vpn.pk, "kind": "part_of"})
        assert answer.status_code == 422
        assert "leads back to" in answer.content.decode()

    def test_a_rotation(self, lead: Client, desk: SmallDesk) -> None:
        assert "now Agent 1" in words(lead, "on-call", desk)
        first, second = desk.lead.pk, desk.agents[1].pk
        typed = {"name": "Nights", "first_day": "2026-11-23", "first_time": "08:00", "days": 1}
        typed |= {"who-0": first, "who-1": second, "who-2": ""}
        page = words(lead, "plan-rotation", desk, **typed, **{"try": "1"})
        assert "Tue 24 Nov, 08:00 to Wed 25 Nov, 08:00: Agent 1" in page
        assert OnCallRotation.objects.get(active=True).days == 7
        lead.post(address("plan-rotation", desk), typed)
        assert "In turn, each for 1 day: Lena Lead, Agent 1" in words(lead, "rotation", desk)

    def test_taking_over(self, lead: Client, desk: SmallDesk) -> None:
        typed = {"person": desk.lead.pk, "first_day": "2026-11-24", "last_day": "2026-11-24"}
        page = words(lead, "take-over", desk, **typed, **{"try": "1"})
        assert "Tue 24 Nov, 00:00 to Wed 25 Nov, 00:00: Lena Lead" in page
        assert not OnCallSwap.objects.exists()
        lead.post(address("take-over", desk), typed)
        assert "Lena Lead takes over from 2026-11-24 to 2026-11-25" in words(lead, "rotation", desk)

    def test_only_those_who_plan_change_others(self, desk: SmallDesk) -> None:
        other = signed_in(desk.agents[1])
        for name in sorted(VERBS - {"cancel-absence"}):
            answer = other.post(address(name, desk), {"skill": "vpn", "level": 1, "code": "en"})
            assert answer.status_code in {404, 422}, name
        assert PersonSkill.objects.get(person=desk.agents[2]).level == 3


def test_a_skill_is_made_and_renamed_with_its_history(lead: Client, desk: SmallDesk) -> None:
    where = lead.post("/people/skills", {"name": "Storage area networks"})["Location"]
    lead.post(where, {"name": "Storage", "description": "Arrays and switches"})
    page = lead.get(where).content.decode()
    assert "Named Storage, before Storage area networks" in page
    assert "Made: Storage area networks" in page
    assert lead.post("/people/skills", {"name": "Storage area networks"}).status_code == 422


def test_languages_and_capacity(lead: Client, desk: SmallDesk) -> None:
    assert lead.post(address("record-language", desk), {"code": "french", "level": "B2"}).status_code == 422
    lead.post(address("record-language", desk), {"code": "fr", "level": "B2"})
    assert "français" in words(lead, "abilities", desk).lower()
    lead.post(address("set-capacity", desk), {"capacity": 3})
    assert "Tickets at the same time: 20 → 3" in words(lead, "working-time", desk)
    assert actor_for(desk.lead).label in words(lead, "working-time", desk)
