"""Clocks follow from the timeline; the ticket's row keeps the one that is due next, for lists and alarms."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock, jobs, rows
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline import queries as timeline
from tierline.desk.sla.rules import Clock, Metric, Reading
from tierline.desk.tickets.events import ClockBreached, ClockWarned
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries.clocks import (
    breach_key,
    clocks_of,
    next_alarm,
    next_due,
    recorded,
    warning_key,
)

from .writing import append

AFTERWARDS = timedelta(seconds=1)  # an alarm rings when its moment has passed: to be done on time is not to be late


def keep_clocks(*, ticket_id: int) -> Ticket:
    """Read the clocks anew, keep the one due next on the row, and set an alarm for it. Safe to repeat."""
    with transaction.atomic():
        ticket = rows.first(Ticket, "id = %s FOR UPDATE", [ticket_id])
        if ticket is None:
            raise NotFound
        entries, now = timeline.entries("ticket", ticket.pk), clock.now()
        readings = clocks_of(ticket, now, entries)
        kept = projection(readings)
        for name, value in kept.items():
            setattr(ticket, name, value)
        rows.update(ticket, tuple(kept))
        set_alarms([(ticket.pk, next_alarm(readings, recorded(entries), now))])
        return ticket


def projection(readings: Mapping[Metric, Reading]) -> dict[str, Any]:
    """What a ticket's row keeps of its clocks."""
    metric, reading = next_due(readings)
    return {
        "due_at": reading.due_at if reading else None,
        "due_kind": metric.value if metric else "",
        "clock": reading.state.value if reading else "",
        "clock_share": reading.share if reading else 0,
    }


def set_alarms(wanted: list[tuple[int, datetime | None]]) -> None:
    """One alarm a ticket, moved to where it is needed; when it rings, the next one is set."""
    jobs.set_alarms("tickets.check_clock", "ticket_id", [(pk, at + AFTERWARDS) for pk, at in wanted if at is not None])


def check_clock(*, actor: Actor, ticket_id: int) -> list[Metric]:
    """Record every clock that ran out or nears its end and was not recorded before; returns which.

    The alarm of a due time that has moved since records nothing.
    """
    with transaction.atomic():
        ticket = rows.first(Ticket, "id = %s FOR UPDATE", [ticket_id])
        if ticket is None:
            raise NotFound
        entries = timeline.entries("ticket", ticket_id)
        told, found = recorded(entries), []
        for metric, reading in clocks_of(ticket, clock.now(), entries).items():
            payload = _news(reading, told)
            if payload is not None:
                append(ticket, payload, actor=actor)
                found.append(metric)
        return found


def _news(reading: Reading, told: set[tuple[Any, ...]]) -> ClockBreached | ClockWarned | None:
    if reading.due_at is None:
        return None
    metric, due_at = breach_key(reading)
    if reading.state == Clock.BREACHED:
        missed = ClockBreached(metric=metric, due_at=due_at, tier=reading.tier)
        return missed if breach_key(reading) not in told else None
    if not reading.warns or warning_key(reading) in told:
        return None
    _metric, started_at, target = warning_key(reading)
    return ClockWarned(
        metric=metric, due_at=due_at, tier=reading.tier, started_at=started_at, target=target, share=reading.share
    )
