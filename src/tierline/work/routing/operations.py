"""Verbs of routing: triage, assignment to a person, and the rules they follow."""

from collections.abc import Sequence

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries import get
from tierline.desk.tickets.rules import Kind

from . import events, queries
from .errors import NoGroupYet
from .models import Decision, RoutingRule, SkillNeed
from .rules.assignment import Assignment, choose_assignee
from .rules.triage import Decision as Triaged
from .rules.triage import triage as decide

WORDS_LIMIT = 50


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
        decided = decide(
            queries.facts_of(ticket, clock.now().date()),
            rules=queries.rule_rows(ticket.desk_id),
            services=queries.service_rows(ticket.desk_id),
            groups=queries.group_rows(ticket.desk_id),
        )
        if not queries.judged_by_a_person(ticket_id):
            _classify(actor, ticket, decided)
        if decided.group_id is not None:
            _give(actor, ticket, decided)
        reason = next(one.because for one in decided.reasons if one.what == "group")
        return _keep(actor, ticket, "triage", reason, decided.receipt())


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


def assign_next(*, actor: Actor, ticket_id: int) -> Decision:
    """Give a ticket to the member of its group who should have it now, or leave it there and say why.

    Raises NoGroupYet, NotFound and WrongState for a resolved ticket.
    """
    require(actor, Right.TICKET_WORK)
    with transaction.atomic():
        ticket = get(actor, ticket_id)
        if ticket.group_id is None:
            raise NoGroupYet(todo="Let triage choose one first.")
        at = clock.now()
        chosen = choose_assignee(queries.candidates(ticket.group_id, at), queries.need_of(ticket), at)
        if chosen.person_id is None:
            _leave(actor, ticket, chosen)
        elif chosen.person_id != ticket.assignee_id:
            tickets.assign(
                actor=actor,
                ticket_id=ticket_id,
                group_id=ticket.group_id,
                person_id=chosen.person_id,
                tier=ticket.tier,
                why=chosen.receipt(),
            )
        return _keep(actor, ticket, "assignment", chosen.name or chosen.why[0], chosen.receipt())


def _leave(actor: Actor, ticket: Ticket, chosen: Assignment) -> None:
    counted: dict[str, int] = {}
    for one in chosen.excluded:
        counted[one.rule] = counted.get(one.rule, 0) + 1
    payload = events.LeftWithGroup(group_id=ticket.group_id or 0, reason=chosen.why[0], excluded=counted)
    tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=payload)


def _keep(actor: Actor, ticket: Ticket, kind: str, chosen: str, receipt: dict[str, object]) -> Decision:
    return Decision.objects.create(
        ticket=ticket,
        kind=kind,
        chosen=one_line(chosen, 200),
        receipt=receipt,
        by=actor.label,
        at=clock.now(),
    )


def write_rule(
    *,
    actor: Actor,
    desk_id: int,
    name: str,
    words: Sequence[str],
    service_id: int | None = None,
    group_id: int | None = None,
    weight: float = 1.0,
) -> RoutingRule:
    """A new routing rule, or a new version of the one with this name. Raises Invalid."""
    require(actor, Right.SETUP)
    cleaned = [one_line(word, 80) for word in words if word.strip(" *")]
    if not 1 <= len(cleaned) <= WORDS_LIMIT:
        raise Invalid({"words": f"A rule needs between 1 and {WORDS_LIMIT} words."})
    if service_id is None and group_id is None:
        raise Invalid({"service": "A rule points to a service, a group, or both."})
    if weight <= 0:
        raise Invalid({"weight": "The weight must be more than zero."})
    with transaction.atomic():
        known = RoutingRule.objects.select_for_update().filter(desk_id=desk_id, name=name)
        newest = known.order_by("-version").first()
        RoutingRule.objects.filter(desk_id=desk_id, name=name, active=True).update(active=False)
        return RoutingRule.objects.create(
            desk_id=desk_id,
            name=one_line(name, 120),
            version=newest.version + 1 if newest else 1,
            words=cleaned,
            weight=weight,
            service_id=service_id,
            group_id=group_id,
            written_by=actor.label,
            written_at=clock.now(),
        )


def retire_rule(*, actor: Actor, rule_id: int) -> None:
    """Take a rule out of use; decisions made with it keep their receipts."""
    require(actor, Right.SETUP)
    RoutingRule.objects.filter(pk=rule_id).update(active=False)


def need_skill(
    *,
    actor: Actor,
    service_id: int,
    skill_id: int,
    level: int = 1,
    certified: bool = False,
    from_tier: int = 1,
) -> SkillNeed:
    """Say what a service asks of its people from a tier on; the last word counts. Raises Invalid."""
    require(actor, Right.SETUP)
    if level not in (1, 2, 3):
        raise Invalid({"level": "Levels run from 1 to 3."})
    need, _ = SkillNeed.objects.update_or_create(
        service_id=service_id,
        skill_id=skill_id,
        from_tier=from_tier,
        defaults={"level": level, "certified": certified},
    )
    return need
