"""Path maps and findings over the tickets solved in a period, read from the timeline."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import whole_number
from tierline.desk.people.models import SupportGroup
from tierline.insight.paths.queries import STAYS, Period, resolved_in, rows, scope

from .rules import (
    NOBODY,
    SOLVED,
    Edge,
    Finding,
    Stay,
    Variant,
    edges,
    ping_pong,
    push_to_front,
    variants,
    wait_abuse,
)

MOST = 20_000
"""A map reads this many tickets at most: the newest of the period. More would not change what it looks like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A group on the map and how many tickets it had."""

    group_id: int
    name: str
    tier: int
    tickets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowMap:
    """The path map of a period: nodes by tier, edges widest first, variants most used first.

    `newest_only`: the period has more than `MOST` tickets, and the map shows the newest of them.
    """

    tickets: int
    newest_only: bool
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    variants: tuple[Variant, ...]
    findings: tuple[Finding, ...]


def flow(viewer: Actor, since: datetime, until: datetime) -> FlowMap:
    """Everything the flow page shows, in four statements. Raises NotFound without the right to read insights."""
    period = Period(since=since, until=until)
    paths = _paths(viewer, period)
    return FlowMap(
        tickets=len(paths),
        newest_only=len(paths) == MOST,
        nodes=_nodes(paths),
        edges=tuple(edges(paths)),
        variants=tuple(variants(paths)),
        findings=(
            push_to_front(paths, _with_article(viewer, period)),
            ping_pong(paths),
            wait_abuse(_waits(viewer, period)),
        ),
    )


def _paths(viewer: Actor, period: Period) -> list[list[Stay]]:
    cohort, params = resolved_in(viewer, period)
    newest = f"SELECT ticket_id FROM ({cohort}) AS cohort ORDER BY resolved_at DESC, ticket_id LIMIT {MOST}"
    sql = f"""SELECT s.ticket_id, s.tier, s.group_id, {_seconds("started_at")}, {_seconds("first_touch_at")},
                     {_seconds("last_at")}, s.resolved
                FROM ({STAYS.format(tickets=newest)}) AS s
               ORDER BY s.ticket_id, s.stay"""
    stays = (
        Stay(
            ticket_id=ticket,
            tier=tier,
            group_id=group or NOBODY,
            started=datetime.fromtimestamp(started, UTC),
            first_touch=datetime.fromtimestamp(first_touch, UTC) if first_touch is not None else None,
            last=datetime.fromtimestamp(last, UTC),
            resolved=resolved,
        )
        for ticket, tier, group, started, first_touch, last, resolved in rows(sql, params)
    )
    return [list(path) for _, path in groupby(stays, key=lambda stay: stay.ticket_id)]


def _seconds(column: str) -> str:
    """A moment as a number: thousands of them are read, and a number is read in a tenth of the time."""
    return f"extract(epoch FROM s.{column})::float8"


def _nodes(paths: list[list[Stay]]) -> tuple[Node, ...]:
    seen: dict[int, set[int]] = {}
    for path in paths:
        for stay in path:
            seen.setdefault(stay.group_id, set()).add(stay.ticket_id)
    groups = {group.pk: group for group in SupportGroup.objects.filter(pk__in=seen)}
    nodes = [
        Node(
            group_id=pk,
            name=groups[pk].name if pk in groups else "Self-service",
            tier=groups[pk].tier if pk in groups else 0,
            tickets=len(tickets),
        )
        for pk, tickets in seen.items()
    ]
    solved = sum(path[-1].resolved for path in paths)
    nodes.append(Node(group_id=SOLVED, name="Solved", tier=SOLVED, tickets=solved))
    return tuple(sorted(nodes, key=lambda node: (node.tier, node.name)))


def _with_article(viewer: Actor, period: Period) -> frozenset[int]:
    """Tickets whose linked article was published before their last owner had them."""
    cohort, params = resolved_in(viewer, period)
    sql = f"""
        SELECT DISTINCT c.ticket_id
          FROM ({cohort}) AS c
          JOIN knowledge_articlelink l ON l.ticket_id = c.ticket_id AND l.how IN ('used', 'reused')
          JOIN knowledge_article k ON k.id = l.article_id
         WHERE k.published_at < (SELECT max(a.at) FROM timeline_timelineentry a
                                  WHERE a.subject_kind = 'ticket' AND a.subject_id = c.ticket_id
                                    AND a.kind = 'ticket.assigned')"""
    return frozenset(row[0] for row in rows(sql, params))


def _waits(viewer: Actor, period: Period) -> dict[int, tuple[int, bool]]:
    """Waits for the requester begun in the period: ticket -> (group, whether a message went out since they wrote)."""
    visible, params = scope(viewer)
    sql = f"""
        SELECT w.subject_id,
               (SELECT (a.data ->> 'group_id')::bigint FROM timeline_timelineentry a
                 WHERE a.subject_kind = 'ticket' AND a.subject_id = w.subject_id AND a.seq < w.seq
                   AND a.kind = 'ticket.assigned' ORDER BY a.seq DESC LIMIT 1),
               EXISTS (SELECT 1 FROM timeline_timelineentry q
                        WHERE q.subject_kind = 'ticket' AND q.subject_id = w.subject_id
                          AND q.kind = 'ticket.replied' AND q.seq < w.seq + 3
                          AND q.seq > coalesce((SELECT max(m.seq) FROM timeline_timelineentry m
                                WHERE m.subject_kind = 'ticket' AND m.subject_id = w.subject_id AND m.seq < w.seq
                                  AND m.kind IN ('ticket.message_received', 'ticket.opened')), 0))
          FROM timeline_timelineentry w
         WHERE w.kind = 'ticket.wait_started' AND w.subject_kind = 'ticket' AND w.at >= %s AND w.at < %s
           AND w.data ->> 'waiting_for' = 'requester' AND w.subject_id IN ({visible})
         ORDER BY w.subject_id, w.seq"""
    found: dict[int, tuple[int, bool]] = {}
    for ticket, group, asked in rows(sql, [period.since, period.until, *params]):
        before = found.get(ticket, (0, True))
        found[ticket] = before if not before[1] else (group or NOBODY, asked)
    return found


def tickets_behind(viewer: Actor, figure: str, since: datetime, until: datetime) -> tuple[int, ...]:
    """Exactly the tickets that a mark of the flow page counts. Raises NotFound for a figure that does not exist.

    `figure` is `edge:A:B`, `node:A` (group ids, `SOLVED` and `NOBODY` included) or a finding's key.
    """
    found = flow(viewer, since, until)
    for finding in found.findings:
        if finding.key == figure:
            return finding.ticket_ids
    word, _, rest = figure.partition(":")
    wanted = tuple(SOLVED if end == str(SOLVED) else whole_number(end) for end in rest.split(":"))
    if (word, len(wanted)) not in {("node", 1), ("edge", 2)} or None in wanted:
        raise NotFound
    paths = _paths(viewer, Period(since=since, until=until))
    return tuple(path[0].ticket_id for path in paths if _goes(path, wanted))


def _goes(path: list[Stay], wanted: tuple[int | None, ...]) -> bool:
    groups = [stay.group_id for stay in path] + ([SOLVED] if path[-1].resolved else [])
    if len(wanted) == 1:
        return wanted[0] in groups
    return any(pair == wanted for pair in pairwise(groups))
