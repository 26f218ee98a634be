"""Satisfaction: the figures, the answers behind them, and what was said about one ticket."""

from datetime import datetime, timedelta
from typing import Annotated

from ninja import Query, Schema
from pydantic import Field

from tierline.core.kernel import clock
from tierline.core.kernel.errors import Invalid
from tierline.desk.people.rules import Right
from tierline.doors.api.bearer import ApiRequest
from tierline.doors.api.bodies import only
from tierline.insight.measures import satisfaction as measured
from tierline.insight.measures.rules import Share
from tierline.work.surveys import operations, queries
from tierline.work.surveys.models import Survey
from tierline.work.surveys.rules import COMMENT, HIGHEST, LOWEST, State, Way

from .reading import named
from .routers import asks, satisfaction_router, tickets_router
from .shapes_in import PageAsk, Sent, Text

USUAL = timedelta(days=30)


class RatingIn(Sent):
    """How it went, from 1 (very dissatisfied) to 5 (very satisfied)."""

    score: Annotated[int, Field(ge=LOWEST, le=HIGHEST)]
    comment: Text = Field("", description=f"At most {COMMENT} characters")


class RatingOut(Schema):
    """One survey about a ticket. `why_not` is for colleagues: the code of why nobody was asked."""

    id: int
    ticket: str
    state: str
    why_not: str | None
    asked_at: datetime | None
    closes_at: datetime | None
    score: int | None
    comment: str
    answered_at: datetime | None
    changed_at: datetime | None
    way: str


class RatingList(Schema):
    """The surveys about one ticket that you may read."""

    items: list[RatingOut]


class RatingPage(Schema):
    """A page of answers, the newest survey first; `next` is the cursor of the following one."""

    items: list[RatingOut]
    next: int | None


class ShareOut(Schema):
    """`part` of `whole`, with the 95 % interval of the share; null where there is nothing to count."""

    part: int
    whole: int
    value: float | None
    low: float | None
    high: float | None


class PartOut(Schema):
    """The answers of one tier, group or channel that has at least five of them."""

    name: str
    csat: ShareOut


class BreakdownOut(Schema):
    """Answers by one thing; what has fewer than five is only counted."""

    by: str
    parts: list[PartOut]
    left_out: int
    left_out_answers: int


class SatisfactionOut(Schema):
    """What was answered in a period. `few`: the interval says more than the figure."""

    since: datetime
    until: datetime
    csat: ShareOut
    response: ShareOut
    scores: dict[str, int]
    few: bool
    breakdowns: list[BreakdownOut]


class PeriodAsk(Schema):
    """From when up to, not including, when; both with their time zone."""

    since: datetime | None = Field(None, description="30 days before `until`, unless you say otherwise")
    until: datetime | None = Field(None, description="Now, unless you say otherwise")


@satisfaction_router.get(
    "/satisfaction", response=SatisfactionOut, summary="Measure satisfaction", openapi_extra=asks(Right.INSIGHT_READ)
)
def measure(request: ApiRequest, ask: Query[PeriodAsk]) -> SatisfactionOut:
    """CSAT, response rate, and both by tier, group and channel, over the tickets that you may see; never by person."""
    only(request, PeriodAsk.model_fields)
    until = ask.until or clock.now()
    since = ask.since or until - USUAL
    if since.tzinfo is None or until.tzinfo is None or since >= until:
        raise Invalid({"since": "A period ends after it begins, and its moments name their time zone."})
    found = measured.satisfaction(request.auth, since, until)
    return SatisfactionOut(
        since=since,
        until=until,
        csat=_share(found.csat),
        response=_share(found.response),
        scores={str(score): count for score, count in found.scores.items()},
        few=found.few,
        breakdowns=[
            BreakdownOut(
                by=one.by,
                parts=[PartOut(name=part.name, csat=_share(part.csat)) for part in one.parts],
                left_out=one.left_out,
                left_out_answers=one.left_out_answers,
            )
            for one in found.breakdowns
        ],
    )


@satisfaction_router.get(
    "/satisfaction/answers",
    response=RatingPage,
    summary="List what was answered, a page at a time",
    openapi_extra=asks(Right.INSIGHT_READ),
)
def list_answers(request: ApiRequest, ask: Query[PageAsk]) -> RatingPage:
    """On the desks whose tickets you see, the newest survey first."""
    only(request, PageAsk.model_fields)
    found = queries.answers(request.auth, after=ask.cursor, limit=ask.limit + 1)
    page = found[: ask.limit]
    following = page[-1].pk if len(found) > ask.limit else None
    return RatingPage(items=[_rating(one, one.ticket.reference, inside=True) for one in page], next=following)


@tickets_router.get(
    "/tickets/{reference}/satisfaction",
    response=RatingList,
    summary="Read how it went",
    openapi_extra=asks(Right.REQUEST_OPEN),
)
def read_ratings(request: ApiRequest, reference: str) -> RatingList:
    """Every survey about the ticket for colleagues of its desk; your own for you. Followers read none."""
    only(request, ())
    ticket = named(request.auth, reference)
    inside = ticket.desk_id in request.auth.desk_ids
    found = queries.of_ticket(request.auth, ticket.pk)
    shown = [one for one in found if inside or one.state in (State.ASKED, State.ANSWERED)]
    return RatingList(items=[_rating(one, ticket.reference, inside=inside) for one in shown])


@tickets_router.put(
    "/tickets/{reference}/satisfaction",
    response=RatingOut,
    summary="Say how it went, or change that",
    openapi_extra=asks(Right.REQUEST_OPEN),
)
def rate(request: ApiRequest, reference: str, new: RatingIn) -> RatingOut:
    """For whoever asked for the ticket, once it is solved and for as long as the desk leaves it open."""
    ticket = named(request.auth, reference)
    survey = operations.rate(actor=request.auth, ticket_id=ticket.pk, score=new.score, comment=new.comment, way=Way.API)
    return _rating(survey, ticket.reference, inside=False)


def _rating(survey: Survey, reference: str, *, inside: bool) -> RatingOut:
    return RatingOut(
        id=survey.pk,
        ticket=reference,
        state=survey.state,
        why_not=(survey.reason or None) if inside else None,
        asked_at=survey.asked_at,
        closes_at=survey.closes_at,
        score=survey.score,
        comment=survey.comment,
        answered_at=survey.answered_at,
        changed_at=survey.changed_at,
        way=survey.way,
    )


def _share(found: Share) -> ShareOut:
    return ShareOut(part=found.part, whole=found.whole, value=found.value, low=found.low, high=found.high)
