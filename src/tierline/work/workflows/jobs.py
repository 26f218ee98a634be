"""Jobs of the workflows room."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job

from . import operations


@job("workflows.evaluate")
def evaluate(entry_id: int) -> None:
    """Something happened on a ticket: let the automations for it act."""
    operations.evaluate(actor=Actor.machine("workflows"), entry_id=entry_id)


@job("workflows.run_action")
def run_action(action_run_id: int) -> None:
    """An action may go ahead: carry it out."""
    operations.run_action(actor=Actor.machine("workflows"), action_run_id=action_run_id)


@job("workflows.apply_macro")
def apply_macro(batch_ticket_id: int) -> None:
    """A macro was chosen for many tickets: put it on one of them."""
    operations.go_on_with_batch(actor=Actor.machine("workflows"), batch_ticket_id=batch_ticket_id)
