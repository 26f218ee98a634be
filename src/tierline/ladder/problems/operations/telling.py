"""Telling the requesters of linked tickets what became known, once each."""

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.ladder.problems.events import FixVerified
from tierline.ladder.problems.models import Fix, Problem, ProblemTicket, Told
from tierline.ladder.problems.rules import told_of_article, told_of_fix
from tierline.work.knowledge.models import Article


def tell_linked(*, actor: Actor, entry: TimelineEntry) -> int:
    """Tell the requesters of the problem's open tickets about a verified fix or a published article.

    A verified fix also stands on each ticket's timeline; only the problem's own entry is acted on. Safe to repeat:
    nobody is told the same thing twice. Returns how many were told now.
    """
    if entry.kind == FixVerified.kind and entry.subject_kind == Problem.timeline_kind:
        fix = Fix.objects.select_related("product").get(pk=entry.data["fix_id"])
        return sum(_tell_of_fix(actor, fix, ticket) for ticket in _open_tickets(fix.problem_id))
    if entry.kind == "article.published":
        return _tell_of_article(actor, entry.subject_id)
    return 0


def _tell_of_fix(actor: Actor, fix: Fix, ticket: Ticket) -> bool:
    text = told_of_fix(
        title=ticket.title,
        product=fix.product.name if fix.product else "version",
        fixed_in=fix.fixed_in,
        version=ticket.release_version,
    )
    return _tell(actor, ticket, f"fix:{fix.pk}", text)


def _tell_of_article(actor: Actor, article_id: int) -> int:
    article = Article.objects.for_requesters().filter(pk=article_id).first()
    if article is None or article.source_ticket_id is None:
        return 0
    link = ProblemTicket.objects.filter(ticket_id=article.source_ticket_id).first()
    if link is None:
        return 0
    text = told_of_article(title=article.title, reference=f"KB-{article.pk}")
    return sum(_tell(actor, ticket, f"article:{article.pk}", text) for ticket in _open_tickets(link.problem_id))


def _open_tickets(problem_id: int) -> list[Ticket]:
    return list(Ticket.objects.open().filter(problem_link__problem_id=problem_id).order_by("pk"))


def _tell(actor: Actor, ticket: Ticket, what: str, text: str) -> bool:
    with transaction.atomic():
        _, new = Told.objects.get_or_create(ticket=ticket, what=what, defaults={"told_at": clock.now()})
        if new:
            tickets.reply(actor=actor, ticket_id=ticket.pk, text=text)
        return new
