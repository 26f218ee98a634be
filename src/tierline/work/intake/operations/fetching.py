"""Reading a mailbox: each message is stored and understood here first; only then is anything changed on the server.

What makes "exactly once" hold: the same bytes are one message (`receive`), each number of the folder is noted once (a
constraint), and what the message became is committed before its note, the note before the server hears of it. Killed at
any point, the next pass takes up what was not noted and settles what was.
"""

import hashlib
import imaplib
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from django.db.models.functions import Greatest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import one_line
from tierline.work.intake.errors import MailboxTrouble, TooLarge
from tierline.work.intake.models import After, Begin, Mailbox, MailboxMessage
from tierline.work.intake.rules.headers import parse_headers

from . import imap
from .incoming import MAX_MESSAGE, Received, receive

BATCH_BYTES = 2_000_000  # asked for at once; a larger message comes alone
BATCH_MESSAGES = 50
_WINDOW = 500  # numbers whose sizes are asked for at once
_HEADERS = 65_536  # bytes in which the Message-ID is looked for


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass over a mailbox did: messages taken, and those known from before the server counted anew."""

    taken: int = 0
    known: int = 0

    def __add__(self, other: "Pass") -> "Pass":
        return Pass(self.taken + other.taken, self.known + other.known)


class HandOver(Protocol):
    """How a message is received: at once, or on the threads of the mail receiver."""

    def __call__(self, content: bytes, *, desk_id: int, mailbox_id: int) -> "Future[Received]": ...


def fetch(client: IMAPClient, *, actor: Actor, mailbox: Mailbox, hand_over: HandOver | None = None) -> Pass:
    """Take everything that is new in the mailbox's folder over an open connection. Safe to repeat and to run twice.

    `hand_over` receives the messages of a batch, some at a time; without it they are received here, one by one.
    Raises MailboxTrouble, the library's and the network's errors, and the database's own when it is away; what was
    taken before stays taken.
    """
    validity, uid_next = imap.select(client, mailbox)
    _compare(client, mailbox, validity, uid_next)
    trouble = _settle(client, mailbox)  # told at the end: it must not keep new mail out
    done = Pass()
    for window in _windows(_new_uids(client, mailbox)):
        for batch in _batches(client, mailbox, window):
            done += _take(mailbox, _contents(client, mailbox, batch), hand_over or partial(_here, actor))
            _advance(mailbox, batch[-1])
            trouble = trouble or _settle(client, mailbox)
        _advance(mailbox, window[-1])
    if trouble is not None:
        raise trouble
    return done


def _compare(client: IMAPClient, mailbox: Mailbox, validity: int, uid_next: int) -> None:
    """Begin with a folder, or begin anew when the server has counted its messages anew (RFC 3501 §2.3.1.1)."""
    if mailbox.uid_validity == validity:
        return
    first = mailbox.uid_validity == 0
    mailbox.uid_validity, mailbox.last_uid, mailbox.first_uid = validity, 0, 0
    if first and mailbox.begin == Begin.NEW:
        present = [int(uid) for uid in client.search("ALL")]
        mailbox.first_uid = mailbox.last_uid = max(present, default=max(0, uid_next - 1))
        if present:
            newest = client.fetch([max(present)], ["INTERNALDATE"])
            mailbox.skip_until, mailbox.skip_validity = arrived(newest.get(max(present), {})), validity
    mailbox.save(update_fields=["uid_validity", "last_uid", "first_uid", "skip_until", "skip_validity"])


def arrived(fields: dict[bytes, Any]) -> Any:  # noqa: ANN401 (the library's date, or None)
    """When the server got a message."""
    found = fields.get(b"INTERNALDATE")
    return found.astimezone() if found is not None else None


def _new_uids(client: IMAPClient, mailbox: Mailbox) -> list[int]:
    """The numbers beyond those that are done, without what a killed pass has noted already."""
    # "n:*" names the last message even when its number is below n (RFC 3501 §6.4.8)
    found = {int(uid) for uid in client.search(["UID", f"{mailbox.last_uid + 1}:*"])}
    noted = MailboxMessage.objects.filter(
        mailbox=mailbox, uid_validity=mailbox.uid_validity, uid__gt=mailbox.last_uid
    ).values_list("uid", flat=True)
    return sorted(uid for uid in found.difference(noted) if uid > mailbox.last_uid)


def _windows(uids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(uids), _WINDOW):
        yield uids[start : start + _WINDOW]


def _batches(client: IMAPClient, mailbox: Mailbox, uids: list[int]) -> Iterator[list[int]]:
    """The numbers to ask for, some at once, never more bytes together than a batch may have."""
    about = client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
    batch: list[int] = []
    size = 0
    for uid in uids:
        if uid not in about or was_there_before(mailbox, about[uid]):
            continue  # taken away meanwhile, or older than this mailbox
        own = int(about[uid].get(b"RFC822.SIZE", 0))
        if own > MAX_MESSAGE:
            _note(mailbox, uid, problem=TooLarge.default)
            continue
        if batch and (size + own > BATCH_BYTES or len(batch) == BATCH_MESSAGES):
            yield batch
            batch, size = [], 0
        batch.append(uid)
        size += own
    if batch:
        yield batch


def was_there_before(mailbox: Mailbox, about: dict[bytes, Any]) -> bool:
    """Only after the server counted anew: what was there before the mailbox was connected is nobody's request."""
    if mailbox.skip_until is None or mailbox.skip_validity == mailbox.uid_validity:
        return False
    moment = arrived(about)
    return moment is not None and moment <= mailbox.skip_until


