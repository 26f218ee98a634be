"""Verbs on the improvement register."""

from datetime import date

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound, Refused
from tierline.core.kernel.text import clean, one_line
from tierline.desk.people.models import Person
from tierline.desk.people.rules import Right, require

from .models import Improvement
from .rules import ImprovementState, may_become


def propose(
    *,
    actor: Actor,
    title: str,
    measure: str,
    baseline: float,
    target: float,
    owner_id: int,
    due_on: date,
    why: str = "",
) -> Improvement:
    """Enter an improvement with the figure it shall move. Raises Invalid and NotFound."""
    require(actor, Right.INSIGHT_PLAN)
    if not title.strip():
        raise Invalid({"title": "Say what shall become better."})
    if baseline == target:
        raise Invalid({"target": "The target must differ from where it stands."})
    if not Person.objects.staff().filter(pk=owner_id).exists():
        raise NotFound
    moment = clock.now()
    with transaction.atomic():
        return Improvement.objects.create(
            title=one_line(title),
            why=clean(why, 4000).strip(),
            measure=one_line(measure, 40),
            baseline=baseline,
            target=target,
            owner_id=owner_id,
            due_on=due_on,
            state=ImprovementState.PROPOSED,
            created_at=moment,
            changed_at=moment,
        )


def move(*, actor: Actor, improvement_id: int, state: ImprovementState, reached: float | None = None) -> Improvement:
    """Agree on it, finish it with the figure that was reached, or drop it. Raises Refused, Invalid and NotFound."""
    require(actor, Right.INSIGHT_PLAN)
    with transaction.atomic():
        improvement = Improvement.objects.select_for_update().filter(pk=improvement_id).first()
        if improvement is None:
            raise NotFound
        if not may_become(ImprovementState(improvement.state), state):
            raise Refused(f"An improvement that is {improvement.state} cannot become {state}.")
        if state is ImprovementState.DONE and reached is None:
            raise Invalid({"reached": "Say which figure was reached."})
        improvement.state, improvement.changed_at = state, clock.now()
        improvement.reached = reached if reached is not None else improvement.reached
        improvement.save(update_fields=["state", "changed_at", "reached"])
        return improvement
