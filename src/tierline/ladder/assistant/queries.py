"""Reads of tier 0: what it may say, what it tried, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets import queries as ticket_queries
from tierline.desk.tickets.models import Ticket
from tierline.work.diagnosis import queries as diagnosis
from tierline.work.knowledge import queries as knowledge

from .models import Attempt, Conversation, Outcome, Turn
from .rules import VERSION, KnownMatch, OutcomeClass, Passage, shares

LEDGER_ANSWERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What tier 0 says in a conversation: `decision` is answer, ask or hand_over."""

    conversation_id: int
    turn_id: int
    decision: str
    text: str
    options: tuple[str, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What became of the last tickets tier 0 tried: counts and percentages by class, which add up to 100.0."""

    total: int
    counts: dict[OutcomeClass, int]
    percent: dict[OutcomeClass, float]
    conversations_solved: int
    conversations_passed_on: int


def passages_for(text: str) -> list[Passage]:
    """What tier 0 may use for an answer: published to requesters, nothing else."""
    return [
        Passage(
            article_id=found.article_id,
            reference=found.reference,
            title=found.title,
            text=found.text,
            score=found.score,
            missing=found.missing,
        )
        for found in knowledge.passages_for_requesters(text)
    ]


def matches_of(ticket: Ticket) -> list[KnownMatch]:
    """The known errors that the ticket's evidence matches, with what a requester may be told of them."""
    found = diagnosis.matches_of(Actor.machine("assistant", version=VERSION), ticket.pk)
    return [
        KnownMatch(
            known_error_id=match.known_error_id or 0,
            reference=match.ref,
            title=match.title,
            text=match.answer,
            score=match.score,
            lowest_tier=match.lowest_tier,
        )
        for match in found
    ]


def reply_of(turn: Turn, options: tuple[str, ...] = ()) -> Reply:
    """A turn of the assistant as the portal shows it."""
    return Reply(
        conversation_id=turn.conversation_id,
        turn_id=turn.pk,
        decision=turn.decision,
        text=turn.text,
        options=options,
        passages=tuple(Passage(**{**kept, "missing": tuple(kept["missing"])}) for kept in turn.passages),
    )


def conversation(viewer: Actor, conversation_id: int) -> tuple[Conversation, list[Turn]]:
    """One's own conversation with its turns, oldest first. Raises NotFound."""
    found = Conversation.objects.visible_to(viewer).select_related("ticket").filter(pk=conversation_id).first()
    if found is None:
        raise NotFound
    return found, list(found.turns.order_by("pk"))


def attempts(viewer: Actor, ticket_id: int) -> list[Attempt]:
    """What tier 0 tried on a ticket, oldest first; for staff."""
    require(viewer, Right.CONSOLE)
    ticket_queries.get(viewer, ticket_id)
    return list(Attempt.objects.filter(ticket_id=ticket_id).order_by("number"))


def outcome_of(viewer: Actor, ticket_id: int) -> OutcomeClass | None:
    """The current class of tier 0 on a ticket; None when it did not try."""
    ticket_queries.get(viewer, ticket_id)
    found = Outcome.objects.current().filter(ticket_id=ticket_id).first()
    return OutcomeClass(found.outcome) if found else None


def awaits_confirmation(viewer: Actor, ticket_id: int) -> bool:
    """Whether the requester may now say that an answer of tier 0 helped, or that it did not."""
    if outcome_of(viewer, ticket_id) is not OutcomeClass.PENDING:
        return False
    last = Attempt.objects.filter(ticket_id=ticket_id).order_by("-number").first()
    return last is not None and last.decision == "answer"


def ledger(since: datetime | None = None, last: int = LEDGER_ANSWERS) -> Ledger:
    """How honest tier 0 is: its last tickets by outcome class. Public to everyone: it is figures only."""
    recent = Outcome.objects.current().order_by("-pk")
    if since is not None:
        recent = recent.filter(at__gte=since)
    ids = recent.values("pk")[:last]
    rows = Outcome.objects.filter(pk__in=ids).values("outcome").annotate(n=Count("pk")).values_list("outcome", "n")
    counts = dict.fromkeys(OutcomeClass, 0) | {OutcomeClass(outcome): count for outcome, count in rows}
    ended = dict(
        Conversation.objects.exclude(ended="").values("ended").annotate(n=Count("pk")).values_list("ended", "n")
    )
    return Ledger(
        total=sum(counts.values()),
        counts=counts,
        percent=shares(counts),
        conversations_solved=ended.get("solved", 0),
        conversations_passed_on=ended.get("ticket", 0),
    )
