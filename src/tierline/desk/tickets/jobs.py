"""Jobs on tickets: load by id, call an operation."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job
from tierline.core.timeline import queries as timeline

from . import operations
from .queries.clocks import CLOCK_KINDS


@job("tickets.keep_clocks")
def keep_clocks(entry_id: int) -> None:
    """Something happened that may start, pause or stop a clock. The newest of several such entries does the work."""
    entry = timeline.entry(entry_id)
    if not timeline.has_later(entry, CLOCK_KINDS):
        operations.keep_clocks(ticket_id=entry.subject_id)


@job("tickets.check_clock")
def check_clock(ticket_id: int) -> None:
    """The alarm of a due time: look again, since much may have happened since it was set."""
    operations.breach_clock(actor=Actor.machine("clocks"), ticket_id=ticket_id)
    operations.keep_clocks(ticket_id=ticket_id)
