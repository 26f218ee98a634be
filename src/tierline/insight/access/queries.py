"""Why somebody can see something, or cannot: the conditions that decide, asked one by one and put into words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.events import RolesChanged
from tierline.desk.people.models import Desk, Person, SupportGroup
from tierline.desk.people.queries import actor_for
from tierline.desk.people.queries import person as known_person
from tierline.desk.people.rules import Right, carries, may, require
from tierline.desk.people.rules.access import (
    DeskFacts,
    RightHeld,
    named,
    rights_anywhere,
    rights_on,
    why_desk,
    why_not_administrator,
)
from tierline.desk.tickets import models as tickets
from tierline.desk.tickets.models import Ticket

from .objects import THINGS, Thing

PERSON, REPORT = "person", "report"
KINDS = (*THINGS, PERSON, REPORT)
REPORT_RIGHTS = (Right.INSIGHT_READ, Right.INSIGHT_PLAN)
WORDS = {
    "requester": "asked for it",
    "follower": "follows it",
    "published": "it is published for everybody who may ask for help",
    "house": "it belongs to no desk, and everybody who works here may read it",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether somebody sees a thing, every reason for it (or against it), and what they may do with it."""

    person: str
    kind: str
    object_id: int
    sees: bool
    reasons: tuple[str, ...]
    rights: tuple[RightHeld, ...]


def why(viewer: Actor, *, person_id: int, kind: str, object_id: int = 0) -> Answer:
    """Why a person sees an object, or does not. For auditors, about what they see themselves.

    `kind` is one of `KINDS`; a report has no id. Raises NotFound.
    """
    require(viewer, Right.ACCESS_AUDIT)
    found = Person.objects.get_queryset().filter(pk=person_id).first()
    if found is None:
        raise NotFound
    who = actor_for(found) if found.is_active else replace(actor_for(found), roles=frozenset(), desk_ids=frozenset())
    if kind == REPORT:
        return _report(found, who)
    if kind == PERSON:
        return _person(viewer, found, who, object_id)
    thing = THINGS.get(kind)
    if thing is None:
        raise NotFound
    return _object(viewer, found, who, kind, thing, object_id)


def _object(viewer: Actor, person: Person, who: Actor, kind: str, thing: Thing, object_id: int) -> Answer:
    row = thing.model._default_manager.filter(pk=object_id).values(thing.desk, *_ticket(thing)).first()  # noqa: SLF001 (Django's documented way)
    desk = _desk(person, row[thing.desk]) if row else None
    if row is None or not _may_ask(viewer, thing, object_id, desk):
        raise NotFound
    first = thing.first is None or desk is None or may(who, thing.first, desk_id=desk.id)
    sees = person.is_active and first and thing.visible(who).filter(pk=object_id).exists()
    reasons = _reasons(who, thing, object_id, row, desk) if sees else _against(who, thing, desk, person)
    return Answer(person.name, kind, object_id, sees, reasons, rights_on(who, desk.id if desk else 0, thing.rights))


def _ticket(thing: Thing) -> tuple[str, ...]:
    return (thing.ticket,) if thing.ticket else ()


def _may_ask(viewer: Actor, thing: Thing, object_id: int, desk: DeskFacts | None) -> bool:
    """Auditors ask about what is theirs to see: of a confidential desk, those who were given it for that desk."""
    on_desk = desk is None or may(viewer, Right.ACCESS_AUDIT, desk_id=desk.id)
    return on_desk and thing.visible(viewer).filter(pk=object_id).exists()


def _reasons(
    who: Actor, thing: Thing, object_id: int, row: Mapping[str, Any], desk: DeskFacts | None
) -> tuple[str, ...]:
    if thing.ticket and row[thing.ticket] is not None:
        held = _holding(tickets.grounds(who), Ticket.objects.filter(pk=row[thing.ticket]))
        about = "it belongs to a ticket; of that ticket the person "
    elif thing.grounds is not None:
        held = _holding(thing.grounds(who), thing.model._default_manager.filter(pk=object_id))  # noqa: SLF001 (as above)
        about = ""
    else:
        held, about = ["house"], ""
    return tuple(f"{about}{_in_words(ground, who, desk)}" for ground in held)


