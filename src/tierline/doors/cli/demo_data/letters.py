"""Mail as people send it, as RFC 5322 bytes."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from tierline.desk.people.models import Person

from .company import ADDRESSES


def letter(
    sender: Person,
    *,
    subject: str,
    text: str,
    at: datetime,
    number: int,
    to: str = ADDRESSES["it"],
    attachment: tuple[str, str] | None = None,
    in_reply_to: str = "",
) -> bytes:
    """One mail to the desk; `attachment` is (file name, text of the log)."""
    mail = EmailMessage()
    mail["From"] = f"{sender.name} <{sender.email}>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{number}.{at:%Y%m%d%H%M%S}@{sender.email.rpartition('@')[2]}>"
    if in_reply_to:
        mail["In-Reply-To"] = in_reply_to
        mail["References"] = in_reply_to
    mail.set_content(f"Hello,\n\n{text}\n\nKind regards\n{sender.name}\n")
    if attachment is not None:
        name, log = attachment
        mail.add_attachment(log, subtype="plain", filename=name)
    return mail.as_bytes()
