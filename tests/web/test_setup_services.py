"""A service is changed after it was made: its name, its first group, how grave its failure is, whether it rests."""

import pytest
from django.test import Client

from tests.support.console import text_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.web_world import signed_in
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.catalogue import operations, queries
from tierline.desk.catalogue.models import Service
from tierline.desk.people import operations as people

pytestmark = pytest.mark.django_db
desk = held(small_desk)


@pytest.fixture
def admin(desk: SmallDesk) -> Client:
    return signed_in(desk.administrator)


def at(desk: SmallDesk) -> str:
    return f"/setup/services/{desk.service.pk}"


def test_it_is_changed_on_its_page(admin: Client, desk: SmallDesk) -> None:
    assert "VPN" in text_of(admin.get(at(desk)))
    typed = {"name": "Remote access", "group": desk.groups[2].pk, "critical": "1", "active": "1"}
    assert "Remote access is saved." in text_of(admin.post(at(desk), typed, follow=True))
    now = Service.objects.get(pk=desk.service.pk)
    assert (now.name, now.group_id, now.critical, now.active) == ("Remote access", desk.groups[2].pk, True, True)
    assert "critical" in text_of(admin.get("/setup/services"))


def test_at_rest_it_is_offered_nowhere_and_set_up_still_has_it(admin: Client, desk: SmallDesk) -> None:
    admin.post(at(desk), {"name": "VPN", "group": ""})
    assert queries.services(desk.asking) == []
    assert "at rest" in text_of(admin.get("/setup/services"))
    admin.post(at(desk), {"name": "VPN", "group": "", "active": "1"})
    assert [one.name for one in queries.services(desk.asking)] == ["VPN"]


@pytest.mark.parametrize("typed", [{"name": ""}, {"name": "  "}, {"name": "x" * 81}, {"name": "VPN", "group": "99999"}])
def test_what_cannot_be_is_said_at_its_field(admin: Client, desk: SmallDesk, typed: dict[str, str]) -> None:
    answer = admin.post(at(desk), typed)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert Service.objects.get(pk=desk.service.pk).name == "VPN"


def test_a_group_of_another_desk_does_not_look_first(admin: Client, desk: SmallDesk) -> None:
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    group = people.create_group(actor=SETUP, desk=hr, key="hr-1", name="HR questions", tier=1)
    assert "HR questions" not in text_of(admin.get(at(desk)))
    assert admin.post(at(desk), {"name": "VPN", "group": group.pk}).status_code == 422
    with pytest.raises(Invalid):
        operations.change_service(
            actor=SETUP, service_id=desk.service.pk, name="VPN", group=group, critical=False, active=True
        )


def test_only_set_up_changes_it(desk: SmallDesk) -> None:
    for person in (desk.requester, desk.agents[1], desk.lead):
        assert signed_in(person).get(at(desk)).status_code == 404
        assert signed_in(person).post(at(desk), {"name": "Mine"}).status_code == 404
    with pytest.raises(NotFound):
        operations.change_service(
            actor=desk.leading, service_id=desk.service.pk, name="Mine", group=None, critical=False, active=True
        )
    with pytest.raises(NotFound):
        operations.change_service(actor=SETUP, service_id=10**9, name="x", group=None, critical=False, active=True)
    with pytest.raises(NotFound):
        queries.every_service(desk.leading)


def test_a_service_that_is_not_there(admin: Client) -> None:
    assert admin.get("/setup/services/987654").status_code == 404
