"""Known errors: found, read, tried, written, put in force and withdrawn, and those that fit a ticket."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from ninja import Query

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import whole_number
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries import Cursor
from tierline.doors.api.bearer import ApiRequest
from tierline.doors.api.bodies import only
from tierline.doors.api.repeats import Answer, once
from tierline.ladder.problems import operations as problems
from tierline.ladder.problems import queries
from tierline.ladder.problems.models import Fix, KnownError
from tierline.ladder.problems.queries import KnownErrorRow, PastTickets, Place
from tierline.work.diagnosis import queries as diagnosis

from .known_error_shapes import (
    ExampleIn,
    ExamplesIn,
    FixOut,
    HappenedOut,
    HitOut,
    KnownErrorAsk,
    KnownErrorChange,
    KnownErrorDraft,
    KnownErrorOut,
    KnownErrorPage,
    KnownErrorRowOut,
    MatcherIn,
    MatcherTry,
    MatchList,
    MatchOut,
    PastOut,
    TriedList,
    TriedOut,
    Withdrawn,
)
from .reading import cursor_of, named
from .routers import asks, known_errors_router, tickets_router
from .writing import KEY

_PARTS = ("must", "must_not")


@known_errors_router.get(
    "/known-errors", response=KnownErrorPage, summary="List the known errors", openapi_extra=asks(Right.CONSOLE)
)
def list_known_errors(request: ApiRequest, ask: Query[KnownErrorAsk]) -> KnownErrorPage:
    """Those of the desks that you see, the newest change first; narrowed by words and state."""
    only(request, KnownErrorAsk.model_fields)
    require(request.auth, Right.CONSOLE)
    cursor = cursor_of(ask.cursor)
    after = Place(cursor.at, cursor.id) if cursor else None
    found = queries.known_errors(request.auth, status=ask.state, words=ask.q, after=after, limit=ask.limit + 1)
    page = found[: ask.limit]
    following = Cursor(0, page[-1].changed_at, page[-1].id).word() if len(found) > ask.limit else None
    return KnownErrorPage(items=[_row(one) for one in page], next=following)


@known_errors_router.get(
    "/known-errors/{known_error_id}",
    response=KnownErrorOut,
    summary="Read one known error",
    openapi_extra=asks(Right.CONSOLE),
)
def read_known_error(request: ApiRequest, known_error_id: str) -> KnownErrorOut:
    """By reference (`KE-14`) or number: with its matcher, examples, fixes, the newest scan and what happened."""
    only(request, ())
    require(request.auth, Right.CONSOLE)
    return _out(request.auth, _named(request.auth, known_error_id))


@known_errors_router.post(
    "/matchers/try", response=TriedList, summary="Try a matcher", openapi_extra=asks(Right.PROBLEM_WORK)
)
def try_matcher(request: ApiRequest, sent: MatcherTry) -> TriedList:
    """On what you send, on tickets or on a file. Nothing is kept."""
    actor, matcher = request.auth, sent.matcher.model_dump()
    require(actor, Right.PROBLEM_WORK)
    told = problems.try_examples(actor=actor, matcher=matcher, fixtures=_fixtures(actor, sent.examples))
    items = [TriedOut(name=one.name, caught=one.caught, right=one.right, reasons=list(one.reasons)) for one in told]
    if sent.evidence is not None:
        one = problems.try_evidence(actor=actor, matcher=matcher, evidence_id=sent.evidence)
        items.append(TriedOut(name=one.name, caught=one.caught, right=None, reasons=list(one.reasons)))
    return TriedList(items=items)


@tickets_router.get(
    "/tickets/{reference}/known-errors",
    response=MatchList,
    tags=["Known errors"],
    summary="List the known errors that fit a ticket",
    openapi_extra=asks(Right.EVIDENCE_READ),
)
def list_matches(request: ApiRequest, reference: str) -> MatchList:
    """With the reasons in words that a person can check, the best first."""
    only(request, ())
    require(request.auth, Right.EVIDENCE_READ)
    ticket = named(request.auth, reference)
    require(request.auth, Right.EVIDENCE_READ, desk_id=ticket.desk_id)
    found = diagnosis.matches_of(request.auth, ticket.pk)
    return MatchList(
        items=[
            MatchOut(
                reference=one.ref,
                title=one.title,
                score=one.score,
                reasons=list(one.reasons),
                answer=one.answer,
                lowest_tier=one.lowest_tier,
            )
            for one in found
        ]
    )


@tickets_router.post(
    "/tickets/{reference}/known-errors",
    response=KnownErrorOut,
    tags=["Known errors"],
    summary="Draft a known error from a ticket",
    openapi_extra=asks(Right.PROBLEM_WORK, parameters=[KEY]),
)
def draft_known_error(request: ApiRequest, reference: str, draft: KnownErrorDraft) -> HttpResponse:
    """Behind the ticket's problem, or behind a new one when it has none. A draft recognises nothing yet."""
    actor = request.auth
    require(actor, Right.PROBLEM_WORK)

    def run() -> Answer:
        ticket = named(actor, reference)
        made = problems.draft_known_error(actor=actor, ticket_id=ticket.pk, **_fields(actor, draft))
        return Answer(status=200, body=_out(actor, made).model_dump())

    return once(request, draft.model_dump(mode="json"), run)


