"""Reads for the pages: what waits in quarantine, and the way of each mail of a ticket."""

from django.db.models import Count

from tierline.core.kernel import storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Message
from tierline.desk.tickets.queries import get

from .models import InboundMessage, OutboundMessage, State
from .rules import parse


def quarantine(viewer: Actor, *, limit: int = 100) -> list[InboundMessage]:
    """The newest messages that nobody could place. Raises NotFound without the right."""
    require(viewer, Right.QUARANTINE)
    return list(InboundMessage.objects.quarantined().order_by("-received_at")[:limit])


def outcomes(viewer: Actor) -> dict[str, int]:
    """How many messages ended in which outcome; an empty outcome means not understood yet."""
    require(viewer, Right.QUARANTINE)
    counted = InboundMessage.objects.values_list("outcome").annotate(number=Count("pk")).order_by("outcome")
    return dict(counted)


def sent_mail(viewer: Actor, ticket_id: int) -> list[OutboundMessage]:
    """Every mail of a ticket with its state, oldest first. Raises NotFound for a ticket that is not the viewer's."""
    require(viewer, Right.CONSOLE)
    get(viewer, ticket_id)
    return list(OutboundMessage.objects.filter(ticket=ticket_id).order_by("pk"))


def original(viewer: Actor, message_pk: int) -> bytes:
    """The mail as it arrived, byte for byte, behind a message of a ticket that the viewer may see. Raises NotFound."""
    require(viewer, Right.CONSOLE)
    message = Message.objects.filter(pk=message_pk).first()
    if message is None:
        raise NotFound
    get(viewer, message.ticket_id)
    inbound = InboundMessage.objects.filter(ticket=message.ticket_id, message=message).order_by("pk").first()
    if inbound is None or inbound.blob_id is None:
        raise NotFound
    return storage.read(inbound.blob_id)


def whole_text(viewer: Actor, message_pk: int) -> str:
    """All words of the mail behind a message, with what it quotes; empty when no mail is behind it."""
    try:
        return parse(original(viewer, message_pk)).text
    except NotFound:
        return ""


def quarantined(viewer: Actor, inbound_id: int) -> tuple[InboundMessage, bytes]:
    """One message in quarantine with its first 20,000 bytes. Raises NotFound."""
    require(viewer, Right.QUARANTINE)
    found = InboundMessage.objects.quarantined().filter(pk=inbound_id).first()
    if found is None or found.blob_id is None:
        raise NotFound
    return found, storage.read(found.blob_id, limit=20_000)


def undelivered(viewer: Actor, *, limit: int = 100) -> list[OutboundMessage]:
    """The newest mails that failed or are held back. Raises NotFound without the right."""
    require(viewer, Right.QUARANTINE)
    stuck = OutboundMessage.objects.filter(state__in=[State.FAILED, State.HELD]).select_related("ticket")
    return list(stuck.order_by("-pk")[:limit])


def outgoing_states(viewer: Actor) -> dict[str, int]:
    """How many mails are in which state."""
    require(viewer, Right.QUARANTINE)
    counted = OutboundMessage.objects.values_list("state").annotate(number=Count("pk")).order_by("state")
    return dict(counted)
