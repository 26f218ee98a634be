"""The clocks of a ticket, read from its timeline and the desk's policy."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from tierline.core.timeline import queries as timeline
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.sla.queries import promised
from tierline.desk.sla.rules import Clock, Event, Metric, Reading, Tick, read

# Each of these has the job tickets.keep_clocks in the table of reactions. Opening has not: tier 0 either answers, and
# waits, or hands over, and the ticket is assigned; both follow within the same breath.
CLOCK_KINDS = (
    "assistant.handed_over",
    "ticket.message_received",
    "ticket.classified",
    "ticket.assigned",
    "ticket.wait_started",
    "ticket.wait_ended",
    "ticket.replied",
    "ticket.resolved",
    "ticket.reopened",
)
_ENDS = {"ticket.resolved", "ticket.merged"}
_STARTED_BY = {
    Metric.FIRST_REPLY: {"ticket.opened"},
    Metric.RESOLUTION: {"ticket.opened", "ticket.reopened"},
    Metric.TIER: {"ticket.reopened"},
}


class Clocked(Protocol):
    """What the clocks depend on besides the timeline."""

    @property
    def pk(self) -> int: ...
    @property
    def desk_id(self) -> int: ...
    @property
    def priority(self) -> int: ...


def clocks_of(ticket: Clocked, now: datetime, entries: Iterable[TimelineEntry] | None = None) -> dict[Metric, Reading]:
    """Every clock that has started, by metric, read at `now`. Pass `entries` when the timeline is at hand."""
    policy = promised(ticket.desk_id)
    if policy is None:
        return {}
    past = timeline.entries("ticket", ticket.pk) if entries is None else list(entries)
    readings = {
        metric: read(policy.hours, policy.seconds(metric, ticket.priority), list(clock_events(past, metric)), now)
        for metric in Metric
    }
    return {metric: reading for metric, reading in readings.items() if reading is not None}


def next_due(readings: dict[Metric, Reading]) -> tuple[Metric | None, Reading | None]:
    """The clock to watch: of those not stopped the one due first; a paused one when none runs."""
    live = {metric: r for metric, r in readings.items() if r.stopped_at is None}
    running = [(r.due_at, metric) for metric, r in live.items() if r.due_at is not None]
    if running:
        metric = min(running)[1]
        return metric, live[metric]
    paused = [metric for metric, r in live.items() if r.state == Clock.PAUSED]
    return (paused[0], live[paused[0]]) if paused else (None, None)


def clock_events(entries: Iterable[TimelineEntry], metric: Metric) -> Iterator[Event]:
    """A metric's stopwatch as the timeline tells it.

    First reply: from opening to the first answer by a person. Resolution: from opening to resolving. Tier (the OLA):
    from the moment a tier owns the ticket until the next tier has accepted it. Waiting pauses all of them.
    """
    tier: int | None = None
    waiting = False
    for entry in entries:
        kind, data = entry.kind, entry.data
        if metric is Metric.TIER and kind == "ticket.assigned" and data["tier"] != tier:
            tier = data["tier"]
            yield Event(entry.at, Tick.START)
        elif kind in _STARTED_BY[metric]:
            yield Event(entry.at, Tick.START)
        elif kind == "ticket.wait_started":
            waiting = True
            yield Event(entry.at, Tick.PAUSE, data["waiting_for"])
        elif waiting and kind in {"ticket.wait_ended", "ticket.message_received"}:
            waiting = False
            yield Event(entry.at, Tick.RESUME)
        elif kind in _ENDS or _answers(metric, kind, data):
            waiting = False
            yield Event(entry.at, Tick.STOP)


def _answers(metric: Metric, kind: str, data: dict[str, object]) -> bool:
    return metric is Metric.FIRST_REPLY and kind == "ticket.replied" and not data["by_machine"]
