"""Mail that did not leave at the first try: tried again for days, shown while it waits, sent or withdrawn by hand."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Coalesce

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, holding, require
from tierline.desk.tickets.models import Ticket
from tierline.work.intake.errors import NothingToSend
from tierline.work.intake.models import NO_SERVER, OutboundMessage, State
from tierline.work.intake.rules import MOST_TRIES, TELL_AFTER_TRIES, pause_before

from . import smtp
from .delivering import mark_failed, tell_delay

FORGOTTEN_AFTER = timedelta(hours=2)
AT_ONCE = 1000
_STUCK = (State.QUEUED, State.FAILED, State.HELD)


def first_state(hold: str) -> tuple[State, str]:
    """In which state a new mail begins, and why."""
    if hold:
        return State.HELD, hold
    return (State.QUEUED, "") if smtp.is_set_up() else (State.HELD, NO_SERVER)


def when_queued(outbound: OutboundMessage) -> None:
    """Ask for the mail to be sent, if it waits for that."""
    if outbound.state == State.QUEUED:
        jobs.enqueue("intake.send", outbound_id=outbound.pk)


def locked(outbound_id: int) -> OutboundMessage:
    """One outgoing mail, locked. Raises NotFound."""
    found = OutboundMessage.objects.select_for_update().filter(pk=outbound_id).first()
    if found is None:
        raise NotFound
    return found


def put_off(actor: Actor, outbound: OutboundMessage) -> None:
    """The server did not take it now: another try later, and after five days (RFC 5321 §4.5.4.1) none.

    Its ticket is told after an hour, and at the end. That says nothing about whom it is for.
    """
    if outbound.attempts >= MOST_TRIES:
        words = f"Given up after {outbound.attempts} tries in five days. {outbound.last_error}"
        mark_failed(actor, outbound, status="", words=words, contact=False)
        return
    outbound.next_at = clock.now() + pause_before(outbound.attempts)
    outbound.save(update_fields=["next_at"])
    jobs.enqueue("intake.send", at=outbound.next_at, lock=f"intake.send:{outbound.pk}", outbound_id=outbound.pk)
    if outbound.attempts == TELL_AFTER_TRIES:
        tell_delay(actor, outbound)


def send_again(*, actor: Actor, outbound_id: int) -> OutboundMessage:
    """Try a mail now that waits, failed or was held or withdrawn. Raises NotFound, NothingToSend.

    For those who work on its ticket; what belongs to no ticket, for those who look after the mail.
    """
    with transaction.atomic():
        outbound = _for(actor, outbound_id)
        first_try = outbound.state == State.QUEUED and outbound.attempts == 0
        if first_try or outbound.state not in (*_STUCK, State.WITHDRAWN):
            raise NothingToSend
        _queue_again(outbound)
        return outbound


def withdraw(*, actor: Actor, outbound_id: int) -> OutboundMessage:
    """Do not send a mail that waits, failed or was held; it stays in the log. Raises NotFound, NothingToSend."""
    with transaction.atomic():
        outbound = _for(actor, outbound_id)
        if outbound.state not in _STUCK:
            raise NothingToSend
        said = f" It had said: {outbound.last_error}" if outbound.last_error else ""
        outbound.state, outbound.next_at = State.WITHDRAWN, None
        outbound.last_error = one_line(f"Withdrawn by {actor.label}.{said}", 500)
        outbound.save(update_fields=["state", "last_error", "next_at"])
        return outbound


def send_held(*, actor: Actor) -> int:
    """Send what was held because there was no server. Returns how many, at most `AT_ONCE`. Raises NotFound."""
    require(actor, Right.QUARANTINE)
    with transaction.atomic():
        held = OutboundMessage.objects.filter(state=State.HELD, last_error=NO_SERVER).order_by("pk")
        waiting = list(held.select_for_update(skip_locked=True)[:AT_ONCE])
        for outbound in waiting if smtp.is_set_up() else ():
            _queue_again(outbound)
        return len(waiting) if smtp.is_set_up() else 0


def retry_forgotten(*, actor: Actor) -> int:
    """Mail that should have been tried long ago, because its job was lost, is tried. Returns how many."""
    del actor
    due = OutboundMessage.objects.filter(state=State.QUEUED).annotate(due=Coalesce("next_at", "created_at"))
    late = due.filter(due__lt=clock.now() - FORGOTTEN_AFTER).order_by("due").values_list("pk", flat=True)
    return sum(jobs.enqueue("intake.send", lock=f"intake.send:{one}", outbound_id=one) for one in late[:AT_ONCE])


def _queue_again(outbound: OutboundMessage) -> None:
    outbound.state, outbound.last_error = first_state("")
    outbound.attempts, outbound.next_at = 0, None
    outbound.save(update_fields=["state", "last_error", "attempts", "next_at"])
    when_queued(outbound)


def _for(actor: Actor, outbound_id: int) -> OutboundMessage:
    outbound = locked(outbound_id)
    if outbound.ticket_id is None:
        require(actor, Right.QUARANTINE)
    elif not Ticket.objects.visible_to(holding(actor, Right.TICKET_WORK)).filter(pk=outbound.ticket_id).exists():
        raise NotFound
    return outbound
