"""Reads of knowledge: search, one article, passages for an answer, and the lessons on their way down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank
from django.db import connection
from django.db.models import F, FloatField, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import clean
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Ticket

from .models import SEARCH_CONFIG, Article, ArticleLink, ArticleQuerySet, TransferObligation
from .rules import Document, LinkHow, Scored, as_written, content_terms, effect_of, rank
from .rules.states import Effect

TYPO_SIMILARITY = 0.35
"""Trigram word similarity (0 to 1) from which a title counts as what was meant."""
_ASKED_TERMS = 120
_HIT, _END = "\ue000", "\ue001"  # private use: cannot occur in cleaned text by accident, harmless if it does


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A piece of a snippet; `hit` says that it is one of the words searched for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundArticle:
    """A search result. `near` means that not every word was found, or only one spelt alike. `score` is 0 to 1."""

    id: int
    reference: str
    title: str
    snippet: tuple[Fragment, ...]
    score: float
    near: bool
    confidence: str
    audience: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedPassage:
    """The resolution of an article that the reader it was fetched for may see. `missing`: words asked but not in it."""

    article_id: int
    reference: str
    title: str
    text: str
    score: float
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonRow:
    """A lesson for the board."""

    id: int
    ticket_id: int
    ticket_reference: str
    from_tier: int
    to_tier: int
    summary: str
    state: str
    due_on: date
    article_reference: str
    passed: int
    tried: int
    effect: Effect | None


def article(viewer: Actor, article_id: int) -> Article:
    """One article. Raises NotFound, also when the viewer may not read it."""
    found = Article.objects.visible_to(viewer).select_related("desk", "author").filter(pk=article_id).first()
    if found is None:
        raise NotFound
    return found


def latest(viewer: Actor, limit: int = 50) -> list[Article]:
    """The current articles changed last."""
    return list(Article.objects.visible_to(viewer).current().defer("search").order_by("-changed_at", "pk")[:limit])


def newest(viewer: Actor, limit: int = 3) -> list[Article]:
    """The articles published last that the viewer may read."""
    found = Article.objects.visible_to(viewer).published().defer("search")
    return list(found.order_by("-published_at", "pk")[:limit])


def search(viewer: Actor, text: str, limit: int = 20) -> list[FoundArticle]:
    """Articles for what somebody typed: all words first (quotes, `or` and `-` as on the web).

    When no article has them all: the best with some of the words, and titles spelt alike. Case and accents do not
    matter.
    """
    words = clean(text, 400).strip()
    if not words:
        return []
    visible = Article.objects.visible_to(viewer).current()
    query = SearchQuery(words, config=SEARCH_CONFIG, search_type="websearch")
    exact = list(
        visible.filter(search=query)
        .annotate(fit=SearchRank(F("search"), query, normalization=32))
        .order_by("-fit", "pk")
        .values_list("pk", "fit")[:limit]
    )
    if exact:
        return _rows(dict(exact), query, near=False)
    scores = {fit.id: fit.score for fit in ranked(visible, words, limit)}
    for pk, similarity in _spelt_alike(visible, words, limit):
        scores[pk] = max(scores.get(pk, 0.0), similarity)
    best = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
    if not best:
        return []
    return _rows(
        dict(best), SearchQuery(" or ".join(words.split()), config=SEARCH_CONFIG, search_type="websearch"), near=True
    )


def _spelt_alike(visible: ArticleQuerySet, words: str, limit: int) -> list[tuple[int, float]]:
    plain = Func(Value(words), function="f_unaccent")
    title = Func(F("title"), function="f_unaccent")
    similarity = Func(plain, title, function="word_similarity", output_field=FloatField())
    found = visible.annotate(alike=similarity).filter(alike__gte=TYPO_SIMILARITY).order_by("-alike", "pk")
    return list(found.values_list("pk", "alike")[:limit])


def _rows(scores: dict[int, float], query: SearchQuery, *, near: bool) -> list[FoundArticle]:
    headline = SearchHeadline(
        Concat("issue", Value(" … "), "resolution", output_field=TextField()),
        query,
        config=SEARCH_CONFIG,
        start_sel=_HIT,
        stop_sel=_END,
        max_words=30,
        min_words=12,
        max_fragments=0,
    )
    found = Article.objects.filter(pk__in=scores).annotate(headline=headline).defer("search")
    rows = [
        FoundArticle(
            id=one.pk,
            reference=one.reference,
            title=one.title,
            snippet=_fragments(_headline(one)),
            score=round(min(scores[one.pk], 1.0), 3),
            near=near,
            confidence=one.confidence,
            audience=one.audience,
        )
        for one in found
    ]
    return sorted(rows, key=lambda row: (-row.score, row.id))


def _headline(annotated: Article) -> str:
    return str(annotated.__dict__["headline"])


def _fragments(headline: str) -> tuple[Fragment, ...]:
    pieces: list[Fragment] = []
    for index, part in enumerate(headline.split(_HIT)):
        hit, mark, rest = part.partition(_END)
        if index and mark:
            pieces += [Fragment(text=hit, hit=True), Fragment(text=rest, hit=False)]
        else:
            pieces.append(Fragment(text=part.replace(_END, ""), hit=False))
    return tuple(piece for piece in pieces if piece.text)


def passages(viewer: Actor, text: str, limit: int = 5) -> list[AuthorisedPassage]:
    """The articles that fit a question best, as this viewer may read them."""
    return _passages(Article.objects.visible_to(viewer).published(), text, limit)


def passages_for_requesters(text: str, limit: int = 5) -> list[AuthorisedPassage]:
    """The same, only from what is published to requesters: the one source of anything tier 0 says."""
    return _passages(Article.objects.for_requesters(), text, limit)


def _passages(visible: ArticleQuerySet, text: str, limit: int) -> list[AuthorisedPassage]:
    fits = {fit.id: fit for fit in ranked(visible, text, limit)}
    found = visible.filter(pk__in=fits).only("pk", "title", "resolution")
    rows = [
        AuthorisedPassage(
            article_id=one.pk,
            reference=one.reference,
            title=one.title,
            text=one.resolution,
            score=round(fits[one.pk].score, 3),
            missing=as_written(fits[one.pk].missing, text),
        )
        for one in found
    ]
    return sorted(rows, key=lambda row: (-row.score, -fits[row.article_id].order, row.article_id))


def ranked(visible: "ArticleQuerySet | QuerySet[Article]", text: str, limit: int) -> list[Scored]:
    """The articles of `visible` by how well they fit `text` (any of its words), best first. Three statements."""
    terms = _terms(clean(text, 20_000))
    if not terms:
        return []
    scope, scope_params = visible.order_by().values("id", "search").query.sql_with_params()
    total, frequency = _frequency(terms, scope, scope_params)
    documents = _documents([t for t in terms if frequency.get(t)], scope, scope_params, max(60, 3 * limit))
    return rank(terms, documents, frequency=frequency, total=total)[:limit]


def _terms(text: str) -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT lexeme FROM unnest(to_tsvector('{SEARCH_CONFIG}', %s)) ORDER BY positions[1]", [text])
        return content_terms(row[0] for row in cursor.fetchall())[:_ASKED_TERMS]


def _frequency(terms: Sequence[str], scope: str, scope_params: tuple[Any, ...]) -> tuple[int, dict[str, int]]:
    sql = f"""
        SELECT asked.lexeme,
               (SELECT count(*) FROM ({scope}) AS a WHERE a.search @@ quote_literal(asked.lexeme)::tsquery),
               (SELECT count(*) FROM ({scope}) AS everything)
          FROM unnest(%s::text[]) AS asked(lexeme)"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [*scope_params, *scope_params, list(terms)])
        rows = cursor.fetchall()
    return rows[0][2], {lexeme: count for lexeme, count, _ in rows}


