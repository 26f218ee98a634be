"""Tier 0 tries a ticket once, follows up on what the requester says, and hands over when it does not know."""

from dataclasses import asdict

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import clean
from tierline.core.timeline import queries as timeline
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Audience
from tierline.desk.people.models import Person
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as ticket_queries
from tierline.desk.tickets.models import Message, Ticket
from tierline.desk.tickets.rules import Status
from tierline.ladder.assistant.errors import NotWaitingForAnswer
from tierline.ladder.assistant.events import AnswerConfirmed, AnswerDeclined, Answered, Asked
from tierline.ladder.assistant.models import Attempt, Outcome
from tierline.ladder.assistant.queries import matches_of, passages_for
from tierline.ladder.assistant.rules import (
    ANSWER_THRESHOLD,
    COMES_BACK_WITHIN,
    RESOLVED,
    VERSION,
    Answer,
    Ask,
    Decision,
    Facts,
    HandOver,
    KnownMatch,
    OutcomeClass,
    Passage,
    decide,
    says_it_helped,
)
from tierline.work.knowledge import operations as knowledge
from tierline.work.knowledge.rules import LinkHow, in_requesters_words, question

from .ledger import current, hand_over, locked_ticket, machine, note, resolve, settle_as

DID_IT_HELP = "Did this solve it? Say yes and we close this; say no, or simply answer, and a person takes over."


def attempt(*, actor: Actor, ticket_id: int, cause: int | None = None) -> Attempt | None:
    """Try a new ticket once: answer, ask, or hand over. A second call returns the first attempt.

    None for a ticket that people have already, or that is over.
    """
    actor = holding(actor, Right.TICKET_WORK)
    with transaction.atomic():
        ticket = locked_ticket(ticket_id)
        if ticket is None:
            raise NotFound
        before = Attempt.objects.filter(ticket=ticket).order_by("number").first()
        if before is not None:
            return before
        if ticket.status != Status.NEW or ticket.group_id is not None:
            return None
        tickets.tier_tried(actor=machine(), ticket_id=ticket_id, tier=0)
        return _try(ticket, cause)


def _try(ticket: Ticket, cause: int | None, *, asked_before: bool = False) -> Attempt:
    asked = _question(ticket)
    passages, matches = passages_for(asked), matches_of(ticket)
    facts = Facts(priority=ticket.priority, asked_before=asked_before, by_machine=ticket.channel == "alert")
    decision = decide(passages=passages, matches=matches, facts=facts)
    made = _keep(ticket, asked, decision, passages, matches)
    _act(made, decision, cause)
    return made


def _question(ticket: Ticket) -> str:
    said = Message.objects.filter(ticket=ticket, direction="in", audience=Audience.REQUESTER).order_by("pk")
    first, *later = [in_requesters_words(text) for text in said.values_list("text", flat=True)] or [""]
    return question(ticket.title, " ".join([*later[-1:], first]))


def _keep(
    ticket: Ticket, asked: str, decision: Decision, passages: list[Passage], matches: list[KnownMatch]
) -> Attempt:
    word, says = _said(decision)
    ticket.refresh_from_db(fields=["version"])
    return Attempt.objects.create(
        ticket=ticket,
        number=Attempt.objects.filter(ticket=ticket).count() + 1,
        question=asked,
        decision=word,
        says=says,
        passages=[asdict(passage) for passage in passages],
        matches=[asdict(match) for match in matches],
        threshold=ANSWER_THRESHOLD,
        rules_version=VERSION,
        seq=ticket.version,
        at=clock.now(),
    )


def _said(decision: Decision) -> tuple[str, str]:
    match decision:
        case Answer():
            return "answer", decision.text
        case Ask():
            return "ask", "\n".join([decision.question, *(f"- {option}" for option in decision.options)])
        case HandOver():
            return "hand_over", decision.reason


def _act(made: Attempt, decision: Decision, cause: int | None) -> None:
    match decision:
        case Answer():
            payload = Answered(
                attempt_id=made.pk,
                citations=list(decision.citations),
                article_ids=list(decision.article_ids),
                known_error_ids=list(decision.known_error_ids),
                score=decision.score,
            )
            note(machine(), made, payload, cause)
            for article_id in decision.article_ids:
                knowledge.link(actor=machine(), ticket_id=made.ticket_id, article_id=article_id, how=LinkHow.CITED)
            _write(made, f"{made.says}\n\n{DID_IT_HELP}")
        case Ask():
            note(machine(), made, Asked(attempt_id=made.pk, question=made.says, why=decision.why), cause)
            _write(made, f"{made.says}\n\n{decision.why}")
        case HandOver():
            settle_as(made, OutcomeClass.HANDED_OVER, actor=machine())
            hand_over(made, reason=decision.reason, knows=decision.knows, cause=cause)


def _write(made: Attempt, text: str) -> None:
    if current(made.ticket_id) is None:
        settle_as(made, OutcomeClass.PENDING, actor=machine())
    tickets.reply(actor=machine(), ticket_id=made.ticket_id, text=text, wait=True)


