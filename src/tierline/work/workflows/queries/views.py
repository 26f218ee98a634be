"""What conditions may look at on a ticket."""

from tierline.desk.tickets.models import Ticket


def ticket_view(ticket: Ticket) -> dict[str, object]:
    """Ticket fields, and each fact as `fact.<key>`; desk, group and service are short names."""
    view: dict[str, object] = {
        "kind": ticket.kind,
        "title": ticket.title,
        "status": ticket.status,
        "waiting_for": ticket.waiting_for,
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "priority": ticket.priority,
        "tier": ticket.tier,
        "channel": ticket.channel,
        "desk": ticket.desk.key,
        "group": ticket.group.key if ticket.group else "",
        "service": ticket.service.key if ticket.service else "",
        "product": ticket.facts.get("product", ""),
        "release_version": ticket.release_version,
    }
    return view | {f"fact.{key}": value for key, value in ticket.facts.items()}
