"""Pure rules of knowledge: article states, plain words, ranking and teach-back. No Django, no clock."""

from .ranking import Document, Scored, as_written, content_terms, question, rank
from .states import (
    ArticleAudience,
    Confidence,
    Governance,
    LinkHow,
    TransferState,
    effect_of,
    missing_for_publication,
    next_transfer_states,
)
from .teach_back import Accepted, Verdict, judge
from .words import environment_lines, in_requesters_words, steps, without_secrets

__all__ = [
    "Accepted",
    "ArticleAudience",
    "Confidence",
    "Document",
    "Governance",
    "LinkHow",
    "Scored",
    "TransferState",
    "Verdict",
    "as_written",
    "content_terms",
    "effect_of",
    "environment_lines",
    "in_requesters_words",
    "judge",
    "missing_for_publication",
    "next_transfer_states",
    "question",
    "rank",
    "steps",
    "without_secrets",
]
