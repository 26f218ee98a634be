"""Asking whoever answers for the desk to look, and their decision."""

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean
from tierline.core.timeline.rules import Audience
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.errors import WrongState
from tierline.desk.tickets.models import Follower, Ticket
from tierline.desk.tickets.operations.writing import append, locked
from tierline.desk.tickets.rules import Status
from tierline.ladder.escalation import events
from tierline.ladder.escalation.errors import AlreadyAppealed, AlreadyDecided, TooSoon
from tierline.ladder.escalation.models import Appeal
from tierline.ladder.escalation.rules.appeals import AGAIN_AFTER, AppealState, Origin, may_appeal_at

REASON_LIMIT = 4_000


def challenge(*, actor: Actor, ticket_id: int, reason: str) -> Appeal:
    """The requester, or who follows the request, asks for a second look by whoever answers for the desk.

    A solved request can be challenged until it is closed. Raises Invalid without words, AlreadyAppealed while one
    waits, TooSoon within 24 hours of a decision, WrongState for a closed or merged ticket, and NotFound.
    """
    words = _words(reason, "Please say in your words what we should look at.")
    with transaction.atomic():
        ticket = locked(actor, ticket_id)
        if not _theirs(actor, ticket):
            raise NotFound
        return _raise(actor, ticket, Origin.REQUESTER, words)


def appeal(*, actor: Actor, ticket_id: int, reason: str) -> Appeal:
    """Staff ask whoever answers for the desk to look: authority is missing, not skill. The owner stays the owner.

    Raises Invalid without words, AlreadyAppealed, TooSoon, WrongState and NotFound.
    """
    actor = holding(actor, Right.ESCALATE)
    words = _words(reason, "Please say what management should decide.")
    with transaction.atomic():
        return _raise(actor, locked(actor, ticket_id), Origin.STAFF, words)


def decide_appeal(*, actor: Actor, appeal_id: int, uphold: bool, answer: str) -> Appeal:
    """Say what follows, in words that whoever appealed reads. An upheld challenge opens a solved request again.

    A lead decides. Raises Invalid without words, AlreadyDecided, WrongState for a ticket that was closed meanwhile,
    and NotFound.
    """
    actor = holding(actor, Right.APPEAL_DECIDE)
    words = _words(answer, "Please answer in words: they are read by whoever asked.")
    with transaction.atomic():
        found = _locked(actor, appeal_id)
        ticket = found.ticket
        if uphold and found.origin == Origin.REQUESTER and ticket.status == Status.RESOLVED:
            tickets.reopen(actor=actor, ticket_id=ticket.pk, reason="The challenge was upheld.")
        if found.origin == Origin.REQUESTER:
            message = tickets.reply(actor=actor, ticket_id=ticket.pk, text=words)
        else:
            message = tickets.add_note(actor=actor, ticket_id=ticket.pk, text=words)
        found.state = AppealState.UPHELD if uphold else AppealState.DECLINED
        found.answer, found.decided_at = words, clock.now()
        found.decided_by_id, found.decided_label = actor.person_id, actor.label
        found.save()
        payload = events.AppealDecided(appeal_id=found.pk, origin=found.origin, upheld=uphold, message_id=message.pk)
        tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=payload, audience=_audience(found.origin))
        return found


def _words(text: str, missing: str) -> str:
    words = clean(text, REASON_LIMIT).strip()
    if not words:
        raise Invalid({"reason": missing})
    return words


def _theirs(actor: Actor, ticket: Ticket) -> bool:
    if actor.person_id is None:
        return False
    if ticket.requester_id == actor.person_id:
        return True
    return Follower.objects.filter(ticket=ticket, person_id=actor.person_id).exists()


def _raise(actor: Actor, ticket: Ticket, origin: Origin, reason: str) -> Appeal:
    if ticket.status == Status.CLOSED or ticket.merged_into_id is not None:
        raise WrongState(f"{ticket.reference} is closed.", todo="Open a new request and name this one.")
    known = Appeal.objects.filter(ticket=ticket)
    if known.open().exists():
        raise AlreadyAppealed
    last = known.order_by("-decided_at").values_list("decided_at", flat=True).first()
    if not may_appeal_at(last, clock.now()):
        raise TooSoon(hours=int(AGAIN_AFTER.total_seconds() // 3600))
    made = Appeal.objects.create(
        ticket=ticket,
        origin=origin,
        reason=reason,
        raised_by_id=actor.person_id,
        raised_label=actor.label,
        raised_at=clock.now(),
    )
    payload = events.AppealRaised(appeal_id=made.pk, origin=origin, reason=reason)
    append(ticket, payload, actor=actor, audience=_audience(origin))
    return made


def _audience(origin: str) -> Audience:
    return Audience.REQUESTER if origin == Origin.REQUESTER else Audience.INTERNAL


def _locked(actor: Actor, appeal_id: int) -> Appeal:
    """Lock the ticket, then its appeal, as every verb does."""
    ticket_id = Appeal.objects.visible_to(actor).filter(pk=appeal_id).values_list("ticket_id", flat=True).first()
    if ticket_id is None:
        raise NotFound
    ticket = locked(actor, ticket_id)
    found = Appeal.objects.select_for_update().get(pk=appeal_id)
    if found.state != AppealState.OPEN:
        raise AlreadyDecided(f"This was {found.state} already.")
    found.ticket = ticket
    return found