@known_errors_router.patch(
    "/known-errors/{known_error_id}",
    response=KnownErrorOut,
    summary="Change a known error",
    openapi_extra=asks(Right.PROBLEM_WORK),
)
def change_known_error(request: ApiRequest, known_error_id: str, change: KnownErrorChange) -> KnownErrorOut:
    """Only the fields that are sent. Another matcher takes it out of force until it is published again."""
    actor = request.auth
    require(actor, Right.PROBLEM_WORK)
    before = _named(actor, known_error_id)
    fields = {name: value for name, value in _fields(actor, change, before).items() if getattr(before, name) != value}
    return _out(actor, problems.revise_known_error(actor=actor, known_error_id=before.pk, **fields))


@known_errors_router.post(
    "/known-errors/{known_error_id}/publish",
    response=KnownErrorOut,
    summary="Put a known error in force",
    openapi_extra=asks(Right.KNOWN_ERROR_PUBLISH),
)
def publish_known_error(request: ApiRequest, known_error_id: str) -> KnownErrorOut:
    """It is tried on its examples first: 409 `fixtures_failed` with `failures`. Then a job tries past tickets."""
    actor = request.auth
    require(actor, Right.KNOWN_ERROR_PUBLISH)
    found = _named(actor, known_error_id)
    return _out(actor, problems.publish_known_error(actor=actor, known_error_id=found.pk).known_error)


@known_errors_router.post(
    "/known-errors/{known_error_id}/withdraw",
    response=KnownErrorOut,
    summary="Take a known error out of force",
    openapi_extra=asks(Right.KNOWN_ERROR_PUBLISH),
)
def withdraw_known_error(request: ApiRequest, known_error_id: str, sent: Withdrawn) -> KnownErrorOut:
    """What it solved stays linked."""
    actor = request.auth
    require(actor, Right.KNOWN_ERROR_PUBLISH)
    found = _named(actor, known_error_id)
    return _out(actor, problems.retire_known_error(actor=actor, known_error_id=found.pk, reason=sent.reason))


def _named(viewer: Actor, given: str) -> KnownError:
    """The known error with this reference or number. Raises NotFound."""
    number = whole_number(given.upper().removeprefix("KE-"))
    if number is None:
        raise NotFound
    return queries.known_error(viewer, number)


def _fields(actor: Actor, sent: KnownErrorDraft | KnownErrorChange, before: KnownError | None = None) -> dict[str, Any]:
    """The fields that were sent, as the room takes them. Raises Invalid."""
    fields = sent.model_dump(exclude={"matcher", "examples"}, exclude_unset=True)
    if "matcher" in sent.model_fields_set:
        fields["matcher"] = _matcher(sent.matcher)
    if sent.examples is not None and "examples" in sent.model_fields_set:
        fields["fixtures"] = _fixtures(actor, sent.examples, before)
    return fields


def _matcher(sent: MatcherIn) -> dict[str, Any]:
    """The matcher as it is kept; empty without a condition."""
    return _plain(sent.model_dump()) if sent.all_of or sent.any_of else {}


def _plain(matcher: Mapping[str, Any]) -> dict[str, Any]:
    return {part: [_condition(one) for one in conditions] for part, conditions in matcher.items()}


def _condition(one: Mapping[str, Any]) -> dict[str, Any]:
    data = {"kind": one["kind"], "value": one["value"].strip()}
    data |= {"name": one["name"], "relation": one["relation"]} if one["kind"] == "fact" else {}
    return data | ({"least": one["least"]} if one["least"] != 1 else {})