def _contents(client: IMAPClient, mailbox: Mailbox, uids: list[int]) -> list[tuple[int, bytes]]:
    try:
        found = client.fetch(uids, ["BODY.PEEK[]"])
    except IMAPClientError as problem:
        if isinstance(problem, imaplib.IMAP4.abort):
            raise  # the connection itself is gone
        if len(uids) == 1:  # one message that the server cannot hand over must not stop the mailbox
            _note(mailbox, uids[0], problem=f"The server does not hand it over: {problem}")
            return []
        return [one for uid in uids for one in _contents(client, mailbox, [uid])]
    return [(uid, bytes(found[uid][b"BODY[]"])) for uid in uids if uid in found and b"BODY[]" in found[uid]]


def _take(mailbox: Mailbox, contents: list[tuple[int, bytes]], hand_over: HandOver) -> Pass:
    """Receive some messages, and note each when it is here."""
    done = Pass()
    begun: list[tuple[int, str, str, Future[Received]]] = []
    for uid, content in contents:
        digest = hashlib.sha256(content).hexdigest()
        mail_id = parse_headers(content[:_HEADERS])[0].get("message-id").strip()[:900]
        twin = MailboxMessage.objects.same(mailbox, mail_id=mail_id, digest=digest).first()
        if twin is not None and twin.uid_validity != mailbox.uid_validity:
            _note(mailbox, uid, mail_id=mail_id, digest=digest, inbound_id=twin.inbound_id)
            done += Pass(known=1)
        else:
            taken = hand_over(content, desk_id=mailbox.desk_id, mailbox_id=mailbox.pk)
            begun.append((uid, mail_id, digest, taken))
    for uid, mail_id, digest, taken in begun:
        try:
            _note(mailbox, uid, mail_id=mail_id, digest=digest, inbound_id=taken.result().inbound_id)
            done += Pass(taken=1)
        except TooLarge as problem:
            _note(mailbox, uid, mail_id=mail_id, digest=digest, problem=problem.for_people())
    return done


def _here(actor: Actor, content: bytes, *, desk_id: int, mailbox_id: int) -> "Future[Received]":
    taken: Future[Received] = Future()
    try:
        taken.set_result(receive(actor=actor, content=content, desk_id=desk_id, mailbox_id=mailbox_id))
    except TooLarge as problem:
        taken.set_exception(problem)
    return taken


def _note(
    mailbox: Mailbox, uid: int, *, mail_id: str = "", digest: str = "", inbound_id: int | None = None, problem: str = ""
) -> None:
    """Remember that this number is done."""
    note = MailboxMessage(
        mailbox=mailbox,
        uid_validity=mailbox.uid_validity,
        uid=uid,
        mail_id=mail_id,
        digest=digest,
        inbound_id=inbound_id,
        problem=one_line(problem, 300),
        settled=bool(problem) or mailbox.after == After.KEEP,
        at=clock.now(),
    )
    # a conflict means that another process reads the same mailbox: it noted the same
    MailboxMessage.objects.bulk_create([note], ignore_conflicts=True)


def _advance(mailbox: Mailbox, uid: int) -> None:
    """Every number up to this one is done."""
    mailbox.last_uid = max(mailbox.last_uid, uid)
    same_count = Mailbox.objects.filter(pk=mailbox.pk, uid_validity=mailbox.uid_validity)
    same_count.update(last_uid=Greatest("last_uid", mailbox.last_uid))


def _settle(client: IMAPClient, mailbox: Mailbox) -> MailboxTrouble | None:
    """Do on the server what is to be done with messages that are safely here; a killed pass is made good.

    Returns why the server does not let us, if so.
    """
    try:
        _settle_now(client, mailbox)
    except MailboxTrouble as trouble:
        return trouble
    return None


def _settle_now(client: IMAPClient, mailbox: Mailbox) -> None:
    waiting = list(MailboxMessage.objects.unsettled(mailbox).order_by("uid").values_list("uid", flat=True)[:_WINDOW])
    if not waiting:
        return
    if mailbox.after == After.MARK:
        imap.mark_read(client, mailbox, waiting)
    elif mailbox.after == After.MOVE:
        there = [int(uid) for uid in client.search(["UID", ",".join(map(str, waiting))])]
        if there:
            imap.move_away(client, mailbox, there)
    MailboxMessage.objects.filter(mailbox=mailbox, uid_validity=mailbox.uid_validity, uid__in=waiting).update(
        settled=True
    )
