"""The rules that triage and assignment follow; every edit makes a version."""

from collections.abc import Sequence

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.catalogue.models import Service
from tierline.desk.people.models import SupportGroup
from tierline.desk.people.rules import Right, require
from tierline.work.routing.models import RoutingRule, SkillNeed

WORDS_LIMIT = 50
WEIGHT_LIMIT = 100


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
    """A new routing rule, or a new version of the one with this name. Raises Invalid and NotFound."""
    require(actor, Right.AUTOMATION_CHANGE, desk_id=desk_id)
    name, cleaned = one_line(name, 120), _checked(name, words, weight)
    _targets(desk_id, service_id, group_id)
    with transaction.atomic():
        known = RoutingRule.objects.select_for_update().filter(desk_id=desk_id, name=name)
        newest = known.order_by("-version").first()
        RoutingRule.objects.filter(desk_id=desk_id, name=name, active=True).update(active=False)
        return RoutingRule.objects.create(
            desk_id=desk_id,
            name=name,
            version=newest.version + 1 if newest else 1,
            words=cleaned,
            weight=weight,
            service_id=service_id,
            group_id=group_id,
            written_by=actor.label,
            written_at=clock.now(),
        )


def _checked(name: str, words: Sequence[str], weight: float) -> list[str]:
    """The words of a rule that can be used. Raises Invalid naming each field at fault."""
    cleaned = [one_line(word, 80) for word in words if word.strip(" *")]
    faults = {}
    if not name.strip():
        faults["name"] = "A rule needs a name."
    if not 1 <= len(cleaned) <= WORDS_LIMIT:
        faults["words"] = f"A rule needs between 1 and {WORDS_LIMIT} words."
    if not 0 < weight <= WEIGHT_LIMIT:
        faults["weight"] = f"The weight must be more than zero and at most {WEIGHT_LIMIT}."
    if faults:
        raise Invalid(faults)
    return cleaned


def _targets(desk_id: int, service_id: int | None, group_id: int | None) -> None:
    """A rule leads to something of its own desk. Raises Invalid."""
    if service_id is None and group_id is None:
        raise Invalid({"service": "A rule points to a service, a group, or both."})
    if service_id is not None and not Service.objects.filter(pk=service_id, desk_id=desk_id).exists():
        raise Invalid({"service": "This desk has no such service."})
    if group_id is not None and not SupportGroup.objects.filter(pk=group_id, desk_id=desk_id).exists():
        raise Invalid({"group": "This desk has no such group."})


def retire_rule(*, actor: Actor, rule_id: int) -> None:
    """Take a rule out of use; decisions made with it keep their receipts. Raises NotFound."""
    rule = RoutingRule.objects.filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    require(actor, Right.AUTOMATION_CHANGE, desk_id=rule.desk_id)
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
    """Say what a service asks of its people from a tier on; the last word counts. Raises Invalid and NotFound."""
    desk_id = Service.objects.filter(pk=service_id).values_list("desk_id", flat=True).first()
    if desk_id is None:
        raise NotFound
    require(actor, Right.STAFF_PLAN, desk_id=desk_id)
    if level not in (1, 2, 3):
        raise Invalid({"level": "Levels run from 1 to 3."})
    need, _ = SkillNeed.objects.update_or_create(
        service_id=service_id,
        skill_id=skill_id,
        from_tier=from_tier,
        defaults={"level": level, "certified": certified},
    )
    return need
