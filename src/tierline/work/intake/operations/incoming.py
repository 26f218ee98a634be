"""Mail on its way in: stored first and byte for byte, understood second, each message by itself."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import F

from tierline.core.kernel import clock, rows, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound, TierlineError
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, require
from tierline.work.intake.errors import NotIgnored, TooLarge
from tierline.work.intake.models import InboundMessage, Outcome
from tierline.work.intake.rules import names_itself, parse

from .addresses import is_address
from .deciding import ByHand, decide
from .known import forget
from .quarantine import locked

log = logging.getLogger(__name__)

MAX_MESSAGE = 150 * 1024 * 1024  # bytes
UNFINISHED_AFTER = timedelta(minutes=2)
LOOKS = 3  # processes that a message may end
_NEVER_CAME_BACK = "Reading it ended the program each time. It is kept as it came; an administrator can download it."
_AWAY = ("08", "53", "57", "58")  # PostgreSQL's classes of errors: connection, resources, shut down, system
_TRIES = 3  # two copies of one message may be understood at the same moment; the second then sees the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of one message, for the program that handed it over.

    `ticket` is the reference or None; `auto_reply` says that an acknowledgement may go out for it.
    """

    inbound_id: int
    outcome: str
    ticket: str | None
    reason: str
    auto_reply: bool


def store(*, actor: Actor, content: bytes, channel: str = "mail") -> InboundMessage:
    """Keep the message byte for byte. The same bytes by the same channel are one message.

    Call it outside of a transaction: what it stored is then safe whatever happens next. Raises TooLarge over
    `MAX_MESSAGE` bytes.
    """
    del actor  # whoever hands it over: nothing is decided here
    return _store(content, channel, confirm=True)[0]


def understand(*, actor: Actor, inbound_id: int) -> InboundMessage:
    """Give a stored message its outcome; one that has it already is returned as it is.

    Whatever goes wrong with the message itself puts it into quarantine with the reason. Only a database that is away
    raises: the message then stays stored and is taken up again. Raises NotFound.
    """
    return _understand(actor, inbound_id)


def receive(
    *,
    actor: Actor,
    content: bytes,
    channel: str = "mail",
    desk_id: int | None = None,
    mailbox_id: int | None = None,
    delivery: str = "",
) -> Received:
    """Store and understand one message. Raises TooLarge, and the database's own errors when it is away.

    `desk_id` is the desk whose mailbox or address it came to; without it the recipients in the message decide.
    `mailbox_id` is the mailbox it came by, whose mail server then says who may speak as whom. `delivery` names this
    delivery: the same bytes are another message when another delivery brings them and nothing in them says that they
    are the same (`names_itself`).

    When it returns, both are on disk. A message that kills the process while it is understood is stored already; only
    a machine that fails in these milliseconds may forget it, and then nobody was told that it was taken.
    """
    inbound, is_new = _store(content, channel, desk_id, mailbox_id, delivery, confirm=False)
    return _received(_understand(actor, inbound.pk, content=content, fresh=inbound if is_new else None))


def keep_unread(*, actor: Actor, content: bytes, reason: str, delivery: str = "") -> Received:
    """Store a message and put it into quarantine without looking into it, unless it has an outcome already.

    For one that ends whoever looks into it. Raises TooLarge, and the database's own errors.
    """
    del actor  # as for `store`
    inbound, _ = _store(content, "mail", delivery=delivery, confirm=True)
    with transaction.atomic():
        kept = InboundMessage.objects.select_for_update().get(pk=inbound.pk)
        return _received(kept if kept.outcome else _quarantine(kept.pk, reason))


def is_away(problem: BaseException) -> bool:
    """Whether it was the database, the disk or another service that failed, and not the message: it may go later."""
    if isinstance(problem, TierlineError):
        return not problem.permanent
    if isinstance(problem, OperationalError | InterfaceError):
        state = getattr(problem.__cause__, "sqlstate", None)
        return state is None or state[:2] in _AWAY
    return isinstance(problem, OSError)


def release(*, actor: Actor, inbound_id: int, sender: str = "") -> Received:
    """Understand a message in quarantine anew, after what was wrong has been put right.

    `sender` is the address to take it from, where it names none. Raises NotFound without the right, NotInQuarantine,
    and Invalid for an address that is none.
    """
    require(actor, Right.QUARANTINE)
    if sender and not is_address(sender):
        raise Invalid({"sender": "This is no mail address."})
    with transaction.atomic():
        inbound = locked(inbound_id)
        inbound.outcome, inbound.understood_at, inbound.reason = "", None, ""
        inbound.save(update_fields=["outcome", "understood_at", "reason"])
    return _received(_understand(_hands_of(actor), inbound_id, by_hand=ByHand(sender.strip().lower())))


