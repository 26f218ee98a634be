"""Whether a sender is who the mail says, and what of it the agents are told."""

from django.conf import settings

from tierline.core.kernel.actors import Actor
from tierline.desk.tickets import operations as tickets
from tierline.work.intake.events import MailProtected, SenderUnverified
from tierline.work.intake.models import InboundMessage
from tierline.work.intake.rules import Address, Headers, ParsedMail, Standing, authenticate

REFUSED = "unverified"  # the policy for senders about whom nothing is known; anything else lets them in


def doubt_about(headers: Headers, sender: Address) -> str:
    """Why the sender may not act as the person of that address, or an empty string.

    Without a trusted server (`TIERLINE_MAIL_AUTHSERV`) nobody is in doubt.
    """
    trusted = settings.TIERLINE_MAIL_AUTHSERV
    if not trusted:
        return ""
    found = authenticate(headers, sender.email, trusted)
    strict = settings.TIERLINE_MAIL_UNAUTHENTICATED == REFUSED
    doubted = found.standing is Standing.FAIL or (strict and found.standing is Standing.NONE)
    return f"sender not verified: {found.why}" if doubted else ""


def tell(actor: Actor, inbound: InboundMessage, mail: ParsedMail, doubt: str) -> None:
    """Say on the ticket what an agent has to know about this mail."""
    if inbound.ticket_id is None or mail.sender is None:
        return
    machine = Actor.machine("intake", request_id=actor.request_id)
    if doubt:
        why = doubt.partition(": ")[2]
        unverified = SenderUnverified(claimed=mail.sender.email, why=why)
        tickets.note_event(actor=machine, ticket_id=inbound.ticket_id, payload=unverified)
    if mail.signed or mail.encrypted:
        protected = MailProtected(signed=mail.signed, encrypted=mail.encrypted)
        tickets.note_event(actor=machine, ticket_id=inbound.ticket_id, payload=protected)
