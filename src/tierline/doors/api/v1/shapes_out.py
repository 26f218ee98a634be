"""What a program gets. `work` is for colleagues: null for everybody else."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets.queries import MessageRow, PageRow, QueueRow
from tierline.work.knowledge.models import Article
from tierline.work.knowledge.queries import FoundArticle


class RowWork(Schema):
    """The desk's side of a ticket in a list. `due_at` is the next clock to run out."""

    tier: int
    tiers_tried: list[int]
    offered_tier: int | None
    group: str | None
    assignee: str | None
    due_at: datetime | None
    due_kind: str
    clock: str
    last_word: str
    facts: dict[str, str]


class TicketWork(Schema):
    """The desk's side of a ticket. `resolution` is what the next one should know."""

    impact: int
    urgency: int
    tier: int
    tiers_tried: list[int]
    offered_tier: int | None
    group: str | None
    assignee: str | None
    facts: dict[str, str]
    resolution_code: str
    resolution: str
    resolved_tier: int | None
    reopened: int


class _AnyTicket(Schema):
    id: int
    reference: str
    kind: str
    title: str
    status: str
    waiting_for: str
    priority: int
    opened_at: datetime
    changed_at: datetime
    resolved_at: datetime | None
    requester: str
    organisation: str | None
    service: str | None


class TicketRow(_AnyTicket):
    """A ticket in a list."""

    work: RowWork | None


class TicketOut(_AnyTicket):
    """One ticket. `version` counts its timeline and is the ETag."""

    version: int
    merged_into: int | None = Field(description="The id of the ticket that this one went on in")
    work: TicketWork | None


class TicketPage(Schema):
    """A page of tickets; `next` is the cursor of the following one, null at the end."""

    items: list[TicketRow]
    next: str | None


class AttachmentOut(Schema):
    """A file that came with a message; `size` is in bytes."""

    id: int
    name: str
    content_type: str
    size: int


class EvidenceOut(Schema):
    """One file that was read; `masked` counts secrets by class, `sha256` is the hash of its original."""

    id: int
    name: str
    state: str
    sentence: str
    reason: str
    lines: int
    masked: dict[str, int]
    sha256: str
    retention: str
    original_removed_at: datetime | None


class MessageOut(Schema):
    """What was said, to exactly one audience."""

    id: int
    at: datetime
    direction: str
    audience: str
    author: str
    by_machine: bool
    channel: str
    text: str
    attachments: list[AttachmentOut]


class MessagePage(Schema):
    """A page of messages, oldest first."""

    items: list[MessageOut]
    next: int | None


class EntryOut(Schema):
    """One thing that happened. `data` is for colleagues: null for everybody else."""

    seq: int
    at: datetime
    kind: str
    actor: str
    on_behalf_of: str
    audience: str
    data: dict[str, Any] | None


class TimelinePage(Schema):
    """A page of the timeline, oldest first."""

    items: list[EntryOut]
    next: int | None


class HandoverOut(Schema):
    """A question on its way up; the ticket stays where it is until somebody there accepts."""

    reference: str
    ticket: str
    state: str
    mode: str
    from_tier: int
    to_tier: int
    group: str
    question: str
    overrides: dict[str, str]


class FoundOut(Schema):
    """An article that fits. `near`: not every word was found. `score` is 0 to 1."""

    id: int
    reference: str
    title: str
    snippet: str
    score: float
    near: bool


class ArticleOut(Schema):
    """An article. `cause` and `environment` are for colleagues: null for everybody else."""

    id: int
    reference: str
    title: str
    issue: str
    resolution: str
    environment: str | None
    cause: str | None
    confidence: str
    audience: str
    changed_at: datetime


class ArticleList(Schema):
    """Articles, the best first."""

    items: list[FoundOut]


class Found(Schema):
    """What fits, as far as you may see it."""

    tickets: list[TicketRow]
    articles: list[FoundOut]


class GroupOut(Schema):
    """A support group; `key` is its short name in requests."""

    key: str
    name: str
    tier: int
    desk: str
    members: int


class GroupList(Schema):
    """The active support groups, lowest tier first."""

    items: list[GroupOut]


class Me(Schema):
    """Who the token stands for."""

    id: int
    name: str
    email: str
    roles: list[str]
    organisation: str | None
    locale: str
    timezone: str
    groups: list[str]


class Problem(Schema):
    """What went wrong (RFC 9457). `code` is stable; `detail` is for people. Denied looks like missing."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str


def is_colleague(viewer: Actor) -> bool:
    """Whether the viewer works here."""
    return viewer.is_agent or viewer.is_machine


def sees_inside(viewer: Actor, desk_id: int) -> bool:
    """Whether the viewer sees a desk's side of its tickets: not of one they only asked something of."""
    return viewer.is_machine or (viewer.is_agent and desk_id in viewer.desk_ids)


def row_out(viewer: Actor, row: QueueRow) -> TicketRow:
    """A row of a list, as this viewer may see it."""
    work = RowWork.from_orm(row) if sees_inside(viewer, row.desk_id) else None
    return TicketRow(**_plain(row), work=work)


def own_out(row: QueueRow) -> TicketRow:
    """A ticket of one's own as a row: what the requester sees of it."""
    return TicketRow(**_plain(row), work=None)


def ticket_out(viewer: Actor, ticket: PageRow) -> TicketOut:
    """One ticket, as this viewer may see it."""
    work = TicketWork.from_orm(ticket) if sees_inside(viewer, ticket.desk_id) else None
    return TicketOut(**_plain(ticket), version=ticket.version, merged_into=ticket.merged_into_id, work=work)


def _plain(row: QueueRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _AnyTicket.model_fields}


def message_out(message: MessageRow) -> MessageOut:
    """A message with its files."""
    return MessageOut(
        id=message.id,
        at=message.created_at,
        direction=message.direction,
        audience=message.audience,
        author=message.author_label,
        by_machine=message.by_machine,
        channel=message.channel,
        text=message.text,
        attachments=[AttachmentOut.from_orm(file) for file in message.files],
    )


def entry_out(viewer: Actor, entry: TimelineEntry, desk_id: int) -> EntryOut:
    """A timeline entry, as this viewer may see it."""
    return EntryOut(
        seq=entry.seq,
        at=entry.at,
        kind=entry.kind,
        actor=entry.actor_label,
        on_behalf_of=entry.on_behalf_of,
        audience=entry.audience,
        data=entry.data if sees_inside(viewer, desk_id) else None,
    )


def found_out(found: FoundArticle) -> FoundOut:
    """A search result with its snippet as plain text."""
    return FoundOut(
        id=found.id,
        reference=found.reference,
        title=found.title,
        snippet="".join(piece.text for piece in found.snippet),
        score=found.score,
        near=found.near,
    )


def article_out(viewer: Actor, article: Article) -> ArticleOut:
    """An article, as this viewer may see it."""
    colleague = is_colleague(viewer)
    return ArticleOut(
        id=article.pk,
        reference=article.reference,
        title=article.title,
        issue=article.issue,
        resolution=article.resolution,
        environment=article.environment if colleague else None,
        cause=article.cause if colleague else None,
        confidence=article.confidence,
        audience=article.audience,
        changed_at=article.changed_at,
    )
