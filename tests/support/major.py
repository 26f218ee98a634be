"""Major incidents for tests, made by the real operations."""

from tests.support.desk import SETUP, SmallDesk
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.ladder.major import operations
from tierline.ladder.major.models import MajorIncident

REASON = "the warehouse stands still"


def another(name: str, **more: object) -> Person:
    """One more requester."""
    values = {"email": f"{name}@field.example", "name": name.title(), "roles": [Role.REQUESTER], **more}
    return people.create_person(actor=SETUP, **values)  # type: ignore[arg-type]  # tests pass what the verb takes


def asked_by(person: Person, title: str = "The tunnel drops", desk: Desk | None = None) -> Ticket:
    """A ticket of this person, in their own words."""
    text = "It drops for me, too."
    return tickets.open_ticket(actor=actor_for(person), requester=person, title=title, text=text, desk=desk)


def declared(desk: SmallDesk, ticket: Ticket | None = None, **more: object) -> MajorIncident:
    """A major incident on a ticket of the requester, commanded by the lead."""
    ticket = ticket or desk.ticket(service=desk.service)
    values = {"public_title": "VPN is down", "reason": REASON, **more}
    return operations.declare(actor=desk.leading, ticket_id=ticket.pk, **values)  # type: ignore[arg-type]  # as above


def kinds(ticket_id: int) -> list[str]:
    """What happened to a ticket as far as major incidents go, in order."""
    return [one.kind for one in TimelineEntry.objects.of("ticket", ticket_id) if one.kind.startswith("major.")]


def said_to(ticket: Ticket) -> list[str]:
    """What the requester of a ticket was told on it, in order."""
    return list(Message.objects.filter(ticket=ticket, direction="out").order_by("pk").values_list("text", flat=True))


MACHINE = Actor.machine("major")
