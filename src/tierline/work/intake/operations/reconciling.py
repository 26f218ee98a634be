"""Server against desk: every message of a mailbox is accounted for, and what is missing has its name.

The sums: on the server = taken + refused + there before + waiting + missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, QuerySet
from imapclient import IMAPClient

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right, require
from tierline.work.intake.models import After, Mailbox, MailboxMessage
from tierline.work.intake.rules.headers import parse_headers

from . import imap
from .fetching import was_there_before

NAMED = 100  # messages that are named; the rest is counted
_AT_ONCE = 1000
_ID = b"BODY[HEADER.FIELDS (MESSAGE-ID)]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One mailbox, counted on both sides.

    `missing` were passed over by the count and never taken; `refused` cannot be had, with the reason; `left_behind`
    should have been moved and still lie there; `not_understood` are stored here without an outcome. Each is a list of
    {"uid", "message_id", "why"}.
    """

    on_server: int
    taken: int
    there_before: int
    waiting: int
    gone_from_server: int
    missing: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    left_behind: list[dict[str, Any]] = field(default_factory=list)
    not_understood: list[dict[str, Any]] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether somebody should look."""
        return bool(self.missing or self.refused or self.left_behind or self.not_understood)

    def to_data(self) -> dict[str, Any]:
        """For JSON: all counts, the names of at most `NAMED` of each kind."""
        names = ("missing", "refused", "left_behind", "not_understood")
        counts = {name: len(getattr(self, name)) for name in names}
        listed = {f"{name}_messages": getattr(self, name)[:NAMED] for name in names}
        sums = {
            "on_server": self.on_server,
            "taken": self.taken,
            "there_before": self.there_before,
            "waiting": self.waiting,
            "gone_from_server": self.gone_from_server,
        }
        return {**sums, **counts, **listed, "differs": self.differs}


def reconcile(*, actor: Actor, mailbox_id: int) -> Comparison:
    """Count one mailbox on the server and here, keep the result for its page, and have what is missing taken.

    Raises NotFound without the right, MailboxTrouble when the server cannot be asked.
    """
    require(actor, Right.QUARANTINE)
    mailbox = Mailbox.objects.filter(pk=mailbox_id).first()
    if mailbox is None:
        raise NotFound
    with imap.account(mailbox) as client:
        found = compare(client, mailbox)
    data = found.to_data()
    Mailbox.objects.filter(pk=mailbox.pk).update(compared=data, compared_at=clock.now())
    if found.missing:
        lowest = min(one["uid"] for one in found.missing)
        # noted ones are not taken again, so going back to the lowest brings exactly those that are missing
        same_count = Mailbox.objects.filter(pk=mailbox.pk, uid_validity=mailbox.uid_validity)
        same_count.update(last_uid=lowest - 1, revision=F("revision") + 1)
    return found


def queue_comparisons(*, actor: Actor, mailbox_id: int | None = None) -> int:
    """Ask for the comparison of one mailbox, or of all active ones. Returns of how many. Raises NotFound."""
    require(actor, Right.QUARANTINE)
    wanted = Mailbox.objects.active() if mailbox_id is None else Mailbox.objects.filter(pk=mailbox_id)
    ids = list(wanted.values_list("pk", flat=True))
    if mailbox_id is not None and not ids:
        raise NotFound
    for one in ids:
        jobs.enqueue("intake.reconcile", lock=f"intake.reconcile:{one}", mailbox_id=one)
    return len(ids)


def compare(client: IMAPClient, mailbox: Mailbox) -> Comparison:
    """Both sides of one mailbox over an open connection."""
    validity, _ = imap.select(client, mailbox)
    there = {int(uid) for uid in client.search("ALL")}
    noted = MailboxMessage.objects.filter(mailbox=mailbox, uid_validity=validity).order_by("uid")
    known = set(noted.values_list("uid", flat=True).iterator())
    unknown = sorted(there - known)
    begun = validity == mailbox.uid_validity
    waiting = [uid for uid in unknown if not begun or uid > mailbox.last_uid]
    passed = [uid for uid in unknown if begun and uid <= mailbox.last_uid]
    older = _older(client, mailbox, passed)
    refused = [one for one in _told(noted.exclude(problem="")) if one["uid"] in there]
    moved = noted.filter(settled=True, problem="") if mailbox.after == After.MOVE else noted.none()
    return Comparison(
        on_server=len(there),
        taken=len(there & known) - len(refused),
        there_before=len(older),
        waiting=len(waiting),
        gone_from_server=len(known - there),
        missing=_named(client, [uid for uid in passed if uid not in older]),
        refused=refused,
        left_behind=[one for one in _told(moved, "not moved") if one["uid"] in there],
        not_understood=list(_told(noted.filter(inbound__outcome=""), "stored, not understood yet")),
    )


def _told(notes: "QuerySet[MailboxMessage]", why: str = "") -> Iterator[dict[str, Any]]:
    """Each note in words, one after the other: a mailbox may have had a million messages."""
    for uid, mail_id, problem in notes.values_list("uid", "mail_id", "problem").iterator():
        yield {"uid": uid, "message_id": mail_id, "why": why or problem}


def _older(client: IMAPClient, mailbox: Mailbox, uids: list[int]) -> set[int]:
    """Which of these were there before the mailbox was connected."""
    if mailbox.first_uid:
        return {uid for uid in uids if uid <= mailbox.first_uid}
    found: set[int] = set()
    for start in range(0, len(uids), _AT_ONCE):
        about = client.fetch(uids[start : start + _AT_ONCE], ["INTERNALDATE"])
        found |= {int(uid) for uid, fields in about.items() if was_there_before(mailbox, fields)}
    return found


def _named(client: IMAPClient, uids: list[int]) -> list[dict[str, Any]]:
    if not uids:
        return []
    about = client.fetch(uids[:NAMED], ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"])
    ids = {
        int(uid): parse_headers(bytes(fields.get(_ID, b"")))[0].get("message-id").strip()
        for uid, fields in about.items()
    }
    return [{"uid": uid, "message_id": ids.get(uid, ""), "why": "never taken"} for uid in uids]
