"""A mail is kept as it came; when the time of a file that it carried is over, its bytes go with the file."""

from django.db import transaction

from tierline.core.kernel import storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline import queries as timeline
from tierline.desk.tickets.models import Attachment
from tierline.work.intake.models import InboundMessage


def forget_mail(*, actor: Actor, entry_id: int) -> int:
    """Delete the bytes of the mails that carried the attachment an entry names; returns how many. Safe to repeat.

    That they came, when and from whom stays, and what was said in them is the message of the ticket.
    """
    if not actor.is_machine:
        raise NotFound
    number = timeline.entry(entry_id).data.get("attachment_id")
    message = Attachment.objects.filter(pk=number).values_list("message_id", flat=True).first()
    if message is None:
        return 0
    with transaction.atomic():
        mails = list(InboundMessage.objects.select_for_update().filter(message_id=message, blob__isnull=False))
        for mail in mails:
            sha256, mail.blob = mail.blob_id, None
            mail.save(update_fields=["blob"])
            storage.drop(sha256 or "")
    return len(mails)
