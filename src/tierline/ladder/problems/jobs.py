"""Reactions of problem management."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job
from tierline.core.timeline import queries as timeline

from . import operations


@job("problems.check_cluster")
def check_cluster(entry_id: int) -> None:
    """A ticket was resolved: do several recent ones show the same fault?"""
    entry = timeline.entry(entry_id)
    operations.suggest_problem(actor=Actor.machine("problems"), ticket_id=entry.subject_id)


@job("problems.tell_linked")
def tell_linked(entry_id: int) -> None:
    """A fix was verified or an article published: tell the requesters of the tickets behind it."""
    operations.tell_linked(actor=Actor.machine("problems"), entry=timeline.entry(entry_id))


@job("problems.scan_past", slow=True)
def scan_past(scan_id: int) -> None:
    """Try a known error on past tickets."""
    operations.run_scan(actor=Actor.machine("problems"), scan_id=scan_id)
