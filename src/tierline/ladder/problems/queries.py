"""Reads of problems, known errors and fixes for pages, and of tickets that are alike."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_

from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import whole_number
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets.models import Ticket
from tierline.work.diagnosis import queries as diagnosis
from tierline.work.diagnosis.models import Evidence, EvidenceTemplate, Match

from .events import KnownErrorPublished, KnownErrorRetired, KnownErrorRevised, KnownErrorScanned, WorkaroundRecorded
from .models import Fix, KnownError, Problem, RetroHit, RetroScan, Told
from .rules import RETRO_DAYS, KnownErrorState, ProblemState, ScanState

_MOST_WORDS = 8
_OF_KNOWN_ERROR = [
    one.kind
    for one in (WorkaroundRecorded, KnownErrorRevised, KnownErrorPublished, KnownErrorScanned, KnownErrorRetired)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPage:
    """Everything the page of one problem shows; tickets only as far as the viewer may see them."""

    problem: Problem
    tickets: tuple[Ticket, ...]
    known_errors: tuple[KnownError, ...]
    fixes: tuple[Fix, ...]
    timeline: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownErrorRow:
    """A known error in a list. `hits` is how many tickets it matched, `not_in_force` why its matcher is not tried."""

    id: int
    ref: str
    title: str
    status: KnownErrorState
    lowest_tier: int
    problem_id: int
    hits: int
    review_on: date | None
    changed_at: datetime
    not_in_force: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of known errors ended: the change and the id of its last row."""

    changed_at: datetime
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Tickets that show the same fault, oldest first, and what they share, in words."""

    ticket_ids: tuple[int, ...]
    shared: str


def problem(viewer: Actor, problem_id: int) -> Problem:
    """One problem. Raises NotFound."""
    found = (
        Problem.objects.visible_to(viewer).select_related("owner", "component", "desk").filter(pk=problem_id).first()
    )
    if found is None:
        raise NotFound
    return found


def problem_page(viewer: Actor, problem_id: int) -> ProblemPage:
    """One problem with its tickets, known errors, fixes and timeline, in five statements. Raises NotFound."""
    found = problem(viewer, problem_id)
    tickets = Ticket.objects.visible_to(viewer).filter(problem_link__problem=found).select_related("requester", "group")
    return ProblemPage(
        problem=found,
        tickets=tuple(tickets.order_by("pk")),
        known_errors=tuple(KnownError.objects.filter(problem=found).order_by("pk")),
        fixes=tuple(Fix.objects.filter(problem=found).select_related("product", "recipe").order_by("pk")),
        timeline=tuple(TimelineEntry.objects.of(Problem.timeline_kind, found.pk)),
    )


def problems(viewer: Actor, *, state: ProblemState | None = None, limit: int = 100) -> list[Problem]:
    """Problems by the latest change, with `tickets` (how many each caused); the open ones unless a state is named."""
    found = Problem.objects.visible_to(viewer)
    found = found.open() if state is None else found.filter(state=state)
    counted = found.annotate(tickets=Count("links")).select_related("owner")
    return list(counted.order_by("-changed_at", "-pk")[:limit])


def problems_of(viewer: Actor, ticket_id: int) -> list[Problem]:
    """The problem behind a ticket: none or one."""
    return list(Problem.objects.visible_to(viewer).filter(links__ticket_id=ticket_id))


def known_error(viewer: Actor, known_error_id: int) -> KnownError:
    """One known error with its problem. Raises NotFound."""
    found = KnownError.objects.visible_to(viewer).select_related("problem", "owner").filter(pk=known_error_id).first()
    if found is None:
        raise NotFound
    return found


def known_errors(
    viewer: Actor,
    *,
    status: KnownErrorState | None = None,
    words: str = "",
    after: Place | None = None,
    limit: int = 100,
) -> list[KnownErrorRow]:
    """Known errors by the latest change, with their hits, in two statements.

    Each of the `words` is in the title, the symptoms, the workaround or what it recognises, or names one (`KE-14`).
    `after` continues a page.
    """
    found = KnownError.objects.visible_to(viewer)
    if words:
        found = found.annotate(_rule=Cast("matcher", TextField()))
    if status is not None:
        found = found.filter(status=status)
    if after is not None:
        found = found.filter(Q(changed_at__lt=after.changed_at) | Q(changed_at=after.changed_at, pk__lt=after.id))
    for word in words.split()[:_MOST_WORDS]:
        named = whole_number(word.upper().removeprefix("KE-")) or 0
        texts = ("title", "symptoms", "workaround", "_rule")
        found = found.filter(reduce(or_, (Q(**{f"{name}__icontains": word}) for name in texts), Q(pk=named)))
    rows = list(found.order_by("-changed_at", "-pk")[:limit])
    standing = diagnosis.standing_of(row.pk for row in rows)
    return [_known_error_row(row, standing.get(row.pk, diagnosis.Standing())) for row in rows]


def _known_error_row(row: KnownError, standing: diagnosis.Standing) -> KnownErrorRow:
    return KnownErrorRow(
        id=row.pk,
        ref=row.ref,
        title=row.title,
        status=KnownErrorState(row.status),
        lowest_tier=row.lowest_tier,
        problem_id=row.problem_id,
        hits=standing.tickets,
        review_on=row.review_on,
        changed_at=row.changed_at,
        not_in_force=standing.fault,
    )


def standing(known_error: KnownError) -> diagnosis.Standing:
    """The tickets that a known error fits, and why its matcher is not tried though it should be."""
    return diagnosis.standing_of([known_error.pk]).get(known_error.pk, diagnosis.Standing())


def history(viewer: Actor, known_error: KnownError, *, limit: int = 50) -> list[TimelineEntry]:
    """What happened to a known error, newest first; nothing for requesters."""
    if not Problem.objects.visible_to(viewer).filter(pk=known_error.problem_id).exists():
        return []
    entries = TimelineEntry.objects.of(Problem.timeline_kind, known_error.problem_id)
    mine = entries.filter(kind__in=_OF_KNOWN_ERROR, data__known_error_id=known_error.pk)
    return list(mine.order_by("-seq")[:limit])


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTickets:
    """The newest scan of a known error, as far as the viewer may see its tickets.

    `caught` and `false` count them, `ids` and `false_ids` name them, and `hits` are the first of them.
    """

    scan: RetroScan
    days: int
    caught: int
    false: int
    hits: tuple[RetroHit, ...]
    ids: tuple[int, ...]
    false_ids: tuple[int, ...]


def past_tickets(viewer: Actor, known_error: KnownError, *, limit: int = 100) -> PastTickets | None:
    """What the known error would have caught, false ones last, best first; None when it was never tried."""
    scan = newest_scan(known_error)
    if scan is None:
        return None
    seen = RetroHit.objects.filter(scan=scan, ticket__in=Ticket.objects.visible_to(viewer).values("pk"))
    judged = list(seen.order_by("ticket_id").values_list("ticket_id", "is_false"))
    false = tuple(ticket for ticket, is_false in judged if is_false)
    return PastTickets(
        scan=scan,
        days=RETRO_DAYS,
        caught=len(judged),
        false=len(false),
        hits=tuple(seen.select_related("ticket").order_by("is_false", "-score", "-ticket_id")[:limit]),
        ids=tuple(ticket for ticket, _ in judged),
        false_ids=false,
    )


def newest_scan(known_error: KnownError) -> RetroScan | None:
    """The scan that runs or was done last."""
    scans = RetroScan.objects.filter(known_error=known_error).exclude(state=ScanState.DROPPED)
    return scans.order_by("-pk").first()


def told_of(fix: Fix) -> int:
    """How many requesters were told of a fix."""
    return Told.objects.filter(what=f"fix:{fix.pk}").count()


def cluster_of(ticket: Ticket, *, since: datetime) -> Cluster | None:
    """The largest group of tickets opened since then that share a fault with this one, itself included.

    A fault is shared by a stack trace's fingerprint, by a known error's matcher, or by a form of log line that healthy
    logs do not have. None when nothing is known about the ticket's fault.
    """
    recent = Evidence.objects.ready().filter(ticket__opened_at__gte=since, ticket__merged_into__isnull=True)
    clusters = [
        *_same_fingerprint(ticket, recent),
        *_same_matcher(ticket, since),
        *_same_new_template(ticket, since),
    ]
    return max(clusters, key=lambda cluster: len(cluster.ticket_ids), default=None)


def _same_fingerprint(ticket: Ticket, recent: QuerySet[Evidence]) -> list[Cluster]:
    own = {print_ for prints in ticket.evidence.values_list("fingerprints", flat=True) for print_ in prints}
    alike = recent.filter(fingerprints__overlap=sorted(own)) if own else recent.none()
    found: dict[str, set[int]] = {print_: set() for print_ in own}
    for ticket_id, prints in alike.values_list("ticket_id", "fingerprints"):
        for print_ in own & set(prints):
            found[print_].add(ticket_id)
    return [_cluster(ids, f"the stack trace {print_}") for print_, ids in sorted(found.items())]


def _same_matcher(ticket: Ticket, since: datetime) -> list[Cluster]:
    own = dict(Match.objects.filter(ticket=ticket).values_list("matcher_id", "matcher__ref"))
    alike = Match.objects.filter(matcher_id__in=own, ticket__opened_at__gte=since, ticket__merged_into__isnull=True)
    found: dict[int, set[int]] = {matcher_id: set() for matcher_id in own}
    for matcher_id, ticket_id in alike.values_list("matcher_id", "ticket_id"):
        found[matcher_id].add(ticket_id)
    return [_cluster(ids, f"the known error {own[matcher_id]}") for matcher_id, ids in sorted(found.items())]


def _same_new_template(ticket: Ticket, since: datetime) -> list[Cluster]:
    new = EvidenceTemplate.objects.filter(is_new=True)
    own = dict(new.filter(evidence__ticket=ticket).values_list("template_id", "template"))
    alike = new.filter(
        template_id__in=own, evidence__ticket__opened_at__gte=since, evidence__ticket__merged_into__isnull=True
    )
    found: dict[str, set[int]] = {template_id: set() for template_id in own}
    for template_id, ticket_id in alike.values_list("template_id", "evidence__ticket_id"):
        found[template_id].add(ticket_id)
    return [_cluster(ids, f"the log line “{own[key][:120]}”") for key, ids in sorted(found.items())]


def _cluster(ticket_ids: set[int], shared: str) -> Cluster:
    return Cluster(ticket_ids=tuple(sorted(ticket_ids)), shared=shared)
