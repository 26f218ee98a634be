"""Runbooks, typed actions with four eyes, and automations that never chase themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.ladder import STEPS
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.plugins import registry
from tierline.core.plugins.contracts import ActionContext, ActionResult
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import ERASED
from tierline.desk.people import operations as people
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.desk.tickets.queries import timeline
from tierline.work.workflows import operations, queries
from tierline.work.workflows.errors import AlreadyDecided, FourEyes, RunEnded
from tierline.work.workflows.models import ActionDecision, ActionRun, Automation, Runbook, RunbookRun
from tierline.work.workflows.operations.actions import FIRST_PAUSE, MAX_TRIES
from tierline.work.workflows.rules.conditions import CHAIN_LIMIT

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("workflows")
FACT = {"key": "site", "value": "Oslo"}


@dataclass(frozen=True)
class World:
    desk: SmallDesk
    ticket: Ticket
    runbook: Runbook


@pytest.fixture(scope="module")
def world(held_database: None) -> World:
    desk = small_desk()
    runbook = operations.write_runbook(
        actor=SETUP, key="vpn-basics", title="VPN basics", steps=STEPS, words="vpn tunnel drops"
    )
    return World(desk, desk.owned(1), runbook)


@pytest.fixture
def desk(world: World) -> SmallDesk:
    return world.desk


@pytest.fixture
def ticket(world: World) -> Ticket:
    return Ticket.objects.get(pk=world.ticket.pk)


@pytest.fixture
def runbook(world: World) -> Runbook:
    return Runbook.objects.get(pk=world.runbook.pk)


def entries(ticket: Ticket, kind: str) -> list[TimelineEntry]:
    return list(TimelineEntry.objects.of("ticket", ticket.pk).filter(kind=kind))


# --- runbooks


def test_a_run_finishes_by_itself_and_says_what_is_ruled_out(desk: SmallDesk, ticket: Ticket, runbook: Runbook) -> None:
    agent = desk.actor(1)
    run = operations.start_run(actor=agent, ticket_id=ticket.pk, runbook_id=runbook.pk)
    operations.complete_step(actor=agent, run_id=run.pk, step_key="cert", result="passed", note="until 2027")
    run = operations.complete_step(actor=agent, run_id=run.pk, step_key="portal", result="failed")
    assert (run.state, run.ruled_out) == ("done", ["expired certificate"])
    (told,) = entries(ticket, "runbook.completed")
    assert (told.data["done"], told.data["total"], told.data["suspect"]) == (2, 2, ["captive portal"])


def test_a_found_cause_ends_the_run(desk: SmallDesk, ticket: Ticket, runbook: Runbook) -> None:
    run = operations.start_run(actor=desk.actor(1), ticket_id=ticket.pk, runbook_id=runbook.pk)
    run = operations.complete_step(actor=desk.actor(1), run_id=run.pk, step_key="cert", result="found")
    assert run.state == "done"
    assert entries(ticket, "runbook.completed")[0].data["found"] == ["expired certificate"]
    with pytest.raises(RunEnded):
        operations.complete_step(actor=desk.actor(1), run_id=run.pk, step_key="portal", result="passed")


def test_the_last_word_on_a_step_counts(desk: SmallDesk, ticket: Ticket, runbook: Runbook) -> None:
    run = operations.start_run(actor=desk.actor(1), ticket_id=ticket.pk, runbook_id=runbook.pk)
    for result in ("failed", "passed"):
        operations.complete_step(actor=desk.actor(1), run_id=run.pk, step_key="cert", result=result)
    (row,) = queries.runs_of(desk.actor(1), ticket.pk)
    assert (row.steps[0].words, row.next_key, row.outcome.ruled_out) == (
        "as expected",
        "portal",
        ("expired certificate",),
    )


def test_starting_twice_goes_on_with_the_first(desk: SmallDesk, ticket: Ticket, runbook: Runbook) -> None:
    first = operations.start_run(actor=desk.actor(1), ticket_id=ticket.pk, runbook_id=runbook.pk)
    assert operations.start_run(actor=desk.actor(1), ticket_id=ticket.pk, runbook_id=runbook.pk) == first
    assert len(entries(ticket, "runbook.started")) == 1
    with pytest.raises(IntegrityError, match="runbook_run_once_at_a_time"), transaction.atomic():
        RunbookRun.objects.create(ticket=ticket, runbook=runbook, tier=1, started_by="x", started_at=clock.now())


def test_a_stopped_run_keeps_what_it_found(desk: SmallDesk, ticket: Ticket, runbook: Runbook) -> None:
    run = operations.start_run(actor=desk.actor(1), ticket_id=ticket.pk, runbook_id=runbook.pk)
    operations.complete_step(actor=desk.actor(1), run_id=run.pk, step_key="cert", result="passed")
    run = operations.stop_run(actor=desk.actor(1), run_id=run.pk, reason="Ines left")
    assert (run.state, run.ruled_out) == ("stopped", ["expired certificate"])
    (told,) = entries(ticket, "runbook.completed")
    assert (told.data["state"], told.data["reason"]) == ("stopped", "Ines left")
    assert told.payload.erase().to_data()["reason"] == ERASED
    again = operations.start_run(actor=desk.actor(1), ticket_id=ticket.pk, runbook_id=runbook.pk)
    assert again.pk != run.pk


@pytest.mark.parametrize(("step", "result", "error"), [("no-such", "passed", NotFound), ("cert", "great", Invalid)])
def test_steps_and_results_are_those_of_the_runbook(
    desk: SmallDesk, ticket: Ticket, runbook: Runbook, step: str, result: str, error: type[Exception]
) -> None:
    run = operations.start_run(actor=desk.actor(1), ticket_id=ticket.pk, runbook_id=runbook.pk)
    with pytest.raises(error):
        operations.complete_step(actor=desk.actor(1), run_id=run.pk, step_key=step, result=result)


def test_runs_are_a_matter_of_staff(desk: SmallDesk, ticket: Ticket, runbook: Runbook) -> None:
    run = operations.start_run(actor=desk.actor(1), ticket_id=ticket.pk, runbook_id=runbook.pk)
    with pytest.raises(NotFound):
        queries.runs_of(desk.asking, ticket.pk)
    with pytest.raises(NotFound):
        operations.complete_step(actor=desk.asking, run_id=run.pk, step_key="cert", result="passed")
    with pytest.raises(NotFound):
        operations.start_run(actor=desk.actor(1), ticket_id=0, runbook_id=runbook.pk)
    assert all(not entry.kind.startswith("runbook.") for entry in timeline(desk.asking, ticket.pk))
    assert queries.run(desk.actor(2), run.pk).title == "VPN basics"
    with pytest.raises(NotFound):
        queries.run(desk.actor(2), 0)


def test_an_edit_makes_a_version_and_runs_keep_theirs(desk: SmallDesk, ticket: Ticket, runbook: Runbook) -> None:
    run = operations.start_run(actor=desk.actor(1), ticket_id=ticket.pk, runbook_id=runbook.pk)
    newer = operations.write_runbook(
        actor=SETUP, key="vpn-basics", title="VPN basics", steps=[{"text": "Ask for the site"}]
    )
    assert newer.version == 2
    assert [step.key for step in queries.run(desk.actor(1), run.pk).steps] == ["cert", "portal"]
    assert queries.runbooks(desk.leading) == [newer]
    with pytest.raises(NotFound):
        operations.start_run(actor=desk.actor(1), ticket_id=ticket.pk, runbook_id=runbook.pk)


def test_the_best_runbook_is_offered_with_its_reasons(desk: SmallDesk, ticket: Ticket, runbook: Runbook) -> None:
    offer = queries.runbook_for(desk.actor(1), ticket)
    assert offer is not None
    assert (offer.id, offer.why) == (runbook.pk, ("shares the words drops, vpn", "it is for tier 1"))
    assert queries.runbook_for(desk.actor(1), Ticket(title="Printer on fire", tier=1)) is None


@pytest.mark.parametrize("change", [{"steps": []}, {"title": " "}, {"steps": [{"text": "x", "kind": "sing"}]}])
def test_a_runbook_that_makes_no_sense_is_not_written(desk: SmallDesk, change: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        operations.write_runbook(actor=SETUP, **({"key": "x", "title": "X", "steps": STEPS} | change))  # type: ignore[arg-type] # parts by name
    with pytest.raises(NotFound):
        operations.write_runbook(actor=desk.actor(1), key="x", title="X", steps=STEPS)


# --- actions


@pytest.fixture
def reset(monkeypatch: pytest.MonkeyPatch) -> Iterator[type]:
    """An action from outside that needs approval, and fails as often as it is told."""

    class Reset:
        key, name, version, needs_approval = "reset_tunnel", "Reset the tunnel", "1", True
        results: list[ActionResult | Exception] = []
        keys: list[str] = []

        @dataclass(frozen=True, slots=True, kw_only=True)
        class Params:
            profile: str

        def describe(self, params: Params) -> str:
            return f"Resets the profile {params.profile}."

        def run(self, params: Params, context: ActionContext) -> ActionResult:
            self.keys.append(context.idempotency_key)
            result = self.results.pop(0) if self.results else ActionResult(ok=True, detail="Reset.", facts={"reset": 1})
            if isinstance(result, Exception):
                raise result
            return result

    monkeypatch.setitem(registry._built_in["actions"], Reset.key, Reset)
    registry.refresh()
    yield Reset
    registry.refresh()


def wished(desk: SmallDesk, ticket: Ticket) -> ActionRun:
    return operations.request_action(
        actor=desk.actor(1), ticket_id=ticket.pk, action="reset_tunnel", params={"profile": "field-eu"}
    )


def test_an_action_without_approval_is_carried_out_by_a_job(desk: SmallDesk, ticket: Ticket) -> None:
    run = operations.request_action(actor=desk.actor(1), ticket_id=ticket.pk, action="set_fact", params=FACT)
    assert run.state == "approved"
    operations.run_action(actor=MACHINE, action_run_id=run.pk)
    operations.run_action(actor=MACHINE, action_run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.detail) == ("done", "Records site: Oslo.")
    assert Ticket.objects.get(pk=ticket.pk).facts["site"] == "Oslo"
    assert len(entries(ticket, "action.done")) == 1


def test_the_job_is_queued_with_the_wish(desk: SmallDesk, ticket: Ticket) -> None:
    jobs.drain()
    operations.request_action(actor=desk.actor(1), ticket_id=ticket.pk, action="set_fact", params=FACT)
    jobs.drain()
    assert ActionRun.objects.get(ticket=ticket).state == "done"


def test_four_eyes(desk: SmallDesk, ticket: Ticket, reset: type) -> None:
    asking = people.create_person(
        actor=SETUP, email="second.lead@desk.example", name="Second Lead", roles=[Role.LEAD, Role.AGENT]
    )
    people.join_group(actor=SETUP, person_id=asking.pk, group_id=desk.groups[1].pk)
    run = operations.request_action(
        actor=actor_for(asking), ticket_id=ticket.pk, action="reset_tunnel", params={"profile": "x"}
    )
    assert run.state == "waiting_approval"
    with pytest.raises(FourEyes):
        operations.approve(actor=actor_for(asking), action_run_id=run.pk)
    with pytest.raises(FourEyes):
        operations.approve(actor=MACHINE, action_run_id=run.pk)
    with pytest.raises(NotFound):
        operations.approve(actor=desk.actor(2), action_run_id=run.pk)
    assert operations.approve(actor=desk.leading, action_run_id=run.pk).state == "approved"


def test_nothing_runs_before_it_is_approved(desk: SmallDesk, ticket: Ticket, reset: type) -> None:
    run = wished(desk, ticket)
    operations.run_action(actor=MACHINE, action_run_id=run.pk)
    assert reset.keys == []  # type: ignore[attr-defined] # the fixture's class
    operations.approve(actor=desk.leading, action_run_id=run.pk)
    done = operations.run_action(actor=MACHINE, action_run_id=run.pk)
    assert (done.state, reset.keys) == ("done", [f"action-run-{run.pk}"])  # type: ignore[attr-defined] # as above
    assert Ticket.objects.get(pk=ticket.pk).facts["reset"] == "1"


def test_a_refusal_is_an_end_with_its_reason(desk: SmallDesk, ticket: Ticket, reset: type) -> None:
    run = wished(desk, ticket)
    refused = operations.refuse(actor=desk.leading, action_run_id=run.pk, reason="Not in working hours")
    assert refused.state == "refused"
    assert entries(ticket, "action.refused")[0].data["reason"] == "Not in working hours"
    with pytest.raises(AlreadyDecided):
        operations.approve(actor=desk.leading, action_run_id=run.pk)
    operations.run_action(actor=MACHINE, action_run_id=run.pk)
    assert reset.keys == []  # type: ignore[attr-defined] # the fixture's class


def test_a_decision_cannot_be_changed(desk: SmallDesk, ticket: Ticket, reset: type) -> None:
    run = wished(desk, ticket)
    operations.approve(actor=desk.leading, action_run_id=run.pk)
    for change in (
        lambda: ActionDecision.objects.update(approved=False),
        lambda: ActionDecision.objects.filter(action_run=run).delete(),
    ):
        with pytest.raises(DatabaseError, match="a decision stands"), transaction.atomic():
            change()
    assert ActionDecision.objects.get().approved


def test_a_failure_that_may_pass_is_tried_again_later(desk: SmallDesk, ticket: Ticket, reset: type) -> None:
    jobs.drain()
    reset.results[:] = [RuntimeError("gateway away"), ActionResult(ok=False, detail="busy", permanent=False)]  # type: ignore[attr-defined] # the fixture's class
    run = wished(desk, ticket)
    operations.approve(actor=desk.leading, action_run_id=run.pk)
    begin = clock.now()
    jobs.drain()
    run.refresh_from_db()
    assert (run.state, run.tries, run.detail) == ("approved", 1, "RuntimeError: gateway away")
    with clock.at(begin + 4 * FIRST_PAUSE):
        jobs.drain()
    with clock.at(begin + 8 * FIRST_PAUSE):
        jobs.drain()
    run.refresh_from_db()
    assert (run.state, run.tries) == ("done", 2)
    assert len(set(reset.keys)) == 1  # type: ignore[attr-defined] # as above


def test_tries_are_bounded(desk: SmallDesk, ticket: Ticket, reset: type) -> None:
    reset.results[:] = [ActionResult(ok=False, detail="busy", permanent=False)] * MAX_TRIES  # type: ignore[attr-defined] # the fixture's class
    run = wished(desk, ticket)
    operations.approve(actor=desk.leading, action_run_id=run.pk)
    for _ in range(MAX_TRIES + 2):
        operations.run_action(actor=MACHINE, action_run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.detail) == ("failed", "busy")
    assert len(reset.keys) == MAX_TRIES  # type: ignore[attr-defined] # as above
    assert len(entries(ticket, "action.failed")) == 1


def test_an_action_that_is_gone_fails_with_its_reason(desk: SmallDesk, ticket: Ticket) -> None:
    run = ActionRun.objects.create(
        ticket=ticket, action="gone", describes="x", state="approved", asked_label="x", asked_at=clock.now()
    )
    done = operations.run_action(actor=MACHINE, action_run_id=run.pk)
    assert done.state == "failed"
    assert "no plug-in 'gone'" in done.detail


def test_parameters_are_checked_before_anything_is_asked(desk: SmallDesk, ticket: Ticket) -> None:
    with pytest.raises(Invalid):
        operations.request_action(actor=desk.actor(1), ticket_id=ticket.pk, action="set_fact", params={"key": "A B"})
    with pytest.raises(NotFound):
        operations.request_action(actor=desk.actor(1), ticket_id=ticket.pk, action="dance", params={})
    with pytest.raises(NotFound):
        operations.request_action(actor=desk.asking, ticket_id=ticket.pk, action="set_fact", params=FACT)
    with pytest.raises(NotFound):
        operations.request_action(actor=desk.actor(1), ticket_id=0, action="set_fact", params=FACT)
    assert not ActionRun.objects.exists()


def test_a_note_is_written_by_the_machine(desk: SmallDesk, ticket: Ticket) -> None:
    run = operations.request_action(
        actor=desk.actor(1), ticket_id=ticket.pk, action="add_note", params={"text": "Look at KE-14"}
    )
    operations.run_action(actor=MACHINE, action_run_id=run.pk)
    note = Message.objects.filter(ticket=ticket, direction="note").latest("id")
    assert (note.text, note.by_machine, note.audience) == ("Look at KE-14", True, "internal")


@pytest.mark.parametrize(("tier", "state"), [(1, "done"), (2, "failed")])
def test_assigning_never_climbs(desk: SmallDesk, ticket: Ticket, tier: int, state: str) -> None:
    group = people.create_group(actor=SETUP, desk=desk.desk, key="other", name="Other", tier=tier)
    run = operations.request_action(
        actor=desk.actor(1), ticket_id=ticket.pk, action="assign_group", params={"group": "other"}
    )
    done = operations.run_action(actor=MACHINE, action_run_id=run.pk)
    assert done.state == state
    assert (Ticket.objects.get(pk=ticket.pk).group == group) == (state == "done")
    if state == "failed":
        assert done.detail == "Other is on tier 2: going up needs a hand-over."


def test_lists_of_actions(desk: SmallDesk, ticket: Ticket, reset: type) -> None:
    first, second = wished(desk, ticket), wished(desk, ticket)
    operations.approve(actor=desk.leading, action_run_id=first.pk)
    assert [row.id for row in queries.to_approve(desk.leading)] == [second.pk]
    rows = queries.actions_of(desk.actor(1), ticket.pk)
    assert [(row.id, row.decided_by, row.mine) for row in rows] == [
        (second.pk, "", True),
        (first.pk, "Lena Lead", True),
    ]
    with pytest.raises(NotFound):
        queries.to_approve(desk.actor(1))


# --- automations

WHEN_CLASSIFIED = "ticket.classified"


def automation(name: str = "Mark Oslo", kind: str = WHEN_CLASSIFIED, **rest: object) -> Automation:
    parts: dict[str, object] = {
        "conditions": [{"field": "impact", "operator": "at_most", "value": 2}],
        "actions": [{"action": "set_fact", "params": FACT}],
    }
    return operations.write_automation(actor=SETUP, name=name, event_kind=kind, **(parts | rest))  # type: ignore[arg-type] # parts by name


def classified(desk: SmallDesk, ticket: Ticket, impact: int) -> TimelineEntry:
    tickets.classify(actor=desk.actor(1), ticket_id=ticket.pk, impact=impact, urgency=2)
    return entries(ticket, WHEN_CLASSIFIED)[-1]


def test_when_if_then(desk: SmallDesk, ticket: Ticket) -> None:
    automation()
    assert operations.evaluate(actor=MACHINE, entry_id=classified(desk, ticket, 3).pk) == []
    (run,) = operations.evaluate(actor=MACHINE, entry_id=classified(desk, ticket, 2).pk)
    operations.run_action(actor=MACHINE, action_run_id=run.pk)
    assert Ticket.objects.get(pk=ticket.pk).facts["site"] == "Oslo"
    assert run.asked_label == "Automation Mark Oslo"


def test_the_same_event_acts_once(desk: SmallDesk, ticket: Ticket) -> None:
    automation()
    entry = classified(desk, ticket, 2)
    assert len(operations.evaluate(actor=MACHINE, entry_id=entry.pk)) == 1
    assert operations.evaluate(actor=MACHINE, entry_id=entry.pk) == []
    assert ActionRun.objects.count() == 1


def test_automations_react_by_themselves(desk: SmallDesk, ticket: Ticket) -> None:
    jobs.drain()
    automation()
    tickets.classify(actor=desk.actor(1), ticket_id=ticket.pk, impact=1, urgency=1)
    jobs.drain()
    assert Ticket.objects.get(pk=ticket.pk).facts["site"] == "Oslo"
    assert {"ticket.opened", "runbook.completed", "escalation.bounced"} <= set(queries.event_kinds())


def test_conditions_look_at_facts_and_at_the_event(desk: SmallDesk, ticket: Ticket) -> None:
    automation(
        conditions=[
            {"field": "event.impact", "operator": "is", "value": 2},
            {"field": "desk", "operator": "is", "value": "it"},
            {"field": "fact.site", "operator": "is_empty"},
            {"field": "group", "operator": "is", "value": "tier-1"},
        ]
    )
    entry = classified(desk, ticket, 2)
    assert len(operations.evaluate(actor=MACHINE, entry_id=entry.pk)) == 1
    tickets.record_facts(actor=desk.actor(1), ticket_id=ticket.pk, facts={"site": "Oslo"})
    assert operations.evaluate(actor=MACHINE, entry_id=classified(desk, ticket, 2).pk) == []


def play(limit: int = 50) -> int:
    """Evaluate every event and carry out every action until nothing happens any more; counts the actions."""
    seen: set[int] = set()
    for _ in range(limit):
        waiting = [entry.pk for entry in TimelineEntry.objects.order_by("pk") if entry.pk not in seen]
        approved = list(ActionRun.objects.filter(state="approved"))
        if not waiting and not approved:
            return ActionRun.objects.count()
        for entry_id in waiting:
            seen.add(entry_id)
            operations.evaluate(actor=MACHINE, entry_id=entry_id)
        for run in approved:
            operations.run_action(actor=MACHINE, action_run_id=run.pk)
    raise AssertionError("the automations never come to rest")


def test_an_automation_never_chases_itself(desk: SmallDesk, ticket: Ticket) -> None:
    automation("Echo", "ticket.note_added", conditions=[], actions=[{"action": "add_note", "params": {"text": "x"}}])
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="Hello")
    assert play() == 1


def test_two_automations_do_not_play_ping_pong(desk: SmallDesk, ticket: Ticket) -> None:
    for name in ("Ping", "Pong"):
        automation(name, "ticket.note_added", conditions=[], actions=[{"action": "add_note", "params": {"text": name}}])
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="Hello")
    assert play() == 4  # each answers the person and the other one, and nobody answers that


def test_long_chains_are_cut(desk: SmallDesk, ticket: Ticket) -> None:
    for number in range(CHAIN_LIMIT + 3):
        automation(
            f"Step {number}",
            "ticket.facts_recorded",
            conditions=[{"field": f"fact.step_{number}", "operator": "is_set"}],
            actions=[{"action": "set_fact", "params": {"key": f"step_{number + 1}", "value": "yes"}}],
        )
    tickets.record_facts(actor=desk.actor(1), ticket_id=ticket.pk, facts={"step_0": "yes"})
    assert play() <= CHAIN_LIMIT * (CHAIN_LIMIT + 3)
    facts = Ticket.objects.get(pk=ticket.pk).facts
    assert f"step_{CHAIN_LIMIT}" in facts
    assert f"step_{CHAIN_LIMIT + 1}" not in facts


def test_an_automation_may_ask_for_what_needs_approval(desk: SmallDesk, ticket: Ticket, reset: type) -> None:
    automation(actions=[{"action": "reset_tunnel", "params": {"profile": "field-eu"}}])
    (run,) = operations.evaluate(actor=MACHINE, entry_id=classified(desk, ticket, 2).pk)
    assert run.state == "waiting_approval"
    assert operations.approve(actor=desk.leading, action_run_id=run.pk).state == "approved"


def test_an_edit_makes_a_version_and_only_the_newest_acts(desk: SmallDesk, ticket: Ticket) -> None:
    automation()
    newer = automation(conditions=[{"field": "impact", "operator": "is", "value": 1}])
    assert newer.version == 2
    assert queries.automations(SETUP) == [newer]
    assert operations.evaluate(actor=MACHINE, entry_id=classified(desk, ticket, 2).pk) == []


def test_an_action_that_is_gone_since_is_told(desk: SmallDesk, ticket: Ticket, reset: type) -> None:
    automation(actions=[{"action": "reset_tunnel", "params": {"profile": "x"}}])
    del registry._built_in["actions"]["reset_tunnel"]
    registry.refresh()
    (run,) = operations.evaluate(actor=MACHINE, entry_id=classified(desk, ticket, 2).pk)
    assert run.state == "failed"
    assert "reset_tunnel" in run.detail
    registry._built_in["actions"]["reset_tunnel"] = reset


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "ticket.exploded"},
        {"kind": "action.done"},
        {"conditions": [{"field": "password", "operator": "is", "value": 1}]},
        {"actions": []},
        {"actions": [{"action": "set_fact", "params": {"key": "x"}}]},
    ],
)
def test_an_automation_that_makes_no_sense_is_not_written(change: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        automation(**change)  # type: ignore[arg-type] # parts by name
    assert not Automation.objects.exists()


def test_every_event_can_forget_people(desk: SmallDesk, ticket: Ticket, runbook: Runbook, reset: type) -> None:
    run = operations.start_run(actor=desk.actor(1), ticket_id=ticket.pk, runbook_id=runbook.pk)
    operations.complete_step(actor=desk.actor(1), run_id=run.pk, step_key="cert", result="passed", note="Ines said")
    wish = wished(desk, ticket)
    operations.refuse(actor=desk.leading, action_run_id=wish.pk, reason="Ines knows")
    found = {
        entry.kind: entry.payload.erase().to_data()
        for entry in TimelineEntry.objects.of("ticket", ticket.pk)
        if entry.kind.startswith(("runbook.", "action."))
    }
    assert found["runbook.step_completed"]["note"] == ERASED
    assert found["runbook.step_completed"]["result"] == "passed"
    assert (found["action.refused"]["describes"], found["action.refused"]["reason"]) == (ERASED, ERASED)
