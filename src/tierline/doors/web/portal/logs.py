"""What became of the logs a requester sent: what was hidden in them, and what they say."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.kinds import may_hold_logs
from tierline.desk.tickets.queries import FileRow, MessageRow, PageRow, others_reading
from tierline.doors.web import words
from tierline.work.diagnosis import queries as diagnosis
from tierline.work.diagnosis.queries import EvidenceRow, Progress

_NEW = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Log:
    """One log: `hidden` are classes of private details with their counts, never the details.

    `share_href` is where its sender says whether those who read along have it, empty where there is nobody or it is
    not theirs to say; `shared` is what they said. While it is being read, `share` (0 to 1) is how far that is.
    """

    name: str
    href: str
    size: int
    hidden: tuple[tuple[str, int], ...]
    hidden_words: str
    finding: str
    mine: bool
    shared: bool
    share_href: str
    removed_at: datetime | None
    share: float | None = None


def logs(viewer: Actor, ticket: PageRow, messages: Sequence[MessageRow]) -> list[Log]:
    """The logs of one's own request, oldest first."""
    files = {file.id: (file, message) for message in messages for file in message.files}
    visible = {row.attachment_id for row in diagnosis.evidence_of(viewer, ticket.pk)} & files.keys()
    waiting = _not_begun(viewer, ticket, messages, visible)
    if not visible:
        return waiting
    # how much was hidden is the requester's to know; only counts are taken from the full rows
    full = diagnosis.evidence_of(Actor.machine("portal"), ticket.pk)
    others = others_reading(ticket.pk, viewer.person_id)
    begun = [
        _log(ticket, row, *files[row.attachment_id], viewer=viewer, others=others)
        for row in full
        if row.attachment_id in visible
    ]
    return begun + waiting


def _not_begun(viewer: Actor, ticket: PageRow, messages: Sequence[MessageRow], begun: Collection[int]) -> list[Log]:
    """What was sent a moment ago, and no reader has taken yet."""
    since = clock.now() - _NEW
    fresh = [(file, one) for one in messages if one.direction == "in" and one.created_at > since for file in one.files]
    return [
        Log(
            name=file.name,
            href=reverse("portal:file", args=[ticket.reference, file.id]),
            size=file.size,
            hidden=(),
            hidden_words="",
            finding=_("We begin to read it in a moment."),
            mine=said.author_id == viewer.person_id,
            shared=not file.apart,
            share_href="",
            removed_at=None,
            share=0.0,
        )
        for file, said in fresh
        if file.id not in begun and file.removed_at is None and may_hold_logs(file.name, file.content_type)
    ]


def _log(ticket: PageRow, row: EvidenceRow, file: FileRow, said: MessageRow, *, viewer: Actor, others: bool) -> Log:
    mine = said.direction == "in" and said.author_id == viewer.person_id
    hidden = tuple(sorted(((hidden_class(name), count) for name, count in row.masked.items()), key=lambda one: -one[1]))
    total = sum(count for _name, count in hidden)
    return Log(
        name=row.name,
        href="" if row.removed_at else reverse("portal:file", args=[ticket.reference, row.attachment_id]),
        removed_at=row.removed_at,
        size=row.size if row.state == "ready" else file.size,
        hidden=hidden,
        hidden_words=hidden_words(total) if row.state == "ready" else "",
        finding=_far(row.progress) if row.state == "pending" else finding(row.state, row.lines, row.reason),
        share=(row.progress.share if row.progress else 0.0) if row.state == "pending" else None,
        mine=mine,
        shared=not file.apart,
        share_href=reverse("portal:share", args=[ticket.reference, row.attachment_id])
        if mine and others and not row.removed_at
        else "",
    )


def _far(progress: Progress | None) -> str:
    """How far reading is, and that nobody has to wait for it."""
    if progress is None:
        return _("We are reading it.")
    return _("We are reading it, and hide what is private as we go: %(share)s are done.") % {
        "share": words.percent(progress.share)
    }


def hidden_words(total: int) -> str:
    """How many private details nobody will read."""
    if not total:
        return _("There was nothing private in it.")
    return ngettext(
        "We hid %(n)s private detail before anyone could read it.",
        "We hid %(n)s private details before anyone could read it.",
        total,
    ) % {"n": total}


def finding(state: str, lines: int, reason: str) -> str:
    """What came of reading it, in a requester's words; what is unusual in it is for those who help."""
    if state == "pending":
        return _("We are reading it.")
    if state == "refused":
        return _("We could not read it as a log: %(reason)s") % {"reason": reason}
    return ngettext(
        "We read its one line. Whoever helps you sees at once what is unusual in it.",
        "We read all %(n)s lines. Whoever helps you sees at once what is unusual in them.",
        lines,
    ) % {"n": lines}


def hidden_class(name: str) -> str:
    """A class of private details in words; an unknown one keeps its own name."""
    known = {
        "account": _("Names of accounts"),
        "address": _("Network addresses"),
        "card": _("Card numbers"),
        "company": _("Names of organisations"),
        "cookie": _("Cookies"),
        "email": _("E-mail addresses"),
        "id": _("Personal numbers"),
        "key": _("Keys"),
        "password": _("Passwords"),
        "person": _("Names"),
        "phone": _("Phone numbers"),
        "token": _("Access tokens"),
    }
    return known.get(name, name.replace("_", " "))
