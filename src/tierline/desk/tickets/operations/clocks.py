"""Clocks follow from the timeline; the ticket's row keeps the one that is due next, for lists and alarms."""

from django.db import transaction

from tierline.core.kernel import clock, jobs, rows
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.sla.rules import Clock, Metric, Reading
from tierline.desk.tickets.events import ClockBreached
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries import clocks_of, next_due

from .writing import append


def keep_clocks(*, ticket_id: int) -> Ticket:
    """Read the clocks anew, keep the one due next on the row, and set an alarm for it. Safe to repeat."""
    with transaction.atomic():
        ticket = rows.first(Ticket, "id = %s FOR UPDATE", [ticket_id])
        if ticket is None:
            raise NotFound
        readings = clocks_of(ticket, clock.now())
        metric, reading = next_due(readings)
        ticket.due_at = reading.due_at if reading else None
        ticket.due_kind = metric or ""
        ticket.clock = reading.state if reading else ""
        ticket.clock_share = reading.share if reading else 0
        rows.update(ticket, ("due_at", "due_kind", "clock", "clock_share"))
        _set_alarm(ticket.pk, readings)
        return ticket


def _set_alarm(ticket_id: int, readings: dict[Metric, Reading]) -> None:
    """One alarm for the clock that runs out next; when it rings, the next one is set."""
    coming = [reading.due_at for reading in readings.values() if reading.state == Clock.RUNNING and reading.due_at]
    if coming:
        due_at = min(coming)
        alarm = f"clock:{ticket_id}:{due_at.timestamp():.0f}"
        jobs.enqueue("tickets.check_clock", at=due_at, lock=alarm, ticket_id=ticket_id)


def breach_clock(*, actor: Actor, ticket_id: int) -> list[Metric]:
    """Record every clock that ran out and was not recorded before; an alarm that came too early records nothing."""
    with transaction.atomic():
        ticket = rows.first(Ticket, "id = %s FOR UPDATE", [ticket_id])
        if ticket is None:
            raise NotFound
        if ticket.due_at is None or ticket.due_at > clock.now():
            return []  # the alarm was set for a due time that has moved since
        told = {
            (entry.data["metric"], entry.data["due_at"])
            for entry in TimelineEntry.objects.of("ticket", ticket_id).filter(kind=ClockBreached.kind)
        }
        found = []
        for metric, reading in clocks_of(ticket, clock.now()).items():
            if reading.state != Clock.BREACHED or reading.due_at is None:
                continue
            payload = ClockBreached(metric=metric, due_at=reading.due_at.isoformat())
            if (payload.metric, payload.due_at) not in told:
                append(ticket, payload, actor=actor)
                found.append(metric)
        return found
