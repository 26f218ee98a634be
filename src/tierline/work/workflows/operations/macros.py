"""Macros: written for a desk or for oneself, put on one ticket in one transaction, or on many, each in its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import ChangedMeanwhile, Invalid, NotFound, TierlineError
from tierline.core.kernel.text import clean, one_line
from tierline.core.plugins import registry
from tierline.core.plugins.schema import read_params
from tierline.desk.catalogue.models import Service
from tierline.desk.people.models import Desk, Person, SupportGroup
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Right, holding, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.desk.tickets.rules import Resolution
from tierline.work.workflows import events
from tierline.work.workflows.errors import InternalWords, NotOffered
from tierline.work.workflows.models import Macro, MacroBatch, MacroBatchTicket
from tierline.work.workflows.queries.macros import (
    MacroPreview,
    fits,
    group_named,
    may_change,
    places_of,
    preview_of,
)
from tierline.work.workflows.rules.macros import (
    NAME_LIMIT,
    MacroSteps,
    Then,
    Words,
    check_macro,
    dump_macro_steps,
    leaked,
    parse_macro_conditions,
    parse_macro_steps,
)

from .actions import request_action

AT_ONCE = 10
"""So many tickets of a batch are done while somebody waits; the rest by jobs."""

BATCH_LIMIT = 200
WHY_LIMIT = 400


def write_macro(
    *,
    actor: Actor,
    desk_id: int,
    name: str,
    reply: str = "",
    note: str = "",
    steps: Mapping[str, Any] | None = None,
    conditions: Sequence[Mapping[str, Any]] = (),
    groups: Sequence[int] = (),
    personal: bool = False,
) -> Macro:
    """A new macro of a desk, or with `personal` of the actor alone; or a new version of the one with this name.

    Raises Invalid with a sentence for each part at fault, and NotFound without the right on the desk.
    """
    owner = _owner(actor, desk_id, personal=personal)
    name, said = one_line(name, NAME_LIMIT), Words(clean(reply).strip(), clean(note).strip())
    parsed = parse_macro_steps(steps or {})
    check_macro(name, said, parsed)
    _check_targets(desk_id, parsed, [] if personal else groups)
    parse_macro_conditions(conditions)
    with transaction.atomic():
        Desk.objects.select_for_update().get(pk=desk_id)  # two who write the same name come one after the other
        known = Macro.objects.named(desk_id, name, owner)
        newest = known.order_by("-version").first()
        known.filter(active=True).update(active=False)
        return Macro.objects.create(
            desk_id=desk_id,
            owner_id=owner,
            name=name,
            version=newest.version + 1 if newest else 1,
            groups=[] if personal else sorted(set(groups)),
            conditions=[dict(one) for one in conditions],
            reply=said.reply,
            note=said.note,
            steps=dump_macro_steps(parsed),
            written_by=actor.label,
            written_at=clock.now(),
        )


def _owner(actor: Actor, desk_id: int, *, personal: bool) -> int | None:
    require(actor, Right.TICKET_WORK if personal else Right.AUTOMATION_CHANGE, desk_id=desk_id)
    if personal and actor.person_id is None:
        raise NotFound
    if not Desk.objects.filter(pk=desk_id).exists():
        raise NotFound
    return actor.person_id if personal else None


def _check_targets(desk_id: int, steps: MacroSteps, groups: Sequence[int]) -> None:
    """What a macro names is on its desk, and its actions take their parameters. Raises Invalid."""
    faults = {}
    if steps.service and not Service.objects.filter(key=steps.service, desk_id=desk_id).exists():
        faults["service"] = "This desk has no such service."
    if steps.group and group_named(steps.group, desk_id) is None:
        faults["group"] = "This desk has no such group."
    if SupportGroup.objects.filter(pk__in=groups, desk_id=desk_id).count() != len(set(groups)):
        faults["groups"] = "This desk has no such group."
    for one in steps.actions:
        try:
            read_params(registry.get("actions", one.action).Params, one.params)
        except Invalid as problem:
            faults["actions"] = f"{one.action}: {problem}"
        except NotFound:
            faults["actions"] = f"There is no action {one.action}."
    if faults:
        raise Invalid(faults)


def retire_macro(*, actor: Actor, macro_id: int) -> Macro:
    """Take a macro out of use; its versions stay. Raises NotFound."""
    found = _changeable(actor, macro_id)
    Macro.objects.named(found.desk_id, found.name, found.owner_id).update(active=False)
    return found


def revive_macro(*, actor: Actor, macro_id: int) -> Macro:
    """Put the newest version of a macro back into use. Raises NotFound."""
    found = _changeable(actor, macro_id)
    with transaction.atomic():
        Desk.objects.select_for_update().get(pk=found.desk_id)
        known = Macro.objects.named(found.desk_id, found.name, found.owner_id)
        newest = known.order_by("-version")[0]
        known.exclude(pk=newest.pk).update(active=False)
        known.filter(pk=newest.pk).update(active=True)
        return newest


def _changeable(actor: Actor, macro_id: int) -> Macro:
    found = Macro.objects.filter(pk=macro_id).first()
    if found is None or not may_change(actor, found):
        raise NotFound
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What an agent made of a macro before sending. None keeps the macro's own; empty words say nothing."""

    reply: str | None = None
    note: str | None = None
    then: Then | None = None


