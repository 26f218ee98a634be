"""Refusals of the escalation room."""

from collections.abc import Sequence

from tierline.core.kernel.errors import Refused

from .rules.checks import ItemState


class MissingItems(Refused):
    """The contract of this step is not fulfilled; `items` says what is missing and how each can be filled."""

    code = "missing_items"

    def __init__(self, items: Sequence[ItemState], *, to_tier: int) -> None:
        self.items = tuple(items)
        self.to_tier = to_tier
        named = "; ".join(f"{item.label} ({item.detail})" for item in self.items)
        count = "One item is" if len(self.items) == 1 else f"{len(self.items)} items are"
        super().__init__(
            f"{count} missing for tier {to_tier}: {named}.",
            kept="Your question is kept.",
            todo="Collect what is missing, or say for each why it must go without.",
        )


class NoContract(Refused):
    """There is no contract for this step."""

    code = "no_contract"
    default = "There is no escalation contract for this step. An administrator writes one under Set-up."


class NotUpwards(Refused):
    """Escalation goes up; down goes a return with its lesson."""

    code = "not_upwards"
    default = "A ticket is escalated to a higher tier than the one that has it."


class NoReceiver(Refused):
    """No group stands on the tier asked for."""

    code = "no_receiver"
    default = "No group can receive this."


class AlreadyPending(Refused):
    """One hand-over of a ticket at a time."""

    code = "handover_pending"
    default = "A hand-over of this ticket waits for an answer already."


class AlreadyDecided(Refused):
    """A hand-over is decided once."""

    code = "handover_decided"


class NotYours(Refused):
    """Only the receiving group decides; only the sending side withdraws."""

    code = "not_your_handover"
    default = "This hand-over was addressed to another group."


class NotCollectable(Refused):
    """The requester cannot fill this gap."""

    code = "not_collectable"
    default = "There is nothing to ask the requester here."


class AlreadyAppealed(Refused):
    """One appeal of a ticket at a time."""

    code = "appeal_open"
    default = "Somebody was asked to look at this already. The answer comes here."


class TooSoon(Refused):
    """The same ticket is not appealed again right after a decision."""

    code = "appeal_too_soon"

    def __init__(self, *, hours: int) -> None:
        super().__init__(
            f"This was looked at within the last {hours} hours.",
            todo="Write what is new as a message: everybody who works on it reads it.",
        )
