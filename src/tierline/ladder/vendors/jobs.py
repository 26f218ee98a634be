"""Jobs of vendors: load by id, call an operation."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job
from tierline.core.timeline import queries as timeline

from . import operations


@job("vendors.follow_merge")
def follow_merge(*, entry_id: int) -> None:
    """Reaction to `ticket.merged`: its cases go on where the ticket does."""
    operations.follow_merge(actor=Actor.machine("vendors"), ticket_id=timeline.entry(entry_id).subject_id)
