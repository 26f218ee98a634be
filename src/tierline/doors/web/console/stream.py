"""The conversation of a ticket: what was said and what happened, in one order. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Payload
from tierline.desk.tickets.queries import MessageRow
from tierline.doors.web.console import kept

SAID = {
    "ticket.opened",
    "ticket.message_received",
    "ticket.replied",
    "ticket.note_added",
    "vendor.sent",
    "vendor.received",
}
QUIET = {"ticket.offered", "ticket.offer_ended", "ticket.tier_tried"}
TEXT_SHOWN = 6000  # characters of a message on the page; the rest is a click away
ITEMS_SHOWN = 60


@dataclass(frozen=True)
class Item:
    """One thing in the stream: a message or an event. ``fresh`` came after the version a form was made from.

    ``happened`` is what the entry says, None when this version cannot read it: then its kind has to tell.
    """

    at: datetime
    message: MessageRow | None = None
    entry: TimelineEntry | None = None
    happened: Payload | None = None
    fresh: bool = False

    @property
    def cut(self) -> bool:
        """Tell whether the message is longer than the page shows."""
        return self.message is not None and len(self.message.text) > TEXT_SHOWN

    @property
    def text(self) -> str:
        """Give what the page shows of the message."""
        return self.message.text[:TEXT_SHOWN] if self.message is not None else ""


def stream(
    messages: Iterable[MessageRow], entries: Sequence[TimelineEntry], *, seen_version: int | None = None
) -> list[Item]:
    """Put messages and events into the order in which they happened."""
    said_after = {
        kept.number_of(entry.data, "message_id")
        for entry in entries
        if entry.kind in SAID and seen_version is not None and entry.seq > seen_version
    }
    items = [Item(m.created_at, message=m, fresh=m.id in said_after) for m in messages]
    items += [
        Item(e.at, entry=e, happened=kept.happened(e), fresh=seen_version is not None and e.seq > seen_version)
        for e in entries
        if e.kind not in SAID and e.kind not in QUIET
    ]
    return sorted(items, key=lambda item: (item.at, item.entry is not None))
