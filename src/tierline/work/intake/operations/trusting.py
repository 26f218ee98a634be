"""Whether a sender is who the mail says, and what of it the agents are told."""

import hashlib

from django.conf import settings

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.desk.people.models import Person
from tierline.desk.people.operations import ensure_requester
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


def author_of(actor: Actor, sender: Address, doubt: str) -> tuple[Person, str]:
    """Who the mail is taken to be from, and why that is in doubt (empty: it is not)."""
    if doubt:
        return _stand_in(actor, sender.email), doubt
    try:
        return ensure_requester(actor=actor, email=sender.email, name=sender.name), ""
    except Invalid:  # RFC 6532 allows more than the desk can answer to
        return _stand_in(actor, sender.email), "sender not verified: this desk cannot write to such an address"


def _stand_in(actor: Actor, email: str) -> Person:
    """Who stands for somebody that only claims an address: not the person of that address, and never mailed."""
    claimed = email.strip().lower()
    number = hashlib.sha256(claimed.encode()).hexdigest()[:20]
    name = f"{claimed[:100]} (not verified)"
    person = ensure_requester(actor=actor, email=f"{number}@unverified.invalid", name=name)
    if person.is_active:
        person.is_active = False
        person.save(update_fields=["is_active"])
    return person


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
