"""Verbs on articles. Each is one transaction on the locked article and records one event on its timeline."""

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import ChangedMeanwhile, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.core.timeline.operations import record
from tierline.core.timeline.rules import Payload
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as ticket_queries
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.knowledge import events, queries
from tierline.work.knowledge.errors import NothingToLearn, NotReady, WrongState
from tierline.work.knowledge.models import Article, ArticleLink, ArticleRevision
from tierline.work.knowledge.rules import (
    ArticleAudience,
    Confidence,
    Governance,
    LinkHow,
    environment_lines,
    in_requesters_words,
    missing_for_publication,
    question,
    without_secrets,
)

COVERED = 0.6
"""A ticket is covered by an article when both its issue and its resolution score at least this (0 to 1)."""
_PARTS = ("title", "issue", "environment", "resolution", "cause")
_LIMITS = {"title": 200, "issue": 10_000, "environment": 4_000, "resolution": 40_000, "cause": 10_000}


def create(
    *,
    actor: Actor,
    title: str,
    issue: str = "",
    environment: str = "",
    resolution: str = "",
    cause: str = "",
    desk_id: int | None = None,
    governance: Governance = Governance.EXPERIENCE,
    confidence: Confidence = Confidence.WORK_IN_PROGRESS,
) -> Article:
    """Begin an article that no ticket led to."""
    actor = holding(actor, Right.ARTICLE_WRITE)
    parts = {"title": title, "issue": issue, "environment": environment, "resolution": resolution, "cause": cause}
    with transaction.atomic():
        return _begin(actor, parts, confidence=confidence, desk_id=desk_id, governance=governance)


def draft_from_ticket(*, actor: Actor, ticket_id: int) -> Article:
    """An article from a resolved ticket: the issue in the requester's words, the facts, the resolution; all redacted.

    The second call returns the first call's article. Raises NotFound, and NothingToLearn without a resolution.
    """
    actor = holding(actor, Right.ARTICLE_WRITE)
    with transaction.atomic():
        ticket = Ticket.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=ticket_id).first()
        if ticket is None:
            raise NotFound
        existing = Article.objects.filter(source_ticket=ticket).first()
        if existing is not None:
            return existing
        if not ticket.resolution.strip():
            raise NothingToLearn
        parts = {
            "title": without_secrets(ticket.title),
            "issue": in_requesters_words(_first_words(ticket)),
            "environment": environment_lines(ticket.facts),
            "resolution": without_secrets(ticket.resolution),
        }
        return _begin(actor, parts, desk_id=ticket.desk_id, ticket=ticket)


def draft_or_reuse(*, actor: Actor, ticket_id: int) -> Article | None:
    """What a solved ticket leaves behind: the article that covers it is linked as reused, else one is drafted.

    Nothing for what tier 0 solved, what was merged away or withdrawn, and what a known error already explains.
    """
    ticket = ticket_queries.get(actor, ticket_id)
    if not ticket.resolved_tier or ticket.merged_into_id or not ticket.resolution.strip():
        return None
    if ticket.resolution_code in {"known_error", "duplicate", "withdrawn"}:
        return None
    linked = ArticleLink.objects.filter(ticket=ticket).exclude(how=LinkHow.FLAGGED).select_related("article").first()
    if linked is not None:
        return linked.article
    covering = _covering(actor, ticket)
    if covering is not None:
        link(actor=actor, ticket_id=ticket_id, article_id=covering, how=LinkHow.REUSED)
        return queries.article(actor, covering)
    return draft_from_ticket(actor=actor, ticket_id=ticket_id)


