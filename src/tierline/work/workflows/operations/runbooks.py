"""Writing runbooks and working through them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.desk.people.rules import Right, holding, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.workflows import events
from tierline.work.workflows.errors import RunEnded
from tierline.work.workflows.models import Runbook, RunbookRun
from tierline.work.workflows.rules.steps import (
    NOTE_LIMIT,
    Done,
    RunState,
    Step,
    StepResult,
    dump_results,
    dump_steps,
    is_complete,
    outcome,
    parse_results,
    parse_steps,
)


def write_runbook(
    *,
    actor: Actor,
    key: str,
    title: str,
    steps: Sequence[Mapping[str, Any]],
    service_id: int | None = None,
    tier: int = 1,
    words: str = "",
) -> Runbook:
    """A new runbook, or a new version of the one with this key. Raises Invalid with what is wrong."""
    require(actor, Right.SETUP)
    try:
        parsed = parse_steps(steps)
    except ValueError as problem:
        raise Invalid({"steps": str(problem)}) from problem
    if not title.strip():
        raise Invalid({"title": "A runbook needs a title."})
    with transaction.atomic():
        newest = Runbook.objects.select_for_update().filter(key=key).order_by("-version").first()
        Runbook.objects.filter(key=key, active=True).update(active=False)
        return Runbook.objects.create(
            key=key,
            version=newest.version + 1 if newest else 1,
            title=one_line(title, 120),
            service_id=service_id,
            tier=tier,
            words=one_line(words, 400),
            steps=dump_steps(parsed),
            written_by=actor.label,
            written_at=clock.now(),
        )


def start_run(*, actor: Actor, ticket_id: int, runbook_id: int) -> RunbookRun:
    """Begin a runbook on a ticket; while it runs there, a second start returns the running one.

    Raises NotFound, also for a runbook that was replaced by a newer version.
    """
    actor = holding(actor, Right.RUNBOOK_RUN)
    with transaction.atomic():
        ticket = _ticket(actor, ticket_id)
        runbook = Runbook.objects.offered_for(ticket.service_id).filter(pk=runbook_id).first()
        if runbook is None:
            raise NotFound
        running = RunbookRun.objects.filter(ticket=ticket, runbook=runbook, state=RunState.RUNNING).first()
        if running is not None:
            return running
        run = RunbookRun.objects.create(
            ticket=ticket,
            runbook=runbook,
            tier=ticket.tier,
            started_by=actor.label,
            started_at=clock.now(),
        )
        payload = events.RunbookStarted(
            run_id=run.pk, runbook=runbook.key, title=runbook.title, version=runbook.version
        )
        tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=payload)
        return run


def complete_step(*, actor: Actor, run_id: int, step_key: str, result: StepResult | str, note: str = "") -> RunbookRun:
    """Say what a step showed; until the run ends, the last word counts.

    The run ends by itself at its last open step, or when a step found the cause, and then records what was
    ruled out. Raises NotFound for an unknown step, RunEnded, and Invalid for an unknown result.
    """
    actor = holding(actor, Right.RUNBOOK_RUN)
    with transaction.atomic():
        run = _running(actor, run_id)
        steps = run.runbook.parsed_steps
        step = next((one for one in steps if one.key == step_key), None)
        if step is None:
            raise NotFound
        done = Done(_result(result), clean(note, NOTE_LIMIT).strip(), actor.label)
        results = parse_results(run.results) | {step.key: done}
        run.results = dump_results(results)
        run.save(update_fields=["results"])
        payload = events.StepCompleted(run_id=run.pk, step=step.key, text=step.text, result=done.result, note=done.note)
        tickets.note_event(actor=actor, ticket_id=run.ticket_id, payload=payload)
        if is_complete(steps, results):
            _finish(actor, run, steps, RunState.DONE)
        return run


def stop_run(*, actor: Actor, run_id: int, reason: str = "") -> RunbookRun:
    """End a run before its last step; what was found so far is kept. Raises NotFound and RunEnded."""
    actor = holding(actor, Right.RUNBOOK_RUN)
    with transaction.atomic():
        run = _running(actor, run_id)
        _finish(actor, run, run.runbook.parsed_steps, RunState.STOPPED, reason)
        return run


def _finish(actor: Actor, run: RunbookRun, steps: Sequence[Step], state: RunState, reason: str = "") -> None:
    said = outcome(steps, parse_results(run.results))
    run.state, run.finished_at, run.ruled_out = state, clock.now(), list(said.ruled_out)
    run.save(update_fields=["state", "finished_at", "ruled_out"])
    payload = events.RunbookCompleted(
        run_id=run.pk,
        runbook=run.runbook.key,
        title=run.runbook.title,
        state=state,
        done=said.done,
        total=said.total,
        ruled_out=list(said.ruled_out),
        suspect=list(said.suspect),
        found=list(said.found),
        reason=one_line(reason),
    )
    tickets.note_event(actor=actor, ticket_id=run.ticket_id, payload=payload)


def _ticket(actor: Actor, ticket_id: int) -> Ticket:
    found = Ticket.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=ticket_id).first()
    if found is None:
        raise NotFound
    return found


def _running(actor: Actor, run_id: int) -> RunbookRun:
    visible = RunbookRun.objects.filter(ticket__in=Ticket.objects.visible_to(actor))
    run = visible.select_for_update(of=("self",)).select_related("runbook").filter(pk=run_id).first()
    if run is None:
        raise NotFound
    if run.state != RunState.RUNNING:
        raise RunEnded
    return run


def _result(result: StepResult | str) -> StepResult:
    try:
        return StepResult(result)
    except ValueError:
        raise Invalid({"result": "A step passed, failed, was skipped, or found the cause."}) from None
