"""What the search box finds: own requests, known issues and articles, each in one line."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import one_line
from tierline.desk.tickets import queries as tickets
from tierline.doors.web.portal import words
from tierline.ladder.problems import queries as problems
from tierline.ladder.problems.queries import KnownErrorRow
from tierline.work.knowledge import queries as knowledge
from tierline.work.knowledge.queries import Fragment

LONGEST_QUERY = 300
OWN, ARTICLES = 3, 6


@dataclass(frozen=True, kw_only=True)
class Find:
    """One line of the results. `text` is safe HTML: plain words with marked hits."""

    kind: str
    title: str
    text: str | SafeString
    href: str


def finds(viewer: Actor, text: str) -> list[Find]:
    """The best of everything the viewer may read, own requests first."""
    query = one_line(text, LONGEST_QUERY)
    if not query:
        return []
    return [*_own(viewer, query), *_issues(viewer, query), *_articles(viewer, query)]


def marked(fragments: tuple[Fragment, ...]) -> SafeString:
    """A snippet with its hits marked; everything in it is escaped."""
    parts = (format_html("<mark>{}</mark>" if piece.hit else "{}", piece.text) for piece in fragments)
    return mark_safe("".join(parts))  # noqa: S308 (each part was escaped by format_html)


def _own(viewer: Actor, query: str) -> Iterator[Find]:
    for row in tickets.search(viewer, query, limit=OWN):
        open_ = row.status in {"new", "open", "waiting"}
        text = _("With %(who)s") % {"who": words.with_stop(row.tier)} if open_ else _("Solved")
        yield Find(
            kind=_("Your request"),
            title=row.title,
            text=text,
            href=reverse("portal:request", args=[row.reference]),
        )


def _articles(viewer: Actor, query: str) -> Iterator[Find]:
    for found in knowledge.search(viewer, query, limit=ARTICLES):
        yield Find(
            kind=_("Article"),
            title=found.title,
            text=marked(found.snippet),
            href=reverse("portal:article", args=[found.id]),
        )


@dataclass(frozen=True, kw_only=True)
class Issue:
    """A known issue as requesters read it."""

    title: str
    text: str
    href: str


def issues(viewer: Actor, *, limit: int = 4) -> list[Issue]:
    """The known errors published for requesters, the newest change first."""
    rows = problems.known_errors(viewer, limit=limit)
    return [Issue(title=row.title, text=_issue_words(row), href=reverse("portal:issue", args=[row.id])) for row in rows]


def _issue_words(row: KnownErrorRow) -> str:
    if row.hits:
        return ngettext("%(n)s request is about this.", "%(n)s requests are about this.", row.hits) % {"n": row.hits}
    return _("The cause is known.")


def _issues(viewer: Actor, query: str) -> Iterator[Find]:
    """Known issues that hold every word of the query in their title."""
    words_ = [word.casefold() for word in query.split()]
    for issue in problems.known_errors(viewer):
        if all(word in issue.title.casefold() for word in words_):
            href = reverse("portal:issue", args=[issue.id])
            yield Find(kind=_("Known issue"), title=issue.title, text=_issue_words(issue), href=href)
