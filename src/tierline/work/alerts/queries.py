"""Reads of alerts: the sources for set-up, and the alerts behind a ticket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.models import Ticket

from .models import AlertGroup, AlertSource, KnownAlert
from .rules import Severity

SHOWN = 200


def sources(viewer: Actor) -> list[AlertSource]:
    """All sources by name. Raises NotFound without the right."""
    require(viewer, Right.SETUP)
    return list(AlertSource.objects.select_related("desk", "service", "reporter").order_by("name"))


def source(viewer: Actor, source_id: int) -> AlertSource:
    """One source. Raises NotFound."""
    require(viewer, Right.SETUP)
    found = AlertSource.objects.select_related("desk", "service", "reporter").filter(pk=source_id).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class AlertsOf:
    """The alerts behind a ticket: all counts, and the worst and newest of them as rows."""

    total: int
    firing: int
    uncounted: int
    by_severity: dict[str, int]
    groups: Sequence[AlertGroup]
    rows: Sequence[KnownAlert]


def alerts_of(viewer: Actor, ticket_id: int) -> AlertsOf:
    """The alerts that opened or joined a ticket; those that fire and are worst first. Raises NotFound."""
    require(viewer, Right.CONSOLE)
    tickets.get(viewer, ticket_id)
    groups = list(AlertGroup.objects.filter(ticket_id=ticket_id).select_related("source").order_by("pk"))
    of_ticket = KnownAlert.objects.filter(group__in=groups)
    counted = of_ticket.aggregate(**{one.value: Count("pk", filter=Q(severity=one)) for one in Severity})
    return AlertsOf(
        total=sum(group.total for group in groups),
        firing=sum(group.firing for group in groups),
        uncounted=sum(group.uncounted for group in groups),
        by_severity={one.value: counted[one.value] for one in Severity},
        groups=groups,
        rows=list(of_ticket.order_by("-firing", "severity", "-starts_at", "pk")[:SHOWN]),
    )


def alerts_between(viewer: Actor, start: datetime, end: datetime, *, limit: int = 40) -> list[KnownAlert]:
    """Alerts that began in a stretch of time, oldest first, of tickets that exist for the viewer."""
    require(viewer, Right.CONSOLE)
    seen = Ticket.objects.visible_to(viewer).values("pk")
    found = KnownAlert.objects.filter(starts_at__range=(start, end), group__ticket__in=seen)
    return list(found.select_related("group__ticket").order_by("starts_at", "pk")[:limit])
