"""Set-up of roles for one desk, of organisations with their contracts, and the question why somebody sees something."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.web_world import signed_in
from tierline.core.kernel import clock
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.catalogue import queries as catalogue_queries
from tierline.desk.catalogue.models import ServiceContract
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Organisation, Person
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = NOW.date()
PAGES = ("/setup/organisations", "/setup/access", "/setup/people")
VERBS = ("/setup/organisations/{org}/contract", "/setup/agreed/{contract}/end", "/setup/people/{person}/desk-roles")
HOSTILE = ("99999999999999999999999", "²' OR 1=1 --\0<script>\u202e٣" * 50)


def build() -> SmallDesk:
    with clock.at(NOW):
        desk = small_desk()
        people.create_desk(actor=SETUP, key="hr", name="Human Resources", kind="hr", confidential=True)
        customer = people.create_organisation(actor=SETUP, name="Aalto Labs", domain="aalto.example")
        catalogue.agree_contract(actor=SETUP, organisation=customer, plan="Gold", direct_tier=2)
        desk.ticket()
    return desk


desk = held(build)


@pytest.fixture(autouse=True)
def now(db: None) -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def admin(desk: SmallDesk) -> Client:
    return signed_in(desk.administrator)


@pytest.fixture
def auditor(desk: SmallDesk) -> Client:
    return signed_in(people.create_person(actor=SETUP, email="a@desk.example", name="Au Ditor", roles=[Role.AUDITOR]))


def customer() -> Organisation:
    return Organisation.objects.get(name="Aalto Labs")


def words(client: Client, where: str, **data: object) -> str:
    response = client.post(where, data, follow=True) if data else client.get(where)
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def fill(where: str, desk: SmallDesk) -> str:
    contract = ServiceContract.objects.get()
    return where.format(org=customer().pk, contract=contract.pk, person=desk.agents[1].pk)


@pytest.mark.parametrize("where", [*PAGES, *VERBS])
def test_for_everybody_else_they_do_not_exist(desk: SmallDesk, client: Client, where: str) -> None:
    address = fill(where, desk)
    assert client.get(address).status_code in {302, 405}
    for person in (desk.requester, desk.agents[1]):
        somebody = signed_in(person)
        assert somebody.get(address).status_code in {404, 405}
        assert somebody.post(address, {"name": "x", "plan": "x"}).status_code in {404, 405}


@pytest.mark.parametrize("value", HOSTILE)
def test_no_field_can_be_filled_so_that_it_breaks(admin: Client, desk: SmallDesk, value: str) -> None:
    fields = ("name", "domain", "account_manager", "plan", "direct_tier", "starts_on", "ends_on", "desk", "roles")
    for where in (*VERBS, "/setup/organisations", f"/setup/organisations/{customer().pk}"):
        assert admin.post(fill(where, desk), dict.fromkeys(fields, value)).status_code in {200, 302, 404, 422}, where
    asked = dict.fromkeys(("person", "kind", "number"), value)
    assert admin.get("/setup/access", asked).status_code in {200, 422}
    assert admin.get("/setup/access", asked | {"kind": "ticket", "person": "Ines Okafor"}).status_code in {200, 422}


class TestRolesForOneDesk:
    def give(self, admin: Client, desk: SmallDesk, *roles: str, key: str = "hr") -> str:
        pk = Desk.objects.get(key=key).pk
        return words(admin, f"/setup/people/{desk.agents[1].pk}/desk-roles", desk=pk, roles=list(roles))

    def test_they_are_given_taken_and_remembered(self, admin: Client, desk: SmallDesk) -> None:
        page = self.give(admin, desk, "observer", "auditor")
        assert "given: Observer, Auditor for Human Resources" in page
        assert "Ada Admin" in page
        person = Person.objects.get_by_natural_key(desk.agents[1].email)
        assert {role for role, _ in actor_for(person).desk_roles} == {"observer", "auditor"}
        page = self.give(admin, desk)
        assert "taken: Observer, Auditor for Human Resources" in page
        assert Person.objects.get_by_natural_key(desk.agents[1].email).desk_roles == []

    @pytest.mark.parametrize("role", ["administrator", "requester", "nonsense"])
    def test_what_is_no_role_of_one_desk_is_not_given(self, admin: Client, desk: SmallDesk, role: str) -> None:
        where = f"/setup/people/{desk.agents[1].pk}/desk-roles"
        assert admin.post(where, {"desk": desk.desk.pk, "roles": [role]}).status_code == 404

    def test_a_desk_that_is_not_there(self, admin: Client, desk: SmallDesk) -> None:
        where = f"/setup/people/{desk.agents[1].pk}/desk-roles"
        assert admin.post(where, {"desk": 999_999, "roles": ["observer"]}).status_code == 404


class TestWhy:
    @pytest.mark.parametrize(
        ("person", "kind", "number", "said"),
        [
            ("ines@field.example", "ticket", "1", ["Ines Okafor sees this", "asked for it"]),
            ("Agent 2", "ticket", "INC-00001", ["Agent 2 sees this", "the desk IT is open to everybody who works"]),
            ("agent2@desk.example", "person", "1", ["Agent 2 sees this"]),
            ("Ines Okafor", "report", "", ["Ines Okafor does not see this", "no role of theirs carries"]),
            ("Lena Lead", "report", "", ["Lena Lead sees this", "insight.read"]),
            ("Nobody Here", "ticket", "1", ["Nobody has that name or address."]),
            ("Agent", "ticket", "1", ["Several people have that name", "agent3@desk.example"]),
            ("Agent 2", "ticket", "INC-99999", ["There is no such thing, or it is not yours to ask about."]),
            ("Agent 2", "ticket", "", ["There is no such thing"]),
        ],
    )
    def test_questions(
        self, auditor: Client, desk: SmallDesk, person: str, kind: str, number: str, said: list[str]
    ) -> None:
        ticket = Ticket.objects.get()
        number = {"1": str(ticket.pk), "INC-00001": ticket.reference}.get(number, number)
        if kind == "person":
            number = str(desk.requester.pk)
        response = auditor.get("/setup/access", {"person": person, "kind": kind, "number": number})
        page = response.content.decode()
        assert all(one in page for one in said), page

    def test_a_secret_is_not_told_by_asking(self, auditor: Client, desk: SmallDesk) -> None:
        hr = Desk.objects.get(key="hr")
        secret = tickets.open_ticket(
            actor=desk.asking, requester=desk.requester, title="My salary", text="Wrong.", desk=hr
        )
        there = auditor.get("/setup/access", {"person": "Agent 2", "kind": "ticket", "number": str(secret.pk)})
        gone = auditor.get("/setup/access", {"person": "Agent 2", "kind": "ticket", "number": "99999"})
        same = [one.content.decode().replace(str(secret.pk), "99999") for one in (there, gone)]
        said = [one.split("Nobody", 1)[-1] for one in same]
        assert "There is no such thing" in same[0]
        assert len(said[0]) == len(said[1])

    def test_it_tells_who_gave_the_roles(self, auditor: Client, desk: SmallDesk) -> None:
        admin = actor_for(desk.administrator)
        people.set_roles(actor=admin, person_id=desk.agents[2].pk, roles=[Role.AGENT, Role.KNOWLEDGE_EDITOR])
        page = auditor.get("/setup/access", {"person": "Agent 2", "kind": "report", "number": ""}).content.decode()
        assert "given: knowledge editor" in page
        assert "Ada Admin" in page

    def test_an_unknown_kind_is_refused_at_its_field(self, auditor: Client) -> None:
        response = auditor.get("/setup/access", {"person": "Agent 2", "kind": "secret", "number": "1"})
        assert response.status_code == 422
        assert 'aria-invalid="true"' in response.content.decode()


class TestOrganisations:
    def test_the_list_tells_what_counts_today(self, admin: Client) -> None:
        page = words(admin, "/setup/organisations")
        assert "Aalto Labs" in page
        assert "reaches 2 Specialists directly" in page

    def test_one_is_made_and_changed_with_its_history(self, admin: Client, desk: SmallDesk) -> None:
        page = words(admin, "/setup/organisations", name="Dune Optics", domain="Dune.example")
        assert "Say what was agreed" in page
        made = Organisation.objects.get(name="Dune Optics")
        typed = {"name": "Dune", "domain": "dune.example", "account_manager": desk.lead.pk}
        page = words(admin, f"/setup/organisations/{made.pk}", **typed)
        assert "Dune, dune.example, account manager: Lena Lead" in page
        assert "Dune Optics, dune.example, account manager: nobody" in page

    def test_a_name_in_use_stands_at_its_field(self, admin: Client) -> None:
        response = admin.post("/setup/organisations", {"name": "Aalto Labs"})
        assert response.status_code == 422
        assert "already in use" in response.content.decode()

    def test_the_newest_contract_that_runs_counts(self, admin: Client) -> None:
        where = f"/setup/organisations/{customer().pk}/contract"
        typed = {"plan": "Platinum", "direct_tier": 3, "starts_on": "2026-11-01", "names_manager": "1"}
        page = words(admin, where, **typed, around_the_clock="1")
        assert "<b>Platinum</b>: reaches 3 Experts directly, around the clock, sees its account manager" in page
        assert "Contract Platinum from 2026-11-01: reaches 3 Experts directly" in page
        newest = ServiceContract.objects.latest("pk")
        page = words(admin, f"/setup/agreed/{newest.pk}/end", now="1")
        assert "Contract Platinum ends with 2026-11-23" in page
        tomorrow = TODAY + timedelta(days=1)
        assert catalogue_queries.contract_of(customer(), TODAY) == newest
        assert catalogue_queries.contract_of(customer(), tomorrow) != newest

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"plan": "Gold", "direct_tier": 4, "starts_on": "2026-11-01"}, "4 is not one of"),
            (
                {"plan": "Gold", "direct_tier": 1, "starts_on": "2026-11-02", "ends_on": "2026-11-01"},
                "cannot end before",
            ),
            ({"plan": " ", "direct_tier": 1, "starts_on": "2026-11-02"}, "required"),
        ],
    )
    def test_a_contract_that_cannot_be(self, admin: Client, typed: dict[str, Any], said: str) -> None:
        response = admin.post(f"/setup/organisations/{customer().pk}/contract", typed)
        assert response.status_code == 422
        assert said in response.content.decode()
        assert ServiceContract.objects.count() == 1

    def test_the_verbs_refuse_the_same(self, desk: SmallDesk) -> None:
        agree = {"actor": SETUP, "organisation": customer()}
        for wrong in ({"direct_tier": 4}, {"plan": ""}, {"ends_on": date(2020, 1, 1)}):
            with pytest.raises(Invalid):
                catalogue.agree_contract(**agree | {"plan": "Gold"} | wrong)  # type: ignore[arg-type]  # tables of cases
        with pytest.raises(Invalid):
            catalogue.end_contract(actor=SETUP, contract_id=ServiceContract.objects.get().pk, ends_on=date(2020, 1, 1))
        with pytest.raises(NotFound):
            catalogue.end_contract(actor=SETUP, contract_id=999_999, ends_on=TODAY)
        with pytest.raises(NotFound):
            catalogue.end_contract(actor=desk.leading, contract_id=ServiceContract.objects.get().pk, ends_on=TODAY)


class TestAccountManager:
    @pytest.fixture
    def mikko(self, desk: SmallDesk) -> Client:
        people.name_account_manager(actor=SETUP, organisation_id=customer().pk, person_id=desk.lead.pk)
        asking = people.ensure_requester(actor=SETUP, email="mikko@aalto.example", name="Mikko")
        return signed_in(asking)

    @pytest.mark.parametrize(
        ("contract", "shown"),
        [
            ({}, False),
            ({"names_manager": True}, True),
            ({"names_manager": True, "starts_on": TODAY + timedelta(days=1)}, False),
            ({"names_manager": True, "starts_on": TODAY - timedelta(days=9), "ends_on": TODAY}, True),
            (
                {
                    "names_manager": True,
                    "starts_on": TODAY - timedelta(days=9),
                    "ends_on": TODAY - timedelta(days=1),
                },
                False,
            ),
        ],
    )
    def test_the_portal_names_them_if_the_contract_says_so(
        self, mikko: Client, contract: dict[str, Any], shown: bool
    ) -> None:
        catalogue.agree_contract(actor=SETUP, organisation=customer(), plan="Gold", **contract)
        page = words(mikko, "/")
        assert ("Your account manager" in page) is shown
        assert ("lead@desk.example" in page) is shown

    def test_somebody_who_has_left_is_not_named(self, mikko: Client, desk: SmallDesk) -> None:
        catalogue.agree_contract(actor=SETUP, organisation=customer(), plan="Gold", names_manager=True)
        people.set_active(actor=SETUP, person_id=desk.lead.pk, active=False)
        assert "Your account manager" not in words(mikko, "/")

    def test_people_of_no_organisation_see_none(self, desk: SmallDesk) -> None:
        assert catalogue_queries.named_manager(None, TODAY) is None
        assert "Your account manager" not in words(signed_in(desk.requester), "/")