def apply_macro(
    *,
    actor: Actor,
    ticket_id: int,
    macro_id: int,
    sent: Sent | None = None,
    seen_version: int | None = None,
    attachments: Iterable[NewAttachment] = (),
) -> Ticket:
    """Put a macro on a ticket: all of it, or on a refusal nothing. Its steps run with the actor's own rights.

    Raises NotFound, NotOffered, ChangedMeanwhile, InternalWords when a line of its note stands in the reply, and
    whatever a step is refused with.
    """
    said = sent or Sent()
    with transaction.atomic():
        ticket = _locked(actor, ticket_id, seen_version)
        found = Macro.objects.visible_to(holding(actor, Right.TICKET_WORK)).filter(pk=macro_id, active=True).first()
        if found is None or found.desk_id != ticket.desk_id:
            raise NotFound
        if not fits(found, ticket):
            raise NotOffered
        given = preview_of(found, ticket, actor)
        words = Words(
            given.reply if said.reply is None else clean(said.reply),
            given.note if said.note is None else clean(said.note),
        )
        _keep_inside(found, words.reply, ticket, actor)
        name = "" if found.owner_id is not None else found.name
        applied = events.MacroApplied(macro_id=found.pk, name=name, version=found.version)
        tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=applied)
        then = given.steps.then if said.then is None else said.then
        _carry_out(actor, ticket, given, words, then, list(attachments))
        return Ticket.objects.get(pk=ticket.pk)


def _locked(actor: Actor, ticket_id: int, seen_version: int | None) -> Ticket:
    seen = Ticket.objects.inside(holding(actor, Right.TICKET_WORK)).select_for_update(of=("self",))
    ticket = seen.select_related("desk", "group", "service", "requester").filter(pk=ticket_id).first()
    if ticket is None:
        raise NotFound
    if seen_version is not None and seen_version < ticket.version:
        raise ChangedMeanwhile(seen=seen_version, current=ticket.version)
    return ticket


def _keep_inside(found: Macro, reply: str, ticket: Ticket, actor: Actor) -> None:
    if line := leaked(reply, found.note, places_of(ticket, actor)):
        raise InternalWords(
            f"“{one_line(line, 80)}” is from the macro's internal note, and {ticket.requester.name} would read it.",
            kept="Nothing was sent; your text is kept.",
            todo="Take the line out of the reply.",
        )


