"""Reads of runbooks, what they showed, and actions that wait for a decision."""

from dataclasses import dataclass
from datetime import datetime

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.operations import reactions_to
from tierline.core.timeline.rules import Payload
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries import PageRow
from tierline.work.workflows.models import ActionRun, Automation, Runbook, RunbookRun
from tierline.work.workflows.rules.actions import ActionState
from tierline.work.workflows.rules.steps import Done, Outcome, Step, open_steps, outcome, parse_results, parse_steps
from tierline.work.workflows.rules.suggestions import RunbookFacts, suggest

EVALUATE = "workflows.evaluate"
"""The job by which automations react, as the table of reactions names it."""

RESULT_WORDS = {
    "passed": "as expected",
    "failed": "not as expected",
    "skipped": "skipped",
    "found": "this was the cause",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookOffer:
    """The runbook that fits a ticket best, and why."""

    id: int
    title: str
    tier: int
    steps: tuple[Step, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A step of a run with its result in words; `result` is empty while it is open."""

    key: str
    text: str
    kind: str
    expect: str
    result: str
    words: str
    note: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """What was tried and its result. `next_key` is the first open step, empty at the end."""

    id: int
    title: str
    state: str
    tier: int
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    steps: tuple[StepRow, ...]
    outcome: Outcome
    next_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """A typed action on a ticket; `mine` says that the viewer asked for it and so cannot decide."""

    id: int
    ticket_id: int
    reference: str
    describes: str
    state: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    detail: str
    mine: bool


def runbook_for(viewer: Actor, ticket: Ticket | PageRow, *, text: str = "") -> RunbookOffer | None:
    """The best runbook for a ticket by service and words, in one statement; None if none fits."""
    require(viewer, Right.RUNBOOK_RUN)
    offered = {one.pk: one for one in Runbook.objects.offered_for(ticket.service_id)}
    facts = [RunbookFacts(one.pk, one.title, one.service_id, one.tier, one.words) for one in offered.values()]
    best = suggest(facts, title=ticket.title, text=text, service_id=ticket.service_id, tier=ticket.tier)
    if best is None:
        return None
    runbook = offered[best.runbook_id]
    return RunbookOffer(id=runbook.pk, title=runbook.title, tier=runbook.tier, steps=runbook.parsed_steps, why=best.why)


def runs_of(viewer: Actor, ticket_id: int) -> list[RunRow]:
    """Every run on a ticket with what it showed, oldest first, in one statement."""
    require(viewer, Right.CONSOLE)
    found = RunbookRun.objects.filter(ticket__in=Ticket.objects.visible_to(viewer), ticket_id=ticket_id)
    return [_run_row(run) for run in found.select_related("runbook").order_by("id")]


def run(viewer: Actor, run_id: int) -> RunRow:
    """One run. Raises NotFound."""
    require(viewer, Right.CONSOLE)
    visible = RunbookRun.objects.filter(ticket__in=Ticket.objects.visible_to(viewer))
    found = visible.select_related("runbook").filter(pk=run_id).first()
    if found is None:
        raise NotFound
    return _run_row(found)


def _run_row(found: RunbookRun) -> RunRow:
    steps, results = parse_steps(found.runbook.steps), parse_results(found.results)
    still_open = open_steps(steps, results)
    return RunRow(
        id=found.pk,
        title=found.runbook.title,
        state=found.state,
        tier=found.tier,
        started_by=found.started_by,
        started_at=found.started_at,
        finished_at=found.finished_at,
        steps=tuple(_step_row(step, results.get(step.key)) for step in steps),
        outcome=outcome(steps, results),
        next_key=still_open[0].key if still_open else "",
    )


def _step_row(step: Step, done: Done | None) -> StepRow:
    result = done.result.value if done else ""
    return StepRow(
        key=step.key,
        text=step.text,
        kind=step.kind.value,
        expect=step.expect,
        result=result,
        words=RESULT_WORDS.get(result, ""),
        note=done.note if done else "",
        by=done.by if done else "",
    )


def runbooks(viewer: Actor) -> list[Runbook]:
    """The current runbooks by title, for set-up."""
    require(viewer, Right.CONSOLE)
    return list(Runbook.objects.filter(active=True).select_related("service").order_by("title"))


def event_kinds() -> tuple[str, ...]:
    """The events that automations may react to: those whose reactions name `EVALUATE`."""
    return tuple(kind for kind in sorted(Payload.registry) if EVALUATE in reactions_to(kind))


def automations(viewer: Actor) -> list[Automation]:
    """The current automations by name, for set-up."""
    require(viewer, Right.SETUP)
    return list(Automation.objects.filter(active=True).order_by("name"))


def actions_of(viewer: Actor, ticket_id: int) -> list[ActionRow]:
    """The actions asked for on a ticket, newest first."""
    require(viewer, Right.CONSOLE)
    return _action_rows(viewer, ticket_id=ticket_id)


def to_approve(viewer: Actor) -> list[ActionRow]:
    """The actions that wait for a decision, oldest first; for those who may decide."""
    require(viewer, Right.ACTION_APPROVE)
    return list(reversed(_action_rows(viewer, state=ActionState.WAITING)))


def _action_rows(viewer: Actor, **narrowed: object) -> list[ActionRow]:
    visible = ActionRun.objects.filter(ticket__in=Ticket.objects.visible_to(viewer))
    found = visible.select_related("ticket", "decision").filter(**narrowed).order_by("-id")[:200]
    return [
        ActionRow(
            id=one.pk,
            ticket_id=one.ticket_id,
            reference=one.ticket.reference,
            describes=one.describes,
            state=one.state,
            asked_by=one.asked_label,
            asked_at=one.asked_at,
            decided_by=one.decision.decided_label if hasattr(one, "decision") else "",
            detail=one.detail,
            mine=one.asked_by_id is not None and one.asked_by_id == viewer.person_id,
        )
        for one in found
    ]
