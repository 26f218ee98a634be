"""Mail that a plug-in reads instead of a person, such as alerts of a monitoring system."""

from tierline.core.plugins.contracts import ArrivedMail, MailRead
from tierline.work.intake.models import InboundMessage
from tierline.work.intake.rules import ParsedMail, Standing

from .known import known
from .trusting import standing_of

MARK_HEADER = "x-tierline-source"


def read_by_plugin(inbound: InboundMessage, mail: ParsedMail) -> tuple[str, MailRead] | None:
    """What the plug-in that reads mail of this sender made of it, with the plug-in's name; None when none does."""
    reader = known().readers.get(mail.sender.email) if mail.sender is not None else None
    if reader is None or mail.sender is None:
        return None
    found = standing_of(inbound, mail.headers, mail.sender)
    arrived = ArrivedMail(
        sender=mail.sender.email,
        recipients=tuple(one.email for one in mail.recipients),
        subject=mail.subject,
        text=mail.text,
        marks=tuple(mail.headers.all(MARK_HEADER)[:10]),
        proven=found is not None and found.standing is Standing.PASS,
    )
    return reader.name, reader.read(arrived)
