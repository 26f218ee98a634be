"""Typed actions: asked for, decided where a decision is needed, carried out by a job."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import one_line
from tierline.core.plugins import registry
from tierline.core.plugins.contracts import Action, ActionContext, ActionResult
from tierline.core.plugins.schema import read_params
from tierline.core.timeline.rules import Payload
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.workflows import events
from tierline.work.workflows.errors import AlreadyDecided, FourEyes
from tierline.work.workflows.models import ActionDecision, ActionRun
from tierline.work.workflows.rules.actions import ActionState, decided, first_state, may_decide

MAX_TRIES = 6
FIRST_PAUSE = timedelta(seconds=30)
"""Before the second try of an action whose failure may pass; doubled with each further one."""

DETAIL_LIMIT = 400
"""Characters of an action's description, result and reason that are kept."""


def request_action(*, actor: Actor, ticket_id: int, action: str, params: Mapping[str, Any]) -> ActionRun:
    """Ask for an action on a ticket. It waits for a decision if it needs one, else a job carries it out.

    Raises NotFound for an unknown action and Invalid with a sentence for each parameter at fault.
    """
    actor = holding(actor, Right.RUNBOOK_RUN)
    plugin: Action = registry.get("actions", action)
    filled = read_params(plugin.Params, params)
    with transaction.atomic():
        ticket = Ticket.objects.visible_to(actor).filter(pk=ticket_id).first()
        if ticket is None:
            raise NotFound
        run = ActionRun.objects.create(
            ticket=ticket,
            action=plugin.key,
            describes=one_line(plugin.describe(filled), DETAIL_LIMIT),
            params=_plain(filled),
            state=first_state(needs_approval=plugin.needs_approval),
            asked_by_id=actor.person_id,
            asked_label=actor.label,
            asked_at=clock.now(),
        )
        announce(actor, run, needs_approval=plugin.needs_approval)
        return run


def announce(actor: Actor, run: ActionRun, *, needs_approval: bool, cause: int | None = None) -> None:
    """Put the wish on the timeline and queue it, unless it waits; in the caller's transaction."""
    payload = events.ActionRequested(
        action_run_id=run.pk,
        action=run.action,
        describes=run.describes,
        needs_approval=needs_approval,
        automation_id=run.automation_id or 0,
    )
    tickets.note_event(actor=actor, ticket_id=run.ticket_id, payload=payload, cause=cause)
    if not needs_approval:
        jobs.enqueue("workflows.run_action", action_run_id=run.pk)


def approve(*, actor: Actor, action_run_id: int, reason: str = "") -> ActionRun:
    """Allow a waiting action; a job carries it out. Raises NotFound, AlreadyDecided and FourEyes."""
    with transaction.atomic():
        run = _decide(actor, action_run_id, approved=True, reason=reason)
        _note(actor, run, events.ActionApproved)
        jobs.enqueue("workflows.run_action", action_run_id=run.pk)
        return run


def refuse(*, actor: Actor, action_run_id: int, reason: str) -> ActionRun:
    """Refuse a waiting action, for good. Raises NotFound, AlreadyDecided and FourEyes."""
    with transaction.atomic():
        run = _decide(actor, action_run_id, approved=False, reason=reason)
        _note(actor, run, events.ActionRefused, reason=one_line(reason, DETAIL_LIMIT))
        return run


def _decide(actor: Actor, action_run_id: int, *, approved: bool, reason: str) -> ActionRun:
    actor = holding(actor, Right.ACTION_APPROVE)
    run = _locked(actor, action_run_id)
    try:
        state = decided(ActionState(run.state), approved=approved)
    except ValueError as problem:
        raise AlreadyDecided(str(problem)) from problem
    if not may_decide(asked_by=run.asked_by_id, decider=actor.person_id):
        raise FourEyes
    now = clock.now()
    ActionDecision.objects.create(
        action_run=run,
        approved=approved,
        reason=one_line(reason, DETAIL_LIMIT),
        decided_by_id=actor.person_id,
        decided_label=actor.label,
        decided_at=now,
    )
    run.state, run.finished_at = state, None if approved else now
    run.save(update_fields=["state", "finished_at"])
    return run


