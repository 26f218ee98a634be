"""Reactions of the knowledge room."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job
from tierline.core.timeline import queries as timeline

from . import operations


@job("knowledge.draft_from_ticket")
def draft_from_ticket(entry_id: int) -> None:
    """A ticket was resolved: link the article that covers it, or draft one."""
    entry = timeline.entry(entry_id)
    operations.draft_or_reuse(actor=Actor.machine("knowledge"), ticket_id=entry.subject_id)
