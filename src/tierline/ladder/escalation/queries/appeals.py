"""Appeals: what waits for a decision, and what a requester's challenge has become."""

from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, holding, require
from tierline.desk.tickets.models import Ticket
from tierline.ladder.escalation.models import Appeal
from tierline.ladder.escalation.rules.appeals import Origin

SHOWN = 100


def open_appeals(viewer: Actor) -> list[Appeal]:
    """What waits for a decision on the viewer's desks, oldest first; nothing for those who do not decide."""
    require(viewer, Right.CONSOLE)
    waiting = Appeal.objects.visible_to(holding(viewer, Right.APPEAL_DECIDE)).open()
    return list(waiting.select_related("ticket").order_by("raised_at")[:SHOWN])


def open_appeal_of(viewer: Actor, ticket_id: int) -> Appeal | None:
    """The appeal of a ticket that waits, for staff."""
    require(viewer, Right.CONSOLE)
    return Appeal.objects.visible_to(viewer).open().filter(ticket_id=ticket_id).first()


def challenge_of(viewer: Actor, ticket_id: int) -> Appeal | None:
    """The newest challenge of one's own request; None when there was none. What staff asked is not theirs to see."""
    mine = Appeal.objects.filter(ticket__in=Ticket.objects.visible_to(viewer), origin=Origin.REQUESTER)
    return mine.filter(ticket_id=ticket_id).order_by("-id").first()
