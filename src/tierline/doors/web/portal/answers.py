"""How the portal shows what tier 0 says: paragraphs with numbered sources, choices, and an honest "I do not know"."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tierline.ladder.assistant.models import Turn
from tierline.ladder.assistant.queries import Reply, reply_of
from tierline.ladder.assistant.rules import Passage
from tierline.work.knowledge.models import Article

CITATION = re.compile(r"\s*\[(KB-\d+|KE-\d+)\]")
OPTION = "- "


@dataclass(frozen=True, kw_only=True)
class Source:
    """An article an answer rests on; `number` is its mark in the text."""

    number: int
    reference: str
    title: str
    href: str


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    text: str
    marks: tuple[Source, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One turn of a conversation as the page shows it; `last` turns carry the verbs."""

    turn_id: int
    mine: bool
    decision: str = ""
    paragraphs: tuple[Paragraph, ...] = ()
    options: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    looked_at: tuple[Source, ...] = ()
    last: bool = False


def shown(turns: Sequence[Turn]) -> list[Shown]:
    """The whole conversation, oldest first."""
    last = turns[-1].pk if turns else 0
    return [_mine(turn) if not turn.by_machine else _answer(reply_of(turn), last=turn.pk == last) for turn in turns]


def paragraphs(text: str, passages: Iterable[Passage]) -> tuple[tuple[Paragraph, ...], tuple[Source, ...]]:
    """Cut an answer into paragraphs whose citations are numbered sources, in the order they appear."""
    known = {passage.reference: passage for passage in passages}
    numbered: dict[str, Source] = {}
    parts = []
    for part in (part for part in text.split("\n\n") if part.strip()):
        marks = tuple(_source(reference, known, numbered) for reference in CITATION.findall(part))
        words = CITATION.sub("", part).strip()
        if words:
            parts.append(Paragraph(text=words, marks=marks))
    return tuple(parts), tuple(numbered.values())


def passages_of(articles: Iterable[Article]) -> list[Passage]:
    """Articles as sources of an answer."""
    return [
        Passage(article_id=one.pk, reference=one.reference, title=one.title, text="", score=1.0) for one in articles
    ]


def split_options(text: str) -> tuple[str, tuple[str, ...]]:
    """The words of a question and the choices listed under it, one a line."""
    lines = text.split("\n")
    options = tuple(line.removeprefix(OPTION).strip() for line in lines if line.startswith(OPTION))
    return "\n".join(line for line in lines if not line.startswith(OPTION)).strip(), options


def _source(reference: str, known: dict[str, Passage], numbered: dict[str, Source]) -> Source:
    if reference not in numbered:
        passage = known.get(reference)
        numbered[reference] = Source(
            number=len(numbered) + 1,
            reference=reference,
            title=passage.title if passage else _("a known error"),
            href=reverse("portal:article", args=[passage.article_id]) if passage else "",
        )
    return numbered[reference]


def _mine(turn: Turn) -> Shown:
    return Shown(turn_id=turn.pk, mine=True, paragraphs=(Paragraph(text=turn.text),))


def _answer(reply: Reply, *, last: bool) -> Shown:
    words, options = split_options(reply.text) if reply.decision == "ask" else (reply.text, ())
    parts, sources = paragraphs(words, reply.passages)
    looked_at = tuple(
        Source(
            number=number,
            reference=passage.reference,
            title=passage.title,
            href=reverse("portal:article", args=[passage.article_id]),
        )
        for number, passage in enumerate(reply.passages[:3], 1)
    )
    return Shown(
        turn_id=reply.turn_id,
        mine=False,
        decision=reply.decision,
        paragraphs=parts,
        options=options,
        sources=sources,
        looked_at=looked_at,
        last=last,
    )
