"""Two mornings without VPN: one that was stood down and reviewed, and one that goes on while somebody looks."""

from datetime import timedelta

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for
from tierline.desk.sla.rules import due
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.ladder.major import operations as major
from tierline.ladder.major.models import MajorIncident
from tierline.ladder.major.rules import Seat

from .lives import tolerant
from .world import OFFICE, Life, World, later

COMMANDER, COMMUNICATIONS, SCRIBE, NETWORK = "Lena Graf", "Dana Novak", "Tomasz Wilk", "Samira Bell"
CADENCE = 60  # minutes
FIRST_WORDS = "Nobody in Hamburg gets into the VPN since this morning. We are on it; in the office everything works."
SECOND_WORDS = "One of the two gateways refuses new connections. We move everybody to the other one, floor by floor."
WORKS_AGAIN = "The VPN works again over the second gateway. Please connect once more. We keep watching it."
OVER = "It is over: both gateways work. Thank you for your patience; what we learned is written down."
HAPPENED = (
    "Declared twelve minutes after the first call. One gateway had no memory for new sessions; everybody was moved."
)
CONTRIBUTING = (
    "The update of the gateway made a session larger; its memory stayed as it was. The alarm counts load only."
)
WENT_WELL = "The status page was up before the fifth call. Moving floor by floor kept the second gateway alive."


def begin(world: World) -> None:
    """The first one on a morning after half of the time; the second shortly before its end."""
    past = due(OFFICE, world.now + (world.until - world.now) * 0.5, 55 * 60)
    world.begin(tolerant(morning(world, first=0, lasts=False)), past)
    world.begin(tolerant(morning(world, first=4, lasts=True)), world.until - timedelta(minutes=50))


def morning(world: World, *, first: int, lasts: bool) -> Life:
    """From the first request to the review; one that `lasts` stays where the second public words left it."""
    people = world.company.colleagues[first : first + 4]
    ticket = _first_request(world, people[0])
    yield later(12)
    lead = world.acting(world.company.staff[COMMANDER])
    declared = _declare(world, lead, ticket)
    yield later(9)
    for person in people[1:]:
        acting = actor_for(person)
        major.me_too(actor=acting, major_id=declared.pk, person=person, text="I have it, too. I work from home today.")
    major.subscribe(actor=actor_for(world.company.colleagues[first + 4]), major_id=declared.pk)
    network = world.acting(world.company.staff[NETWORK])
    tickets.add_note(actor=network, ticket_id=ticket.pk, text="gw-hh-1 has no memory left for new sessions.")
    yield later(14)
    major.update(actor=lead, major_id=declared.pk, text="Samira moves floor 2 first.", public=False)
    major.update(actor=lead, major_id=declared.pk, text=SECOND_WORDS, public=True)
    if not lasts:
        yield later(55)
        yield from _end(world, lead, declared)


def _first_request(world: World, person: Person) -> Ticket:
    return tickets.open_ticket(
        actor=actor_for(person),
        requester=person,
        title="Nobody in Hamburg gets into the VPN",
        text="The VPN says that the gateway does not answer. Everybody who works from home has it since this morning.",
        service=world.company.services["vpn"],
        impact=1,
        urgency=1,
        facts={"site": "Hamburg", "gateway": "gw-hh-1"},
    )


def _declare(world: World, lead: Actor, ticket: Ticket) -> MajorIncident:
    staff = world.company.staff
    tickets.classify(actor=lead, ticket_id=ticket.pk, impact=1, urgency=1)
    return major.declare(
        actor=lead,
        ticket_id=ticket.pk,
        public_title="VPN from Hamburg",
        public_words=FIRST_WORDS,
        seats={
            Seat.COMMANDER: staff[COMMANDER].pk,
            Seat.COMMUNICATIONS: staff[COMMUNICATIONS].pk,
            Seat.SCRIBE: staff[SCRIBE].pk,
        },
        cadence=CADENCE,
    )


def _end(world: World, lead: Actor, declared: MajorIncident) -> Life:
    major.mitigate(actor=lead, major_id=declared.pk, text=WORKS_AGAIN)
    yield later(50)
    major.stand_down(actor=lead, major_id=declared.pk, text=OVER, resolve_children=True)
    tickets.resolve(
        actor=lead, ticket_id=declared.ticket_id, resolution="The gateway has more memory; sessions are counted now."
    )
    yield later(26 * 60)
    major.write_review(
        actor=lead, major_id=declared.pk, happened=HAPPENED, contributing=CONTRIBUTING, went_well=WENT_WELL
    )
    today = clock.now().date()
    soon, _later = [
        major.agree_action(
            actor=lead,
            major_id=declared.pk,
            what=what,
            owner_id=world.company.staff[owner].pk,
            due_on=today + timedelta(days=days),
        )
        for what, owner, days in (
            ("Count the free sessions of each gateway, not only its load", NETWORK, 3),
            ("Try the move to the second gateway every quarter", "Jonas Brandt", 60),
        )
    ]
    major.close_review(actor=lead, major_id=declared.pk)
    yield later(2 * 24 * 60)
    major.finish_action(actor=lead, major_id=declared.pk, action_id=soon.pk)