def take_anyway(*, actor: Actor, inbound_id: int) -> Received:
    """Take a message that a rule ignored as a request all the same. Nobody gets an automatic answer to that.

    Raises NotFound without the right, NotIgnored for any other message, and for one whose bytes were deleted.
    """
    require(actor, Right.QUARANTINE)
    with transaction.atomic():
        inbound = InboundMessage.objects.select_for_update().filter(pk=inbound_id).first()
        if inbound is None:
            raise NotFound
        if inbound.outcome != Outcome.IGNORED or inbound.blob_id is None or inbound.duplicate_of_id is not None:
            raise NotIgnored
        inbound.outcome, inbound.understood_at, inbound.reason = "", None, ""
        inbound.save(update_fields=["outcome", "understood_at", "reason"])
    return _received(_understand(_hands_of(actor), inbound_id, by_hand=ByHand(insists=actor.label)))


def _hands_of(actor: Actor) -> Actor:
    """Who puts the message where it belongs, which may be a ticket that the person does not see."""
    return Actor.machine("intake", request_id=actor.request_id)


def retry_unfinished(*, actor: Actor) -> int:
    """Understand what was stored and then left, because the process was killed. Returns how many.

    One that cannot be understood now keeps no other waiting; its error is raised when the others are done. One that
    ended every process that looked into it, `LOOKS` of them, goes to quarantine unread.
    """
    before = clock.now() - UNFINISHED_AFTER
    left = InboundMessage.objects.unfinished().filter(received_at__lt=before).order_by("looks", "received_at")
    ids = list(left.values_list("pk", flat=True)[:1000])
    problems: list[Exception] = []
    for inbound_id in ids:
        try:
            _look_again(actor, inbound_id)
        except Exception as problem:
            log.warning("message %s is tried again", inbound_id, exc_info=problem)
            problems.append(problem)
    if problems:
        raise problems[0]
    return len(ids)


def _look_again(actor: Actor, inbound_id: int) -> None:
    """Understand one that was left. A look is written down before it, and taken back unless it ends the process."""
    row = InboundMessage.objects.unfinished().filter(pk=inbound_id)
    row.update(looks=F("looks") + 1)
    if row.filter(looks__gt=LOOKS).exists():
        _quarantine(inbound_id, _NEVER_CAME_BACK)
        return
    try:
        understand(actor=actor, inbound_id=inbound_id)
    except Exception:
        row.update(looks=F("looks") - 1)
        raise


# Blob and message in one statement: one trip to the server and one commit for what runs with every message. The same
# bytes by the same channel find their row again; xmax is 0 for a row that is new. With `unconfirmed` the commit does
# not wait for the disk: the commit that follows waits for both (they are in one log, in order).
_STORE = """
WITH kept AS (
    INSERT INTO kernel_blob (sha256, size, inline, created_at)
    SELECT %(sha256)s::text, %(size)s::bigint, %(content)s::bytea, %(now)s::timestamptz
    WHERE %(content)s::bytea IS NOT NULL
    ON CONFLICT DO NOTHING
)
INSERT INTO intake_inboundmessage (blob_id, channel, delivery, desk_id, mailbox_id, received_at, outcome, reason,
    mail_id, fingerprint, sender, subject, may_answer)
VALUES (%(sha256)s::text, %(channel)s, %(delivery)s, %(desk_id)s::bigint, %(mailbox_id)s::bigint,
    %(now)s::timestamptz, '', '', '', '', '', '', false)
ON CONFLICT (blob_id, channel, delivery) DO UPDATE SET channel = EXCLUDED.channel
RETURNING id, xmax = 0, CASE WHEN %(unconfirmed)s::boolean THEN set_config('synchronous_commit', 'off', true) END
"""


def _store(
    content: bytes,
    channel: str,
    desk_id: int | None = None,
    mailbox_id: int | None = None,
    delivery: str = "",
    *,
    confirm: bool,
) -> tuple[InboundMessage, bool]:
    """The stored message, and whether these bytes came for the first time."""
    if len(content) > MAX_MESSAGE:
        raise TooLarge(f"The message has {len(content) // 1_000_000} MB; {MAX_MESSAGE // 1_000_000} MB is the limit.")
    inline = len(content) <= storage.INLINE_LIMIT
    now = clock.now()
    sha256 = hashlib.sha256(content).hexdigest() if inline else storage.put(content).sha256
    values: dict[str, Any] = {
        "sha256": sha256,
        "size": len(content),
        "content": content if inline else None,
        "channel": channel,
        "delivery": "" if not delivery or names_itself(content) else delivery,
        "desk_id": desk_id,
        "mailbox_id": mailbox_id,
        "now": now,
        "unconfirmed": not confirm,
    }
    number, is_new, _ = rows.run(_STORE, values).fetchone()
    return InboundMessage(
        pk=number, blob_id=sha256, channel=channel, desk_id=desk_id, mailbox_id=mailbox_id, received_at=now
    ), is_new


