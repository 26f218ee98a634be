"""Reads for pages: evidence, its lines, templates and timeline strip, and the known errors that match.

Staff with `evidence.read` see redacted evidence; requesters see only the summary of their own files.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from django.db.models import Count

from tierline.core.kernel import storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.kinds import may_hold_logs
from tierline.desk.people.rules import Right, holding, may, require
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.models import Attachment
from tierline.work.diagnosis.models import Evidence, Match, Matcher
from tierline.work.diagnosis.rules.bursts import rebin
from tierline.work.diagnosis.rules.in_force import read_kept
from tierline.work.diagnosis.rules.retention import kept_until
from tierline.work.diagnosis.rules.unfinished import INDEX_EVERY, Progress, lines_in

from .compared import Beside, beside, readable
from .healthy import Choice, ChosenFile, as_healthy, choice_for, chosen_files, healthy_for, product_of
from .sentences import SentencePart, sentence_parts
from .unfinished import being_read, folder_of, progress_of, templates_so_far, with_findings
from .vault import DeskVault, Kept, may_unmask, retention_history, unmasking_ended, unmasking_of, vaults

__all__ = [
    "Beside",
    "Choice",
    "ChosenFile",
    "DeskVault",
    "Kept",
    "Progress",
    "SentencePart",
    "as_healthy",
    "being_read",
    "beside",
    "choice_for",
    "choice_of",
    "chosen_files",
    "healthy_for",
    "may_unmask",
    "product_of",
    "retention_history",
    "sentence_parts",
    "unmasking_ended",
    "unmasking_of",
    "vaults",
]

MOST_LINES = 2_000


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One file. `details` is False for requesters: masked classes, traces and gone templates are then empty.

    While a `pending` file is being read, `progress` says how far that is, and the rest what was found up to there.
    """

    id: int
    attachment_id: int
    name: str
    state: str
    sentence: str
    reason: str
    format: str
    size: int
    lines: int
    started_at: datetime | None
    ended_at: datetime | None
    compared_with: int
    details: bool
    masked: dict[str, int]
    masked_at: dict[str, int]
    traces: tuple["TraceRow", ...]
    gone: tuple["GoneRow", ...]
    files: tuple["ClockRow", ...]
    skew: int
    skew_to: str
    sha256: str
    retention: str
    kept_until: datetime | None
    removed_at: datetime | None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One file of a bundle with a clock: its first line, and the seconds by which its clock is ahead of the first's."""

    name: str
    first: int
    skew: int


