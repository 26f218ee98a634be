"""Reads for chats: the widgets for set-up, what was said for the visitor, whether somebody reads along."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.rules import Audience
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Message

from .models import Chat, ChatWidget
from .rules import READS_FOR

LINES = 200


def widgets(viewer: Actor) -> list[ChatWidget]:
    """All widgets by name. Raises NotFound without the right."""
    require(viewer, Right.SETUP)
    return list(ChatWidget.objects.select_related("desk").order_by("name"))


def widget(viewer: Actor, widget_id: int) -> ChatWidget:
    """One widget. Raises NotFound."""
    require(viewer, Right.SETUP)
    found = ChatWidget.objects.select_related("desk").filter(pk=widget_id).first()
    if found is None:
        raise NotFound
    return found


def by_key(key: str) -> ChatWidget:
    """The widget behind a public address. Raises NotFound."""
    found = ChatWidget.objects.filter(key=key).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing said in a chat: by `you` (the visitor), `assistant` or `desk`. `number` grows within its chat."""

    number: str
    by: str
    name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """All of a chat for its visitor. `state` is tier0, people, solved or left."""

    state: str
    reference: str
    lines: list[Line]
    newest: int


def said(chat: Chat) -> Said:
    """What the visitor of this chat may read: their conversation with tier 0, then what was said on its ticket."""
    talk = chat.conversation
    lines = [
        Line(
            number=f"t{turn.pk}",
            by="assistant" if turn.by_machine else "you",
            name="",
            text=turn.text,
            at=turn.at,
        )
        for turn in talk.turns.order_by("pk")[:LINES]
    ]
    newest = 0
    for message in _messages(chat):
        newest = message.pk
        by = "you" if message.direction == "in" else "assistant" if message.by_machine else "desk"
        lines.append(
            Line(number=f"m{message.pk}", by=by, name=message.author_label, text=message.text, at=message.created_at)
        )
    state = "left" if chat.left_at else "people" if talk.ticket_id else "solved" if talk.ended else "tier0"
    return Said(state=state, reference=talk.ticket.reference if talk.ticket else "", lines=lines, newest=newest)


def _messages(chat: Chat) -> list[Message]:
    """The public messages of the ticket, without the first, which repeats the conversation."""
    if chat.conversation.ticket_id is None:
        return []
    public = Message.objects.filter(ticket_id=chat.conversation.ticket_id, audience=Audience.REQUESTER)
    return list(public.order_by("pk")[1 : LINES + 1])


def reader_of(ticket_id: int) -> Chat | None:
    """The chat of a ticket whose visitor reads it now; None when answers have to go by mail."""
    since = clock.now() - timedelta(seconds=READS_FOR)
    return Chat.objects.filter(conversation__ticket_id=ticket_id, left_at=None, seen_at__gt=since).first()


def has_read(ticket_id: int, message_id: int) -> bool:
    """Whether the visitor's page was given this message."""
    return Chat.objects.filter(conversation__ticket_id=ticket_id, read__gte=message_id).exists()
