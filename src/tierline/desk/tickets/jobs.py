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
    operations.check_clock(actor=Actor.machine("clocks"), ticket_id=ticket_id)
    operations.keep_clocks(ticket_id=ticket_id)


@job("tickets.preview_change", slow=True)
def preview_change(change_id: int) -> None:
    """Try a change of a policy or a calendar on every open clock."""
    operations.preview_change(actor=Actor.machine("clocks"), change_id=change_id)


@job("tickets.reread_clocks", slow=True)
def reread_clocks(change_id: int) -> None:
    """A change is in force: read every open clock anew."""
    operations.reread_clocks(actor=Actor.machine("clocks"), change_id=change_id)
