"""Jobs of diagnosis: three lines each, safe to repeat."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job
from tierline.core.timeline import queries as timeline

from .operations import examine_ticket


@job("diagnosis.analyse_attachments")
def analyse_attachments(*, entry_id: int) -> None:
    """Reaction to `ticket.opened` and `ticket.message_received`."""
    entry = timeline.entry(entry_id)
    examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=entry.subject_id, cause=entry.pk)