@dataclass(frozen=True, slots=True)
class GoneRow:
    """A form of line that healthy files have and this one does not; `healthy` is how often it comes there."""

    template_id: str
    template: str
    healthy: float | None


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A stack trace: type, frames from the innermost outwards, first line, how often."""

    language: str
    type: str
    frames: tuple[str, ...]
    fingerprint: str
    line: int
    count: int


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A known error that fits, with its reasons in words and what may be told the requester."""

    ref: str
    title: str
    score: float
    reasons: tuple[str, ...]
    answer: str
    lowest_tier: int
    known_error_id: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One redacted line; `number` counts from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A form of line. `kind` is new, rare or usual.

    `when` has a figure (0 to 9) for each bar of the file's stretch of time, empty without a clock; `healthy` is how
    often it comes in a healthy file, None when there was none to compare with.
    """

    template_id: str
    template: str
    count: int
    first_line: int
    kind: str
    when: str = ""
    healthy: float | None = None


@dataclass(frozen=True, slots=True)
class StripBucket:
    """Lines and errors in `width` seconds from `start` (seconds since 1970); `burst` marks the unusual ones.

    `line` is the number of the first of them, 0 when there is none or it is not known.
    """

    start: int
    width: int
    lines: int
    errors: int
    burst: bool
    line: int = 0


@dataclass(frozen=True, slots=True)
class Strip:
    """The timeline of one file: buckets of equal width without gaps, the highest count for scaling, and bursts."""

    buckets: tuple[StripBucket, ...]
    highest: int
    bursts: tuple["BurstRow", ...] = ()


@dataclass(frozen=True, slots=True)
class BurstRow:
    """A stretch (seconds since 1970, end excluded) with `times` the usual rate, and its first line (0: not known)."""

    start: int
    end: int
    lines: int
    times: float
    line: int = 0


def evidence_of(viewer: Actor, ticket_id: int) -> list[EvidenceRow]:
    """The files of a visible ticket, oldest first. Raises NotFound."""
    details = may(viewer, Right.EVIDENCE_READ, desk_id=tickets.get(viewer, ticket_id).desk_id)
    rows = Evidence.objects.filter(ticket_id=ticket_id).defer("offsets", "buckets", "bursts", "marks")
    rows = rows.select_related("ticket")
    if not details:
        mine = [file.pk for file in tickets.attachments(viewer, ticket_id)]
        rows = rows.filter(attachment_id__in=mine)
    return [_row(evidence, details=details) for evidence in rows.order_by("pk")]


def original_of(viewer: Actor, attachment_id: int) -> Attachment:
    """A file as it was sent, for staff; one that `is_evidence` needs the right to read unmasked. Raises NotFound."""
    found = tickets.attachment(holding(viewer, Right.EVIDENCE_READ), attachment_id)
    if is_evidence(found):
        require(viewer, Right.EVIDENCE_UNMASK, desk_id=found.ticket.desk_id)
    return found


def is_evidence(file: Attachment) -> bool:
    """Whether a file is evidence, or will be once it is collected."""
    return may_hold_logs(file.name, file.content_type) or Evidence.objects.filter(attachment=file).exists()


def matches_of(viewer: Actor, ticket_id: int) -> list[MatchRow]:
    """The known errors in force that fit a visible ticket, best first; empty for requesters. Raises NotFound."""
    if not may(viewer, Right.EVIDENCE_READ, desk_id=tickets.get(viewer, ticket_id).desk_id):
        return []
    rows = Match.objects.filter(ticket_id=ticket_id, matcher__active=True).select_related("matcher")
    return [
        MatchRow(
            ref=row.matcher.ref,
            title=row.matcher.title,
            score=row.score,
            reasons=tuple(row.reasons),
            answer=row.matcher.answer,
            lowest_tier=row.matcher.lowest_tier,
            known_error_id=row.matcher.known_error_id,
        )
        for row in rows.order_by("-score", "matcher__ref")
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the matcher of a known error stands: the tickets it fits, and why it is not tried though it should be."""

    tickets: int = 0
    fault: str = ""


def standing_of(known_error_ids: Iterable[int]) -> dict[int, Standing]:
    """The standing of each known error that was ever put in force, in one statement."""
    rows = Matcher.objects.filter(known_error_id__in=list(known_error_ids)).annotate(tickets=Count("matches"))
    found = rows.values_list("known_error_id", "tickets", "active", "rule")
    return {
        pk: Standing(many, read_kept(kept).fault if active else "")
        for pk, many, active, kept in found
        if pk is not None
    }


def matchers_in_force() -> int:
    """How many known errors are tried on every ticket."""
    return Matcher.objects.filter(active=True).count()


def redacted_lines(viewer: Actor, evidence_id: int, start: int = 1, limit: int = 200) -> list[Line]:
    """Lines from number `start` on, at most 2,000; reads only that part of the file. Raises NotFound."""
    evidence = readable(viewer, evidence_id, index=True)
    if evidence.redacted_id is None:
        return _lines_so_far(evidence, start, limit)
    first = max(1, start)
    at = (first - 1) // INDEX_EVERY
    if at >= len(evidence.offsets):
        return []
    with storage.open_blob(evidence.redacted_id) as stream:
        stream.seek(evidence.offsets[at])
        skip = first - 1 - at * INDEX_EVERY
        wanted = islice(stream, skip, skip + max(0, min(limit, MOST_LINES)))
        return [
            Line(number, data.decode("utf-8", "replace").removesuffix("\n"))
            for number, data in enumerate(wanted, first)
        ]


def _lines_so_far(evidence: Evidence, start: int, limit: int) -> list[Line]:
    if evidence.state != "pending":
        return []
    found = lines_in(folder_of(evidence.pk), start, max(0, min(limit, MOST_LINES)))
    return [Line(number, text) for number, text in enumerate(found, max(1, start))]


