"""What paths say: variants, and findings with their thresholds in words. Findings name groups, never people. Pure."""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

PING_PONG = 3
"""Crossings between the same two groups from which it is to and fro."""
QUICK = timedelta(minutes=10)
"""An escalation solved within this of being taken up could have been solved below."""
SOLVED = -1
"""The group that stands for the end of a path."""
NOBODY = 0
"""The group that stands for a stay without one: self-service and what nobody has yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Time with one group. `first_touch` is when somebody there began (None: nobody did)."""

    ticket_id: int
    tier: int
    group_id: int
    started: datetime
    first_touch: datetime | None
    last: datetime
    resolved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Tickets that went from one group to another, and the median wait in seconds before the next one began."""

    from_group: int
    to_group: int
    tickets: int
    median_wait: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something the paths say: how many tickets of how many, the rule in words, and the tickets themselves."""

    key: str
    title: str
    rule: str
    tickets: int
    of: int
    by_group: tuple[tuple[int, int], ...]
    ticket_ids: tuple[int, ...]


def edges(paths: Iterable[Sequence[Stay]]) -> list[Edge]:
    """The path map: how many distinct tickets took each way between groups, widest first."""
    tickets: dict[tuple[int, int], set[int]] = {}
    waits: dict[tuple[int, int], list[float]] = {}
    for path in paths:
        for here, there in itertools.pairwise(path):
            if here.group_id != there.group_id:
                way = (here.group_id, there.group_id)
                tickets.setdefault(way, set()).add(there.ticket_id)
                if there.first_touch is not None:
                    waits.setdefault(way, []).append((there.first_touch - there.started).total_seconds())
        if path and path[-1].resolved:
            tickets.setdefault((path[-1].group_id, SOLVED), set()).add(path[-1].ticket_id)
    found = [
        Edge(from_group=a, to_group=b, tickets=len(ids), median_wait=median(waits.get((a, b), [])))
        for (a, b), ids in tickets.items()
    ]
    return sorted(found, key=lambda edge: (-edge.tickets, edge.from_group, edge.to_group))


def median(values: Sequence[float]) -> float | None:
    """The middle value, or the mean of the two middle ones; None for no values."""
    if not values:
        return None
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def crossings(path: Sequence[Stay]) -> Counter[tuple[int, int]]:
    """How often a path went between each pair of groups, in either direction."""
    found: Counter[tuple[int, int]] = Counter()
    for here, there in itertools.pairwise(path):
        if here.group_id != there.group_id:
            first, second = sorted((here.group_id, there.group_id))
            found[first, second] += 1
    return found


def ping_pong(paths: Sequence[Sequence[Stay]]) -> Finding:
    """Tickets that crossed between the same two groups `PING_PONG` times or more."""
    pairs: Counter[int] = Counter()
    ids = []
    for path in paths:
        often = [pair for pair, times in crossings(path).items() if times >= PING_PONG and NOBODY not in pair]
        if often:
            ids.append(path[0].ticket_id)
            pairs.update({group for pair in often for group in pair})
    return Finding(
        key="ping_pong",
        title="Ping-pong",
        rule=f"Went between the same two groups {PING_PONG} times or more.",
        tickets=len(ids),
        of=len(paths),
        by_group=tuple(pairs.most_common()),
        ticket_ids=tuple(ids),
    )


def push_to_front(paths: Sequence[Sequence[Stay]], with_article: frozenset[int]) -> Finding:
    """Escalations that a higher tier solved within `QUICK` of taking them up, with an article that existed before.

    `with_article` are the tickets whose article was published before the higher tier began.
    """
    groups: Counter[int] = Counter()
    ids, climbed = [], 0
    for path in paths:
        last = path[-1] if path else None
        if last is None or last.tier < 2 or not last.resolved:  # noqa: PLR2004 (tier 2 and above)
            continue
        climbed += 1
        quick = last.first_touch is not None and last.last - last.first_touch <= QUICK
        if quick and last.ticket_id in with_article:
            ids.append(last.ticket_id)
            groups[last.group_id] += 1
    return Finding(
        key="push_to_front",
        title="Push to front",
        rule=(
            f"Solved by tier 2 or above within {int(QUICK.total_seconds() // 60)} minutes of taking it up, "
            "with an article that was published before."
        ),
        tickets=len(ids),
        of=climbed,
        by_group=tuple(groups.most_common()),
        ticket_ids=tuple(ids),
    )


def wait_abuse(waits: Mapping[int, tuple[int, bool]]) -> Finding:
    """Tickets set to wait for the requester although no question went out. `waits`: ticket -> (group, asked)."""
    groups = Counter(group for group, asked in waits.values() if not asked)
    ids = tuple(sorted(ticket for ticket, (_, asked) in waits.items() if not asked))
    return Finding(
        key="wait_abuse",
        title="Waiting without a question",
        rule="Set to wait for the requester with no message to them since they last wrote.",
        tickets=len(ids),
        of=len(waits),
        by_group=tuple(groups.most_common()),
        ticket_ids=ids,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A sequence of tiers as tickets took it, for example (0, 1, 2, 1), and how many took it."""

    tiers: tuple[int, ...]
    tickets: int


def variants(paths: Iterable[Sequence[Stay]]) -> list[Variant]:
    """The tier sequences, most used first; stays that follow each other on one tier count once."""
    counted: Counter[tuple[int, ...]] = Counter()
    for path in paths:
        tiers: list[int] = []
        for stay in path:
            if not tiers or tiers[-1] != stay.tier:
                tiers.append(stay.tier)
        counted[tuple(tiers)] += 1
    return [
        Variant(tiers=tiers, tickets=count) for tiers, count in sorted(counted.items(), key=lambda p: (-p[1], p[0]))
    ]