def run_action(*, actor: Actor, action_run_id: int) -> ActionRun:
    """Carry out an approved action; anything else is left as it is, so that a second call changes nothing.

    A failure that may pass is tried again with growing pauses, at most `MAX_TRIES` times.
    """
    with transaction.atomic():
        run = _locked(actor, action_run_id)
        if run.state != ActionState.APPROVED:
            return run
        speaker = Actor.machine("workflows", request_id=run.chain) if run.chain else actor
        result = _carry_out(run)
        if not result.ok and not result.permanent and run.tries + 1 < MAX_TRIES:
            return _try_later(run, result.detail)
        if result.ok and result.facts:
            facts = {str(key): str(value) for key, value in result.facts.items()}
            tickets.record_facts(actor=speaker, ticket_id=run.ticket_id, facts=facts)
        return _end(speaker, run, ok=result.ok, detail=result.detail)


def _try_later(run: ActionRun, detail: str) -> ActionRun:
    pause = FIRST_PAUSE * 2**run.tries
    run.tries, run.detail = run.tries + 1, one_line(detail, DETAIL_LIMIT)
    run.save(update_fields=["tries", "detail"])
    jobs.enqueue("workflows.run_action", at=clock.now() + pause, action_run_id=run.pk)
    return run


def _end(actor: Actor, run: ActionRun, *, ok: bool, detail: str) -> ActionRun:
    run.state = ActionState.DONE if ok else ActionState.FAILED
    run.detail, run.finished_at = one_line(detail, DETAIL_LIMIT), clock.now()
    run.save(update_fields=["state", "detail", "finished_at"])
    _note(actor, run, events.ActionDone if ok else events.ActionFailed, detail=run.detail)
    return run


def _carry_out(run: ActionRun) -> ActionResult:
    try:
        plugin: Action = registry.get("actions", run.action)
        filled = read_params(plugin.Params, run.params)
    except Exception as problem:  # noqa: BLE001 (a plug-in that is gone or has changed ends the run with its reason)
        return ActionResult(ok=False, detail=str(problem))
    ticket = run.ticket
    context = ActionContext(
        ticket_id=ticket.pk,
        ticket_reference=ticket.reference,
        requester_email=ticket.requester.email,
        actor_label=run.asked_label,
        facts=ticket.facts,
        settings={"request_id": run.chain},
        idempotency_key=f"action-run-{run.pk}",
    )
    try:
        with transaction.atomic():  # what a failing action wrote itself is undone, its failure is kept
            return plugin.run(filled, context)
    except Exception as problem:  # noqa: BLE001 (the contract: an exception counts as one that may be tried again)
        return ActionResult(ok=False, detail=f"{type(problem).__name__}: {problem}", permanent=False)


def _locked(actor: Actor, action_run_id: int) -> ActionRun:
    visible = ActionRun.objects.filter(ticket__in=Ticket.objects.visible_to(actor))
    run = visible.select_for_update(of=("self",)).select_related("ticket__requester").filter(pk=action_run_id).first()
    if run is None:
        raise NotFound
    return run


def _note(actor: Actor, run: ActionRun, payload: type[events.ActionPayload], **more: str) -> None:
    said: Payload = payload(action_run_id=run.pk, action=run.action, describes=run.describes, **more)
    tickets.note_event(actor=actor, ticket_id=run.ticket_id, payload=said)


def _plain(params: Any) -> dict[str, Any]:  # noqa: ANN401 (each action has its own Params)
    return {
        name: value if isinstance(value, (str, int, float, bool, list, type(None))) else str(value)
        for name, value in asdict(params).items()
    }
