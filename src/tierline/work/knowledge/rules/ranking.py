"""How well an article fits a question: BM25 for the order, and the covered share of the question as the score.

Words arrive as the database's lexemes (stemmed, without stop words); this file only counts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

K1 = 1.2
B = 0.4
PRIOR_CORPUS = 200
"""A young desk has few articles: rarity is judged as if there were this many, so that scores keep their meaning."""
QUESTION_WORDS = 60
"""How much of a message is asked: title and the first words say what is wrong, the rest is circumstance."""

_COURTESY = frozenset(
    (  # noqa: SIM905 (words read better as words)
        "hi hello hey dear thank pleas kind regard best morn afternoon today yesterday sinc need want get tri help "
        "problem issu know would could still anyon everi colleagu team support desk ticket"
    ).split()
)
_SHORT = 3
_WORD_LIKE = re.compile(r"^[^\W\d_][\w.'-]{1,29}$", re.UNICODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An article as the ranking sees it: how often each asked lexeme occurs, weighted by where; `length` in lexemes."""

    id: int
    length: int
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One article's fit. `score` is the share of the question's weight it covers, 0 to 1; `order` is its BM25."""

    id: int
    score: float
    order: float
    missing: tuple[str, ...]


def question(title: str, text: str) -> str:
    """What to ask of a ticket: its title and the first words of what was written."""
    return f"{title}\n{' '.join(text.split()[:QUESTION_WORDS])}".strip()


def content_terms(lexemes: Iterable[str]) -> tuple[str, ...]:
    """The lexemes that carry meaning: no bare numbers, no courtesy, nothing of one letter. Order kept, each once."""
    return tuple(dict.fromkeys(term for term in lexemes if _WORD_LIKE.match(term) and term not in _COURTESY))


def rank(
    terms: Sequence[str], documents: Iterable[Document], *, frequency: Mapping[str, int], total: int
) -> list[Scored]:
    """Articles by fit, best first; ties by id. `frequency` says in how many of `total` articles a lexeme occurs.

    BM25 with the usual saturation. A word that no article knows weighs most in the score: it is what the house cannot
    answer.
    """
    found = list(documents)
    weight = {term: rarity(frequency.get(term, 0), total) for term in terms}
    whole = sum(weight.values())
    if not found or not whole:
        return []
    mean_length = sum(document.length for document in found) / len(found) or 1.0
    scored = [_score(document, weight, whole, mean_length) for document in found]
    return sorted(scored, key=lambda fit: (-fit.order, fit.id))


def as_written(lexemes: Iterable[str], text: str) -> tuple[str, ...]:
    """Each lexeme as `text` has it ("batteri" is "battery" there), for people; itself where no word is like it.

    A stemmer changes the last letter at most before it cuts, so a word that begins as the lexeme does up to there and
    is nearest in length is the one.
    """
    words = dict.fromkeys(re.findall(r"\w[\w.'-]*", text.lower()))
    return tuple(min(_like(lexeme, words), key=len, default=lexeme) for lexeme in lexemes)


def _like(lexeme: str, words: Iterable[str]) -> list[str]:
    start = lexeme[:-1] if len(lexeme) > _SHORT else lexeme
    return [word.rstrip(".'-") for word in words if word.startswith(start)]


def rarity(frequency: int, total: int) -> float:
    """Inverse document frequency (Robertson and Spärck Jones, never negative) with a floor on the corpus size."""
    total = max(total, PRIOR_CORPUS)
    return log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def _score(document: Document, weight: Mapping[str, float], whole: float, mean_length: float) -> Scored:
    order = covered = 0.0
    norm = K1 * (1 - B + B * document.length / mean_length)
    for term, value in weight.items():
        times = document.terms.get(term, 0.0)
        if times > 0:
            order += value * times * (K1 + 1) / (times + norm)
            covered += value
    missing = tuple(term for term in weight if not document.terms.get(term))
    return Scored(id=document.id, score=min(1.0, covered / whole), order=order, missing=missing)
