"""What is owed next on a ticket, in a few words for lists. Pure."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from tierline.desk.tickets.queries import QueueRow, SideRow
from tierline.doors.web import labels, words
from tierline.doors.web.shapes import Clock, Told, Tone

WARN_SHARE = 75  # percent of a target from which its clock is amber
LATE_SHARE = 100


def owed_next(row: QueueRow) -> str:
    """Say in a few words who owes what: the first rule that fits wins."""
    if row.resolved_at is not None:
        return _("Nothing, it is resolved")
    if row.offered_tier is not None:
        return _("Answer of tier %(tier)s to the hand-over") % {"tier": row.offered_tier}
    if row.status == "waiting":
        return _("Answer from %(whom)s") % {"whom": labels.waiting(row.waiting_for)}
    if row.assignee_id is None:
        return _("Somebody to take it")
    if row.last_word == "requester":
        return _("Answer to %(name)s") % {"name": row.requester}
    return _("Next step of tier %(tier)s") % {"tier": row.tier}


def clock_of(row: SideRow, now: datetime) -> Clock | None:
    """Give the clock that is due next as it stands now; None when none runs."""
    label = labels.metric(row.due_kind) if row.due_kind else ""
    if row.clock == "paused":
        return Clock(label, _("waiting"), 0, "hold")
    if row.due_at is None:
        return None
    left = (row.due_at - now).total_seconds()
    if left < 0:
        return Clock(label, _("%(time)s over") % {"time": words.span(left)}, 1, "bad")
    said = words.span(left) if left < words.DAY else words.when(row.due_at, now)
    tone: Tone = "warn" if row.clock_share >= WARN_SHARE else ""
    return Clock(label, said, row.clock_share / 100, tone)


def tags_of(row: QueueRow) -> list[Told]:
    """Small marks beside the reference: what an agent should know before opening it."""
    tags = []
    if row.reopened:
        tags.append(Told(_("opened again"), "warn"))
    if row.offered_tier is not None:
        tags.append(Told(_("to accept")))
    if row.service:
        tags.append(Told(row.service))
    return tags


def from_words(row: SideRow) -> str:
    """Say who asked: the person, with the organisation when there is one."""
    return ", ".join(part for part in (row.requester, row.organisation) if part)


def tried_of(row: QueueRow) -> Sequence[int]:
    """Give the tiers that had the ticket."""
    return row.tiers_tried