def templates_of(viewer: Actor, evidence_id: int) -> list[TemplateRow]:
    """The forms of line: new ones first, then rare, then by how often. Raises NotFound."""
    evidence = readable(viewer, evidence_id)
    if evidence.state == "pending":
        rows = templates_so_far(evidence)
    else:
        rows = list(evidence.templates.order_by("-is_new", "-is_rare", "-count", "first_line"))
    return [
        TemplateRow(
            row.template_id,
            row.template,
            row.count,
            row.first_line,
            "new" if row.is_new else "rare" if row.is_rare else "usual",
            row.when,
            row.healthy,
        )
        for row in rows
    ]


def choice_of(viewer: Actor, evidence_id: int) -> Choice | None:
    """The healthy files that a file would be compared with today, and why these. Raises NotFound."""
    shown = readable(viewer, evidence_id)
    return choice_for(shown.ticket, shown.facts, shown.name)


def strip_of(viewer: Actor, evidence_id: int) -> Strip:
    """Counts over time, for the strip above the lines. Raises NotFound."""
    shown = with_findings(readable(viewer, evidence_id))
    buckets = tuple(StripBucket(**bucket) for bucket in shown.buckets)
    bursts = tuple(BurstRow(**burst) for burst in shown.bursts)
    return Strip(buckets, max((bucket.lines for bucket in buckets), default=0), bursts)


@dataclass(frozen=True, slots=True)
class Lane:
    """Another file of the ticket in the stretch of time that a strip shows, bucket by bucket, by that strip's clock."""

    evidence_id: int
    name: str
    counts: tuple[int, ...]


def lanes_beside(viewer: Actor, evidence_id: int, *, limit: int = 6) -> list[Lane]:
    """The ticket's other files below a file's strip, those that have lines there. Raises NotFound."""
    shown = with_findings(readable(viewer, evidence_id))
    if not shown.buckets:
        return []
    frame = [bucket["start"] for bucket in shown.buckets], int(shown.buckets[0]["width"])
    others = Evidence.objects.ready().filter(ticket_id=shown.ticket_id).exclude(pk=shown.pk)
    lanes = []
    for other in others.only("name", "buckets", "skew").order_by("pk")[:limit]:
        counts = rebin([(one["start"], one["lines"]) for one in other.buckets], *frame, shift=shown.skew - other.skew)
        if any(counts):
            lanes.append(Lane(other.pk, other.name, tuple(counts)))
    return lanes


def true_time(viewer: Actor, evidence_id: int) -> tuple[datetime, datetime, int] | None:
    """The stretch of a file's strip by the clock of the ticket's first file, and the seconds its own is ahead."""
    shown = with_findings(readable(viewer, evidence_id))
    if not shown.buckets:
        return None
    first, last = shown.buckets[0], shown.buckets[-1]
    moments = (first["start"] - shown.skew, last["start"] + last["width"] - shown.skew)
    start, end = (datetime.fromtimestamp(one, UTC) for one in moments)
    return start, end, shown.skew


def _row(evidence: Evidence, *, details: bool) -> EvidenceRow:
    progress = progress_of(evidence)
    if progress is not None and details:
        evidence = with_findings(evidence)
    traces = [
        TraceRow(one["language"], one["type"], tuple(one["frames"]), one["fingerprint"], one["line"], one["count"])
        for one in evidence.traces
    ]
    return EvidenceRow(
        id=evidence.pk,
        attachment_id=evidence.attachment_id,
        name=evidence.name,
        state=evidence.state,
        sentence=evidence.sentence,
        reason=evidence.reason,
        format=evidence.format,
        size=evidence.size,
        lines=evidence.lines,
        started_at=evidence.started_at,
        ended_at=evidence.ended_at,
        compared_with=evidence.compared_with,
        details=details,
        masked=dict(evidence.masked) if details else {},
        masked_at=dict(evidence.masked_at) if details else {},
        traces=tuple(traces) if details else (),
        gone=tuple(GoneRow(one["id"], one["text"], one.get("healthy")) for one in evidence.gone) if details else (),
        files=tuple(ClockRow(one["name"], one["first"], one["skew"]) for one in evidence.files) if details else (),
        skew=evidence.skew if details else 0,
        skew_to=evidence.skew_to if details else "",
        progress=progress,
        sha256=evidence.sha256,
        retention=evidence.retention,
        kept_until=kept_until(evidence.retention, evidence.collected_at),
        removed_at=evidence.original_removed_at,
    )
