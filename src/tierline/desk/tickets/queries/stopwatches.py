"""A ticket's stopwatches, as its timeline tells them. Pure: the entries in, the runs of the clocks out."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol

from tierline.desk.sla.rules import NEVER, OLA_TIERS, Book, Metric, Promise, Reading, Run, Scope, read, stamp

Plan = Callable[[int, date], str]  # the plan of an organisation's contract on a day; empty without


class Happened(Protocol):
    """What is needed of a timeline entry."""

    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


@dataclass(slots=True)
class Past:
    """The last run of each clock, and what the ticket was since when: its scope and its priority."""

    runs: dict[Metric, Run] = field(default_factory=dict)
    since: list[int] = field(default_factory=list)
    was: list[tuple[Scope, int]] = field(default_factory=list)

    def readings(self, book: Book, now: datetime, *, live: bool = False) -> dict[Metric, Reading]:
        """Every clock that something is promised for, read at `now`; with `live` those that have not stopped."""
        counted = stamp(now)
        found = {}
        for metric in Metric:
            run = self.runs.get(metric)
            if run is None or (live and run.stop is not None):
                continue
            reading = self._read(run, book, counted)
            if reading is not None:
                found[metric] = reading
        return found

    def _read(self, run: Run, book: Book, now: int) -> Reading | None:
        def at(moment: int) -> Promise | None:
            scope, priority = self.was[max(bisect_right(self.since, moment) - 1, 0)]
            if run.vendor_id is not None:
                scope = replace(scope, vendor_id=run.vendor_id)
            return book.promise(book.era(moment), scope, run.row, priority)

        def changes(after: int, before: int) -> Sequence[int]:
            own = [moment for moment in self.since if after < moment < before]
            return own + book.changes(after, before)

        return read(run, now, changes, at)


class _Follower:
    """Plays the timeline. What waits, which tier has it and whether a person has answered is known at each entry."""

    def __init__(self, plan: Plan) -> None:
        self.past = Past()
        self._plan = plan
        self._waits_for = ""
        self._tier: int | None = None
        self._group: int | None = None
        self._answered = False
        self._opened_on: date | None = None
        self._scope = Scope()
        self._priority = 4

    def _start(self, metric: Metric, at: int, **rest: int | None) -> None:
        waits = [(at, self._waits_for)] if self._waits_for else []
        self.past.runs[metric] = Run(metric, at, waits, **rest)

    def _stop(self, metric: Metric, at: int) -> None:
        run = self.past.runs.get(metric)
        if run is not None and run.stop is None:
            run.stop = at

    def _wait(self, at: int, reason: str) -> None:
        self._waits_for = reason
        for metric, run in self.past.runs.items():
            if run.stop is None and metric is not Metric.UNDERPINNING:
                run.waits.append((at, reason))

    def _become(self, at: int, **changes: Any) -> None:  # noqa: ANN401 (the fields of a scope)
        self._scope = replace(self._scope, **changes)
        self.past.since.append(at)
        self.past.was.append((self._scope, self._priority))

    def opened(self, at: int, entry: Happened) -> None:
        data = entry.data
        self._opened_on, self._priority = entry.at.date(), data["priority"]
        self._become(
            at,
            desk_id=data["desk_id"],
            service_id=data["service_id"],
            kind=data["ticket_kind"],
            plan=self._plan_of(data["organisation_id"]),
        )
        self._start(Metric.FIRST_REPLY, at)
        self._start(Metric.RESOLUTION, at)

    def classified(self, at: int, entry: Happened) -> None:
        data = entry.data  # entries of earlier versions say less
        self._priority = data.get("priority", self._priority)
        names = (("service_id", "service_id"), ("kind", "ticket_kind"))
        self._become(at, **{name: data[key] for name, key in names if key in data})

    def requester_named(self, at: int, entry: Happened) -> None:
        self._become(at, plan=self._plan_of(entry.data["organisation_id"]))

    def _plan_of(self, organisation_id: int | None) -> str:
        if organisation_id is None or self._opened_on is None:
            return ""
        return self._plan(organisation_id, self._opened_on)

    def assigned(self, at: int, entry: Happened) -> None:
        tier, group = entry.data["tier"], entry.data["group_id"]
        if desk := entry.data.get("desk_id"):
            self._become(at, desk_id=desk)
        if (group, tier) != (self._group, self._tier):
            self._stop(Metric.ACCEPTANCE, at)
        if tier != self._tier:
            self._begin_tier(at, tier)
        self._tier, self._group = tier, group

    def _begin_tier(self, at: int, tier: int | None) -> None:
        self.past.runs.pop(Metric.TIER, None)
        if tier in OLA_TIERS:
            self._start(Metric.TIER, at, tier=tier)

    def offered(self, at: int, entry: Happened) -> None:
        self._start(Metric.ACCEPTANCE, at, tier=entry.data["tier"])

    def offer_ended(self, at: int, entry: Happened) -> None:
        del entry
        self._stop(Metric.ACCEPTANCE, at)

    def wait_started(self, at: int, entry: Happened) -> None:
        reason = entry.data["waiting_for"]
        self._wait(at, reason)
        if reason == "vendor":
            self._begin_vendor(at, entry.data.get("vendor_id"))
        elif reason == "requester":
            self.past.runs.pop(Metric.NEXT_UPDATE, None)

    def _begin_vendor(self, at: int, vendor_id: int | None) -> None:
        """The vendor's time adds up over several waits for the same vendor; another one has its own."""
        before = self.past.runs.get(Metric.UNDERPINNING)
        if before is not None and before.vendor_id == vendor_id and before.stop is not None:
            before.waits += [(before.stop, NEVER), (at, "")]
            before.stop = None
        else:
            self.past.runs[Metric.UNDERPINNING] = Run(Metric.UNDERPINNING, at, vendor_id=vendor_id)

    def wait_ended(self, at: int, entry: Happened) -> None:
        del entry
        ended, self._waits_for = self._waits_for, ""
        if not ended:
            return
        self._wait(at, "")
        self._stop(Metric.UNDERPINNING, at)
        if ended == "requester" and self._answered:
            self._start(Metric.NEXT_UPDATE, at)

    def message_received(self, at: int, entry: Happened) -> None:
        if self._waits_for == "requester":
            self.wait_ended(at, entry)

    def replied(self, at: int, entry: Happened) -> None:
        if entry.data["by_machine"]:
            return
        self._answered = True
        self._stop(Metric.FIRST_REPLY, at)
        if self._waits_for != "requester":
            self._start(Metric.NEXT_UPDATE, at)

    def ended(self, at: int, entry: Happened) -> None:
        del entry
        self._waits_for = ""
        self.past.runs.pop(Metric.NEXT_UPDATE, None)
        for metric in tuple(self.past.runs):
            self._stop(metric, at)

    def reopened(self, at: int, entry: Happened) -> None:
        del entry
        self._start(Metric.RESOLUTION, at)
        self._begin_tier(at, self._tier)
        if self._answered:
            self._start(Metric.NEXT_UPDATE, at)


