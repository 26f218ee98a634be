"""What happens to articles and lessons. Article events stand on the article's timeline, lessons on the ticket's."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDrafted(Payload):
    """An article was begun, from a ticket (`ticket_id`) or from nothing (0)."""

    kind: ClassVar[str] = "article.drafted"
    ticket_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRevised(Payload):
    kind: ClassVar[str] = "article.revised"
    revision: int
    parts: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleValidated(Payload):
    kind: ClassVar[str] = "article.validated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePublished(Payload):
    kind: ClassVar[str] = "article.published"
    audience: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleArchived(Payload):
    kind: ClassVar[str] = "article.archived"
    reason: str

    def erase(self) -> Self:
        return replace(self, reason=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFlagged(Payload):
    """A reader says that something is wrong in it (KCS v6: flag it or fix it). `ticket_id` is 0 without a ticket."""

    kind: ClassVar[str] = "article.flagged"
    ticket_id: int
    comment: str

    def erase(self) -> Self:
        return replace(self, comment=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleLinked(Payload):
    """On the ticket's timeline: an article was used, reused, cited or flagged for it."""

    kind: ClassVar[str] = "article.linked"
    article_id: int
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonOwed(Payload):
    kind: ClassVar[str] = "lesson.owed"
    obligation_id: int
    from_tier: int
    to_tier: int
    summary: str
    due_on: str

    def erase(self) -> Self:
        return replace(self, summary=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonTaught(Payload):
    kind: ClassVar[str] = "lesson.taught"
    obligation_id: int
    article_id: int
    to_tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachBackPassed(Payload):
    kind: ClassVar[str] = "lesson.teach_back_passed"
    obligation_id: int
    past_ticket_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachBackFailed(Payload):
    kind: ClassVar[str] = "lesson.teach_back_failed"
    obligation_id: int
    past_ticket_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonMeasured(Payload):
    """Counts of same-cause tickets, and of those solved at or below the taught tier, before and after teaching."""

    kind: ClassVar[str] = "lesson.measured"
    obligation_id: int
    before_tickets: int
    before_low: int
    after_tickets: int
    after_low: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonWaived(Payload):
    kind: ClassVar[str] = "lesson.waived"
    obligation_id: int
    reason: str

    def erase(self) -> Self:
        return replace(self, reason=ERASED)
