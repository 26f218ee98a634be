"""The one way in which a major incident changes: lock its row, record on the timeline of the ticket that carries it."""

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.rules import Payload
from tierline.desk.people.rules import Right, holding, may
from tierline.desk.tickets import operations as tickets
from tierline.ladder.major.errors import WrongState
from tierline.ladder.major.models import MajorIncident


def locked(actor: Actor, major_id: int) -> MajorIncident:
    """The major incident, locked until the transaction ends.

    For those who may lead one on its desk, and for who holds a role in it and works there. Raises NotFound.
    """
    seen = holding(actor, Right.CONSOLE)
    found = MajorIncident.objects.inside(seen).select_for_update(of=("self",)).select_related("ticket")
    major = found.filter(pk=major_id).first()
    if major is None or not may_lead(actor, major):
        raise NotFound
    return major


def may_lead(actor: Actor, major: MajorIncident) -> bool:
    """Whether somebody may act in this major incident."""
    if may(actor, Right.MAJOR_INCIDENT, desk_id=major.ticket.desk_id):
        return True
    seated = actor.person_id in {major.commander_id, major.communications_id, major.scribe_id} - {None}
    return seated and may(actor, Right.TICKET_WORK, desk_id=major.ticket.desk_id)


def must_be_active(major: MajorIncident) -> None:
    """Raises WrongState once it is stood down."""
    if not major.is_active:
        raise WrongState(f"{major.reference} is stood down.", todo="Declare a new one if the fault is back.")


def note(actor: Actor, major: MajorIncident, payload: Payload) -> int:
    """Record the event on the ticket that carries it; returns the entry's id."""
    return tickets.note_event(actor=actor, ticket_id=major.ticket_id, payload=payload).pk


def machine_for(label: str) -> Actor:
    """The room itself, on somebody's word: parts may stand on desks that this person does not see."""
    return Actor.machine("major").for_person(label)
