"""Mail that a plug-in reads instead of a person: alerts of a monitoring system, answers of a vendor."""

from collections.abc import Sequence
from dataclasses import replace

from tierline.core.plugins.contracts import ArrivedMail, MailRead
from tierline.work.intake.models import InboundMessage
from tierline.work.intake.rules import Address, Claims, Nature, ParsedMail, Standing, Verdict, visible_reply

from .html import safe_html
from .known import known
from .trusting import standing_of

MARK_HEADER = "x-tierline-source"


def read_by_plugin(
    inbound: InboundMessage, mail: ParsedMail, verdict: Verdict, answers: Sequence[int] = ()
) -> tuple[str, MailRead] | None:
    """What the plug-in that is asked about this mail made of it, with the plug-in's name; None when none is.

    `answers` are messages to others than the requester: what answers one is the business of who keeps such threads.
    """
    if mail.sender is None:
        return None
    reader = known().threads if answers else known().reader_of(mail.sender.email)
    if reader is None:
        return None
    arrived = _arrived(inbound, mail, mail.sender)
    automatic = verdict.nature is Nature.AUTOMATIC_REPLY
    return reader.name, reader.read(replace(arrived, answers=tuple(answers), automatic=automatic))


def done_by_mail(claimed: Claims) -> str:
    """What a mail to a signed address did, such as ending surveys; empty for any other mail."""
    for letter, number in claimed.verbs:
        verb = known().verbs.get(letter)
        if verb is not None:
            return verb.take(number)
    return ""


def _arrived(inbound: InboundMessage, mail: ParsedMail, sender: Address) -> ArrivedMail:
    found = standing_of(inbound, mail.headers, sender)
    return ArrivedMail(
        sender=sender.email,
        recipients=tuple(one.email for one in mail.recipients),
        subject=mail.subject,
        text=mail.text,
        marks=tuple(mail.headers.all(MARK_HEADER)[:10]),
        proven=found is not None and found.standing is Standing.PASS,
        doubted=found is not None and found.standing is Standing.FAIL,
        message_id=mail.message_id,
        reply="\n\n".join(filter(None, (visible_reply(mail.text).strip(), mail.below))),
        html=safe_html(mail.html),
        files=tuple((one.name, one.content_type, one.content) for one in mail.attachments),
    )
