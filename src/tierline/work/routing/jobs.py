"""Jobs of the routing room."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job
from tierline.core.timeline import queries as timeline

from . import operations


@job("routing.triage")
def triage(entry_id: int) -> None:
    """Tier 0 handed a ticket over: find its service, priority and group."""
    entry = timeline.entry(entry_id)
    operations.triage(actor=Actor.machine("routing"), ticket_id=entry.subject_id)
