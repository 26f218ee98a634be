"""Views made anew: files are read again by today's rules, and nothing that they mask now stays readable elsewhere.

A ticket is done in one transaction, so that nobody sees half of it. Numbers of lines, names of secrets and ids of
files stay; what points at them goes on pointing at the same.
"""

import time

from django.db import transaction
from django.db.models import Q

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.desk.people.rules import Right, holding, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as ticket_queries
from tierline.desk.tickets.models import Ticket, TicketQuerySet
from tierline.work.diagnosis.events import ViewsRebuilt
from tierline.work.diagnosis.models import Evidence, Rebuild

from .baselines import relearn
from .cleansing import cleanse, match_again
from .reading import read_again

JOB = "diagnosis.rebuild"
ROUND = 30.0  # seconds of work, then other jobs get their turn


def rebuild_ticket(*, actor: Actor, ticket_id: int) -> list[Evidence]:
    """Read the files of a ticket again and replace all that was made of them, at once or not at all.

    Raises NotFound without the right, and ReadElsewhere while one of the files is being read.
    """
    actor = holding(actor, Right.EVIDENCE_KEEP)
    with transaction.atomic():
        ticket = ticket_queries.get(actor, ticket_id)
        before = list(Evidence.objects.filter(ticket=ticket).exclude(state="pending").order_by("pk"))
        if not before:
            return []
        done = [read_again(actor, one.pk) for one in before]
        relearn([one.pk for one in done])
        rewritten = cleanse(ticket)
        match_again(actor, ticket)
        told = ViewsRebuilt(
            evidence_ids=[one.pk for one in done],
            refused=sum(one.state == "refused" for one in done),
            masked=sum(sum(one.masked.values()) for one in done),
            rewritten=rewritten,
        )
        tickets.note_event(actor=actor, ticket_id=ticket_id, payload=told)
    return done


def begin_rebuild(*, actor: Actor, desk_id: int | None = None) -> Rebuild:
    """Have all views of a desk (of every desk) made anew, as a job; one that runs already goes on. Raises NotFound."""
    if desk_id is None:
        require(actor, Right.SETUP if not actor.is_machine else Right.EVIDENCE_KEEP)
    else:
        require(actor, Right.DESK_SETUP, desk_id=desk_id)
    with transaction.atomic():
        same = Q(desk=None) if desk_id is None else Q(desk_id=desk_id)
        running = Rebuild.objects.select_for_update().filter(same, state="running").first()
        if running is None:
            running = Rebuild(desk_id=desk_id, state="running", asked_by=actor.label, started_at=clock.now())
            running.total = _after(running).count()
            running.save()
        jobs.enqueue(JOB, lock=f"rebuild:{running.pk}", rebuild_id=running.pk)
    return running


def stop_rebuild(*, actor: Actor, rebuild_id: int) -> Rebuild:
    """Leave the rest as it is. Raises NotFound."""
    with transaction.atomic():
        found = Rebuild.objects.select_for_update().filter(pk=rebuild_id, state="running").first()
        if found is None:
            raise NotFound
        if found.desk_id is None:
            require(actor, Right.SETUP)
        else:
            require(actor, Right.DESK_SETUP, desk_id=found.desk_id)
        return _ended(found, "stopped")


def go_on(*, actor: Actor, rebuild_id: int, seconds: float = ROUND) -> bool:
    """The job: ticket after ticket for a while, then the queue's turn. Safe to repeat and to interrupt.

    Each ticket's transaction also keeps how far it came. Says whether something is left.
    """
    if not actor.is_machine:
        raise NotFound
    until = time.monotonic() + seconds
    while _next(actor, rebuild_id):
        if time.monotonic() > until:
            jobs.enqueue(JOB, lock=f"rebuild:{rebuild_id}", rebuild_id=rebuild_id)
            return True
    return False


def _next(actor: Actor, rebuild_id: int) -> bool:
    with transaction.atomic():
        running = Rebuild.objects.select_for_update().filter(pk=rebuild_id, state="running").first()
        if running is None:
            return False
        ticket_id = _after(running).order_by("pk").values_list("pk", flat=True).first()
        if ticket_id is None:
            _ended(running, "done")
            return False
        try:
            rebuild_ticket(actor=actor, ticket_id=ticket_id)
        except TierlineError:  # the others do not wait for it; the page says how many there are
            running.failed += 1
        running.cursor, running.done = ticket_id, running.done + 1
        running.total = max(running.total, running.done)
        running.save()
    return True


def _after(running: Rebuild) -> TicketQuerySet:
    rows = Ticket.objects.filter(pk__gt=running.cursor, pk__in=Evidence.objects.values("ticket_id"))
    return rows if running.desk_id is None else rows.filter(desk_id=running.desk_id)


def _ended(running: Rebuild, state: str) -> Rebuild:
    running.state, running.finished_at = state, clock.now()
    running.save()
    return running
