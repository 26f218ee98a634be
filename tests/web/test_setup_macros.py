"""Set-up of macros: written in a form, tried on past tickets, in versions, counted; each desk's own matter."""

from typing import Any

import pytest
from django.test import Client

from tests.support.console import text_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.web_world import signed_in
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.rules import Role
from tierline.doors.web.macro_editing import changes
from tierline.doors.web.macro_forms import action_rows, condition_rows, lines_of, rows_of_conditions
from tierline.work.workflows import operations
from tierline.work.workflows.models import Macro

pytestmark = pytest.mark.django_db

desk = held(small_desk)
MACRO = {"name": "Restart", "reply": "Dear {first_name}, restart it.", "note": "", "then": "wait"}


@pytest.fixture
def editor(desk: SmallDesk) -> Client:
    """Holds one role, on this desk alone: that of whoever edits automation."""
    made = people.create_person(actor=SETUP, email="e@d.example", name="Erin", roles=[Role.REQUESTER])
    people.set_desk_roles(actor=SETUP, person_id=made.pk, desk_id=desk.desk.pk, roles=[Role.AUTOMATION_EDITOR])
    return signed_in(Person.objects.get_queryset().get(pk=made.pk))


def new(desk: SmallDesk) -> str:
    return f"/setup/macros/{desk.desk.pk}/new"


def written(desk: SmallDesk, name: str = "Restart", **parts: Any) -> Macro:
    return operations.write_macro(actor=SETUP, desk_id=desk.desk.pk, name=name, **({"reply": "x"} | parts))


def test_it_is_tried_then_written_with_every_part(desk: SmallDesk, editor: Client) -> None:
    typed = MACRO | {
        "note": "Ask for the serial number.",
        "urgency": "1",
        "service": "vpn",
        "group": "tier-1",
        "facts": "restarted: yes\nOld Client: 5.2",
        "groups": [str(desk.groups[1].pk)],
        "action-0": "set_fact",
        "action-0-params": "key: site\nvalue: Oslo",
        "condition-0-field": "kind",
        "condition-0-operator": "is",
        "condition-0-value": "incident",
        "condition-3-field": "fact.site",
        "condition-3-operator": "in",
        "condition-3-value": "Oslo, Bergen",
    }
    desk.ticket("VPN", facts={"site": "bergen"})
    desk.ticket("Mouse")
    tried = text_of(editor.post(new(desk), typed | {"try": "1"}))
    assert "It would be offered on 1 of the last 2 tickets." in tried
    assert "Dear Ines, restart it." in tried
    assert "gives it to Frontline" in tried
    assert "Records site: Oslo." in tried
    assert not Macro.objects.exists()
    told = text_of(editor.post(new(desk), typed | {"write": "1"}, follow=True))
    assert "Version 1 of Restart is in force." in told
    macro = Macro.objects.get()
    assert macro.steps == {
        "then": "wait",
        "urgency": 1,
        "service": "vpn",
        "group": "tier-1",
        "facts": {"restarted": "yes", "old_client": "5.2"},
        "actions": [{"action": "set_fact", "params": {"key": "site", "value": "Oslo"}}],
    }
    assert [one["field"] for one in macro.conditions] == ["kind", "fact.site"]
    assert (macro.groups, macro.owner_id, macro.written_by) == ([desk.groups[1].pk], None, "Erin")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"reply": "{frist_name}"}, "{frist_name} stands for nothing"),
        ({"note": "Dear {first_name}, restart it."}, "A line of the note stands in the words for the requester."),
        ({"then": "explode"}, "Select a valid choice"),
        ({"facts": "no colon"}, "a name in small letters"),
        ({"service": "other"}, "Select a valid choice"),
        ({"groups": ["999"]}, "Select a valid choice"),
        ({"reply": "", "then": "resolve"}, "Say what solved it"),
        ({"action-0": "explode"}, "There is no action explode."),
        ({"action-0": "set_fact", "action-0-params": "key: x"}, "This is needed."),
        ({"condition-0-field": "shoe", "condition-0-operator": "is"}, "no field named"),
        ({"condition-0-field": "kind", "condition-0-operator": "sings"}, "no comparison named"),
        ({"condition-0-field": "kind", "condition-0-operator": "in", "condition-0-value": ","}, "needs a list"),
    ],
)
def test_what_is_wrong_is_said_where_it_was_typed(
    desk: SmallDesk, editor: Client, wrong: dict[str, Any], said: str
) -> None:
    answer = editor.post(new(desk), MACRO | wrong | {"write": "1"})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "restart it." in answer.content.decode() or "reply" in wrong  # what was typed is still there
    assert not Macro.objects.exists()