def _fixtures(actor: Actor, sent: ExamplesIn, before: KnownError | None = None) -> dict[str, list[dict[str, Any]]]:
    """The examples with ids for references, and those of `before` whose tickets are hidden. Raises Invalid."""
    hidden = _hidden(actor, before) if before else {}
    return {
        part: [_example(actor, one, f"examples.{part}.{at}") for at, one in enumerate(getattr(sent, part), 1)]
        + hidden.get(part, [])
        for part in _PARTS
    }


def _example(actor: Actor, sent: ExampleIn, place: str) -> dict[str, Any]:
    if sent.ticket is None:
        return {"name": sent.name or place, "text": sent.text, "facts": sent.facts, "log": sent.log}
    try:
        return {"ticket": named(actor, sent.ticket).pk}
    except NotFound:
        raise Invalid({place: "There is no such ticket among those you may see."}) from None


def _hidden(viewer: Actor, found: KnownError) -> dict[str, list[dict[str, Any]]]:
    seen = _references(viewer, found)
    return {
        part: [one for one in found.fixtures.get(part, ()) if "ticket" in one and one["ticket"] not in seen]
        for part in _PARTS
    }


def _references(viewer: Actor, found: KnownError) -> dict[int, str]:
    ids = [one["ticket"] for part in _PARTS for one in found.fixtures.get(part, ()) if "ticket" in one]
    return {one.pk: one.reference for one in Ticket.objects.visible_to(viewer).filter(pk__in=ids)}


def _row(row: KnownErrorRow) -> KnownErrorRowOut:
    return KnownErrorRowOut(
        reference=row.ref,
        title=row.title,
        state=row.status,
        not_in_force=row.not_in_force,
        lowest_tier=row.lowest_tier,
        problem=f"PRB-{row.problem_id}",
        tickets=row.hits,
        review_on=row.review_on,
        changed_at=row.changed_at,
    )


def _out(viewer: Actor, found: KnownError) -> KnownErrorOut:
    standing, past = queries.standing(found), queries.past_tickets(viewer, found)
    return KnownErrorOut(
        reference=found.ref,
        title=found.title,
        state=found.status,
        not_in_force=standing.fault,
        lowest_tier=found.lowest_tier,
        problem=f"PRB-{found.problem_id}",
        tickets=standing.tickets,
        review_on=found.review_on,
        changed_at=found.changed_at,
        symptoms=found.symptoms,
        workaround=found.workaround,
        matcher=found.matcher,
        examples=_examples(viewer, found),
        risk=found.risk,
        affected_versions=list(found.affected_versions),
        audience=found.audience,
        owner=found.owner.name if found.owner else None,
        fixes=[_fix(one) for one in queries.problem_page(viewer, found.problem_id).fixes],
        past=_past(past) if past else None,
        history=[
            HappenedOut(at=one.at, actor=one.actor_label, kind=one.kind, data=one.data)
            for one in queries.history(viewer, found)
        ],
        created_at=found.created_at,
        published_at=found.published_at,
    )


def _examples(viewer: Actor, found: KnownError) -> dict[str, list[dict[str, Any]]]:
    seen = _references(viewer, found)

    def shown(one: Mapping[str, Any]) -> dict[str, Any]:
        if "ticket" not in one:
            return dict(one)
        return {"ticket": seen[one["ticket"]]} if one["ticket"] in seen else {"ticket": None, "name": "a ticket"}

    return {part: [shown(one) for one in found.fixtures.get(part, ())] for part in _PARTS}


def _fix(one: Fix) -> FixOut:
    return FixOut(
        reference=one.reference,
        fixed_in=one.fixed_in,
        state=one.state,
        tracker=one.tracker_ref,
        link=one.tracker_url,
        verdict=one.verdict,
    )


def _past(found: PastTickets) -> PastOut:
    scan = found.scan
    return PastOut(
        state=scan.state,
        days=found.days,
        looked_at=scan.done,
        total=scan.total,
        caught=found.caught,
        false=found.false,
        started_at=scan.started_at,
        finished_at=scan.finished_at,
        tickets=[
            HitOut(ticket=one.ticket.reference, score=one.score, reasons=list(one.reasons), false=one.is_false)
            for one in found.hits
        ],
    )
