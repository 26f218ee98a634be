"""Clocks follow from the timeline; the ticket's row keeps the one that is due next, for lists and alarms."""

from django.db import transaction

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.sla.rules import Clock, Metric
from tierline.desk.tickets.events import ClockBreached
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries import clocks_of, next_due

from .writing import append


def keep_clocks(*, ticket_id: int) -> Ticket:
    """Read the clocks anew, keep the one due next on the row, and set an alarm for it. Safe to repeat."""
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().filter(pk=ticket_id).first()
        if ticket is None:
            raise NotFound
        metric, reading = next_due(clocks_of(ticket, clock.now()))
        ticket.due_at = reading.due_at if reading else None
        ticket.due_kind = metric or ""
        ticket.clock = reading.state if reading else ""
        ticket.clock_share = reading.share if reading else 0
        ticket.save(update_fields=["due_at", "due_kind", "clock", "clock_share"])
        if ticket.due_at is not None and ticket.clock == Clock.RUNNING:
            alarm = f"clock:{ticket.pk}:{ticket.due_at.timestamp():.0f}"
            jobs.enqueue("tickets.check_clock", at=ticket.due_at, lock=alarm, ticket_id=ticket.pk)
        return ticket


def breach_clock(*, actor: Actor, ticket_id: int) -> list[Metric]:
    """Record every clock that ran out and was not recorded before; an alarm that came too early records nothing."""
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().filter(pk=ticket_id).first()
        if ticket is None:
            raise NotFound
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
