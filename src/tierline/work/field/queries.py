"""Reads of visits and of the tools for remote help."""

from datetime import datetime, timedelta

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import Person
from tierline.desk.people.rules import Right, require

from .models import RemoteTool, Visit

AHEAD = timedelta(days=28)
SHOWN = 200


def visits_of(viewer: Actor, ticket_id: int) -> list[Visit]:
    """The visits of a ticket, the first one first; for staff."""
    require(viewer, Right.CONSOLE)
    found = Visit.objects.visible_to(viewer).filter(ticket_id=ticket_id)
    return list(found.select_related("technician").order_by("starts_at"))


def visit(viewer: Actor, visit_id: int) -> Visit:
    """One visit, for staff. Raises NotFound."""
    require(viewer, Right.CONSOLE)
    found = Visit.objects.visible_to(viewer).filter(pk=visit_id).first()
    if found is None:
        raise NotFound
    return found


def next_visit(viewer: Actor, ticket_id: int) -> Visit | None:
    """The next planned visit of a request, for its requester: who, when, where."""
    ahead = Visit.objects.visible_to(viewer).planned().filter(ticket_id=ticket_id)
    return ahead.select_related("technician").order_by("starts_at").first()


def agenda(viewer: Actor, at: datetime) -> list[Visit]:
    """What is planned for the next four weeks and what should be over, on tickets that the viewer sees."""
    require(viewer, Right.CONSOLE)
    planned = Visit.objects.visible_to(viewer).planned().filter(starts_at__lt=at + AHEAD)
    return list(planned.select_related("technician", "ticket").order_by("starts_at")[:SHOWN])


def technicians(viewer: Actor) -> list[Person]:
    """Who can be sent: everybody active who works in a group, by name; for staff."""
    require(viewer, Right.CONSOLE)
    return list(Person.objects.staff().filter(memberships__isnull=False).distinct().order_by("name"))


def tools(viewer: Actor) -> list[RemoteTool]:
    """The tools for remote help, by name; for staff."""
    require(viewer, Right.CONSOLE)
    return list(RemoteTool.objects.order_by("name"))
