"""The set-up pages: who may see them, what they write, and what they refuse."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.test.utils import override_settings
from pytest_django import DjangoDbBlocker

from tests.support.desk import SETUP, SmallDesk
from tests.support.ladder import QUESTION, ready_for_specialists
from tests.support.portal_world import PortalWorld, portal_world, quarantined
from tierline.core.kernel.errors import NotFound
from tierline.core.plugins import registry
from tierline.core.plugins.registry import Broken
from tierline.desk.catalogue.models import Service
from tierline.desk.people import operations
from tierline.desk.people.models import Desk, Membership, Organisation, Person, SupportGroup
from tierline.doors.web.setup import contract_rows
from tierline.doors.web.setup.contract_rows import Row
from tierline.doors.web.setup.views.mail import headline
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.escalation.models import Contract
from tierline.ladder.escalation.rules.contracts import DEFAULTS, parse_items
from tierline.work.intake.models import InboundMessage

pytestmark = pytest.mark.django_db
PAGES = (
    "/setup/",
    "/setup/groups",
    "/setup/people",
    "/setup/organisations",
    "/setup/access",
    "/setup/services",
    "/setup/contracts",
    "/setup/contracts/1-2",
    "/setup/mail",
    "/setup/mail/received",
    "/setup/files",
    "/setup/evidence",
    "/setup/work",
    "/setup/plugins",
    "/setup/styleguide",
)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[PortalWorld]:
    """One life for the file; what a test changes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield portal_world()
        transaction.set_rollback(True)


@pytest.fixture
def desk(world: PortalWorld) -> SmallDesk:
    return world.desk


@pytest.fixture
def admin(desk: SmallDesk) -> Client:
    client = Client()
    client.force_login(desk.administrator)
    return client


def test_every_page_opens_within_its_budget(admin: Client, django_assert_max_num_queries: Any) -> None:
    for address in PAGES:
        with django_assert_max_num_queries(16):
            assert admin.get(address).status_code == 200, address


def test_for_everybody_else_they_do_not_exist(client: Client, desk: SmallDesk) -> None:
    assert client.get("/setup/")["Location"].startswith("/sign-in")
    for person in (desk.requester, desk.agents[1]):
        client.force_login(person)
        assert {client.get(address).status_code for address in PAGES} == {404}
        assert client.post("/setup/groups", {"name": "Mine"}).status_code == 404


def test_a_lead_looks_after_the_quarantine_and_nothing_else(client: Client, desk: SmallDesk) -> None:
    client.force_login(desk.lead)
    page = client.get("/setup/mail")
    assert page.status_code == 200
    assert "/setup/groups" not in page.content.decode()
    assert client.get("/setup/groups").status_code == 404


def test_a_group_is_created_with_a_key_of_its_name(admin: Client, desk: SmallDesk) -> None:
    response = admin.post("/setup/groups", {"name": "Field Service North", "desk": desk.desk.pk, "tier": 2})
    made = SupportGroup.objects.get(key="field-service-north")
    assert response["Location"] == f"/setup/groups/{made.pk}"
    assert made.tier == 2


@pytest.mark.parametrize("typed", [{"tier": 7}, {"name": ""}, {"desk": 999}, {"email": "no address"}])
def test_a_group_that_cannot_be_is_refused_with_its_field(
    admin: Client, desk: SmallDesk, typed: dict[str, object]
) -> None:
    before = SupportGroup.objects.count()
    response = admin.post("/setup/groups", {"name": "New", "desk": desk.desk.pk, "tier": 1, **typed})
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    assert SupportGroup.objects.count() == before


def test_a_name_that_is_taken_is_said_at_the_form(admin: Client, desk: SmallDesk) -> None:
    typed = {"name": "Tier 1", "desk": desk.desk.pk, "tier": 1}
    response = admin.post("/setup/groups", typed)
    assert response.status_code == 422
    assert "already in use" in response.content.decode()


