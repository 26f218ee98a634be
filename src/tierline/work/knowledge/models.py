"""Articles by KCS v6, what they did for tickets, and lessons on their way to a lower tier."""

from functools import reduce
from operator import or_
from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q

from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right

from .rules import ArticleAudience, Confidence, Governance, LinkHow, TransferState

SEARCH_CONFIG = "tierline"
"""The text-search configuration: English stems without accents (made by the kernel's first migration)."""


CHANGING = frozenset({Right.ARTICLE_WRITE, Right.ARTICLE_PUBLISH})
"""Rights by which articles change: what other desks published is read, not edited."""


_FOR_ALL = Q(audience=ArticleAudience.REQUESTER)
_CURRENT = ~Q(confidence=Confidence.ARCHIVED)
_PUBLISHED = _CURRENT & Q(published_at__isnull=False)


def grounds(viewer: Actor) -> dict[str, Q]:
    """Why an article exists for a person: any one of these is enough, and nothing else is."""
    if not viewer.is_agent:
        return {"published": _PUBLISHED & _FOR_ALL}
    inside = {"house": Q(desk__isnull=True), "desk": Q(desk__in=viewer.desk_ids or {0})}
    return inside if viewer.for_right in CHANGING else inside | {"published": _FOR_ALL}


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible_to(self, viewer: Actor) -> Self:
        """Staff see the articles of the desks they may see; everybody else what is published to requesters."""
        if viewer.is_machine:
            return self
        return self.filter(reduce(or_, grounds(viewer).values()))

    def for_requesters(self) -> Self:
        """What anyone who may ask for help may read, on the portal and through the assistant."""
        return self.filter(_PUBLISHED & _FOR_ALL)

    def published(self) -> Self:
        return self.filter(_PUBLISHED)

    def current(self) -> Self:
        """All but the archived."""
        return self.filter(_CURRENT)


class Article(models.Model):
    """One issue and how it is resolved. `version` counts its timeline; `reference` is `KB-<id>`."""

    timeline_kind: ClassVar[str] = "article"

    title = models.CharField(max_length=200, blank=True, default="")
    issue = models.TextField(blank=True, default="")
    environment = models.TextField(blank=True, default="")
    resolution = models.TextField(blank=True, default="")
    cause = models.TextField(blank=True, default="")
    confidence = models.CharField(max_length=20, choices=[(c.value, c.value) for c in Confidence])
    audience = models.CharField(max_length=12, choices=[(a.value, a.value) for a in ArticleAudience])
    governance = models.CharField(max_length=12, choices=[(g.value, g.value) for g in Governance])
    desk = models.ForeignKey("people.Desk", null=True, on_delete=models.PROTECT, related_name="articles")
    source_ticket = models.ForeignKey("tickets.Ticket", null=True, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    author_label = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)
    search = models.GeneratedField(
        expression=SearchVector("title", weight="A", config=SEARCH_CONFIG)
        + SearchVector("issue", weight="B", config=SEARCH_CONFIG)
        + SearchVector("environment", "cause", weight="C", config=SEARCH_CONFIG)
        + SearchVector("resolution", weight="D", config=SEARCH_CONFIG),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = ArticleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_ticket"], name="article_one_draft_per_ticket"),
            models.CheckConstraint(
                name="article_published_is_complete",
                condition=Q(published_at__isnull=True) | (~Q(title="") & ~Q(issue="") & ~Q(resolution="")),
            ),
            models.CheckConstraint(
                name="article_for_requesters_is_published",
                condition=Q(audience=ArticleAudience.INTERNAL) | Q(published_at__isnull=False),
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="article_search_words"),
            models.Index(F("changed_at").desc(), "id", name="article_list_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def reference(self) -> str:
        """How people name it, for example `KB-12`."""
        return f"KB-{self.pk}"


class ArticleRevision(models.Model):
    """The article's text as one edit left it; `number` counts from 1."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200, blank=True)
    issue = models.TextField(blank=True)
    environment = models.TextField(blank=True)
    resolution = models.TextField(blank=True)
    cause = models.TextField(blank=True)
    editor_label = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="article_revision_one_per_number"),
        ]

    def __str__(self) -> str:
        return f"KB-{self.article_id} revision {self.number}"


class ArticleLink(models.Model):
    """What an article did for a ticket (KCS v6 link). `helped` is null until somebody said so."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="article_links")
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="links")
    how = models.CharField(max_length=8, choices=[(h.value, h.value) for h in LinkHow])
    helped = models.BooleanField(null=True)
    comment = models.TextField(blank=True, default="")
    by_label = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "article"], name="article_link_one_per_ticket"),
        ]

    def __str__(self) -> str:
        return f"KB-{self.article_id} {self.how} for ticket {self.ticket_id}"


class TransferObligation(models.Model):
    """A lesson that a tier owes to a lower one, with its proof: taught, tried on an old ticket, effect measured."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="lessons")
    from_tier = models.PositiveSmallIntegerField()
    to_tier = models.PositiveSmallIntegerField()
    summary = models.TextField()
    article = models.ForeignKey(Article, null=True, on_delete=models.PROTECT, related_name="lessons")
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in TransferState])
    owed_at = models.DateTimeField()
    due_on = models.DateField()
    taught_at = models.DateTimeField(null=True)
    measured_at = models.DateTimeField(null=True)
    effect = models.JSONField(null=True)
    waived_because = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "to_tier"], name="lesson_one_per_ticket_and_tier"),
            models.CheckConstraint(name="lesson_goes_down", condition=Q(to_tier__lt=F("from_tier"))),
            models.CheckConstraint(
                name="lesson_taught_has_article",
                condition=Q(state__in=[TransferState.OWED, TransferState.WAIVED]) | Q(article__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["to_tier", "state", "due_on"], name="lesson_board")]

    def __str__(self) -> str:
        return f"lesson of ticket {self.ticket_id} to tier {self.to_tier}"


class TeachBack(models.Model):
    """One try: a person says how an old ticket of the same cause is solved, and the rule judges it."""

    obligation = models.ForeignKey(TransferObligation, on_delete=models.PROTECT, related_name="teach_backs")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    past_ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="+")
    answer = models.TextField()
    passed = models.BooleanField()
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["obligation", "at"], name="teach_backs_of_lesson")]

    def __str__(self) -> str:
        return f"teach-back {self.pk} of lesson {self.obligation_id}"