def revise(*, actor: Actor, article_id: int, seen_version: int, **parts: str) -> Article:
    """Change parts of an article (title, issue, environment, resolution, cause); every edit is kept as a revision.

    A new title or text of a validated article makes it not validated again. Raises ChangedMeanwhile, NotFound, and
    NotReady where a published article would lose a part its readers need.
    """
    actor = holding(actor, Right.ARTICLE_WRITE)
    if unknown := set(parts) - set(_PARTS):
        raise TypeError(f"an article has no part {sorted(unknown)}")
    with transaction.atomic():
        article = _locked(actor, article_id)
        if seen_version != article.version:
            raise ChangedMeanwhile(seen=seen_version, current=article.version)
        cleaned = _cleaned(parts)
        changed = [name for name in _PARTS if name in cleaned and cleaned[name] != getattr(article, name)]
        if not changed:
            return article
        for name in changed:
            setattr(article, name, cleaned[name])
        if article.published_at is not None:
            _require_complete(article)
        if article.confidence == Confidence.VALIDATED and changed != ["environment"]:
            article.confidence = Confidence.NOT_VALIDATED
        number = _keep_revision(actor, article)
        return _save(actor, article, events.ArticleRevised(revision=number, parts=changed), "confidence", *changed)


def validate(*, actor: Actor, article_id: int) -> Article:
    """Say that the article was tried and holds. Raises NotReady, NotFound and WrongState (archived)."""
    actor = holding(actor, Right.ARTICLE_WRITE)
    with transaction.atomic():
        article = _current(actor, article_id)
        _require_complete(article)
        if article.confidence == Confidence.VALIDATED:
            return article
        article.confidence = Confidence.VALIDATED
        return _save(actor, article, events.ArticleValidated(), "confidence")


def publish(*, actor: Actor, article_id: int, audience: ArticleAudience | str) -> Article:
    """Let an audience read it: the desk's staff, or requesters too. Raises NotReady with what is missing.

    Under compliance governance only a validated article is published (KCS v6, governance).
    """
    actor = holding(actor, Right.ARTICLE_PUBLISH)
    with transaction.atomic():
        article = _current(actor, article_id)
        _require_complete(article)
        if article.governance == Governance.COMPLIANCE and article.confidence != Confidence.VALIDATED:
            raise NotReady("This article is under compliance governance.", todo="Have it validated first.")
        if article.published_at is not None and article.audience == audience:
            return article
        if article.confidence == Confidence.WORK_IN_PROGRESS:
            article.confidence = Confidence.NOT_VALIDATED
        article.audience = ArticleAudience(audience)
        article.published_at = clock.now()
        payload = events.ArticlePublished(audience=article.audience)
        return _save(actor, article, payload, "audience", "published_at", "confidence")


def archive(*, actor: Actor, article_id: int, reason: str) -> Article:
    """Take an article out of use; what was linked to it stays linked."""
    actor = holding(actor, Right.ARTICLE_PUBLISH)
    with transaction.atomic():
        article = _current(actor, article_id)
        article.confidence = Confidence.ARCHIVED
        return _save(actor, article, events.ArticleArchived(reason=one_line(reason)), "confidence")


def flag(*, actor: Actor, article_id: int, comment: str, ticket_id: int | None = None) -> Article:
    """Say that something is wrong in it (KCS v6: flag it or fix it). A validated article is no longer so.

    Anyone who may read the article may flag it; with a ticket, the ticket is linked.
    """
    with transaction.atomic():
        article = _current(actor, article_id)
        words = without_secrets(clean(comment, 2000).strip())
        if ticket_id is not None:
            _link(actor, ticket_queries.get(actor, ticket_id), article, LinkHow.FLAGGED, comment=words)
        if article.confidence == Confidence.VALIDATED:
            article.confidence = Confidence.NOT_VALIDATED
        payload = events.ArticleFlagged(ticket_id=ticket_id or 0, comment=words)
        return _save(actor, article, payload, "confidence")


def link(*, actor: Actor, ticket_id: int, article_id: int, how: LinkHow | str) -> ArticleLink:
    """Say what an article did for a ticket; the last word counts. The event stands on the ticket's timeline."""
    with transaction.atomic():
        ticket = ticket_queries.get(actor, ticket_id)
        article = Article.objects.visible_to(actor).filter(pk=article_id).first()
        if article is None:
            raise NotFound
        return _link(actor, ticket, article, LinkHow(how))