def confirm(*, actor: Actor, ticket_id: int) -> Ticket:
    """The requester says that the answer solved it: resolved at tier 0 and closed. Saying so twice is fine.

    Raises NotFound for anybody but the requester, and NotWaitingForAnswer without an open answer.
    """
    with transaction.atomic():
        outcome = _open_answer(actor, ticket_id, also=RESOLVED)
        if outcome.outcome not in RESOLVED:
            _confirm(outcome.attempt, actor)
        return ticket_queries.get(actor, ticket_id)


def _confirm(made: Attempt, actor: Actor) -> None:
    note(actor, made, AnswerConfirmed(attempt_id=made.pk))
    settle_as(made, OutcomeClass.CONFIRMED, actor=actor)
    knowledge.say_helped(actor=machine(), ticket_id=made.ticket_id, helped=True)
    resolve(made)
    tickets.confirm(actor=actor, ticket_id=made.ticket_id)


def decline(*, actor: Actor, ticket_id: int, text: str = "") -> Ticket:
    """The requester says that it did not help: counted as failed, and a person takes over with what is known.

    Raises NotFound for anybody but the requester, and NotWaitingForAnswer without an open answer.
    """
    with transaction.atomic():
        outcome = _open_answer(actor, ticket_id)
        made = outcome.attempt
        note(actor, made, AnswerDeclined(attempt_id=made.pk))
        settle_as(made, OutcomeClass.FAILED, actor=actor)
        knowledge.say_helped(actor=machine(), ticket_id=ticket_id, helped=False)
        if clean(text).strip():
            author = Person.objects.get_queryset().get(pk=outcome.ticket.requester_id)
            tickets.receive_message(actor=actor, ticket_id=ticket_id, author=author, text=text)
        ticket = ticket_queries.get(actor, ticket_id)
        if ticket.group_id is None:  # people who have it already need no second triage
            hand_over(made, reason="The requester says that the answer did not help.", knows=_knows(made), cause=None)
        return ticket_queries.get(actor, ticket_id)


def _open_answer(actor: Actor, ticket_id: int, *, also: frozenset[OutcomeClass] = frozenset()) -> Outcome:
    ticket = ticket_queries.get(actor, ticket_id)
    if ticket.requester_id != actor.person_id:
        raise NotFound
    locked_ticket(ticket_id)
    outcome = current(ticket_id)
    if outcome is None or outcome.outcome not in {OutcomeClass.PENDING, *also}:
        raise NotWaitingForAnswer
    if _last(outcome.attempt).decision != "answer":
        raise NotWaitingForAnswer
    return outcome


def _last(made: Attempt) -> Attempt:
    return Attempt.objects.filter(ticket_id=made.ticket_id).order_by("-number")[0]


def follow_up(*, entry_id: int) -> None:
    """The requester wrote after tier 0 did.

    An answer to its question: try again. Plain words of success: confirmed. Everything else: a person.

    A solved or silent ticket that comes back within a week counts as failed. Safe to repeat.
    """
    entry = timeline.entry(entry_id)
    with transaction.atomic():
        ticket = locked_ticket(entry.subject_id)
        outcome = current(entry.subject_id)
        if ticket is None or outcome is None or ticket.group_id is not None:
            return
        made = _last(outcome.attempt)
        if entry.seq <= made.seq or _reacted(entry):
            return
        was = OutcomeClass(outcome.outcome)
        if was is OutcomeClass.PENDING:
            _hear(ticket, made, entry)
        elif was in RESOLVED or was is OutcomeClass.SILENT:
            _came_back(made, outcome, entry)


def _reacted(entry: TimelineEntry) -> bool:
    return TimelineEntry.objects.filter(cause=entry, kind__startswith="assistant.").exists()


def _hear(ticket: Ticket, made: Attempt, entry: TimelineEntry) -> None:
    if made.decision == "ask":
        _try(ticket, entry.pk, asked_before=True)
        return
    message = Message.objects.filter(pk=entry.data.get("message_id", 0)).first()
    author_is_requester = message is not None and message.author_id == ticket.requester_id
    if message is not None and author_is_requester and says_it_helped(in_requesters_words(message.text)):
        _confirm(made, Actor(label=message.author_label, person_id=message.author_id, roles=frozenset({"requester"})))
        return
    settle_as(made, OutcomeClass.HANDED_OVER, actor=machine())
    reason = "The requester wrote again after the answer of tier 0."
    hand_over(made, reason=reason, knows=_knows(made), cause=entry.pk)


def _came_back(made: Attempt, outcome: Outcome, entry: TimelineEntry) -> None:
    if entry.at <= outcome.at + COMES_BACK_WITHIN:
        settle_as(made, OutcomeClass.FAILED, actor=machine())
    hand_over(made, reason="The requester says that it came back.", knows=_knows(made), cause=entry.pk)


def _knows(made: Attempt) -> tuple[str, ...]:
    cited = [f"Tier 0 answered: {made.says}"] if made.decision == "answer" else []
    looked = [f"Looked at {p['reference']} ({p['score']:.2f}): {p['title']}" for p in made.passages[:3]]
    return (*cited, *looked)
