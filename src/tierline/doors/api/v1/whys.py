"""Why a ticket is with whom it is, and why it is due when it is: the receipts of the desk, for colleagues."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from tierline.core.kernel import clock
from tierline.desk.people.rules import Right, require
from tierline.desk.sla.rules import Metric, Reading, Segment
from tierline.desk.tickets import queries as tickets
from tierline.doors.api.bearer import ApiRequest
from tierline.doors.api.bodies import only
from tierline.work.routing import queries as routing
from tierline.work.routing.queries import WhyRow

from .reading import named
from .routers import asks, tickets_router


class PointOut(Schema):
    """One line of a receipt: fewer points are better."""

    rule: str
    points: int
    because: str


class ExcludedOut(Schema):
    """Somebody who could not have it, and the first duty that says so."""

    name: str
    rule: str
    because: str


class AssignmentOut(Schema):
    """Why a person, or nobody, got it. `otherwise` says who it would have been without a rule."""

    at: datetime
    by: str
    person: str | None = Field(description="Null: nobody could take it")
    why: list[str]
    points: list[PointOut]
    total: int
    runner_up: str
    mentor: str
    otherwise: list[str]
    excluded: list[ExcludedOut]


class ReasonOut(Schema):
    """Why triage chose one thing."""

    what: str
    because: str
    points: float


class TriageOut(Schema):
    """What triage decided, reason by reason."""

    at: datetime
    by: str
    reasons: list[ReasonOut]


class SegmentOut(Schema):
    """A part of a clock's run under one policy; `seconds` were used in it. `rests` names for whom it rested."""

    begin: datetime
    end: datetime
    seconds: int
    policy: str | None
    rests: str


class DueOut(Schema):
    """A clock with its derivation: `used_seconds` of `target_seconds` of open time are gone."""

    metric: str
    tier: int | None
    state: str
    started_at: datetime | None
    due_at: datetime | None = Field(description="Null while it rests and once it was met")
    stopped_at: datetime | None
    target_seconds: int
    used_seconds: int
    zone: str
    segments: list[SegmentOut]


class WhyOut(Schema):
    """The receipts of a ticket: the last assignment, the last triage, and each due time."""

    assignment: AssignmentOut | None
    triage: TriageOut | None
    due_times: list[DueOut]


@tickets_router.get(
    "/tickets/{reference}/why",
    response=WhyOut,
    summary="Say why it is with whom it is, and why it is due when it is",
    openapi_extra=asks(Right.CONSOLE),
)
def read_why(request: ApiRequest, reference: str) -> WhyOut:
    """For those who see the ticket's desk."""
    only(request, ())
    ticket = named(request.auth, reference)
    require(request.auth, Right.CONSOLE, desk_id=ticket.desk_id)
    told = routing.why(request.auth, ticket.pk)
    assignment = next((one for one in told if one.kind == "assignment"), None)
    triage = next((one for one in told if one.kind == "triage"), None)
    readings = tickets.clocks_of(ticket, clock.now(), tickets.timeline(request.auth, ticket.pk))
    return WhyOut(
        assignment=_assignment(assignment) if assignment is not None else None,
        triage=_triage(triage) if triage is not None else None,
        due_times=[_due(metric, reading) for metric, reading in readings.items()],
    )


def _assignment(row: WhyRow) -> AssignmentOut:
    """A receipt of any earlier version may lack what came later."""
    kept: dict[str, Any] = row.receipt
    return AssignmentOut(
        at=row.at,
        by=row.by,
        person=kept.get("name") or None,
        why=kept.get("why", []),
        points=[PointOut(**{name: one[name] for name in PointOut.model_fields}) for one in kept.get("points", [])],
        total=kept.get("total", 0),
        runner_up=kept.get("runner_up", ""),
        mentor=kept.get("mentor", ""),
        otherwise=kept.get("otherwise", []),
        excluded=[
            ExcludedOut(**{name: one[name] for name in ExcludedOut.model_fields}) for one in kept.get("excluded", [])
        ],
    )


def _triage(row: WhyRow) -> TriageOut:
    reasons = [ReasonOut(what=one["what"], because=one["because"], points=one["points"]) for one in _reasons(row)]
    return TriageOut(at=row.at, by=row.by, reasons=reasons)


def _reasons(row: WhyRow) -> list[dict[str, Any]]:
    return list(row.receipt.get("reasons", []))


def _due(metric: Metric, reading: Reading) -> DueOut:
    return DueOut(
        metric=metric.value,
        tier=reading.tier,
        state=reading.state.value,
        started_at=reading.started_at,
        due_at=reading.due_at,
        stopped_at=reading.stopped_at,
        target_seconds=reading.target,
        used_seconds=reading.used,
        zone=reading.zone,
        segments=[_segment(one) for one in reading.segments],
    )


def _segment(one: Segment) -> SegmentOut:
    return SegmentOut(
        begin=one.begin_at,
        end=one.end_at,
        seconds=int(one.seconds),
        policy=one.promise.version.label if one.promise is not None else None,
        rests=one.rests,
    )
