"""Whether a sender is who the mail says, and what of it the agents are told."""

import hashlib
from dataclasses import dataclass

from django.conf import settings

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.desk.people.models import Person
from tierline.desk.people.operations import ensure_requester
from tierline.desk.tickets import operations as tickets
from tierline.work.intake.events import MailProtected, SenderTrusted, SenderUnverified
from tierline.work.intake.models import InboundMessage, Mark, TrustedSender
from tierline.work.intake.rules import Address, Authentication, Headers, ParsedMail, Standing, authenticate
from tierline.work.intake.rules.learned import fits

from .known import known

REFUSED = "unverified"  # the policy for senders about whom nothing is known; anything else lets them in
STAND_IN = "unverified.invalid"


@dataclass(frozen=True, slots=True)
class Belief:
    """Whether a sender is believed. `doubt` says why not; `in_spite` why the mail server's finding did not count."""

    doubt: str = ""
    in_spite: str = ""


BELIEVED = Belief()


def standing_of(inbound: InboundMessage, headers: Headers, sender: Address) -> Authentication | None:
    """What the mail server that counts for this way in has found; None when none is named."""
    trusted = _names_for(inbound)
    return authenticate(headers, sender.email, trusted) if trusted else None


def belief_in(inbound: InboundMessage, headers: Headers, sender: Address) -> Belief:
    """Whether the sender may act as the person of that address.

    Without a named mail server nobody is in doubt. What a person has learned to trust counts more than the server.
    """
    found = standing_of(inbound, headers, sender)
    if found is None or found.standing is Standing.PASS:
        return BELIEVED
    strict = settings.TIERLINE_MAIL_UNAUTHENTICATED == REFUSED
    if found.standing is Standing.NONE and not strict:
        return BELIEVED
    rule = trust_in(inbound.mailbox_id, sender.email)
    if rule is not None:
        return Belief(in_spite=f"{found.why}, but {why_trusted(rule)}")
    return Belief(doubt=f"sender not verified: {found.why}")


def trust_in(mailbox_id: int | None, email: str) -> TrustedSender | None:
    """The rule by which a sender is believed where the mail came in, if one was learned; the oldest counts."""
    here = (rule for rule in known().trusted if rule.mailbox_id == mailbox_id)
    return next((rule for rule in here if fits(rule.mark, rule.value, email, "")), None)


def why_trusted(rule: TrustedSender) -> str:
    """The sentence that explains what a rule did."""
    whom = f"the domain {rule.value}" if rule.mark == Mark.DOMAIN else rule.value
    return f"{whom} is trusted here: rule {rule.pk}, learned by {rule.learned_by} on {rule.created_at:%Y-%m-%d}"


def _names_for(inbound: InboundMessage) -> frozenset[str]:
    """The mail servers that count: those of its mailbox, which may be none; else those that the setting names."""
    if inbound.mailbox_id is not None:
        return known().authservs.get(inbound.mailbox_id, frozenset())
    named: frozenset[str] = settings.TIERLINE_MAIL_AUTHSERV
    return named


def author_of(actor: Actor, sender: Address, doubt: str) -> tuple[Person, str]:
    """Who the mail is taken to be from, and why that is in doubt (empty: it is not)."""
    if doubt:
        return _stand_in(actor, sender.email), doubt
    try:
        return ensure_requester(actor=actor, email=sender.email, name=sender.name), ""
    except Invalid:  # RFC 6532 allows more than the desk can answer to
        return _stand_in(actor, sender.email), "sender not verified: this desk cannot write to such an address"


def stand_in_address(email: str) -> str:
    """The address of who stands for somebody that only claims `email`; nobody reads mail there (RFC 2606)."""
    number = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:20]
    return f"{number}@{STAND_IN}"


def _stand_in(actor: Actor, email: str) -> Person:
    """Who stands for somebody that only claims an address: not the person of that address, and never mailed."""
    name = f"{email.strip().lower()[:100]} (not verified)"
    person = ensure_requester(actor=actor, email=stand_in_address(email), name=name)
    if person.is_active:
        person.is_active = False
        person.save(update_fields=["is_active"])
    return person


def tell(actor: Actor, inbound: InboundMessage, mail: ParsedMail, belief: Belief) -> None:
    """Say on the ticket what an agent has to know about this mail."""
    if inbound.ticket_id is None or mail.sender is None:
        return
    machine = Actor.machine("intake", request_id=actor.request_id)
    if belief.doubt:
        why = belief.doubt.partition(": ")[2]
        unverified = SenderUnverified(claimed=mail.sender.email, why=why, mailbox_id=inbound.mailbox_id)
        tickets.note_event(actor=machine, ticket_id=inbound.ticket_id, payload=unverified)
    elif belief.in_spite:
        trusted = SenderTrusted(claimed=mail.sender.email, why=belief.in_spite)
        tickets.note_event(actor=machine, ticket_id=inbound.ticket_id, payload=trusted)
    if mail.signed or mail.encrypted:
        protected = MailProtected(signed=mail.signed, encrypted=mail.encrypted)
        tickets.note_event(actor=machine, ticket_id=inbound.ticket_id, payload=protected)