def test_people_join_and_leave_groups(admin: Client, desk: SmallDesk) -> None:
    group = desk.groups[3]
    admin.post(f"/setup/groups/{group.pk}/join", {"person": desk.lead.pk})
    assert Membership.objects.filter(group=group, person=desk.lead).exists()
    page = admin.get(f"/setup/groups/{group.pk}").content.decode()
    assert "Lena Lead is in Platform experts." in page
    admin.post(f"/setup/groups/{group.pk}/leave", {"person": desk.lead.pk})
    assert not Membership.objects.filter(group=group, person=desk.lead).exists()


@pytest.mark.parametrize("person", ["", "0", "999999", "abc"])
def test_nobody_unknown_joins(admin: Client, desk: SmallDesk, person: str) -> None:
    assert admin.post(f"/setup/groups/{desk.groups[1].pk}/join", {"person": person}).status_code == 404


def test_a_group_is_renamed_moved_and_retired(admin: Client, desk: SmallDesk) -> None:
    group = desk.groups[3]
    admin.post(f"/setup/groups/{group.pk}", {"name": "Engineers", "tier": 3, "email": "", "active": ""})
    group.refresh_from_db()
    assert (group.name, group.active) == ("Engineers", False)


def test_a_person_is_created_found_and_given_roles(admin: Client, desk: SmallDesk) -> None:
    admin.post("/setup/people", {"name": "Yuki Tan", "email": "yuki@desk.example", "role": "requester"})
    made = Person.objects.get_by_natural_key("yuki@desk.example")
    assert "Yuki Tan" in admin.get("/setup/people?q=yuki desk.example").content.decode()
    assert "Yuki Tan" not in admin.get("/setup/people?q=nobody").content.decode()
    admin.post(f"/setup/people/{made.pk}/roles", {"roles": ["agent", "lead"]})
    made.refresh_from_db()
    assert made.roles == ["agent", "lead"]


def test_an_address_belongs_to_one_person(admin: Client, desk: SmallDesk) -> None:
    response = admin.post("/setup/people", {"name": "Ines", "email": "INES@field.example", "role": "agent"})
    assert response.status_code == 422
    assert "already known" in response.content.decode()


def test_somebody_without_a_role_is_refused(admin: Client, desk: SmallDesk) -> None:
    admin.post(f"/setup/people/{desk.lead.pk}/roles", {})
    desk.lead.refresh_from_db()
    assert desk.lead.roles
    assert "Choose at least one role." in admin.get(f"/setup/people/{desk.lead.pk}").content.decode()


def test_a_password_that_is_too_easy_is_not_given(admin: Client, desk: SmallDesk) -> None:
    response = admin.post(f"/setup/people/{desk.requester.pk}/password", {"password": "12345678901"})
    assert response.status_code == 422
    assert "too common" in response.content.decode()


def test_accounts_close_and_open_but_never_ones_own(admin: Client, desk: SmallDesk) -> None:
    admin.post(f"/setup/people/{desk.lead.pk}/active", {"active": ""})
    desk.lead.refresh_from_db()
    assert not desk.lead.is_active
    admin.post(f"/setup/people/{desk.lead.pk}/active", {"active": "1"})
    desk.lead.refresh_from_db()
    assert desk.lead.is_active
    admin.post(f"/setup/people/{desk.administrator.pk}/active", {"active": ""})
    assert "cannot close your own" in admin.get(f"/setup/people/{desk.administrator.pk}").content.decode()


def test_desks_services_and_organisations_are_created(admin: Client, desk: SmallDesk) -> None:
    admin.post("/setup/desks/new", {"name": "Human resources", "kind": "hr", "confidential": "on"})
    assert Desk.objects.get(key="human-resources").confidential
    admin.post("/setup/services/new", {"name": "E-mail", "desk": desk.desk.pk, "group": desk.groups[1].pk})
    assert Service.objects.get(key="e-mail").group == desk.groups[1]
    admin.post("/setup/organisations", {"name": "Dune Optics", "domain": "Dune.example"})
    assert Organisation.objects.get(name="Dune Optics").domain == "dune.example"
    page = admin.get("/setup/services").content.decode()
    assert all(name in page for name in ("Human resources", "E-mail"))
    assert "Dune Optics" in admin.get("/setup/organisations").content.decode()


