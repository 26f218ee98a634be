"""Jobs of the escalation room."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job
from tierline.core.timeline import queries as timeline

from . import operations


@job("escalation.settle")
def settle(entry_id: int) -> None:
    """A ticket was resolved, merged or assigned: a question that lost its ground is withdrawn."""
    entry = timeline.entry(entry_id)
    operations.settle(actor=Actor.machine("escalation"), ticket_id=entry.subject_id)
