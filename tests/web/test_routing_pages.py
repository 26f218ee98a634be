"""Set-up of routing rules, tried before they hold; and the page that says how right triage is."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.support.console import text_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.web_world import signed_in
from tierline.core.kernel import clock
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.rules import Role
from tierline.doors.web.reports.views.routing import conclusion, drifts
from tierline.doors.web.setup.views.routing import changes
from tierline.work.routing import operations
from tierline.work.routing.models import Forecast, LearnedModel, RoutingRule
from tierline.work.routing.queries import MonthRow

pytestmark = pytest.mark.django_db

desk = held(small_desk)
RULE = {"name": "Tunnels", "words": "tunnel*, vpn\nroaming", "weight": "2", "group": ""}


@pytest.fixture
def editor(desk: SmallDesk) -> Client:
    """Holds one role, on this desk alone: that of whoever edits automation."""
    made = people.create_person(actor=SETUP, email="e@d.example", name="Erin", roles=[Role.REQUESTER])
    people.set_desk_roles(actor=SETUP, person_id=made.pk, desk_id=desk.desk.pk, roles=[Role.AUTOMATION_EDITOR])
    return signed_in(Person.objects.get_queryset().get(pk=made.pk))


def new(desk: SmallDesk) -> str:
    return f"/setup/routing/{desk.desk.pk}/new"


def typed(desk: SmallDesk, **more: str) -> dict[str, str]:
    return {**RULE, "service": str(desk.service.pk), **more}


def rule(desk: SmallDesk, **more: object) -> RoutingRule:
    values = {"name": "Tunnels", "words": ["tunnel"], "service_id": desk.service.pk, **more}
    return operations.write_rule(actor=SETUP, desk_id=desk.desk.pk, **values)  # type: ignore[arg-type]  # what the verb takes


# --- rules


def test_a_rule_is_tried_then_written(desk: SmallDesk, editor: Client) -> None:
    moving = desk.ticket("The tunnel is closed")
    desk.ticket("Mouse clicks twice", "Often.")
    tried = text_of(editor.post(new(desk), typed(desk, **{"try": "1"})))
    assert "It would have moved 1 of the last 2 tickets." in tried
    assert f"{moving.reference} The tunnel is closed" in tried
    assert "no service, Frontline VPN, Frontline" in tried
    assert not RoutingRule.objects.exists()
    told = text_of(editor.post(new(desk), typed(desk, write="1"), follow=True))
    assert "Version 1 of Tunnels is in force." in told
    written = RoutingRule.objects.get()
    assert (written.words, written.weight, written.written_by) == (["tunnel*", "vpn", "roaming"], 2.0, "Erin")
    assert "Tunnels" in text_of(editor.get("/setup/routing"))


def test_an_edit_is_a_version_with_what_it_changed(desk: SmallDesk, editor: Client) -> None:
    first = rule(desk)
    where = f"/setup/routing/{desk.desk.pk}/{first.pk}"
    told = editor.post(where, typed(desk, words="roaming", weight="3", write="1", name="ignored"), follow=True)
    shown = text_of(told)
    assert "Version 2 of Tunnels is in force." in shown
    assert "words added: roaming" in shown
    assert "words removed: tunnel" in shown
    assert "weight: 1, now 3" in shown
    newest = RoutingRule.objects.get(active=True)
    assert (newest.name, newest.version) == ("Tunnels", 2)
    old = editor.get(f"/setup/routing/{desk.desk.pk}/{newest.pk}", {"version": "1"}).content.decode()
    assert ">\ntunnel</textarea>" in old


def test_a_rule_goes_out_of_use_and_its_versions_stay(desk: SmallDesk, editor: Client) -> None:
    made = rule(desk)
    told = text_of(editor.post(f"/setup/routing/{desk.desk.pk}/{made.pk}/retire", follow=True))
    assert "Tunnels is out of use." in told
    assert "1 out of use" in told
    assert "No rule yet" in told
    assert "out of use" in text_of(editor.get(f"/setup/routing/{desk.desk.pk}/{made.pk}"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"words": " , "}, "between 1 and 50 words"),
        ({"weight": "0"}, "more than zero"),
        ({"service": ""}, "points to a service, a group, or both"),
        ({"service": "999999"}, "Select a valid choice"),
        ({"name": ""}, "required"),
    ],
)
def test_what_makes_no_sense_stays_in_the_form(
    desk: SmallDesk, editor: Client, wrong: dict[str, str], said: str
) -> None:
    answer = editor.post(new(desk), {**typed(desk, write="1"), **wrong})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not RoutingRule.objects.exists()


def test_an_editor_sees_this_place_of_set_up_and_no_other(desk: SmallDesk, editor: Client) -> None:
    page = editor.get("/setup/routing").content.decode()
    assert 'href="/setup/routing"' in page
    assert 'href="/setup/people"' not in page
    assert editor.get("/setup/people").status_code == 404
    assert 'href="/setup/routing"' in editor.get("/console/?view=all").content.decode()  # the way there
    assert "/setup/" not in signed_in(desk.agents[1]).get("/console/?view=all").content.decode()


def test_rules_of_other_desks_do_not_exist(desk: SmallDesk, editor: Client) -> None:
    other = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    mine = rule(desk)
    for place in (f"{other.pk}/new", f"{other.pk}/{mine.pk}", f"{desk.desk.pk}/{mine.pk + 999}", "999/new"):
        assert editor.get(f"/setup/routing/{place}").status_code == 404
    assert editor.post(f"/setup/routing/{other.pk}/{mine.pk}/retire").status_code == 404
    assert "HR" not in text_of(editor.get("/setup/routing"))
    administrator = signed_in(desk.administrator)
    assert "HR" in text_of(administrator.get("/setup/routing"))
    assert "There is no ticket yet" in text_of(
        administrator.post(f"/setup/routing/{other.pk}/new", {**RULE, "try": "1"})
    )
    for agent in (desk.agents[1], desk.lead):
        assert signed_in(agent).get("/setup/routing").status_code == 404


def test_the_first_version_changes_nothing(desk: SmallDesk) -> None:
    made = rule(desk)
    assert changes(None, made) == []
    assert changes(made, made) == []
    other = RoutingRule(words=["tunnel"], weight=1.0, service=None, group=desk.groups[1])
    assert changes(made, other) == ["service: VPN, now none", "group: none, now Frontline"]


# --- how right it is


def model(desk: Desk, **more: object) -> LearnedModel:
    shares = {"accuracy": 0.9, "threshold": 0.8, "coverage": 0.7, "reliability": 0.95}
    values = {"version": 1, "texts": 300, "newest_at": clock.now(), "learned_at": clock.now(), **shares, **more}
    return LearnedModel.objects.create(desk=desk, subject="group", **values)


def month(**more: object) -> MonthRow:
    counts = {"said": 40, "right": 30, "sure": 20, "sure_right": 19, "followed": 10, "followed_right": 10}
    values = {"subject": "group", "month": clock.now(), "expected": 0.8, **counts, **more}
    return MonthRow(**values)  # type: ignore[arg-type]  # as the row takes it


def test_the_page_says_how_often_it_was_sure_and_right(desk: SmallDesk) -> None:
    learned = model(desk.desk)
    at = clock.now() - timedelta(hours=1)
    for score, right in ((0.95, True), (0.9, False), (0.3, False)):
        values = {"label": str(desk.groups[1].pk), "score": score, "right": right, "settled_at": at, "at": at}
        Forecast.objects.create(ticket=desk.ticket(), model=learned, followed=right, **values)
    LearnedModel.objects.filter(pk=learned.pk).update(content=None)
    shown = text_of(signed_in(desk.lead).get("/insights/routing"))
    assert "How right triage is" in shown
    assert "Nothing is learned yet" in shown  # of services, and of a model whose content is gone
    assert "3 1 67 % 50 % 33 % 72 % 1" in shown
    assert "Frontline 3 33 % 67 % 50 %" in shown


def test_nobody_reads_the_figures_of_a_desk_that_is_not_theirs(desk: SmallDesk) -> None:
    hidden = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    lead = signed_in(desk.lead)
    assert text_of(lead.get("/insights/routing", {"desk": hidden.pk})) == text_of(lead.get("/insights/routing"))
    assert signed_in(desk.requester).get("/insights/routing").status_code == 404


@pytest.mark.parametrize(
    ("threshold", "rows", "said"),
    [
        (None, [], "Nothing is learned yet"),
        (None, [month()], "No model is in use now"),
        (1.5, [], "never right often enough"),
        (0.8, [], "No ticket that it spoke about"),
        (0.8, [month()], "Sure of 20 of 40 tickets this month, and right in 95%"),
        (0.8, [month(sure=0, sure_right=0)], "abstained from all 40"),
    ],
)
def test_one_sentence_for_each_subject(threshold: float | None, rows: list[MonthRow], said: str) -> None:
    assert said in conclusion(None if threshold is None else LearnedModel(threshold=threshold), rows)


@pytest.mark.parametrize(
    ("right", "said", "expected"), [(30, 40, False), (20, 40, True), (5, 10, False), (40, 40, False)]
)
def test_drift_is_being_right_less_often_than_expected(right: int, said: int, *, expected: bool) -> None:
    assert drifts(month(right=right, said=said)) is expected
