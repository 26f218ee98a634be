"""Teach-back: a learner solves an old ticket on paper, and a rule that anyone can check says whether it holds."""

import re
from dataclasses import dataclass

from .words import steps

STEP_SHARE = 0.5
"""Share of the resolution steps that an answer must cover."""
WORD_SHARE = 0.6
"""Share of a step's content words that must occur in the answer for the step to be covered."""

_WORD = re.compile(r"[^\W\d_]{4,}|\d+(?:\.\d+)+", re.UNICODE)
_STEM = 6
_EMPTY_WORDS = frozenset(
    (  # noqa: SIM905 (words read better as words)
        "about after again also back been before being both cannot could does done down each first from have here "
        "into just like made make more most must need only onto other over same should some such than that their "
        "them then there these they this those through until very want were what when where which while will with "
        "would your"
    ).split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What counts as the right answer: references such as `KB-12` or `KE-3`, and the resolution's text."""

    references: frozenset[str]
    resolution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a teach-back passed, and the sentence that says why."""

    passed: bool
    reason: str


def judge(answer: str, accepted: Accepted) -> Verdict:
    """The rule, in full.

    An answer passes when

    1. it names the article or the known error by its reference (`KB-12`, `KE-3`), or
    2. it covers at least half of the resolution's steps. A step is covered when at least 60 % of its words of four
       letters or more (common words apart, compared by their first six letters) occur in the answer.
    """
    named = _references(answer) & {reference.upper() for reference in accepted.references}
    if named:
        return Verdict(passed=True, reason=f"The answer names {min(named)}.")
    wanted = [words for words in (_stems(step) for step in steps(accepted.resolution)) if words]
    if not wanted:
        return Verdict(passed=False, reason="The answer names neither the article nor the known error.")
    have = _stems(answer)
    covered = sum(len(words & have) >= WORD_SHARE * len(words) for words in wanted)
    passed = covered >= STEP_SHARE * len(wanted)
    return Verdict(passed=passed, reason=f"The answer covers {covered} of {len(wanted)} steps; half are needed.")


def _references(text: str) -> set[str]:
    return {match.upper() for match in re.findall(r"\b[A-Za-z]{2,3}-\d{1,9}\b", text)}


def _stems(text: str) -> frozenset[str]:
    return frozenset(
        word[:_STEM] for word in (match.lower() for match in _WORD.findall(text)) if word not in _EMPTY_WORDS
    )
