"""The one reaction that asks several rooms: where an answer goes."""

from datetime import timedelta

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.jobs import job
from tierline.core.timeline import queries as timeline
from tierline.ladder.chat import queries as chats
from tierline.work.intake import operations as intake
from tierline.work.messengers import operations as messengers

READ_WITHIN = timedelta(seconds=60)


@job("reactions.deliver_answer")
def deliver_answer(*, entry_id: int) -> None:
    """Reaction to `ticket.replied`: where the requester is. In an open chat it is there already, else it is sent."""
    entry = timeline.entry(entry_id)
    messengers.queue_post(actor=Actor.machine("messengers"), entry_id=entry_id)
    if chats.reader_of(entry.subject_id) is None:
        intake.queue_replies(actor=Actor.machine("intake"), entry_id=entry_id)
    else:
        jobs.enqueue("reactions.mail_unread", at=clock.now() + READ_WITHIN, entry_id=entry_id)


@job("reactions.mail_unread")
def mail_unread(*, entry_id: int) -> None:
    """A minute later: an answer that the visitor's page was never given goes by mail after all."""
    entry = timeline.entry(entry_id)
    if not chats.has_read(entry.subject_id, int(entry.data["message_id"])):
        intake.queue_replies(actor=Actor.machine("intake"), entry_id=entry_id)
