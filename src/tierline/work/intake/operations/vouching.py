"""A person vouches for a sender whom the mail server could not confirm: once, or from now on; and takes it back."""

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Person
from tierline.desk.people.operations import ensure_requester
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.desk.tickets.queries import get
from tierline.work.intake.errors import NotInDoubt
from tierline.work.intake.events import SenderConfirmed, SenderUnverified
from tierline.work.intake.models import Mark, TrustedSender
from tierline.work.intake.rules.learned import is_everybody_s, value_of

from .known import forget
from .outgoing import queue_replies
from .trusting import stand_in_address


def confirm_sender(*, actor: Actor, ticket_id: int, claimed: str, remember: str = "") -> Ticket:
    """Hand what somebody wrote under a doubted address to the person of that address: "yes, this is Dana".

    The ticket becomes theirs, and answers that were kept back are mailed. With `remember` ("sender" or "domain") mail
    like this one is believed from now on, where it came in. Raises NotFound, NotInDoubt, and Invalid.
    """
    require(actor, Right.TICKET_WORK)
    if remember:
        require(actor, Right.QUARANTINE)
    with transaction.atomic():
        ticket = get(actor, ticket_id)
        doubted = _doubted(ticket, claimed)
        person = ensure_requester(actor=actor, email=doubted.claimed)
        stand_in = Person.objects.with_address(stand_in_address(doubted.claimed)).first()
        if stand_in is None:
            raise NotInDoubt
        rule = _remember(actor, doubted, remember) if remember else None
        said = Message.objects.filter(ticket=ticket, author=stand_in)
        said.update(author=person, author_label=person.name)
        payload = SenderConfirmed(claimed=doubted.claimed, person_id=person.pk, rule_id=rule.pk if rule else None)
        tickets.note_event(actor=actor, ticket_id=ticket_id, payload=payload)
        if ticket.requester_id == stand_in.pk:
            reason = f"the sender of the mail is {person.name}"
            tickets.name_requester(actor=actor, ticket_id=ticket_id, person_id=person.pk, reason=reason)
            _send_what_was_kept(actor, ticket_id)
        return Ticket.objects.get(pk=ticket_id)


def _doubted(ticket: Ticket, claimed: str) -> SenderUnverified:
    """What the ticket says about the doubted sender. Raises NotInDoubt when nothing, or somebody vouched already."""
    address = claimed.strip().lower()
    entries = TimelineEntry.objects.of("ticket", ticket.pk).order_by("seq")
    said = [one.payload for one in entries.filter(kind__in=[SenderUnverified.kind, SenderConfirmed.kind])]
    about = [one for one in said if isinstance(one, SenderUnverified | SenderConfirmed) and one.claimed == address]
    if not about or not isinstance(about[-1], SenderUnverified):
        raise NotInDoubt
    return about[-1]


def _remember(actor: Actor, doubted: SenderUnverified, mark: str) -> TrustedSender:
    value = value_of(mark, doubted.claimed, "") if mark in (Mark.SENDER, Mark.DOMAIN) else ""
    if not value:
        raise Invalid({"remember": "Choose the sender or the sender's domain."})
    if mark == Mark.DOMAIN and is_everybody_s(value):
        raise Invalid({"remember": f"Anybody can have an address at {value}: believe this sender only."})
    rule, _ = TrustedSender.objects.get_or_create(
        mailbox_id=doubted.mailbox_id,
        mark=mark,
        value=value,
        defaults={
            "because": one_line(doubted.why, 300),
            "learned_by": actor.label,
            "created_at": clock.now(),
        },
    )
    transaction.on_commit(forget)
    return rule


def _send_what_was_kept(actor: Actor, ticket_id: int) -> None:
    """Answers to somebody who was in doubt went to nobody; each mail is made once, however often this runs."""
    for entry in TimelineEntry.objects.of("ticket", ticket_id).filter(kind="ticket.replied").order_by("seq"):
        queue_replies(actor=actor, entry_id=entry.pk)


def distrust(*, actor: Actor, rule_id: int) -> None:
    """Believe a sender or domain no longer by itself; what was believed stays so. Raises NotFound."""
    require(actor, Right.QUARANTINE)
    with transaction.atomic():
        deleted, _ = TrustedSender.objects.filter(pk=rule_id).delete()
        if not deleted:
            raise NotFound
        transaction.on_commit(forget)
