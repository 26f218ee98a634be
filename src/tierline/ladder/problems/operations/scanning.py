"""A known error tried on past tickets, as a job in batches.

Each batch is a transaction that also keeps how far it came: a job that was killed goes on where it was, and no ticket
is looked at twice.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets.models import Ticket
from tierline.ladder.problems.errors import WrongState
from tierline.ladder.problems.events import KnownErrorScanned
from tierline.ladder.problems.models import KnownError, ProblemTicket, RetroHit, RetroScan
from tierline.ladder.problems.queries import known_error, newest_scan
from tierline.ladder.problems.rules import RETRO_DAYS, KnownErrorState, ScanState
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis.rules import match as rule
from tierline.work.diagnosis.rules.in_force import read_kept

from .writing import locked, record_on

BATCH = 1_000  # tickets


def scan_past(*, actor: Actor, known_error_id: int) -> RetroScan:
    """Have a draft or a published known error tried on past and open tickets, as a job; a running scan is dropped.

    Raises WrongState for a record that is retired, or whose matcher is missing or cannot be read, and NotFound.
    """
    actor = holding(actor, Right.PROBLEM_WORK)
    with transaction.atomic():
        seen = KnownError.objects.visible_to(actor)
        found = seen.select_for_update(of=("self",)).filter(pk=known_error_id).first()
        if found is None:
            raise NotFound
        if not found.matcher or found.status == KnownErrorState.RETIRED:
            raise WrongState(f"{found.ref} has nothing to try.", todo="Write what it recognises first.")
        if fault := read_kept(found.matcher).fault:
            raise WrongState(f"{found.ref} cannot be tried: {fault}.", todo="Change what it recognises first.")
        return begin(actor, found)


def begin(actor: Actor, found: KnownError) -> RetroScan:
    """Queue the scan of a known error whose row is locked."""
    now = clock.now()
    drop(found)
    scan = RetroScan(
        known_error=found,
        matcher=found.matcher,
        in_force=found.status == KnownErrorState.PUBLISHED,
        since=now - timedelta(days=RETRO_DAYS),
        asked_by_id=actor.person_id,
        started_at=now,
    )
    scan.total = _tickets(scan, actor).count()
    scan.save()
    jobs.enqueue("problems.scan_past", lock=f"scan:{scan.pk}", scan_id=scan.pk)
    return scan


def drop(found: KnownError) -> None:
    """End the scan of a known error that runs, if one does."""
    running = RetroScan.objects.filter(known_error=found, state=ScanState.RUNNING)
    running.update(state=ScanState.DROPPED, finished_at=clock.now())


def run_scan(*, actor: Actor, scan_id: int) -> None:
    """The job: look at every ticket of the window. Safe to repeat and to interrupt."""
    if not actor.is_machine:
        raise NotFound
    while _next_batch(actor, scan_id):
        pass
    _finish(actor, scan_id)


def judge_hit(*, actor: Actor, known_error_id: int, ticket_id: int, is_false: bool) -> RetroHit:
    """Say of a ticket that the newest scan caught whether it has another cause. Raises NotFound."""
    actor = holding(actor, Right.PROBLEM_WORK)
    with transaction.atomic():
        scan = newest_scan(known_error(actor, known_error_id))
        mine = RetroHit.objects.filter(scan=scan, ticket__in=Ticket.objects.visible_to(actor).values("pk"))
        hit = mine.select_for_update(of=("self",)).filter(ticket_id=ticket_id).first()
        if hit is None:
            raise NotFound
        hit.is_false = is_false
        hit.save(update_fields=["is_false"])
        return hit


def _next_batch(actor: Actor, scan_id: int) -> bool:
    """One batch in one transaction; False when there is nothing left to do."""
    with transaction.atomic():
        scan = (
            RetroScan.objects.select_for_update(of=("self",))
            .select_related("known_error__problem__desk", "asked_by")
            .filter(pk=scan_id, state=ScanState.RUNNING)
            .first()
        )
        if scan is None:
            return False  # done already, or dropped meanwhile
        after = _tickets(scan, _asker(actor, scan.asked_by)).filter(pk__gt=scan.cursor)
        ids = list(after.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            return False
        _look(actor, scan, ids)
        scan.cursor, scan.done = ids[-1], scan.done + len(ids)
        scan.total = max(scan.total, scan.done)
        scan.save(update_fields=["cursor", "done", "total"])
        return True


def _look(actor: Actor, scan: RetroScan, ids: Sequence[int]) -> None:
    found = diagnosis.caught(rule.from_json(scan.matcher), ids)
    other = ProblemTicket.objects.filter(ticket_id__in=found).exclude(problem_id=scan.known_error.problem_id)
    elsewhere = set(other.values_list("ticket_id", flat=True))
    RetroHit.objects.bulk_create(
        RetroHit(scan=scan, ticket_id=pk, score=one.score, reasons=list(one.reasons), is_false=pk in elsewhere)
        for pk, one in found.items()
    )
    if scan.in_force:
        _tell_open(actor, scan, {pk: one for pk, one in found.items() if pk not in elsewhere})


def _tell_open(actor: Actor, scan: RetroScan, found: Mapping[int, rule.Match]) -> None:
    """Open tickets that it fits learn of it now, as the next ones do when they come."""
    if not KnownError.objects.published().filter(pk=scan.known_error_id).exists():
        return
    for ticket_id in Ticket.objects.open().filter(pk__in=found).order_by("pk").values_list("pk", flat=True):
        diagnosis.note_match(actor=actor, ticket_id=ticket_id, ref=scan.known_error.ref, found=found[ticket_id])


def _finish(actor: Actor, scan_id: int) -> None:
    """End the scan and say on the timeline what it showed. The problem is locked first, as publishing does."""
    problem_id = RetroScan.objects.filter(pk=scan_id).values_list("known_error__problem_id", flat=True).get()
    with transaction.atomic():
        problem = locked(actor, problem_id)
        running = RetroScan.objects.select_for_update(of=("self",)).select_related("known_error")
        scan = running.filter(pk=scan_id, state=ScanState.RUNNING).first()
        if scan is None:
            return
        scan.state, scan.finished_at = ScanState.DONE, clock.now()
        scan.save(update_fields=["state", "finished_at"])
        scanned = KnownErrorScanned(
            problem_id=problem.pk,
            known_error_id=scan.known_error_id,
            ref=scan.known_error.ref,
            days=RETRO_DAYS,
            looked_at=scan.done,
            caught=scan.hits.count(),
            false=scan.hits.filter(is_false=True).count(),
        )
        record_on(actor, problem, scanned)


def _tickets(scan: RetroScan, asker: Actor) -> QuerySet[Ticket]:
    """Tickets of the window and open ones, as far as the asker may see them; for a confidential desk its own."""
    window = Q(opened_at__gte=scan.since) | Q(pk__in=Ticket.objects.open().values("pk"))
    desk = scan.known_error.problem.desk
    return Ticket.objects.visible_to(asker).filter(window, **({"desk": desk} if desk.confidential else {}))


def _asker(machine: Actor, person: Person | None) -> Actor:
    return machine if person is None else actor_for(person)
