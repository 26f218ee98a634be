"""Jobs of diagnosis: three lines each, safe to repeat."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job
from tierline.core.timeline import queries as timeline

from .operations import clear_leftovers, examine_large, examine_ticket, go_on, has_new_files, remove_due


@job("diagnosis.analyse_attachments")
def analyse_attachments(*, entry_id: int) -> None:
    """Reaction to `ticket.opened` and `ticket.message_received`."""
    clear_leftovers()
    entry = timeline.entry(entry_id)
    examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=entry.subject_id, cause=entry.pk)


@job("diagnosis.analyse_new_files")
def analyse_new_files(*, entry_id: int) -> None:
    """Reaction to what agents write: only a file that came with it says anything new of the fault."""
    entry = timeline.entry(entry_id)
    if has_new_files(entry.subject_id):
        examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=entry.subject_id, cause=entry.pk)


@job("diagnosis.examine_large", slow=True)
def examine_file(*, evidence_id: int) -> None:
    """Read a large file, then look at its ticket again."""
    examine_large(actor=Actor.machine("diagnosis"), evidence_id=evidence_id)


@job("diagnosis.clear_leftovers", cron="*/5 * * * *")
def clear() -> None:
    """Every five minutes: what readers that were killed left behind."""
    clear_leftovers()


@job("diagnosis.rebuild", slow=True)
def rebuild(*, rebuild_id: int) -> None:
    """Make views anew for a while; the rest in a job of its own."""
    go_on(actor=Actor.machine("diagnosis"), rebuild_id=rebuild_id)


@job("diagnosis.remove_originals", cron="20 3 * * *", slow=True)
def remove_originals() -> None:
    """Every night: originals whose time is over."""
    remove_due(actor=Actor.machine("diagnosis"))
