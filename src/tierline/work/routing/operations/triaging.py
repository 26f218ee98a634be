"""Triage: classify a ticket and give it to a group."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries import get
from tierline.desk.tickets.rules import Kind
from tierline.work.routing import queries
from tierline.work.routing.models import Decision, Forecast, LearnedModel
from tierline.work.routing.rules.triage import Decision as Triaged
from tierline.work.routing.rules.triage import Learned
from tierline.work.routing.rules.triage import triage as decide

from .keeping import keep


def triage(*, actor: Actor, ticket_id: int, again: bool = False) -> Decision | None:
    """Classify a ticket and give it to a group, with a receipt that says why.

    A ticket that a group owns already, or that is resolved, is left alone (None), unless `again`; what a
    person has classified stays as they said. Raises NotFound.
    """
    require(actor, Right.TICKET_WORK)
    with transaction.atomic():
        ticket = get(actor, ticket_id)
        if not ticket.is_open or (ticket.group_id is not None and not again):
            return None
        services, groups = queries.service_rows(ticket.desk_id), queries.group_rows(ticket.desk_id)
        facts = queries.facts_of(ticket, clock.now().date())
        names = {"service": {one.id: one.name for one in services}, "group": {one.id: one.name for one in groups}}
        learned = queries.learned_of(actor, ticket, facts.text, names)
        facts = replace(facts, learned=tuple(said for _, said in learned if said is not None))
        decided = decide(facts, rules=queries.rule_rows(ticket.desk_id), services=services, groups=groups)
        _foresee(ticket, learned, decided)
        if not queries.judged_by_a_person(ticket_id):
            _classify(actor, ticket, decided)
        if decided.group_id is not None:
            _give(actor, ticket, decided)
        reason = next(one.because for one in decided.reasons if one.what == "group")
        return keep(actor, ticket, "triage", reason, decided.receipt())


def _foresee(ticket: Ticket, learned: Sequence[tuple[LearnedModel, Learned | None]], decided: Triaged) -> None:
    """Keep what each model said, so that it can be measured when the ticket is resolved."""
    chosen = {"service": decided.service_id, "group": decided.group_id, "tier": decided.tier}
    for model, said in learned:
        followed = said is not None and said.sure and chosen[model.subject] == said.value
        label = str(said.value) if said is not None else ""
        Forecast.objects.update_or_create(
            ticket=ticket,
            model=model,
            defaults={
                "label": label,
                "score": said.score if said is not None else 0.0,
                "followed": followed,
                "at": clock.now(),
            },
        )


def _classify(actor: Actor, ticket: Ticket, decided: Triaged) -> None:
    tickets.classify(
        actor=actor,
        ticket_id=ticket.pk,
        impact=decided.impact,
        urgency=decided.urgency,
        service_id=decided.service_id,
        kind=Kind(decided.kind),
        why=decided.receipt(),
    )


def _give(actor: Actor, ticket: Ticket, decided: Triaged) -> None:
    tickets.assign(
        actor=actor,
        ticket_id=ticket.pk,
        group_id=decided.group_id or 0,
        tier=decided.tier,
        why=decided.receipt(),
    )
