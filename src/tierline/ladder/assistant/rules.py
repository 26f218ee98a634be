"""Tier 0 decides: answer with citations, ask one question, or hand over with what it knows. No language model needed.

Pure: passages, matches and facts come in, one decision goes out, and the same input always gives the same decision.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

VERSION = "1"
"""Version of these rules; kept with every attempt, so that a replay can compare."""
ANSWER_THRESHOLD = 0.62
"""An article answers when it covers at least this share of the question's weight."""
MATCH_THRESHOLD = 0.75
"""A known error answers when its matcher is at least this sure; words alone (0.7 at most) never are."""
TOO_CLOSE = 0.05
"""Two articles whose scores differ by less say the same or need a question."""
SILENT_AFTER = timedelta(days=5)
"""An answer that nobody reacted to is called silent after this."""
COMES_BACK_WITHIN = timedelta(days=7)
"""A solved issue that returns within this was not solved (HDI: reopened within 7 days)."""


class OutcomeClass(StrEnum):
    """What became of a tier-0 attempt. Only the first two resolved ones count as resolved."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    VERIFIED = "verified"
    SILENT = "silent"
    FAILED = "failed"
    HANDED_OVER = "handed_over"


RESOLVED = frozenset({OutcomeClass.CONFIRMED, OutcomeClass.VERIFIED})

_NEXT: dict[OutcomeClass | None, frozenset[OutcomeClass]] = {
    None: frozenset({OutcomeClass.PENDING, OutcomeClass.HANDED_OVER}),
    OutcomeClass.PENDING: frozenset(OutcomeClass) - {OutcomeClass.PENDING},
    OutcomeClass.SILENT: frozenset(OutcomeClass) - {OutcomeClass.PENDING, OutcomeClass.SILENT},
    OutcomeClass.CONFIRMED: frozenset({OutcomeClass.FAILED}),
    OutcomeClass.VERIFIED: frozenset({OutcomeClass.FAILED, OutcomeClass.CONFIRMED}),
    OutcomeClass.FAILED: frozenset(),
    OutcomeClass.HANDED_OVER: frozenset(),
}


def may_become(current: OutcomeClass | None, new: OutcomeClass) -> bool:
    """Whether the ledger may move on from `current` (None: nothing yet). Failed and handed over are final."""
    return new in _NEXT[current]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A part of an article that this requester may read. `score` is 0 to 1; `missing` are the words it lacks."""

    article_id: int
    reference: str
    title: str
    text: str
    score: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMatch:
    """A known error that fits the evidence. `text` is what a requester may be told; empty when nothing may be."""

    known_error_id: int
    reference: str
    title: str
    text: str
    score: float
    lowest_tier: int
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What else counts: the priority (1 to 5, None when not judged yet), and whether a question was asked before.

    `by_machine`: a monitoring system reported it, so nobody is there to read an answer.
    """

    priority: int | None = None
    asked_before: bool = False
    by_machine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A paragraph of an answer and the references it rests on."""

    text: str
    citations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    parts: tuple[Part, ...]
    score: float
    article_ids: tuple[int, ...] = ()
    known_error_ids: tuple[int, ...] = ()

    @property
    def citations(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(citation for part in self.parts for citation in part.citations))

    @property
    def text(self) -> str:
        """The answer as plain text, each paragraph followed by its citations."""
        return "\n\n".join(part.text + "".join(f" [{citation}]" for citation in part.citations) for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    question: str
    why: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Tier 0 does not solve it. `reason` says why in words, `knows` what it found out on the way."""

    reason: str
    knows: tuple[str, ...] = ()


Decision = Answer | Ask | HandOver


def decide(
    *,
    passages: Iterable[Passage],
    matches: Iterable[KnownMatch],
    facts: Facts,
    threshold: float = ANSWER_THRESHOLD,
) -> Decision:
    """What tier 0 does.

    In this order:

    1. Priority 1 goes to people at once, and so does what a machine reported.
    2. A sure match whose workaround tier 0 may give is the answer; if a fact is missing, one question comes first.
    3. A sure match that needs a higher tier is handed over with the known error named.
    4. The best article at or above `threshold` is the answer; two that close together lead to one question.
    5. Everything else is handed over, and the reason says how far the best article was away.
    """
    ranked = sorted(passages, key=lambda passage: (-passage.score, passage.article_id))
    sure = sorted(
        (match for match in matches if match.score >= MATCH_THRESHOLD),
        key=lambda match: (match.lowest_tier, -match.score, match.known_error_id),
    )
    if facts.priority == 1:
        return HandOver(reason="This stops many people, so a person looks at it now.", knows=known(ranked, sure))
    if facts.by_machine:
        return HandOver(reason="A monitoring system reported it, so a person looks.", knows=known(ranked, sure))
    if sure:
        return _from_match(sure, ranked, facts)
    return _from_passages(ranked, facts, threshold)


def _from_match(sure: Sequence[KnownMatch], ranked: Sequence[Passage], facts: Facts) -> Decision:
    best = sure[0]
    if best.lowest_tier > 0 or not best.text.strip():
        reason = f"{best.reference} is known, and its workaround is for tier {max(best.lowest_tier, 1)} to apply."
        return HandOver(reason=reason, knows=known(ranked, sure))
    if best.needs and not facts.asked_before:
        return Ask(
            question=f"Which {best.needs[0].replace('_', ' ')} do you use?",
            why=f"It decides whether {best.reference} applies.",
        )
    if best.needs:
        return HandOver(reason=f"It is not clear whether {best.reference} applies.", knows=known(ranked, sure))
    opening = Part(text=f"This is a known error: {best.title}.", citations=(best.reference,))
    body = Part(text=best.text.strip(), citations=(best.reference,))
    return Answer(parts=(opening, body), score=best.score, known_error_ids=(best.known_error_id,))


def _from_passages(ranked: Sequence[Passage], facts: Facts, threshold: float) -> Decision:
    if not ranked:
        return HandOver(reason="No article that may be shown fits this.", knows=())
    best = ranked[0]
    if best.score < threshold:
        reason = f"The best article covers {best.score:.2f} of the question, below the threshold {threshold:.2f}."
        return HandOver(reason=reason, knows=known(ranked, ()))
    close = [passage for passage in ranked if best.score - passage.score < TOO_CLOSE]
    if len(close) > 1 and not facts.asked_before:
        options = tuple(passage.title for passage in close[:3])
        return Ask(
            question="Which of these is it?",
            why=f"{len(close)} articles fit almost equally well.",
            options=options,
        )
    part = Part(text=best.text.strip(), citations=(best.reference,))
    return Answer(
        parts=(Part(text=f"“{best.title}” describes this.", citations=(best.reference,)), part),
        score=best.score,
        article_ids=(best.article_id,),
    )


def known(ranked: Sequence[Passage], sure: Sequence[KnownMatch], limit: int = 3) -> tuple[str, ...]:
    """What tier 0 found out, as short sentences for whoever takes over."""
    lines = [f"Known error {match.reference} fits ({match.score:.2f}): {match.title}" for match in sure[:limit]]
    for passage in ranked[:limit]:
        lacks = f"; it says nothing of: {', '.join(passage.missing[:4])}" if passage.missing else ""
        lines.append(f"Looked at {passage.reference} ({passage.score:.2f}): {passage.title}{lacks}")
    return tuple(lines)


def due_outcome(
    *, current: OutcomeClass, since: datetime, reopened_at: datetime | None, now: datetime
) -> OutcomeClass | None:
    """The class an attempt moves to by time alone, or None when it stays.

    Pending turns silent after `SILENT_AFTER`. Confirmed or verified turns failed when the issue came back within
    `COMES_BACK_WITHIN` of it; silence that ended in a return is a failure too.
    """
    if reopened_at is not None and since <= reopened_at <= since + COMES_BACK_WITHIN:
        return OutcomeClass.FAILED if may_become(current, OutcomeClass.FAILED) else None
    if current is OutcomeClass.PENDING and now - since >= SILENT_AFTER:
        return OutcomeClass.SILENT
    return None


_HELPED = re.compile(
    r"\b(that|this|it)('s| is| has| was)?( now)? (\w+ )?(worked|works|solved|fixed|helped|did it|did the trick)\b"
    r"|\b(solved|fixed|works now|working now|problem (is )?(gone|solved))\b",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(not|no|never|still|but|unfortunately|again)\b|n['\u2019]t\b|\?", re.IGNORECASE)
_SHORT = 25


def says_it_helped(text: str) -> bool:
    """Whether a short message plainly says that the answer solved it. Any doubt is a no: a person will read it."""
    if len(text.split()) > _SHORT or _NOT.search(text):
        return False
    return _HELPED.search(text) is not None


def shares(counts: Mapping[OutcomeClass, int]) -> dict[OutcomeClass, float]:
    """Percentages with one decimal that add up to exactly 100.0 (largest remainder); all zero without attempts."""
    total = sum(counts.values())
    if not total:
        return dict.fromkeys(OutcomeClass, 0.0)
    exact = {one: counts.get(one, 0) * 1000 / total for one in OutcomeClass}
    tenths = {one: int(value) for one, value in exact.items()}
    rest = 1000 - sum(tenths.values())
    for one in sorted(OutcomeClass, key=lambda one: (tenths[one] - exact[one], one.value))[:rest]:
        tenths[one] += 1
    return {one: value / 10 for one, value in tenths.items()}
