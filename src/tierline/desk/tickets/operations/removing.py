"""The bytes of a file are removed when their time is over; that it was there stays."""

from django.db import transaction

from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.tickets.models import Attachment


def remove_bytes(*, actor: Actor, attachment_id: int) -> str:
    """Forget the bytes of an attachment, in the caller's transaction; returns the hash that they had.

    The same bytes stay where somebody else still refers to them: `storage.drop` with the hash deletes them once nobody
    does. For the rooms that decide how long something is kept: only machines may. Raises NotFound.
    """
    if not actor.is_machine:
        raise NotFound
    with transaction.atomic():
        found = Attachment.objects.select_for_update().filter(pk=attachment_id, removed_at=None).first()
        if found is None:
            raise NotFound
        sha256, found.blob, found.removed_at = found.blob_id, storage.put(b""), clock.now()
        found.save(update_fields=["blob", "removed_at"])
    return sha256
