"""Delivery reports put to use: the very mail is marked, its contact flagged, its ticket told."""

from django.conf import settings

from tierline.core.kernel import jobs, rows
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import one_line
from tierline.core.timeline.rules import Audience
from tierline.desk.people.operations import mark_mail_failed
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.intake.events import MailDelayed, MailFailed
from tierline.work.intake.models import OutboundMessage, State
from tierline.work.intake.rules import DeliveryReport, Fate, read_reply_address


def take_report(actor: Actor, report: DeliveryReport) -> tuple[Ticket | None, str]:
    """Mark the mail that the report is about. Returns its ticket, if it is one of ours, and what the report says."""
    outbound = _reported(report)
    if outbound is None:
        return None, f"{report.summary} (not a mail of this desk)"
    one = next(one for one in report.recipients if one.fate is report.fate)
    words = one.diagnostic or one.status or report.fate.value
    if report.fate is Fate.FAILED:
        mark_failed(actor, outbound, status=one.status, words=words)
    elif report.fate is Fate.DELAYED and outbound.state == State.SENT:
        _mark_delayed(actor, outbound, status=one.status, words=words)
    return outbound.ticket, report.summary


def _reported(report: DeliveryReport) -> OutboundMessage | None:
    """Our mail that the report is about: by its Message-ID, else by the signed reply address that it carried.

    Servers that return no Message-ID mostly return the other headers. A signed address cannot be made up.
    """
    found = rows.first(OutboundMessage, "mail_id = %s FOR UPDATE", [report.original_id]) if report.original_id else None
    signed = (read_reply_address(one, settings.SECRET_KEY) for one in report.reply_to)
    ticket_id = next((one for one in signed if one is not None), None)
    if found is not None or ticket_id is None:
        return found
    addresses = [one.address for one in report.recipients if one.fate is report.fate]
    newest = "ticket_id = %s AND recipient = ANY(%s) ORDER BY id DESC LIMIT 1 FOR UPDATE"
    return next(iter(rows.every(OutboundMessage, newest, [ticket_id, addresses])), None)


def mark_failed(actor: Actor, outbound: OutboundMessage, *, status: str, words: str, contact: bool = True) -> None:
    """The mail will not arrive: said on its ticket (once) and to its author, and (with `contact`) on the person.

    A ticket that waits for the requester waits no longer, since nobody got the question: it is back with its author.
    """
    if outbound.state == State.FAILED:
        return
    outbound.state, outbound.last_error = State.FAILED, one_line(words, 500)
    outbound.save(update_fields=["state", "last_error"])
    if contact:
        mark_mail_failed(actor=actor, email=outbound.recipient)
    if outbound.ticket is None:
        return
    payload = MailFailed(
        outbound_id=outbound.pk,
        message_id=outbound.message_id,
        recipient=outbound.recipient,
        status=status,
        words=outbound.last_error,
    )
    tickets.note_event(actor=actor, ticket_id=outbound.ticket.pk, payload=payload)
    if outbound.message_id is not None:
        jobs.enqueue("intake.tell_author", outbound_id=outbound.pk)
    question = outbound.audience == Audience.REQUESTER
    if question and outbound.ticket.status == "waiting" and outbound.ticket.waiting_for == "requester":
        tickets.resume(actor=actor, ticket_id=outbound.ticket.pk)


def _mark_delayed(actor: Actor, outbound: OutboundMessage, *, status: str, words: str) -> None:
    outbound.state, outbound.last_error = State.DELAYED, one_line(words, 500)
    outbound.save(update_fields=["state", "last_error"])
    tell_delay(actor, outbound, status=status)


def tell_delay(actor: Actor, outbound: OutboundMessage, *, status: str = "") -> None:
    """Say on the ticket, if there is one, that the mail has not arrived yet."""
    if outbound.ticket is None:
        return
    payload = MailDelayed(
        outbound_id=outbound.pk,
        message_id=outbound.message_id,
        recipient=outbound.recipient,
        status=status,
    )
    tickets.note_event(actor=actor, ticket_id=outbound.ticket.pk, payload=payload)
