"""Work that intake does later: answers on their way out, and messages that a killed process left behind."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job

from . import operations


def _machine() -> Actor:
    return Actor.machine("intake")


@job("intake.send_reply")
def send_reply(*, entry_id: int) -> None:
    """Reaction to `ticket.replied`: one mail for each reader of the answer."""
    operations.queue_replies(actor=_machine(), entry_id=entry_id)


@job("intake.acknowledge")
def acknowledge(*, entry_id: int) -> None:
    """Reaction to `ticket.opened`: tell the sender of a mail that it arrived."""
    operations.queue_acknowledgement(actor=_machine(), entry_id=entry_id)


@job("intake.forget_mail")
def forget_mail(*, entry_id: int) -> None:
    """Reaction to `evidence.original_removed`: the mail that carried the file holds it as well."""
    operations.forget_mail(actor=_machine(), entry_id=entry_id)


@job("intake.send")
def send(*, outbound_id: int) -> None:
    """Hand one mail to the outgoing server."""
    operations.send(actor=_machine(), outbound_id=outbound_id)


@job("intake.tell_author")
def tell_author(*, outbound_id: int) -> None:
    """Tell the author of an answer that it did not arrive."""
    operations.tell_author(actor=_machine(), outbound_id=outbound_id)


@job("intake.retry_forgotten", cron="50 * * * *")
def retry_forgotten() -> None:
    """Try mail whose own job was lost."""
    operations.retry_forgotten(actor=_machine())


@job("intake.retry_unfinished", cron="* * * * *")
def retry_unfinished() -> None:
    """Take up what was stored and not understood."""
    operations.retry_unfinished(actor=_machine())


@job("intake.reconcile")
def reconcile(*, mailbox_id: int) -> None:
    """Count one mailbox on the server and here."""
    operations.reconcile(actor=_machine(), mailbox_id=mailbox_id)


@job("intake.reconcile_all", cron="40 2 * * *")
def reconcile_all() -> None:
    """Every night, each mailbox by itself: one that cannot be reached keeps no other waiting."""
    operations.queue_comparisons(actor=_machine())


@job("intake.test_connection")
def test_connection(*, test_id: int) -> None:
    """Try a mailbox or the outgoing server, step by step."""
    operations.run_test(actor=_machine(), test_id=test_id)


@job("intake.fetch_awaited")
def fetch_awaited(*, awaited_id: int) -> None:
    """Fetch one message that a provider told of."""
    operations.fetch_awaited(actor=_machine(), awaited_id=awaited_id)


@job("intake.retry_awaited", cron="25 * * * *")
def retry_awaited() -> None:
    """Ask again for what could not be fetched."""
    operations.retry_awaited(actor=_machine())
