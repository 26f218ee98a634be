"""The life of a typed action: it waits for a decision, or runs at once when it needs none."""

from enum import StrEnum


class ActionState(StrEnum):
    """Waiting for a decision; approved and about to run; and three ends."""

    WAITING = "waiting_approval"
    APPROVED = "approved"
    REFUSED = "refused"
    DONE = "done"
    FAILED = "failed"


def first_state(*, needs_approval: bool) -> ActionState:
    """Where a wish begins."""
    return ActionState.WAITING if needs_approval else ActionState.APPROVED


def decided(state: ActionState, *, approved: bool) -> ActionState:
    """The state that follows from a decision alone. Raises ValueError where there is nothing to decide."""
    if state != ActionState.WAITING:
        raise ValueError(f"There is nothing to decide: the action is {state.value.replace('_', ' ')}.")
    return ActionState.APPROVED if approved else ActionState.REFUSED


def may_decide(*, asked_by: int | None, decider: int | None) -> bool:
    """Four eyes: whoever asked for an action does not approve it. A machine never decides."""
    return decider is not None and decider != asked_by