def test_a_service_twice_is_refused_on_its_own_form(admin: Client, desk: SmallDesk) -> None:
    response = admin.post("/setup/services/new", {"name": "VPN", "desk": desk.desk.pk, "group": ""})
    assert response.status_code == 422
    assert "already in use" in response.content.decode()


def typed(rows: list[Row], **more: str) -> dict[str, str]:
    """Rows as a browser sends them."""
    sent = dict(more)
    for n, row in enumerate(rows):
        sent |= {f"key-{n}": row.key, f"kind-{n}": row.kind, f"label-{n}": row.label, f"option-{n}": row.option}
        sent |= {f"required-{n}": "1"} if row.required else {}
        sent |= {f"incidents-{n}": "1"} if row.incidents_only else {}
    return sent


@pytest.mark.parametrize("step", DEFAULTS)
def test_a_contract_survives_the_form_unchanged(step: tuple[int, int]) -> None:
    items = DEFAULTS[step]
    sent = typed(contract_rows.rows_of(items))
    assert parse_items(contract_rows.items_data(contract_rows.read(sent, 22))) == items
    assert {change.how for change in contract_rows.changes(items, items)} == {"same"}


def test_a_preview_writes_nothing_and_tries_it_on_open_tickets(admin: Client, world: PortalWorld) -> None:
    rows = [*contract_rows.rows_of(DEFAULTS[1, 2])[1:], Row(kind="log", label="The log of the day", option="12")]
    page = admin.post("/setup/contracts/1-2", typed(rows, preview="1")).content.decode()
    assert "The log of the day" in page
    assert "removed" in page
    assert world.asked.reference in page
    assert "No hand-over was made on this step yet" in page
    assert Contract.objects.filter(from_tier=1, to_tier=2).count() == 1


def test_a_preview_counts_the_past_hand_overs_it_would_have_stopped(admin: Client, desk: SmallDesk) -> None:
    ticket = ready_for_specialists(desk)
    escalation.escalate(actor=desk.actor(1), ticket_id=ticket.pk, to_tier=2, question=QUESTION)
    rows = [*contract_rows.rows_of(DEFAULTS[1, 2])[:6], Row(kind="log", label="The log of the day", option="12")]
    page = admin.post("/setup/contracts/1-2", typed(rows, preview="1")).content.decode()
    assert "It would have stopped 1 of the last 1 hand-overs." in page
    assert "No hand-over was made" not in page
    assert page.count(ticket.reference) == 2, "among the open tickets, and among the hand-overs"
    assert page.count("The log of the day") == 4, "as a change, in the picture, in the list, in the form"


def test_writing_makes_a_new_version_and_keeps_the_old_one(admin: Client, world: PortalWorld) -> None:
    rows = [*contract_rows.rows_of(DEFAULTS[1, 2])[:6], Row(kind="log", label="The log of the day", option="12")]
    response = admin.post("/setup/contracts/1-2", typed(rows, write="1"))
    assert response["Location"] == "/setup/contracts/1-2"
    versions = Contract.objects.filter(from_tier=1, to_tier=2).order_by("version")
    assert [(one.version, one.active) for one in versions] == [(1, False), (2, True)]
    assert versions[1].parsed_items[-1].options == {"hours": 12}
    assert versions[1].written_by == "Ada Admin"
    page = admin.get("/setup/contracts/1-2?version=1").content.decode()
    assert "The log of the day" not in page


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "between 1 and 20"),
        ([Row(kind="log", label="Log", option="many")], "whole number"),
        ([Row(kind="nonsense", label="X")], "no check named"),
        ([Row(kind="log", label="Log", required=False)], "At least one item must be required"),
    ],
)
def test_a_contract_that_cannot_be_is_said_and_kept_in_the_form(admin: Client, rows: list[Row], said: str) -> None:
    response = admin.post("/setup/contracts/1-2", typed(rows, write="1"))
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert all(row.label in page for row in rows)
    assert Contract.objects.filter(from_tier=1, to_tier=2).count() == 1


