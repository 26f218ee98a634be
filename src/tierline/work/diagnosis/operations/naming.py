"""What a ticket's files share: the people to mask, and the numbered names that secrets have in all of them."""

import secrets
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from tierline.core.kernel.sealing import seal, unseal
from tierline.core.timeline.rules import Audience
from tierline.desk.people.models import Person
from tierline.desk.tickets.models import Follower, Message, Ticket
from tierline.work.diagnosis.models import TicketNames

PURPOSE = "diagnosis.names"
MOST_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Known:
    """The part of a reading process's task that says who is masked and which names there are already."""

    version: int
    task: dict[str, Any]


def known_to(ticket: Ticket) -> Known:
    """The dictionary of a ticket: its requester, who reads along, who wrote from outside; and its organisation."""
    row = TicketNames.objects.filter(pk=ticket.pk).first()
    return Known(
        row.version if row else 0,
        {
            "people": _people(ticket),
            "companies": [ticket.organisation.name] if ticket.organisation else [],
            "names_key": unseal(row.key, purpose=PURPOSE) if row else secrets.token_hex(16),
            "names": row.names if row else {},
        },
    )


def keep_names(ticket_id: int, before: Known, names: dict[str, Any]) -> bool:
    """Keep what a file added to the names; False when another file added to them since they were `known_to`.

    Called in the transaction that keeps what was read of the file.
    """
    key = seal(before.task["names_key"], purpose=PURPOSE)
    TicketNames.objects.get_or_create(pk=ticket_id, defaults={"key": key})
    row = TicketNames.objects.select_for_update().get(pk=ticket_id)
    if row.version != before.version:
        return False
    row.key = key if not row.version else row.key
    row.names, row.version = names, row.version + 1
    row.save()
    return True


def _people(ticket: Ticket) -> list[tuple[str, str]]:
    """The requester first; the others in an order that nobody who comes later changes."""
    wrote = Message.objects.filter(ticket=ticket, direction="in", audience=Audience.REQUESTER).exclude(author=None)
    others = Person.objects.get_queryset().filter(
        Q(pk__in=Follower.objects.filter(ticket=ticket).values("person_id")) | Q(pk__in=wrote.values("author_id"))
    )
    rest = others.exclude(pk=ticket.requester_id).order_by("pk").values_list("name", "email")
    return [(ticket.requester.name, ticket.requester.email), *rest[: MOST_PEOPLE - 1]]
