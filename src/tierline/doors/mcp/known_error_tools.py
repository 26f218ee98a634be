"""The tools for known errors: found, read, and those that fit a ticket. A person writes and publishes them."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import one_line, whole_number
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.queries import page_row
from tierline.desk.tickets.rules import number_in
from tierline.ladder.problems import queries
from tierline.ladder.problems.queries import PastTickets
from tierline.ladder.problems.rules import KnownErrorState
from tierline.work.diagnosis import queries as diagnosis

HISTORY = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownErrorSearch:
    """Which known errors to look for."""

    query: str = field(default="", metadata={"help": "Words, a log line, a fingerprint or KE-14", "max_length": 400})
    state: KnownErrorState | None = None
    limit: int = field(default=10, metadata={"min": 1, "max": 50})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownErrorNamed:
    """One known error."""

    known_error: str = field(metadata={"help": "A reference such as KE-14, or a number", "max_length": 20})


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchesAsked:
    """What fits one ticket."""

    ticket: str = field(metadata={"help": "A reference such as INC-20418, or a number", "max_length": 20})


def search_known_errors(actor: Actor, wanted: KnownErrorSearch) -> dict[str, Any]:
    """Those of the desks that the person sees, the newest change first."""
    words = one_line(wanted.query, 400)
    rows = queries.known_errors(actor, status=wanted.state, words=words, limit=wanted.limit)
    return {
        "known_errors": [
            {
                "reference": row.ref,
                "title": row.title,
                "state": row.status,
                "not_in_force": row.not_in_force,
                "lowest_tier": row.lowest_tier,
                "tickets": row.hits,
                "changed_at": row.changed_at.isoformat(),
            }
            for row in rows
        ]
    }


def get_known_error(actor: Actor, wanted: KnownErrorNamed) -> dict[str, Any]:
    """One record: what it looks like, what helps, what it recognises itself by, the fixes and the newest scan."""
    number = whole_number(wanted.known_error.upper().removeprefix("KE-"))
    if number is None:
        raise NotFound
    found = queries.known_error(actor, number)
    standing, past = queries.standing(found), queries.past_tickets(actor, found)
    fixes = queries.problem_page(actor, found.problem_id).fixes
    return {
        "reference": found.ref,
        "title": found.title,
        "state": found.status,
        "not_in_force": standing.fault,
        "symptoms": found.symptoms,
        "workaround": found.workaround,
        "risk": found.risk,
        "lowest_tier": found.lowest_tier,
        "affected_versions": list(found.affected_versions),
        "matcher": found.matcher,
        "tickets": standing.tickets,
        "fixes": [{"fixed_in": one.fixed_in, "state": one.state, "link": one.tracker_url} for one in fixes],
        "past": _past(past) if past else None,
        "history": [
            {"at": one.at.isoformat(), "actor": one.actor_label, "kind": one.kind}
            for one in queries.history(actor, found, limit=HISTORY)
        ],
        "open": f"{settings.TIERLINE_URL.rstrip('/')}/console/known/{found.pk}",
    }


def _past(found: PastTickets) -> dict[str, Any]:
    return {
        "state": found.scan.state,
        "days": found.days,
        "looked_at": found.scan.done,
        "caught": found.caught,
        "false": found.false,
    }


def match_known_errors(actor: Actor, asked: MatchesAsked) -> dict[str, Any]:
    """The known errors in force that fit the ticket, with the reasons in words."""
    number = number_in(asked.ticket)
    if number is None:
        raise NotFound
    ticket = page_row(actor, number)
    require(actor, Right.EVIDENCE_READ, desk_id=ticket.desk_id)
    return {
        "known_errors": [
            {
                "reference": one.ref,
                "title": one.title,
                "score": one.score,
                "reasons": list(one.reasons),
                "answer": one.answer,
                "lowest_tier": one.lowest_tier,
            }
            for one in diagnosis.matches_of(actor, ticket.pk)
        ]
    }
