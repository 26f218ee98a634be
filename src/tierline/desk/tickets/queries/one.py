"""One ticket, with what was said and what happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tierline.core.kernel import clock, rows
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.queries import entries
from tierline.core.timeline.rules import Audience
from tierline.desk.tickets.models import Attachment, Follower, Presence, Ticket

from .rows import PageRow, read

PRESENT_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file as it is listed; `size` is in bytes. One that is `apart` is there for its sender and the desk only.

    After `removed_at` its bytes are gone.
    """

    id: int
    name: str
    content_type: str
    size: int
    apart: bool = False
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """What was said, to exactly one audience, with its files. `author_title` is what the author does here."""

    id: int
    audience: str
    direction: str
    author_id: int | None
    author_label: str
    author_title: str | None
    by_machine: bool
    channel: str
    text: str
    html: str
    created_at: datetime
    files: tuple[FileRow, ...]


_MESSAGES = """
SELECT m.id, m.audience, m.direction, m.author_id, m.author_label,
       (SELECT job_title FROM people_person WHERE id = m.author_id) AS author_title,
       m.by_machine, m.channel, m.text, m.html, m.created_at
  FROM tickets_message AS m
 WHERE m.ticket_id = %s AND m.id > %s AND (m.audience = 'requester' OR {inside})
 ORDER BY m.id LIMIT %s"""
# Staff who asked for something on a desk that is not theirs read what its requesters read.
_INSIDE = "EXISTS (SELECT FROM tickets_ticket WHERE id = %s AND desk_id = ANY(%s))"
_ENTRIES = f"""
subject_kind = 'ticket' AND subject_id = %s AND seq > %s AND (audience = 'requester' OR {_INSIDE})
 ORDER BY seq LIMIT %s"""
# The same rule as `AttachmentQuerySet.readable_by`, of a ticket that the caller sees.
_FILES = """
SELECT a.message_id, a.id, a.name, a.content_type, a.size, a.apart, a.removed_at
  FROM tickets_attachment AS a
 WHERE a.ticket_id = %s AND (NOT a.apart OR {inside}
       OR EXISTS (SELECT FROM tickets_message WHERE id = a.message_id AND author_id = %s))
 ORDER BY a.id"""


def get(viewer: Actor, ticket_id: int) -> Ticket:
    """One ticket, to work with. Raises NotFound, also for a forbidden one."""
    if viewer.is_machine:  # sees everything: the plain row, for what runs with every message
        found = rows.first(Ticket, "id = %s", [ticket_id])
    else:
        found = next(iter(Ticket.objects.visible_to(viewer).filter(pk=ticket_id)), None)
    if found is None:
        raise NotFound
    return found


def is_visible(viewer: Actor, ticket_id: int) -> bool:
    """Whether the viewer may see the ticket, if there is one."""
    return Ticket.objects.visible_to(viewer).filter(pk=ticket_id).exists()


def page_row(viewer: Actor, ticket_id: int) -> PageRow:
    """One ticket with the names its page shows, in one statement. Raises NotFound, also for a forbidden one."""
    visible, params = Ticket.objects.visible_to(viewer).filter(pk=ticket_id).values("pk").query.sql_with_params()
    found = read(PageRow, f"t.id = ANY(ARRAY({visible}))", params)
    if not found:
        raise NotFound
    return found[0]


def timeline(viewer: Actor, ticket_id: int, *, after: int = 0, limit: int | None = None) -> list[TimelineEntry]:
    """What happened to a visible ticket, oldest first; whoever is not of its desk sees what requesters may read.

    A page begins behind the entry `after` and has at most `limit` entries.
    """
    if viewer.is_machine:
        return entries("ticket", ticket_id, after=after, limit=limit)
    if viewer.is_agent:
        return rows.every(TimelineEntry, _ENTRIES, [ticket_id, after, ticket_id, sorted(viewer.desk_ids), limit])
    get(viewer, ticket_id)
    return entries("ticket", ticket_id, audiences=[Audience.REQUESTER], after=after, limit=limit)


def messages(viewer: Actor, ticket_id: int, *, after: int = 0, limit: int | None = None) -> list[MessageRow]:
    """What was said, oldest first, with its files, in two statements. The caller has asked for the ticket before.

    A page begins behind the message `after` and has at most `limit` messages.
    """
    inside, desks = ("true", []) if viewer.is_machine else (_INSIDE, [ticket_id, sorted(viewer.desk_ids)])
    said = rows.run(_MESSAGES.format(inside=inside), [ticket_id, after, *desks, limit]).fetchall()
    files: dict[int, list[FileRow]] = {}
    listed = rows.run(_FILES.format(inside=inside), [ticket_id, *desks, viewer.person_id or 0])
    for message_id, *values in listed.fetchall():
        files.setdefault(message_id, []).append(FileRow(*values))
    return [MessageRow(*(*values, tuple(files.get(values[0], ())))) for values in said]


def attachments(viewer: Actor, ticket_id: int) -> list[Attachment]:
    """Every file of the ticket that the viewer may see."""
    return list(Attachment.objects.readable_by(viewer).filter(ticket_id=ticket_id).order_by("pk"))


def attachment(viewer: Actor, attachment_id: int) -> Attachment:
    """One file. Raises NotFound, also when it, its ticket or its message is not for the viewer."""
    readable = Attachment.objects.readable_by(viewer).select_related("ticket", "message")
    found = readable.filter(pk=attachment_id).first()
    if found is None:
        raise NotFound
    return found


def others_reading(ticket_id: int, person_id: int | None) -> bool:
    """Whether somebody outside the desk reads along with this person."""
    followers = Follower.objects.filter(ticket_id=ticket_id).exclude(person_id=person_id or 0)
    asked = Ticket.objects.filter(pk=ticket_id).exclude(requester_id=person_id or 0)
    return followers.exists() or asked.exists()


@dataclass(frozen=True, slots=True)
class DraftRow:
    """What somebody has typed and not sent."""

    id: int
    person_id: int
    person: str
    audience: str
    text: str
    saved_at: datetime


_DRAFTS = """
SELECT d.id, d.person_id, p.name, d.audience, d.text, d.saved_at
  FROM tickets_draft AS d JOIN people_person AS p ON p.id = d.person_id
 WHERE d.ticket_id = %s ORDER BY d.person_id <> %s, d.saved_at"""


def drafts_of(viewer: Actor, ticket_id: int) -> list[DraftRow]:
    """The drafts on a ticket, one's own first; colleagues' drafts can be taken over."""
    return [DraftRow(*values) for values in rows.run(_DRAFTS, [ticket_id, viewer.person_id or 0]).fetchall()]


def others_here(viewer: Actor, ticket_id: int) -> list[Presence]:
    """Who else has looked at the ticket within the last half minute."""
    recent = Presence.objects.filter(ticket_id=ticket_id, seen_at__gt=clock.now() - PRESENT_FOR)
    return list(recent.exclude(person_id=viewer.person_id or 0).select_related("person"))
