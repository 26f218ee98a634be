"""Look at everything a ticket has: read its new files, find facts, try every known error."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from tierline.core.kernel import clock, jobs, rows
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.kinds import may_hold_logs
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Audience
from tierline.desk.catalogue.models import Product
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as ticket_queries
from tierline.desk.tickets.models import Attachment, Message, Ticket
from tierline.work.diagnosis.events import DiagnosisCompleted, EvidenceAnalysed, KnownErrorMatched
from tierline.work.diagnosis.models import Evidence, Match, Matcher
from tierline.work.diagnosis.rules import match as rule
from tierline.work.diagnosis.rules.facts import facts_in

from .matching import OPEN_TO_ALL, matching
from .past import observed_of
from .reading import analyse_if_new, collect

LARGE = 24 * 1024 * 1024  # bytes: some five seconds
LARGE_PACKED = 3 * 1024 * 1024
LARGE_JOB = "diagnosis.examine_large"
_PACKED = (".zip", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".tzst")
_TIMES_DONE = f"""
SELECT count(*), coalesce(bool_or(cause_id = %s), false)
  FROM timeline_timelineentry
 WHERE subject_kind = 'ticket' AND subject_id = %s AND kind = '{DiagnosisCompleted.kind}'"""


def examine_ticket(*, actor: Actor, ticket_id: int, cause: int | None = None) -> list[Match]:
    """Read every new file, record facts, match known errors, and record one `diagnosis.completed`; best match first.

    A large file does not hold the ticket up: it is read in a job of its own, after which the ticket is looked at again.
    `cause` is the timeline entry that asked for it: the same entry is examined once. Two examinations of one ticket
    never read one file twice: the later one raises ReadElsewhere, and its job comes back. Raises NotFound.
    """
    ticket = ticket_queries.get(actor, ticket_id)
    if _times_done(ticket_id, cause)[1]:
        return best_first(ticket)
    _read_new(actor, ticket)
    with transaction.atomic():
        ticket = rows.first(Ticket, "id = %s FOR UPDATE", [ticket_id]) or ticket
        times, is_done = _times_done(ticket_id, cause)
        return best_first(ticket) if is_done else _complete(actor, ticket, cause, first=not times)


def _times_done(ticket_id: int, cause: int | None) -> tuple[int, bool]:
    """How often the ticket was examined to the end, and whether once for this cause."""
    times, is_done = rows.run(_TIMES_DONE, [cause, ticket_id]).fetchone()
    return times, is_done


def _complete(actor: Actor, ticket: Ticket, cause: int | None, *, first: bool) -> list[Match]:
    find_facts(actor, ticket)
    _match(actor, ticket, cause)
    found = best_first(ticket)
    done = DiagnosisCompleted(
        evidence_ids=list(Evidence.objects.filter(ticket=ticket).order_by("pk").values_list("pk", flat=True)),
        matches=[match.matcher.ref for match in found],
        first=first,
    )
    tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=done, cause=cause)
    return found


def best_first(ticket: Ticket) -> list[Match]:
    """The known errors in force that fit the ticket."""
    found = Match.objects.filter(ticket=ticket, matcher__active=True).select_related("matcher")
    return list(found.order_by("-score", "matcher__ref"))


def examine_large(*, actor: Actor, evidence_id: int) -> None:
    """Read one large file unless it was read before, then look at its ticket again. Raises as `examine_ticket`."""
    evidence = analyse_if_new(actor=actor, evidence_id=evidence_id)
    read = TimelineEntry.objects.filter(
        subject_kind=Ticket.timeline_kind,
        subject_id=evidence.ticket_id,
        kind=EvidenceAnalysed.kind,
        data__evidence_id=evidence_id,
    )
    cause = read.order_by("-seq").values_list("pk", flat=True).first()
    examine_ticket(actor=actor, ticket_id=evidence.ticket_id, cause=cause)


def _read_new(actor: Actor, ticket: Ticket) -> None:
    files = ticket_queries.attachments(actor, ticket.pk)
    for attachment in _without_vendors([one for one in files if may_hold_logs(one.name, one.content_type)]):
        evidence = collect(actor=actor, ticket_id=ticket.pk, attachment_id=attachment.pk)
        if evidence.state != "pending":
            continue
        if is_large(attachment.name, attachment.size):
            jobs.enqueue(LARGE_JOB, lock=f"{LARGE_JOB}:{evidence.pk}", evidence_id=evidence.pk)
        else:
            analyse_if_new(actor=actor, evidence_id=evidence.pk)


def has_new_files(ticket_id: int) -> bool:
    """Whether the ticket has a file that may hold a log and was not read yet."""
    read = Evidence.objects.filter(attachment=OuterRef("pk")).exclude(state="pending")
    files = Attachment.objects.filter(~Exists(read), ticket_id=ticket_id).values_list("name", "content_type")
    return any(may_hold_logs(name, kind) for name, kind in files)


def is_large(name: str, size: int) -> bool:
    """Whether reading a file of so many bytes takes longer than its ticket should wait; packed ones hold more."""
    return size > (LARGE_PACKED if name.lower().endswith(_PACKED) else LARGE)


def _without_vendors(files: list[Attachment]) -> list[Attachment]:
    """What went to a vendor was read before, and what came from one tells nothing of the requester's installation."""
    if not files:
        return files
    theirs = Message.objects.filter(pk__in={one.message_id for one in files}, audience=Audience.VENDOR)
    apart = set(theirs.values_list("pk", flat=True))
    return [one for one in files if one.message_id not in apart]


