"""A file that is being read at this moment: how far that is, and what it showed up to there.

What is said of it may change until it is done; the lines that are there do not.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from tierline.core.kernel.actors import Actor
from tierline.work.diagnosis.models import Evidence, EvidenceTemplate
from tierline.work.diagnosis.rules.compare import Difference, Healthy, compare
from tierline.work.diagnosis.rules.unfinished import Progress, findings_in, progress_in

from .healthy import healthy_for

MOST_TEMPLATES = 5_000


def readings() -> Path:
    """Where reading processes work."""
    return Path(settings.TIERLINE_DATA) / "reading"


def folder_of(evidence_id: int) -> Path:
    """Where the reading process leaves what it has; all web and worker processes share the data folder."""
    return readings() / str(evidence_id)


def progress_of(evidence: Evidence) -> Progress | None:
    """How far reading is; None when it has not begun or is over."""
    return progress_in(folder_of(evidence.pk)) if evidence.state == "pending" else None


def being_read(viewer: Actor, ticket_id: int) -> dict[int, tuple[int, float]]:
    """The ticket's files that are not read to their end: attachment to evidence and how far (0 to 1), for staff."""
    rows = Evidence.objects.visible_to(viewer).filter(ticket_id=ticket_id, state="pending")
    found = {}
    for pk, attachment_id in rows.values_list("pk", "attachment_id"):
        progress = progress_in(folder_of(pk))
        found[attachment_id] = (pk, progress.share if progress else 0.0)
    return found


def with_findings(evidence: Evidence) -> Evidence:
    """The row; of a file that is being read with what was found up to here (not saved)."""
    found = findings_in(folder_of(evidence.pk)) if evidence.state == "pending" else None
    progress = progress_of(evidence)
    if found is None or progress is None:
        return evidence
    healthy = healthy_for(evidence.ticket, found["facts"], evidence.name)
    fill(evidence, found, healthy)
    evidence.lines = progress.lines
    return evidence


def templates_so_far(evidence: Evidence) -> list[EvidenceTemplate]:
    """The forms of line of a file that is being read, in the order of those that are kept (not saved)."""
    found = findings_in(folder_of(evidence.pk))
    if found is None:
        return []
    rows = template_rows(evidence, found["templates"], healthy_for(evidence.ticket, found["facts"], evidence.name))
    return sorted(rows, key=lambda row: (not row.is_new, not row.is_rare, -row.count, row.first_line))


def fill(evidence: Evidence, report: Mapping[str, Any], healthy: Healthy) -> None:
    """What a report of the reading process says, on the row; without its state, its text and what is gone."""
    for name, empty in (("format", ""), ("size", 0), ("lines", 0)):
        setattr(evidence, name, report.get(name, empty))
    for name in ("traces", "buckets", "bursts", "offsets", "files"):
        setattr(evidence, name, report.get(name, []))
    evidence.marks, evidence.skew, evidence.skew_to = report.get("marks", {}), 0, ""
    evidence.masked, evidence.masked_at = report.get("masked", {}), report.get("masked_at", {})
    evidence.facts = report.get("facts", {})
    evidence.fingerprints = [trace["fingerprint"] for trace in evidence.traces]
    evidence.started_at, evidence.ended_at = _moment(report.get("started")), _moment(report.get("ended"))
    evidence.compared_with = healthy.bundles


def template_rows(
    evidence: Evidence, found: Iterable[Mapping[str, Any]], healthy: Healthy, difference: Difference | None = None
) -> list[EvidenceTemplate]:
    """The forms of line as rows (not saved), compared with healthy files."""
    kept = list(found)[:MOST_TEMPLATES]
    differs = difference or compare(_counts(kept), healthy)
    return [
        EvidenceTemplate(
            evidence=evidence,
            template_id=one["id"],
            template=one["text"],
            count=one["count"],
            first_line=one["first"],
            is_new=one["id"] in differs.new,
            is_rare=one["id"] in differs.rare,
            when=one.get("when", ""),
            healthy=healthy.usual(one["id"]),
        )
        for one in kept
    ]


def _counts(found: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    return {one["id"]: one["count"] for one in found}


def _moment(second: int | None) -> datetime | None:
    return None if second is None else datetime.fromtimestamp(second, UTC)