_HANDLERS: Mapping[str, Callable[[_Follower, int, Happened], None]] = {
    "ticket.opened": _Follower.opened,
    "ticket.classified": _Follower.classified,
    "ticket.requester_named": _Follower.requester_named,
    "ticket.assigned": _Follower.assigned,
    "ticket.offered": _Follower.offered,
    "ticket.offer_ended": _Follower.offer_ended,
    "ticket.wait_started": _Follower.wait_started,
    "ticket.wait_ended": _Follower.wait_ended,
    "ticket.message_received": _Follower.message_received,
    "ticket.replied": _Follower.replied,
    "ticket.resolved": _Follower.ended,
    "ticket.merged": _Follower.ended,
    "ticket.reopened": _Follower.reopened,
}
TOLD_BY = tuple(_HANDLERS)  # the kinds of entry that clocks depend on


def past_of(entries: Iterable[Happened], plan: Plan) -> Past:
    """Play a timeline, oldest entry first.

    First reply: from opening to the first answer by a person. Next update: from each answer by a person, while it is
    not the requester's turn. Acceptance: while a hand-over waits. Tier (the OLA): from the moment a tier owns the
    ticket until the next tier has accepted it. Underpinning: while it waits for a vendor. Resolution: from opening to
    resolving. A reopened ticket starts anew.
    """
    follower = _Follower(plan)
    for entry in entries:
        handler = _HANDLERS.get(entry.kind)
        if handler is not None:
            counted = getattr(entry, "counted", None)  # a batch has it at hand
            handler(follower, stamp(entry.at) if counted is None else counted, entry)
    return follower.past
