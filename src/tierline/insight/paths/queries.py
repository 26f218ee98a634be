"""SQL over the ticket timeline. Every figure of insight starts from one of these three tables of rows.

Constants only: values are always parameters. A *stay* is the time between two entries that say who owns the ticket
(opened, assigned). A *touch* is something a person of the desk did in it; at tier 0 something the assistant did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets.models import Ticket

Params = list[Any]

# Entries that people of the desk make without working on the ticket, or that requesters make.
NO_TOUCH = (
    "ticket.opened",
    "ticket.assigned",
    "ticket.message_received",
    "ticket.confirmed",
    "ticket.reopened",
    "ticket.closed",
    "ticket.merged_here",
    "assistant.confirmed",
    "assistant.declined",
    "assistant.outcome",
    "survey.answered",
)
_TOUCH = f"""(e.actor_id IS NOT NULL AND e.kind NOT IN ({", ".join(f"'{kind}'" for kind in NO_TOUCH)})
        OR e.actor_id IS NULL AND e.kind IN ('assistant.answered', 'assistant.asked', 'assistant.handed_over'))"""

STAYS = f"""
    SELECT e.subject_id AS ticket_id, e.stay,
           max(e.owner_tier) AS tier, max(e.owner_group) AS group_id,
           min(e.at) AS started_at, max(e.at) AS last_at,
           min(e.at) FILTER (WHERE e.touch) AS first_touch_at,
           count(*) FILTER (WHERE e.touch) AS touches,
           bool_or(e.kind = 'ticket.resolved') AS resolved
      FROM (SELECT e.subject_id, e.seq, e.at, e.kind, {_TOUCH} AS touch,
                   CASE e.kind WHEN 'ticket.opened' THEN 0
                               WHEN 'ticket.assigned' THEN (e.data ->> 'tier')::int END AS owner_tier,
                   CASE e.kind WHEN 'ticket.assigned' THEN (e.data ->> 'group_id')::bigint END AS owner_group,
                   count(*) FILTER (WHERE e.kind IN ('ticket.opened', 'ticket.assigned'))
                       OVER (PARTITION BY e.subject_id ORDER BY e.seq) AS stay
              FROM timeline_timelineentry e
             WHERE e.subject_kind = 'ticket' AND e.subject_id IN ({{tickets}})
               AND (e.kind IN ('ticket.opened', 'ticket.assigned', 'ticket.resolved') OR {_TOUCH})) AS e
     GROUP BY e.subject_id, e.stay"""
"""One row a stay, in order of `stay` from 1. Format with `tickets`: a subselect or a list of ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` up to, not including, `until`; both aware."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise ValueError("a period ends after it begins")


def scope(viewer: Actor) -> tuple[str, Params]:
    """The ids of the tickets this viewer may count, as a subselect with its parameters. Raises NotFound."""
    seen = Ticket.objects.visible_to(holding(viewer, Right.INSIGHT_READ))
    sql, params = seen.order_by().values("pk").query.sql_with_params()
    return sql, list(params)


def resolved_in(viewer: Actor, period: Period) -> tuple[str, Params]:
    """Tickets solved in the period and still solved, as a subselect of ticket_id, resolved_at and resolved_tier.

    A ticket's row is what its timeline rebuilds to (tests hold the two together), so it may say which tickets count.
    Put aside unsolved (withdrawn) and merged away is not solved. Found first, by the index of resolved tickets: joined
    at once with its timeline, PostgreSQL likes to walk through every ticket there is in order to group by it.
    """
    solved = (
        Ticket.objects.visible_to(holding(viewer, Right.INSIGHT_READ))
        .filter(
            resolved_at__gte=period.since,
            resolved_at__lt=period.until,
            resolved_tier__isnull=False,
            merged_into__isnull=True,
        )
        .exclude(resolution_code="withdrawn")
    )
    sql, params = solved.order_by().values("id", "resolved_at", "resolved_tier").query.sql_with_params()
    found = f"WITH solved AS MATERIALIZED ({sql}) SELECT id AS ticket_id, resolved_at, resolved_tier FROM solved"
    return found, list(params)


def rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return list(cursor.fetchall())
