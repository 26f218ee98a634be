"""Who outside the desk may have a log that somebody sent: nobody else, until its sender says so."""

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.rules import Audience
from tierline.desk.tickets.events import FileShared
from tierline.desk.tickets.models import Attachment
from tierline.desk.tickets.queries import attachment

from .writing import append, locked


def share_file(*, actor: Actor, attachment_id: int, shared: bool = True) -> Attachment:
    """Let those who read along have one's own log, or keep it to oneself and the desk again; twice is once.

    Raises NotFound for everybody but its sender.
    """
    with transaction.atomic():
        found = attachment(actor, attachment_id)
        if found.message.direction != "in" or actor.person_id is None or found.message.author_id != actor.person_id:
            raise NotFound
        ticket = locked(actor, found.ticket_id)
        found.refresh_from_db(fields=["apart"])
        if found.apart == shared:
            found.apart = not shared
            found.save(update_fields=["apart"])
            told = FileShared(attachment_id=found.pk, shared=shared)
            append(ticket, told, actor=actor, audience=Audience.REQUESTER)
    return found
