"""Skills as a graph: what one skill says about others. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

LOWEST, HIGHEST = 1, 3
LEVELS = range(LOWEST, HIGHEST + 1)
"""1 learns, 2 works alone, 3 teaches."""

LANGUAGE_LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")
"""Common European Framework of Reference for Languages; from B2 on one can help others in a language."""

HELPS_FROM = "B2"


class LinkKind(StrEnum):
    """Why somebody with one skill also has some of another."""

    PART_OF = "part_of"
    HELPS_WITH = "helps_with"


COST: dict[str, int] = {LinkKind.PART_OF: 1, LinkKind.HELPS_WITH: 2}
"""Levels lost on the way along a link: who teaches VPN works alone in Network, and learns what VPN helps with."""

Link = tuple[str, str, str]
"""Skill, the skill it leads to, and the kind of link; skills by their key."""


def effective_levels(held: Mapping[str, int], links: Iterable[Link]) -> dict[str, int]:
    """The level somebody counts with in every skill: the one recorded, or the best that links bring, whichever is more.

    Skills that end below level 1 are left out. The links must have no cycle (`leads_back`).
    """
    outgoing: dict[str, list[tuple[str, int]]] = {}
    for skill, toward, kind in links:
        outgoing.setdefault(skill, []).append((toward, COST[kind]))
    best = {key: level for key, level in held.items() if level >= LOWEST}
    waiting = list(best)
    while waiting:
        key = waiting.pop()
        for toward, cost in outgoing.get(key, ()):
            level = best[key] - cost
            if level >= LOWEST and level > best.get(toward, 0):
                best[toward] = level
                waiting.append(toward)
    return best


def sources(held: Mapping[str, int], links: Iterable[Link]) -> dict[str, tuple[str, str]]:
    """For each skill whose level comes from a link: the skill that brings it, and the kind of the link.

    Of several that bring the same level the first by name is told.
    """
    known = sorted(links)
    best = effective_levels(held, known)
    found: dict[str, tuple[str, str]] = {}
    for skill, toward, kind in known:
        level = best.get(skill, 0) - COST[kind]
        if level >= LOWEST and level == best[toward] and level > held.get(toward, 0):
            found.setdefault(toward, (skill, kind))
    return found


def leads_back(links: Iterable[Link], skill: str, toward: str) -> bool:
    """Whether a new link from `skill` to `toward` would close a cycle."""
    outgoing: dict[str, list[str]] = {}
    for begin, end, _ in links:
        outgoing.setdefault(begin, []).append(end)
    seen: set[str] = set()
    waiting = [toward]
    while waiting:
        key = waiting.pop()
        if key == skill:
            return True
        if key not in seen:
            seen.add(key)
            waiting.extend(outgoing.get(key, ()))
    return False


def can_help_in(level: str) -> bool:
    """Whether a language level is enough to answer people in it."""
    return level >= HELPS_FROM