def _documents(terms: Sequence[str], scope: str, scope_params: tuple[Any, ...], limit: int) -> list[Document]:
    if not terms:
        return []
    # A word in the title says more about what an article is about than one in its resolution.
    sql = f"""
        SELECT best.id, best.size, word.lexeme,
               (SELECT sum(CASE w WHEN 'A' THEN 3.0 WHEN 'B' THEN 2.0 ELSE 1.0 END) FROM unnest(word.weights) AS w)
          FROM (SELECT a.id, a.search, length(a.search) AS size
                  FROM ({scope}) AS a, array_to_string(
                       ARRAY(SELECT quote_literal(t) FROM unnest(%s::text[]) AS t), ' | ') AS any_of
                 WHERE a.search @@ any_of::tsquery
                 ORDER BY ts_rank(a.search, any_of::tsquery) DESC, a.id LIMIT %s) AS best,
               unnest(best.search) AS word
         WHERE word.lexeme = ANY(%s)"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [*scope_params, list(terms), limit, list(terms)])
        rows = cursor.fetchall()
    found: dict[int, tuple[int, dict[str, float]]] = {}
    for pk, size, lexeme, times in rows:
        found.setdefault(pk, (size, {}))[1][lexeme] = float(times)
    return [Document(id=pk, length=size, terms=terms) for pk, (size, terms) in found.items()]


def links_of(viewer: Actor, ticket_id: int) -> list[ArticleLink]:
    """The articles linked to a ticket that the viewer may read, newest first."""
    readable = Article.objects.visible_to(viewer)
    found = ArticleLink.objects.filter(ticket_id=ticket_id, article__in=readable)
    return list(found.select_related("article").order_by("-at", "-pk"))


def obligations(
    viewer: Actor, *, to_tier: int | None = None, ticket_id: int | None = None, open_only: bool = False
) -> list[LessonRow]:
    """Lessons for the board, most urgent first; all of them, or those for one tier, or those of one ticket."""
    require(viewer, Right.CONSOLE)
    found = TransferObligation.objects.filter(ticket__in=Ticket.objects.visible_to(viewer))
    if to_tier is not None:
        found = found.filter(to_tier=to_tier)
    if ticket_id is not None:
        found = found.filter(ticket_id=ticket_id)
    if open_only:
        found = found.filter(state__in=["owed", "taught", "tried"])
    rows = found.select_related("ticket", "article").prefetch_related("teach_backs").order_by("due_on", "pk")
    return [_lesson_row(one) for one in rows]


def _lesson_row(lesson: TransferObligation) -> LessonRow:
    tries = list(lesson.teach_backs.all())
    return LessonRow(
        id=lesson.pk,
        ticket_id=lesson.ticket_id,
        ticket_reference=lesson.ticket.reference,
        from_tier=lesson.from_tier,
        to_tier=lesson.to_tier,
        summary=lesson.summary,
        state=lesson.state,
        due_on=lesson.due_on,
        article_reference=lesson.article.reference if lesson.article else "",
        passed=sum(one.passed for one in tries),
        tried=len(tries),
        effect=effect_of(**lesson.effect) if lesson.effect else None,
    )


def same_cause(lesson: TransferObligation) -> QuerySet[Ticket]:
    """Solved tickets of the lesson's cause: those its article was used, reused or cited for, and its own."""
    mine = Q(pk=lesson.ticket_id)
    if lesson.article is not None:
        links = ArticleLink.objects.filter(article=lesson.article).exclude(how=LinkHow.FLAGGED)
        mine |= Q(pk__in=links.values("ticket_id"))
    solved = Ticket.objects.filter(mine, resolved_at__isnull=False, merged_into__isnull=True)
    return solved.exclude(resolution_code="withdrawn")


def effect_counts(lesson: TransferObligation) -> dict[str, int]:
    """The four counts of `rules.effect_of`: solved before and after teaching, and those at or below the taught tier."""
    rows = same_cause(lesson).exclude(resolved_tier=None).values_list("resolved_at", "resolved_tier")
    solved = [(at, tier) for at, tier in rows if at is not None and tier is not None]
    taught = lesson.taught_at
    before = [tier for at, tier in solved if taught is None or at < taught]
    after = [tier for at, tier in solved if taught is not None and at >= taught]
    return {
        "before": len(before),
        "before_low": sum(tier <= lesson.to_tier for tier in before),
        "after": len(after),
        "after_low": sum(tier <= lesson.to_tier for tier in after),
    }
