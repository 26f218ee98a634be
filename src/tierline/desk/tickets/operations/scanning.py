"""No file that a virus scanner objects to is handed out, where a scanner is set up."""

from tierline.core.kernel import antivirus, clock, storage
from tierline.desk.tickets.errors import Infected
from tierline.desk.tickets.models import Attachment


def checked(attachment: Attachment) -> Attachment:
    """The same file, when it may be handed out: asked once, then known.

    Raises Infected, and ScannerAway when nothing is known yet and the scanner does not answer.
    """
    if attachment.scanned_at is None and antivirus.is_set_up():
        with storage.open_blob(attachment.blob_id) as content:
            attachment.threat = antivirus.threat_in(content)
        attachment.scanned_at = clock.now()
        attachment.save(update_fields=["threat", "scanned_at"])
    if attachment.threat:
        raise Infected(f"{attachment.name} is not handed out: the virus scanner found {attachment.threat}.")
    return attachment