def _understand(
    actor: Actor,
    inbound_id: int,
    *,
    content: bytes | None = None,
    fresh: InboundMessage | None = None,
    by_hand: ByHand | None = None,
) -> InboundMessage:
    for attempt in range(_TRIES):
        try:
            return _once(actor, inbound_id, content, fresh if attempt == 0 else None, by_hand)
        except NotFound:
            raise
        except TierlineError as problem:
            if not problem.permanent:
                raise
            return _quarantine(inbound_id, problem.for_people())
        except (DatabaseError, InterfaceError) as problem:
            if is_away(problem):
                raise
            forget()  # what it knew by heart may be what was wrong
            if attempt == _TRIES - 1:
                log.warning("message %s is in quarantine", inbound_id, exc_info=problem)
                return _quarantine(inbound_id, f"The database refused it: {problem}")
        except Exception as problem:
            log.exception("message %s is in quarantine", inbound_id)
            return _quarantine(inbound_id, f"It could not be understood: {type(problem).__name__}: {problem}")
    raise AssertionError("unreachable")


class _OvertakenError(DatabaseError):
    """Another process concluded the same message meanwhile: what was done here is rolled back."""


def _once(
    actor: Actor, inbound_id: int, content: bytes | None, fresh: InboundMessage | None, by_hand: ByHand | None
) -> InboundMessage:
    """One try in one transaction. A `fresh` message needs no lock: the last step is conditional."""
    with transaction.atomic():
        inbound = fresh or InboundMessage.objects.select_for_update().filter(pk=inbound_id).first()
        if inbound is None:
            raise NotFound
        if inbound.outcome:
            return inbound
        mail = parse(storage.read(inbound.blob_id or "") if content is None else content)
        decide(actor, inbound, mail, by_hand)
        if not _conclude(inbound):
            raise _OvertakenError
        return inbound


# A new ticket has one message, this one; finding it here saves a trip. Whoever was faster has set the outcome.
_CONCLUDE = """
UPDATE intake_inboundmessage SET outcome = %(outcome)s::text, reason = %(reason)s, understood_at = %(now)s,
    mail_id = %(mail_id)s, fingerprint = %(fingerprint)s, duplicate_of_id = %(duplicate_of_id)s, sender = %(sender)s,
    subject = %(subject)s, may_answer = %(may_answer)s, ticket_id = %(ticket_id)s::bigint,
    message_id = coalesce(%(message_id)s::bigint, CASE WHEN %(outcome)s::text = 'ticket' THEN (
        SELECT min(id) FROM tickets_message WHERE ticket_id = %(ticket_id)s::bigint) END)
WHERE id = %(id)s AND outcome = ''
RETURNING message_id
"""
_CONCLUDED = (
    "id", "outcome", "reason", "mail_id", "fingerprint", "duplicate_of_id", "sender", "subject", "may_answer",
    "ticket_id", "message_id",
)  # fmt: skip


def _conclude(inbound: InboundMessage) -> bool:
    """Write the outcome down; False when the message has one already."""
    inbound.understood_at = clock.now()
    values = {name: getattr(inbound, name) for name in _CONCLUDED} | {"now": inbound.understood_at}
    found = rows.run(_CONCLUDE, values).fetchone()
    if found is not None:
        inbound.message_id = found[0]
    return found is not None


def _quarantine(inbound_id: int, reason: str) -> InboundMessage:
    inbound = InboundMessage.objects.get(pk=inbound_id)
    inbound.outcome, inbound.reason = Outcome.QUARANTINED, one_line(reason, 500)
    inbound.understood_at = clock.now()
    inbound.save(update_fields=["outcome", "reason", "understood_at"])
    return inbound


def _received(inbound: InboundMessage) -> Received:
    return Received(
        inbound_id=inbound.pk,
        outcome=inbound.outcome,
        ticket=inbound.ticket.reference if inbound.ticket else None,
        reason=inbound.reason,
        auto_reply=inbound.outcome == Outcome.TICKET and inbound.may_answer,
    )