def _holding(grounds: Mapping[str, Q], found: Any) -> list[str]:  # noqa: ANN401 (a query of any model)
    """The grounds that hold for one object."""
    return [name for name, condition in grounds.items() if found.filter(condition).exists()]


def _in_words(ground: str, who: Actor, desk: DeskFacts | None) -> str:
    return why_desk(who, desk) if ground == "desk" and desk is not None else WORDS.get(ground, ground)


def _against(who: Actor, thing: Thing, desk: DeskFacts | None, person: Person) -> tuple[str, ...]:
    if not person.is_active:
        return ("the account is closed",)
    if desk is None:
        return ("it belongs to no desk, and they do not work here",)
    found = [why_desk(who, desk), why_not_administrator(who, desk)]
    if thing.first is not None and not may(who, thing.first, desk_id=desk.id):
        found.append(f"no role of theirs on {desk.name} carries the right {thing.first.value}")
    if not who.is_agent:
        found.append("they neither asked for it nor follow it, and it is not published for them")
    return tuple(one for one in found if one)


def _desk(person: Person, desk_id: int | None) -> DeskFacts | None:
    desk = Desk.objects.filter(pk=desk_id).first() if desk_id is not None else None
    if desk is None:
        return None
    groups = SupportGroup.objects.filter(desk=desk, active=True, memberships__person=person).order_by("tier", "name")
    return DeskFacts(desk.pk, desk.name, desk.confidential, tuple(groups.values_list("name", flat=True)))


def _person(viewer: Actor, person: Person, who: Actor, object_id: int) -> Answer:
    known_person(viewer, object_id)
    own = who.person_id == object_id
    sees = person.is_active and (who.is_agent or own)
    reasons = (("it is themselves",) if own else ()) + (
        (f"is {_roles(who)}: people who work here know who asks and who works here",) if who.is_agent else ()
    )
    against = "requesters see nobody but themselves" if person.is_active else "the account is closed"
    rights = rights_anywhere(who, (Right.STAFF_PLAN, Right.SETUP))
    return Answer(person.name, PERSON, object_id, sees, reasons if sees else (against,), rights)


def _report(person: Person, who: Actor) -> Answer:
    """Insights have no owner: whoever may read them reads the figures of the desks they see."""
    desks = Desk.objects.filter(pk__in=who.desk_ids).order_by("name")
    read = [desk.name for desk in desks if may(who, Right.INSIGHT_READ, desk_id=desk.pk)]
    sees = person.is_active and carries([*who.roles, *(role for role, _ in who.desk_roles)], Right.INSIGHT_READ)
    reasons = (f"is {_roles(who)}; the figures count the tickets of: {', '.join(read) or 'no desk'}",)
    against = ("no role of theirs carries the right insight.read",)
    return Answer(person.name, REPORT, 0, sees, reasons if sees else against, rights_anywhere(who, REPORT_RIGHTS))


def _roles(who: Actor) -> str:
    return named([*who.roles, *(role for role, _ in who.desk_roles)])


@dataclass(frozen=True, slots=True)
class Grant:
    """Roles given to or taken from somebody: by whom, when, and for which desk (empty: every desk)."""

    at: datetime
    by: str
    given: tuple[str, ...]
    taken: tuple[str, ...]
    desk: str


def grants(viewer: Actor, person_id: int) -> list[Grant]:
    """Every change of a person's roles, newest first; for those who give roles and for auditors. Raises NotFound."""
    if not may(viewer, Right.SETUP):
        require(viewer, Right.ACCESS_AUDIT)
    entries = TimelineEntry.objects.of("person", person_id).filter(kind=RolesChanged.kind).order_by("-seq")
    return [
        Grant(one.at, one.actor_label, tuple(one.data["given"]), tuple(one.data["taken"]), one.data["desk"])
        for one in entries
    ]