def test_a_service_may_have_its_own_contract(admin: Client, desk: SmallDesk) -> None:
    rows = [Row(kind="question", label="What shall we look at?")]
    admin.post(f"/setup/contracts/1-2?service={desk.service.pk}", typed(rows, write="1"))
    assert Contract.objects.get(service=desk.service).active
    assert "VPN" in admin.get("/setup/contracts").content.decode()


@pytest.mark.parametrize(
    "address", ["/setup/contracts/2-1", "/setup/contracts/3-9", "/setup/contracts/1-2?service=999"]
)
def test_a_step_that_does_not_exist_is_not_found(admin: Client, address: str) -> None:
    assert admin.get(address).status_code == 404


def test_the_quarantine_shows_why_and_tries_again(admin: Client) -> None:
    quarantined()
    waiting = InboundMessage.objects.quarantined().get()
    assert waiting.reason in admin.get("/setup/mail").content.decode()
    one = admin.get(f"/setup/mail/{waiting.pk}").content.decode()
    assert waiting.reason in one
    assert "Subject:" in one
    admin.post(f"/setup/mail/{waiting.pk}")
    assert "still in quarantine" in admin.get("/setup/mail").content.decode()
    assert admin.get("/setup/mail/999999").status_code == 404


@pytest.mark.parametrize(
    ("waiting", "failed", "said"),
    [
        (0, 0, "Every message has found its place."),
        (1, 0, "1 message waits in quarantine, 0 could not be delivered."),
        (3, 2, "3 messages wait in quarantine, 2 could not be delivered."),
    ],
)
def test_the_mail_page_opens_with_its_conclusion(waiting: int, failed: int, said: str) -> None:
    assert headline(waiting, failed) == said


def test_the_mail_server_is_named_without_its_password(admin: Client) -> None:
    smtp = {"host": "mail.example", "port": 587, "username": "desk", "password": "hidden-one"}
    with override_settings(TIERLINE_SMTP=smtp):
        page = admin.get("/setup/mail").content.decode()
    assert "mail.example:587" in page
    assert "hidden-one" not in page


def test_a_broken_plug_in_is_shown_with_its_reason(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    left_out = (Broken(group="actions", entry="teleport", package="acme-tierline", reason="ImportError: no warp"),)
    monkeypatch.setattr(registry, "broken", lambda: left_out)
    page = admin.get("/setup/plugins").content.decode()
    assert "1 was left out" in page
    assert "ImportError: no warp" in page
    assert "1 was left out" in admin.get("/setup/").content.decode()


def test_the_plug_ins_that_work_are_listed_with_their_package(admin: Client) -> None:
    page = admin.get("/setup/plugins").content.decode()
    assert all(found.name in page for found in registry.catalogue())


def test_the_style_guide_renders_the_real_components(admin: Client) -> None:
    page = admin.get("/setup/styleguide").content.decode()
    for mark in ('class="ladder"', 'class="glyph"', 'class="clock', 'class="told', 'class="why-box', 'class="chip"'):
        assert mark in page, mark
    assert SETUP.label not in page


def test_an_administrator_writes_down_somebodys_telephone_and_nobody_else_does(admin: Client, desk: SmallDesk) -> None:
    here = f"/setup/people/{desk.requester.pk}"
    refused = admin.post(f"{here}/phone", {"phone": "no number"})
    assert (refused.status_code, "Write a telephone number" in refused.content.decode()) == (422, True)
    admin.post(f"{here}/phone", {"phone": "+49 40 66969 100"})
    assert 'value="+49 40 66969 100"' in admin.get(here).content.decode()
    with pytest.raises(NotFound):
        operations.set_phone(actor=desk.actor(1), person_id=desk.requester.pk, phone="4711")
    assert operations.set_phone(actor=desk.asking, person_id=desk.requester.pk, phone="4712").phone == "4712"
