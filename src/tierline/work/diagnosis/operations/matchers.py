"""Matchers of known errors: put in force and retired."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.people.rules import Right, Tier, holding
from tierline.work.diagnosis.models import Matcher
from tierline.work.diagnosis.rules import match as rule


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
    only_desk_id: int | None = None,
) -> Matcher:
    """Put a matcher in force under `ref`, or replace what stands there.

    `only_desk_id` is the confidential desk that it belongs to: tickets of others never show it. Raises Invalid with the
    reason in words.
    """
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
                "desk_id": only_desk_id,
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
