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


@job("routing.settle_forecasts")
def settle_forecasts(entry_id: int) -> None:
    """A ticket is resolved: what the learned models said of it was right or not."""
    entry = timeline.entry(entry_id)
    operations.settle_forecasts(actor=Actor.machine("routing"), ticket_id=entry.subject_id)


@job("routing.learn", cron="10 3 * * *")
def learn() -> None:
    """Each night: learn from solved tickets where enough of them are new."""
    operations.learn_all(actor=Actor.machine("routing"))
