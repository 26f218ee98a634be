"""Talking to tier 0 on the portal, without a ticket until it is needed."""

from dataclasses import asdict

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.ladder.assistant.errors import ConversationOver
from tierline.ladder.assistant.models import Attempt, Conversation, Turn
from tierline.ladder.assistant.queries import Reply, passages_for, reply_of
from tierline.ladder.assistant.rules import ANSWER_THRESHOLD, VERSION, Ask, Facts, OutcomeClass, decide
from tierline.work.knowledge.rules import in_requesters_words, question

from .attempts import _said
from .ledger import hand_over, machine, settle_as

_TURN_LIMIT = 4000
_TURNS = 60


def ask(*, actor: Actor, text: str, conversation_id: int | None = None) -> Reply:
    """Say something to tier 0 and get its answer, question or admission that it does not know.

    Without `conversation_id` a new conversation begins. Raises Invalid for nothing said, NotFound for another's
    conversation and ConversationOver for one that has ended.
    """
    require(actor, Right.PORTAL_SEARCH)
    words = clean(text, _TURN_LIMIT).strip()
    if not words:
        raise Invalid({"text": "Say what is wrong, in your own words."})
    with transaction.atomic():
        talk = _begin(actor) if conversation_id is None else _open(actor, conversation_id)
        turns = list(talk.turns.order_by("pk"))
        if len(turns) >= _TURNS:
            raise ConversationOver("This conversation has become long.", todo="Pass it on to a person.")
        Turn.objects.create(conversation=talk, by_machine=False, text=words, at=clock.now())
        asked_before = bool(turns) and turns[-1].decision == "ask"
        about = _about([turn.text for turn in turns if not turn.by_machine], words, joined=asked_before)
        passages = passages_for(about)
        decision = decide(passages=passages, matches=(), facts=Facts(asked_before=asked_before))
        word, says = _said(decision)
        turn = Turn.objects.create(
            conversation=talk,
            by_machine=True,
            text=says,
            decision=word,
            passages=[asdict(passage) for passage in passages],
            at=clock.now(),
        )
        return reply_of(turn, options=decision.options if isinstance(decision, Ask) else ())


def _about(before: list[str], now: str, *, joined: bool) -> str:
    """An answer to a question is understood together with what it answers."""
    return question(before[-1] if joined and before else "", now)


def solved(*, actor: Actor, conversation_id: int) -> Conversation:
    """The person says that this solved it; no ticket is needed."""
    with transaction.atomic():
        talk = _open(actor, conversation_id)
        talk.ended = "solved"
        talk.save(update_fields=["ended"])
        return talk


def pass_on(
    *, actor: Actor, conversation_id: int, text: str = "", desk: Desk | None = None, channel: str = "assistant"
) -> Ticket:
    """Make the conversation a ticket that a person looks at; `text` may replace the issue in the person's words.

    Passing on twice returns the same ticket. Raises NotFound, and Invalid when nothing was said.
    """
    with transaction.atomic():
        talk = _mine(actor, conversation_id)
        if talk.ticket is not None:
            return talk.ticket
        turns = list(talk.turns.order_by("pk"))
        said = [turn.text for turn in turns if not turn.by_machine]
        if not said:
            raise Invalid({"text": "Say what is wrong first."})
        issue = clean(text, _TURN_LIMIT).strip() or "\n\n".join(said)
        ticket = tickets.open_ticket(
            actor=actor,
            requester=talk.person,
            title=one_line(in_requesters_words(issue) or issue, 120),
            text=issue,
            channel=channel,
            desk=desk,
        )
        talk.ticket, talk.ended = ticket, "ticket"
        talk.save(update_fields=["ticket", "ended"])
        _tell_what_was_tried(ticket, turns, issue)
        return ticket


def _tell_what_was_tried(ticket: Ticket, turns: list[Turn], issue: str) -> None:
    answers = [turn for turn in turns if turn.by_machine]
    tickets.tier_tried(actor=machine(), ticket_id=ticket.pk, tier=0)
    ticket.refresh_from_db()
    made = Attempt.objects.create(
        ticket=ticket,
        number=1,
        question=issue,
        decision="hand_over",
        says="Passed on from a conversation.",
        passages=answers[-1].passages if answers else [],
        threshold=ANSWER_THRESHOLD,
        rules_version=VERSION,
        seq=ticket.version,
        at=clock.now(),
    )
    told = tuple(f"Tier 0 said: {one_line(turn.text, 300)}" for turn in answers)
    settle_as(made, OutcomeClass.HANDED_OVER, actor=machine())
    reason = "The person asked for a human after talking to tier 0."
    hand_over(made, reason=reason, knows=told, cause=None)


def _begin(actor: Actor) -> Conversation:
    if actor.person_id is None:
        raise NotFound
    return Conversation.objects.create(person_id=actor.person_id, started_at=clock.now())


def _mine(actor: Actor, conversation_id: int) -> Conversation:
    mine = Conversation.objects.visible_to(actor).select_for_update(of=("self",))
    talk = mine.filter(pk=conversation_id).first()
    if talk is None:
        raise NotFound
    return talk


def _open(actor: Actor, conversation_id: int) -> Conversation:
    talk = _mine(actor, conversation_id)
    if talk.ended:
        raise ConversationOver
    return talk
