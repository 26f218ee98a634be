"""Matchers of known errors: put in force, retired, and what they look at."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.rules import Audience
from tierline.desk.people.rules import Right, Tier, holding
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.diagnosis.models import Evidence, EvidenceTemplate, Matcher
from tierline.work.diagnosis.rules import match as rule

TEXT_LIMIT = 50_000  # characters of a ticket's words that are looked at


def register_matcher(
    *,
    actor: Actor,
    ref: str,
    title: str,
    matcher: rule.Matcher | Mapping[str, Any],
    answer: str = "",
    lowest_tier: int = 1,
    service_id: int | None = None,
    known_error_id: int | None = None,
) -> Matcher:
    """Put a matcher in force under `ref`, or replace what stands there. Raises Invalid with the reason in words."""
    actor = holding(actor, Right.PROBLEM_WORK)
    try:
        checked = rule.from_json(rule.to_json(matcher) if isinstance(matcher, rule.Matcher) else matcher)
    except (ValueError, TypeError) as error:
        raise Invalid({"matcher": str(error)}) from error
    if lowest_tier not in set(Tier):
        raise Invalid({"lowest_tier": "A tier is a number from 0 to 4."})
    with transaction.atomic():
        row, _ = Matcher.objects.update_or_create(
            ref=ref,
            defaults={
                "title": title,
                "rule": rule.to_json(checked),
                "answer": answer,
                "lowest_tier": lowest_tier,
                "service_id": service_id,
                "known_error_id": known_error_id,
                "active": True,
                "changed_at": clock.now(),
            },
        )
    return row


def retire_matcher(*, actor: Actor, ref: str) -> Matcher:
    """Take a matcher out of force; what it matched stays. Raises NotFound."""
    actor = holding(actor, Right.PROBLEM_WORK)
    with transaction.atomic():
        row = Matcher.objects.select_for_update().filter(ref=ref).first()
        if row is None:
            raise NotFound
        row.active, row.changed_at = False, clock.now()
        row.save(update_fields=["active", "changed_at"])
    return row


def with_evidence(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Tickets with all that `observed` looks at, in four statements."""
    asked = Message.objects.filter(direction="in", audience=Audience.REQUESTER)
    messages = asked.only("ticket_id", "text").order_by("pk")
    templates = EvidenceTemplate.objects.only("evidence_id", "template_id", "template", "count")
    evidence = Evidence.objects.ready().defer("offsets", "buckets").prefetch_related(Prefetch("templates", templates))
    return rows.prefetch_related(Prefetch("messages", messages), Prefetch("evidence", evidence))


def observed(ticket: Ticket) -> rule.Observed:
    """What a matcher may look at; the ticket comes from `with_evidence`."""
    read = list(ticket.evidence.all())
    words = "\n".join([ticket.title, *(message.text for message in ticket.messages.all())])
    facts: dict[str, str] = {}
    for evidence in read:
        facts |= evidence.facts
    return rule.Observed(
        text=words[:TEXT_LIMIT],
        facts={**facts, **ticket.facts},
        templates=tuple(
            rule.SeenTemplate(one.template_id, one.template, one.count)
            for evidence in read
            for one in evidence.templates.all()
        ),
        fingerprints=frozenset(print_ for evidence in read for print_ in evidence.fingerprints),
        exceptions=frozenset(trace["type"] for evidence in read for trace in evidence.traces if trace["type"]),
    )