def _carry_out(
    actor: Actor, ticket: Ticket, given: MacroPreview, words: Words, then: Then, files: list[NewAttachment]
) -> None:
    steps = given.steps
    if steps.facts:
        tickets.record_facts(actor=actor, ticket_id=ticket.pk, facts=steps.facts, source="macro")
    if steps.classifies:
        service = Service.objects.filter(key=steps.service, desk_id=ticket.desk_id).first() if steps.service else None
        tickets.classify(
            actor=actor,
            ticket_id=ticket.pk,
            impact=steps.impact,
            urgency=steps.urgency,
            service_id=service.pk if service else None,
        )
    if words.note.strip():
        to_note = [] if words.reply.strip() else files
        tickets.add_note(actor=actor, ticket_id=ticket.pk, text=words.note, attachments=to_note)
    for one in steps.actions:
        request_action(actor=actor, ticket_id=ticket.pk, action=one.action, params=one.params)
    _answer(actor, ticket, given, words.reply, then, files)
    if steps.group:
        _give(actor, ticket, steps.group, given.name)


def _answer(
    actor: Actor, ticket: Ticket, given: MacroPreview, reply: str, then: Then, files: list[NewAttachment]
) -> None:
    solved = then == Then.RESOLVE
    if reply.strip() and (files or not solved):
        tickets.reply(actor=actor, ticket_id=ticket.pk, text=reply, wait=then == Then.WAIT, attachments=files)
    elif then == Then.WAIT and ticket.status != "waiting":
        tickets.wait_for(actor=actor, ticket_id=ticket.pk, whom="requester")
    if solved:
        tickets.resolve(
            actor=actor,
            ticket_id=ticket.pk,
            resolution=given.resolution or reply,
            code=Resolution(given.steps.code),
            text="" if files else reply,
        )


def _give(actor: Actor, ticket: Ticket, key: str, name: str) -> None:
    group = group_named(key, ticket.desk_id)
    if group is None:
        raise NotOffered(f"There is no group {key} any more.")
    tickets.assign(actor=actor, ticket_id=ticket.pk, group_id=group.pk, why={"reason": f"by the macro {name}"})


# --- on many tickets


def apply_macro_to_many(*, actor: Actor, ticket_ids: Sequence[int], macro_id: int) -> MacroBatch:
    """Put a macro on several tickets, each in its own transaction; past `AT_ONCE` jobs do it.

    Raises NotFound for a macro that is not the actor's to use, Invalid without a ticket.
    """
    seen = holding(actor, Right.TICKET_WORK)
    found = Macro.objects.visible_to(seen).filter(pk=macro_id, active=True).first()
    if found is None or actor.person_id is None:
        raise NotFound
    known = list(Ticket.objects.inside(seen).filter(pk__in=ticket_ids[:BATCH_LIMIT]).order_by("pk"))
    if not known:
        raise Invalid({"ticket": "No ticket was selected."})
    with transaction.atomic():
        batch = MacroBatch.objects.create(macro=found, asked_by_id=actor.person_id, asked_at=clock.now())
        rows = MacroBatchTicket.objects.bulk_create([MacroBatchTicket(batch=batch, ticket=one) for one in known])
        if len(rows) > AT_ONCE:
            for row in rows:
                jobs.enqueue("workflows.apply_macro", batch_ticket_id=row.pk)
    if len(rows) <= AT_ONCE:
        for row in rows:
            go_on_with_batch(actor=actor, batch_ticket_id=row.pk)
    return batch


def go_on_with_batch(*, actor: Actor, batch_ticket_id: int) -> MacroBatchTicket:
    """One ticket of a batch, with the rights that whoever asked has now. A second call changes nothing."""
    del actor  # the batch says who asked
    with transaction.atomic():
        kept = MacroBatchTicket.objects.select_for_update(of=("self",)).select_related("batch")
        row = kept.get(pk=batch_ticket_id)
        if row.state != "waiting":
            return row
        asked_by = Person.objects.get(pk=row.batch.asked_by_id)
        try:
            with transaction.atomic():
                apply_macro(actor=actor_for(asked_by), ticket_id=row.ticket_id, macro_id=row.batch.macro_id)
            row.state = "done"
        except TierlineError as problem:
            row.state, row.why = "refused", one_line(problem.for_people(), WHY_LIMIT)
        row.save(update_fields=["state", "why"])
        return row
