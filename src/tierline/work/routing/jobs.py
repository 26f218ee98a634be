"""Jobs of the routing room."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job
from tierline.core.timeline.models import TimelineEntry

from . import operations


@job("routing.triage")
def triage(entry_id: int) -> None:
    """Tier 0 handed a ticket over: find its service, priority and group."""
    entry = TimelineEntry.objects.get(pk=entry_id)
    operations.triage(actor=Actor.machine("routing"), ticket_id=entry.subject_id)
