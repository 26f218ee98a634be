"""A mail that was handed on: whose request it is, and how a person changes that."""

from dataclasses import dataclass, replace

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Person
from tierline.desk.people.operations import ensure_requester
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Right, may
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Follower, Ticket
from tierline.desk.tickets.queries import get
from tierline.work.intake.errors import NothingForwarded
from tierline.work.intake.events import MailForwarded
from tierline.work.intake.models import InboundMessage
from tierline.work.intake.rules import Forward, ParsedMail, forwarded, looks_forwarded
from tierline.work.intake.rules.loops import takes_no_answers

from .identity import takes

ORIGINAL, FORWARDER = "original", "forwarder"


@dataclass(frozen=True, slots=True)
class Handed:
    """A mail in a mail, who handed it on, and whether the original's sender is taken for the requester, and why."""

    forward: Forward
    forwarder: Person
    original: Person | None
    why: str

    @property
    def applied(self) -> bool:
        return self.original is not None


def handed_on(actor: Actor, mail: ParsedMail, author: Person, doubt: str) -> Handed | None:
    """What this mail hands on; None for one that hands on nothing, or is in doubt.

    Only an agent's word changes whose request it is. For anybody else it is noted, and a person decides.
    """
    works_here = author.is_active and may(actor_for(author), Right.TICKET_WORK)
    if doubt or not (works_here or looks_forwarded(mail)):
        return None
    forward = forwarded(mail)
    if forward is None or forward.sender.email == author.email:
        return _sent_on(forward, author)
    against = _against(forward) if works_here else f"{author.name} is no agent of this desk"
    if against:
        return Handed(forward, author, None, against)
    try:
        original = ensure_requester(actor=actor, email=forward.sender.email, name=forward.sender.name)
    except Invalid:
        return Handed(forward, author, None, "its sender's address is none that this desk can write to")
    return Handed(forward, author, original, f"{forward.how}, and an agent of this desk handed it on")


def _sent_on(forward: Forward | None, author: Person) -> Handed | None:
    """Sent on unchanged: the mail's own sender is the requester anyway; that it took another way is told."""
    if forward is None or not forward.handed_on_by:
        return None
    return Handed(forward, author, author, f"{forward.how}, by {forward.handed_on_by}")


def _against(forward: Forward) -> str:
    if forward.by_program:
        return "a mail system wrote what was handed on"
    if takes_no_answers(forward.sender.email):
        return "its sender takes no answers"
    if takes(forward.sender.email)[0]:
        return "this desk wrote it itself"
    return ""


def as_original(mail: ParsedMail, handed: Handed) -> ParsedMail:
    """The mail as the original's sender wrote it: without what the agent wrote above, which is for colleagues."""
    if not handed.applied or handed.forward.handed_on_by:
        return mail
    forward = handed.forward
    return replace(mail, text=forward.words, html=forward.html, attachments=forward.files)


def takes_part(ticket_id: int, person: Person) -> bool:
    """Whether a ticket is this person's, or one that they follow."""
    own = Ticket.objects.filter(pk=ticket_id, requester=person)
    return own.exists() or Follower.objects.filter(ticket=ticket_id, person=person).exists()


def tell_forward(actor: Actor, inbound: InboundMessage, handed: Handed) -> None:
    """Say on the ticket who handed it on and what followed; the agent's own words become a note."""
    if inbound.ticket_id is None:
        return
    machine = Actor.machine("intake", request_id=actor.request_id)
    payload = MailForwarded(
        forwarder_id=handed.forwarder.pk,
        forwarder=handed.forward.handed_on_by or handed.forwarder.email,
        original=handed.forward.sender.email,
        applied=handed.applied,
        why=handed.why,
    )
    tickets.note_event(actor=machine, ticket_id=inbound.ticket_id, payload=payload)
    if handed.applied and handed.forward.remark:
        remark = f"{handed.forwarder.name}:\n\n{handed.forward.remark}"
        tickets.add_note(actor=machine.for_person(handed.forwarder.name), ticket_id=inbound.ticket_id, text=remark)


def settle_forward(*, actor: Actor, ticket_id: int, whose: str) -> Ticket:
    """Say whose request a forwarded mail is: "original" for its first sender, "forwarder" for who handed it on.

    Raises NotFound, and NothingForwarded when the ticket came by no such mail.
    """
    with transaction.atomic():
        get(actor, ticket_id)
        entry = TimelineEntry.objects.of("ticket", ticket_id).filter(kind=MailForwarded.kind).order_by("seq").first()
        payload = entry.payload if entry is not None else None
        if not isinstance(payload, MailForwarded) or whose not in (ORIGINAL, FORWARDER):
            raise NothingForwarded
        if whose == FORWARDER:
            person_id, reason = payload.forwarder_id, "who handed the mail on asks for it"
        else:
            person_id = ensure_requester(actor=actor, email=payload.original).pk
            reason = "who wrote the forwarded mail asks for it"
        return tickets.name_requester(actor=actor, ticket_id=ticket_id, person_id=person_id, reason=reason)
