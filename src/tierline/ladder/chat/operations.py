"""The verbs of chats: a visitor writes, tier 0 answers, people take over, the chat ends."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.core import signing
from django.db import IntegrityError, transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import REQUESTER, Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.ladder.assistant import operations as assistant

from .errors import ChatOver
from .events import ChatPassedOn, VisitorLeft
from .models import Chat, ChatWidget
from .queries import Said, by_key, said
from .rules import GONE_AFTER, ORIGINS, at_the_end, origin_of

TEXT = 4000  # characters of one message
TOKEN_GOOD_FOR = 24 * 3600  # seconds
SALT = "tierline chat 1"
MACHINE = "chat"


def add_widget(*, actor: Actor, name: str, desk_id: int, origins: Sequence[str], answers: bool = True) -> ChatWidget:
    """Offer a chat to the pages of these origins. Raises NotFound without the right, and Invalid."""
    require(actor, Right.SETUP)
    given = [one for one in origins if one.strip()][: ORIGINS + 1]
    wrong = [one for one in given if not origin_of(one)]
    faults = {}
    if not one_line(name):
        faults["name"] = "Give it a name, such as the site's own."
    if wrong or not given or len(given) > ORIGINS:
        faults["origins"] = f"Up to {ORIGINS} origins such as https://www.example.org, one on each line."
    if not Desk.objects.filter(pk=desk_id).exists():
        faults["desk"] = "There is no such desk."
    if faults:
        raise Invalid(faults)
    try:
        with transaction.atomic():
            return ChatWidget.objects.create(
                name=one_line(name, 80),
                desk_id=desk_id,
                key=secrets.token_urlsafe(9),
                origins=list(dict.fromkeys(origin_of(one) for one in given)),
                answers=answers,
                created_at=clock.now(),
            )
    except IntegrityError as problem:
        raise Invalid({"name": "There is a chat with this name already."}) from problem


def remove_widget(*, actor: Actor, widget_id: int) -> None:
    """Show this chat nowhere any more; what was said stays. Raises NotFound."""
    require(actor, Right.SETUP)
    deleted, _ = ChatWidget.objects.filter(pk=widget_id).delete()
    if not deleted:
        raise NotFound


def begin(*, actor: Actor, key: str, email: str, name: str, text: str) -> tuple[Chat, str]:
    """A visitor writes for the first time. Returns the chat and the token that only its visitor gets.

    Raises NotFound for no such widget, and Invalid.
    """
    widget = by_key(key)
    with transaction.atomic():
        person = people.ensure_requester(actor=actor, email=email, name=one_line(name, 120))
        visitor = Actor(label=person.name, person_id=person.pk, roles=frozenset({REQUESTER}))
        reply = assistant.ask(actor=visitor, text=clean(text, TEXT))
        now = clock.now()
        chat = Chat.objects.create(widget=widget, conversation_id=reply.conversation_id, started_at=now, seen_at=now)
        if not widget.answers:
            _pass_on(chat, "This chat leads to people at once.")
        elif reply.decision == "hand_over":
            _pass_on(chat, "Tier 0 did not know an answer.")
        return chat, signing.dumps(chat.pk, salt=SALT)


def _by_token(token: str) -> Chat:
    try:
        pk = signing.loads(token, salt=SALT, max_age=TOKEN_GOOD_FOR)
    except signing.BadSignature:
        raise NotFound from None
    chats = Chat.objects.select_related("conversation__ticket", "conversation__person", "widget__desk")
    chat = chats.select_for_update(of=("self",)).filter(pk=pk).first()
    if chat is None:
        raise NotFound
    return chat


def _visitor(chat: Chat) -> Actor:
    person = chat.conversation.person
    return Actor(label=person.name, person_id=person.pk, roles=frozenset({REQUESTER}))


def say(*, actor: Actor, token: str, text: str) -> Chat:
    """The visitor goes on: to tier 0, or on the ticket that the chat has become.

    Raises NotFound for a token that is wrong or older than a day, Invalid for nothing said, and ChatOver.
    """
    del actor  # the token says who it is
    words = clean(text, TEXT).strip()
    if not words:
        raise Invalid({"text": "Write a message first."})
    with transaction.atomic():
        chat = _by_token(token)
        if chat.left_at is not None or chat.conversation.ended == "solved":
            raise ChatOver
        talk, visitor = chat.conversation, _visitor(chat)
        if talk.ticket is not None:
            tickets.receive_message(
                actor=visitor, ticket_id=talk.ticket.pk, author=talk.person, text=words, channel=MACHINE
            )
            return chat
        reply = assistant.ask(actor=visitor, text=words, conversation_id=talk.pk)
        if reply.decision == "hand_over":
            _pass_on(chat, "Tier 0 did not know an answer.")
        return chat


def ask_for_people(*, actor: Actor, token: str) -> Ticket:
    """The visitor wants a person. Asking twice gives the same ticket. Raises NotFound, ChatOver."""
    del actor
    with transaction.atomic():
        chat = _by_token(token)
        if chat.left_at is not None or chat.conversation.ended == "solved":
            raise ChatOver
        return _pass_on(chat, "The visitor asked for a person.")


def _pass_on(chat: Chat, why: str) -> Ticket:
    known = chat.conversation.ticket_id
    ticket = assistant.pass_on(
        actor=_visitor(chat),
        conversation_id=chat.conversation_id,
        desk=chat.widget.desk if chat.widget else None,
        channel=MACHINE,
    )
    if known is None:
        payload = ChatPassedOn(widget=chat.widget.name if chat.widget else "", why=why)
        tickets.note_event(actor=Actor.machine(MACHINE), ticket_id=ticket.pk, payload=payload)
    chat.conversation.refresh_from_db()
    return ticket


def solved(*, actor: Actor, token: str) -> None:
    """The visitor says that tier 0 solved it. Raises NotFound, ConversationOver."""
    del actor
    with transaction.atomic():
        chat = _by_token(token)
        assistant.solved(actor=_visitor(chat), conversation_id=chat.conversation_id)


def leave(*, actor: Actor, token: str) -> Chat:
    """The visitor ends the chat; what is not solved becomes a ticket. Safe to repeat. Raises NotFound."""
    del actor
    with transaction.atomic():
        chat = _by_token(token)
        _end(chat, asked_to=True)
        return chat


def end_silent(*, actor: Actor) -> int:
    """End the chats whose visitors have asked for no news for ten minutes; returns how many."""
    del actor
    before = clock.now() - timedelta(seconds=GONE_AFTER)
    gone = Chat.objects.filter(left_at=None, seen_at__lt=before).order_by("pk").values_list("pk", flat=True)
    count = 0
    for pk in list(gone[:500]):
        with transaction.atomic():
            chats = Chat.objects.select_related("conversation__ticket", "conversation__person", "widget__desk")
            chat = chats.select_for_update(of=("self",)).get(pk=pk)
            if chat.left_at is None:
                _end(chat, asked_to=False)
                count += 1
    return count


def _end(chat: Chat, *, asked_to: bool) -> None:
    if chat.left_at is not None:
        return
    talk = chat.conversation
    last = talk.turns.order_by("-pk").first()
    end = at_the_end(asked_to=asked_to, last_decision=last.decision if last else "")
    if talk.ticket is not None:
        tickets.note_event(actor=Actor.machine(MACHINE), ticket_id=talk.ticket.pk, payload=VisitorLeft())
    elif not talk.ended and end.ticket:
        _pass_on(chat, end.why)
    chat.left_at = clock.now()
    chat.save(update_fields=["left_at"])


def news(*, actor: Actor, token: str) -> Said:
    """All that was said, for the visitor's page, which thereby tells that somebody reads. Raises NotFound."""
    del actor
    with transaction.atomic():
        chat = _by_token(token)
        told = said(chat)
        chat.seen_at, chat.read = clock.now(), max(chat.read, told.newest)
        chat.save(update_fields=["seen_at", "read"])
        return told
