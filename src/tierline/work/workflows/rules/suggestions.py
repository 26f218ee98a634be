"""Which runbook fits a ticket best, and why."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORDS = re.compile(r"\w{3,}")
_COMMON = frozenset(
    ["the", "and", "for", "with", "from", "this", "that", "not", "are", "was", "has", "have", "after", "when"]
)
SERVICE_POINTS = 3.0
WORD_POINTS = 1.0
TIER_POINTS = 0.5
THRESHOLD = 1.0
"""Below this no runbook is offered: a wrong runbook costs more time than none."""


@dataclass(frozen=True, slots=True)
class RunbookFacts:
    """What is compared of a runbook."""

    id: int
    title: str
    service_id: int | None
    tier: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The best runbook with its points and the reasons in words."""

    runbook_id: int
    points: float
    why: tuple[str, ...]


def words_of(text: str) -> frozenset[str]:
    """The words of three letters or more that carry meaning, without case."""
    return frozenset(word for word in _WORDS.findall(text.casefold()) if word not in _COMMON)


def suggest(
    runbooks: Iterable[RunbookFacts], *, title: str, text: str, service_id: int | None, tier: int
) -> Suggestion | None:
    """The runbook with the most points; ties go to the older one, so that the answer is always the same."""
    asked = words_of(f"{title}\n{text}")
    best: Suggestion | None = None
    for runbook in sorted(runbooks, key=lambda one: one.id):
        found = _score(runbook, asked, service_id, tier)
        if found.points >= THRESHOLD and (best is None or found.points > best.points):
            best = found
    return best


def _score(runbook: RunbookFacts, asked: frozenset[str], service_id: int | None, tier: int) -> Suggestion:
    if runbook.service_id is not None and runbook.service_id != service_id:
        return Suggestion(runbook.id, 0.0, ())
    points, why = 0.0, []
    if runbook.service_id is not None:
        points += SERVICE_POINTS
        why.append("it is written for this service")
    shared = sorted(words_of(f"{runbook.title} {runbook.words}") & asked)
    if shared:
        points += WORD_POINTS * len(shared)
        why.append("shares the words " + ", ".join(shared[:5]))
    if points and runbook.tier == tier:
        points += TIER_POINTS
        why.append(f"it is for tier {tier}")
    return Suggestion(runbook.id, points, tuple(why))
