"""Every decision is kept with its receipt."""

from collections.abc import Mapping
from typing import Any

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import one_line
from tierline.desk.tickets.models import Ticket
from tierline.work.routing.models import Decision


def keep(
    actor: Actor, ticket: Ticket, kind: str, chosen: str, receipt: Mapping[str, Any], person_id: int | None = None
) -> Decision:
    """Keep a decision about a ticket; `person_id` is who was chosen."""
    return Decision.objects.create(
        ticket=ticket,
        kind=kind,
        chosen=one_line(chosen, 200),
        receipt=receipt,
        person_id=person_id,
        by=actor.label,
        at=clock.now(),
    )
