"""Whoever wrote an answer that did not arrive is told, whatever state the ticket is in."""

from datetime import timedelta

from django.conf import settings

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.rules import Audience
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Right, may
from tierline.desk.tickets.models import Ticket
from tierline.work.intake.models import OutboundMessage, State

from .outgoing import AUTOMATIC_PER_HOUR, queue_notice


def tell_author(*, actor: Actor, outbound_id: int) -> OutboundMessage | None:
    """Mail the author of an answer that failed; None when there is nobody to be told. Safe to repeat.

    Only an agent who still sees the ticket; not more than `AUTOMATIC_PER_HOUR` such mails in an hour.
    """
    failed = OutboundMessage.objects.select_related("ticket", "message__author").filter(pk=outbound_id).first()
    if failed is None or failed.state != State.FAILED or failed.ticket is None or failed.message is None:
        return None
    author, ticket = failed.message.author, failed.ticket
    if author is None or failed.message.by_machine or not author.is_active or author.email == failed.recipient:
        return None
    viewer = actor_for(author)
    if not may(viewer, Right.CONSOLE) or not Ticket.objects.visible_to(viewer).filter(pk=ticket.pk).exists():
        return None
    lately = OutboundMessage.objects.automatic_to(author.email, since=clock.now() - timedelta(hours=1))
    if lately.count() >= AUTOMATIC_PER_HOUR:
        return None
    return queue_notice(
        actor=actor,
        ticket=ticket,
        recipient=author.email,
        subject=f"{ticket.reference}: your answer did not reach {failed.recipient}",
        text=_words(failed, ticket.reference),
        audience=Audience.INTERNAL,
        once=f"did not arrive: {failed.pk}, {failed.last_error}",
    )


def _words(failed: OutboundMessage, reference: str) -> str:
    place = f"{settings.TIERLINE_URL}/console/tickets/{reference}"
    said = f"What the mail system said: {failed.last_error}\n\n" if failed.last_error else ""
    return (
        f"Your answer on {reference} did not reach {failed.recipient}.\n\n{said}"
        f"It can be sent again at your answer, under “how it was sent”, after the address is put right:\n{place}\n"
    )