def test_versions_with_what_changed(desk: SmallDesk, editor: Client) -> None:
    first = written(desk)
    where = f"/setup/macros/{desk.desk.pk}/{first.pk}"
    told = text_of(editor.post(where, MACRO | {"name": "ignored", "write": "1"}, follow=True))
    assert "Version 2 of Restart is in force." in told
    assert "the reply is worded differently" in told
    assert "now: waits for the requester" in told
    assert ">x<" in editor.get(f"{where}?version=1").content.decode().replace("\n", "")
    assert editor.get(f"{where}?version=99").status_code == 200


def test_the_list_says_what_it_does_for_whom_and_how_often(desk: SmallDesk, editor: Client) -> None:
    macro = written(
        desk,
        steps={"then": "resolve", "code": "workaround", "actions": [{"action": "add_note", "params": {"text": "x"}}]},
        groups=[desk.groups[1].pk],
        conditions=[{"field": "tier", "operator": "at_most", "value": 1}],
    )
    operations.apply_macro(actor=desk.actor(1), ticket_id=desk.owned(1).pk, macro_id=macro.pk)
    said = text_of(editor.get("/setup/macros"))
    assert "resolves it as workaround given, add note" in said
    assert "Frontline, if tier is at most 1 1" in said


def test_out_of_use_and_back(desk: SmallDesk, editor: Client) -> None:
    macro = written(desk)
    where = f"/setup/macros/{desk.desk.pk}/{macro.pk}"
    assert "1 out of use" in text_of(editor.post(f"{where}/retire", follow=True))
    assert "Use it again" in text_of(editor.get(where))
    assert "is in use again" in text_of(editor.post(f"{where}/revive", follow=True))


def test_agents_other_desks_and_personal_ones_are_not_here(desk: SmallDesk, editor: Client) -> None:
    other = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    secret = operations.write_macro(actor=SETUP, desk_id=other.pk, name="Warning", reply="x")
    own = operations.write_macro(actor=desk.actor(1), desk_id=desk.desk.pk, name="My own way", reply="x", personal=True)
    agent = signed_in(desk.agents[1])
    assert agent.get("/setup/macros").status_code == 404
    page = text_of(editor.get("/setup/macros"))
    assert "HR" not in page
    assert "My own way" not in page
    for desk_id, macro in ((other.pk, secret), (desk.desk.pk, secret), (desk.desk.pk, own)):
        for path in ("", "/retire", "/revive"):
            assert editor.post(f"/setup/macros/{desk_id}/{macro.pk}{path}").status_code == 404
    assert editor.get(f"/setup/macros/{other.pk}/new").status_code == 404


def test_whoever_arranges_a_desk_unseen_gets_no_example_of_its_tickets(desk: SmallDesk) -> None:
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    desk.ticket("A warning for somebody", desk=Desk.objects.get(pk=hr.pk))
    admin = signed_in(desk.administrator)
    said = text_of(admin.post(f"/setup/macros/{hr.pk}/new", MACRO | {"try": "1"}))
    assert "no ticket that it could be tried on for you to see" in said


def test_lines_and_rows() -> None:
    assert lines_of("a: b\n\n Long Name :  c: d \nempty") == {"a": "b", "long_name": "c: d", "empty": ""}
    kept = [{"field": "kind", "operator": "in", "value": ["a", "b"]}, {"field": "tier", "operator": "is_set"}]
    rows = condition_rows(kept)
    typed = {f"condition-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}
    assert rows_of_conditions(typed) == kept
    assert action_rows([{"action": "x", "params": {"a": 1}}])[0] == {"action": "x", "params": "a: 1"}
    assert changes(None, Macro()) == []


@pytest.mark.parametrize("value", ["²' OR 1=1 --<script>\u202e٣" * 50, "99999999999999999999", "{", "{}{{}}"])
def test_no_field_can_be_filled_so_that_it_breaks(desk: SmallDesk, editor: Client, value: str) -> None:
    names = [*MACRO, "code", "resolution", "impact", "urgency", "service", "group", "facts", "groups"]
    names += ["action-0", "action-0-params", "condition-0-field", "condition-0-operator", "condition-0-value"]
    answer = editor.post(new(desk), dict.fromkeys([*names, "write"], value))
    assert answer.status_code == 422
    assert b"<script>\xe2" not in answer.content
