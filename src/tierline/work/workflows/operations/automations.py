"""When this happens, if all of that holds, then do these."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock, rows
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, TierlineError
from tierline.core.kernel.text import one_line
from tierline.core.plugins import registry
from tierline.core.plugins.contracts import Action
from tierline.core.plugins.schema import read_params
from tierline.core.timeline import queries as timeline
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Ticket
from tierline.work.workflows.models import ActionRun, Automation
from tierline.work.workflows.queries import event_kinds
from tierline.work.workflows.queries.views import ticket_view
from tierline.work.workflows.rules.actions import ActionState, first_state
from tierline.work.workflows.rules.conditions import (
    Wanted,
    all_hold,
    chain_of,
    chained,
    may_follow,
    parse_actions,
    parse_conditions,
)

from .actions import DETAIL_LIMIT, announce


def write_automation(
    *,
    actor: Actor,
    name: str,
    event_kind: str,
    conditions: Sequence[Mapping[str, Any]],
    actions: Sequence[Mapping[str, Any]],
) -> Automation:
    """A new automation, or a new version of the one with this name.

    Raises Invalid for an unknown event, field or comparison, and for parameters that an action does not take.
    """
    require(actor, Right.SETUP)
    _check(event_kind, conditions, actions)
    with transaction.atomic():
        newest = Automation.objects.select_for_update().filter(name=name).order_by("-version").first()
        Automation.objects.filter(name=name, active=True).update(active=False)
        return Automation.objects.create(
            name=one_line(name, 120),
            version=newest.version + 1 if newest else 1,
            event_kind=event_kind,
            conditions=[dict(entry) for entry in conditions],
            actions=[dict(entry) for entry in actions],
            written_by=actor.label,
            written_at=clock.now(),
        )


def _check(event_kind: str, conditions: Sequence[Mapping[str, Any]], actions: Sequence[Mapping[str, Any]]) -> None:
    if event_kind not in event_kinds():
        raise Invalid({"event_kind": f"Automations do not react to {event_kind!r}."})
    try:
        parse_conditions(conditions)
        wanted = parse_actions(actions)
    except ValueError as problem:
        raise Invalid({"automation": str(problem)}) from problem
    for one in wanted:
        read_params(registry.get("actions", one.action).Params, one.params)


def evaluate(*, actor: Actor, entry_id: int) -> list[ActionRun]:
    """Let the automations of an event act. A second call for the same event changes nothing.

    An automation never follows what it caused itself, however many others stand between (see `may_follow`).
    """
    entry = timeline.entry(entry_id)
    if entry.subject_kind != Ticket.timeline_kind:
        return []
    chain = chain_of(entry.request_id)
    waiting = rows.every(Automation, "active AND event_kind = %s ORDER BY id", [entry.kind])
    due = [one for one in waiting if may_follow(chain, one.pk)]
    if not due:
        return []
    ticket = Ticket.objects.select_related("desk", "group", "service").get(pk=entry.subject_id)
    view = _view(ticket, entry)
    return [
        run
        for automation in due
        if all_hold(parse_conditions(automation.conditions), view)
        for run in _act(actor, automation, entry, chained(chain, automation.pk))
    ]


def _view(ticket: Ticket, entry: TimelineEntry) -> dict[str, object]:
    """What conditions may look at: ticket fields, `fact.<key>` and `event.<name>`."""
    return ticket_view(ticket) | {f"event.{key}": value for key, value in entry.data.items()}


def _act(actor: Actor, automation: Automation, entry: TimelineEntry, chain: str) -> list[ActionRun]:
    made = []
    for position, wanted in enumerate(parse_actions(automation.actions)):
        with transaction.atomic():
            run = _begin(automation, entry, position, wanted, chain)
            if run is not None:
                made.append(run)
                if run.state != ActionState.FAILED:
                    speaker = Actor.machine("workflows", version=str(automation.version), request_id=chain)
                    announce(speaker, run, needs_approval=run.state == ActionState.WAITING, cause=entry.pk)
    del actor  # the automation speaks for itself; whoever calls only sets it off
    return made


def _begin(automation: Automation, entry: TimelineEntry, position: int, wanted: Wanted, chain: str) -> ActionRun | None:
    """The action run, or None if this event set it off before."""
    state, describes, detail = _prepare(wanted)
    run, created = ActionRun.objects.get_or_create(
        automation=automation,
        cause=entry,
        position=position,
        defaults={
            "ticket_id": entry.subject_id,
            "action": wanted.action,
            "describes": describes,
            "params": dict(wanted.params),
            "state": state,
            "asked_label": one_line(f"Automation {automation.name}", 200),
            "asked_at": clock.now(),
            "chain": chain,
            "detail": detail,
            "finished_at": clock.now() if state == ActionState.FAILED else None,
        },
    )
    return run if created else None


def _prepare(wanted: Wanted) -> tuple[ActionState, str, str]:
    """(state, description, detail): a plug-in that is gone by now fails with its reason."""
    try:
        plugin: Action = registry.get("actions", wanted.action)
        described = plugin.describe(read_params(plugin.Params, wanted.params))
    except TierlineError as problem:
        return ActionState.FAILED, wanted.action, one_line(problem.for_people(), DETAIL_LIMIT)
    return first_state(needs_approval=plugin.needs_approval), one_line(described, DETAIL_LIMIT), ""
