"""No file is handed out that a virus scanner objects to, where one is set up, or whose bytes were removed."""

from tierline.core.kernel import antivirus, clock, storage
from tierline.desk.tickets.errors import FileRemoved, Infected
from tierline.desk.tickets.models import Attachment


def checked(attachment: Attachment) -> Attachment:
    """The same file, when it may be handed out: asked once, then known.

    Raises FileRemoved, Infected, and ScannerAway when nothing is known yet and the scanner does not answer.
    """
    if attachment.removed_at is not None:
        raise FileRemoved(f"{attachment.name} was removed on {attachment.removed_at:%d %b %Y}: its time was over.")
    if attachment.scanned_at is None and antivirus.is_set_up():
        with storage.open_blob(attachment.blob_id) as content:
            attachment.threat = antivirus.threat_in(content)
        attachment.scanned_at = clock.now()
        attachment.save(update_fields=["threat", "scanned_at"])
    if attachment.threat:
        raise Infected(f"{attachment.name} is not handed out: the virus scanner found {attachment.threat}.")
    return attachment