def find_facts(actor: Actor, ticket: Ticket) -> None:
    """What the requester or an agent already said stays; the evidence and the text fill in what is missing."""
    found: dict[str, str] = {}
    for facts in Evidence.objects.ready().filter(ticket=ticket).order_by("pk").values_list("facts", flat=True):
        found = {**facts, **found}
    asked = ticket.messages.filter(direction="in", audience=Audience.REQUESTER)
    texts = asked.order_by("pk").values_list("text", flat=True)
    lines = [line for text in (ticket.title, *texts) for line in text.splitlines()]
    products = Product.objects.order_by("pk").values_list("name", flat=True)[:200]
    found = {**found, **facts_in(lines[:2_000], products)}
    new = {key: value for key, value in found.items() if not ticket.facts.get(key)}
    if new:
        tickets.record_facts(actor=actor, ticket_id=ticket.pk, facts=new, source="diagnosis")


def _match(actor: Actor, ticket: Ticket, cause: int | None) -> None:
    for row, found in matching(observed_of(ticket.pk), ticket.desk_id):
        note(actor, ticket, row, found, cause)


def note_match(*, actor: Actor, ticket_id: int, ref: str, found: rule.Match) -> None:
    """Keep that the known error in force under `ref` fits the ticket; told once. Raises NotFound."""
    with transaction.atomic():
        ticket = ticket_queries.get(actor, ticket_id)
        ours = OPEN_TO_ALL | Q(desk_id=ticket.desk_id)
        row = Matcher.objects.select_related("service").filter(ours, ref=ref, active=True).first()
        if row is None:
            raise NotFound
        note(actor, ticket, row, found, None)


def note(actor: Actor, ticket: Ticket, row: Matcher, found: rule.Match, cause: int | None) -> None:
    """Keep that a known error fits a ticket; the timeline tells it once."""
    _, created = Match.objects.update_or_create(
        ticket=ticket,
        matcher=row,
        defaults={"score": found.score, "reasons": list(found.reasons), "matched_at": clock.now()},
    )
    if created:
        tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=_told(row, found, ticket), cause=cause)


def _told(row: Matcher, found: rule.Match, ticket: Ticket) -> KnownErrorMatched:
    """What the timeline says of a match; the service of another desk says nothing here."""
    ours = row.service is not None and row.service.desk_id == ticket.desk_id
    return KnownErrorMatched(
        ref=row.ref,
        title=row.title,
        score=found.score,
        reasons=list(found.reasons),
        lowest_tier=row.lowest_tier,
        service_id=row.service_id if ours else None,
    )
