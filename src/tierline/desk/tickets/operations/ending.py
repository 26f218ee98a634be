"""Resolving, confirming, reopening, closing and merging."""

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.core.timeline.rules import Audience
from tierline.desk.people.rules import Right, Tier
from tierline.desk.tickets.errors import WrongState
from tierline.desk.tickets.events import Closed, Confirmed, Merged, MergedHere, Reopened, Resolved
from tierline.desk.tickets.models import Follower, Message, Ticket
from tierline.desk.tickets.rules import Resolution, Status

from .talking import send
from .writing import append, locked, must_be_open


def resolve(
    *,
    actor: Actor,
    ticket_id: int,
    resolution: str,
    code: Resolution = Resolution.SOLVED,
    text: str = "",
    tier: int | None = None,
    level_one_capable: bool = False,
    seen_version: int | None = None,
) -> Ticket:
    """Resolve the ticket. `resolution` says what was done (for the next one), `text` tells the requester.

    The tier is where the ticket stands, the frontline when nobody owned it, unless `tier` says otherwise. Raises
    Invalid without a resolution, WrongState when it is resolved already, NotFound and ChangedMeanwhile.
    """
    if not clean(resolution).strip():
        raise Invalid({"resolution": "Say what solved it, so that the next one is quicker."})
    with transaction.atomic():
        ticket = locked(actor, ticket_id, seen_version=seen_version, right=Right.TICKET_WORK)
        must_be_open(ticket)
        message = send(ticket, text, actor=actor) if clean(text).strip() else None
        payload = Resolved(
            tier=_solving_tier(ticket, actor) if tier is None else tier,
            code=Resolution(code),
            resolution=clean(resolution, 20_000),
            message_id=message.pk if message else None,
            level_one_capable=level_one_capable,
        )
        append(ticket, payload, actor=actor, audience=Audience.REQUESTER)
        return ticket


def _solving_tier(ticket: Ticket, actor: Actor) -> int:
    """Where the ticket stands; a person who solves one that nobody owned yet did it at the frontline."""
    return Tier.FRONTLINE if ticket.group_id is None and not actor.is_machine else ticket.tier


def confirm(*, actor: Actor, ticket_id: int, words: str = "") -> Ticket:
    """The requester says that it is solved; a resolved ticket is closed by it. Raises WrongState while it is open."""
    with transaction.atomic():
        ticket = locked(actor, ticket_id)
        if ticket.status != Status.RESOLVED:
            raise WrongState(f"{ticket.reference} is {ticket.status}.")
        append(ticket, Confirmed(words=one_line(words, 500)), actor=actor, audience=Audience.REQUESTER)
        append(ticket, Closed(), actor=actor, audience=Audience.REQUESTER)
        return ticket


def reopen(*, actor: Actor, ticket_id: int, reason: str) -> Ticket:
    """Open a resolved or closed ticket again, with the group and person that had it. Raises WrongState."""
    with transaction.atomic():
        ticket = locked(actor, ticket_id)
        if ticket.is_open or ticket.merged_into_id is not None:
            raise WrongState(f"{ticket.reference} cannot be opened again: it is {ticket.status}.")
        append(ticket, Reopened(reason=one_line(reason, 500)), actor=actor, audience=Audience.REQUESTER)
        return ticket


def close(*, actor: Actor, ticket_id: int) -> Ticket:
    """Close a resolved ticket; closing it twice is fine. Raises WrongState while it is open."""
    with transaction.atomic():
        ticket = locked(actor, ticket_id, right=Right.TICKET_WORK)
        if ticket.is_open:
            raise WrongState(f"{ticket.reference} is not resolved yet.")
        if ticket.status == Status.RESOLVED:
            append(ticket, Closed(), actor=actor, audience=Audience.REQUESTER)
        return ticket


def merge(*, actor: Actor, ticket_id: int, into_id: int) -> Ticket:
    """Go on with this ticket in another one, which is returned. Later mail to the old number follows.

    The requester follows the other ticket; its messages stay where they were said. Raises WrongState for a merge with
    itself, with a merged ticket, or across desks, and NotFound.
    """
    if ticket_id == into_id:
        raise WrongState("A ticket cannot be merged into itself.")
    with transaction.atomic():
        # both rows in the order of their keys, so that two merges at once cannot block each other
        first, second = (locked(actor, pk, right=Right.TICKET_MERGE) for pk in sorted((ticket_id, into_id)))
        source, target = (first, second) if first.pk == ticket_id else (second, first)
        if source.merged_into_id or target.merged_into_id:
            raise WrongState("One of the two was merged before.")
        if source.desk_id != target.desk_id:
            raise NotFound
        if source.requester_id != target.requester_id:
            Follower.objects.get_or_create(ticket=target, person_id=source.requester_id)
        append(source, Merged(into_id=target.pk), actor=actor, audience=Audience.REQUESTER)
        said = Message.objects.filter(ticket=source).count()
        append(target, MergedHere(from_id=source.pk, messages=said), actor=actor)
        return target
