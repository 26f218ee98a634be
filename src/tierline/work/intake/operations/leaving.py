"""Leaving a conversation: who follows a ticket stops it with one click, in the mail program or on a page (RFC 8058)."""

from django.conf import settings
from django.core import signing
from django.db import transaction

from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import Person
from tierline.desk.tickets.models import Follower, Ticket

_SALT = "intake.leave"


def leave_address(ticket: Ticket, recipient: str) -> str:
    """Where a follower of the ticket stops to follow it; empty for the requester, whose conversation it is."""
    follows = Follower.objects.filter(ticket=ticket, person__email__iexact=recipient).exclude(
        person=ticket.requester_id
    )
    person_id = follows.values_list("person_id", flat=True).first()
    if person_id is None:
        return ""
    token = signing.dumps([ticket.pk, person_id], salt=_SALT, compress=True)
    return f"{settings.TIERLINE_URL}/mail/leave/{token}"


def read_leave_token(token: str) -> tuple[Ticket, Person]:
    """The ticket and the follower that a link names. Raises NotFound for a link that is not ours."""
    try:
        ticket_id, person_id = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as problem:
        raise NotFound from problem
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    person = Person.objects.get_queryset().filter(pk=person_id).first()
    if ticket is None or person is None:
        raise NotFound
    return ticket, person


def leave(token: str) -> Ticket:
    """Stop following. Safe to repeat. Whoever holds the link may do it, as RFC 8058 wants it. Raises NotFound."""
    ticket, person = read_leave_token(token)
    with transaction.atomic():
        Follower.objects.filter(ticket=ticket, person=person).delete()
    return ticket
