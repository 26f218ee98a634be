"""One ticket, with what was said and what happened."""

from datetime import timedelta

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Audience
from tierline.desk.tickets.models import Attachment, Draft, Message, Presence, Ticket

PRESENT_FOR = timedelta(seconds=30)


def get(viewer: Actor, ticket_id: int) -> Ticket:
    """One ticket with the names a page shows, in one statement. Raises NotFound, also for a forbidden one."""
    related = ("desk", "group", "assignee", "requester", "organisation", "service")
    found = Ticket.objects.visible_to(viewer).select_related(*related).filter(pk=ticket_id).first()
    if found is None:
        raise NotFound
    return found


def timeline(viewer: Actor, ticket_id: int, *, after: int = 0, limit: int | None = None) -> list[TimelineEntry]:
    """What happened to a visible ticket, oldest first; requesters see what is addressed to them.

    A page begins behind the entry `after` and has at most `limit` entries.
    """
    entries = TimelineEntry.objects.of("ticket", ticket_id)
    if after:
        entries = entries.filter(seq__gt=after)
    if not (viewer.is_agent or viewer.is_machine):
        get(viewer, ticket_id)
        entries = entries.for_audience(Audience.REQUESTER)
    return list(entries[:limit])


def messages(viewer: Actor, ticket_id: int, *, after: int = 0, limit: int | None = None) -> list[Message]:
    """What was said, oldest first, with attachments, in two statements. The caller has asked `get` before.

    A page begins behind the message `after` and has at most `limit` messages.
    """
    found = Message.objects.readable_by(viewer).select_related("author").prefetch_related("attachments")
    return list(found.filter(ticket_id=ticket_id, pk__gt=after).order_by("pk")[:limit])


def attachments(viewer: Actor, ticket_id: int) -> list[Attachment]:
    """Every file of the ticket that the viewer may see."""
    readable = Message.objects.readable_by(viewer).filter(ticket_id=ticket_id)
    return list(Attachment.objects.filter(ticket_id=ticket_id, message__in=readable).order_by("pk"))


def attachment(viewer: Actor, attachment_id: int) -> Attachment:
    """One file. Raises NotFound, also when its ticket or message is not for the viewer."""
    found = Attachment.objects.select_related("ticket", "message").filter(pk=attachment_id).first()
    if found is None:
        raise NotFound
    visible = Ticket.objects.visible_to(viewer).filter(pk=found.ticket_id)
    readable = Message.objects.readable_by(viewer).filter(pk=found.message_id)
    if not (visible.exists() and readable.exists()):
        raise NotFound
    return found


def own_requests(viewer: Actor, *, limit: int = 50) -> list[Ticket]:
    """What the viewer asked for, newest change first, for the portal."""
    mine = Ticket.objects.filter(requester_id=viewer.person_id).select_related("assignee", "service", "group")
    return list(mine.order_by("-changed_at")[:limit])


def draft_of(viewer: Actor, ticket_id: int) -> list[Draft]:
    """The drafts on a ticket, one's own first; colleagues' drafts can be taken over."""
    found = Draft.objects.filter(ticket_id=ticket_id).select_related("person")
    return sorted(found, key=lambda draft: (draft.person_id != viewer.person_id, draft.saved_at))


def others_here(viewer: Actor, ticket_id: int) -> list[Presence]:
    """Who else has looked at the ticket within the last half minute."""
    recent = Presence.objects.filter(ticket_id=ticket_id, seen_at__gt=clock.now() - PRESENT_FOR)
    return list(recent.exclude(person_id=viewer.person_id or 0).select_related("person"))
