"""Reactions and periodic work of tier 0."""

from tierline.core.kernel.jobs import job
from tierline.core.timeline import queries as timeline

from . import operations
from .operations.ledger import machine


@job("assistant.attempt")
def attempt(entry_id: int) -> None:
    """The evidence was looked at (or there was none): tier 0 tries."""
    entry = timeline.entry(entry_id)
    operations.attempt(actor=machine(), ticket_id=entry.subject_id, cause=entry_id)


@job("assistant.follow_up")
def follow_up(entry_id: int) -> None:
    """The requester wrote: does it concern what tier 0 said?"""
    operations.follow_up(entry_id=entry_id)


@job("assistant.settle", cron="7 * * * *")
def settle() -> None:
    """Answers that nobody reacted to turn silent."""
    operations.settle()