def say_helped(*, actor: Actor, ticket_id: int, helped: bool) -> int:
    """The requester's word on every article cited to them on a ticket; returns how many links it concerns."""
    ticket_queries.get(actor, ticket_id)
    return ArticleLink.objects.filter(ticket_id=ticket_id, how=LinkHow.CITED).update(helped=helped)


def _begin(
    actor: Actor,
    parts: dict[str, str],
    *,
    desk_id: int | None,
    ticket: Ticket | None = None,
    governance: Governance = Governance.EXPERIENCE,
    confidence: Confidence = Confidence.WORK_IN_PROGRESS,
) -> Article:
    moment = clock.now()
    article = Article(
        **_cleaned(parts),
        confidence=confidence,
        audience=ArticleAudience.INTERNAL,
        governance=governance,
        desk_id=desk_id,
        source_ticket=ticket,
        author_id=actor.person_id,
        author_label=actor.label,
        created_at=moment,
        changed_at=moment,
    )
    article.save(force_insert=True)
    _keep_revision(actor, article)
    return _save(actor, article, events.ArticleDrafted(ticket_id=ticket.pk if ticket else 0))


def _save(actor: Actor, article: Article, payload: Payload, *changed: str) -> Article:
    record(article, payload=payload, actor=actor)
    article.changed_at = clock.now()
    article.save(update_fields=["version", "changed_at", *changed])
    return article


def _cleaned(parts: dict[str, str]) -> dict[str, str]:
    return {
        name: one_line(text, _LIMITS[name]) if name == "title" else clean(text, _LIMITS[name]).strip()
        for name, text in parts.items()
    }


def _keep_revision(actor: Actor, article: Article) -> int:
    number = article.revisions.count() + 1
    texts = {name: getattr(article, name) for name in _PARTS}
    ArticleRevision.objects.create(article=article, number=number, editor_label=actor.label, at=clock.now(), **texts)
    return number


def _locked(actor: Actor, article_id: int) -> Article:
    article = Article.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=article_id).first()
    if article is None:
        raise NotFound
    return article


def _current(actor: Actor, article_id: int) -> Article:
    article = _locked(actor, article_id)
    if article.confidence == Confidence.ARCHIVED:
        raise WrongState("This article is archived.", todo="Write a new one, or revise another.")
    return article


def _require_complete(article: Article) -> None:
    missing = missing_for_publication(title=article.title, issue=article.issue, resolution=article.resolution)
    if missing:
        raise NotReady(f"{article.reference} lacks its {' and its '.join(missing)}.", todo="Add what is missing.")


def _first_words(ticket: Ticket) -> str:
    first = Message.objects.filter(ticket=ticket, direction="in").order_by("pk").first()
    return first.text if first else ticket.title


def _covering(actor: Actor, ticket: Ticket) -> int | None:
    by_issue = queries.passages(actor, question(ticket.title, _first_words(ticket)), limit=1)
    by_resolution = queries.passages(actor, ticket.resolution, limit=1)
    if not (by_issue and by_resolution) or by_issue[0].article_id != by_resolution[0].article_id:
        return None
    return by_issue[0].article_id if min(by_issue[0].score, by_resolution[0].score) >= COVERED else None


def _link(actor: Actor, ticket: Ticket, article: Article, how: LinkHow, comment: str = "") -> ArticleLink:
    known = ArticleLink.objects.filter(ticket=ticket, article=article).first()
    if known is not None and known.how == how and not comment:
        return known
    made, _ = ArticleLink.objects.update_or_create(
        ticket=ticket,
        article=article,
        defaults={"how": how, "by_label": actor.label, "at": clock.now(), "comment": comment},
    )
    payload = events.ArticleLinked(article_id=article.pk, how=how)
    tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=payload)
    return made
