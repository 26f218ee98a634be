"""Declaring a major incident, its roles and its cadence."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import clean, one_line
from tierline.core.timeline.rules import Audience
from tierline.desk.people.models import Person
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import Kind
from tierline.ladder.major import queries
from tierline.ladder.major.errors import AlreadyDeclared, NotDeclarable
from tierline.ladder.major.events import Declared, RolesSet
from tierline.ladder.major.models import Child, MajorIncident
from tierline.ladder.major.rules import USUAL_CADENCE, Seat, Shown, cadence_fault, met, next_due, seat_fault

from .updating import publish, set_alarm
from .writing import locked, must_be_active, note


def declare(
    *,
    actor: Actor,
    ticket_id: int,
    public_title: str = "",
    public_words: str = "",
    reason: str = "",
    seats: Mapping[Seat, int | None] | None = None,
    cadence: int = USUAL_CADENCE,
    shown_to: Shown = Shown.EVERYONE,
) -> MajorIncident:
    """Declare a major incident on an open incident; the ticket keeps its timeline, clocks and owner.

    With `public_words` the status page and everybody concerned know at once. The actor commands unless `seats` says
    otherwise. Raises NotDeclarable when no criterion is met and no `reason` is given, AlreadyDeclared, Invalid and
    NotFound.
    """
    actor = holding(actor, Right.MAJOR_INCIDENT)
    with transaction.atomic():
        ticket = tickets.get(actor, ticket_id)
        _check(ticket, cadence)
        criteria = met(queries.reach(actor, ticket))
        reason = one_line(reason, 500)
        if not (criteria or reason):
            raise NotDeclarable(todo="Say why it is a major incident all the same.")
        seated = _seats(ticket, seats or {Seat.COMMANDER: actor.person_id})
        now = clock.now()
        major = _create(
            ticket=ticket,
            public_title=one_line(public_title, 200) or _plain_title(ticket),
            shown_to=_shown(ticket, shown_to),
            criteria=[one.value for one in criteria],
            reason=reason,
            cadence=cadence,
            next_update_at=next_due(now, cadence),
            declared_at=now,
            declared_by=actor.label,
            **seated,
        )
        declared = Declared(major_id=major.pk, criteria=list(major.criteria), reason=reason, cadence=cadence)
        note(actor, major, declared)
        if clean(public_words).strip():
            publish(actor, major, public_words, audience=Audience.REQUESTER)
        else:
            set_alarm(major)
        return major


def set_roles(*, actor: Actor, major_id: int, seats: Mapping[Seat, int | None], cadence: int) -> MajorIncident:
    """Say who holds which role, and how often words come. Raises Invalid, WrongState and NotFound."""
    with transaction.atomic():
        major = locked(actor, major_id)
        must_be_active(major)
        if fault := cadence_fault(cadence):
            raise Invalid({"cadence": fault})
        for name, value in _seats(major.ticket, seats).items():
            setattr(major, name, value)
        if cadence != major.cadence:
            major.cadence, major.next_update_at = cadence, next_due(clock.now(), cadence)
        major.save()
        set_alarm(major)
        names = dict(Person.objects.get_queryset().filter(pk__in=_ids(major)).values_list("pk", "name"))
        set_ = RolesSet(
            major_id=major.pk,
            commander=names.get(major.commander_id, ""),
            communications=names.get(major.communications_id or 0, ""),
            scribe=names.get(major.scribe_id or 0, ""),
            cadence=cadence,
        )
        note(actor, major, set_)
        return major


def _check(ticket: Ticket, cadence: int) -> None:
    if ticket.kind != Kind.INCIDENT or not ticket.is_open:
        raise Invalid({"ticket": "A major incident is an incident that is open."})
    if Child.objects.filter(ticket=ticket).exists():
        raise AlreadyDeclared
    if fault := cadence_fault(cadence):
        raise Invalid({"cadence": fault})


def _seats(ticket: Ticket, seats: Mapping[Seat, int | None]) -> dict[str, int | None]:
    able = {one.pk for one in queries.able(ticket.desk_id)}
    if fault := seat_fault(seats, able):
        raise Invalid({"roles": fault})
    return {f"{seat.value}_id": seats.get(seat) for seat in Seat}


def _ids(major: MajorIncident) -> set[int | None]:
    return {major.commander_id, major.communications_id, major.scribe_id}


def _shown(ticket: Ticket, wanted: Shown) -> Shown:
    """A confidential desk's incident is shown to those who are a part of it, and to nobody else."""
    return Shown.AFFECTED if ticket.desk.confidential else Shown(wanted)


def _plain_title(ticket: Ticket) -> str:
    """A ticket's own title was written by one requester, for the desk: it is never shown to the others."""
    name = ticket.service.name if ticket.service else ""
    return f"{name}: a disruption" if name else "A disruption"


def _create(**values: object) -> MajorIncident:
    try:
        with transaction.atomic():
            return MajorIncident.objects.create(**values)
    except IntegrityError as problem:
        raise AlreadyDeclared from problem
